//! The built-in image component, as a node calls it: a fresh instance for each picture, with its limits.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use lucarne::builtin::wasm;
use lucarne::request::RequestHead;
use lucarne::sandbox::{
    CompiledCache, ComponentSpec, ImageLimits, ImageMaker, ImagePlan, Limits, RequestView, Route, Router, Sandbox,
    SandboxSize, Settings,
};
use rustix::time::{ClockId, clock_gettime};

/// A sandbox with the engine's defaults, the router that makes plans of queries, and the component.
pub(crate) struct Ours {
    sandbox: Sandbox,
    router: Router,
    maker: ImageMaker,
}

/// Beyond all that is measured here; a node's defaults are lower. Other work on the machine should not end a call.
const TIME: Duration = Duration::from_secs(60);
const LIMITS: ImageLimits =
    ImageLimits { source_pixels: 200_000_000, output_pixels: 67_108_864, output_bytes: 32 << 20 };

const MIB: usize = 1 << 20;

impl Ours {
    /// Compiled code is kept in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        let compiled = CompiledCache::new(Some(folder));
        let sandbox = Sandbox::new(SandboxSize::default(), compiled).unwrap();
        let router = sandbox.router(&spec("query", None)).unwrap();
        let maker = sandbox.image(&spec("image", None)).unwrap();
        Self { sandbox, router, maker }
    }

    /// The plan of a query.
    pub(crate) fn plan(&self, query: &str) -> ImagePlan {
        let head = Arc::new(RequestHead::composed("bench.example", "/picture", Some(query), HeaderMap::new()));
        match self.router.route(&RequestView { head, widths: Arc::from([]), now: 0 }).unwrap().0 {
            Route::Image(image) => image.plan,
            _ => panic!("{query} plans no picture"),
        }
    }

    /// Makes a picture, and says how many milliseconds of CPU time the process took, or why there is none.
    pub(crate) fn make(&self, source: &[u8], plan: &ImagePlan) -> Result<(Vec<u8>, f64), String> {
        let before = cpu_time();
        let made = self.maker.make(source, plan, LIMITS).map_err(|failure| failure.to_string())?;
        Ok((made.body.into(), (cpu_time() - before).as_secs_f64() * 1e3))
    }

    /// The least limit of linear memory in MiB with which this picture is made; nothing if the default is too little.
    pub(crate) fn memory(&self, source: &[u8], plan: &ImagePlan) -> Option<usize> {
        let default = Limits::IMAGE.memory / MIB;
        let suffices = |limit: usize| {
            let Ok(maker) = self.sandbox.image(&spec("image", Some(limit * MIB))) else { return false };
            maker.make(source, plan, LIMITS).is_ok()
        };
        if !suffices(default) {
            return None;
        }
        let (mut too_little, mut enough) = (0, default);
        while enough - too_little > 1 {
            let middle = usize::midpoint(too_little, enough);
            if suffices(middle) { enough = middle } else { too_little = middle }
        }
        Some(enough)
    }
}

/// What all threads of this process have taken: the thread that ends calls in time is one of them.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

fn spec(name: &str, memory: Option<usize>) -> ComponentSpec {
    let wasm = Cow::Borrowed(wasm(name).expect("it is built in"));
    let time = Some(TIME);
    ComponentSpec { name: name.to_owned(), wasm, settings: Settings::new(), memory, time }
}
