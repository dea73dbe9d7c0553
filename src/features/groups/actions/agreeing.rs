//! What a person says to the readers of a shared group, written down as a consent: yes when joining and when a longer list was
//! read, no on the joining page, and the end when they leave. Guests answer at their own house, which keeps their records.

use crate::base::Id;
use crate::db::{Conn, DbError, Tx};
use crate::features::consents::{self, Basis, Flags, Purpose, Said, State};
use crate::features::personas;
use crate::federation::here::Here;
use crate::federation::partners;

use super::super::group::Group;
use super::super::membership::Membership;
use super::super::membership::store::memberships_of;
use super::super::store;

/// Names of the other organisations that read a group, one a line: as the pages list them.
async fn readers(conn: &mut Conn, here: &Here, group: &Group) -> Result<String, DbError> {
    let mut names: Vec<String> = Vec::new();
    if let Some(home) = &group.home {
        names.extend(partners::by_id(conn, home).await?.map(|home| home.name));
    }
    let others = store::organisations(conn, group).await?;
    names.extend(others.into_iter().filter(|other| other.id != here.origin.as_str()).map(|other| other.name));
    Ok(names.join("\n"))
}

const FLAGS: Flags = Flags { basis: Basis::Consent, secrecy: false, visibility: true };

/// Yes: to everybody who reads the group now. Nothing is written for a group that stays in this house.
pub async fn agrees(tx: &mut Tx, here: &Here, group: &Group, actor: &Id, lang: &str) -> Result<(), DbError> {
    let words = readers(tx, here, group).await?;
    if words.is_empty() {
        return Ok(());
    }
    let Some(persona) = personas::by_id(tx, actor).await? else { return Ok(()) };
    let said = Said { title: &group.name, words: &words, lang, version: group.list_version };
    consents::record(tx, here, &persona.account, Purpose::Share(group.id.clone()), (State::Given, FLAGS), said).await?;
    Ok(())
}

/// No, on the joining page. It changes nothing else.
pub async fn declines(tx: &mut Tx, here: &Here, group: &Group, account: &Id, lang: &str) -> Result<(), DbError> {
    let words = readers(tx, here, group).await?;
    if words.is_empty() {
        return Ok(());
    }
    let said = Said { title: &group.name, words: &words, lang, version: group.list_version };
    consents::record(tx, here, account, Purpose::Share(group.id.clone()), (State::Declined, FLAGS), said).await?;
    Ok(())
}

/// No more: the person leaves. Who never said yes has nothing to take back.
pub async fn takes_back(tx: &mut Tx, here: &Here, group: &Group, actor: &Id) -> Result<(), DbError> {
    let Some(persona) = personas::by_id(tx, actor).await? else { return Ok(()) };
    let others: Vec<Id> =
        personas::of_account(tx, &persona.account).await?.into_iter().map(|own| own.id).filter(|id| id != actor).collect();
    if memberships_of(tx, &group.id, &others).await?.iter().any(Membership::is_active) {
        // Another name of theirs takes part here still.
        return Ok(());
    }
    let purpose = Purpose::Share(group.id.clone());
    let Some(last) = consents::latest(tx, &persona.account, &purpose).await?.filter(|last| last.state.holds()) else { return Ok(()) };
    let said = Said { title: &group.name, words: "", lang: "", version: last.version };
    consents::record(tx, here, &persona.account, purpose, (State::Withdrawn, FLAGS), said).await?;
    Ok(())
}
