//! Codes are valid, and as short as plain Huffman coding makes them.

use proptest::prelude::*;

use super::*;

/// Bits that the symbols take by a table.
fn cost(table: &Table, counts: &[u32; 256]) -> u64 {
    table.codes().map(|(symbol, _, length)| u64::from(length) * u64::from(counts[usize::from(symbol)])).sum()
}

/// Bits that they would take with codes of any length, one code of which is never used: the sum of all nodes of Huffman's tree.
fn least_cost(counts: &[u32; 256]) -> u64 {
    let mut nodes: Vec<u64> = counts.iter().filter(|count| **count > 0).map(|count| u64::from(*count)).collect();
    nodes.push(0);
    let mut cost = 0;
    while nodes.len() > 1 {
        nodes.sort_by_key(|node| std::cmp::Reverse(*node));
        let pair = nodes.pop().unwrap() + nodes.pop().unwrap();
        cost += pair;
        nodes.push(pair);
    }
    cost
}

fn check(counts: &[u32; 256]) {
    let table = Table::new(counts);
    let codes: Vec<_> = table.codes().collect();
    let mut symbols: Vec<u8> = codes.iter().map(|(symbol, ..)| *symbol).collect();
    symbols.sort_unstable();
    let wanted: Vec<u8> = (0..=255).filter(|symbol| counts[usize::from(*symbol)] > 0).collect();
    assert_eq!(symbols, wanted);
    // As numbers of 16 bits, codes take stretches that do not overlap, and the last number of all is free.
    let mut next = 0;
    for (_, code, length) in codes {
        assert!((1..=16).contains(&length));
        assert_eq!(u32::from(code) << (16 - length), next);
        next += 1 << (16 - length);
    }
    assert!(next < 1 << 16);
}

proptest! {
    #[test]
    fn codes_are_prefix_free_and_never_all_ones(
        counts in proptest::collection::vec((0u32..9, 0u32..20), 256),
    ) {
        // From flat to steep, with gaps.
        let counts: Vec<u32> = counts.into_iter().map(|(count, power)| count.saturating_sub(3) << power).collect();
        check(&counts.try_into().unwrap());
    }

    #[test]
    fn tables_are_huffmans_where_his_codes_are_short_enough(counts in proptest::collection::vec(prop_oneof![Just(0), 20u32..1000], 256)) {
        let counts: [u32; 256] = counts.try_into().unwrap();
        prop_assert_eq!(cost(&Table::new(&counts), &counts), least_cost(&counts));
    }
}

#[test]
fn codes_that_would_be_too_long_are_sixteen_bits_and_the_rest_costs_little_more() {
    let mut counts = [0; 256];
    let (mut last, mut next) = (1, 1);
    for count in &mut counts[..40] {
        *count = last;
        (last, next) = (next, last + next);
    }
    check(&counts);
    let (limited, least) = (cost(&Table::new(&counts), &counts), least_cost(&counts));
    assert!(least < limited && limited < least + least / 500, "{limited} bits, {least} without a limit");
}

#[test]
fn few_symbols_have_short_codes() {
    let lengths = |used: &[(u8, u32)]| {
        let mut counts = [0; 256];
        used.iter().for_each(|(symbol, count)| counts[usize::from(*symbol)] = *count);
        Table::new(&counts).codes().collect::<Vec<_>>()
    };
    assert_eq!(lengths(&[]), []);
    assert_eq!(lengths(&[(7, 5)]), [(7, 0, 1)]);
    assert_eq!(lengths(&[(7, 5), (9, 6)]), [(9, 0, 1), (7, 2, 2)]);
}
