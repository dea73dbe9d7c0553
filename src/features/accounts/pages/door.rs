//! Between a request and a person: the cookie, the middleware that looks it up, and the [`Member`] that handlers ask
//! for. One indexed query for each request with a cookie, none without. The cookie is never readable by a script.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use cookie::{Cookie, SameSite};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};

use crate::audit::By;
use crate::base::proxy::TrustedProxies;
use crate::base::{Id, Origin};
use crate::features::accounts::account::{Presence, SESSION_IDLE};
use crate::features::accounts::agent::Agent;
use crate::features::accounts::known;
use crate::features::accounts::role::Role;
use crate::features::accounts::sessions::{self, Opening};
use crate::features::accounts::token::Token;
use crate::site::Shared;
use crate::web::{Problem, Visitor};

/// A person who is signed in. As an extractor it sends everyone else to the sign-in page and back; as `Option<Member>`
/// it lets everyone through.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account. Never put it on a page or in a link.
    pub account: Id,
    /// What this person may do, as of this request.
    pub role: Role,
    presence: Presence,
}

impl Member {
    /// Refuses those with a lower role.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn at_least(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role { Ok(()) } else { Err(Problem::Forbidden) }
    }

    /// Refuses those who may not read the logs.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn reads_logs(&self) -> Result<(), Problem> {
        if self.role.may_read_logs() { Ok(()) } else { Err(Problem::Forbidden) }
    }

    /// This person as the audit log names who did something.
    pub fn by(&self) -> By<'_> {
        By::person(self.account.as_str(), self.role.as_str())
    }

    /// What this person's own pages call them.
    pub fn called(&self) -> &str {
        self.presence.called.reveal()
    }

    /// The session and what it may do.
    pub(in crate::features::accounts) const fn presence(&self) -> &Presence {
        &self.presence
    }
}

/// The session could not be looked up: the database does not answer.
#[derive(Clone, Copy)]
struct NotKnown;

fn member_of(parts: &Parts) -> Result<Option<Member>, Problem> {
    if parts.extensions.get::<NotKnown>().is_some() {
        return Err(Problem::Unavailable);
    }
    Ok(parts.extensions.get::<Member>().cloned())
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let back = if parts.method == Method::GET { parts.uri.path_and_query().map_or("/", |target| target.as_str()) } else { "/" };
        member_of(parts)?.ok_or_else(|| Problem::SignIn { next: back.to_owned() })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        member_of(parts)
    }
}

/// Looks up the cookie of each request and says who it is to handlers ([`Member`]) and to the layout ([`Visitor`]).
/// Help now, assets and health are never looked up.
pub async fn middleware(State(site): State<Shared>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let nobody = path == "/help" || path.starts_with("/help/") || path.starts_with("/assets/") || path == "/healthz" || path == "/readyz";
    let origin = &site.config.origin;
    let token = if nobody { None } else { token_of(origin, request.headers()) };
    let Some(token) = token else { return next.run(request).await };
    match sessions::see(&site.db, &site.here(), &token).await {
        Ok(Some(seen)) => {
            let presence = seen.presence;
            let visitor = Visitor {
                signed_in: true,
                name: Some(presence.called.reveal().clone()),
                host: presence.role >= Role::Host,
                moderator: presence.role >= Role::Moderator,
                admin: presence.role >= Role::Admin,
            };
            request.extensions_mut().insert(Member { account: presence.account.clone(), role: presence.role, presence });
            let response = visitor.carry(request, next).await;
            match seen.cookie {
                // A handler that signs in or out has the last word.
                Some(token) if !sets_session(origin, response.headers()) => with_session(response, origin, &token),
                _ => response,
            }
        }
        Ok(None) => next.run(request).await,
        Err(error) => {
            tracing::warn!(%error, "a session cannot be looked up");
            request.extensions_mut().insert(NotKnown);
            next.run(request).await
        }
    }
}

/// The cookie's name: bound to the host on https. On loopback it holds the port, since browsers share cookies between
/// ports and several instances may run on one machine.
pub fn cookie_name(origin: &Origin) -> String {
    if origin.scheme() == "https" { "__Host-haven".to_owned() } else { format!("haven-{}", origin.port()) }
}

/// The name of the cookie by which a browser is known, under the same rules.
fn browser_cookie_name(origin: &Origin) -> String {
    if origin.scheme() == "https" { "__Host-haven-browser".to_owned() } else { format!("haven-browser-{}", origin.port()) }
}

/// The token of a request's cookie.
pub fn token_of(origin: &Origin, headers: &HeaderMap) -> Option<Token> {
    token_in(&cookie_name(origin), headers)
}

fn token_in(name: &str, headers: &HeaderMap) -> Option<Token> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(Cookie::split_parse).filter_map(Result::ok).filter(|cookie| cookie.name() == name).find_map(|c| Token::parse(c.value()))
}

fn sets_session(origin: &Origin, headers: &HeaderMap) -> bool {
    let begins = format!("{}=", cookie_name(origin));
    headers.get_all(header::SET_COOKIE).iter().any(|line| line.as_bytes().starts_with(begins.as_bytes()))
}

fn set_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    if let Ok(line) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

fn bare_cookie(origin: &Origin, name: String, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(name, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie.set_secure(origin.scheme() == "https");
    cookie
}

/// The answer with the cookie of a session.
pub fn with_session(response: Response, origin: &Origin, token: &Token) -> Response {
    let mut cookie = bare_cookie(origin, cookie_name(origin), token.reveal().to_owned());
    cookie.set_max_age(cookie::time::Duration::try_from(SESSION_IDLE).ok());
    set_cookie(response, &cookie)
}

/// The answer to somebody who came in, with the cookie by which their browser is known next time. It stays when they sign out.
pub fn with_browser(response: Response, origin: &Origin, caller: &Caller) -> Response {
    let mut cookie = bare_cookie(origin, browser_cookie_name(origin), caller.browser.reveal().to_owned());
    cookie.set_max_age(cookie::time::Duration::try_from(known::LASTS).ok());
    set_cookie(response, &cookie)
}

/// The answer without a session: the browser forgets the cookie.
pub fn without_session(response: Response, origin: &Origin) -> Response {
    let mut cookie = bare_cookie(origin, cookie_name(origin), String::new());
    cookie.set_max_age(cookie::time::Duration::ZERO);
    set_cookie(response, &cookie)
}

/// What is known of the other end of the connection; an extractor that cannot fail.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address of the TCP connection; behind a proxy that the admin named, the one it got the request from. Headers of
    /// anybody else are not believed: anyone can write them.
    pub address: Option<IpAddr>,
    /// Which browser on what.
    pub agent: Agent,
    /// The token that came with the request, whether it is good or not.
    pub token: Option<Token>,
    /// The token by which the browser says that it was here before, or a new one.
    browser: Token,
}

impl Caller {
    /// What a session that begins with this request is made of; the token that came with it ends.
    pub fn opening(&self) -> Opening {
        Opening { browser: Some(self.browser.clone()), ..Opening::new(self.agent, self.token.clone()) }
    }
}

/// The client's address: of the connection, or what a proxy of ours says.
fn address_of(proxies: &TrustedProxies, parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let forwarded: Vec<&str> = parts.headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    Some(proxies.client(peer.ip(), forwarded.iter().copied()))
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Infallible> {
        let address = address_of(&site.config.trusted_proxy, parts);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|line| line.to_str().ok()).map(Agent::of_header);
        let origin = &site.config.origin;
        let browser = token_in(&browser_cookie_name(origin), &parts.headers);
        let browser = browser.unwrap_or_else(|| Token::random(&*site.here().chance));
        Ok(Self { address, agent: agent.unwrap_or_default(), token: token_of(origin, &parts.headers), browser })
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::base::SystemChance;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_and_kept_from_scripts() {
        let token = Token::random(&SystemChance);
        let secure = with_session(().into_response(), &origin("https://veld.example"), &token);
        let line = secure.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(line.starts_with("__Host-haven="), "{line}");
        for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=2592000"] {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert!(!line.contains("Domain"), "{line}");
        let plain = with_session(().into_response(), &origin("http://localhost:8420"), &token);
        let line = plain.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(line.starts_with("haven-8420=") && !line.contains("Secure"), "{line}");
        assert!(
            sets_session(&origin("http://localhost:8420"), plain.headers())
                && !sets_session(&origin("http://localhost:1"), plain.headers())
        );
        let gone = without_session(().into_response(), &origin("https://veld.example"));
        assert!(gone.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn web_09_only_a_proxy_that_was_named_says_where_somebody_is() {
        let request = |peer: &str| {
            let request = http::Request::builder().header("x-forwarded-for", "1.2.3.4").header("x-forwarded-for", "192.0.2.7");
            let mut request = request.body(()).unwrap();
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
            request.into_parts().0
        };
        let (nobody, loopback) = (TrustedProxies::default(), TrustedProxies::parse("127.0.0.1").unwrap());
        for (proxies, peer, address) in [
            (&nobody, "127.0.0.1", "127.0.0.1"),
            (&nobody, "192.0.2.9", "192.0.2.9"),
            (&loopback, "127.0.0.1", "192.0.2.7"),
            (&loopback, "192.0.2.9", "192.0.2.9"),
        ] {
            assert_eq!(address_of(proxies, &request(peer)), address.parse().ok(), "{peer}");
        }
    }

    #[test]
    fn only_our_cookie_with_a_real_token_counts() {
        let token = Token::random(&SystemChance);
        let veld = origin("https://veld.example");
        for (line, found) in [
            (format!("lang=nl; __Host-haven={}", token.reveal()), true),
            (format!("__Host-haven=x; __Host-haven={}", token.reveal()), true),
            (format!("haven-443={}", token.reveal()), false),
            ("__Host-haven=' OR 1=1".to_owned(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(&line).unwrap());
            assert_eq!(token_of(&veld, &headers).is_some(), found, "{line}");
        }
    }
}
