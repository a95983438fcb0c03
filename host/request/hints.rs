//! Client hints, snapped to a few classes: what a page's layout varies by must not multiply variants without end.

use http::{HeaderMap, HeaderName};

static SEC_CH_DPR: HeaderName = HeaderName::from_static("sec-ch-dpr");
static DPR: HeaderName = HeaderName::from_static("dpr");
static SEC_CH_VIEWPORT_WIDTH: HeaderName = HeaderName::from_static("sec-ch-viewport-width");
static VIEWPORT_WIDTH: HeaderName = HeaderName::from_static("viewport-width");
static SAVE_DATA: HeaderName = HeaderName::from_static("save-data");

/// The pixel ratio in hundredths, rounded up to 100, 150, 200, 300 or 400.
#[must_use]
pub fn pixel_ratio(fields: &HeaderMap) -> Option<u32> {
    let ratio: f64 = number(fields, &SEC_CH_DPR).or_else(|| number(fields, &DPR))?;
    let classes = [100, 150, 200, 300, 400];
    let class = classes.into_iter().find(|&class| ratio <= f64::from(class) / 100.0);
    Some(class.unwrap_or(400))
}

/// The layout width in CSS pixels, rounded up to a rung of the ladder, or down to its last. The ladder is ascending.
#[must_use]
pub fn viewport_width(fields: &HeaderMap, ladder: &[u32]) -> Option<u32> {
    let width: f64 = number(fields, &SEC_CH_VIEWPORT_WIDTH).or_else(|| number(fields, &VIEWPORT_WIDTH))?;
    ladder.iter().copied().find(|&rung| width <= f64::from(rung)).or_else(|| ladder.last().copied())
}

/// Whether the client asks for less data.
#[must_use]
pub fn save_data(fields: &HeaderMap) -> bool {
    fields.get(&SAVE_DATA).is_some_and(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"on"))
}

/// A positive finite number, as client hints write them.
fn number(fields: &HeaderMap, name: &HeaderName) -> Option<f64> {
    let text = fields.get(name)?.to_str().ok()?.trim();
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn hints_are_snapped_to_classes() {
        let ratio = |value: &'static str| {
            let mut fields = HeaderMap::new();
            fields.insert(&DPR, HeaderValue::from_static(value));
            pixel_ratio(&fields)
        };
        let table =
            [("1", Some(100)), ("1.25", Some(150)), ("2.0", Some(200)), ("9", Some(400)), ("-1", None), ("NaN", None)];
        for (value, expected) in table {
            assert_eq!(ratio(value), expected, "{value}");
        }
        let mut fields = HeaderMap::new();
        assert_eq!(viewport_width(&fields, &[320, 640]), None);
        fields.insert(&SEC_CH_VIEWPORT_WIDTH, HeaderValue::from_static("330"));
        assert_eq!(viewport_width(&fields, &[320, 640]), Some(640));
        fields.insert(&SEC_CH_VIEWPORT_WIDTH, HeaderValue::from_static("3000"));
        assert_eq!(viewport_width(&fields, &[320, 640]), Some(640));
        assert!(!save_data(&fields));
        fields.insert(&SAVE_DATA, HeaderValue::from_static("On"));
        assert!(save_data(&fields));
    }
}
