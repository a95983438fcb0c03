//! One wrong byte anywhere, and an end at any place: a picture or a reason, natively, where overflows and slips of an
//! index are found, and for some of them in the sandbox, where memory and time are limited too.

use jpeg_encoder::SamplingFactor;
use lucarne::sandbox::ImageFailure;
use lucarne_guest::image::{
    Fit, ImageError, ImageFormat, ImageLimits, ImagePlan, Length, Resize, Step, TruncatedPolicy,
};

use super::files::{File, gif, jpeg, png, square, webp};
use super::plans::native;
use super::{PLANS, SANDBOXED};
use lucarne_gauge::{Pixels, Scene};

/// Enough for what the files hold, and for a size that a wrong byte has made larger by some.
const LIMITS: ImageLimits = ImageLimits { source_pixels: 1 << 16, output_pixels: 1 << 16, output_bytes: 1 << 20 };

/// Files with at most as many bytes have every value in every place; of larger ones some.
const SMALL: usize = 160;

/// Every how many damaged files is also tried in the sandbox.
const SAMPLE: usize = 97;

/// The smallest files of each kind.
fn kinds() -> Vec<File> {
    let file = |name, bytes| File { name, bytes };
    let flat = square(16);
    vec![
        file("baseline", jpeg(&flat, SamplingFactor::F_2_2, false, 0)),
        file("restarts", jpeg(&square(24), SamplingFactor::F_2_1, false, 1)),
        file("progressive", jpeg(&flat, SamplingFactor::F_2_2, true, 0)),
        file("png", png(&flat)),
        file("png with alpha", png(&Scene::Logo.paint(6, 5))),
        file("lossless webp", webp(&Scene::Logo.paint(6, 5))),
        file("lossy webp", lossy_webp(&flat)),
        file("gif", gif(&flat)),
    ]
}

/// As the component itself writes it.
fn lossy_webp(picture: &Pixels) -> Vec<u8> {
    let plan = ImagePlan { format: Some(ImageFormat::Webp), lossless: Some(false), ..native(0) };
    lucarne_image::transform(&png(picture), &plan, &LIMITS).unwrap().body
}

/// A plan that goes through all of the decoder and little else.
fn plan(truncated: TruncatedPolicy) -> ImagePlan {
    let resize = |step: &Step| match step {
        Step::Resize(resize) => Step::Resize(Resize { width: Some(Length::Pixels(5)), fit: Fit::Inside, ..*resize }),
        Step::Crop(crop) => Step::Crop(*crop),
    };
    let small = native(5);
    ImagePlan { steps: small.steps.iter().map(resize).collect(), truncated, ..small }
}

/// Either a picture within the limits, or a reason in words.
fn assert_ends_well(name: &str, source: &[u8], truncated: TruncatedPolicy) -> bool {
    match lucarne_image::transform(source, &plan(truncated), &LIMITS) {
        Ok(made) => {
            assert!(made.body.starts_with(b"\x89PNG") && made.body.len() <= 1 << 20, "{name}");
            assert!(u64::from(made.width) * u64::from(made.height) <= LIMITS.output_pixels, "{name}");
            true
        }
        Err(ImageError::Unrecognized) => false,
        Err(
            ImageError::Corrupt(text)
            | ImageError::Unsupported(text)
            | ImageError::TooLarge(text)
            | ImageError::Impossible(text),
        ) => {
            assert!(!text.is_empty(), "{name}: a reason without words");
            false
        }
    }
}

/// In the sandbox nothing traps, and no limit of the host is needed.
fn assert_contained(name: &str, source: &[u8]) {
    let plan = PLANS.iter().position(|(query, _)| *query == "width=23&format=png").unwrap();
    if let Err(ImageFailure::Contained(failure)) = SANDBOXED.make(source, plan) {
        panic!("{name}: {failure}");
    }
}

/// What a byte is changed to.
fn others(byte: u8, all: bool) -> Vec<u8> {
    if all {
        return (1..=255).map(|change| byte ^ change).collect();
    }
    // Each bit, the ends of the range, and what begins a marker or follows one.
    let bits = (0..8).map(|bit| byte ^ 1 << bit);
    let mut values: Vec<u8> = bits.chain([0, 0x7f, 0x80, 0xc4, 0xd0, 0xd9, 0xda, 0xdd, 0xff]).collect();
    values.retain(|value| *value != byte);
    values
}

/// Every file with one byte changed.
fn mutations(file: &File) -> impl Iterator<Item = (String, Vec<u8>)> {
    let all = file.bytes.len() <= SMALL;
    (0..file.bytes.len()).flat_map(move |place| {
        others(file.bytes[place], all).into_iter().map(move |value| {
            let mut bytes = file.bytes.clone();
            bytes[place] = value;
            (format!("{} with {value:#x} at {place}", file.name), bytes)
        })
    })
}

#[test]
fn one_wrong_byte_ends_in_a_picture_or_a_reason() {
    let (mut made, mut refused) = (0, 0);
    for file in kinds() {
        for (index, (name, bytes)) in mutations(&file).enumerate() {
            let picture = assert_ends_well(&name, &bytes, TruncatedPolicy::Accept);
            *if picture { &mut made } else { &mut refused } += 1;
            if index % SAMPLE == 0 {
                assert_contained(&name, &bytes);
            }
        }
    }
    assert!(made > 1000 && refused > 1000, "{made} made, {refused} refused");
}

#[test]
fn every_truncation_ends_in_a_picture_or_a_reason() {
    for file in kinds() {
        for length in 0..file.bytes.len() {
            let (name, cut) = (format!("{} cut at {length}", file.name), &file.bytes[..length]);
            for policy in [TruncatedPolicy::Accept, TruncatedPolicy::Refuse] {
                assert_ends_well(&name, cut, policy);
            }
            if length % 7 == 0 {
                assert_contained(&name, cut);
            }
        }
        assert!(assert_ends_well(file.name, &file.bytes, TruncatedPolicy::Refuse), "{} is whole", file.name);
    }
}

/// At full size, and so small that the last scans of a progressive file are not wanted.
#[test]
fn a_jpeg_that_ends_early_is_a_picture_only_where_that_is_accepted() {
    let picture = Scene::Leaves.paint(96, 64);
    for progressive in [false, true] {
        let whole = jpeg(&picture, SamplingFactor::F_2_2, progressive, 0);
        for share in [5, 7, 9] {
            let cut = &whole[..whole.len() * share / 10];
            for sized in [native(1), plan(TruncatedPolicy::Refuse)] {
                let name = format!("{share} tenths, progressive: {progressive}, {:?}", sized.steps);
                let made =
                    |truncated| lucarne_image::transform(cut, &ImagePlan { truncated, ..sized.clone() }, &LIMITS);
                assert!(made(TruncatedPolicy::Accept).is_ok(), "{name}");
                assert!(matches!(made(TruncatedPolicy::Refuse), Err(ImageError::Corrupt(_))), "{name}");
            }
        }
    }
}

/// Behind a checksum that fits, a wrong byte reaches the code that the checksum protects.
#[test]
fn one_wrong_byte_of_a_png_with_mended_checksums_ends_in_a_picture_or_a_reason() {
    let mut made = 0;
    for file in kinds().into_iter().filter(|file| file.name.starts_with("png")) {
        for (name, mut bytes) in mutations(&file) {
            mend(&mut bytes);
            made += usize::from(assert_ends_well(&name, &bytes, TruncatedPolicy::Accept));
        }
    }
    assert!(made > 100, "{made} made");
}

/// Gives every chunk the checksum of what is in it (PNG third edition §5.5).
fn mend(png: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = png.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let Some(end) = (at + 8).checked_add(length).filter(|end| end + 4 <= png.len()) else { return };
        let checksum = checksum(&png[at + 4..end]);
        png[end..end + 4].copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut sum, byte| {
        sum ^= u32::from(*byte);
        (0..8).fold(sum, |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}
