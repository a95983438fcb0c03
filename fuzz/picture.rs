//! What targets share that make pictures of files: a plan from one byte, and what holds of every result.

use lucarne_guest::image::{
    Effort, Filter, Fit, Focus, ImageFormat, ImageLimits, ImagePlan, Length, Light, MetadataPolicy, Orientation,
    Resize, Step, TruncatedPolicy,
};
use lucarne_image::{inspect, transform};

const LIMITS: ImageLimits = ImageLimits { source_pixels: 1 << 18, output_pixels: 1 << 16, output_bytes: 1 << 20 };

/// Makes a small PNG of the file: as it is, or in another size. Any bytes are refused or become a picture of the stated
/// size within its limits.
pub(crate) fn make(source: &[u8], choice: u8) {
    let resize = Resize {
        width: Some(Length::Pixels(1 + u32::from(choice >> 4))),
        height: None,
        fit: Fit::Inside,
        filter: Filter::Linear,
        enlarge: false,
        focus: Focus { x: 5_000, y: 5_000 },
    };
    let plan = ImagePlan {
        orientation: Orientation::Tagged,
        steps: if choice & 1 == 0 { vec![Step::Resize(resize)] } else { Vec::new() },
        background: None,
        format: Some(ImageFormat::Png),
        quality: None,
        lossless: None,
        effort: if choice & 2 == 0 { Effort::Balanced } else { Effort::Quality },
        light: if choice & 4 == 0 { Light::Stored } else { Light::Linear },
        metadata: MetadataPolicy::None,
        truncated: if choice & 8 == 0 { TruncatedPolicy::Accept } else { TruncatedPolicy::Refuse },
    };
    let Ok(output) = transform(source, &plan, &LIMITS) else { return };

    assert!(output.body.len() as u64 <= LIMITS.output_bytes);
    let made = inspect(&output.body, &LIMITS).expect("what was written can be read");
    assert_eq!((made.width, made.height), (output.width, output.height));
}
