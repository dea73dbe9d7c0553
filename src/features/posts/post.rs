//! What a post is: text with a language and a topic, written by a persona in a group, alone or in answer to another.
//! Plain values and pure rules; no database, no pages, no wire. A post never says who may read it: its group does.

use crate::base::html::{self, SafeHtml};
use crate::base::{Id, Iri, Timestamp};

/// Longest text, in characters.
pub const MAX_TEXT: usize = 20_000;
/// Longest topic, in characters.
pub const MAX_LABEL: usize = 40;
/// Longest reason that is kept, in characters.
pub const MAX_REASON: usize = 1_000;
/// How many `@` of one text are looked at.
pub const MAX_MENTIONS: usize = 200;
/// How many characters of a post the list of threads shows.
pub const EXCERPT: usize = 280;
/// How long the writer can take a deletion back.
pub const UNDO: std::time::Duration = std::time::Duration::from_hours(7 * 24);
/// How long the house of a removed post keeps the text for somebody who looks again.
pub const APPEAL: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// Codes by which a home says why it does not take something; each has a sentence `posts-error-<code>` in the words.
pub const REFUSALS: [&str; 17] = [
    "not-found",
    "empty",
    "too-long",
    "label",
    "language",
    "not-member",
    "paused",
    "archived",
    "closed",
    "parent-gone",
    "parent-waits",
    "confirm-readers",
    "not-allowed",
    "too-late",
    "no-reason",
    "elsewhere",
    NOT_SHARED,
];

/// The code for a group that is not shared with the writer's house any more: the home says it, and the writer's house itself when it hears that
/// the sharing is over.
pub const NOT_SHARED: &str = "not-shared";

/// Where a post stands. See [`super::states`] for what leads from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Sent to the group's home, which has not answered.
    Waiting,
    /// Readable in the group.
    Posted,
    /// Kept, and seen by its writer only: they paused everything of theirs.
    Frozen,
    /// Taken away by its writer.
    Deleted,
    /// Taken away by a moderator.
    Removed,
    /// The group's home did not take it.
    Refused,
    /// The writer took it back before the home answered.
    Withdrawn,
}

impl State {
    const ALL: [Self; 7] = [Self::Waiting, Self::Posted, Self::Frozen, Self::Deleted, Self::Removed, Self::Refused, Self::Withdrawn];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Posted => "posted",
            Self::Frozen => "frozen",
            Self::Deleted => "deleted",
            Self::Removed => "removed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the stored form; what nobody wrote reads as deleted, so that it is never shown.
    pub fn read(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Deleted)
    }
}

/// Why a text cannot be posted. The names are keys of the words and codes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextProblem {
    /// Nothing in it.
    Empty,
    /// Longer than [`MAX_TEXT`].
    TooLong,
    /// A topic longer than [`MAX_LABEL`].
    LabelTooLong,
    /// No language we can read.
    Language,
}

impl TextProblem {
    /// The key of the sentence at the field.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "posts-error-empty",
            Self::TooLong => "posts-error-too-long",
            Self::LabelTooLong => "posts-error-label",
            Self::Language => "posts-error-language",
        }
    }
}

/// A text that may be posted: checked, with its language and topic.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    source: String,
    html: SafeHtml,
    excerpt: String,
    lang: String,
    label: String,
}

impl Text {
    /// Checks what a person typed.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn typed(source: &str, lang: &str, label: &str) -> Result<Self, TextProblem> {
        let source = tidy(source);
        if source.is_empty() {
            return Err(TextProblem::Empty);
        }
        if source.chars().count() > MAX_TEXT {
            return Err(TextProblem::TooLong);
        }
        let label = label_of(label)?;
        let lang = language(lang).ok_or(TextProblem::Language)?;
        let html = html::from_markdown(&source);
        if html.is_blank() {
            return Err(TextProblem::Empty);
        }
        Ok(Self::made(source, html, lang, label))
    }

    /// Checks what a partner sent: its Markdown when it sent some, else its HTML, which is cleaned here. An unreadable language is "undetermined".
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn sent(markdown: Option<&str>, content: &str, lang: &str, label: &str) -> Result<Self, TextProblem> {
        let lang = language(lang).unwrap_or_else(|| "und".to_owned());
        if let Some(source) = markdown {
            return Self::typed(source, &lang, label);
        }
        let html = html::clean(content);
        let source = tidy(&html::plain_text(&html));
        if source.is_empty() {
            return Err(TextProblem::Empty);
        }
        if source.chars().count() > MAX_TEXT {
            return Err(TextProblem::TooLong);
        }
        let label = label_of(label)?;
        Ok(Self::made(source, html, lang, label))
    }

    fn made(source: String, html: SafeHtml, lang: String, label: String) -> Self {
        let excerpt = excerpt(&html::plain_text(&html));
        Self { source, html, excerpt, lang, label }
    }

    /// As typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// As shown.
    pub fn html(&self) -> &SafeHtml {
        &self.html
    }

    /// The first words.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }

    /// Language tag.
    pub fn lang(&self) -> &str {
        &self.lang
    }

    /// Topic; empty: none.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The topic as it is compared.
    pub fn label_key(&self) -> String {
        self.label.to_lowercase()
    }
}

/// Says how long it is, never what it says (design D10).
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} bytes)", self.source.len())
    }
}

/// One post, as rules and pages see it.
#[derive(Clone, Debug)]
pub struct Post {
    /// Ours; `/o/<id>` is its page.
    pub id: Id,
    /// Group.
    pub group: Id,
    /// Row of the author's actor.
    pub author: Id,
    /// The name the author goes by.
    pub author_name: String,
    /// The author's wire id.
    pub author_uri: String,
    /// The home's id; `None` while it waits.
    pub uri: Option<Iri>,
    /// The writer's own id, where it differs.
    pub origin_uri: Option<Iri>,
    /// The Create that brought it.
    pub create_uri: Option<Iri>,
    /// The post it answers.
    pub parent: Option<Id>,
    /// The beginning of the thread.
    pub root: Id,
    /// In a copy: the home's id of the post it answers.
    pub parent_uri: Option<Iri>,
    /// The deleted post it brings back.
    pub replaces: Option<Iri>,
    /// Markdown as typed.
    pub source: String,
    /// As shown.
    pub html: SafeHtml,
    /// Language tag.
    pub lang: String,
    /// Topic.
    pub label: String,
    /// Where it stands.
    pub state: State,
    /// Why it was refused or removed.
    pub reason: String,
    /// Key of the stored audience (home only).
    pub audience: Option<String>,
    /// Names of the organisations the group was shared with when it was written.
    pub readers: Vec<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// `updated` on the wire.
    pub updated_at: Timestamp,
    /// At the home: `updated` of the guest's house that was applied last.
    pub origin_updated_at: Timestamp,
    /// When the writer last changed the text.
    pub edited_at: Option<Timestamp>,
    /// Until when the text is kept after a deletion.
    pub undo_until: Option<Timestamp>,
    /// Shown first.
    pub pinned: bool,
    /// No more answers.
    pub closed: bool,
    /// Partners told of the last change.
    pub told: i64,
    /// Partners that confirmed it.
    pub confirmed: i64,
    /// The last change that asked for receipts.
    pub change_uri: Option<Iri>,
    /// At the home: the guest's Delete that waits for the figures, and the partner it came from.
    pub answer: Option<(Iri, Id)>,
    /// A change that waits for the home, or was refused by it.
    pub edit: Option<Edit>,
}

/// A change of one's own post that the group's home has not taken yet.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Markdown.
    pub source: String,
    /// Language tag.
    pub lang: String,
    /// Topic.
    pub label: String,
    /// The Update that carries it; `None`: the home refused it.
    pub uri: Option<Iri>,
    /// Why it was refused.
    pub reason: String,
}

impl Post {
    /// Whether it begins a thread.
    pub fn is_root(&self) -> bool {
        self.root == self.id
    }

    /// Whether members of the group can read it.
    pub fn is_readable(&self) -> bool {
        self.state == State::Posted
    }

    /// The next `updated`: now, and always later than the one before.
    pub fn next_update(&self, now: Timestamp) -> Timestamp {
        now.later_than(self.updated_at)
    }

    /// Whether its writer can still bring it back.
    pub fn can_be_undone(&self, now: Timestamp) -> bool {
        self.state == State::Deleted && !self.source.is_empty() && self.undo_until.is_some_and(|until| now < until)
    }
}

/// A language tag in its usual spelling; `None` when it is none.
pub fn language(tag: &str) -> Option<String> {
    let tag = tag.trim();
    if tag.is_empty() || tag.len() > 35 {
        return None;
    }
    tag.parse::<unic_langid::LanguageIdentifier>().ok().map(|id| id.to_string())
}

/// A topic on one line; empty is none.
///
/// # Errors
/// When it is longer than [`MAX_LABEL`].
pub fn label_of(typed: &str) -> Result<String, TextProblem> {
    let label = html::one_line(typed, MAX_LABEL + 1);
    let label = label.trim_start_matches(['#', ' ']).trim_end();
    if label.chars().count() > MAX_LABEL { Err(TextProblem::LabelTooLong) } else { Ok(label.to_owned()) }
}

/// A reason or explanation: plain text, bounded.
pub fn reason_of(text: &str) -> String {
    tidy(text).chars().take(MAX_REASON).collect()
}

/// Line ends as `\n`, no control characters but line ends and tabs, no empty lines around.
fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    kept.trim_end().trim_start_matches(['\n', ' ', '\t']).to_owned()
}

/// The first words of a text, cut at a word, with an ellipsis when something was left out.
fn excerpt(plain: &str) -> String {
    let line = html::one_line(plain, EXCERPT + 1);
    if line.chars().count() <= EXCERPT {
        return line;
    }
    let cut: String = line.chars().take(EXCERPT).collect();
    let kept = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    format!("{kept}…")
}

/// Who is named in a text: for every `@` that begins a word, the longest of `names` that stands behind it as whole words.
/// Being named changes nothing about who can read the text.
///
/// Only the first [`MAX_MENTIONS`] such signs are looked at: a text of nothing else must not cost a look at every name of a large group
/// for each of them (threats DOS-13, DOS-18).
pub fn named<'a>(source: &str, names: &'a [(Id, String)]) -> Vec<&'a Id> {
    let text = source.to_lowercase();
    let names: Vec<(&Id, String)> = names.iter().map(|(id, name)| (id, name.to_lowercase())).filter(|(_, name)| !name.is_empty()).collect();
    let mut found: Vec<&Id> = Vec::new();
    let mut before: Option<char> = None;
    let begins = text.char_indices().filter(|(_, c)| {
        let begins = *c == '@' && !before.is_some_and(char::is_alphanumeric);
        before = Some(*c);
        begins
    });
    for (at, _) in begins.take(MAX_MENTIONS) {
        let rest = &text[at + 1..];
        let fits = |name: &str| rest.strip_prefix(name).is_some_and(|after| !after.starts_with(char::is_alphanumeric));
        let longest = names.iter().filter(|(_, name)| fits(name)).map(|(_, name)| name.len()).max();
        if let Some(longest) = longest {
            found.extend(names.iter().filter(|(_, name)| name.len() == longest && fits(name)).map(|(id, _)| *id));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn texts_are_checked_in_words_a_form_can_show() {
        let long = "a".repeat(MAX_TEXT + 1);
        for (source, lang, label, expected) in [
            ("Hello", "en", "", Ok(())),
            ("Hello", "nl-BE", "walks", Ok(())),
            ("", "en", "", Err(TextProblem::Empty)),
            (" \r\n\t ", "en", "", Err(TextProblem::Empty)),
            (long.as_str(), "en", "", Err(TextProblem::TooLong)),
            (&long[..MAX_TEXT], "en", "", Ok(())),
            ("Hello", "not a language", "", Err(TextProblem::Language)),
            ("Hello", "", "", Err(TextProblem::Language)),
            ("Hello", "en", "a topic that is a good deal longer than forty letters", Err(TextProblem::LabelTooLong)),
        ] {
            assert_eq!(Text::typed(source, lang, label).map(|_| ()), expected, "{lang} {label} {} bytes", source.len());
        }
    }

    #[test]
    fn a_partners_text_is_cleaned_or_built_from_its_markdown() {
        let text = Text::sent(None, "<p onclick=x>Hello <script>alert(1)</script><b>you</b></p>", "xx bad", "").unwrap();
        assert!(!text.html().as_str().contains("script") && !text.html().as_str().contains("onclick"), "{}", text.html());
        assert_eq!(text.lang(), "und");
        let text = Text::sent(Some("**Hi**"), "<p>something else</p>", "en", "Walks").unwrap();
        assert!(text.html().as_str().contains("Hi") && !text.html().as_str().contains("else"));
        assert_eq!((text.label(), text.label_key().as_str()), ("Walks", "walks"));
    }

    #[test]
    fn line_ends_and_control_characters_are_tidied() {
        let text = Text::typed("\n\none\r\ntwo\u{0}\u{7}\n", "en", " #a \n b ").unwrap();
        assert_eq!((text.source(), text.label()), ("one\ntwo", "a b"));
    }

    #[test]
    fn excerpts_end_at_a_word() {
        let text = Text::typed(&"word ".repeat(200), "en", "").unwrap();
        assert!(text.excerpt().ends_with("word…") && text.excerpt().chars().count() <= EXCERPT + 1, "{}", text.excerpt());
        assert_eq!(Text::typed("short", "en", "").unwrap().excerpt(), "short");
    }

    #[test]
    fn names_are_found_as_whole_words_and_the_longest_wins() {
        let id = || Id::random(&SystemChance);
        let names = [(id(), "Fern".to_owned()), (id(), "Fern Blue".to_owned()), (id(), "Åse".to_owned()), (id(), "fern".to_owned())];
        for (text, expected) in [
            ("hello @Fern, how are you", vec![0, 3]),
            ("hello @fern blue!", vec![1]),
            ("@Fern Bluebell", vec![0, 3]),
            ("@Fernando", vec![]),
            ("mail fern@fern.example", vec![]),
            ("(@åse) and @FERN", vec![0, 2, 3]),
            ("Fern", vec![]),
            ("@", vec![]),
        ] {
            let mut expected: Vec<&Id> = expected.into_iter().map(|at: usize| &names[at].0).collect();
            expected.sort_unstable();
            assert_eq!(named(text, &names), expected, "{text}");
        }
    }

    #[test]
    fn a_topic_is_the_same_when_it_is_read_again() {
        for typed in ["# #walk", "##  walk ", "walk"] {
            assert_eq!(label_of(typed).as_deref(), Ok("walk"), "{typed}");
        }
    }

    #[test]
    fn dos_18_a_text_of_signs_is_looked_at_so_far_and_no_further() {
        let names = [(Id::random(&SystemChance), "Fern".to_owned())];
        assert_eq!(named(&format!("{}@Fern", "@x ".repeat(MAX_MENTIONS - 1)), &names).len(), 1);
        assert!(named(&format!("{}@Fern", "@x ".repeat(MAX_MENTIONS)), &names).is_empty());
    }

    #[test]
    fn updated_only_grows() {
        let at = Timestamp::from_millis;
        assert_eq!(at(10).later_than(at(5)), at(10));
        assert_eq!(at(10).later_than(at(10)), at(11));
        assert_eq!(at(1).later_than(at(10)), at(11));
    }
}
