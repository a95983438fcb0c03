//! Huffman tables made for what is to be coded (T.81 K.2), with the shortest codes that a limit of 16 bits allows.

/// A table as it is written: how many codes there are of each length, and their symbols from the shortest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Codes of 1 to 16 bits.
    pub(super) lengths: [u8; LONGEST],
    pub(super) symbols: Vec<u8>,
}

/// Bits of the longest code.
const LONGEST: usize = 16;

impl Table {
    /// The best table for symbols that come so many times. Symbols that do not come have no code.
    pub(super) fn new(counts: &[u32; 256]) -> Table {
        let mut symbols: Vec<u8> = (0..=255).filter(|symbol| counts[usize::from(*symbol)] > 0).collect();
        if symbols.is_empty() {
            return Table::default();
        }
        symbols.sort_by_key(|symbol| std::cmp::Reverse(counts[usize::from(*symbol)]));
        // The code of ones alone must not be used: the rarest symbol, which comes last and never, has it.
        let weights: Vec<u64> = std::iter::once(0)
            .chain(symbols.iter().rev().map(|symbol| u64::from(counts[usize::from(*symbol)])))
            .collect();
        let mut lengths = [0; LONGEST];
        for length in code_lengths(&weights) {
            lengths[length - 1] += 1;
        }
        if let Some(longest) = lengths.iter_mut().rfind(|codes| **codes > 0) {
            *longest -= 1;
        }
        Table { lengths: lengths.map(|codes| codes as u8), symbols }
    }

    /// Symbols, their codes and the codes' lengths in bits (T.81 C.2).
    pub(super) fn codes(&self) -> impl Iterator<Item = (u8, u16, u32)> {
        let lengths = (1..).zip(self.lengths).flat_map(|(length, codes)| std::iter::repeat_n(length, codes.into()));
        self.symbols.iter().zip(lengths).scan((0, 0), |(next, last), (symbol, length)| {
            let code = *next << (length - *last);
            (*next, *last) = (code + 1, length);
            Some((*symbol, code as u16, length))
        })
    }
}

/// For weights that rise, each one's code's length: the least sum of products that [`LONGEST`] allows (Larmore and
/// Hirschberg's package-merge). There are 2 to 257 weights.
fn code_lengths(weights: &[u64]) -> Vec<usize> {
    // In the list of each length the single weights stand beside pairs of the list of the next length, by weight.
    let mut lists: Vec<Vec<bool>> = Vec::with_capacity(LONGEST);
    let mut list: Vec<u64> = weights.to_vec();
    lists.push(vec![true; weights.len()]);
    for _ in 1..LONGEST {
        let mut pairs = list.chunks_exact(2).map(|pair| pair[0] + pair[1]).peekable();
        let mut singles = weights.iter().copied().peekable();
        let (mut merged, mut is_single) =
            (Vec::with_capacity(2 * weights.len()), Vec::with_capacity(2 * weights.len()));
        loop {
            let single = match (singles.peek(), pairs.peek()) {
                (Some(single), Some(pair)) => single <= pair,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            merged.extend(if single { singles.next() } else { pairs.next() });
            is_single.push(single);
        }
        list = merged;
        lists.push(is_single);
    }
    // Each single that is taken makes its code one bit longer; each pair takes two of the list before.
    let mut lengths = vec![0; weights.len()];
    let mut taken = 2 * weights.len() - 2;
    for list in lists.iter().rev() {
        let singles = list[..taken].iter().filter(|single| **single).count();
        lengths[..singles].iter_mut().for_each(|length| *length += 1);
        taken = 2 * (taken - singles);
    }
    lengths
}

#[cfg(test)]
mod tests;
