//! Which scans of a progressive file matter for what is wanted of it.
//!
//! A scan whose band nobody wants need not be decoded, unless a later one that is decoded refines it: what refines is coded
//! relative to which coefficients are 0 so far.

use super::DecodeError;
use super::frame::Frame;
use super::scan::Scan;
use super::segments::{Segments, marker};

/// How many scans there may be; ten or fifteen are usual.
const SCANS: usize = 1000;

/// For each scan in the file's order whether it is decoded.
#[derive(Debug)]
pub(super) struct Script {
    matters: Vec<bool>,
}

impl Script {
    /// Looks at all scan headers, unless they are too many. `wanted` has, for each component, its wanted coefficients.
    pub(super) fn read(file: &[u8], frame: &Frame, mut wanted: Vec<u64>) -> Result<Script, DecodeError> {
        let headers = Segments::new(file, 2).take_while(|segment| segment.marker != marker::EOI);
        let headers = headers.filter(|segment| segment.marker == marker::SOS).take(SCANS + 1);
        let scans: Vec<_> = headers.map_while(|segment| Scan::parse(segment.payload, frame).ok()).collect();
        if scans.len() > SCANS {
            return Err(DecodeError::Work);
        }
        let mut matters = vec![true; scans.len()];
        for (matters, scan) in matters.iter_mut().zip(&scans).rev() {
            let band = (u64::MAX >> (63 - scan.last)) & (u64::MAX << scan.first);
            *matters = scan.components.iter().any(|component| wanted[component.index] & band != 0);
            if *matters && scan.high > 0 {
                scan.components.iter().for_each(|component| wanted[component.index] |= band);
            }
        }
        Ok(Script { matters })
    }

    /// Whether a scan, counted from 0, is to be decoded.
    pub(super) fn matters(&self, scan: usize) -> bool {
        self.matters.get(scan).copied().unwrap_or(true)
    }
}
