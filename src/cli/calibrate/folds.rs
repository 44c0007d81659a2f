//! Cross-validation: how well zones are predicted that the fit has not seen, beside two simple ways to predict them.

use super::weights::{Zone, fit, ratio, spreads};
use crate::cli::validate::ZoneSeen;
use crate::cli::validate::metrics::{pearson, ranks, wape};
use serde_json::{Value, json};
use voltcity::chance::{Purpose, Seed, draw};
use voltcity::world::synth::demand::{Features, NAMES};

/// The seed of the draw that deals zones out: the same everywhere.
const DEAL: Seed = Seed(0x666f_6c64);
/// Neighbours whose mean is a prediction.
const NEIGHBOURS: usize = 5;
/// The ways to predict a zone.
pub(super) const WAYS: [&str; 3] = ["twin", "training mean", "5 nearest zones"];

/// A zone predicted by a fit that has not seen it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Predicted {
    /// The zone.
    pub(super) zone: Zone,
    /// Which part it is in.
    pub(super) fold: usize,
    /// Its utilisation by each of the [`WAYS`].
    pub(super) by: [f64; 3],
}

/// A fit without one part of the zones.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fold {
    /// Its weights.
    pub(super) weights: Features,
    /// Measured over simulated busy points in the zones it has seen: its predictions are multiplied by it.
    pub(super) level: f64,
}

/// A cross-validation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Crossed {
    /// The fits.
    pub(super) folds: Vec<Fold>,
    /// All zones, each predicted once.
    pub(super) zones: Vec<Predicted>,
}

/// How near the predictions of a way are, over all zones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pooled {
    /// Correlation of ranks.
    pub(super) spearman: Option<f64>,
    /// Correlation.
    pub(super) pearson: Option<f64>,
    /// Error where each zone counts as often as it has points.
    pub(super) wape: Option<f64>,
}

impl Pooled {
    fn of(measured: &[f64], predicted: &[f64], points: &[f64]) -> Self {
        Self {
            spearman: pearson(&ranks(measured), &ranks(predicted)),
            pearson: pearson(measured, predicted),
            wape: wape(measured, predicted, points),
        }
    }
}

/// How near a run is to all zones.
pub(super) fn pool(zones: &[ZoneSeen]) -> Pooled {
    let column = |of: fn(&ZoneSeen) -> f64| zones.iter().map(of).collect::<Vec<f64>>();
    Pooled::of(&column(|zone| zone.measured), &column(|zone| zone.simulated), &column(|zone| zone.points))
}

/// The part that each zone is in: dealt out in the order of a draw at its number.
pub(super) fn deal(ids: &[u32], folds: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|i| (draw(DEAL, Purpose::Fold, ids[*i], 0).bits(), ids[*i]));
    let mut dealt = vec![0; ids.len()];
    order.iter().enumerate().for_each(|(turn, i)| dealt[*i] = turn % folds);
    dealt
}

/// Fits the weights without each part and predicts it. `run` gives the simulated utilisation of all zones with some
/// weights, in their order.
///
/// # Errors
/// Whatever `run` meets.
pub(super) fn cross<E>(
    zones: &[Zone],
    folds: usize,
    mut run: impl FnMut(&Features) -> Result<Vec<f64>, E>,
) -> Result<Crossed, E> {
    let dealt = deal(&zones.iter().map(|zone| zone.id).collect::<Vec<_>>(), folds);
    let mut crossed = Crossed { folds: Vec::new(), zones: Vec::new() };
    for fold in 0..folds {
        let seen: Vec<usize> = (0..zones.len()).filter(|i| dealt[*i] != fold).collect();
        let training: Vec<Zone> = seen.iter().map(|i| zones[*i]).collect();
        let weights = fit(&training);
        let simulated = run(&weights)?;
        let sum = |of: &dyn Fn(usize) -> f64| seen.iter().map(|i| zones[*i].points * of(*i)).sum::<f64>();
        let level = ratio(sum(&|i| zones[i].measured), sum(&|i| simulated[i]));
        let mean = ratio(sum(&|i| zones[i].measured), sum(&|_| 1.0));
        for (i, zone) in zones.iter().enumerate().filter(|(i, _)| dealt[*i] == fold) {
            let by = [level * simulated[i], mean, nearest(&training, &zone.features)];
            crossed.zones.push(Predicted { zone: *zone, fold, by });
        }
        crossed.folds.push(Fold { weights, level });
    }
    crossed.zones.sort_by_key(|predicted| predicted.zone.id);
    Ok(crossed)
}

/// The mean of the zones whose features are nearest, each feature in units of its spread.
fn nearest(training: &[Zone], features: &Features) -> f64 {
    let spreads = spreads(training.iter().map(|zone| zone.features));
    let off = |zone: &Zone| -> f64 {
        let square = |k: usize| ratio(zone.features[k] - features[k], spreads[k]);
        (0..features.len()).map(|k| square(k) * square(k)).sum()
    };
    let mut near: Vec<(f64, u32, f64)> = training.iter().map(|zone| (off(zone), zone.id, zone.measured)).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    near.truncate(NEIGHBOURS);
    near.iter().map(|(_, _, measured)| measured).sum::<f64>() / near.len().max(1) as f64
}

impl Crossed {
    /// How near each way is.
    pub(super) fn pooled(&self) -> [Pooled; 3] {
        let column = |of: &dyn Fn(&Predicted) -> f64| self.zones.iter().map(of).collect::<Vec<f64>>();
        let (measured, points) = (column(&|zone| zone.zone.measured), column(&|zone| zone.zone.points));
        core::array::from_fn(|way| Pooled::of(&measured, &column(&|zone| zone.by[way]), &points))
    }

    /// All of it for machines.
    pub(super) fn value(&self) -> Value {
        let names = WAYS.map(|way| way.replace(' ', "_"));
        let measures = |p: &Pooled| json!({ "spearman": p.spearman, "pearson": p.pearson, "wape": p.wape });
        let ways = |of: &dyn Fn(usize) -> Value| -> Value {
            names
                .iter()
                .enumerate()
                .map(|(way, name)| (name.clone(), of(way)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let pooled = self.pooled();
        let fold = |fold: &Fold| {
            let weights: serde_json::Map<String, Value> =
                NAMES.iter().zip(fold.weights).map(|(name, weight)| ((*name).to_owned(), json!(weight))).collect();
            json!({ "weights": weights, "level_factor": fold.level })
        };
        let zone = |p: &Predicted| {
            let mut row =
                json!({ "zone": p.zone.id, "fold": p.fold, "points": p.zone.points, "measured": p.zone.measured });
            names.iter().zip(p.by).for_each(|(name, by)| row[name.as_str()] = json!(by));
            row
        };
        json!({
            "of": "utilisation of zones that the fit of their fold has not seen; wape is weighted by points",
            "level_factor": "measured over simulated busy points in the zones that a fold has seen; no factor by zone",
            "pooled": ways(&|way| measures(&pooled[way])),
            "folds": self.folds.iter().map(fold).collect::<Vec<_>>(),
            "zones": self.zones.iter().map(zone).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::weights::tests::{utilisation, zones};
    use super::*;

    #[test]
    fn folds_are_a_partition_into_parts_of_equal_size_that_never_changes() {
        let ids: Vec<u32> = (100..252).collect();
        let dealt = deal(&ids, 5);
        let sizes: Vec<usize> = (0..5).map(|fold| dealt.iter().filter(|at| **at == fold).count()).collect();
        assert_eq!(sizes, [31, 31, 30, 30, 30]);
        assert_eq!(dealt[..12], deal(&ids, 5)[..12]);
        // A literal: the parts are the same on every machine.
        assert_eq!(deal(&[101, 205, 307, 502, 703], 2), [0, 1, 1, 0, 0]);
        // The order of the zones does not matter.
        let turned: Vec<u32> = ids.iter().rev().copied().collect();
        assert_eq!(deal(&turned, 5).into_iter().rev().collect::<Vec<_>>(), dealt);
    }

    #[test]
    fn every_zone_is_predicted_once_by_a_fit_that_has_not_seen_it() {
        let weights = [0.3, -0.2, 0.15, 0.4, -0.25, -0.05];
        let zones = zones(120, &weights, 0.1);
        let answer = |weights: &Features| {
            Ok::<_, ()>(zones.iter().map(|zone| 0.6 * utilisation(&zone.features, weights, 0.0)).collect())
        };
        let crossed = cross(&zones, 4, answer).unwrap();
        let ids: Vec<u32> = crossed.zones.iter().map(|predicted| predicted.zone.id).collect();
        assert_eq!(ids, (1..=120).collect::<Vec<_>>());
        assert_eq!(crossed.folds.len(), 4);
        let [twin, mean, near] = crossed.pooled();
        assert!(twin.spearman > Some(0.9) && twin.wape < Some(0.12), "{twin:?}");
        assert!(near.wape < mean.wape && twin.wape < near.wape, "{near:?} {mean:?}");
        assert!(crossed.folds.iter().all(|fold| (fold.level - 1.0 / 0.6).abs() < 0.1), "{:?}", crossed.folds);
        // What a zone was measured to be does not reach its own prediction.
        let mut other = zones.clone();
        other[7].measured *= 3.0;
        let again = cross(&other, 4, answer).unwrap();
        let fold = crossed.zones[7].fold;
        for (a, b) in crossed.zones.iter().zip(&again.zones).filter(|(a, _)| a.fold == fold) {
            assert_eq!(a.by, b.by);
        }
    }
}
