//! Graves: the addresses of deleted things, whether or not we ever had them. What lies here never comes back,
//! however late or often its `Create` arrives. Beside them the list of what was erased here, by id only, which outlives the
//! restore of an older copy of this database. Graves of what never was here are bounded by number and age, since a partner
//! can name as many addresses as it likes.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};

/// Graves of never-known things that one partner has at a time; a further one takes the place of its oldest.
const MOST_EMPTY: i64 = 10_000;
/// How long the grave of a never-known thing stays: a partner tries for seven days to deliver its `Create`, and here it may
/// wait for seven more for what it needs.
pub const EMPTY_FOR: Duration = Duration::from_hours(15 * 24);

/// Remembers that this address was deleted: of a thing that was here, or that was refused for good by us.
pub async fn bury(tx: &mut Tx, uri: &Iri, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("INSERT INTO tombstones (uri, buried_at) VALUES ($1, $2) ON CONFLICT (uri) DO UPDATE SET asked_by = NULL")
        .bind(uri.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Remembers for a time that a partner deleted this address, of which nothing was ever here: late or doubled messages about
/// it find the grave. `erased`: it also goes into the list of erasures, as far as the partner's room reaches.
pub async fn bury_unknown(tx: &mut Tx, (partner, uri): (&Id, &Iri), now: Timestamp, erasure: bool) -> Result<(), DbError> {
    if is_buried(tx, uri).await? {
        return Ok(());
    }
    let counted = sqlx::query(
        "INSERT INTO empty_graves (partner_id, graves) VALUES ($1, 1)
         ON CONFLICT (partner_id) DO UPDATE SET graves = empty_graves.graves + 1 WHERE empty_graves.graves < $2",
    );
    let room = counted.bind(partner.as_str()).bind(MOST_EMPTY).execute(tx.sql()).await?.rows_affected() > 0;
    if !room {
        let oldest = "DELETE FROM tombstones WHERE uri =
            (SELECT uri FROM tombstones WHERE asked_by = $1 ORDER BY buried_at, uri LIMIT 1)";
        sqlx::query(oldest).bind(partner.as_str()).execute(tx.sql()).await?;
    }
    sqlx::query("INSERT INTO tombstones (uri, buried_at, asked_by) VALUES ($1, $2, $3) ON CONFLICT (uri) DO NOTHING")
        .bind(uri.as_str())
        .bind(now.millis())
        .bind(partner.as_str())
        .execute(tx.sql())
        .await?;
    if room && erasure { erased(tx, OBJECT, uri.as_str(), now).await } else { Ok(()) }
}

/// Forgets at most so many graves of never-known things from before `before`, and counts the rest anew. Returns how many went.
pub async fn forget_unknown(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let old = "DELETE FROM tombstones WHERE uri IN
        (SELECT uri FROM tombstones WHERE asked_by IS NOT NULL AND buried_at < $1 ORDER BY buried_at, uri LIMIT $2)";
    let gone = sqlx::query(old).bind(before.millis()).bind(most).execute(tx.sql()).await?.rows_affected();
    if gone > 0 {
        let anew = "UPDATE empty_graves SET graves =
            (SELECT COUNT(*) FROM tombstones WHERE tombstones.asked_by = empty_graves.partner_id)";
        sqlx::query(anew).execute(tx.sql()).await?;
    }
    Ok(gone)
}

/// Whether this address was deleted.
pub async fn is_buried(conn: &mut Conn, uri: &Iri) -> Result<bool, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT uri FROM tombstones WHERE uri = $1").bind(uri.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.is_some())
}

/// What was erased, as the list says it.
pub const OBJECT: &str = "object";
/// An object came back: its writer changed their mind within the week.
pub const BACK: &str = "back";
/// A person: a persona, a guest, or somebody of a partner.
pub const ACTOR: &str = "actor";

/// One line of the list of erasures.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Erasure {
    /// [`OBJECT`], [`BACK`], [`ACTOR`], or a word of a feature.
    pub kind: String,
    /// Address or id; never a name, never content.
    pub subject: String,
    /// When, in milliseconds.
    pub at: i64,
    /// Of a post of this house: address of the group it was in, so that its deletion can be said again though nothing else of it
    /// is known any more. Else empty.
    pub group_uri: String,
    /// Of a post that its writer took away: address of the writer's persona. Else empty.
    pub writer_uri: String,
}

/// Adds to the list of erasures.
pub async fn erased(tx: &mut Tx, kind: &str, subject: &str, now: Timestamp) -> Result<(), DbError> {
    erased_from(tx, kind, subject, ("", ""), now).await
}

/// The same for a post of this house, with the addresses of its group and its writer.
pub async fn erased_from(tx: &mut Tx, kind: &str, subject: &str, (group, writer): (&str, &str), now: Timestamp) -> Result<(), DbError> {
    let text =
        "INSERT INTO erasures (kind, subject, at, group_uri, writer_uri, written) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING";
    sqlx::query(text).bind(kind).bind(subject).bind(now.millis()).bind(group).bind(writer).execute(tx.sql()).await?;
    Ok(())
}

/// Which of these lines of the file the database does not know: what an older copy has to catch up with.
pub async fn missing(conn: &mut Conn, lines: &[Erasure]) -> Result<Vec<Erasure>, DbError> {
    let mut missing = Vec::new();
    for lines in lines.chunks(200) {
        let text = format!("SELECT subject, kind, at FROM erasures WHERE subject IN ({})", numbered(1, lines.len()));
        let mut query = sqlx::query_as(AssertSqlSafe(text));
        for line in lines {
            query = query.bind(line.subject.as_str());
        }
        let known: HashSet<(String, String, i64)> = query.fetch_all(conn.sql()).await?.into_iter().collect();
        let gone = |line: &&Erasure| !known.contains(&(line.subject.clone(), line.kind.clone(), line.at));
        missing.extend(lines.iter().filter(gone).cloned());
    }
    Ok(missing)
}

/// Takes lines of the file into the database, which has caught up with them.
pub async fn remember(tx: &mut Tx, lines: &[Erasure]) -> Result<(), DbError> {
    for line in lines {
        let text = "INSERT INTO erasures (kind, subject, at, group_uri, writer_uri, written) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING";
        let query = sqlx::query(text).bind(&line.kind).bind(&line.subject).bind(line.at);
        query.bind(&line.group_uri).bind(&line.writer_uri).execute(tx.sql()).await?;
    }
    Ok(())
}

/// The lines that do not stand in the file beside the database yet, in order, at most `most`.
pub async fn unwritten(conn: &mut Conn, most: i64) -> Result<Vec<Erasure>, DbError> {
    // Of one moment, an object is erased before it comes back.
    let text = "SELECT kind, subject, at, group_uri, writer_uri FROM erasures WHERE written = 0 ORDER BY at, kind DESC, subject LIMIT $1";
    Ok(sqlx::query_as(text).bind(most).fetch_all(conn.sql()).await?)
}

/// These lines stand in the file now.
pub async fn written(tx: &mut Tx, lines: &[Erasure]) -> Result<(), DbError> {
    for line in lines {
        sqlx::query("UPDATE erasures SET written = 1 WHERE kind = $1 AND subject = $2 AND at = $3")
            .bind(&line.kind)
            .bind(&line.subject)
            .bind(line.at)
            .execute(tx.sql())
            .await?;
    }
    Ok(())
}

/// Takes lines out of the database that have stood in the file since before `before`.
pub async fn forget_written(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM erasures WHERE written = 1 AND at < $1").bind(before.millis()).execute(tx.sql()).await?;
    if done.rows_affected() > 0 {
        let text = "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        sqlx::query(text).bind(FORGOTTEN).bind(before.millis().to_string()).execute(tx.sql()).await?;
    }
    Ok(done.rows_affected())
}

/// The mark that says up to which moment lines were taken out of the database.
const FORGOTTEN: &str = "erasures-forgotten";

/// Since when every line of the file must be in the database.
pub async fn known_since(conn: &mut Conn) -> Result<Timestamp, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT value FROM marks WHERE name = $1").bind(FORGOTTEN).fetch_optional(conn.sql()).await?;
    Ok(row.and_then(|(value,)| value.parse().ok()).map_or(Timestamp::EPOCH, Timestamp::from_millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;
    use crate::testing::database::both;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[tokio::test]
    async fn what_lies_in_a_grave_stays_there() {
        for db in both().await {
            let (gone, other) = (Iri::parse("https://p.test/o/1").unwrap(), Iri::parse("https://p.test/o/2").unwrap());
            let mut tx = db.begin().await.unwrap();
            assert!(!is_buried(&mut tx, &gone).await.unwrap());
            bury(&mut tx, &gone, at(1)).await.unwrap();
            bury(&mut tx, &gone, at(2)).await.unwrap();
            assert!(is_buried(&mut tx, &gone).await.unwrap() && !is_buried(&mut tx, &other).await.unwrap());
        }
    }

    /// Addresses in graves, of these.
    async fn buried(tx: &mut Tx, uris: &[Iri]) -> Vec<bool> {
        let mut buried = Vec::new();
        for uri in uris {
            buried.push(is_buried(tx, uri).await.unwrap());
        }
        buried
    }

    #[tokio::test]
    async fn a_partner_has_so_many_graves_of_what_never_was_here_and_each_for_so_long() {
        for db in both().await {
            let uris: Vec<Iri> = (0..4).map(|number| Iri::parse(&format!("https://p.test/o/{number}")).unwrap()).collect();
            let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
            let other = Iri::parse("https://q.test/o/1").unwrap();
            let mut tx = db.begin().await.unwrap();
            bury_unknown(&mut tx, (&q, &other), at(1), false).await.unwrap();
            // Room for two more.
            sqlx::query("INSERT INTO empty_graves (partner_id, graves) VALUES ($1, $2)")
                .bind(p.as_str())
                .bind(MOST_EMPTY - 2)
                .execute(tx.sql())
                .await
                .unwrap();
            bury_unknown(&mut tx, (&p, &uris[0]), at(2), true).await.unwrap();
            bury_unknown(&mut tx, (&p, &uris[0]), at(3), true).await.unwrap();
            bury_unknown(&mut tx, (&p, &uris[1]), at(4), false).await.unwrap();
            assert_eq!(buried(&mut tx, &uris).await, [true, true, false, false], "said twice, it took one place");
            bury_unknown(&mut tx, (&p, &uris[2]), at(5), true).await.unwrap();
            assert_eq!(buried(&mut tx, &uris).await, [false, true, true, false], "the oldest of the same partner makes room");
            assert!(is_buried(&mut tx, &other).await.unwrap());
            let listed: Vec<String> = unwritten(&mut tx, 10).await.unwrap().into_iter().map(|line| line.subject).collect();
            assert_eq!(listed, [uris[0].as_str()], "the list of erasures takes what was one, and no more than there is room for");

            assert_eq!(forget_unknown(&mut tx, at(5), 1).await.unwrap(), 1, "the oldest first");
            assert_eq!(forget_unknown(&mut tx, at(5), 10).await.unwrap(), 1);
            assert_eq!((buried(&mut tx, &uris).await, is_buried(&mut tx, &other).await.unwrap()), (vec![false, false, true, false], false));
            // They were counted anew: there is room again, and nobody has to go.
            bury_unknown(&mut tx, (&p, &uris[3]), at(6), false).await.unwrap();
            assert_eq!(forget_unknown(&mut tx, at(5), 10).await.unwrap(), 0);
            assert_eq!(buried(&mut tx, &uris).await, [false, false, true, true]);
        }
    }

    #[tokio::test]
    async fn an_erasure_waits_until_it_stands_in_the_file_and_is_then_forgotten() {
        for db in both().await {
            let mut tx = db.begin().await.unwrap();
            for (kind, subject, seconds) in
                [(OBJECT, "https://a.test/o/1", 10), (BACK, "https://a.test/o/1", 10), (ACTOR, "https://a.test/p/1", 20)]
            {
                erased(&mut tx, kind, subject, at(seconds)).await.unwrap();
                erased(&mut tx, kind, subject, at(seconds)).await.unwrap();
            }
            let all = unwritten(&mut tx, 10).await.unwrap();
            let kinds: Vec<&str> = all.iter().map(|line| line.kind.as_str()).collect();
            assert_eq!(kinds, [OBJECT, BACK, ACTOR], "once each; an object is erased before it comes back");
            assert_eq!(unwritten(&mut tx, 1).await.unwrap(), all[..1]);
            assert_eq!(forget_written(&mut tx, at(100)).await.unwrap(), 0, "what is not in the file stays");
            written(&mut tx, &all[..2]).await.unwrap();
            assert_eq!(unwritten(&mut tx, 10).await.unwrap(), all[2..]);
            assert_eq!(forget_written(&mut tx, at(10)).await.unwrap(), 0, "not old enough");
            assert_eq!(known_since(&mut tx).await.unwrap(), Timestamp::EPOCH, "nothing was forgotten yet");
            assert_eq!(forget_written(&mut tx, at(11)).await.unwrap(), 2);
            assert_eq!(unwritten(&mut tx, 10).await.unwrap(), all[2..]);
            assert_eq!(known_since(&mut tx).await.unwrap(), at(11));
            // What an older copy does not know is found, and known afterwards.
            assert_eq!(missing(&mut tx, &all).await.unwrap(), all[..2]);
            remember(&mut tx, &all).await.unwrap();
            assert_eq!(missing(&mut tx, &all).await.unwrap(), []);
            assert_eq!(unwritten(&mut tx, 10).await.unwrap(), all[2..], "what stands in the file is not written again");
        }
    }
}
