//! How a picture's samples are written best: tried on a few of its rows.
//!
//! The fast deflate finds runs of zeros only. That suits photographs, whose filtered rows are noise. Drawings, letters and
//! screens repeat themselves, which only a search finds, and often best in samples that no filter has changed.

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};

use crate::raster::Raster;

/// A sample is this many bands of rows, so that an empty margin does not speak for the whole.
const BANDS: usize = 4;

/// The least rows of a band: letters repeat themselves along a line, drawings also down the rows.
const BAND_ROWS: usize = 8;

/// A band is this part of the height where that is more: the sample is a sixteenth of a tall picture.
const BAND_PART: usize = 64;

/// A search takes ten times as long as the fast way, so it must save this much, in hundredths.
const SEARCH_SAVES: usize = 7;

/// The shortest search takes a third of the next one's time, so that one must save this much, in hundredths.
const LONGER_SAVES: usize = 2;

/// Where a search comes to less than this part of the samples, nearly all is repeats: to search longer is cheap there, and
/// saves a tenth.
const MOSTLY_REPEATS: usize = 16;

/// The search: of zlib's levels the one from which on more time saves little.
const SEARCH: DeflateCompression = DeflateCompression::Level(3);

/// A filter for the rows, and what is done with the filtered ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) filter: Filter,
    pub(super) compression: DeflateCompression,
}

impl Way {
    /// With a filter for each row, photographs a tenth smaller than zlib's level 6 without, in a tenth of its time.
    pub(super) const FAST: Way = Way { filter: Filter::Adaptive, compression: DeflateCompression::FdeflateUltraFast };

    /// The way that a sample of a picture's rows speaks for. The same picture always has the same.
    ///
    /// # Errors
    /// If the rows cannot be written at all, as no picture is.
    pub(super) fn of(picture: &Raster, color: ColorType) -> Result<Way, EncodingError> {
        let sample = Sample::of(picture, color);
        let fast = sample.bytes(Way::FAST)?;
        let filtered = Way { filter: Filter::Adaptive, compression: SEARCH };
        let plain = Way { filter: Filter::NoFilter, compression: SEARCH };
        let (filtered_bytes, plain_bytes) = (sample.bytes(filtered)?, sample.bytes(plain)?);
        let (bytes, found) =
            if plain_bytes < filtered_bytes { (plain_bytes, plain) } else { (filtered_bytes, filtered) };
        if !saves(bytes, fast, SEARCH_SAVES) {
            return Ok(Way::FAST);
        }
        if bytes < sample.rows.len() / MOSTLY_REPEATS {
            return Ok(Way { compression: DeflateCompression::Level(6), ..found });
        }
        let short = Way { compression: DeflateCompression::Level(1), ..found };
        Ok(if saves(bytes, sample.bytes(short)?, LONGER_SAVES) { found } else { short })
    }
}

/// Whether some bytes are less than others by so many hundredths.
fn saves(bytes: usize, than: usize, hundredths: usize) -> bool {
    bytes * 100 < than * (100 - hundredths)
}

/// Some rows of a picture, as a picture.
struct Sample {
    color: ColorType,
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

impl Sample {
    /// Bands at equal distances; all rows of a picture that has no more.
    fn of(picture: &Raster, color: ColorType) -> Sample {
        let size = picture.size();
        let height = size.height as usize;
        let band = BAND_ROWS.max(height / BAND_PART);
        let stretch = height.div_ceil(BANDS).max(band);
        // In the middle of each stretch.
        let skipped = (stretch - band) / 2;
        let (mut rows, mut count) = (Vec::new(), 0);
        for (_, row) in picture.rows().enumerate().filter(|(y, _)| (skipped..skipped + band).contains(&(y % stretch))) {
            rows.extend_from_slice(row);
            count += 1;
        }
        // A last stretch may be so short that it has no band, but the first has one.
        Sample { color, width: size.width, height: count, rows }
    }

    /// How many bytes the rows come to.
    fn bytes(&self, way: Way) -> Result<usize, EncodingError> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(self.color);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_filter(way.filter);
        encoder.set_deflate_compression(way.compression);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rows)?;
        writer.finish()?;
        Ok(file.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::limits;
    use crate::geometry::Size;
    use crate::metadata::Metadata;
    use crate::raster::Channels;
    use lucarne_guest::image::Effort;

    const SIZE: Size = Size { width: 320, height: 200 };

    /// A sequence in which no bytes repeat themselves for long.
    fn noise(state: &mut u32) -> u8 {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        (*state >> 24) as u8
    }

    /// Tiles of 32 × 16 pixels, all alike, of more colours than a palette has.
    fn tiles() -> Raster {
        let mut state = 7;
        let tile: Vec<u8> = (0..32 * 16 * 3).map(|_| noise(&mut state)).collect();
        let samples = (0..SIZE.height as usize)
            .flat_map(|y| (0..SIZE.width as usize / 32).flat_map(move |_| y % 16 * 96..(y % 16 + 1) * 96));
        Raster::packed(SIZE, Channels::Rgb, samples.map(|place| tile[place]).collect())
    }

    /// Soft light with a sensor's noise.
    fn photograph() -> Raster {
        let mut state = 7;
        let samples =
            (0..SIZE.height).flat_map(|y| (0..SIZE.width).flat_map(move |x| [x / 3 + y / 4, x / 4 + y / 3, y]));
        let samples = samples.map(|value| (value as u8).saturating_add(noise(&mut state) % 8)).collect();
        Raster::packed(SIZE, Channels::Rgb, samples)
    }

    /// Lines of letters, in black and white.
    fn scan() -> Raster {
        let mut state = 7;
        let letters: Vec<u8> = (0..26 * 8).map(|_| noise(&mut state)).collect();
        let samples = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x, y))).map(|(x, y)| {
            let letter = (x / 8 * 7 + y / 8 * 5 + x / 8 * (y / 8)) % 26;
            255 * (letters[(letter * 8 + y % 8) as usize] >> (x % 8) & 1)
        });
        Raster::packed(SIZE, Channels::Grey, samples.collect())
    }

    fn written(picture: &Raster, effort: Effort) -> Vec<u8> {
        super::super::write(picture, effort, &Metadata::default(), &limits()).unwrap()
    }

    #[test]
    fn a_picture_with_repeats_is_written_smaller_than_the_fast_way() {
        for picture in [tiles(), scan()] {
            let [fast, balanced] = [Effort::Speed, Effort::Balanced].map(|effort| written(&picture, effort));
            assert!(balanced.len() * 2 < fast.len(), "{} and {} bytes", balanced.len(), fast.len());
            let decoded = image::load_from_memory(&balanced).unwrap();
            assert_eq!(decoded.as_bytes(), picture.samples());
        }
    }

    #[test]
    fn a_photograph_is_written_the_fast_way() {
        let way = Way::of(&photograph(), ColorType::Rgb).unwrap();
        assert!(matches!(way.compression, DeflateCompression::FdeflateUltraFast), "{way:?}");
    }

    #[test]
    fn a_sample_has_rows_of_a_picture_of_any_height() {
        for height in [1, 2, 7, 31, 32, 33, 41, 65, 1000] {
            let size = Size { width: 2, height };
            let picture = Raster::packed(size, Channels::Grey, (0..2 * height).map(|index| index as u8).collect());
            let sample = Sample::of(&picture, ColorType::Grayscale);
            assert!(sample.height >= height.min(25), "{} of {height}", sample.height);
            assert_eq!(sample.rows.len() as u32, 2 * sample.height);
            assert!(Way::of(&picture, ColorType::Grayscale).is_ok());
        }
    }
}
