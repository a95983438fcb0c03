//! Files for tests, from coefficients: the same picture in every way that T.81 has to code it.

use std::ops::Range;

use crate::zigzag::ZIGZAG;

/// A picture as coefficients.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Coded>,
}

/// A component: its factors, and its blocks to the end of the last MCU, each in coded order.
#[derive(Debug, Clone)]
pub(super) struct Coded {
    pub(super) id: u8,
    pub(super) factors: (usize, usize),
    pub(super) blocks: Vec<[i16; 64]>,
}

/// How an image is written.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    /// SOF0, SOF1 or SOF2.
    pub(super) frame: u8,
    pub(super) scans: Vec<ScanOf>,
    pub(super) restart: usize,
    /// Whether codes are of very different lengths.
    pub(super) skewed: bool,
    /// Whether factors have 16 bits in the file.
    pub(super) wide: bool,
    /// Written before the tables, as they are.
    pub(super) before: Vec<u8>,
    /// Whether the height is behind the first scan.
    pub(super) lines_after: bool,
    pub(super) end: bool,
}

/// A scan's components, band and bits.
#[derive(Debug, Clone)]
pub(super) struct ScanOf {
    pub(super) components: Range<usize>,
    pub(super) band: (u8, u8),
    pub(super) bits: (u8, u8),
}

/// Numbers that look random.
#[derive(Debug, Clone)]
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The factor of each coefficient, in the order of rows.
pub(super) fn quantisation(component: usize) -> [u16; 64] {
    std::array::from_fn(|place| (2 + place % 8 + place / 8 + 3 * component) as u16)
}

impl Image {
    /// An image with coefficients of all sizes, most of them small and many 0.
    pub(super) fn generate(width: usize, height: usize, factors: &[(usize, usize)]) -> Image {
        let mut numbers = Numbers((width * 100 + height) as u64);
        let most = factors.iter().fold((1, 1), |most, of| (most.0.max(of.0), most.1.max(of.1)));
        let mcus = (width.div_ceil(8 * most.0), height.div_ceil(8 * most.1));
        let mut component = |(index, &factors): (usize, &(usize, usize))| {
            let count = mcus.0 * factors.0 * mcus.1 * factors.1;
            let block = |_| {
                let mut block = [0; 64];
                block[0] = numbers.below(200) as i16 - 100;
                for _ in 0..numbers.below(4) * numbers.below(6) {
                    let furthest = 1 + numbers.below(63);
                    let place = 1 + numbers.below(furthest);
                    let size = numbers.below(6);
                    block[place as usize] = numbers.below(2 << size) as i16 - (1 << size);
                }
                block
            };
            Coded { id: index as u8 + 1, factors, blocks: (0..count).map(block).collect() }
        };
        let components = factors.iter().enumerate().map(&mut component).collect();
        Image { width, height, components }
    }

    fn most(&self) -> (usize, usize) {
        let factors = self.components.iter().map(|component| component.factors);
        factors.fold((1, 1), |most, of| (most.0.max(of.0), most.1.max(of.1)))
    }

    fn mcus(&self) -> (usize, usize) {
        let most = self.most();
        (self.width.div_ceil(8 * most.0), self.height.div_ceil(8 * most.1))
    }

    /// The blocks of a scan, MCU by MCU, each with its component's place in the scan.
    fn order(&self, components: Range<usize>) -> Vec<Vec<(usize, [i16; 64])>> {
        let (mcus, most) = (self.mcus(), self.most());
        if components.len() == 1 {
            let component = &self.components[components.start];
            let blocks = |length: usize, factor: usize, most: usize| (length * factor).div_ceil(most).div_ceil(8);
            let wide = blocks(self.width, component.factors.0, most.0);
            let high = blocks(self.height, component.factors.1, most.1);
            let padded = mcus.0 * component.factors.0;
            let block = |index: usize| component.blocks[index / wide * padded + index % wide];
            return (0..wide * high).map(|index| vec![(0, block(index))]).collect();
        }
        let mut order = Vec::new();
        for mcu in 0..mcus.0 * mcus.1 {
            let mut blocks = Vec::new();
            for (place, component) in self.components[components.clone()].iter().enumerate() {
                let (across, down) = component.factors;
                for y in 0..down {
                    for x in 0..across {
                        let row = mcu / mcus.0 * down + y;
                        blocks.push((place, component.blocks[row * mcus.0 * across + mcu % mcus.0 * across + x]));
                    }
                }
            }
            order.push(blocks);
        }
        order
    }

    /// The file.
    pub(super) fn write(&self, writing: &Writing) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        file.extend(&writing.before);
        for (index, _) in self.components.iter().enumerate() {
            let mut table = vec![index as u8 | u8::from(writing.wide) << 4];
            for place in ZIGZAG {
                let factor = quantisation(index)[usize::from(place)];
                table.extend(if writing.wide { factor.to_be_bytes().to_vec() } else { vec![factor as u8] });
            }
            segment(&mut file, 0xDB, &table);
        }
        let height = if writing.lines_after { 0 } else { self.height as u16 };
        let mut frame = vec![8];
        frame.extend([height.to_be_bytes(), (self.width as u16).to_be_bytes()].as_flattened());
        frame.push(self.components.len() as u8);
        for (index, component) in self.components.iter().enumerate() {
            frame.extend([component.id, (component.factors.0 << 4 | component.factors.1) as u8, index as u8]);
        }
        segment(&mut file, writing.frame, &frame);
        let codes = [Codes::new(0, writing.skewed), Codes::new(1, writing.skewed)];
        for (class, codes) in codes.iter().enumerate() {
            let mut table = vec![(class as u8) << 4];
            table.extend(codes.counts);
            table.extend(&codes.symbols);
            segment(&mut file, 0xC4, &table);
        }
        segment(&mut file, 0xDD, &(writing.restart as u16).to_be_bytes());
        for (index, scan) in writing.scans.iter().enumerate() {
            let mut header = vec![scan.components.len() as u8];
            header.extend(self.components[scan.components.clone()].iter().flat_map(|component| [component.id, 0]));
            header.extend([scan.band.0, scan.band.1, scan.bits.0 << 4 | scan.bits.1]);
            segment(&mut file, 0xDA, &header);
            let mut coder =
                Coder { codes: &codes, bits: Stuffed::default(), means: [0; 4], ends: 0, later: Vec::new() };
            for (mcu, blocks) in self.order(scan.components.clone()).iter().enumerate() {
                if writing.restart > 0 && mcu > 0 && mcu % writing.restart == 0 {
                    coder.end();
                    file.append(&mut coder.bits.bytes);
                    file.extend([0xFF, 0xD0 + ((mcu / writing.restart - 1) % 8) as u8]);
                    coder.means = [0; 4];
                }
                for (place, block) in blocks {
                    coder.block(writing.frame == 0xC2, scan, *place, block);
                }
            }
            coder.end();
            file.append(&mut coder.bits.bytes);
            if index == 0 && writing.lines_after {
                segment(&mut file, 0xDC, &(self.height as u16).to_be_bytes());
            }
        }
        if writing.end {
            file.extend([0xFF, 0xD9]);
        }
        file
    }
}

impl Writing {
    /// One scan of whole blocks.
    pub(super) fn sequential(components: usize) -> Writing {
        let scans = vec![ScanOf { components: 0..components, band: (0, 63), bits: (0, 0) }];
        let (before, frame) = (Vec::new(), 0xC0);
        Writing { frame, scans, restart: 0, skewed: false, wide: false, before, lines_after: false, end: true }
    }

    /// Scans of whole blocks of these components each.
    pub(super) fn scans(components: &[Range<usize>]) -> Writing {
        let scan = |components: &Range<usize>| ScanOf { components: components.clone(), band: (0, 63), bits: (0, 0) };
        Writing { scans: components.iter().map(scan).collect(), ..Writing::sequential(0) }
    }

    /// Scans of parts of the spectrum, each with all bits.
    pub(super) fn spectral(components: usize) -> Writing {
        let mut scans = vec![ScanOf { components: 0..components, band: (0, 0), bits: (0, 0) }];
        for band in [(1, 4), (5, 63)] {
            scans.extend((0..components).map(|one| ScanOf { components: one..one + 1, band, bits: (0, 0) }));
        }
        Writing { frame: 0xC2, scans, ..Writing::sequential(0) }
    }

    /// Scans of parts of the spectrum and of the bits.
    pub(super) fn successive(components: usize) -> Writing {
        let mut scans = vec![ScanOf { components: 0..components, band: (0, 0), bits: (0, 2) }];
        let mut each = |band: (u8, u8), bits: (u8, u8)| {
            scans.extend((0..components).map(|one| ScanOf { components: one..one + 1, band, bits }));
        };
        each((1, 5), (0, 2));
        each((6, 63), (0, 2));
        each((1, 63), (2, 1));
        each((0, 0), (2, 1));
        each((1, 63), (1, 0));
        each((0, 0), (1, 0));
        Writing { frame: 0xC2, scans, ..Writing::sequential(0) }
    }
}

fn segment(file: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    file.extend([0xFF, marker]);
    file.extend((payload.len() as u16 + 2).to_be_bytes());
    file.extend(payload);
}

/// Huffman codes: counts and symbols as in DHT, and for each symbol its code and length.
struct Codes {
    counts: [u8; 16],
    symbols: Vec<u8>,
    codes: [(u32, u32); 256],
}

impl Codes {
    fn new(class: u8, skewed: bool) -> Codes {
        let symbols: Vec<u8> = if class == 0 { (0..16).collect() } else { (0..=255).collect() };
        let length = |place: usize| match (class, skewed) {
            (0, false) => 5,
            (0, true) => (place + 1).min(15) + usize::from(place == 15),
            (_, false) => {
                if place < 192 {
                    8
                } else {
                    12
                }
            }
            (_, true) => {
                if place < 7 {
                    place + 2
                } else {
                    16
                }
            }
        };
        let (mut counts, mut codes) = ([0; 16], [(0, 0); 256]);
        let (mut code, mut before) = (0, 0);
        for (place, &symbol) in symbols.iter().enumerate() {
            let length = length(place);
            code <<= length - before;
            before = length;
            counts[length - 1] += 1;
            codes[usize::from(symbol)] = (code, length as u32);
            code += 1;
        }
        Codes { counts, symbols, codes }
    }
}

/// Entropy-coded bytes with their stuffing.
#[derive(Default)]
struct Stuffed {
    bytes: Vec<u8>,
    bits: u64,
    count: u32,
}

impl Stuffed {
    fn put(&mut self, value: u32, length: u32) {
        self.bits = self.bits << length | u64::from(value) & ((1 << length) - 1);
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.bits >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
    }
}

/// The state of a scan.
struct Coder<'a> {
    codes: &'a [Codes; 2],
    bits: Stuffed,
    means: [i32; 4],
    /// Blocks that end, and their corrections.
    ends: u32,
    later: Vec<u32>,
}

impl Coder<'_> {
    fn block(&mut self, progressive: bool, scan: &ScanOf, place: usize, block: &[i16; 64]) {
        let (high, low) = scan.bits;
        if scan.band.0 == 0 {
            let mean = i32::from(block[0]) >> low;
            if high == 0 {
                self.value(0, 0, mean - self.means[place]);
                self.means[place] = mean;
            } else {
                self.bits.put(mean as u32, 1);
            }
        }
        let band = usize::from(scan.band.0.max(1))..usize::from(scan.band.1) + 1;
        if band.is_empty() {
            return;
        }
        if high > 0 {
            return self.refine(band, low, block);
        }
        let values = block.map(|value| i32::from(value).signum() * (i32::from(value).abs() >> low));
        let mut run = 0;
        for place in band {
            if values[place] == 0 {
                run += 1;
                continue;
            }
            self.emit_ends();
            while run > 15 {
                self.symbol(1, 0xF0);
                run -= 16;
            }
            self.value(1, run, values[place]);
            run = 0;
        }
        if run > 0 {
            self.ends += 1;
            if !progressive || self.ends == 0x7FFF {
                self.emit_ends();
            }
        }
    }

    fn refine(&mut self, band: Range<usize>, low: u8, block: &[i16; 64]) {
        let sizes = block.map(|value| i32::from(value).abs() >> low);
        let newest = band.clone().rev().find(|&place| sizes[place] == 1).unwrap_or(0);
        let (mut run, mut corrections) = (0, Vec::new());
        for place in band {
            if sizes[place] == 0 {
                run += 1;
                continue;
            }
            while run > 15 && place <= newest {
                self.emit_ends();
                self.symbol(1, 0xF0);
                run -= 16;
                corrections.drain(..).for_each(|bit| self.bits.put(bit, 1));
            }
            if sizes[place] > 1 {
                corrections.push(sizes[place] as u32 & 1);
                continue;
            }
            self.emit_ends();
            self.symbol(1, (run << 4 | 1) as u8);
            self.bits.put(u32::from(block[place] > 0), 1);
            corrections.drain(..).for_each(|bit| self.bits.put(bit, 1));
            run = 0;
        }
        if run > 0 || !corrections.is_empty() {
            self.ends += 1;
            self.later.append(&mut corrections);
        }
    }

    fn symbol(&mut self, class: usize, symbol: u8) {
        let (code, length) = self.codes[class].codes[usize::from(symbol)];
        self.bits.put(code, length);
    }

    fn value(&mut self, class: usize, run: u32, value: i32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.symbol(class, (run << 4 | size) as u8);
        self.bits.put(if value < 0 { value - 1 } else { value } as u32, size);
    }

    fn emit_ends(&mut self) {
        if self.ends > 0 {
            let size = 31 - self.ends.leading_zeros();
            self.symbol(1, (size << 4) as u8);
            self.bits.put(self.ends, size);
            self.ends = 0;
        }
        let later = std::mem::take(&mut self.later);
        later.into_iter().for_each(|bit| self.bits.put(bit, 1));
    }

    fn end(&mut self) {
        self.emit_ends();
        if self.bits.count > 0 {
            self.bits.put(0x7F, 8 - self.bits.count);
        }
    }
}
