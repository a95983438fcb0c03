//! Pictures, plans and limits for tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat as Codec, Rgba, RgbaImage};
use lucarne_guest::image::{
    Effort, Filter, Fit, Focus, ImageFormat, ImageLimits, ImagePlan, Length, Light, MetadataPolicy, Orientation,
    Resize, SourceFormat, Step, TruncatedPolicy,
};

/// Every format that can be read.
pub(crate) const FORMATS: [SourceFormat; 4] =
    [SourceFormat::Jpeg, SourceFormat::Png, SourceFormat::Webp, SourceFormat::Gif];

/// A lossy WebP of one pixel; nothing here can write one.
pub(crate) const LOSSY_WEBP: [u8; 42] = [
    0x52, 0x49, 0x46, 0x46, 0x22, 0, 0, 0, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x20, 0x16, 0, 0, 0, 0x30, 0x01,
    0x00, 0x9d, 0x01, 0x2a, 1, 0, 1, 0, 0x0e, 0xc0, 0xfe, 0x25, 0xa4, 0, 0x03, 0x70, 0, 0, 0, 0,
];

/// An opaque picture with gradients on both axes and some detail, so that no part of it looks like another.
pub(crate) fn picture(width: u32, height: u32) -> DynamicImage {
    let across = |x: u32, length: u32| (x * 255 / length.max(2)) as u8;
    DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([across(x, width), across(y, height), if (x / 3 + y / 3) % 2 == 0 { 40 } else { 200 }])
    }))
}

/// An opaque picture of waves in all colours, none shorter than 20 pixels: no way of scaling it down to an eighth loses
/// much, and none that is off by half a pixel goes unseen.
pub(crate) fn waves(width: u32, height: u32) -> DynamicImage {
    let wave = |phase: f64| (128.0 + 110.0 * phase.sin()) as u8;
    DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x), f64::from(y));
        image::Rgb([wave(x / 9.0), wave(y / 7.0 + x / 31.0), wave((x + y) / 13.0)])
    }))
}

/// How alike two pictures of one size are, in decibels.
pub(crate) fn decibels(a: &DynamicImage, b: &DynamicImage) -> f64 {
    let (a, b) = (a.to_rgb8(), b.to_rgb8());
    assert_eq!(a.dimensions(), b.dimensions());
    let squares: f64 = a.iter().zip(b.iter()).map(|(&a, &b)| f64::from(a.abs_diff(b)).powi(2)).sum();
    10.0 * (255.0f64.powi(2) * a.len() as f64 / squares.max(1e-9)).log10()
}

/// Four flat quadrants, large enough for a lossy format to leave their middles alone.
pub(crate) fn quadrants(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => [220, 30, 30],
            (false, true) => [30, 220, 30],
            (true, false) => [30, 30, 220],
            (false, false) => [220, 220, 30],
        })
    }))
}

/// A white disc with a hard edge; what surrounds it is black and transparent.
pub(crate) fn disc(side: u32) -> DynamicImage {
    let middle = side as i64 / 2;
    DynamicImage::ImageRgba8(RgbaImage::from_fn(side, side, |x, y| {
        let (x, y) = (i64::from(x) - middle, i64::from(y) - middle);
        if x * x + y * y < middle * middle / 2 { Rgba([255; 4]) } else { Rgba([0; 4]) }
    }))
}

/// A picture as a file.
pub(crate) fn file(picture: &DynamicImage, format: SourceFormat) -> Vec<u8> {
    let codec = match format {
        SourceFormat::Jpeg => Codec::Jpeg,
        SourceFormat::Png => Codec::Png,
        SourceFormat::Webp => Codec::WebP,
        SourceFormat::Gif => Codec::Gif,
    };
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, codec).expect("the codec writes this picture");
    file.into_inner()
}

/// A picture as a progressive JPEG.
pub(crate) fn progressive(picture: &DynamicImage) -> Vec<u8> {
    jpeg(picture, |encoder| encoder.set_progressive(true))
}

/// A picture as a JPEG with chroma of a quarter.
pub(crate) fn subsampled(picture: &DynamicImage) -> Vec<u8> {
    jpeg(picture, |encoder| encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0))
}

fn jpeg(picture: &DynamicImage, set: impl FnOnce(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let picture = picture.to_rgb8();
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
    set(&mut encoder);
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder.encode(&picture, width, height, jpeg_encoder::ColorType::Rgb).expect("the encoder writes this picture");
    file
}

/// A picture as a file with an EXIF orientation; a GIF cannot have one.
pub(crate) fn tagged(picture: &DynamicImage, format: SourceFormat, orientation: u8) -> Vec<u8> {
    let exif = exif(orientation);
    let rgb = picture.to_rgb8();
    let (width, height) = rgb.dimensions();
    let mut tagged = Vec::new();
    match format {
        SourceFormat::Jpeg => {
            tagged = with_segments(&file(picture, format), &[(1, [b"Exif\0\0", exif.as_slice()].concat())]);
        }
        SourceFormat::Png => {
            let mut encoder = png::Encoder::new(&mut tagged, width, height);
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header().expect("memory takes a header");
            writer.write_chunk(png::chunk::ChunkType(*b"eXIf"), &exif).expect("memory takes a chunk");
            writer.write_image_data(&rgb).expect("memory takes pixels");
            writer.finish().expect("memory takes the end");
        }
        SourceFormat::Webp => {
            let mut encoder = image_webp::WebPEncoder::new(&mut tagged);
            encoder.set_exif_metadata(exif);
            encoder.encode(&rgb, width, height, image_webp::ColorType::Rgb8).expect("memory takes pixels");
        }
        SourceFormat::Gif => tagged = file(picture, format),
    }
    tagged
}

/// A small picture that carries EXIF and XMP.
pub(crate) fn carrying(format: SourceFormat, exif: &[u8], xmp: &[u8]) -> Vec<u8> {
    match format {
        SourceFormat::Jpeg => {
            let xmp = [b"http://ns.adobe.com/xap/1.0/\0", xmp].concat();
            let segments = [(1, xmp), (1, [b"Exif\0\0", exif].concat())];
            with_segments(&file(&picture(8, 8), format), &segments)
        }
        SourceFormat::Webp => {
            let mut carrying = Vec::new();
            let mut encoder = image_webp::WebPEncoder::new(&mut carrying);
            encoder.set_exif_metadata(exif.to_vec());
            encoder.set_xmp_metadata(xmp.to_vec());
            encoder.encode(&[0; 3], 1, 1, image_webp::ColorType::Rgb8).expect("memory takes pixels");
            carrying
        }
        _ => {
            let text = [b"XML:com.adobe.xmp\0\0\0en\0words\0", xmp].concat();
            with_chunks(&[(*b"iTXt", text), (*b"eXIf", exif.to_vec())])
        }
    }
}

/// A JPEG with further segments of applications, of these numbers.
pub(crate) fn with_segments(file: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = file[..2].to_vec();
    for (number, payload) in segments {
        bytes.extend([0xff, 0xe0 | number]);
        bytes.extend((payload.len() as u16 + 2).to_be_bytes());
        bytes.extend(payload);
    }
    bytes.extend(&file[2..]);
    bytes
}

/// A PNG of one pixel with further chunks before it.
pub(crate) fn with_chunks(chunks: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = png::Encoder::new(&mut file, 1, 1).write_header().expect("memory takes a header");
    for (kind, data) in chunks {
        writer.write_chunk(png::chunk::ChunkType(*kind), data).expect("memory takes a chunk");
    }
    writer.write_image_data(&[0]).expect("memory takes pixels");
    writer.finish().expect("memory takes the end");
    file
}

/// A subsampled JPEG with an EXIF orientation.
pub(crate) fn subsampled_and_tagged(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    with_segments(&subsampled(picture), &[(0xe1, [b"Exif\0\0", exif(orientation).as_slice()].concat())])
}

/// Limits that no test comes near by accident.
pub(crate) fn limits() -> ImageLimits {
    ImageLimits { source_pixels: 1 << 20, output_pixels: 1 << 20, output_bytes: 1 << 20 }
}

/// A plan of steps, with everything else left to the source.
pub(crate) fn plan(steps: Vec<Step>) -> ImagePlan {
    ImagePlan {
        orientation: Orientation::Tagged,
        steps,
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

/// A plan that only converts.
pub(crate) fn convert(format: ImageFormat) -> ImagePlan {
    ImagePlan { format: Some(format), ..plan(vec![]) }
}

/// A resize to a box in pixels, around the centre.
pub(crate) fn resize(width: u32, height: u32, fit: Fit) -> Resize {
    Resize {
        width: Some(Length::Pixels(width)),
        height: Some(Length::Pixels(height)),
        fit,
        filter: Filter::Lanczos3,
        enlarge: false,
        focus: Focus { x: 5000, y: 5000 },
    }
}

/// A TIFF file of one tag.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff
}
