//! What a scan consists of before its tables are known: symbols and bits, a word each, counted as they come.

use super::EncodeError;
use super::bits::BitWriter;
use super::huffman::Table;

/// The most words that one block adds.
pub(super) const BLOCK_WORDS: usize = 128;

/// Huffman tables that a scan can name: two of each class.
pub(super) const TABLES: usize = 4;

/// How many times each symbol of each table came.
pub(super) type Counts = [[u32; 256]; TABLES];

/// Collected symbols. A word has the bits that follow the symbol in its low 16, and above them the symbol and its table.
pub(super) struct Words {
    words: Vec<u32>,
    used: usize,
    counts: Box<Counts>,
}

/// A table's place in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableIndex(u8);

/// The codes of a scan, each with room for the bits that follow it.
pub(super) struct Codes {
    /// The code moved up by the number of bits that follow, and in the low eight bits the length of all.
    codes: Box<[u64; 2 * RAW]>,
}

/// A block's words, as they are collected.
pub(super) struct Room<'a> {
    words: &'a mut [u32; BLOCK_WORDS],
    used: usize,
    counts: &'a mut Counts,
}

/// What stands above bits that follow no symbol, less their number.
const RAW: usize = TABLES * 256;
/// Words at first; 10 a block are usual.
const FIRST: usize = 1 << 14;
/// Words that become bits between two looks at the limit.
const STRIDE: usize = 4096;

impl TableIndex {
    /// The table of first coefficients of a kind, 0 or 1.
    pub(super) fn dc(kind: usize) -> TableIndex {
        TableIndex(kind as u8 & 1)
    }

    /// The table of the other coefficients of a kind, 0 or 1.
    pub(super) fn ac(kind: usize) -> TableIndex {
        TableIndex(2 + (kind as u8 & 1))
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl Words {
    pub(super) fn new() -> Words {
        Words { words: Vec::new(), used: 0, counts: Box::new([[0; 256]; TABLES]) }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// How many times each symbol came.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Room for a block's words; what is written there counts when [`Words::keep`] says how much it was.
    #[inline(always)]
    pub(super) fn room(&mut self) -> Result<Room<'_>, EncodeError> {
        if self.words.len() - self.used < BLOCK_WORDS {
            let more = self.words.len().max(FIRST);
            self.words.try_reserve_exact(more).map_err(|_| EncodeError::Memory)?;
            self.words.resize(self.words.len() + more, 0);
        }
        let words = self.words[self.used..].first_chunk_mut().ok_or(EncodeError::Memory)?;
        Ok(Room { words, used: 0, counts: &mut self.counts })
    }

    /// Keeps the first words of the room that was given last.
    #[inline(always)]
    pub(super) fn keep(&mut self, words: usize) {
        self.used += words;
    }

    /// Writes all words as bits, and forgets them and their counts.
    pub(super) fn write(&mut self, codes: &Codes, bits: &mut BitWriter, limit: usize) -> Result<(), EncodeError> {
        for words in self.words[..self.used].chunks(STRIDE) {
            // A word is at most 32 bits, and each byte may be followed by a 0.
            bits.reserve(8 * words.len() + 16)?;
            let (pairs, last) = words.as_chunks::<2>();
            for [first, second] in pairs {
                let (first, first_length) = codes.bits(*first);
                let (second, second_length) = codes.bits(*second);
                bits.put(first << second_length | second, first_length + second_length);
            }
            for word in last {
                let (code, length) = codes.bits(*word);
                bits.put(code, length);
            }
            if bits.len() > limit {
                return Err(EncodeError::TooLarge { limit });
            }
        }
        self.used = 0;
        *self.counts = [[0; 256]; TABLES];
        Ok(())
    }
}

impl Room<'_> {
    /// Adds a symbol and the bits that follow it.
    #[inline(always)]
    pub(super) fn symbol(&mut self, table: TableIndex, symbol: u8, bits: u32) {
        self.words[self.used & (BLOCK_WORDS - 1)] = u32::from(table.0) << 24 | u32::from(symbol) << 16 | bits;
        self.used += 1;
        self.counts[table.index() & (TABLES - 1)][usize::from(symbol)] += 1;
    }

    /// Adds up to 16 bits that follow no symbol.
    #[inline(always)]
    pub(super) fn bits(&mut self, bits: u32, count: u32) {
        self.words[self.used & (BLOCK_WORDS - 1)] = (RAW as u32 + count) << 16 | bits;
        self.used += 1;
    }

    /// How many words were added.
    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        self.used
    }
}

impl Codes {
    /// A word's code with the bits that follow, and how many they are.
    #[inline(always)]
    fn bits(&self, word: u32) -> (u64, u32) {
        let code = self.codes[(word >> 16) as usize & (2 * RAW - 1)];
        (code >> 8 | u64::from(word & 0xFFFF), code as u32 & 0xFF)
    }

    /// The codes of a scan's tables. After a symbol there are as many bits as its low four say; where they are 0 it ends
    /// blocks, and there are as many as its high four say, unless it is the run of sixteen (T.81 G.1.2.2).
    pub(super) fn new(tables: &[Table; TABLES]) -> Codes {
        let mut codes = Box::new([0; 2 * RAW]);
        (1..=16).for_each(|count| codes[RAW + count] = count as u64);
        for (index, table) in tables.iter().enumerate() {
            for (symbol, code, length) in table.codes() {
                let extra = match (symbol >> 4, symbol & 15) {
                    (15, 0) => 0,
                    (bits, 0) | (_, bits) => u32::from(bits),
                };
                codes[index * 256 + usize::from(symbol)] = u64::from(code) << (extra + 8) | u64::from(length + extra);
            }
        }
        Codes { codes }
    }
}

/// A number's category and the bits that tell it from others of the same (T.81 F.1.2.1).
#[inline(always)]
pub(super) fn size_and_bits(value: i32) -> (u32, u32) {
    let sign = value >> 31;
    let size = 32 - ((value ^ sign) - sign).leading_zeros();
    (size, (value + sign) as u32 & ((1 << size) - 1))
}
