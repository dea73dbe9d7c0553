//! Every file of the corpus of real payloads through the reader. The corpus lies outside the repository (`HAVEN_SHARED`, else
//! `../shared`); where it is absent, one line says so.

use serde::Deserialize;

use super::*;
use crate::base::html;

#[derive(Deserialize)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    kind: String,
    expect: String,
}

/// Files that the manifest accepts and we refuse on purpose.
const REFUSED: [(&str, &str); 12] = [
    ("fedify/announce.json", "nobody does it"),
    ("fedify/person-multikey.json", "no inbox: not an actor for us (protocol §2)"),
    ("fedify/person-remote-bob.json", "no inbox: not an actor for us (protocol §2)"),
    ("firefish/hashtag.json", "a link, not a thing of its own"),
    ("gotosocial/own-key-stub.json", "no inbox: it leads to its key, see `a_key_may_answer_with_its_owner`"),
    ("granary/", "ids are tag: names or absent; only addresses count"),
    ("lemmy/activity-update-community.json", "a moderator elsewhere: decided by the group's rows, not by what is embedded"),
    ("misskey/like-misskey-reaction.json", "the id is on another origin than the actor (protocol §5)"),
    ("mitra/create-note-object-link.json", "no id"),
    ("mobilizon/accept-join.json", "the id is on another origin than the actor (protocol §5)"),
    ("nodeinfo/wp-event-federation.json", "an index, not a document"),
    ("pixelfed/note-image.json", "the writer is on another origin than the text (protocol §5)"),
];

/// What a reader has to say about one file.
struct Reading {
    /// Everything that was read, as text; to look for U+0000.
    seen: String,
    /// Texts that will be shown as HTML.
    html: Vec<String>,
    /// Whether it would have an effect.
    effect: bool,
}

fn reading_of_object(object: &Object) -> Reading {
    let mut html: Vec<String> = object.content.iter().chain(&object.summary).chain(&object.name).cloned().collect();
    html.extend(object.content_map.iter().map(|(_, text)| text.clone()));
    Reading { seen: format!("{object:?}"), html, effect: true }
}

fn reading_of_activity(activity: &Activity) -> Reading {
    let mut html: Vec<String> = activity.content.iter().chain(&activity.summary).cloned().collect();
    let mut object = activity.own_object();
    if let Some(inner) = activity.own_activity() {
        html.extend(inner.content.iter().chain(&inner.summary).cloned());
        object = inner.own_object();
    }
    html.extend(object.into_iter().flat_map(|object| reading_of_object(object).html));
    // A new or changed text that is not the sender's own has become an address; one on the sender's origin can still be fetched.
    let writes = matches!(activity.verb, Verb::Create | Verb::Update);
    let near = activity.object_id().is_some_and(|id| id.origin() == activity.actor.origin());
    let effect = !writes || near;
    Reading { seen: format!("{activity:?}"), html, effect }
}

fn read_one(kind: &str, bytes: &[u8], limits: &Limits) -> Result<Reading, ReadError> {
    let plain = |seen: String| Reading { seen, html: Vec::new(), effect: true };
    match kind {
        "activity" => read(bytes, limits).map(|activity| reading_of_activity(&activity)),
        "actor" => read_actor(bytes, limits).map(|actor| Reading {
            html: actor.summary.iter().chain(&actor.name).cloned().collect(),
            effect: actor.inbox.is_some(),
            seen: format!("{actor:?}"),
        }),
        "collection" => read_collection(bytes, limits).map(|collection| plain(format!("{collection:?}"))),
        "webfinger" => read_webfinger(bytes, limits)
            .map(|found| Reading { effect: found.links.iter().any(|link| link.href.is_some()), ..plain(format!("{found:?}")) }),
        "nodeinfo" => read_nodeinfo(bytes, limits).map(|info| Reading { effect: info.software.is_some(), ..plain(format!("{info:?}")) }),
        "nodeinfo-index" => {
            read_nodeinfo_index(bytes, limits).map(|index| Reading { effect: index.newest().is_some(), ..plain(format!("{index:?}")) })
        }
        "key" => read_key(bytes, limits).map(|key| plain(format!("{key:?}"))),
        _ => read_object(bytes, limits).map(|object| reading_of_object(&object)),
    }
}

/// Refusals that a file which only has to be *parsed* may get: it is a fragment, without an address or an owner of its own.
const fn is_fragment(error: ReadError) -> bool {
    matches!(
        error,
        ReadError::NoId | ReadError::NoType | ReadError::NoActor | ReadError::OtherKind | ReadError::NotAnObject | ReadError::ForeignId
    )
}

#[test]
fn every_file_is_read_as_the_manifest_expects() {
    let Some(folder) = crate::testing::corpus() else { return };
    let manifest: Manifest = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let (mut wrong, mut used, mut seen) = (Vec::new(), std::collections::BTreeSet::new(), 0);
    for entry in &manifest.files {
        let bytes = std::fs::read(folder.join(&entry.file)).unwrap();
        let read = read_one(&entry.kind, &bytes, &Limits::PARTNER);
        let refused = REFUSED.iter().find(|(file, _)| entry.file.starts_with(file));
        let fine = match (entry.expect.as_str(), &read) {
            ("accept", Ok(reading)) if reading.effect => true,
            // What is refused on purpose is refused: a line that no file needs any more is taken out.
            ("accept", _) => refused.is_some_and(|(file, _)| used.insert(*file) || used.contains(file)),
            ("parse", Err(error)) => is_fragment(*error),
            // What only a signature or a proof gives away cannot be seen here.
            ("reject", Ok(reading)) => !reading.effect || entry.file.contains("8b32"),
            ("parse" | "reject" | "any" | "ignore", _) => true,
            _ => false,
        };
        seen += 1;
        if !fine {
            wrong.push(format!("{} ({} {}): {:?}", entry.file, entry.kind, entry.expect, read.as_ref().map(|reading| reading.effect)));
        }
        if let Ok(reading) = &read {
            assert!(!reading.seen.contains("\\0") && !reading.seen.contains('\0'), "{}", entry.file);
            for text in &reading.html {
                is_inert(&entry.file, html::clean(text).as_str());
            }
        }
    }
    assert_eq!(seen, manifest.files.len());
    let idle: Vec<_> = REFUSED.iter().filter(|(file, _)| !used.contains(file)).collect();
    assert!(idle.is_empty(), "no file is refused any more by {idle:?}");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Only listed elements, only listed attributes, only listed schemes.
fn is_inert(file: &str, html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let end = tag.find('>').unwrap_or_else(|| panic!("{file}: an open tag"));
        let (tag, after) = tag.split_at(end);
        rest = after;
        let mut words = tag.trim_start_matches('/').splitn(2, ' ');
        let name = words.next().unwrap();
        let listed = ["a", "b", "blockquote", "br", "code", "del", "em", "hr", "i", "li", "ol", "p", "pre", "rp", "rt", "ruby", "s"];
        assert!(listed.contains(&name) || ["strong", "sub", "sup", "u", "ul"].contains(&name), "{file}: {name}");
        if let Some(attributes) = words.next() {
            let address = ["href=\"https://", "href=\"http://", "href=\"mailto:", "rel=\"nofollow noopener ugc\"", "start=\""];
            assert!(address.iter().any(|start| attributes.starts_with(start)), "{file}: {attributes}");
            assert_eq!(
                attributes.matches("=\"").count() - attributes.matches("rel=\"").count(),
                usize::from(!attributes.starts_with("rel"))
            );
        }
    }
}
