//! The pages of this feature: the welcome and coming in, and a person's own names. Nobody is asked for an address, a
//! number or a real name, and no page shows which names belong to one person, except to that person.

mod me;
mod welcome;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::features::accounts::{Caller, Door};
use crate::site::Shared;
use crate::web::{Ctx, Form, Problem};

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/invite/{token}", get(hello(Door::Invite)))
        .route("/invite/{token}/name", get(names(Door::Invite)).post(come_in(Door::Invite)))
        .route("/setup/{token}", get(hello(Door::Setup)))
        .route("/setup/{token}/name", get(names(Door::Setup)).post(come_in(Door::Setup)))
        .route("/me", get(me::page))
        .route("/me/names", post(me::add))
        .route("/me/names/new", get(me::new))
        .route("/me/names/{id}", get(me::edit).post(me::rename))
        .route("/me/names/{id}/retire", post(me::retire))
}

type Answer = BoxFuture<'static, Result<Response, Problem>>;

/// The first page behind an invitation or the link of the first admin: the same page, whichever door it is.
fn hello(door: Door) -> impl Fn(State<Shared>, Ctx, Path<String>) -> Answer + Clone {
    move |state, ctx, Path(token)| welcome::hello(state, ctx, door, token).boxed()
}

/// Choosing a name behind it.
fn names(door: Door) -> impl Fn(State<Shared>, Ctx, Path<String>) -> Answer + Clone {
    move |state, ctx, Path(token)| welcome::choose(state, ctx, door, token).boxed()
}

/// Coming in with it.
fn come_in(door: Door) -> impl Fn(State<Shared>, Ctx, Caller, Path<String>, Form<welcome::JoinForm>) -> Answer + Clone {
    move |state, ctx, caller, Path(token), Form(form)| async move { welcome::join(&state, &ctx, caller, (door, token), form).await }.boxed()
}
