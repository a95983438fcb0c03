//! From parameters to one canonical plan: two queries that ask for the same picture make equal plans, and so share one
//! cache entry. Whatever has no effect on the picture takes its default here.

use lucarne_guest::router::{
    Color, Crop, CropOffset, CropSize, Filter, Fit, Focus, ImageFormat, ImagePlan, Length, Light, Orientation,
    Overflow, Resize, Step,
};

use crate::crop::CENTRED;
use crate::encoding::{Format, NEGOTIATED};
use crate::length::{MOST_PIXELS, MOST_SHARE, WHOLE};
use crate::parameters::{Given, Parameters, Upscale};
use crate::rejected::{Quoted, Rejected};
use crate::settings::Defaults;

const WHITE: Color = Color { red: 255, green: 255, blue: 255, alpha: 255 };

/// The plan that the parameters describe. `negotiate` is called last and only if the answer depends on it: a refusal
/// never depends on the client's Accept.
pub(crate) fn plan<'q>(
    parameters: &Parameters<'q>,
    defaults: &Defaults,
    negotiate: impl FnOnce(&[ImageFormat]) -> Option<ImageFormat>,
) -> Result<ImagePlan, Rejected<'q>> {
    let crop = parameters.crop.as_ref().and_then(|given| effective_crop(given.value));
    let resize = resize(parameters)?;
    let format = format(parameters, negotiate);
    let plain = ImagePlan::default();
    let lossless = lossless(parameters, defaults, format);
    Ok(ImagePlan {
        orientation: parameters
            .orientation
            .as_ref()
            .map_or(Orientation::Tagged, |given| Orientation::Fixed(given.value)),
        background: background(parameters, format, resize.as_ref()),
        quality: quality(parameters, defaults, format, lossless),
        lossless,
        effort: chosen(parameters.effort.as_ref(), defaults.effort).unwrap_or(plain.effort),
        light: light(parameters, defaults, resize.as_ref()).unwrap_or(plain.light),
        metadata: chosen(parameters.metadata.as_ref(), defaults.metadata).unwrap_or(plain.metadata),
        truncated: chosen(parameters.truncated.as_ref(), defaults.truncated).unwrap_or(plain.truncated),
        steps: crop.map(Step::Crop).into_iter().chain(resize.map(Step::Resize)).collect(),
        format,
    })
}

/// The cut, unless it takes the whole picture.
fn effective_crop(crop: Crop) -> Option<Crop> {
    let (width, height) = match crop.size {
        CropSize::Box((width, height)) => (Some(width), Some(height)),
        CropSize::Ratio(_) => (None, None),
    };
    let x = effective_offset(crop.x, width);
    let y = effective_offset(crop.y, height);
    // A ratio and a share always fit, and so do the shares of what they leave free; pixels may not.
    let within = |side: Option<Length>, offset: CropOffset| {
        !matches!(side, Some(Length::Pixels(_))) && matches!(offset, CropOffset::Share(_))
    };
    let always_within = within(width, x) && within(height, y);
    let whole = Some(Length::Share(WHOLE));
    if always_within && width == whole && height == whole {
        return None;
    }
    let overflow = if always_within { Overflow::Refuse } else { crop.overflow };
    Some(Crop { size: crop.size, x, y, overflow })
}

fn effective_offset(offset: CropOffset, side: Option<Length>) -> CropOffset {
    match offset {
        CropOffset::Pixels(0) | CropOffset::Share(_) if side == Some(Length::Share(WHOLE)) => CENTRED,
        CropOffset::Pixels(0) => CropOffset::Share(0),
        other => other,
    }
}

/// The resize, unless it leaves the picture as it is. Two sides without a fit are bounds, as is one side.
fn resize<'q>(parameters: &Parameters<'q>) -> Result<Option<Resize>, Rejected<'q>> {
    let width = scaled(parameters.width.as_ref(), parameters.pixel_ratio.as_ref())?;
    let height = scaled(parameters.height.as_ref(), parameters.pixel_ratio.as_ref())?;
    let fit = match &parameters.fit {
        Some(given) if given.value != Fit::Inside && (width.is_none() || height.is_none()) => {
            return Err(Rejected::NoBox { name: given.pair.name, value: Quoted::of(given.pair) });
        }
        given => given.as_ref().map_or(Fit::Inside, |given| given.value),
    };
    let upscale = parameters.upscale.as_ref().map_or(Upscale::Disabled, |given| given.value);
    let sides = || [width, height].into_iter().flatten();
    let within_source = sides().all(|side| matches!(side, Length::Share(..=WHOLE)));
    let enlarge = upscale == Upscale::Enabled && !within_source;
    // One side of at least the whole, which may not enlarge, is the whole.
    let unchanged = match (width, height) {
        (Some(Length::Share(share)), None) | (None, Some(Length::Share(share))) => share >= WHOLE && !enlarge,
        _ => sides().all(|side| side == Length::Share(WHOLE)),
    };
    if unchanged {
        return Ok(None);
    }
    let filter = parameters.filter.as_ref().map_or(Filter::Lanczos3, |given| given.value);
    Ok(Some(Resize { width, height, fit, filter, enlarge, focus: Focus::default() }))
}

/// The side times the pixel ratio, halves rounded up.
fn scaled<'q>(
    side: Option<&Given<'q, Length>>,
    pixel_ratio: Option<&Given<'q, u32>>,
) -> Result<Option<Length>, Rejected<'q>> {
    let (Some(side), Some(ratio)) = (side, pixel_ratio) else {
        return Ok(side.map(|side| side.value));
    };
    let times = |length: u32| (length * ratio.value + 50) / 100;
    let too_long =
        |most| Rejected::TooLong { name: ratio.pair.name, value: Quoted::of(ratio.pair), side: side.pair.name, most };
    match side.value {
        Length::Pixels(pixels) if times(pixels) > MOST_PIXELS => Err(too_long("8192 pixels")),
        Length::Share(share) if times(share) > MOST_SHARE => Err(too_long("1000p")),
        Length::Pixels(pixels) => Ok(Some(Length::Pixels(times(pixels)))),
        Length::Share(share) => Ok(Some(Length::Share(times(share)))),
    }
}

/// The client's best format of those that the query leaves to it, else the one that it names, else the source's.
fn format(
    parameters: &Parameters<'_>,
    negotiate: impl FnOnce(&[ImageFormat]) -> Option<ImageFormat>,
) -> Option<ImageFormat> {
    let offers = parameters.auto.as_ref().map_or(&[][..], |given| given.value);
    let (offers, otherwise) = match parameters.format.as_ref().map(|given| given.value) {
        Some(Format::Negotiated) => (NEGOTIATED, None),
        Some(Format::Fixed(format)) => (offers, Some(format)),
        None => (offers, None),
    };
    let settled = offers.iter().all(|&offer| Some(offer) == otherwise);
    if settled { otherwise } else { negotiate(offers).or(otherwise) }
}

/// The background where it can be seen: below a format without alpha, or on a padded canvas. White is what a JPEG
/// without one has.
fn background(parameters: &Parameters<'_>, format: Option<ImageFormat>, resize: Option<&Resize>) -> Option<Color> {
    let color = parameters.background.as_ref()?.value;
    let padded = resize.is_some_and(|resize| resize.fit == Fit::Pad);
    let seen = match format {
        None => true,
        Some(ImageFormat::Jpeg) => color != WHITE,
        Some(ImageFormat::Png | ImageFormat::Webp) => padded,
    };
    seen.then_some(color)
}

/// The quality where the result may be a JPEG or a WebP with loss; a PNG has none.
fn quality(
    parameters: &Parameters<'_>,
    defaults: &Defaults,
    format: Option<ImageFormat>,
    lossless: Option<bool>,
) -> Option<u8> {
    match (format, lossless) {
        (Some(ImageFormat::Png), _) | (Some(ImageFormat::Webp), Some(true)) => None,
        _ => chosen(parameters.quality.as_ref(), defaults.quality),
    }
}

/// Whether without loss, where the result may be a WebP.
fn lossless(parameters: &Parameters<'_>, defaults: &Defaults, format: Option<ImageFormat>) -> Option<bool> {
    match format {
        Some(ImageFormat::Jpeg | ImageFormat::Png) => None,
        None | Some(ImageFormat::Webp) => chosen(parameters.lossless.as_ref(), defaults.lossless),
    }
}

/// What is averaged, where something is: the nearest sample is no average.
fn light(parameters: &Parameters<'_>, defaults: &Defaults, resize: Option<&Resize>) -> Option<Light> {
    resize.filter(|resize| resize.filter != Filter::Nearest)?;
    chosen(parameters.light.as_ref(), defaults.light)
}

/// The query's word, else the owner's.
fn chosen<T: Copy>(given: Option<&Given<'_, T>>, default: Option<T>) -> Option<T> {
    given.map(|given| given.value).or(default)
}
