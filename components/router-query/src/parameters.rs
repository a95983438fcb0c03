//! The parameters of the grammar: their names, what each accepts, and that each is given once.
//!
//! Every value is checked here, also where it turns out to have no effect. What the values mean together is
//! [`plan`](crate::plan)'s business.

use lucarne_guest::router::{
    Color, Crop, Effort, Filter, Fit, ImageFormat, Length, Light, MetadataPolicy, TruncatedPolicy,
};

use crate::color::{COLOR, color};
use crate::crop::{CROP, crop};
use crate::encoding::{AUTO, FORMAT, Format, LOSSLESS, METADATA, QUALITY, auto, format, lossless, metadata, quality};
use crate::length::{SIDE, side};
use crate::number::{decimal, integer};
use crate::query::{Pair, pairs};
use crate::rejected::Rejected;

/// What a query says, parameter by parameter.
#[derive(Default)]
pub(crate) struct Parameters<'q> {
    pub(crate) width: Option<Given<'q, Length>>,
    pub(crate) height: Option<Given<'q, Length>>,
    /// In hundredths.
    pub(crate) pixel_ratio: Option<Given<'q, u32>>,
    pub(crate) fit: Option<Given<'q, Fit>>,
    pub(crate) upscale: Option<Given<'q, Upscale>>,
    pub(crate) crop: Option<Given<'q, Crop>>,
    pub(crate) orientation: Option<Given<'q, u8>>,
    pub(crate) filter: Option<Given<'q, Filter>>,
    pub(crate) background: Option<Given<'q, Color>>,
    pub(crate) format: Option<Given<'q, Format>>,
    /// The formats to negotiate.
    pub(crate) auto: Option<Given<'q, &'static [ImageFormat]>>,
    pub(crate) quality: Option<Given<'q, u8>>,
    pub(crate) lossless: Option<Given<'q, bool>>,
    pub(crate) effort: Option<Given<'q, Effort>>,
    pub(crate) light: Option<Given<'q, Light>>,
    pub(crate) metadata: Option<Given<'q, MetadataPolicy>>,
    pub(crate) truncated: Option<Given<'q, TruncatedPolicy>>,
}

/// A parameter's value, and the pair of the query that gave it.
#[derive(Clone, Copy)]
pub(crate) struct Given<'q, T> {
    pub(crate) pair: Pair<'q>,
    pub(crate) value: T,
}

/// Whether the result may have more pixels than the source.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Upscale {
    Enabled,
    Disabled,
}

/// A name of the grammar, without its spelling.
#[derive(Clone, Copy)]
pub(crate) enum Name {
    Width,
    Height,
    Dpr,
    Fit,
    Enable,
    Disable,
    Crop,
    Orient,
    ResizeFilter,
    BgColor,
    Format,
    Auto,
    Quality,
    Lossless,
    Effort,
    Light,
    Metadata,
    Truncated,
}

impl Name {
    /// The parameter of this name, which is case-sensitive; `None` where the grammar has none.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "width" | "w" => Self::Width,
            "height" | "h" => Self::Height,
            "dpr" => Self::Dpr,
            "fit" => Self::Fit,
            "enable" => Self::Enable,
            "disable" => Self::Disable,
            "crop" => Self::Crop,
            "orient" => Self::Orient,
            "resize-filter" => Self::ResizeFilter,
            "bg-color" => Self::BgColor,
            "format" | "fm" => Self::Format,
            "auto" => Self::Auto,
            "quality" | "q" => Self::Quality,
            "lossless" => Self::Lossless,
            "effort" => Self::Effort,
            "light" => Self::Light,
            "metadata" => Self::Metadata,
            "truncated" => Self::Truncated,
            _ => return None,
        })
    }
}

impl<'q> Parameters<'q> {
    /// Reads a query; `None` where it has no parameter of the grammar.
    pub(crate) fn parse(query: &'q str) -> Result<Option<Self>, Rejected<'q>> {
        let mut parameters = None;
        for pair in pairs(query) {
            if let Some(name) = Name::of(pair.name) {
                parameters.get_or_insert_with(Self::default).take(name, pair)?;
            }
        }
        Ok(parameters)
    }

    fn take(&mut self, name: Name, pair: Pair<'q>) -> Result<(), Rejected<'q>> {
        match name {
            Name::Width => give(&mut self.width, pair, side, SIDE),
            Name::Height => give(&mut self.height, pair, side, SIDE),
            Name::Dpr => give(&mut self.pixel_ratio, pair, pixel_ratio, PIXEL_RATIO),
            Name::Fit => give(&mut self.fit, pair, fit, FIT),
            Name::Enable => give(&mut self.upscale, pair, |text| upscale(text, Upscale::Enabled), UPSCALE),
            Name::Disable => give(&mut self.upscale, pair, |text| upscale(text, Upscale::Disabled), UPSCALE),
            Name::Crop => give(&mut self.crop, pair, crop, CROP),
            Name::Orient => give(&mut self.orientation, pair, orientation, ORIENTATION),
            Name::ResizeFilter => give(&mut self.filter, pair, filter, FILTER),
            Name::BgColor => give(&mut self.background, pair, color, COLOR),
            Name::Format => give(&mut self.format, pair, format, FORMAT),
            Name::Auto => give(&mut self.auto, pair, auto, AUTO),
            Name::Quality => give(&mut self.quality, pair, quality, QUALITY),
            Name::Lossless => give(&mut self.lossless, pair, lossless, LOSSLESS),
            Name::Effort => give(&mut self.effort, pair, effort, EFFORT),
            Name::Light => give(&mut self.light, pair, light, LIGHT),
            Name::Metadata => give(&mut self.metadata, pair, metadata, METADATA),
            Name::Truncated => give(&mut self.truncated, pair, truncated, TRUNCATED),
        }
    }
}

fn give<'q, T>(
    slot: &mut Option<Given<'q, T>>,
    pair: Pair<'q>,
    parse: impl FnOnce(&str) -> Option<T>,
    accepted: &'static str,
) -> Result<(), Rejected<'q>> {
    if let Some(earlier) = slot {
        return Err(Rejected::Repeated { name: pair.name, earlier: earlier.pair.name });
    }
    let value = pair.decoded().and_then(|text| parse(&text));
    let value = value.ok_or_else(|| Rejected::value(pair, accepted))?;
    *slot = Some(Given { pair, value });
    Ok(())
}

const PIXEL_RATIO: &str = "a number from 1 to 10 with at most two decimals";

fn pixel_ratio(text: &str) -> Option<u32> {
    decimal(text, 2, 100..=1_000)
}

const FIT: &str = "bounds (or inside, contain), cover, crop, fill or pad";

fn fit(text: &str) -> Option<Fit> {
    Some(match text {
        "bounds" | "inside" | "contain" => Fit::Inside,
        "cover" => Fit::Cover,
        "crop" => Fit::Crop,
        "fill" => Fit::Fill,
        "pad" => Fit::Pad,
        _ => return None,
    })
}

const UPSCALE: &str = "upscale";

fn upscale(text: &str, upscale: Upscale) -> Option<Upscale> {
    (text == UPSCALE).then_some(upscale)
}

const ORIENTATION: &str = "an EXIF orientation from 1 to 8";

fn orientation(text: &str) -> Option<u8> {
    u8::try_from(integer(text, 1..=8)?).ok()
}

const FILTER: &str = "nearest, bilinear (or linear), bicubic (or cubic), mitchell, or lanczos3 (or lanczos)";

fn filter(text: &str) -> Option<Filter> {
    Some(match text {
        "nearest" => Filter::Nearest,
        "bilinear" | "linear" => Filter::Linear,
        "bicubic" | "cubic" => Filter::CatmullRom,
        "mitchell" => Filter::Mitchell,
        "lanczos3" | "lanczos" => Filter::Lanczos3,
        _ => return None,
    })
}

pub(crate) const EFFORT: &str = "speed, balanced or quality";

pub(crate) fn effort(text: &str) -> Option<Effort> {
    Some(match text {
        "speed" => Effort::Speed,
        "balanced" => Effort::Balanced,
        "quality" => Effort::Quality,
        _ => return None,
    })
}

pub(crate) const LIGHT: &str = "stored or linear";

pub(crate) fn light(text: &str) -> Option<Light> {
    Some(match text {
        "stored" => Light::Stored,
        "linear" => Light::Linear,
        _ => return None,
    })
}

pub(crate) const TRUNCATED: &str = "accept or refuse";

pub(crate) fn truncated(text: &str) -> Option<TruncatedPolicy> {
    Some(match text {
        "accept" => TruncatedPolicy::Accept,
        "refuse" => TruncatedPolicy::Refuse,
        _ => return None,
    })
}
