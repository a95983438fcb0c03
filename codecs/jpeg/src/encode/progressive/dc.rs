//! The blocks' first coefficients, of all components in turn (T.81 G.1.2.1).

use crate::encode::EncodeError;
use crate::encode::blocks::Component;
use crate::encode::coefficients::Coefficients;
use crate::encode::words::{TableIndex, Words, size_and_bits};

/// Collects them with all their bits.
pub(super) fn collect(
    components: &[Component],
    coefficients: &[Coefficients],
    words: &mut Words,
) -> Result<(), EncodeError> {
    let mut predictions = [0; 3];
    let Some(lightness) = components.first() else { return Ok(()) };
    for y in 0..lightness.bands().div_ceil(lightness.down) {
        for x in 0..lightness.columns().div_ceil(lightness.across) {
            for ((component, coefficients), prediction) in components.iter().zip(coefficients).zip(&mut predictions) {
                for y in y * component.down..(y + 1) * component.down {
                    for x in x * component.across..(x + 1) * component.across {
                        let mut room = words.room()?;
                        // Where no block has samples, nobody sees that it is the one before.
                        let value = coefficients.dc(x, y).map_or(*prediction, i32::from);
                        let (size, bits) = size_and_bits(value - *prediction);
                        *prediction = value;
                        room.symbol(TableIndex::dc(component.kind), size as u8, bits);
                        let used = room.used();
                        words.keep(used);
                    }
                }
            }
        }
    }
    Ok(())
}
