//! Spellings that mean the same picture make one plan; those that do not make two.

use lucarne_guest::router::ImagePlan;

use super::plan_of;

#[test]
fn same_picture_is_same_plan() {
    for (one, other) in [
        ("w=200", "width=200"),
        ("w=200", "width=100&dpr=2"),
        ("w=50p", "width=0.5"),
        ("w=50p", "w=25p&dpr=2"),
        ("w=0.5", "w=0.5000"),
        ("w=200&h=100", "w=200&h=100&fit=bounds"),
        ("w=200&h=100&fit=bounds", "w=200&h=100&fit=contain"),
        ("w=200", "w=200&fit=bounds"),
        ("w=200", "w=200&resize-filter=lanczos"),
        ("w=200", "w=200&resize-filter=lanczos3"),
        ("w=200&resize-filter=linear", "w=200&resize-filter=bilinear"),
        ("w=200", "w=200&disable=upscale"),
        // Within the source nothing is enlarged.
        ("w=50p", "w=50p&enable=upscale"),
        ("w=50p&h=100p&fit=fill", "w=50p&h=100p&fit=fill&enable=upscale"),
        // The whole of the source is the source.
        ("w=100p", "dpr=2"),
        ("w=200p", "dpr=2"),
        ("h=1.0&resize-filter=nearest", "dpr=2"),
        ("w=100p&h=100p&fit=pad&enable=upscale", "dpr=2"),
        ("crop=100p,1.0", "dpr=2"),
        ("crop=100p,100p,offset-x10,y0,safe", "dpr=2"),
        // No resize, no fit, filter or upscale.
        ("fit=bounds&resize-filter=nearest&enable=upscale", "dpr=2"),
        // Cuts.
        ("crop=4:3", "crop=16:12"),
        ("crop=4:3", "crop=4:3,offset-x50,offset-y50"),
        ("crop=4:3", "crop=4:3,safe"),
        ("crop=0.5,0.5,offset-x10", "crop=50p,50p,safe,offset-x10.0"),
        ("crop=100,100,x0", "crop=100,100,offset-x0"),
        ("crop=100p,100,offset-x10", "crop=100p,100"),
        ("crop=100p,100,x0", "crop=100p,100"),
        // Quality is for JPEG and WebP with loss, a background for what lies below it.
        ("w=200&format=png", "w=200&format=png&q=50"),
        ("w=200&format=webp&lossless=true", "w=200&format=webp&q=50&lossless=true"),
        ("w=200&format=auto&lossless=true", "w=200&format=auto&q=50&lossless=true"),
        ("w=200&format=png", "w=200&format=png&lossless=true"),
        ("w=200&format=jpg", "w=200&format=jpg&lossless=false"),
        // Light is for what is averaged.
        ("dpr=2", "light=linear"),
        ("crop=4:3", "crop=4:3&light=linear"),
        ("w=200&resize-filter=nearest", "w=200&resize-filter=nearest&light=linear"),
        // What is so without a word.
        ("w=200", "w=200&effort=balanced&light=stored&metadata=none&truncated=refuse"),
        ("w=200&format=webp", "w=200&format=webp&bg-color=000"),
        ("w=200&format=jpg", "w=200&format=jpg&bg-color=fff"),
        ("w=200&bg-color=fff", "w=200&bg-color=255,255,255,1"),
        // Formats.
        ("format=auto", "auto=webp"),
        ("format=auto", "auto=avif,webp"),
        ("format=auto", "fm=jpg&auto=webp"),
        ("format=auto", "fm=auto&auto=avif"),
        ("format=webp", "format=webp&auto=webp"),
        ("dpr=2", "auto=avif"),
    ] {
        assert_eq!(plan_of(one), plan_of(other), "{one} and {other}");
    }
    assert_eq!(plan_of("dpr=2"), ImagePlan::default());
}

#[test]
fn other_picture_is_other_plan() {
    for (one, other) in [
        ("w=200", "h=200"),
        ("w=200", "w=200&enable=upscale"),
        ("w=200p&enable=upscale", "w=100p&enable=upscale"),
        ("w=1", "w=1.0"),
        ("w=100p&h=50p", "h=50p&w=100p&fit=fill"),
        ("w=200p&h=200p&fit=pad", "dpr=1"),
        ("crop=100,100", "crop=100,100,safe"),
        ("crop=4:3", "crop=4:3,x10"),
        ("crop=4:3,x10", "crop=4:3,x10,safe"),
        ("crop=100p,100p,x1", "dpr=1"),
        ("crop=100p,100p,x1,safe", "crop=100p,100p,x1"),
        ("format=jpg", "format=jpg&q=50"),
        ("dpr=1", "q=50"),
        ("format=webp", "format=webp&q=50"),
        ("format=webp", "format=webp&lossless=true"),
        ("format=webp&lossless=false", "format=webp&lossless=true"),
        ("dpr=1", "lossless=false"),
        ("lossless=true", "lossless=true&q=50"),
        ("w=200", "w=200&light=linear"),
        ("dpr=1", "effort=speed"),
        ("effort=speed", "effort=quality"),
        ("dpr=1", "metadata=copyright"),
        ("metadata=copyright", "metadata=all"),
        ("dpr=1", "truncated=accept"),
        ("format=jpg", "format=jpg&bg-color=000"),
        ("dpr=1", "bg-color=fff"),
        ("w=9&h=9&fit=pad&format=png", "w=9&h=9&fit=pad&format=png&bg-color=000"),
        ("orient=1", "dpr=1"),
    ] {
        assert_ne!(plan_of(one), plan_of(other), "{one} and {other}");
    }
}
