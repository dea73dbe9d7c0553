//! Bringing a copy from another house along: names, notes, and the history of consents. It makes no membership, posts nothing,
//! tells nobody, and asks the old house nothing: what is in the file is all it knows. A file is checked like any stranger's word.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::copy::{FORMAT, VERSION};
use super::store::{self, NewNote};
use crate::audit::{self, By, Event, What};
use crate::base::{Id, Timestamp};
use crate::db::{DbError, Tx};
use crate::features::consents::{self, OwnConsent, Purpose};
use crate::features::personas::{self, MOST, PersonaError, PersonaName};
use crate::federation::Here;
use crate::federation::keys::KeyPair;

/// The largest file that is read.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most texts that are kept of one file.
const MOST_TEXTS: usize = 5000;
/// Longest text that is kept, in characters.
const LONGEST: usize = 40_000;
/// Most names of one file that are looked at.
const MOST_NAMES: usize = 1000;
/// Most records of consent that are kept of one file.
const MOST_CONSENTS: usize = 2000;

/// A copy as it comes in. What is not known is left out; what is missing is empty.
#[derive(Debug, Deserialize)]
pub struct Incoming {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u32,
    #[serde(default, deserialize_with = "at_most::<MOST_NAMES, _, _>")]
    personas: Vec<Name>,
    #[serde(default, deserialize_with = "at_most::<MOST_CONSENTS, _, _>")]
    consents: Vec<OwnConsent>,
    #[serde(default, deserialize_with = "at_most::<MOST_TEXTS, _, _>")]
    posts: Vec<Text>,
    #[serde(default, deserialize_with = "at_most::<MOST_TEXTS, _, _>")]
    drafts: Vec<Text>,
    #[serde(default, deserialize_with = "at_most::<MOST_TEXTS, _, _>")]
    notes: Vec<Text>,
}

/// Reads a list and keeps its first `MOST` things. The others are passed over without being built: a file of empty things would
/// otherwise weigh thirty times as much in memory as it does on the wire (threats DOS-03).
fn at_most<'de, const MOST: usize, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct First<T, const MOST: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for First<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut kept = Vec::new();
            while kept.len() < MOST {
                match list.next_element()? {
                    Some(thing) => kept.push(thing),
                    None => return Ok(kept),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(kept)
        }
    }

    deserializer.deserialize_seq(First::<T, MOST>(PhantomData))
}

#[derive(Debug, Deserialize)]
struct Name {
    #[serde(default, rename = "name")]
    called: String,
    #[serde(default)]
    retired: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(default, rename = "text")]
    words: String,
    #[serde(default, alias = "place")]
    group_name: String,
    #[serde(default)]
    language: String,
    #[serde(default, alias = "saved")]
    written: String,
}

impl Incoming {
    /// Reads a file; `None` when it is not a copy that we know.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(bytes).ok()?;
        (read.format == FORMAT && read.version == VERSION).then_some(read)
    }

    /// The texts with what each was, not more than are kept.
    fn texts(&self) -> Vec<(&'static str, &Text)> {
        let mut all = Vec::new();
        for (kind, texts) in [("post", &self.posts), ("draft", &self.drafts), ("note", &self.notes)] {
            for text in texts {
                if !text.words.trim().is_empty() && all.len() < MOST_TEXTS {
                    all.push((kind, text));
                }
            }
        }
        all
    }

    /// The names that were in use, for which keys are made beforehand.
    pub fn names(&self) -> Vec<&str> {
        self.personas.iter().filter(|name| name.retired.is_none()).map(|name| name.called.as_str()).take(MOST).collect()
    }
}

/// What was brought along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Names that are there again.
    pub names: usize,
    /// Names that somebody else has, or that cannot be used here.
    pub names_left: usize,
    /// Texts, as notes.
    pub texts: usize,
    /// Records of consent, as history.
    pub consents: usize,
}

/// Takes over what can be taken over. `keys` are fresh ones, one for each of [`Incoming::names`].
///
/// # Errors
/// Database trouble.
pub async fn bring(
    tx: &mut Tx,
    here: &Here,
    account: &Id,
    (incoming, keys): (&Incoming, &[KeyPair]),
    by: By<'_>,
) -> Result<Brought, DbError> {
    let mut brought = Brought::default();
    for (name, key) in incoming.names().into_iter().zip(keys) {
        match name_again(tx, here, account, name, key).await? {
            Some(true) => brought.names += 1,
            Some(false) => brought.names_left += 1,
            None => {}
        }
    }
    for (kind, text) in incoming.texts() {
        let bounded = |text: &str, most: usize| -> String { text.chars().filter(|c| *c != '\0').take(most).collect() };
        let (words, place, lang) = (bounded(&text.words, LONGEST), bounded(&text.group_name, 200), bounded(&text.language, 35));
        let written = Timestamp::parse_rfc3339(&text.written).unwrap_or(Timestamp::EPOCH).min(here.now);
        let note = NewNote { kind, place: &place, text: &words, lang: &lang, written };
        brought.texts += usize::from(store::keep_note(tx, &here.id(), account, &note, here.now).await?);
    }
    let had = consents::own_copy(tx, account).await?;
    for old in &incoming.consents {
        let stored = Purpose::Elsewhere(old.purpose.chars().take(80).collect()).stored();
        if had.iter().any(|kept| kept.purpose == stored && kept.at == old.at && kept.state == old.state) {
            continue;
        }
        consents::remember(tx, here, account, old).await?;
        brought.consents += 1;
    }
    let words = format!("brought {} names, {} texts, {} consents", brought.names, brought.texts, brought.consents);
    let event = Event {
        at: here.now,
        what: What::AccountChanged,
        done: true,
        by,
        purpose: "rights",
        object: ("account", account.as_str()),
        client: account.as_str(),
        ground: "own wish",
        words: &words,
    };
    audit::record(tx, &event).await?;
    Ok(brought)
}

/// `Some(true)`: the name is there again. `None`: the person has it already.
async fn name_again(tx: &mut Tx, here: &Here, account: &Id, name: &str, key: &KeyPair) -> Result<Option<bool>, DbError> {
    let Ok(name) = PersonaName::parse(name) else { return Ok(Some(false)) };
    if let Some(holder) = personas::by_name(tx, name.as_str()).await? {
        return Ok((holder.account != *account).then_some(false));
    }
    // Looked up first: a name that turns out to be taken must not end this unit of work.
    if personas::is_taken(tx, &name).await? || personas::of_account(tx, account).await?.len() >= MOST {
        return Ok(Some(false));
    }
    match personas::create(tx, here, key, account, &name).await {
        Ok(_) => Ok(Some(true)),
        Err(PersonaError::Db(error)) => Err(error),
        Err(_) => Ok(Some(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_03_a_file_of_many_empty_things_is_not_built() {
        let many = |thing: &str| format!("[{}]", vec![thing; 20_000].join(","));
        let file = format!(
            r#"{{"format":"{FORMAT}","version":{VERSION},"personas":{},"posts":{},"drafts":[],"notes":{},"consents":{}}}"#,
            many("{}"),
            many("{}"),
            many(r#"{"text":"a"}"#),
            many(r#"{"purpose":"p","state":"given","at":""}"#),
        );
        let read = Incoming::read(file.as_bytes()).unwrap();
        let kept = [read.personas.len(), read.posts.len(), read.notes.len(), read.consents.len()];
        assert_eq!(kept, [MOST_NAMES, MOST_TEXTS, MOST_TEXTS, MOST_CONSENTS]);
        assert_eq!(read.texts().len(), MOST_TEXTS);
        assert!(read.posts.capacity() < 2 * MOST_TEXTS);
        assert!(Incoming::read(file.replace("},{}", "},{]").as_bytes()).is_none(), "what is passed over is still JSON");
    }
}
