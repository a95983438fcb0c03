//! `/thumb/<path>` is `/<path>`, 200 pixels wide, in WebP for clients that ask for it; all else passes through.

use lucarne_guest::router::*;

struct Thumbnails;

impl Guest for Thumbnails {
    fn route(request: &Request) -> Result<Route, Refusal> {
        let path = request.path();
        let Some(picture) = path.strip_prefix("/thumb").filter(|rest| rest.starts_with('/')) else {
            return Ok(Route::Pass(Target { path, query: request.query() }));
        };
        let plan = ImagePlan {
            steps: vec![Step::Resize(Resize::to_width(200))],
            format: request.negotiate_image(&[ImageFormat::Webp]),
            ..ImagePlan::default()
        };
        let source = Target { path: picture.to_owned(), query: None };
        Ok(Route::Image(ImageRoute { source, plan, not_after: None }))
    }
}

export!(Thumbnails);
