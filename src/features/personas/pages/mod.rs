//! The pages of this feature: the welcome and coming in, and a person's own names. Nobody is asked for an address, a
//! number or a real name, and no page shows which names belong to one person, except to that person.

mod me;
mod welcome;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

use crate::features::accounts::{Caller, Door};
use crate::site::Shared;
use crate::web::{Ctx, Form, Problem};

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/invite/{token}", get(invited))
        .route("/invite/{token}/name", get(invited_name).post(invited_join))
        .route("/setup/{token}", get(set_up))
        .route("/setup/{token}/name", get(set_up_name).post(set_up_join))
        .route("/me", get(me::page))
        .route("/me/names", post(me::add))
        .route("/me/names/new", get(me::new))
        .route("/me/names/{id}", get(me::edit).post(me::rename))
        .route("/me/names/{id}/retire", post(me::retire))
}

async fn invited(state: State<Shared>, ctx: Ctx, Path(token): Path<String>) -> Result<Response, Problem> {
    welcome::hello(state, ctx, Door::Invite, token).await
}

async fn invited_name(state: State<Shared>, ctx: Ctx, Path(token): Path<String>) -> Result<Response, Problem> {
    welcome::choose(state, ctx, Door::Invite, token).await
}

async fn invited_join(
    state: State<Shared>,
    ctx: Ctx,
    caller: Caller,
    Path(token): Path<String>,
    Form(form): Form<welcome::JoinForm>,
) -> Result<Response, Problem> {
    welcome::join(&state, &ctx, caller, (Door::Invite, token), form).await
}

async fn set_up(state: State<Shared>, ctx: Ctx, Path(token): Path<String>) -> Result<Response, Problem> {
    welcome::hello(state, ctx, Door::Setup, token).await
}

async fn set_up_name(state: State<Shared>, ctx: Ctx, Path(token): Path<String>) -> Result<Response, Problem> {
    welcome::choose(state, ctx, Door::Setup, token).await
}

async fn set_up_join(
    state: State<Shared>,
    ctx: Ctx,
    caller: Caller,
    Path(token): Path<String>,
    Form(form): Form<welcome::JoinForm>,
) -> Result<Response, Problem> {
    welcome::join(&state, &ctx, caller, (Door::Setup, token), form).await
}
