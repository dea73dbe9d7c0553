//! The addresses of the admin's own pages. What they show is in the folders beside it.

use axum::Router;
use axum::routing::{get, post};

use super::{help, overview};
use crate::site::Shared;

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin", get(overview::pages::show).post(overview::pages::rename))
        .route("/admin/help", get(help::pages::show).post(help::pages::save))
        .route("/admin/help/there", post(help::pages::there))
        .route("/desk", get(overview::pages::desk))
}
