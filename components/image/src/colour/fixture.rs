//! Profiles, written by code.

/// A profile of a class, a space and a connection, with these tags.
pub(super) fn profile(class: &[u8; 4], space: &[u8; 4], connection: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes[8] = 4;
    bytes[12..16].copy_from_slice(class);
    bytes[16..20].copy_from_slice(space);
    bytes[20..24].copy_from_slice(connection);
    bytes[36..40].copy_from_slice(b"acsp");
    bytes.extend((tags.len() as u32).to_be_bytes());
    let mut at = bytes.len() + 12 * tags.len();
    for (name, data) in tags {
        bytes.extend(*name);
        bytes.extend((at as u32).to_be_bytes());
        bytes.extend((data.len() as u32).to_be_bytes());
        at += data.len();
    }
    for (_, data) in tags {
        bytes.extend(data);
    }
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// A display of these primaries (XYZ at D50, one column each) and one curve.
pub(super) fn display(colorants: [[f64; 3]; 3], curve: &[u8]) -> Vec<u8> {
    let column = |index: usize| xyz(colorants.map(|row| row[index]));
    profile(
        b"mntr",
        b"RGB ",
        b"XYZ ",
        &[
            (b"rXYZ", column(0)),
            (b"gXYZ", column(1)),
            (b"bXYZ", column(2)),
            (b"rTRC", curve.to_vec()),
            (b"gTRC", curve.to_vec()),
            (b"bTRC", curve.to_vec()),
        ],
    )
}

/// Display P3, as phones have it.
pub(crate) fn display_p3() -> Vec<u8> {
    display(P3, &srgb_formula())
}

/// sRGB with red and green in each other's place: no colour but a grey looks like itself.
pub(crate) fn swapped() -> Vec<u8> {
    display(super::srgb::COLORANTS.map(|[red, green, blue]| [green, red, blue]), &srgb_formula())
}

/// Grey whose levels are amounts of light.
pub(crate) fn linear_grey() -> Vec<u8> {
    profile(b"mntr", b"GRAY", b"XYZ ", &[(b"kTRC", power(256))])
}

/// XYZ at D50 of Display P3's primaries, as its profiles round them.
pub(super) const P3: [[f64; 3]; 3] =
    [[0.515_12, 0.291_98, 0.157_10], [0.241_18, 0.692_25, 0.066_57], [-0.001_05, 0.041_89, 0.784_07]];

/// XYZ at D50 of Adobe RGB's primaries.
pub(super) const ADOBE: [[f64; 3]; 3] =
    [[0.609_74, 0.205_28, 0.149_19], [0.311_11, 0.625_67, 0.063_22], [0.019_47, 0.060_87, 0.744_57]];

/// A curve of 16-bit samples.
pub(super) fn samples(count: u32, value: impl Fn(f64) -> f64) -> Vec<u8> {
    let mut data = b"curv\0\0\0\0".to_vec();
    data.extend(count.to_be_bytes());
    for index in 0..count {
        let value = value(f64::from(index) / f64::from(count - 1));
        data.extend(((value * 65535.0).round() as u16).to_be_bytes());
    }
    data
}

/// A curve that is a power, in 256ths.
pub(super) fn power(exponent: u16) -> Vec<u8> {
    [b"curv\0\0\0\0\0\0\0\x01".as_slice(), &exponent.to_be_bytes()].concat()
}

/// A formula of a kind.
pub(super) fn formula(kind: u16, parameters: &[f64]) -> Vec<u8> {
    let mut data = b"para\0\0\0\0".to_vec();
    data.extend(kind.to_be_bytes());
    data.extend([0, 0]);
    data.extend(parameters.iter().flat_map(|value| fixed(*value)));
    data
}

/// sRGB's curve as a formula.
pub(super) fn srgb_formula() -> Vec<u8> {
    formula(3, &[2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45])
}

/// `lut16Type` with straight lists and a grid of so many nodes an axis; the function gives outputs from 0 to 1.
pub(super) fn lists<const D: usize>(nodes: u8, value: impl Fn([f64; D]) -> [f64; 3]) -> Vec<u8> {
    let mut data = b"mft2\0\0\0\0".to_vec();
    data.extend([D as u8, 3, nodes, 0]);
    data.extend([0; 36]);
    data.extend([0, 2, 0, 2]);
    let straight = [0, 0, 0xff, 0xff];
    data.extend(straight.repeat(D));
    data.extend(grid(nodes, value));
    data.extend(straight.repeat(3));
    data
}

/// `lutAToBType` with straight curves, a grid, and a matrix that changes nothing.
pub(super) fn elements<const D: usize>(nodes: u8, value: impl Fn([f64; D]) -> [f64; 3]) -> Vec<u8> {
    let straight = b"curv\0\0\0\0\0\0\0\0";
    let mut grid_element = vec![0; 16];
    grid_element[..D].fill(nodes);
    grid_element.extend([2, 0, 0, 0]);
    grid_element.extend(grid(nodes, value));
    grid_element.resize(grid_element.len().next_multiple_of(4), 0);
    let identity: Vec<u8> =
        (0..12).flat_map(|index| fixed(if [0, 4, 8].contains(&index) { 1.0 } else { 0.0 })).collect();
    let elements = [straight.repeat(3), identity, straight.repeat(3), grid_element, straight.repeat(D)];
    let mut data = b"mAB \0\0\0\0".to_vec();
    data.extend([D as u8, 3, 0, 0]);
    let mut at = 32;
    for element in &elements {
        data.extend((at as u32).to_be_bytes());
        at += element.len();
    }
    data.extend(elements.concat());
    data
}

fn grid<const D: usize>(nodes: u8, value: impl Fn([f64; D]) -> [f64; 3]) -> Vec<u8> {
    let count = usize::from(nodes);
    let mut data = Vec::new();
    for index in 0..count.pow(D as u32) {
        let point = std::array::from_fn(|axis| {
            (index / count.pow((D - 1 - axis) as u32) % count) as f64 / (count - 1).max(1) as f64
        });
        for value in value(point) {
            data.extend(((value.clamp(0.0, 1.0) * 65535.0).round() as u16).to_be_bytes());
        }
    }
    data
}

/// A tag of one XYZ.
pub(super) fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut data = b"XYZ \0\0\0\0".to_vec();
    data.extend(values.iter().flat_map(|value| fixed(*value)));
    data
}

fn fixed(value: f64) -> [u8; 4] {
    ((value * 65536.0).round() as i32).to_be_bytes()
}
