//! Durable work on both engines: once, in spite of crashes, late workers and panics.

use std::sync::atomic::AtomicUsize;

use futures::future::join_all;

use super::*;
use crate::base::SystemChance;
use crate::db::Db;
use crate::testing::database::both;

const NOON: Timestamp = Timestamp::from_millis(1_772_366_400_000);

struct World {
    db: Db,
    runs: AtomicUsize,
}

fn world(db: &Db) -> World {
    World { db: db.clone(), runs: AtomicUsize::new(0) }
}

fn count(run: Run<World>) -> Vec<Job<World>> {
    vec![Job { kind: "test", every: None, run }]
}

fn counting() -> Vec<Job<World>> {
    count(|world, _| {
        Box::pin(async {
            world.runs.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    })
}

async fn put(db: &Db, key: Option<&str>, run_at: Timestamp) {
    let mut tx = db.begin().await.unwrap();
    let job = NewJob { kind: "test", key: key.map(str::to_owned), payload: "p".to_owned(), run_at };
    enqueue(&mut tx, &SystemChance, job).await.unwrap();
    tx.commit().await.unwrap();
}

async fn totals(db: &Db) -> (i64, i64) {
    counts(&mut db.read().await.unwrap()).await.unwrap()
}

fn later(minutes: u64) -> Timestamp {
    NOON.plus(Duration::from_mins(minutes))
}

#[tokio::test]
async fn work_is_run_when_due_and_then_gone() {
    for db in both().await {
        let world = world(&db);
        put(&db, None, later(5)).await;
        assert_eq!(step(&db, &world, &counting(), NOON).await.unwrap(), Step { ran: 0, next: Some(later(5)) });
        assert_eq!(step(&db, &world, &counting(), later(5)).await.unwrap(), Step { ran: 1, next: None });
        assert_eq!(totals(&db).await, (0, 0));
    }
}

#[tokio::test]
async fn work_of_a_dropped_unit_does_not_exist() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        enqueue(&mut tx, &SystemChance, NewJob { kind: "test", key: None, payload: String::new(), run_at: NOON }).await.unwrap();
        drop(tx);
        assert_eq!(totals(&db).await, (0, 0));
    }
}

#[tokio::test]
async fn many_workers_run_each_work_once() {
    for db in both().await {
        let world = world(&db);
        for _ in 0..40 {
            put(&db, None, NOON).await;
        }
        let jobs = counting();
        let steps = join_all((0..8).map(|_| step(&db, &world, &jobs, NOON))).await;
        let mut ran: usize = steps.into_iter().map(|step| step.unwrap().ran).sum();
        while let Ok(Step { ran: more @ 1.., .. }) = step(&db, &world, &jobs, NOON).await {
            ran += more;
        }
        assert_eq!((ran, world.runs.load(Ordering::Relaxed)), (40, 40));
    }
}

#[tokio::test]
async fn work_of_a_crashed_worker_is_run_by_the_next_and_the_first_is_fenced_off() {
    for db in both().await {
        put(&db, None, NOON).await;
        let jobs = counting();
        // The first worker takes it and stops.
        let mut tx = db.begin().await.unwrap();
        let taken = store::lease(&mut tx, "one", &jobs, NOON, 1).await.unwrap();
        tx.commit().await.unwrap();
        let world = world(&db);
        assert_eq!(step(&db, &world, &jobs, later(1)).await.unwrap(), Step { ran: 0, next: Some(NOON.plus(LEASE)) });
        // The second takes over after the lease.
        let mut tx = db.begin().await.unwrap();
        let over = store::lease(&mut tx, "one", &jobs, NOON.plus(LEASE), 1).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((taken.len(), over.len(), over[0].attempt), (1, 1, 2));
        // The first wakes up: it can change nothing.
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(taken[0].hold(&mut tx).await, Err(DbError::Fenced)));
        assert!(matches!(taken[0].done(&mut tx).await, Err(DbError::Fenced)));
        assert!(matches!(store::fail(&mut tx, &taken[0], "late", true, NOON).await, Err(DbError::Fenced)));
        over[0].hold(&mut tx).await.unwrap();
        over[0].done(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(totals(&db).await, (0, 0));
    }
}

#[tokio::test]
async fn work_of_a_dead_worker_is_free_when_its_successor_starts() {
    for db in both().await {
        for key in ["a", "b"] {
            put(&db, Some(key), NOON).await;
        }
        let jobs = counting();
        let held = async |worker: &str| {
            let mut tx = db.begin().await.unwrap();
            let taken = store::lease(&mut tx, worker, &jobs, NOON, 1).await.unwrap();
            tx.commit().await.unwrap();
            taken
        };
        let (ours, theirs) = (held("one").await, held("two").await);
        let free = async |worker: &str, sole: bool| {
            let mut tx = db.begin().await.unwrap();
            let freed = free_dead(&mut tx, worker, sole).await.unwrap();
            tx.commit().await.unwrap();
            freed
        };
        assert_eq!((free("three", false).await, free("one", false).await, free("one", false).await), (0, 1, 0));
        let again = held("one").await;
        assert_eq!((again[0].id.as_str(), again[0].attempt), (ours[0].id.as_str(), 2));
        // The one that was not dead after all changes nothing any more.
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(ours[0].done(&mut tx).await, Err(DbError::Fenced)));
        theirs[0].hold(&mut tx).await.unwrap();
        drop(tx);
        assert_eq!(free("one", true).await, 2, "nobody else serves it: both are dead");
        // What was under way at each of many deaths may be what they died of: it rests until its lease ends.
        for _ in 0..4 {
            held("one").await;
            held("one").await;
            free("one", true).await;
        }
        assert_eq!(free("one", true).await, 0);
        assert_eq!(held("one").await.len(), 0);
        let mut tx = db.begin().await.unwrap();
        assert_eq!(store::lease(&mut tx, "one", &jobs, NOON.plus(LEASE), 9).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn effect_and_end_are_committed_together() {
    for db in both().await {
        put(&db, None, NOON).await;
        let jobs = count(|world, task| {
            Box::pin(async move {
                let mut tx = world.db.begin().await?;
                sqlx::query("INSERT INTO marks (name, value) VALUES ('effect', '1')").execute(tx.sql()).await.map_err(DbError::from)?;
                task.done(&mut tx).await?;
                if task.attempt == 1 {
                    return Err(Trouble::Again("dropped"));
                }
                Ok(tx.commit().await?)
            })
        });
        let world = world(&db);
        step(&db, &world, &jobs, NOON).await.unwrap();
        assert_eq!(totals(&db).await, (1, 0));
        step(&db, &world, &jobs, later(2)).await.unwrap();
        assert_eq!(totals(&db).await, (0, 0));
    }
}

#[tokio::test]
async fn the_same_key_waits_once_but_runs_again_when_asked_for_during_the_run() {
    for db in both().await {
        let world = world(&db);
        put(&db, Some("k"), later(9)).await;
        put(&db, Some("k"), NOON).await;
        assert_eq!(totals(&db).await, (1, 0));
        let jobs = count(|world, _| {
            Box::pin(async {
                if world.runs.fetch_add(1, Ordering::Relaxed) == 0 {
                    put(&world.db, Some("k"), NOON).await;
                }
                Ok(())
            })
        });
        assert_eq!(step(&db, &world, &jobs, NOON).await.unwrap(), Step { ran: 1, next: Some(NOON) });
        assert_eq!(step(&db, &world, &jobs, NOON).await.unwrap(), Step { ran: 1, next: None });
        assert_eq!(world.runs.load(Ordering::Relaxed), 2);
    }
}

#[tokio::test]
async fn failures_wait_longer_each_time_and_end() {
    for db in both().await {
        let world = world(&db);
        put(&db, None, NOON).await;
        let jobs = count(|_, _| Box::pin(async { Err(Trouble::Again("no answer")) }));
        let mut now = NOON;
        let mut waits = Vec::new();
        while let Some(next) = step(&db, &world, &jobs, now).await.unwrap().next {
            waits.push(next.since(now));
            now = next;
        }
        assert_eq!(i64::try_from(waits.len()).unwrap(), ATTEMPTS - 1);
        assert!(waits[0] >= SHORT && waits[0] <= SHORT.mul_f64(1.1), "{waits:?}");
        assert!(waits[18] >= Duration::from_hours(12) && waits[18] <= Duration::from_hours(14), "{waits:?}");
        assert_eq!(totals(&db).await, (0, 1));
        let given_up = dead(&mut db.read().await.unwrap(), (i64::MAX, ""), 10).await.unwrap();
        assert_eq!((given_up[0].attempts, given_up[0].reason.as_deref()), (ATTEMPTS, Some("no answer")));
        let behind = dead(&mut db.read().await.unwrap(), (given_up[0].run_at, &given_up[0].id), 10).await.unwrap();
        assert_eq!((given_up.len(), behind.len()), (1, 0));
        let mut tx = db.begin().await.unwrap();
        assert!(retry(&mut tx, now, &given_up[0].id).await.unwrap());
        assert!(!retry(&mut tx, now, "nothing").await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(step(&db, &world, &counting(), now).await.unwrap(), Step { ran: 1, next: None });
    }
}

const SHORT: Duration = Duration::from_mins(1);

#[tokio::test]
async fn never_ends_it_later_does_not_count_and_a_panic_is_a_failure() {
    for db in both().await {
        let world = world(&db);
        put(&db, None, NOON).await;
        let postponing = count(|_, task| Box::pin(async { Err(Trouble::Later(task.now.plus(SHORT))) }));
        assert_eq!(step(&db, &world, &postponing, NOON).await.unwrap().next, Some(later(1)));
        let panicking = count(|_, task| {
            assert_eq!(task.attempt, 1);
            Box::pin(async { panic!("in the middle") })
        });
        let next = step(&db, &world, &panicking, later(1)).await.unwrap().next.unwrap();
        assert!(next > later(1));
        let hopeless = count(|_, _| Box::pin(async { Err(Trouble::Never("gone")) }));
        assert_eq!(step(&db, &world, &hopeless, next).await.unwrap(), Step { ran: 1, next: None });
        assert_eq!(totals(&db).await, (0, 1));
    }
}

#[tokio::test]
async fn recurring_work_plants_itself_once_and_comes_back() {
    for db in both().await {
        let world = world(&db);
        let mut jobs = counting();
        jobs[0].every = Some(Duration::from_hours(1));
        let steps = join_all((0..4).map(|_| step(&db, &world, &jobs, NOON))).await;
        assert_eq!(steps.into_iter().map(|step| step.unwrap().ran).sum::<usize>(), 1);
        assert_eq!(step(&db, &world, &jobs, NOON).await.unwrap(), Step { ran: 0, next: Some(later(60)) });
        assert_eq!(step(&db, &world, &jobs, later(61)).await.unwrap(), Step { ran: 1, next: Some(later(121)) });
        let failing = vec![Job {
            kind: "test",
            every: Some(Duration::from_secs(30)),
            run: |_: &World, _| Box::pin(async { Err(Trouble::Never("x")) }),
        }];
        assert_eq!(step(&db, &world, &failing, later(121)).await.unwrap().next, Some(later(121).plus(Duration::from_secs(30))));
    }
}

#[tokio::test]
async fn work_of_an_unknown_kind_is_left_alone() {
    for db in both().await {
        put(&db, None, NOON).await;
        let jobs = vec![Job { kind: "other", every: None, run: |_: &World, _| Box::pin(async { Ok(()) }) }];
        assert_eq!(step(&db, &world(&db), &jobs, NOON).await.unwrap(), Step { ran: 0, next: None });
        assert_eq!(totals(&db).await, (1, 0));
    }
}
