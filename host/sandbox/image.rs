//! An image component: makes one picture in a sandbox that is thrown away afterwards.

use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::request::ImageFormat;
use crate::sandbox::bindings::image::ImagePre;
use crate::sandbox::bindings::imaging;
use crate::sandbox::call::{Call, set_deadline};
use crate::sandbox::convert;
use crate::sandbox::failure::ComponentFailure;
use crate::sandbox::limits::Limits;
use crate::sandbox::load::{LoadError, Loaded};
use crate::sandbox::plan::ImagePlan;
use crate::sandbox::spec::{Identity, World};

/// A loaded image component.
pub struct ImageMaker {
    loaded: Loaded,
    pre: ImagePre<Call>,
}

/// What a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Pixels of the source.
    pub source_pixels: u64,
    /// Pixels of any picture on the way, and of the result.
    pub output_pixels: u64,
    /// Bytes of the result.
    pub output_bytes: u64,
}

/// A picture that was made.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What it is written in.
    pub format: ImageFormat,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The encoded picture.
    pub body: Bytes,
    /// Whether the source ended early, and the plan accepted that.
    pub truncated: bool,
}

/// Why no picture was made.
#[derive(Debug, Clone, Error)]
pub enum ImageFailure {
    /// The component says why.
    #[error("{0}")]
    Refused(String),
    /// The component failed, or reached a limit.
    #[error(transparent)]
    Contained(#[from] ComponentFailure),
}

impl ImageMaker {
    pub(super) fn new(loaded: Loaded) -> Result<Self, LoadError> {
        let pre = loaded.typed(World::Image, ImagePre::new)?;
        Ok(Self { loaded, pre })
    }

    /// What it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.loaded.identity
    }

    /// Makes a picture, in a fresh instance. Takes milliseconds to seconds of the calling thread.
    ///
    /// # Errors
    /// Why there is no picture.
    pub fn make(&self, source: &[u8], plan: &ImagePlan, limits: ImageLimits) -> Result<Picture, ImageFailure> {
        let bounds = imaging::ImageLimits {
            source_pixels: limits.source_pixels,
            output_pixels: limits.output_pixels,
            output_bytes: limits.output_bytes,
        };
        let (mut store, _timed) = self.loaded.call(None);
        let instance = self.loaded.start(&mut store, |store| self.pre.instantiate(store))?;
        let info = self.loaded.returned(instance.call_inspect(&mut store, source, bounds))?;
        let info = info.map_err(|error| ImageFailure::Refused(refusal(error)))?;
        // A size is the guest's claim: it buys time only up to what the limit allows.
        let pixels = (u64::from(info.width) * u64::from(info.height)).min(limits.source_pixels);
        let (cpu, wall) = time_for(self.loaded.identity.limits, pixels);
        set_deadline(&mut store, cpu, wall);
        let output = self.loaded.returned(instance.call_transform(&mut store, source, plan.for_guest(), bounds))?;
        let output = output.map_err(|error| ImageFailure::Refused(refusal(error)))?;
        Ok(self.checked(output, plan, limits)?)
    }

    /// A picture has to be what it says it is: its media type is sent to browsers.
    fn checked(
        &self,
        output: imaging::ImageOutput,
        plan: &ImagePlan,
        limits: ImageLimits,
    ) -> Result<Picture, ComponentFailure> {
        let format = convert::format(output.format);
        let begins = match format {
            ImageFormat::Jpeg => output.body.starts_with(b"\xff\xd8\xff"),
            ImageFormat::Png => output.body.starts_with(b"\x89PNG\r\n\x1a\n"),
            ImageFormat::WebP => output.body.starts_with(b"RIFF") && output.body.get(8..12) == Some(b"WEBP"),
        };
        if !begins {
            return Err(self.loaded.invalid(format!("the picture is not {}", format.media_type())));
        }
        if plan.format().is_some_and(|planned| planned != format) {
            return Err(self.loaded.invalid(format!("{} was not asked for", format.media_type())));
        }
        let pixels = u64::from(output.width) * u64::from(output.height);
        if output.body.len() as u64 > limits.output_bytes || pixels > limits.output_pixels {
            return Err(self.loaded.invalid("the picture is larger than the limits that were given"));
        }
        if output.truncated && !plan.accepts_truncated() {
            return Err(self.loaded.invalid("a source that ends early was to be refused"));
        }
        let (width, height, truncated) = (output.width, output.height, output.truncated);
        Ok(Picture { format, width, height, body: output.body.into(), truncated })
    }
}

/// CPU and wall time for a source of so many pixels.
fn time_for(limits: Limits, pixels: u64) -> (Duration, Duration) {
    let megapixels = u32::try_from(pixels.div_ceil(1_000_000)).unwrap_or(u32::MAX);
    let cpu = limits.time.saturating_add(Limits::PER_MEGAPIXEL.saturating_mul(megapixels));
    (cpu, cpu.saturating_mul(Limits::WALL_FACTOR))
}

/// The limits of a picture, as `wit/imaging.wit` calls them and the table `images` of the configuration.
const LIMITS: [&str; 3] = ["source-pixels", "output-pixels", "output-bytes"];

/// One line for the client. A limit is named by its key, which is what an operator looks for.
fn refusal(error: imaging::ImageError) -> String {
    const LONGEST: usize = 300;
    let (what, text) = match error {
        imaging::ImageError::Unrecognized => ("the source is not a picture in a format that is read here", None),
        imaging::ImageError::Corrupt(text) => ("the source is damaged", Some(text)),
        imaging::ImageError::Unsupported(text) => ("the source cannot be read", Some(text)),
        imaging::ImageError::TooLarge(text) => ("a limit would be exceeded", Some(text)),
        imaging::ImageError::Impossible(text) => ("the picture cannot be made from this source", Some(text)),
    };
    let Some(text) = text else { return what.to_owned() };
    let text = convert::one_line(&text, LONGEST);
    // What the interface calls a limit, the configuration does too.
    let table = if LIMITS.iter().any(|limit| text.starts_with(limit)) { "images." } else { "" };
    format!("{what}: {table}{text}")
}
