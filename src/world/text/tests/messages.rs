//! What the locator and the loader say about text that is wrong.

use super::super::locate::DEPTH_MAX;
use super::*;

#[test]
fn a_missing_comma_is_shown_with_its_line() {
    let text = "(
    districts: {\"Futian\": (lon: 114.05)},
    zones: {
        102: (district: \"Futian\" lon: 114.06),
    },
)";
    let expected = "
error: expected `,` or `)` after the value of `district`, found `lon`
 --> x.ron:4:34
  |
4 |         102: (district: \"Futian\" lon: 114.06),
  |                                  ^^^

1 problem in x.ron";
    check(text, expected);
}

#[test]
fn one_file_shows_all_its_mistakes() {
    let text = "(
    a: 1 b: 2,
    c: , d: @,
    e: 12ab,
    f: \"x\\q\",
    g: 'ab',
    h: NaN,
    i: 5%, j: 6,
    i: 7,
)";
    let expected = [
        "x.ron:2:10 expected `,` or `)` after the value of `a`, found `b`",
        "x.ron:3:8 expected a value, found `,`",
        "x.ron:3:13 expected a value, found `@`",
        "x.ron:4:8 `12ab` is not a number / text is written in double quotes",
        "x.ron:5:10 unknown escape; known are \\n \\r \\t \\0 \\\\ \\\" \\' \\x7F \\u{1F50C}",
        "x.ron:6:8 a character is written as one character between single quotes / text is written in double quotes",
        "x.ron:7:8 `NaN` must be a finite number",
        "x.ron:8:9 expected `,` or `)` after the value of `i`, found `%`",
        "x.ron:9:5 field `i` is given twice; first at line 8, column 5",
    ];
    check_brief(text, &expected);
}

#[test]
fn a_row_that_is_not_closed_is_one_mistake() {
    let text = "(zones: {
    1: (x: 1,
    2: (x: 2),
    3: (x: 3),
}, last: 1, last: 2)";
    let expected = [
        "x.ron:3:5 expected a field name, found `2` / is the `(` opened at line 2, column 8 closed in time?",
        "x.ron:5:13 field `last` is given twice; first at line 5, column 4",
    ];
    check_brief(text, &expected);
}

#[test]
fn brackets_that_do_not_match_name_both_places() {
    let expected = ["x.ron:2:6 expected `]` to close the `[` opened at line 1, column 5, found `)`"];
    check_brief("(a: [1,\n   2 ), b: 3)", &expected);
    check_brief(
        "(a: [1,\n   2 }, 3], b: 3)",
        &["x.ron:2:6 expected `]` to close the `[` opened at line 1, column 5, found `}`"],
    );
    check_brief("(a: (b: 1)", &["x.ron:1:1 this `(` is never closed: `)` is missing"]);
    check_brief("(a: {1: [", &["x.ron:1:9 this `[` is never closed: `]` is missing"]);
    check_brief("(a: 1))", &["x.ron:1:7 expected the end of the text, found `)`"]);
    check_brief("(a: 1) b", &["x.ron:1:8 expected the end of the text, found `b`"]);
}

#[test]
fn habits_of_other_notations_are_understood() {
    let quotes = "a field name is written without quotes / a map, whose keys may be strings, is written with braces: \
                  `{\"key\": value}`";
    check_brief("(\"a\": 5, \"b\": 6)", &[&format!("x.ron:1:2 {quotes}"), &format!("x.ron:1:10 {quotes}")]);
    check_brief("(a = 5, b: 2)", &["x.ron:1:4 expected `:` after the field name `a`, found `=`"]);
    check_brief("(a: 1; b: 2)", &["x.ron:1:6 expected `,` or `)` after the value of `a`, found `;`"]);
    check_brief(
        "(a: Foo{x: 1}, b: 2)",
        &["x.ron:1:8 expected `,` or `)` after the value of `a`, found `{` / a struct is written with parentheses: \
           `Name(field: value)`"],
    );
    check_brief(
        "(a: {1, 2, 3})",
        &["x.ron:1:7 expected `:` after the key `1`, found `,` / a list is written with square brackets: `[a, b]`"],
    );
    check_brief("a: 1, b: 2", &["x.ron:1:2 expected the end of the text, found `:` / put the fields in `( ... )`"]);
    check_brief("(day: 2025-07-01)", &["x.ron:1:7 `2025-07-01` is not a number / text is written in double quotes"]);
}

#[test]
fn a_lost_quote_is_looked_for_where_the_string_began() {
    let text = "(\n  1: 5,\n  a: \"Futian, b: 1,\n  c: \"Luohu\", d: \"x\",\n)".replace("1: 5,", "z: 5,");
    let lost = "x.ron:3:6 expected `,` or `)` after the value of `a`, found `Luohu`, after a string that runs over \
                several lines / is its closing quote missing?";
    check_brief(&text, &[lost]);
    check_brief("(a: \"x)\n", &["x.ron:1:5 this string is never closed: its closing quote is missing"]);
    check_brief("(a: r#\"x\")", &["x.ron:1:5 this string is never closed: its closing quote is missing"]);
    check_brief("(a: 1, /* b /* c */ )", &["x.ron:1:8 this comment is never closed: `*/` is missing"]);
}

#[test]
fn numbers_that_are_not_finite_are_refused_everywhere() {
    let text = "(a: NaN, b: [-inf, +inf, inff32], c: {NaNf64: Some(inf)}, d: Fixed(-NaN), e: 0.0..inf, info: inform)";
    let expected =
        ["5 `NaN`", "14 `-inf`", "20 `+inf`", "26 `inff32`", "39 `NaNf64`", "52 `inf`", "68 `-NaN`", "78 `0.0..inf`"]
            .map(|found| format!("x.ron:1:{found} must be a finite number"));
    check_brief(text, &expected.each_ref().map(String::as_str));
}

#[test]
fn keys_given_twice_are_found_however_they_are_spelt() {
    let text = "(a: 1, r#a: 2, m: {1_000: 2, 0x3e8: 3, \"k\": 1, r\"k\": 2, k: 3, (1, 2): 4, (1,2,): 5})";
    let expected = [
        "x.ron:1:8 field `a` is given twice; first at line 1, column 2",
        "x.ron:1:30 key `0x3e8` is given twice; first at line 1, column 20",
        "x.ron:1:48 key `r\"k\"` is given twice; first at line 1, column 40",
        "x.ron:1:74 key `(1,2,)` is given twice; first at line 1, column 63",
    ];
    check_brief(text, &expected);
}

#[test]
fn keys_given_twice_are_found_in_long_tables() {
    let rows: Vec<String> = (0..200).map(|i| format!("\"zone {}\": {i},", i % 197)).collect();
    let rows = rows.join("\n");
    let (_, problems) = read(&[("x.ron", &format!("(m: {{\n{rows}}})"))], &[]);
    assert_eq!(
        brief(&problems),
        [0, 1, 2].map(|i| format!(
            "x.ron:{}:1 key `\"zone {i}\"` is given twice; first at line {}, column 1",
            i + 199,
            i + 2
        ))
    );
}

#[test]
fn attributes_that_hold_anyway_are_passed() {
    let text = "#![enable(implicit_some)]\n#![enable(\n  unwrap_newtypes,\n  implicit_some,\n)]\n#![type = \"World\"] // x\n(a: 1)";
    assert_eq!(document(&[("x.ron", text)], &[]).text("").as_deref(), Some("(a:1)"));
    let unknown = "unknown attribute / a world file needs none; `implicit_some` and `unwrap_newtypes` always hold";
    check_brief("#![enable(unwrap_variant_newtypes)]\n(a: 1)", &[&format!("x.ron:1:1 {unknown}")]);
    check_brief("#", &[&format!("x.ron:1:1 {unknown}")]);
}

#[test]
fn everything_the_notation_has_is_read() {
    let text = "\u{FEFF}/* /* nested */ */ World ( // line
        a : Some ( 1 ) , b:None,c:(1,\"x\",),d:[ ],e:{},f:(),r#g-h:'\\'',
        i: Tou(periods:[1..2,..=3]), j: -0x1F_u8, k: r##\"a\"# b\"##, l: b\"\\xff\", m: br\"x\", n: b'\\xff', 区: \"福田\\
        \", o: Unit(), p: true /* end */
    ) // last line without a break";
    let plain = "World(a:Some(1),b:None,c:(1,\"x\"),d:[],e:{},f:(),r#g-h:'\\'',i:Tou(periods:[1..2,..=3]),j:-0x1F_u8,\
                 k:r##\"a\"# b\"##,l:b\"\\xff\",m:br\"x\",n:b'\\xff',区:\"福田\\\n        \",o:Unit(),p:true)";
    assert_eq!(document(&[("x.ron", text)], &[]).text("").as_deref(), Some(plain));
}

#[test]
fn brackets_nest_to_the_limit_and_no_deeper() {
    let nested = |depth: usize| format!("(a: {}{})", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(read(&[("x.ron", &nested(DEPTH_MAX))], &[]).1.is_empty());
    check_brief(&nested(DEPTH_MAX + 1), &["x.ron:1:68 brackets are nested more than 64 deep"]);
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}"), ("(a:", ")"), ("Some(", ")"), ("{", ":1}")] {
        let text = format!("(a: {}1{})", open.repeat(DEPTH_MAX - 1), close.repeat(DEPTH_MAX - 1));
        let document = document(&[("x.ron", &text)], &[]);
        assert!(document.parse::<ron::Value>("").is_ok(), "{text}");
    }
    for bracket in ["(", "[", "{a:", "(a:", "Some(", "{(", "[/**/"] {
        let (document, problems) = read(&[("x.ron", &format!("(a: {}", bracket.repeat(100_000)))], &[]);
        assert!(document.is_none() && !problems.is_empty(), "{bracket}");
    }
}

#[test]
fn a_file_of_rubbish_is_given_up_in_time() {
    let (document, problems) = read(&[("x.ron", &format!("(a: [{}])", "@, ".repeat(1000)))], &[]);
    assert!(document.is_none());
    let problems = brief(&problems);
    assert_eq!(problems.len(), 101);
    assert_eq!(problems[99], "x.ron:1:303 expected a value, found `@`");
    assert_eq!(problems[100], "x.ron:1:306 there are too many problems: from here on nothing has been read");
    // What has not been read is not there to be parsed, even if all that was read could be.
    assert!(read(&[("x.ron", &format!("(a: [{}])", "NaN, ".repeat(1000)))], &[]).0.is_none());
}

#[test]
fn files_that_are_not_worlds_are_refused() {
    let shape = "a world file is one struct: `( field: value, field: value )`";
    check("", &format!("error: the file is empty\n --> x.ron\n  = help: {shape}\n\n1 problem in x.ron"));
    check(" \n\t", &format!("error: the file is empty\n --> x.ron\n  = help: {shape}\n\n1 problem in x.ron"));
    check_brief("// only a comment\n", &["x.ron:2:1 expected a value, found the end of the text"]);
    check_brief("[1]", &[&format!("x.ron:1:1 expected a struct at the top of the file / {shape}")]);
    check_brief("World", &[&format!("x.ron:1:1 expected a struct at the top of the file / {shape}")]);
    check_brief("(1, 2)", &[&format!("x.ron:1:1 expected a struct at the top of the file / {shape}")]);
}

#[test]
fn text_that_is_not_utf_8_is_shown_where_it_goes_wrong() {
    let files = Memory::from([(PathBuf::from("x.ron"), b"(\n  a: \"\xB8\xA3\",\n)".to_vec())]);
    let (document, problems) = Document::read(&files, Path::new("x.ron"), &[]);
    assert!(document.is_none());
    let expected = "error: byte 8 is not UTF-8 text
 --> x.ron:2:7
  |
2 |   a: \"\u{FFFD}\u{FFFD}\",
  |       ^
  = help: save the file with the encoding UTF-8

1 problem in x.ron";
    assert_eq!(problems.to_string(), expected);
}

#[test]
fn files_that_are_not_there_are_named() {
    let files = memory(&[("worlds/block.ron", "()"), ("worlds/futian.ron", "()"), ("block.ron", "()")]);
    let (_, problems) = Document::read(&files, Path::new("worlds/blok.ron"), &[]);
    let expected = "error: there is no file `worlds/blok.ron`\n  = help: did you mean `worlds/block.ron`?\n\n1 problem";
    assert_eq!(problems.to_string(), expected);
    let (_, problems) = Document::read(&files, Path::new("worlds/shenzhen.ron"), &[]);
    assert_eq!(problems.to_string(), "error: there is no file `worlds/shenzhen.ron`\n\n1 problem");
}

#[test]
fn the_disk_is_read_as_memory_is() {
    let folder = std::env::temp_dir().join(format!("voltcity-text-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    let file = |name: &str| folder.join(name);
    std::fs::write(file("world.ron"), "(base: \"inner/../base.ron\", a: 1, b: (x: 1))").unwrap();
    std::fs::write(file("base.ron"), "(a: 2, b: (y: 2))").unwrap();
    std::fs::write(file("loop.ron"), "(base: \"inner/../loop.ron\")").unwrap();
    let large = std::fs::File::create(file("large.ron")).unwrap();
    large.set_len(100 << 20).unwrap();

    let world = Document::load(&file("world.ron"), &["b.x=3".to_owned()]).unwrap();
    assert_eq!(world.text("").as_deref(), Some("(a:1,b:(y:2,x:3))"));
    let names: Vec<&str> = world.names().collect();
    assert_eq!(names, [file("world.ron").to_str().unwrap(), file("base.ron").to_str().unwrap(), "--set b.x"]);

    let message = |name: &str| Document::load(&file(name), &[]).unwrap_err().iter().next().unwrap().clone();
    let shown = |name: &str| file(name).display().to_string();
    assert_eq!(message("wrld.ron").message, format!("there is no file `{}`", shown("wrld.ron")));
    assert_eq!(message("wrld.ron").hint, Some(format!("did you mean `{}`?", shown("world.ron"))));
    assert_eq!(message("inner").message, format!("`{}` is a directory, not a world file", shown("inner")));
    assert_eq!(message("large.ron").message, "file is 100 MiB; a world file may be at most 64 MiB");
    assert_eq!(message("large.ron").place.unwrap().file, shown("large.ron"));
    let cycle = format!("the base files form a cycle: {} -> {}", shown("loop.ron"), shown("loop.ron"));
    assert_eq!(message("loop.ron").message, cycle);
    std::fs::remove_dir_all(folder).unwrap();
}
