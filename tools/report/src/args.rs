//! The command line.

use clap::{Parser, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;

/// Make one self-contained page of what voltcity has found
///
/// Each DIR is a directory that voltcity has written (run, event, validate, study), or one of its JSON files
/// (capability --out, describe --out). JSON files of the last two kinds are found in a directory too.
#[derive(Clone, Debug, Parser)]
#[command(name = "voltcity-report", version, max_term_width = 80, after_help = AFTER_HELP)]
pub(crate) struct Request {
    /// Result directories or JSON files, in the order of the page
    #[arg(required = true, value_name = "DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// The page [default: report.html in the first directory, or beside the first file]
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
    /// Language the page opens in; it has both
    #[arg(long, value_enum, default_value = "en")]
    pub(crate) lang: Lang,
}

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lang {
    /// English.
    En,
    /// Chinese.
    Zh,
}

const AFTER_HELP: &str = "\
Examples:
    voltcity run worlds/shenzhen-2024.ron --series city,district,zone,feeder --out out/july
    voltcity-report out/july
    voltcity-report out/july out/event out/validate --lang zh --out shenzhen.html

Exit codes:
    0  done
    1  internal error: a defect of the program
    2  the command line is wrong
    3  a file is not what voltcity writes, or a directory holds no result
    4  a file cannot be read
    5  the page cannot be written";

impl Request {
    /// Where the page goes.
    pub(crate) fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let first = &self.paths[0];
            let dir = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(first) };
            dir.join("report.html")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Request::command().debug_assert();
    }

    #[test]
    fn the_page_goes_beside_the_first_file() {
        let out = |line: &[&str]| Request::try_parse_from(line).unwrap().out();
        assert_eq!(out(&["x", "a/capability.json"]), PathBuf::from("a/report.html"));
        assert_eq!(out(&["x", "a", "--out", "b.html"]), PathBuf::from("b.html"));
    }
}
