//! TIFF's directories, which is what EXIF consists of (TIFF 6.0 §2, EXIF 2.32 §4.6).
//!
//! Read in place and leniently: an entry whose value lies beyond the file is passed over.

/// A block of EXIF.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiff<'a> {
    bytes: &'a [u8],
    pub(crate) order: Order,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

/// A value with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) tag: u16,
    /// The type of the value's parts.
    pub(crate) kind: u16,
    /// How many parts there are.
    pub(crate) count: u32,
    /// All parts, in the block's order of bytes.
    pub(crate) value: &'a [u8],
}

/// What precedes an EXIF block in a JPEG, and in some WebP files that should not have it.
pub(crate) const EXIF_PREFIX: &[u8] = b"Exif\0\0";

/// Types of values.
pub(crate) const ASCII: u16 = 2;
pub(crate) const SHORT: u16 = 3;
pub(crate) const LONG: u16 = 4;

pub(crate) const ORIENTATION: u16 = 0x0112;

impl<'a> Tiff<'a> {
    /// The block, with or without [`EXIF_PREFIX`].
    pub(crate) fn parse(block: &'a [u8]) -> Option<Tiff<'a>> {
        let bytes = block.strip_prefix(EXIF_PREFIX).unwrap_or(block);
        let order = match bytes.first_chunk()? {
            b"II*\0" => Order::Little,
            b"MM\0*" => Order::Big,
            _ => return None,
        };
        Some(Tiff { bytes, order })
    }

    /// The entries of the first directory, which is about the picture itself.
    pub(crate) fn first(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        self.directory(self.bytes.get(4..8))
    }

    /// The entries of the directory whose place is the value of an entry; none where there is no such directory.
    pub(crate) fn directory(&self, place: Option<&[u8]>) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let tiff = *self;
        let start = place.and_then(|place| tiff.order.u32(place)).and_then(|start| tiff.bytes.get(start as usize..));
        let count = start.and_then(|start| tiff.order.u16(start)).unwrap_or(0);
        let entries = start.and_then(|start| start.get(2..)).unwrap_or_default();
        entries.as_chunks().0.iter().take(count.into()).filter_map(move |entry| tiff.entry(entry))
    }

    fn entry(&self, entry: &'a [u8; 12]) -> Option<Entry<'a>> {
        let (kind, count) = (self.order.u16(&entry[2..])?, self.order.u32(&entry[4..])?);
        let part = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = (count as usize).checked_mul(part)?;
        let value = match length {
            0..=4 => &entry[8..8 + length],
            _ => self.bytes.get(self.order.u32(&entry[8..])? as usize..)?.get(..length)?,
        };
        Some(Entry { tag: self.order.u16(entry)?, kind, count, value })
    }
}

impl Order {
    /// The number at the beginning of some bytes.
    pub(crate) fn u16(self, bytes: &[u8]) -> Option<u16> {
        let bytes = *bytes.first_chunk()?;
        Some(match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    }

    /// The number at the beginning of some bytes.
    pub(crate) fn u32(self, bytes: &[u8]) -> Option<u32> {
        let bytes = *bytes.first_chunk()?;
        Some(match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        })
    }

    /// A number, written.
    pub(crate) fn of_u16(self, value: u16) -> [u8; 2] {
        match self {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        }
    }

    /// A number, written.
    pub(crate) fn of_u32(self, value: u32) -> [u8; 4] {
        match self {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        }
    }
}
