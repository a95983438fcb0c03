//! How often tokens came, and the probabilities that this speaks for. RFC 6386 §13.4.

use super::super::cost;
use super::super::tables::{Probability, TOKEN_UPDATES, TOKENS, TokenProbabilities};
use super::records::Place;

/// Tokens: zero, the values 1 to 4, and six categories of greater ones; and the end.
const KINDS: usize = 12;

const END: usize = 11;

/// The greatest magnitude whose token is in the table; that of all others is the last category.
const MAX: usize = 67;

/// By magnitude.
static TOKEN: [u8; MAX + 1] = {
    let mut tokens = [0; MAX + 1];
    let mut magnitude = 0;
    while magnitude <= MAX {
        tokens[magnitude] = match magnitude {
            0..=4 => magnitude as u8,
            5..=6 => 5,
            7..=10 => 6,
            11..=18 => 7,
            19..=34 => 8,
            35..=66 => 9,
            _ => 10,
        };
        magnitude += 1;
    }
    tokens
};

/// How often each token came, by its place's index.
pub(super) struct Counts(Box<[[u32; KINDS]; 128]>);

impl Counts {
    pub(super) fn new() -> Counts {
        Counts(Box::new([[0; KINDS]; 128]))
    }

    /// Counts a level.
    #[inline(always)]
    pub(super) fn token(&mut self, place: Place, level: i16) {
        let token = TOKEN[usize::from(level.unsigned_abs()).min(MAX)];
        self.0[place.index() & 127][usize::from(token)] += 1;
    }

    /// Counts an end of a block.
    #[inline(always)]
    pub(super) fn end(&mut self, place: Place) {
        self.0[place.index() & 127][END] += 1;
    }

    /// How often each node was 0 and 1.
    pub(super) fn of_nodes(&self) -> [[[u32; 2]; 11]; 96] {
        let mut nodes = [[[0; 2]; 11]; 96];
        for (index, (nodes, counts)) in nodes.iter_mut().zip(self.0.iter()).enumerate() {
            let &[zeros, ones, twos, threes, fours, a, b, c, d, e, f, ends] = counts;
            let all: u32 = counts[..END].iter().sum();
            // A block does not end after a zero; and what has the context of zeros begins the block or follows one.
            let (kind, band, context) = (index / 24, index / 3 % 8, index % 3);
            let follows_zero = context == 0 && band != usize::from(kind == 0);
            *nodes = [
                [ends, if follows_zero { 0 } else { all }],
                [zeros, all - zeros],
                [ones, all - zeros - ones],
                [twos + threes + fours, a + b + c + d + e + f],
                [twos, threes + fours],
                [threes, fours],
                [a + b, c + d + e + f],
                [a, b],
                [c + d, e + f],
                [c, d],
                [e, f],
            ];
        }
        nodes
    }

    /// The probabilities that the counts speak for where it pays to say so, otherwise those of the standard.
    pub(super) fn probabilities(&self) -> TokenProbabilities {
        let mut probabilities = TOKENS;
        let flat = probabilities.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        let keep = TOKEN_UPDATES.as_flattened().as_flattened().as_flattened();
        for ((probability, &keep), &[zeros, ones]) in flat.iter_mut().zip(keep).zip(self.of_nodes().as_flattened()) {
            let counted = counted(zeros, ones);
            let bits = |probability| {
                u64::from(zeros) * u64::from(cost::bit(false, probability))
                    + u64::from(ones) * u64::from(cost::bit(true, probability))
            };
            let kept = bits(*probability) + u64::from(cost::bit(false, keep));
            let updated = bits(counted) + u64::from(cost::bit(true, keep)) + 8 * 256;
            if updated < kept {
                *probability = counted;
            }
        }
        probabilities
    }
}

/// The probability of 0 that fits the counts best.
fn counted(zeros: u32, ones: u32) -> Probability {
    let all = u64::from(zeros) + u64::from(ones);
    if all == 0 {
        return 255;
    }
    ((u64::from(zeros) * 256 + all / 2) / all).clamp(1, 255) as Probability
}
