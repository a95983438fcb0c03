//! The frame header, and what the segments around it say of colour (T.81 B.2.2, JFIF, Adobe's APP14).

use super::segments::{Segment, Segments, marker, next_marker};
use super::{Coding, ColorModel, Component, DecodeError, Unsupported};

/// A frame as its header describes it. INVARIANT: no side is 0; there are 1, 3 or 4 components; factors are 1 to 4.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) coding: Coding,
    pub(super) color: ColorModel,
    /// Whether ink is stored as its absence.
    pub(super) inverted: bool,
    pub(super) components: Vec<FrameComponent>,
}

/// A component of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameComponent {
    pub(super) described: Component,
    /// Which quantisation table, 0 to 3.
    pub(super) quantisation: u8,
}

/// What the application segments say of colour.
#[derive(Debug, Clone, Copy, Default)]
struct Hints {
    jfif: bool,
    /// The colour transform of Adobe's segment.
    adobe: Option<u8>,
}

impl Frame {
    /// Reads a file up to its first scan.
    pub(super) fn read(file: &[u8]) -> Result<Frame, DecodeError> {
        if !file.starts_with(&[0xFF, marker::SOI]) {
            return Err(DecodeError::NotJpeg);
        }
        let mut hints = Hints::default();
        let mut frame = None;
        let mut segments = Segments::new(file, 2);
        while let Some(Segment { marker, payload }) = segments.next() {
            match marker {
                marker::APP0 if payload.starts_with(b"JFIF\0") => hints.jfif = true,
                marker::APP14 if payload.starts_with(b"Adobe") && payload.len() >= 12 => {
                    hints.adobe = Some(payload[11])
                }
                marker::DHT | marker::JPG | marker::DAC => {}
                marker::SOF0..=marker::SOF15 if frame.is_none() => frame = Some(Frame::parse(marker, payload)?),
                marker::DHP => return Err(Unsupported::Hierarchical.into()),
                marker::EOI => break,
                marker::SOS => {
                    let mut frame: Frame = frame.ok_or(DecodeError::Malformed("a scan before the frame"))?;
                    if frame.height == 0 {
                        frame.height = number_of_lines(file, segments.position())?;
                    }
                    frame.settle(hints);
                    return Ok(frame);
                }
                _ => {}
            }
        }
        Err(DecodeError::NoPicture)
    }

    fn parse(marker: u8, payload: &[u8]) -> Result<Frame, DecodeError> {
        let coding = match marker {
            marker::SOF0 => Coding::Baseline,
            marker::SOF1 => Coding::Extended,
            marker::SOF2 => Coding::Progressive,
            0xC3 => return Err(Unsupported::Lossless.into()),
            0xC5..=0xC7 => return Err(Unsupported::Hierarchical.into()),
            0xC9 | 0xCA => return Err(Unsupported::Arithmetic.into()),
            0xCB => return Err(Unsupported::Lossless.into()),
            _ => return Err(Unsupported::Hierarchical.into()),
        };
        let &[precision, height_high, height_low, width_high, width_low, count] =
            payload.first_chunk().ok_or(DecodeError::Malformed("the frame's header is too short"))?;
        if precision != 8 {
            return Err(Unsupported::Precision(precision).into());
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(Unsupported::Components(count).into());
        }
        let (height, width) =
            (u16::from_be_bytes([height_high, height_low]), u16::from_be_bytes([width_high, width_low]));
        if width == 0 {
            return Err(DecodeError::Malformed("the picture has no width"));
        }
        let (described, _) = payload[6..].as_chunks::<3>();
        let described =
            described.get(..usize::from(count)).ok_or(DecodeError::Malformed("the frame's header is too short"))?;
        let mut components = Vec::with_capacity(described.len());
        for &[id, factors, quantisation] in described {
            let (horizontal, vertical) = (factors >> 4, factors & 15);
            if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) || quantisation > 3 {
                return Err(DecodeError::Malformed("a component has impossible factors"));
            }
            if components.iter().any(|other: &FrameComponent| other.described.id == id) {
                return Err(DecodeError::Malformed("two components have one name"));
            }
            components.push(FrameComponent { described: Component { id, horizontal, vertical }, quantisation });
        }
        let (width, height) = (u32::from(width), u32::from(height));
        Ok(Frame { width, height, coding, color: ColorModel::Grey, inverted: false, components })
    }

    /// Settles what the components are, by the rules that libjpeg has made customary.
    fn settle(&mut self, hints: Hints) {
        // A single component is not interleaved, so its factors mean nothing (T.81 A.2.2).
        if let [component] = &mut self.components[..] {
            (component.described.horizontal, component.described.vertical) = (1, 1);
        }
        let ids: Vec<u8> = self.components.iter().map(|component| component.described.id).collect();
        self.color = match (self.components.len(), hints.adobe) {
            (1, _) => ColorModel::Grey,
            (3, _) if hints.jfif => ColorModel::YCbCr,
            (3, Some(0)) => ColorModel::Rgb,
            (3, None) if ids == *b"RGB" => ColorModel::Rgb,
            (3, _) => ColorModel::YCbCr,
            (_, None | Some(0)) => ColorModel::Cmyk,
            (_, Some(_)) => ColorModel::Ycck,
        };
        self.inverted = hints.adobe.is_some();
    }

    /// The greatest factors of any component, in a row and in a column.
    pub(super) fn factors(&self) -> (usize, usize) {
        let factors = self.components.iter().map(FrameComponent::factors);
        factors.fold((1, 1), |most, factors| (most.0.max(factors.0), most.1.max(factors.1)))
    }
}

impl FrameComponent {
    /// Relative samples in a row and in a column.
    pub(super) fn factors(&self) -> (usize, usize) {
        (self.described.horizontal.into(), self.described.vertical.into())
    }
}

/// The height that a DNL segment gives after the first scan (T.81 B.2.5).
fn number_of_lines(file: &[u8], mut at: usize) -> Result<u32, DecodeError> {
    const NONE: DecodeError = DecodeError::Malformed("the picture has no height");
    loop {
        let code = next_marker(file, at).ok_or(NONE)?;
        match file[code] {
            marker::RST0..=marker::RST7 => at = code + 1,
            marker::DNL => {
                let &[0, 4, high, low] = file[code + 1..].first_chunk().ok_or(NONE)? else { return Err(NONE) };
                let height = u16::from_be_bytes([high, low]);
                return if height == 0 { Err(NONE) } else { Ok(u32::from(height)) };
            }
            _ => return Err(NONE),
        }
    }
}
