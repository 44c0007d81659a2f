//! The calibration for people: tables of at most 80 columns.

use super::fit::Standing;
use super::folds::{Pooled, WAYS, pool};
use super::patch::Told;
use crate::cli::chart::{Glyphs, table};
use crate::cli::validate::Score;
use std::path::PathBuf;
use voltcity::world::synth::demand::NAMES;

/// The whole report.
pub(super) fn text(told: &Told<'_>, files: &[PathBuf], glyphs: Glyphs) -> String {
    let written = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
    let parts = [
        title(told),
        parameters(told, glyphs),
        objective(told, glyphs),
        weights(told, glyphs),
        zones(told, glyphs),
        crossed(told, glyphs),
        format!("Written to {written}\n"),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn title(told: &Told<'_>) -> String {
    let (start, request) = (told.lab.target.start(), told.request);
    let span = format!("{} days from {} {start}", request.days, start.strftime("%A"));
    let head = format!("{}\n{span}, steps of {} s, seed {}\n", told.lab.full.file().name, request.step_s, told.seed());
    told.methods().iter().fold(head, |text, method| text + &wrapped(method))
}

/// A line in lines that fit.
fn wrapped(line: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        if column > 0 && column + 1 + word.len() > 80 {
            text += "\n  ";
            column = 2;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += word.len();
    }
    text + "\n"
}

fn parameters(told: &Told<'_>, glyphs: Glyphs) -> String {
    if told.fit.space.0.is_empty() {
        return String::new();
    }
    let row = |(axis, fitted): (&super::space::Axis, &f64)| {
        let (low, high) = axis.parameter.bounds;
        vec![axis.parameter.path.clone(), low.to_string(), high.to_string(), axis.start.to_string(), fitted.to_string()]
    };
    let rows: Vec<Vec<String>> = told.fit.space.0.iter().zip(&told.fit.values).map(row).collect();
    table(&["Free parameter", "from", "to", "World", "Fitted"], &rows, glyphs)
}

fn objective(told: &Told<'_>, glyphs: Glyphs) -> String {
    let Some((before, after)) = told.fit.before.score.zip(told.fit.after.score) else { return String::new() };
    let mut rows = Vec::new();
    for (kind, name) in Score::KINDS.iter().enumerate() {
        for (part, what) in Score::PARTS.iter().enumerate() {
            if let Some((before, after)) = before.kinds[kind].zip(after.kinds[kind]) {
                rows.push(vec![format!("{name}, {what}"), percent(before[part]), percent(after[part])]);
            }
        }
    }
    rows.push(vec!["objective".to_owned(), format!("{:.6}", before.total()), format!("{:.6}", after.total())]);
    table(&["Error at full count (WAPE)", "World", "Fitted"], &rows, glyphs)
}

fn weights(told: &Told<'_>, glyphs: Glyphs) -> String {
    let Some(zoned) = &told.fit.zoned else { return String::new() };
    let weights = &zoned.weights;
    let before = voltcity::world::synth::demand::weights(&told.lab.full.file().charging.zone_demand.get());
    let row = |k: usize| vec![NAMES[k].replace('_', " "), format!("{:.4}", before[k]), format!("{:.4}", weights[k])];
    let rows: Vec<Vec<String>> = (0..NAMES.len()).map(row).collect();
    let missed: Vec<String> = zoned.settled.missed.iter().map(|missed| percent(*missed)).collect();
    table(&["Demand by zone, weight of", "World", "Fitted"], &rows, glyphs)
        + &wrapped(&format!("Shadow prices: zones were off their demand by {}.", missed.join(", ")))
}

fn zones(told: &Told<'_>, glyphs: Glyphs) -> String {
    let row = |name: &str, of: &Standing| near(name, &pool(&of.zones));
    if told.fit.after.zones.is_empty() {
        return String::new();
    }
    let rows = [row("world", &told.fit.before), row("fitted", &told.fit.after)];
    let header = format!("Utilisation of {} zones", told.fit.after.zones.len());
    table(&[&header, "Spearman", "Pearson", "WAPE by points"], &rows, glyphs)
}

fn crossed(told: &Told<'_>, glyphs: Glyphs) -> String {
    let Some(crossed) = &told.fit.crossed else { return String::new() };
    let rows: Vec<Vec<String>> = WAYS.iter().zip(crossed.pooled()).map(|(way, of)| near(way, &of)).collect();
    let header = format!("Zones left out, in {} parts, by", crossed.folds.len());
    table(&[&header, "Spearman", "Pearson", "WAPE by points"], &rows, glyphs)
        + "The twin's figures are multiplied by measured over simulated busy points in\n\
           the zones that each fit has seen; no zone has a correction of its own.\n"
}

fn near(name: &str, of: &Pooled) -> Vec<String> {
    let plain = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let wape = of.wape.map_or_else(|| "-".to_owned(), percent);
    vec![name.to_owned(), plain(of.spearman), plain(of.pearson), wape]
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
