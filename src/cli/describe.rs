//! `voltcity describe`: what is in a world, beside what is published, and what of it is assumed.

use super::args::DescribeArgs;
use super::chart::{Glyphs, figure, table, thousands};
use super::exit::Failure;
use super::figures::{Origin, Sourced};
use super::inventory::{Inventory, Published};
use super::{console, json, load};
use std::fs;
use std::path::Path;
use voltcity::fleet::station::StationKind;

/// Width of a terminal that is not asked for its own.
const COLUMNS: usize = 80;

/// Keys of published figures that are a matter of counting, in the order of the totals.
const COUNTED: [&str; 22] = [
    "vehicles",
    "chargers",
    "stations",
    "super_stations",
    "v2g_stations",
    "integrated_stations",
    "demonstration_stations",
    "buildings",
    "pv_arrays",
    "storage_units",
    "transformers",
    "feeders",
    "substations",
    "aggregators",
    "resources",
    "batteries_mwh",
    "chargers_mw",
    "pv_mw",
    "storage_mw",
    "storage_mwh",
    "transformers_mva",
    "substations_mw",
];

/// Describes a world on standard output, and in a file if one is asked for.
///
/// # Errors
/// A world that cannot be read or has problems, a file that cannot be written, standard output that takes nothing.
pub(crate) fn describe(request: &DescribeArgs) -> Result<(), Failure> {
    let world = load(&request.world)?;
    let plan = world.plan();
    let inventory = Inventory::new(&world, &plan);
    if let Some(path) = &request.out {
        let value = serde_json::to_value(&inventory).map_err(|_| Failure::Internal)?;
        let unwritable = |cause| Failure::Unwritable { path: path.clone(), cause };
        fs::write(path, json::text(&value)).map_err(unwritable)?;
    }
    console::print(&text(&inventory, &request.world.path, Glyphs::detect()))
}

/// The whole description.
fn text(inventory: &Inventory, path: &Path, glyphs: Glyphs) -> String {
    let Inventory { world, digest, start, seed, .. } = inventory;
    let warmup = match inventory.warmup_days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let head = format!(
        "{world}\n{} (digest {digest})\nA run begins on {start}, after {warmup} of warm-up, with seed {seed}.\n",
        path.display()
    );
    let parts = [
        head,
        totals(inventory, glyphs),
        vehicles(inventory, glyphs),
        chargers(inventory, glyphs),
        buildings(inventory, glyphs),
        districts(inventory, glyphs),
        published(inventory, glyphs),
        figures(inventory),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A count with separators.
fn count(number: usize) -> String {
    thousands(number as i64)
}

/// A count, or nothing where there is none, so that what there is stands out.
fn some(number: usize) -> String {
    if number == 0 { String::new() } else { count(number) }
}

/// The names of files as words.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// All agents and what is installed, beside published figures of the same key.
fn totals(inventory: &Inventory, glyphs: Glyphs) -> String {
    let row = |(name, key, value): &(&str, &str, String)| {
        let published = inventory.published.iter().find(|published| published.key == *key);
        let (number, source) =
            published.map_or_else(Default::default, |p| (figure_or_count(p.value), p.source.clone()));
        vec![(*name).to_owned(), value.clone(), number, source]
    };
    let rows: Vec<_> = counted(inventory).iter().map(row).collect();
    table(&["Agents and totals", "World", "Published", "Source"], &rows, glyphs)
}

/// Name, key and value of each total.
fn counted(inventory: &Inventory) -> [(&'static str, &'static str, String); COUNTED.len()] {
    let t = &inventory.totals;
    let of = |kind| count(inventory.stations_of(kind));
    let names = [
        ("vehicles", count(t.vehicles)),
        ("chargers (guns)", count(t.chargers)),
        ("stations", count(t.stations)),
        ("  super-charging", of(StationKind::Super)),
        ("  V2G", of(StationKind::V2g)),
        ("  integrated", of(StationKind::Integrated)),
        ("  demonstration", of(StationKind::Demonstration)),
        ("buildings", count(t.buildings)),
        ("solar arrays", count(t.pv_arrays)),
        ("storage units", count(t.storage_units)),
        ("transformers", count(t.transformers)),
        ("feeders", count(t.feeders)),
        ("substations", count(t.substations)),
        ("aggregators", count(t.aggregators)),
        ("  their resources", thousands(i64::from(t.resources))),
        ("batteries, MWh", figure(t.batteries_mwh)),
        ("chargers, MW", figure(t.chargers_mw)),
        ("solar arrays, MWp", figure(t.pv_mw)),
        ("storage, MW", figure(t.storage_mw)),
        ("storage, MWh", figure(t.storage_mwh)),
        ("transformers, MVA", figure(t.transformers_mva)),
        ("substations, MW", figure(t.substations_mw)),
    ];
    let mut keys = COUNTED.into_iter();
    names.map(|(name, value)| (name, keys.next().unwrap_or_default(), value))
}

/// A published figure: a count as such, a measure with its decimals.
fn figure_or_count(value: f64) -> String {
    match value {
        _ if value == value.floor() => thousands(value as i64),
        _ if value.abs() < 1.0 => format!("{value:.3}"),
        _ => figure(value),
    }
}

/// Published figures that only a run can be held against.
fn published(inventory: &Inventory, glyphs: Glyphs) -> String {
    let to_run = inventory.published.iter().filter(|published| !COUNTED.contains(&published.key.as_str()));
    let row = |published: &Published| {
        let value = format!("{} {}", figure_or_count(published.value), published.unit);
        vec![words(&published.key), value.trim_end().to_owned(), published.source.clone()]
    };
    let rows: Vec<_> = to_run.map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["To hold a run against", "Published", "Source"], &rows, glyphs)
}

fn vehicles(inventory: &Inventory, glyphs: Glyphs) -> String {
    let row = |class: &super::inventory::Class| {
        let kwh = if class.vehicles == 0 { String::new() } else { figure(class.battery_kwh_mean) };
        let numbers = [class.hybrids, class.v2g, class.own_pile, class.shared_pile, class.depot].map(some);
        [vec![words(class.name), count(class.vehicles), kwh], numbers.to_vec()].concat()
    };
    let rows: Vec<_> = inventory.vehicles.iter().map(row).collect();
    let note = " kWh is the mean battery; own and shared piles are at home, the others use public points.\n";
    table(&["Vehicles", "Number", "kWh", "Hybrid", "V2G", "Own", "Shared", "Depot"], &rows, glyphs)
        + &wrapped(note, " ")
}

/// Guns by station and kind. A station's name and number stand in its first row.
fn chargers(inventory: &Inventory, glyphs: Glyphs) -> String {
    let mut last = "";
    let mut rows = Vec::new();
    for guns in &inventory.chargers {
        let stations = inventory.stations.iter().find(|(label, _)| *label == guns.station).map_or(0, |(_, n)| *n);
        let named =
            if guns.station == last { [String::new(), String::new()] } else { [guns.station.into(), count(stations)] };
        last = guns.station;
        rows.push([named.to_vec(), vec![guns.kind.to_owned(), count(guns.number), figure(guns.mw)]].concat());
    }
    let failed = match inventory.totals.chargers_failed {
        0 => String::new(),
        failed => format!(" Of the guns, {} have failed for good.\n", count(failed)),
    };
    table(&["Stations", "Number", "Guns", "Number", "Rated MW"], &rows, glyphs) + &failed
}

fn buildings(inventory: &Inventory, glyphs: Glyphs) -> String {
    let rows = inventory.buildings.iter().filter(|kind| kind.number > 0).map(|kind| {
        let total_mw = kind.base_mw + kind.cooling_mw;
        vec![words(kind.kind), count(kind.number), figure(total_mw), figure(kind.cooling_mw)]
    });
    let buildings = table(&["Buildings", "Number", "Design MW", "of which cooling"], &rows.collect::<Vec<_>>(), glyphs);
    let rows = inventory.storage.iter().filter(|kind| kind.units > 0);
    let rows = rows.map(|kind| vec![kind.kind.to_owned(), count(kind.units), figure(kind.mw), figure(kind.mwh)]);
    buildings + "\n" + &table(&["Storage", "Units", "MW", "MWh"], &rows.collect::<Vec<_>>(), glyphs)
}

fn districts(inventory: &Inventory, glyphs: Glyphs) -> String {
    let name = |district: &super::inventory::District| match glyphs {
        Glyphs::Unicode => format!("{} {}", district.name, district.name_zh).trim_end().to_owned(),
        Glyphs::Ascii => district.name.clone(),
    };
    let people = inventory.districts.iter().map(|d| {
        let numbers = [d.zones, d.vehicles, d.stations, d.chargers].map(count);
        [vec![name(d)], numbers.to_vec(), vec![some(d.v2g_guns), count(d.buildings)]].concat()
    });
    let header = ["District", "Zones", "Vehicles", "Stations", "Guns", "V2G guns", "Buildings"];
    let first = table(&header, &people.collect::<Vec<_>>(), glyphs);
    let grid = inventory.districts.iter().map(|d| {
        let solar = [count(d.pv_arrays), figure(d.pv_mw), figure(d.storage_mwh)];
        let lines = [count(d.transformers), figure(d.transformers_mva), count(d.feeders), count(d.substations)];
        [vec![d.name.clone()], solar.to_vec(), lines.to_vec()].concat()
    });
    let header = ["District", "Solar", "MWp", "Sto. MWh", "Transf.", "MVA", "Feeders", "Substat."];
    first + "\n" + &table(&header, &grid.collect::<Vec<_>>(), glyphs)
}

/// How many figures there are of each origin, and every assumption by section.
fn figures(inventory: &Inventory) -> String {
    let of = |origin| count(inventory.figures_of(origin));
    let mut text = format!(
        "Figures: {} in all, of which {} from a named source, {} derived,\n\
         {} assumed, {} without effect in this world.\n",
        count(inventory.figures.len()),
        of(Origin::Published),
        of(Origin::Derived),
        of(Origin::Assumed),
        of(Origin::Unused)
    );
    let assumed: Vec<&Sourced> = inventory.figures.iter().filter(|f| f.origin == Origin::Assumed).collect();
    for section in assumed.chunk_by(|a, b| a.section == b.section) {
        text = text + "\nAssumed in `" + &section[0].section + "`\n";
        section.chunk_by(|a, b| a.group() == b.group()).for_each(|group| text += &assumptions(group));
    }
    text
}

/// The assumptions of one group: those with a reason each, then those without.
fn assumptions(group: &[&Sourced]) -> String {
    // A group of one does not deserve a heading.
    let (heading, indent) = match group[0].group() {
        "" => (String::new(), "  "),
        _ if group.len() == 1 => (String::new(), "  "),
        name => (format!("  {name}\n"), "    "),
    };
    let name = |figure: &Sourced| {
        let path = if heading.is_empty() { figure.path.as_str() } else { figure.name() };
        let path = if path.is_empty() { figure.section.as_str() } else { path };
        if figure.value.is_empty() { path.to_owned() } else { format!("{path} = {}", figure.short_value()) }
    };
    let (bare, with_reason): (Vec<&Sourced>, Vec<_>) = group.iter().partition(|figure| figure.reason().is_empty());
    let mut text = heading.clone();
    for figure in with_reason {
        text += &wrapped(&format!("{}: {}", name(figure), figure.reason()), indent);
    }
    if !bare.is_empty() {
        let names: Vec<String> = bare.into_iter().map(name).collect();
        text += &wrapped(&format!("no reason given: {}", names.join(", ")), indent);
    }
    text
}

/// A paragraph of at most 80 columns whose further lines are indented by two more.
fn wrapped(paragraph: &str, indent: &str) -> String {
    let mut text = String::new();
    let mut line = indent.to_owned();
    let mut is_empty = true;
    for word in paragraph.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            text += &line;
            text.push('\n');
            line = format!("{indent}  ");
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    text + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use voltcity::world::Checked;

    fn block() -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let world = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = world.plan();
        text(&Inventory::new(&world, &plan), Path::new("worlds/block.ron"), Glyphs::Ascii)
    }

    #[test]
    fn a_description_fits_a_terminal_and_tells_of_every_assumption() {
        let text = block();
        let too_long: Vec<&str> = text.lines().filter(|line| line.chars().count() > COLUMNS).collect();
        assert!(too_long.is_empty(), "{too_long:#?}");
        assert!(text.starts_with("One block\nworlds/block.ron (digest "), "{text}");
        assert!(text.contains("\n vehicles              "), "{text}");
        assert!(text.contains("\n  private\n"), "{text}");
        assert!(text.contains("kwh_per_km = (0.145, 0.12): sedans and SUVs at mild temperature\n"), "{text}");
        assert!(text.contains("    no reason given: "), "{text}");
        assert!(text.contains("\n  seed = 7: any number will do\n"), "{text}");
    }

    #[test]
    fn paragraphs_are_wrapped_between_words() {
        let text = wrapped(&"word ".repeat(40), "  ");
        assert_eq!(text.matches("word").count(), 40);
        assert!(text.lines().all(|line| line.len() <= COLUMNS && line.starts_with("  ")));
        assert_eq!(wrapped("a b", " "), " a b\n");
        assert_eq!(wrapped(&"x".repeat(100), " ").lines().count(), 1);
    }
}
