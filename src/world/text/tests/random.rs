//! Random trees, written with random blanks and comments, merged in all ways.

use super::mutations::{alike, exercise};
use super::*;
use proptest::prelude::*;
use ron::extensions::Extensions;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A value as it is generated.
#[derive(Clone, Debug)]
enum Tree {
    /// A number, a string, a character or a word, as it is written.
    Leaf(String),
    Struct(Option<String>, Vec<(String, Tree)>),
    Map(Vec<(String, Tree)>),
    Tuple(Option<String>, Vec<Tree>),
    List(Vec<Tree>),
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (-1e6..1e6_f64).prop_map(|x| format!("{x:?}")),
        any::<u16>().prop_map(|n| format!("{n:#x}")),
        "[ -~福田\n]{0,8}".prop_map(|text| format!("{text:?}")),
        "[ -!$-~福田\n]{0,8}".prop_map(|text| format!("r#\"{text}\"#")),
        any::<char>().prop_map(|c| format!("{c:?}")),
        "[A-EG-Z][a-z]{0,4}|true|false|None|r#a-b",
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![(0..50_u32).prop_map(|n| n.to_string()), "[A-C]", "[a-c.]{0,3}".prop_map(|text| format!("{text:?}"))]
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-d]",
        "[a-z_区][a-z0-9_]{0,5}".prop_filter("not a word of the notation", |word| {
            !["base", "r", "b", "br", "inf"].contains(&word.as_str())
        })
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let name = || prop::option::of("[A-EG-Z][a-z]{0,3}");
    leaf().prop_map(Tree::Leaf).prop_recursive(4, 40, 5, move |inner| {
        let fields = prop::collection::btree_map(field(), inner.clone(), 0..5);
        let entries = prop::collection::btree_map(key(), inner.clone(), 0..5);
        prop_oneof![
            (name(), fields).prop_map(|(name, fields)| Tree::Struct(name, fields.into_iter().collect())),
            entries.prop_map(|entries| Tree::Map(entries.into_iter().collect())),
            (name(), prop::collection::vec(inner.clone(), 1..4)).prop_map(|(name, items)| Tree::Tuple(name, items)),
            inner.clone().prop_map(|inner| Tree::Tuple(Some("Some".to_owned()), vec![inner])),
            prop::collection::vec(inner, 0..4).prop_map(Tree::List),
        ]
    })
}

/// A world: a struct without a name.
fn world() -> impl Strategy<Value = Tree> {
    prop::collection::btree_map(field(), tree(), 0..6)
        .prop_map(|fields| Tree::Struct(None, fields.into_iter().collect()))
}

/// Writes trees, with something from `noise` between any two tokens.
struct Writer<'n> {
    noise: &'n [u8],
    at: usize,
    out: String,
}

impl Writer<'_> {
    const BLANKS: [&'static str; 10] = [
        "",
        "",
        " ",
        "\n",
        "\t\r\n",
        " // note ( \" \n",
        "/* a, ) */",
        "/* /* deep */ */",
        "\u{200E}\u{2028}",
        "//\n//\n",
    ];

    /// The next of the noise, or 0 when there is none.
    fn next(&mut self) -> usize {
        self.at += 1;
        if self.noise.is_empty() { 0 } else { usize::from(self.noise[self.at % self.noise.len()]) }
    }

    fn token(&mut self, token: &str) {
        let blank = Self::BLANKS[self.next() % Self::BLANKS.len()];
        self.out.push_str(blank);
        self.out.push_str(token);
    }

    fn group<T>(&mut self, brackets: [&str; 2], members: &[T], write: impl Fn(&mut Self, &T)) {
        self.token(brackets[0]);
        for (i, member) in members.iter().enumerate() {
            if i > 0 {
                self.token(",");
            }
            write(self, member);
        }
        if !members.is_empty() && self.next() % 2 == 1 {
            self.token(",");
        }
        self.token(brackets[1]);
    }

    fn tree(&mut self, tree: &Tree) {
        let pair = |writer: &mut Self, (key, value): &(String, Tree)| {
            writer.token(key);
            writer.token(":");
            writer.tree(value);
        };
        match tree {
            Tree::Leaf(text) => self.token(text),
            Tree::Struct(name, fields) => {
                if let Some(name) = name {
                    self.token(name);
                }
                self.group(["(", ")"], fields, pair);
            }
            Tree::Map(entries) => self.group(["{", "}"], entries, pair),
            Tree::Tuple(name, items) => {
                if let Some(name) = name {
                    self.token(name);
                }
                self.group(["(", ")"], items, Self::tree);
            }
            Tree::List(items) => self.group(["[", "]"], items, Self::tree),
        }
    }
}

fn write(tree: &Tree, noise: &[u8]) -> String {
    let mut writer = Writer { noise, at: 0, out: String::new() };
    writer.tree(tree);
    writer.out
}

fn plain(tree: &Tree) -> String {
    write(tree, &[])
}

/// The tree with the members of every struct and map in the opposite order.
fn reversed(tree: &Tree) -> Tree {
    let pairs =
        |pairs: &[(String, Tree)]| pairs.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect();
    match tree {
        Tree::Leaf(text) => Tree::Leaf(text.clone()),
        Tree::Struct(name, fields) => Tree::Struct(name.clone(), pairs(fields)),
        Tree::Map(entries) => Tree::Map(pairs(entries)),
        Tree::Tuple(name, items) => Tree::Tuple(name.clone(), items.iter().map(reversed).collect()),
        Tree::List(items) => Tree::List(items.iter().map(reversed).collect()),
    }
}

/// A part of a tree with other numbers: some fields and entries are left out, the forms stay.
fn variant(tree: &Tree, noise: &mut impl Iterator<Item = u8>) -> Tree {
    let mut pairs = |pairs: &[(String, Tree)]| {
        let mut kept = Vec::new();
        for (key, value) in pairs {
            let value = variant(value, noise);
            if !noise.next().unwrap_or(0).is_multiple_of(3) {
                kept.push((key.clone(), value));
            }
        }
        kept
    };
    match tree {
        Tree::Struct(name, fields) => Tree::Struct(name.clone(), pairs(fields)),
        Tree::Map(entries) => Tree::Map(pairs(entries)),
        Tree::Leaf(_) => Tree::Leaf(noise.next().unwrap_or(0).to_string()),
        // A list is replaced as a whole, so any list does.
        _ => Tree::List(vec![Tree::Leaf(noise.next().unwrap_or(0).to_string())]),
    }
}

/// The world with its bases named.
fn based(world: &Tree, bases: &str) -> String {
    format!("(base: {bases}, {}", &plain(world)[1..])
}

fn merged(files: &[(&str, &str)]) -> String {
    document(files, &[]).text("").unwrap()
}

proptest! {
    #[test]
    fn a_tree_comes_back_as_it_was_written(world in world(), noise in prop::collection::vec(any::<u8>(), 1..40)) {
        let noisy = write(&world, &noise);
        let document = document(&[("x.ron", &noisy)], &[]);
        prop_assert_eq!(document.text("").unwrap(), plain(&world), "{}", noisy);
        // The `ron` crate reads the same value from both.
        let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES;
        let direct = ron::Options::default().with_default_extension(extensions).from_str::<ron::Value>(&noisy);
        prop_assert_eq!(document.parse::<ron::Value>("").ok().map(alike), direct.ok().map(alike), "{}", noisy);
    }

    #[test]
    fn the_digest_is_that_of_the_content(world in world(), noise in prop::collection::vec(any::<u8>(), 1..40)) {
        let digest = |text: &str| document(&[("x.ron", text)], &[]).digest();
        let plain_digest = digest(&plain(&world));
        prop_assert_eq!(plain_digest, digest(&write(&world, &noise)));
        prop_assert_eq!(plain_digest, digest(&write(&reversed(&world), &noise)));
        prop_assert_ne!(plain_digest, digest(&based(&world, "[], extra: 1")));
    }

    #[test]
    fn an_empty_overlay_and_one_of_itself_change_nothing(world in world()) {
        let text = plain(&world);
        prop_assert_eq!(merged(&[("x.ron", "(base: \"y.ron\")"), ("y.ron", &text)]), text.clone());
        prop_assert_eq!(merged(&[("x.ron", &based(&world, "\"y.ron\"")), ("y.ron", "()")]), text.clone());
        prop_assert_eq!(merged(&[("x.ron", &based(&world, "\"y.ron\"")), ("y.ron", &text)]), text);
    }

    #[test]
    fn merging_is_associative_where_forms_agree(whole in world(), noise in prop::collection::vec(any::<u8>(), 1..99)) {
        let mut noise = noise.iter().copied().cycle();
        let [x, y, z] = [(); 3].map(|()| variant(&whole, &mut noise));
        let left = [("x", based(&x, "\"y\"")), ("y", based(&y, "\"z\"")), ("z", plain(&z))];
        let left = merged(&left.each_ref().map(|(name, text)| (*name, text.as_str())));
        let upper = merged(&[("x", &based(&x, "\"y\"")), ("y", &plain(&y))]);
        let right = merged(&[("r", "(base: [\"z\", \"xy\"])"), ("z", &plain(&z)), ("xy", &upper)]);
        prop_assert_eq!(left, right);
    }

    #[test]
    fn an_overlay_wins_and_the_rest_stays(whole in world(), noise in prop::collection::vec(any::<u8>(), 1..99)) {
        let mut noise = noise.iter().copied().cycle();
        let [over, base] = [(); 2].map(|()| variant(&whole, &mut noise));
        let result = document(&[("x", &based(&over, "\"y\"")), ("y", &plain(&base))], &[]);
        let mut expected = BTreeMap::new();
        leaves(&base, &mut String::new(), &mut expected);
        leaves(&over, &mut String::new(), &mut expected);
        for (path, text) in expected {
            prop_assert_eq!(result.text(&path), Some(text), "{}", path);
        }
    }

    #[test]
    fn every_value_can_be_set(whole in world(), value in 0..1000_u32) {
        let text = plain(&whole);
        let mut paths = BTreeMap::new();
        leaves(&whole, &mut String::new(), &mut paths);
        for path in paths.keys().take(8) {
            let patched = document(&[("x", &text)], &[&format!("{path}={value}")]);
            prop_assert_eq!(patched.parse::<u32>(path), Ok(value), "{}", path);
        }
    }

    #[test]
    fn nothing_panics_on_rubbish(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&bytes);
    }

    #[test]
    fn nothing_panics_on_text_that_looks_like_a_world(
        text in r#"([(){}\[\]:,"'/*#\\r\n=.;]|b|\(a|: |1|-|inf|Some\(|"x"|//|/\*|\*/|福|#!\[enable\(|base){0,60}"#
    ) {
        exercise(text.as_bytes());
    }
}

/// The paths of all that does not merge, with their text.
fn leaves(tree: &Tree, path: &mut String, found: &mut BTreeMap<String, String>) {
    let (Tree::Struct(_, pairs) | Tree::Map(pairs)) = tree else {
        found.insert(path.clone(), plain(tree));
        return;
    };
    for (key, value) in pairs {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        match key.strip_prefix('"') {
            Some(_) => write!(path, "{key}").unwrap(),
            None => path.push_str(key),
        }
        leaves(value, path, found);
        path.truncate(length);
    }
}
