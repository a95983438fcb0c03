//! An image plan that has been checked, and its canonical text: equal plans have equal texts, different plans
//! different ones. The text is part of cache keys and is what `explain` prints.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use thiserror::Error;

use crate::request::ImageFormat;
use crate::sandbox::bindings::imaging::{
    CropOffset, CropSize, Effort, Filter, Fit, ImagePlan as GuestPlan, Length, Light, MetadataPolicy, Orientation,
    Overflow, Step, TruncatedPolicy,
};
use crate::sandbox::convert;

/// How a picture is to be made. INVARIANT: every number is within its range, and `canonical` is `plan`'s text.
#[derive(Clone, PartialEq, Eq)]
pub struct ImagePlan {
    plan: Arc<GuestPlan>,
    canonical: Arc<str>,
}

/// A plan that no picture could be made by.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPlan {
    /// Too many steps.
    #[error("a plan has more than {STEPS} steps")]
    Steps,
    /// A length of zero, or beyond every picture.
    #[error("a length in a plan is zero or more than {LONGEST}")]
    Length,
    /// A ratio with a zero or beyond every picture.
    #[error("a ratio in a plan is not between 1:{LONGEST} and {LONGEST}:1")]
    Ratio,
    /// A share of more than the whole.
    #[error("an offset or focus in a plan is more than {WHOLE} ten-thousandths")]
    Share,
    /// Neither width nor height.
    #[error("a resize in a plan has neither width nor height")]
    NoLength,
    /// EXIF knows 1 to 8.
    #[error("an orientation in a plan is not 1 to 8")]
    Orientation,
    /// Outside 1 to 100.
    #[error("a quality in a plan is not 1 to 100")]
    Quality,
}

/// More steps than any dialect asks for.
const STEPS: usize = 16;
/// The longest side that JPEG can have; WebP and common sense have less.
const LONGEST: u32 = 65_535;
/// Shares are ten-thousandths.
const WHOLE: u32 = 10_000;
/// The focus that needs no words.
const CENTER: (u16, u16) = (5_000, 5_000);

impl ImagePlan {
    pub(super) fn checked(plan: GuestPlan) -> Result<Self, InvalidPlan> {
        check(&plan)?;
        let mut canonical = String::with_capacity(96);
        // INVARIANT: writing to a string cannot fail.
        write_plan(&mut canonical, &plan).expect("a string takes everything");
        Ok(Self { plan: Arc::new(plan), canonical: canonical.into() })
    }

    pub(super) fn for_guest(&self) -> &GuestPlan {
        &self.plan
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        size_of::<GuestPlan>() + self.plan.steps.len() * size_of::<Step>() + self.canonical.len()
    }

    /// The text that stands for the plan.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The format that is written; none keeps the source's.
    #[must_use]
    pub fn format(&self) -> Option<ImageFormat> {
        self.plan.format.map(convert::format)
    }

    /// Whether a source that ends early may become a picture of what is there.
    pub(super) fn accepts_truncated(&self) -> bool {
        self.plan.truncated == TruncatedPolicy::Accept
    }
}

impl fmt::Debug for ImagePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

fn check(plan: &GuestPlan) -> Result<(), InvalidPlan> {
    if plan.steps.len() > STEPS {
        return Err(InvalidPlan::Steps);
    }
    if matches!(plan.orientation, Orientation::Fixed(value) if !(1..=8).contains(&value)) {
        return Err(InvalidPlan::Orientation);
    }
    if plan.quality.is_some_and(|quality| !(1..=100).contains(&quality)) {
        return Err(InvalidPlan::Quality);
    }
    for step in &plan.steps {
        match step {
            Step::Crop(crop) => {
                match crop.size {
                    CropSize::Box((width, height)) => {
                        check_length(width)?;
                        check_length(height)?;
                    }
                    CropSize::Ratio((width, height)) => {
                        let range = 1..=LONGEST;
                        if !range.contains(&width) || !range.contains(&height) {
                            return Err(InvalidPlan::Ratio);
                        }
                    }
                }
                for offset in [crop.x, crop.y] {
                    match offset {
                        CropOffset::Pixels(pixels) if pixels > LONGEST => return Err(InvalidPlan::Length),
                        CropOffset::Share(share) if u32::from(share) > WHOLE => return Err(InvalidPlan::Share),
                        CropOffset::Pixels(_) | CropOffset::Share(_) => {}
                    }
                }
            }
            Step::Resize(resize) => {
                if resize.width.is_none() && resize.height.is_none() {
                    return Err(InvalidPlan::NoLength);
                }
                resize.width.into_iter().chain(resize.height).try_for_each(check_length)?;
                if u32::from(resize.focus.x.max(resize.focus.y)) > WHOLE {
                    return Err(InvalidPlan::Share);
                }
            }
        }
    }
    Ok(())
}

fn check_length(length: Length) -> Result<(), InvalidPlan> {
    let (Length::Pixels(value) | Length::Share(value)) = length;
    // A share may enlarge: ten times is as far as a dialect goes.
    let most = if matches!(length, Length::Pixels(_)) { LONGEST } else { 10 * WHOLE };
    if (1..=most).contains(&value) { Ok(()) } else { Err(InvalidPlan::Length) }
}

fn write_plan(text: &mut String, plan: &GuestPlan) -> fmt::Result {
    match plan.orientation {
        Orientation::Tagged => {}
        Orientation::Fixed(value) => write!(text, "orient({value}) ")?,
    }
    for step in &plan.steps {
        match step {
            Step::Crop(crop) => {
                text.push_str("crop(");
                match crop.size {
                    CropSize::Box((width, height)) => write!(text, "{} by {}", Written(width), Written(height))?,
                    CropSize::Ratio((width, height)) => write!(text, "{width}:{height}")?,
                }
                for (axis, offset) in [("x", crop.x), ("y", crop.y)] {
                    match offset {
                        CropOffset::Pixels(pixels) => write!(text, " {axis}={pixels}px")?,
                        CropOffset::Share(share) => write!(text, " {axis}={share}bp")?,
                    }
                }
                text.push_str(if crop.overflow == Overflow::Clamp { " clamp) " } else { ") " });
            }
            Step::Resize(resize) => {
                text.push_str("resize(");
                for (side, length) in [("width", resize.width), ("height", resize.height)] {
                    if let Some(length) = length {
                        write!(text, "{side}={} ", Written(length))?;
                    }
                }
                write!(text, "{} {}", fit_word(resize.fit), filter_word(resize.filter))?;
                if resize.enlarge {
                    text.push_str(" enlarge");
                }
                let (x, y) = (resize.focus.x, resize.focus.y);
                if (x, y) != CENTER {
                    write!(text, " focus={x},{y}")?;
                }
                text.push_str(") ");
            }
        }
    }
    if let Some(color) = plan.background {
        write!(text, "background({:02x}{:02x}{:02x}{:02x}) ", color.red, color.green, color.blue, color.alpha)?;
    }
    let words = [
        ("truncated", truncated_word(plan.truncated)),
        ("light", light_word(plan.light)),
        ("effort", effort_word(plan.effort)),
        ("metadata", metadata_word(plan.metadata)),
    ];
    for (name, word) in words {
        if let Some(word) = word {
            write!(text, "{name}({word}) ")?;
        }
    }
    let format = plan.format.map_or("as-source", |format| convert::format(format).media_type());
    write!(text, "encode({format}")?;
    if let Some(quality) = plan.quality {
        write!(text, " q={quality}")?;
    }
    if let Some(lossless) = plan.lossless {
        text.push_str(if lossless { " lossless" } else { " lossy" });
    }
    text.push(')');
    Ok(())
}

struct Written(Length);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Length::Pixels(pixels) => write!(f, "{pixels}px"),
            Length::Share(share) => write!(f, "{share}bp"),
        }
    }
}

fn fit_word(fit: Fit) -> &'static str {
    match fit {
        Fit::Inside => "inside",
        Fit::Cover => "cover",
        Fit::Crop => "crop",
        Fit::Fill => "fill",
        Fit::Pad => "pad",
    }
}

fn filter_word(filter: Filter) -> &'static str {
    match filter {
        Filter::Nearest => "nearest",
        Filter::Linear => "linear",
        Filter::CatmullRom => "catmull-rom",
        Filter::Mitchell => "mitchell",
        Filter::Lanczos3 => "lanczos3",
    }
}

/// The words of what differs from the default, here and below; the default needs none.
fn effort_word(effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::Speed => Some("speed"),
        Effort::Balanced => None,
        Effort::Quality => Some("quality"),
    }
}

fn light_word(light: Light) -> Option<&'static str> {
    match light {
        Light::Stored => None,
        Light::Linear => Some("linear"),
    }
}

fn metadata_word(policy: MetadataPolicy) -> Option<&'static str> {
    match policy {
        MetadataPolicy::None => None,
        MetadataPolicy::Copyright => Some("copyright"),
        MetadataPolicy::All => Some("all"),
    }
}

fn truncated_word(policy: TruncatedPolicy) -> Option<&'static str> {
    match policy {
        TruncatedPolicy::Accept => Some("accept"),
        TruncatedPolicy::Refuse => None,
    }
}

#[cfg(test)]
mod tests;
