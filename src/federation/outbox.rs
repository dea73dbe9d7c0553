//! What goes out. [`publish`] takes the open unit of work and only writes rows: the activity, and one delivery for each
//! partner, which is at the same time the record of what was disclosed to whom. Nothing is ever sent from here.

use crate::base::{Id, Iri, Timestamp};
use sqlx::AssertSqlSafe;

use crate::db::{Conn, DbError, Tx, numbered};
use crate::federation::activity::{Outbound, Shape, Verb};
use crate::federation::here::Here;
use crate::federation::ledger;
use crate::federation::partners;
use crate::federation::policy;

/// One activity to be published.
pub struct Outgoing<'a, T: Shape> {
    /// The actor of ours that says it; it signs the delivery.
    pub from: &'a Id,
    /// What must stay in order at each partner: the group's id, or the partner's for agreements.
    pub thread: &'a Id,
    /// The partners it goes to. Empty: nothing leaves and nothing is written.
    pub to: &'a [Id],
    /// The activity itself.
    pub activity: Outbound<T>,
    /// Address of the object that is disclosed by it.
    pub about: Option<&'a Iri>,
    /// Address of the partner's activity that it answers.
    pub answers: Option<&'a Iri>,
    /// Whether the partners are asked to confirm (edits, deletions).
    pub receipt: bool,
}

/// Writes the activity and its deliveries. Returns the activity's address.
///
/// # Errors
/// Database trouble. The caller's unit of work then fails as a whole.
pub async fn publish<T: Shape>(tx: &mut Tx, here: &Here, outgoing: Outgoing<'_, T>) -> Result<Iri, DbError> {
    publish_onward(tx, here, outgoing, &[]).await
}

/// The same to a group's home: `onward` names the organisations that the home, by its own word, will share it with.
///
/// # Errors
/// As [`publish`].
pub async fn publish_onward<T: Shape>(tx: &mut Tx, here: &Here, outgoing: Outgoing<'_, T>, onward: &[String]) -> Result<Iri, DbError> {
    let uri = outgoing.activity.id().clone();
    if outgoing.to.is_empty() {
        return Ok(uri);
    }
    let seq = here.sequence();
    let verb = outgoing.activity.verb();
    let (kind, whose) = ledger::of(verb, outgoing.activity.gist(), here);
    let onward = if onward.is_empty() { "[]".to_owned() } else { serde_json::to_string(onward).unwrap_or_else(|_| "[]".to_owned()) };
    sqlx::query(
        "INSERT INTO outbox (seq, activity_uri, actor_id, thread, verb, about, answers, receipt, body, created_at, whose, kind, onward)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(seq)
    .bind(uri.as_str())
    .bind(outgoing.from.as_str())
    .bind(outgoing.thread.as_str())
    .bind(verb.as_str())
    .bind(outgoing.about.map(Iri::as_str))
    .bind(outgoing.answers.map(Iri::as_str))
    .bind(i64::from(outgoing.receipt))
    .bind(outgoing.activity.seal().as_str())
    .bind(here.now.millis())
    .bind(whose.as_ref().map(Id::as_str))
    .bind(kind.as_str())
    .bind(onward)
    .execute(tx.sql())
    .await?;
    // What takes something away always goes; anything else of a paused actor is held until it goes on.
    let goes = matches!(verb, Verb::Delete | Verb::Undo) || matches!(kind, ledger::Kind::Deletion | ledger::Kind::Farewell);
    let people = [outgoing.from, whose.as_ref().unwrap_or(outgoing.from)];
    for partners in outgoing.to.chunks(200) {
        let sort = Sort { people, may_be_held: !goes, closes: policy::closes(verb) };
        let written = address(tx, here.now, (seq, outgoing.thread), &sort, partners).await?;
        let left_out = written < u64::try_from(partners.len()).unwrap_or(u64::MAX);
        if left_out && ajar(tx, here.now, (verb, outgoing.answers), partners).await? {
            address(tx, here.now, (seq, outgoing.thread), &sort, partners).await?;
        }
    }
    Ok(uri)
}

/// Where it was over long ago, what takes something away still goes, and so does the answer to it: for that the door behind such
/// a partner is opened once more, for a time. True when there was one.
async fn ajar(tx: &mut Tx, now: Timestamp, (verb, answers): (Verb, Option<&Iri>), partners: &[Id]) -> Result<bool, DbError> {
    if !matches!(verb, Verb::Delete | Verb::Accept) {
        return Ok(false);
    }
    let text = format!(
        "UPDATE partners SET closing_until = $1 WHERE state = 'ended' AND closing_until IS NULL AND id IN ({})
           AND ($2 = 1 OR EXISTS (SELECT 1 FROM inbox i WHERE i.partner_id = partners.id AND i.activity_uri = $3 AND i.verb = 'Delete'))",
        numbered(4, partners.len())
    );
    let until = now.plus(partners::CLOSING).millis();
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(until).bind(i64::from(verb == Verb::Delete)).bind(answers.map(Iri::as_str));
    for partner in partners {
        query = query.bind(partner.as_str());
    }
    Ok(query.execute(tx.sql()).await?.rows_affected() > 0)
}

/// What decides whether a message leaves at all: whose it is, and whether it only takes away or closes.
struct Sort<'a> {
    people: [&'a Id; 2],
    may_be_held: bool,
    closes: bool,
}

/// One delivery for each of these partners, and how many there were. A paused partner's rows wait with the pause; where the partnership is over only
/// what closes it goes, and that only for a time. The partner's lane is there since the partner was named. What is of a frozen
/// person of ours is held: this is the one place through which everything leaves, so nobody has to remember it. Behind something
/// of its thread that must wait it waits as long.
async fn address(tx: &mut Tx, now: Timestamp, (seq, thread): (i64, &Id), sort: &Sort<'_>, partners: &[Id]) -> Result<u64, DbError> {
    let text = format!(
        "INSERT INTO deliveries (partner_id, outbox_seq, thread, state, attempts, next_at, created_at)
         SELECT id, $1, $2,
            CASE WHEN $4 = 1 AND EXISTS (SELECT 1 FROM actors a WHERE a.id IN ($5, $6) AND a.frozen_at IS NOT NULL) THEN 'held' ELSE 'waiting' END,
            0, COALESCE((SELECT MAX(w.next_at) FROM deliveries w
                WHERE w.partner_id = partners.id AND w.thread = $2 AND w.state = 'waiting' AND w.next_at > $3), $3), $3
         FROM partners WHERE (state <> 'ended' OR ($7 = 1 AND closing_until IS NOT NULL)) AND id IN ({})
         ON CONFLICT DO NOTHING",
        numbered(8, partners.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text))
        .bind(seq)
        .bind(thread.as_str())
        .bind(now.millis())
        .bind(i64::from(sort.may_be_held))
        .bind(sort.people[0].as_str())
        .bind(sort.people[1].as_str())
        .bind(i64::from(sort.closes));
    for partner in partners {
        query = query.bind(partner.as_str());
    }
    Ok(query.execute(tx.sql()).await?.rows_affected())
}

/// Something we sent, as an answer to it finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its address.
    pub uri: Iri,
    /// What it said.
    pub verb: Verb,
    /// The actor of ours that said it.
    pub actor: Id,
    /// The object it was about.
    pub about: Option<Iri>,
    /// What it answered.
    pub answers: Option<Iri>,
}

/// What we sent under this address to this partner; `None` when it is not ours or never went to this partner.
pub async fn sent_to(conn: &mut Conn, partner: &Id, uri: &Iri) -> Result<Option<Sent>, DbError> {
    let row: Option<(String, String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT o.verb, o.actor_id, o.about, o.answers FROM outbox o
         JOIN deliveries d ON d.outbox_seq = o.seq AND d.partner_id = $1 WHERE o.activity_uri = $2",
    )
    .bind(partner.as_str())
    .bind(uri.as_str())
    .fetch_optional(conn.sql())
    .await?;
    let Some((verb, actor, about, answers)) = row else { return Ok(None) };
    Ok(Some(Sent {
        uri: uri.clone(),
        verb: Verb::parse(&verb),
        actor: Id::parse(&actor).ok_or_else(|| DbError::Unreadable("outbox"))?,
        about: about.as_deref().and_then(|text| Iri::parse(text).ok()),
        answers: answers.as_deref().and_then(|text| Iri::parse(text).ok()),
    }))
}

/// Whether what one of ours asked still stands: it was said, and whoever said it has undone nothing about the same thing since. Who
/// asked to join and has left again asks no more.
///
/// # Errors
/// Database trouble.
pub async fn stands(conn: &mut Conn, uri: &Iri) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT f.seq FROM outbox f WHERE f.activity_uri = $1 AND NOT EXISTS
             (SELECT 1 FROM outbox u WHERE u.about = f.about AND u.actor_id = f.actor_id AND u.verb = 'Undo' AND u.seq > f.seq)
         LIMIT 1",
    )
    .bind(uri.as_str())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

/// How many partners were told, and how many of them confirmed. Those that run other software promise no receipts and are not
/// counted: their silence must not keep open what everybody else has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Partners with the handshake that the activity was addressed to.
    pub told: u32,
    /// Partners that confirmed.
    pub confirmed: u32,
}

impl Receipts {
    /// Whether everybody who was told confirmed.
    pub const fn complete(self) -> bool {
        self.told == self.confirmed
    }
}

/// Marks that this partner confirmed the activity. `None` when it was never asked to; a repeated receipt changes nothing.
pub async fn confirm(tx: &mut Tx, partner: &Id, activity: &Iri, now: Timestamp) -> Result<Option<Receipts>, DbError> {
    let changed = sqlx::query(
        "UPDATE deliveries SET receipt_at = COALESCE(receipt_at, $3)
         WHERE partner_id = $1 AND outbox_seq = (SELECT seq FROM outbox WHERE activity_uri = $2 AND receipt = 1)",
    )
    .bind(partner.as_str())
    .bind(activity.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    if changed > 0 {
        confirm_earlier(tx, partner, activity, now).await?;
    }
    if changed == 0 { Ok(None) } else { receipts(tx, activity).await.map(Some) }
}

/// A deletion may have been said more than once: one receipt answers all that were said before it of the same thing.
async fn confirm_earlier(tx: &mut Tx, partner: &Id, activity: &Iri, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE deliveries SET receipt_at = $3 WHERE partner_id = $1 AND receipt_at IS NULL AND outbox_seq IN (
            SELECT e.seq FROM outbox n JOIN outbox e ON e.about = n.about AND e.kind = n.kind AND e.receipt = 1 AND e.seq < n.seq
            WHERE n.activity_uri = $2 AND n.kind IN ('deletion', 'farewell'))",
    )
    .bind(partner.as_str())
    .bind(activity.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Who was told and who confirmed, for one activity.
pub async fn receipts(conn: &mut Conn, activity: &Iri) -> Result<Receipts, DbError> {
    let (told, confirmed): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), COUNT(d.receipt_at) FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
         JOIN partners p ON p.id = d.partner_id AND p.handshake = 1 WHERE o.activity_uri = $1",
    )
    .bind(activity.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(Receipts { told: u32::try_from(told).unwrap_or(u32::MAX), confirmed: u32::try_from(confirmed).unwrap_or(u32::MAX) })
}

/// One row of the queue, for the page and the command.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Queued {
    /// Partner.
    pub partner_id: String,
    /// Order.
    pub outbox_seq: i64,
    /// What kind of activity.
    pub verb: String,
    /// `waiting`, `held`, `delivered`, `refused`, `gave_up`, `cancelled`.
    pub state: String,
    /// Last HTTP status.
    pub status: Option<i64>,
    /// Why it waits or was given up; a code, never content.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: i64,
    /// When it was written.
    pub created_at: i64,
    /// When it ended.
    pub done_at: Option<i64>,
}

/// Rows of the queue on one page.
pub const PAGE: usize = 200;

/// A place in the queue: the row before which a page begins, by order and partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(i64, String);

impl Place {
    /// Before everything.
    pub const fn newest() -> Self {
        Self(i64::MAX, String::new())
    }

    /// Behind this row.
    pub fn behind(row: &Queued) -> Self {
        Self(row.outbox_seq, row.partner_id.clone())
    }

    /// Reads what [`Place`] prints; what is none begins at the newest.
    pub fn parse(text: &str) -> Self {
        let place = text.split_once('.').and_then(|(seq, partner)| Some(Self(seq.parse().ok()?, partner.to_owned())));
        place.unwrap_or_else(Self::newest)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The queue, newest first: what waits or failed, and with `all` what was delivered too. At most [`PAGE`] rows from this place on; one
/// activity that goes to more partners than that goes on on the next page.
///
/// # Errors
/// Database trouble.
pub async fn queue(conn: &mut Conn, partner: Option<&Id>, all: bool, place: &Place) -> Result<Vec<Queued>, DbError> {
    let open = if all { "" } else { "AND d.state <> 'delivered'" };
    let only = if partner.is_some() { "AND d.partner_id = $4" } else { "" };
    let text = format!(
        "SELECT d.partner_id, d.outbox_seq, o.verb, d.state, d.status, d.reason, d.attempts,
                CASE WHEN l.next_at > d.next_at THEN l.next_at ELSE d.next_at END AS next_at, d.created_at, d.done_at
         FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq LEFT JOIN lanes l ON l.partner_id = d.partner_id
         WHERE d.outbox_seq <= $1 AND (d.outbox_seq < $1 OR d.partner_id < $2) {open} {only}
         ORDER BY d.outbox_seq DESC, d.partner_id DESC LIMIT $3"
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(place.0).bind(&place.1).bind(i64::try_from(PAGE).unwrap_or(i64::MAX));
    if let Some(partner) = partner {
        query = query.bind(partner.as_str());
    }
    Ok(query.fetch_all(conn.sql()).await?)
}

/// How many deliveries wait.
pub async fn count_waiting(conn: &mut Conn) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Tries one delivery again now, also one that was refused or given up, and before it what stands before it in its thread.
/// False when there is no such row.
pub async fn retry(tx: &mut Tx, partner: &Id, seq: i64, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "UPDATE deliveries SET state = 'waiting', next_at = $3, done_at = NULL, reason = NULL, tried_at = NULL
         WHERE partner_id = $1 AND outbox_seq = $2 AND state IN ('waiting', 'refused', 'gave_up')
         AND EXISTS (SELECT 1 FROM outbox o WHERE o.seq = $2 AND o.body <> '')",
    )
    .bind(partner.as_str())
    .bind(seq)
    .bind(now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    sqlx::query(
        "UPDATE deliveries SET next_at = $3 WHERE partner_id = $1 AND state = 'waiting' AND outbox_seq < $2 AND next_at > $3
           AND thread = (SELECT d.thread FROM deliveries d WHERE d.partner_id = $1 AND d.outbox_seq = $2)",
    )
    .bind(partner.as_str())
    .bind(seq)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    wake(tx, partner, now).await?;
    Ok(changed > 0)
}

/// Keeps back what is new in one thread and has not left for this partner yet: it may no longer have it. Changes and
/// deletions of what it has already (they ask for receipts) still go, and so does everything that is no announcement.
pub async fn keep_back(tx: &mut Tx, partner: &Id, thread: &Id, now: Timestamp) -> Result<u64, DbError> {
    let kept = sqlx::query(
        "UPDATE deliveries SET state = 'cancelled', reason = 'not-shared', done_at = $3
         WHERE partner_id = $1 AND thread = $2 AND state IN ('waiting', 'held')
         AND outbox_seq IN (SELECT seq FROM outbox WHERE thread = $2 AND verb = 'Announce' AND receipt = 0)",
    )
    .bind(partner.as_str())
    .bind(thread.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(kept.rows_affected())
}

/// Which messages of a person are held while everything of theirs is paused: all but what takes something away.
const HELD: &str = "(o.actor_id = $1 OR o.whose = $1) AND o.verb NOT IN ('Delete', 'Undo') AND o.kind NOT IN ('deletion', 'farewell')";

/// Holds everything that is this person's, or is about them, and waits. Returns how many deliveries.
pub async fn hold(tx: &mut Tx, person: &Id) -> Result<u64, DbError> {
    let text =
        format!("UPDATE deliveries SET state = 'held' WHERE state = 'waiting' AND outbox_seq IN (SELECT o.seq FROM outbox o WHERE {HELD})");
    Ok(sqlx::query(AssertSqlSafe(text)).bind(person.as_str()).execute(tx.sql()).await?.rows_affected())
}

/// Lets go what was held of this person.
pub async fn release(tx: &mut Tx, person: &Id, now: Timestamp) -> Result<u64, DbError> {
    let text = format!(
        "UPDATE deliveries SET state = 'waiting', next_at = COALESCE((SELECT MAX(w.next_at) FROM deliveries w
            WHERE w.partner_id = deliveries.partner_id AND w.thread = deliveries.thread AND w.state = 'waiting' AND w.next_at > $2), $2)
         WHERE state = 'held' AND outbox_seq IN (SELECT o.seq FROM outbox o WHERE {HELD})"
    );
    let free = sqlx::query(AssertSqlSafe(text)).bind(person.as_str()).bind(now.millis()).execute(tx.sql()).await?;
    Ok(free.rows_affected())
}

/// The partnership is over: nothing that waits leaves any more but what closes it ([`policy::CLOSING`]). Returns how many were
/// stopped.
pub async fn stop(tx: &mut Tx, partner: &Id, now: Timestamp) -> Result<u64, DbError> {
    let [one, two, three] = policy::CLOSING;
    let stopped = sqlx::query(
        "UPDATE deliveries SET state = 'cancelled', reason = 'ended', done_at = $2
         WHERE partner_id = $1 AND state IN ('waiting', 'held') AND outbox_seq NOT IN (SELECT seq FROM outbox WHERE verb IN ($3, $4, $5))",
    )
    .bind(partner.as_str())
    .bind(now.millis())
    .bind(one.as_str())
    .bind(two.as_str())
    .bind(three.as_str())
    .execute(tx.sql())
    .await?;
    Ok(stopped.rows_affected())
}

/// Lets go of the words about a thing that is being deleted: what has not left is not sent any more, and what is kept of the
/// rest is that it went, not what it said. Before the deletion itself is published.
pub async fn withhold(tx: &mut Tx, about: &Iri, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE deliveries SET state = 'cancelled', reason = 'erased', done_at = $2
         WHERE state IN ('waiting', 'held') AND outbox_seq IN (SELECT seq FROM outbox WHERE about = $1 AND kind IN ('post', 'edit'))",
    )
    .bind(about.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    sqlx::query("UPDATE outbox SET body = '' WHERE about = $1 AND kind IN ('post', 'edit') AND body <> ''")
        .bind(about.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The same for everything that carries somebody's words or name, when the person is erased. Deletions still go. What was held
/// while they had paused everything is never let go again, so nothing of it stays.
pub async fn withhold_of(tx: &mut Tx, whose: &Id, now: Timestamp) -> Result<(), DbError> {
    for text in [
        "UPDATE deliveries SET state = 'cancelled', reason = 'erased', done_at = $2 WHERE state = 'waiting' AND outbox_seq IN (
            SELECT seq FROM outbox WHERE whose = $1 AND (kind IN ('post', 'edit', 'persona', 'report') OR verb = 'Follow'))",
        "UPDATE deliveries SET state = 'cancelled', reason = 'erased', done_at = $2 WHERE state = 'held' AND outbox_seq IN (
            SELECT seq FROM outbox WHERE whose = $1 OR actor_id = $1)",
    ] {
        sqlx::query(text).bind(whose.as_str()).bind(now.millis()).execute(tx.sql()).await?;
    }
    sqlx::query(
        "UPDATE outbox SET body = '' WHERE (whose = $1 OR actor_id = $1) AND body <> ''
           AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.outbox_seq = outbox.seq AND d.state IN ('waiting', 'held'))",
    )
    .bind(whose.as_str())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Whether a message may be at any of its partners: a try was made, or is under way now.
///
/// # Errors
/// Database trouble.
pub async fn may_have_left(conn: &mut Conn, uri: &Iri, now: Timestamp) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT o.seq FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq WHERE o.activity_uri = $1 AND (d.attempts > 0
             OR EXISTS (SELECT 1 FROM lanes l WHERE l.partner_id = d.partner_id AND l.lease_until > $2)) LIMIT 1",
    )
    .bind(uri.as_str())
    .bind(now.millis())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

/// Tries again to say what was taken back and was given up for at least a day: who left a group while its home did not answer for
/// longer than anything is tried is not in it for ever. Returns how many.
///
/// # Errors
/// Database trouble.
pub async fn take_back_again(tx: &mut Tx, now: Timestamp, before: Timestamp) -> Result<u64, DbError> {
    let again = sqlx::query(
        "UPDATE deliveries SET state = 'waiting', next_at = $1, done_at = NULL, reason = NULL, tried_at = NULL
         WHERE state = 'gave_up' AND done_at <= $2 AND partner_id IN (SELECT id FROM partners WHERE state = 'active')
           AND EXISTS (SELECT 1 FROM outbox o WHERE o.seq = deliveries.outbox_seq AND o.verb = 'Undo' AND o.body <> '')",
    )
    .bind(now.millis())
    .bind(before.millis())
    .execute(tx.sql())
    .await?;
    Ok(again.rows_affected())
}

/// [`withhold`] for one message: what somebody told about somebody, a change or a request that was taken back.
pub async fn withhold_message(tx: &mut Tx, uri: &Iri, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE deliveries SET state = 'cancelled', reason = 'erased', done_at = $2
         WHERE state IN ('waiting', 'held') AND outbox_seq IN (SELECT seq FROM outbox WHERE activity_uri = $1)",
    )
    .bind(uri.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    sqlx::query("UPDATE outbox SET body = '' WHERE activity_uri = $1").bind(uri.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Empties what has arrived everywhere: from then on the record says that it went, not what it said. At most `most` rows.
pub async fn empty_done(tx: &mut Tx, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        "UPDATE outbox SET body = '' WHERE seq IN (
            SELECT o.seq FROM outbox o WHERE o.body <> '' AND NOT EXISTS (
                SELECT 1 FROM deliveries d WHERE d.outbox_seq = o.seq AND d.state NOT IN ('delivered', 'cancelled'))
            ORDER BY o.seq LIMIT $1)",
    )
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected())
}

/// Lets a partner's lane run again at once: it was resumed, or it gave a sign of life.
pub async fn wake(tx: &mut Tx, partner: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE lanes SET next_at = $2 WHERE partner_id = $1 AND next_at > $2")
        .bind(partner.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

const OLD_BODIES: &str = "body <> '' AND created_at < $1
     AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.outbox_seq = outbox.seq AND d.state IN ('waiting', 'held'))";

/// How many bodies were written before then and wait for nobody any more.
pub async fn old_bodies(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let text = format!("SELECT COUNT(*) FROM outbox WHERE {OLD_BODIES}");
    let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Empties such bodies: that something went stays known, what it said does not stay here a second time.
pub async fn empty_bodies(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let text = format!("UPDATE outbox SET body = '' WHERE seq IN (SELECT seq FROM outbox WHERE {OLD_BODIES} ORDER BY created_at LIMIT $2)");
    Ok(sqlx::query(AssertSqlSafe(text)).bind(before.millis()).bind(most).execute(tx.sql()).await?.rows_affected())
}

const OLD_TALK: &str = "about IS NULL AND created_at < $1
     AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.outbox_seq = outbox.seq AND d.state IN ('waiting', 'held'))";

/// How many settled messages that disclosed nothing (answers, agreements) are older than that.
pub async fn old_talk(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let text = format!("SELECT COUNT(*) FROM outbox WHERE {OLD_TALK}");
    let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).bind(before.millis()).fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Forgets such messages.
pub async fn forget_talk(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let text = format!("SELECT seq FROM outbox WHERE {OLD_TALK} ORDER BY created_at LIMIT $2");
    let rows: Vec<(i64,)> = sqlx::query_as(AssertSqlSafe(text)).bind(before.millis()).bind(most).fetch_all(tx.sql()).await?;
    for (seq,) in &rows {
        sqlx::query("DELETE FROM deliveries WHERE outbox_seq = $1").bind(seq).execute(tx.sql()).await?;
        sqlx::query("DELETE FROM outbox WHERE seq = $1").bind(seq).execute(tx.sql()).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(0))
}

/// Forgets what went to whom about an object that is gone for good, as far as nothing of it waits.
pub async fn forget_about(tx: &mut Tx, about: &Iri) -> Result<u64, DbError> {
    sqlx::query(
        "DELETE FROM deliveries WHERE state NOT IN ('waiting', 'held') AND outbox_seq IN (SELECT seq FROM outbox WHERE about = $1)",
    )
    .bind(about.as_str())
    .execute(tx.sql())
    .await?;
    let gone =
        sqlx::query("DELETE FROM outbox WHERE about = $1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.outbox_seq = outbox.seq)")
            .bind(about.as_str())
            .execute(tx.sql())
            .await?;
    Ok(gone.rows_affected())
}

/// The highest number given so far, so that a restart goes on after it.
pub async fn last_sequence(conn: &mut Conn) -> Result<i64, DbError> {
    let (out,): (Option<i64>,) = sqlx::query_as("SELECT MAX(seq) FROM outbox").fetch_one(conn.sql()).await?;
    let (incoming,): (Option<i64>,) = sqlx::query_as("SELECT MAX(seq) FROM inbox").fetch_one(conn.sql()).await?;
    Ok(out.unwrap_or(0).max(incoming.unwrap_or(0)))
}
