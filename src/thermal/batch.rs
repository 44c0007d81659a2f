//! Many transformers at once, in structure of arrays. A step does not allocate, and gives each transformer
//! the bits that it would get alone.

use super::ageing::{LifeMeter, Paper};
use super::dry::{DryParams, DryState};
use super::oil::{OilDecay, OilParams, OilState};

/// Oil-immersed transformers that share a few kinds of parameters.
///
/// Exponentials of the step depend on the kind alone and are worked out once for each.
#[derive(Clone, Debug, PartialEq)]
pub struct OilBatch {
    paper: Paper,
    kinds: Vec<OilParams>,
    decays: Vec<[OilDecay; 2]>,
    /// By transformer.
    kind: Vec<u16>,
    top_oil_c: Vec<f64>,
    winding_k: Vec<f64>,
    oil_k: Vec<f64>,
    rate: Vec<f64>,
    lost_h: Vec<f64>,
    elapsed_s: u64,
}

impl OilBatch {
    /// Transformers by their kinds, each in the steady state of a load in pu in air of a temperature in °C.
    ///
    /// # Panics
    /// If a kind is out of range or a kind has a [`OilParams::flaw`].
    pub fn new(paper: Paper, kinds: Vec<OilParams>, kind: Vec<u16>, load: f64, ambient_c: f64) -> Self {
        assert!(kinds.iter().all(|params| params.flaw().is_none()), "parameters in range");
        assert!(kind.iter().all(|&k| usize::from(k) < kinds.len()), "kinds that exist");
        let starts: Vec<_> = kinds.iter().map(|params| params.steady(load, ambient_c)).collect();
        let of = |part: fn(&OilState) -> f64| kind.iter().map(|&k| part(&starts[usize::from(k)])).collect();
        Self {
            paper,
            decays: vec![[OilDecay::default(); 2]; kinds.len()],
            top_oil_c: of(|state| state.top_oil_c),
            winding_k: of(|state| state.winding_k),
            oil_k: of(|state| state.oil_k),
            rate: kind.iter().map(|&k| paper.rate(starts[usize::from(k)].hot_spot_c())).collect(),
            lost_h: vec![0.0; kind.len()],
            elapsed_s: 0,
            kinds,
            kind,
        }
    }

    /// Steps all by a length in s, each at its load in pu in air of its own temperature in °C.
    ///
    /// # Panics
    /// If there is not one load and one temperature for each.
    pub fn step(&mut self, loads: &[f64], ambient_c: &[f64], step_s: u32) {
        assert_eq!((loads.len(), ambient_c.len()), (self.len(), self.len()), "one of each");
        for (decays, params) in self.decays.iter_mut().zip(&self.kinds) {
            *decays = OilDecay::halfway_and_whole(params, step_s);
        }
        for (i, (&load, &ambient_c)) in loads.iter().zip(ambient_c).enumerate() {
            let kind = usize::from(self.kind[i]);
            let steady = self.kinds[kind].steady(load, ambient_c);
            let (next, end, mean) = self.state(i).aged(&steady, &self.decays[kind], self.paper, self.rate[i]);
            self.top_oil_c[i] = next.top_oil_c;
            self.winding_k[i] = next.winding_k;
            self.oil_k[i] = next.oil_k;
            self.rate[i] = end;
            self.lost_h[i] += mean * f64::from(step_s) / 3_600.0;
        }
        self.elapsed_s += u64::from(step_s);
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.kind.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    /// Temperatures of the top oil in °C.
    pub fn top_oil_c(&self) -> &[f64] {
        &self.top_oil_c
    }

    /// How hot one of them is.
    pub fn state(&self, i: usize) -> OilState {
        OilState { top_oil_c: self.top_oil_c[i], winding_k: self.winding_k[i], oil_k: self.oil_k[i] }
    }

    /// Relative ageing rates now.
    pub fn rates(&self) -> &[f64] {
        &self.rate
    }

    /// What one of them has lost of its life since the start.
    pub fn life(&self, i: usize) -> LifeMeter {
        LifeMeter { lost_h: self.lost_h[i], elapsed_s: self.elapsed_s }
    }
}

/// Dry-type transformers that share a few kinds of parameters. Not validated.
#[derive(Clone, Debug, PartialEq)]
pub struct DryBatch {
    kinds: Vec<DryParams>,
    decays: Vec<f64>,
    /// By transformer.
    kind: Vec<u16>,
    rise_k: Vec<f64>,
}

impl DryBatch {
    /// Transformers by their kinds, each in the steady state of a load in pu.
    ///
    /// # Panics
    /// If a kind is out of range or a kind has a [`DryParams::flaw`].
    pub fn new(kinds: Vec<DryParams>, kind: Vec<u16>, load: f64) -> Self {
        assert!(kinds.iter().all(|params| params.flaw().is_none()), "parameters in range");
        assert!(kind.iter().all(|&k| usize::from(k) < kinds.len()), "kinds that exist");
        let rise_k = kind.iter().map(|&k| kinds[usize::from(k)].steady(load).rise_k).collect();
        Self { decays: vec![0.0; kinds.len()], kinds, kind, rise_k }
    }

    /// Steps all by a length in s, each at its load in pu.
    ///
    /// # Panics
    /// If there is not one load for each.
    pub fn step(&mut self, loads: &[f64], step_s: u32) {
        assert_eq!(loads.len(), self.kind.len(), "one load for each");
        for (decay, params) in self.decays.iter_mut().zip(&self.kinds) {
            *decay = params.decay(step_s);
        }
        for ((rise_k, &kind), &load) in self.rise_k.iter_mut().zip(&self.kind).zip(loads) {
            let kind = usize::from(kind);
            let state = DryState { rise_k: *rise_k };
            *rise_k = state.towards(&self.kinds[kind].steady(load), self.decays[kind]).rise_k;
        }
    }

    /// Rises of the windings over air in K.
    pub fn rises_k(&self) -> &[f64] {
        &self.rise_k
    }
}
