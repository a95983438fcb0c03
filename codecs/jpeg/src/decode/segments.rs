//! The marker segments of a file (T.81 annex B), one after the other.
//!
//! Fill bytes, and whatever else is between segments, are passed over.

/// Markers by their names in T.81 table B.1.
pub(super) mod marker {
    pub(crate) const SOF0: u8 = 0xC0;
    pub(crate) const SOF1: u8 = 0xC1;
    pub(crate) const SOF2: u8 = 0xC2;
    pub(crate) const SOF15: u8 = 0xCF;
    pub(crate) const DHT: u8 = 0xC4;
    pub(crate) const JPG: u8 = 0xC8;
    pub(crate) const DAC: u8 = 0xCC;
    pub(crate) const RST0: u8 = 0xD0;
    pub(crate) const RST7: u8 = 0xD7;
    pub(crate) const SOI: u8 = 0xD8;
    pub(crate) const EOI: u8 = 0xD9;
    pub(crate) const SOS: u8 = 0xDA;
    pub(crate) const DQT: u8 = 0xDB;
    pub(crate) const DNL: u8 = 0xDC;
    pub(crate) const DRI: u8 = 0xDD;
    pub(crate) const DHP: u8 = 0xDE;
    pub(crate) const APP0: u8 = 0xE0;
    pub(crate) const APP14: u8 = 0xEE;
    pub(crate) const TEM: u8 = 0x01;
}

/// A marker with what its segment holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    /// The bytes after the length; none for EOI; fewer than announced where the file ends.
    pub(super) payload: &'a [u8],
}

/// The place in a file up to which segments have been read.
#[derive(Debug, Clone)]
pub(super) struct Segments<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    /// The segments from a place on.
    pub(super) fn new(file: &'a [u8], at: usize) -> Segments<'a> {
        Segments { file, at }
    }

    /// Where the next segment is looked for: after a scan's header, the first byte of its data.
    pub(super) fn position(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        loop {
            let code = next_marker(self.file, self.at)?;
            self.at = code + 1;
            match self.file[code] {
                // Those that nothing defines have no length to trust.
                marker::TEM..marker::SOF0 | marker::RST0..=marker::SOI => {}
                marker::EOI => return Some(Segment { marker: marker::EOI, payload: &[] }),
                marker => {
                    let &[high, low] = self.file[self.at..].first_chunk()?;
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    if length < 2 {
                        continue;
                    }
                    let end = (self.at + length).min(self.file.len());
                    let payload = &self.file[self.at + 2..end];
                    self.at = end;
                    return Some(Segment { marker, payload });
                }
            }
        }
    }
}

/// Where the code of the first marker is whose 0xFF is at a place or after it.
pub(super) fn next_marker(file: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += file.get(at..)?.iter().position(|&byte| byte == 0xFF)? + 1;
        match file.get(at)? {
            0 | 0xFF => {}
            _ => return Some(at),
        }
    }
}
