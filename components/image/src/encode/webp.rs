//! WebP: with loss through lucarne-webp, without through image-webp.

use lucarne_guest::image::{Effort, ImageError, ImageLimits};
use lucarne_webp::{ConvertError, EncodeError, PlaneRef, Settings, Source, Yuv420};

use super::bounded::Bounded;
use super::too_many_bytes;
use crate::geometry::Size;
use crate::metadata::Metadata;
use crate::picture::{Content, Picture};
use crate::raster::{Channels, Raster};

/// Chroma of what has none.
const NEUTRAL: u8 = 128;

pub(super) fn write(
    picture: Picture,
    quality: u8,
    effort: Effort,
    metadata: &Metadata,
    limits: &ImageLimits,
) -> Result<Vec<u8>, ImageError> {
    let size = picture.size;
    let settings = Settings {
        quality,
        method: match effort {
            Effort::Speed => 0,
            Effort::Balanced => 4,
            Effort::Quality => 6,
        },
        limit: usize::try_from(limits.output_bytes).unwrap_or(usize::MAX),
        icc: None,
        exif: metadata.exif.as_deref(),
        xmp: metadata.xmp.as_deref(),
    };
    let written = match picture.content {
        Content::Planes(layers, range) => {
            let [y, u, v] = range.to_limited(layers).map(|layer| layer.raster);
            encode(&y, &u, &v, None, &settings)
        }
        Content::Pixels(layer) => write_pixels(layer.raster, &settings),
    };
    written.map_err(|error| match error {
        EncodeError::TooLarge { .. } => too_many_bytes(limits),
        EncodeError::Memory(_) => size.does_not_fit(),
    })
}

/// Pixels of any kind; grey has no chroma to compute.
fn write_pixels(picture: Raster, settings: &Settings<'_>) -> Result<Vec<u8>, EncodeError> {
    let size = picture.size();
    let (width, height) = (size.width as usize, size.height as usize);
    let planes = match picture.channels() {
        Channels::Grey => return write_grey(picture, None, settings),
        Channels::GreyAlpha => {
            let grey = channel(&picture, 0)?;
            let alpha = channel(&picture, 1)?;
            return write_grey(grey, Some(alpha), settings);
        }
        Channels::Rgb => lucarne_webp::from_rgb(picture.samples(), width, height),
        Channels::Rgba => lucarne_webp::from_rgba(picture.samples(), width, height),
    };
    drop(picture);
    match planes {
        Ok(planes) => lucarne_webp::encode(&planes.source(), settings),
        Err(ConvertError::Memory(error)) => Err(error.into()),
        Err(ConvertError::Size { .. }) => unreachable!("a raster has its samples, and its sides were checked"),
    }
}

fn write_grey(mut grey: Raster, alpha: Option<Raster>, settings: &Settings<'_>) -> Result<Vec<u8>, EncodeError> {
    let half = Size { width: grey.size().width.div_ceil(2), height: grey.size().height.div_ceil(2) };
    let mut neutral = blank(half)?;
    neutral.samples_mut().fill(NEUTRAL);
    lucarne_webp::luma_to_limited(grey.samples_mut());
    encode(&grey, &neutral, &neutral, alpha.as_ref(), settings)
}

/// One channel of pixels that have two.
fn channel(picture: &Raster, index: usize) -> Result<Raster, EncodeError> {
    let mut channel = blank(picture.size())?;
    let pixels = picture.samples().as_chunks::<2>().0;
    channel.samples_mut().iter_mut().zip(pixels).for_each(|(sample, pixel)| *sample = pixel[index]);
    Ok(channel)
}

/// A picture of one channel.
fn blank(size: Size) -> Result<Raster, EncodeError> {
    let mut samples = Vec::new();
    // A plane of a picture that there is.
    let bytes = size.pixels() as usize;
    samples.try_reserve_exact(bytes)?;
    samples.resize(bytes, 0);
    Ok(Raster::packed(size, Channels::Grey, samples))
}

fn encode(
    y: &Raster,
    u: &Raster,
    v: &Raster,
    alpha: Option<&Raster>,
    settings: &Settings<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let planes = Yuv420 { y: plane(y), u: plane(u), v: plane(v) };
    let source = Source::new(planes, alpha.map(plane)).expect("the planes were made for each other, the sides checked");
    lucarne_webp::encode(&source, settings)
}

fn plane(raster: &Raster) -> PlaneRef<'_> {
    let (width, height) = (raster.size().width as usize, raster.size().height as usize);
    PlaneRef::new(width, height, raster.stride(), raster.samples()).expect("a raster has its samples")
}

pub(super) fn write_lossless(
    picture: &Raster,
    metadata: &Metadata,
    limits: &ImageLimits,
) -> Result<Vec<u8>, ImageError> {
    let channels = match picture.channels() {
        Channels::Grey => image_webp::ColorType::L8,
        Channels::GreyAlpha => image_webp::ColorType::La8,
        Channels::Rgb => image_webp::ColorType::Rgb8,
        Channels::Rgba => image_webp::ColorType::Rgba8,
    };
    let mut body = Bounded::new(limits.output_bytes);
    let mut encoder = image_webp::WebPEncoder::new(&mut body);
    if let Some(exif) = &metadata.exif {
        encoder.set_exif_metadata(exif.clone());
    }
    if let Some(xmp) = &metadata.xmp {
        encoder.set_xmp_metadata(xmp.clone());
    }
    let written = encoder
        .encode(picture.samples(), picture.size().width, picture.size().height, channels)
        .map_err(|error| error.to_string());
    body.finish(written)
}
