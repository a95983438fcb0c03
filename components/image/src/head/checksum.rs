//! The checksum of a PNG's chunk (PNG third edition §5.5), faster than by tables where there is no instruction for it.
//!
//! A CRC is what is left of the bits, taken as a polynomial, after division by another. Whatever is divisible by that may
//! be added without changing what is left, and 1 + x⁸⁹ + x¹¹⁷ + x¹⁵⁵ + x³⁰⁰ is. So is its eighth power, which has as many
//! terms, each a whole number of bytes from the next: a byte at the beginning is cancelled by adding it to four that
//! follow, sixteen at a time. What is left of a payload in the end is 300 bytes, which tables are quick with.

use crc32fast::Hasher;
use lucarne_simd::U8x16;

/// How far behind a byte it is added instead: 300 less 155, 117, 89 and 0.
const NEAR: usize = 145;
const MIDDLE: usize = 183;
const FAR: usize = 211;
const REACH: usize = 300;

const LANES: usize = 16;

/// Bytes that are cancelled before those that still count are moved.
const STEP: usize = 256 * LANES;

/// The checksum of a chunk of a kind.
pub(super) fn crc(kind: [u8; 4], payload: &[u8]) -> u32 {
    let cancelled = payload.len().saturating_sub(REACH) / LANES * LANES;
    if cancelled < REACH {
        let mut hasher = Hasher::new();
        hasher.update(&kind);
        hasher.update(payload);
        return hasher.finalize();
    }
    // What is left of the kind, for which the register began with all bits set, is as good as added to the payload.
    let mut carried = [0; LANES];
    carried[..4].copy_from_slice(&(!crc32fast::hash(&kind)).to_le_bytes());
    let mut carried = U8x16::from_array(carried);

    let (ahead, behind) = payload.split_at(cancelled);
    // The bytes that were cancelled last, and then those of a step.
    let mut window = [0; REACH + STEP];
    for step in ahead.chunks(STEP) {
        for (index, bytes) in step.as_chunks::<LANES>().0.iter().enumerate() {
            let window: &mut [u8; REACH + LANES] =
                window[index * LANES..].first_chunk_mut().expect("a window has room for a step");
            let before = |distance: usize| U8x16::load(&window[REACH - distance..]);
            let sum = U8x16::from_array(*bytes) ^ carried ^ before(NEAR) ^ before(MIDDLE) ^ before(FAR) ^ before(REACH);
            sum.store(&mut window[REACH..]);
            carried = U8x16::splat(0);
        }
        window.copy_within(step.len()..step.len() + REACH, 0);
    }
    let mut rest = [0; REACH + LANES];
    let rest = &mut rest[..behind.len()];
    rest.copy_from_slice(behind);
    for distance in [NEAR, MIDDLE, FAR, REACH] {
        for (byte, before) in rest.iter_mut().zip(&window[REACH - distance..REACH]) {
            *byte ^= before;
        }
    }
    // Nothing is in the register any more: this is how the crate says that.
    let mut hasher = Hasher::new_with_initial(u32::MAX);
    hasher.update(rest);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_tables(kind: [u8; 4], payload: &[u8]) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(&kind);
        hasher.update(payload);
        hasher.finalize()
    }

    #[test]
    fn the_checksum_is_that_of_tables_at_every_length() {
        let payload: Vec<u8> = (0..3 * STEP as u32).map(|index| (index * index / 7 % 251) as u8).collect();
        let edges = [STEP, STEP + REACH, STEP + REACH + LANES, 2 * STEP + REACH, 3 * STEP];
        let lengths = (0..3 * REACH).chain(edges.into_iter().flat_map(|edge| edge - 17..=edge));
        for length in lengths {
            assert_eq!(crc(*b"IDAT", &payload[..length]), by_tables(*b"IDAT", &payload[..length]), "{length}");
        }
    }

    proptest! {
        #[test]
        fn the_checksum_is_that_of_tables_for_any_bytes(
            kind: [u8; 4], payload in prop::collection::vec(any::<u8>(), 0..12_000),
        ) {
            prop_assert_eq!(crc(kind, &payload), by_tables(kind, &payload));
        }
    }
}
