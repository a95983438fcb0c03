//! Pictures that are scaled while they are decoded, plane by plane, held against those that are decoded whole.

use lucarne_guest::image::Effort;

use super::*;

/// A cut, as shares of what it leaves free, and a resize to a box.
pub(super) fn cut_and_resize(cut: Option<(u32, u32, u16)>, to: (u32, u32)) -> Vec<Step> {
    let crop = cut.map(|(width, height, share)| {
        Step::Crop(Crop {
            size: CropSize::Box((Length::Pixels(width), Length::Pixels(height))),
            x: CropOffset::Share(share),
            y: CropOffset::Share(10_000 - share),
            overflow: Overflow::Refuse,
        })
    });
    crop.into_iter().chain([Step::Resize(resize(to.0, to.1, Fit::Crop))]).collect()
}

/// The pixels of a JPEG as another decoder has them, turned, as a file that has no scale.
fn whole(file: &[u8], orientation: u8) -> Vec<u8> {
    let pixels = image::load_from_memory(file).expect("the file is a picture");
    fixture::tagged(&pixels, SourceFormat::Png, orientation)
}

#[test]
fn every_scale_cut_and_turn_shows_what_a_whole_decoding_shows() {
    let cuts = [None, Some((401, 301, 2_500)), Some((256, 320, 10_000)), Some((333, 222, 0))];
    // From four to one, each more than what the scale has samples for.
    let sizes = [(250, 190), (101, 75), (63, 47), (33, 21)];
    for orientation in 1..=8 {
        let file = fixture::subsampled_and_tagged(&fixture::waves(517, 389), orientation);
        let reference = whole(&file, orientation);
        for cut in cuts {
            // A turn may make the picture less wide than a cut is.
            let cut = cut.map(|(width, height, share)| (width.min(389), height.min(389), share));
            for size in sizes {
                let plan = ImagePlan { format: Some(ImageFormat::Png), ..plan(cut_and_resize(cut, size)) };
                let found = decoded(&made(&file, &plan));
                let alike = fixture::decibels(&found, &decoded(&made(&reference, &plan)));
                assert!(alike > 36.0, "{orientation} {cut:?} {size:?}: {alike}");
            }
        }
    }
}

#[test]
fn planes_lose_no_more_than_pixels_do() {
    for orientation in 1..=8 {
        for size in [(100, 76), (75, 57), (31, 23), (517, 389), (389, 517)] {
            let file = fixture::subsampled_and_tagged(&fixture::waves(517, 389), orientation);
            let steps = vec![Step::Resize(resize(size.0, size.1, Fit::Crop))];
            let as_pixels = made(&file, &ImagePlan { format: Some(ImageFormat::Png), ..plan(steps.clone()) });
            let pixels = decoded(&as_pixels);
            for (format, quality) in [(ImageFormat::Jpeg, 89), (ImageFormat::Jpeg, 95), (ImageFormat::Webp, 95)] {
                let lossless = Some(false);
                let plan = ImagePlan { format: Some(format), quality: Some(quality), lossless, ..plan(steps.clone()) };
                let of_planes = fixture::decibels(&decoded(&made(&file, &plan)), &pixels);
                let of_pixels = ImagePlan { steps: vec![], ..plan };
                let of_pixels = fixture::decibels(&decoded(&made(&as_pixels.body, &of_pixels)), &pixels);
                assert!(of_planes > of_pixels - 1.0, "{orientation} {size:?} {format:?}: {of_planes} {of_pixels}");
            }
        }
    }
}

#[test]
fn a_jpeg_that_is_only_cut_is_cut_where_its_pixels_are() {
    let file = fixture::subsampled(&fixture::waves(120, 90));
    for (x, y) in [(0, 0), (16, 8), (7, 0), (0, 9), (31, 33)] {
        let crop = Step::Crop(Crop {
            size: CropSize::Box((Length::Pixels(41), Length::Pixels(37))),
            x: CropOffset::Pixels(x),
            y: CropOffset::Pixels(y),
            overflow: Overflow::Refuse,
        });
        let plan = ImagePlan { quality: Some(89), ..plan(vec![crop]) };
        let expected = image::load_from_memory(&file).expect("the file is a picture").crop_imm(x, y, 41, 37);
        let alike = fixture::decibels(&decoded(&made(&file, &plan)), &expected);
        assert!(alike > 32.0, "{x},{y}: {alike}");
    }
}

#[test]
fn quality_reads_more_samples_than_balance() {
    let file = fixture::subsampled(&fixture::picture(600, 400));
    let reference = whole(&file, 1);
    let steps = cut_and_resize(None, (118, 79));
    let plan = |effort| ImagePlan { effort, format: Some(ImageFormat::Png), ..plan(steps.clone()) };
    let expected = decoded(&made(&reference, &plan(Effort::Balanced)));
    let alike = |effort| fixture::decibels(&decoded(&made(&file, &plan(effort))), &expected);
    assert!(alike(Effort::Quality) > alike(Effort::Balanced) + 1.0);
    assert_eq!(made(&file, &plan(Effort::Speed)), made(&file, &plan(Effort::Balanced)));
}

#[test]
fn quality_is_progressive_where_that_is_smaller() {
    let is_progressive = |side| {
        let file = fixture::file(&fixture::waves(side, side), SourceFormat::Png);
        let plan = ImagePlan { effort: Effort::Quality, ..fixture::convert(ImageFormat::Jpeg) };
        let (slow, fast) = (made(&file, &plan), made(&file, &fixture::convert(ImageFormat::Jpeg)));
        assert!(slow.body.len() <= fast.body.len());
        memchr::memmem::find(&slow.body, &[0xff, 0xc2]).is_some()
    };
    assert_eq!([8, 600].map(is_progressive), [false, true]);
}
