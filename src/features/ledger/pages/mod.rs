//! The pages of the ledger: for a person, where their words went; for the admin, what left the house, who has not confirmed an
//! erasure, and what to do after a restore. The admin's pages show kinds, houses and ids, never a name and never a word.

mod desk;
mod mine;
mod watched;

use axum::Router;
use axum::routing::get;

use crate::site::Shared;

/// All addresses of this feature.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/me/words", get(mine::all))
        .route("/o/{id}/words", get(mine::one))
        .route("/o/{id}/words/take-back", get(mine::ask).post(mine::take_back))
        .route("/admin/ledger", get(desk::show))
        .route("/admin/ledger.csv", get(desk::table))
        .route("/admin/ledger.json", get(desk::json))
        .route("/admin/erasures", get(watched::show).post(watched::set))
        .route("/admin/restored", get(watched::restored).post(watched::go_on))
}
