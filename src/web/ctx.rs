//! What a page knows about the request it answers: language, words, visitor, path, notice.
//! It holds no account and no id: accounts' middleware says only what the layout needs.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;

use super::assets;
use super::gate::House;
use super::language::Lang;
use super::words::Words;

/// Who is looking, as far as the layout needs to know. Nobody in particular unless accounts' middleware says otherwise.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by name")]
pub struct Visitor {
    /// Whether someone is signed in.
    pub signed_in: bool,
    /// The name to greet with; the visitor's own chosen name.
    pub name: Option<String>,
    /// Welcomes people in groups.
    pub host: bool,
    /// Looks after safety.
    pub moderator: bool,
    /// Runs the instance.
    pub admin: bool,
}

impl Visitor {
    /// Hands the request on as this visitor: for the handler, and for the problem page if there will be one.
    /// This is what accounts' middleware calls.
    pub async fn carry(self, mut request: Request, next: Next) -> Response {
        request.extensions_mut().insert(self.clone());
        let mut response = next.run(request).await;
        response.extensions_mut().insert(self);
        response
    }
}

/// Extractor for every page handler; cannot fail.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Language of the answer.
    pub lang: Lang,
    /// Words in that language.
    pub t: Words,
    /// Who is looking.
    pub visitor: Visitor,
    /// Path of the request, without query.
    pub path: String,
    /// A sentence to show once above the page, already in words.
    pub notice: Option<String>,
    house: Arc<str>,
}

impl Ctx {
    /// Reads the request's head.
    pub fn of(parts: &Parts) -> Self {
        let query = parts.uri.query();
        let lang = Lang::of_request(query, &parts.headers);
        let t = Words::new(lang);
        let house = parts.extensions.get::<House>().map_or_else(|| House::default().name(), House::name);
        Self {
            lang,
            t,
            visitor: parts.extensions.get::<Visitor>().cloned().unwrap_or_default(),
            path: parts.uri.path().to_owned(),
            notice: said(parts, t),
            house,
        }
    }

    /// The same visitor on no page in particular: for problem pages, which say nothing about the address.
    pub(super) fn nowhere(mut self) -> Self {
        self.path = String::new();
        self
    }

    /// The frame of a page called `title`.
    pub fn shell(&self, title: impl Into<String>) -> Shell {
        Shell {
            t: self.t,
            lang: self.lang,
            title: title.into(),
            house: self.house.to_string(),
            visitor: self.visitor.clone(),
            path: self.path.clone(),
            notice: self.notice.clone(),
            bare: false,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// The notice of `?said=key`: only keys of ours, and not when another site made the link.
fn said(parts: &Parts, t: Words) -> Option<String> {
    let query = parts.uri.query()?;
    if parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return None;
    }
    let (_, key) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "said")?;
    t.knows(&key).then(|| t.say(key))
}

/// The frame of every page: a page struct has a field `shell: Shell`, its template extends `web/layout.html`.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Words.
    pub t: Words,
    /// Language.
    pub lang: Lang,
    /// Title of the page, without the house's name.
    pub title: String,
    /// Name of the house (the instance).
    pub house: String,
    /// Who is looking.
    pub visitor: Visitor,
    /// Path of the request.
    pub path: String,
    /// A sentence to show once.
    pub notice: Option<String>,
    /// Without menu, script and forms: the page is the same for everyone (Help now).
    pub bare: bool,
}

/// One entry of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// Where it leads.
    pub path: &'static str,
    /// Key of its words.
    pub key: &'static str,
    /// Whether this page is it.
    pub here: bool,
}

impl Shell {
    /// The same for everyone: no menu, no script, no forms in the frame, nothing about the visitor.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.visitor = Visitor::default();
        self.notice = None;
        self.bare = true;
        self
    }

    /// At most five entries (care R37), depending on who is looking.
    pub fn menu(&self) -> Vec<MenuItem> {
        let visitor = &self.visitor;
        let all: [(bool, &'static str, &'static str); 6] = [
            (true, "/", "web-menu-home"),
            (visitor.signed_in, "/groups", "web-menu-groups"),
            (visitor.signed_in, "/me", "web-menu-me"),
            (visitor.signed_in && (visitor.host || visitor.moderator), "/desk", "web-menu-desk"),
            (visitor.signed_in && visitor.admin, "/admin", "web-menu-admin"),
            (!visitor.signed_in, "/sign-in", "web-menu-sign-in"),
        ];
        let shown = all.into_iter().filter(|(shown, ..)| *shown && !self.bare);
        shown
            .map(|(_, path, key)| MenuItem { path, key, here: self.is_below(path) || (path == "/groups" && self.is_in_a_group()) })
            .collect()
    }

    /// A group and its posts have addresses of their own, and still belong to the groups.
    fn is_in_a_group(&self) -> bool {
        self.path.starts_with("/g/") || self.path.starts_with("/o/")
    }

    fn is_below(&self, path: &str) -> bool {
        self.path == path || (path != "/" && self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// All languages, for the switch.
    pub fn languages(&self) -> [Lang; 3] {
        Lang::ALL
    }

    /// Address of an asset, with its fingerprint.
    pub fn asset(&self, name: &str) -> String {
        assets::path(name)
    }
}
