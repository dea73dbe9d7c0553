//! Reports and worries on the wire (groups.md rows 10 and 11): pure, from values to closed structs and back.
//!
//! ```text
//! any house → home          Flag {actor our instance, object [the home's id], summary category, content}
//! any house → home or house Flag {…, haven:worry: true, published}; the home hands it on under the id of the writer's house
//! writer's house → home     Flag {…, summary "appeal"}: the writer of a removed post asks somebody else to look
//! back                      Accept {actor their instance, object the Flag}: a person took it
//!                           Accept {…, haven:outcome}: closed · Reject {…, summary, haven:outcome "nobody"}: nobody on shift
//! ```
//! The actor is always an instance: nobody who reported is named, by address, name or signature. What came in is reduced to
//! plain text before anybody reads it; handing a worry on writes that text anew.

use crate::base::html::{self, SafeHtml};
use crate::base::{Iri, Timestamp};
use crate::federation::activity::{Act, Activity, Objects, Outbound, Verb};
use crate::federation::here::Here;
use crate::federation::partners::Partner;

use super::case::{Category, Kind, MAX_WORDS, Outcome, Status};

/// `haven:outcome` of a Reject: there is no person now.
const NOBODY: &str = "nobody";
/// The same as a sentence, for software that does not know the term.
const NOBODY_ON_SHIFT: &str = "nobody on shift";

/// What was told, without who told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub kind: Kind,
    /// What the person sees.
    pub category: Category,
    /// In their words; plain text.
    pub words: String,
    /// When; known of worries, where time counts.
    pub said_at: Option<Timestamp>,
}

/// Words as they are kept and sent: plain text, bounded, no control characters but line ends.
pub fn words_of(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).take(MAX_WORDS).collect();
    kept.trim().to_owned()
}

/// Plain text as a paragraph.
fn paragraph(text: &str) -> SafeHtml {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    html::clean(&format!("<p>{}</p>", escaped.replace('\n', "<br>")))
}

/// Tells another house. `ours` and `theirs` are instance actors.
pub fn flag(here: &Here, (ours, theirs): (&Iri, &Iri), object: &Iri, told: &Told) -> Outbound<Act<Objects>> {
    let mut act = Act::new(here.activity_uri(), Verb::Flag, ours.clone(), Objects(vec![object.clone()])).to([theirs.clone()]);
    act.summary = Some(told.category.as_str().to_owned());
    act.content = (!told.words.is_empty()).then(|| paragraph(&told.words));
    act.worry = told.kind == Kind::Worry;
    act.published = told.said_at.filter(|_| act.worry);
    Outbound::new(act)
}

/// Says what became of a Flag. `Sent` says nothing.
pub fn answer(
    here: &Here,
    (ours, theirs): (&Iri, &Iri),
    flag: &Iri,
    status: Status,
    outcome: Option<Outcome>,
) -> Option<Outbound<Act<Iri>>> {
    let verb = match status {
        Status::Sent => return None,
        Status::Nobody => Verb::Reject,
        Status::Taken | Status::Closed => Verb::Accept,
    };
    let mut act = Act::new(here.activity_uri(), verb, ours.clone(), flag.clone()).to([theirs.clone()]);
    match status {
        Status::Nobody => {
            act.summary = Some(NOBODY_ON_SHIFT.to_owned());
            act.outcome = Some(NOBODY.to_owned());
        }
        Status::Closed => act.outcome = Some(outcome.unwrap_or(Outcome::NoAction).as_str().to_owned()),
        Status::Sent | Status::Taken => {}
    }
    Some(Outbound::new(act))
}

/// What a Flag says.
pub fn told(activity: &Activity) -> Told {
    let said = activity.summary.as_deref().and_then(Category::parse);
    let kind = match said {
        _ if activity.haven.worry => Kind::Worry,
        Some(Category::Appeal) => Kind::Appeal,
        _ => Kind::Report,
    };
    let category = said.filter(|category| kind.categories().contains(category)).unwrap_or(match kind {
        Kind::Worry => Category::Risk,
        Kind::Appeal => Category::Appeal,
        Kind::Report => Category::Other,
    });
    let content = activity.content.as_deref().map(html::clean).map(|content| html::plain_text(&content)).unwrap_or_default();
    Told { kind, category, words: words_of(&content), said_at: activity.published.filter(|_| kind == Kind::Worry) }
}

/// What an answer says about a Flag of ours.
pub fn news(activity: &Activity) -> (Status, Option<Outcome>) {
    match (activity.verb, activity.haven.outcome.as_deref()) {
        (Verb::Reject, _) => (Status::Nobody, None),
        (_, Some(code)) => (Status::Closed, Some(Outcome::parse(code).unwrap_or(Outcome::NoAction))),
        (_, None) => (Status::Taken, None),
    }
}

/// The instance actor of a house.
pub fn instance_of(partner: &Partner) -> Iri {
    partner.actor_uri.clone().unwrap_or_else(|| partner.origin.at("/actor"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Origin, SystemChance};
    use crate::federation::Sequence;
    use crate::federation::activity::{self, Limits, Sealed};

    fn here() -> Here {
        let origin = Origin::parse("https://b.example").unwrap();
        Here::new(Timestamp::from_seconds(1_770_000_000), Arc::new(SystemChance), origin, Arc::new(Sequence::default()))
    }

    fn iri(text: &str) -> Iri {
        Iri::parse(text).unwrap()
    }

    fn instances() -> (Iri, Iri) {
        (iri("https://b.example/actor"), iri("https://a.example/actor"))
    }

    fn worry() -> Told {
        let words = "Sounds <very> lonely.\nTonight too.".to_owned();
        Told { kind: Kind::Worry, category: Category::Feelings, words, said_at: Some(Timestamp::from_seconds(1_770_000_000)) }
    }

    fn shown(sealed: &Sealed) -> serde_json::Value {
        serde_json::from_str(sealed.as_str()).unwrap()
    }

    fn read(sealed: &Sealed) -> Activity {
        activity::read(sealed.as_str().as_bytes(), &Limits::PARTNER).unwrap()
    }

    #[test]
    fn reports_and_answers_look_like_this() {
        let (ours, theirs) = instances();
        let post = iri("https://a.example/o/one");
        let report = Told { kind: Kind::Report, category: Category::Method, words: "Too much detail.".to_owned(), said_at: None };
        let asked = iri("https://a.example/a/flag");
        let say = |status, outcome| answer(&here(), (&ours, &theirs), &asked, status, outcome).unwrap().seal();
        insta::assert_json_snapshot!("flag", shown(&flag(&here(), (&ours, &theirs), &post, &report).seal()), {".id" => "[id]"});
        insta::assert_json_snapshot!("worry", shown(&flag(&here(), (&ours, &theirs), &post, &worry()).seal()), {".id" => "[id]"});
        insta::assert_json_snapshot!("taken", shown(&say(Status::Taken, None)), {".id" => "[id]"});
        insta::assert_json_snapshot!("closed", shown(&say(Status::Closed, Some(Outcome::Removed))), {".id" => "[id]"});
        insta::assert_json_snapshot!("nobody", shown(&say(Status::Nobody, None)), {".id" => "[id]"});
        assert!(answer(&here(), (&ours, &theirs), &asked, Status::Sent, None).is_none());
    }

    #[test]
    fn what_is_said_is_what_is_read() {
        let (ours, theirs) = instances();
        let sealed = flag(&here(), (&ours, &theirs), &iri("https://a.example/o/one"), &worry()).seal();
        let heard = read(&sealed);
        assert_eq!(told(&heard), worry());
        assert_eq!(heard.objects, vec![iri("https://a.example/o/one")]);
        for (status, outcome) in
            [(Status::Taken, None), (Status::Nobody, None), (Status::Closed, Some(Outcome::Talked)), (Status::Closed, Some(Outcome::Again))]
        {
            let sealed = answer(&here(), (&ours, &theirs), &iri("https://a.example/a/1"), status, outcome).unwrap().seal();
            assert_eq!(news(&read(&sealed)), (status, outcome));
        }
    }

    #[test]
    fn a_flag_of_other_software_is_a_report_in_plain_text() {
        let flag = serde_json::json!({"id": "https://m.example/a/1", "type": "Flag", "actor": "https://m.example/actor",
            "object": ["https://a.example/p/x", "https://a.example/o/one"], "content": "<b>Bad</b><script>x</script>", "summary": "feelings"});
        let heard = activity::read(flag.to_string().as_bytes(), &Limits::PARTNER).unwrap();
        assert_eq!(told(&heard), Told { kind: Kind::Report, category: Category::Other, words: "Bad".to_owned(), said_at: None });
        let long = words_of(&format!("a\u{0}\r\nb{}", "x".repeat(5_000)));
        assert!(long.starts_with("a\nb") && long.chars().count() == MAX_WORDS);
    }
}
