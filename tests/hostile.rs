//! Hostile values: whatever a world says, it is refused with problems or it runs and its books close.

use crate::support::{block, cases, options};
use proptest::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;
use voltcity::twin::Twin;
use voltcity::world::Checked;
use voltcity::world::text::{Document, child};

/// No case may take longer than this, however slow the machine.
const LONGEST: Duration = Duration::from_mins(2);
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
/// Factors that leave a number near what it was: most of such worlds are right, and run.
const FACTORS: [f64; 6] = [0.5, 0.9, 0.99, 1.01, 1.1, 2.0];
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

/// Its numbers and the rest, by top-level section: the long tables of weather and load are not to be nearly all of it.
static TARGETS: LazyLock<Vec<[Vec<Target>; 2]>> = LazyLock::new(|| {
    let document = Document::load(&block(), &[]).expect("the block can be read");
    let sections = document.fields("").into_iter().map(|section| {
        let mut found = Vec::new();
        collect(&document, section, &mut found);
        let (numbers, others) = found.into_iter().partition(|target| target.text.parse::<f64>().is_ok());
        [numbers, others]
    });
    sections.collect()
});

fn collect(document: &Document, path: String, found: &mut Vec<Target>) {
    let fields = document.fields(&path);
    let item = |i: usize| Some(format!("{path}[{i}]")).filter(|item| fields.is_empty() && document.contains(item));
    let items: Vec<String> = (0..1_000).map_while(item).collect();
    for inner in fields.iter().map(|field| child(&path, field)).chain(items.clone()) {
        collect(document, inner, found);
    }
    let text = document.text(&path).unwrap_or_default();
    found.push(Target { path, text, items });
}

/// A patch made of four numbers: the section, the thing in it, the way and the value. Four in five are of numbers.
fn patch((section, thing, way, value): (usize, usize, usize, usize)) -> String {
    let [numbers, others] = &TARGETS[section % TARGETS.len()];
    let (is_number, targets) = match way / 8 {
        0 => (others.is_empty(), if others.is_empty() { numbers } else { others }),
        _ => (!numbers.is_empty(), if numbers.is_empty() { others } else { numbers }),
    };
    let target = &targets[thing % targets.len()];
    let path = &target.path;
    if is_number {
        return format!("{path}={}", number(&target.text, way % 8, value));
    }
    if target.items.is_empty() {
        return format!("{path}={}", OTHERS[value % OTHERS.len()]);
    }
    let document = Document::load(&block(), &[]).expect("the block can be read");
    let mut items: Vec<String> = target.items.iter().filter_map(|item| document.text(item)).collect();
    let (n, i) = (items.len(), value % items.len());
    let next = items[(i + 1) % n].clone();
    match way % 5 {
        0 => items.clear(),
        1 => drop(items.remove(i)),
        2 => items.push(items[i].clone()),
        3 => items.swap(i, (i + 1) % n),
        _ => items[i] = next,
    }
    let (open, close) = if target.text.starts_with('[') { ("[", "]") } else { ("(", ")") };
    format!("{path}={open}{}{close}", items.join(","))
}

/// What a number is replaced by; one without decimals stays so, as it may be a count.
fn number(text: &str, way: usize, value: usize) -> String {
    match way {
        0 => format!("-{}", text.trim_start_matches('-')),
        1 => format!("{text}0"),
        2..=5 => {
            let near = text.parse::<f64>().unwrap_or_default() * FACTORS[value % FACTORS.len()];
            if text.contains(['.', 'e', 'E']) { near.to_string() } else { near.round().to_string() }
        }
        _ => NUMBERS[value % NUMBERS.len()].to_owned(),
    }
}

/// The patches with every number that was refused moved to the least or the greatest that is right, as the help for it
/// says: what just passes must run, too.
fn at_the_bounds(mut patches: Vec<String>, greatest: bool) -> Vec<String> {
    for _ in 0..3 {
        let Err(problems) = Checked::load(&block(), &patches) else { break };
        for problem in problems {
            let (Some(place), Some((low, high))) = (&problem.place, problem.hint.as_deref().and_then(range)) else {
                continue;
            };
            let Some(path) = place.file.strip_prefix("--set ") else { continue };
            let bound = if greatest { high } else { low };
            let is_it = |patch: &&mut String| patch.split_once('=').is_some_and(|(its, _)| its == path);
            if let Some(patch) = patches.iter_mut().find(is_it).filter(|patch| !patch.ends_with([']', ')'])) {
                *patch = format!("{path}={bound}");
            }
        }
    }
    patches
}

/// The bounds in a help such as `write 0 to 20,000,000 vehicles`.
fn range(hint: &str) -> Option<(String, String)> {
    let (low, rest) = hint.strip_prefix("write ")?.split_once(" to ")?;
    let (is_open, rest) = rest.strip_prefix("below ").map_or((false, rest), |rest| (true, rest));
    let number = |text: &str| text.replace(',', "").parse::<f64>().ok();
    let (low, high) = (number(low)?, number(rest.split(' ').next()?)?);
    Some((low.to_string(), (if is_open { high * 0.999_999 } else { high }).to_string()))
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

#[test]
fn a_hostile_world_is_refused_or_runs() {
    let config = ProptestConfig { cases: cases(1_000), max_shrink_iters: 200, ..ProptestConfig::default() };
    let (cases, ran) = (AtomicU32::new(0), AtomicU32::new(0));
    let picks = prop::collection::vec((0_usize..64, 0_usize..100_000, 0_usize..40, 0_usize..1_000), 1..=3);
    proptest!(config, |(picks in picks, bound in prop::option::of(any::<bool>()))| {
        let patches: Vec<String> = picks.into_iter().map(patch).collect();
        let patches = match bound {
            Some(greatest) => at_the_bounds(patches, greatest),
            None => patches,
        };
        let (send, receive) = mpsc::channel();
        let theirs = patches.clone();
        let runner = std::thread::spawn(move || send.send(fate(&theirs)));
        let fate = receive.recv_timeout(LONGEST);
        // A thread that hangs is left to itself; one that panicked has hung up.
        prop_assert!(!matches!(fate, Err(mpsc::RecvTimeoutError::Timeout)), "it takes for ever: {patches:#?}");
        prop_assert!(runner.join().is_ok(), "it panics: {patches:#?}");
        cases.fetch_add(1, Ordering::Relaxed);
        if let Ok(Fate::Ran(residual_j)) = fate {
            ran.fetch_add(1, Ordering::Relaxed);
            prop_assert_eq!(residual_j, 0, "the books do not close: {:#?}", patches);
        }
    });
    let (cases, ran) = (cases.into_inner(), ran.into_inner());
    // Were nearly all refused, this would test the checks only. A few cases may all be of one kind.
    assert!(cases < 200 || (cases / 10..=cases / 10 * 9).contains(&ran), "{ran} of {cases} hostile worlds run");
}
