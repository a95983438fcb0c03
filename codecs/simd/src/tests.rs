//! The vectors against plain arithmetic.

use super::*;

#[test]
fn transposing_exchanges_rows_and_columns() {
    let row = |row: i16| I16x8::from_array(std::array::from_fn(|column| row * 8 + column as i16));
    let columns = transpose(std::array::from_fn(|index| row(index as i16)));
    for (index, column) in columns.into_iter().enumerate() {
        assert_eq!(column.to_array(), std::array::from_fn(|row| (row * 8 + index) as i16));
    }
}

#[test]
fn halves_are_joined_and_pairs_interleaved_this_one_first() {
    let a = I16x8::from_array([0, 1, 2, 3, 4, 5, 6, 7]);
    let b = I16x8::from_array([10, 11, 12, 13, 14, 15, 16, 17]);
    assert_eq!(a.join_low(b).to_array(), [0, 1, 2, 3, 10, 11, 12, 13]);
    assert_eq!(a.join_high(b).to_array(), [4, 5, 6, 7, 14, 15, 16, 17]);
    assert_eq!(a.interleave_pairs_low(b).to_array(), [0, 1, 10, 11, 2, 3, 12, 13]);
    assert_eq!(a.interleave_pairs_high(b).to_array(), [4, 5, 14, 15, 6, 7, 16, 17]);
}

#[test]
fn upper_halves_of_products_are_rounded_down() {
    for (a, b) in [(-32768, -32768), (32767, 32767), (-1, 1), (1, 1), (-30068, 1234), (20091, -4096), (0, 5)] {
        let upper = I16x8::splat(a).mul_upper(I16x8::splat(b)).to_array();
        assert_eq!(upper, [(i64::from(a) * i64::from(b)).div_euclid(65536) as i16; 8], "{a} × {b}");
    }
}

#[test]
fn bits_keep_their_place_when_the_lanes_change() {
    let bytes: [u8; 16] = std::array::from_fn(|lane| 0xF0 ^ lane as u8);
    let halves = U8x16::from_array(bytes).as_i16();
    assert_eq!(halves.to_array()[1], i16::from_le_bytes([0xF2, 0xF3]));
    assert_eq!(halves.as_bytes().to_array(), bytes);
    let words = std::array::from_fn(|lane| i32::from_le_bytes(*bytes[4 * lane..].first_chunk().expect("four bytes")));
    assert_eq!(I32x4::from_array(words).as_bytes().to_array(), bytes);
}

#[test]
fn a_pair_is_in_every_pair_of_lanes() {
    let lanes = I16x8::from_array([0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(lanes.pair::<0>().to_array(), [0, 1, 0, 1, 0, 1, 0, 1]);
    assert_eq!(lanes.pair::<3>().to_array(), [6, 7, 6, 7, 6, 7, 6, 7]);
}

#[test]
fn bytes_widen_without_a_sign() {
    assert_eq!(I16x8::from_bytes(&[0, 1, 2, 127, 128, 200, 254, 255]).to_array(), [0, 1, 2, 127, 128, 200, 254, 255]);
}

#[test]
fn neighbouring_bytes_add_up_without_overflow() {
    let bytes = U8x16::from_array([0, 1, 255, 255, 2, 3, 128, 127, 0, 0, 9, 8, 200, 100, 255, 1]);
    assert_eq!(bytes.pair_sums().to_array(), [1, 510, 5, 255, 0, 17, 300, 256]);
}

#[test]
fn signed_bytes_saturate_on_both_sides() {
    let signed = |lanes: [i8; 16]| U8x16::from_array(lanes.map(i8::cast_unsigned));
    let a = signed([0, 1, -1, 127, -128, 100, -100, 64, -64, 5, -5, 127, -128, 3, -3, 90]);
    let b = signed([0, 127, -128, 1, -1, 100, -100, -64, 64, -5, 5, -128, 127, 4, -4, 37]);
    let sums = [0, 127, -128, 127, -128, 127, -128, 0, 0, 0, 0, -1, -1, 7, -7, 127];
    let differences = [0, -126, 127, 126, -127, 0, 0, 127, -128, 10, -10, 127, -128, -1, 1, 53];
    assert_eq!(a.saturating_add_signed(b).to_array(), signed(sums).to_array());
    assert_eq!(a.saturating_sub_signed(b).to_array(), signed(differences).to_array());
    let low = I16x8::from_array([0, 127, 128, -128, -129, 32767, -32768, -1]);
    let expected = [0, 127, 127, -128, -128, 127, -128, -1];
    let both = low.to_signed_bytes(I16x8::splat(-7)).to_array().map(u8::cast_signed);
    assert_eq!((&both[..8], &both[8..]), (&expected[..], &[-7; 8][..]));
}

#[test]
fn bytes_move_down_and_differences_wrap_in_their_own_lanes() {
    let bytes = U8x16::from_array([0, 1, 7, 8, 15, 16, 127, 128, 129, 200, 248, 249, 254, 255, 63, 64]);
    assert_eq!(bytes.shr_zero::<3>().to_array(), bytes.to_array().map(|byte| byte >> 3));
    assert_eq!((bytes - U8x16::splat(16)).to_array(), bytes.to_array().map(|byte| byte.wrapping_sub(16)));
}

#[test]
fn eight_bytes_are_followed_by_zeros() {
    let bytes = [1, 2, 3, 4, 5, 6, 7, 255];
    assert_eq!(U8x16::from_low(&bytes).to_array(), [1, 2, 3, 4, 5, 6, 7, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
}
