//! Every label is there, in both languages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn assets() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

fn labels() -> BTreeMap<String, [String; 2]> {
    serde_json::from_str(&fs::read_to_string(assets().join("labels.json")).unwrap()).unwrap()
}

/// All of the script, and the Rust files that name labels.
fn sources() -> String {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<_> = [assets().join("js"), src]
        .iter()
        .flat_map(|dir| fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// What stands in quotes after each call `name('`, with what follows the quote.
fn quoted<'a>(text: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let is_call = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let calls = text.match_indices(name).filter(|(at, _)| is_call(*at));
    calls.filter_map(|(at, _)| text[at + name.len()..].split_once('\'')).collect()
}

#[test]
fn every_key_that_is_used_has_a_label() {
    let (labels, text) = (labels(), sources());
    let mut missing = BTreeSet::new();
    let mut check = |key: &str, is_prefix: bool| {
        let found =
            if is_prefix { labels.keys().any(|label| label.starts_with(key)) } else { labels.contains_key(key) };
        if !found {
            missing.insert(key.to_owned());
        }
    };
    let used = quoted(&text, "t('");
    assert!(used.len() > 200);
    for (key, after) in used {
        check(key, after.trim_start().starts_with('+'));
    }
    for (group, _) in [quoted(&text, "word('"), quoted(&text, "called('")].concat() {
        check(&format!("{group}."), true);
    }
    for (unit, _) in quoted(&text, "unit: '") {
        check(&format!("unit.{unit}"), false);
    }
    for part in text.split("self.note(\"").skip(1) {
        check(part.split_once('"').unwrap().0, false);
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_label_is_told_in_both_languages() {
    // The same in both: signs, and units that are words in neither.
    let same = ["unit.percent", "unit.value", "at", "date.weekday"];
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || "：、".contains(c));
    for (key, [english, chinese]) in labels() {
        if same.contains(&key.as_str()) {
            continue;
        }
        assert!(!english.is_empty() && !is_chinese(&english), "{key}: {english}");
        assert!(is_chinese(&chinese), "{key}: {chinese}");
        let holes = |text: &str| -> BTreeSet<String> {
            text.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect()
        };
        let differ = key == "date";
        assert!(differ || holes(&english) == holes(&chinese), "{key}: {english} / {chinese}");
    }
}

#[test]
fn no_label_is_idle() {
    let text = sources();
    let calls = ["word('", "called('"].map(|call| quoted(&text, call));
    let groups: BTreeSet<String> = calls.iter().flatten().map(|(group, _)| format!("{group}.")).collect();
    let heads: Vec<&str> = quoted(&text, "t('")
        .into_iter()
        .filter(|(_, after)| after.trim_start().starts_with('+'))
        .map(|(key, _)| key)
        .collect();
    for key in labels().keys() {
        let is_used = text.contains(&format!("'{key}'"))
            || text.contains(&format!("\"{key}\""))
            || groups.iter().any(|group| key.starts_with(group.as_str()))
            || heads.iter().any(|head| key.starts_with(head))
            || key.starts_with("unit.");
        assert!(is_used, "{key}");
    }
}

/// The worlds and events that ship are called by a name for people, in both languages.
#[test]
fn what_ships_has_a_name_for_people() {
    let (labels, worlds) = (labels(), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worlds"));
    let given = |dir: &Path, field: &str| -> Vec<String> {
        let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let texts = files.filter(|file| file.extension().is_some_and(|e| e == "ron")).map(fs::read_to_string);
        let value = |line: &str| line.trim().strip_prefix(field)?.strip_suffix("\",").map(str::to_owned);
        texts.filter_map(|text| text.unwrap().lines().find_map(value)).collect()
    };
    let names = given(&worlds, "name: \"");
    let ids = given(&worlds.join("events"), "id: \"");
    assert!(names.len() >= 5 && ids.len() >= 7, "{names:?} {ids:?}");
    for key in names.iter().map(|n| format!("world_name.{n}")).chain(ids.iter().map(|i| format!("event_id.{i}"))) {
        assert!(labels.contains_key(&key), "{key}");
    }
}
