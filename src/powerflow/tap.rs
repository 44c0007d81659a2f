//! On-load tap changers: whole steps towards a set-point, never back and forth.

use super::network::Network;
use super::problem::NetworkError;
use super::solve_error::SolveError;
use super::state::State;
use super::sweep::{Options, Solved, solve};
use core::fmt;
use serde::{Deserialize, Serialize};

/// An on-load tap changer, which steps the ratio of the transformer that feeds a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapChanger {
    /// Node its transformer feeds.
    pub node: usize,
    /// Node whose voltage it holds.
    pub watched: usize,
    /// Off-nominal ratio at position 0.
    pub neutral_ratio: f64,
    /// Ratio of a step to the neutral ratio.
    pub step: f64,
    /// Lowest position.
    pub lowest: i8,
    /// Highest position.
    pub highest: i8,
    /// Voltage it aims at in pu.
    pub set_point_pu: f64,
    /// How far the voltage may be from that, either way, before it moves, in pu.
    pub dead_band_pu: f64,
}

impl TapChanger {
    /// The usual one of a 110 kV transformer: 8 steps of 1.25 % either way, at the ratio the network has.
    ///
    /// The dead band is a step wide on the whole, 0.8 % either way.
    pub fn usual(network: &Network, node: usize, set_point_pu: f64) -> Self {
        let neutral_ratio = network.model(node).map_or(1.0, |model| model.ratio);
        Self {
            node,
            watched: node,
            neutral_ratio,
            step: 0.0125,
            lowest: -8,
            highest: 8,
            set_point_pu,
            dead_band_pu: 0.008,
        }
    }

    /// Ratio at a position.
    pub fn ratio(&self, position: i8) -> f64 {
        self.neutral_ratio * (1.0 + f64::from(position) * self.step)
    }

    /// The position one step towards the set-point; none within the dead band or at the end of the range.
    ///
    /// A higher ratio lowers the voltage behind a transformer fed from its from end, and raises it otherwise.
    pub fn wanted(&self, position: i8, v_pu: f64, reversed: bool) -> Option<i8> {
        let off_pu = v_pu - self.set_point_pu;
        if off_pu.abs() <= self.dead_band_pu {
            return None;
        }
        let up = (off_pu > 0.0) != reversed;
        let next = if up { position.checked_add(1) } else { position.checked_sub(1) };
        next.filter(|next| (self.lowest..=self.highest).contains(next))
    }
}

/// What a tap changer did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regulated {
    /// Where it stands now.
    pub position: i8,
    /// Steps it made and kept.
    pub moves: u32,
    /// The network at that position.
    pub solved: Solved,
}

/// Where a tap changer stands, between solves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapPosition(pub i8);

/// Why a tap changer could not regulate.
#[derive(Clone, Debug, PartialEq)]
pub enum TapError {
    /// The network has no solution at the position it stands at.
    Solve(SolveError),
    /// A ratio is out of range.
    Network(NetworkError),
}

impl core::error::Error for TapError {}

impl fmt::Display for TapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solve(error) => error.fmt(f),
            Self::Network(error) => error.fmt(f),
        }
    }
}

impl From<SolveError> for TapError {
    fn from(error: SolveError) -> Self {
        Self::Solve(error)
    }
}

impl From<NetworkError> for TapError {
    fn from(error: NetworkError) -> Self {
        Self::Network(error)
    }
}

/// Solves a network, and steps its tap changer until the watched voltage is in the dead band or no step
/// helps.
///
/// A step is kept only if it brings the voltage clearly nearer to the set-point. So the distance falls with
/// every step kept, none is ever taken back later, and under constant loads a second call keeps no step: it
/// cannot hunt, however narrow the dead band.
///
/// # Errors
/// The network has no solution where the tap changer stands, or a ratio is out of range.
pub fn regulate(
    network: &mut Network,
    state: &mut State,
    changer: &TapChanger,
    position: &mut TapPosition,
    options: &Options,
) -> Result<Regulated, TapError> {
    // What counts as clearly nearer: well above what a solve leaves open.
    let clearly_pu = options.tolerance_pu * 1e3;
    let off = |state: &State| (state.v_pu(changer.watched) - changer.set_point_pu).abs();
    let reversed = network.is_reversed(changer.node);
    network.set_ratio(changer.node, changer.ratio(position.0))?;
    let mut solved = solve(network, state, options)?;
    let mut moves = 0;
    // It goes one way, so there are no more steps than positions.
    for _ in changer.lowest..=changer.highest {
        let wanted = changer.wanted(position.0, state.v_pu(changer.watched), reversed);
        let Some(next) = wanted else { break };
        let before_pu = off(state);
        network.set_ratio(changer.node, changer.ratio(next))?;
        match solve(network, state, options) {
            Ok(tried) if off(state) < before_pu - clearly_pu => {
                solved = tried;
                position.0 = next;
                moves += 1;
            }
            _ => {
                network.set_ratio(changer.node, changer.ratio(position.0))?;
                solved = solve(network, state, options)?;
                break;
            }
        }
    }
    Ok(Regulated { position: position.0, moves, solved })
}
