//! A table as a Parquet file: whole, with the unit and the meaning of each column beside it.

use super::exit::Failure;
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::sync::Arc;

/// What stands in a column.
pub(crate) enum Values {
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Words.
    Words(Vec<String>),
}

/// A column of a table.
pub(crate) struct TableColumn {
    /// Its name.
    pub(crate) name: &'static str,
    /// Unit of its numbers; `1` for counts and rows, nothing for words.
    pub(crate) unit: &'static str,
    /// What it says.
    pub(crate) doc: &'static str,
    /// One for each row.
    pub(crate) values: Values,
}

/// The bytes of a file of some columns, all of one length. Equal tables make equal bytes.
///
/// # Errors
/// None but our own mistakes.
pub(crate) fn bytes(columns: &[TableColumn], metadata: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
    written(columns, metadata).map_err(|_| Failure::Internal)
}

fn written(columns: &[TableColumn], metadata: &[(&str, String)]) -> Result<Vec<u8>, ParquetError> {
    let of_columns = columns.iter().flat_map(|TableColumn { name, unit, doc, .. }| {
        [(format!("voltcity.unit.{name}"), (*unit).to_owned()), (format!("voltcity.doc.{name}"), (*doc).to_owned())]
    });
    let pairs = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).chain(of_columns);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(pairs.map(|(key, value)| KeyValue::new(key, value)).collect()))
        .build();
    let fields = columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for column in columns {
        let Some(mut writer) = group.next_column()? else { break };
        match &column.values {
            Values::Whole(values) => writer.typed::<Int64Type>().write_batch(values, None, None)?,
            Values::Words(values) => {
                let values: Vec<ByteArray> = values.iter().map(|word| ByteArray::from(word.as_str())).collect();
                writer.typed::<ByteArrayType>().write_batch(&values, None, None)?
            }
        };
        writer.close()?;
    }
    group.close()?;
    file.into_inner()
}

fn field(column: &TableColumn) -> Result<Type, ParquetError> {
    let field = match column.values {
        Values::Whole(_) => Type::primitive_type_builder(column.name, Physical::INT64),
        Values::Words(_) => Type::primitive_type_builder(column.name, Physical::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8),
    };
    field.with_repetition(Repetition::REQUIRED).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn a_table_reads_back() {
        let columns = || {
            [
                TableColumn { name: "row", unit: "1", doc: "A row.", values: Values::Whole(vec![3, -4]) },
                TableColumn {
                    name: "district",
                    unit: "",
                    doc: "Its name.",
                    values: Values::Words(vec!["南山".to_owned(), String::new()]),
                },
            ]
        };
        let made = bytes(&columns(), &[("voltcity.world", "w".to_owned())]).unwrap();
        assert_eq!(made, bytes(&columns(), &[("voltcity.world", "w".to_owned())]).unwrap());
        let file = std::env::temp_dir().join(format!("voltcity-table-{}.parquet", std::process::id()));
        std::fs::write(&file, made).unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
        std::fs::remove_file(&file).unwrap();
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows, [r#"{row: 3, district: "南山"}"#, r#"{row: -4, district: ""}"#]);
        let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
        assert!(pairs.iter().any(|pair| pair.key == "voltcity.doc.row" && pair.value.as_deref() == Some("A row.")));
    }
}
