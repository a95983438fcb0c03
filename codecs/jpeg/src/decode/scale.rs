//! The four sizes at which a file can be decoded.

/// How large a picture is decoded, relative to what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// As it is.
    Full,
    /// Half as wide and half as high.
    Half,
    /// A quarter as wide and as high.
    Quarter,
    /// An eighth as wide and as high: one sample for a block.
    Eighth,
}

impl Scale {
    /// All, from the largest.
    pub const ALL: [Scale; 4] = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth];

    /// How many stored samples in a row become one.
    pub fn divisor(self) -> u32 {
        match self {
            Scale::Full => 1,
            Scale::Half => 2,
            Scale::Quarter => 4,
            Scale::Eighth => 8,
        }
    }

    /// How long a side of so many samples becomes, rounded up.
    pub fn size(self, length: u32) -> u32 {
        length.div_ceil(self.divisor())
    }

    /// Samples in a row of a block that is not subsampled.
    pub(super) fn points(self) -> usize {
        8 / self.divisor() as usize
    }
}
