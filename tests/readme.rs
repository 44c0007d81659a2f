//! The README shows what the program prints; this keeps it from going stale.
//!
//! With `UPDATE_GOLDEN=1` the README is rewritten instead.

use std::fs;
use std::path::Path;
use std::process::Command;

const BEGIN: &str = "<!-- output of: voltcity run worlds/shenzhen-2024.ron -->\n```text\n";
const END: &str = "```\n<!-- end of output -->";

/// What the command prints, without the last line, which names where the files went.
fn output() -> String {
    let folder = std::env::temp_dir().join(format!("voltcity-readme-{}", std::process::id()));
    let run = Command::new(env!("CARGO_BIN_EXE_voltcity"))
        .args(["run", "worlds/shenzhen-2024.ron", "--out"])
        .arg(&folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    let kept: Vec<&str> = text.lines().filter(|l| !l.starts_with("Written to")).collect();
    format!("{}\n", kept.join("\n").trim_end())
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let from = readme.find(BEGIN).expect("the README has a place for the output") + BEGIN.len();
    let to = from + readme[from..].find(END).expect("the output ends");
    if cfg!(debug_assertions) {
        // The whole city takes minutes without optimisation; the release build compares it.
        assert!(readme[from..to].contains("Shenzhen, end of 2024"));
        return;
    }
    let output = output();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{}{output}{}", &readme[..from], &readme[to..])).unwrap();
        return;
    }
    assert_eq!(&readme[from..to], output, "the README is stale: run the tests with UPDATE_GOLDEN=1");
}
