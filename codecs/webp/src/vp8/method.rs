//! What each method spends its time on.

/// Ways to predict that are coded in full before one is chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Modes of whole luma, of 4.
    pub(crate) whole: usize,
    /// Modes of a 4×4 block, of 10.
    pub(crate) parts: usize,
    /// Modes of chroma, of 4.
    pub(crate) chroma: usize,
    /// Whether parts are not tried where whole luma needs no coefficients but those of the second order.
    pub(crate) trust_whole: bool,
    /// Whether modes are chosen by the transform of what they leave over alone, so that only the chosen ones are coded.
    pub(crate) rough: bool,
    /// When levels are chosen by their cost.
    pub(crate) trellis: Trellis,
}

/// When levels are chosen by their cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trellis {
    /// They are only rounded.
    Never,
    /// Once the mode is chosen.
    Chosen,
    /// For each mode that is coded in full.
    All,
}

impl Effort {
    /// For a method, 0 to 6.
    pub(crate) fn of(method: u8) -> Effort {
        let (whole, parts, chroma) = match method {
            0 => (1, 1, 1),
            1 => (2, 2, 1),
            2 => (2, 2, 2),
            3 => (2, 3, 2),
            4 => (2, 4, 2),
            5 => (4, 6, 4),
            _ => (4, 10, 4),
        };
        let trellis = match method {
            0..=2 => Trellis::Never,
            3..=4 => Trellis::Chosen,
            _ => Trellis::All,
        };
        Effort { whole, parts, chroma, trust_whole: method <= 1, rough: method == 0, trellis }
    }
}
