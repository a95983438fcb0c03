//! What people draw, set and print.

use super::drawing::{Color, Point, disc, line, mix, panel, path};
use super::letters::{Line, write};
use super::noise::{Octaves, share};
use crate::pixels::Pixels;

const BLACK: Color = [20.0, 20.0, 24.0];

pub(crate) fn artwork(width: usize, height: usize) -> Pixels {
    const PALETTE: [Color; 6] = [
        [236.0, 98.0, 84.0],
        [250.0, 200.0, 92.0],
        [66.0, 134.0, 160.0],
        [40.0, 60.0, 92.0],
        [240.0, 232.0, 214.0],
        [126.0, 176.0, 120.0],
    ];
    let unit = height as f32;
    let mut picture = Pixels::painted(width, height, |_, _| PALETTE[4]);
    for shape in 0..90 {
        let random = |part| share(shape, part, 131);
        let (x, y) = (random(0) * width as f32, random(1) * unit);
        let size = unit * (0.02 + 0.16 * random(2));
        let color = PALETTE[(random(3) * 5.99) as usize];
        if shape % 2 == 0 {
            disc(&mut picture, (x, y), size + unit * 0.003, BLACK);
            disc(&mut picture, (x, y), size, color);
        } else {
            let edge = unit * 0.003;
            panel(
                &mut picture,
                [x - size - edge, y - size * 0.6 - edge, x + size + edge, y + size * 0.6 + edge],
                size * 0.2,
                BLACK,
            );
            panel(&mut picture, [x - size, y - size * 0.6, x + size, y + size * 0.6], size * 0.2, color);
        }
        let curve: Vec<Point> = (0..40)
            .map(|step| {
                let t = step as f32 / 39.0;
                (x + (t - 0.5) * size * 4.0, y + (t * 12.0 + random(4) * 6.0).sin() * size * 0.7)
            })
            .collect();
        path(&mut picture, &curve, unit * 0.0015, BLACK);
    }
    picture
}

pub(crate) fn line_art(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let mut picture = Pixels::painted(width, height, |_, _| [255.0; 3]);
    for stroke in 0..1400 {
        let random = |part| share(stroke, part, 137);
        let (x, y) = (random(0) * width as f32, random(1) * unit);
        let turn = (x / unit * 3.0).sin() * 1.4 + (y / unit * 2.0).cos();
        let (length, (sine, cosine)) = (unit * (0.02 + 0.05 * random(2)), turn.sin_cos());
        for hatch in 0..4 {
            let aside = hatch as f32 * unit * 0.004;
            let from = (x - sine * aside, y + cosine * aside);
            let to = (from.0 + cosine * length, from.1 + sine * length);
            line(&mut picture, from, to, unit * 0.0011, [0.0; 3]);
        }
    }
    picture
}

pub(crate) fn screenshot(width: usize, height: usize) -> Pixels {
    let (wide, unit) = (width as f32, height as f32);
    let mut picture = Pixels::painted(width, height, |x, y| {
        mix([58.0, 84.0, 140.0], [150.0, 92.0, 150.0], (x as f32 / wide + y as f32 / unit) / 2.0)
    });
    for (index, [left, top, right, bottom]) in [[0.04, 0.05, 0.62, 0.8], [0.4, 0.2, 0.97, 0.95]].into_iter().enumerate()
    {
        let frame = [left * wide, top * unit, right * wide, bottom * unit];
        let dark = index == 1;
        let (paper, ink): (Color, Color) = if dark {
            ([30.0, 32.0, 40.0], [205.0, 210.0, 220.0])
        } else {
            ([252.0, 252.0, 253.0], [36.0, 40.0, 48.0])
        };
        panel(&mut picture, frame.map(|side| side + unit * 0.004), unit * 0.012, [30.0, 36.0, 60.0]);
        panel(&mut picture, frame, unit * 0.012, paper);
        let bar = [frame[0], frame[1], frame[2], frame[1] + unit * 0.045];
        panel(&mut picture, bar, unit * 0.012, if dark { [48.0, 50.0, 60.0] } else { [228.0, 230.0, 235.0] });
        for (button, color) in [[236.0, 96.0, 88.0], [242.0, 190.0, 66.0], [98.0, 196.0, 84.0]].into_iter().enumerate()
        {
            let x = frame[0] + unit * (0.02 + 0.022 * button as f32);
            disc(&mut picture, (x, frame[1] + unit * 0.022), unit * 0.008, color);
        }
        let size = unit * 0.014;
        let mut y = bar[3] + size;
        for row in 0.. {
            if y + size * 2.0 > frame[3] {
                break;
            }
            let indent = if dark { (share(row, 0, 139) * 4.0).floor() * size * 2.0 } else { 0.0 };
            let accent: [Color; 3] = [ink, [90.0, 150.0, 230.0], [220.0, 130.0, 90.0]];
            let color = if dark { accent[(share(row, 1, 139) * 2.99) as usize] } else { ink };
            let length = (frame[2] - frame[0]) * (0.35 + 0.55 * share(row, 2, 139)) - indent;
            let at = (frame[0] + size + indent, y);
            write(&mut picture, Line { at, size, length, color, seed: 149 + row * 31 + index as u32 });
            y += size * 1.9;
        }
    }
    picture
}

pub(crate) fn page(width: usize, height: usize) -> Pixels {
    let (wide, unit) = (width as f32, height as f32);
    let paper = Octaves { seed: 151, period: unit / 8.0, gain: 0.6 }.plane(width, height);
    let mut picture = Pixels::painted(width, height, |x, y| {
        let light = 1.0 + paper[y * width + x] * 0.012 - 0.06 * (x as f32 / wide);
        [246.0 * light, 241.0 * light, 228.0 * light]
    });
    let size = unit * 0.013;
    write(
        &mut picture,
        Line { at: (wide * 0.1, unit * 0.06), size: size * 2.4, length: wide * 0.6, color: BLACK, seed: 157 },
    );
    for column in 0..2 {
        let left = wide * (0.1 + 0.42 * column as f32);
        for row in 0..38 {
            let y = unit * 0.14 + row as f32 * size * 1.7;
            let length = wide * if row % 9 == 8 { 0.2 } else { 0.37 };
            write(&mut picture, Line { at: (left, y), size, length, color: BLACK, seed: 163 + row * 2 + column });
        }
    }
    picture
}

pub(crate) fn map(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let land = Octaves { seed: 167, period: unit / 2.0, gain: 0.5 }.plane(width, height);
    let mut picture = Pixels::painted(width, height, |x, y| {
        let level = land[y * width + x];
        let contour = (level * 14.0).fract().abs();
        match level {
            level if level < -0.35 => [168.0, 205.0, 226.0],
            _ if contour < 0.06 => [205.0, 186.0, 150.0],
            level if level > 0.3 => [206.0, 224.0, 186.0],
            _ => [242.0, 239.0, 230.0],
        }
    });
    for road in 0..46 {
        let random = |part| share(road, part, 173);
        let (mut x, mut y) = (random(0) * width as f32, random(1) * unit);
        let mut turn = random(2) * 6.3;
        let mut points = vec![(x, y)];
        for step in 0..60 {
            turn += (share(road, step + 9, 179) - 0.5) * 0.7;
            (x, y) = (x + turn.cos() * unit * 0.02, y + turn.sin() * unit * 0.02);
            points.push((x, y));
        }
        let width = unit * if road % 5 == 0 { 0.006 } else { 0.0025 };
        path(&mut picture, &points, width * 1.6, [150.0, 140.0, 130.0]);
        path(&mut picture, &points, width, if road % 5 == 0 { [250.0, 214.0, 120.0] } else { [255.0; 3] });
    }
    for name in 0..70 {
        let random = |part| share(name, part, 181);
        let at = (random(0) * width as f32 * 0.9, random(1) * unit);
        let size = unit * (0.008 + 0.008 * random(2));
        write(&mut picture, Line { at, size, length: size * 7.0, color: [60.0, 56.0, 70.0], seed: 191 + name });
    }
    picture
}
