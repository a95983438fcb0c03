//! Lossy WebP of every kind, decoded here as `dwebp` decodes it: to the same samples.

use lucarne_gauge::{Pixels, Scene};

use crate::files::corner;
use crate::programs::{piped, pnm};

/// A file by `cwebp`, and its frame.
fn cwebp(picture: &Pixels, arguments: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let arguments = [&["-quiet"], arguments, &["-o", "-", "--", "-"]].concat();
    let file = piped("cwebp", &arguments, &pnm(picture));
    assert_eq!(&file[12..16], b"VP8 ");
    let length = u32::from_le_bytes(*file[16..].first_chunk().unwrap());
    let frame = file[20..][..length as usize].to_vec();
    (file, frame)
}

/// Y, U and V one after another.
fn planes(frame: &[u8]) -> Vec<u8> {
    let planes = lucarne_webp::decode_frame(frame, 1 << 20).unwrap().into_yuv();
    planes.iter().flat_map(|plane| (0..plane.height()).flat_map(|y| plane.row(y))).copied().collect()
}

fn assert_same(picture: &Pixels, arguments: &[&str]) {
    let (file, frame) = cwebp(picture, arguments);
    let expected = piped("dwebp", &["-quiet", "-yuv", "-o", "-", "--", "-"], &file);
    let (width, height) = (picture.width(), picture.height());
    assert!(planes(&frame) == expected, "{width}×{height} {arguments:?}");
}

#[test]
fn filters_of_every_kind_are_those_of_dwebp() {
    let picture = corner(Scene::Leaves, 149, 83);
    for kind in ["-strong", "-nostrong"] {
        for strength in ["0", "1", "10", "30", "60", "100"] {
            for sharpness in ["0", "2", "5", "7"] {
                assert_same(&picture, &["-m", "2", "-q", "35", kind, "-f", strength, "-sharpness", sharpness]);
            }
        }
    }
}

#[test]
fn qualities_methods_and_segments_decode_as_by_dwebp() {
    let picture = corner(Scene::Landscape, 130, 97);
    for quality in ["0", "3", "20", "50", "75", "95", "100"] {
        for method in ["0", "1", "3", "4", "6"] {
            assert_same(&picture, &["-q", quality, "-m", method, "-segments", "1"]);
            assert_same(&picture, &["-q", quality, "-m", method, "-segments", "4", "-sns", "100", "-af"]);
        }
    }
    for limit in ["0", "50", "100"] {
        assert_same(&picture, &["-q", "90", "-partition_limit", limit, "-segments", "3"]);
    }
}

#[test]
fn sizes_that_are_no_whole_macroblocks_decode_as_by_dwebp() {
    for (width, height) in [(1, 1), (2, 3), (15, 17), (16, 16), (17, 16), (33, 47), (1, 70), (90, 1), (64, 65)] {
        for method in ["0", "4"] {
            assert_same(&corner(Scene::Gradients, width, height), &["-q", "60", "-m", method]);
            assert_same(&corner(Scene::Leaves, width, height), &["-q", "20", "-m", method, "-f", "80"]);
        }
    }
}
