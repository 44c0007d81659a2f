//! Dispatch: how much of each offer is called when an event asks for a change of load.
//!
//! Every resource that may take part says what it can change now ([`Offer`]). A [`Policy`] fills in how much of each
//! is called. Policies are pure: the same request and offers give the same calls, in whatever order the offers come.
//! All figures are whole watts, so that what is called can be summed and compared exactly.
//!
//! | policy | who is called |
//! |---|---|
//! | [`Proportional`] | everyone, in proportion to what they offer |
//! | [`MeritOrder`] | the cheapest first |
//! | [`LeastLaxity`] | who can wait best when load is reduced, who can wait least when it is raised |
//! | [`Rotation`] | who has been used least so far |
//! | [`Limited`] | any of them within the room of every transformer, feeder and substation |
//!
//! What a policy returns is not trusted: [`sanitise`] stands between any policy and the set-points. The module [`kit`]
//! has cases and invariants for whoever writes a policy, and policies that break every rule for whoever guards one.

pub mod control;
pub mod kit;
mod level;
mod limited;
mod offer;
mod order;
mod own;
mod proportional;
pub mod release;
mod sane;
mod tree;
mod work;

pub use limited::Limited;
pub use offer::{Direction, Offer, Request, ResourceKind};
pub use order::{LeastLaxity, MeritOrder, Rotation};
pub use proportional::{Proportional, share};
pub use sane::{Sane, sanitise};
pub use tree::{BadTree, Grid, Level, Room};

/// How a policy decides, told to [`Limited`], which then finds the exact tree-limited form.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Offers are called in full one after another, by a rising key and then by resource.
    Order(fn(&Request, &Offer) -> i64),
    /// Every offer is called at the same share of what it can do.
    Share,
    /// Some other way: only its own answers tell.
    Own,
}

/// Decides how much of each offer is called in an interval.
///
/// There is one entry per offer and no way to name a resource that was not offered. Calls must depend neither on the
/// order of the offers nor on what is in `called_w` beforehand, and must not change from one call to the next; the
/// sum must not fall when the request grows. [`kit::check`] holds a policy to all of this.
pub trait Policy: Send + Sync {
    /// What reports call it.
    fn name(&self) -> &'static str;

    /// Fills `called_w`, one entry in W for each of `offers`, each from zero to what the offer can do
    /// ([`Offer::within_w`]), in sum at most what is requested.
    fn dispatch(&self, request: &Request, offers: &[Offer], grid: &Grid, called_w: &mut [i64]);

    /// How it decides, if it is one of the ways that have an exact form within a tree.
    fn rule(&self) -> Rule {
        Rule::Own
    }

    /// True if what it calls always keeps to the room of the tree.
    fn respects_tree(&self) -> bool {
        false
    }
}

impl<P: Policy + ?Sized> Policy for &P {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn dispatch(&self, request: &Request, offers: &[Offer], grid: &Grid, called_w: &mut [i64]) {
        (**self).dispatch(request, offers, grid, called_w);
    }

    fn rule(&self) -> Rule {
        (**self).rule()
    }

    fn respects_tree(&self) -> bool {
        (**self).respects_tree()
    }
}

impl<P: Policy + ?Sized> Policy for Box<P> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn dispatch(&self, request: &Request, offers: &[Offer], grid: &Grid, called_w: &mut [i64]) {
        (**self).dispatch(request, offers, grid, called_w);
    }

    fn rule(&self) -> Rule {
        (**self).rule()
    }

    fn respects_tree(&self) -> bool {
        (**self).respects_tree()
    }
}

/// All policies of the library without their tree-limited forms, for comparisons.
pub fn bare() -> Vec<Box<dyn Policy>> {
    vec![Box::new(Proportional), Box::new(MeritOrder), Box::new(LeastLaxity), Box::new(Rotation)]
}

/// The tree-limited forms of all policies of the library.
pub fn limited() -> Vec<Box<dyn Policy>> {
    bare().into_iter().map(|p| Box::new(Limited::new(p)) as Box<dyn Policy>).collect()
}
