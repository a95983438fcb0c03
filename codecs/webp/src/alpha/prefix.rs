//! Prefix codes of VP8L: lengths by counts, codes by lengths, and how they are written. RFC 9649 §3.7.2.

use super::bits::BitWriter;

/// The longest code, in bits.
pub(super) const LONGEST: u8 = 15;

/// The order in which lengths of codes of lengths are written.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A code of up to `N` symbols.
pub(super) struct PrefixCode<const N: usize> {
    lengths: [u8; N],
    /// With the first bit lowest.
    codes: [u16; N],
}

impl<const N: usize> PrefixCode<N> {
    /// The shortest code for symbols that occur so often.
    pub(super) fn new(counts: &[u32; N], max_length: u8) -> PrefixCode<N> {
        let mut lengths = lengths(counts, 0);
        let mut least = 1;
        while lengths.iter().any(|&length| length > max_length) {
            // Rare symbols are taken to be less so, until no code is too long.
            lengths = self::lengths(counts, least);
            least *= 2;
        }
        let mut codes = [0; N];
        let mut next = 0u16;
        for length in 1..=max_length {
            for symbol in (0..N).filter(|&symbol| lengths[symbol] == length) {
                codes[symbol] = next.reverse_bits() >> (16 - length);
                next += 1;
            }
            next <<= 1;
        }
        PrefixCode { lengths, codes }
    }

    /// Writes a symbol. A code of one symbol takes no bits.
    #[inline]
    pub(super) fn write(&self, writer: &mut BitWriter, symbol: usize) {
        writer.write(u32::from(self.codes[symbol]), u32::from(self.lengths[symbol]));
    }

    /// Writes the code itself. RFC 9649 §3.7.2.1.
    pub(super) fn write_code(&mut self, writer: &mut BitWriter) {
        let mut used = (0..N).filter(|&symbol| self.lengths[symbol] > 0);
        let (first, second) = (used.next().unwrap_or(0), used.next());
        if second.is_none() && first < 256 {
            // A simple code of one symbol, which is told in eight bits.
            writer.write(0b101, 3);
            writer.write(first as u32, 8);
            self.lengths[first] = 0;
            return;
        }
        if second.is_none() {
            // A lone symbol that a simple code cannot name needs a neighbour to be a code of one bit.
            self.lengths[0] = 1;
            (self.codes[0], self.codes[first]) = (0, 1);
        }
        let runs = runs(&self.lengths);
        let mut counts = [0; 19];
        runs.iter().for_each(|run| counts[run.symbol] += 1);
        let code = PrefixCode::<19>::new(&counts, 7);
        let written = 1 + ORDER.iter().rposition(|&symbol| code.lengths[symbol] > 0).unwrap_or(0).max(3);
        writer.write(0, 1);
        writer.write(written as u32 - 4, 4);
        ORDER[..written].iter().for_each(|&symbol| writer.write(u32::from(code.lengths[symbol]), 3));
        // Lengths of all symbols follow.
        writer.write(0, 1);
        let lone = code.lengths.iter().filter(|&&length| length > 0).count() == 1;
        for run in runs {
            if !lone {
                code.write(writer, run.symbol);
            }
            writer.write(run.extra, run.extra_bits);
        }
    }
}

/// A length, or a repetition of one: the symbol, and its extra bits.
struct Run {
    symbol: usize,
    extra: u32,
    extra_bits: u32,
}

/// Lengths with repetitions of zeros told as such.
fn runs(lengths: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut rest = lengths;
    while let Some(&length) = rest.first() {
        let same = rest.iter().take_while(|&&other| other == length).count();
        let (run, taken) = match (length, same) {
            (0, 11..) => {
                let taken = same.min(138);
                (Run { symbol: 18, extra: taken as u32 - 11, extra_bits: 7 }, taken)
            }
            (0, 3..) => (Run { symbol: 17, extra: same as u32 - 3, extra_bits: 3 }, same),
            _ => (Run { symbol: usize::from(length), extra: 0, extra_bits: 0 }, 1),
        };
        runs.push(run);
        rest = &rest[taken..];
        // A length that is not 0 stands once before its repetitions.
        let mut more = if length > 0 { same - 1 } else { 0 };
        while more >= 3 {
            let taken = more.min(6);
            runs.push(Run { symbol: 16, extra: taken as u32 - 3, extra_bits: 2 });
            rest = &rest[taken..];
            more -= taken;
        }
    }
    runs
}

/// Huffman's lengths for counts that are at least so much where they are not 0; 1 for a lone symbol.
fn lengths<const N: usize>(counts: &[u32; N], least: u32) -> [u8; N] {
    let mut lengths = [0; N];
    // Trees by weight, the heaviest first, each with its symbols.
    let mut trees: Vec<(u64, Vec<u16>)> = (0..N)
        .filter(|&symbol| counts[symbol] > 0)
        .map(|symbol| (u64::from(counts[symbol].max(least)), vec![symbol as u16]))
        .collect();
    if let [(_, lone)] = trees.as_slice() {
        lengths[usize::from(lone[0])] = 1;
    }
    trees.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    while trees.len() > 1 {
        let (Some((a, mut symbols)), Some((b, others))) = (trees.pop(), trees.pop()) else { break };
        symbols.extend_from_slice(&others);
        symbols.iter().for_each(|&symbol| lengths[usize::from(symbol)] += 1);
        let place = trees.partition_point(|(weight, _)| *weight > a + b);
        trees.insert(place, (a + b, symbols));
    }
    lengths
}
