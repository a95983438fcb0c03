//! The order of a scan's MCUs, and what restart markers do to it (T.81 E.2.4).

use std::ops::Range;

use super::bits::Bits;

/// The MCUs of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mcus {
    /// In a row.
    pub(super) wide: usize,
    /// Rows.
    pub(super) high: usize,
    /// From one restart marker to the next; 0 for none.
    pub(super) restart_interval: usize,
}

/// How much of a scan was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Whole,
    /// Some MCUs are missing or wrong.
    Damaged,
}

impl Mcus {
    /// Calls `decode` for one run of MCUs after the other, each within a row and a restart interval: with the row and its
    /// columns. It returns whether the data sufficed. `state` begins anew with each interval. What is lost is passed over.
    pub(super) fn walk<S: Default>(
        &self,
        bits: &mut Bits<'_>,
        state: &mut S,
        mut decode: impl FnMut(&mut Bits<'_>, &mut S, usize, Range<usize>) -> bool,
    ) -> Outcome {
        let total = self.wide * self.high;
        let interval = if self.restart_interval == 0 { total } else { self.restart_interval };
        let (mut at, mut expected) = (0, 0_u8);
        let mut outcome = Outcome::Whole;
        loop {
            let end = (at + interval).min(total);
            *state = S::default();
            while at < end {
                let (row, column) = (at / self.wide, at % self.wide);
                let run = (end - at).min(self.wide - column);
                if !decode(bits, state, row, column..column + run) {
                    outcome = Outcome::Damaged;
                    break;
                }
                at += run;
            }
            at = end;
            if at == total {
                return outcome;
            }
            let Some(lost) = bits.restart(expected) else { return Outcome::Damaged };
            if lost > 0 {
                outcome = Outcome::Damaged;
            }
            at += lost as usize * interval;
            expected = expected.wrapping_add(lost as u8 + 1) & 7;
            if at >= total {
                return outcome;
            }
        }
    }
}
