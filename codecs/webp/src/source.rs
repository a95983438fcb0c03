//! A picture to encode: its planes, and what must hold of them.

use crate::plane::PlaneRef;

/// The longest side of a picture in VP8. RFC 6386 §9.1.
pub const MAX_SIDE: usize = 16383;

/// Luma and chroma in BT.601's limited range (luma 16–235, chroma 16–240 around 128); chroma at half of luma's sides,
/// rounded up.
#[derive(Debug, Clone, Copy)]
pub struct Yuv420<'a> {
    /// Luma.
    pub y: PlaneRef<'a>,
    /// Blue less luma.
    pub u: PlaneRef<'a>,
    /// Red less luma.
    pub v: PlaneRef<'a>,
}

/// A picture to encode. INVARIANT: luma's sides are 1 to [`MAX_SIDE`]; chroma's are half of them, rounded up; alpha's
/// are the same.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    planes: Yuv420<'a>,
    alpha: Option<PlaneRef<'a>>,
}

/// Planes that are no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// A side that VP8 cannot express.
    #[error("a WebP picture has at most {MAX_SIDE} samples a side, not {width} × {height}")]
    Side {
        /// Samples a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A plane of another size than luma asks for.
    #[error("a plane of chroma or alpha has {width} × {height} samples where {expected_width} × {expected_height} fit")]
    Plane {
        /// Samples a row.
        width: usize,
        /// Rows.
        height: usize,
        /// Samples a row that fit.
        expected_width: usize,
        /// Rows that fit.
        expected_height: usize,
    },
}

impl<'a> Source<'a> {
    /// A picture of these planes.
    ///
    /// # Errors
    /// If a side is too long or the planes' sizes do not fit together.
    pub fn new(planes: Yuv420<'a>, alpha: Option<PlaneRef<'a>>) -> Result<Source<'a>, SourceError> {
        let (width, height) = (planes.y.width(), planes.y.height());
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(SourceError::Side { width, height });
        }
        let half = (width.div_ceil(2), height.div_ceil(2));
        check(planes.u, half)?;
        check(planes.v, half)?;
        if let Some(alpha) = alpha {
            check(alpha, (width, height))?;
        }
        Ok(Source { planes, alpha })
    }

    /// Luma's samples a row.
    pub fn width(&self) -> usize {
        self.planes.y.width()
    }

    /// Luma's rows.
    pub fn height(&self) -> usize {
        self.planes.y.height()
    }

    /// Luma and chroma.
    pub fn planes(&self) -> &Yuv420<'a> {
        &self.planes
    }

    /// Opacity, 0 to 255, where the picture has any.
    pub fn alpha(&self) -> Option<PlaneRef<'a>> {
        self.alpha
    }
}

fn check(plane: PlaneRef<'_>, (expected_width, expected_height): (usize, usize)) -> Result<(), SourceError> {
    let (width, height) = (plane.width(), plane.height());
    if (width, height) == (expected_width, expected_height) {
        return Ok(());
    }
    Err(SourceError::Plane { width, height, expected_width, expected_height })
}
