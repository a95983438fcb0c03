//! Colour profiles: one of Display P3 to put into files, and what its colours are in sRGB.

/// Columns of the matrix from linear Display P3 to PCS XYZ (D50), and the same for sRGB, as profiles in use have them.
const P3: [[f64; 3]; 3] =
    [[0.515_12, 0.241_20, -0.001_05], [0.291_98, 0.692_25, 0.041_89], [0.157_10, 0.066_57, 0.784_07]];
const SRGB: [[f64; 3]; 3] =
    [[0.436_07, 0.222_49, 0.013_92], [0.385_15, 0.716_87, 0.097_08], [0.143_07, 0.060_61, 0.714_10]];
const D50: [f64; 3] = [0.964_20, 1.0, 0.824_91];

/// How a segment of a JPEG that holds a profile begins (ICC.1:2010 annex B.4).
const SIGNATURE: &[u8] = b"ICC_PROFILE\0";

/// A profile of version 2 with a matrix and one curve of 1024 steps (ICC.1:2001-04).
pub(crate) fn display_p3() -> Vec<u8> {
    let fixed = |value: f64| ((value * 65_536.0).round() as i32).to_be_bytes();
    let xyz = |value: [f64; 3]| [b"XYZ \0\0\0\0".to_vec(), value.map(fixed).concat()].concat();
    let name = b"Display P3\0";
    let mut description = b"desc\0\0\0\0".to_vec();
    description.extend((name.len() as u32).to_be_bytes());
    description.extend(name);
    // No Unicode and no script text: two counts, two codes and 67 bytes.
    description.extend([0; 4 + 4 + 2 + 1 + 67]);
    let mut curve = b"curv\0\0\0\0\0\0\x04\0".to_vec();
    let step = |index: u32| (linear(f64::from(index) / 1023.0) * 65_535.0).round() as u16;
    curve.extend((0..1024).flat_map(|index| step(index).to_be_bytes()));
    let copyright = b"text\0\0\0\0CC0\0".to_vec();

    let contents = [description, copyright, xyz(D50), xyz(P3[0]), xyz(P3[1]), xyz(P3[2]), curve];
    let tags: [(&[u8; 4], usize); 9] = [
        (b"desc", 0),
        (b"cprt", 1),
        (b"wtpt", 2),
        (b"rXYZ", 3),
        (b"gXYZ", 4),
        (b"bXYZ", 5),
        (b"rTRC", 6),
        (b"gTRC", 6),
        (b"bTRC", 6),
    ];
    let mut places = Vec::new();
    let mut body = Vec::new();
    for content in &contents {
        places.push((132 + 12 * tags.len() + body.len(), content.len()));
        body.extend(content);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let length = 132 + 12 * tags.len() + body.len();
    let mut profile = vec![0; 128];
    profile[..4].copy_from_slice(&(length as u32).to_be_bytes());
    profile[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&D50.map(fixed).concat());
    profile.extend((tags.len() as u32).to_be_bytes());
    for (tag, content) in tags {
        let (offset, length) = places[content];
        profile.extend(tag);
        profile.extend((offset as u32).to_be_bytes());
        profile.extend((length as u32).to_be_bytes());
    }
    profile.extend(body);
    profile
}

/// A colour of Display P3 in sRGB, clipped to it.
pub(crate) fn p3_to_srgb(color: [u8; 3]) -> [u8; 3] {
    let light = color.map(|sample| linear(f64::from(sample) / 255.0));
    let xyz: [f64; 3] = std::array::from_fn(|row| (0..3).map(|column| P3[column][row] * light[column]).sum());
    solve(SRGB, xyz).map(|light| (stored(light.clamp(0.0, 1.0)) * 255.0).round() as u8)
}

/// The JPEG without any profile of its own, and with this one if one is given.
pub(crate) fn with_profile(jpeg: &[u8], profile: Option<&[u8]>) -> Vec<u8> {
    let mut result = jpeg[..2].to_vec();
    let mut profile = profile;
    let mut at = 2;
    // Segments up to the first scan. JFIF and EXIF come before anything else.
    while jpeg[at + 1] != 0xda {
        let segment = &jpeg[at..at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]))];
        if !matches!(segment[1], 0xe0 | 0xe1)
            && let Some(profile) = profile.take()
        {
            let length = 2 + SIGNATURE.len() + 2 + profile.len();
            result.extend([0xff, 0xe2]);
            result.extend(u16::try_from(length).expect("one segment holds it").to_be_bytes());
            result.extend(SIGNATURE);
            result.extend([1, 1]);
            result.extend(profile);
        }
        if !(segment[1] == 0xe2 && segment[4..].starts_with(SIGNATURE)) {
            result.extend(segment);
        }
        at += segment.len();
    }
    result.extend(&jpeg[at..]);
    result
}

/// sRGB's curve (IEC 61966-2-1), which is also that of Display P3.
fn linear(stored: f64) -> f64 {
    if stored <= 0.040_45 { stored / 12.92 } else { ((stored + 0.055) / 1.055).powf(2.4) }
}

fn stored(linear: f64) -> f64 {
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// The numbers by which these columns add up to a sum (Cramer's rule).
fn solve(columns: [[f64; 3]; 3], sum: [f64; 3]) -> [f64; 3] {
    let determinant = |[a, b, c]: [[f64; 3]; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1])
    };
    let whole = determinant(columns);
    std::array::from_fn(|index| {
        let mut replaced = columns;
        replaced[index] = sum;
        determinant(replaced) / whole
    })
}
