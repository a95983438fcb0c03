//! HTTP-date in its three forms, as Unix seconds (RFC 9110 §5.6.7).
//!
//! Written here because a cache reads dates without regard to case (RFC 9111 §4.2) and places two-digit years by the
//! time of arrival, which the crate that the host writes dates with does not. A date before 1970 is 0: it is past,
//! which is all that is asked of it. The name of the weekday must be one, but need not be that date's.

const DAY: u64 = 86_400;
/// A year of the Gregorian calendar, on average.
const YEAR: u64 = 31_556_952;
/// The last second of the year 9999, the last that HTTP-date can write.
const END_OF_TIME: u64 = 253_402_300_799;

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const WEEKDAYS: [&[u8]; 7] = [b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday", b"Sunday"];

/// The instant that `value` names, or None where it is no HTTP-date. Zones other than GMT are not dates (RFC 9111 §4.2).
pub(crate) fn parse(value: &[u8], received_at: u64) -> Option<u64> {
    let value = value.trim_ascii();
    imf_fixdate(value).or_else(|| rfc850_date(value, received_at)).or_else(|| asctime_date(value))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(value: &[u8]) -> Option<u64> {
    let (weekday, rest) = value.split_at_checked(3)?;
    let date = rest.strip_prefix(b", ")?;
    if date.len() != 24 || !is_weekday(weekday, 3) || date[2] != b' ' || date[6] != b' ' || date[11] != b' ' {
        return None;
    }
    let days = days(number(&date[7..11])?, month(&date[3..6])?, number(&date[..2])?)?;
    instant(days, seconds_gmt(&date[12..])?)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`. The year is the latest with these digits that is at most 50 average years ahead.
fn rfc850_date(value: &[u8], received_at: u64) -> Option<u64> {
    let comma = value.iter().position(|byte| *byte == b',')?;
    let date = value[comma..].strip_prefix(b", ")?;
    if date.len() != 22
        || !is_weekday(&value[..comma], usize::MAX)
        || date[2] != b'-'
        || date[6] != b'-'
        || date[9] != b' '
    {
        return None;
    }
    let (day, month, of_century) = (number(&date[..2])?, month(&date[3..6])?, number(&date[7..9])?);
    let seconds = seconds_gmt(&date[10..])?;

    let received_at = received_at.min(END_OF_TIME);
    let century = (1970 + received_at / YEAR) / 100 * 100;
    [century + 100, century, century - 100]
        .into_iter()
        .filter_map(|century| instant(days(century + of_century, month, day)?, seconds))
        .find(|date| *date <= received_at + 50 * YEAR)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime_date(value: &[u8]) -> Option<u64> {
    let spaced = |date: &&[u8]| [3, 7, 10, 19].iter().all(|at| date[*at] == b' ');
    let date = Some(value).filter(|date| date.len() == 24).filter(spaced)?;
    if !is_weekday(&date[..3], 3) {
        return None;
    }
    let day = match &date[8..10] {
        [b' ', digit] => number(&[*digit])?,
        digits => number(digits)?,
    };
    instant(days(number(&date[20..])?, month(&date[4..7])?, day)?, seconds(&date[11..19])?)
}

/// `08:49:37 GMT`
fn seconds_gmt(time: &[u8]) -> Option<u64> {
    let (time, zone) = time.split_at_checked(8)?;
    zone.eq_ignore_ascii_case(b" GMT").then(|| seconds(time))?
}

/// `08:49:37`, as seconds of the day. A leap second is the one before it: never later than was meant (RFC 9111 §4.2).
fn seconds(time: &[u8]) -> Option<u64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time else { return None };
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?);
    (hour < 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second.min(59))
}

/// Days from 1 January 1970 to a day of the Gregorian calendar; negative before. None where the month has no such day,
/// and for the year 0, which the calendar does not have.
fn days(year: u64, month: u64, day: u64) -> Option<i64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year == 0 || day == 0 || day > length {
        return None;
    }
    // Years are counted from March, so that the leap day is a year's last.
    let march_based = year * 12 + month + 9;
    let (year, month) = (march_based / 12 - 1, march_based % 12);
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    let before_month = (153 * month + 2) / 5;
    i64::try_from(before_year + before_month + day).ok().map(|since_march_0| since_march_0 - 719_469)
}

fn instant(days: i64, seconds: u64) -> Option<u64> {
    Some(u64::try_from(days).map_or(0, |days| days * DAY + seconds))
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(value * 10 + digit)
    })
}

/// 1 to 12.
fn month(name: &[u8]) -> Option<u64> {
    (1..).zip(MONTHS).find(|(_, month)| month.eq_ignore_ascii_case(name)).map(|(number, _)| number)
}

/// Whether `name` is a weekday's, cut to `length` letters.
fn is_weekday(name: &[u8], length: usize) -> bool {
    WEEKDAYS.iter().any(|weekday| weekday[..length.min(weekday.len())].eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{RECEIVED_AT, RECEIVED_AT_DATE};

    #[test]
    fn the_three_forms_name_the_same_instant() {
        for value in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 08:49:37 1994",
            "sUN, 06 nOV 1994 08:49:37 gmt",
            "SUNDAY, 06-NOV-94 08:49:37 GMT",
            "  Sun, 06 Nov 1994 08:49:37 GMT ",
            // Only a name, not a statement about the calendar.
            "Mon, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(value.as_bytes(), RECEIVED_AT), Some(784_111_777), "{value:?}");
        }
    }

    /// Fault 98.
    #[test]
    fn the_calendar_is_followed_to_its_ends() {
        for (value, instant) in [
            (RECEIVED_AT_DATE, Some(RECEIVED_AT)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:01 GMT", Some(1)),
            ("Wed, 31 Dec 1969 23:59:59 GMT", Some(0)),
            ("Sat, 01 Jan 0001 00:00:00 GMT", Some(0)),
            ("Sat, 01 Jan 0000 00:00:00 GMT", None),
            ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
            ("Wed, 01 Mar 2000 00:00:00 GMT", Some(951_868_800)),
            ("Mon, 29 Feb 2100 00:00:00 GMT", None),
            ("Wed, 29 Feb 2023 00:00:00 GMT", None),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800)),
            ("Thu, 18 Aug 2050 02:01:18 GMT", Some(2_544_400_878)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(END_OF_TIME)),
            ("Fri, 31 Dec 9999 23:59:60 GMT", Some(END_OF_TIME)),
            ("Fri, 31 Nov 2026 00:00:00 GMT", None),
            ("Fri, 00 Nov 2026 00:00:00 GMT", None),
            ("Fri, 20 Nov 2026 24:00:00 GMT", None),
            ("Fri, 20 Nov 2026 23:60:00 GMT", None),
            ("Fri, 20 Nov 2026 23:59:61 GMT", None),
        ] {
            assert_eq!(parse(value.as_bytes(), RECEIVED_AT), instant, "{value:?}");
        }
    }

    #[test]
    fn a_two_digit_year_is_at_most_fifty_years_ahead_of_arrival() {
        let at = |year: &str| parse(format!("Fri, 20 Nov {year} 10:00:00 GMT").as_bytes(), RECEIVED_AT).unwrap_or(0);
        for (digits, received_at, year) in [
            ("26", at("2026"), "2026"),
            ("27", at("2026"), "2027"),
            ("75", at("2026"), "2075"),
            ("76", at("2026") + 2 * DAY, "2076"),
            ("77", at("2026"), "1977"),
            ("94", at("2026"), "1994"),
            ("00", at("2026"), "2000"),
            ("76", at("2026") - 2 * DAY, "1976"),
            ("05", at("2099"), "2105"),
            ("99", at("2100"), "2099"),
            ("70", 0, "1970"),
            ("19", 0, "2019"),
            ("99", u64::MAX, "9999"),
        ] {
            let date = parse(format!("Friday, 20-Nov-{digits} 10:00:00 GMT").as_bytes(), received_at);
            assert_eq!(date, Some(at(year)), "{digits} received in {received_at}");
        }
        let leap_day = parse(b"Tuesday, 29-Feb-00 00:00:00 GMT", at("2060"));
        assert_eq!(leap_day, Some(951_782_400), "2100 has no 29 February");
    }

    #[test]
    fn anything_else_is_no_date() {
        for value in [
            "",
            "0",
            "-1",
            "1795168800",
            "Thu, 18 Aug 2050 02:01:18 UTC",
            "Thu, 18 Aug 2050 02:01:18 AEST",
            "Thu, 18 Aug 2050 02:01:18 +0000",
            "Thu, 18 Aug 50 02:01:18 GMT",
            "Thu 18 Aug 2050 02:01:18 GMT",
            "Thu, 18  Aug  2050 02:01:18 GMT",
            "Thu, 18-Aug-2050 02:01:18 GMT",
            "Thu, 18 Aug 2050 02.01.18 GMT",
            "Thu, 18 Aug 2050 2:01:18 GMT",
            "Thu, 18 Aug 2050 02:01:18",
            "Thursday, 18 Aug 2050 02:01:18 GMT",
            "Thu, 18-Aug-50 02:01:18 GMT",
            "Xxx, 18 Aug 2050 02:01:18 GMT",
            "Thu, 18 Xxx 2050 02:01:18 GMT",
            "Thu, 1é Aug 2050 02:01:18 GMT",
            "Thu Aug 18 02:01:18 50",
            "Thu Aug 18 02:01:18 2050 GMT",
            "2050-08-18T02:01:18Z",
        ] {
            assert_eq!(parse(value.as_bytes(), RECEIVED_AT), None, "{value:?}");
        }
    }
}
