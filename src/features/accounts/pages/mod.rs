//! The pages of this feature: signing in and out, a person's own sessions and passphrase, and what staff see of people
//! and invitations. No page says when anyone was here, and none shows a sign-in name to anyone but its owner and staff.

mod confidentiality;
pub mod door;
mod invitations;
mod own;
mod people;
mod sign_in;

use axum::Router;
use axum::routing::{get, post};

use super::actions::AccountError;
use crate::site::Shared;
use crate::web::Problem;

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::submit))
        .route("/sign-in/link/{token}", get(sign_in::link).post(sign_in::use_link))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/me/sessions", get(own::sessions))
        .route("/me/sessions/end-others", post(own::end_others))
        .route("/me/sessions/{id}/end", post(own::end_one))
        .route("/me/passphrase", get(own::passphrase).post(own::change_passphrase))
        .route("/me/confidentiality", get(confidentiality::show).post(confidentiality::agree))
        .route("/people", get(people::list))
        .route("/people/invitations", get(invitations::list).post(invitations::make))
        .route("/people/invitations/{id}/revoke", post(invitations::revoke))
        .route("/people/{id}", get(people::person))
        .route("/people/{id}/role", post(people::change_role))
        .route("/people/{id}/confidentiality", post(people::record_paper))
        .route("/people/{id}/sign-in-link", post(people::sign_in_link))
        .route("/people/{id}/deactivate", post(people::deactivate))
        .route("/people/{id}/reactivate", post(people::reactivate))
}

/// An action's refusal as a page that leads back to `back`.
fn refused(error: AccountError, back: &str) -> Problem {
    let key = match error {
        AccountError::NameTaken => "accounts-name-taken",
        AccountError::LastAdmin => "accounts-last-admin",
        AccountError::NoPromise => "accounts-confidential-missing-refused",
        AccountError::Unknown => return Problem::NotFound,
        AccountError::NotAllowed => return Problem::Forbidden,
        AccountError::Db(error) => return error.into(),
    };
    Problem::Refused { key, back: back.to_owned() }
}
