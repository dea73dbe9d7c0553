//! What a browser is called in the list of a person's own sessions: "Firefox on Android". Only these two words are
//! kept of what the browser says about itself.

/// Programs, most particular first: what they say, what they are called.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems, most particular first.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
];

/// Program and system, each empty when not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Such as "Firefox".
    pub browser: &'static str,
    /// Such as "Android".
    pub system: &'static str,
}

impl Agent {
    /// Reads a `User-Agent` header.
    pub fn of_header(header: &str) -> Self {
        let find = |table: &[(&str, &'static str)]| table.iter().find(|(says, _)| header.contains(says)).map_or("", |(_, called)| called);
        Self { browser: find(&BROWSERS), system: find(&SYSTEMS) }
    }

    /// As stored: `browser/system`.
    pub fn stored(self) -> String {
        format!("{}/{}", self.browser, self.system)
    }

    /// Reads [`Agent::stored`]; words we do not know become empty.
    pub fn from_stored(text: &str) -> Self {
        let (browser, system) = text.split_once('/').unwrap_or_default();
        let find =
            |table: &[(&str, &'static str)], word: &str| table.iter().find(|(_, called)| *called == word).map_or("", |(_, called)| called);
        Self { browser: find(&BROWSERS, browser), system: find(&SYSTEMS, system) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_in_two_words() {
        for (header, browser, system) in [
            ("Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", "Firefox", "Android"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Chrome", "Linux"),
            ("curl/8.10\r\nX: <script>", "", ""),
        ] {
            let agent = Agent::of_header(header);
            assert_eq!((agent.browser, agent.system), (browser, system));
            assert_eq!(Agent::from_stored(&agent.stored()), agent);
        }
    }
}
