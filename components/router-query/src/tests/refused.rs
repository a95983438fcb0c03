//! Every parameter's refused values, and the lines that refusals say.

use super::refusal_of;

#[test]
fn values_outside_the_grammar() {
    for (name, values) in [
        (
            "width",
            &[
                "",
                "0",
                "-1",
                "+1",
                "1e9",
                "NaN",
                "inf",
                "banana",
                "8193",
                "99999999999",
                "0100",
                "00",
                "100.0",
                "1.1",
                "1.0001",
                "0.0",
                "0.00001",
                "0.",
                ".5",
                "1.",
                "0..5",
                "0.5.5",
                "00.5",
                "1,5",
                "0x10",
                "٣",
                " 1",
                "1 ",
                "+",
                "p",
                "0p",
                "0.00p",
                "1000.01p",
                "1001p",
                "050p",
                "50pp",
                "50P",
                "50%",
                "-5p",
                "12.345p",
                "1_000",
            ][..],
        ),
        ("dpr", &["", "0", "0.5", "0.99", "10.01", "11", "1.234", "01", "2x", "-2", "1e1", "1.", "NaN"]),
        ("fit", &["", "Crop", "covers", "scale-down", "crop "]),
        ("enable", &["", "Upscale", "upscale,upscale", "true"]),
        ("disable", &["", "up", "1"]),
        (
            "crop",
            &[
                "",
                ",",
                "100",
                "100,",
                ",100",
                "100,100,",
                "0,0",
                "100,0",
                "65536,1",
                "1.5,1",
                "101p,50p",
                "4:",
                ":3",
                "4:3:2",
                "0:1",
                "1:0",
                "10001:1",
                "1.5:1",
                "04:3",
                "4:3,smart",
                "100,100,smart",
                "smart",
                "100,100,10",
                "100,100,10,10",
                "100,100,x",
                "100,100,x-1",
                "100,100,x65536",
                "100,100,x1.5",
                "100,100,offset-x",
                "100,100,offset-x101",
                "100,100,offset-x100.01",
                "100,100,offset-x-1",
                "100,100,x1,x1",
                "100,100,x1,offset-x1",
                "100,100,safe,safe",
                "100,100,Safe",
                "100,100,z1",
                "4:3,100",
            ],
        ),
        ("orient", &["", "0", "9", "01", "r", "hv", "-1", "1.0"]),
        ("resize-filter", &["", "lanczos2", "Lanczos3", "cubic,linear"]),
        (
            "bg-color",
            &[
                "",
                "f",
                "ff",
                "ffff",
                "fffff",
                "fffffff",
                "fffffffff",
                "ggg",
                "#fff",
                "%23fff",
                "+ff",
                "١٢٣",
                "0,0",
                "0,0,256",
                "0,0,0,2",
                "0,0,0,1.1",
                "0,0,0,0,0",
                "0,0,0,",
                ",,",
                "-1,0,0",
                "00,0,0",
                "white",
                "0,0,0,.5",
            ],
        ),
        ("format", &["", "gif", "avif", "pjpg", "webpll", "JPG", "jpg,png"]),
        ("auto", &["", "jpg", "webp,", ",webp", "webp,jxl", "WEBP", "format"]),
        ("quality", &["", "0", "101", "080", "80,70", "80.0", "high", "-1"]),
        ("lossless", &["", "1", "yes", "True", " true", "true,false"]),
        ("effort", &["", "fast", "Speed", "6", "quality,speed"]),
        ("light", &["", "gamma", "Linear", "true"]),
        ("metadata", &["", "keep", "exif", "copyright,all", "None"]),
        ("truncated", &["", "true", "ignore", "Accept"]),
    ] {
        for value in values {
            let refusal = refusal_of(&format!("{name}={value}"));
            assert_eq!(refusal.status, 400, "{name}={value}");
            assert!(refusal.detail.starts_with(&format!("{name}: \"")), "{}", refusal.detail);
            assert!(refusal.detail.contains("\" is not accepted; give "), "{}", refusal.detail);
        }
    }
}

#[test]
fn lines_say_what_is_wrong_and_what_is_accepted() {
    for (query, detail) in [
        (
            "width=banana",
            r#"width: "banana" is not accepted; give pixels from 1 to 8192, a fraction such as 0.5, or a percentage such as 50p"#,
        ),
        (
            "h",
            r#"h: "" is not accepted; give pixels from 1 to 8192, a fraction such as 0.5, or a percentage such as 50p"#,
        ),
        ("q=0", r#"q: "0" is not accepted; give an integer from 1 to 100"#),
        ("lossless", r#"lossless: "" is not accepted; give true or false"#),
        ("effort=6", r#"effort: "6" is not accepted; give speed, balanced or quality"#),
        ("light=0.5", r#"light: "0.5" is not accepted; give stored or linear"#),
        ("metadata=keep", r#"metadata: "keep" is not accepted; give none, copyright or all"#),
        ("truncated=no", r#"truncated: "no" is not accepted; give accept or refuse"#),
        (
            "resize-filter=lanczos2",
            r#"resize-filter: "lanczos2" is not accepted; give nearest, bilinear (or linear), bicubic (or cubic), mitchell, or lanczos3 (or lanczos)"#,
        ),
        ("w=1&width=1", "width: already given as w; give one of them, once"),
        ("fm=png&fm=png", "fm: already given as fm; give one of them, once"),
        ("enable=upscale&disable=upscale", "disable: already given as enable; give one of them, once"),
        ("fit=crop", r#"fit: "crop" needs both a width and a height"#),
        ("w=4097&dpr=2", r#"dpr: "2" makes w more than 8192 pixels, the most that is accepted"#),
        ("height=999p&dpr=1.5", r#"dpr: "1.5" makes height more than 1000p, the most that is accepted"#),
        // The client's words cannot leave their quotes or their line.
        ("orient=%0d%0a", r#"orient: "%0d%0a" is not accepted; give an EXIF orientation from 1 to 8"#),
        (
            "orient=\"\r\n\u{202e}\u{7f}é",
            r#"orient: "\"\r\n\u{202e}\u{7f}\u{e9}" is not accepted; give an EXIF orientation from 1 to 8"#,
        ),
        (
            "orient=0123456789012345678901234567890123456789x",
            r#"orient: "0123456789012345678901234567890123456789"... is not accepted; give an EXIF orientation from 1 to 8"#,
        ),
        // What is not UTF-8, and escapes that are none.
        ("orient=%ff", r#"orient: "%ff" is not accepted; give an EXIF orientation from 1 to 8"#),
        ("orient=1%", r#"orient: "1%" is not accepted; give an EXIF orientation from 1 to 8"#),
        ("orient=%2531", r#"orient: "%2531" is not accepted; give an EXIF orientation from 1 to 8"#),
    ] {
        assert_eq!(refusal_of(query).detail, detail);
    }
}

#[test]
fn fits_that_are_about_a_box_need_one() {
    for fit in ["cover", "crop", "fill", "pad"] {
        for sides in ["", "w=200&", "h=50p&"] {
            let detail = refusal_of(&format!("{sides}fit={fit}")).detail;
            assert_eq!(detail, format!("fit: \"{fit}\" needs both a width and a height"));
        }
    }
}

#[test]
fn parameter_is_given_once_by_any_of_its_names() {
    for (first, second) in [
        ("w=1", "w=1"),
        ("w=1", "width=2"),
        ("h=1", "height=1"),
        ("dpr=1", "dpr=2"),
        ("fit=bounds", "fit=bounds"),
        ("enable=upscale", "enable=upscale"),
        ("disable=upscale", "enable=upscale"),
        ("crop=1:1", "crop=1:1"),
        ("orient=1", "orient=1"),
        ("resize-filter=cubic", "resize-filter=cubic"),
        ("bg-color=000", "bg-color=000"),
        ("format=png", "fm=png"),
        ("auto=webp", "auto=avif"),
        ("q=1", "quality=1"),
        ("lossless=true", "lossless=false"),
        ("effort=speed", "effort=speed"),
        ("light=linear", "light=stored"),
        ("metadata=all", "metadata=all"),
        ("truncated=accept", "truncated=refuse"),
    ] {
        for query in [format!("{first}&{second}"), format!("{second}&a=b&{first}")] {
            assert!(refusal_of(&query).detail.contains(": already given as "), "{query}");
        }
    }
}
