//! Scans of parts of the spectrum and of the bits (T.81 annex G).

use super::bits::{Bits, Cursor, Window};
use super::coefficients::{BlockMut, Coefficients};
use super::huffman::{END, Huffman};
use super::mcus::{Mcus, Outcome};

/// What a scan of means needs to decode one of its components.
#[derive(Debug)]
pub(super) struct Means<'a> {
    pub(super) coefficients: &'a mut Coefficients,
    /// None for a scan that refines: it has one bit a block and no codes.
    pub(super) dc: Option<&'a Huffman>,
    /// Blocks in a row of an MCU, and rows of them, in this scan.
    pub(super) factors: (usize, usize),
}

/// The coefficients of a scan, and the lower bits that it leaves out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub(super) first: u8,
    pub(super) last: u8,
    pub(super) low: u8,
}

/// Decodes a scan of means, or of one more bit of them.
pub(super) fn decode_means(bits: &mut Bits<'_>, mcus: &Mcus, low: u8, targets: &mut [Means<'_>]) -> Outcome {
    let mut means = [0_i32; 4];
    mcus.walk(bits, &mut means, |bits, means, row, columns| {
        for column in columns {
            bits.prepare();
            for (target, mean) in targets.iter_mut().zip(means.iter_mut()) {
                let (across, down) = target.factors;
                for y in 0..down {
                    for x in 0..across {
                        let (cursor, window) = bits.split();
                        cursor.ensure(window);
                        let block = target.coefficients.block(column * across + x, row * down + y);
                        let value = &mut block.values[0];
                        match target.dc {
                            Some(dc) => {
                                *mean = mean.wrapping_add(dc.read(cursor).value());
                                *value = (*mean << low) as i16;
                            }
                            None => *value |= (cursor.take(1) << low) as i16,
                        }
                    }
                }
            }
            if bits.overrun() {
                return false;
            }
        }
        true
    })
}

/// Decodes a scan that has a component's coefficients for the first time.
pub(super) fn decode_band(
    bits: &mut Bits<'_>,
    mcus: &Mcus,
    band: Band,
    coefficients: &mut Coefficients,
    ac: &Huffman,
) -> Outcome {
    let places = places(coefficients);
    let mut ends = 0_usize;
    mcus.walk(bits, &mut ends, |bits, ends, row, columns| {
        let passed = (*ends).min(columns.len());
        *ends -= passed;
        let mut blocks = coefficients.blocks(columns.start + passed..columns.end, row);
        while let Some(block) = blocks.next() {
            bits.prepare();
            let (cursor, window) = bits.split();
            *ends = read_band(cursor, window, band, &places, ac, block);
            if bits.overrun() {
                return false;
            }
            // So many blocks have nothing.
            if *ends > 0 {
                let passed = (*ends).min(blocks.len());
                *ends -= passed;
                if passed > 0 {
                    blocks.nth(passed - 1);
                }
            }
        }
        true
    })
}

/// Decodes a scan that has one more bit of a component's coefficients.
pub(super) fn refine_band(
    bits: &mut Bits<'_>,
    mcus: &Mcus,
    band: Band,
    coefficients: &mut Coefficients,
    ac: &Huffman,
) -> Outcome {
    let refinement = Refinement { band, places: places(coefficients), wanted: coefficients.wanted() };
    let mut ends = 0_usize;
    mcus.walk(bits, &mut ends, |bits, ends, row, columns| {
        for block in coefficients.blocks(columns, row) {
            bits.prepare();
            let (cursor, window) = bits.split();
            refinement.read(cursor, window, ac, block, ends);
            if bits.overrun() {
                return false;
            }
        }
        true
    })
}

/// Where in a block a coefficient is; beyond it for one that is not wanted.
type Places = [u8; 64];

fn places(coefficients: &Coefficients) -> Places {
    coefficients.places().map(|place| place.unwrap_or(u8::MAX))
}

/// Reads the coefficients of a block (T.81 G.1.2.2). How many blocks after it have none.
#[inline(always)]
fn read_band(
    cursor: &mut Cursor,
    window: &Window,
    band: Band,
    places: &Places,
    ac: &Huffman,
    block: BlockMut<'_>,
) -> usize {
    let mut here = *cursor;
    let (mut place, last) = (usize::from(band.first) - 1, usize::from(band.last));
    let mut history = 0;
    let mut ends = 0;
    while place < last {
        here.ensure(window);
        let symbol = ac.read(&mut here);
        if symbol.advance() == END {
            let run = symbol.value() as u32;
            ends = ((1 << run) - 1 + here.take(run)) as usize;
            break;
        }
        place += symbol.advance();
        if place > last {
            here.lost = true;
            break;
        }
        let value = symbol.value();
        history |= u64::from(value != 0) << place;
        if let Some(known) = block.values.get_mut(usize::from(places[place])) {
            *known = (value << band.low) as i16;
        }
    }
    *block.history |= history;
    *cursor = here;
    ends
}

/// What it takes to refine blocks.
#[derive(Debug)]
struct Refinement {
    band: Band,
    places: Places,
    wanted: u64,
}

impl Refinement {
    /// Reads one more bit of a block's coefficients (T.81 G.1.2.3). `ends` is how many blocks from here on have no
    /// new coefficients.
    #[inline(always)]
    fn read(&self, cursor: &mut Cursor, window: &Window, ac: &Huffman, block: BlockMut<'_>, ends: &mut usize) {
        let BlockMut { values, history } = block;
        let mut here = *cursor;
        let (mut place, last) = (usize::from(self.band.first), usize::from(self.band.last));
        let known = *history & (u64::MAX >> (63 - last));
        let mut fresh = 0;
        if *ends == 0 {
            while place <= last {
                here.refill(window);
                let symbol = ac.read(&mut here);
                if symbol.advance() == END {
                    let run = symbol.value() as u32;
                    *ends = ((1 << run) + here.take(run)) as usize;
                    break;
                }
                // What is new has one bit so far. More would also be more bits than count.
                if symbol.value().unsigned_abs() > 1 {
                    here.lost = true;
                    break;
                }
                // The run counts coefficients that were 0 so far; those that were not are corrected on the way.
                let run = symbol.advance() - 1;
                let ahead = known >> place;
                if ahead & ((2 << run) - 1) == 0 {
                    place += run;
                } else {
                    let zeros = (0..run).fold(!ahead, |zeros, _| zeros & zeros.wrapping_sub(1));
                    let goes = zeros.trailing_zeros();
                    let passed = ahead & u64::MAX.unbounded_shr(64 - goes);
                    self.correct(&mut here, window, passed << place, values);
                    place += goes as usize;
                }
                if place > last {
                    break;
                }
                if symbol.value() != 0 {
                    fresh |= 1 << place;
                    if let Some(known) = values.get_mut(usize::from(self.places[place])) {
                        *known = (symbol.value() << self.band.low) as i16;
                    }
                }
                place += 1;
            }
        }
        if *ends > 0 {
            here.refill(window);
            self.correct(&mut here, window, known & u64::MAX.unbounded_shl(place as u32), values);
            *ends -= 1;
        }
        *history |= fresh;
        *cursor = here;
    }

    /// Reads a bit for each of some coefficients: whether it is further from 0 by one. At least 32 bits count in the
    /// cursor before.
    #[inline(always)]
    fn correct(&self, cursor: &mut Cursor, window: &Window, mut coefficients: u64, values: &mut [i16]) {
        let many = coefficients.count_ones() > 32;
        while coefficients & self.wanted != 0 || many && coefficients != 0 {
            if many {
                cursor.ensure(window);
            }
            let further = cursor.take(1) as i16;
            let place = self.places[coefficients.trailing_zeros() as usize & 63];
            if let Some(known) = values.get_mut(usize::from(place)) {
                let sign = *known >> 15;
                *known = known.wrapping_add(((further << self.band.low) ^ sign).wrapping_sub(sign));
            }
            coefficients &= coefficients - 1;
        }
        cursor.skip(coefficients.count_ones());
    }
}
