//! Coefficients from their tokens. RFC 6386 §13 and §14.1.

use crate::vp8::block::{U, V};
use crate::vp8::neighbours::{Coefficients, OF_SECOND, OF_U, OF_V};
use crate::vp8::reader::BoolReader;
use crate::vp8::tables::{BANDS, CATEGORIES, EXTRA_BITS, Probability, TokenProbabilities, ZIGZAG};
use crate::vp8::tokens::Kind;
use crate::vp8::transform::inverse_walsh;

/// Probabilities of the nodes of a token, by the place that it is for and its context. There is one place more, so that
/// the one after the last may be looked up.
type Places = [[[Probability; 11]; 3]; 17];

/// [`Places`] of each kind of block.
pub(super) struct Probabilities([Places; 4]);

/// A segment's steps of DC and AC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    pub(super) luma: [i32; 2],
    pub(super) second: [i32; 2],
    pub(super) chroma: [i32; 2],
}

/// What is known of a block's coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// All are zero.
    None,
    /// All but the first are zero.
    Dc,
    /// Any may be something else.
    Full,
}

/// A macroblock's coefficients, in the blocks' order.
///
/// INVARIANT: where the extent is `None` all are zero.
pub(super) struct Residual {
    pub(super) coefficients: [[i16; 16]; 24],
    pub(super) extents: [Extent; 24],
}

/// Which blocks above and on the left had coefficients; afterwards, which at the lower and right edges have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contexts {
    pub(super) above: Coefficients,
    pub(super) left: Coefficients,
}

impl Probabilities {
    pub(super) fn new(table: &TokenProbabilities) -> Probabilities {
        Probabilities(table.each_ref().map(|bands| BANDS.map(|band| bands[usize::from(band)])))
    }
}

impl Residual {
    pub(super) const NONE: Residual = Residual { coefficients: [[0; 16]; 24], extents: [Extent::None; 24] };

    /// Whether no block has coefficients other than zero.
    pub(super) fn is_empty(&self) -> bool {
        self.extents.iter().all(|&extent| extent == Extent::None)
    }

    /// Reads a macroblock's coefficients into what is empty. With `whole` luma's DCs have an order of their own.
    pub(super) fn read(
        &mut self,
        reader: &mut BoolReader<'_>,
        probabilities: &Probabilities,
        steps: &Steps,
        whole: bool,
        contexts: &mut Contexts,
    ) {
        let Contexts { above, left } = contexts;
        let mut state = *reader;
        let mut kind = Kind::Luma;
        if whole {
            kind = Kind::LumaWithoutDc;
            let mut second = [0; 16];
            let context = above[OF_SECOND] + left[OF_SECOND];
            let places = &probabilities.0[Kind::Second as usize];
            let length = read_block(&mut state, places, (0, context), steps.second, &mut second);
            (above[OF_SECOND], left[OF_SECOND]) = (u8::from(length > 0), u8::from(length > 0));
            if length > 0 {
                for (block, dc) in self.coefficients.iter_mut().zip(inverse_walsh(&second)) {
                    block[0] = dc;
                }
            }
        }
        let groups = [
            (kind, 0, 0, 4, steps.luma),
            (Kind::Chroma, U, OF_U, 2, steps.chroma),
            (Kind::Chroma, V, OF_V, 2, steps.chroma),
        ];
        for (kind, first, place, side, steps) in groups {
            let places = &probabilities.0[kind as usize];
            for index in 0..side * side {
                let (above, left) = (&mut above[place + index % side], &mut left[place + index / side]);
                let block = &mut self.coefficients[first + index];
                let length = read_block(&mut state, places, (kind.first(), *above + *left), steps, block);
                let coded = length > kind.first();
                (*above, *left) = (u8::from(coded), u8::from(coded));
                self.extents[first + index] = match length {
                    2.. => Extent::Full,
                    _ if coded || block[0] != 0 => Extent::Dc,
                    _ => Extent::None,
                };
            }
        }
        *reader = state;
    }
}

/// Reads a block from the first place on, and says where it ends: 0 to 16.
#[inline(always)]
fn read_block(
    reader: &mut BoolReader<'_>,
    places: &Places,
    (first, context): (usize, u8),
    [dc, ac]: [i32; 2],
    coefficients: &mut [i16; 16],
) -> usize {
    let mut at = first;
    let mut nodes = &places[at][usize::from(context.min(2))];
    reader.refill();
    if !reader.take(nodes[0]) {
        return at;
    }
    let mut state = *reader;
    let end = loop {
        while !state.take(nodes[1]) {
            at += 1;
            if at == 16 {
                *reader = state;
                return 16;
            }
            nodes = &places[at][0];
            state.refill();
        }
        let one = !state.take(nodes[2]);
        let magnitude = if one { 1 } else { magnitude(&mut state, nodes) };
        let step = if at == 0 { dc } else { ac };
        // What no encoder writes wraps around.
        coefficients[usize::from(ZIGZAG[at & 15] & 15)] = (state.signed(magnitude) * step) as i16;
        at += 1;
        if at == 16 {
            break 16;
        }
        nodes = &places[at][if one { 1 } else { 2 }];
        state.refill();
        if !state.take(nodes[0]) {
            break at;
        }
    };
    *reader = state;
    end
}

/// A magnitude of 2 or more. Afterwards there are bits for a sign. RFC 6386 §13.2.
#[inline(always)]
fn magnitude(reader: &mut BoolReader<'_>, nodes: &[Probability; 11]) -> i32 {
    reader.refill();
    if !reader.take(nodes[3]) {
        if !reader.take(nodes[4]) {
            return 2;
        }
        return 3 + i32::from(reader.take(nodes[5]));
    }
    let category = if !reader.take(nodes[6]) {
        usize::from(reader.take(nodes[7]))
    } else if !reader.take(nodes[8]) {
        reader.refill();
        2 + usize::from(reader.take(nodes[9]))
    } else {
        reader.refill();
        4 + usize::from(reader.take(nodes[10]))
    };
    let mut extra = 0;
    for &probability in EXTRA_BITS[category] {
        extra = extra << 1 | i32::from(reader.bit(probability));
    }
    reader.refill();
    i32::from(CATEGORIES[category]) + extra
}
