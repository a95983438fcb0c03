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
