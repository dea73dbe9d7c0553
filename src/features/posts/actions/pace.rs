//! How much one member may write in a while: enough for any conversation, too little to flood a group. It counts what the
//! member's names wrote; nothing is counted for anybody to see. The command line is not slowed.

use std::time::Duration;

use crate::base::{Id, Timestamp};
use crate::db::Tx;
use crate::features::personas;

use super::super::store::timeline;
use super::PostError;

/// Posts and answers of one member within [`WHILE`].
pub const MOST: i64 = 30;
/// How far back is counted.
pub const WHILE: Duration = Duration::from_mins(10);

/// Whether this member may write one more now. Ask in the unit of work that writes.
///
/// # Errors
/// [`PostError::TooFast`], or the database.
pub(in crate::features::posts) async fn may_go_on(tx: &mut Tx, account: &Id, now: Timestamp) -> Result<(), PostError> {
    // Two texts at once must not both be the last one.
    tx.lock(&format!("pace {account}")).await?;
    let names: Vec<Id> = personas::ids_of(tx, account).await?;
    if timeline::written_since(tx, &names, now.minus(WHILE)).await? < MOST { Ok(()) } else { Err(PostError::TooFast) }
}
