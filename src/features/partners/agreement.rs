//! What an agreement is: the terms that both sides name alike, the stages on the way to it, and the hash by which one side
//! says which version it accepts. Plain values and pure rules.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::base::{Iri, Origin, Timestamp, html};
use crate::federation::activity::Agreement;
use crate::federation::declaration::{Declaration, Role};
use crate::federation::partners::Flows;

/// Version of the terms that this program speaks.
const VERSION: u64 = 1;
/// Longest purpose, in characters.
pub const MAX_PURPOSE: usize = 2_000;
/// Longest other text of a declaration, in characters.
pub const MAX_TEXT: usize = 200;
/// Longest sentence that goes along with a no or an end, in characters.
pub const MAX_SAID: usize = 300;

/// How far the way to an agreement went. The state of the partnership (who may send what) is on the floor below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// One side, or both, have offered.
    Proposed,
    /// Both said yes to the same terms.
    Agreed,
    /// The test came to a good end.
    Tested,
}

impl Stage {
    /// As stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Agreed => "agreed",
            Self::Tested => "tested",
        }
    }

    /// Reads the stored form; anything unknown is the earliest.
    pub fn parse(text: &str) -> Self {
        [Self::Agreed, Self::Tested].into_iter().find(|stage| stage.as_str() == text).unwrap_or(Self::Proposed)
    }
}

/// The part of an agreement that both sides name alike. What each says of itself is its declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Version of the words.
    pub version: u64,
    /// What may flow.
    pub flows: Flows,
    /// The day it is over.
    pub expires: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u64,
    groups: bool,
    media: bool,
    directory: bool,
    expires: Option<i64>,
}

impl Default for Terms {
    /// The standard agreement: who names another house by name alone says yes to this.
    fn default() -> Self {
        Self { version: VERSION, flows: Flows::default(), expires: None }
    }
}

impl Terms {
    /// As stored.
    pub fn as_text(&self) -> String {
        let Flows { groups, media, directory } = self.flows;
        let stored = Stored { version: self.version, groups, media, directory, expires: self.expires.map(Timestamp::millis) };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// What both allow. Both sides of a crossing come to the same.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let flows = Flows {
            groups: self.flows.groups && other.flows.groups,
            media: self.flows.media && other.flows.media,
            directory: self.flows.directory && other.flows.directory,
        };
        let expires = [self.expires, other.expires].into_iter().flatten().min();
        Self { version: self.version.min(other.version), flows, expires }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        let Stored { version, groups, media, directory, expires } = serde_json::from_str(text).ok()?;
        Some(Self { version, flows: Flows { groups, media, directory }, expires: expires.map(Timestamp::from_millis) })
    }
}

/// What goes over the wire: terms, and what the sayer declares of itself.
pub fn document(terms: &Terms, declared: &Declaration) -> Agreement {
    let Flows { groups, media, directory } = terms.flows;
    let line = |text: &str, most| html::one_line(text, most);
    Agreement {
        version: terms.version,
        groups,
        media,
        directory,
        expires: terms.expires.map(Timestamp::rfc3339).unwrap_or_default(),
        purpose: line(&declared.purpose, MAX_PURPOSE),
        role: declared.role.as_str().to_owned(),
        retention_days: u64::try_from(declared.retention_days).unwrap_or(0).min(36_500),
        country: line(&declared.country, 2),
        contact: line(&declared.contact, MAX_TEXT),
        hours: line(&declared.hours, MAX_TEXT),
        worry_contact: line(&declared.worry_contact, MAX_TEXT),
        confirmed: declared.confirmed_at.is_some(),
    }
}

/// Reads what came over the wire.
pub fn of_document(said: &Agreement, now: Timestamp) -> (Terms, Declaration) {
    let terms = Terms {
        version: said.version,
        flows: Flows { groups: said.groups, media: said.media, directory: said.directory },
        expires: Timestamp::parse_rfc3339(&said.expires),
    };
    let declared = Declaration {
        purpose: said.purpose.clone(),
        role: Role::parse(&said.role).unwrap_or_default(),
        retention_days: i64::try_from(said.retention_days).unwrap_or(0),
        country: said.country.clone(),
        contact: said.contact.clone(),
        hours: said.hours.clone(),
        worry_contact: said.worry_contact.clone(),
        confirmed_at: said.confirmed.then_some(now),
    };
    (terms, declared)
}

/// The hash of one version of what `origin` offers. Both sides compute it; an answer names it.
pub fn hash(origin: &Origin, said: &Agreement) -> String {
    let text = serde_json::to_string(said).unwrap_or_default();
    sha256(&format!("{origin}\n{text}"))
}

/// SHA-256 in hexadecimal.
pub fn sha256(text: &str) -> String {
    data_encoding::HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// Whether a declaration can be sent: what care R15 and I13 ask for is there.
pub fn is_complete(declared: &Declaration) -> bool {
    let said = [&declared.purpose, &declared.contact, &declared.hours, &declared.worry_contact];
    said.iter().all(|text| !text.trim().is_empty()) && declared.country.len() == 2
}

/// Which of the facts that a person here has to know of are other ones now, as codes. Who is asked about data protection is none:
/// that is a name and an address, and both change.
pub fn changed(before: &Declaration, after: &Declaration) -> Vec<&'static str> {
    let facts = [
        ("purpose", before.purpose != after.purpose),
        ("role", before.role != after.role),
        ("retention", before.retention_days != after.retention_days),
        ("country", before.country != after.country),
        ("hours", before.hours != after.hours),
        ("worry", before.worry_contact != after.worry_contact),
    ];
    facts.into_iter().filter_map(|(code, differs)| differs.then_some(code)).collect()
}

/// The hash by which a page says which declaration was looked at.
pub fn hash_of(declared: &Declaration) -> String {
    sha256(&format!("{declared:?}"))
}

/// What stands in force of two declarations: what was agreed to for purpose, role, time and place; what is true today for who can
/// be reached and when, since nobody is helped by the hours of before.
pub fn in_force(agreed: Option<Declaration>, today: Declaration) -> Declaration {
    match agreed {
        None => today,
        Some(Declaration { purpose, role, retention_days, country, .. }) => Declaration { purpose, role, retention_days, country, ..today },
    }
}

/// What is known of the agreement with one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How far it went.
    pub stage: Stage,
    /// What we offer.
    pub terms: Terms,
    /// What both said yes to.
    pub agreed: Option<Terms>,
    /// When.
    pub agreed_at: Option<Timestamp>,
    /// Their offer that waits for our answer.
    pub their_offer: Option<Iri>,
    /// Their last offer, answered or not: its end may name it.
    pub last_offer: Option<Iri>,
    /// What they offered last.
    pub their_terms: Option<Terms>,
    /// The version of it.
    pub their_hash: String,
    /// What stands in the way: `other-terms`, `changed`, `declined`, `no-terms`, or nothing.
    pub trouble: String,
    /// Their sentence with a no or with the end.
    pub said: String,
    /// Who ended it: `us`, `them`, or nobody.
    pub ended_by: String,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When the copies of their groups were erased here.
    pub erased_at: Option<Timestamp>,
    /// Pause by itself when the agreement is over.
    pub stop_when_over: bool,
    /// SHA-256 of the signed text.
    pub signed_hash: String,
    /// When the signed text was attached.
    pub signed_at: Option<Timestamp>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            stage: Stage::Proposed,
            terms: Terms::default(),
            agreed: None,
            agreed_at: None,
            their_offer: None,
            last_offer: None,
            their_terms: None,
            their_hash: String::new(),
            trouble: String::new(),
            said: String::new(),
            ended_by: String::new(),
            ended_at: None,
            erased_at: None,
            stop_when_over: false,
            signed_hash: String::new(),
            signed_at: None,
        }
    }
}

impl Record {
    /// The terms in force, or those we offer.
    pub fn in_force(&self) -> &Terms {
        self.agreed.as_ref().unwrap_or(&self.terms)
    }

    /// Whether somebody here has to answer an offer.
    pub const fn waits_for_us(&self) -> bool {
        self.their_offer.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named_and_what_was_agreed_stays_in_force() {
        let before = Declaration::installed();
        let cases: [(&[&str], Declaration); 8] = [
            (&[], before.clone()),
            (&[], Declaration { contact: "else".to_owned(), confirmed_at: Some(Timestamp::EPOCH), ..before.clone() }),
            (&["purpose"], Declaration { purpose: "else".to_owned(), ..before.clone() }),
            (&["role"], Declaration { role: Role::Joint, ..before.clone() }),
            (&["retention"], Declaration { retention_days: 9, ..before.clone() }),
            (&["country"], Declaration { country: "DK".to_owned(), ..before.clone() }),
            (&["hours"], Declaration { hours: String::new(), ..before.clone() }),
            (&["worry"], Declaration { worry_contact: "else".to_owned(), ..before.clone() }),
        ];
        for (fields, after) in cases {
            assert_eq!(changed(&before, &after), fields);
            let force = in_force(Some(before.clone()), after.clone());
            assert_eq!((&force.purpose, force.role, force.retention_days), (&before.purpose, before.role, before.retention_days));
            assert_eq!((&force.country, &force.hours, &force.worry_contact), (&before.country, &after.hours, &after.worry_contact));
            assert_eq!(in_force(None, after.clone()), after);
        }
    }

    #[test]
    fn what_is_sent_is_what_is_read_and_the_hash_notices_every_change() {
        let origin = Origin::parse("https://a.example").unwrap();
        let now = Timestamp::from_millis(1_000);
        let terms = Terms { expires: Some(Timestamp::from_seconds(1_800_000_000)), ..Terms::default() };
        let declared = Declaration { confirmed_at: Some(now), ..Declaration::installed() };
        let sent = document(&terms, &declared);
        assert_eq!(of_document(&sent, now), (terms, declared.clone()));
        assert_eq!(Terms::parse(&terms.as_text()), Some(terms));
        let first = hash(&origin, &sent);
        for other in [
            document(&Terms::default(), &declared),
            document(&terms, &Declaration { hours: "Mo 10:00-11:00".to_owned(), ..declared.clone() }),
            document(&terms, &Declaration { retention_days: 1, ..declared.clone() }),
        ] {
            assert_ne!(hash(&origin, &other), first);
        }
        assert_ne!(hash(&Origin::parse("https://b.example").unwrap(), &sent), first);
        assert!(is_complete(&declared) && !is_complete(&Declaration { worry_contact: " ".to_owned(), ..declared }));
    }
}
