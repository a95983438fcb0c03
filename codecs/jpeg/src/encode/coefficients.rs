//! A component's quantised blocks, kept because progressive scans go over them again and again: only what is not 0.

use super::EncodeError;
use super::blocks::Component;
use super::quantise::{Block, Quantiser};
use super::transform;

/// Blocks by rows, those alone that have samples.
pub(super) struct Coefficients {
    columns: usize,
    /// A block's first coefficient.
    dc: Vec<i16>,
    /// For each block a bit for each other coefficient that is not 0, in the order of coding; bit 0 is never set.
    masks: Vec<u64>,
    /// The coefficients of the bits that are set.
    values: Vec<i16>,
}

/// One block's coefficients that are not 0, but for the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nonzero<'a> {
    mask: u64,
    values: &'a [i16],
}

impl Coefficients {
    /// All blocks of a component.
    pub(super) fn new(component: &Component, quantiser: &Quantiser) -> Result<Coefficients, EncodeError> {
        let (columns, bands) = (component.columns(), component.bands());
        let mut all = Coefficients { columns, dc: Vec::new(), masks: Vec::new(), values: Vec::new() };
        all.dc.try_reserve_exact(columns * bands).map_err(|_| EncodeError::Memory)?;
        all.masks.try_reserve_exact(columns * bands).map_err(|_| EncodeError::Memory)?;
        for band in (0..bands).filter_map(|index| component.band(index)) {
            all.values.try_reserve(columns * 63).map_err(|_| EncodeError::Memory)?;
            for column in 0..columns {
                all.push(&quantiser.quantise(transform::forward(band.block(column))));
            }
        }
        Ok(all)
    }

    #[inline(always)]
    fn push(&mut self, block: &Block) {
        let mask = block.nonzero() & !1;
        self.dc.push(block.value(0) as i16);
        self.masks.push(mask);
        let mut left = mask;
        while left != 0 {
            self.values.push(block.value(left.trailing_zeros()) as i16);
            left &= left - 1;
        }
    }

    /// A block's first coefficient; `None` where no block has samples.
    #[inline(always)]
    pub(super) fn dc(&self, x: usize, y: usize) -> Option<i16> {
        if x < self.columns { self.dc.get(y * self.columns + x).copied() } else { None }
    }

    /// The blocks' other coefficients, by rows.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Nonzero<'_>> {
        self.masks.iter().scan(&self.values[..], |rest, mask| {
            let (values, after) = rest.split_at(mask.count_ones() as usize);
            *rest = after;
            Some(Nonzero { mask: *mask, values })
        })
    }
}

impl<'a> Nonzero<'a> {
    /// Indices and values of the coefficients from `first` to `last`, both counted.
    #[inline(always)]
    pub(super) fn within(self, first: u8, last: u8) -> impl Iterator<Item = (u32, i32)> + use<'a> {
        let below = self.mask & ((1 << first) - 1);
        let mut left = self.mask & (u64::MAX >> (63 - last)) & !below;
        let values = &self.values[below.count_ones() as usize..];
        values.iter().map_while(move |value| {
            let index = left.trailing_zeros();
            (left != 0).then(|| {
                left &= left - 1;
                (index, i32::from(*value))
            })
        })
    }
}
