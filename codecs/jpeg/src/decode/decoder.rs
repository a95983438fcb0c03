//! A file's scans, one after the other, with the tables that stand before them.

use super::bits::Bits;
use super::canvas::{Canvas, Layout};
use super::frame::Frame;
use super::inverse::Scatter;
use super::mcus::{Mcus, Outcome};
use super::memory::Memory;
use super::scan::Scan;
use super::segments::{Segments, marker};
use super::sequential::{self, Target};
use super::tables::Tables;
use super::{DecodeError, Options};
use crate::plane::Plane;

/// What decoding has come to.
#[derive(Debug)]
struct Decoder<'a> {
    file: &'a [u8],
    frame: &'a Frame,
    layouts: Vec<Layout>,
    mcus: (usize, usize),
    tables: Tables,
    canvases: Vec<Canvas>,
    /// Which components a scan has had.
    seen: Vec<bool>,
    damaged: bool,
}

/// The planes of a frame at the size of their transforms, and whether something is missing.
pub(super) fn planes(
    file: &[u8],
    frame: &Frame,
    options: &Options,
    memory: &mut Memory,
) -> Result<(Vec<Plane>, bool), DecodeError> {
    memory.take(Bits::SIZE + Tables::SIZE)?;
    let (layouts, mcus) = Layout::of(frame, options.scale, options.chroma);
    let canvases = layouts.iter().map(|&layout| Canvas::new(layout, memory)).collect::<Result<_, _>>()?;
    let seen = vec![false; layouts.len()];
    let tables = Tables::default();
    let mut decoder = Decoder { file, frame, layouts, mcus, tables, canvases, seen, damaged: false };
    decoder.run()?;
    let truncated = decoder.damaged || decoder.seen.contains(&false);
    Ok((decoder.canvases.into_iter().map(Canvas::finish).collect(), truncated))
}

impl Decoder<'_> {
    fn run(&mut self) -> Result<(), DecodeError> {
        let mut bits = Bits::new(self.file)?;
        let mut segments = Segments::new(self.file, 2);
        while let Some(segment) = segments.next() {
            let result = match segment.marker {
                marker::EOI => break,
                marker::SOS => {
                    bits.begin(segments.position());
                    self.scan(&mut bits, segment.payload).map(|()| segments = Segments::new(self.file, bits.end()))
                }
                _ => self.tables.define(segment),
            };
            match result {
                // What is there already is worth having.
                Err(DecodeError::Malformed(_)) if self.seen.contains(&true) => {
                    self.damaged = true;
                    break;
                }
                result => result?,
            }
        }
        Ok(())
    }

    fn scan(&mut self, bits: &mut Bits<'_>, header: &[u8]) -> Result<(), DecodeError> {
        let scan = Scan::parse(header, self.frame)?;
        const MISSING: DecodeError = DecodeError::Malformed("a scan has no table");
        let mut targets = Vec::with_capacity(scan.components.len());
        let mut described = scan.components.iter().peekable();
        for (index, canvas) in self.canvases.iter_mut().enumerate() {
            let Some(component) = described.next_if(|component| component.index == index) else { continue };
            let quantisation = self.frame.components[index].quantisation;
            let quantisation = self.tables.quantisation[usize::from(quantisation)].as_ref().ok_or(MISSING)?;
            targets.push(Target {
                dc: self.tables.dc[component.dc].as_ref().ok_or(MISSING)?,
                ac: self.tables.ac[component.ac].as_ref().ok_or(MISSING)?,
                scatter: Scatter::new(canvas.points(), quantisation),
                factors: if scan.components.len() == 1 { (1, 1) } else { self.layouts[index].factors },
                canvas,
            });
        }
        let (wide, high) = match &scan.components[..] {
            [alone] => self.layouts[alone.index].blocks,
            _ => self.mcus,
        };
        let mcus = Mcus { wide, high, restart_interval: self.tables.restart_interval as usize };
        let outcome = sequential::decode(bits, &mcus, &mut targets);
        for component in &scan.components {
            self.seen[component.index] = true;
        }
        self.damaged |= outcome == Outcome::Damaged;
        Ok(())
    }
}
