//! Erasure that ends: what a person wrote goes everywhere it ever went, the ledger says so, and nothing is left of it in any
//! file, whoever was out of reach meanwhile and whatever was put back from an older copy.

use std::path::Path;
use std::time::Duration;

use haven::audit::By;
use haven::base::{Clock, Id, Iri};
use haven::db::Engine;
use haven::features::accounts::{self, Role};
use haven::features::groups::{self, Group, JoinRule, Joining};
use haven::features::posts::{self, State, Text};
use haven::features::takeout;
use haven::federation::actors;
use haven::federation::ledger::{self, Cursor, Filter, Kind, Owed};
use haven::testing::database::{self, TestDb};
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};

use crate::houses::Three;

/// Words that stand nowhere else.
const CANARIES: [&str; 9] =
    ["kvistpost", "kvistsvar", "kvistkladde", "kvistrettelse", "kvistemne", "Kvistnavn", "kvistord", "kvistfortrudt", "kvistnavn-signs-in"];

struct Scene {
    town: Town,
    a: TestSite,
    b: TestSite,
    c: TestSite,
    anna: Person,
    bo: Person,
    group: Group,
    at_b: Id,
}

impl Scene {
    async fn set(databases: [TestDb; 3]) -> Self {
        let Three { town, a, b, c } = Three::open(databases).await;
        let anna = a.person("Anna", Role::Member).await;
        let bo = b.person("Kvistnavn", Role::Member).await;
        let cis = c.person("Cis", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Ask, &["b.test", "c.test"]).await;
        let sites = [&a, &b, &c];
        town.settle(&sites).await.unwrap();
        let at_b = asks(&b, &bo.persona.id, &group.uri, "kvistord").await;
        asks(&c, &cis.persona.id, &group.uri, "Hello").await;
        town.settle(&sites).await.unwrap();
        lets_in(&a, &anna, &group).await;
        town.settle(&sites).await.unwrap();
        Self { town, a, b, c, anna, bo, group, at_b }
    }

    fn sites(&self) -> [&TestSite; 3] {
        [&self.a, &self.b, &self.c]
    }

    async fn settle(&self) {
        self.town.settle(&self.sites()).await.unwrap();
    }

    /// Everything that holds words: a thread, an answer, a change, a draft, a deleted post that can be taken back.
    async fn bo_lives(&self) -> Id {
        let labelled = Text::typed("kvistpost in the morning", "en", "kvistemne").unwrap();
        let new = posts::NewPost {
            group: &self.at_b,
            author: &self.bo.persona.id,
            text: &labelled,
            reply_to: None,
            saw_readers: i64::MAX,
            instead_of: None,
        };
        let here = self.b.site.here();
        let mut tx = self.b.database.begin().await.unwrap();
        let post = posts::write(&mut tx, &here, &new).await.unwrap();
        tx.commit().await.unwrap();
        self.settle().await;
        self.b.write(&self.bo.persona.id, &self.at_b, "kvistsvar", Some(&post)).await;
        let fleeting = self.b.write(&self.bo.persona.id, &self.at_b, "kvistfortrudt", None).await;
        self.settle().await;
        let mut tx = self.b.database.begin().await.unwrap();
        let changed = Text::typed("kvistpost with kvistrettelse", "en", "kvistemne").unwrap();
        posts::edit(&mut tx, &here, &post, &self.bo.mine(), &changed).await.unwrap();
        posts::delete(&mut tx, &here, &fleeting, &self.bo.mine(), false).await.unwrap();
        tx.commit().await.unwrap();
        let kept = self.b.post(&format!("/g/{}/write", self.at_b), Some(&self.bo.cookie), &[("text", "kvistkladde"), ("do", "keep")]).await;
        assert!(kept.status.is_redirection() || kept.status.is_success(), "{}", kept.text);
        self.settle().await;
        post
    }

    async fn erase_bo(&self) -> takeout::Erased {
        let mut tx = self.b.database.begin().await.unwrap();
        let erased = takeout::erase(&mut tx, &self.b.site.here(), By::console(), &self.bo.account).await.unwrap();
        tx.commit().await.unwrap();
        erased
    }

    /// Everything that comes by itself with time: receipts, the list, the cleaning of the file, the end of keys.
    async fn days_pass(&self) {
        for _ in 0..14 {
            self.settle().await;
            self.town.clock.advance(Duration::from_hours(20));
        }
        self.settle().await;
    }
}

async fn asks(site: &TestSite, who: &Id, uri: &Iri, word: &str) -> Id {
    let group = groups::find(&site.site, uri).await.unwrap();
    let mut tx = site.database.begin().await.unwrap();
    let joining = Joining { word, ..Joining::default() };
    groups::join(&mut tx, &site.site.here(), &group, who, joining).await.unwrap();
    tx.commit().await.unwrap();
    group
}

/// Anna says yes to everybody who waits.
async fn lets_in(site: &TestSite, anna: &Person, group: &Group) {
    let rows: Vec<(String,)> = {
        let mut conn = site.database.read().await.unwrap();
        sqlx::query_as("SELECT id FROM memberships WHERE group_id = $1 AND state = 'pending'")
            .bind(group.id.as_str())
            .fetch_all(conn.sql())
            .await
            .unwrap()
    };
    for (id,) in rows {
        let path = format!("/g/{}/people/{id}/answer", group.id);
        let seen = site.post(&path, Some(&anna.cookie), &[("yes", "true")]).await;
        assert!(seen.status.is_redirection(), "{} {}", seen.status, seen.text);
    }
}

async fn scenes() -> Vec<Scene> {
    let (ones, twos, threes) = (database::both().await, database::both().await, database::both().await);
    let mut scenes = Vec::new();
    for ((one, two), three) in ones.into_iter().zip(twos).zip(threes) {
        scenes.push(Scene::set([one, two, three]).await);
    }
    scenes
}

/// The canaries in a file, or in every text of a PostgreSQL database.
async fn canaries_of(site: &TestSite) -> Vec<String> {
    let mut found = Vec::new();
    if site.database.engine() == Engine::Sqlite {
        let path = site.database.path().unwrap().to_owned();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            found.extend(
                CANARIES.iter().filter(|canary| holds(&bytes, canary)).map(|canary| format!("{canary} in {}", shown(&path, &name))),
            );
        }
        return found;
    }
    let mut conn = site.database.read().await.unwrap();
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'text'",
    )
    .fetch_all(conn.sql())
    .await
    .unwrap();
    assert!(columns.len() > 50);
    for (table, column) in columns {
        for canary in CANARIES {
            let text = format!("SELECT COUNT(*) FROM \"{table}\" WHERE \"{column}\" LIKE $1");
            let (count,): (i64,) =
                sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(format!("%{canary}%")).fetch_one(conn.sql()).await.unwrap();
            if count > 0 {
                found.push(format!("{canary} in {table}.{column}"));
            }
        }
    }
    found
}

fn shown(path: &Path, database: &str) -> String {
    path.file_name().unwrap().to_str().unwrap().replace(database, "database")
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|window| window == canary.as_bytes())
}

#[tokio::test]
async fn an_erased_person_leaves_no_word_in_any_house() {
    for scene in scenes().await {
        let post = scene.bo_lives().await;
        let uri = scene.b.post_of(&post).await.unwrap().uri.unwrap();
        for (site, least) in [(&scene.a, 4), (&scene.b, 8), (&scene.c, 4)] {
            let before = canaries_of(site).await;
            assert!(before.len() >= least, "{}: the canaries sing before: {before:?}", site.host);
        }
        let guest = {
            let mut conn = scene.a.database.read().await.unwrap();
            let known = actors::by_uri(&mut conn, &scene.bo.persona.uri).await.unwrap().unwrap();
            groups::guest_of(&mut conn, &scene.group.id, &known.id).await.unwrap().unwrap().actor
        };
        let erased = scene.erase_bo().await;
        assert_eq!((erased.posts, erased.partners), (2, 1));
        scene.days_pass().await;
        for site in scene.sites() {
            assert_eq!(canaries_of(site).await, Vec::<String>::new(), "{}", site.host);
        }
        for site in [&scene.a, &scene.c] {
            let gone = site.post_at(&uri).await.unwrap();
            assert_eq!((gone.state, gone.author_name.as_str()), (State::Deleted, ""), "{}", site.host);
        }
        // Everybody who knew of Bo has confirmed, and the keys are gone.
        for (site, whose) in [(&scene.b, &scene.bo.persona.id), (&scene.a, &guest)] {
            let mut conn = site.database.read().await.unwrap();
            let filter = Filter { whose: std::slice::from_ref(whose), kind: Some(Kind::Farewell), ..Filter::default() };
            let told = ledger::list(&mut conn, &filter, &Cursor::newest(), 10).await.unwrap();
            assert!(!told.is_empty() && told.iter().all(|one| one.receipt_at.is_some()), "{}: {told:?}", site.host);
            assert!(ledger::open(&mut conn, &Owed::since(site.site.now()), 10).await.unwrap().is_empty(), "{}", site.host);
            let keys: (Option<String>, String) = sqlx::query_as("SELECT private_key, public_key FROM actors WHERE id = $1")
                .bind(whose.as_str())
                .fetch_one(conn.sql())
                .await
                .unwrap();
            assert_eq!(keys, (None, String::new()), "{}", site.host);
        }
        let signed_in = scene.b.get("/me", Some(&scene.bo.cookie)).await;
        assert!(signed_in.status.is_redirection(), "the session is over");
    }
}

#[tokio::test]
async fn erasing_works_with_a_partner_out_of_reach_and_ends_when_it_comes_back() {
    for scene in scenes().await {
        let post = scene.bo_lives().await;
        let uri = scene.b.post_of(&post).await.unwrap().uri.unwrap();
        scene.town.network.unplug("a.test");
        let late = scene.b.write(&scene.bo.persona.id, &scene.at_b, "kvistpost that never left", None).await;
        scene.settle().await;
        scene.erase_bo().await;
        scene.settle().await;
        let sealed: Vec<(String,)> = {
            let mut conn = scene.b.database.read().await.unwrap();
            sqlx::query_as("SELECT body FROM outbox").fetch_all(conn.sql()).await.unwrap()
        };
        assert!(sealed.iter().all(|(body,)| !CANARIES.iter().any(|canary| body.contains(canary))), "nothing of hers waits to be sent");
        scene.town.network.plug("a.test", scene.a.router.clone());
        scene.days_pass().await;
        assert!(
            !scene.town.network.log().iter().any(|call| call.status.is_some() && call.body.contains("never left")),
            "what had not left never leaves"
        );
        assert_eq!(scene.c.post_at(&uri).await.unwrap().state, State::Deleted);
        assert!(scene.b.post_of(&late).await.unwrap().source.is_empty());
        for site in scene.sites() {
            assert_eq!(canaries_of(site).await, Vec::<String>::new(), "{}", site.host);
        }
    }
}

#[tokio::test]
async fn nothing_late_brings_an_erased_person_back() {
    for scene in scenes().await {
        scene.bo_lives().await;
        let log = scene.town.network.log();
        scene.erase_bo().await;
        scene.settle().await;
        // The partner's document and its old words come once more, as if a slow copy of them arrived.
        let mut tx = scene.a.database.begin().await.unwrap();
        let known = actors::by_uri(&mut tx, &scene.bo.persona.uri).await.unwrap().unwrap();
        assert!(known.gone && known.name.is_empty());
        let learned = actors::Learned {
            uri: known.uri.clone(),
            kind: actors::Kind::Person,
            name: "Kvistnavn".to_owned(),
            inbox: known.inbox.clone(),
            shared_inbox: known.shared_inbox.clone(),
            key: None,
        };
        let partner = known.partner.clone().unwrap();
        let still = actors::learn(&mut tx, &scene.a.site.here(), &partner, &learned).await.unwrap();
        assert!(still.gone && still.name.is_empty(), "a late document changes nothing");
        tx.commit().await.unwrap();
        // Every body that went to A from B is handed to A's inbox again under a new id, verified as it was.
        let create = log.iter().rev().find(|call| call.to == "a.test" && call.body.contains("kvistsvar")).unwrap();
        let again = create.body.replacen("/a/", "/a/again", 1).replace("/o/", "/o/again");
        let mut tx = scene.a.database.begin().await.unwrap();
        sqlx::query(
            "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, attempts, next_at, received_at)
             VALUES ($1, $2, 'http://b.test/a/again', $3, 'Create', $4, 'new', 0, 0, 0)",
        )
        .bind(scene.a.site.here().sequence())
        .bind(partner.as_str())
        .bind(known.id.as_str())
        .bind(again)
        .execute(tx.sql())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        let mut conn = scene.a.database.read().await.unwrap();
        let (state, reason): (String, Option<String>) =
            sqlx::query_as("SELECT state, reason FROM inbox WHERE activity_uri = 'http://b.test/a/again'")
                .fetch_one(conn.sql())
                .await
                .unwrap();
        assert_eq!((state.as_str(), reason.as_deref()), ("refused", Some("gone")));
        assert_eq!(posts::count(&mut conn, None).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_deletion_that_is_not_confirmed_is_said_again_and_the_admin_has_a_task() {
    for scene in scenes().await {
        let post = scene.bo_lives().await;
        // C takes everything and answers nothing: what it would say is lost with its outbox.
        let mut tx = scene.b.database.begin().await.unwrap();
        posts::delete(&mut tx, &scene.b.site.here(), &post, &scene.bo.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        for _ in 0..6 {
            scene.town.settle(&[&scene.a, &scene.b]).await.unwrap();
            scene.c.site.federation.handle_inbox(&scene.c.site.here()).await.unwrap();
            let mut tx = scene.c.database.begin().await.unwrap();
            sqlx::query("DELETE FROM deliveries WHERE state = 'waiting'").execute(tx.sql()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mine = scene.b.post_of(&post).await.unwrap();
        assert_eq!((mine.told, mine.confirmed), (2, 0), "the home has told two houses; its last word was before B confirmed");
        let page = scene.b.get(&format!("/o/{post}/words"), Some(&scene.bo.cookie)).await;
        assert!(page.text.contains("1 of 3 have confirmed"), "{}", page.text);
        scene.town.clock.advance(Duration::from_hours(71));
        let open = |now| {
            let site = &scene.a;
            async move {
                let mut conn = site.database.read().await.unwrap();
                haven::features::ledger::late(&mut conn, now, 10).await.unwrap().len()
            }
        };
        assert_eq!(open(scene.a.site.now()).await, 0);
        scene.town.clock.advance(Duration::from_hours(2));
        assert_eq!(open(scene.a.site.now()).await, 1, "C owes a receipt for three days: a task");
        scene.days_pass().await;
        assert_eq!(open(scene.a.site.now()).await, 0, "it was said again, and C answered this time");
        let mine = scene.b.post_of(&post).await.unwrap();
        assert_eq!((mine.told, mine.confirmed), (2, 2));
        let page = scene.b.get(&format!("/o/{post}/words"), Some(&scene.bo.cookie)).await;
        assert!(page.text.contains("3 of 3 have confirmed") && page.text.contains("2 have confirmed"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_restored_house_forgets_again_before_it_serves_and_sends_nothing_until_somebody_looked() {
    let mut databases = Vec::new();
    for _ in 0..3 {
        databases.push(database::sqlite().await);
    }
    let mut scene = Scene::set(databases.try_into().unwrap_or_else(|_| panic!("three"))).await;
    let admin = scene.b.person("Ada", Role::Admin).await;
    let post = scene.bo_lives().await;
    let folder = scene.b.database.folder().to_owned();
    let copy = folder.join("yesterday.db");
    scene.b.database.backup_to(&copy, scene.town.clock.now()).await.unwrap();
    scene.erase_bo().await;
    scene.days_pass().await;
    let path = scene.b.database.path().unwrap().to_owned();
    scene.b.site.db.close().await;
    haven::db::restore(&path, &copy, scene.town.clock.now(), false).await.unwrap();
    std::fs::remove_file(&copy).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().contains(".before-") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let calls = scene.town.network.log().len();
    let mut b = scene.b;
    scene.town.reopen(&mut b, 99).await.unwrap();
    scene.b = b;
    let db = &scene.b.site.db;
    {
        let mut conn = db.read().await.unwrap();
        assert!(accounts::by_id(&mut conn, &scene.bo.account).await.unwrap().is_none(), "erased before anything is served");
        assert!(posts::by_id(&mut conn, &post).await.unwrap().unwrap().source.is_empty());
    }
    let here = scene.b.site.here();
    let lanes = scene.b.site.federation.lease_lanes(&here, 100).await.unwrap();
    assert!(lanes.is_empty(), "{} partners are delivered to in restored mode", lanes.len());
    haven::server::step(&scene.b.site).await.unwrap();
    assert_eq!(scene.town.network.log().len(), calls, "nothing is sent until somebody has looked");
    let page = scene.b.get("/admin/restored", Some(&admin.cookie)).await;
    assert!(page.text.contains("applied again"), "{}", page.text);
    let on = scene.b.post("/admin/restored", Some(&admin.cookie), &[]).await;
    assert!(on.status.is_redirection());
    assert!(db.restored().await.unwrap().is_none());
    for _ in 0..4 {
        for site in scene.sites() {
            haven::server::step(&site.site).await.unwrap();
        }
        scene.town.clock.advance(Duration::from_hours(20));
    }
    db.scrub(true).await.unwrap();
    assert_eq!(canaries_of(&scene.b).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_members_page_lists_what_the_network_saw() {
    for scene in scenes().await {
        scene.bo_lives().await;
        scene.days_pass().await;
        let filter_of = [scene.bo.persona.id.clone()];
        let mut conn = scene.b.database.read().await.unwrap();
        let filter = Filter { whose: &filter_of, ..Filter::default() };
        let rows = ledger::list(&mut conn, &filter, &Cursor::newest(), 1000).await.unwrap();
        // By the network: every activity of Bo's that arrived, and every read of Bo's document.
        let persona = scene.bo.persona.uri.as_str();
        let said = format!("\"actor\":\"{persona}\"");
        let log = scene.town.network.log();
        let sent = log.iter().filter(|call| call.method == "POST" && call.to == "a.test" && call.body.contains(&said)).count();
        let read = log.iter().filter(|call| call.method == "GET" && call.to == "b.test" && persona.ends_with(&call.target)).count();
        let (by_ledger_sent, by_ledger_read) = rows.iter().fold((0_usize, 0_usize), |(sent, read), row| match row.how {
            ledger::How::Sent => (sent + 1, read),
            ledger::How::Read(times) => (sent, read + usize::try_from(times).unwrap()),
        });
        assert!(sent >= 5 && read >= 1, "{sent} {read}");
        assert_eq!((by_ledger_sent, by_ledger_read), (sent, read));
        let page = scene.b.get("/me/words", Some(&scene.bo.cookie)).await;
        let lines = page.text.matches("got it.").count() + page.text.matches("got your change.").count();
        let posts = rows.iter().filter(|row| matches!(row.kind, Kind::Post | Kind::Edit)).count();
        assert_eq!(lines, posts, "{}", page.text);
        assert!(page.text.contains("shared this group with"), "onward: {}", page.text);
        // Anna's house knows of everything that went on from there.
        let mut conn = scene.a.database.read().await.unwrap();
        let all = ledger::list(&mut conn, &Filter::default(), &Cursor::newest(), 10_000).await.unwrap();
        let arrived = log.iter().filter(|call| call.method == "POST" && call.body.contains("\"id\":\"http://a.test/")).count();
        let recorded = all.iter().filter(|row| row.how == ledger::How::Sent).count();
        assert_eq!(recorded, arrived);
        let hers = scene.a.get("/me/words", Some(&scene.anna.cookie)).await;
        assert!(!hers.text.contains("kvist") && !hers.text.contains("Kvist"), "Anna's page is Anna's: {}", hers.text);
    }
}
