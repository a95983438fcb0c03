//! Starting points for a router's plans, so that a component spells out only what it chooses.

use crate::router::{
    Effort, Filter, Fit, Focus, ImagePlan, Length, Light, MetadataPolicy, Orientation, Resize, TruncatedPolicy,
};

/// The source as it is: turned by its EXIF tag, in its own format, at the component's quality and without metadata.
/// A source that ends early is refused: a result is stored, and half a picture would be shown until it expires.
impl Default for ImagePlan {
    fn default() -> Self {
        Self {
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
        }
    }
}

/// The centre.
impl Default for Focus {
    fn default() -> Self {
        Self { x: 5_000, y: 5_000 }
    }
}

impl Resize {
    /// To `pixels` of width, or the picture's own where that is less; the height follows from the ratio.
    #[must_use]
    pub fn to_width(pixels: u32) -> Self {
        Self {
            width: Some(Length::Pixels(pixels)),
            height: None,
            fit: Fit::Inside,
            filter: Filter::Lanczos3,
            enlarge: false,
            focus: Focus::default(),
        }
    }
}
