//! Colour models, interpolation of planes, and what becomes of them in red, green and blue.

use super::*;

/// An image of one block and three or four components, each of one value.
fn flat(values: &[i16]) -> Image {
    let mut image = Image::generate(8, 8, &vec![(1, 1); values.len()]);
    for (index, (component, value)) in image.components.iter_mut().zip(values).enumerate() {
        component.blocks = vec![[0; 64]];
        // The mean is coded in eighths.
        component.blocks[0][0] = (value - 128) * 8 / quantisation(index)[0] as i16;
    }
    image
}

fn adobe(transform: u8) -> Vec<u8> {
    [&[0xFF, 0xEE, 0, 14][..], b"Adobe", &[0, 100, 0, 0, 0, 0, transform]].concat()
}

const JFIF: &[u8] = b"\xFF\xE0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

fn picture(image: &Image, before: &[u8]) -> Picture {
    let writing = Writing { before: before.to_vec(), ..Writing::sequential(image.components.len()) };
    decode(&image.write(&writing), &options(Scale::Full, Chroma::Whole)).expect("the file has a picture")
}

fn named(mut image: Image, ids: &[u8]) -> Image {
    image.components.iter_mut().zip(ids).for_each(|(component, &id)| component.id = id);
    image
}

#[test]
fn colour_is_what_segments_and_names_say() {
    let three = flat(&[100, 60, 200]);
    let cases: [(Image, Vec<u8>, ColorModel); 11] = [
        (flat(&[9]), adobe(1), ColorModel::Grey),
        (three.clone(), vec![], ColorModel::YCbCr),
        (three.clone(), JFIF.to_vec(), ColorModel::YCbCr),
        (three.clone(), adobe(0), ColorModel::Rgb),
        (three.clone(), adobe(1), ColorModel::YCbCr),
        (three.clone(), [JFIF, &adobe(0)].concat(), ColorModel::YCbCr),
        (named(three.clone(), b"RGB"), vec![], ColorModel::Rgb),
        (named(three, b"RGB"), JFIF.to_vec(), ColorModel::YCbCr),
        (flat(&[1, 2, 3, 4]), vec![], ColorModel::Cmyk),
        (flat(&[1, 2, 3, 4]), adobe(0), ColorModel::Cmyk),
        (flat(&[1, 2, 3, 4]), adobe(2), ColorModel::Ycck),
    ];
    for (image, before, expected) in cases {
        let writing = Writing { before, ..Writing::sequential(image.components.len()) };
        assert_eq!(Header::read(&image.write(&writing)).map(|header| header.color), Ok(expected));
    }
}

#[test]
fn ink_is_ink_whatever_way_it_is_stored() {
    let values = |picture: &Picture| picture.planes.iter().map(|plane| plane.row(0)[0]).collect::<Vec<_>>();
    let plain = picture(&flat(&[20, 90, 160, 230]), &[]);
    assert_eq!(plain.color, Color::Cmyk);
    let ink = values(&plain);
    let inverted = picture(&flat(&[20, 90, 160, 230]), &adobe(0));
    assert_eq!(values(&inverted), ink.iter().map(|value| 255 - value).collect::<Vec<_>>());
    // With differences in the middle, luma is what all three inks are.
    let ycck = picture(&flat(&[72, 128, 128, 230]), &adobe(2));
    assert_eq!(ycck.color, Color::Cmyk);
    assert_eq!(values(&ycck), [72, 72, 72, ink[3].wrapping_neg().wrapping_sub(1)]);
}

#[test]
fn ink_is_mixed_with_black() {
    let of = |ink: [u8; 4]| {
        let planes = ink.map(|value| Plane::new(1, 1, 1, vec![value]).expect("one sample is a plane")).to_vec();
        Picture { width: 1, height: 1, color: Color::Cmyk, planes, truncated: false }.to_rgb(16).expect("it is small")
    };
    assert_eq!(of([0, 0, 0, 0]), [255, 255, 255]);
    assert_eq!(of([255, 0, 0, 0]), [0, 255, 255]);
    assert_eq!(of([0, 255, 55, 0]), [255, 0, 200]);
    assert_eq!(of([10, 20, 30, 255]), [0, 0, 0]);
    assert_eq!(of([0, 55, 0, 155]), [100, 78, 100]);
}

#[test]
fn red_green_and_blue_are_those_of_jfif() {
    let mut levels: Vec<u8> = (0..=255).step_by(5).collect();
    levels.extend([127, 128, 129]);
    for &blue in &levels {
        for &red in &levels {
            let plane =
                |samples: Vec<u8>| Plane::new(levels.len(), 1, levels.len(), samples).expect("a row is a plane");
            let planes = vec![plane(levels.clone()), plane(vec![blue; levels.len()]), plane(vec![red; levels.len()])];
            let (width, color) = (levels.len() as u32, Color::YCbCr);
            let picture = Picture { width, height: 1, color, planes, truncated: false };
            let rgb = picture.to_rgb(1 << 10).expect("it is small");
            for (pixel, &luma) in rgb.chunks(3).zip(&levels) {
                let (y, cb, cr) = (f64::from(luma), f64::from(blue) - 128.0, f64::from(red) - 128.0);
                let exact = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb];
                for (&found, exact) in pixel.iter().zip(exact) {
                    let difference = f64::from(found) - exact.clamp(0.0, 255.0);
                    assert!(difference.abs() <= 0.51, "{found} for {exact}");
                }
            }
        }
    }
}

#[test]
fn grey_is_three_times_the_same() {
    let picture = picture(&Image::generate(19, 3, &[(1, 1)]), &[]);
    let rgb = picture.to_rgb(1 << 10).expect("it is small");
    let expected: Vec<u8> = (0..3).flat_map(|y| picture.planes[0].row(y)).flat_map(|&grey| [grey; 3]).collect();
    assert_eq!(rgb, expected);
    assert!(matches!(picture.to_rgb(170), Err(DecodeError::Memory { limit: 170, .. })));
}

#[test]
fn planes_of_half_the_samples_are_interpolated_with_a_triangle() {
    for (factors, double) in [((2, 2), (true, true)), ((2, 1), (true, false)), ((1, 2), (false, true))] {
        let file = Image::generate(45, 37, &[factors, (1, 1), (1, 1)]).write(&Writing::sequential(3));
        let stored = decode(&file, &options(Scale::Full, Chroma::Stored)).expect("the file has a picture");
        let whole = decode(&file, &options(Scale::Full, Chroma::Whole)).expect("the file has a picture");
        assert_eq!(stored.planes[0].row(9), whole.planes[0].row(9));
        // Where a sample lies among those that are half as many, and how much of its neighbour it has.
        let among = |place: usize, double: bool, last: usize| {
            let near = if double { place / 2 } else { place };
            let far = if place % 2 == 1 { (near + 1).min(last) } else { near.saturating_sub(1) };
            (near, if double { far } else { near })
        };
        for (small, large) in stored.planes.iter().zip(&whole.planes).skip(1) {
            for y in 0..large.height() {
                for x in 0..large.width() {
                    let columns = among(x, double.0, small.width() - 1);
                    let rows = among(y, double.1, small.height() - 1);
                    let row = |y: usize| 3.0 * f64::from(small.row(y)[columns.0]) + f64::from(small.row(y)[columns.1]);
                    let exact = (3.0 * row(rows.0) + row(rows.1)) / 16.0;
                    assert!((f64::from(large.row(y)[x]) - exact).abs() <= 0.5, "{x}, {y} of {factors:?}");
                }
            }
        }
    }
}
