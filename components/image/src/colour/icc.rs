//! An ICC profile as far as it is used: its header and its table of tags (ICC.1:2022 §7.2 and §7.3).
//!
//! Everything is read in place. A tag that lies beyond the profile is not there.

/// A profile. INVARIANT: `bytes` has a whole header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'a> {
    bytes: &'a [u8],
    inputs: usize,
    /// In what it connects to others.
    pub(super) connection: Connection,
}

/// The space in which profiles meet, both for D50.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    Xyz,
    Lab,
}

/// Tags that are looked at. Profiles have some ten to thirty.
const MOST_TAGS: usize = 100;
const HEADER: usize = 128;
const TAG_ENTRY: usize = 12;

impl<'a> Profile<'a> {
    /// A profile from device to connection, of one, three or four channels.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Profile<'a>> {
        let header = bytes.get(..HEADER)?;
        if &header[36..40] != b"acsp" {
            return None;
        }
        let inputs = match &header[16..20] {
            b"GRAY" => 1,
            b"RGB " => 3,
            b"CMYK" => 4,
            _ => return None,
        };
        let connection = match &header[20..24] {
            b"XYZ " => Connection::Xyz,
            b"Lab " => Connection::Lab,
            _ => return None,
        };
        // An abstract profile, a link or a list of names does not say what samples mean.
        matches!(&header[12..16], b"scnr" | b"mntr" | b"prtr" | b"spac").then_some(Profile {
            bytes,
            inputs,
            connection,
        })
    }

    /// Channels of the device.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// The data of a tag, its type first.
    pub(super) fn tag(&self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let (count, entries) = self.bytes.get(HEADER..)?.split_first_chunk()?;
        let count = (u32::from_be_bytes(*count) as usize).min(MOST_TAGS);
        let entry = entries.chunks_exact(TAG_ENTRY).take(count).find(|entry| entry.starts_with(name))?;
        let (start, length) = (u32_at(entry, 4)? as usize, u32_at(entry, 8)? as usize);
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// XYZ of full red, green and blue, one column each.
    pub(super) fn colorants(&self) -> Option<[[f64; 3]; 3]> {
        let mut columns = [[0.0; 3]; 3];
        for (column, name) in columns.iter_mut().zip([b"rXYZ", b"gXYZ", b"bXYZ"]) {
            let data = self.tag(name)?.strip_prefix(b"XYZ ")?;
            for (axis, value) in column.iter_mut().enumerate() {
                *value = fixed(data, 4 + 4 * axis)?;
            }
        }
        Some(std::array::from_fn(|row| columns.map(|column| column[row])))
    }
}

/// A number of 16.16 bits at an offset.
pub(super) fn fixed(data: &[u8], at: usize) -> Option<f64> {
    u32_at(data, at).map(|bits| f64::from(bits as i32) / 65536.0)
}

/// A number at an offset.
pub(super) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// A number at an offset.
pub(super) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}
