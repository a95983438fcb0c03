//! The two kinds of number that values are made of: integers and decimals without sign, exponent or leading zeros.
//! Decimals become integers of their last place, so no value is rounded and `0.5` is `0.50`.

use std::ops::RangeInclusive;

/// Longer integers are out of every range here; this keeps [`decimal`] within `u32`.
const MOST_DIGITS: usize = 5;

/// A plain decimal integer within `range`.
pub(crate) fn integer(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    let plain = is_digits(text) && text.len() <= MOST_DIGITS && (text == "0" || !text.starts_with('0'));
    let number = plain.then(|| text.parse().ok())??;
    range.contains(&number).then_some(number)
}

/// A decimal with at most `places` digits after its point, times 10 to the power `places`, within `range`.
pub(crate) fn decimal(text: &str, places: usize, range: RangeInclusive<u32>) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(fraction) || fraction.len() > places {
        return None;
    }
    // INVARIANT: the whole has at most MOST_DIGITS digits and `places` is at most 4, so nothing here overflows.
    let whole = integer(whole, 0..=u32::MAX)?;
    let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
    let number = fraction.fold(whole, |number, digit| number * 10 + u32::from(digit - b'0'));
    range.contains(&number).then_some(number)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
