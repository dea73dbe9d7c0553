//! What the database promises, tried on both engines where both can keep it.

mod files;
mod group;

use futures::future::join_all;

use super::*;
use crate::testing::database::{TestDb, both, postgres};

/// Writes one mark in a unit of work that is not yet committed.
async fn mark(tx: &mut Tx, name: &str) -> Result<(), DbError> {
    sqlx::query("INSERT INTO marks (name, value) VALUES ($1, '1')").bind(name).execute(tx.sql()).await?;
    Ok(())
}

/// The names of all committed marks, in order.
async fn marks(db: &Db) -> Vec<String> {
    let mut reader = db.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as("SELECT name FROM marks ORDER BY name").fetch_all(reader.sql()).await.unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}

/// Tries again where nothing was begun because it took too long to be let in. How long that may take is the product's limit; on a machine
/// that is busy with other things it can end while many wait, and what is tried here is what happens to them.
async fn patiently<T, F: Future<Output = Result<T, DbError>>>(what: impl Fn() -> F) -> Result<T, DbError> {
    let mut last = what().await;
    for _ in 0..60 {
        if !matches!(last, Err(DbError::Busy)) {
            break;
        }
        last = what().await;
    }
    last
}

#[tokio::test]
async fn what_is_committed_is_read_by_the_next_reader() {
    for db in both().await {
        for number in 0..20 {
            let mut tx = db.begin().await.unwrap();
            mark(&mut tx, &format!("{number:02}")).await.unwrap();
            let proof = tx.commit_with(number).await.unwrap();
            assert_eq!(marks(&db).await.len(), proof.into_inner() + 1);
        }
    }
}

#[tokio::test]
async fn a_dropped_unit_leaves_nothing() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, "lost").await.unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, "kept").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(marks(&db).await, ["kept"]);
    }
}

#[tokio::test]
async fn a_reader_does_not_see_what_is_not_committed() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, "soon").await.unwrap();
        assert!(marks(&db).await.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(marks(&db).await, ["soon"]);
    }
}

#[tokio::test]
async fn a_part_is_undone_by_itself() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, "before").await.unwrap();
        tx.savepoint().await.unwrap();
        mark(&mut tx, "part").await.unwrap();
        assert!(mark(&mut tx, "before").await.unwrap_err().is_unique_violation());
        tx.rollback_to_savepoint().await.unwrap();
        tx.savepoint().await.unwrap();
        mark(&mut tx, "second").await.unwrap();
        tx.release().await.unwrap();
        assert!(tx.release().await.is_err(), "there is one level");
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, "a").await.unwrap();
        tx.savepoint().await.unwrap();
        mark(&mut tx, "b").await.unwrap();
        tx.rollback_to_savepoint().await.unwrap();
        mark(&mut tx, "c").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(marks(&db).await, ["a", "c"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_writers_are_all_kept() {
    for db in both().await {
        let writers = (0..500).map(|number| {
            let db = Db::clone(&db);
            tokio::spawn(async move {
                let mut tx = patiently(|| db.begin()).await?;
                mark(&mut tx, &format!("{number:03}")).await?;
                tx.commit().await
            })
        });
        for kept in join_all(writers).await {
            kept.unwrap().unwrap();
        }
        assert_eq!(marks(&db).await.len(), 500);
    }
}

#[tokio::test]
async fn a_named_lock_is_held_until_the_end() {
    for db in both().await {
        let mut first = db.begin().await.unwrap();
        first.lock("ledger").await.unwrap();
        if db.engine() == Engine::Postgres {
            let mut second = db.begin().await.unwrap();
            second.lock("another").await.unwrap();
            let free = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
                (SELECT oid FROM pg_database WHERE datname = current_database())";
            let (held,): (i64,) = sqlx::query_as(free).fetch_one(second.sql()).await.unwrap();
            assert_eq!(held, 2);
            let mut waiting = Box::pin(second.lock("ledger"));
            // Until the server says that it stands in line: then it was asked for, and not given.
            let in_line = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
                (SELECT oid FROM pg_database WHERE datname = current_database())";
            let mut reader = db.read().await.unwrap();
            loop {
                tokio::select! {
                    given = &mut waiting => panic!("the lock is held and was given: {given:?}"),
                    line = sqlx::query_as::<_, (i64,)>(in_line).fetch_one(reader.sql()) => if line.unwrap().0 == 1 { break },
                }
            }
            first.commit().await.unwrap();
            waiting.await.unwrap();
        } else {
            first.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_unique_value_is_refused_as_such() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, "one").await.unwrap();
        let error = mark(&mut tx, "one").await.unwrap_err();
        assert!(error.is_unique_violation(), "{error:?}");
        assert!(!error.to_string().contains("one"), "no value in the message: {error}");
    }
}

#[tokio::test]
async fn a_wrong_statement_says_its_code_and_no_value() {
    for db in both().await {
        let mut reader = db.read().await.unwrap();
        let error = sqlx::query("SELECT nothing FROM nowhere WHERE x = $1").bind("secret").execute(reader.sql()).await.unwrap_err();
        let error = DbError::from(error);
        assert!(error.to_string().starts_with("the database refused a statement ("), "{error}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            SELECT 9999, description, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        sqlx::query(insert).execute(tx.sql()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(Db::open(db.url()).await, Err(DbError::Newer(9999))));
        assert!(matches!(db.migrate().await, Err(DbError::Newer(9999))));
    }
}

#[tokio::test]
async fn two_processes_that_migrate_at_once_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let mut fresh = vec![Db::open(&DatabaseUrl::Sqlite(folder.path().join("new.db"))).await.unwrap()];
    let server = postgres().await;
    if let Some(db) = &server {
        let mut tx = db.begin().await.unwrap();
        sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(tx.sql()).await.unwrap();
        tx.commit().await.unwrap();
        fresh.push(Db::clone(db));
    }
    for db in fresh {
        assert!(db.pending_migrations().await.unwrap() > 0);
        for migrated in join_all((0..4).map(|_| patiently(|| db.migrate()))).await {
            migrated.unwrap();
        }
        assert_eq!(db.pending_migrations().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_server_that_may_lose_work_is_refused() {
    let Some(db) = postgres().await else { return };
    let mut reader = db.read().await.unwrap();
    let (name,): (String,) = sqlx::query_as("SELECT CAST(current_database() AS TEXT)").fetch_one(reader.sql()).await.unwrap();
    let weaken = sqlx::AssertSqlSafe(format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    sqlx::raw_sql(weaken).execute(reader.sql()).await.unwrap();
    assert!(matches!(Db::open(db.url()).await, Err(DbError::Weak("synchronous_commit"))));
}

#[tokio::test]
async fn connections_that_were_ended_are_replaced() {
    let Some(db) = postgres().await else { return };
    let mut reader = db.read().await.unwrap();
    let others = "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended";
    let mut more = vec![db.read().await.unwrap(), db.read().await.unwrap()];
    for one in &mut more {
        sqlx::query("SELECT 1").execute(one.sql()).await.unwrap();
    }
    drop(more);
    let (ended,): (i64,) = sqlx::query_as(others).fetch_one(reader.sql()).await.unwrap();
    assert!(ended >= 2, "those two, and perhaps one from the beginning: {ended}");
    // At worst each ended connection is found out once, by a statement that fails with a passing trouble.
    let mut failures = 0;
    for _ in 0..ended + 10 {
        let mut other = db.read().await.unwrap();
        if let Err(error) = sqlx::query("SELECT 1").execute(other.sql()).await {
            assert!(DbError::from(error).is_transient());
            failures += 1;
        }
    }
    assert!(failures <= ended, "{failures} of {ended}");
}

/// Only for tests in this folder that look at one engine.
async fn sqlite() -> TestDb {
    crate::testing::database::sqlite().await
}
