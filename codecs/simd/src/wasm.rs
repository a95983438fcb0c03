//! The vectors as registers of `simd128`: each function is its instruction.

use core::arch::wasm32 as w;

/// Sixteen bytes.
#[derive(Debug, Clone, Copy)]
pub struct U8x16(w::v128);

/// Eight numbers of 16 bits.
#[derive(Debug, Clone, Copy)]
pub struct I16x8(w::v128);

/// Four numbers of 32 bits.
#[derive(Debug, Clone, Copy)]
pub struct I32x4(w::v128);

impl U8x16 {
    /// The lanes of an array.
    #[inline(always)]
    #[expect(unsafe_code, reason = "only a change of type")]
    pub fn from_array(lanes: [u8; 16]) -> Self {
        // SAFETY: both are 16 bytes, and a register may hold any bits.
        Self(unsafe { std::mem::transmute::<[u8; 16], w::v128>(lanes) })
    }

    /// The lanes as an array.
    #[inline(always)]
    #[expect(unsafe_code, reason = "only a change of type")]
    pub fn to_array(self) -> [u8; 16] {
        // SAFETY: both are 16 bytes, and integers may have any bits.
        unsafe { std::mem::transmute::<w::v128, [u8; 16]>(self.0) }
    }

    /// Eight bytes, and eight zeros after them.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the instruction reads by address")]
    pub fn from_low(bytes: &[u8; 8]) -> Self {
        // SAFETY: the eight bytes at the address are the reference's, and the instruction needs no alignment.
        Self(unsafe { w::v128_load64_zero(bytes.as_ptr().cast()) })
    }

    /// Every lane this value.
    #[inline(always)]
    pub fn splat(value: u8) -> Self {
        Self(w::u8x16_splat(value))
    }

    /// Sums, saturating.
    #[inline(always)]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(w::u8x16_add_sat(self.0, other.0))
    }

    /// Differences, saturating at 0.
    #[inline(always)]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(w::u8x16_sub_sat(self.0, other.0))
    }

    /// Sums of lanes that are signed, saturating.
    #[inline(always)]
    pub fn saturating_add_signed(self, other: Self) -> Self {
        Self(w::i8x16_add_sat(self.0, other.0))
    }

    /// Differences of lanes that are signed, saturating.
    #[inline(always)]
    pub fn saturating_sub_signed(self, other: Self) -> Self {
        Self(w::i8x16_sub_sat(self.0, other.0))
    }

    /// Means, halves rounded up.
    #[inline(always)]
    pub fn average(self, other: Self) -> Self {
        Self(w::u8x16_avgr(self.0, other.0))
    }

    /// The lesser lanes.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(w::u8x16_min(self.0, other.0))
    }

    /// The greater lanes.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(w::u8x16_max(self.0, other.0))
    }

    /// Bits moved down by `N`, 0 to 7, with zeros.
    #[inline(always)]
    pub fn shr_zero<const N: u32>(self) -> Self {
        Self(w::u8x16_shr(self.0, N))
    }

    /// All bits set where lanes are equal, none elsewhere.
    #[inline(always)]
    pub fn equal(self, other: Self) -> Self {
        Self(w::u8x16_eq(self.0, other.0))
    }

    /// The top bit of each lane; the first lane's is bit 0.
    #[inline(always)]
    pub fn bitmask(self) -> u16 {
        w::u8x16_bitmask(self.0)
    }

    /// The lanes that `indices` name; 0 for an index of 16 or more.
    #[inline(always)]
    pub fn swizzle(self, indices: Self) -> Self {
        Self(w::i8x16_swizzle(self.0, indices.0))
    }

    /// The low lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_low(self, other: Self) -> Self {
        Self(w::i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, other.0))
    }

    /// The high lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_high(self, other: Self) -> Self {
        Self(w::i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(self.0, other.0))
    }

    /// Sums of two neighbours each: lane 0 is the first byte plus the second.
    #[inline(always)]
    pub fn pair_sums(self) -> I16x8 {
        I16x8(w::u16x8_extadd_pairwise_u8x16(self.0))
    }

    /// The low lanes, each in 16 bits.
    #[inline(always)]
    pub fn widen_low(self) -> I16x8 {
        I16x8(w::i16x8_extend_low_u8x16(self.0))
    }

    /// The high lanes, each in 16 bits.
    #[inline(always)]
    pub fn widen_high(self) -> I16x8 {
        I16x8(w::i16x8_extend_high_u8x16(self.0))
    }

    /// The same bits as numbers of 16 bits; a lane's lower byte comes first.
    #[inline(always)]
    pub fn as_i16(self) -> I16x8 {
        I16x8(self.0)
    }
}

impl std::ops::Sub for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(w::u8x16_sub(self.0, other.0))
    }
}

impl std::ops::BitAnd for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(w::v128_and(self.0, other.0))
    }
}

impl std::ops::BitOr for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(w::v128_or(self.0, other.0))
    }
}

impl std::ops::BitXor for U8x16 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(w::v128_xor(self.0, other.0))
    }
}

impl I16x8 {
    /// Eight bytes, each in 16 bits.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the instruction reads by address")]
    pub fn from_bytes(bytes: &[u8; 8]) -> Self {
        // SAFETY: the eight bytes at the address are the reference's, and the instruction needs no alignment.
        Self(unsafe { w::i16x8_load_extend_u8x8(bytes.as_ptr()) })
    }

    /// The lanes of an array.
    #[inline(always)]
    #[expect(unsafe_code, reason = "only a change of type")]
    pub fn from_array(lanes: [i16; 8]) -> Self {
        // SAFETY: both are 16 bytes, and a register may hold any bits.
        Self(unsafe { std::mem::transmute::<[i16; 8], w::v128>(lanes) })
    }

    /// The lanes as an array.
    #[inline(always)]
    #[expect(unsafe_code, reason = "only a change of type")]
    pub fn to_array(self) -> [i16; 8] {
        // SAFETY: both are 16 bytes, and integers may have any bits.
        unsafe { std::mem::transmute::<w::v128, [i16; 8]>(self.0) }
    }

    /// Every lane this value.
    #[inline(always)]
    pub fn splat(value: i16) -> Self {
        Self(w::i16x8_splat(value))
    }

    /// Sums, saturating.
    #[inline(always)]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(w::i16x8_add_sat(self.0, other.0))
    }

    /// Differences, saturating.
    #[inline(always)]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(w::i16x8_sub_sat(self.0, other.0))
    }

    /// Products of numbers in 1/32768, rounded: (a × b + 16384) >> 15, saturating.
    #[inline(always)]
    pub fn mul_q15(self, other: Self) -> Self {
        Self(w::i16x8_q15mulr_sat(self.0, other.0))
    }

    /// Products of the low lanes, whole.
    #[inline(always)]
    pub fn mul_low(self, other: Self) -> I32x4 {
        I32x4(w::i32x4_extmul_low_i16x8(self.0, other.0))
    }

    /// Products of the high lanes, whole.
    #[inline(always)]
    pub fn mul_high(self, other: Self) -> I32x4 {
        I32x4(w::i32x4_extmul_high_i16x8(self.0, other.0))
    }

    /// Sums of the products of two neighbours each: lane 0 is a0 × b0 + a1 × b1.
    #[inline(always)]
    pub fn dot(self, other: Self) -> I32x4 {
        I32x4(w::i32x4_dot_i16x8(self.0, other.0))
    }

    /// Distances from 0; that of −32768 is itself.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(w::i16x8_abs(self.0))
    }

    /// The lesser lanes.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(w::i16x8_min(self.0, other.0))
    }

    /// The greater lanes.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(w::i16x8_max(self.0, other.0))
    }

    /// Bits moved up by `N`, 0 to 15.
    #[inline(always)]
    pub fn shl<const N: u32>(self) -> Self {
        Self(w::i16x8_shl(self.0, N))
    }

    /// Bits moved down by `N`, 0 to 15, with the sign.
    #[inline(always)]
    pub fn shr<const N: u32>(self) -> Self {
        Self(w::i16x8_shr(self.0, N))
    }

    /// Bits moved down by `N`, 0 to 15, with zeros.
    #[inline(always)]
    pub fn shr_zero<const N: u32>(self) -> Self {
        Self(w::u16x8_shr(self.0, N))
    }

    /// All bits set where lanes are equal, none elsewhere.
    #[inline(always)]
    pub fn equal(self, other: Self) -> Self {
        Self(w::i16x8_eq(self.0, other.0))
    }

    /// All bits set where this lane is greater, none elsewhere.
    #[inline(always)]
    pub fn greater(self, other: Self) -> Self {
        Self(w::i16x8_gt(self.0, other.0))
    }

    /// Where this mask has bits set those of `yes`, elsewhere those of `no`.
    #[inline(always)]
    pub fn select(self, yes: Self, no: Self) -> Self {
        Self(w::v128_bitselect(yes.0, no.0, self.0))
    }

    /// Whether any bit is set.
    #[inline(always)]
    pub fn any(self) -> bool {
        w::v128_any_true(self.0)
    }

    /// The top bit of each lane; the first lane's is bit 0.
    #[inline(always)]
    pub fn bitmask(self) -> u8 {
        w::i16x8_bitmask(self.0)
    }

    /// The low lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_low(self, other: Self) -> Self {
        Self(w::i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, other.0))
    }

    /// The high lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_high(self, other: Self) -> Self {
        Self(w::i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, other.0))
    }

    /// The low lanes, each in 32 bits.
    #[inline(always)]
    pub fn widen_low(self) -> I32x4 {
        I32x4(w::i32x4_extend_low_i16x8(self.0))
    }

    /// The high lanes, each in 32 bits.
    #[inline(always)]
    pub fn widen_high(self) -> I32x4 {
        I32x4(w::i32x4_extend_high_i16x8(self.0))
    }

    /// The low lanes of both, this one's first.
    #[inline(always)]
    pub fn join_low(self, other: Self) -> Self {
        Self(w::i64x2_shuffle::<0, 2>(self.0, other.0))
    }

    /// The high lanes of both, this one's first.
    #[inline(always)]
    pub fn join_high(self, other: Self) -> Self {
        Self(w::i64x2_shuffle::<1, 3>(self.0, other.0))
    }

    /// The low pairs of lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_pairs_low(self, other: Self) -> Self {
        Self(w::i32x4_shuffle::<0, 4, 1, 5>(self.0, other.0))
    }

    /// The high pairs of lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_pairs_high(self, other: Self) -> Self {
        Self(w::i32x4_shuffle::<2, 6, 3, 7>(self.0, other.0))
    }

    /// The upper 16 bits of the products: (a × b) >> 16.
    #[inline(always)]
    pub fn mul_upper(self, other: Self) -> Self {
        let (low, high) = (w::i32x4_extmul_low_i16x8(self.0, other.0), w::i32x4_extmul_high_i16x8(self.0, other.0));
        Self(w::i16x8_shuffle::<1, 3, 5, 7, 9, 11, 13, 15>(low, high))
    }

    /// The same bits as bytes; a lane's lower byte comes first.
    #[inline(always)]
    pub fn as_bytes(self) -> U8x16 {
        U8x16(self.0)
    }

    /// Two neighbours, of which there are four pairs, in every pair of lanes; `N` is 0 to 3.
    #[inline(always)]
    pub fn pair<const N: usize>(self) -> Self {
        Self(w::i32x4_shuffle::<N, N, N, N>(self.0, self.0))
    }

    /// Both as signed bytes, this one's lanes first, saturating at −128 and 127.
    #[inline(always)]
    pub fn to_signed_bytes(self, other: Self) -> U8x16 {
        U8x16(w::i8x16_narrow_i16x8(self.0, other.0))
    }

    /// Both as bytes, this one's lanes first, saturating at 0 and 255.
    #[inline(always)]
    pub fn to_bytes(self, other: Self) -> U8x16 {
        U8x16(w::u8x16_narrow_i16x8(self.0, other.0))
    }
}

impl std::ops::Add for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(w::i16x8_add(self.0, other.0))
    }
}

impl std::ops::Sub for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(w::i16x8_sub(self.0, other.0))
    }
}

impl std::ops::Mul for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(w::i16x8_mul(self.0, other.0))
    }
}

impl std::ops::Neg for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(w::i16x8_neg(self.0))
    }
}

impl std::ops::BitAnd for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(w::v128_and(self.0, other.0))
    }
}

impl std::ops::BitOr for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(w::v128_or(self.0, other.0))
    }
}

impl std::ops::BitXor for I16x8 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(w::v128_xor(self.0, other.0))
    }
}

impl I32x4 {
    /// The lanes of an array.
    #[inline(always)]
    #[expect(unsafe_code, reason = "only a change of type")]
    pub fn from_array(lanes: [i32; 4]) -> Self {
        // SAFETY: both are 16 bytes, and a register may hold any bits.
        Self(unsafe { std::mem::transmute::<[i32; 4], w::v128>(lanes) })
    }

    /// The lanes as an array.
    #[inline(always)]
    #[expect(unsafe_code, reason = "only a change of type")]
    pub fn to_array(self) -> [i32; 4] {
        // SAFETY: both are 16 bytes, and integers may have any bits.
        unsafe { std::mem::transmute::<w::v128, [i32; 4]>(self.0) }
    }

    /// Every lane this value.
    #[inline(always)]
    pub fn splat(value: i32) -> Self {
        Self(w::i32x4_splat(value))
    }

    /// Distances from 0; that of the least number is itself.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(w::i32x4_abs(self.0))
    }

    /// The lesser lanes.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(w::i32x4_min(self.0, other.0))
    }

    /// The greater lanes.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(w::i32x4_max(self.0, other.0))
    }

    /// Bits moved up by `N`, 0 to 31.
    #[inline(always)]
    pub fn shl<const N: u32>(self) -> Self {
        Self(w::i32x4_shl(self.0, N))
    }

    /// Bits moved down by `N`, 0 to 31, with the sign.
    #[inline(always)]
    pub fn shr<const N: u32>(self) -> Self {
        Self(w::i32x4_shr(self.0, N))
    }

    /// Bits moved down by `N`, 0 to 31, with zeros.
    #[inline(always)]
    pub fn shr_zero<const N: u32>(self) -> Self {
        Self(w::u32x4_shr(self.0, N))
    }

    /// All bits set where this lane is greater, none elsewhere.
    #[inline(always)]
    pub fn greater(self, other: Self) -> Self {
        Self(w::i32x4_gt(self.0, other.0))
    }

    /// The low lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_low(self, other: Self) -> Self {
        Self(w::i32x4_shuffle::<0, 4, 1, 5>(self.0, other.0))
    }

    /// The high lanes of both in turn, this one's first.
    #[inline(always)]
    pub fn interleave_high(self, other: Self) -> Self {
        Self(w::i32x4_shuffle::<2, 6, 3, 7>(self.0, other.0))
    }

    /// Both in 16 bits, this one's lanes first, saturating.
    #[inline(always)]
    pub fn narrow(self, other: Self) -> I16x8 {
        I16x8(w::i16x8_narrow_i32x4(self.0, other.0))
    }

    /// The same bits as bytes; a lane's lowest byte comes first.
    #[inline(always)]
    pub fn as_bytes(self) -> U8x16 {
        U8x16(self.0)
    }

    /// The sum of all lanes.
    #[inline(always)]
    pub fn sum(self) -> i32 {
        let halves = w::i32x4_add(self.0, w::i32x4_shuffle::<2, 3, 0, 1>(self.0, self.0));
        w::i32x4_extract_lane::<0>(halves).wrapping_add(w::i32x4_extract_lane::<1>(halves))
    }
}

impl std::ops::Add for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(w::i32x4_add(self.0, other.0))
    }
}

impl std::ops::Sub for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(w::i32x4_sub(self.0, other.0))
    }
}

impl std::ops::Mul for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(w::i32x4_mul(self.0, other.0))
    }
}

impl std::ops::BitAnd for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(w::v128_and(self.0, other.0))
    }
}

impl std::ops::BitOr for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(w::v128_or(self.0, other.0))
    }
}

impl std::ops::BitXor for I32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(w::v128_xor(self.0, other.0))
    }
}
