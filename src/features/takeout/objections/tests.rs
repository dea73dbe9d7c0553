//! Objections through the door and on both engines: made, taken back, answered, paused with, looked at, copied, kept, erased.
//! Cast: Ada runs the house, Mo moderates, Fern and Bo are members.

use std::time::Duration;

use http::StatusCode;

use super::*;
use crate::audit::{self, Filter, Kept, Verdict};
use crate::features::accounts::Role;
use crate::features::takeout::{erase, retention};
use crate::testing::database::both;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};

const CANARY: &str = "canary-of-an-objection";
const DAY: Duration = Duration::from_hours(24);

struct Scene {
    town: Town,
    at: TestSite,
    ada: Person,
    mo: Person,
    fern: Person,
    bo: Person,
}

impl Scene {
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for database in both().await {
            let town = Town::default();
            let at = town.open("veld.test", database, 3).await.unwrap();
            let ada = at.person("Ada", Role::Admin).await;
            let mo = at.person("Mo", Role::Moderator).await;
            let fern = at.person("Fern", Role::Member).await;
            let bo = at.person("Bo", Role::Member).await;
            all.push(Self { town, at, ada, mo, fern, bo });
        }
        all
    }

    /// A page in three languages; the last one is English.
    async fn page(&self, who: &Person, path: &str) -> String {
        let mut text = String::new();
        for lang in ["nl", "da", "en"] {
            let seen = self.at.get(path, Some(&format!("{}; lang={lang}", who.cookie))).await;
            assert_eq!(seen.status, StatusCode::OK, "{path} {lang}");
            assert_page_is_sound(&seen.text);
            text = seen.text;
        }
        text
    }

    async fn send(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.at.post(path, Some(&who.cookie), fields).await
    }

    /// Fern objects; the id.
    async fn objected(&self, about: &'static str, words: &str) -> Id {
        self.town.clock.advance(Duration::from_secs(1));
        let sent = self.send(&self.fern, "/me/objections", &[("about", about), ("words", words)]).await;
        assert_eq!(sent.location.as_deref(), Some("/me/objections?said=takeout-objection-saved"), "{}", sent.text);
        self.of(&self.fern).await[0].id.clone()
    }

    /// Ada, signed in anew: sessions end after 30 days.
    async fn ada_again(&self) -> Person {
        let cookie = self.at.signed_in(&self.ada.account).await;
        Person { cookie, account: self.ada.account.clone(), persona: self.ada.persona.clone() }
    }

    async fn of(&self, who: &Person) -> Vec<Objection> {
        store::of_account(&mut self.at.database.read().await.unwrap(), &who.account).await.unwrap()
    }

    async fn rows(&self, event: &str) -> Vec<Kept> {
        let mut conn = self.at.database.read().await.unwrap();
        assert!(matches!(audit::verify(&mut conn).await.unwrap(), Verdict::Whole { .. }));
        let rows = audit::list(&mut conn, &Filter { event, ..Filter::default() }, i64::MAX, 1000).await.unwrap();
        assert!(rows.iter().all(|row| !row.words.contains(CANARY)), "no words of people in the log");
        rows.into_iter().filter(|row| row.object_kind == "objection").collect()
    }
}

fn refused(seen: &Seen, sentence: &str) {
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
    assert!(seen.text.contains(sentence), "{sentence}\n{}", seen.text);
    assert_page_is_sound(&seen.text);
}

#[test]
fn an_answer_is_due_one_month_later_by_the_calendar() {
    for (made, expected) in [
        ("2026-03-05T10:00:00Z", "2026-04-05T10:00:00.000Z"),
        ("2026-01-31T10:00:00Z", "2026-02-28T10:00:00.000Z"),
        ("2028-01-30T10:00:00Z", "2028-02-29T10:00:00.000Z"),
        ("2026-12-31T23:59:00Z", "2027-01-31T23:59:00.000Z"),
    ] {
        assert_eq!(due(Timestamp::parse_rfc3339(made).unwrap()).rfc3339(), expected);
    }
}

#[test]
fn codes_are_read_as_they_were_written() {
    for about in About::ALL {
        assert_eq!(About::parse(about.as_str()), Some(about));
    }
    for outcome in Outcome::ALL {
        assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        assert_eq!(State::read(outcome.as_str()), State::Answered(outcome));
    }
    for state in [State::Open, State::Withdrawn] {
        assert_eq!(State::read(state.as_str()), state);
    }
    assert_eq!((About::parse("all"), Outcome::parse("open"), State::read("lost")), (None, None, State::Open));
    assert_eq!(Outcome::ALL.map(Outcome::asks_for_reason), [false, true, true]);
}

#[tokio::test]
async fn somebody_objects_and_reads_the_answer_with_the_way_to_complain() {
    for scene in Scene::all().await {
        assert!(scene.page(&scene.fern, "/me").await.contains("href=\"/me/objections\""), "one tap from me");
        let empty = scene.page(&scene.fern, "/me/objections").await;
        assert_eq!(empty.matches("type=\"radio\"").count(), 4);
        assert!(empty.contains("answers for data protection here"), "{empty}");
        refused(&scene.send(&scene.fern, "/me/objections", &[("words", CANARY), ("pause", "on")]).await, "Choose what it is about.");
        let seen = scene.send(&scene.fern, "/me/objections", &[("about", "other"), ("words", "  "), ("pause", "on")]).await;
        refused(&seen, "Please say in a few words");
        assert!(seen.text.contains("value=\"other\" checked") && seen.text.contains("value=\"on\" checked"), "{}", seen.text);
        let long = "x".repeat(MOST_WORDS + 1);
        let seen = scene.send(&scene.fern, "/me/objections", &[("about", "sums"), ("words", &long)]).await;
        refused(&seen, "at most 2000 characters");
        assert!(seen.text.contains(&long), "what was typed stays");
        assert!(scene.of(&scene.fern).await.is_empty());

        let id = scene.objected("sharing", CANARY).await;
        let page = scene.page(&scene.fern, "/me/objections").await;
        for part in [CANARY, "Sharing with partner houses in a group", "You get an answer by", "/take-back"] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("complain"), "there is no answer yet");
        assert!(!scene.page(&scene.bo, "/me/objections").await.contains(CANARY), "nobody else's");

        let admin = format!("/admin/objections/{id}");
        let task = scene.page(&scene.ada, "/admin").await;
        assert!(task.contains("An objection waits for an answer by") && task.contains(&admin) && !task.contains(CANARY), "{task}");
        let list = scene.page(&scene.ada, "/admin/objections").await;
        assert!(list.contains(&admin) && !list.contains(CANARY) && !list.contains("fern"), "{list}");
        for nobody in [&scene.mo, &scene.fern, &scene.bo] {
            for path in ["/admin/objections", admin.as_str()] {
                assert_eq!(scene.at.get(path, Some(&nobody.cookie)).await.status, StatusCode::FORBIDDEN);
            }
            let seen = scene.send(nobody, &admin, &[("outcome", "granted")]).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN);
        }
        assert!(scene.rows("looked").await.is_empty(), "what was refused and the list are no look");
        assert!(scene.page(&scene.ada, &admin).await.contains(CANARY));
        let looks = scene.rows("looked").await;
        assert_eq!((looks.len(), looks[0].client.as_str()), (3, scene.fern.account.as_str()), "each page is a look");
        assert!(scene.page(&scene.fern, "/me/looks").await.contains("an objection"));

        refused(&scene.send(&scene.ada, &admin, &[("reason", "because")]).await, "Choose what you decide.");
        for outcome in ["refused", "partly"] {
            let seen = scene.send(&scene.ada, &admin, &[("outcome", outcome), ("reason", " ")]).await;
            refused(&seen, "Say why it is not granted");
            assert!(seen.text.contains(&format!("value=\"{outcome}\" checked")), "{}", seen.text);
        }
        assert_eq!(scene.of(&scene.fern).await[0].state, State::Open);
        let sent = scene.send(&scene.ada, &admin, &[("outcome", "refused"), ("reason", "The group is shared; leave it to end that")]).await;
        assert_eq!(sent.location.as_deref(), Some("/admin/objections?said=takeout-objection-sent"), "{}", sent.text);
        refused(&scene.send(&scene.ada, &admin, &[("outcome", "granted")]).await, "in the meantime");

        assert!(scene.page(&scene.fern, "/").await.contains("There is an answer to your objection."));
        let page = scene.page(&scene.fern, "/me/objections").await;
        for part in ["Not granted.", "leave it to end that", "you can complain to the supervisory authority", "works for you as before"] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("/take-back"), "what is answered stays");
        let back = scene.send(&scene.fern, &format!("/me/objections/{id}/take-back"), &[]).await;
        refused(&back, "in the meantime");
        let words: Vec<String> = scene.rows("objection").await.into_iter().map(|row| row.words).collect();
        assert_eq!(words, ["refused: sharing", "made: sharing"]);
        assert!(!scene.page(&scene.ada, "/admin").await.contains("waits for an answer by"));
        scene.page(&scene.ada, &admin).await;
    }
}

#[tokio::test]
async fn no_answer_takes_anything_away() {
    for scene in Scene::all().await {
        let pages = ["/", "/me", "/groups", "/me/copy", "/me/freeze", "/me/objections", "/me/erase"];
        for outcome in Outcome::ALL {
            let id = scene.objected("other", CANARY).await;
            let answer = [("outcome", outcome.as_str()), ("reason", "This is why")];
            scene.send(&scene.ada, &format!("/admin/objections/{id}"), &answer).await;
            assert_eq!(scene.of(&scene.fern).await.iter().find(|one| one.id == id).unwrap().state, State::Answered(outcome));
            for path in pages {
                scene.page(&scene.fern, path).await;
            }
        }
        scene.objected("sums", "").await;
    }
}

#[tokio::test]
async fn an_objection_is_taken_back_by_its_person_only_and_its_words_go() {
    for scene in Scene::all().await {
        let id = scene.objected("kept", CANARY).await;
        let path = format!("/me/objections/{id}/take-back");
        assert_eq!(scene.send(&scene.bo, &path, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(scene.send(&scene.ada, &path, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(scene.of(&scene.fern).await[0].words, CANARY);
        assert_eq!(scene.send(&scene.fern, &path, &[]).await.status, StatusCode::SEE_OTHER);
        let left = scene.of(&scene.fern).await.remove(0);
        assert_eq!((left.state, left.words.as_str()), (State::Withdrawn, ""));
        let late = scene.send(&scene.ada, &format!("/admin/objections/{id}"), &[("outcome", "granted")]).await;
        refused(&late, "in the meantime");
        assert!(scene.page(&scene.fern, "/me/objections").await.contains("You took it back."));
        assert!(scene.page(&scene.ada, "/admin/objections").await.contains("Taken back on"));
    }
}

#[tokio::test]
async fn everything_is_paused_with_it_until_the_person_goes_on() {
    for scene in Scene::all().await {
        let frozen = async || accounts::frozen_since(&mut scene.at.database.read().await.unwrap(), &scene.fern.account).await.unwrap();
        scene.objected("sums", "").await;
        assert_eq!(frozen().await, None, "only when it is asked for");
        scene.send(&scene.fern, "/me/objections", &[("about", "kept"), ("words", ""), ("pause", "on")]).await;
        let since = frozen().await;
        assert_eq!(since, Some(scene.at.site.now()));
        let page = scene.page(&scene.fern, "/me/objections").await;
        assert!(page.contains("You asked for a pause") && page.contains("href=\"/me/freeze\""), "{page}");
        scene.town.clock.advance(DAY);
        scene.send(&scene.fern, "/me/objections", &[("about", "kept"), ("words", ""), ("pause", "on")]).await;
        assert_eq!(frozen().await, since, "a pause that is there stays as it is");
        let id = scene.of(&scene.fern).await[0].id.clone();
        assert!(scene.page(&scene.ada, &format!("/admin/objections/{id}")).await.contains("is paused now"));
        scene.send(&scene.ada, &format!("/admin/objections/{id}"), &[("outcome", "granted")]).await;
        assert_eq!(frozen().await, since, "nobody but the person ends it");
        scene.send(&scene.fern, "/me/thaw", &[]).await;
        assert_eq!(frozen().await, None);
    }
}

#[tokio::test]
async fn so_many_wait_and_what_is_late_is_said_in_red() {
    for scene in Scene::all().await {
        for _ in 0..MOST_OPEN {
            scene.objected("sums", "").await;
        }
        let seen = scene.send(&scene.fern, "/me/objections", &[("about", "other"), ("words", CANARY)]).await;
        refused(&seen, "many objections here already");
        assert!(seen.text.contains(CANARY), "what was typed stays");
        let id = scene.of(&scene.fern).await[0].id.clone();
        scene.send(&scene.fern, &format!("/me/objections/{id}/take-back"), &[]).await;
        scene.objected("sums", "").await;
        scene.town.clock.advance(DAY * 32);
        let ada = scene.ada_again().await;
        let admin = scene.page(&ada, "/admin").await;
        assert_eq!(admin.matches("should have been answered by").count(), MOST_OPEN, "{admin}");
        let register = scene.page(&ada, "/admin/register").await;
        assert!(register.contains("Objections: 5 wait for an answer, 5 of them longer than one month."), "{register}");
        assert!(register.contains("People with a role and without it: 2."), "{register}");

        // What is kept has a limit too, also for somebody who takes each one back.
        let here = scene.at.site.here();
        let by = || By::person(scene.bo.account.as_str(), "member");
        let mut tx = scene.at.database.begin().await.unwrap();
        for _ in 0..MOST_KEPT {
            let id = object(&mut tx, &here, &scene.bo.account, by(), (About::Sums, "", false)).await.unwrap();
            take_back(&mut tx, &here, &scene.bo.account, by(), &id).await.unwrap();
        }
        let more = object(&mut tx, &here, &scene.bo.account, by(), (About::Sums, "", false)).await;
        assert!(matches!(more, Err(ObjectionError::TooMany)));
    }
}

#[tokio::test]
async fn it_is_in_the_copy_ends_after_its_time_and_goes_with_the_account() {
    for scene in Scene::all().await {
        let answered = scene.objected("sharing", CANARY).await;
        scene.send(&scene.ada, &format!("/admin/objections/{answered}"), &[("outcome", "partly"), ("reason", "Some of it")]).await;
        let open = scene.objected("other", "canary-that-waits").await;
        scene.send(&scene.fern, "/me/confidentiality", &[("confidentiality", "on")]).await;
        let json = scene.send(&scene.fern, "/me/copy/json", &[]).await.text;
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        let own = &read["objections"];
        assert_eq!((own[0]["state"].as_str(), own[0]["reason"].as_str()), (Some("partly"), Some("Some of it")), "{own}");
        assert_eq!((own[1]["about"].as_str(), own[1]["words"].as_str()), (Some("other"), Some("canary-that-waits")));
        assert_eq!(read["account"]["confidentiality"][0]["kind"], "promise");
        assert!(!json.contains(scene.ada.account.as_str()) && !json.contains("ada-signs-in"), "staff by their role");
        for lang in ["nl", "da", "en"] {
            let page = scene.at.post("/me/copy/page", Some(&format!("{}; lang={lang}", scene.fern.cookie)), &[]).await.text;
            assert!(page.contains(CANARY) && page.contains("Some of it") && !page.contains("takeout-"), "{page}");
        }
        assert!(!scene.send(&scene.bo, "/me/copy/json", &[]).await.text.contains("canary"));

        for (days, left) in [(364, 2), (2, 1), (800, 1)] {
            scene.town.clock.advance(DAY * days);
            retention::sweep(&scene.at.database, scene.at.site.now()).await.unwrap();
            assert_eq!(scene.of(&scene.fern).await.len(), left, "after {days} more days");
        }
        assert_eq!(scene.of(&scene.fern).await[0].id, open, "what waits stays, however old it is");
        let mut conn = scene.at.database.read().await.unwrap();
        let line = retention::lines(&mut conn).await.unwrap().into_iter().find(|line| line.kind.name == "objections").unwrap();
        assert_eq!((line.days, line.due(&mut conn, scene.at.site.now()).await.unwrap()), (365, 0));
        drop(conn);

        let mut tx = scene.at.database.begin().await.unwrap();
        erase(&mut tx, &scene.at.site.here(), By::console(), &scene.fern.account).await.unwrap();
        tx.commit().await.unwrap();
        assert!(scene.of(&scene.fern).await.is_empty());
        let mut conn = scene.at.database.read().await.unwrap();
        assert!(accounts::statements(&mut conn, &scene.fern.account).await.unwrap().is_empty(), "the promise is gone too");
        let filter = Filter { event: "confidentiality", client: scene.fern.account.as_str(), ..Filter::default() };
        assert_eq!(audit::list(&mut conn, &filter, i64::MAX, 10).await.unwrap().len(), 1, "the log keeps that it was made");
        drop(conn);
        let ada = scene.ada_again().await;
        assert!(!scene.page(&ada, "/admin/objections").await.contains(open.as_str()));
        assert!(scene.rows("objection").await.len() >= 3, "the log keeps that it happened");
        let gone = scene.at.get(&format!("/admin/objections/{open}"), Some(&ada.cookie)).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn ones_own_objection_is_no_look() {
    for scene in Scene::all().await {
        scene.send(&scene.ada, "/me/objections", &[("about", "sums"), ("words", CANARY)]).await;
        let id = scene.of(&scene.ada).await[0].id.clone();
        scene.page(&scene.ada, &format!("/admin/objections/{id}")).await;
        assert!(scene.rows("looked").await.is_empty());
    }
}
