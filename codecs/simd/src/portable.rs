//! The vectors as arrays: what every function means.

/// Sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct U8x16([u8; 16]);

/// Eight numbers of 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct I16x8([i16; 8]);

/// Four numbers of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct I32x4([i32; 4]);

impl U8x16 {
    /// The lanes of an array.
    #[inline(always)]
    pub fn from_array(lanes: [u8; 16]) -> Self {
        Self(lanes)
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [u8; 16] {
        self.0
    }

    /// Eight bytes, and eight zeros after them.
    #[inline(always)]
    pub fn from_low(bytes: &[u8; 8]) -> Self {
        Self(std::array::from_fn(|lane| bytes.get(lane).copied().unwrap_or(0)))
    }

    /// Every lane this value.
    #[inline(always)]
    pub fn splat(value: u8) -> Self {
        Self([value; 16])
    }

    /// Sums, saturating.
    #[inline(always)]
    pub fn saturating_add(self, other: Self) -> Self {
        self.zip(other, u8::saturating_add)
    }

    /// Differences, saturating at 0.
    #[inline(always)]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.zip(other, u8::saturating_sub)
    }

    /// Sums of lanes that are signed, saturating.
    #[inline(always)]
    pub fn saturating_add_signed(self, other: Self) -> Self {
        self.zip(other, |a, b| a.cast_signed().saturating_add(b.cast_signed()).cast_unsigned())
    }

    /// Differences of lanes that are signed, saturating.
    #[inline(always)]
    pub fn saturating_sub_signed(self, other: Self) -> Self {
        self.zip(other, |a, b| a.cast_signed().saturating_sub(b.cast_signed()).cast_unsigned())
    }

    /// Means, halves rounded up.
    #[inline(always)]
    pub fn average(self, other: Self) -> Self {
        self.zip(other, |a, b| (u16::from(a) + u16::from(b)).div_ceil(2) as u8)
    }

    /// The lesser lanes.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        self.zip(other, u8::min)
    }

    /// The greater lanes.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, u8::max)
    }

    /// Bits moved down by `N`, 0 to 7, with zeros.
    #[inline(always)]
    pub fn shr_zero<const N: u32>(self) -> Self {
        Self(self.0.map(|lane| lane >> N))
    }

    /// All bits set where lanes are equal, none elsewhere.
    #[inline(always)]
    pub fn equal(self, other: Self) -> Self {
        self.zip(other, |a, b| if a == b { 255 } else { 0 })
    }

    /// The top bit of each lane; the first lane's is bit 0.
    #[inline(always)]
    pub fn bitmask(self) -> u16 {
        self.0.iter().enumerate().fold(0, |mask, (lane, value)| mask | u16::from(value >> 7) << lane)
    }

    /// The lanes that `indices` name; 0 for an index of 16 or more.
    #[inline(always)]
    pub fn swizzle(self, indices: Self) -> Self {
        Self(indices.0.map(|index| self.0.get(usize::from(index)).copied().unwrap_or(0)))
    }

    /// The low lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_low(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane % 2][lane / 2]))
    }

    /// The high lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_high(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane % 2][8 + lane / 2]))
    }

    /// Sums of two neighbours each: lane 0 is the first byte plus the second.
    #[inline(always)]
    pub fn pair_sums(self) -> I16x8 {
        I16x8(std::array::from_fn(|lane| i16::from(self.0[2 * lane]) + i16::from(self.0[2 * lane + 1])))
    }

    /// The low lanes, each in 16 bits.
    #[inline(always)]
    pub fn widen_low(self) -> I16x8 {
        I16x8(std::array::from_fn(|lane| i16::from(self.0[lane])))
    }

    /// The high lanes, each in 16 bits.
    #[inline(always)]
    pub fn widen_high(self) -> I16x8 {
        I16x8(std::array::from_fn(|lane| i16::from(self.0[8 + lane])))
    }

    /// The same bits as numbers of 16 bits; a lane's lower byte comes first.
    #[inline(always)]
    pub fn as_i16(self) -> I16x8 {
        I16x8(std::array::from_fn(|lane| i16::from_le_bytes([self.0[2 * lane], self.0[2 * lane + 1]])))
    }

    #[inline(always)]
    fn zip(self, other: Self, operation: impl Fn(u8, u8) -> u8) -> Self {
        Self(std::array::from_fn(|lane| operation(self.0[lane], other.0[lane])))
    }
}

impl std::ops::Sub for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, u8::wrapping_sub)
    }
}

impl std::ops::BitAnd for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }
}

impl std::ops::BitOr for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }
}

impl std::ops::BitXor for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        self.zip(other, |a, b| a ^ b)
    }
}

impl I16x8 {
    /// Eight bytes, each in 16 bits.
    #[inline(always)]
    pub fn from_bytes(bytes: &[u8; 8]) -> Self {
        Self(bytes.map(i16::from))
    }

    /// The lanes of an array.
    #[inline(always)]
    pub fn from_array(lanes: [i16; 8]) -> Self {
        Self(lanes)
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [i16; 8] {
        self.0
    }

    /// Every lane this value.
    #[inline(always)]
    pub fn splat(value: i16) -> Self {
        Self([value; 8])
    }

    /// Sums, saturating.
    #[inline(always)]
    pub fn saturating_add(self, other: Self) -> Self {
        self.zip(other, i16::saturating_add)
    }

    /// Differences, saturating.
    #[inline(always)]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.zip(other, i16::saturating_sub)
    }

    /// Products of numbers in 1/32768, rounded: (a × b + 16384) >> 15, saturating.
    #[inline(always)]
    pub fn mul_q15(self, other: Self) -> Self {
        self.zip(other, |a, b| ((i32::from(a) * i32::from(b) + 0x4000) >> 15).min(32767) as i16)
    }

    /// Products of the low lanes, whole.
    #[inline(always)]
    pub fn mul_low(self, other: Self) -> I32x4 {
        I32x4(std::array::from_fn(|lane| i32::from(self.0[lane]) * i32::from(other.0[lane])))
    }

    /// Products of the high lanes, whole.
    #[inline(always)]
    pub fn mul_high(self, other: Self) -> I32x4 {
        I32x4(std::array::from_fn(|lane| i32::from(self.0[4 + lane]) * i32::from(other.0[4 + lane])))
    }

    /// Sums of the products of two neighbours each: lane 0 is a0 × b0 + a1 × b1.
    #[inline(always)]
    pub fn dot(self, other: Self) -> I32x4 {
        let products = |lane: usize| i32::from(self.0[lane]) * i32::from(other.0[lane]);
        I32x4(std::array::from_fn(|lane| products(2 * lane).wrapping_add(products(2 * lane + 1))))
    }

    /// Distances from 0; that of −32768 is itself.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(self.0.map(i16::wrapping_abs))
    }

    /// The lesser lanes.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        self.zip(other, i16::min)
    }

    /// The greater lanes.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, i16::max)
    }

    /// Bits moved up by `N`, 0 to 15.
    #[inline(always)]
    pub fn shl<const N: u32>(self) -> Self {
        Self(self.0.map(|value| value << N))
    }

    /// Bits moved down by `N`, 0 to 15, with the sign.
    #[inline(always)]
    pub fn shr<const N: u32>(self) -> Self {
        Self(self.0.map(|value| value >> N))
    }

    /// Bits moved down by `N`, 0 to 15, with zeros.
    #[inline(always)]
    pub fn shr_zero<const N: u32>(self) -> Self {
        Self(self.0.map(|value| (value as u16 >> N) as i16))
    }

    /// All bits set where lanes are equal, none elsewhere.
    #[inline(always)]
    pub fn equal(self, other: Self) -> Self {
        self.zip(other, |a, b| -i16::from(a == b))
    }

    /// All bits set where this lane is greater, none elsewhere.
    #[inline(always)]
    pub fn greater(self, other: Self) -> Self {
        self.zip(other, |a, b| -i16::from(a > b))
    }

    /// Where this mask has bits set those of `yes`, elsewhere those of `no`.
    #[inline(always)]
    pub fn select(self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] & yes.0[lane] | !self.0[lane] & no.0[lane]))
    }

    /// Whether any bit is set.
    #[inline(always)]
    pub fn any(self) -> bool {
        self.0 != [0; 8]
    }

    /// The top bit of each lane; the first lane's is bit 0.
    #[inline(always)]
    pub fn bitmask(self) -> u8 {
        self.0.iter().enumerate().fold(0, |mask, (lane, value)| mask | u8::from(*value < 0) << lane)
    }

    /// The low lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_low(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane % 2][lane / 2]))
    }

    /// The high lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_high(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane % 2][4 + lane / 2]))
    }

    /// The low lanes, each in 32 bits.
    #[inline(always)]
    pub fn widen_low(self) -> I32x4 {
        I32x4(std::array::from_fn(|lane| i32::from(self.0[lane])))
    }

    /// The high lanes, each in 32 bits.
    #[inline(always)]
    pub fn widen_high(self) -> I32x4 {
        I32x4(std::array::from_fn(|lane| i32::from(self.0[4 + lane])))
    }

    /// The low lanes of both, this one's first.
    #[inline(always)]
    pub fn join_low(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| if lane < 4 { self.0[lane] } else { other.0[lane - 4] }))
    }

    /// The high lanes of both, this one's first.
    #[inline(always)]
    pub fn join_high(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| if lane < 4 { self.0[4 + lane] } else { other.0[lane] }))
    }

    /// The low pairs of lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_pairs_low(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane / 2 % 2][lane / 4 * 2 + lane % 2]))
    }

    /// The high pairs of lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_pairs_high(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane / 2 % 2][4 + lane / 4 * 2 + lane % 2]))
    }

    /// The upper 16 bits of the products: (a × b) >> 16.
    #[inline(always)]
    pub fn mul_upper(self, other: Self) -> Self {
        self.zip(other, |a, b| ((i32::from(a) * i32::from(b)) >> 16) as i16)
    }

    /// The same bits as bytes; a lane's lower byte comes first.
    #[inline(always)]
    pub fn as_bytes(self) -> U8x16 {
        U8x16(std::array::from_fn(|lane| self.0[lane / 2].to_le_bytes()[lane % 2]))
    }

    /// Two neighbours, of which there are four pairs, in every pair of lanes; `N` is 0 to 3.
    #[inline(always)]
    pub fn pair<const N: usize>(self) -> Self {
        Self(std::array::from_fn(|lane| self.0[2 * N + lane % 2]))
    }

    /// Both as signed bytes, this one's lanes first, saturating at −128 and 127.
    #[inline(always)]
    pub fn to_signed_bytes(self, other: Self) -> U8x16 {
        let byte = |value: i16| (value.clamp(-128, 127) as i8).cast_unsigned();
        U8x16(std::array::from_fn(|lane| byte(if lane < 8 { self.0[lane] } else { other.0[lane - 8] })))
    }

    /// Both as bytes, this one's lanes first, saturating at 0 and 255.
    #[inline(always)]
    pub fn to_bytes(self, other: Self) -> U8x16 {
        let byte = |value: i16| value.clamp(0, 255) as u8;
        U8x16(std::array::from_fn(|lane| byte(if lane < 8 { self.0[lane] } else { other.0[lane - 8] })))
    }

    #[inline(always)]
    fn zip(self, other: Self, operation: impl Fn(i16, i16) -> i16) -> Self {
        Self(std::array::from_fn(|lane| operation(self.0[lane], other.0[lane])))
    }
}

impl std::ops::Add for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, i16::wrapping_add)
    }
}

impl std::ops::Sub for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, i16::wrapping_sub)
    }
}

impl std::ops::Mul for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, i16::wrapping_mul)
    }
}

impl std::ops::Neg for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.map(i16::wrapping_neg))
    }
}

impl std::ops::BitAnd for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }
}

impl std::ops::BitOr for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }
}

impl std::ops::BitXor for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        self.zip(other, |a, b| a ^ b)
    }
}

impl I32x4 {
    /// The lanes of an array.
    #[inline(always)]
    pub fn from_array(lanes: [i32; 4]) -> Self {
        Self(lanes)
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [i32; 4] {
        self.0
    }

    /// Every lane this value.
    #[inline(always)]
    pub fn splat(value: i32) -> Self {
        Self([value; 4])
    }

    /// Distances from 0; that of the least number is itself.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(self.0.map(i32::wrapping_abs))
    }

    /// The lesser lanes.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        self.zip(other, i32::min)
    }

    /// The greater lanes.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, i32::max)
    }

    /// Bits moved up by `N`, 0 to 31.
    #[inline(always)]
    pub fn shl<const N: u32>(self) -> Self {
        Self(self.0.map(|value| value << N))
    }

    /// Bits moved down by `N`, 0 to 31, with the sign.
    #[inline(always)]
    pub fn shr<const N: u32>(self) -> Self {
        Self(self.0.map(|value| value >> N))
    }

    /// Bits moved down by `N`, 0 to 31, with zeros.
    #[inline(always)]
    pub fn shr_zero<const N: u32>(self) -> Self {
        Self(self.0.map(|value| (value as u32 >> N) as i32))
    }

    /// All bits set where this lane is greater, none elsewhere.
    #[inline(always)]
    pub fn greater(self, other: Self) -> Self {
        self.zip(other, |a, b| -i32::from(a > b))
    }

    /// The low lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_low(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane % 2][lane / 2]))
    }

    /// The high lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_high(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| [self.0, other.0][lane % 2][2 + lane / 2]))
    }

    /// Both in 16 bits, this one's lanes first, saturating.
    #[inline(always)]
    pub fn narrow(self, other: Self) -> I16x8 {
        let narrow = |value: i32| value.clamp(-32768, 32767) as i16;
        I16x8(std::array::from_fn(|lane| narrow(if lane < 4 { self.0[lane] } else { other.0[lane - 4] })))
    }

    /// The same bits as bytes; a lane's lowest byte comes first.
    #[inline(always)]
    pub fn as_bytes(self) -> U8x16 {
        U8x16(std::array::from_fn(|lane| self.0[lane / 4].to_le_bytes()[lane % 4]))
    }

    /// The sum of all lanes.
    #[inline(always)]
    pub fn sum(self) -> i32 {
        self.0.into_iter().fold(0, i32::wrapping_add)
    }

    #[inline(always)]
    fn zip(self, other: Self, operation: impl Fn(i32, i32) -> i32) -> Self {
        Self(std::array::from_fn(|lane| operation(self.0[lane], other.0[lane])))
    }
}

impl std::ops::Add for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, i32::wrapping_add)
    }
}

impl std::ops::Sub for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, i32::wrapping_sub)
    }
}

impl std::ops::Mul for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, i32::wrapping_mul)
    }
}

impl std::ops::BitAnd for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }
}

impl std::ops::BitOr for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }
}

impl std::ops::BitXor for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        self.zip(other, |a, b| a ^ b)
    }
}
