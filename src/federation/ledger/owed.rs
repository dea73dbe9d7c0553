//! What partners owe: deletions that they were asked to confirm and have not, in pages, and by partner, so that a house that is
//! dead stands in nobody's way. It only reads the record of what was sent.

use sqlx::AssertSqlSafe;

use super::Kind;
use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError};

/// A deletion that a partner was asked to confirm and has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The partner.
    pub partner: Id,
    /// Address of what was deleted: a post, or a person.
    pub thing: Iri,
    /// [`Kind::Deletion`] or [`Kind::Farewell`].
    pub kind: Kind,
    /// The actor of ours that said it.
    pub actor: Id,
    /// When it was said first.
    pub since: Timestamp,
    /// When it was said last.
    pub last: Timestamp,
    /// Whether one is still waiting to be sent.
    pub waiting: bool,
}

/// Which open deletions are meant, besides that they are not confirmed.
#[derive(Clone, Debug)]
pub struct Owed<'a> {
    /// Said first before this moment.
    pub said_before: Timestamp,
    /// Said last before this moment, and not waiting to be sent: due to be said again.
    pub silent_since: Option<Timestamp>,
    /// Owed by this partner.
    pub partner: Option<&'a Id>,
    /// After this one, in the order of the list.
    pub after: Option<&'a OpenCursor>,
}

impl Owed<'_> {
    /// Everything that was said before this moment.
    pub const fn since(said_before: Timestamp) -> Self {
        Self { said_before, silent_since: None, partner: None, after: None }
    }
}

/// A place in the list of open deletions: when it was said first, what it is about, and who owes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCursor {
    since: i64,
    partner: String,
    thing: String,
}

impl OpenCursor {
    /// Reads `<moment>.<partner>.<address>`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (since, partner, thing) = (parts.next()?.parse().ok()?, Id::parse(parts.next()?)?, parts.next()?);
        Some(Self { since, partner: partner.as_str().to_owned(), thing: thing.to_owned() })
    }
}

impl std::fmt::Display for OpenCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.since, self.partner, self.thing)
    }
}

impl Open {
    /// Where the list goes on after this one.
    pub fn cursor(&self) -> OpenCursor {
        OpenCursor { since: self.since.millis(), partner: self.partner.as_str().to_owned(), thing: self.thing.to_string() }
    }
}

/// What is owed: not confirmed by a partner that promised receipts, and with which it is not over for good.
const OWED: &str = "FROM outbox o JOIN deliveries d ON d.outbox_seq = o.seq JOIN partners p ON p.id = d.partner_id
     WHERE o.receipt = 1 AND o.kind IN ('deletion', 'farewell') AND o.about IS NOT NULL AND d.receipt_at IS NULL
       AND p.handshake = 1 AND (p.state <> 'ended' OR p.closing_until IS NOT NULL)";

/// Deletions that are not confirmed, oldest first, at most `most`.
///
/// # Errors
/// Database trouble.
pub async fn open(conn: &mut Conn, owed: &Owed<'_>, most: i64) -> Result<Vec<Open>, DbError> {
    let text = format!(
        "SELECT d.partner_id, o.about, o.kind, MAX(o.actor_id), MIN(o.created_at), MAX(o.created_at),
            MAX(CASE WHEN d.state = 'waiting' THEN 1 ELSE 0 END)
         {OWED} AND ($2 = '' OR d.partner_id = $2)
         GROUP BY d.partner_id, o.about, o.kind
         HAVING MIN(o.created_at) < $1
           AND ($3 = 0 OR (MAX(o.created_at) <= $4 AND MAX(CASE WHEN d.state = 'waiting' THEN 1 ELSE 0 END) = 0))
           AND (MIN(o.created_at) > $5 OR (MIN(o.created_at) = $5
                AND (o.about > $6 OR (o.about = $6 AND d.partner_id > $7))))
         ORDER BY MIN(o.created_at), o.about, d.partner_id LIMIT $8"
    );
    let after = owed.after;
    let rows: Vec<(String, String, String, String, i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(text))
        .bind(owed.said_before.millis())
        .bind(owed.partner.map_or("", Id::as_str))
        .bind(i64::from(owed.silent_since.is_some()))
        .bind(owed.silent_since.map_or(0, Timestamp::millis))
        .bind(after.map_or(i64::MIN, |after| after.since))
        .bind(after.map_or("", |after| after.thing.as_str()))
        .bind(after.map_or("", |after| after.partner.as_str()))
        .bind(most)
        .fetch_all(conn.sql())
        .await?;
    let unreadable = || DbError::Unreadable("outbox");
    let read = |(partner, thing, kind, actor, since, last, waiting): (String, String, String, String, i64, i64, i64)| {
        Ok(Open {
            partner: Id::parse(&partner).ok_or_else(unreadable)?,
            thing: Iri::parse(&thing).map_err(|_| unreadable())?,
            kind: Kind::parse(&kind),
            actor: Id::parse(&actor).ok_or_else(unreadable)?,
            since: Timestamp::from_millis(since),
            last: Timestamp::from_millis(last),
            waiting: waiting != 0,
        })
    };
    rows.into_iter().map(read).collect()
}

/// The partners that owe a receipt for something that was said before this moment. There are never more than partners.
///
/// # Errors
/// Database trouble.
pub async fn debtors(conn: &mut Conn, said_before: Timestamp) -> Result<Vec<Id>, DbError> {
    let text = format!("SELECT DISTINCT d.partner_id {OWED} AND o.created_at < $1 ORDER BY 1");
    let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(text)).bind(said_before.millis()).fetch_all(conn.sql()).await?;
    super::ids(&rows)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Origin, SystemChance};
    use crate::db::Tx;
    use crate::federation::here::{Here, Sequence};
    use crate::federation::partners::{self, State};
    use crate::testing::database::both;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// A deletion that went, or waits, to this partner, said at this moment.
    async fn said(tx: &mut Tx, here: &Here, (partner, state): (&Id, &str), thing: &str, seconds: i64) {
        let seq = here.sequence();
        sqlx::query(
            "INSERT INTO outbox (seq, activity_uri, actor_id, thread, verb, about, receipt, body, created_at, kind)
             VALUES ($1, $2, $3, $3, 'Delete', $4, 1, '', $5, 'deletion')",
        )
        .bind(seq)
        .bind(here.activity_uri().as_str())
        .bind(here.id().as_str())
        .bind(thing)
        .bind(at(seconds).millis())
        .execute(tx.sql())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO deliveries (partner_id, outbox_seq, thread, state, attempts, next_at, created_at) VALUES ($1, $2, '', $3, 1, 0, 0)",
        )
        .bind(partner.as_str())
        .bind(seq)
        .bind(state)
        .execute(tx.sql())
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn each_partner_has_its_own_list_and_every_list_has_pages() {
        for db in both().await {
            let origin = Origin::parse("https://a.test").unwrap();
            let here = Here::new(at(1_000_000), Arc::new(SystemChance), origin, Arc::new(Sequence::default()));
            let mut tx = db.begin().await.unwrap();
            let mut ids = Vec::new();
            for host in ["https://dead.test", "https://late.test", "https://over.test", "https://shut.test", "https://other.test"] {
                let partner = partners::name(&mut tx, &here, &Origin::parse(host).unwrap(), host != "https://other.test").await.unwrap();
                partners::set_state(&mut tx, &partner.id, State::Active, at(1)).await.unwrap();
                ids.push(partner.id);
            }
            let [dead, late, over, shut, other] = &ids[..] else { panic!("five partners") };
            for number in 0..5 {
                said(&mut tx, &here, (dead, "waiting"), &format!("https://a.test/o/{number}"), 10).await;
            }
            for (partner, seconds) in [(late, 20), (late, 90), (over, 30), (shut, 30), (other, 30)] {
                said(&mut tx, &here, (partner, "delivered"), "https://a.test/o/9", seconds).await;
            }
            partners::end(&mut tx, over, at(2), at(2_000_000)).await.unwrap();
            partners::end(&mut tx, shut, at(2), at(3)).await.unwrap();
            partners::close_ended(&mut tx, at(4)).await.unwrap();
            // All of them, in pages of two: five of the dead one, one of the late one, and the one that is being closed.
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let owed = Owed { after: after.as_ref(), ..Owed::since(at(100)) };
                let page = open(&mut tx, &owed, 2).await.unwrap();
                let Some(last) = page.last() else { break };
                after = OpenCursor::parse(&last.cursor().to_string());
                found.extend(page);
            }
            let mut owe = debtors(&mut tx, at(100)).await.unwrap();
            let mut expected = vec![dead.clone(), late.clone(), over.clone()];
            owe.sort();
            expected.sort();
            assert_eq!(owe, expected, "who is shut out for good, or promised nothing, owes nothing");
            assert_eq!(found.len(), 7);
            assert_eq!(found.iter().map(|one| one.since).max(), Some(at(30)), "said twice is owed once, since the first time");
            // What is to be said again: not what waits, not what was said a moment ago.
            for (partner, silent_since, most) in [(dead, 100, 0), (late, 89, 0), (late, 90, 1), (over, 30, 1)] {
                let owed = Owed { silent_since: Some(at(silent_since)), partner: Some(partner), ..Owed::since(at(100)) };
                assert_eq!(open(&mut tx, &owed, 10).await.unwrap().len(), most, "{silent_since}");
            }
        }
    }
}
