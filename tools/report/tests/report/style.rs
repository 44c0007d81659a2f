//! The style: colours that can be told apart from what they stand on, and lines that fit a screen.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)).unwrap()
}

/// The colours of a `:root` block.
fn colours(block: &str) -> BTreeMap<String, [f64; 3]> {
    let mut found = BTreeMap::new();
    for part in block.split(';') {
        let Some((name, value)) = part.split_once(':') else { continue };
        let (name, value) = (name.rsplit("--").next().unwrap().trim(), value.trim());
        if let Some(hex) = value.strip_prefix('#').filter(|hex| hex.len() == 6) {
            let channel = |k: usize| f64::from(u8::from_str_radix(&hex[k..k + 2], 16).unwrap()) / 255.0;
            found.insert(name.to_owned(), [channel(0), channel(2), channel(4)]);
        }
    }
    found
}

/// Contrast by WCAG 2.2.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) };
    let luminance = |c: [f64; 3]| 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn colours_keep_their_contrast_in_light_and_dark() {
    let css = read("page.css");
    let blocks: Vec<&str> = css.split(":root {").skip(1).map(|rest| rest.split_once('}').unwrap().0).take(2).collect();
    for block in blocks {
        let colours = colours(block);
        let pair = |name: &str, on: &str, least: f64| {
            let found = contrast(colours[name], colours[on]);
            assert!(found >= least, "{name} on {on}: {found:.2}");
        };
        for (name, on) in [
            ("ink", "paper"),
            ("ink", "panel"),
            ("ink", "note"),
            ("soft", "paper"),
            ("soft", "panel"),
            ("link", "paper"),
        ] {
            pair(name, on, 4.5);
        }
        // Texts in the colour of their meaning.
        pair("c-v2g", "paper", 4.5);
        pair("c-alert", "paper", 4.5);
        for line in ["c-ev", "c-asked", "c-without", "c-v2g", "c-storage", "c-pv", "focus", "note-rule"] {
            pair(line, "paper", 3.0);
        }
    }
}

#[test]
fn lines_and_files_fit_a_screen() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let files = ["page.css".to_owned(), "page.html".to_owned()];
    let scripts =
        fs::read_dir(dir.join("js")).unwrap().map(|e| format!("js/{}", e.unwrap().file_name().to_string_lossy()));
    for name in files.into_iter().chain(scripts) {
        let text = read(&name);
        assert!(text.lines().count() <= 350, "{name}");
        for (i, line) in text.lines().enumerate() {
            assert!(line.chars().count() <= 120, "{name}:{}", i + 1);
        }
    }
}
