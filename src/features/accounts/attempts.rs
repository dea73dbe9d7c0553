//! Counting attempts to sign in, before they are tried. One place that guesses one name is stopped after some wrong ones; a name that is
//! guessed from many places leaves fewer to each new place and is never closed; and who signed in before on this browser has a
//! count that nobody else can fill (threats WEB-09). Nothing here knows whether a name or a passphrase is right.

use std::net::IpAddr;

use super::actions::SignInError;
use super::pace::Bucket;
use super::store;
use crate::db::{Db, DbError, Tx};
use crate::federation::Here;

/// An attempt that was counted and may be tried.
#[derive(Debug)]
pub(super) enum Counted {
    /// From a browser that signed in to this account before.
    Known(Bucket),
    /// From anybody else.
    Stranger {
        /// The address it came from.
        address: Bucket,
        /// The name, unless so much was tried on it lately that no more is counted.
        name: Option<Bucket>,
        /// The name from this place.
        pair: Bucket,
    },
}

/// Counts one attempt in a bucket.
///
/// # Errors
/// [`SignInError::Wait`] when it is full, or the database.
pub(super) async fn count(db: &Db, here: &Here, bucket: &Bucket) -> Result<(), SignInError> {
    let mut tx = db.begin().await?;
    let wait = store::count_attempt(&mut tx, bucket, here.now).await?;
    tx.commit().await?;
    wait.map_or(Ok(()), |seconds| Err(SignInError::Wait(seconds)))
}

/// Counts an attempt to sign in under a name: from a known browser (by its key) or from an address.
///
/// # Errors
/// [`SignInError::Wait`], or the database. What was counted until then stays counted.
pub(super) async fn begin(
    db: &Db,
    here: &Here,
    (folded, address): (&str, Option<IpAddr>),
    known: Option<&str>,
) -> Result<Counted, SignInError> {
    if let Some(browser) = known {
        let own = Bucket::of_browser(browser);
        count(db, here, &own).await?;
        return Ok(Counted::Known(own));
    }
    let mut tx = db.begin().await?;
    let counted = stranger(&mut tx, here, folded, address).await?;
    // Committed also when it is refused: who goes on asking pays for it, from this address at any name.
    tx.commit().await?;
    counted.map_err(SignInError::Wait)
}

/// The address first, the name next, then both together; the seconds to wait when one of the places is full.
async fn stranger(tx: &mut Tx, here: &Here, folded: &str, from: Option<IpAddr>) -> Result<Result<Counted, u64>, DbError> {
    let address = Bucket::of_address(from);
    if let Some(seconds) = store::count_attempt(tx, &address, here.now).await? {
        return Ok(Err(seconds));
    }
    let name = Bucket::of_name(folded);
    let besieged = store::count_attempt(tx, &name, here.now).await?.is_some();
    let pair = Bucket::of_pair(folded, from, besieged);
    if let Some(seconds) = store::count_attempt(tx, &pair, here.now).await? {
        return Ok(Err(seconds));
    }
    Ok(Ok(Counted::Stranger { address, name: (!besieged).then_some(name), pair }))
}

impl Counted {
    /// The attempt was right: it costs nothing, and the wrong ones of this place before it are forgotten.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn was_right(&self, tx: &mut Tx) -> Result<(), DbError> {
        match self {
            Self::Known(own) => store::forget_attempts(tx, own).await,
            Self::Stranger { address, name, pair } => {
                store::give_attempt_back(tx, address).await?;
                if let Some(name) = name {
                    store::give_attempt_back(tx, name).await?;
                }
                store::forget_attempts(tx, pair).await
            }
        }
    }
}
