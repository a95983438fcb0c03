//! Vectors of 128 bits, as the codecs use them: safe functions over arrays.
//!
//! Compiled for WebAssembly with `simd128`, each function is one or a few instructions of `wasm`; anywhere else it is the
//! loop of `portable`, which compilers turn into vector code of their own. The two give the same results for all
//! operands, so that what a codec makes does not depend on where it runs. This is the only crate of the codecs with
//! `unsafe`, and only for the way between an array and a register.
//!
//! Words: *low* and *high* are the first and the second half of the lanes; *saturating* clamps to the type's range;
//! whatever does not say so wraps around.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub use portable::{I16x8, I32x4, U8x16};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::{I16x8, I32x4, U8x16};

/// What a whole register can do beside its lanes' arithmetic.
macro_rules! of_slices {
    ($vector:ident, $lane:ty, $lanes:literal) => {
        impl $vector {
            /// Lanes in a vector.
            pub const LANES: usize = $lanes;

            /// The first lanes of a slice.
            ///
            /// # Panics
            /// If the slice is shorter than a vector.
            #[inline(always)]
            pub fn load(slice: &[$lane]) -> Self {
                Self::from_array(*slice.first_chunk().expect("a slice to load is as long as a vector"))
            }

            /// Writes the lanes to the beginning of a slice.
            ///
            /// # Panics
            /// If the slice is shorter than a vector.
            #[inline(always)]
            pub fn store(self, slice: &mut [$lane]) {
                *slice.first_chunk_mut().expect("a slice to store to is as long as a vector") = self.to_array();
            }
        }
    };
}

of_slices!(U8x16, u8, 16);
of_slices!(I16x8, i16, 8);
of_slices!(I32x4, i32, 4);

/// Rows become columns.
#[inline(always)]
pub fn transpose(rows: [I16x8; 8]) -> [I16x8; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    let (ae0, ae1) = (a.interleave_low(e), a.interleave_high(e));
    let (bf0, bf1) = (b.interleave_low(f), b.interleave_high(f));
    let (cg0, cg1) = (c.interleave_low(g), c.interleave_high(g));
    let (dh0, dh1) = (d.interleave_low(h), d.interleave_high(h));
    let (even0, even1) = (ae0.interleave_low(cg0), ae0.interleave_high(cg0));
    let (even2, even3) = (ae1.interleave_low(cg1), ae1.interleave_high(cg1));
    let (odd0, odd1) = (bf0.interleave_low(dh0), bf0.interleave_high(dh0));
    let (odd2, odd3) = (bf1.interleave_low(dh1), bf1.interleave_high(dh1));
    [
        even0.interleave_low(odd0),
        even0.interleave_high(odd0),
        even1.interleave_low(odd1),
        even1.interleave_high(odd1),
        even2.interleave_low(odd2),
        even2.interleave_high(odd2),
        even3.interleave_low(odd3),
        even3.interleave_high(odd3),
    ]
}

#[cfg(test)]
mod tests;
