//! Finds the columns of a table in its header, by one name or by several.

/// A column that is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its name in messages and, if it has no other, in the header.
    pub(crate) name: &'static str,
    /// The names that a header may give it, in the form of [`folded`].
    pub(crate) aliases: &'static [&'static str],
}

impl Column {
    /// Its index in the header.
    ///
    /// # Errors
    /// The index at which the header is wrong, and what is wrong there.
    pub(crate) fn find(&self, names: &[String]) -> Result<usize, (usize, String)> {
        let mut places = (0..names.len()).filter(|place| self.is_called(&names[*place]));
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(first), Some(again)) if names[first] == names[again] => {
                Err((again, format!("there are two columns \"{}\"", names[first])))
            }
            (Some(first), Some(again)) => {
                let (first, second) = (&names[first], &names[again]);
                Err((again, format!("\"{first}\" and \"{second}\" both mean {:?}; rename one of them", self.name)))
            }
            (None, _) => {
                let mut text = format!("no column {}; there are {}", self.wanted(), names.join(","));
                if let [only] = names
                    && only.contains([';', '\t', '，'])
                {
                    text.push_str(" (in one column: separate the fields by commas)");
                }
                Err((0, text))
            }
        }
    }

    fn is_called(&self, header: &str) -> bool {
        if self.aliases.is_empty() { header == self.name } else { self.aliases.contains(&folded(header).as_str()) }
    }

    /// What would be right instead of a header without it.
    fn wanted(&self) -> String {
        match self.aliases {
            [] => format!("{:?}", self.name),
            aliases => format!("{:?}, which may be called {}", self.name, aliases.join(", ")),
        }
    }
}

/// A header's name without what does not matter: case, blanks, underscores, hyphens, and the width of brackets.
fn folded(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'));
    let narrow = |c| match c {
        '（' => '(',
        '）' => ')',
        c => c,
    };
    kept.flat_map(char::to_lowercase).map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_of_a_column_are_found_in_any_spelling() {
        let kw = Column { name: "kW", aliases: &["kw", "ratedpower(kw)", "功率"] };
        for header in ["kW", " KW ", "Rated_power (kW)", "rated-power（kW）", "功率"] {
            let names = ["a".to_owned(), header.to_owned()];
            assert_eq!(kw.find(&names), Ok(1), "{header}");
        }
        let problem = |header: &[&str]| {
            let names: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
            kw.find(&names).expect_err("a header that is wrong")
        };
        let called = "no column \"kW\", which may be called kw, ratedpower(kw), 功率; there are";
        assert_eq!(problem(&["a", "power(W)"]), (0, format!("{called} a,power(W)")));
        let separated = format!("{called} a;kW (in one column: separate the fields by commas)");
        assert_eq!(problem(&["a;kW"]), (0, separated));
        let twice = "\"功率\" and \"KW\" both mean \"kW\"; rename one of them".to_owned();
        assert_eq!(problem(&["功率", "b", "KW"]), (2, twice));
        assert_eq!(problem(&["kW", "kW"]), (1, "there are two columns \"kW\"".to_owned()));
    }
}
