//! The pages of this feature: what a person does with what is theirs, and what the house answers for.

mod answers;
mod own;
mod texts;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::bring::MOST_BYTES;
use crate::site::Shared;

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/me/copy", get(own::copy))
        .route("/me/copy/page", post(own::copy_page))
        .route("/me/copy/json", post(own::copy_json))
        .route("/me/freeze", get(own::pause).post(own::freeze))
        .route("/me/thaw", post(own::thaw))
        .route("/me/consents/{group}/withdraw", post(own::withdraw))
        .route("/me/move", get(texts::moving))
        .route("/me/import", get(texts::import).post(texts::take).layer(DefaultBodyLimit::max(MOST_BYTES + 64 * 1024)))
        .route("/me/notes", get(texts::notes))
        .route("/me/notes/{id}/drop", post(texts::drop))
        .route("/privacy", get(answers::privacy))
        .route("/privacy/{version}", get(answers::version))
        .route("/admin/retention", get(answers::retention).post(answers::choose))
        .route("/admin/register", get(answers::register))
        .route("/admin/register/json", get(answers::register_json))
        .merge(super::erase::pages::routes())
        .merge(super::objections::pages::routes())
}
