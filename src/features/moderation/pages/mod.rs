//! The pages of moderation: telling that something is wrong or that one is worried, what became of it, the desk with its cases,
//! and the notice to the writer of a removed post. Whoever may not see a case or a post gets "not found". Nobody who told
//! something is named to anybody, unless they said so.

mod cases;
mod deeds;
mod mine;
mod notice;
mod outside;
mod tell;

use axum::Router;
use axum::routing::{get, post};

use crate::base::Id;
use crate::db::{Conn, DbError};
use crate::features::accounts::Member;
use crate::features::personas;
use crate::site::Shared;
use crate::web::Problem;

use super::actions::CaseError;

/// All addresses of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/o/{id}/report", get(tell::report).post(tell::send_report))
        .route("/o/{id}/worry", get(tell::worry).post(tell::send_worry))
        .route("/o/{id}/notice", get(notice::show))
        .route("/o/{id}/appeal", post(notice::appeal))
        .route("/reports", get(mine::list))
        .route("/reports/{id}", get(mine::one))
        .route("/report", get(outside::show).post(outside::send))
        .route("/desk/cases", get(cases::list))
        .route("/desk/cases/closed", get(cases::closed))
        .route("/desk/cases/{id}", get(cases::one))
        .route("/desk/cases/{id}/take", post(deeds::take))
        .route("/desk/cases/{id}/give-back", post(deeds::give_back))
        .route("/desk/cases/{id}/remove", post(deeds::remove))
        .route("/desk/cases/{id}/pause", post(deeds::pause))
        .route("/desk/cases/{id}/talk", post(deeds::talk))
        .route("/desk/cases/{id}/take-out", post(deeds::take_out))
        .route("/desk/cases/{id}/second", post(deeds::second))
        .route("/desk/cases/{id}/who", post(deeds::who))
        .route("/desk/cases/{id}/close", post(deeds::close))
        .route("/g/{id}/people/{membership}/take-out", post(deeds::from_group))
        .route("/desk/promise", post(deeds::promise))
}

/// Actor ids of the visitor's personas.
async fn own_ids(conn: &mut Conn, member: &Member) -> Result<Vec<Id>, DbError> {
    personas::ids_of(conn, &member.account).await
}

/// A refusal of an action as a problem page that leads back.
fn refused(error: CaseError, back: String) -> Problem {
    match error {
        CaseError::Db(error) => error.into(),
        CaseError::NotFound => Problem::NotFound,
        other => Problem::Refused { key: other.key(), back },
    }
}
