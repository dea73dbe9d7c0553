//! How long what is kept: the table is what the pages say, and the job does it when the clock says so. The notice and the
//! register say the same.

use std::time::Duration;

use http::StatusCode;

use super::{Houses, sound};
use crate::audit::{self, Filter, Verdict};
use crate::features::accounts::Role;
use crate::features::takeout::{self, retention};
use crate::federation::objects;
use crate::testing::database::both;
use crate::testing::site::{TestSite, Town};

const DAY: Duration = Duration::from_hours(24);

async fn count(site: &TestSite, text: &'static str) -> i64 {
    let mut conn = site.database.read().await.unwrap();
    let (count,): (i64,) = sqlx::query_as(text).fetch_one(conn.sql()).await.unwrap();
    count
}

async fn run(site: &TestSite, text: &'static str, now: i64) {
    let mut tx = site.database.begin().await.unwrap();
    sqlx::query(text).bind(now).execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_past_its_time_goes_when_it_was_promised() {
    for houses in Houses::both().await {
        let site = &houses.aalst;
        let kept = site.write(&houses.ida.persona.id, &houses.group.id, "canary-kept", None).await;
        let gone = site.write(&houses.ida.persona.id, &houses.group.id, "canary-gone", None).await;
        houses.settle().await;
        let mut tx = site.database.begin().await.unwrap();
        crate::features::posts::delete(&mut tx, &site.site.here(), &gone, &houses.ida.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        houses.settle().await;
        let now = site.site.now().millis();
        run(
            site,
            "INSERT INTO drafts (actor_id, group_id, parent_id, source, lang, label, saved_at) VALUES ('a', 'g', '', 'x', 'en', '', $1)",
            now,
        )
        .await;
        run(site, "INSERT INTO post_notices (actor_id, post_id, group_id, kind, at) VALUES ('a', 'p', 'g', 'answer', $1)", now).await;
        run(site, "INSERT INTO jobs (id, kind, payload, run_at, state) VALUES ('dead', 'nothing', '', $1, 'dead')", now).await;
        let settled = "SELECT COUNT(*) FROM inbox WHERE state IN ('handled', 'ignored', 'refused')";
        assert!(count(site, settled).await > 0);

        let days = async |days: u64| {
            houses.town.clock.advance(DAY * u32::try_from(days).unwrap());
            retention::sweep(&site.database, site.site.now()).await.unwrap();
        };
        days(7).await;
        assert!(count(site, settled).await > 0, "repetitions are kept out for as long as a partner may try");
        days(24).await;
        assert_eq!(count(site, settled).await, 0);
        assert_eq!(count(site, "SELECT COUNT(*) FROM outbox WHERE body <> ''").await, 0, "no second copy of words");
        assert_eq!(count(site, "SELECT COUNT(*) FROM post_notices WHERE post_id = 'p'").await, 1);
        days(60).await;
        assert_eq!(count(site, "SELECT COUNT(*) FROM post_notices WHERE post_id = 'p'").await, 0);
        assert_eq!(count(site, "SELECT COUNT(*) FROM jobs WHERE state = 'dead'").await, 0);
        assert_eq!(count(site, "SELECT COUNT(*) FROM drafts").await, 1);
        days(275).await;
        assert_eq!(count(site, "SELECT COUNT(*) FROM drafts").await, 0);
        let about = "SELECT COUNT(*) FROM outbox o JOIN posts p ON p.uri = o.about WHERE p.state = 'deleted'";
        assert!(count(site, about).await > 0, "who had a post stays known");
        days(5 * 366).await;
        assert_eq!(count(site, about).await, 0, "and ends five years after the post");
        let living = "SELECT COUNT(*) FROM outbox o JOIN posts p ON p.uri = o.about WHERE p.state = 'posted'";
        assert!(count(site, living).await > 0, "for what is still there it never ends");
        assert_eq!(site.post_of(&kept).await.unwrap().source, "canary-kept");
        let mut conn = site.database.read().await.unwrap();
        assert!(matches!(audit::verify(&mut conn).await.unwrap(), Verdict::Whole { .. }));
    }
}

#[tokio::test]
async fn a_house_chooses_within_bounds_and_members_read_the_same() {
    for database in both().await {
        let town = Town::default();
        let site = town.open("aalst.test", database, 4).await.unwrap();
        let admin = site.person("Ada", Role::Admin).await;
        let member = site.person("Lea", Role::Member).await;
        town.settle(&[&site]).await.unwrap();
        let first = sound(&site, "", "/privacy").await.text;
        assert!(first.contains("Version 1") && first.contains("That somebody answered or named you: 90 days."), "{first}");
        for path in ["/admin/retention", "/admin/register", "/admin/register/json"] {
            assert_eq!(site.get(path, Some(&member.cookie)).await.status, StatusCode::FORBIDDEN);
        }
        let page = sound(&site, &admin.cookie, "/admin/retention").await.text;
        assert!(page.contains("Nothing is past its time now.") && page.contains("From 8 to 365 days."), "{page}");
        for wrong in ["7", "366", "x", ""] {
            let refused = site.post("/admin/retention", Some(&admin.cookie), &[("inbox", wrong), ("notices", "30")]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(refused.text.contains("Write a whole number from 8 to 365."));
        }
        let mut conn = site.database.read().await.unwrap();
        let held = retention::lines(&mut conn).await.unwrap();
        assert!(held.iter().all(|line| line.days == line.kind.usual), "nothing half-applied");
        drop(conn);
        let saved = site.post("/admin/retention", Some(&admin.cookie), &[("inbox", "60"), ("notices", "30")]).await;
        assert_eq!(saved.location.as_deref(), Some("/admin/retention?said=takeout-retention-saved"));
        let mut conn = site.database.read().await.unwrap();
        let rows =
            audit::list(&mut conn, &Filter { event: "policy-changed", client: "", ..Filter::default() }, i64::MAX, 10).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>(), ["30>60 days", "90>30 days"]);
        drop(conn);
        town.clock.advance(Duration::from_hours(2));
        town.settle(&[&site]).await.unwrap();
        let now = sound(&site, "", "/privacy").await.text;
        assert!(now.contains("Version 2") && now.contains("That somebody answered or named you: 30 days."), "{now}");
        let before = sound(&site, "", "/privacy/1").await.text;
        assert!(before.contains("That somebody answered or named you: 90 days.") && before.contains("This is how it read then."));
        assert_eq!(site.get("/privacy/9", None).await.status, StatusCode::NOT_FOUND);
        sound(&site, &member.cookie, "/me").await;
        sound(&site, &admin.cookie, "/admin").await;
    }
}

#[tokio::test]
async fn the_register_says_what_is_really_set() {
    for houses in Houses::both().await {
        let admin = houses.aalst.person("Ada", Role::Admin).await;
        let page = sound(&houses.aalst, &admin.cookie, "/admin/register").await.text;
        for said in ["herning.test", "zwolle.test", "active", "explicit consent", "private keys", "Nobody of this house has confirmed"] {
            assert!(page.contains(said), "{said}\n{page}");
        }
        let json = houses.aalst.get("/admin/register/json", Some(&admin.cookie)).await.text;
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["recipients"].as_array().unwrap().len(), 2);
        assert!(!json.contains("Ida") && !json.contains("ida-signs-in"), "it names nobody");
        let mut conn = houses.aalst.database.read().await.unwrap();
        let t = crate::web::Words::new(crate::web::Lang::Nl);
        let register = takeout::register(&mut conn, &houses.aalst.site, t).await.unwrap();
        let text = register.markdown(t);
        assert!(text.starts_with("# Register van verwerkingen") && text.contains("herning.test") && !text.contains("takeout-"), "{text}");
    }
}

#[tokio::test]
async fn graves_of_what_never_was_here_are_bounded_by_number_and_age() {
    for houses in Houses::both().await {
        let site = &houses.aalst;
        let partner = crate::base::Id::random(&crate::base::SystemChance);
        let uri = |number: u32| crate::base::Iri::parse(&format!("https://partner.example/o/{number}")).unwrap();
        let bury = async |number: u32| {
            let mut tx = site.database.begin().await.unwrap();
            objects::bury_unknown(&mut tx, (&partner, &uri(number)), site.site.now(), true).await.unwrap();
            tx.commit().await.unwrap();
        };
        let buried = async |number: u32| objects::is_buried(&mut site.database.read().await.unwrap(), &uri(number)).await.unwrap();
        let erased = "SELECT COUNT(*) FROM erasures WHERE subject LIKE 'https://partner.example/%'";
        for number in [1, 2, 2, 3] {
            bury(number).await;
            houses.town.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(count(site, "SELECT graves FROM empty_graves").await, 3, "twice is once");
        // The partner's room is used up: the newest stays, the oldest goes, and the list of erasures grows no more.
        run(site, "UPDATE empty_graves SET graves = 10000 WHERE graves < $1", i64::MAX).await;
        bury(4).await;
        assert_eq!([buried(1).await, buried(2).await, buried(3).await, buried(4).await], [false, true, true, true]);
        assert_eq!(count(site, erased).await, 3);
        // Of what was here the grave stays for good.
        let mut tx = site.database.begin().await.unwrap();
        objects::bury(&mut tx, &uri(3), site.site.now()).await.unwrap();
        tx.commit().await.unwrap();
        houses.town.clock.advance(objects::EMPTY_FOR + DAY);
        retention::sweep(&site.database, site.site.now()).await.unwrap();
        assert_eq!([buried(2).await, buried(3).await, buried(4).await], [false, true, false]);
        assert_eq!(count(site, "SELECT graves FROM empty_graves").await, 0);
    }
}
