//! Tables that segments define and scans use (T.81 B.2.4).

use super::DecodeError;
use super::frame::Frame;
use super::huffman::{Class, Huffman, Shortcuts};
use super::segments::{Segment, marker};
use crate::zigzag::ZIGZAG;

/// The tables as the segments so far leave them.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// In the order of rows.
    quantisation: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
    /// MCUs from one restart marker to the next; 0 for none.
    pub(super) restart_interval: u32,
}

impl Tables {
    /// Bytes that tables take at most, with what a scan makes of them.
    pub(super) const SIZE: usize = 8 * Huffman::SIZE + 4 * Shortcuts::SIZE;

    /// Takes what a segment defines, if it defines tables.
    pub(super) fn define(&mut self, segment: Segment<'_>) -> Result<(), DecodeError> {
        match segment.marker {
            marker::DQT => self.define_quantisation(segment.payload),
            marker::DHT => self.define_huffman(segment.payload),
            marker::DRI => {
                let &[high, low] =
                    segment.payload.first_chunk().ok_or(DecodeError::Malformed("a restart interval is too short"))?;
                self.restart_interval = u32::from(u16::from_be_bytes([high, low]));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The quantisation table of a component.
    pub(super) fn quantisation(&self, frame: &Frame, component: usize) -> Option<&[u16; 64]> {
        self.quantisation[usize::from(frame.components[component].quantisation)].as_ref()
    }

    fn define_quantisation(&mut self, mut payload: &[u8]) -> Result<(), DecodeError> {
        const SHORT: DecodeError = DecodeError::Malformed("a quantisation table is too short");
        while let [kind, rest @ ..] = payload {
            let (wide, index) = (kind >> 4 != 0, usize::from(kind & 15));
            let (bytes, rest) = rest.split_at_checked(if wide { 128 } else { 64 }).ok_or(SHORT)?;
            let mut table = [0; 64];
            for (coded, &place) in ZIGZAG.iter().enumerate() {
                table[usize::from(place)] = if wide {
                    u16::from_be_bytes([bytes[2 * coded], bytes[2 * coded + 1]])
                } else {
                    bytes[coded].into()
                };
            }
            let known = self.quantisation.get_mut(index);
            *known.ok_or(DecodeError::Malformed("a quantisation table has an impossible number"))? = Some(table);
            payload = rest;
        }
        Ok(())
    }

    fn define_huffman(&mut self, mut payload: &[u8]) -> Result<(), DecodeError> {
        const SHORT: DecodeError = DecodeError::Malformed("a Huffman table is too short");
        while let [kind, rest @ ..] = payload {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
            let (class, tables) = match kind >> 4 {
                0 => (Class::Dc, &mut self.dc),
                1 => (Class::Ac, &mut self.ac),
                _ => return Err(DecodeError::Malformed("a Huffman table has an impossible class")),
            };
            let known = tables.get_mut(usize::from(kind & 15));
            *known.ok_or(DecodeError::Malformed("a Huffman table has an impossible number"))? =
                Some(Huffman::new(class, counts, symbols)?);
            payload = rest;
        }
        Ok(())
    }
}
