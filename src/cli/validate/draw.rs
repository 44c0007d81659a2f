//! The comparison in pictures: what was measured beside what was simulated, for those who decide by looking.
//!
//! Scalable vector graphics, made of whole pixels and of nothing but the comparison: equal runs give equal bytes.
//! Colours are of the set of Okabe and Ito, which people with any colour vision tell apart.

mod daily;
mod hours;
mod map;
mod zones;

use super::compare::Validation;
use super::period::Period;
use crate::cli::canvas::picture;
use crate::cli::chart::figure;
use crate::cli::exit::Failure;

/// What stands under every title.
#[derive(Clone, Debug)]
pub(super) struct Caption {
    /// Name of the world.
    world: String,
    /// The days compared.
    days: String,
}

impl Caption {
    /// The caption of a world on the days of a period, of which a share was run.
    pub(super) fn new(world: &str, period: &Period, sample: f64) -> Self {
        let out = period.len() - period.compared();
        let left_out = if out == 0 { String::new() } else { format!(", {out} days left out") };
        let of = if sample < 1.0 { format!(" (a sample of {} %)", figure(100.0 * sample)) } else { String::new() };
        Self { world: format!("{world}{of}"), days: format!("{} to {}{left_out}", period.start, period.last()) }
    }

    /// The whole line.
    fn line(&self) -> String {
        format!("{}, {}", self.world, self.days)
    }
}

/// The pictures of all that was compared, by the names of their files.
///
/// # Errors
/// None but our own mistakes: drawing in memory has no way to fail.
pub(super) fn all(of: &Validation, caption: &Caption) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut pictures = Vec::new();
    if let Some(found) = &of.hour_of_day {
        pictures.push(("hours.svg", picture(hours::SIZE, |area| hours::draw(area, found, caption))?));
    }
    if let Some(found) = &of.daily {
        pictures.push(("daily.svg", picture(daily::SIZE, |area| daily::draw(area, found, caption))?));
    }
    if let Some(found) = of.zones.as_ref().filter(|zones| !zones.rows.is_empty()) {
        pictures.push(("zones.svg", picture(zones::SIZE, |area| zones::draw(area, found, caption))?));
        pictures.push(("map.svg", picture(map::SIZE, |area| map::draw(area, found, caption))?));
    }
    Ok(pictures)
}

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::compare::tests::{agreeing, survey, world};
    use super::super::measured::Measured;
    use super::super::period::tests::period;
    use super::*;
    use crate::cli::output::PICTURES;

    fn pictures(days: &Period, busy: i64) -> Vec<(&'static str, String)> {
        let seen = survey(days.len(), |day, hour| [busy * i64::from(hour < 8) + day as i64 % 2, busy / 2]);
        let of = compare(&seen, days, &world(), 1.0, &agreeing(days, [4.0, 2.0]));
        all(&of, &Caption::new("A <world> & more", days, 1.0)).unwrap()
    }

    #[test]
    fn equal_comparisons_make_equal_pictures_that_are_sound_xml() {
        let days = period(21, &[5, 6]);
        let made = pictures(&days, 4);
        let names: Vec<&str> = made.iter().map(|picture| picture.0).collect();
        assert_eq!(names, PICTURES);
        assert_eq!(made, pictures(&days, 4));
        for (name, text) in made {
            assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"), "{name}");
            assert!(text.contains("A &lt;world&gt; &amp; more, 2022-09-01 to 2022-09-21, 2 days left out"), "{name}");
            assert!(text.contains("easured") && text.contains("imulated") && !text.contains("NaN"), "{name}");
        }
    }

    #[test]
    fn nothing_and_very_little_are_drawn_as_such() {
        for days in [period(1, &[]), period(400, &[])] {
            assert_eq!(pictures(&days, 0).len(), 4);
        }
        let days = period(2, &[]);
        let of = compare(&survey(2, |_, _| [1, 1]), &days, &world(), 1.0, &Measured::default());
        assert!(all(&of, &Caption::new("A world", &days, 1.0)).unwrap().is_empty());
    }
}
