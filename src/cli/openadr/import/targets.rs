//! Who is meant, told by targets.

use crate::cli::openadr::model::{EventObject, Target};
use crate::cli::openadr::reader::{Reader, quoted};
use crate::cli::openadr::terms;
use std::collections::BTreeSet;
use voltcity::market::event::Scope;
use voltcity::market::resource::ResourceKind;

/// Who is meant, by the targets.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) scope: Option<Scope>,
    pub(super) aggregators: BTreeSet<String>,
    pub(super) kinds: BTreeSet<ResourceKind>,
}

impl Targets {
    pub(super) fn collect(object: &EventObject, reader: &mut Reader) -> Self {
        let mut found = Self::default();
        for (i, target) in object.targets.iter().enumerate() {
            let place = format!("$.targets[{i}]");
            let hint = format!(
                "write {}, {}name, {}row, {}row, {}row, {}name or {}kind",
                terms::CITY,
                terms::DISTRICT,
                terms::SUBSTATION,
                terms::FEEDER,
                terms::TRANSFORMER,
                terms::AGGREGATOR,
                terms::KIND
            );
            match target {
                Target::Text(text) => {
                    if !found.take(text, &place, reader) {
                        let message = format!("{} names nobody that voltcity knows", quoted(text));
                        reader.flag(&place, message, hint);
                    }
                }
                Target::Typed(map) => {
                    let message = format!("a target of type {} names nobody that voltcity knows", quoted(&map.kind));
                    reader.flag(&place, message, hint);
                }
            }
        }
        found
    }

    /// Takes a target in; says whether it is understood.
    fn take(&mut self, text: &str, place: &str, reader: &mut Reader) -> bool {
        if let Some(name) = text.strip_prefix(terms::AGGREGATOR) {
            self.aggregators.insert(name.to_owned());
            return true;
        }
        if let Some(name) = text.strip_prefix(terms::KIND) {
            let kind = ResourceKind::ALL.into_iter().find(|kind| kind.name() == name);
            self.kinds.extend(kind);
            return kind.is_some();
        }
        let row = |prefix: &str| text.strip_prefix(prefix)?.parse::<u32>().ok();
        let scope = if text == terms::CITY {
            Some(Scope::City)
        } else if let Some(name) = text.strip_prefix(terms::DISTRICT) {
            Some(Scope::District(name.to_owned()))
        } else if let Some(row) = row(terms::SUBSTATION) {
            Some(Scope::Substation(row))
        } else if let Some(row) = row(terms::FEEDER) {
            Some(Scope::Feeder(row))
        } else {
            row(terms::TRANSFORMER).map(Scope::Area)
        };
        let Some(scope) = scope else { return false };
        if self.scope.as_ref().is_some_and(|other| *other != scope) {
            reader.flag(place, "the event has two scopes", "name one place, or write two events");
        }
        self.scope = Some(scope);
        true
    }
}
