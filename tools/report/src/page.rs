//! The page: one document that carries its data, its labels, its style and its script, and loads nothing.

use crate::args::Lang;
use crate::entry::Entry;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FRAME: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/page.css");
/// Every word of the page, in English and Chinese.
const LABELS: &str = include_str!("../assets/labels.json");
/// The script, in the order in which its parts need each other.
const SCRIPTS: [&str; 13] = [
    include_str!("../assets/js/words.js"),
    include_str!("../assets/js/dom.js"),
    include_str!("../assets/js/chart.js"),
    include_str!("../assets/js/bars.js"),
    include_str!("../assets/js/map.js"),
    include_str!("../assets/js/stations.js"),
    include_str!("../assets/js/run.js"),
    include_str!("../assets/js/event.js"),
    include_str!("../assets/js/validation.js"),
    include_str!("../assets/js/capability.js"),
    include_str!("../assets/js/fork.js"),
    include_str!("../assets/js/world.js"),
    include_str!("../assets/js/main.js"),
];

/// Composes the document. Equal entries make equal bytes: no clock, no path of this machine.
pub(crate) fn compose(entries: &[Entry], lang: Lang) -> String {
    let data = json!({ "version": env!("CARGO_PKG_VERSION"), "lang": lang, "entries": entries });
    let labels: Value = serde_json::from_str(LABELS).unwrap_or_default();
    let parts = BTreeMap::from([
        ("lang", if lang == Lang::Zh { "zh" } else { "en" }.to_owned()),
        ("style", STYLE.to_owned()),
        ("labels", island(&labels)),
        ("data", island(&data)),
        ("script", SCRIPTS.concat()),
    ]);
    let mut text = String::new();
    let mut rest = FRAME;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(parts.get(name).map_or("", String::as_str));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// JSON that may stand inside a `script` element: nothing in it can end the element or begin a comment.
fn island(value: &Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// A label in English.
pub(crate) fn label(key: &str) -> String {
    let labels: BTreeMap<String, [String; 2]> = serde_json::from_str(LABELS).unwrap_or_default();
    labels.get(key).map_or_else(|| key.to_owned(), |label| label[0].clone())
}
