//! Whose load it is: shares of loads behind an overloaded branch or a voltage out of its band.
//!
//! Shares are whole millionths that add up exactly, by the largest remainder. Loads that work against the
//! problem, such as solar roofs behind an overloaded transformer, are shown apart as relief.

use super::network::Network;

/// A load that may have a share: one of several at a node, or all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// What its owner calls it.
    pub id: u32,
    /// Its node.
    pub node: usize,
    /// Active power it consumes in pu; negative when it generates.
    pub p_pu: f64,
    /// Reactive power it consumes in pu; negative when it generates.
    pub q_pu: f64,
}

/// What kind of trouble shares are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Too much is drawn: an overload of the usual direction, or a low voltage.
    Draw,
    /// Too much is fed back: an overload of the reverse direction, or a high voltage.
    Return,
}

/// One load's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What its owner calls it.
    pub id: u32,
    /// Its share in millionths.
    pub ppm: u32,
}

/// Shares of loads, in the order the loads were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Shares in what makes the trouble: they add to exactly 1,000,000, or there are none.
    pub causes: Vec<Share>,
    /// Shares in what relieves it: they add to exactly 1,000,000, or there are none.
    pub relief: Vec<Share>,
    /// All relief against all causes, in millionths; above 1,000,000 when there is more relief than cause.
    pub relief_ppm: u64,
}

/// All of it, in millionths.
pub const WHOLE_PPM: u32 = 1_000_000;

/// Shares in the overload of the branch that feeds a node: by active power of the loads behind it.
pub fn overload(network: &Network, pieces: &[Piece], node: usize, trouble: Trouble) -> Shares {
    let behind = behind(network, node);
    split(pieces, trouble, |piece| if behind.get(piece.node) == Some(&true) { piece.p_pu } else { 0.0 })
}

/// Shares in the voltage of a node: by P R + Q X, with R and X of the way from the slack that the load's
/// current and the node's have in common. This is the load's part of the drop by the linear branch-flow model
/// (Baran, Wu 1989), losses and charging left out.
pub fn voltage(network: &Network, pieces: &[Piece], node: usize, trouble: Trouble) -> Shares {
    let common = common(network, node);
    split(pieces, trouble, |piece| {
        common.get(piece.node).map_or(0.0, |&(r_pu, x_pu)| piece.p_pu * r_pu + piece.q_pu * x_pu)
    })
}

/// Shares by weight, such as energy that was drawn: of what is positive in the trouble's direction and of what is
/// negative.
pub fn by_weight(weights: &[(u32, f64)], trouble: Trouble) -> Shares {
    let sign = if trouble == Trouble::Draw { 1.0 } else { -1.0 };
    let weights: Vec<(u32, f64)> = weights.iter().map(|&(id, weight)| (id, weight * sign)).collect();
    signed(&weights)
}

/// Whether each node is the given one or behind it.
fn behind(network: &Network, node: usize) -> Vec<bool> {
    let mut behind = vec![false; network.len()];
    for at in node..network.len() {
        behind[at] = at == node || network.parent(at).is_some_and(|parent| behind[parent]);
    }
    behind
}

/// Resistance and reactance in pu that the way to each node has in common with the way to the given one.
pub fn common(network: &Network, node: usize) -> Vec<(f64, f64)> {
    let mut on_way = vec![false; network.len()];
    let mut at = (node < network.len()).then_some(node);
    while let Some(here) = at {
        on_way[here] = true;
        at = network.parent(here);
    }
    let mut common = vec![(0.0, 0.0); network.len()];
    for at in 1..network.len() {
        let Some((parent, model)) = network.parent(at).zip(network.model(at)) else { continue };
        let (r_pu, x_pu) = common[parent];
        common[at] = if on_way[at] { (r_pu + model.r_pu, x_pu + model.x_pu) } else { (r_pu, x_pu) };
    }
    common
}

/// Splits by weight: what is positive in the trouble's direction are causes, what is negative relief.
fn split(pieces: &[Piece], trouble: Trouble, weight: impl Fn(&Piece) -> f64) -> Shares {
    let weights: Vec<(u32, f64)> = pieces.iter().map(|piece| (piece.id, weight(piece))).collect();
    by_weight(&weights, trouble)
}

/// Shares of what makes the trouble, which is positive, and of what relieves it.
fn signed(weights: &[(u32, f64)]) -> Shares {
    // A weight that is no number has no share.
    let of = |sign: f64| -> Vec<(u32, f64)> {
        let signed = weights.iter().map(|&(id, weight)| (id, weight * sign));
        signed.filter(|&(_, weight)| weight > 0.0 && weight.is_finite()).collect()
    };
    let (causes, relief) = (of(1.0), of(-1.0));
    let total = |side: &[(u32, f64)]| side.iter().map(|&(_, weight)| weight).sum::<f64>();
    let ratio = if causes.is_empty() { 0.0 } else { total(&relief) / total(&causes) };
    let relief_ppm = (ratio * f64::from(WHOLE_PPM)).round() as u64;
    Shares { causes: apportion(&causes), relief: apportion(&relief), relief_ppm }
}

/// Millionths by weight that add to exactly one million, by the largest remainder; equal ones go to the
/// first.
///
/// Weights become whole numbers first, so that no rounding can upset the sum.
fn apportion(weights: &[(u32, f64)]) -> Vec<Share> {
    /// The greatest weight as a whole number.
    const GREATEST: f64 = (1_u64 << 40) as f64;
    let greatest = weights.iter().map(|&(_, weight)| weight).fold(0.0, f64::max);
    let whole: Vec<u128> = weights.iter().map(|&(_, weight)| (weight / greatest * GREATEST) as u128).collect();
    let total: u128 = whole.iter().sum();
    if total == 0 {
        return Vec::new();
    }
    let quotas = || whole.iter().map(|weight| weight * u128::from(WHOLE_PPM));
    let mut shares: Vec<Share> =
        weights.iter().zip(quotas()).map(|(&(id, _), quota)| Share { id, ppm: (quota / total) as u32 }).collect();
    let given: u32 = shares.iter().map(|share| share.ppm).sum();
    let mut order: Vec<(u128, usize)> = quotas().map(|quota| quota % total).zip(0..).collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, at) in order.iter().take((WHOLE_PPM - given) as usize) {
        shares[at].ppm += 1;
    }
    shares
}
