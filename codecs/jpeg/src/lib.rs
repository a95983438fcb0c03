//! JPEG (ITU-T T.81): a decoder that scales while it decodes, and an encoder.
//!
//! Pictures are planes: one rectangle of samples a component, chroma as large as its sampling says. A picture that is only
//! made smaller so goes from file to file without ever being RGB.
#![forbid(unsafe_code)]

pub mod decode;
pub mod encode;
pub mod plane;
mod zigzag;
