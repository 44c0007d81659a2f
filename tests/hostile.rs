//! Hostile values: whatever a world says, it is refused with problems or it runs and its books close.

use crate::support::{block, cases, options};
use proptest::prelude::*;
use std::sync::LazyLock;
use std::sync::mpsc;
use std::time::Duration;
use voltcity::twin::Twin;
use voltcity::world::Checked;
use voltcity::world::text::{Document, child};

/// No case may take longer than this, however slow the machine.
const LONGEST: Duration = Duration::from_secs(120);
/// A world of more vehicles or guns than this is run for one hour only.
const SMALL: usize = 5_000;

/// Values that a number is replaced by.
const NUMBERS: [&str; 24] = [
    "0",
    "-1",
    "1",
    "1.0",
    "0.5",
    "0.999999",
    "1e-9",
    "1e-300",
    "-0.0",
    "2",
    "3",
    "13",
    "24",
    "100",
    "1000",
    "65536",
    "100000",
    "2147483648",
    "4294967295",
    "4294967296",
    "1e18",
    "1e300",
    "NaN",
    "-inf",
];
/// Values that a word, a text or a list is replaced by.
const OTHERS: [&str; 12] = [
    "\"\"",
    "\"Atlantis\"",
    "\"2024-02-30\"",
    "\"2024-12-31\"",
    "[]",
    "{}",
    "()",
    "Remove",
    "None",
    "true",
    "0",
    "Holiday",
];

/// Something of the block's document that can be replaced.
struct Target {
    path: String,
    /// Its value as written.
    text: String,
    /// Paths of its items, if it is a list or a tuple.
    items: Vec<String>,
}

/// By top-level section, so that the long tables of weather and load are not nearly all of it.
static TARGETS: LazyLock<Vec<Vec<Target>>> = LazyLock::new(|| {
    let document = Document::load(&block(), &[]).expect("the block can be read");
    let sections = document.fields("").into_iter().map(|section| {
        let mut found = Vec::new();
        collect(&document, section, &mut found);
        found
    });
    sections.collect()
});

fn collect(document: &Document, path: String, found: &mut Vec<Target>) {
    let fields = document.fields(&path);
    let items: Vec<String> = (0..)
        .map(|i| format!("{path}[{i}]"))
        .take_while(|_| fields.is_empty())
        .take_while(|p| document.contains(p))
        .collect();
    for inner in fields.iter().map(|field| child(&path, field)).chain(items.clone()) {
        collect(document, inner, found);
    }
    let text = document.text(&path).unwrap_or_default();
    found.push(Target { path, text, items });
}

/// A patch made of four numbers: the section, the thing in it, the way and the value.
fn patch((section, thing, way, value): (usize, usize, usize, usize)) -> String {
    let document = || Document::load(&block(), &[]).expect("the block can be read");
    let section = &TARGETS[section % TARGETS.len()];
    let target = &section[thing % section.len()];
    let path = &target.path;
    let is_number = target.text.parse::<f64>().is_ok();
    if is_number {
        return match way % 8 {
            0 => format!("{path}=-{}", target.text.trim_start_matches('-')),
            1 => format!("{path}={}0", target.text),
            _ => format!("{path}={}", NUMBERS[value % NUMBERS.len()]),
        };
    }
    if target.items.is_empty() {
        return format!("{path}={}", OTHERS[value % OTHERS.len()]);
    }
    let document = document();
    let mut items: Vec<String> = target.items.iter().filter_map(|item| document.text(item)).collect();
    let (n, i) = (items.len(), value % items.len());
    match way % 5 {
        0 => items.clear(),
        1 => drop(items.remove(i)),
        2 => items.push(items[i].clone()),
        3 => items.swap(i, (i + 1) % n),
        _ => items[i] = items[(i + 1) % n].clone(),
    }
    let (open, close) = if target.text.starts_with('[') { ("[", "]") } else { ("(", ")") };
    format!("{path}={open}{}{close}", items.join(","))
}

/// What has become of a world.
#[derive(Debug)]
enum Fate {
    Refused,
    /// It ran; the residual of its books in J.
    Ran(i64),
}

fn fate(patches: &[String]) -> Fate {
    let Ok(checked) = Checked::load(&block(), patches) else { return Fate::Refused };
    let plan = checked.plan();
    let is_small = plan.vehicles.len() + plan.guns.len() < SMALL;
    let mut twin = Twin::new(plan, &options(2, 900));
    for _ in 0..if is_small { 112 } else { 4 } {
        twin.step();
    }
    Fate::Ran(twin.ledger_residual_j())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(250), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_hostile_world_is_refused_or_runs(
        picks in prop::collection::vec((0_usize..64, 0_usize..100_000, 0_usize..40, 0_usize..1_000), 1..=3)
    ) {
        let patches: Vec<String> = picks.into_iter().map(patch).collect();
        let (send, receive) = mpsc::channel();
        let theirs = patches.clone();
        let runner = std::thread::spawn(move || send.send(fate(&theirs)));
        let fate = receive.recv_timeout(LONGEST);
        // A thread that hangs is left to itself; one that panicked has hung up.
        prop_assert!(!matches!(fate, Err(mpsc::RecvTimeoutError::Timeout)), "it takes for ever: {patches:#?}");
        prop_assert!(runner.join().is_ok(), "it panics: {patches:#?}");
        if let Ok(Fate::Ran(residual_j)) = fate {
            prop_assert_eq!(residual_j, 0, "the books do not close: {:#?}", patches);
        }
    }
}
