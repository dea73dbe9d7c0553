//! What was answered 202 and then put aside, because the program or the database broke on it: it stays in the inbox with its text until
//! somebody has it tried again, or its days are over. Lists say what kind it is and whose, never what is in it.

use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};

/// One activity that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Parked {
    /// Its row.
    pub seq: i64,
    /// Whose it is.
    pub partner_id: String,
    /// What kind of activity.
    pub verb: String,
    /// A code of ours: `panicked` or `database`.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it came, in milliseconds.
    pub received_at: i64,
    /// 0: its text is gone, and it cannot be tried again.
    pub whole: i64,
}

/// What was put aside, newest first: at most `limit` with a row before this one.
///
/// # Errors
/// Database trouble.
pub async fn list(conn: &mut Conn, before: i64, limit: i64) -> Result<Vec<Parked>, DbError> {
    let rows = sqlx::query_as(
        "SELECT seq, partner_id, verb, reason, attempts, received_at, CAST(CASE WHEN body = '' THEN 0 ELSE 1 END AS BIGINT) AS whole
         FROM inbox WHERE state = 'parked' AND seq < $1 ORDER BY seq DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    Ok(rows)
}

/// How many are put aside.
///
/// # Errors
/// Database trouble.
pub async fn count(conn: &mut Conn) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM inbox WHERE state = 'parked'").fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Has one tried again now, as if it had just come. False when there is none under this number, or its text is gone.
///
/// # Errors
/// Database trouble.
pub async fn retry(tx: &mut Tx, seq: i64, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "UPDATE inbox SET state = 'waiting', reason = NULL, attempts = 0, next_at = $2, handled_at = NULL
         WHERE seq = $1 AND state = 'parked' AND body <> ''",
    )
    .bind(seq)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(changed.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures::future::BoxFuture;

    use super::*;
    use crate::base::{Iri, Origin, SystemChance};
    use crate::db::Db;
    use crate::federation::activity::Verb;
    use crate::federation::here::{Here, Sequence};
    use crate::federation::inbox::{self, Handled, Inbound, On, Receives, Refusal, Table};
    use crate::federation::partners;
    use crate::testing::database::both;

    static BROKEN: AtomicBool = AtomicBool::new(true);

    fn breaks<'a>(_tx: &'a mut Tx, _inbound: &'a Inbound<'a>) -> BoxFuture<'a, Result<Handled, Refusal>> {
        assert!(!BROKEN.load(Ordering::Relaxed), "on purpose");
        Box::pin(async { Ok(Handled::Done) })
    }

    async fn states(db: &Db) -> Vec<(String, bool)> {
        let mut conn = db.read().await.unwrap();
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT state, body FROM inbox ORDER BY seq").fetch_all(conn.sql()).await.unwrap();
        rows.into_iter().map(|(state, body)| (state, body.is_empty())).collect()
    }

    #[tokio::test]
    async fn what_broke_the_program_is_kept_aside_and_can_be_tried_again() {
        for db in both().await {
            BROKEN.store(true, Ordering::Relaxed);
            let now = Timestamp::from_seconds(1_772_366_400);
            let here = Here::new(now, Arc::new(SystemChance), Origin::parse("https://veld.test").unwrap(), Arc::new(Sequence::default()));
            let table = Table::new(vec![Receives { verb: Verb::Delete, on: On::Person, run: breaks }]).unwrap();
            let mut tx = db.begin().await.unwrap();
            let partner = partners::name(&mut tx, &here, &Origin::parse("https://p.test").unwrap(), false).await.unwrap().id;
            let who = Iri::parse("https://p.test/p/x").unwrap();
            sqlx::query(
                "INSERT INTO actors (id, uri, kind, partner_id, name, inbox, key_id, public_key, created_at)
                 VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaa', $1, 'person', $2, 'X', $1, $1, '', 0)",
            )
            .bind(who.as_str())
            .bind(partner.as_str())
            .execute(tx.sql())
            .await
            .unwrap();
            let body = format!(r#"{{"id":"https://p.test/a/1","type":"Delete","actor":"{who}","object":"{who}"}}"#);
            sqlx::query(
                "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, attempts, next_at, received_at)
                 VALUES (7, $1, 'https://p.test/a/1', 'aaaaaaaaaaaaaaaaaaaaaaaaaa', 'Delete', $2, 'new', 0, 0, $3)",
            )
            .bind(partner.as_str())
            .bind(body)
            .bind(now.millis())
            .execute(tx.sql())
            .await
            .unwrap();
            tx.commit().await.unwrap();
            let handle = async || {
                let due = inbox::due(&mut db.read().await.unwrap(), now, &inbox::Turns::default(), false).await.unwrap().rows;
                inbox::handle(&db, &here, &table, &due).await.unwrap();
            };
            handle().await;
            assert_eq!(states(&db).await, [("parked".to_owned(), false)], "aside, with what it said");
            let mut conn = db.read().await.unwrap();
            let rows = list(&mut conn, i64::MAX, 10).await.unwrap();
            assert_eq!((rows.len(), rows[0].reason.as_deref(), rows[0].whole), (1, Some("panicked"), 1));
            assert_eq!((list(&mut conn, rows[0].seq, 10).await.unwrap().len(), count(&mut conn).await.unwrap()), (0, 1));
            drop(conn);
            BROKEN.store(false, Ordering::Relaxed);
            let mut tx = db.begin().await.unwrap();
            assert!(!retry(&mut tx, 8, now).await.unwrap());
            assert!(retry(&mut tx, 7, now).await.unwrap());
            assert!(!retry(&mut tx, 7, now).await.unwrap(), "it is not aside any more");
            tx.commit().await.unwrap();
            handle().await;
            assert_eq!(states(&db).await, [("handled".to_owned(), true)]);
        }
    }

    #[tokio::test]
    async fn what_is_aside_has_its_days() {
        for db in both().await {
            let mut tx = db.begin().await.unwrap();
            for (seq, handled) in [(1, 5), (2, 15)] {
                sqlx::query(
                    "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, attempts, next_at, received_at, handled_at)
                     VALUES ($1, 'p', $2, 'a', 'Create', 'words', 'parked', 1, 0, 0, $3)",
                )
                .bind(i64::from(seq))
                .bind(format!("https://p.test/a/{seq}"))
                .bind(i64::from(handled))
                .execute(tx.sql())
                .await
                .unwrap();
            }
            let before = Timestamp::from_millis(10);
            assert_eq!(inbox::old_settled(&mut tx, before).await.unwrap(), 1);
            assert_eq!(inbox::forget_settled(&mut tx, before, 10).await.unwrap(), 1);
            assert_eq!(count(&mut tx).await.unwrap(), 1);
        }
    }
}
