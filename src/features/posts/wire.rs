//! Posts on the wire: pure, from values to closed structs and back. What we send is built from our own rows; what came in is
//! reduced to [`Incoming`], with text that went through the sanitizer, before anybody acts on it.
//!
//! ```text
//! writer's house → home   Create, Update {actor b, object Note{id there, audience G}} · Delete {actor b or moderator, object id, summary}
//! home → writer's house   Accept {actor G, object id of what is answered, result} · Reject {…, summary, haven:outcome code}
//!                         Accept {… of a Delete, haven:told, haven:confirmed} · Reject of a Create taken before: removed, summary = rule and reason
//! home → all              Announce {actor G, to [G/followers], object Create | Update | Delete {actor b' (or G), …}}
//! all → home              Accept {actor their instance, object id of the Announce}: the receipt
//! ```
//! Own terms of a Note: `haven:label` (topic), `haven:pinned`, `haven:closed` (marks of a thread; they travel as an `Update`),
//! `haven:edited` (when the writer changed the text; `updated` also grows with the marks), `haven:replaces` (the deleted post
//! that is brought back); on its way to the home `haven:sharedSeen` (the `updated` of the group that the writer was shown). A peer that ignores them loses nothing it needs. A mention is text: no tag, no addressee.

use activitypub_federation::kinds::object::NoteType;
use serde::Serialize;

use crate::base::html::SafeHtml;
use crate::base::{Iri, Timestamp};
use crate::features::groups::Group;
use crate::federation::activity::{Act, NoteOut, Object, Outbound, PageOut, Part, Shape, SourceOut, TombstoneOut, Verb};
use crate::federation::here::Here;

use super::post::{Post, REFUSALS, Text, TextProblem, reason_of};

/// A post as we send it: a Note and our own terms.
#[derive(Clone, Debug, Serialize)]
pub struct Note {
    #[serde(flatten)]
    post: NoteOut,
    #[serde(rename = "haven:label", skip_serializing_if = "String::is_empty")]
    label: String,
    #[serde(rename = "haven:pinned", skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
    #[serde(rename = "haven:closed", skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
    #[serde(rename = "haven:edited", skip_serializing_if = "Option::is_none")]
    edited: Option<String>,
    #[serde(rename = "haven:sharedSeen", skip_serializing_if = "Option::is_none")]
    shared_seen: Option<String>,
}

impl Part for Note {
    const TERMS: &'static [(&'static str, &'static str)] = NoteOut::TERMS;
}

impl Shape for Note {
    fn id(&self) -> &Iri {
        &self.post.id
    }
}

/// An activity of a group that carries another.
pub type Announce<T> = Act<Act<T>>;

fn followers(group: &Group) -> Iri {
    group.uri.origin().at(&format!("{}/followers", group.uri.target()))
}

struct Words<'a> {
    content: &'a SafeHtml,
    source: &'a str,
    lang: &'a str,
    label: &'a str,
}

fn note(id: &Iri, author: &Iri, words: &Words<'_>) -> Note {
    let mut note = NoteOut::new(id.clone(), author.clone(), words.content.clone());
    if words.lang != "und" {
        note = note.language(words.lang);
    }
    debug_assert_eq!(note.kind, NoteType::Note);
    note.source = Some(SourceOut::markdown(words.source.to_owned()));
    Note { post: note, label: words.label.to_owned(), pinned: false, closed: false, edited: None, shared_seen: None }
}

/// A post of a group of this house as everybody who may hold it gets it. `parent`: what it answers. `None` for a post that has no address yet.
pub(super) fn note_of(group: &Group, post: &Post, parent: Option<&Post>) -> Option<Note> {
    let (id, author) = (post.uri.as_ref()?, Iri::parse(&post.author_uri).ok()?);
    let words = Words { content: &post.html, source: &post.source, lang: &post.lang, label: &post.label };
    let mut out = note(id, &author, &words);
    out.post.to = vec![followers(group)];
    out.post.audience = Some(group.uri.clone());
    out.post.in_reply_to = parent.and_then(|parent| parent.uri.clone());
    out.post.published = Some(post.created_at);
    out.post.updated = Some(post.updated_at);
    out.post.replaces.clone_from(&post.replaces);
    out.pinned = post.pinned;
    out.closed = post.closed;
    out.edited = post.edited_at.map(Timestamp::rfc3339);
    Some(out)
}

/// An own post on its way to the home: under the id it has here, with this text.
pub(super) fn own_note(group: &Group, post: &Post, origin: &Iri, text: &Text, updated: Timestamp) -> Option<Note> {
    let author = Iri::parse(&post.author_uri).ok()?;
    let words = Words { content: text.html(), source: text.source(), lang: text.lang(), label: text.label() };
    let mut out = note(origin, &author, &words);
    out.post.to = vec![group.uri.clone()];
    out.post.audience = Some(group.uri.clone());
    out.post.in_reply_to.clone_from(&post.parent_uri);
    out.post.published = Some(post.created_at);
    out.post.updated = Some(updated);
    out.post.replaces.clone_from(&post.replaces);
    Some(out)
}

fn to_home<O: Part>(here: &Here, group: &Iri, verb: Verb, actor: Iri, object: O) -> Act<O> {
    let mut act = Act::new(here.activity_uri(), verb, actor, object).to([group.clone()]);
    act.audience = Some(group.clone());
    act
}

/// `Create` to the home, with the version of the group that its writer was shown: the home gives it to no house that came later.
pub(super) fn create(here: &Here, group: &Group, note: Note) -> Outbound<Act<Note>> {
    let note = Note { shared_seen: Some(group.updated_at.rfc3339()), ..note };
    Outbound::new(to_home(here, &group.uri, Verb::Create, note.post.attributed_to.clone(), note))
}

/// `Update` to the home.
pub(super) fn update(here: &Here, group: &Group, note: Note) -> Outbound<Act<Note>> {
    Outbound::new(to_home(here, &group.uri, Verb::Update, note.post.attributed_to.clone(), note))
}

/// `Delete` to the home: of an own post, or by a moderator with rule and reason.
pub(super) fn delete(here: &Here, group: &Iri, actor: &Iri, object: &Iri, summary: &str) -> Outbound<Act<Iri>> {
    let mut act = to_home(here, group, Verb::Delete, actor.clone(), object.clone());
    act.summary = (!summary.is_empty()).then(|| summary.to_owned());
    Outbound::new(act)
}

fn announce<O: Part>(here: &Here, group: &Group, inner: Act<O>) -> Outbound<Announce<O>> {
    announce_as(here.activity_uri(), group, inner)
}

fn announce_as<O: Part>(id: Iri, group: &Group, inner: Act<O>) -> Outbound<Announce<O>> {
    let followers = followers(group);
    Outbound::new(Act::new(id, Verb::Announce, group.uri.clone(), inner.to([followers.clone()])).to([followers]))
}

fn creation(note: Note) -> Act<Note> {
    // The same post always has the same Create, also when it is read again as history.
    let id = Iri::parse(&format!("{}#create", note.post.id)).unwrap_or_else(|_| note.post.id.clone());
    Act::new(id, Verb::Create, note.post.attributed_to.clone(), note)
}

/// A new post, to all, under the address that its row remembers.
pub(super) fn announce_create(id: Iri, group: &Group, note: Note) -> Outbound<Announce<Note>> {
    announce_as(id, group, creation(note))
}

/// A changed post, or changed marks, to all. Said in the name of the writer, whose post it is.
pub(super) fn announce_update(here: &Here, group: &Group, note: Note) -> Outbound<Announce<Note>> {
    announce(here, group, Act::new(here.activity_uri(), Verb::Update, note.post.attributed_to.clone(), note))
}

/// A post that is gone, to all. `writer`: its author's address; without, the group removed it.
pub(super) fn announce_delete(here: &Here, group: &Group, uri: &Iri, writer: Option<&str>) -> Outbound<Announce<Iri>> {
    let actor = writer.and_then(|writer| Iri::parse(writer).ok()).unwrap_or_else(|| group.uri.clone());
    announce(here, group, Act::new(here.activity_uri(), Verb::Delete, actor, uri.clone()))
}

/// A copy is asked back (groups.md row 16): the group itself says so, and nobody's wish is named.
pub(super) fn take_back(here: &Here, group: &Iri, uri: &Iri) -> Outbound<Act<Iri>> {
    let followers = group.origin().at(&format!("{}/followers", group.target()));
    Outbound::new(Act::new(here.activity_uri(), Verb::Delete, group.clone(), uri.clone()).to([followers]))
}

/// What the home answers to a guest's house.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer<'a> {
    /// The activity that is answered.
    pub to: Option<&'a Iri>,
    /// The address the post has at the home.
    pub result: Option<&'a Iri>,
    /// Partners told and confirmed.
    pub figures: Option<(i64, i64)>,
}

/// Yes: taken, changed, deleted.
pub(super) fn accept(here: &Here, group: &Group, answered: &Iri, answer: Answer<'_>) -> Outbound<Act<Iri>> {
    let mut act = Act::new(here.activity_uri(), Verb::Accept, group.uri.clone(), answered.clone()).to(answer.to.cloned());
    act.result = answer.result.cloned();
    let small = |count: i64| u32::try_from(count).unwrap_or(0);
    act.told = answer.figures.map(|(told, _)| small(told));
    act.confirmed = answer.figures.map(|(_, confirmed)| small(confirmed));
    Outbound::new(act)
}

/// No, with a code that the other house says in its reader's language, and a sentence for those who do not know it.
pub(super) fn reject(here: &Here, group: &Group, answered: &Iri, to: Option<&Iri>, (code, summary): (&str, &str)) -> Outbound<Act<Iri>> {
    let mut act = Act::new(here.activity_uri(), Verb::Reject, group.uri.clone(), answered.clone()).to(to.cloned());
    act.summary = Some(summary.to_owned());
    act.outcome = Some(code.to_owned());
    Outbound::new(act)
}

/// The receipt, to who said it: this instance has done what the activity said.
pub(super) fn receipt(here: &Here, instance: &Iri, to: &Iri, done: &Iri) -> Outbound<Act<Iri>> {
    Outbound::new(Act::new(here.activity_uri(), Verb::Accept, instance.clone(), done.clone()).to([to.clone()]))
}

/// A post read again by a partner that holds it: the same Announce under the same address.
pub(super) fn history(group: &Group, announce: Iri, note: Note) -> Announce<Note> {
    let followers = followers(group);
    Act::new(announce, Verb::Announce, group.uri.clone(), creation(note).to([followers.clone()])).to([followers])
}

/// A page of history.
pub(super) type HistoryPage = PageOut<Announce<Note>>;

/// What is left of a deleted post.
pub(super) fn tombstone(uri: Iri) -> TombstoneOut {
    TombstoneOut::new(uri)
}

/// A post that came in, with its text cleaned and checked.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub uri: Iri,
    pub text: Text,
    pub in_reply_to: Option<Iri>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub edited: Option<Timestamp>,
    pub pinned: bool,
    pub closed: bool,
    pub replaces: Option<Iri>,
}

/// Reads a Note: our Markdown when it is there, else the HTML, cleaned.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn incoming(object: &Object) -> Result<Incoming, TextProblem> {
    let markdown = object.source.as_ref().filter(|(media_type, _)| media_type.starts_with("text/markdown")).map(|(_, text)| text.as_str());
    let mapped = object.content_map.first();
    let content = object.content.as_deref().or(mapped.map(|(_, text)| text.as_str())).unwrap_or_default();
    let lang = object.language.as_deref().or(mapped.map(|(tag, _)| tag.as_str())).unwrap_or_default();
    let label = object.haven.label.as_deref().unwrap_or_default();
    Ok(Incoming {
        uri: object.id.clone(),
        text: Text::sent(markdown, content, lang, label)?,
        in_reply_to: object.in_reply_to.clone(),
        published: object.published,
        updated: object.updated.or(object.published),
        edited: object.haven.edited,
        pinned: object.haven.pinned,
        closed: object.haven.closed,
        replaces: object.haven.replaces.clone(),
    })
}

/// A reason that came in: the code when it is one that we have words for, else the sentence, plain and bounded.
pub(super) fn reason(outcome: Option<&str>, summary: Option<&str>) -> String {
    match outcome.filter(|code| REFUSALS.contains(code)) {
        Some(code) => code.to_owned(),
        None => summary.map(reason_of).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Id, Origin};
    use crate::features::groups::{JoinRule, Reach};
    use crate::features::posts::post::State;
    use crate::federation::activity::{self, Embedded, Limits};
    use crate::testing::chance::SeededChance;

    fn here() -> Here {
        let origin = Origin::parse("https://a.example").unwrap();
        Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SeededChance::new(1)), origin, Arc::default())
    }

    fn group() -> Group {
        let now = here().now;
        Group {
            id: here().id(),
            uri: Iri::parse("https://a.example/g/coffee").unwrap(),
            home: None,
            name: "Morning coffee".to_owned(),
            purpose: String::new(),
            purpose_html: SafeHtml::default(),
            rules: Vec::new(),
            hours: None,
            language: String::new(),
            host_name: String::new(),
            join: JoinRule::Open,
            reach: Reach::Partners,
            listed: true,
            archived_at: None,
            ended_at: None,
            shared_with: Vec::new(),
            list_version: 1,
            shared_with_changed_at: None,
            founded_at: now,
            updated_at: now,
        }
    }

    fn post() -> Post {
        let here = here();
        let text = Text::typed("Hello *you*", "nl", "Walks").unwrap();
        let id: Id = here.id();
        Post {
            group: group().id,
            author: here.id(),
            author_name: "Fern".to_owned(),
            author_uri: "https://a.example/p/guest".to_owned(),
            uri: Some(Iri::parse("https://a.example/o/one").unwrap()),
            origin_uri: Some(Iri::parse("https://b.example/o/secret").unwrap()),
            create_uri: Some(Iri::parse("https://b.example/a/secret").unwrap()),
            parent: None,
            parent_uri: None,
            root: id.clone(),
            replaces: Some(Iri::parse("https://a.example/o/old").unwrap()),
            source: text.source().to_owned(),
            html: text.html().clone(),
            lang: text.lang().to_owned(),
            label: text.label().to_owned(),
            state: State::Posted,
            reason: String::new(),
            audience: None,
            readers: Vec::new(),
            created_at: here.now,
            updated_at: here.now,
            origin_updated_at: here.now,
            edited_at: Some(here.now),
            undo_until: None,
            pinned: true,
            closed: false,
            told: 0,
            confirmed: 0,
            change_uri: None,
            answer: None,
            edit: None,
            id,
        }
    }

    #[test]
    fn an_announced_post_looks_like_this() {
        let sealed = announce_create(here().activity_uri(), &group(), note_of(&group(), &post(), None).unwrap()).seal();
        let json: serde_json::Value = serde_json::from_str(sealed.as_str()).unwrap();
        insta::assert_json_snapshot!(json, {".id" => "[id]"});
    }

    #[test]
    fn what_is_said_is_what_is_read() {
        let sealed = announce_create(here().activity_uri(), &group(), note_of(&group(), &post(), None).unwrap()).seal();
        assert!(!sealed.as_str().contains("secret"), "what the writer's house calls it stays here");
        let read = activity::read(sealed.as_str().as_bytes(), &Limits::PARTNER).unwrap();
        let object = read.own_activity().and_then(|inner| inner.own_object()).unwrap();
        let incoming = incoming(object).unwrap();
        assert_eq!((incoming.text.source(), incoming.text.lang(), incoming.text.label()), ("Hello *you*", "nl", "Walks"));
        assert_eq!((incoming.pinned, incoming.closed, incoming.edited), (true, false, Some(here().now)));
        assert_eq!(incoming.replaces, post().replaces);
        assert_eq!((incoming.published, incoming.updated), (Some(here().now), Some(here().now)));
    }

    #[test]
    fn answers_and_ends_are_read_back() {
        let (here, group) = (here(), group());
        let uri = Iri::parse("https://a.example/o/one").unwrap();
        let read = |sealed: activity::Sealed| activity::read(sealed.as_str().as_bytes(), &Limits::PARTNER).unwrap();
        let gone = read(announce_delete(&here, &group, &uri, None).seal());
        assert_eq!(
            gone.own_activity().map(|inner| (&inner.actor, inner.object.clone())),
            Some((&group.uri, Some(Embedded::Ref(uri.clone()))))
        );
        let asked = Iri::parse("https://b.example/a/1").unwrap();
        let yes = read(accept(&here, &group, &asked, Answer { figures: Some((2, 1)), result: Some(&uri), to: None }).seal());
        assert_eq!((yes.haven.told, yes.haven.confirmed, yes.result.as_ref()), (Some(2), Some(1), Some(&uri)));
        let no = read(reject(&here, &group, &asked, None, ("closed", "the thread is closed")).seal());
        assert_eq!(reason(no.haven.outcome.as_deref(), no.summary.as_deref()), "closed");
        assert_eq!(reason(Some("removed"), Some("Rule 3")), "Rule 3");
        assert_eq!(reason(Some("<b>"), Some("in words")), "in words");
    }

    #[test]
    fn html_of_others_is_cleaned_and_an_unknown_language_is_none() {
        let note = serde_json::json!({"id": "https://c.example/o/1", "type": "Note", "attributedTo": "https://c.example/p/1",
            "content": "<p onclick='x'>Hi<script>y</script></p>"});
        let object = activity::read_object(note.to_string().as_bytes(), &Limits::PARTNER).unwrap();
        let incoming = incoming(&object).unwrap();
        assert_eq!((incoming.text.source(), incoming.text.lang()), ("Hi", "und"));
        assert!(!incoming.text.html().as_str().contains("onclick"));
    }
}
