//! Rules of what may be fitted: numbers that the world has, within bounds that hold them.

use super::rules::Rules;
use super::words::{quoted, shown};
use crate::world::schema::{FitFile, FitParameter};

/// Free parameters, at most: a simplex of more finds nothing in a reasonable number of runs.
const PARAMETERS_MAX: usize = 40;

pub(super) fn fit(file: &FitFile, rules: &mut Rules) {
    let FitFile { source, parameters } = file;
    let mut at = rules.at("fit");
    at.source(source);
    at.length("fit.parameters", parameters.len(), 1..=PARAMETERS_MAX);
    for (i, parameter) in parameters.iter().enumerate() {
        let at = format!("fit.parameters[{i}]");
        rules.at(&at).says("meaning", &parameter.meaning);
        if parameters[..i].iter().any(|other| other.path == parameter.path) {
            let message = format!("{} is named twice", quoted(&parameter.path));
            rules.flag(&format!("{at}.path"), message, "name each number once");
        } else if bounds(&at, parameter, rules) {
            value(&at, parameter, rules);
        }
    }
}

/// Bounds that leave something to choose from. Says whether they do.
fn bounds(at: &str, parameter: &FitParameter, rules: &mut Rules) -> bool {
    let (low, high) = parameter.bounds;
    let path = format!("{at}.bounds");
    let before = rules.are_sound(&[at]);
    for (k, bound) in [low, high].into_iter().enumerate().filter(|(_, bound)| !bound.is_finite()) {
        let what = if bound.is_nan() { "not a number" } else { "infinite" };
        rules.flag(&format!("{path}[{k}]"), format!("`{path}` holds {what}"), "write a finite number");
    }
    if low >= high {
        let message = format!("`{path}` goes from {} to {}", shown(low), shown(high));
        rules.flag(&path, message, "write the lesser value first, and another one second");
    } else if parameter.whole && (low.fract() != 0.0 || high.fract() != 0.0) {
        let message = format!("`{path}` goes from {} to {} in whole numbers", shown(low), shown(high));
        rules.flag(&path, message, "write whole bounds, or leave `whole` out");
    }
    rules.are_sound(&[at]) || !before
}

/// A number of the world, within the bounds.
fn value(at: &str, parameter: &FitParameter, rules: &mut Rules) {
    let document = rules.document();
    let (path, place) = (&parameter.path, format!("{at}.path"));
    let (low, high) = parameter.bounds;
    if !document.contains(path) || path.is_empty() {
        let told = document.parse::<f64>(path).err().and_then(|problems| problems.into_iter().next());
        let hint = told.filter(|_| !path.is_empty()).map_or_else(
            || "write the path of a number, as for --set".to_owned(),
            |told| told.hint.map_or_else(|| told.message.clone(), |hint| format!("{}; {hint}", told.message)),
        );
        rules.flag(&place, format!("`{place}` is {}, and the world has nothing there", quoted(path)), hint);
        return;
    }
    let Ok(value) = document.parse::<f64>(path) else {
        let hint = "write the path of a number: a figure's value is its part 0, as in \"fleet.taxi.count.0\"";
        rules.flag(&place, format!("`{place}` is {}, and what is there is no number", quoted(path)), hint);
        return;
    };
    if !(low..=high).contains(&value) {
        let message = format!("{} is {}, outside its bounds", quoted(path), shown(value));
        let hint = format!("write bounds that hold it, or a value from {} to {}", shown(low), shown(high));
        rules.flag(&format!("{at}.bounds"), message, hint);
    } else if parameter.whole && value.fract() != 0.0 {
        let message = format!("{} is {}, which is not whole", quoted(path), shown(value));
        rules.flag(&place, message, "leave `whole` out, or write a whole number there");
    }
}
