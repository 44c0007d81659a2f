//! Turns result directories of voltcity into one self-contained page for people.
//!
//! Data flow: directories → accounts, the JSON files that say what was done (`account`) → with the series and tables
//! beside them, brought to the size of a page (`table`, `series`, `places`, `stations`, `cells`, `settlement`) → one
//! document (`page`) → one atomic write (`write`). All figures come from these files; the page's own script draws them
//! in the reader's language. Only this file prints and decides exit codes.

mod account;
mod args;
mod cells;
mod entry;
mod failure;
mod page;
mod places;
mod series;
mod settlement;
mod stations;
mod table;
mod write;

use args::Request;
use clap::Parser;
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let request = Request::parse();
    let mut stderr = std::io::stderr().lock();
    // A closed standard error must not change the result, so failures to print are ignored.
    match report(&request) {
        Ok(lines) => {
            lines.iter().for_each(|line| drop(writeln!(stderr, "{line}")));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            drop(writeln!(stderr, "error: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Makes the page. Returns what there is to say about it.
fn report(request: &Request) -> Result<Vec<String>, Failure> {
    let mut entries = Vec::new();
    let mut notes = Vec::new();
    for path in &request.paths {
        for account in account::find(path)? {
            let made = entry::make(account)?;
            notes.extend(made.notes.iter().map(|note| format!("note: {}", note.english(&made.source))));
            entries.push(made);
        }
    }
    let out = request.out();
    let text = page::compose(&entries, request.lang);
    write::atomically(&out, &text)?;
    notes.push(format!("wrote {} ({} kB)", out.display(), text.len().div_ceil(1_000)));
    Ok(notes)
}
