//! What is true: the things that there are, their versions, and what each version looks like.
//!
//! Contents describe themselves: each block of a file says whose it is, of which version, and where it stands; a
//! picture says both in its one colour. So wrong bytes tell where they came from.

use std::fmt::Write as _;
use std::io::Cursor;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;
use image::{ImageFormat, Rgb, RgbImage};

/// All things.
pub(crate) struct Truth {
    things: Vec<Thing>,
}

struct Thing {
    kind: Kind,
    /// The version that the origin has.
    current: AtomicU64,
    /// The oldest version that may be seen by a request that begins now.
    oldest: AtomicU64,
}

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file of so many bytes.
    File(usize),
    /// A picture.
    Picture,
}

/// Bytes of a block.
const BLOCK: usize = 64;
/// A picture's size, width and height: small, because many are made.
pub(crate) const PICTURE: (u32, u32) = (160, 120);
/// Things with one number share a tag.
pub(crate) const TAGS: usize = 50;

impl Truth {
    pub(crate) fn new(things: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let thing = |number| {
            let kind = if number % 5 == 0 { Kind::Picture } else { Kind::File(file_size(&mut rng)) };
            Thing { kind, current: AtomicU64::new(1), oldest: AtomicU64::new(1) }
        };
        Self { things: (0..things).map(thing).collect() }
    }

    /// One of them: some much more often than others.
    pub(crate) fn draw(&self, rng: &mut Rng) -> usize {
        // The cube of a fraction: half of the draws are of an eighth of the things.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the number of things")]
        #[expect(clippy::cast_precision_loss, reason = "thousands of things")]
        let drawn = (rng.f64().powi(3) * self.things.len() as f64) as usize;
        drawn
    }

    pub(crate) fn kind(&self, thing: usize) -> Kind {
        self.things[thing].kind
    }

    pub(crate) fn path(&self, thing: usize) -> String {
        match self.kind(thing) {
            Kind::File(_) => format!("/file/{thing}"),
            Kind::Picture => format!("/picture/{thing}.png"),
        }
    }

    /// The thing at a path.
    pub(crate) fn at(&self, path: &str) -> Option<usize> {
        let name = path.rsplit('/').next()?.trim_end_matches(".png");
        name.parse().ok().filter(|thing| *thing < self.things.len())
    }

    pub(crate) fn tag(thing: usize) -> String {
        format!("tag-{}", thing % TAGS)
    }

    pub(crate) fn with_tag(&self, tag: usize) -> impl Iterator<Item = usize> {
        (tag..self.things.len()).step_by(TAGS)
    }

    pub(crate) fn change(&self, thing: usize) {
        self.things[thing].current.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn current(&self, thing: usize) -> u64 {
        self.things[thing].current.load(Ordering::SeqCst)
    }

    /// The oldest version that a request that begins now may be answered with.
    pub(crate) fn oldest(&self, thing: usize) -> u64 {
        self.things[thing].oldest.load(Ordering::SeqCst)
    }

    /// Versions before this one were purged.
    pub(crate) fn purged_before(&self, thing: usize, version: u64) {
        self.things[thing].oldest.fetch_max(version, Ordering::SeqCst);
    }

    /// What a version looks like.
    pub(crate) fn content(&self, thing: usize, version: u64) -> Vec<u8> {
        match self.kind(thing) {
            Kind::File(length) => file(thing, version, length),
            Kind::Picture => picture(thing, version),
        }
    }
}

/// What is wrong with bytes that should be this range of a file: where they differ first, and whose they are there.
pub(crate) fn difference(found: &[u8], whole: &[u8], range: Range<usize>) -> Option<String> {
    let expected = &whole[range.clone()];
    if found == expected {
        return None;
    }
    let same = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
    let mut said = format!("{} bytes and not {}, the same up to {same}", found.len(), expected.len());
    let block = (range.start + same).next_multiple_of(BLOCK) - range.start;
    if let Some(words) = found.get(block..block + 24) {
        let word = |at: usize| u64::from_le_bytes(words[at..at + 8].try_into().unwrap());
        let _infallible = write!(said, "; then thing {} version {} block {}", word(0), word(8), word(16));
    }
    Some(said)
}

/// The version of a made picture of this thing, or what is wrong with it.
pub(crate) fn version_in(picture: &[u8], thing: usize, width: u32) -> Result<u64, String> {
    let picture = image::load_from_memory_with_format(picture, ImageFormat::Png).map_err(|error| error.to_string())?;
    let picture = picture.to_rgb8();
    if picture.width() != width {
        return Err(format!("{} pixels wide and not {width}", picture.width()));
    }
    let first = *picture.get_pixel(0, 0);
    if let Some(other) = picture.pixels().find(|pixel| **pixel != first) {
        return Err(format!("of two colours, {first:?} and {other:?}"));
    }
    let Rgb([of, high, low]) = first;
    if usize::from(of) != thing % 256 {
        return Err(format!("of another thing: {of} and not {}", thing % 256));
    }
    Ok(u64::from(high) << 8 | u64::from(low))
}

/// Nine of ten are small; the others may have up to 5 MiB.
fn file_size(rng: &mut Rng) -> usize {
    let greatest: f64 = if rng.u8(..10) == 0 { 5120.0 } else { 100.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between a KiB and 5 MiB")]
    let size = (1024.0 * greatest.powf(rng.f64())) as usize;
    size
}

fn file(thing: usize, version: u64, length: usize) -> Vec<u8> {
    let seed = blake3::hash(format!("{thing} {version}").as_bytes());
    let mut bytes = Vec::with_capacity(length + BLOCK);
    for block in 0..length.div_ceil(BLOCK) as u64 {
        bytes.extend_from_slice(&(thing as u64).to_le_bytes());
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&block.to_le_bytes());
        bytes.extend_from_slice(seed.as_bytes());
        bytes.extend_from_slice(b"lucarne\n");
    }
    bytes.truncate(length);
    bytes
}

/// One colour, which a resize does not change: of the thing's number, and two bytes of the version.
fn picture(thing: usize, version: u64) -> Vec<u8> {
    let [low, high, ..] = version.to_le_bytes();
    let of = u8::try_from(thing % 256).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(PICTURE.0, PICTURE.1, Rgb([of, high, low]));
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
