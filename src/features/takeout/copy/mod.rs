//! A copy of everything that is kept of a person, for that person: gathered on the fly, as JSON for another program and as one
//! page for reading. Nothing of others is in it: what somebody answered to is there by its address only, staff by their role.

mod page;

use serde::Serialize;

use super::kept::{self, OwnNote};
use super::objections::{self, OwnObjection};
use super::pause::actors_of;
use crate::audit::{self, By, Event, Filter, What};
use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx};
use crate::features::consents::{self, OwnConsent};
use crate::features::groups::{self, Group, Membership};
use crate::features::incidents::{self, OwnIncident};
use crate::features::posts::{self, OwnDraft, OwnNotice, Post};
use crate::features::{accounts, moderation, personas};
use crate::federation::ledger::{self, Disclosure, How};
use crate::site::Site;
use crate::web::Words;

/// Name of the format, so that a program knows what it has in its hands.
pub const FORMAT: &str = "haven-copy";
/// Version of the format.
pub const VERSION: u32 = 1;

/// Everything.
#[derive(Serialize)]
pub struct Copy {
    /// [`FORMAT`].
    pub format: &'static str,
    /// [`VERSION`].
    pub version: u32,
    /// When it was made.
    pub made: String,
    /// Name of the house.
    pub house: String,
    /// Address of the house.
    pub address: String,
    /// The account: sign-in name, role, sessions, promises of confidentiality.
    pub account: accounts::OwnCopy,
    /// All names, also retired ones.
    pub personas: Vec<personas::OwnName>,
    /// Every yes and no.
    pub consents: Vec<OwnConsent>,
    /// What they objected to, with the answers.
    pub objections: Vec<OwnObjection>,
    /// Every group in which one of the names is or was.
    pub groups: Vec<OwnGroup>,
    /// Every text, with who received it.
    pub posts: Vec<OwnPost>,
    /// Texts kept for later.
    pub drafts: Vec<OwnDraft>,
    /// Texts brought from another house.
    pub notes: Vec<OwnNote>,
    /// That somebody answered or named one of the names.
    pub notices: Vec<OwnNotice>,
    /// What the person told the desk: reports and worries.
    pub reports: Vec<OwnReport>,
    /// Everything else of theirs that went to a partner: membership, names.
    pub other_disclosures: Vec<Recipient>,
    /// What went wrong with data, where they were told.
    pub incidents: Vec<OwnIncident>,
    /// Who looked at or changed something of theirs.
    pub looks: Vec<OwnLook>,
}

/// A group.
/// Something the person told the desk.
#[derive(Serialize)]
pub struct OwnReport {
    /// A report or a worry.
    pub kind: &'static str,
    /// When it was told.
    pub said: String,
    /// What about.
    pub category: &'static str,
    /// In their own words.
    pub text: String,
    /// What became of it.
    pub status: &'static str,
}

#[derive(Serialize)]
pub struct OwnGroup {
    /// Its id here.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Id of the own name that is in it.
    pub persona: String,
    /// `active`, `resting` …
    pub state: &'static str,
    /// `member`, `host`, `moderator`.
    pub role: &'static str,
    /// What was told to the hosts when asking.
    pub word: String,
    /// What the hosts said.
    pub reason: String,
    /// When they joined.
    pub joined: Option<String>,
}

/// A text.
#[derive(Serialize)]
pub struct OwnPost {
    /// The name it was written under.
    pub persona: String,
    /// Id of the group.
    pub group: String,
    /// Name of the group.
    pub group_name: String,
    /// Its address.
    pub address: Option<String>,
    /// Address of what it answers.
    pub answers: Option<String>,
    /// When it was written.
    pub written: String,
    /// When its text was changed.
    pub edited: Option<String>,
    /// What became of it.
    pub state: &'static str,
    /// Why it was removed or refused.
    pub reason: String,
    /// Language.
    pub language: String,
    /// Topic.
    pub topic: String,
    /// The text as typed.
    pub text: String,
    /// A change that waits for the group's home.
    pub change: Option<String>,
    /// The organisations that the group was shared with when it was written.
    pub readers: Vec<String>,
    /// What went to which organisation, and what it answered.
    pub recipients: Vec<Recipient>,
}

/// One thing that went to one organisation.
#[derive(Serialize)]
pub struct Recipient {
    /// Name of the organisation.
    pub organisation: String,
    /// Its address.
    pub address: String,
    /// `post`, `edit`, `deletion` …
    pub what: &'static str,
    /// True: the organisation read it here; false: it was sent.
    pub read: bool,
    /// When.
    pub at: String,
    /// `delivered`, `waiting` …
    pub state: &'static str,
    /// Organisations to which the receiver passes it on, as it declared then.
    pub passed_on_to: Vec<String>,
    /// Whether it was asked to confirm.
    pub asked_to_confirm: bool,
    /// When it confirmed.
    pub confirmed: Option<String>,
}

/// A row of the audit log about this person.
#[derive(Serialize)]
pub struct OwnLook {
    /// When.
    pub at: String,
    /// What happened, a code.
    pub what: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// The role in which somebody did it.
    pub role: String,
    /// True: they did it themselves.
    pub yourself: bool,
    /// What for.
    pub purpose: String,
    /// On what ground.
    pub ground: String,
    /// What it concerned.
    pub object: String,
    /// The reason that was typed, or what changed.
    pub words: String,
}

impl From<Disclosure> for Recipient {
    fn from(gone: Disclosure) -> Self {
        Self {
            organisation: gone.partner_name,
            address: gone.partner_origin,
            what: gone.kind.as_str(),
            read: matches!(gone.how, How::Read(_)),
            at: gone.at.rfc3339(),
            state: gone.answer.as_str(),
            passed_on_to: gone.onward,
            asked_to_confirm: gone.asked,
            confirmed: gone.receipt_at.map(Timestamp::rfc3339),
        }
    }
}

/// In which form a copy is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For reading.
    Page,
    /// For another program.
    Json,
}

impl Copy {
    /// For another program.
    ///
    /// # Errors
    /// When a text cannot be written as JSON, which does not happen.
    pub fn json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(self)
    }

    /// For reading: one page without script, which needs nothing else and can be printed.
    ///
    /// # Errors
    /// When the page cannot be made.
    pub fn page(&self, t: Words) -> Result<String, askama::Error> {
        page::of(self, t)
    }
}

/// Gathers everything that is kept of a person. `None` when there is no such account.
///
/// # Errors
/// Database trouble.
pub async fn gather(conn: &mut Conn, site: &Site, account: &Id) -> Result<Option<Copy>, DbError> {
    let here = site.here();
    let Some(about) = accounts::own_copy(conn, &here, account).await? else { return Ok(None) };
    let people = actors_of(conn, account).await?;
    let mut own_groups = Vec::new();
    for person in &people {
        own_groups.extend(groups::every_group_of(conn, person).await?);
    }
    let mut texts = Vec::new();
    let mut told: Vec<Iri> = Vec::new();
    for post in posts::own_copy(conn, &people).await? {
        let things: Vec<Iri> = [post.uri.clone(), post.origin_uri.clone()].into_iter().flatten().collect();
        let went = if things.is_empty() { Vec::new() } else { ledger::of_things(conn, &things).await? };
        told.extend(things);
        let answers = match &post.parent {
            Some(parent) => posts::by_id(conn, parent).await?.map(|parent| address(&here.origin, parent.uri.as_ref(), &parent.id)),
            None => None,
        };
        let group_name = match own_groups.iter().find(|(group, _)| group.id == post.group) {
            Some((group, _)) => group.name.clone(),
            None => groups::load(conn, &post.group).await?.map(|group| group.name).unwrap_or_default(),
        };
        texts.push(own_post(post, answers, group_name, went));
    }
    let (drafts, notices) = posts::own_kept(conn, &people).await?;
    Ok(Some(Copy {
        format: FORMAT,
        version: VERSION,
        made: here.now.rfc3339(),
        house: site.house.name().to_string(),
        address: here.origin.to_string(),
        account: about,
        personas: personas::own_copy(conn, account).await?,
        consents: consents::own_copy(conn, account).await?,
        objections: objections::own_copy(conn, account).await?,
        groups: own_groups.into_iter().map(own_group).collect(),
        posts: texts,
        drafts,
        notes: kept::all(conn, account).await?,
        notices,
        reports: moderation::own_copy(conn, &people).await?.into_iter().map(own_report).collect(),
        other_disclosures: other(conn, &people, &told).await?,
        incidents: incidents::own_copy(conn, account).await?,
        looks: looks(conn, account, &people).await?,
    }))
}

fn address(origin: &crate::base::Origin, uri: Option<&Iri>, id: &Id) -> String {
    uri.map_or_else(|| origin.at(&format!("/o/{id}")).to_string(), ToString::to_string)
}

fn own_report(report: moderation::Report) -> OwnReport {
    OwnReport {
        kind: report.kind.as_str(),
        said: report.said_at.rfc3339(),
        category: report.category.as_str(),
        text: report.words,
        status: report.status.as_str(),
    }
}

fn own_group((group, membership): (Group, Membership)) -> OwnGroup {
    OwnGroup {
        id: group.id.to_string(),
        name: group.name,
        address: group.uri.to_string(),
        persona: membership.actor.to_string(),
        state: membership.state.as_str(),
        role: membership.role.as_str(),
        word: membership.word,
        reason: membership.reason,
        joined: membership.joined_at.map(Timestamp::rfc3339),
    }
}

fn own_post(post: Post, answers: Option<String>, group_name: String, went: Vec<Disclosure>) -> OwnPost {
    OwnPost {
        persona: post.author_name,
        group: post.group.to_string(),
        group_name,
        address: post.uri.or(post.origin_uri).map(|uri| uri.to_string()),
        answers,
        written: post.created_at.rfc3339(),
        edited: post.edited_at.map(Timestamp::rfc3339),
        state: post.state.as_str(),
        reason: post.reason,
        language: post.lang,
        topic: post.label,
        text: post.source,
        change: post.edit.map(|edit| edit.source),
        readers: post.readers,
        recipients: went.into_iter().map(Recipient::from).collect(),
    }
}

/// What of these people went to partners besides the posts above.
async fn other(conn: &mut Conn, people: &[Id], told: &[Iri]) -> Result<Vec<Recipient>, DbError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    let mut before = ledger::Cursor::newest();
    loop {
        let filter = ledger::Filter { whose: people, ..ledger::Filter::default() };
        let page = ledger::list(conn, &filter, &before, 500).await?;
        let Some(last) = page.last() else { break };
        before = last.cursor();
        all.extend(page.into_iter().filter(|gone| gone.thing.as_ref().is_none_or(|thing| !told.contains(thing))).map(Recipient::from));
    }
    all.reverse();
    Ok(all)
}

/// The rows of the audit log about this person or one of their names.
async fn looks(conn: &mut Conn, account: &Id, people: &[Id]) -> Result<Vec<OwnLook>, DbError> {
    let mut rows = Vec::new();
    for client in std::iter::once(account).chain(people) {
        let mut before = i64::MAX;
        loop {
            let page = audit::list(conn, &Filter { event: "", client: client.as_str(), ..Filter::default() }, before, 500).await?;
            let Some(last) = page.last() else { break };
            before = last.seq;
            rows.extend(page);
        }
    }
    rows.sort_by_key(|row| row.seq);
    let own = |row: audit::Kept| OwnLook {
        at: Timestamp::from_millis(row.at).rfc3339(),
        what: row.event,
        outcome: row.outcome,
        yourself: row.user_id == account.as_str(),
        role: row.role,
        purpose: row.purpose,
        ground: row.ground,
        object: row.object_kind,
        words: row.words,
    };
    Ok(rows.into_iter().map(own).collect())
}

/// Writes down that a copy was handed out.
///
/// # Errors
/// Database trouble.
pub async fn exported(tx: &mut Tx, at: Timestamp, account: &Id, by: By<'_>, format: Format) -> Result<(), DbError> {
    let event = Event {
        at,
        what: What::Exported,
        done: true,
        by,
        purpose: "rights",
        object: ("account", account.as_str()),
        client: account.as_str(),
        ground: "own wish",
        words: if format == Format::Page { "page" } else { "json" },
    };
    audit::record(tx, &event).await
}
