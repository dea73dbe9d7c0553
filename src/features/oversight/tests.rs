//! What oversight promises, through the door and on both engines: nobody reads what they may not, the glass is broken by two
//! people and for an hour, those concerned are told, and the log tells who did and who read.

use std::time::Duration;

use http::StatusCode;

use crate::audit::{self, Filter, Kept, Verdict};
use crate::base::Id;
use crate::features::accounts::Role;
use crate::features::groups::{Group, JoinRule};
use crate::testing::database::{TestDb, both, sqlite};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};

const CANARY: &str = "canary-that-nobody-else-reads";
const REASON: &str = "A neighbour says that somebody said goodbye to the group";

/// A house with staff, a group of Fern's, and a conversation in it.
struct Scene {
    town: Town,
    at: TestSite,
    ada: Person,
    mo: Person,
    max: Person,
    fern: Person,
    bo: Person,
    group: Group,
    thread: Id,
}

async fn scene(database: TestDb) -> Scene {
    let town = Town::default();
    let at = town.open("veld.test", database, 3).await.unwrap();
    let ada = at.person("Ada", Role::Admin).await;
    let mo = at.person("Mo", Role::Moderator).await;
    let max = at.person("Max", Role::Moderator).await;
    let fern = at.person("Fern", Role::Member).await;
    let bo = at.person("Bo", Role::Member).await;
    let group = at.group(&fern.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
    at.join(&bo.persona.id, &group.uri).await;
    let thread = at.write(&fern.persona.id, &group.id, CANARY, None).await;
    at.write(&bo.persona.id, &group.id, &format!("An answer with {CANARY}"), Some(&thread)).await;
    Scene { town, at, ada, mo, max, fern, bo, group, thread }
}

impl Scene {
    async fn get(&self, who: &Person, path: &str) -> Seen {
        let seen = self.at.get(path, Some(&who.cookie)).await;
        if seen.status == StatusCode::OK && seen.text.starts_with("<!doctype") {
            assert_page_is_sound(&seen.text);
        }
        seen
    }

    async fn send(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.at.post(path, Some(&who.cookie), fields).await
    }

    /// Mo asks and Max agrees; the id of the break-glass.
    async fn opened(&self) -> Id {
        let asked = self.send(&self.mo, "/glass", &[("listed", self.group.id.as_str()), ("reason", REASON)]).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
        let id = self.rows("broken-glass").await[0].ground.clone();
        let agreed = self.send(&self.max, &format!("/glass/{id}/answer"), &[("answer", "yes")]).await;
        assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.text);
        Id::parse(&id).unwrap()
    }

    async fn rows(&self, event: &str) -> Vec<Kept> {
        let mut conn = self.at.database.read().await.unwrap();
        assert!(matches!(audit::verify(&mut conn).await.unwrap(), Verdict::Whole { .. }));
        audit::list(&mut conn, &Filter { event, ..Filter::default() }, i64::MAX, 1000).await.unwrap()
    }
}

#[tokio::test]
async fn two_people_open_a_group_for_an_hour_and_those_concerned_are_told() {
    for database in both().await {
        let scene = scene(database).await;
        let short = scene.send(&scene.mo, "/glass", &[("listed", scene.group.id.as_str()), ("reason", "worried")]).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page_is_sound(&short.text);
        assert!(short.text.contains("worried"), "what was typed stays");
        let address = format!("https://veld.test/g/{}", scene.group.id);
        let asked = scene.send(&scene.mo, "/glass", &[("group", &address), ("reason", REASON)]).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
        let again = scene.send(&scene.mo, "/glass", &[("group", &address), ("reason", REASON)]).await;
        assert!(again.text.contains("You asked for this group already"), "{}", again.text);
        let id = scene.rows("broken-glass").await[0].ground.clone();
        let (page, answer) = (format!("/glass/{id}"), format!("/glass/{id}/answer"));
        assert!(scene.get(&scene.max, "/glass").await.text.contains(REASON));

        // Neither alone, nor by somebody without the role, nor before the second person said yes.
        assert_eq!(scene.get(&scene.mo, &page).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let own = scene.send(&scene.mo, &answer, &[("answer", "yes")]).await;
        assert!(own.status == StatusCode::UNPROCESSABLE_ENTITY && own.text.contains("Somebody else has to agree"), "{}", own.text);
        for member in [&scene.fern, &scene.bo] {
            assert_eq!(scene.send(member, &answer, &[("answer", "yes")]).await.status, StatusCode::FORBIDDEN);
            assert_eq!(scene.get(member, "/glass").await.status, StatusCode::FORBIDDEN);
        }
        scene.send(&scene.max, &answer, &[("answer", "yes")]).await;
        assert_eq!(scene.get(&scene.max, &page).await.status, StatusCode::NOT_FOUND, "for the one who asked alone");
        assert!(!scene.get(&scene.fern, "/").await.text.contains("In an emergency"), "nothing was read yet");

        let list = scene.get(&scene.mo, &page).await;
        assert!(list.status == StatusCode::OK && list.text.contains(CANARY), "{}", list.text);
        let thread = scene.get(&scene.mo, &format!("{page}/{}", scene.thread)).await;
        assert!(thread.text.contains("An answer with") && thread.text.contains("Bo"), "{}", thread.text);
        assert!(!thread.text.contains("/answer\"") && !thread.text.contains("<form method=\"post\" action=\"/o/"), "reading alone");
        assert_eq!(scene.get(&scene.mo, &format!("/o/{}", scene.thread)).await.status, StatusCode::NOT_FOUND, "this way and no other");

        for member in [&scene.fern, &scene.bo] {
            assert!(scene.get(member, "/").await.text.contains("staff read the group Morning coffee"));
            let looks = scene.get(member, "/me/looks").await.text;
            for part in ["Mo", "Max", "Morning coffee", REASON, "danger to life"] {
                assert!(looks.contains(part), "{part}: {looks}");
            }
        }
        assert!(!scene.get(&scene.ada, "/me/looks").await.text.contains(REASON), "she wrote nothing there");

        let rows = scene.rows("broken-glass").await;
        let reads: Vec<_> = rows.iter().filter(|row| row.words == "read").collect();
        assert_eq!(reads.len(), 2, "each page that was seen");
        assert!(reads.iter().all(|row| row.ground == id && row.responsible == scene.max.account.as_str() && row.is_done()));
        assert_eq!(rows.iter().filter(|row| row.words == "told").count(), 2, "once, however much is read");

        scene.town.clock.advance(Duration::from_hours(1));
        for path in [page.clone(), format!("{page}/{}", scene.thread)] {
            let late = scene.get(&scene.mo, &path).await;
            assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && !late.text.contains(CANARY), "it ends by itself");
        }
        assert_eq!(scene.rows("broken-glass").await.len(), rows.len(), "what was not read is not written down as read");
    }
}

#[tokio::test]
async fn who_writes_while_it_is_read_is_told_too_and_houses_of_guests_are_named() {
    for (one, two) in both().await.into_iter().zip(both().await) {
        let scene = scene(one).await;
        let other = scene.town.open("herning.test", two, 4).await.unwrap();
        scene.town.befriend(&scene.at, &other).await;
        let open = scene.opened().await;
        let page = format!("/glass/{open}");
        let first = scene.get(&scene.mo, &page).await.text;
        assert!(!first.contains("People of other houses"), "{first}");
        let told = || async { scene.rows("broken-glass").await.into_iter().filter(|row| row.words == "told").count() };
        assert_eq!(told().await, 2, "Fern and Bo");
        // Ida joins and writes within the hour; so does somebody of another house.
        let ida = scene.at.person("Ida", Role::Member).await;
        scene.at.join(&ida.persona.id, &scene.group.uri).await;
        scene.at.write(&ida.persona.id, &scene.group.id, "I just came in", None).await;
        let guest = other.person("Gro", Role::Member).await;
        let reads = {
            let mut conn = scene.at.database.read().await.unwrap();
            let origin = crate::base::Origin::parse("http://herning.test").unwrap();
            crate::federation::partners::by_origin(&mut conn, &origin).await.unwrap().unwrap().id
        };
        let mut tx = scene.at.database.begin().await.unwrap();
        let readers = crate::features::groups::set_readers;
        readers(&mut tx, &scene.at.site.here(), &scene.group.id, &scene.fern.persona.id, std::slice::from_ref(&reads)).await.unwrap();
        tx.commit().await.unwrap();
        let sites = [&scene.at, &other];
        scene.town.settle(&sites).await.unwrap();
        let there = other.join(&guest.persona.id, &scene.group.uri).await;
        scene.town.settle(&sites).await.unwrap();
        other.write(&guest.persona.id, &there, "Hello from Herning", None).await;
        scene.town.settle(&sites).await.unwrap();
        assert!(!scene.get(&ida, "/").await.text.contains("staff read the group"), "nothing of hers was read yet");
        for _ in 0..2 {
            let second = scene.get(&scene.mo, &page).await.text;
            assert!(second.contains("I just came in") && second.contains("Hello from Herning"), "{second}");
            assert!(second.contains("People of other houses wrote here too: herning.test"), "{second}");
        }
        assert!(scene.get(&ida, "/").await.text.contains("staff read the group Morning coffee"));
        assert_eq!(told().await, 3, "each person once");
        let rows = scene.rows("broken-glass").await;
        let guests: Vec<_> = rows.iter().filter(|row| row.words == "guests to be told").collect();
        assert!(guests.len() == 1 && guests[0].object_id == reads.as_str(), "{guests:?}");
    }
}

#[tokio::test]
async fn a_no_an_end_and_a_lost_role_close_it() {
    let scene = scene(sqlite().await).await;
    let asked = scene.send(&scene.ada, "/glass", &[("listed", scene.group.id.as_str()), ("reason", REASON)]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let id = scene.rows("broken-glass").await[0].ground.clone();
    scene.send(&scene.mo, &format!("/glass/{id}/answer"), &[("answer", "no")]).await;
    let late = scene.send(&scene.max, &format!("/glass/{id}/answer"), &[("answer", "yes")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "a no stays");
    assert!(scene.rows("broken-glass").await.iter().any(|row| row.words == "refused" && !row.is_done()));

    let open = scene.opened().await;
    assert_eq!(scene.get(&scene.mo, &format!("/glass/{open}")).await.status, StatusCode::OK);
    let other = scene.at.group(&scene.bo.persona.id, "Night walk", JoinRule::Invite, &[]).await;
    {
        let mut tx = scene.at.database.begin().await.unwrap();
        sqlx::query("UPDATE groups SET listed = 0 WHERE id = $1").bind(other.id.as_str()).execute(tx.sql()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let elsewhere = scene.at.write(&scene.bo.persona.id, &other.id, CANARY, None).await;
    assert_eq!(scene.get(&scene.mo, &format!("/glass/{open}/{elsewhere}")).await.status, StatusCode::NOT_FOUND, "one group only");
    scene.send(&scene.ada, &format!("/people/{}/role", scene.mo.account), &[("role", "host")]).await;
    let mo = scene.at.get(&format!("/glass/{open}"), Some(&scene.mo.cookie)).await;
    assert!(!mo.text.contains(CANARY) && mo.status != StatusCode::OK, "on the next request");
    assert_eq!(scene.send(&scene.max, &format!("/glass/{open}/end"), &[]).await.status, StatusCode::SEE_OTHER);

    let own = scene.send(&scene.ada, "/glass", &[("group", other.id.as_str()), ("reason", REASON)]).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER, "also a group that is not in the list");
    let listed = scene.get(&scene.max, "/glass").await.text;
    assert!(listed.contains(&format!("value=\"{}\"", scene.group.id)) && !listed.contains(other.id.as_str()), "but it is not listed");
    scene.at.join(&scene.max.persona.id, &scene.group.uri).await;
    let member = scene.send(&scene.max, "/glass", &[("listed", scene.group.id.as_str()), ("reason", REASON)]).await;
    assert!(member.text.contains("You are in this group"), "{}", member.text);
}

/// The address of every page that is read with GET, as the source has it, with ids of this scene in the places for ids.
fn every_page(scene: &Scene, glass: &Id, fill: &[&str]) -> Vec<String> {
    let mut files = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut pages = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (_, rest) in text.match_indices(".route(").map(|(at, call)| (at, &text[at + call.len()..])) {
            let Some((route, _)) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
            let mut parts = route.split('/').map(|part| if part.starts_with('{') { None } else { Some(part) }).collect::<Vec<_>>();
            let holes = parts.iter().filter(|part| part.is_none()).count();
            let choices: Vec<Vec<&str>> = match holes {
                0 => vec![vec![]],
                1 => fill.iter().map(|id| vec![*id]).collect(),
                _ => fill.iter().flat_map(|one| fill.iter().map(move |two| vec![*one, *two])).collect(),
            };
            for choice in choices {
                let mut next = choice.into_iter();
                let filled: Vec<&str> = parts.iter_mut().map(|part| part.unwrap_or_else(|| next.next().unwrap_or("x"))).collect();
                pages.push(filled.join("/"));
            }
        }
    }
    assert!(pages.len() > 60, "the routes were found");
    assert!(pages.contains(&format!("/o/{}", scene.thread)) && pages.contains(&format!("/glass/{glass}")));
    pages
}

#[tokio::test]
async fn no_page_shows_staff_what_is_in_a_group_they_are_not_in() {
    let scene = scene(sqlite().await).await;
    let auditor = scene.at.person("Audrey", Role::Auditor).await;
    let glass = {
        // Asked for, and never agreed to.
        scene.send(&scene.mo, "/glass", &[("listed", scene.group.id.as_str()), ("reason", REASON)]).await;
        Id::parse(&scene.rows("broken-glass").await[0].ground).unwrap()
    };
    let fill =
        [scene.group.id.as_str(), scene.thread.as_str(), scene.fern.persona.id.as_str(), scene.fern.account.as_str(), glass.as_str()];
    let pages = every_page(&scene, &glass, &fill);
    let mut seen_by_member = 0;
    for page in &pages {
        let own = scene.at.get(page, Some(&scene.fern.cookie)).await;
        seen_by_member += usize::from(own.text.contains(CANARY));
        for (who, staff) in [("admin", &scene.ada), ("moderator", &scene.mo), ("auditor", &auditor)] {
            let seen = scene.at.get(page, Some(&staff.cookie)).await;
            assert!(!seen.status.is_server_error(), "{page} fails for the {who}");
            assert!(!seen.text.contains(CANARY), "{page} shows the {who} what is in a group they are not in");
        }
    }
    assert!(seen_by_member >= 3, "the walk can see: the member's own pages show it");
}

#[tokio::test]
async fn the_log_is_read_by_admins_and_auditors_and_says_so_itself() {
    for database in both().await {
        let scene = scene(database).await;
        let auditor = scene.at.person("Audrey", Role::Auditor).await;
        scene.send(&scene.bo, "/me/confidentiality", &[("confidentiality", "on")]).await;
        scene.send(&scene.ada, &format!("/people/{}/role", scene.bo.account), &[("role", "host")]).await;
        for _ in 0..2 {
            scene.get(&scene.ada, &format!("/people/{}", scene.fern.account)).await;
        }
        scene.get(&scene.ada, &format!("/people/{}", scene.ada.account)).await;
        for nobody in [&scene.mo, &scene.fern] {
            assert_eq!(scene.get(nobody, "/admin/audit").await.status, StatusCode::FORBIDDEN);
            assert_eq!(scene.send(nobody, "/admin/audit/export", &[("form", "csv")]).await.status, StatusCode::FORBIDDEN);
        }
        for staff_page in ["/people", "/admin", "/desk", "/glass", "/admin/queue"] {
            assert_eq!(scene.get(&auditor, staff_page).await.status, StatusCode::FORBIDDEN, "{staff_page}");
        }
        assert!(scene.get(&auditor, "/me").await.text.contains("/admin/audit"));
        for _ in 0..3 {
            let page = scene.get(&auditor, "/admin/audit").await;
            assert!(page.text.contains("member&#62;host") || page.text.contains("member&gt;host"), "{}", page.text);
        }
        let only = scene.get(&auditor, "/admin/audit?event=looked&person=fern-signs-in&from=2020-01-01&until=").await;
        assert!(only.text.contains("Looked at") && only.text.contains("Fern") && !only.text.contains("Bo</td>"), "{}", only.text);
        let wrong = scene.get(&auditor, "/admin/audit?from=yesterday").await;
        assert!(wrong.text.contains("Write the day as year"), "{}", wrong.text);
        let read: Vec<String> = scene.rows("audit-read").await.into_iter().map(|row| row.words).collect();
        let filter = format!("event:looked person:{} from:2020-01-01T00:00:00.000Z", scene.fern.account);
        assert_eq!(read, [filter, String::new()], "one row for each reader, day and filter; of what was typed only ids");
        scene.town.clock.advance(Duration::from_hours(24));
        let csv = scene.send(&auditor, "/admin/audit/export", &[("form", "csv"), ("event", "role-changed")]).await;
        assert!(csv.text.starts_with("source,seq,at,event") && csv.text.contains("member>host"), "{}", csv.text);
        let json = scene.send(&auditor, "/admin/audit/export", &[("form", "json")]).await;
        let rows: Vec<serde_json::Value> = serde_json::from_str(&json.text).unwrap();
        assert!(rows.len() > 8 && rows.iter().all(|row| row["hash"].as_str().is_some_and(|hash| hash.len() == 64)));
        let read: Vec<String> = scene.rows("audit-read").await.into_iter().map(|row| row.words).collect();
        assert_eq!(read[..2], ["json".to_owned(), "csv event:role-changed".to_owned()], "every file is a row, with its filter");

        for _ in 0..2 {
            scene.get(&scene.ada, "/people").await;
        }
        let lists = scene.rows("looked").await.into_iter().filter(|row| row.object_kind == "accounts").count();
        assert_eq!(lists, 1, "the list of sign-in names: one row for each reader and day");

        let looks = scene.get(&scene.fern, "/me/looks").await.text;
        assert!(looks.contains("All of this was done in this house: veld.test"), "{looks}");
        assert!(looks.contains("Opened the page with your sign-in name") && looks.contains("role: admin"), "{looks}");
        assert!(looks.contains("(2 times)") && looks.matches("Opened the page").count() == 1, "equal lines of a day are one");
        assert!(looks.contains("it is forbidden and logged"));
        let own = scene.get(&scene.ada, "/me/looks").await.text;
        assert!(!own.contains("Opened the page"), "one's own page is no look");
        let month = scene.get(&scene.fern, "/me/looks?period=month").await.text;
        assert!(month.contains("Opened the page"));
    }
}

#[tokio::test]
async fn what_hosts_and_staff_do_is_written_down() {
    for database in both().await {
        let scene = scene(database).await;
        let page = scene.get(&scene.fern, &format!("/g/{}/people", scene.group.id)).await.text;
        let path = format!("/g/{}/people/", scene.group.id);
        let member = page.split(&path).skip(1).map(|rest| rest.split('"').next().unwrap()).find(|id| Id::parse(id).is_some()).unwrap();
        assert!(!member.is_empty());
        let bo = {
            let mut conn = scene.at.database.read().await.unwrap();
            crate::features::groups::membership_of(&mut conn, &scene.group.id, &scene.bo.persona.id).await.unwrap().unwrap().id
        };
        scene.send(&scene.fern, &format!("{path}{bo}/role"), &[("role", "moderator")]).await;
        let words: Vec<String> = scene.rows("role-changed").await.into_iter().map(|row| row.words).collect();
        assert!(words.contains(&"member>moderator".to_owned()), "{words:?}");
        let row = scene.rows("role-changed").await.into_iter().find(|row| row.words == "member>moderator").unwrap();
        assert_eq!((row.user_id.as_str(), row.client.as_str()), (scene.fern.account.as_str(), scene.bo.account.as_str()));
        assert_eq!((row.role.as_str(), row.object_kind.as_str()), ("group-host", "membership"));
        scene.send(&scene.ada, &format!("/people/{}/sign-in-link", scene.fern.account), &[]).await;
        scene.send(&scene.ada, &format!("/people/{}/deactivate", scene.bo.account), &[]).await;
        scene.send(&scene.ada, &format!("/people/{}/reactivate", scene.bo.account), &[]).await;
        scene.send(&scene.ada, "/people/invitations", &[("role", "host"), ("count", "2")]).await;
        scene.send(&scene.ada, "/admin", &[("name", "The Garden")]).await;
        let words: Vec<String> = scene.rows("account-changed").await.into_iter().map(|row| row.words).collect();
        for part in ["sign-in-link", "put-to-rest", "woken", "made>admin"] {
            assert!(words.iter().any(|said| said == part), "{part}: {words:?}");
        }
        assert!(scene.rows("role-changed").await.iter().any(|row| row.words == "invitations:2" && row.object_id == "host"));
        let house: Vec<String> = scene.rows("house-changed").await.into_iter().map(|row| row.words).collect();
        assert_eq!(house, ["renamed", "founded"]);
    }
}
