//! Answers of page handlers: a page, or "done, look there". It never redirects to another host.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::problem::Problem;

/// A rendered page, 200. Not kept by any cache unless the handler sets `Cache-Control` itself.
#[derive(Clone, Debug)]
pub struct Html<T: Template>(pub T);

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        if let Ok(text) = self.0.render() {
            html(StatusCode::OK, text)
        } else {
            tracing::error!("a page cannot be rendered");
            Problem::Internal.into_response()
        }
    }
}

impl<T: Template> Html<T> {
    /// The same page with another status: 422 for a form that comes back with its errors.
    pub fn with_status(self, status: StatusCode) -> Response {
        let mut response = self.into_response();
        if response.status() == StatusCode::OK {
            *response.status_mut() = status;
        }
        response
    }
}

pub(super) fn html(status: StatusCode, text: String) -> Response {
    let length = HeaderValue::from(text.len());
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Done; the browser looks at `path` next (303). A path that is not ours becomes `/`.
pub fn see_other(path: &str) -> Response {
    let path = local_path(path).unwrap_or("/");
    match HeaderValue::from_str(path) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/"))]).into_response(),
    }
}

/// Done; `path` is looked at next and shows the sentence `notice_key` once. No cookie: the key travels as `?said=`.
pub fn see_other_with_notice(path: &str, notice_key: &'static str) -> Response {
    let (path, fragment) = path.split_once('#').map_or((path, None), |(path, fragment)| (path, Some(fragment)));
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut target = format!("{path}{joint}said={notice_key}");
    if let Some(fragment) = fragment {
        target.push('#');
        target.push_str(fragment);
    }
    see_other(&target)
}

/// `path` if it leads to a page of this instance and nowhere else (threats WEB-11): begins with one slash, no backslash, no control characters, ASCII.
pub fn local_path(path: &str) -> Option<&str> {
    let mut rest = path.bytes();
    let first = rest.next() == Some(b'/');
    let second = rest.next().is_none_or(|b| b != b'/' && b != b'\\');
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') && path.len() <= 1024;
    (first && second && plain).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(response: &Response) -> &str {
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[header::LOCATION].to_str().unwrap()
    }

    #[test]
    fn redirects_stay_at_home() {
        for bad in ["//e.example", "/\\e.example", "https:e", "https://e.example", "\t//e", "", "g", "/a b", "/a\r\nx: y", "/%2f%2fe\\"] {
            assert_eq!(location(&see_other(bad)), "/", "{bad:?}");
        }
        for good in ["/", "/g/abc", "/g/abc?x=1#p", "/%2f%2fe"] {
            assert_eq!(location(&see_other(good)), good);
        }
    }

    #[test]
    fn a_notice_travels_in_the_address() {
        assert_eq!(location(&see_other_with_notice("/me", "me-saved")), "/me?said=me-saved");
        assert_eq!(location(&see_other_with_notice("/g/a?p=1#x", "me-saved")), "/g/a?p=1&said=me-saved#x");
    }
}
