//! Loading: a file and the files it is based on, read, located and merged.
//!
//! The files form a graph. It is walked once, each file being read once however many others are based on it; then
//! the trees are merged, bases first.

use super::canonical::key_of;
use super::files::{Files, Refusal, plain};
use super::locate::{DEPTH_MAX, locate};
use super::overlay;
use super::source::{Source, Sources};
use super::tree::{Entry, Kind, Node, Span, is_deeper};
use crate::world::problem::{Place, Problem, Problems, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Files based on one another in a chain, at most.
const LEVELS_MAX: usize = 16;
/// The field that names the files a file is based on.
pub(super) const BASE: &str = "base";

/// What loading has come to.
pub(super) struct Loaded {
    /// The merged tree, if every file could be read and located.
    pub(super) root: Option<Node>,
    pub(super) sources: Sources,
    pub(super) problems: Problems,
}

/// Loads a file and its bases, and lays more files over it, each over the one before.
pub(super) fn load(files: &dyn Files, path: &Path, overlays: &[PathBuf]) -> Loaded {
    let mut loader = Loader {
        files,
        sources: Sources::default(),
        problems: Problems::new(),
        graph: Vec::new(),
        known: BTreeMap::new(),
        chain: Vec::new(),
        is_whole: true,
    };
    let mut last = loader.visit(path, None);
    for overlay in overlays {
        // Without what is below it, an overlay is read all the same, so that its own problems are told.
        last = loader.lay(overlay, last);
    }
    let root = last.and_then(|_| loader.merge_all());
    let root = root.filter(|_| loader.is_whole);
    Loaded { root, sources: loader.sources, problems: loader.problems }
}

/// A file of the graph.
struct File {
    root: Node,
    removals: BTreeSet<Span>,
    /// Positions in the graph, in the order they are merged. They are smaller than the file's own.
    bases: Vec<usize>,
    /// Files in the longest chain of bases, this one included.
    levels: usize,
}

/// A file that is being visited, and waits for its bases.
struct Waiting {
    identity: PathBuf,
    name: String,
}

struct Loader<'f> {
    files: &'f dyn Files,
    sources: Sources,
    problems: Problems,
    graph: Vec<File>,
    known: BTreeMap<PathBuf, usize>,
    chain: Vec<Waiting>,
    /// Whether no file has been lost so far.
    is_whole: bool,
}

impl Loader<'_> {
    /// Records a problem that costs a file.
    fn lose(&mut self, named: Option<Span>, message: String, hint: Option<String>) {
        let place = named.map(|span| self.sources.place(span));
        self.lose_at(place, message, hint);
    }

    fn lose_at(&mut self, place: Option<Place>, message: String, hint: Option<String>) {
        self.problems.push(Problem { place, message, hint });
        self.is_whole = false;
    }

    /// Reads a file and its bases, and gives its position in the graph. `named` is where another file names it.
    fn visit(&mut self, path: &Path, named: Option<Span>) -> Option<usize> {
        let name = plain(path).to_string_lossy().into_owned();
        let identity = self.files.identity(path);
        if let Some(first) = self.chain.iter().position(|waiting| waiting.identity == identity) {
            let cycle: Vec<&str> = self.chain[first..].iter().map(|w| w.name.as_str()).chain([name.as_str()]).collect();
            let message = format!("the base files form a cycle: {}", cycle.join(" -> "));
            self.lose(named, message, None);
            return None;
        }
        let known = self.known.get(&identity).copied();
        let levels = known.map_or(1, |i| self.graph[i].levels);
        if self.chain.len() + levels > LEVELS_MAX {
            self.lose(named, format!("more than {LEVELS_MAX} files are based on one another"), None);
            return None;
        }
        if known.is_some() {
            return known;
        }
        let (mut root, removals) = self.read(path, &name, named)?;
        let bases = self.take_bases(&mut root);
        self.chain.push(Waiting { identity: identity.clone(), name });
        let folder = path.parent().unwrap_or(Path::new(""));
        let bases: Vec<usize> =
            bases.into_iter().filter_map(|(base, span)| self.visit(&folder.join(base), Some(span))).collect();
        self.chain.pop();
        let position = self.graph.len();
        let levels = 1 + self.levels(&bases);
        self.graph.push(File { root, removals, bases, levels });
        self.known.insert(identity, position);
        Some(position)
    }

    /// Reads a file that is laid over another one, as if it had named it as the first of its bases.
    fn lay(&mut self, path: &Path, under: Option<usize>) -> Option<usize> {
        let name = plain(path).to_string_lossy().into_owned();
        let (mut root, removals) = self.read(path, &name, None)?;
        let own = self.take_bases(&mut root);
        self.chain.push(Waiting { identity: self.files.identity(path), name });
        let folder = path.parent().unwrap_or(Path::new(""));
        let own: Vec<usize> =
            own.into_iter().filter_map(|(base, span)| self.visit(&folder.join(base), Some(span))).collect();
        self.chain.pop();
        let bases: Vec<usize> = under.into_iter().chain(own).collect();
        let levels = 1 + self.levels(&bases);
        self.graph.push(File { root, removals, bases, levels });
        under.map(|_| self.graph.len() - 1)
    }

    fn levels(&self, bases: &[usize]) -> usize {
        bases.iter().map(|&base| self.graph[base].levels).max().unwrap_or(0)
    }

    /// Reads one file and locates what is in it.
    fn read(&mut self, path: &Path, name: &str, named: Option<Span>) -> Option<(Node, BTreeSet<Span>)> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(refusal) => {
                self.refuse(path, name, named, &refusal);
                return None;
            }
        };
        let source = self.decode(name, bytes)?;
        let located = locate(&self.sources, source, 0);
        let is_sound = located.is_sound();
        for flaw in located.flaws {
            let span = Span { source, start: flaw.start as u32, end: flaw.end as u32 };
            let place = Some(self.sources.place(span));
            self.problems.push(Problem { place, message: flaw.message, hint: flaw.hint });
        }
        self.is_whole &= is_sound;
        if is_sound && !matches!(located.root.kind, Kind::Struct(_)) {
            let hint = "a world file is one struct: `( field: value, field: value )`".to_owned();
            self.lose(Some(located.root.head()), "expected a struct at the top of the file".to_owned(), Some(hint));
        }
        Some((located.root, located.removals.into_iter().collect()))
    }

    fn refuse(&mut self, path: &Path, name: &str, named: Option<Span>, refusal: &Refusal) {
        let hint = if *refusal == Refusal::Missing {
            let neighbours = self.files.neighbours(path);
            let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let near = nearest(&wanted, neighbours.iter().map(String::as_str));
            near.map(|near| format!("did you mean `{}`?", plain(&path.with_file_name(near)).to_string_lossy()))
        } else {
            None
        };
        let place = match named {
            Some(span) => Some(self.sources.place(span)),
            None if matches!(refusal, Refusal::TooLarge(_)) => {
                let source = self.sources.add(Source::new(name, ""));
                Some(self.sources.whole(source))
            }
            None => None,
        };
        let mut message = refusal.words(name);
        if named.is_some() && matches!(refusal, Refusal::TooLarge(_)) {
            message = format!("`{name}`: {message}");
        }
        self.lose_at(place, message, hint);
    }

    /// Takes a file's bytes in as text, without a byte-order mark.
    fn decode(&mut self, name: &str, bytes: Vec<u8>) -> Option<u32> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes());
                let source = self.sources.add(Source::new(name, text));
                let span = Span { source, start: at as u32, end: at as u32 + 1 };
                let message = format!("byte {at} is not UTF-8 text");
                self.lose(Some(span), message, Some("save the file with the encoding UTF-8".to_owned()));
                return None;
            }
        };
        let text = match text.strip_prefix('\u{FEFF}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let is_empty = text.trim().is_empty();
        let source = self.sources.add(Source::new(name, text));
        if is_empty {
            let hint = "a world file is one struct: `( field: value, field: value )`".to_owned();
            self.lose_at(Some(self.sources.whole(source)), "the file is empty".to_owned(), Some(hint));
            return None;
        }
        Some(source)
    }

    /// Takes the field `base` out of a file's tree, and gives the paths in it.
    fn take_bases(&mut self, root: &mut Node) -> Vec<(String, Span)> {
        let Kind::Struct(table) = &mut root.kind else { return Vec::new() };
        let is_base = |entry: &Entry| key_of(&entry.key, &self.sources).text == BASE;
        // A second one has been reported; it must not be left behind as a field of the world.
        let positions: Vec<usize> = (0..table.entries.len()).filter(|&i| is_base(&table.entries[i])).collect();
        let Some(&first) = positions.first() else { return Vec::new() };
        let value = table.entries[first].value.clone();
        table.replace(&positions, Vec::new());
        let single = [value.clone()];
        let nodes = match &value.kind {
            Kind::List(row) => row.items.as_slice(),
            _ => single.as_slice(),
        };
        let mut bases = Vec::new();
        for node in nodes {
            let path = key_of(node, &self.sources).text.into_owned();
            if matches!(node.kind, Kind::Text) && !path.trim().is_empty() {
                bases.push((path, node.span));
            } else if !matches!(node.kind, Kind::Broken) {
                let hint = "write `base: \"city.ron\"` or `base: [\"city.ron\", \"fleet.ron\"]`".to_owned();
                self.lose(Some(node.head()), "expected the path of a file".to_owned(), Some(hint));
            }
        }
        bases
    }

    /// Merges every file over its bases, and gives the tree of the last one.
    fn merge_all(&mut self) -> Option<Node> {
        if !self.is_whole {
            return None;
        }
        let mut uses = vec![0_usize; self.graph.len()];
        for base in self.graph.iter().flat_map(|file| &file.bases) {
            uses[*base] += 1;
        }
        let mut merged: Vec<Option<Node>> = Vec::new();
        for mut file in std::mem::take(&mut self.graph) {
            let source = file.root.span.source;
            let mut tree: Option<Node> = None;
            for base in file.bases {
                uses[base] -= 1;
                // A tree that is needed again is copied; most are needed once.
                let over = if uses[base] == 0 { merged[base].take() } else { merged[base].clone() };
                tree = Some(self.merge(tree, over?, &mut BTreeSet::new(), source)?);
            }
            let mut tree = self.merge(tree, file.root, &mut file.removals, source)?;
            self.problems.extend(overlay::drop_idle_removals(&mut tree, &file.removals, &self.sources));
            merged.push(Some(tree));
        }
        merged.pop().flatten()
    }

    /// Merges a tree over what there is so far, for the file `source`.
    fn merge(&mut self, base: Option<Node>, over: Node, removals: &mut BTreeSet<Span>, source: u32) -> Option<Node> {
        let Some(mut base) = base else { return Some(over) };
        overlay::merge(&mut base, over, removals, &self.sources);
        // A value inside `Some(...)` of the base stands deeper than it did in its own file.
        if is_deeper(&base, DEPTH_MAX) {
            let message = format!("brackets are nested more than {DEPTH_MAX} deep once the bases are merged");
            self.lose_at(Some(self.sources.whole(source)), message, None);
            return None;
        }
        Some(base)
    }
}
