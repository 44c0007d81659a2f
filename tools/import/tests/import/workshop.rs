//! A folder of its own for each test, and the tool run in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tells the folders of one test process apart.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that is removed when the test ends.
pub(crate) struct Workshop {
    folder: PathBuf,
}

/// What a run of the tool did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The lines on standard error that begin with a file's name, that is, the bad rows.
    pub(crate) fn bad_rows(&self) -> Vec<&str> {
        self.err.lines().filter(|line| line.split(' ').next().is_some_and(is_place)).collect()
    }

    /// The notes, without the word.
    pub(crate) fn notes(&self) -> Vec<&str> {
        self.err.lines().filter_map(|line| line.strip_prefix("note: ")).collect()
    }
}

/// Is it `file:line:column:`?
fn is_place(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    parts.len() == 4 && parts[1].parse::<u64>().is_ok() && parts[2].parse::<u64>().is_ok()
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let name = format!("voltcity-import-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        Self { folder }
    }

    /// Puts a file into the folder.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), content).expect("a file can be written");
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The text of a file in the folder.
    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// The names of the files in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).expect("the folder is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs the tool in the folder with the words of a line as arguments.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_with(line.split_whitespace())
    }

    /// Runs the tool in the folder.
    pub(crate) fn run_with<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let tool = Path::new(env!("CARGO_BIN_EXE_voltcity-import"));
        let run = Command::new(tool).args(arguments).current_dir(&self.folder).output().expect("the tool runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the tool prints text");
        Outcome { code: run.status.code().expect("an exit code"), out: text(run.stdout), err: text(run.stderr) }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Four zones side by side, each a square of 0.01 degrees (1,028 m by 1,107 m), the first at 114.00 E, 22.50 N.
pub(crate) fn layer() -> String {
    let zone = |(id, district, west): (u32, &str, f64)| {
        let (east, middle) = (west + 0.01, west + 0.005);
        format!(
            "{{\"type\": \"Feature\", \"properties\": {{\"TAZID\": {id}, \"AREA_km2\": 1.14, \"LENG_ROAD_km\": 2.5, \
             \"centroid_lon\": {middle}, \"centroid_lat\": 22.505, \"district\": \"{district}\"}}, \"geometry\": \
             {{\"type\": \"Polygon\", \"coordinates\": [[[{west}, 22.5], [{east}, 22.5], [{east}, 22.51], \
             [{west}, 22.51], [{west}, 22.5]]]}}}}"
        )
    };
    let zones = [(20, "Futian", 114.0), (3, "Futian", 114.01), (100, "Luohu", 114.02), (7, "Luohu", 114.03)];
    let features: Vec<String> = zones.map(zone).into_iter().collect();
    format!("{{\"type\": \"FeatureCollection\", \"features\": [\n{}\n]}}\n", features.join(",\n"))
}

/// Stations of the layer: two in zone 20, one in zone 3, one 206 m east of zone 7.
pub(crate) const STATIONS: &str = "\
station_id,latitude,longitude,fast,slow,count
1,22.505,114.005,5,5,10
2,22.506,114.006,0,7,7
3,22.505,114.015,2,0,2
10,22.505,114.042,1,3,4
";

/// Surveyed stations: two in zone 20, one in zone 100.
pub(crate) const SURVEY: &str = "\
station_id,longitude,latitude,charge_count,TAZID,area,perimeter
1001,114.001,22.501,20,20,1139000.4,4270
1002,114.002,22.502,5,20,1139000.4,4270
1003,114.025,22.505,8,100,1139000.6,4270
";
