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
fn bytes_widen_without_a_sign() {
    assert_eq!(I16x8::from_bytes(&[0, 1, 2, 127, 128, 200, 254, 255]).to_array(), [0, 1, 2, 127, 128, 200, 254, 255]);
}

#[test]
fn neighbouring_bytes_add_up_without_overflow() {
    let bytes = U8x16::from_array([0, 1, 255, 255, 2, 3, 128, 127, 0, 0, 9, 8, 200, 100, 255, 1]);
    assert_eq!(bytes.pair_sums().to_array(), [1, 510, 5, 255, 0, 17, 300, 256]);
}
