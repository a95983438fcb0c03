//! Values as they are written in the file: sizes, durations, counts, addresses, words from a list.
//!
//! Each reader fails with the end of a sentence that begins with the value (`is not a size; …`). A number that has a
//! unit is text with that unit, so that no key needs a comment to say what its number counts.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use ipnet::IpNet;
use toml::de::DeValue;

use crate::request::{InvalidNodeName, NodeName};

/// 1,024 bytes.
pub(super) const KIB: u64 = 1 << 10;
/// 1,048,576 bytes.
pub(super) const MIB: u64 = 1 << 20;
/// 2³⁰ bytes.
pub(super) const GIB: u64 = 1 << 30;
/// 2⁴⁰ bytes.
pub(super) const TIB: u64 = 1 << 40;

/// What a timeout may be. None has no end: a peer that stalls would hold its connection for ever.
pub(super) const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(24);
/// What a lifetime may be. A year is what "for ever" means by custom.
pub(super) const LIFETIME: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_hours(365 * 24);

/// Text that is not empty.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some("") => Err("is empty".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err("is not text; put it in quotes".to_owned()),
    }
}

/// True or false.
pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "is not true or false".to_owned())
}

/// A whole number in `range`.
pub(super) fn count<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<T, String> {
    move |value| {
        let written = integer(value).ok_or("is not a whole number")?;
        let number = within(written, &range, |bound| bound.to_string())?;
        T::try_from(number).map_err(|_| "is too large for this machine".to_owned())
    }
}

/// Bytes in `range`, with a unit.
pub(super) fn size(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<u64, String> {
    move |value| {
        let written = value.as_str().filter(|text| text.ends_with(|last: char| last.is_ascii_alphabetic()));
        let size: ByteSize =
            written.and_then(|text| text.parse().ok()).ok_or("is not a size; write it like \"512MiB\"")?;
        within(size.as_u64(), &range, |bound| ByteSize(*bound).display().iec().to_string())
    }
}

/// A time span in `range`, with a unit.
pub(super) fn duration(range: RangeInclusive<Duration>) -> impl Fn(&DeValue<'_>) -> Result<Duration, String> {
    move |value| {
        let written = value.as_str().and_then(|text| humantime::parse_duration(text).ok());
        let duration = written.ok_or("is not a time span; write it like \"30s\" or \"1h 30m\"")?;
        within(duration, &range, |bound| humantime::format_duration(*bound).to_string())
    }
}

/// A lifetime in whole seconds, which is all that HTTP can say (RFC 9111 §1.2.2).
pub(super) fn lifetime(value: &DeValue<'_>) -> Result<Duration, String> {
    let duration = duration(LIFETIME)(value)?;
    if duration.subsec_nanos() > 0 {
        return Err("is not a number of whole seconds".to_owned());
    }
    Ok(duration)
}

/// Pixels in `range`, as a number or in millions, as in "50MP".
pub(super) fn pixels(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<u64, String> {
    move |value| {
        let written = integer(value).or_else(|| megapixels(value.as_str()?.strip_suffix("MP")?));
        let pixels = written.ok_or("is not a number of pixels; write it like 50_000_000 or \"50MP\"")?;
        within(pixels, &range, |bound| bound.to_string())
    }
}

/// Hundredths in `range`, as in "10%".
pub(super) fn percent(range: RangeInclusive<u8>) -> impl Fn(&DeValue<'_>) -> Result<u8, String> {
    move |value| {
        let written = value.as_str().and_then(|text| text.strip_suffix('%')?.parse().ok());
        let percent = written.ok_or("is not a share; write it like \"10%\"")?;
        within(percent, &range, |bound| format!("{bound}%"))
    }
}

/// One word of `words`, which maps it to what it means.
pub(super) fn word<T: Clone>(words: &[(&str, T)]) -> impl Fn(&DeValue<'_>) -> Result<T, String> {
    move |value| {
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
        found.map(|(_, meaning)| meaning.clone()).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            format!("is not one of {}", words.join(", "))
        })
    }
}

/// An address to listen at.
pub(super) fn socket(value: &DeValue<'_>) -> Result<SocketAddr, String> {
    let written = value.as_str().and_then(|text| text.parse().ok());
    written.ok_or_else(|| "is not an address and port; write it like \"127.0.0.1:8080\" or \"[::1]:8080\"".to_owned())
}

/// An address, or a network of them.
pub(super) fn network(value: &DeValue<'_>) -> Result<IpNet, String> {
    let parse = |text: &str| text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
    let written: IpNet =
        value.as_str().and_then(parse).ok_or("is not an address or a network; write it like \"10.0.0.0/8\"")?;
    Ok(written.trunc())
}

/// How a node is called.
pub(super) fn node_name(value: &DeValue<'_>) -> Result<NodeName, String> {
    let written = value.as_str().ok_or_else(|| InvalidNodeName.to_string())?;
    written.parse().map_err(|invalid: InvalidNodeName| invalid.to_string())
}

/// A path; a relative one starts at `base`.
pub(super) fn path(base: &Path) -> impl Fn(&DeValue<'_>) -> Result<PathBuf, String> {
    move |value| text(value).map(|path| base.join(path))
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Reads a decimal number of millions exactly: as many as six decimals, no sign, no exponent.
fn megapixels(written: &str) -> Option<u64> {
    let (whole, decimals) = written.split_once('.').unwrap_or((written, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 6 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let decimals: u64 = format!("{decimals:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(decimals)
}

fn within<T: PartialOrd>(value: T, range: &RangeInclusive<T>, show: impl Fn(&T) -> String) -> Result<T, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(format!("is out of range; it must be from {} to {}", show(range.start()), show(range.end())))
}
