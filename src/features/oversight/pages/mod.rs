//! The pages of oversight: the log for admins and auditors, "Who looked?" for everybody about themselves, and breaking the
//! glass for moderators and admins.

mod glass;
mod log;
mod looks;

use std::collections::HashMap;

use axum::Router;
use axum::routing::{get, post};

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError};
use crate::features::accounts;
use crate::federation::partners;
use crate::site::Shared;
use crate::web::Words;

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin/audit", get(log::show))
        .route("/admin/audit/export", post(log::export))
        .route("/me/looks", get(looks::show))
        .route("/glass", get(glass::list).post(glass::ask))
        .route("/glass/{id}", get(glass::group))
        .route("/glass/{id}/answer", post(glass::answer))
        .route("/glass/{id}/end", post(glass::end))
        .route("/glass/{id}/{thread}", get(glass::thread))
}

/// Names of accounts, each looked up once for a page.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// The name that a person's own pages call them; "someone who has left" when the account is gone.
    async fn called(&mut self, conn: &mut Conn, t: Words, account: &str) -> Result<String, DbError> {
        if let Some(known) = self.0.get(account) {
            return Ok(known.clone());
        }
        let found = match Id::parse(account) {
            Some(id) => accounts::by_id(conn, &id).await?,
            None => None,
        };
        let name = found.map_or_else(|| t.say("oversight-someone"), |account| account.called.into_revealed());
        self.0.insert(account.to_owned(), name.clone());
        Ok(name)
    }

    /// The name of a partner house; its id of ours when it is not known any more.
    async fn partner(&mut self, conn: &mut Conn, id: &str) -> Result<String, DbError> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let found = match Id::parse(id) {
            Some(parsed) => partners::by_id(conn, &parsed).await?,
            None => None,
        };
        let name = found.map_or_else(|| id.to_owned(), |partner| partner.name);
        self.0.insert(id.to_owned(), name.clone());
        Ok(name)
    }
}

/// A day as a form sends it, `2026-11-22`, as its first moment (UTC).
fn day(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    (text.len() == 10).then(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"))).flatten()
}
