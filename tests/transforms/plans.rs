//! Plans, each as a query and as what the query has to become.

use std::sync::Arc;

use http::HeaderMap;
use lucarne::request::RequestHead;
use lucarne::sandbox::{ImagePlan, RequestView, Route, Router};
use lucarne_guest::image::{
    Color, Crop, CropOffset, CropSize, Effort, Filter, Fit, Focus, ImageFormat, ImagePlan as NativePlan, Length, Light,
    MetadataPolicy, Orientation, Overflow, Resize, Step, TruncatedPolicy,
};

/// A query, and what it changes in a plan that changes nothing.
pub(crate) type Case = (&'static str, fn(&mut NativePlan));

/// Every fit, filter, format, effort and light at least once; enlarged and made smaller; by whole factors and by others.
pub(crate) const PLANS: [Case; 21] = [
    ("format=jpg", |plan| plan.format = Some(ImageFormat::Jpeg)),
    ("format=png", |plan| plan.format = Some(ImageFormat::Png)),
    ("format=webp&lossless=true", |plan| {
        (plan.format, plan.lossless) = (Some(ImageFormat::Webp), Some(true));
    }),
    ("format=webp&lossless=false&quality=70", |plan| {
        (plan.format, plan.lossless, plan.quality) = (Some(ImageFormat::Webp), Some(false), Some(70));
    }),
    ("width=40&format=jpg&quality=55", |plan| {
        plan.steps = vec![Step::Resize(resize(40, None))];
        (plan.format, plan.quality) = (Some(ImageFormat::Jpeg), Some(55));
    }),
    ("width=23&format=png", |plan| {
        plan.steps = vec![Step::Resize(resize(23, None))];
        plan.format = Some(ImageFormat::Png);
    }),
    ("width=31&height=19&fit=fill&format=webp&lossless=false&quality=85", |plan| {
        plan.steps = vec![Step::Resize(Resize { fit: Fit::Fill, ..resize(31, Some(19)) })];
        (plan.format, plan.lossless, plan.quality) = (Some(ImageFormat::Webp), Some(false), Some(85));
    }),
    ("width=30&height=30&fit=crop&format=jpg", |plan| {
        plan.steps = vec![Step::Resize(Resize { fit: Fit::Crop, ..resize(30, Some(30)) })];
        plan.format = Some(ImageFormat::Jpeg);
    }),
    ("width=50&height=50&fit=pad&bg-color=204060&format=png", |plan| {
        plan.steps = vec![Step::Resize(Resize { fit: Fit::Pad, ..resize(50, Some(50)) })];
        plan.background = Some(Color { red: 0x20, green: 0x40, blue: 0x60, alpha: 255 });
        plan.format = Some(ImageFormat::Png);
    }),
    ("width=11&format=jpg&effort=speed", |plan| {
        plan.steps = vec![Step::Resize(resize(11, None))];
        (plan.format, plan.effort) = (Some(ImageFormat::Jpeg), Effort::Speed);
    }),
    ("width=11&format=jpg&effort=quality", |plan| {
        plan.steps = vec![Step::Resize(resize(11, None))];
        (plan.format, plan.effort) = (Some(ImageFormat::Jpeg), Effort::Quality);
    }),
    ("width=29&format=webp&lossless=false&effort=speed", |plan| {
        plan.steps = vec![Step::Resize(resize(29, None))];
        (plan.format, plan.lossless, plan.effort) = (Some(ImageFormat::Webp), Some(false), Effort::Speed);
    }),
    ("width=29&format=webp&lossless=false&effort=quality", |plan| {
        plan.steps = vec![Step::Resize(resize(29, None))];
        (plan.format, plan.lossless, plan.effort) = (Some(ImageFormat::Webp), Some(false), Effort::Quality);
    }),
    ("width=37&format=png&light=linear", |plan| {
        plan.steps = vec![Step::Resize(resize(37, None))];
        (plan.format, plan.light) = (Some(ImageFormat::Png), Light::Linear);
    }),
    ("width=37&format=jpg&light=linear", |plan| {
        plan.steps = vec![Step::Resize(resize(37, None))];
        (plan.format, plan.light) = (Some(ImageFormat::Jpeg), Light::Linear);
    }),
    ("width=33&format=png&resize-filter=nearest", |plan| {
        plan.steps = vec![Step::Resize(Resize { filter: Filter::Nearest, ..resize(33, None) })];
        plan.format = Some(ImageFormat::Png);
    }),
    ("width=33&format=png&resize-filter=bilinear", |plan| {
        plan.steps = vec![Step::Resize(Resize { filter: Filter::Linear, ..resize(33, None) })];
        plan.format = Some(ImageFormat::Png);
    }),
    ("width=33&format=png&resize-filter=bicubic", |plan| {
        plan.steps = vec![Step::Resize(Resize { filter: Filter::CatmullRom, ..resize(33, None) })];
        plan.format = Some(ImageFormat::Png);
    }),
    ("width=33&format=png&resize-filter=mitchell", |plan| {
        plan.steps = vec![Step::Resize(Resize { filter: Filter::Mitchell, ..resize(33, None) })];
        plan.format = Some(ImageFormat::Png);
    }),
    ("crop=40,30,x8,y4&width=25&format=jpg", |plan| {
        let size = CropSize::Box((Length::Pixels(40), Length::Pixels(30)));
        let [x, y] = [8, 4].map(CropOffset::Pixels);
        plan.steps = vec![Step::Crop(Crop { size, x, y, overflow: Overflow::Refuse }), Step::Resize(resize(25, None))];
        plan.format = Some(ImageFormat::Jpeg);
    }),
    ("width=150&enable=upscale&format=webp&lossless=false", |plan| {
        plan.steps = vec![Step::Resize(Resize { enlarge: true, ..resize(150, None) })];
        (plan.format, plan.lossless) = (Some(ImageFormat::Webp), Some(false));
    }),
];

/// The plan with this place in the table.
pub(crate) fn native(index: usize) -> NativePlan {
    let mut plan = NativePlan {
        orientation: Orientation::Tagged,
        steps: Vec::new(),
        background: None,
        format: None,
        quality: None,
        lossless: None,
        effort: Effort::Balanced,
        light: Light::Stored,
        metadata: MetadataPolicy::None,
        truncated: TruncatedPolicy::Refuse,
    };
    (PLANS[index].1)(&mut plan);
    plan
}

/// What the built-in router plans for a query.
pub(crate) fn planned(router: &Router, query: &str) -> ImagePlan {
    let head = Arc::new(RequestHead::composed("test.example", "/picture", Some(query), HeaderMap::new()));
    match router.route(&RequestView { head, widths: Arc::from([]), now: 0 }).unwrap().0 {
        Route::Image(image) => image.plan,
        other => panic!("{query}: {other:?}"),
    }
}

fn resize(width: u32, height: Option<u32>) -> Resize {
    Resize {
        width: Some(Length::Pixels(width)),
        height: height.map(Length::Pixels),
        fit: Fit::Inside,
        filter: Filter::Lanczos3,
        enlarge: false,
        focus: Focus { x: 5_000, y: 5_000 },
    }
}
