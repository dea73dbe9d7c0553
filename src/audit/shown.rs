//! A row as it is handed out, on the command line and in files: the fields of NEN 7513 in one order. Nothing is looked up for it.

use serde::Serialize;

use super::Kept;

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<'a> {
    /// Its number.
    pub seq: i64,
    /// When, as RFC 3339.
    pub at: String,
    /// What happened.
    pub event: &'a str,
    /// `done` or `refused`.
    pub outcome: &'a str,
    /// Who.
    pub user: &'a str,
    /// In which role.
    pub role: &'a str,
    /// Who answers for it.
    pub responsible: &'a str,
    /// What for.
    pub purpose: &'a str,
    /// Where.
    pub access: &'a str,
    /// Kind of what it concerns.
    pub object_kind: &'a str,
    /// Its id.
    pub object_id: &'a str,
    /// Whose data.
    pub client: &'a str,
    /// On what ground.
    pub ground: &'a str,
    /// The typed reason, or what changed.
    pub words: &'a str,
    /// Hash of the row before.
    pub previous: &'a str,
    /// Hash of this row.
    pub hash: &'a str,
}

impl<'a> From<&'a Kept> for Shown<'a> {
    fn from(kept: &'a Kept) -> Self {
        Self {
            seq: kept.seq,
            at: kept.when().rfc3339(),
            event: &kept.event,
            outcome: &kept.outcome,
            user: &kept.user_id,
            role: &kept.role,
            responsible: &kept.responsible,
            purpose: &kept.purpose,
            access: &kept.access,
            object_kind: &kept.object_kind,
            object_id: &kept.object_id,
            client: &kept.client,
            ground: &kept.ground,
            words: &kept.words,
            previous: kept.previous(),
            hash: kept.hash(),
        }
    }
}
