//! The audit log as a file: CSV for a table, JSON for programs, in the fields of NEN 7513 with the house as source system.
//! It holds ids and codes as the rows do; names are not looked up for it.

use serde::Serialize;

use crate::audit::{Kept, Shown};
use crate::web::csv;

/// The columns, in their order.
const COLUMNS: [&str; 18] = [
    "source",
    "seq",
    "at",
    "event",
    "outcome",
    "user",
    "role",
    "responsible",
    "purpose",
    "access",
    "object_kind",
    "object_id",
    "client",
    "ground",
    "words",
    "previous",
    "hash",
    "version",
];

#[derive(Serialize)]
struct Row<'a> {
    source: &'a str,
    #[serde(flatten)]
    fields: Shown<'a>,
    version: &'a str,
}

/// Of the form of these files.
const VERSION: &str = "1";

/// One JSON object per row, in an array.
pub fn json(source: &str, rows: &[Kept]) -> String {
    let rows: Vec<Row<'_>> = rows.iter().map(|kept| Row { source, fields: kept.into(), version: VERSION }).collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default()
}

/// A line per row, with a line of column names. A typed reason cannot become a formula in a table program.
pub fn table(source: &str, rows: &[Kept]) -> String {
    let mut text = csv::line(COLUMNS);
    for kept in rows {
        let row = Shown::from(kept);
        let seq = row.seq.to_string();
        text.push_str(&csv::line([
            source,
            &seq,
            &row.at,
            row.event,
            row.outcome,
            row.user,
            row.role,
            row.responsible,
            row.purpose,
            row.access,
            row.object_kind,
            row.object_id,
            row.client,
            row.ground,
            row.words,
            row.previous,
            row.hash,
            VERSION,
        ]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_name() {
        assert_eq!(table("x", &[]).trim().split(',').count(), COLUMNS.len());
    }
}
