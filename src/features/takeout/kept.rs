//! A person's own notes: texts that only they can read, brought from another house. They can be read, copied and thrown away.

use serde::Serialize;

use super::store;
use crate::base::Id;
use crate::db::{Conn, DbError};

/// A note in a person's own copy.
#[derive(Clone, Debug, Serialize)]
pub struct OwnNote {
    /// `post`, `draft` or `note`: what it was at the other house.
    pub kind: String,
    /// Name of the group it was written in.
    pub place: String,
    /// The text.
    pub text: String,
    /// Its language.
    pub language: String,
    /// When it was written.
    pub written: String,
}

/// All notes of a person, oldest first.
pub(super) async fn all(conn: &mut Conn, account: &Id) -> Result<Vec<OwnNote>, DbError> {
    let mut all = Vec::new();
    let mut before = (i64::MAX, String::new());
    loop {
        let page = store::notes(conn, account, (before.0, &before.1), 500).await?;
        let Some(last) = page.last() else { break };
        before = (last.written().millis(), last.id.clone());
        all.extend(page.into_iter().map(|note| OwnNote {
            written: note.written().rfc3339(),
            kind: note.kind,
            place: note.place,
            text: note.text,
            language: note.lang,
        }));
    }
    all.reverse();
    Ok(all)
}
