//! What a partner declares anew while the partnership is active. It is not taken over in silence: what somebody here knew stays
//! beside it until an admin has looked at both. What the house itself must not wait with is done at once: with a partner that has
//! no staffed hours or nobody for a worry no group is shared (care I13).

use crate::audit::By;
use crate::base::Origin;
use crate::db::Tx;
use crate::features::groups;
use crate::federation::declaration::{self, Declaration};
use crate::federation::here::Here;
use crate::federation::partners::Partner;
use crate::federation::rules;

use super::super::agreement::{changed, hash_of};
use super::super::store;
use super::{PartnerError, locked, note};

/// An active partner declares something: what it declared before, and what it declares now, which is kept already.
pub(super) async fn heard_anew(
    tx: &mut Tx,
    here: &Here,
    partner: &Partner,
    (before, now): (&Declaration, &Declaration),
) -> Result<(), PartnerError> {
    let fields = changed(before, now);
    if fields.is_empty() {
        return Ok(());
    }
    let words = format!("declared {}", fields.join(" "));
    note(tx, here, By::partner(partner.id.as_str()), &partner.id, &words).await?;
    match declaration::agreed_of_partner(tx, &partner.id).await? {
        // They took it back before anybody looked.
        Some(agreed) if changed(&agreed, now).is_empty() => _ = declaration::settle(tx, &partner.id).await?,
        Some(_) => {}
        None => declaration::keep_agreed(tx, &partner.id, before).await?,
    }
    if !rules::has_declared(tx, &partner.id).await? {
        stop_sharing(tx, here, partner).await?;
    }
    Ok(())
}

/// Ends every present sharing with a partner that nobody can turn to.
async fn stop_sharing(tx: &mut Tx, here: &Here, partner: &Partner) -> Result<(), PartnerError> {
    for (group, reader) in store::sharings(tx).await? {
        if reader == partner.id {
            groups::stop_sharing(tx, here, &group, &partner.id).await?;
            note(tx, here, By::machine(), &partner.id, &format!("sharing-ended {group} not-declared")).await?;
        }
    }
    Ok(())
}

/// An admin has looked at what the partner declares now, in the version that the page showed.
///
/// # Errors
/// When there is no such partner, nothing to look at, or they declared something else since.
pub async fn looked(tx: &mut Tx, here: &Here, origin: &Origin, hash: &str, by: By<'_>) -> Result<Partner, PartnerError> {
    let partner = locked(tx, origin).await?;
    let now = declaration::of_partner(tx, &partner.id).await?;
    if now.is_none_or(|now| hash_of(&now) != hash) {
        return Err(PartnerError::DeclaredAnew);
    }
    if declaration::settle(tx, &partner.id).await? {
        note(tx, here, by, &partner.id, "declaration-seen").await?;
    }
    Ok(partner)
}
