//! What two instances offer each other and agree on, as it stands in an `Offer` or `Accept`: a closed struct, the same for
//! writing and for reading. Facts of organisations; nothing of anybody who takes part.

use serde::Serialize;
use serde_json::Value;

use crate::base::{Timestamp, html};

use super::terms::{Doc, count, yes};

/// Longest purpose that is read, in characters.
const MOST_PURPOSE: usize = 2_000;
/// Longest other text that is read, in characters.
const MOST: usize = 200;

/// An agreement as one side offers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "independent terms of an agreement")]
pub struct Agreement {
    /// Version of the terms themselves.
    pub version: u64,
    /// Groups may be shared.
    pub groups: bool,
    /// Pictures and files too.
    pub media: bool,
    /// Shared groups stand in the other's list of groups.
    pub directory: bool,
    /// The day on which it is over; empty: no such day.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub expires: String,
    /// Why groups are shared.
    pub purpose: String,
    /// The sayer's role: separate, joint, processor.
    pub role: String,
    /// Days the sayer keeps copies after the end.
    pub retention_days: u64,
    /// Where the sayer hosts its data.
    pub country: String,
    /// Who answers for data protection at the sayer's.
    pub contact: String,
    /// The sayer's staffed hours.
    pub hours: String,
    /// Who takes a worry at the sayer's in these hours.
    pub worry_contact: String,
    /// A person of the sayer's said that all this is true.
    pub confirmed: bool,
}

impl Agreement {
    pub(super) fn read(doc: Doc<'_>) -> Self {
        let text = |key: &str, most| html::one_line(doc.get(key).and_then(Value::as_str).unwrap_or_default(), most);
        let flag = |key: &str| doc.get(key).is_some_and(yes);
        let number = |key: &str| doc.get(key).and_then(count).unwrap_or(0);
        let expires = doc.get("expires").and_then(Value::as_str).and_then(Timestamp::parse_rfc3339);
        Self {
            version: number("version"),
            groups: flag("groups"),
            media: flag("media"),
            directory: flag("directory"),
            expires: expires.map(Timestamp::rfc3339).unwrap_or_default(),
            purpose: text("purpose", MOST_PURPOSE),
            role: text("role", MOST),
            retention_days: number("retentionDays").min(36_500),
            country: text("country", 2),
            contact: text("contact", MOST),
            hours: text("hours", MOST),
            worry_contact: text("worryContact", MOST),
            confirmed: flag("confirmed"),
        }
    }
}
