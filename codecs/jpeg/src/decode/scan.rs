//! The scan header (T.81 B.2.3).

use super::frame::Frame;
use super::{Coding, DecodeError};

/// What a scan holds. INVARIANT: it has 1 to 4 different components, in the frame's order; `first` ≤ `last` ≤ 63; only scans of means
/// have several components in progressive frames.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) components: Vec<ScanComponent>,
    /// The first coefficient.
    pub(super) first: u8,
    /// The last coefficient.
    pub(super) last: u8,
    /// Lower bits that scans before this have left out; 0 if there was none.
    pub(super) high: u8,
    /// Lower bits that this scan leaves out.
    pub(super) low: u8,
}

/// A component of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScanComponent {
    /// Its place in the frame.
    pub(super) index: usize,
    /// Which table for means, 0 to 3.
    pub(super) dc: usize,
    /// Which table for the rest, 0 to 3.
    pub(super) ac: usize,
}

impl Scan {
    /// Reads a header for a frame.
    pub(super) fn parse(payload: &[u8], frame: &Frame) -> Result<Scan, DecodeError> {
        const IMPOSSIBLE: DecodeError = DecodeError::Malformed("a scan's header is impossible");
        let (&count, rest) = payload.split_first().ok_or(IMPOSSIBLE)?;
        let (described, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(IMPOSSIBLE)?;
        let mut components: Vec<ScanComponent> = Vec::with_capacity(4);
        for &[id, tables] in described.as_chunks::<2>().0 {
            let index = frame.components.iter().position(|component| component.described.id == id).ok_or(IMPOSSIBLE)?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            if dc > 3 || ac > 3 || components.last().is_some_and(|before| before.index >= index) {
                return Err(IMPOSSIBLE);
            }
            components.push(ScanComponent { index, dc, ac });
        }
        if components.is_empty() {
            return Err(IMPOSSIBLE);
        }
        // Sequential scans have the whole; what they say here does not matter.
        if frame.coding != Coding::Progressive {
            return Ok(Scan { components, first: 0, last: 63, high: 0, low: 0 });
        }
        let &[first, last, bits] = rest.first_chunk().ok_or(IMPOSSIBLE)?;
        let (high, low) = (bits >> 4, bits & 15);
        let band = match first {
            0 => last == 0,
            _ => first <= last && last < 64 && components.len() == 1,
        };
        if !band || low > 13 || (high != 0 && high != low + 1) {
            return Err(IMPOSSIBLE);
        }
        Ok(Scan { components, first, last, high, low })
    }

    /// The scan's components, each with what belongs to it among what the frame's components have.
    pub(super) fn of<'a, T>(&self, all: &'a mut [T]) -> impl Iterator<Item = (ScanComponent, &'a mut T)> {
        let mut components = self.components.iter().copied().peekable();
        let all = all.iter_mut().enumerate();
        all.filter_map(move |(index, one)| Some((components.next_if(|component| component.index == index)?, one)))
    }
}
