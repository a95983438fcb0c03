//! Colours at even steps of each channel, and what lies between them.
//!
//! Between the nodes of a cell it is interpolated over the simplex in which a point lies: from the lowest corner along
//! the axes in the order of how far the point is along them. That takes one node more than there are channels, where all
//! corners would take 8 or 16, and keeps the diagonal of greys exact.

use lucarne_guest::image::ImageError;

use super::srgb::PARTS;

/// Parts of the way from one node to the next.
const WAY: u32 = 256;

/// Colours for `D` channels.
#[derive(Debug, Clone)]
pub(super) struct Lattice<const D: usize> {
    /// Levels in [`PARTS`], the last channel's steps side by side. INVARIANT: there are `count` to the power `D` of them,
    /// and each is from 0 to 255.
    nodes: Vec<[i16; 3]>,
    /// Nodes an axis, at least 2.
    count: usize,
    /// For each level, the node before it and how much of the way to the next it is. INVARIANT: a node that is not
    /// the last, and a way of 256 at most.
    places: Box<[(u16, u16); 256]>,
}

impl<const D: usize> Lattice<D> {
    /// From what a colour is at each node; the channels are from 0 to 1.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice.
    pub(super) fn new(count: usize, color: impl Fn([f64; D]) -> [i16; 3]) -> Result<Lattice<D>, ImageError> {
        let total = count.pow(D as u32);
        let mut nodes = Vec::new();
        let refusal = || ImageError::TooLarge("memory: the table of colours does not fit".into());
        nodes.try_reserve_exact(total).map_err(|_| refusal())?;
        let mut steps = [0; D];
        for _ in 0..total {
            nodes.push(color(steps.map(|step| step as f64 / (count - 1) as f64)));
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
            let way = (level as u32 * (count as u32 - 1) * WAY + 127) / 255;
            let node = (way / WAY).min(count as u32 - 2);
            *place = (node as u16, (way - node * WAY) as u16);
        }
        Ok(Lattice { nodes, count, places })
    }

    /// The colour of a pixel.
    #[inline(always)]
    pub(super) fn map(&self, pixel: [u8; D]) -> [u8; 3] {
        let mut at = 0;
        let mut stride = 1;
        // Each axis as how far along it the point is, and the nodes from one step to the next.
        let mut axes = [(0, 0); D];
        for axis in (0..D).rev() {
            let (node, way) = self.places[usize::from(pixel[axis])];
            at += usize::from(node) * stride;
            axes[axis] = (u32::from(way), stride);
            stride *= self.count;
        }
        // A network: D is 3 or 4, and a sort that calls nothing is a fifth of the time.
        for round in 0..D {
            for axis in (round % 2..D - 1).step_by(2) {
                if axes[axis].0 < axes[axis + 1].0 {
                    axes.swap(axis, axis + 1);
                }
            }
        }
        let mut left = WAY;
        let mut sums = [0_u32; 3];
        for (way, stride) in axes.into_iter().chain([(0, 0)]) {
            let node = self.nodes[at];
            for (sum, level) in sums.iter_mut().zip(node) {
                *sum += level as u32 * (left - way);
            }
            left = way;
            at += stride;
        }
        const ONE: u32 = PARTS as u32 * WAY;
        sums.map(|sum| ((sum + ONE / 2) / ONE) as u8)
    }
}
