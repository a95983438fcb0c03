//! Shapes with smooth edges, by their distance from each pixel's middle.

use crate::pixels::{Pixels, to_sample};

/// A place or a distance, in pixels.
pub(crate) type Point = (f32, f32);

/// A colour of 0 to 255.
pub(crate) type Color = [f32; 3];

/// Fills what lies within a distance of 0, given the box that holds it. The colour is asked for where there is some of
/// the shape.
pub(crate) fn fill(
    picture: &mut Pixels,
    [left, top, right, bottom]: [f32; 4],
    distance: impl Fn(Point) -> f32,
    color: impl Fn(usize, usize) -> Color,
) {
    let range = |low: f32, high: f32, length: usize| to_index(low - 1.0, length)..to_index(high + 2.0, length);
    let columns = range(left, right, picture.width());
    for y in range(top, bottom, picture.height()) {
        for x in columns.clone() {
            let coverage = (0.5 - distance((x as f32 + 0.5, y as f32 + 0.5))).clamp(0.0, 1.0);
            if coverage > 0.0 {
                blend(picture.pixel_mut(x, y), color(x, y), coverage);
            }
        }
    }
}

/// A disc.
pub(crate) fn disc(picture: &mut Pixels, (x, y): Point, radius: f32, color: Color) {
    let bounds = [x - radius, y - radius, x + radius, y + radius];
    fill(picture, bounds, |(px, py)| (px - x).hypot(py - y) - radius, |_, _| color);
}

/// A rectangle with round corners.
pub(crate) fn panel(picture: &mut Pixels, [left, top, right, bottom]: [f32; 4], radius: f32, color: Color) {
    let (middle_x, middle_y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let (half_x, half_y) = ((right - left) / 2.0 - radius, (bottom - top) / 2.0 - radius);
    let distance = |(x, y): Point| {
        let (dx, dy) = ((x - middle_x).abs() - half_x, (y - middle_y).abs() - half_y);
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
    };
    fill(picture, [left, top, right, bottom], distance, |_, _| color);
}

/// A line with round ends.
pub(crate) fn line(picture: &mut Pixels, from: Point, to: Point, width: f32, color: Color) {
    let half = width / 2.0;
    let bounds = [from.0.min(to.0) - half, from.1.min(to.1) - half, from.0.max(to.0) + half, from.1.max(to.1) + half];
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).max(f32::MIN_POSITIVE);
    let distance = |(x, y): Point| {
        let along = (((x - from.0) * dx + (y - from.1) * dy) / length).clamp(0.0, 1.0);
        (x - from.0 - along * dx).hypot(y - from.1 - along * dy) - half
    };
    fill(picture, bounds, distance, |_, _| color);
}

/// Lines from each point to the next.
pub(crate) fn path(picture: &mut Pixels, points: &[Point], width: f32, color: Color) {
    for pair in points.windows(2) {
        line(picture, pair[0], pair[1], width, color);
    }
}

/// A colour between two.
pub(crate) fn mix(a: Color, b: Color, share: f32) -> Color {
    std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * share.clamp(0.0, 1.0))
}

/// Lays a colour over a pixel, where it covers so much of it.
fn blend(pixel: &mut [u8], color: Color, coverage: f32) {
    let behind = if let [_, _, _, alpha] = *pixel { f32::from(alpha) / 255.0 } else { 1.0 };
    let whole = coverage + behind * (1.0 - coverage);
    for (sample, color) in pixel.iter_mut().zip(color) {
        *sample = to_sample((color * coverage + f32::from(*sample) * behind * (1.0 - coverage)) / whole);
    }
    if let [_, _, _, alpha] = pixel {
        *alpha = to_sample(whole * 255.0);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a length before")]
fn to_index(place: f32, length: usize) -> usize {
    place.clamp(0.0, length as f32) as usize
}
