//! Who made a picture and whose it is.

use std::borrow::Cow;

use super::xmp;
use crate::tiff::{ASCII, Tiff};

pub(super) const ARTIST: u16 = 0x013b;
pub(super) const COPYRIGHT: u16 = 0x8298;

/// The bytes of a text. EXIF sets no bound; IPTC's is 128.
const MOST_TEXT_BYTES: usize = 2_000;

/// Texts as EXIF has them: UTF-8, as software reads what was ASCII by the standard, with a zero at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) artist: Option<Vec<u8>>,
    pub(super) copyright: Option<Vec<u8>>,
}

impl Rights {
    /// From the first of EXIF, IPTC and XMP that says something.
    pub(super) fn of(tiff: Option<&Tiff<'_>>, iptc: Option<&[u8]>, packet: Option<&str>) -> Rights {
        let in_exif = |tag| {
            let entry = tiff?.first().find(|entry| entry.tag == tag && entry.kind == ASCII)?;
            terminated(entry.value)
        };
        let in_iptc = |dataset| terminated(records(iptc?, dataset).as_bytes());
        let in_xmp = |element| terminated(xmp::items(packet?, element).as_bytes());
        Rights {
            artist: in_exif(ARTIST).or_else(|| in_iptc(BY_LINE)).or_else(|| in_xmp("dc:creator")),
            copyright: in_exif(COPYRIGHT).or_else(|| in_iptc(COPYRIGHT_NOTICE)).or_else(|| in_xmp("dc:rights")),
        }
    }
}

/// The text with one zero at its end, cut where it is too long; none where it says nothing.
fn terminated(text: &[u8]) -> Option<Vec<u8>> {
    let text = &text[..text.len().min(MOST_TEXT_BYTES)];
    let end = text.iter().rposition(|byte| *byte > b' ')? + 1;
    Some([&text[..end], &[0]].concat())
}

/// Datasets of IPTC-IIM's application record (IIM 4.2, §6).
const APPLICATION_RECORD: u8 = 2;
const BY_LINE: u8 = 80;
const COPYRIGHT_NOTICE: u8 = 116;

/// All values of a dataset, with semicolons between them. What is not UTF-8 is taken for Latin-1, as it was before
/// there was a record that says which.
fn records(mut iptc: &[u8], wanted: u8) -> String {
    let mut values = String::new();
    // A marker, a record, a dataset and a length, whose upper bit would announce an extended one.
    while let &[0x1c, record, dataset, high, low, ref rest @ ..] = iptc {
        let Some((value, rest)) = rest.split_at_checked(u16::from_be_bytes([high, low]).into()) else { break };
        if (record, dataset) == (APPLICATION_RECORD, wanted) && values.len() < MOST_TEXT_BYTES {
            let value = str::from_utf8(value)
                .map_or_else(|_| Cow::from(value.iter().copied().map(char::from).collect::<String>()), Cow::from);
            xmp::join(&mut values, &value);
        }
        iptc = rest;
    }
    values
}
