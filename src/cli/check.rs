//! `voltcity check`: is a world sound?

use super::args::{CheckArgs, GridRequest};
use super::chart::thousands;
use super::exit::Failure;
use super::figures::{self, Origin};
use super::{console, grid, load, notes};

/// Checks a world and says what it found.
///
/// # Errors
/// A world that cannot be read or has problems, and standard output that takes nothing.
pub(crate) fn check(CheckArgs { world: args, grid }: &CheckArgs) -> Result<(), Failure> {
    let world = load(args)?;
    let plan = world.plan();
    notes::of_world(&world, &plan).iter().for_each(|note| console::note(note));
    let figures = figures::all(&world);
    let assumed = figures.iter().filter(|figure| figure.origin == Origin::Assumed).count();
    let count = |number: usize, name: &str| match number {
        1 => format!("1 {name}"),
        _ => format!("{} {name}s", thousands(number as i64)),
    };
    console::print(&format!(
        "{}: sound\n  {}, {}, {} of vehicles\n  {}, {}, {}\n  {} with their sources, of which {}\n",
        args.path.display(),
        count(world.file().districts.len(), "district"),
        count(world.file().zones.rows.len(), "zone"),
        count(world.file().fleet.len(), "class").replace("classs", "classes"),
        count(plan.vehicles.len(), "vehicle"),
        count(plan.guns.len(), "charger"),
        count(plan.transformers.len(), "transformer"),
        count(figures.len(), "figure"),
        count(assumed, "assumption"),
    ))?;
    if *grid { grid::checks(&GridRequest::of(args)) } else { Ok(()) }
}
