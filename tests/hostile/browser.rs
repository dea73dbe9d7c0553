//! A visitor without a screen who sends what browsers send, and more. Copies share nothing.

use std::net::SocketAddr;

use crate::http::{Answer, Letter, send};

/// One visitor.
#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    authority: String,
    /// Name and value of the session cookie.
    pub cookie: Option<String>,
}

impl Browser {
    /// Nobody yet.
    pub fn new(address: SocketAddr, authority: &str) -> Self {
        Self { address, authority: authority.to_owned(), cookie: None }
    }

    /// Signs in with the form of the page.
    #[track_caller]
    pub fn sign_in(&mut self, name: &str, passphrase: &str) -> Answer {
        let form = self.get("/sign-in");
        assert!(form.status == 303 || form.text().contains("name=\"passphrase\""), "the form is there: {}", form.text());
        let answer = self.post("/sign-in", &[("name", name), ("passphrase", passphrase), ("next", "/")]);
        self.keep(&answer);
        answer
    }

    /// Keeps the cookie of an answer.
    pub fn keep(&mut self, answer: &Answer) {
        if let Some(set) = answer.header("set-cookie") {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
    }

    /// A request as a browser writes it, not sent yet.
    pub fn letter(&self, method: &str, path: &str) -> Letter {
        let letter = Letter::new(method, path).with("host", &self.authority).with("accept", "text/html");
        match &self.cookie {
            Some(cookie) => letter.with("cookie", cookie),
            None => letter,
        }
    }

    /// Reads a page.
    pub fn get(&self, path: &str) -> Answer {
        self.send(&self.letter("GET", path))
    }

    /// Sends a form from a page of the house.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(&self.form(path, fields).with("sec-fetch-site", "same-origin"))
    }

    /// A form that does not say from where it comes.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Letter {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.letter("POST", path).with("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Sends a request.
    pub fn send(&self, letter: &Letter) -> Answer {
        send(self.address, &letter.bytes())
    }
}
