//! Posts and threads as templates show them: plain strings in the visitor's language. It decides which buttons stand below a
//! post; that they work only for whom they are meant is decided again by the action.

use crate::base::html::SafeHtml;
use crate::base::{Id, Timestamp};
use crate::features::posts::post::{Post, State};
use crate::features::posts::store::timeline::{Answer, Thread};
use crate::web::Words;

/// One thread in a list.
pub(super) struct ThreadView {
    pub path: String,
    /// The first words, as the link.
    pub title: String,
    /// The rest of the first words; may be empty.
    pub rest: String,
    pub lang: String,
    pub label: String,
    pub byline: String,
    /// Marks and the last answer, as short sentences.
    pub notes: Vec<String>,
}

/// Characters of the link to a thread.
const TITLE: usize = 80;

impl ThreadView {
    pub(super) fn of(t: Words, thread: &Thread) -> Self {
        let (title, rest) = match thread.state() {
            State::Posted => split(&thread.excerpt),
            State::Removed => (t.say("posts-removed"), String::new()),
            State::Frozen => (t.say("posts-frozen"), String::new()),
            _ => (t.say("posts-deleted"), String::new()),
        };
        // Who paused everything is not seen: neither their words nor their name.
        let seen = thread.state() != State::Frozen;
        let name = name(t, if seen { &thread.author_name } else { "" });
        let mut notes = Vec::new();
        if thread.is_pinned() {
            notes.push(t.say("posts-pinned"));
        }
        if thread.is_closed() {
            notes.push(t.say("posts-closed"));
        }
        if thread.is_edited() {
            notes.push(t.say("posts-edited"));
        }
        match thread.last_answer() {
            Some(at) => notes.push(t.with("posts-last-answer", &[("when", &t.date_time(at))])),
            None if !thread.is_answered() => notes.push(t.say("posts-no-answer")),
            None => {}
        }
        Self {
            path: format!("/o/{}", thread.id),
            title,
            rest,
            lang: lang(&thread.lang),
            label: if seen { thread.label.clone() } else { String::new() },
            byline: t.with("posts-byline", &[("name", &name), ("when", &t.date_time(thread.created()))]),
            notes,
        }
    }
}

fn split(excerpt: &str) -> (String, String) {
    if excerpt.chars().count() <= TITLE {
        return (excerpt.to_owned(), String::new());
    }
    let cut: String = excerpt.chars().take(TITLE).collect();
    let title = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    let rest = excerpt.get(title.len()..).unwrap_or_default().trim_start();
    (format!("{title}…"), format!("…{rest}"))
}

/// A language for the `lang` attribute; empty: unknown, which HTML allows.
pub(super) fn lang(tag: &str) -> String {
    if tag == "und" { String::new() } else { tag.to_owned() }
}

/// A name to show; who has none here is "someone".
pub(super) fn name(t: Words, name: &str) -> String {
    if name.is_empty() { t.say("posts-someone") } else { name.to_owned() }
}

/// Who looks at a post.
pub(super) struct Viewer<'a> {
    pub t: Words,
    /// Their names, as far as what is theirs is told apart here.
    pub mine: &'a [Id],
    pub now: Timestamp,
    /// May write here now.
    pub writes: bool,
    /// May remove here now.
    pub moderates: bool,
    /// Name of the house the group lives in, when that is another one.
    pub home: Option<&'a str>,
}

/// One post with its buttons.
#[expect(clippy::struct_excessive_bools, reason = "independent buttons below a post")]
pub(super) struct PostView {
    pub id: String,
    pub byline: String,
    /// "In answer to Fern".
    pub to: Option<String>,
    pub edited: bool,
    pub lang: String,
    pub label: String,
    pub html: SafeHtml,
    /// Instead of the text, or before it: where the post stands, for its writer.
    pub note: Option<String>,
    pub reason: Option<String>,
    pub shows_text: bool,
    /// Which houses received it, and who confirmed the last change; for its writer only.
    pub received: Vec<String>,
    /// A change that waits or was refused: its text.
    pub change: Option<String>,
    pub can_answer: bool,
    pub can_edit: bool,
    pub can_delete: bool,
    pub can_undo: bool,
    pub can_withdraw: bool,
    /// Where a refused text is changed and sent again.
    pub again: Option<String>,
    /// Where to ask somebody to look again.
    pub appeal: Option<String>,
    pub can_drop_change: bool,
    pub can_remove: bool,
    /// May say that something is wrong with it, or that they are worried.
    pub can_tell: bool,
}

impl PostView {
    pub(super) fn of(viewer: &Viewer<'_>, post: &Post, received: Option<&str>) -> Self {
        let t = viewer.t;
        let mine = viewer.mine.contains(&post.author);
        let readable = post.is_readable();
        let (note, reason) = standing(viewer, post, mine);
        let author = if mine || post.state != State::Frozen { post.author_name.as_str() } else { "" };
        Self {
            id: post.id.to_string(),
            byline: t.with("posts-byline", &[("name", &name(t, author)), ("when", &t.date_time(post.created_at))]),
            to: None,
            edited: post.edited_at.is_some() && readable,
            lang: lang(&post.lang),
            label: if readable { post.label.clone() } else { String::new() },
            html: post.html.clone(),
            note,
            reason,
            shows_text: readable || (mine && !post.source.is_empty()),
            received: if mine { received_lines(t, post, received) } else { Vec::new() },
            change: post.edit.as_ref().filter(|_| mine && readable).map(|edit| edit.source.clone()),
            can_answer: readable && viewer.writes && post.uri.is_some(),
            can_edit: mine && readable && viewer.writes,
            can_delete: mine && (readable || post.state == State::Frozen),
            can_undo: mine && viewer.writes && post.can_be_undone(viewer.now),
            can_withdraw: mine && post.state == State::Waiting,
            again: (mine && post.state == State::Refused).then(|| format!("/o/{}/again", post.id)),
            appeal: (mine && post.state == State::Removed).then(|| format!("/o/{}/notice", post.id)),
            can_drop_change: mine && readable && post.edit.is_some(),
            can_remove: readable && !mine && viewer.moderates,
            can_tell: readable && !mine && post.uri.is_some(),
        }
    }

    /// An answer, with whom it answers.
    pub(super) fn answer(viewer: &Viewer<'_>, answer: &Answer, received: Option<&str>) -> Self {
        let mut view = Self::of(viewer, &answer.post, received);
        view.to = answer.to.as_ref().map(|to| viewer.t.with("posts-in-answer-to", &[("name", &name(viewer.t, to))]));
        view
    }
}

fn standing(viewer: &Viewer<'_>, post: &Post, mine: bool) -> (Option<String>, Option<String>) {
    let t = viewer.t;
    let home = viewer.home.unwrap_or_default();
    let waits = |key: &str| Some(t.with(key, &[("house", home)]));
    match post.state {
        State::Posted => match post.edit.as_ref().filter(|_| mine) {
            Some(edit) if edit.uri.is_some() => (waits("posts-change-waits"), None),
            Some(edit) => (waits("posts-change-refused"), Some(reason(t, &edit.reason))),
            None => (None, None),
        },
        State::Waiting => (waits("posts-waiting"), None),
        State::Refused => (waits("posts-refused"), Some(reason(t, &post.reason))),
        State::Deleted if mine => {
            let note = match post.undo_until.filter(|until| viewer.now < *until) {
                Some(until) => t.with("posts-deleted-mine", &[("until", &t.date(until))]),
                None => t.say("posts-deleted-mine-gone"),
            };
            (Some(note), None)
        }
        State::Removed if mine => (Some(t.say("posts-removed-mine")), Some(reason(t, &post.reason)).filter(|text| !text.is_empty())),
        State::Removed => (Some(t.say("posts-removed")), None),
        State::Frozen => (Some(t.say(if mine { "posts-frozen-mine" } else { "posts-frozen" })), None),
        State::Deleted | State::Withdrawn => (Some(t.say("posts-deleted")), None),
    }
}

/// A reason in the reader's words when it is one of our codes, else as the moderator wrote it.
pub(super) fn reason(t: Words, stored: &str) -> String {
    let key = format!("posts-error-{stored}");
    if !stored.is_empty() && t.knows(&key) { t.say(&key) } else { stored.to_owned() }
}

fn received_lines(t: Words, post: &Post, received: Option<&str>) -> Vec<String> {
    let mut lines: Vec<String> = received.map(ToOwned::to_owned).into_iter().collect();
    if post.change_uri.is_some() && post.told > 0 {
        lines.push(t.with("posts-confirmed", &[("confirmed", &post.confirmed.to_string()), ("told", &post.told.to_string())]));
    }
    lines
}
