//! Any bytes under a small plan are refused or become a picture of the stated size and format, within its limits.
//!
//! The first four bytes choose the plan, what follows is the picture.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_guest::image::{
    Crop, CropOffset, CropSize, Effort, Filter, Fit, Focus, ImageFormat, ImageLimits, ImagePlan, Length, Light,
    MetadataPolicy, Orientation, Overflow, Resize, Step, TruncatedPolicy,
};
use lucarne_image::{inspect, transform};

const LIMITS: ImageLimits = ImageLimits { source_pixels: 1 << 18, output_pixels: 1 << 16, output_bytes: 1 << 20 };
const FITS: [Fit; 5] = [Fit::Inside, Fit::Cover, Fit::Crop, Fit::Fill, Fit::Pad];
const EFFORTS: [Effort; 3] = [Effort::Balanced, Effort::Speed, Effort::Quality];
const POLICIES: [MetadataPolicy; 3] = [MetadataPolicy::None, MetadataPolicy::Copyright, MetadataPolicy::All];
const FORMATS: [Option<ImageFormat>; 4] =
    [None, Some(ImageFormat::Jpeg), Some(ImageFormat::Png), Some(ImageFormat::Webp)];

fuzz_target!(|data: &[u8]| {
    let Some((choices, source)) = data.split_first_chunk() else { return };
    let plan = plan(*choices);
    let Ok(output) = transform(source, &plan, &LIMITS) else { return };

    assert!(output.body.len() as u64 <= LIMITS.output_bytes);
    assert!(plan.format.is_none_or(|format| format == output.format));
    let unlimited = ImageLimits { source_pixels: u64::MAX, ..LIMITS };
    let made = inspect(&output.body, &unlimited).expect("what was written can be read");
    assert_eq!((made.width, made.height), (output.width, output.height));
});

fn plan([width, height, kind, orientation]: [u8; 4]) -> ImagePlan {
    let [across, down] = [width, height].map(|length| u32::from(length).max(1));
    let resize = Resize {
        width: Some(Length::Pixels(across)),
        height: (height > 0).then_some(Length::Pixels(down)),
        fit: FITS[usize::from(kind) % FITS.len()],
        filter: Filter::Lanczos3,
        enlarge: kind & 0x80 != 0,
        focus: Focus { x: 2_500, y: 5_000 },
    };
    let crop = Crop {
        size: CropSize::Ratio((across, down)),
        x: CropOffset::Share(5_000),
        y: CropOffset::Pixels(down),
        overflow: if kind & 0x40 == 0 { Overflow::Clamp } else { Overflow::Refuse },
    };
    ImagePlan {
        orientation: if orientation & 15 == 0 { Orientation::Tagged } else { Orientation::Fixed(orientation & 15) },
        steps: if kind & 0x20 == 0 { vec![Step::Resize(resize)] } else { vec![Step::Crop(crop), Step::Resize(resize)] },
        background: None,
        format: FORMATS[usize::from(kind >> 3) % FORMATS.len()],
        quality: None,
        lossless: None,
        effort: EFFORTS[usize::from(orientation >> 4) % EFFORTS.len()],
        light: if orientation & 0x40 == 0 { Light::Stored } else { Light::Linear },
        metadata: POLICIES[usize::from(kind) % POLICIES.len()],
        truncated: if orientation & 0x80 == 0 { TruncatedPolicy::Refuse } else { TruncatedPolicy::Accept },
    }
}
