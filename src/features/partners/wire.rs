//! Agreements and their test on the wire, between two instance actors: what is offered, what is accepted, and a canary that
//! no person sees. Pure, from closed structs.

use serde::Serialize;

use crate::base::html::SafeHtml;
use crate::base::{Iri, html};
use crate::federation::Here;
use crate::federation::activity::{Agreement, NoteOut, Outbound, Part, Shape, Verb};

/// Something one instance says to another about their partnership.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said<O> {
    id: Iri,
    #[serde(rename = "type")]
    verb: Verb,
    actor: Iri,
    to: Vec<Iri>,
    object: O,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(rename = "haven:agreement", skip_serializing_if = "Option::is_none")]
    agreement: Option<Agreement>,
    #[serde(rename = "haven:accepts", skip_serializing_if = "Option::is_none")]
    accepts: Option<String>,
    #[serde(rename = "haven:canary", skip_serializing_if = "std::ops::Not::not")]
    canary: bool,
    #[serde(rename = "haven:outcome", skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
}

impl<O: Part> Part for Said<O> {
    const TERMS: &'static [(&'static str, &'static str)] = O::TERMS;
}

impl<O: Part> Shape for Said<O> {
    fn id(&self) -> &Iri {
        &self.id
    }

    fn verb(&self) -> Verb {
        self.verb
    }
}

/// The two instance actors.
#[derive(Clone, Copy)]
pub struct Ends<'a> {
    /// Ours.
    pub ours: &'a Iri,
    /// Theirs.
    pub theirs: &'a Iri,
}

fn say<O: Part>(here: &Here, ends: Ends<'_>, verb: Verb, object: O) -> Said<O> {
    Said {
        id: here.activity_uri(),
        verb,
        actor: ends.ours.clone(),
        to: vec![ends.theirs.clone()],
        object,
        summary: None,
        agreement: None,
        accepts: None,
        canary: false,
        outcome: None,
    }
}

/// We would like to be partners, on these terms.
pub fn offer(here: &Here, ends: Ends<'_>, agreement: Agreement) -> Outbound<Said<Iri>> {
    Outbound::new(Said { agreement: Some(agreement), ..say(here, ends, Verb::Offer, ends.ours.clone()) })
}

/// We agree to exactly this version of an offer; what we declare of ourselves goes along.
pub fn accept(here: &Here, ends: Ends<'_>, offer: &Iri, hash: &str, agreement: Agreement) -> Outbound<Said<Iri>> {
    let said = say(here, ends, Verb::Accept, offer.clone());
    Outbound::new(Said { accepts: Some(hash.to_owned()), agreement: Some(agreement), ..said })
}

/// We do not agree, and why.
pub fn decline(here: &Here, ends: Ends<'_>, offer: &Iri, words: &str) -> Outbound<Said<Iri>> {
    Outbound::new(Said { summary: said(words), ..say(here, ends, Verb::Reject, offer.clone()) })
}

/// It is over, and perhaps why. We take back ourselves, which is what the other side knows of us whatever became of an offer.
pub fn over(here: &Here, ends: Ends<'_>, words: &str) -> Outbound<Said<Iri>> {
    Outbound::new(Said { summary: said(words), ..say(here, ends, Verb::Undo, ends.ours.clone()) })
}

fn said(words: &str) -> Option<String> {
    (!words.is_empty()).then(|| words.to_owned())
}

fn note(uri: &Iri, ends: Ends<'_>, text: &str) -> NoteOut {
    let mut note = NoteOut::new(uri.clone(), ends.ours.clone(), content(text));
    note.to = vec![ends.theirs.clone()];
    note
}

/// A canary's text as it goes out; letters and digits only.
fn content(text: &str) -> SafeHtml {
    html::clean(text)
}

/// The three steps of a test: a post, its edit, its erasure.
pub fn canary_post(here: &Here, ends: Ends<'_>, uri: &Iri, text: &str) -> Outbound<Said<NoteOut>> {
    Outbound::new(Said { canary: true, ..say(here, ends, Verb::Create, note(uri, ends, text)) })
}

/// See [`canary_post`].
pub fn canary_edit(here: &Here, ends: Ends<'_>, uri: &Iri, text: &str) -> Outbound<Said<NoteOut>> {
    let mut changed = note(uri, ends, text);
    changed.updated = Some(here.now);
    Outbound::new(Said { canary: true, ..say(here, ends, Verb::Update, changed) })
}

/// See [`canary_post`].
pub fn canary_erase(here: &Here, ends: Ends<'_>, uri: &Iri) -> Outbound<Said<Iri>> {
    Outbound::new(Said { canary: true, ..say(here, ends, Verb::Delete, uri.clone()) })
}

/// The receipt of a step: what is held now.
pub fn canary_receipt(here: &Here, ends: Ends<'_>, answered: &Iri, held: &str) -> Outbound<Said<Iri>> {
    Outbound::new(Said { canary: true, outcome: Some(held.to_owned()), ..say(here, ends, Verb::Accept, answered.clone()) })
}

/// A canary's text as it came in: letters and digits, bounded.
pub fn canary_text(content: Option<&str>) -> String {
    html::one_line(&html::plain_text(&html::clean(content.unwrap_or_default())), 200)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Origin, Timestamp};
    use crate::features::partners::agreement::{Terms, document, hash};
    use crate::federation::Sequence;
    use crate::federation::activity::{self, Limits};
    use crate::federation::declaration::Declaration;
    use crate::testing::chance::SeededChance;

    #[test]
    fn what_is_said_is_what_is_read() {
        let origin = Origin::parse("https://a.example").unwrap();
        let here = Here::new(Timestamp::from_millis(7_000), Arc::new(SeededChance::new(1)), origin.clone(), Arc::new(Sequence::default()));
        let (ours, theirs) = (origin.at("/actor"), Iri::parse("https://b.example/actor").unwrap());
        let ends = Ends { ours: &ours, theirs: &theirs };
        let read = |sealed: activity::Sealed| activity::read(sealed.as_str().as_bytes(), &Limits::PARTNER).unwrap();
        let sent = document(&Terms::default(), &Declaration::installed());
        let offered = read(offer(&here, ends, sent.clone()).seal());
        assert_eq!(offered.haven.agreement.as_deref().map(|said| hash(&origin, said)), Some(hash(&origin, &sent)));
        let accepted = read(accept(&here, ends, &theirs, "abc", sent).seal());
        assert_eq!(accepted.haven.accepts.as_deref(), Some("abc"));
        let uri = here.object_uri(&here.id());
        let post = read(canary_post(&here, ends, &uri, "k7w2").seal());
        assert!(post.haven.canary && post.own_object().is_some_and(|note| canary_text(note.content.as_deref()) == "k7w2"));
        let receipt = read(canary_receipt(&here, ends, &theirs, "gone").seal());
        assert_eq!((receipt.haven.canary, receipt.haven.outcome.as_deref()), (true, Some("gone")));
        let ended = read(over(&here, ends, "We close our house.").seal());
        assert_eq!(ended.summary.as_deref(), Some("We close our house."));
    }
}
