//! Putting rules in force: they are kept as a whole, and what they no longer allow ends in the same unit of work.

use crate::audit::{self, By, Event, What};
use crate::base::Id;
use crate::db::{Conn, DbError, Tx};
use crate::features::groups;
use crate::federation::here::Here;
use crate::federation::partners::{self, State};
use crate::federation::rules::{self, Rules};

use super::super::{rulebook, store};
use super::PartnerError;

/// Changed rules that get a row of the audit log each; of more, the last row says how many there were. The rules of before are in
/// the rows before, so what a house with fewer rules than this had at any time can be read from its log.
const MOST_ROWS: usize = 500;

/// Puts these rules in the place of those before, and writes down each that is another one now. Sharings that they do not allow end now. Returns how many ended.
///
/// # Errors
/// Database trouble; then nothing was changed.
pub async fn apply(tx: &mut Tx, here: &Here, wanted: &Rules, by: By<'_>) -> Result<usize, PartnerError> {
    tx.lock("partners").await?;
    let before = rules::load(tx).await?;
    if before == *wanted {
        return Ok(0);
    }
    rules::save(tx, wanted).await?;
    let changes = rulebook::changes(&before, wanted);
    for change in changes.iter().take(MOST_ROWS) {
        let object = match (&change.scope.partner, &change.scope.group) {
            (Some(partner), _) => ("partner", partner.as_str()),
            (None, Some(group)) => ("group", group.as_str()),
            (None, None) => ("policy", "rules"),
        };
        record(tx, here, by, object, &change.words()).await?;
    }
    let ended = no_longer_allowed(tx, wanted).await?;
    for (group, partner) in &ended {
        groups::stop_sharing(tx, here, group, partner).await?;
        record(tx, here, by, ("group", group.as_str()), &format!("sharing-ended partner {partner}")).await?;
    }
    let words = format!("rules {} changed {} sharings-ended {}", wanted.scopes().len(), changes.len(), ended.len());
    record(tx, here, by, ("policy", "rules"), &words).await?;
    Ok(ended.len())
}

async fn record(tx: &mut Tx, here: &Here, by: By<'_>, object: (&str, &str), words: &str) -> Result<(), DbError> {
    let what = What::PolicyChanged;
    let event = Event { at: here.now, what, done: true, by, purpose: "sharing", object, client: "", ground: by.role, words };
    audit::record(tx, &event).await
}

/// Present sharings that these rules do not allow. What is paused is judged as if it were not.
pub(in crate::features::partners) async fn no_longer_allowed(conn: &mut Conn, wanted: &Rules) -> Result<Vec<(Id, Id)>, DbError> {
    let mut ended = Vec::new();
    for (group, id) in store::sharings(conn).await? {
        let Some(partner) = partners::by_id(conn, &id).await? else { continue };
        if partner.state == State::Ended {
            continue;
        }
        let partner = partners::Partner { state: State::Active, ..partner };
        let declared = rules::has_declared(conn, &id).await?;
        if !groups::may_read(&rules::between(&partner, wanted, declared, Some(&group))).allow {
            ended.push((group, id));
        }
    }
    Ok(ended)
}
