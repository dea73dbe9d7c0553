//! A text that somebody typed and that could not be taken, shown again so that it is not lost. The page says why in one sentence
//! and nothing of what the text was for: it is the same where something never was and where it is not for this visitor.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::answers::Html;
use super::ctx::{Ctx, Shell};

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The session ended meanwhile. 403.
    SignedOut,
    /// There is no such place, or not for this visitor, or not any more. 404.
    NotHere,
    /// The database does not answer now. 503.
    Busy,
    /// Nothing went wrong: the text is shown to be copied. 200.
    Copy,
}

impl Kept {
    /// The status of the answer.
    const fn status(self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::FORBIDDEN,
            Self::NotHere => StatusCode::NOT_FOUND,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Copy => StatusCode::OK,
        }
    }

    /// Key of the sentence.
    const fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "web-kept-signed-out",
            Self::NotHere => "web-kept-not-here",
            Self::Busy => "web-kept-busy",
            Self::Copy => "web-kept-copy",
        }
    }
}

#[derive(Template)]
#[template(path = "web/kept.html")]
struct KeptPage<'a> {
    shell: Shell,
    sentence: String,
    sign_in: bool,
    texts: Vec<(&'static str, &'a str)>,
}

/// Shows `texts` (name of the field and key of its label, and what was typed; empty ones are left out) again, to copy. Nothing is stored.
pub fn kept(ctx: &Ctx, why: Kept, texts: &[(&'static str, &str)]) -> Response {
    let page = KeptPage {
        shell: ctx.clone().nowhere().shell(ctx.t.say("web-kept")),
        sentence: ctx.t.say(why.key()),
        sign_in: why == Kept::SignedOut,
        texts: texts.iter().filter(|(_, text)| !text.trim().is_empty()).copied().collect(),
    };
    let mut response = Html(page).with_status(why.status());
    if why == Kept::Busy {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
