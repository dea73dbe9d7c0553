//! The notice about data protection, version by version: what a person was told when they came stays there to be read.
//! The words are made by takeout from what is really set; here they are only kept.

use super::store;
use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};
use crate::web::Lang;

/// One version in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// 1, 2, 3 …
    pub version: i64,
    /// Plain text, one paragraph a line; headings begin with `# `.
    pub words: String,
    /// Since when it is shown.
    pub since: Timestamp,
}

fn read(row: Option<(i64, String, i64)>) -> Option<Notice> {
    row.map(|(version, words, since)| Notice { version, words, since: Timestamp::from_millis(since) })
}

/// The version that is shown now; 0 before there is one.
///
/// # Errors
/// Database trouble.
pub async fn version(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(newest(conn, Lang::En).await?.map_or(0, |notice| notice.version))
}

/// The newest version in a language.
///
/// # Errors
/// Database trouble.
pub async fn newest(conn: &mut Conn, lang: Lang) -> Result<Option<Notice>, DbError> {
    Ok(read(store::newest_notice(conn, lang.code()).await?))
}

/// A version in a language.
///
/// # Errors
/// Database trouble.
pub async fn version_of(conn: &mut Conn, version: i64, lang: Lang) -> Result<Option<Notice>, DbError> {
    Ok(read(store::notice(conn, version, lang.code()).await?))
}

/// Keeps the notice as it reads now in all languages, as a new version when it differs from the last one in any of them.
/// Returns the version.
///
/// # Errors
/// Database trouble.
pub async fn keep(tx: &mut Tx, words: &[(Lang, String)], now: Timestamp) -> Result<i64, DbError> {
    tx.lock("privacy-notice").await?;
    let last = version(tx).await?;
    let mut differs = false;
    for (lang, words) in words {
        let kept = store::notice(tx, last, lang.code()).await?;
        differs |= kept.is_none_or(|(_, kept, _)| kept != *words);
    }
    if !differs {
        return Ok(last);
    }
    for (lang, words) in words {
        store::insert_notice(tx, last + 1, lang.code(), words, now).await?;
    }
    Ok(last + 1)
}
