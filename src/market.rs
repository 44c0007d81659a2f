//! Prices. Programmes, events, dispatch and settlement will stand here; the fleet and the sites never name it.

pub mod tariff;
