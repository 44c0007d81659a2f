//! What outages amount to: customers, time and energy.

use super::Area;
use core::ops::AddAssign;

/// Seconds of a year of 365 days.
pub const YEAR_S: u32 = 365 * 86_400;

/// What one or more outages amount to, in whole numbers that balance: what is demanded while the element is out of
/// service is what the grid, the islands and nobody serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Customers who lost supply, each time anew.
    pub interruptions: u64,
    /// Seconds that customers were without it.
    pub customer_s: u64,
    /// Demanded by them while the element was out of service, in J.
    pub demanded_j: i128,
    /// Of that, served by the grid once supply was back, in J.
    pub grid_j: i128,
    /// Served by islands, in J.
    pub island_j: i128,
    /// Not served, in J.
    pub not_served_j: i128,
}

impl Sums {
    /// An area that is without supply for `out_s` of the time that an element is out of service.
    ///
    /// An island carries the area's essential load as long as its power suffices and its energy lasts, from the first
    /// second; vehicles do not charge in it.
    pub fn of(area: &Area, out_s: u32, lasts_s: u32, with_islands: bool) -> Self {
        let (demand_w, out) = (i128::from(area.demand_w.max(0)), i128::from(out_s));
        let essential_w = i128::from(area.needed_w());
        let carries = with_islands && area.carries_itself();
        let island_j = if carries { i128::from(area.island.energy_j).min(essential_w * out) } else { 0 };
        let carried_s = match essential_w {
            0 if carries => out_s,
            0 => 0,
            _ => (island_j / essential_w) as u32,
        };
        let grid_j = demand_w * i128::from(lasts_s - out_s);
        let demanded_j = demand_w * i128::from(lasts_s);
        Self {
            interruptions: area.customers,
            customer_s: area.customers * u64::from(out_s - carried_s),
            demanded_j,
            grid_j,
            island_j,
            not_served_j: demand_w * out - island_j,
        }
    }

    /// Whether energy balances.
    pub const fn balances(&self) -> bool {
        self.demanded_j == self.grid_j + self.island_j + self.not_served_j
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.interruptions += other.interruptions;
        self.customer_s += other.customer_s;
        self.demanded_j += other.demanded_j;
        self.grid_j += other.grid_j;
        self.island_j += other.island_j;
        self.not_served_j += other.not_served_j;
    }
}

/// The same of a mean year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    /// Outages that cut somebody off.
    pub outages: f64,
    /// Customers who lose supply, each time anew.
    pub interruptions: f64,
    /// Minutes that customers are without it.
    pub customer_min: f64,
    /// Served by islands, in J.
    pub island_j: f64,
    /// Not served, in J.
    pub not_served_j: f64,
}

impl Means {
    /// Outages of some sums that are to be expected so and so often; `outages` of them are counted here.
    pub fn of(sums: &Sums, times: f64, outages: f64) -> Self {
        Self {
            outages,
            interruptions: times * sums.interruptions as f64,
            customer_min: times * sums.customer_s as f64 / 60.0,
            island_j: times * sums.island_j as f64,
            not_served_j: times * sums.not_served_j as f64,
        }
    }

    /// The indices of some customers.
    pub fn indices(&self, customers: u64) -> Indices {
        let of = |share: f64, whole: f64| if whole == 0.0 { 0.0 } else { share / whole };
        let customers = customers as f64;
        Indices {
            saidi_min: of(self.customer_min, customers),
            saifi: of(self.interruptions, customers),
            caidi_min: of(self.customer_min, self.interruptions),
        }
    }
}

impl AddAssign for Means {
    fn add_assign(&mut self, other: Self) {
        self.outages += other.outages;
        self.interruptions += other.interruptions;
        self.customer_min += other.customer_min;
        self.island_j += other.island_j;
        self.not_served_j += other.not_served_j;
    }
}

/// Indices of reliability after IEEE Std 1366, of a year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Indices {
    /// Minutes that a customer is without supply.
    pub saidi_min: f64,
    /// Times that a customer loses it.
    pub saifi: f64,
    /// Minutes that it lasts each time.
    pub caidi_min: f64,
}
