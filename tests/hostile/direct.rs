//! Components called without a node around them: for what no answer shows, and for measuring.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderMap;
use lucarne::request::RequestHead;
use lucarne::sandbox::{
    CompiledCache, ComponentSpec, ImageLimits, ImagePlan, RequestView, Route, Router, Sandbox, SandboxSize, Settings,
};

use super::guest::{Place, component, spoil};

/// What the pictures of these tests may be.
pub(crate) const LIMITS: ImageLimits =
    ImageLimits { source_pixels: 50_000_000, output_pixels: 1_000_000, output_bytes: 65_536 };

/// A sandbox with defaults that keeps nothing.
pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(SandboxSize::default(), CompiledCache::new(None)).unwrap()
}

/// A component with the limits of its world.
pub(crate) fn spec(wasm: Vec<u8>) -> ComponentSpec {
    ComponentSpec {
        name: "guest".to_owned(),
        wasm: Cow::Owned(wasm),
        settings: Settings::new(),
        memory: None,
        time: None,
    }
}

/// A router that does this.
pub(crate) fn router(sandbox: &Sandbox, fields: &str) -> Router {
    sandbox.router(&spec(component(Place::Route, fields))).unwrap()
}

/// A request for this path.
pub(crate) fn view(path: &str) -> RequestView {
    let head = RequestHead::composed("test.example", path, None, HeaderMap::new());
    RequestView { head: Arc::new(head), widths: Arc::from([320]), now: 0 }
}

/// A plan for a picture 20 pixels wide.
pub(crate) fn plan(sandbox: &Sandbox) -> ImagePlan {
    let planning = router(sandbox, &spoil("(call $image (local.get $answer))"));
    let Route::Image(image) = planning.route(&view("/")).unwrap().0 else { panic!("it plans a picture") };
    image.plan
}
