//! Repetitions in a plane of samples: where what comes next has been before.

use std::collections::TryReserveError;

use crate::vp8::filled;

/// A sample, or a repetition of earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// This sample.
    Sample(u8),
    /// So many samples from so far back.
    Copy { length: usize, distance: usize },
}

/// The shortest repetition that is worth telling.
const SHORTEST: usize = 4;

/// The longest that can be told. RFC 9649 §3.6.2.2.
const LONGEST: usize = 4096;

/// The farthest that is looked for: what can be told, less what stands for near places.
const FARTHEST: usize = (1 << 20) - 120;

/// Earlier places that are tried.
const TRIES: usize = 24;

const HASH_BITS: u32 = 15;

/// Places by what begins there.
struct Places {
    newest: Vec<u32>,
    before: Vec<u32>,
}

/// No place.
const NONE: u32 = u32::MAX;

/// Samples and repetitions that make up the plane.
pub(super) fn pieces(samples: &[u8], width: usize) -> Result<Vec<Piece>, TryReserveError> {
    let mut pieces = Vec::new();
    let mut places = Places { newest: filled(1 << HASH_BITS, NONE)?, before: filled(samples.len(), NONE)? };
    let mut at = 0;
    while at < samples.len() {
        pieces.try_reserve(1)?;
        let (length, distance) = places.longest(samples, at, width);
        if length < SHORTEST {
            pieces.push(Piece::Sample(samples[at]));
            places.put(samples, at);
            at += 1;
            continue;
        }
        pieces.push(Piece::Copy { length, distance });
        // The ends of a long repetition are enough to find it again.
        for place in at..at + length {
            if place < at + 64 || place + 16 > at + length {
                places.put(samples, place);
            }
        }
        at += length;
    }
    Ok(pieces)
}

impl Places {
    fn put(&mut self, samples: &[u8], at: usize) {
        if let Some(hash) = hash(samples, at) {
            self.before[at] = self.newest[hash];
            self.newest[hash] = at as u32;
        }
    }

    /// The longest repetition at a place, and how far back it is.
    fn longest(&self, samples: &[u8], at: usize, width: usize) -> (usize, usize) {
        let Some(hash) = hash(samples, at) else { return (0, 0) };
        let mut best = (0, 0);
        let mut consider = |place: usize| {
            let rest = samples[at..].iter().zip(&samples[place..]).take(LONGEST);
            let length = rest.take_while(|(a, b)| a == b).count();
            if length > best.0 {
                best = (length, at - place);
            }
        };
        // The sample on the left and the row above are told in the fewest bits.
        for distance in [1, width] {
            if distance <= at {
                consider(at - distance);
            }
        }
        let mut place = self.newest[hash];
        for _ in 0..TRIES {
            if place == NONE || at - place as usize > FARTHEST {
                break;
            }
            consider(place as usize);
            place = self.before[place as usize];
        }
        best
    }
}

/// Of the samples that begin at a place; `None` near the end.
fn hash(samples: &[u8], at: usize) -> Option<usize> {
    let four = samples[at..].first_chunk::<4>()?;
    Some((u32::from_le_bytes(*four).wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize)
}
