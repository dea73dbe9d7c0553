//! Which of the three languages a visitor reads. Chosen by the visitor (a cookie that holds two letters, or `?lang=`),
//! else by the browser's own wish, else English. It never stores a choice with a person.

use http::HeaderMap;
use http::header;

/// The cookie that holds a choice.
pub(super) const COOKIE: &str = "lang";
/// The same on https, bound to the host.
pub(super) const BOUND_COOKIE: &str = "__Host-lang";

/// A language every page exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Dutch.
    Nl,
    /// Danish.
    Da,
}

impl Lang {
    /// All languages, in the order of the switch at the foot of the page.
    pub const ALL: [Self; 3] = [Self::En, Self::Nl, Self::Da];

    /// `en`, `nl` or `da`, as in `<html lang>`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nl => "nl",
            Self::Da => "da",
        }
    }

    /// The language's own name for itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Nl => "Nederlands",
            Self::Da => "Dansk",
        }
    }

    /// Direction of writing. All three run from left to right; the layout asks, so that a fourth may differ.
    pub const fn dir(self) -> &'static str {
        "ltr"
    }

    /// Reads a code such as `nl` or `nl-BE`.
    pub fn parse(code: &str) -> Option<Self> {
        let primary = code.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|lang| lang.code() == primary)
    }

    /// The language of a request: `?lang=`, else the cookie `lang`, else `Accept-Language`, else English.
    pub fn of_request(query: Option<&str>, headers: &HeaderMap) -> Self {
        query.and_then(from_query).or_else(|| from_cookie(headers)).or_else(|| from_accept(headers)).unwrap_or_default()
    }
}

fn from_query(query: &str) -> Option<Lang> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang").and_then(|(_, code)| Lang::parse(&code))
}

fn from_cookie(headers: &HeaderMap) -> Option<Lang> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<_> = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    let named = |wanted: &str| pairs.iter().find(|(name, _)| *name == wanted).and_then(|(_, code)| Lang::parse(code));
    named(BOUND_COOKIE).or_else(|| named(COOKIE))
}

/// The first of ours with the highest weight; a weight that cannot be read counts as none.
fn from_accept(headers: &HeaderMap) -> Option<Lang> {
    let text = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(u32, Lang)> = None;
    for range in text.split(',').take(20) {
        let mut parts = range.split(';');
        let Some(lang) = parts.next().and_then(Lang::parse) else { continue };
        let weight = match parts.find_map(|part| part.trim().strip_prefix("q=")) {
            None => 1000,
            Some(q) => thousandths(q),
        };
        if weight > best.map_or(0, |(found, _)| found) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// `0.8` as 800.
fn thousandths(q: &str) -> u32 {
    let (whole, fraction) = q.trim().split_once('.').unwrap_or((q.trim(), ""));
    let fraction = format!("{fraction:0<3}");
    match (whole.parse::<u32>(), fraction.get(..3).and_then(|digits| digits.parse::<u32>().ok())) {
        (Ok(whole @ 0..=1), Some(fraction)) => (whole * 1000 + fraction).min(1000),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: Option<&str>, cookie: &str, accept: &str) -> Lang {
        let mut headers = HeaderMap::new();
        if !cookie.is_empty() {
            headers.insert(header::COOKIE, cookie.parse().unwrap());
        }
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        Lang::of_request(query, &headers)
    }

    #[test]
    fn the_visitors_choice_comes_before_the_browsers_wish() {
        assert_eq!(asked(Some("lang=da"), "lang=nl", "en"), Lang::Da);
        assert_eq!(asked(None, "a=b; lang=nl", "da"), Lang::Nl);
        assert_eq!(asked(None, "lang=nl; __Host-lang=da", "en"), Lang::Da);
        assert_eq!(asked(Some("lang=xx"), "lang=xx", "da-DK"), Lang::Da);
    }

    #[test]
    fn the_browsers_wish_is_weighed() {
        for (accept, lang) in [
            ("nl-BE,nl;q=0.9,en;q=0.8", Lang::Nl),
            ("de, da;q=0.5, nl;q=0.7", Lang::Nl),
            ("de", Lang::En),
            ("", Lang::En),
            ("da;q=0, nl;q=0.1", Lang::Nl),
            ("da;q=x", Lang::En),
            ("en;q=0.3,da;q=0.35", Lang::Da),
        ] {
            assert_eq!(asked(None, "", accept), lang, "{accept}");
        }
    }
}
