//! `delta-seconds`, the one way in which directives and Age write a duration (RFC 9111 §1.2.2).

/// What greater values, and sums that grow past it, become: 2³¹ seconds, 68 years (RFC 9111 §1.2.2).
pub(crate) const GREATEST: u64 = 1 << 31;

/// Digits as seconds, at most [`GREATEST`]. None where anything else is among them (a sign, a fraction, an exponent)
/// or there are none: what an invalid duration means is for the field that holds it to say.
pub(crate) fn parse(digits: impl IntoIterator<Item = u8>) -> Option<u64> {
    digits.into_iter().try_fold(None, |seconds: Option<u64>, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(Some((seconds.unwrap_or(0) * 10 + digit).min(GREATEST)))
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_seconds_and_they_saturate() {
        for (digits, seconds) in [
            ("0", Some(0)),
            ("5", Some(5)),
            ("003600", Some(3600)),
            ("2147483647", Some(GREATEST - 1)),
            ("2147483648", Some(GREATEST)),
            ("2147483649", Some(GREATEST)),
            ("9223372036854775808", Some(GREATEST)),
            ("99999999999999999999999999999999", Some(GREATEST)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("1.0", None),
            (" 1", None),
            ("1 ", None),
            ("0x10", None),
            ("'5'", None),
            ("١", None),
        ] {
            assert_eq!(parse(digits.bytes()), seconds, "{digits:?}");
        }
    }
}
