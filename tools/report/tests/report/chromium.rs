//! Chromium without a window: it opens a file, lets it run, and tells what came of it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names under which it is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// What it needs in a container, and what keeps it off any network.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
];
/// A machine shared with others may take its time.
const PATIENCE: Duration = Duration::from_mins(4);

/// What a page came to.
pub(crate) struct Shown {
    /// The document at the end.
    pub(crate) dom: String,
    /// Lines of the console.
    pub(crate) console: Vec<String>,
}

/// The browser of this machine, if it has one.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).flat_map(|dir| NAMES.map(|name| dir.join(name)));
    places.find(|file| file.is_file())
}

/// Opens a file and runs its scripts for some seconds of the page's own time.
pub(crate) fn open(browser: &Path, file: &Path, scratch: &Path) -> Shown {
    let (dom, console) = (scratch.join("dom.html"), scratch.join("console.txt"));
    let mut child = Command::new(browser)
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", scratch.join("profile").display()))
        .args(["--window-size=1400,1000", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("file://{}", file.display()))
        .stdin(Stdio::null())
        .stdout(File::create(&dom).unwrap())
        .stderr(File::create(&console).unwrap())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().ok();
            child.wait().ok();
            panic!("{} has not finished after {PATIENCE:?}", browser.display());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let console = text(&console).lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Shown { dom: text(&dom), console }
}
