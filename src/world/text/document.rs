//! The document: a merged world, asked for parts of it by path.
//!
//! A document keeps for every value where it was written. The schema takes its parts as types, and whatever then
//! turns out to be wrong (a type, a range, a name that refers to nothing) is reported at the very place.

use super::canonical::{self, Fnv};
use super::explain;
use super::extract;
use super::files::{Disk, Files, Memory};
use super::load::{Loaded, load};
use super::patch;
use super::path::{self, Target};
use super::render::{self, Left};
use super::source::Sources;
use super::tree::{Kind, Node};
use super::typed::Reader;
use crate::world::problem::{Place, Problem, Problems};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// A world file merged over its bases and patched, not yet typed.
///
/// Paths are written as in `fleet.classes.private.count`, `tariff.periods[3].price` or
/// `districts."Nan shan".lon`; the empty path means the whole document.
#[derive(Clone, Debug)]
pub struct Document {
    root: Node,
    sources: Sources,
}

impl Document {
    /// Loads a file from the disk with its bases, and applies the patches `path=value` in order.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the files as text and with the patches.
    pub fn load(path: &Path, patches: &[String]) -> Result<Self, Problems> {
        let (document, problems) = Self::read(&Disk, path, patches);
        problems.into_result(()).and_then(|()| document.ok_or_else(Problems::new))
    }

    /// Loads as [`Document::load`] does, from any store of files, and gives the document even if it has problems,
    /// as long as all of it could be read: then the typed parse can go on to find more.
    pub fn read(files: &dyn Files, path: &Path, patches: &[String]) -> (Option<Self>, Problems) {
        Self::read_under(files, path, &[], patches)
    }

    /// Reads as [`Document::read`] does, and lays more files over the world before it is patched, each over the one
    /// before.
    pub fn read_under(
        files: &dyn Files,
        path: &Path,
        overlays: &[PathBuf],
        patches: &[String],
    ) -> (Option<Self>, Problems) {
        let Loaded { root, mut sources, mut problems } = load(files, path, overlays);
        let Some(mut root) = root else {
            return (None, problems);
        };
        let mut is_whole = true;
        for patch in patches {
            is_whole &= patch::apply(&mut root, patch, &mut sources, &mut problems);
        }
        (is_whole.then_some(Self { root, sources }), problems)
    }

    /// The document with more patches `path=value`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the patches.
    pub fn patched(&self, patches: &[String]) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let Self { mut root, mut sources } = self.clone();
        for patch in patches {
            patch::apply(&mut root, patch, &mut sources, &mut problems);
        }
        problems.into_result(Self { root, sources })
    }

    /// The text of a file that, laid over a world with the same figures as this one, gives it this document's values
    /// at these paths. A value that is part of a figure is written with the whole figure, whose source becomes the
    /// one that stands beside the path. Nothing if a path leads nowhere.
    pub fn overlay(&self, paths: &[(String, String)]) -> Option<String> {
        extract::overlay(&self.root, paths, &self.sources)
    }

    /// The document of one text, which can have no bases. `name` is what its problems call it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text.
    pub fn from_str(name: &str, text: &str) -> Result<Self, Problems> {
        let path = PathBuf::from(name);
        let files = Memory::from([(super::files::plain(&path), text.as_bytes().to_vec())]);
        let (document, problems) = Self::read(&files, &path, &[]);
        problems.into_result(()).and_then(|()| document.ok_or_else(Problems::new))
    }

    /// The names of all texts the document was made of: the file asked for, its bases, and the patches.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.names()
    }

    /// The value at a path as a type.
    ///
    /// # Errors
    ///
    /// Every error of the value that is independent of the others, as far as the type shows them: of each entry of a
    /// map and each item of a list the first, of a struct all unknown fields and, as a rule, all wrong values.
    pub fn parse<T: DeserializeOwned>(&self, path: &str) -> Result<T, Vec<Problem>> {
        let target = self.target(path).ok_or_else(|| vec![self.missing(path)])?;
        Reader::new(&self.sources).parse(target, || path.to_owned())
    }

    /// Each entry of the struct, map, list or tuple at a path as a type, with its key or position.
    ///
    /// The good entries come in the order written, the problems are those of the others.
    pub fn parse_each<T: DeserializeOwned>(&self, path: &str) -> (Vec<(String, T)>, Vec<Problem>) {
        let Some(target) = self.target(path) else {
            return (Vec::new(), vec![self.missing(path)]);
        };
        let mut reader = Reader::new(&self.sources);
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        let node = target.node.peel(&self.sources);
        let mut keep = |key: String, parsed: Result<T, Vec<Problem>>| match parsed {
            Ok(value) => good.push((key, value)),
            Err(problems) => bad.extend(problems),
        };
        if let Some(table) = node.table() {
            for entry in &table.entries {
                let key = canonical::key_of(&entry.key, &self.sources).text.into_owned();
                let target = Target { node: &entry.value, entry: Some(entry) };
                let parsed = reader.parse(target, || child(path, &key));
                keep(key, parsed);
            }
        } else if let Some(row) = node.row() {
            for (i, node) in row.items.iter().enumerate() {
                let parsed = reader.parse(Target { node, entry: None }, || format!("{path}[{i}]"));
                keep(i.to_string(), parsed);
            }
        } else {
            bad.push(Problem::at(self, path, format!("expected a map or a list for `{path}`"), None));
        }
        (good, bad)
    }

    /// The names of the fields of the struct at a path, or the keys of the map, in the order written.
    ///
    /// Empty if there is nothing at the path, or something else.
    pub fn fields(&self, path: &str) -> Vec<String> {
        match self.target(path) {
            Some(target) if target.node.peel(&self.sources).table().is_some() => {
                path::choices(target.node, &self.sources)
            }
            _ => Vec::new(),
        }
    }

    /// Whether there is a value at a path.
    pub fn contains(&self, path: &str) -> bool {
        self.target(path).is_some()
    }

    /// A problem for each field of the struct (or key of the map) at a path that is none of the known ones.
    pub fn unknown_fields(&self, path: &str, known: &[&str]) -> Vec<Problem> {
        let Some(target) = self.target(path) else { return Vec::new() };
        let Some(table) = target.node.peel(&self.sources).table() else { return Vec::new() };
        let mut problems = Vec::new();
        for entry in &table.entries {
            let name = canonical::key_of(&entry.key, &self.sources).text;
            if !known.contains(&name.as_ref()) {
                let (message, hint) = explain::unknown("field", &name, path, known);
                problems.push(Problem { place: Some(self.sources.place(entry.key.span)), message, hint });
            }
        }
        problems
    }

    /// The place of the value at a path: of a number, word or string itself, of anything larger its key.
    pub fn locate(&self, path: &str) -> Option<Place> {
        self.target(path).map(|target| self.sources.place(target.span()))
    }

    /// The place of the key of the entry at a path.
    pub fn locate_key(&self, path: &str) -> Option<Place> {
        self.target(path)?.entry.map(|entry| self.sources.place(entry.key.span))
    }

    /// The place of the value at a path, or of the innermost value around it that is there.
    pub fn locate_nearest(&self, path: &str) -> Place {
        let mut target = Target { node: &self.root, entry: None };
        for step in path::steps(path).unwrap_or_default() {
            match path::follow(target.node, &step.text, &self.sources) {
                Some(next) => target = next,
                None => break,
            }
        }
        if std::ptr::eq(target.node, &raw const self.root) {
            return self.sources.whole(0);
        }
        self.sources.place(target.span())
    }

    /// The text of the value at a path as it was written, without comments and blanks.
    pub fn text(&self, path: &str) -> Option<String> {
        let target = self.target(path)?;
        let mut text = String::new();
        render::render(target.node, &Left::new(), &self.sources, &mut text);
        Some(text)
    }

    /// The merged content as one file without bases: RON that reads as the same content again, all on one line.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        // A string takes everything.
        let _ = canonical::write_canonical(&self.root, &self.sources, &mut text);
        text
    }

    /// A 64-bit hash of the merged content: comments, blanks, the order of fields and of map entries, and the
    /// spelling of numbers and strings do not count, and neither does how the content is spread over files.
    pub fn digest(&self) -> u64 {
        let mut hash = Fnv::new();
        // A hash takes everything.
        let _ = canonical::write_canonical(&self.root, &self.sources, &mut hash);
        hash.finish()
    }

    fn target(&self, path: &str) -> Option<Target<'_>> {
        let mut target = Target { node: &self.root, entry: None };
        for step in path::steps(path).ok()? {
            target = path::follow(target.node, &step.text, &self.sources)?;
        }
        Some(target)
    }

    /// The problem that there is nothing at a path.
    fn missing(&self, path: &str) -> Problem {
        let mut around = Target { node: &self.root, entry: None };
        let mut known = String::new();
        let mut wanted = String::new();
        for step in path::steps(path).unwrap_or_default() {
            wanted = step.text.clone().into_owned();
            let Some(next) = path::follow(around.node, &step.text, &self.sources) else { break };
            match around.node.peel(&self.sources).kind {
                Kind::List(_) | Kind::Tuple(_) => known = format!("{known}[{}]", step.text),
                _ => path::push_key(&mut known, &step.text),
            }
            around = next;
        }
        let choices = path::choices(around.node, &self.sources);
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        let message = format!("missing `{wanted}`{}", explain::within(&known));
        let near = explain::suggestion(&wanted, &choices);
        let hint = near.strip_prefix("; ").map(str::to_owned);
        Problem { place: Some(self.locate_nearest(path)), message, hint }
    }
}

/// The path of what a struct, a map or a list has under a key: `child("districts", "Nan shan")` is
/// `districts."Nan shan"`.
pub fn child(path: &str, key: &str) -> String {
    let mut child = path.to_owned();
    path::push_key(&mut child, key);
    child
}
