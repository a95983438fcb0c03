//! The orientation in an EXIF block.

use crate::tiff::{ORIENTATION, Tiff};
use crate::turn::Turn;

/// The turn that a block names; none if it names none.
pub(super) fn turn(block: &[u8]) -> Turn {
    let value = Tiff::parse(block).and_then(|tiff| {
        let entry = tiff.first().find(|entry| entry.tag == ORIENTATION)?;
        // A SHORT by the standard; some writers use a LONG or a BYTE.
        match entry.value.len() {
            1 => Some(entry.value[0].into()),
            2 | 3 => tiff.order.u16(entry.value),
            _ => tiff.order.u32(entry.value).and_then(|value| value.try_into().ok()),
        }
    });
    value.and_then(|value| u8::try_from(value).ok()).and_then(Turn::from_exif).unwrap_or(Turn::NONE)
}
