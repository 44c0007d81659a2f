//! Fuzzes the text layer of world files: whatever the bytes, it must end, and not panic.
//!
//! The input is up to three texts with a zero byte between them: a world file, its base `base.ron`, and a patch as
//! `--set` takes it. With cargo-fuzz:
//!
//! ```text
//! cargo +nightly fuzz run world_text fuzz/corpus/world_text fuzz/seeds/world_text -- -max_len=4096
//! ```
//!
//! Without it, on the stable toolchain, from this directory:
//!
//! ```text
//! RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
//!     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
//!     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1" \
//!     cargo build --release --target x86_64-unknown-linux-gnu
//! mkdir -p corpus/world_text
//! target/x86_64-unknown-linux-gnu/release/world_text corpus/world_text seeds/world_text -max_len=4096
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;
use ron::extensions::Extensions;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use voltcity::world::text::{Document, Memory, child};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be parsed")]
struct World {
    zones: BTreeMap<u32, Row>,
    tariff: Option<Tariff>,
    districts: Option<BTreeMap<String, Row>>,
    list: Option<Vec<f64>>,
    pair: Option<(f64, u8)>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be parsed")]
struct Row {
    district: String,
    slow: u32,
    lon: Option<f64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are there to be parsed")]
enum Tariff {
    Flat,
    Fixed(f64),
    Tou { periods: Vec<f64> },
}

/// Whether the `ron` crate reads a text that [`Document`] refuses without a reason of its own.
fn is_refused_wrongly(text: &str) -> bool {
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES;
    let options = ron::Options::default().with_default_extension(extensions);
    // Attributes, bases, removals and nesting are limited by design, and identifiers in other scripts by a simpler rule.
    let is_limited = !text.is_ascii() || ["#!", "base", "Remove", "b'"].iter().any(|word| text.contains(word));
    // The crate takes `Some 5` for `Some(5)`, which no one may mean.
    let is_bare = text.split("Some").skip(1).any(|rest| !rest.starts_with('('));
    let is_deep = text.bytes().filter(|byte| b"([{".contains(byte)).count() > 64;
    if is_limited || is_bare || is_deep || options.from_str::<ron::Value>(text).is_err() {
        return false;
    }
    let reasons = ["is given twice", "must be a finite number", "expected a struct at the top of the file"];
    let Err(problems) = Document::from_str("x.ron", text) else { return false };
    !problems.iter().any(|problem| reasons.iter().any(|reason| problem.message.contains(reason)))
}

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |&byte| byte == 0);
    let mut part = || parts.next().unwrap_or_default().to_vec();
    if let Some(text) = data.split(|&byte| byte == 0).next().and_then(|text| std::str::from_utf8(text).ok()) {
        assert!(!is_refused_wrongly(text), "the typed parse can read this");
    }
    let files = Memory::from([(PathBuf::from("x.ron"), part()), (PathBuf::from("base.ron"), part())]);
    let patch = String::from_utf8(part()).ok().filter(|patch| !patch.is_empty());
    let patches: Vec<String> = patch.into_iter().collect();
    let (document, mut problems) = Document::read(&files, Path::new("x.ron"), &patches);
    let Some(document) = document else {
        assert!(!problems.to_string().is_empty(), "what cannot be read has a reason");
        return;
    };
    problems.take(document.parse::<World>(""));
    problems.take(document.parse::<ron::Value>(""));
    problems.extend(document.parse_each::<Row>("zones").1);
    problems.extend(document.unknown_fields("", &["zones", "tariff"]));
    for field in document.fields("") {
        assert!(document.locate(&child("", &field)).is_some(), "every field has a place");
    }
    let text = document.text("").expect("a document has a text");
    let again = Memory::from([(PathBuf::from("y.ron"), text.into_bytes())]);
    let (again, _) = Document::read(&again, Path::new("y.ron"), &[]);
    assert_eq!(again.map(|again| again.digest()), Some(document.digest()), "a rendered text is read as the same");
    assert!(!problems.to_string().is_empty(), "a listing has a last line");
});
