//! Start and rest: how soon a process answers, and what it holds while nothing happens.

use std::time::Duration;

use haven::base::{Id, Origin, SystemChance};
use haven::site::Shared;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::Common;
use crate::house::{self, House};
use crate::report::{Report, cpu, ms, pss};

/// What follows a start is over after this.
const SETTLING: Duration = Duration::from_secs(8);
/// For so long it is watched at rest.
const RESTING: Duration = Duration::from_secs(10);
/// Partners among which the waiting deliveries are divided.
const PARTNERS: usize = 100;

pub async fn run(report: &Report, common: &Common, queued: usize) {
    let house = House::new(common).await;
    let site = house.open().await;
    if queued > 0 {
        queue(&house, &site, queued).await;
    }
    site.db.close().await;
    drop(site);
    let mut times = Vec::new();
    for _ in 0..5 {
        let (running, time) = house.start().await;
        times.push(time);
        drop(running);
    }
    times.sort();
    let (running, _) = house.start().await;
    // A start looks once through everything that is done each day: that is work, not rest.
    let before = cpu(running.pid());
    tokio::time::sleep(SETTLING).await;
    let settled = cpu(running.pid());
    tokio::time::sleep(RESTING).await;
    let idle = cpu(running.pid()).saturating_sub(settled);
    report.say(
        &format!("start, {}, {queued} deliveries waiting", house.engine()),
        &[
            ("first_200_median_ms", ms(times[2])),
            ("first_200_worst_ms", ms(times[4])),
            ("first_seconds_cpu_ms", ms(settled.saturating_sub(before))),
            ("idle_cpu_ms_per_second", ms(idle / u32::try_from(RESTING.as_secs()).expect("a few seconds"))),
            ("pss_mb", json!(pss(running.pid()))),
        ],
    );
    drop(running);
    house.remove().await;
}

pub async fn memory(report: &Report, common: &Common) {
    let house = House::new(common).await;
    drop(house.open().await);
    let (running, _) = house.start().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let beside = std::env::current_exe().ok().and_then(|this| Some(this.parent()?.parent()?.join("haven")));
    let binary = beside.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len() / 1024 / 1024);
    report.say(&format!("memory, {}", house.engine()), &[("idle_pss_mb", json!(pss(running.pid()))), ("binary_mb", json!(binary))]);
    drop(running);
    house.remove().await;
}

/// Deliveries to partners that are out of reach for an hour.
async fn queue(house: &House, site: &Shared, queued: usize) {
    let anna = house::resident(house, site, "Anna").await;
    let now = site.here().now.millis();
    for number in 0..PARTNERS {
        let origin = Origin::parse(&format!("http://127.2.0.{}:9", number + 1)).expect("an origin");
        house::partner(site, &origin).await;
    }
    let each = queued / PARTNERS;
    for batch in (0..each).collect::<Vec<_>>().chunks(500) {
        let row = |number: &usize| {
            let id = Id::random(&SystemChance);
            format!("({number},'http://{id}/','{0}','{0}','Announce',0,'{{}}',{now})", anna.persona.id)
        };
        let rows = batch.iter().map(row).collect::<Vec<_>>().join(",");
        let text = format!("INSERT INTO outbox (seq, activity_uri, actor_id, thread, verb, receipt, body, created_at) VALUES {rows}");
        let mut tx = site.db.begin().await.expect("a unit of work");
        sqlx::query(AssertSqlSafe(text)).execute(tx.sql()).await.expect("queued");
        tx.commit().await.expect("committed");
    }
    let mut tx = site.db.begin().await.expect("a unit of work");
    let text = format!(
        "INSERT INTO deliveries (partner_id, outbox_seq, thread, state, attempts, next_at, created_at)
         SELECT p.id, o.seq, o.thread, 'waiting', 1, {now}, {now} FROM partners p CROSS JOIN outbox o"
    );
    sqlx::query(AssertSqlSafe(text)).execute(tx.sql()).await.expect("queued");
    let later = now + 3_600_000;
    let text = format!("UPDATE lanes SET next_at = {later}, failures = 3");
    sqlx::query(AssertSqlSafe(text)).execute(tx.sql()).await.expect("queued");
    tx.commit().await.expect("committed");
}
