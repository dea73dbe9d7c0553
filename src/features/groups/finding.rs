//! Finding a group by its address: one of ours, one we know, or one that its home is asked about. Only an active
//! partner's own address is ever asked for, and nothing is kept of a group that is not shared with this house.

use crate::base::{Id, Iri};
use crate::db::DbError;
use crate::federation::activity::ObjectKind;
use crate::federation::partners::{self, State as PartnerState};
use crate::federation::policy::{self, Principal, Traffic};
use crate::site::Site;

use super::actions::{GroupError, learn};
use super::standing::visible;
use super::{store, wire};

/// Why no group was found. [`FindError::key`] names the sentence.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The address is of no partner.
    #[error("this address does not belong to a partner of this house")]
    Stranger,
    /// The partner says nothing about such a group, or does not answer.
    #[error("there is no group at this address that is shared with this house")]
    Nothing,
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl FindError {
    /// The key of the sentence for the person.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Stranger => "groups-find-stranger",
            Self::Nothing => "groups-find-nothing",
            Self::Db(_) => "groups-error-database",
        }
    }
}

/// The group at this address, for a member: a group of this house that they may not know of is not found, with the words for an address
/// that is nobody's. It may be asked for over the network, so no unit of work may be open.
pub async fn find_for(site: &Site, member: &Principal, uri: &Iri) -> Result<Id, FindError> {
    let id = find(site, uri).await?;
    let mut conn = site.db.read().await?;
    if visible(&mut conn, member, &id).await?.is_some() {
        return Ok(id);
    }
    // The same as for an address of ours behind which there is nothing.
    Err(if uri.origin() == site.config.origin { FindError::Stranger } else { FindError::Nothing })
}

/// The group at this address, whoever asks. It may be asked for over the network, so no unit of work may be open.
pub async fn find(site: &Site, uri: &Iri) -> Result<Id, FindError> {
    let uri = uri.without_fragment();
    let mut conn = site.db.read().await?;
    // A group that its home took away from us may have been given back since: ask again.
    if let Some(group) = store::by_uri(&mut conn, &uri).await?.filter(|group| group.ended_at.is_none()) {
        return Ok(group.id);
    }
    let partner = partners::by_origin(&mut conn, &uri.origin()).await?.filter(|partner| partner.state == PartnerState::Active);
    let Some(partner) = partner else { return Err(FindError::Stranger) };
    let token = policy::admit(&mut conn, &partner.id, Traffic::Community).await?.ok_or(FindError::Stranger)?;
    drop(conn);
    let here = site.here();
    let document = site.federation.fetch_actor(&token, &here, &uri).await.map_err(|_| FindError::Nothing)?;
    if document.kind != ObjectKind::Group {
        return Err(FindError::Nothing);
    }
    let actor = site.federation.learn(&here, &token, &document).await?.ok_or(FindError::Nothing)?;
    let facts = wire::facts(&document, here.now);
    let mut tx = site.db.begin().await?;
    let group = match learn(&mut tx, &here, &partner.id, &actor, &facts).await {
        Ok(group) => group,
        Err(GroupError::Db(error)) => return Err(error.into()),
        Err(_) => None,
    };
    tx.commit().await?;
    group.filter(|group| group.ended_at.is_none()).map(|group| group.id).ok_or(FindError::Nothing)
}
