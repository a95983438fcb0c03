//! Colours at even steps of each channel, and what lies between them.
//!
//! Between the nodes of a cell it is interpolated over the simplex in which a point lies: from the lowest corner along
//! the axes in the order of how far the point is along them. That takes one node more than there are channels, where all
//! corners would take 8 or 16, and keeps the diagonal of greys exact.

use lucarne_guest::image::ImageError;
use lucarne_simd::I32x4;

use super::srgb::PARTS;

/// Parts of the way from one node to the next.
const WAY: u32 = 256;

/// A level of 255 in a sum of nodes by their ways.
const ONE: i32 = PARTS as i32 * WAY as i32;

/// Bits for the nodes from one step of an axis to the next.
const STRIDE_BITS: u32 = 20;

/// Colours for `D` channels.
#[derive(Debug, Clone)]
pub(super) struct Lattice<const D: usize> {
    /// Levels in [`PARTS`], the last channel's steps side by side. INVARIANT: there are `count` to the power `D` of them,
    /// and each is from 0 to 255.
    nodes: Vec<[i32; 4]>,
    /// Nodes an axis, at least 2; to the power `D - 1` they have [`STRIDE_BITS`].
    count: u32,
    /// For each level, the node before it and how much of the way to the next it is. INVARIANT: a node that is not
    /// the last, and a way of 256 at most.
    places: Box<[(u16, u16); 256]>,
}

impl<const D: usize> Lattice<D> {
    /// From what a colour is at each node; the channels are from 0 to 1.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice.
    pub(super) fn new(count: u32, color: impl Fn([f64; D]) -> [i16; 3]) -> Result<Lattice<D>, ImageError> {
        let total = count.pow(D as u32) as usize;
        let mut nodes = Vec::new();
        let refusal = || ImageError::TooLarge("memory: the table of colours does not fit".into());
        nodes.try_reserve_exact(total).map_err(|_| refusal())?;
        let mut steps = [0_u32; D];
        for _ in 0..total {
            let [red, green, blue] = color(steps.map(|step| f64::from(step) / f64::from(count - 1))).map(i32::from);
            nodes.push([red, green, blue, 0]);
            for step in steps.iter_mut().rev() {
                *step += 1;
                if *step < count {
                    break;
                }
                *step = 0;
            }
        }
        let mut places = Box::new([(0, 0); 256]);
        for (level, place) in places.iter_mut().enumerate() {
            let way = (level as u32 * (count - 1) * WAY + 127) / 255;
            let node = (way / WAY).min(count - 2);
            *place = (node as u16, (way - node * WAY) as u16);
        }
        Ok(Lattice { nodes, count, places })
    }

    /// The colour of a pixel.
    #[inline(always)]
    pub(super) fn map(&self, pixel: [u8; D]) -> [u8; 3] {
        let mut at = 0;
        let mut stride = 1;
        // How far along an axis the point is, and below that the nodes from one step to the next: in the order of
        // these numbers the axes are walked.
        let mut axes = [0_u32; D];
        for axis in (0..D).rev() {
            let (node, way) = self.places[usize::from(pixel[axis])];
            at += u32::from(node) * stride;
            axes[axis] = u32::from(way) << STRIDE_BITS | stride;
            stride *= self.count;
        }
        // A network without branches: D is 3 or 4.
        for round in 0..D {
            for axis in (round % 2..D - 1).step_by(2) {
                let (one, other) = (axes[axis], axes[axis + 1]);
                (axes[axis], axes[axis + 1]) = (one.max(other), one.min(other));
            }
        }
        let node = |at: u32| I32x4::from_array(self.nodes[at as usize]);
        let mut left = WAY;
        let mut sum = I32x4::splat(ONE / 2);
        for axis in axes {
            let way = axis >> STRIDE_BITS;
            sum = sum + node(at) * I32x4::splat((left - way) as i32);
            left = way;
            at += axis & ((1 << STRIDE_BITS) - 1);
        }
        sum = sum + node(at) * I32x4::splat(left as i32);
        let [red, green, blue, _] = sum.shr::<{ ONE.ilog2() }>().to_array();
        [red as u8, green as u8, blue as u8]
    }
}
