//! The work that is timed: what we are asked for, what sharp is asked for, and the goal.

use serde_json::{Value, json};

use crate::source::Kind;

/// A row of the table.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) source: Kind,
    pub(crate) megapixels: f64,
    pub(crate) width: usize,
    pub(crate) format: Format,
    /// Added to the query.
    pub(crate) asked: &'static str,
    /// Whether sharp may let the decoder scale.
    pub(crate) shrink: bool,
    /// How hard sharp's encoder tries.
    pub(crate) effort: Option<u32>,
    /// The greatest ratio of our time to sharp's.
    pub(crate) goal: f64,
    /// Whether the goal holds with a profile to apply too.
    pub(crate) also_with_profile: bool,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Webp,
}

/// The quality of the timed rows.
pub(crate) const QUALITY: u32 = 80;

const JPEG: Work = Work {
    name: "",
    source: Kind::Baseline,
    megapixels: 12.0,
    width: 800,
    format: Format::Jpeg,
    asked: "",
    shrink: true,
    effort: None,
    goal: 0.7,
    also_with_profile: true,
};

const WEBP: Work = Work { format: Format::Webp, also_with_profile: false, ..JPEG };

pub(crate) const WORK: [Work; 10] = [
    Work { name: "JPEG 2 MP → 800 JPEG", megapixels: 2.0, ..JPEG },
    Work { name: "JPEG 12 MP → 800 JPEG", ..JPEG },
    Work { name: "JPEG 24 MP → 800 JPEG", megapixels: 24.0, ..JPEG },
    Work { name: "JPEG 12 MP → 200 JPEG", width: 200, goal: 0.6, ..JPEG },
    Work { name: "progressive 12 MP → 800 JPEG", source: Kind::Progressive, goal: 1.0, ..JPEG },
    Work { name: "JPEG 12 MP → 800 JPEG, for quality", asked: "&effort=quality", shrink: false, goal: 0.9, ..JPEG },
    Work { name: "JPEG 12 MP → 800 WebP", goal: 1.0, effort: Some(4), ..WEBP },
    Work { name: "JPEG 12 MP → 800 WebP, for speed", asked: "&effort=speed", effort: Some(0), goal: 0.9, ..WEBP },
    Work {
        name: "PNG RGBA 2 MP → 400 PNG",
        source: Kind::Png,
        megapixels: 2.0,
        width: 400,
        format: Format::Png,
        also_with_profile: false,
        ..JPEG
    },
    Work { name: "WebP 2 MP → 400 WebP", source: Kind::Webp, megapixels: 2.0, width: 400, goal: 1.5, ..WEBP },
];

impl Work {
    /// The query for us.
    pub(crate) fn query(&self, quality: u32) -> String {
        let format = self.format.name();
        let quality = if self.format == Format::Png { String::new() } else { format!("&quality={quality}") };
        format!("width={}&format={format}{quality}{}{}", self.width, self.format.ours(), self.asked)
    }

    /// The same for sharp.
    pub(crate) fn for_sharp(&self, quality: u32) -> Value {
        let settings = match self.format {
            Format::Jpeg => json!({ "quality": quality }),
            Format::Png => json!({}),
            Format::Webp => json!({ "quality": quality, "effort": self.effort.unwrap_or(4) }),
        };
        json!({
            "resize": { "width": self.width, "fastShrinkOnLoad": self.shrink },
            "flatten": self.format == Format::Jpeg,
            "format": self.format.name(),
            "settings": settings,
        })
    }
}

impl Format {
    /// What else a query says: sharp's WebP is lossy if nothing is said.
    fn ours(self) -> &'static str {
        if self == Format::Webp { "&lossless=false" } else { "" }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "jpeg",
            Format::Png => "png",
            Format::Webp => "webp",
        }
    }
}
