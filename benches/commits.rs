//! How many small units of work per second become durable with 1, 16 and 256 writers: what group commit is for.
//! `cargo bench --bench commits`; with `HAVEN_TEST_POSTGRES` also on PostgreSQL. Prints, asserts nothing.

#![expect(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used, reason = "a benchmark measures time and prints")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use haven::db::{Db, Engine};
use haven::testing::database::both;

/// How long each line is measured.
const TIME: Duration = Duration::from_secs(3);

async fn write(db: &Db, name: String, value: &str) {
    let mut tx = db.begin().await.unwrap();
    sqlx::query("INSERT INTO marks (name, value) VALUES ($1, $2)").bind(name).bind(value).execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn measure(db: &Db, writers: usize) {
    let value = Arc::new("x".repeat(1500));
    let number = Arc::new(AtomicUsize::new(0));
    let flushes = db.commits();
    let start = Instant::now();
    let work = (0..writers).map(|_| {
        let (db, value, number) = (db.clone(), Arc::clone(&value), Arc::clone(&number));
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while start.elapsed() < TIME {
                let before = Instant::now();
                let name = format!("{writers}-{}", number.fetch_add(1, Ordering::Relaxed));
                write(&db, name, &value).await;
                waits.push(before.elapsed());
            }
            waits
        })
    });
    let mut waits: Vec<Duration> = join_all(work).await.into_iter().flat_map(Result::unwrap).collect();
    let took = start.elapsed().as_secs_f64();
    waits.sort();
    let (count, p99) = (waits.len(), waits[waits.len() * 99 / 100]);
    let per_flush = flushes.zip(db.commits()).map_or(String::new(), |(before, after)| {
        let flushes = usize::try_from(after - before).unwrap_or(1).max(1);
        format!(", {} per flush", count / flushes)
    });
    let rate = (f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took).round();
    println!("{:?}, {writers:>3} writers: {rate:>6} per second, p99 {p99:.1?}{per_flush}", db.engine());
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for db in both().await {
            for writers in [1, 16, 256] {
                if db.engine() == Engine::Postgres && writers == 256 {
                    // The pool makes 16 of them.
                    continue;
                }
                measure(&db, writers).await;
            }
        }
    });
}
