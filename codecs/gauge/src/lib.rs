//! What codecs are measured with: pictures painted by code, a resampler in floating point, SSIM and PSNR.
//!
//! It is plain code that is slow and easy to check, and it shares nothing with what it measures. No product uses it:
//! benchmarks and tests do. The same call gives the same picture.
#![forbid(unsafe_code)]

mod curve;
mod pixels;
mod quality;
mod resample;
mod scene;

pub use curve::Curve;
pub use pixels::Pixels;
pub use quality::{psnr, ssim};
pub use resample::{box_mean, lanczos3};
pub use scene::Scene;
