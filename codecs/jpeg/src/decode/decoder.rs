//! A file's scans, one after the other, with the tables that stand before them.

use super::bits::Bits;
use super::canvas::{Canvas, Layout};
use super::coefficients::Coefficients;
use super::frame::Frame;
use super::huffman::Shortcuts;
use super::inverse::Scatter;
use super::mcus::{Mcus, Outcome};
use super::memory::Memory;
use super::progressive::{self, Band, Means};
use super::scan::Scan;
use super::script::Script;
use super::segments::{Segments, marker};
use super::sequential::{self, Target};
use super::tables::Tables;
use super::work::Work;
use super::{Coding, DecodeError};
use crate::plane::Plane;

/// A file that is being decoded.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    file: &'a [u8],
    frame: &'a Frame,
    layouts: &'a [Layout],
    /// MCUs in a row, and rows of them, where components are interleaved.
    mcus: (usize, usize),
    tables: Tables,
    store: Store,
    work: Work,
    /// Which components a scan has had.
    seen: Vec<bool>,
    damaged: bool,
    /// Whether the last scan so far was passed over, so that nobody knows whether it is whole.
    passed_over: bool,
    /// Whether the file said that it ends.
    ended: bool,
}

/// What scans leave, component by component.
#[derive(Debug)]
enum Store {
    /// Sequential scans have whole blocks, which become samples at once.
    Canvases(Vec<Canvas>),
    Coefficients {
        components: Vec<Coefficients>,
        script: Script,
    },
}

const MISSING: DecodeError = DecodeError::Malformed("a scan has no table");

impl<'a> Decoder<'a> {
    /// Allocates what decoding takes.
    pub(super) fn new(
        file: &'a [u8],
        frame: &'a Frame,
        (layouts, mcus): (&'a [Layout], (usize, usize)),
        memory: &mut Memory,
    ) -> Result<Decoder<'a>, DecodeError> {
        memory.take(Bits::SIZE + Tables::SIZE)?;
        let store = if frame.coding == Coding::Progressive {
            let components = layouts.iter().map(|&layout| Coefficients::new(layout, memory));
            let components = components.collect::<Result<Vec<_>, _>>()?;
            let script = Script::read(file, frame, components.iter().map(Coefficients::wanted).collect())?;
            Store::Coefficients { components, script }
        } else {
            let canvases = layouts.iter().map(|&layout| Canvas::new(layout, memory));
            Store::Canvases(canvases.collect::<Result<_, _>>()?)
        };
        let blocks = layouts.iter().map(|layout| layout.padded.0 * layout.padded.1).sum();
        Ok(Decoder {
            file,
            frame,
            layouts,
            mcus,
            tables: Tables::default(),
            store,
            work: Work::new(blocks, file.len()),
            seen: vec![false; layouts.len()],
            damaged: false,
            passed_over: false,
            ended: false,
        })
    }

    /// Decodes all scans.
    pub(super) fn run(&mut self) -> Result<(), DecodeError> {
        let mut bits = Bits::new(self.file)?;
        let mut segments = Segments::new(self.file, 2);
        let mut scans = 0;
        while let Some(segment) = segments.next() {
            let result = match segment.marker {
                marker::EOI => {
                    self.ended = true;
                    break;
                }
                marker::SOS => {
                    bits.begin(segments.position());
                    let result = self.scan(&mut bits, scans, segment.payload);
                    scans += 1;
                    segments = Segments::new(self.file, bits.end());
                    result
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

    /// The planes, and whether something is missing in them.
    pub(super) fn finish(self, memory: &mut Memory) -> Result<(Vec<Plane>, bool), DecodeError> {
        let mut truncated = self.damaged || self.seen.contains(&false);
        match self.store {
            Store::Canvases(canvases) => Ok((canvases.into_iter().map(Canvas::finish).collect(), truncated)),
            Store::Coefficients { components, .. } => {
                truncated |= !self.ended && (self.passed_over || !components.iter().all(Coefficients::complete));
                // Luma, the largest, comes last, into the room that the others' coefficients leave: they lie side by
                // side, so nothing else may be put there in between.
                let mut components = components.into_iter();
                let luma = components.next();
                let canvases = components.as_slice().iter().map(|component| component.canvas(memory));
                let canvases = canvases.collect::<Result<Vec<_>, _>>()?;
                let others = components.zip(canvases).map(|(component, canvas)| component.finish(canvas, memory));
                let mut planes: Vec<_> = others.rev().collect();
                if let Some(luma) = luma {
                    let canvas = luma.canvas(memory)?;
                    planes.push(luma.finish(canvas, memory));
                }
                planes.reverse();
                Ok((planes, truncated))
            }
        }
    }

    /// Decodes the scan, counted from 0, whose data are where the bits begin.
    fn scan(&mut self, bits: &mut Bits<'_>, number: usize, header: &[u8]) -> Result<(), DecodeError> {
        let scan = Scan::parse(header, self.frame)?;
        let factors = |index: usize| if scan.components.len() == 1 { (1, 1) } else { self.layouts[index].factors };
        let (wide, high) = match &scan.components[..] {
            [alone] => self.layouts[alone.index].blocks,
            _ => self.mcus,
        };
        let blocks: usize = scan.components.iter().map(|component| factors(component.index)).map(|(x, y)| x * y).sum();
        bits.expect(blocks);
        let mcus = Mcus { wide, high, restart_interval: self.tables.restart_interval as usize };
        let tables = &self.tables;
        let outcome = match &mut self.store {
            Store::Canvases(canvases) => {
                self.work.take(wide * high * blocks)?;
                let mut shortcuts = [const { None }; 4];
                for component in &scan.components {
                    let ac = tables.ac[component.ac].as_ref().ok_or(MISSING)?;
                    if shortcuts[component.ac].is_none() {
                        shortcuts[component.ac] = Some(Shortcuts::new(ac)?);
                    }
                }
                let mut targets = Vec::with_capacity(scan.components.len());
                for (component, canvas) in scan.of(canvases) {
                    targets.push(Target {
                        dc: tables.dc[component.dc].as_ref().ok_or(MISSING)?,
                        ac: tables.ac[component.ac].as_ref().ok_or(MISSING)?,
                        shortcuts: shortcuts[component.ac].as_ref().ok_or(MISSING)?,
                        scatter: Scatter::new(
                            canvas.points(),
                            tables.quantisation(self.frame, component.index).ok_or(MISSING)?,
                        ),
                        factors: factors(component.index),
                        canvas,
                    });
                }
                sequential::decode(bits, &mcus, &mut targets)
            }
            Store::Coefficients { components, script } => {
                for (component, coefficients) in scan.of(components) {
                    if coefficients.quantisation.is_none() {
                        coefficients.quantisation = tables.quantisation(self.frame, component.index).copied();
                    }
                    coefficients.quantisation.ok_or(MISSING)?;
                    coefficients.know(scan.first, scan.last, scan.low);
                    self.seen[component.index] |= scan.first == 0;
                }
                self.passed_over = !script.matters(number);
                if self.passed_over {
                    return Ok(());
                }
                self.work.take(wide * high * blocks)?;
                let band = Band { first: scan.first, last: scan.last, low: scan.low };
                match (scan.first, &scan.components[..]) {
                    (1.., &[component]) => {
                        let ac = tables.ac[component.ac].as_ref().ok_or(MISSING)?;
                        let coefficients = &mut components[component.index];
                        let decode = if scan.high == 0 { progressive::decode_band } else { progressive::refine_band };
                        decode(bits, &mcus, band, coefficients, ac)
                    }
                    _ => {
                        let mut targets = Vec::with_capacity(scan.components.len());
                        for (component, coefficients) in scan.of(components) {
                            let dc = tables.dc[component.dc].as_ref();
                            let dc = if scan.high == 0 { Some(dc.ok_or(MISSING)?) } else { None };
                            targets.push(Means { coefficients, dc, factors: factors(component.index) });
                        }
                        progressive::decode_means(bits, &mcus, scan.low, &mut targets)
                    }
                }
            }
        };
        if let Store::Canvases(_) = self.store {
            scan.components.iter().for_each(|component| self.seen[component.index] = true);
        }
        self.damaged |= outcome == Outcome::Damaged;
        Ok(())
    }
}
