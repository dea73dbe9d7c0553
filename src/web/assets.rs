//! Style sheet, icons, the small script and the offline page's worker, from inside the binary; and the language switch.
//! Nothing here is fetched from elsewhere, nothing says who asked.

use std::fmt::Write as _;
use std::future::ready;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderValue, header};
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::answers::{local_path, see_other};
use super::form::Form;
use super::language::{BOUND_COOKIE, COOKIE, Lang};
use super::problem::Problem;
use crate::base::Origin;

#[derive(RustEmbed)]
#[folder = "src/web/assets"]
struct Files;

/// One name for the state of all files: changes when any of them changes.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in names.iter().filter_map(|name| Files::get(name)).flat_map(|file| file.metadata.sha256_hash()) {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut version = String::new();
    write!(version, "{sum:016x}").map_or_else(|_| "0".to_owned(), |()| version)
});

/// `/assets/<fingerprint>/<name>`.
pub fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Routes of the files, and `POST /language` of the instance with this origin.
pub fn assets<S: Clone + Send + Sync + 'static>(origin: &Origin) -> Router<S> {
    let secure = origin.scheme() == "https";
    Router::new()
        .route("/assets/{version}/{name}", get(asset))
        .route("/manifest.webmanifest", get(|| async { file("manifest.webmanifest", "public, max-age=86400") }))
        .route("/sw.js", get(worker))
        .route("/icon.svg", get(|| async { file("icon.svg", "public, max-age=86400") }))
        .route("/favicon.ico", get(|| async { file("icon.svg", "public, max-age=86400") }))
        .route("/language", post(move |form| ready(choose_language(secure, form))))
}

async fn asset(Path((version, name)): Path<(String, String)>) -> Response {
    let cache = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    file(&name, cache)
}

fn file(name: &str, cache: &'static str) -> Response {
    let Some(file) = Files::get(name) else { return Problem::NotFound.into_response() };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => return Problem::NotFound.into_response(),
    };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static(cache))];
    (headers, file.data).into_response()
}

/// The worker that keeps Help now at hand without a connection. Its style sheet's address is filled in here.
async fn worker() -> Response {
    let Some(file) = Files::get("sw.js") else { return Problem::NotFound.into_response() };
    let text = String::from_utf8_lossy(&file.data).replace("{version}", &VERSION).replace("{style}", &path("haven.css"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}

#[derive(Deserialize)]
struct Choice {
    lang: String,
    #[serde(default)]
    path: String,
}

/// Remembers two letters in the browser, nothing with us; under the rules of the session's cookie (threats WEB-20).
fn choose_language(secure: bool, Form(choice): Form<Choice>) -> Response {
    let Some(lang) = Lang::parse(&choice.lang) else { return Problem::BadForm.into_response() };
    let mut response = see_other(local_path(&choice.path).unwrap_or("/"));
    let (name, bound) = if secure { (BOUND_COOKIE, "; Secure") } else { (COOKIE, "") };
    let cookie = format!("{name}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{bound}", lang.code());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
