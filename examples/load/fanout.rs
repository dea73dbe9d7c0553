//! One post to many partners, each a loopback address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use haven::base::{Id, Origin};
use haven::features::groups::Group;
use haven::features::posts::{self, NewPost, Text};
use haven::federation::actors::{self, Kind};
use haven::federation::keys::KeyPair;
use haven::federation::partners::Partner;
use haven::server;
use haven::site::Shared;
use serde_json::json;
use tokio::sync::mpsc;

use crate::Common;
use crate::house::{self, House};
use crate::report::{Report, cpu, ms};
use crate::wire;

/// How long the slow partner takes for one answer.
const SLOW: Duration = Duration::from_secs(5);

fn address(number: usize, port: u16) -> SocketAddr {
    let (high, low) = (u8::try_from(1 + number / 200).unwrap_or(255), u8::try_from(1 + number % 200).unwrap_or(255));
    SocketAddr::from((Ipv4Addr::new(127, 1, high, low), port))
}

pub async fn run(report: &Report, common: &Common, count: usize, posts: usize, slow: bool) {
    let house = House::new(common).await;
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let port = house::free_port();
    let site = house.open().await;
    let anna = house::resident(&house, &site, "Anna").await;
    let mut known = Vec::new();
    for number in 0..count {
        let pause = if slow && number == 0 { SLOW } else { Duration::ZERO };
        let at = address(number, port);
        wire::sink(at, number, pause, arrived.clone()).await;
        known.push(house::partner(&site, &Origin::parse(&format!("http://{at}")).expect("an origin")).await);
    }
    let ids: Vec<Id> = known.iter().map(|partner| partner.id.clone()).collect();
    let group = house::group(&house, &site, &anna.persona.id, &ids).await;
    let key = house.key();
    for partner in &known {
        guest(&site, &group, partner, &key).await;
    }
    let work = tokio::spawn(server::work(site.clone()));
    settle(&mut arrivals).await;

    let expected = count - usize::from(slow);
    let mut lasts = Vec::new();
    let used = cpu(std::process::id());
    for number in 0..posts {
        let text = Text::typed(&format!("Good morning number {number}, who comes for a walk?"), "en", "").expect("a text");
        let new =
            NewPost { group: &group.id, author: &anna.persona.id, text: &text, reply_to: None, saw_readers: i64::MAX, instead_of: None };
        let before = Instant::now();
        let mut tx = site.db.begin().await.expect("a unit of work");
        posts::write(&mut tx, &site.here(), &new).await.expect("written");
        tx.commit().await.expect("committed");
        site.stir();
        let mut last = before;
        let mut seen = 0;
        while seen < expected {
            let arrival = tokio::time::timeout(Duration::from_mins(1), arrivals.recv()).await;
            let Ok(Some((from, at))) = arrival else { panic!("only {seen} of {expected} partners were told") };
            if !(slow && from == 0) {
                (seen, last) = (seen + 1, last.max(at));
            }
        }
        lasts.push(last - before);
        settle(&mut arrivals).await;
    }
    let used = cpu(std::process::id()).saturating_sub(used);
    work.abort();
    let (first, mut rest) = (lasts[0], lasts[1..].to_vec());
    rest.sort();
    report.say(
        &format!("fan-out, {}, {count} partners{}", house.engine(), if slow { ", one of them slow" } else { "" }),
        &[
            ("posts", json!(posts)),
            ("first_post_to_last_partner_ms", ms(first)),
            ("later_posts_median_to_last_partner_ms", ms(rest.get(rest.len() / 2).copied().unwrap_or(first))),
            ("later_posts_worst_ms", ms(rest.last().copied().unwrap_or(first))),
            ("cpu_ms_per_delivery_with_receivers", ms(used / u32::try_from(posts * count).unwrap_or(1))),
        ],
    );
    site.db.close().await;
    house.remove().await;
}

/// Waits until nothing has come for a moment.
async fn settle(arrivals: &mut mpsc::UnboundedReceiver<wire::Arrival>) {
    while tokio::time::timeout(Duration::from_millis(700), arrivals.recv()).await.is_ok() {}
}

/// One member of a partner in the group, as a Follow would have made it.
async fn guest(site: &Shared, group: &Group, partner: &Partner, key: &KeyPair) {
    let remote = house::stranger(site, partner, key).await;
    let here = site.here();
    let mut tx = site.db.begin().await.expect("a unit of work");
    let guest = actors::create_local(&mut tx, &here, Kind::Person, "Piet", key).await.expect("a guest");
    sqlx::query("INSERT INTO guests (actor_id, group_id, remote_actor_id, partner_id) VALUES ($1, $2, $3, $4)")
        .bind(guest.id.as_str())
        .bind(group.id.as_str())
        .bind(remote.id.as_str())
        .bind(partner.id.as_str())
        .execute(tx.sql())
        .await
        .expect("a guest");
    sqlx::query(
        "INSERT INTO memberships (id, group_id, actor_id, role, state, wished_at, joined_at, changed_at)
         VALUES ($1, $2, $3, 'member', 'active', $4, $4, $4)",
    )
    .bind(here.id().as_str())
    .bind(group.id.as_str())
    .bind(guest.id.as_str())
    .bind(here.now.millis())
    .execute(tx.sql())
    .await
    .expect("a member");
    tx.commit().await.expect("committed");
}
