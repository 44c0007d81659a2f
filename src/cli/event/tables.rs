//! The tables of an event: who took part, what became of each, and the settlement, as Parquet.

use super::outcome::Outcome;
use crate::cli::exit::Failure;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::collections::BTreeMap;
use std::sync::Arc;
use voltcity::market::conduct::Called;
use voltcity::market::event::{Entry, EventNo, Participant};
use voltcity::market::pair::Pair;
use voltcity::market::programme::MemberKind;
use voltcity::market::settlement::COLUMNS;
use voltcity::telemetry::Column;

/// The files, in the order in which they are written.
pub(super) const NAMES: [&str; 3] = ["participants.parquet", "transitions.parquet", "settlement.parquet"];

/// Values of a column.
enum Cells {
    Whole(Vec<i64>),
    Words(Vec<&'static str>),
    Texts(Vec<String>),
}

struct Table(Vec<(Column, Cells)>);

const fn column(name: &'static str, unit: &'static str, doc: &'static str) -> Column {
    Column { name, unit, doc }
}

/// All three, by name.
pub(super) fn made(pair: &Pair, outcome: &Outcome) -> Result<Vec<(&'static str, Vec<u8>)>, Failure> {
    let tables = [participants(pair), transitions(pair), settlement(pair, outcome)];
    let bytes = |(name, table): (&&'static str, Table)| Ok((*name, table.bytes().map_err(|_| Failure::Internal)?));
    NAMES.iter().zip(tables).map(bytes).collect()
}

/// What a participant is, and its row.
const fn named(participant: Participant) -> (&'static str, i64) {
    match participant {
        Participant::Aggregator(row) => ("aggregator", row as i64),
        Participant::Member(MemberKind::Station, row) => ("station", row as i64),
        Participant::Member(MemberKind::Building, row) => ("building", row as i64),
        Participant::Member(MemberKind::Storage, row) => ("storage", row as i64),
        Participant::Member(MemberKind::Pv, row) => ("pv", row as i64),
        Participant::Vehicle(row) => ("vehicle", row as i64),
    }
}

const KIND: Column = column("participant", "", "What it is: vehicle, station, building, storage, pv or aggregator.");
const ROW: Column = column("row", "1", "Its row among those of its kind.");

fn participants(pair: &Pair) -> Table {
    let (log, no) = (pair.conductor().log(), EventNo(0));
    let calls: BTreeMap<Participant, Called> = pair.conductor().standing().calls().map(|(p, c)| (*p, *c)).collect();
    let all: Vec<Participant> = log.participants(no).map(|(participant, _)| participant).collect();
    let of = |get: fn(&Called) -> i64| Cells::Whole(all.iter().map(|p| calls.get(p).map_or(0, get)).collect());
    let saved = |p: &Participant| match p {
        Participant::Vehicle(row) => pair.vehicles_j.get(row).copied().unwrap_or(0),
        _ => 0,
    };
    Table(vec![
        (KIND, Cells::Words(all.iter().map(|p| named(*p).0).collect())),
        (ROW, Cells::Whole(all.iter().map(|p| named(*p).1).collect())),
        (column("stage", "", "Its last stage."), words(all.iter().map(|p| format!("{:?}", log.stage(no, *p))))),
        (column("called_w", "W", "By how much it was called to change its load; 0 if it was not."), of(|c| c.called_w)),
        (column("discharge_w", "W", "What of it was to come from discharging."), of(|c| c.discharge_w)),
        (column("called_s", "s", "Second of the run of its call; 0 if it was not."), of(|c| i64::from(c.from_s))),
        (column("until_s", "s", "Second of the run at which its order runs out."), of(|c| i64::from(c.until_s))),
        (
            column("battery_less_j", "J", "How much less than without the event is in its battery at the end."),
            Cells::Whole(all.iter().map(saved).collect()),
        ),
    ])
}

/// Of all events of the run.
fn transitions(pair: &Pair) -> Table {
    let numbers = (0..pair.desk().book().len() as u32).map(EventNo);
    let mut entries: Vec<Entry> = numbers.flat_map(|no| pair.desk().conductor(no).log().ordered()).collect();
    entries.sort_by_key(|e| (e.at_s, e.event, e.participant));
    let id =
        |e: &Entry| pair.desk().book().versions(e.event).first().map_or_else(String::new, |event| event.id.clone());
    Table(vec![
        (column("event", "", "The event's id."), words(entries.iter().map(id))),
        (column("at_s", "s", "Second of the run."), Cells::Whole(entries.iter().map(|e| e.at_s).collect())),
        (KIND, Cells::Words(entries.iter().map(|e| named(e.participant).0).collect())),
        (ROW, Cells::Whole(entries.iter().map(|e| named(e.participant).1).collect())),
        (column("from", "", "The stage that ends."), words(entries.iter().map(|e| format!("{:?}", e.from)))),
        (column("to", "", "The stage that begins."), words(entries.iter().map(|e| format!("{:?}", e.to)))),
        (column("cause", "", "Why."), words(entries.iter().map(|e| format!("{:?}", e.cause)))),
    ])
}

fn settlement(pair: &Pair, outcome: &Outcome) -> Table {
    let rows = &outcome.rows;
    let names = rows.iter().map(|row| pair.conductor().aggregators()[row.party as usize].clone());
    let mut columns = vec![
        (column("party", "", "The aggregator."), words(names)),
        (
            column("start_s", "s", "Second of the run at which the interval begins."),
            Cells::Whole(rows.iter().map(|row| i64::from(row.start_s)).collect()),
        ),
    ];
    columns.extend(COLUMNS.iter().map(|(column, get)| (*column, Cells::Whole(rows.iter().map(get).collect()))));
    Table(columns)
}

fn words(texts: impl Iterator<Item = String>) -> Cells {
    Cells::Texts(texts.collect())
}

impl Table {
    /// The table as a file.
    fn bytes(&self) -> Result<Vec<u8>, ParquetError> {
        let field = |(column, cells): &(Column, Cells)| {
            let (physical, logical) = match cells {
                Cells::Whole(_) => (Physical::INT64, None),
                Cells::Words(_) | Cells::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            };
            let field = Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::REQUIRED);
            field.with_logical_type(logical).build().map(Arc::new)
        };
        let fields = self.0.iter().map(field).collect::<Result<_, _>>()?;
        let schema = Arc::new(Type::group_type_builder("event").with_fields(fields).build()?);
        let pair = |(column, _): &(Column, Cells)| {
            let of =
                |what: &str, text: &str| KeyValue::new(format!("voltcity.{what}.{}", column.name), text.to_owned());
            [of("unit", column.unit), of("doc", column.doc)]
        };
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(self.0.iter().flat_map(pair).collect()))
            .build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        for (_, cells) in &self.0 {
            let Some(mut to) = group.next_column()? else { break };
            let bytes = |text: &str| ByteArray::from(text.as_bytes().to_vec());
            match cells {
                Cells::Whole(values) => to.typed::<Int64Type>().write_batch(values, None, None)?,
                Cells::Words(values) => {
                    let values: Vec<ByteArray> = values.iter().map(|text| bytes(text)).collect();
                    to.typed::<ByteArrayType>().write_batch(&values, None, None)?
                }
                Cells::Texts(values) => {
                    let values: Vec<ByteArray> = values.iter().map(|text| bytes(text)).collect();
                    to.typed::<ByteArrayType>().write_batch(&values, None, None)?
                }
            };
            to.close()?;
        }
        group.close()?;
        writer.into_inner()
    }
}
