//! The writing box, the same wherever it stands: who can read it, the text, its language, its topic, and what is wrong with it.

use crate::features::posts::post;
use crate::features::posts::store::kept::Draft;
use crate::web::{Choice, Errors, Lang};

/// Languages that can be marked, in their own names. The page's language stands first.
const LANGUAGES: [(&str, &str); 12] = [
    ("en", "English"),
    ("nl", "Nederlands"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("ar", "العربية"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("pl", "Polski"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("so", "Soomaali"),
];

/// What stands in the fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub text: String,
    pub lang: String,
    pub label: String,
}

impl From<Draft> for Typed {
    fn from(draft: Draft) -> Self {
        Self { text: draft.source, lang: draft.lang, label: draft.label }
    }
}

/// The writing box as its template takes it.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Where it is sent.
    pub action: String,
    /// "You write as Fern."
    pub as_whom: String,
    /// Which organisations can read it.
    pub readers: String,
    /// Link that explains who they are.
    pub about: String,
    /// The list grew: it must be ticked once.
    pub must_confirm: bool,
    /// Version of the list that is shown.
    pub saw: i64,
    pub text: String,
    pub langs: Vec<Choice>,
    /// A new thread has a topic, an answer has none.
    pub has_label: bool,
    pub label: String,
    /// Topics used in the group.
    pub labels: Vec<String>,
    pub errors: Errors,
    /// The refused post it takes the place of.
    pub instead: String,
    /// The post whose answer this was kept as, when that post is gone: the draft goes when this is posted.
    pub draft_of: String,
    /// Key of the words on the button.
    pub button: &'static str,
    /// Whether it can be kept for later.
    pub keeps: bool,
    /// "Kept on 3 March"; then it can be thrown away.
    pub kept: Option<String>,
}

/// The choices of languages, with the written one chosen, else the page's.
pub(super) fn languages(page: Lang, chosen: &str) -> Vec<Choice> {
    let chosen = post::language(chosen).unwrap_or_else(|| page.code().to_owned());
    let mut all: Vec<(String, String)> = LANGUAGES.iter().map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned())).collect();
    if !all.iter().any(|(tag, _)| *tag == chosen) {
        all.push((chosen.clone(), chosen.clone()));
    }
    all.sort_by_key(|(tag, _)| *tag != page.code());
    all.into_iter().map(|(tag, name)| Choice::new(tag.as_str(), name.as_str()).chosen_if(tag == chosen)).collect()
}

impl Sheet {
    /// The languages to choose from.
    pub(super) fn languages(&self) -> &[Choice] {
        &self.langs
    }

    /// A box for these words.
    pub(super) fn new(page: Lang, action: String, words: Typed) -> Self {
        Self {
            action,
            as_whom: String::new(),
            readers: String::new(),
            about: String::new(),
            must_confirm: false,
            saw: 0,
            text: words.text,
            langs: languages(page, &words.lang),
            has_label: false,
            label: words.label,
            labels: Vec::new(),
            errors: Errors::none(),
            instead: String::new(),
            draft_of: String::new(),
            button: "posts-post",
            keeps: true,
            kept: None,
        }
    }
}
