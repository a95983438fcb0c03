//! A request's head, line by line as its lines come, and what it says about the body.

use memchr::memchr;

use super::{BodyFrame, FramingLimits, Malformed, is_token, is_value};

/// The lines of a head that have been looked at.
#[derive(Debug, Default)]
pub(super) struct HeadLines {
    /// Bytes of them.
    checked: usize,
    request_line: Option<RequestLine>,
    fields: usize,
    length: Option<u64>,
    chunked: bool,
}

#[derive(Debug, Clone, Copy)]
struct RequestLine {
    /// Whether it is of HTTP/1.0.
    old: bool,
    /// CONNECT, which has no content.
    connect: bool,
}

impl HeadLines {
    /// Looks at the lines that are complete. `bytes` begins with the head. Its length and the frame of its body when
    /// the head is complete.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        limits: FramingLimits,
    ) -> Result<Option<(usize, BodyFrame)>, Malformed> {
        while let Some(length) = memchr(b'\n', &bytes[self.checked..]) {
            let line = &bytes[self.checked..self.checked + length];
            let line = line.strip_suffix(b"\r").ok_or(Malformed::LineEnd)?;
            self.checked += length + 1;
            if self.checked > limits.head {
                return Err(self.too_large());
            }
            match self.request_line {
                // RFC 9112 §2.2: one empty line before a request is forgiven, which some clients send after a body.
                None if line.is_empty() && self.checked == 2 => {}
                None => self.request_line = Some(RequestLine::read(line)?),
                Some(request_line) if line.is_empty() => return Ok(Some((self.checked, self.body(request_line)?))),
                Some(_) => self.field(line, limits)?,
            }
        }
        if bytes.len() >= limits.head {
            return Err(self.too_large());
        }
        Ok(None)
    }

    fn too_large(&self) -> Malformed {
        if self.request_line.is_none() { Malformed::TargetTooLong } else { Malformed::HeadTooLarge }
    }

    fn field(&mut self, line: &[u8], limits: FramingLimits) -> Result<(), Malformed> {
        self.fields += 1;
        if self.fields > limits.fields {
            return Err(Malformed::TooManyFields);
        }
        let (name, value) = split_field(line)?;
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                if self.length.is_some() {
                    return Err(Malformed::Length);
                }
                self.length = Some(decimal(value.trim_ascii())?);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                // A tab is white space to some and part of the coding to others, so only spaces are taken off.
                let value = value.trim_ascii_start();
                let value = &value[..value.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1)];
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed::TransferEncoding);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn body(&self, request_line: RequestLine) -> Result<BodyFrame, Malformed> {
        match (self.chunked, self.length) {
            (true, _) if request_line.old => Err(Malformed::TransferEncodingInOld),
            (true, Some(_)) => Err(Malformed::TwoLengths),
            (true, None) | (false, Some(1..)) if request_line.connect => Err(Malformed::Target),
            (true, None) => Ok(BodyFrame::Chunked),
            (false, length) => Ok(BodyFrame::Counted(length.unwrap_or(0))),
        }
    }
}

impl RequestLine {
    fn read(line: &[u8]) -> Result<Self, Malformed> {
        let end_of_method = memchr(b' ', line).ok_or(Malformed::RequestLine)?;
        let (method, rest) = (&line[..end_of_method], &line[end_of_method + 1..]);
        let (target, old) = match rest {
            [target @ .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ (b'0' | b'1')] => {
                (target, *minor == b'0')
            }
            _ => return Err(Malformed::RequestLine),
        };
        // What is beyond ASCII is a path in a browser's address bar; it is encoded when the path is made canonical.
        let readable = target.iter().fold(true, |good, &byte| good & (byte > b' ') & (byte != 0x7f));
        if !is_token(method) || !readable {
            return Err(Malformed::RequestLine);
        }
        let connect = method == b"CONNECT";
        let fits = match target {
            [] => false,
            _ if connect => !target.contains(&b'/'),
            [b'/', ..] => true,
            b"*" => method == b"OPTIONS",
            _ => target.len() > 7 && target[..7].eq_ignore_ascii_case(b"http://"),
        };
        if fits { Ok(Self { old, connect }) } else { Err(Malformed::Target) }
    }
}

/// A field's name and value, which may have white space around it.
pub(super) fn split_field(line: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    if let [b' ' | b'\t', ..] = line {
        return Err(Malformed::Folded);
    }
    let colon = memchr(b':', line).ok_or(Malformed::FieldName)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) {
        return Err(Malformed::FieldName);
    }
    if !is_value(value) {
        // A carriage return here is one without its line feed.
        return Err(if value.contains(&b'\r') { Malformed::LineEnd } else { Malformed::FieldValue });
    }
    Ok((name, value))
}

/// Up to 19 digits, which always fit.
fn decimal(digits: &[u8]) -> Result<u64, Malformed> {
    if digits.is_empty() || digits.len() > 19 {
        return Err(Malformed::Length);
    }
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'9' => Ok(value * 10 + u64::from(digit - b'0')),
        _ => Err(Malformed::Length),
    })
}
