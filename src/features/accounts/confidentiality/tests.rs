//! What is promised before a role is given, on both engines and through the door: records, papers, who may record what, what the
//! log says, and that taking a role away is never held up. Cast: Ada runs the house, Mo moderates, Hanna hosts, Fern and Bo are members.

use std::time::Duration;

use http::StatusCode;

use super::*;
use crate::audit::{self, Filter, Kept, Verdict};
use crate::features::accounts::{AccountError, change_role};
use crate::testing::database::both;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};
use crate::web::Lang;

/// SHA-256 of all sentences in the three languages, one a line. Who changes one makes [`VERSION`] one more and writes the new hash here.
const WORDS_OF_VERSION: (i64, &str) = (1, "908cedbfc6845d07014d1f1809b72c0fca6aff2ac50e18891fca0507f5affaaf");

#[test]
fn the_words_are_those_of_the_version() {
    let all = Lang::ALL.map(|lang| [Kind::Promise, Kind::GoesOn].map(|kind| kind.lines(Words::new(lang)).join("\n")).join("\n"));
    assert_eq!((VERSION, hash_of(&all.join("\n")).as_str()), WORDS_OF_VERSION, "other words are another version");
}

struct Scene {
    town: Town,
    at: TestSite,
    ada: Person,
    mo: Person,
    hanna: Person,
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
            let hanna = at.person("Hanna", Role::Host).await;
            let fern = at.person("Fern", Role::Member).await;
            let bo = at.person("Bo", Role::Member).await;
            all.push(Self { town, at, ada, mo, hanna, fern, bo });
        }
        all
    }

    async fn records(&self, who: &Person) -> Vec<Statement> {
        statements(&mut self.at.database.read().await.unwrap(), &who.account).await.unwrap()
    }

    async fn rows(&self) -> Vec<Kept> {
        let mut conn = self.at.database.read().await.unwrap();
        assert!(matches!(audit::verify(&mut conn).await.unwrap(), Verdict::Whole { .. }));
        audit::list(&mut conn, &Filter { event: "confidentiality", ..Filter::default() }, i64::MAX, 100).await.unwrap()
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

    async fn give(&self, by: &Person, whom: &Person, role: &'static str) -> Seen {
        self.send(by, &format!("/people/{}/role", whom.account), &[("role", role)]).await
    }

    async fn role_of(&self, whom: &Person) -> Role {
        let mut conn = self.at.database.read().await.unwrap();
        crate::features::accounts::by_id(&mut conn, &whom.account).await.unwrap().unwrap().role
    }
}

fn refused(seen: &Seen, sentence: &str) {
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
    assert!(seen.text.contains(sentence), "{sentence}\n{}", seen.text);
    assert_page_is_sound(&seen.text);
}

#[tokio::test]
async fn a_promise_is_kept_once_with_its_words_and_its_row() {
    for scene in Scene::all().await {
        let here = scene.at.site.here();
        let fern = &scene.fern.account;
        let mut tx = scene.at.database.begin().await.unwrap();
        assert!(!promised(&mut tx, fern).await.unwrap());
        for lang in [Lang::Da, Lang::En] {
            promise(&mut tx, &here, fern, Role::Member, Words::new(lang)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let records = scene.records(&scene.fern).await;
        assert_eq!(records.len(), 1, "twice is once");
        let said = &records[0];
        assert_eq!((said.kind, said.on_paper, said.version, said.lang.as_str()), (Kind::Promise, false, VERSION, "da"));
        assert_eq!((said.words.clone(), said.hash.clone()), (Kind::Promise.lines(Words::new(Lang::Da)).join("\n"), hash_of(&said.words)));
        assert_eq!(said.signed_at, here.now);
        let rows = scene.rows().await;
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.user_id.as_str(), row.client.as_str()), (fern.as_str(), fern.as_str()));
        assert_eq!(row.words, format!("promise page v{VERSION} da {}", said.hash));
        assert!(!row.words.contains("tavs") && row.object_kind == "account", "no content in the log");

        let mut conn = scene.at.database.read().await.unwrap();
        let copy = crate::features::accounts::own_copy(&mut conn, &here, fern).await.unwrap().unwrap().confidentiality;
        assert_eq!((copy.len(), copy[0].way, copy[0].words.as_str()), (1, "page", said.words.as_str()));
    }
}

#[tokio::test]
async fn a_paper_is_recorded_by_an_admin_and_never_from_the_future() {
    for scene in Scene::all().await {
        let here = scene.at.site.here();
        let day = |days: i64| Timestamp::from_millis(here.now.millis() + days * 24 * 60 * 60 * 1000);
        let (ada, fern) = (&scene.ada.account, &scene.fern.account);
        let mut tx = scene.at.database.begin().await.unwrap();
        for nobody in [&scene.mo, &scene.hanna, &scene.bo] {
            let done = record_paper(&mut tx, &here, &nobody.account, fern, day(-1)).await;
            assert!(matches!(done, Err(StatementError::NotAllowed)));
        }
        for wrong in [day(1), day(2), day(-51 * 366)] {
            assert!(matches!(record_paper(&mut tx, &here, ada, fern, wrong).await, Err(StatementError::Day)));
        }
        assert!(matches!(record_paper(&mut tx, &here, ada, &here.id(), day(-1)).await, Err(StatementError::Unknown)));
        assert!(matches!(change_role(&mut tx, &here, ada, fern, Role::Host).await, Err(AccountError::NoPromise)));
        for _ in 0..2 {
            record_paper(&mut tx, &here, ada, fern, day(-3)).await.unwrap();
        }
        record_paper(&mut tx, &here, ada, fern, day(0)).await.unwrap();
        change_role(&mut tx, &here, ada, fern, Role::Host).await.unwrap();
        tx.commit().await.unwrap();
        let records = scene.records(&scene.fern).await;
        assert_eq!(records.len(), 2, "the same paper twice is once");
        assert!(records.iter().all(|said| said.on_paper && said.words.is_empty() && said.version == 0));
        let rows = scene.rows().await;
        let expected = format!("promise paper {}", &day(-3).rfc3339()[..10]);
        assert_eq!((rows.len(), rows[1].words.as_str(), rows[1].user_id.as_str()), (2, expected.as_str(), ada.as_str()));
    }
}

#[tokio::test]
async fn records_have_a_limit() {
    for scene in Scene::all().await {
        let here = scene.at.site.here();
        let mut tx = scene.at.database.begin().await.unwrap();
        for ago in 0..u64::try_from(MOST).unwrap() + 5 {
            let day = here.now.minus(Duration::from_hours(24 * ago));
            record_paper(&mut tx, &here, &scene.ada.account, &scene.fern.account, day).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(i64::try_from(scene.records(&scene.fern).await.len()).unwrap(), MOST);
        assert_eq!(i64::try_from(scene.rows().await.len()).unwrap(), MOST, "what is not kept has no row either");
    }
}

#[tokio::test]
async fn a_role_is_given_after_the_promise_and_taken_away_at_once() {
    for scene in Scene::all().await {
        for (by, role) in
            [(&scene.ada, "host"), (&scene.ada, "moderator"), (&scene.ada, "admin"), (&scene.ada, "auditor"), (&scene.hanna, "host")]
        {
            let seen = scene.give(by, &scene.fern, role).await;
            refused(&seen, "has not promised confidentiality yet");
            assert!(seen.text.contains("http://veld.test/me/confidentiality"), "{}", seen.text);
            assert!(seen.text.contains(&format!("value=\"{role}\" selected")), "what was chosen stays");
        }
        assert_eq!(scene.role_of(&scene.fern).await, Role::Member);
        let page = scene.page(&scene.fern, "/me/confidentiality").await;
        assert!(page.contains("stays with me") && page.contains(" required"), "{page}");
        refused(&scene.send(&scene.fern, "/me/confidentiality", &[]).await, "tick the box");
        assert!(scene.records(&scene.fern).await.is_empty());
        let done = scene.send(&scene.fern, "/me/confidentiality", &[("confidentiality", "on")]).await;
        assert_eq!(done.location.as_deref(), Some("/me/confidentiality?said=accounts-confidential-saved"));
        assert_eq!(scene.give(&scene.hanna, &scene.fern, "host").await.status, StatusCode::SEE_OTHER);
        assert_eq!(scene.role_of(&scene.fern).await, Role::Host);

        // Mo came by the command line and never promised: a step down needs nothing, a step up does.
        assert_eq!(scene.give(&scene.ada, &scene.mo, "host").await.status, StatusCode::SEE_OTHER);
        refused(&scene.give(&scene.ada, &scene.mo, "moderator").await, "has not promised");
        assert_eq!(scene.give(&scene.ada, &scene.mo, "member").await.status, StatusCode::SEE_OTHER);
        refused(&scene.give(&scene.ada, &scene.mo, "host").await, "has not promised");

        assert_eq!(scene.give(&scene.ada, &scene.fern, "member").await.status, StatusCode::SEE_OTHER);
        assert_eq!(scene.records(&scene.fern).await.len(), 1, "nothing is lost");
        let person = scene.page(&scene.ada, &format!("/people/{}", scene.fern.account)).await;
        assert!(person.contains("Promised on a page here") && person.contains("goes on"), "{person}");
        let cookie = scene.at.signed_in(&scene.fern.account).await;
        let fern = Person { cookie, account: scene.fern.account.clone(), persona: scene.fern.persona.clone() };
        let own = scene.page(&fern, "/me/confidentiality").await;
        assert!(own.contains("You have no role now. What you promised goes on."), "{own}");
        assert!(scene.page(&fern, "/me").await.contains("/me/confidentiality"));
        for _ in 0..2 {
            let said = scene.send(&fern, "/me/confidentiality", &[("confidentiality", "on")]).await;
            assert_eq!(said.status, StatusCode::SEE_OTHER);
        }
        let records = scene.records(&fern).await;
        assert_eq!(records.iter().map(|said| said.kind).collect::<Vec<_>>(), [Kind::GoesOn, Kind::Promise], "once a day");
        scene.town.clock.advance(Duration::from_hours(48));
        scene.send(&fern, "/me/confidentiality", &[("confidentiality", "on")]).await;
        assert_eq!(scene.records(&fern).await.len(), 3);
        assert_eq!(scene.give(&scene.ada, &fern, "host").await.status, StatusCode::SEE_OTHER, "the promise holds for the next role too");
    }
}

#[tokio::test]
async fn the_people_page_marks_who_promised_nothing_and_an_admin_records_the_paper() {
    for scene in Scene::all().await {
        let list = scene.page(&scene.ada, "/people").await;
        assert_eq!(list.matches("no statement yet").count(), 3, "Ada, Mo and Hanna came by the command line\n{list}");
        assert!(!scene.page(&scene.mo, "/people").await.contains("no statement yet"), "it is for who has to see to it");
        let missing = async || missing(&mut scene.at.database.read().await.unwrap()).await.unwrap();
        assert_eq!(missing().await, 3);

        let of_mo = format!("/people/{}", scene.mo.account);
        let paper = format!("{of_mo}/confidentiality");
        let page = scene.page(&scene.ada, &of_mo).await;
        assert!(page.contains("no statement yet") && page.contains(&format!("action=\"{paper}\"")), "{page}");
        for nobody in [&scene.mo, &scene.hanna, &scene.fern] {
            let seen = scene.send(nobody, &paper, &[("signed_on", "2026-01-01")]).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN);
        }
        assert!(!scene.page(&scene.mo, &format!("/people/{}", scene.fern.account)).await.contains("signed_on"), "admins only");
        let today = scene.at.site.now().rfc3339()[..10].to_owned();
        let tomorrow = scene.at.site.now().plus(Duration::from_hours(24)).rfc3339()[..10].to_owned();
        for wrong in ["", "yesterday", "2026-13-01", "1899-01-01", "2026-01-01T00:00:00Z", tomorrow.as_str()] {
            let seen = scene.send(&scene.ada, &paper, &[("signed_on", wrong)]).await;
            refused(&seen, "It cannot be in the future.");
            assert!(seen.text.contains(&format!("value=\"{wrong}\"")), "what was typed stays: {wrong}");
        }
        assert_eq!(missing().await, 3);
        let unknown = format!("/people/{}/confidentiality", scene.at.site.here().id());
        assert_eq!(scene.send(&scene.ada, &unknown, &[("signed_on", &today)]).await.status, StatusCode::NOT_FOUND);
        let done = scene.send(&scene.ada, &paper, &[("signed_on", &today)]).await;
        assert_eq!(done.location.as_deref(), Some(format!("{of_mo}?said=accounts-confidential-recorded").as_str()));
        assert_eq!(missing().await, 2);
        assert!(scene.page(&scene.ada, &of_mo).await.contains("Signed on paper"));
        assert_eq!(scene.page(&scene.ada, "/people").await.matches("no statement yet").count(), 2);
        assert!(scene.page(&scene.mo, "/me/confidentiality").await.contains("You signed this on paper"));
        let looks = scene.page(&scene.mo, "/me/looks").await;
        assert!(looks.contains("Confidentiality was promised"), "{looks}");
        let mut tx = scene.at.database.begin().await.unwrap();
        crate::features::accounts::deactivate(&mut tx, &scene.at.site.here(), &scene.ada.account, &scene.hanna.account).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(missing().await, 1, "who cannot sign in is not counted");
    }
}

#[tokio::test]
async fn who_has_a_role_or_never_promised_has_nothing_to_confirm() {
    for scene in Scene::all().await {
        let here = scene.at.site.here();
        let mut tx = scene.at.database.begin().await.unwrap();
        let t = Words::new(Lang::En);
        assert!(matches!(goes_on(&mut tx, &here, &scene.fern.account, t).await, Err(StatementError::Nothing)));
        promise(&mut tx, &here, &scene.mo.account, Role::Moderator, t).await.unwrap();
        assert!(matches!(goes_on(&mut tx, &here, &scene.mo.account, t).await, Err(StatementError::Nothing)));
        assert!(matches!(goes_on(&mut tx, &here, &here.id(), t).await, Err(StatementError::Unknown)));
        promise(&mut tx, &here, &scene.bo.account, Role::Member, t).await.unwrap();
        goes_on(&mut tx, &here, &scene.bo.account, t).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(scene.records(&scene.bo).await.len(), 2);
    }
}
