//! Group commit on SQLite: folding, isolation, and callers that go away at any moment.

use std::pin::pin;

use futures::future::join_all;
use futures::poll;

use super::{mark, marks, sqlite};
use crate::db::{Db, DbError};

async fn write(db: &Db, name: &str) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    mark(&mut tx, name).await?;
    tx.commit().await
}

#[tokio::test]
async fn units_that_wait_together_share_a_flush() {
    let db = sqlite().await;
    let before = db.commits().unwrap();
    for kept in join_all((0..100).map(async |number| write(&db, &number.to_string()).await)).await {
        kept.unwrap();
    }
    let flushes = db.commits().unwrap() - before;
    assert_eq!(marks(&db).await.len(), 100);
    assert!((2..=20).contains(&flushes), "at most 64 in a group, and not one each: {flushes}");
}

#[tokio::test]
async fn a_unit_alone_is_flushed_alone() {
    let db = sqlite().await;
    let before = db.commits().unwrap();
    for number in 0..5 {
        write(&db, &number.to_string()).await.unwrap();
    }
    assert_eq!(db.commits().unwrap() - before, 5);
}

#[tokio::test]
async fn nobody_is_answered_before_the_flush() {
    let db = sqlite().await;
    let mut first = db.begin().await.unwrap();
    mark(&mut first, "first").await.unwrap();
    let mut second = pin!(db.begin());
    assert!(poll!(&mut second).is_pending());
    let mut committing = pin!(first.commit());
    assert!(poll!(&mut committing).is_pending());
    // The second has the writer now, so the group cannot be flushed, and the first is not answered.
    let mut second = second.await.unwrap();
    mark(&mut second, "second").await.unwrap();
    assert!(poll!(&mut committing).is_pending());
    assert!(marks(&db).await.is_empty());
    drop(second);
    committing.await.unwrap();
    assert_eq!(marks(&db).await, ["first"]);
}

#[tokio::test]
async fn a_failed_unit_in_a_group_takes_nobody_along() {
    let db = sqlite().await;
    let units = (0..50).map(async |number| {
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, &format!("{number:02}")).await.unwrap();
        match number % 3 {
            0 => tx.commit().await.unwrap(),
            1 => drop(tx),
            _ => {
                assert!(mark(&mut tx, &format!("{number:02}")).await.unwrap_err().is_unique_violation());
                drop(tx);
            }
        }
    });
    join_all(units).await;
    let kept: Vec<String> = (0..50).filter(|number| number % 3 == 0).map(|number| format!("{number:02}")).collect();
    assert_eq!(marks(&db).await, kept);
}

#[tokio::test]
async fn a_caller_that_goes_away_while_beginning_blocks_nobody() {
    let db = sqlite().await;
    for polls in 0..6 {
        let mut beginning = Box::pin(db.begin());
        for _ in 0..polls {
            if poll!(&mut beginning).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(beginning);
        write(&db, &format!("after {polls}")).await.unwrap();
    }
    assert_eq!(marks(&db).await.len(), 6);
}

#[tokio::test]
async fn a_caller_that_goes_away_in_the_queue_blocks_nobody() {
    let db = sqlite().await;
    let mut tx = db.begin().await.unwrap();
    let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(db.begin())).collect();
    for one in &mut waiting {
        assert!(poll!(one).is_pending());
    }
    mark(&mut tx, "kept").await.unwrap();
    drop(waiting.remove(2));
    drop(waiting.remove(0));
    let mut committing = Box::pin(tx.commit());
    assert!(poll!(&mut committing).is_pending());
    drop(waiting);
    committing.await.unwrap();
    write(&db, "later").await.unwrap();
    assert_eq!(marks(&db).await, ["kept", "later"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_in_a_statement_is_undone() {
    let db = sqlite().await;
    for round in 0..20 {
        let mut tx = db.begin().await.unwrap();
        mark(&mut tx, &format!("lost {round}")).await.unwrap();
        let mut writing = Box::pin(mark(&mut tx, "lost too"));
        let _ = poll!(&mut writing);
        drop(writing);
        drop(tx);
        write(&db, &format!("kept {round:02}")).await.unwrap();
    }
    assert!(marks(&db).await.iter().all(|name| name.starts_with("kept")));
    assert_eq!(marks(&db).await.len(), 20);
}

#[tokio::test]
async fn a_commit_nobody_waits_for_is_made_all_the_same() {
    let db = sqlite().await;
    let mut tx = db.begin().await.unwrap();
    mark(&mut tx, "kept").await.unwrap();
    let mut committing = Box::pin(tx.commit());
    assert!(poll!(&mut committing).is_pending());
    drop(committing);
    write(&db, "next").await.unwrap();
    assert_eq!(marks(&db).await, ["kept", "next"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_callers_that_stay_fail_and_go_away_keeps_exactly_what_was_answered() {
    let db = sqlite().await;
    let units = (0..400).map(|number: u32| {
        let db = Db::clone(&db);
        tokio::spawn(async move {
            let name = format!("{number:03}");
            let written = name.clone();
            let unit = async move {
                let mut tx = db.begin().await?;
                mark(&mut tx, &written).await?;
                if number.is_multiple_of(5) {
                    return Ok(false);
                }
                tx.commit().await.map(|()| true)
            };
            if number.is_multiple_of(7) {
                // Goes away after a few polls, at a point that differs from unit to unit.
                let mut unit = Box::pin(unit);
                for _ in 0..number % 40 {
                    if poll!(&mut unit).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                return (name, None);
            }
            (name, Some(unit.await.unwrap()))
        })
    });
    let outcomes: Vec<_> = join_all(units).await.into_iter().map(Result::unwrap).collect();
    write(&db, "end").await.unwrap();
    let there = marks(&db).await;
    for (name, outcome) in outcomes {
        if let Some(kept) = outcome {
            assert_eq!(there.contains(&name), kept, "{name}");
        }
    }
}

#[tokio::test]
async fn a_panic_in_a_unit_poisons_nothing() {
    let db = sqlite().await;
    let inner = Db::clone(&db);
    let panicked = tokio::spawn(async move {
        let mut tx = inner.begin().await.unwrap();
        mark(&mut tx, "lost").await.unwrap();
        panic!("in the middle of a unit of work");
    });
    assert!(panicked.await.is_err());
    write(&db, "kept").await.unwrap();
    assert_eq!(marks(&db).await, ["kept"]);
}

#[tokio::test]
async fn when_the_commit_fails_everyone_in_it_hears_so() {
    let db = sqlite().await;
    // A reference that is checked only at the commit makes that commit fail.
    let mut tx = db.begin().await.unwrap();
    let tables = "CREATE TABLE parent (id BIGINT PRIMARY KEY);
        CREATE TABLE child (parent BIGINT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)";
    sqlx::raw_sql(tables).execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();

    let mut bad = db.begin().await.unwrap();
    sqlx::query("INSERT INTO child (parent) VALUES (7)").execute(bad.sql()).await.unwrap();
    let mut good = pin!(db.begin());
    assert!(poll!(&mut good).is_pending());
    let mut bad = pin!(bad.commit());
    assert!(poll!(&mut bad).is_pending());
    let mut good = good.await.unwrap();
    mark(&mut good, "good").await.unwrap();
    let good = good.commit().await;
    assert!(bad.await.is_err());
    assert!(good.is_err(), "it was in the same commit, so it was not kept and must not be answered");
    assert!(marks(&db).await.is_empty());
    write(&db, "next").await.unwrap();
    assert_eq!(marks(&db).await, ["next"]);
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for_and_then_reported() {
    let db = sqlite().await;
    let other = Db::open(db.url()).await.unwrap();
    let mut theirs = other.begin().await.unwrap();
    mark(&mut theirs, "theirs").await.unwrap();
    // Two wait. The first gives up after the busy timeout; the second does not wait for a time-out of its own.
    let (one, two) = futures::join!(db.begin(), db.begin());
    assert!(matches!((one, two), (Err(DbError::Busy), Err(DbError::Busy))));
    assert!(marks(&db).await.is_empty(), "reading goes on");
    theirs.commit().await.unwrap();
    write(&db, "ours").await.unwrap();
    assert_eq!(marks(&db).await, ["ours", "theirs"]);
}

#[tokio::test]
async fn a_full_disk_stops_writing_but_loses_nothing_that_was_answered() {
    let db = sqlite().await;
    write(&db, "before").await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(tx.sql()).await.unwrap();
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(limit).execute(tx.sql()).await.unwrap();
    mark(&mut tx, "in the same group").await.unwrap();
    let mut large = Box::pin(async {
        let mut tx = db.begin().await?;
        sqlx::query("INSERT INTO marks (name, value) VALUES ('large', $1)").bind("x".repeat(100_000)).execute(tx.sql()).await?;
        tx.commit().await
    });
    assert!(poll!(&mut large).is_pending());
    let (small, large) = futures::join!(tx.commit(), large);
    assert!(matches!(large, Err(DbError::Full)), "{large:?}");
    // The engine undid the whole group, so nobody in it may be told that it was kept.
    assert!(matches!(small, Err(DbError::Undone)), "{small:?}");
    assert_eq!(marks(&db).await, ["before"]);

    let mut tx = db.begin().await.unwrap();
    sqlx::raw_sql("PRAGMA max_page_count = 1000000").execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();
    write(&db, "space again").await.unwrap();
    assert_eq!(marks(&db).await, ["before", "space again"]);
}

#[tokio::test]
async fn a_transaction_that_the_engine_undid_is_answered_to_nobody() {
    let db = sqlite().await;
    let mut first = db.begin().await.unwrap();
    mark(&mut first, "first").await.unwrap();
    let mut second = pin!(db.begin());
    assert!(poll!(&mut second).is_pending());
    let mut first = pin!(first.commit());
    assert!(poll!(&mut first).is_pending());
    let mut second = second.await.unwrap();
    // What the engine does by itself on some failures of the disk, in the middle of another unit that goes on writing.
    sqlx::raw_sql("ROLLBACK").execute(second.sql()).await.unwrap();
    second.savepoint().await.unwrap();
    mark(&mut second, "second").await.unwrap();
    assert!(second.commit().await.is_err());
    assert!(first.await.is_err(), "its row is gone, so it must not be told that it was kept");
    assert!(marks(&db).await.is_empty());
    write(&db, "next").await.unwrap();
    assert_eq!(marks(&db).await, ["next"]);
}
