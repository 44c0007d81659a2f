use super::*;
use crate::world::text::Memory;

/// A sound study file in few words.
const SOUND: &str = r#"(
    format: 1,
    name: "x",
    world: ("worlds/block.ron", "a"),
    at: ("2024-07-22 18:00", "a"),
    class: (Hour, "a"),
    warmup_days: (1, "a"),
    set: (["fleet.private.count.0=100"], "a"),
    shares: ([0, 0.1, 0.5], "a"),
    ladders: (source: "a", rows: [(name: "one", vehicles: AsInWorld), (name: "two", vehicles: AsGuns, set: ["charging.ac_kw.0=7"])]),
)"#;

fn read(edits: &[(&str, &str)]) -> Result<CheckedStudy, Problems> {
    let mut text = SOUND.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    // Paths of worlds are those of the package.
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("study.ron");
    CheckedStudy::read(&Memory::from([(path.clone(), text.into_bytes())]), &path)
}

/// The problems of a sound file after an edit, as `line:column message (help)`.
fn told(problems: &Problems) -> Vec<String> {
    let told = |problem: &Problem| {
        let place = problem.place.as_ref().unwrap();
        let hint = problem.hint.as_deref().unwrap_or("");
        format!("{}:{} {} ({hint})", place.line, place.column, problem.message)
    };
    problems.iter().map(told).collect()
}

#[test]
fn every_study_of_the_repository_is_sound_with_its_world() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("worlds/studies");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let study = CheckedStudy::load(&entry.unwrap().path()).unwrap_or_else(|problems| panic!("{problems}"));
        let world = study.world(&Disk).unwrap_or_else(|problems| panic!("{problems}"));
        for ladder in &study.study().ladders {
            let patches = study.rung(&world, ladder, 0.5);
            let rung = world.patched(&patches).unwrap_or_else(|problems| panic!("{problems}"));
            assert_eq!(rung.file().charging.two_way_share.as_ref().unwrap().get(), 0.5);
        }
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn rungs_are_patches() {
    let study = read(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    let world = study.world(&Disk).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(world.file().fleet[&crate::fleet::vehicle::VehicleClass::Private].count.get(), 100);
    let [one, two] = &study.study().ladders[..] else { panic!("two ladders") };
    assert_eq!(study.rung(&world, one, 0.5).len(), 1);
    assert_eq!(study.rung(&world, two, 0.5).len(), 2 + world.file().fleet.len());
    // No class has fewer than the world's own.
    assert!(study.rung(&world, two, 0.025).iter().all(|patch| !patch.starts_with("fleet.private")));
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[("format: 1", "format: 2")], "2:13 `format` is 2, and this program reads 1 (write 1,"),
        (&[("18:00\"", "18:60\"")], "5:10 `at` is \"2024-07-22 18:60\", which is no time"),
        (&[("warmup_days: (1", "warmup_days: (1000")], "7:19 `warmup_days` is 1,000, which is more than 366"),
        (&[("0, 0.1, 0.5", "0, 0.5, 0.1")], "9:23 `shares` does not rise from 0.5 to 0.1"),
        (&[("0.1, 0.5", "0.1, 1.5")], "9:23 `shares` holds 1.5, which is more than 1"),
        (&[("[0, 0.1, 0.5]", "[0]")], "9:14 `shares` has 1 entry (write 2 to 100 entries)"),
        (&[("\"two\"", "\"one\"")], "10:78 two ladders are called \"one\""),
        (&[("class: (Hour, \"a\")", "class: (Hour, \" \")")], "6:19 `class` has no source"),
    ];
    for (edits, wanted) in cases {
        let problems = told(&read(edits).unwrap_err());
        assert!(problems.len() == 1 && problems[0].starts_with(wanted), "{problems:#?}\n{wanted}");
    }
    let many = read(&[("name: \"x\"", "nam: \"x\""), ("AsGuns", "AsCars")]).unwrap_err();
    assert!(many.len() >= 3, "{many}");
}

#[test]
fn a_wrong_patch_is_told_where_the_study_has_it() {
    let cases = [
        ("fleet.private.count.0=100", "fleet.privat.count.0=100", "8:12 there is no `fleet.privat`"),
        ("fleet.private.count.0=100", "fleet.private.v2g_share.0=2", "8:12 `fleet.private.v2g_share` is 2"),
        ("charging.ac_kw.0=7", "charging.ac_kw.0=0", "10:109 `charging.ac_kw` is 0"),
    ];
    for (from, to, wanted) in cases {
        let study = read(&[(from, to)]).unwrap_or_else(|problems| panic!("{problems}"));
        let problems = told(&study.world(&Disk).unwrap_err());
        assert!(problems[0].starts_with(wanted), "{problems:#?}");
    }
}
