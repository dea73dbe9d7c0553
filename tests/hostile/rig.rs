//! The scene: one house as a real process, its database read from beside it, five scripted instances, people and groups with
//! a canary in every private field; and the verdicts of the catalogue as functions.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use haven::base::{Clock, Id, SystemChance, SystemClock};
use haven::db::{Db, Engine as Kind};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::runtime::Runtime;

use crate::browser::Browser;
use crate::house::{Engine, House};
use crate::http::{Answer, Letter, send};
use crate::peer::{Peer, Reply};
use crate::pen::{Actor, Pen, Scheme};
use crate::report::Report;

/// The passphrase of everybody.
pub const PASSPHRASE: &str = "four calm words here";

/// Counters, pace, sessions and the log of decisions: they may change when somebody is refused.
const COUNTERS: [&str; 7] = ["sign_in_pace", "known_browsers", "sessions", "audit", "lanes", "jobs", "_sqlx_migrations"];
/// What a partner's mail leaves behind even when it has no effect: its row, and an answer to that partner.
pub const MAIL: [&str; 6] = ["inbox", "outbox", "deliveries", "tombstones", "erasures", "empty_graves"];

/// How far ahead the house's own rounds are put, so that none comes in the middle of a comparison: thousands of years, in milliseconds.
const FAR: i64 = 100_000_000_000_000;
/// What the house does by itself, now and again or when a promised time is over, whatever comes in.
const ROUNDS: &str = "(key = 'every' OR kind = 'moderation-promise')";

/// Tables by name, each with the hash of its sorted rows.
pub type Digest = BTreeMap<String, u64>;

/// The names, texts and numbers that must not be found where they do not belong.
#[derive(Clone)]
pub struct Canary(pub String);

impl Canary {
    /// A fresh one, of letters only: a name with seven digits is refused as a telephone number.
    pub fn new(what: &str) -> Self {
        let drawn = Id::random(&SystemChance);
        let letters = drawn.as_str().bytes().take(10).map(|sign| match sign {
            digit @ b'0'..=b'9' => char::from(digit - b'0' + b'a'),
            letter => char::from(letter),
        });
        Self(format!("{what}{}", letters.collect::<String>()))
    }
}

/// A group of the house.
#[derive(Clone)]
pub struct Group {
    /// Id.
    pub id: String,
    /// Address of its actor.
    pub uri: String,
    /// Its name.
    pub name: String,
}

/// The scene.
pub struct Rig {
    /// Runs the peers and reads the database.
    pub runtime: Runtime,
    /// The house under test.
    pub house: House,
    /// Its engine.
    pub engine: Engine,
    /// Its database, for reading.
    pub db: Db,
    /// Its origin.
    pub origin: String,
    /// Its host and port.
    pub authority: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Partner P.
    pub p: Peer,
    /// Partner Q.
    pub q: Peer,
    /// The hostile partner E.
    pub e: Peer,
    /// The stranger X.
    pub x: Peer,
    /// The ended partner R.
    pub r: Peer,
    /// A partner that floods.
    pub s: Peer,
    /// A house that wants to be a partner, with the handshake.
    pub w: Peer,
    /// Persona at P.
    pub piet: Actor,
    /// Persona at Q.
    pub quinn: Actor,
    /// Persona at E.
    pub eve: Actor,
    /// Another persona at E.
    pub frank: Actor,
    /// A trap on the machine itself: nobody may ever knock there.
    pub t: Peer,
    /// Somebody at S.
    pub sam: Actor,
    /// Somebody at X.
    pub xeno: Actor,
    /// Somebody at R, whose key is known from before.
    pub ruth: Actor,
    /// A group at P that anna asked to join.
    pub club: Actor,
    /// A group at E that anna is in.
    pub den: Actor,
    /// The instance actor of E.
    pub e_house: Actor,
    /// The instance actor of P.
    pub p_house: Actor,
    /// The instance actor of W.
    pub w_house: Actor,
    /// Groups of the house.
    pub groups: BTreeMap<&'static str, Group>,
    /// Posts of the house: id and address.
    pub posts: BTreeMap<&'static str, (String, String)>,
    /// Browsers, signed in.
    pub people: BTreeMap<&'static str, Browser>,
    /// Personas: id.
    pub personas: BTreeMap<&'static str, String>,
    /// Accounts: id.
    pub accounts: BTreeMap<&'static str, String>,
    /// By what they are.
    pub canaries: BTreeMap<&'static str, Canary>,
    /// Texts that came from whom nothing may be stored.
    pub poison: Vec<String>,
    /// The query of the digest.
    pub digests: std::cell::OnceCell<String>,
    /// The result.
    pub report: Report,
}

impl Rig {
    /// All scripted instances.
    pub fn peers(&self) -> [&Peer; 8] {
        [&self.p, &self.q, &self.e, &self.x, &self.r, &self.s, &self.w, &self.t]
    }

    /// Waits for what is asked. The limit is for what never comes: a partner that failed four times rests for five minutes.
    #[track_caller]
    pub fn until(&self, what: &str, mut ask: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !ask(self) {
            assert!(begun.elapsed() < Duration::from_mins(7), "waited for {what}, and it did not come");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How long something may take that must not take long, when a harmless thing of its kind took so long on this machine just
    /// now. Only what grows with the square of its size, or waits for somebody slow, takes longer.
    pub fn patience(harmless: Duration) -> Duration {
        harmless * 50 + Duration::from_secs(20)
    }

    /// How often at most something is done that is done so often in any minute, since then.
    pub fn in_minutes(each: usize, begun: Instant) -> usize {
        each * (usize::try_from(begun.elapsed().as_secs() / 60).unwrap_or(usize::MAX / 1000) + 1)
    }

    /// One number.
    pub fn number(&self, text: &str) -> i64 {
        self.runtime.block_on(async {
            let mut conn = self.db.read().await.expect("a reader");
            let (number,): (i64,) = sqlx::query_as(AssertSqlSafe(text.to_owned())).fetch_one(conn.sql()).await.expect("a number");
            number
        })
    }

    /// One text, if there is a row.
    pub fn word(&self, text: &str, bound: &str) -> Option<String> {
        self.runtime.block_on(async {
            let mut conn = self.db.read().await.expect("a reader");
            let row: Option<(Option<String>,)> =
                sqlx::query_as(AssertSqlSafe(text.to_owned())).bind(bound.to_owned()).fetch_optional(conn.sql()).await.expect("a word");
            row.and_then(|(word,)| word)
        })
    }

    /// Waits until the house has nothing left to do now: nothing that came in, nothing on its way out or due to leave, no work of its own.
    /// What rests after a failure is not waited for.
    #[track_caller]
    pub fn settle(&self) {
        self.until("rest", |rig| {
            let now = SystemClock.now().millis();
            rig.number(&format!(
                "SELECT (SELECT COUNT(*) FROM inbox i JOIN partners p ON p.id = i.partner_id
                         WHERE p.state <> 'paused' AND (i.state = 'new' OR (i.state = 'waiting' AND i.next_at <= {now})))
                      + (SELECT COUNT(*) FROM lanes WHERE lease_until > 0)
                      + (SELECT COUNT(*) FROM deliveries d JOIN lanes l ON l.partner_id = d.partner_id JOIN partners p ON p.id = d.partner_id
                         WHERE (p.state IN ('active', 'proposed') OR p.closing_until IS NOT NULL)
                           AND d.state = 'waiting' AND d.next_at <= {now} AND l.next_at <= {now})
                      + (SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND (run_at <= {now} OR lease_until > {now}))"
            )) == 0
        });
    }

    /// Lets the house go its own rounds now, those that are due by its clock, and then not until this is called again: what they change
    /// would otherwise be taken for what an attack changed, on a slow machine sooner or later.
    #[track_caller]
    pub fn rounds(&self) {
        self.until("rounds to be planned", |rig| rig.number("SELECT COUNT(*) FROM jobs WHERE key = 'every'") > 0);
        self.behind(&format!("UPDATE jobs SET run_at = run_at - {FAR} WHERE {ROUNDS} AND run_at >= {FAR}"));
        self.settle();
        self.until("rounds to be put off", |rig| {
            rig.behind(&format!(
                "UPDATE jobs SET run_at = run_at + {FAR} WHERE {ROUNDS} AND state = 'waiting' AND lease_until = 0 AND run_at < {FAR}"
            ));
            rig.number(&format!("SELECT COUNT(*) FROM jobs WHERE {ROUNDS} AND state = 'waiting' AND run_at < {FAR}")) == 0
        });
        self.settle();
    }

    /// Those of these activities that wait because they came too early are tried once more now: only the clock would do that
    /// otherwise.
    #[track_caller]
    pub fn again(&self, ids: &[String]) {
        let these = format!("state = 'waiting' AND activity_uri IN ('{}')", ids.join("', '"));
        self.behind(&format!("UPDATE inbox SET next_at = 0, attempts = 0 WHERE {these}"));
        self.until("what is tried again", |rig| rig.number(&format!("SELECT COUNT(*) FROM inbox WHERE {these} AND attempts = 0")) == 0);
        self.settle();
    }

    /// Waits until nothing waits for this partner any more. Where it rests after failures the rest is cut short: only the clock
    /// would do that otherwise.
    #[track_caller]
    pub fn caught_up(&self, peer: &Peer) {
        let whose = format!("partner_id = (SELECT id FROM partners WHERE origin = '{}')", peer.origin);
        self.until("a partner to have all of it", |rig| {
            let waits = rig.number(&format!("SELECT COUNT(*) FROM deliveries WHERE {whose} AND state = 'waiting'"));
            let worked_on = rig.number(&format!("SELECT COUNT(*) FROM lanes WHERE {whose} AND lease_until > 0"));
            let now = SystemClock.now().millis();
            let rests = rig.number(&format!("SELECT COUNT(*) FROM lanes WHERE {whose} AND next_at > {now}"))
                + rig.number(&format!("SELECT COUNT(*) FROM deliveries WHERE {whose} AND state = 'waiting' AND next_at > {now}"));
            if waits > 0 && worked_on == 0 && rests > 0 {
                rig.behind(&format!("UPDATE lanes SET next_at = 0 WHERE {whose} AND lease_until = 0"));
                rig.behind(&format!("UPDATE deliveries SET next_at = 0 WHERE {whose} AND state = 'waiting'"));
            }
            waits == 0 && worked_on == 0
        });
    }

    /// Waits until nothing is on its way to this partner: what leaves after this was allowed to leave after it was called.
    #[track_caller]
    pub fn silent(&self, peer: &Peer) {
        let leased = format!(
            "SELECT COUNT(*) FROM lanes l JOIN partners p ON p.id = l.partner_id WHERE p.origin = '{}' AND l.lease_until > 0",
            peer.origin
        );
        self.until("a partner that nobody speaks with", |rig| rig.number(&leased) == 0);
    }

    /// Makes somebody known whose key is not known yet. The questions about unknown keys are few in a minute, so that it may have
    /// to wait.
    #[track_caller]
    pub fn introduce(&self, who: &Actor) {
        self.until("somebody new to be known", |rig| {
            let known = rig.post(who, &Self::say(who, "Like", &json!("http://127.0.0.1:1/o/none"))).status == 202;
            if !known {
                std::thread::sleep(Duration::from_millis(500));
            }
            known
        });
        self.settle();
    }

    /// The state digest of a house at rest: all tables in one query, which is written once.
    #[track_caller]
    pub fn digest(&self) -> Digest {
        self.settle();
        self.runtime.block_on(async {
            let mut conn = self.db.read().await.expect("a reader");
            let postgres = conn.engine() == Kind::Postgres;
            if self.digests.get().is_none() {
                let list = if postgres {
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
                } else {
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                };
                let tables: Vec<(String,)> = sqlx::query_as(list).fetch_all(conn.sql()).await.expect("tables");
                let mut parts = Vec::new();
                for (table,) in tables.into_iter().filter(|(table,)| !COUNTERS.contains(&table.as_str())) {
                    // What waits in the inbox counts its tries.
                    let row = if table == "erasures" {
                        "subject || kind".to_owned()
                    } else if table == "agreements" {
                        // The house itself notes when the copies of an ended partner are gone.
                        "partner_id || stage || COALESCE(terms, '') || COALESCE(agreed_terms, '') || COALESCE(their_terms, '')".to_owned()
                    } else if table == "inbox" {
                        "activity_uri || state".to_owned()
                    } else if table == "deliveries" {
                        // So does what waits for a partner that is away.
                        "partner_id || outbox_seq || state || COALESCE(receipt_at, 0)".to_owned()
                    } else if postgres {
                        "t::text".to_owned()
                    } else {
                        let columns: Vec<(String,)> =
                            sqlx::query_as(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")))
                                .fetch_all(conn.sql())
                                .await
                                .expect("columns");
                        columns.iter().map(|(name,)| format!("quote(\"{name}\")")).collect::<Vec<_>>().join(" || '|' || ")
                    };
                    let whole =
                        if postgres { "md5(COALESCE(string_agg(r, '|' ORDER BY r), ''))" } else { "COALESCE(group_concat(r, '|'), '')" };
                    parts.push(format!("SELECT '{table}', (SELECT {whole} FROM (SELECT {row} AS r FROM \"{table}\" t ORDER BY 1) s)"));
                }
                drop(self.digests.set(parts.join(" UNION ALL ")));
            }
            let text = self.digests.get().expect("just written").clone();
            let rows: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(text)).fetch_all(conn.sql()).await.expect("rows");
            let hash = |text: &String| {
                let mut hasher = DefaultHasher::new();
                text.hash(&mut hasher);
                hasher.finish()
            };
            rows.iter().map(|(table, whole)| (table.clone(), hash(whole))).collect()
        })
    }

    /// The whole database as one text, for the scanner.
    pub fn dump(&self) -> String {
        self.runtime.block_on(async {
            let mut conn = self.db.read().await.expect("a reader");
            let postgres = conn.engine() == Kind::Postgres;
            let list = if postgres {
                "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
            } else {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            };
            let tables: Vec<(String,)> = sqlx::query_as(list).fetch_all(conn.sql()).await.expect("tables");
            let mut dump = String::new();
            for (table,) in tables {
                let text = if postgres {
                    format!("SELECT t::text FROM {table} t")
                } else {
                    let columns: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")))
                        .fetch_all(conn.sql())
                        .await
                        .expect("columns");
                    let quoted: Vec<String> = columns.iter().map(|(name,)| format!("quote(\"{name}\")")).collect();
                    format!("SELECT {} FROM \"{table}\"", quoted.join(" || '|' || "))
                };
                let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(text)).fetch_all(conn.sql()).await.expect("rows");
                dump.push_str(&format!("== {table}\n"));
                for (row,) in rows {
                    dump.push_str(&row);
                    dump.push('\n');
                }
            }
            dump
        })
    }

    /// A fresh address at a peer.
    pub fn fresh(peer: &Peer, kind: &str) -> String {
        peer.at(&format!("/{kind}/{}", Id::random(&SystemChance)))
    }

    /// This moment in RFC 3339, `seconds` later.
    pub fn time(seconds: i64) -> String {
        haven::base::Timestamp::from_millis(SystemClock.now().millis() + seconds * 1000).rfc3339()
    }

    /// Posts this activity, rightly signed by `who`, to the shared inbox.
    pub fn post(&self, who: &Actor, activity: &Value) -> Answer {
        self.send(&Pen::post(who, Scheme::Draft, &self.authority, "/inbox").write(activity.to_string().as_bytes()))
    }

    /// Reads a document as `who`.
    pub fn read(&self, who: &Actor, target: &str) -> Answer {
        self.send(&Pen::get(who, Scheme::Draft, &self.authority, target).write(b""))
    }

    /// Sends a request.
    pub fn send(&self, letter: &Letter) -> Answer {
        send(self.address, &letter.bytes())
    }

    /// Posts it and waits until it was handled; gives what became of it.
    #[track_caller]
    pub fn handled(&self, who: &Actor, activity: &Value) -> String {
        let answer = self.post(who, activity);
        if answer.status != 202 {
            return format!("answered {}", answer.status);
        }
        let id = activity["id"].as_str().expect("an id").to_owned();
        self.became(&id)
    }

    /// What became of an activity that was taken.
    #[track_caller]
    pub fn became(&self, id: &str) -> String {
        self.until("an activity that is handled", |rig| {
            rig.word("SELECT state FROM inbox WHERE activity_uri = $1", id).is_none_or(|state| state != "new")
        });
        let state = self.word("SELECT state FROM inbox WHERE activity_uri = $1", id).unwrap_or_default();
        let reason = self.word("SELECT reason FROM inbox WHERE activity_uri = $1", id).unwrap_or_default();
        format!("{state} {reason}").trim().to_owned()
    }

    /// How often each peer was reached so far.
    pub fn reached(&self) -> Vec<usize> {
        self.peers().iter().map(|peer| peer.reached()).collect()
    }

    /// DENY at the door: a status of the set, an empty body, no row, nobody reached. `asked` are peers that may be asked for a key.
    pub fn deny(&mut self, case: (&str, &str), letter: &Letter, statuses: &[u16], asked: &[&str]) {
        let (before, reached) = (self.digest(), self.reached());
        let answer = self.send(letter);
        let outcome = self.denied(&answer, statuses, &before, &reached, asked);
        self.report.case(case.0, case.1, outcome);
    }

    /// DENY of what is only found out by asking its own house: sent until that was asked for `path`, since the questions in a name
    /// that nobody proved are few in a minute, and what is not asked is refused unseen. Gives how long the last answer took.
    pub fn deny_asked(
        &mut self,
        case: (&str, &str),
        write: impl Fn(&Self) -> Letter,
        statuses: &[u16],
        (peer, path): (&Peer, &str),
    ) -> Duration {
        let begun = Instant::now();
        loop {
            let (before, reached, from) = (self.digest(), self.reached(), peer.count());
            let letter = write(self);
            let sent = Instant::now();
            let answer = self.send(&letter);
            let took = sent.elapsed();
            let asked = peer.was_asked(path, from);
            let mut outcome = self.denied(&answer, statuses, &before, &reached, &[peer.name]);
            if outcome.is_ok() && !asked {
                if begun.elapsed() < Duration::from_mins(5) {
                    std::thread::sleep(Duration::from_secs(1));
                    continue;
                }
                outcome = Err(format!("{path} was never asked for"));
            }
            self.report.case(case.0, case.1, outcome);
            return took;
        }
    }

    fn denied(&self, answer: &Answer, statuses: &[u16], before: &Digest, reached: &[usize], asked: &[&str]) -> Result<(), String> {
        if !statuses.contains(&answer.status) {
            return Err(format!("answered {} instead of {statuses:?}", answer.status));
        }
        if !answer.body.is_empty() {
            return Err(format!("the answer has a body: {}", answer.text().chars().take(80).collect::<String>()));
        }
        self.unchanged(before, &[])?;
        self.unreached(reached, asked)
    }

    /// The tables other than `but` are as they were.
    pub fn unchanged(&self, before: &Digest, but: &[&str]) -> Result<(), String> {
        let now = self.digest();
        let changed: Vec<&String> =
            now.iter().filter(|(table, hash)| !but.contains(&table.as_str()) && before.get(*table) != Some(hash)).map(|(t, _)| t).collect();
        if changed.is_empty() { Ok(()) } else { Err(format!("tables changed: {changed:?}")) }
    }

    /// Nobody but these was reached since.
    pub fn unreached(&self, before: &[usize], asked: &[&str]) -> Result<(), String> {
        let reached: Vec<&str> = self
            .peers()
            .iter()
            .zip(before)
            .filter(|(peer, before)| peer.reached() != **before && !asked.contains(&peer.name))
            .map(|(peer, _)| peer.name)
            .collect();
        if reached.is_empty() { Ok(()) } else { Err(format!("these were reached: {reached:?}")) }
    }

    /// No effect: refused at the door, or taken and then refused, ignored or put off; no table of people, groups or posts
    /// changed, and nobody but the sender heard of it.
    pub fn no_effect(&mut self, case: (&str, &str), who: &Actor, activity: &Value) {
        let letter = Pen::post(who, Scheme::Draft, &self.authority, "/inbox").write(activity.to_string().as_bytes());
        self.no_effect_of(case, who, activity, &letter);
    }

    /// The same for a request written by the caller.
    pub fn no_effect_of(&mut self, case: (&str, &str), who: &Actor, activity: &Value, letter: &Letter) {
        self.settle();
        let (before, reached) = (self.digest(), self.reached());
        let answer = self.send(letter);
        let outcome = self.had_none(&answer, who, activity, &before, &reached);
        self.report.case(case.0, case.1, outcome);
    }

    fn had_none(&self, answer: &Answer, who: &Actor, activity: &Value, before: &Digest, reached: &[usize]) -> Result<(), String> {
        let sender = self.peers().into_iter().find(|peer| who.uri.starts_with(&peer.origin)).map_or("", |peer| peer.name);
        match answer.status {
            202 => {
                if let Some(id) = activity["id"].as_str() {
                    let became = self.became(id);
                    if became.starts_with("handled") && !Self::harmless(activity) {
                        return Err(format!("it was {became}"));
                    }
                }
                self.settle();
                self.unchanged(before, &MAIL)?;
            }
            400 | 401 | 403 => self.unchanged(before, &[])?,
            other => return Err(format!("answered {other}")),
        }
        self.unreached(reached, &[sender])
    }

    /// It had no effect but one: the partner is paused, an admin has to look, and does (threats I6).
    #[track_caller]
    pub fn widened(&mut self, case: (&str, &str), who: &Actor, activity: &Value) {
        self.settle();
        let before = self.digest();
        let became = self.handled(who, activity);
        let state = |rig: &Self| rig.word("SELECT state || ' ' || paused_for FROM partners WHERE origin = $1", &who.origin());
        let paused = state(self);
        let desk = self.person("chris").get("/admin").text();
        let kept = self.unchanged(&before, &[&MAIL[..], &["partners", "lanes", "audit"]].concat());
        self.house.json(&["partner", "resume", &who.origin()], "");
        let outcome = if paused.as_deref() != Some("paused widened") {
            Err(format!("{became}, and the partner is {paused:?}"))
        } else if !desk.contains("It addressed to the whole world") {
            Err("no task stands on the desk".to_owned())
        } else {
            kept
        };
        self.report.case(case.0, case.1, outcome);
        let state = state(self);
        assert_eq!(state.as_deref(), Some("active "), "the admin lets it go on");
    }

    /// Sentences that are handled by answering no, and have no other effect: the digest says so.
    fn harmless(activity: &Value) -> bool {
        matches!(activity["type"].as_str(), Some("Create" | "Update" | "Delete" | "Follow" | "Undo"))
    }

    /// The document of an actor; a group says that it is shared with the house under test.
    pub fn shared(&self, actor: &Actor) -> Value {
        let mut document = actor.document();
        if actor.kind == "Group" {
            document["@context"] =
                json!(["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", {"haven": "urn:haven:ns#"}]);
            document["haven:sharedWith"] = json!([{"id": self.origin, "name": "V"}]);
        }
        document
    }

    /// A post of `who` for a group.
    pub fn create(who: &Actor, group: &str, text: &str) -> Value {
        let id = Id::random(&SystemChance);
        let note = format!("{}/o/{id}", who.origin());
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": "Create", "id": format!("{}/a/{id}", who.origin()),
            "actor": who.uri, "to": [group], "audience": group, "published": Self::time(0),
            "object": {"id": note, "type": "Note", "attributedTo": who.uri, "to": [group], "audience": group,
                "content": format!("<p>{text}</p>"), "published": Self::time(0)},
        })
    }

    /// Something said about something.
    pub fn say(who: &Actor, verb: &str, object: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": verb,
            "id": format!("{}/a/{}", who.origin(), Id::random(&SystemChance)),
            "actor": who.uri, "object": object, "published": Self::time(0),
        })
    }

    /// A group.
    pub fn group(&self, name: &str) -> Group {
        self.groups[name].clone()
    }

    /// Changes a row behind the house's back: what only the clock would do otherwise. The house may hold the file meanwhile.
    pub fn behind(&self, text: &str) {
        self.until("a turn to write", |rig| {
            rig.runtime.block_on(async {
                let Ok(mut tx) = rig.db.begin().await else { return false };
                sqlx::query(AssertSqlSafe(text.to_owned())).execute(tx.sql()).await.expect("a change");
                tx.commit().await.expect("a commit");
                true
            })
        });
    }

    /// All texts of a column.
    pub fn words(&self, text: &str) -> Vec<String> {
        self.runtime.block_on(async {
            let mut conn = self.db.read().await.expect("a reader");
            let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(text.to_owned())).fetch_all(conn.sql()).await.expect("words");
            rows.into_iter().map(|(word,)| word).collect()
        })
    }

    /// A browser, signed in.
    pub fn person(&self, name: &str) -> Browser {
        self.people[name].clone()
    }

    /// The text of a canary.
    pub fn canary(&self, name: &str) -> String {
        self.canaries[name].0.clone()
    }

    /// A partner that answers every inbox with this.
    pub fn answers(peer: &Peer, reply: Reply) {
        peer.serve("/inbox", reply);
    }
}
