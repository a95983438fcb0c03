//! The image component by itself, natively and in the sandbox: the same bytes from both, at every run; and files that are
//! damaged, which end in a picture or in a reason.

mod damaged;
mod files;
mod plans;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use lucarne::builtin::wasm;
use lucarne::sandbox::{
    CompiledCache, ComponentSpec, ImageFailure, ImageLimits, ImageMaker, ImagePlan, Picture, Sandbox, SandboxSize,
    Settings,
};
use lucarne_guest::image::{ImageError, ImageOutput};

use files::{File, files};
use plans::{PLANS, native, planned};

/// What a picture may be here. The limits are the same on both sides.
const LIMITS: ImageLimits = ImageLimits { source_pixels: 1 << 22, output_pixels: 1 << 20, output_bytes: 1 << 22 };

/// One sandbox for all tests: compiling the component takes seconds.
static SANDBOXED: LazyLock<Sandboxed> = LazyLock::new(|| {
    let compiled = CompiledCache::new(Some(&crate::harness::compiled_directory()));
    let size = SandboxSize { image_slots: 16, ..SandboxSize::default() };
    let sandbox = Sandbox::new(size, compiled).unwrap();
    let spec = |name: &str| {
        let wasm = Cow::Borrowed(wasm(name).unwrap());
        ComponentSpec { name: name.to_owned(), wasm, settings: Settings::new(), memory: None, time: None }
    };
    let (router, maker) = (sandbox.router(&spec("query")).unwrap(), sandbox.image(&spec("image")).unwrap());
    let plans = PLANS.iter().map(|(query, _)| planned(&router, query)).collect();
    Sandboxed { maker, plans }
});

struct Sandboxed {
    maker: ImageMaker,
    /// Those of `PLANS`, in the same order.
    plans: Vec<ImagePlan>,
}

impl Sandboxed {
    fn make(&self, source: &[u8], plan: usize) -> Result<Picture, ImageFailure> {
        self.maker.make(source, &self.plans[plan], LIMITS)
    }
}

fn transform(source: &[u8], plan: usize) -> Result<ImageOutput, ImageError> {
    let limits = lucarne_guest::image::ImageLimits {
        source_pixels: LIMITS.source_pixels,
        output_pixels: LIMITS.output_pixels,
        output_bytes: LIMITS.output_bytes,
    };
    lucarne_image::transform(source, &native(plan), &limits)
}

/// Every picture with every plan.
fn combinations() -> impl Iterator<Item = (&'static File, usize)> {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(files);
    FILES.iter().flat_map(|file| (0..PLANS.len()).map(move |plan| (file, plan)))
}

#[test]
fn native_and_sandboxed_pictures_have_the_same_bytes() {
    let mut different = BTreeSet::new();
    for (file, plan) in combinations() {
        let name = format!("{} {}", file.name, PLANS[plan].0);
        match (transform(&file.bytes, plan), SANDBOXED.make(&file.bytes, plan)) {
            (Ok(native), Ok(sandboxed)) => {
                assert_eq!((native.width, native.height), (sandboxed.width, sandboxed.height), "{name}");
                if native.body != sandboxed.body {
                    different.insert(name);
                }
            }
            (Err(_), Err(ImageFailure::Refused(_))) => {}
            (native, sandboxed) => {
                panic!("{name}: natively {:?}, in the sandbox {:?}", native.map(drop), sandboxed.map(drop));
            }
        }
    }
    assert!(different.is_empty(), "bytes differ: {different:#?}");
}

#[test]
fn the_same_source_and_plan_give_the_same_bytes_at_every_run() {
    let count = combinations().count();
    assert!(count >= 200, "only {count} combinations");
    let mut distinct = BTreeSet::new();
    for (file, plan) in combinations() {
        let made = [(); 2].map(|()| {
            SANDBOXED.make(&file.bytes, plan).map(|picture| picture.body).map_err(|failure| failure.to_string())
        });
        assert!(made[0] == made[1], "{} {}", file.name, PLANS[plan].0);
        distinct.insert(made[0].clone().unwrap_or_default());
    }
    // Some plans mean the same for some pictures, but most do not.
    assert!(distinct.len() > count / 2, "{} of {count} differ", distinct.len());
}

#[test]
fn what_is_made_can_be_read_and_is_as_large_as_it_says() {
    for (file, plan) in combinations() {
        let name = format!("{} {}", file.name, PLANS[plan].0);
        let made = transform(&file.bytes, plan).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let read = image::load_from_memory(&made.body).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((read.width(), read.height()), (made.width, made.height), "{name}");
    }
}
