//! Files over their bases.

use super::*;

/// The text of the first file merged over the others.
fn merged(files: &[(&str, &str)]) -> String {
    document(files, &[]).text("").unwrap()
}

/// Asserts the problems of the first file over the others in brief.
#[track_caller]
fn check_files(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(brief(&read(files, &[]).1), expected);
}

#[test]
fn structs_and_maps_merge_and_everything_else_replaces() {
    let base = "World(
        seed: 7, list: [1, 2, 3], tuple: (1, 2), kind: Fixed(price: 1, cap: 2), unit: A,
        zones: {1: (x: 1, y: 1), 2: (x: 2, y: 2)},
        weather: (mean: 20, swing: (day: 8, year: 12)),
    )";
    let over = "(
        base: \"base.ron\",
        unit: B, list: [9], tuple: (5), kind: Tou(day: 3),
        zones: {2: (y: 5), 3: (x: 3)},
        weather: (swing: (day: 9), wind: 3),
    )";
    let expected = "World(seed:7,list:[9],tuple:(5),kind:Tou(day:3),unit:B,\
                    zones:{1:(x:1,y:1),2:(x:2,y:5),3:(x:3)},weather:(mean:20,swing:(day:9,year:12),wind:3))";
    assert_eq!(merged(&[("x.ron", over), ("base.ron", base)]), expected);
}

#[test]
fn names_decide_whether_structs_merge() {
    let over = |base: &str, over: &str| {
        let (over, base) = (format!("(base: \"b.ron\", k: {over})"), format!("(k: {base})"));
        merged(&[("x.ron", &over), ("b.ron", &base)])
    };
    assert_eq!(over("Tou(a: 1, b: 2)", "Tou(b: 3)"), "(k:Tou(a:1,b:3))");
    assert_eq!(over("Tou(a: 1, b: 2)", "r#Tou(b: 3)"), "(k:Tou(a:1,b:3))");
    assert_eq!(over("Tou(a: 1, b: 2)", "(b: 3)"), "(k:Tou(a:1,b:3))");
    assert_eq!(over("(a: 1, b: 2)", "Tou(b: 3)"), "(k:Tou(a:1,b:3))");
    assert_eq!(over("Tou(a: 1, b: 2)", "Flat(b: 3)"), "(k:Flat(b:3))");
    assert_eq!(over("Tou(a: 1)", "Tou"), "(k:Tou)");
    assert_eq!(over("Tou(1)", "Tou(2)"), "(k:Tou(2))");
    assert_eq!(over("5", "(b: 3)"), "(k:(b:3))");
    assert_eq!(over("{1: 2}", "(b: 3)"), "(k:(b:3))");
    assert_eq!(over("(b: 3)", "()"), "(k:(b:3))");
}

#[test]
fn some_is_looked_through() {
    let over = |base: &str, over: &str| {
        let (over, base) = (format!("(base: \"b.ron\", k: {over})"), format!("(k: {base})"));
        merged(&[("x.ron", &over), ("b.ron", &base)])
    };
    assert_eq!(over("Some((a: 1, b: 2))", "(b: 3)"), "(k:Some((a:1,b:3)))");
    assert_eq!(over("(a: 1, b: 2)", "Some((b: 3))"), "(k:(a:1,b:3))");
    assert_eq!(over("Some((a: 1))", "None"), "(k:None)");
    assert_eq!(over("None", "Some((a: 1))"), "(k:Some((a:1)))");
    assert_eq!(over("Some(1)", "2"), "(k:2)");
}

#[test]
fn keys_match_by_value_not_by_spelling() {
    let base = "(m: {1_000: (a: 1), \"x\\u{41}\": 2, Key: 3, r#Other: 4, (1, 2): 5})";
    let over = "(base: [\"b.ron\"], m: {0x3E8: (b: 2), r\"xA\": 6, r#Key: 7, Other: 8, (1,2,): 9})";
    let expected = "(m:{1_000:(a:1,b:2),r\"xA\":6,r#Key:7,Other:8,(1,2):9})";
    assert_eq!(merged(&[("x.ron", over), ("b.ron", base)]), expected);
    // A word and a string are different keys.
    let files = [("x.ron", "(base: \"b.ron\", m: {\"a\": 2})"), ("b.ron", "(m: {a: 1})")];
    assert_eq!(merged(&files), "(m:{a:1,\"a\":2})");
}

#[test]
fn remove_deletes_entries_and_fields() {
    let base = "(zones: {1: (x: 1), 2: (x: 2), 3: (x: 3)}, events: {\"a\": 1}, note: \"x\")";
    let over = "(base: \"b.ron\", zones: {3: Remove, 1: Remove}, events: Remove, note: Remove)";
    assert_eq!(merged(&[("x.ron", over), ("b.ron", base)]), "(zones:{2:(x:2)})");
    // Only as the value of a field or an entry does the word mean deletion.
    assert_eq!(merged(&[("x.ron", "(a: [Remove], b: Some(Remove))")]), "(a:[Remove],b:Some(Remove))");
}

#[test]
fn removing_what_is_not_there_is_a_problem() {
    let over =
        "(base: \"b.ron\", zones: {4: Remove, 5: (y: Remove)}, other: {\"a b\": [(c: Remove)]}, x: Some((y: Remove)))";
    let base = "(zones: {1: (x: 1)})";
    let expected = [
        "x.ron:1:28 nothing to remove: no base has `zones.4`",
        "x.ron:1:43 nothing to remove: no base has `zones.5.y`",
        "x.ron:1:73 nothing to remove: no base has `other.\"a b\"[0].c`",
        "x.ron:1:96 nothing to remove: no base has `x.y`",
    ];
    check_files(&[("x.ron", over), ("b.ron", base)], &expected);
    // The problem belongs to the file, whatever another file puts over it.
    let files = [("x.ron", "(base: \"y.ron\", a: 1)"), ("y.ron", "(a: Remove)")];
    check_files(&files, &["y.ron:1:5 nothing to remove: no base has `a`"]);
    // What is reported is taken out, so that the typed parse does not report it again.
    assert_eq!(read(&files, &[]).0.unwrap().text("").as_deref(), Some("(a:1)"));
}

#[test]
fn bases_are_merged_in_order_and_found_beside_the_file_that_names_them() {
    let files = [
        ("worlds/x.ron", "(base: [\"a.ron\", \"../common/b.ron\"], x: 1)"),
        ("worlds/a.ron", "(x: 2, y: 2, z: 2)"),
        ("common/b.ron", "(base: \"c.ron\", y: 3, w: 3)"),
        ("common/c.ron", "(y: 4, z: 4, v: 4)"),
    ];
    assert_eq!(merged(&files), "(x:1,y:3,z:4,v:4,w:3)");
    let names: Vec<String> = document(&files, &[]).names().map(str::to_owned).collect();
    assert_eq!(names, ["worlds/x.ron", "worlds/a.ron", "common/b.ron", "common/c.ron"]);
}

#[test]
fn a_diamond_is_no_cycle() {
    let files = [
        ("x.ron", "(base: [\"a.ron\", \"b.ron\", \"a.ron\"], x: 1)"),
        ("a.ron", "(base: \"c.ron\", a: 1, s: 1)"),
        ("b.ron", "(base: \"./c.ron\", b: 1, s: 2)"),
        ("c.ron", "(c: 1, s: 3)"),
    ];
    assert_eq!(merged(&files), "(c:1,s:1,a:1,b:1,x:1)");
    assert_eq!(document(&files, &[]).names().count(), 4);
}

#[test]
fn a_second_list_of_bases_is_a_problem_and_no_field() {
    let files = [("x.ron", "(base: \"a.ron\", base: [\"b.ron\"], x: 1)"), ("a.ron", "(y: 2)")];
    check_files(&files, &["x.ron:1:17 field `base` is given twice; first at line 1, column 2"]);
    assert_eq!(read(&files, &[]).0.unwrap().text("").as_deref(), Some("(y:2,x:1)"));
}

#[test]
fn a_cycle_is_printed_whole() {
    let files = [
        ("w/x.ron", "(\n  base: \"a.ron\",\n)"),
        ("w/a.ron", "(base: [\"b.ron\"])"),
        ("w/b.ron", "(base: [\"c.ron\", \"../w/a.ron\"])"),
        ("w/c.ron", "()"),
    ];
    let expected = "error: the base files form a cycle: w/a.ron -> w/b.ron -> w/a.ron
 --> w/b.ron:1:18
  |
1 | (base: [\"c.ron\", \"../w/a.ron\"])
  |                  ^^^^^^^^^^^^

1 problem in w/b.ron";
    assert_eq!(listing(&files, &[]), expected);
    check_files(&[("x.ron", "(base: \"x.ron\")")], &["x.ron:1:8 the base files form a cycle: x.ron -> x.ron"]);
}

#[test]
fn a_chain_of_bases_has_a_limit() {
    let chain = |length: usize| -> Vec<(String, String)> {
        (0..length)
            .map(|i| {
                let base = if i + 1 < length { format!("base: \"{}.ron\", ", i + 1) } else { String::new() };
                (format!("{i}.ron"), format!("({base}x{i}: {i})"))
            })
            .collect()
    };
    let problems = |files: &[(String, String)]| {
        let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        brief(&read(&files, &[]).1)
    };
    assert_eq!(problems(&chain(16)), [""; 0]);
    assert_eq!(problems(&chain(17)), ["15.ron:1:8 more than 16 files are based on one another"]);
    // A file known from elsewhere counts with all its bases.
    let mut files = chain(16);
    files[0].1 = "(base: [\"1.ron\", \"long.ron\"])".to_owned();
    files.push(("long.ron".to_owned(), "(base: \"1.ron\")".to_owned()));
    assert_eq!(problems(&files), ["long.ron:1:8 more than 16 files are based on one another"]);
}

#[test]
fn a_ladder_of_diamonds_is_read_once_per_file() {
    let files: Vec<(String, String)> = (0..16)
        .map(|i| {
            let base = format!("\"{}.ron\"", i + 1);
            let base = if i < 15 { format!("base: [{}], ", [base.as_str(); 9].join(", ")) } else { String::new() };
            (format!("{i}.ron"), format!("({base}x{i}: {i})"))
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let world = document(&files, &[]);
    assert_eq!((world.names().count(), world.fields("").len()), (16, 16));
}

#[test]
fn merging_does_not_nest_deeper_than_a_file_may() {
    let wrapped = format!("(base: \"b.ron\", a: {}(b: 1){})", "Some(".repeat(50), ")".repeat(50));
    let deep = format!("(base: \"c.ron\", a: (b: {}{}))", "[".repeat(50), "]".repeat(50));
    let files = [("x.ron", deep.as_str()), ("c.ron", &wrapped), ("b.ron", "()")];
    let expected =
        "error: brackets are nested more than 64 deep once the bases are merged\n --> x.ron\n\n1 problem in x.ron";
    assert_eq!(listing(&files, &[]), expected);
    assert!(read(&files, &[]).0.is_none());
}

#[test]
fn the_problems_of_all_files_are_reported_in_reading_order() {
    let files = [
        ("x.ron", "(base: [\"a.ron\", \"no.ron\", 5, \"b.ron\", \"\"], a: @)"),
        ("a.ron", "(a: NaN, b: ?)"),
        ("b.ron", "[1]"),
        ("not.ron", "()"),
    ];
    let path = "expected the path of a file / write `base: \"city.ron\"` or `base: [\"city.ron\", \"fleet.ron\"]`";
    let expected = [
        "x.ron:1:18 there is no file `no.ron` / did you mean `not.ron`?",
        &format!("x.ron:1:28 {path}"),
        &format!("x.ron:1:40 {path}"),
        "x.ron:1:48 expected a value, found `@`",
        "a.ron:1:5 `NaN` must be a finite number",
        "a.ron:1:13 expected a value, found `?`",
        "b.ron:1:1 expected a struct at the top of the file / a world file is one struct: `( field: value, field: value )`",
    ];
    check_files(&files, &expected);
    assert!(listing(&files, &[]).ends_with("\n7 problems in x.ron, a.ron and b.ron"));
}

#[test]
fn the_digest_ignores_spelling_and_order() {
    let digest = |files: &[(&str, &str)]| document(files, &[]).digest();
    let plain = digest(&[("x.ron", "(a: 1000, b: {1: \"x\", 2: \"y\"}, c: 0.5)")]);
    let spelt = digest(&[("y.ron", "// note\n(c: 5e-1, b: {0x2: r\"y\", 1: \"\\x78\"},\n a: 1_000.0,)")]);
    let spread =
        digest(&[("x.ron", "(base: \"y.ron\", b: {2: \"y\"}, c: .5)"), ("y.ron", "(a: 1000, b: {1: \"x\"}, c: 1)")]);
    assert_eq!(plain, spelt);
    assert_eq!(plain, spread);
    // The digest must not change from one version to the next.
    assert_eq!(digest(&[("x.ron", "()")]), 0x07E1_1F07_B4A6_665A);
    for other in [
        "(a: 1001, b: {1: \"x\", 2: \"y\"}, c: 0.5)",
        "(a: 1000, b: {1: \"y\", 2: \"x\"}, c: 0.5)",
        "(a: 1000, b: {1: x, 2: y}, c: 0.5)",
        "(a: 1000, b: [(1, \"x\"), (2, \"y\")], c: 0.5)",
        "(a: 1000, b: {1: \"x\", 2: \"y\"})",
    ] {
        assert_ne!(plain, digest(&[("x.ron", other)]), "{other}");
    }
}

/// The text of a file with others laid over it.
fn laid(files: &[(&str, &str)], overlays: &[&str], patches: &[&str]) -> (Option<String>, Problems) {
    let files: Memory = files.iter().map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec())).collect();
    let overlays: Vec<PathBuf> = overlays.iter().map(PathBuf::from).collect();
    let patches: Vec<String> = patches.iter().map(|&patch| patch.to_owned()).collect();
    let (document, problems) = Document::read_under(&files, Path::new("x.ron"), &overlays, &patches);
    (document.and_then(|document| document.text("")), problems)
}

#[test]
fn files_are_laid_over_a_world_in_their_order_and_before_patches() {
    let files = [
        ("x.ron", "(base: \"b.ron\", a: 1, m: {1: (x: 1)})"),
        ("b.ron", "(a: 0, b: 0, c: 0)"),
        ("p.ron", "(a: 2, c: Remove, m: {1: (y: 2)})"),
        ("q.ron", "(base: \"b.ron\", a: 3)"),
    ];
    let text = |overlays: &[&str], patches: &[&str]| laid(&files, overlays, patches).0.unwrap();
    assert_eq!(text(&[], &[]), "(a:1,b:0,c:0,m:{1:(x:1)})");
    assert_eq!(text(&["p.ron"], &[]), "(a:2,b:0,m:{1:(x:1,y:2)})");
    assert_eq!(text(&["p.ron"], &["a=9", "c=5"]), "(a:9,b:0,m:{1:(x:1,y:2)},c:5)");
    assert_eq!(text(&["p.ron", "./q.ron"], &[]), "(a:3,b:0,m:{1:(x:1,y:2)},c:0)");
    // A file that has been read already is laid over once more.
    assert_eq!(text(&["b.ron"], &[]), "(a:0,b:0,c:0,m:{1:(x:1)})");
    assert!(laid(&files, &["p.ron"], &[]).1.is_empty());
}

#[test]
fn what_is_wrong_with_a_laid_file_is_told_with_its_place() {
    let files = [("x.ron", "(a: 1)"), ("p.ron", "(\n  b: Remove,\n)"), ("q.ron", "(a: ]")];
    assert_eq!(brief(&laid(&files, &["p.ron"], &[]).1), ["p.ron:2:6 nothing to remove: no base has `b`"]);
    let (text, problems) = laid(&files, &["none.ron", "q.ron"], &[]);
    assert_eq!(text, None);
    let said = problems.to_string();
    assert!(said.contains("there is no file `none.ron`") && said.contains("q.ron:1:5"), "{said}");
    let cycle = [("x.ron", "(a: 1)"), ("p.ron", "(base: \"p.ron\")")];
    assert!(laid(&cycle, &["p.ron"], &[]).1.to_string().contains("form a cycle"));
}
