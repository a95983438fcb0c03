//! A plane as blocks of eight by eight samples (T.81 A.2).

use lucarne_simd::I16x8;

use crate::plane::PlaneRef;

/// Samples a side of a block.
pub(super) const SIDE: usize = 8;

/// A plane of the picture, with what the frame header says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Component<'a> {
    pub(super) plane: PlaneRef<'a>,
    /// Which quantiser and which Huffman tables: 0 for lightness, 1 for colour.
    pub(super) kind: usize,
    /// Blocks across in a unit of an interleaved scan.
    pub(super) across: usize,
    /// Blocks down in a unit of an interleaved scan.
    pub(super) down: usize,
}

/// A row of blocks. Rows below the plane's last are the last again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band<'a> {
    rows: [&'a [u8]; SIDE],
}

impl<'a> Component<'a> {
    pub(super) fn new(plane: PlaneRef<'a>, kind: usize, [across, down]: [usize; 2]) -> Component<'a> {
        Component { plane, kind, across, down }
    }

    /// Blocks across that have samples.
    pub(super) fn columns(&self) -> usize {
        self.plane.width().div_ceil(SIDE)
    }

    /// Blocks down that have samples.
    pub(super) fn bands(&self) -> usize {
        self.plane.height().div_ceil(SIDE)
    }

    /// A row of blocks; `None` below the last.
    pub(super) fn band(&self, index: usize) -> Option<Band<'a>> {
        let last = self.plane.height() - 1;
        let row = |y: usize| self.plane.row((index * SIDE + y).min(last));
        (index * SIDE <= last).then(|| Band { rows: std::array::from_fn(row) })
    }
}

impl Band<'_> {
    /// The samples of a block less 128. Columns right of the plane's last are the last again.
    #[inline(always)]
    pub(super) fn block(&self, column: usize) -> [I16x8; SIDE] {
        let left = column * SIDE;
        self.rows.map(|row| {
            let samples = match row.get(left..).and_then(|row| row.first_chunk()) {
                Some(samples) => I16x8::from_bytes(samples),
                None => I16x8::from_bytes(&edge(row, left)),
            };
            samples - I16x8::splat(128)
        })
    }
}

#[cold]
fn edge(row: &[u8], left: usize) -> [u8; SIDE] {
    std::array::from_fn(|x| row[(left + x).min(row.len() - 1)])
}
