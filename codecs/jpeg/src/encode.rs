//! From planes to a file: baseline or progressive, with Huffman tables made for the picture.
//!
//! A block goes through once: samples, cosine transform (`transform`), quantisation (`quantise`), and what is left of it as
//! words of symbol and bits (`words`), which are counted as they are collected. Then the tables are known, and the words
//! become bits (`bits`). Nothing here knows RGB but [`rgb_to_planes`], and nothing what the segments say.
//!
//! A quality makes files about as large as libjpeg's of the same quality, in which more of the picture is kept: the steps and
//! the rounding of `quantise` were chosen by the SSIM and the PSNR at equal bytes.

mod bits;
mod blocks;
mod coefficients;
mod huffman;
mod markers;
mod progressive;
mod quantise;
mod rgb;
mod sequential;
mod transform;
mod words;

pub use rgb::rgb_to_planes;

use crate::plane::PlaneRef;
use blocks::Component;
use quantise::Quantiser;

/// The most samples a side has (T.81 B.2.2).
pub const MAX_SIDE: usize = 65535;

/// A picture to encode, in JFIF's colours: full range, BT.601.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// Lightness alone.
    Grey(PlaneRef<'a>),
    /// Lightness and two planes of colour.
    YCbCr {
        /// Y, Cb and Cr. The sides of Cb and Cr are Y's divided as `sampling` says, rounded up.
        planes: [PlaneRef<'a>; 3],
        /// How large Cb and Cr are.
        sampling: Sampling,
    },
}

/// How large the planes of colour are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// As large as that of lightness.
    S444,
    /// Half as wide.
    S422,
    /// Half as wide and half as high.
    S420,
}

/// What is said beside the pixels: written after the JFIF header, in the order given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    /// A colour profile (ICC.1 annex B.4), cut into as many segments as it needs.
    Icc(&'a [u8]),
    /// EXIF: a TIFF file, without the letters that announce it.
    Exif(&'a [u8]),
    /// An XMP packet.
    Xmp(&'a [u8]),
    /// Any other application's bytes, with the letters that announce it.
    Application {
        /// Which of the sixteen; only the low four bits count.
        number: u8,
        /// All after the length.
        payload: &'a [u8],
    },
}

/// How to encode.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// 1 to 100, on libjpeg's scale; what is outside is taken for the nearest.
    pub quality: u8,
    /// Whether to write scans that refine each other: some percent smaller, and slower to make and to read.
    pub progressive: bool,
    /// What to write beside the pixels.
    pub segments: &'a [Segment<'a>],
    /// The most bytes that the file may have.
    pub limit: usize,
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A side is 0 or more than [`MAX_SIDE`].
    #[error("a side of a JPEG is 1 to {MAX_SIDE} samples, not {side}")]
    Side {
        /// The side in question.
        side: usize,
    },
    /// Cb or Cr is not as large as the sampling says, or there are not as many bytes of RGB as pixels.
    #[error("the planes' sizes do not fit together")]
    Planes,
    /// A segment has no room for its payload.
    #[error("a segment of {bytes} bytes is longer than a JPEG's can be")]
    Segment {
        /// The payload's length.
        bytes: usize,
    },
    /// The file would be larger than [`Settings::limit`].
    #[error("the file would be larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The memory for it is not there.
    #[error("no memory is left to encode in")]
    Memory,
}

/// A JPEG file (T.81 with JFIF's header).
///
/// # Errors
/// If the planes do not fit together, a side or a segment is too long for the format, the file would be larger than the
/// limit, or there is no memory.
pub fn encode(source: &Source, settings: &Settings) -> Result<Vec<u8>, EncodeError> {
    let components = source.components()?;
    let quantisers = [Quantiser::luma(settings.quality), Quantiser::chroma(settings.quality)];
    let mut file = markers::head(&components, &quantisers, settings)?;
    let write = if settings.progressive { progressive::write } else { sequential::write };
    write(&components, &quantisers, settings.limit, &mut file)?;
    markers::end(&mut file, settings.limit)?;
    Ok(file)
}

impl<'a> Source<'a> {
    fn components(&self) -> Result<Vec<Component<'a>>, EncodeError> {
        let first = match self {
            Source::Grey(plane) => plane,
            Source::YCbCr { planes: [plane, ..], .. } => plane,
        };
        if let Some(side) = [first.width(), first.height()].into_iter().find(|side| *side > MAX_SIDE) {
            return Err(EncodeError::Side { side });
        }
        match *self {
            Source::Grey(plane) => Ok(vec![Component::new(plane, 0, [1, 1])]),
            Source::YCbCr { planes: [y, cb, cr], sampling } => {
                let colour = sampling.colour_size(y.width(), y.height());
                if [cb, cr].iter().any(|plane| (plane.width(), plane.height()) != colour) {
                    return Err(EncodeError::Planes);
                }
                let luma = Component::new(y, 0, sampling.factors());
                Ok(vec![luma, Component::new(cb, 1, [1, 1]), Component::new(cr, 1, [1, 1])])
            }
        }
    }
}

impl Sampling {
    /// Width and height of the planes of colour for those of lightness.
    pub fn colour_size(self, width: usize, height: usize) -> (usize, usize) {
        let [horizontal, vertical] = self.factors();
        (width.div_ceil(horizontal), height.div_ceil(vertical))
    }

    /// How many samples of lightness there are to one of colour, across and down.
    pub fn factors(self) -> [usize; 2] {
        match self {
            Sampling::S444 => [1, 1],
            Sampling::S422 => [2, 1],
            Sampling::S420 => [2, 2],
        }
    }
}

#[cfg(test)]
mod tests;
