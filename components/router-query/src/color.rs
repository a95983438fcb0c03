//! Colours: three, six or eight hexadecimal digits, or `r,g,b` with 0 to 255 each and an opacity from 0 to 1.

use lucarne_guest::router::Color;

use crate::number::{decimal, integer};

/// What a colour may be.
pub(crate) const COLOR: &str = "three, six or eight hexadecimal digits, or r,g,b with 0 to 255 each \
    and optionally an opacity from 0 to 1";

/// A colour; opaque where it does not say otherwise.
pub(crate) fn color(text: &str) -> Option<Color> {
    if text.contains(',') { channels(text) } else { hexadecimal(text) }
}

fn channels(text: &str) -> Option<Color> {
    let mut parts = text.split(',');
    let mut channel = || u8::try_from(integer(parts.next()?, 0..=255)?).ok();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    let alpha = parts.next().map_or(Some(u8::MAX), opacity)?;
    parts.next().is_none().then_some(Color { red, green, blue, alpha })
}

/// At most four decimals, to the nearest of 255 levels.
fn opacity(text: &str) -> Option<u8> {
    let opacity = decimal(text, 4, 0..=10_000)?;
    u8::try_from((opacity * 255 + 5_000) / 10_000).ok()
}

fn hexadecimal(text: &str) -> Option<Color> {
    let mut digits = [0; 8];
    let digits = digits.get_mut(..text.len())?;
    for (digit, character) in digits.iter_mut().zip(text.chars()) {
        *digit = u8::try_from(character.to_digit(16)?).ok()?;
    }
    match *digits {
        [r, g, b] => Some(Color { red: r * 17, green: g * 17, blue: b * 17, alpha: u8::MAX }),
        [r1, r0, g1, g0, b1, b0] => {
            Some(Color { red: r1 * 16 + r0, green: g1 * 16 + g0, blue: b1 * 16 + b0, alpha: u8::MAX })
        }
        [r1, r0, g1, g0, b1, b0, a1, a0] => {
            Some(Color { red: r1 * 16 + r0, green: g1 * 16 + g0, blue: b1 * 16 + b0, alpha: a1 * 16 + a0 })
        }
        _ => None,
    }
}
