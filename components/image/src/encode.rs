//! From pixels to a file of the format asked for, without metadata.

mod bounded;

use lucarne_guest::image::{Color, ImageError, ImageFormat, ImageLimits, ImagePlan, SourceFormat};

use crate::background;
use crate::geometry::Size;
use crate::raster::{Channels, Raster};
use bounded::Bounded;

/// The quality of a JPEG whose plan names none. From 80 on, most eyes need a magnifier to tell a photo from its
/// source, and every further step costs more bytes than the one before.
const JPEG_QUALITY: u8 = 80;

/// The longest side that each format can express: a 16-bit field, 14 bits that count from 1, 31 bits (ITU-T T.81
/// §B.2.2, RFC 9649 §3.4, PNG third edition §11.2.1).
const JPEG_SIDE: u32 = 65_535;
const WEBP_SIDE: u32 = 16_384;
const PNG_SIDE: u32 = i32::MAX as u32;

/// A format with what it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Quality 1 to 100.
    Jpeg(u8),
    Png,
    Webp,
}

impl Encoding {
    /// The encoding of a plan for a source.
    ///
    /// # Errors
    /// `impossible` for a quality that is none.
    pub(crate) fn choose(plan: &ImagePlan, source: SourceFormat) -> Result<Encoding, ImageError> {
        let quality = plan.quality.unwrap_or(JPEG_QUALITY);
        if !(1..=100).contains(&quality) {
            return Err(ImageError::Impossible(format!("quality {quality} is not one of 1 to 100")));
        }
        Ok(match (plan.format, source) {
            (Some(ImageFormat::Jpeg), _) | (None, SourceFormat::Jpeg) => Encoding::Jpeg(quality),
            (Some(ImageFormat::Png), _) | (None, SourceFormat::Png | SourceFormat::Gif) => Encoding::Png,
            (Some(ImageFormat::Webp), _) | (None, SourceFormat::Webp) => Encoding::Webp,
        })
    }

    pub(crate) fn format(self) -> ImageFormat {
        match self {
            Encoding::Jpeg(_) => ImageFormat::Jpeg,
            Encoding::Png => ImageFormat::Png,
            Encoding::Webp => ImageFormat::Webp,
        }
    }

    pub(crate) fn has_alpha(self) -> bool {
        !matches!(self, Encoding::Jpeg(_))
    }

    /// Whether the format can express a size.
    ///
    /// # Errors
    /// `impossible` if not.
    pub(crate) fn check_size(self, size: Size) -> Result<(), ImageError> {
        let (name, side) = match self {
            Encoding::Jpeg(_) => ("JPEG", JPEG_SIDE),
            Encoding::Png => ("PNG", PNG_SIDE),
            Encoding::Webp => ("WebP", WEBP_SIDE),
        };
        if size.width.max(size.height) > side {
            return Err(ImageError::Impossible(format!("a {name} has at most {side} pixels a side, not {size}")));
        }
        Ok(())
    }

    /// Writes a picture, laid over `canvas` if the format has no alpha.
    ///
    /// # Errors
    /// `too-large` beyond the limit of output bytes.
    pub(crate) fn encode(self, picture: Raster, canvas: Color, limits: &ImageLimits) -> Result<Vec<u8>, ImageError> {
        let picture = if self.has_alpha() { picture } else { background::flatten(picture, canvas)? };
        let mut body = Bounded::new(limits.output_bytes);
        let written = match self {
            Encoding::Jpeg(quality) => write_jpeg(&picture, quality, &mut body),
            Encoding::Png => write_png(&picture, &mut body),
            Encoding::Webp => write_webp(&picture, &mut body),
        };
        body.finish(written)
    }
}

/// The encoder halves chroma on both axes below quality 90, where few see it.
fn write_jpeg(picture: &Raster, quality: u8, body: &mut Bounded) -> Result<(), String> {
    let channels = match picture.channels() {
        Channels::Grey => jpeg_encoder::ColorType::Luma,
        Channels::Rgb => jpeg_encoder::ColorType::Rgb,
        Channels::GreyAlpha | Channels::Rgba => return Err("a JPEG has no alpha".into()),
    };
    // `check_size` has bounded both sides.
    let (width, height) = (picture.size().width as u16, picture.size().height as u16);
    jpeg_encoder::Encoder::new(body, quality)
        .encode(picture.samples(), width, height, channels)
        .map_err(|error| error.to_string())
}

/// `Fast` takes about a twentieth of the time that `Balanced` takes, for files that are somewhat larger.
fn write_png(picture: &Raster, body: &mut Bounded) -> Result<(), String> {
    let mut encoder = png::Encoder::new(body, picture.size().width, picture.size().height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(match picture.channels() {
        Channels::Grey => png::ColorType::Grayscale,
        Channels::GreyAlpha => png::ColorType::GrayscaleAlpha,
        Channels::Rgb => png::ColorType::Rgb,
        Channels::Rgba => png::ColorType::Rgba,
    });
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(picture.samples()).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())
}

/// Lossless: the only kind that is written without C.
fn write_webp(picture: &Raster, body: &mut Bounded) -> Result<(), String> {
    let channels = match picture.channels() {
        Channels::Grey => image_webp::ColorType::L8,
        Channels::GreyAlpha => image_webp::ColorType::La8,
        Channels::Rgb => image_webp::ColorType::Rgb8,
        Channels::Rgba => image_webp::ColorType::Rgba8,
    };
    image_webp::WebPEncoder::new(body)
        .encode(picture.samples(), picture.size().width, picture.size().height, channels)
        .map_err(|error| error.to_string())
}
