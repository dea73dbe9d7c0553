//! A visitor without a screen: reads pages and sends forms over a real connection, and keeps its cookie.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// One visitor.
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    origin: String,
    cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Body.
    pub text: String,
}

impl Browser {
    /// A visitor of this house who is nobody yet. Each request has a connection of its own: the house closes one that rests for ten
    /// seconds, perhaps at the moment at which it would be used again.
    pub fn new(origin: String) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http(), origin, cookie: None }
    }

    /// A visitor who came in by a sign-in link.
    pub async fn signed_in(origin: String, link: &str) -> Self {
        let mut browser = Self::new(origin);
        let path = link.strip_prefix(&browser.origin).expect("a link of this house").to_owned();
        let page = browser.send(Method::POST, &path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{page:?}");
        assert!(browser.cookie.is_some());
        browser
    }

    /// Reads a page.
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path).await
    }

    async fn send(&mut self, method: Method, path: &str) -> Page {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin)).header("sec-fetch-site", "same-origin");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.client.request(request.body(Full::default()).expect("a request")).await.expect("an answer");
        if let Some(set) = response.headers().get(header::SET_COOKIE) {
            let set = set.to_str().expect("text").split(';').next().unwrap_or_default();
            self.cookie = Some(set.to_owned());
        }
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        Page { status, text: String::from_utf8(body.to_vec()).expect("text") }
    }
}
