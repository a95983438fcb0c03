//! Scans of whole blocks (T.81 F.2).

use super::bits::Bits;
use super::canvas::Canvas;
use super::huffman::{Huffman, Shortcuts};
use super::inverse::{Block, EMPTY, Scatter, transform};
use super::mcus::{Mcus, Outcome};

/// What a scan needs to decode one of its components.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) canvas: &'a mut Canvas,
    pub(super) dc: &'a Huffman,
    pub(super) ac: &'a Huffman,
    pub(super) shortcuts: &'a Shortcuts,
    pub(super) scatter: Scatter,
    /// Blocks in a row of an MCU, and rows of them, in this scan.
    pub(super) factors: (usize, usize),
}

/// Decodes a scan, MCU by MCU, straight into planes.
pub(super) fn decode(bits: &mut Bits<'_>, mcus: &Mcus, targets: &mut [Target<'_>]) -> Outcome {
    let mut block = EMPTY;
    let mut means = [0; 4];
    mcus.walk(bits, &mut means, |bits, means, row, columns| {
        for target in targets.iter_mut() {
            target.canvas.reach((row + 1) * target.factors.1 - 1);
        }
        for column in columns {
            bits.prepare();
            for (target, mean) in targets.iter_mut().zip(means.iter_mut()) {
                let (across, down) = target.factors;
                for y in 0..down {
                    for x in 0..across {
                        let last = read(bits, target, mean, &mut block);
                        let points = target.canvas.points();
                        let samples = target.canvas.block(column * across + x, row * down + y);
                        transform(points, &mut block, last, samples);
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

/// Reads a block's coefficients, as far as they are wanted. What is returned is not below the last that is not 0.
//
// A function by itself, so that the cursor has registers; and refills without asking, because nobody could foretell the
// answer.
#[inline(never)]
fn read(bits: &mut Bits<'_>, target: &Target<'_>, mean: &mut i32, block: &mut Block) -> usize {
    let mut cursor = bits.cursor;
    let window = bits.window();
    cursor.refill(window);
    *mean = mean.wrapping_add(target.dc.read(&mut cursor).value());
    target.scatter.put(block, 0, *mean);
    let last = target.scatter.last;
    let mut place = 0;
    while place < last {
        let pair = target.shortcuts.pair(cursor);
        if pair.length() == 0 {
            cursor.ensure(window);
            let symbol = target.ac.read(&mut cursor);
            place += symbol.advance();
            target.scatter.put(block, place, symbol.value());
            cursor.refill(window);
            continue;
        }
        let (goes, value) = pair.first();
        place += goes;
        target.scatter.put(block, place, value);
        // What follows the block's last coefficient is another block's. What follows the last that is wanted, or nothing
        // after an end, goes nowhere.
        if place == 63 {
            cursor.skip(pair.first_length());
            break;
        }
        let (goes, value) = pair.second();
        place += goes;
        target.scatter.put(block, place, value);
        cursor.skip(pair.length());
        cursor.refill(window);
    }
    target.shortcuts.skip_block(target.ac, &mut cursor, window, place);
    bits.cursor = cursor;
    // An end goes 64 beyond the last coefficient.
    place & 63
}
