//! A stream of VP8L (RFC 9649 §3) for one plane, as alpha's chunk holds it: in green, without header or transforms.

use std::collections::TryReserveError;

use super::bits::BitWriter;
use super::matches::{Piece, pieces};
use super::prefix::{LONGEST, PrefixCode};

/// Symbols of green and of lengths. RFC 9649 §3.7.2.
const GREEN: usize = 256 + 24;

/// Symbols of distances.
const DISTANCES: usize = 40;

/// Distances that stand for near places, in rows above and columns on the left, from code 1 on. RFC 9649 §3.6.2.2.
const NEAR: [(usize, isize); 8] = [(1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2), (2, 1), (2, -1)];

/// Codes of distances that stand for near places, all of them.
const NEAR_CODES: usize = 120;

/// The plane as a stream.
pub(super) fn encode(samples: &[u8], width: usize) -> Result<Vec<u8>, TryReserveError> {
    let pieces = pieces(samples, width)?;
    let near = NEAR.map(|(rows, columns)| (rows * width).wrapping_add_signed(columns));
    let distance_code = |distance: usize| match near.iter().position(|&other| other == distance) {
        Some(place) => place + 1,
        None => distance + NEAR_CODES,
    };
    let mut green_counts = [0; GREEN];
    let mut distance_counts = [0; DISTANCES];
    for piece in &pieces {
        match *piece {
            Piece::Sample(sample) => green_counts[usize::from(sample)] += 1,
            Piece::Copy { length, distance } => {
                green_counts[256 + Split::of(length).symbol] += 1;
                distance_counts[Split::of(distance_code(distance)).symbol] += 1;
            }
        }
    }
    let mut green = PrefixCode::new(&green_counts, LONGEST);
    let mut distances = PrefixCode::new(&distance_counts, LONGEST);

    let mut writer = BitWriter::default();
    // A piece takes at most two symbols of 15 bits with 10 and 18 extra bits.
    writer.reserve(2048 + 8 * pieces.len())?;
    // No transforms, no cache of colours, and one group of codes for all.
    writer.write(0, 3);
    green.write_code(&mut writer);
    for _ in 0..3 {
        // Red, blue and alpha are 0: a simple code of one symbol, told in one bit.
        writer.write(0b0001, 4);
    }
    distances.write_code(&mut writer);
    for piece in &pieces {
        match *piece {
            Piece::Sample(sample) => green.write(&mut writer, usize::from(sample)),
            Piece::Copy { length, distance } => {
                let (length, distance) = (Split::of(length), Split::of(distance_code(distance)));
                green.write(&mut writer, 256 + length.symbol);
                writer.write(length.extra, length.extra_bits);
                distances.write(&mut writer, distance.symbol);
                writer.write(distance.extra, distance.extra_bits);
            }
        }
    }
    Ok(writer.finish())
}

/// A length or a distance as a symbol and extra bits. RFC 9649 §3.6.2.2.
struct Split {
    symbol: usize,
    extra: u32,
    extra_bits: u32,
}

impl Split {
    /// Of a number of 1 or more.
    fn of(value: usize) -> Split {
        let value = value - 1;
        if value < 4 {
            return Split { symbol: value, extra: 0, extra_bits: 0 };
        }
        let extra_bits = value.ilog2() - 1;
        let symbol = 2 * (extra_bits as usize + 1) + (value >> extra_bits & 1);
        Split { symbol, extra: value as u32 & ((1 << extra_bits) - 1), extra_bits }
    }
}
