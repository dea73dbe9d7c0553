//! What can go wrong on a page, as a value. [`super::layers`] turns it into a page in the visitor's language with a
//! next step. It never repeats the address, the input or the cause (threats WEB-24): invisible and nonexistent look the same.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::answers::{html, local_path, see_other};
use super::ctx::{Ctx, Shell};
use crate::base::Origin;

/// Why a page cannot be shown or a form cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It does not exist, or not for this visitor. 404.
    NotFound,
    /// Sign in first. A redirect to the sign-in page, which leads back to `next`.
    SignIn {
        /// Path to come back to.
        next: String,
    },
    /// Signed in, but this is for others. 403.
    Forbidden,
    /// A rule says no; `key` is the sentence that says which, `back` the page to return to. 422.
    Refused {
        /// Key of the sentence.
        key: &'static str,
        /// Path of the page to return to.
        back: String,
    },
    /// Too often. 429.
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// A form that cannot be read. 400.
    BadForm,
    /// The form came from another site, or we cannot tell. 403.
    OtherSite,
    /// The request was for another host name. 421.
    OtherHost,
    /// The database or a service it needs does not answer now. 503.
    Unavailable,
    /// A fault of ours. 500.
    Internal,
}

impl Problem {
    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Forbidden | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::OtherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Key of heading and of the sentence below it.
    const fn keys(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("web-problem-not-found", "web-problem-not-found-text"),
            Self::SignIn { .. } => ("web-problem-sign-in", "web-problem-sign-in-text"),
            Self::Forbidden => ("web-problem-forbidden", "web-problem-forbidden-text"),
            Self::Refused { key, .. } => ("web-problem-refused", key),
            Self::TooMany { .. } => ("web-problem-too-many", "web-problem-too-many-text"),
            Self::BadForm => ("web-problem-bad-form", "web-problem-bad-form-text"),
            Self::OtherSite => ("web-problem-other-site", "web-problem-other-site-text"),
            Self::OtherHost => ("web-problem-other-host", "web-problem-other-host-text"),
            Self::Unavailable => ("web-problem-unavailable", "web-problem-unavailable-text"),
            Self::Internal => ("web-problem-internal", "web-problem-internal-text"),
        }
    }

    /// What an answer that was made by the framework and has no page of its own means.
    pub(super) fn of_status(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(Self::NotFound),
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY => Some(Self::BadForm),
            StatusCode::INTERNAL_SERVER_ERROR => Some(Self::Internal),
            StatusCode::SERVICE_UNAVAILABLE => Some(Self::Unavailable),
            _ => None,
        }
    }

    /// The answer without a page, for who does not read pages.
    pub(super) fn bare(self) -> Response {
        let mut response = self.into_response();
        response.extensions_mut().clear();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        response
    }

    /// The page itself.
    pub(super) fn page(&self, ctx: &Ctx, origin: &Origin) -> Response {
        let (heading, sentence) = self.keys();
        let sentence = match self {
            Self::TooMany { retry_after } => ctx.t.with(sentence, &[("minutes", retry_after.div_ceil(60).max(1))]),
            _ => ctx.t.say(sentence),
        };
        let back = match self {
            Self::Refused { back, .. } => local_path(back).map(str::to_owned),
            _ => None,
        };
        let heading = ctx.t.say(heading);
        // Under another name our own paths would lead nowhere.
        let base = if *self == Self::OtherHost { origin.as_str() } else { "" }.to_owned();
        let page = ProblemPage { shell: ctx.shell(heading.clone()), heading, sentence, back, base };
        let mut response = html(self.status(), page.render().unwrap_or_default());
        if let Self::TooMany { retry_after } = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }
}

#[derive(Template)]
#[template(path = "web/problem.html")]
struct ProblemPage {
    shell: Shell,
    heading: String,
    sentence: String,
    back: Option<String>,
    base: String,
}

/// Without the layer this is an empty answer with the right status; the layer fills in the page.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = match &self {
            Self::SignIn { next } => {
                let next = local_path(next).unwrap_or("/");
                let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
                return see_other(&format!("/sign-in?{query}"));
            }
            _ => self.status().into_response(),
        };
        if let Self::TooMany { retry_after } = &self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response.extensions_mut().insert(self);
        response
    }
}
