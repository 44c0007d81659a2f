//! The page in a real browser, at the widths of a desk and of a telephone: nothing breaks, the language changes, the
//! slider moves the map, nothing is wider than the screen.

use crate::chromium;
use crate::fixture::Dir;
use crate::page::full;
use serde_json::Value;

/// Looks at the page in two frames and writes down what it finds.
const INSPECTOR: &str = include_str!("inspector.js");

fn frame(page: &str, width: u32) -> String {
    let escaped = page.replace('&', "&amp;").replace('"', "&quot;");
    format!("<iframe width=\"{width}\" height=\"900\" data-width=\"{width}\" srcdoc=\"{escaped}\"></iframe>\n")
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped has to say so")]
fn the_page_works_at_two_widths_in_two_languages() {
    let Some(browser) = chromium::find() else {
        eprintln!("skipped: no Chromium");
        return;
    };
    let dir = Dir::new();
    let page = full(&dir);
    let frames = [1280, 390].map(|width| frame(&page, width)).concat();
    let text = format!(
        "<!doctype html><meta charset=\"utf-8\"><pre id=\"verdict\"></pre>\n{frames}<script>{INSPECTOR}</script>"
    );
    dir.write("inspect.html", &text);
    let shown = chromium::open(&browser, &dir.path("inspect.html"), &dir.path(""));
    assert!(shown.console.is_empty(), "{:#?}", shown.console);
    let verdict = shown.dom.split_once("<pre id=\"verdict\">").unwrap().1.split_once("</pre>").unwrap().0;
    let verdict = verdict.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let verdict: Value = serde_json::from_str(&verdict).unwrap_or_else(|error| panic!("{error}: {verdict:?}"));
    let looks = verdict.as_array().unwrap();
    assert_eq!(looks.len(), 2, "{verdict:#}");
    for look in looks {
        assert_eq!(look["problems"], serde_json::json!([]), "at {} px", look["width"]);
        // What was looked at, so that a page without anything does not pass.
        assert_eq!(look["tabs"], 7);
        assert!(look["charts"].as_u64().unwrap() >= 10, "{look}");
        assert_eq!(look["cells"], 6 + 4);
        assert!(look["checks"].as_u64().unwrap() > 1_000, "{look}");
    }
}
