//! A disclosure as programs read it: for the command and for the files of the admin's page. Kinds, addresses and ids, never a
//! name of a person and never a word; a persona is its id.

use serde::Serialize;

use crate::base::Timestamp;
use crate::federation::ledger::{Disclosure, How};

/// One line. Moments are RFC 3339.
#[derive(Serialize)]
pub struct Line {
    /// When it was written down.
    pub at: String,
    /// The partner's origin.
    pub partner: String,
    /// The partner's name.
    pub name: String,
    /// What kind of thing.
    pub kind: &'static str,
    /// Its address.
    pub thing: Option<String>,
    /// Whose it is.
    pub persona: Option<String>,
    /// The group, or what else it belongs to.
    pub group: Option<String>,
    /// `sent` or `read`.
    pub how: &'static str,
    /// How often it was read that day; 1 for what was sent.
    pub times: i64,
    /// Names of the organisations that the partner shared it with by its own word.
    pub onward: Vec<String>,
    /// What became of it.
    pub state: &'static str,
    /// The last HTTP status.
    pub status: Option<i64>,
    /// When the partner answered.
    pub answered: Option<String>,
    /// When it confirmed.
    pub receipt: Option<String>,
}

impl From<Disclosure> for Line {
    fn from(one: Disclosure) -> Self {
        let (how, times) = match one.how {
            How::Sent => ("sent", 1),
            How::Read(times) => ("read", times),
        };
        Self {
            at: one.at.rfc3339(),
            partner: one.partner_origin,
            name: one.partner_name,
            kind: one.kind.as_str(),
            thing: one.thing.map(|thing| thing.to_string()),
            persona: one.whose.map(|whose| whose.to_string()),
            group: Some(one.thread).filter(|thread| !thread.is_empty()),
            how,
            times,
            onward: one.onward,
            state: one.answer.as_str(),
            status: one.answer.status(),
            answered: one.answered_at.map(Timestamp::rfc3339),
            receipt: one.receipt_at.map(Timestamp::rfc3339),
        }
    }
}
