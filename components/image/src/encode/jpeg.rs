//! JPEG through lucarne-jpeg: planes as they are, and pixels as planes.

use lucarne_guest::image::{Effort, ImageError, ImageLimits};
use lucarne_jpeg::encode::{self, EncodeError, Sampling, Segment, Settings, Source};

use super::{WHOLE_CHROMA, too_many_bytes};
use crate::metadata::Metadata;
use crate::picture::{Content, Picture};
use crate::raster::Channels;

/// Below so many bytes, a progressive file is worth a second look.
const SMALL: usize = 16 * 1024;

pub(super) fn write(
    picture: Picture,
    quality: u8,
    effort: Effort,
    metadata: &Metadata,
    limits: &ImageLimits,
) -> Result<Vec<u8>, ImageError> {
    let size = picture.size;
    let sampling = if quality >= WHOLE_CHROMA { Sampling::S444 } else { Sampling::S420 };
    let limit = usize::try_from(limits.output_bytes).unwrap_or(usize::MAX);
    let exif = metadata.exif.as_deref().map(Segment::Exif);
    let segments: Vec<_> = exif.into_iter().chain(metadata.xmp.as_deref().map(Segment::Xmp)).collect();
    let write = |source: &Source<'_>| {
        let settings = Settings { quality, progressive: false, segments: &segments, limit };
        if effort != Effort::Quality {
            return encode::encode(source, &settings);
        }
        // Smaller by some percent, but in a small file the tables of its scans weigh more.
        let file = encode::encode(source, &Settings { progressive: true, ..settings })?;
        let other = if file.len() < SMALL { encode::encode(source, &settings)? } else { Vec::new() };
        Ok(if (1..file.len()).contains(&other.len()) { other } else { file })
    };
    let written = match picture.content {
        Content::Planes(layers, range) => {
            let [y, cb, cr] = range.to_full(layers);
            let planes = [y.raster.plane(), cb.raster.plane(), cr.raster.plane()];
            write(&Source::YCbCr { planes, sampling })
        }
        Content::Pixels(layer) if layer.raster.channels() == Channels::Grey => {
            write(&Source::Grey(layer.raster.plane()))
        }
        Content::Pixels(layer) => {
            let (width, height) = (size.width as usize, size.height as usize);
            encode::rgb_to_planes(layer.raster.samples(), width, height, sampling).and_then(|planes| {
                drop(layer);
                let planes = planes.each_ref().map(|plane| plane.as_ref());
                write(&Source::YCbCr { planes, sampling })
            })
        }
    };
    written.map_err(|error| match error {
        EncodeError::TooLarge { .. } => too_many_bytes(limits),
        EncodeError::Memory => size.does_not_fit(),
        EncodeError::Side { .. } | EncodeError::Planes | EncodeError::Segment { .. } => {
            ImageError::Impossible(error.to_string())
        }
    })
}
