//! Three organisations answer for what left: the ledger, deletions with receipts, a dry run that tells what then happens, a
//! pause that stops both ways, an erasure that leaves nothing, and a log in which a changed row is found.

use std::time::Duration;

use haven::db::Db;
use haven::testing::database::TestDb;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::house::{Engine, House, until};
use crate::{PASSPHRASE, all_hold, group_of, three};

/// What must not be anywhere once its owner erased everything.
const CANARIES: [&str; 5] = ["qwxsigner", "Qwxpersona", "qwxfirst", "qwxlate", "qwxedited"];

fn lines(house: &House, args: &[&str]) -> Vec<Value> {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let done = house.run(&args, "");
    assert_eq!(done.code, 0, "{done:?}");
    done.lines()
}

fn figures(house: &House, post: &str) -> (i64, i64) {
    let shown = house.json(&["post", "show", post], "");
    (shown["told"].as_i64().expect("told"), shown["confirmed"].as_i64().expect("confirmed"))
}

/// Everything a house holds: its files, its rows on PostgreSQL, its log.
async fn everything(house: &House) -> String {
    let mut held = house.told().to_lowercase();
    for entry in std::fs::read_dir(house.folder()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).unwrap_or_default();
        held.push_str(&String::from_utf8_lossy(&bytes).to_lowercase());
    }
    if let Some(url) = house.postgres.as_ref().map(TestDb::url) {
        let db = Db::open(url).await.expect("the database");
        let mut conn = db.read().await.expect("a connection");
        let tables: Vec<(String,)> =
            sqlx::query_as("SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'")
                .fetch_all(conn.sql())
                .await
                .expect("tables");
        for (table,) in tables {
            let text = format!("SELECT CAST(t AS TEXT) FROM {table} t");
            let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(text)).fetch_all(conn.sql()).await.expect("rows");
            held.extend(rows.into_iter().map(|(row,)| row.to_lowercase()));
        }
        drop(conn);
        db.close().await;
    }
    held
}

async fn left_over(houses: &[House; 3]) -> Vec<(String, &'static str)> {
    let mut left = Vec::new();
    for house in houses {
        let held = everything(house).await;
        left.extend(CANARIES.iter().filter(|canary| held.contains(&canary.to_lowercase())).map(|canary| (house.origin(), *canary)));
    }
    left
}

/// Changes one row of the audit log behind the program's back.
async fn harm_the_log(house: &House) {
    let db = Db::open(&house.database()).await.expect("the database");
    let mut tx = db.begin().await.expect("a unit of work");
    sqlx::query("UPDATE audit SET words = 'harmless' WHERE seq = 2").execute(tx.sql()).await.expect("changed");
    tx.commit().await.expect("kept");
    db.close().await;
}

/// A pauses C, which gets nothing of what is said meanwhile, and loses nothing by going on.
fn a_pause_holds_everything([a, b, c]: &[House; 3], group: &str) {
    let paused = c.origin();
    a.json(&["partner", "pause", &paused], "");
    for (posts, text) in [(1, "Said in the pause."), (2, "And once more.")] {
        a.json(&["post", "create", "--group", group, "--as", "Merel"], text);
        until("the post at the second", || (b.posts(group) == posts).then_some(()));
    }
    // Both were written for C as well, and whoever sent them to B has looked at C's lane, too.
    let waits = lines(a, &["queue", "list", "--partner", &paused]);
    let held = waits.iter().filter(|row| row["state"] == "waiting" && row["verb"] == "Announce" && row["attempts"] == 0);
    assert_eq!(held.count(), 2, "kept, and never tried: {waits:?}");
    assert_eq!(c.posts(group), 0, "a paused partner gets nothing");
    a.json(&["partner", "resume", &paused], "");
}

/// Nothing of hers is left anywhere. The files are cleaned a minute after an erasure, and later when that could not be done: half an
/// hour later when somebody was reading at that moment.
async fn nothing_is_left(houses: &[House; 3]) {
    let mut left = Vec::new();
    for _ in 0..2400 {
        left = left_over(houses).await;
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(left, Vec::new());
}

async fn three_organisations_answer_for_what_left(engine: Engine) {
    let Some(mut houses) = three(engine).await else { return };
    let group = group_of(&houses);
    let (a, c) = (houses[0].origin(), houses[2].origin());
    let persona = CANARIES[1];
    houses[1].json(&["account", "create", "--name", CANARIES[0], "--persona", persona, "--role", "member"], PASSPHRASE);
    until("a member", || (houses[1].text(&["group", "join", &group, "--as", persona], "", "state") == "active").then_some(()));

    // She posts, and sees where it went: to A, which shared the group with C.
    let first = houses[1].text(&["post", "create", "--group", &group, "--as", persona], CANARIES[2], "post");
    all_hold(&houses, &group, 1);
    let row = until("the post in the ledger, delivered", || {
        lines(&houses[1], &["ledger", "list"]).into_iter().find(|row| row["kind"] == "post" && row["state"] == "delivered")
    });
    assert_eq!(row["partner"].as_str(), Some(a.as_str()), "{row}");
    assert_eq!(row["onward"].as_array().map(Vec::len), Some(1), "the house it was shared on with: {row}");

    // Deleted: gone at C and confirmed.
    houses[1].json(&["post", "delete", &first, "--as", persona, "--at-once"], "");
    all_hold(&houses, &group, 0);
    until("all receipts", || (figures(&houses[1], &first) == (2, 2)).then_some(()));

    // With C down it stays open, and completes when C is back.
    houses[2].kill();
    let late = houses[1].text(&["post", "create", "--group", &group, "--as", persona], CANARIES[3], "post");
    until("the home's answer", || (houses[1].text(&["post", "show", &late], "", "state") == "posted").then_some(()));
    assert_eq!(houses[0].posts(&group), 1);
    houses[1].json(&["post", "edit", &late, "--as", persona], CANARIES[4]);
    houses[1].json(&["post", "delete", &late, "--as", persona, "--at-once"], "");
    until("the first receipts", || (figures(&houses[1], &late).0 == 2).then_some(()));
    assert!(figures(&houses[1], &late).1 < 2, "nobody confirms for a house that is down");
    houses[2].start();
    until("the open receipts", || (figures(&houses[1], &late) == (2, 2)).then_some(()));

    // A's admin asks what dropping C would do, pauses C, and loses nothing by resuming.
    let dry = houses[0].json(&["policy", "dry-run", "end", &c], "");
    assert!(dry["stop"].as_i64() > Some(0) && dry["relations_ended"] == 1, "{dry}");
    a_pause_holds_everything(&houses, &group);
    all_hold(&houses, &group, 2);

    // She erases everything: nothing of hers is left in any house.
    let there = left_over(&houses).await;
    assert!(there.contains(&(houses[1].origin(), CANARIES[0])) && there.contains(&(a, persona)), "what is there is found: {there:?}");
    assert_eq!(houses[1].json(&["account", "erase", CANARIES[0]], "")["erased"], true);
    nothing_is_left(&houses).await;

    for house in &houses {
        assert_eq!(house.json(&["audit", "verify"], "")["whole"], true);
    }
    harm_the_log(&houses[0]).await;
    assert!(houses[0].run(&["audit", "verify"], "").sentence(1).contains("row 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_organisations_answer_for_what_left_on_sqlite() {
    three_organisations_answer_for_what_left(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_organisations_answer_for_what_left_on_postgres() {
    three_organisations_answer_for_what_left(Engine::Postgres).await;
}
