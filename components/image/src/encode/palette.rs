//! The colours of a picture that has few.

use crate::raster::Raster;

/// The most colours that an index of a byte tells apart.
const MOST: usize = 256;

/// Places in the table of colours: four times as many as colours, so that few share one.
const PLACES: usize = 4 * MOST;

/// The distinct colours of a picture, at most 256, those that are not opaque first.
pub(super) struct Palette {
    /// Red, green, blue and alpha.
    pub(super) colors: Vec<[u8; 4]>,
    /// How many of them are not opaque.
    pub(super) translucent: usize,
    /// For a place the colour that has it, and its number.
    places: Vec<Option<([u8; 4], u8)>>,
}

impl Palette {
    /// The colours of a picture; `None` if they are too many.
    pub(super) fn of(picture: &Raster) -> Option<Palette> {
        let mut palette = Palette { colors: Vec::new(), translucent: 0, places: vec![None; PLACES] };
        let mut last = None;
        for row in picture.rows() {
            for pixel in row.chunks_exact(picture.channels().count()) {
                let color = color(pixel);
                if last != Some(color) {
                    palette.add(color)?;
                    last = Some(color);
                }
            }
        }
        // A file says alpha only for the first colours. The order is the pictures own otherwise: it does not depend on
        // where a colour has its place.
        palette.colors.sort_by_key(|color| color[3] == 255);
        palette.translucent = palette.colors.iter().filter(|color| color[3] != 255).count();
        palette.places.fill(None);
        for (index, color) in palette.colors.iter().enumerate() {
            let place = palette.place(*color);
            palette.places[place] = Some((*color, index as u8));
        }
        Some(palette)
    }

    /// The number of a pixel's colour, which the palette has.
    pub(super) fn index(&self, pixel: &[u8]) -> u8 {
        self.places[self.place(color(pixel))].map_or(0, |(_, index)| index)
    }

    /// Adds a colour, if it is new; `None` if there are too many.
    fn add(&mut self, color: [u8; 4]) -> Option<()> {
        let place = self.place(color);
        if self.places[place].is_none() {
            if self.colors.len() == MOST {
                return None;
            }
            self.places[place] = Some((color, 0));
            self.colors.push(color);
        }
        Some(())
    }

    /// Where a colour is, or would be: there are more places than colours.
    fn place(&self, color: [u8; 4]) -> usize {
        let mixed = u32::from_le_bytes(color).wrapping_mul(0x9e37_79b1);
        let mut place = mixed as usize >> 7 & (PLACES - 1);
        while self.places[place].is_some_and(|(other, _)| other != color) {
            place = (place + 1) % PLACES;
        }
        place
    }
}

fn color(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [grey] => [grey, grey, grey, 255],
        [grey, alpha] => [grey, grey, grey, alpha],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [0; 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::raster::Channels;

    fn picture(colors: u32) -> Raster {
        let samples = (0..colors).flat_map(|index| [index as u8, (index >> 8) as u8, 7, 255 - (index % 3) as u8]);
        Raster::packed(Size { width: colors, height: 1 }, Channels::Rgba, samples.collect())
    }

    #[test]
    fn every_colour_has_its_number_and_translucent_ones_come_first() {
        for count in [1, 2, 100, 256] {
            let picture = picture(count);
            let palette = Palette::of(&picture).unwrap();
            assert_eq!(palette.colors.len(), count as usize);
            assert!(palette.colors.iter().map(|color| color[3] == 255).is_sorted());
            assert_eq!(palette.translucent, (count - count.div_ceil(3)) as usize);
            for pixel in picture.samples().chunks(4) {
                assert_eq!(palette.colors[usize::from(palette.index(pixel))], pixel);
            }
        }
    }

    #[test]
    fn a_colour_too_many_is_no_palette() {
        assert!(Palette::of(&picture(257)).is_none());
    }
}
