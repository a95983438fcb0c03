//! Why a file gives no picture.

use thiserror::Error;

/// Why a file gives no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The first two bytes are not SOI.
    #[error("not a JPEG file")]
    NotJpeg,
    /// The file ends before the first scan, or has no frame.
    #[error("the file has no picture in it")]
    NoPicture,
    /// A segment that decoding needs contradicts T.81.
    #[error("the file is damaged: {0}")]
    Malformed(&'static str),
    /// A process of T.81 that this decoder does not have.
    #[error("this kind of JPEG is not supported: {0}")]
    Unsupported(Unsupported),
    /// More memory would be needed than the caller allows.
    #[error("decoding takes {needed} bytes of memory and may take {limit}")]
    Memory {
        /// Bytes, as far as they were counted when the limit was passed.
        needed: usize,
        /// Bytes, as in the options.
        limit: usize,
    },
    /// The system has no memory left.
    #[error("no memory left for {0} bytes")]
    Allocation(usize),
    /// There are more scans over the picture than its size and that of the file explain.
    #[error("the file goes over its picture too often")]
    Work,
}

/// A process of T.81 that this decoder does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unsupported {
    /// Arithmetic instead of Huffman codes.
    #[error("arithmetic coding")]
    Arithmetic,
    /// Prediction instead of a transform.
    #[error("lossless coding")]
    Lossless,
    /// A sequence of frames that refine each other.
    #[error("hierarchical coding")]
    Hierarchical,
    /// Samples of other than eight bits.
    #[error("{0} bits a sample")]
    Precision(u8),
    /// Neither one, three nor four components.
    #[error("{0} components")]
    Components(u8),
}

impl From<Unsupported> for DecodeError {
    fn from(unsupported: Unsupported) -> Self {
        DecodeError::Unsupported(unsupported)
    }
}
