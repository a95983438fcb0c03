//! The eight ways of turning a picture, numbered as EXIF 2.32 §4.6.4 numbers its tag Orientation.
//!
//! A turn is a reflection over the diagonal or none, then a reflection over either axis or both. Geometry and pixels
//! use the same three facts, so a picture can be cut and resized as it is stored, and turned when it is smallest.

use crate::geometry::{Rect, Size, Window};

/// A turn from the stored picture to the upright one. INVARIANT: 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn(u8);

/// Where the pixels of an upright picture lie in the stored one, in pixels from its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The pixel that becomes the top left one.
    pub(crate) start: isize,
    /// From one pixel of an upright row to the next.
    pub(crate) column: isize,
    /// From one upright row to the next.
    pub(crate) row: isize,
}

impl Turn {
    /// The turn that changes nothing.
    pub(crate) const NONE: Turn = Turn(1);

    /// The turn of an EXIF value, if it is one of the eight.
    pub(crate) fn from_exif(value: u8) -> Option<Turn> {
        (1..=8).contains(&value).then_some(Turn(value))
    }

    /// The EXIF value, 1 to 8.
    pub(crate) fn exif(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub(crate) fn swaps(self) -> bool {
        self.0 >= 5
    }

    /// Whether what is left in the upright picture is right in the stored one, its axes once swapped back.
    pub(crate) fn mirrors_x(self) -> bool {
        matches!(self.0, 2 | 3 | 7 | 8)
    }

    /// Whether what is on top in the upright picture is at the bottom of the stored one, its axes once swapped back.
    pub(crate) fn mirrors_y(self) -> bool {
        matches!(self.0, 3 | 4 | 6 | 7)
    }

    /// The size on the other side of the turn: upright from stored, or stored from upright.
    pub(crate) fn size(self, size: Size) -> Size {
        if self.swaps() { Size { width: size.height, height: size.width } } else { size }
    }

    /// Where a cut of the upright picture lies in the stored one, whose size is `stored`.
    pub(crate) fn stored_rect(self, rect: Rect, stored: Size) -> Rect {
        let rect =
            if self.swaps() { Rect { x: rect.y, y: rect.x, width: rect.height, height: rect.width } } else { rect };
        Rect {
            x: if self.mirrors_x() { stored.width - rect.width - rect.x } else { rect.x },
            y: if self.mirrors_y() { stored.height - rect.height - rect.y } else { rect.y },
            ..rect
        }
    }

    /// As [`Turn::stored_rect`], for a window.
    pub(crate) fn stored_window(self, window: Window, stored: Size) -> Window {
        let window = if self.swaps() {
            Window { left: window.top, top: window.left, width: window.height, height: window.width }
        } else {
            window
        };
        let whole = Window::whole(stored);
        Window {
            left: if self.mirrors_x() { whole.width - window.width - window.left } else { window.left },
            top: if self.mirrors_y() { whole.height - window.height - window.top } else { window.top },
            ..window
        }
    }

    /// The order in which a stored region's pixels make the upright picture. `stride` is the stored picture's width.
    pub(crate) fn walk(self, region: Rect, stride: u32) -> Walk {
        let stride = stride as isize;
        let x = if self.mirrors_x() { region.x + region.width - 1 } else { region.x } as isize;
        let y = if self.mirrors_y() { region.y + region.height - 1 } else { region.y } as isize;
        let along_x = if self.mirrors_x() { -1 } else { 1 };
        let along_y = if self.mirrors_y() { -stride } else { stride };
        let (column, row) = if self.swaps() { (along_y, along_x) } else { (along_x, along_y) };
        Walk { start: y * stride + x, column, row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stored picture is `a b c / d e f`.
    const UPRIGHT: [(u8, &[&str]); 8] = [
        (1, &["abc", "def"]),
        (2, &["cba", "fed"]),
        (3, &["fed", "cba"]),
        (4, &["def", "abc"]),
        (5, &["ad", "be", "cf"]),
        (6, &["da", "eb", "fc"]),
        (7, &["fc", "eb", "da"]),
        (8, &["cf", "be", "ad"]),
    ];

    #[test]
    fn each_value_turns_as_exif_says() {
        let stored = Size { width: 3, height: 2 };
        for (value, rows) in UPRIGHT {
            let turn = Turn::from_exif(value).expect("one of the eight");
            let size = turn.size(stored);
            let walk = turn.walk(Rect::whole(stored), stored.width);
            for (y, row) in rows.iter().enumerate() {
                for (x, expected) in row.bytes().enumerate() {
                    let index = walk.start + x as isize * walk.column + y as isize * walk.row;
                    assert_eq!(b"abcdef"[index as usize], expected, "{value} at {x},{y}");
                }
                assert_eq!(row.len(), size.width as usize, "{value}");
            }
            assert_eq!(rows.len(), size.height as usize, "{value}");
        }
    }

    #[test]
    fn a_cut_before_the_turn_is_the_cut_after_it() {
        let stored = Size { width: 3, height: 2 };
        for (value, rows) in UPRIGHT {
            let turn = Turn::from_exif(value).expect("one of the eight");
            let size = turn.size(stored);
            let cut = Rect { x: size.width - 2, y: 0, width: 2, height: 1 };
            let walk = turn.walk(turn.stored_rect(cut, stored), stored.width);
            let first = b"abcdef"[walk.start as usize];
            let second = b"abcdef"[(walk.start + walk.column) as usize];
            let expected = &rows[0].as_bytes()[cut.x as usize..][..2];
            assert_eq!([first, second], expected, "{value}");
        }
    }

    #[test]
    fn other_values_are_no_turn() {
        assert_eq!([0, 9, 255].map(Turn::from_exif), [None; 3]);
    }
}
