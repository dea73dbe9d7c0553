//! Deleting everything from the person's own page, what stands in the way, and leaving a group with everything.

use http::StatusCode;

use super::{EraseError, erase, last_words, notice_older_copy};
use crate::audit::By;
use crate::base::Id;
use crate::features::accounts::Role;
use crate::features::groups::JoinRule;
use crate::features::ledger;
use crate::features::moderation::{self, Category, Kind, Telling};
use crate::features::posts::{self, State};
use crate::federation::objects::Erasure;
use crate::testing::database;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{TestSite, Town};

#[tokio::test]
async fn a_person_deletes_everything_in_two_steps_and_no_slip_does_it() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("a.test", database, 1).await.unwrap();
        let anna = site.person("Anna", Role::Member).await;
        let bram = site.person("Bram", Role::Member).await;
        let group = site.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
        site.join(&bram.persona.id, &group.uri).await;
        let post = site.write(&bram.persona.id, &group.id, "Canary vinge", None).await;
        for path in ["/me/erase", "/me/erase/sure", "/me"] {
            let page = site.get(path, Some(&bram.cookie)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_page_is_sound(&page.text);
        }
        let slip = site.post("/me/erase", Some(&bram.cookie), &[("words", "yes")]).await;
        assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page_is_sound(&slip.text);
        assert_eq!(site.post_of(&post).await.unwrap().state, State::Posted);
        let gone = site.post("/me/erase", Some(&bram.cookie), &[("words", " Delete  everything ")]).await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
        assert_page_is_sound(&gone.text);
        let left = site.post_of(&post).await.unwrap();
        assert_eq!((left.state, left.source.as_str(), left.author_name.as_str()), (State::Deleted, "", ""));
        assert!(site.get("/me", Some(&bram.cookie)).await.status.is_redirection(), "the session is over");
        // Anna is the group's only host: she is told what to do first, and nothing of hers is gone.
        let page = site.get("/me/erase", Some(&anna.cookie)).await;
        assert!(page.text.contains("only host of") && !page.text.contains("/me/erase/sure"), "{}", page.text);
        let refused = site.post("/me/erase", Some(&anna.cookie), &[("words", "delete everything")]).await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
        assert_eq!(site.get("/me", Some(&anna.cookie)).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_last_admin_and_the_last_host_are_kept() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("a.test", database, 1).await.unwrap();
        let ada = site.person("Ada", Role::Admin).await;
        let anna = site.person("Anna", Role::Member).await;
        site.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
        let here = site.site.here();
        let mut tx = site.database.begin().await.unwrap();
        assert!(matches!(erase(&mut tx, &here, By::console(), &ada.account).await, Err(EraseError::LastAdmin)));
        drop(tx);
        let mut tx = site.database.begin().await.unwrap();
        assert!(matches!(erase(&mut tx, &here, By::console(), &anna.account).await, Err(EraseError::LastHost(_))));
        drop(tx);
        let mut tx = site.database.begin().await.unwrap();
        assert!(matches!(erase(&mut tx, &here, By::console(), &here.id()).await, Err(EraseError::Unknown)));
    }
}

#[tokio::test]
async fn leaving_a_group_leaves_the_posts_or_takes_them_along() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("a.test", database, 1).await.unwrap();
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
        for (name, choice, state) in [("Bram", "stay", State::Posted), ("Cor", "go", State::Deleted)] {
            let who = site.person(name, Role::Member).await;
            site.join(&who.persona.id, &group.uri).await;
            let post = site.write(&who.persona.id, &group.id, "A walk", None).await;
            let page = site.get(&format!("/g/{}/leave", group.id), Some(&who.cookie)).await;
            assert_page_is_sound(&page.text);
            let left = site.post(&format!("/g/{}/leave", group.id), Some(&who.cookie), &[("posts", choice)]).await;
            assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text);
            assert_eq!(site.post_of(&post).await.unwrap().state, state, "{choice}");
            let again = site.get(&format!("/g/{}/leave", group.id), Some(&who.cookie)).await;
            assert_eq!(again.status, StatusCode::NOT_FOUND, "who has left has nothing to leave");
        }
        let host = site.post(&format!("/g/{}/leave", group.id), Some(&anna.cookie), &[("posts", "go")]).await;
        assert!(host.status.is_client_error(), "the last host stays, with all posts: {}", host.status);
    }
}

/// The database as a tool of its own would put it back: the text is there again, and that it was erased is not known.
async fn is_older(site: &TestSite, post: &Id) {
    let mut tx = site.database.begin().await.unwrap();
    sqlx::query("DELETE FROM erasures").execute(tx.sql()).await.unwrap();
    sqlx::query("DELETE FROM tombstones").execute(tx.sql()).await.unwrap();
    sqlx::query("UPDATE posts SET state = 'posted', source = 'Canary vinge', html = '<p>Canary vinge</p>' WHERE id = $1")
        .bind(post.as_str())
        .execute(tx.sql())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_copy_that_is_older_than_the_list_of_erasures_is_noticed_and_erased_again() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("a.test", database, 1).await.unwrap();
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
        let post = site.write(&anna.persona.id, &group.id, "Canary vinge", None).await;
        let list = site.site.config.data_dir.join("erasures.log");
        std::fs::write(&list, "1 object http://a.test/o/of-an-earlier-version\n").unwrap();
        let mut tx = site.database.begin().await.unwrap();
        posts::delete(&mut tx, &site.site.here(), &post, &anna.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        assert!(ledger::write_erasures(&site.database, &site.site.config.data_dir).await.unwrap() >= 1);
        assert!(std::fs::read_to_string(&list).unwrap().contains(&format!(" {} {} .", group.uri, anna.persona.uri)));
        assert!(!notice_older_copy(&site.site).await.unwrap(), "list and database agree");
        // Lines that are taken out of the database after their time say nothing.
        let mut tx = site.database.begin().await.unwrap();
        crate::federation::objects::forget_written(&mut tx, site.site.now().plus(std::time::Duration::from_secs(1))).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!notice_older_copy(&site.site).await.unwrap(), "what was forgotten in time is not missed");
        let mut tx = site.database.begin().await.unwrap();
        sqlx::query("DELETE FROM marks WHERE name = 'erasures-forgotten'").execute(tx.sql()).await.unwrap();
        tx.commit().await.unwrap();

        is_older(&site, &post).await;
        assert!(notice_older_copy(&site.site).await.unwrap());
        assert!(site.database.restored().await.unwrap().is_some(), "nothing is sent until an admin has looked");
        let gone = site.post_of(&post).await.unwrap();
        assert_eq!((gone.state, gone.source.as_str()), (State::Deleted, ""));
        assert!(!notice_older_copy(&site.site).await.unwrap(), "it is said once");
        site.database.settle_restored().await.unwrap();
        assert!(!notice_older_copy(&site.site).await.unwrap(), "and the copy has caught up");
    }
}

#[tokio::test]
async fn a_house_that_says_itself_that_it_was_put_back_erases_again() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("a.test", database, 1).await.unwrap();
        let anna = site.person("Anna", Role::Member).await;
        let group = site.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
        let post = site.write(&anna.persona.id, &group.id, "Canary vinge", None).await;
        let mut tx = site.database.begin().await.unwrap();
        posts::delete(&mut tx, &site.site.here(), &post, &anna.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        ledger::write_erasures(&site.database, &site.site.config.data_dir).await.unwrap();
        is_older(&site, &post).await;
        assert_eq!(super::replay(&site.site).await.unwrap(), None, "nobody said so yet");
        site.database.mark_restored(site.site.now()).await.unwrap();
        assert_eq!(super::replay(&site.site).await.unwrap(), Some(1));
        assert_eq!(site.post_of(&post).await.unwrap().source, "");
        assert_eq!(super::replay(&site.site).await.unwrap(), None, "once for each time");
    }
}

/// Two houses, a group of the first, and somebody of the second in it, out of whose reach the first has just gone.
async fn apart(one: database::TestDb, two: database::TestDb) -> (Town, [TestSite; 2], [Person; 2], [Id; 2]) {
    let town = Town::default();
    let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
    town.befriend(&a, &b).await;
    let anna = a.person("Anna", Role::Member).await;
    let bo = b.person("Bo", Role::Member).await;
    let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test"]).await;
    town.settle(&[&a, &b]).await.unwrap();
    let at_b = b.join(&bo.persona.id, &group.uri).await;
    town.settle(&[&a, &b]).await.unwrap();
    let post = a.write(&anna.persona.id, &group.id, "A walk", None).await;
    town.settle(&[&a, &b]).await.unwrap();
    let uri = a.post_of(&post).await.unwrap().uri.unwrap();
    let copy = b.post_at(&uri).await.unwrap().id;
    town.network.unplug("a.test");
    (town, [a, b], [anna, bo], [at_b, copy])
}

/// Texts that stand anywhere in what is to be sent, and how many deliveries are held.
async fn waiting(site: &TestSite, word: &str) -> (i64, i64) {
    let mut conn = site.database.read().await.unwrap();
    let (words,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM outbox WHERE body LIKE $1").bind(format!("%{word}%")).fetch_one(conn.sql()).await.unwrap();
    let (held,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM deliveries WHERE state = 'held'").fetch_one(conn.sql()).await.unwrap();
    (words, held)
}

#[tokio::test]
async fn what_was_held_while_everything_was_paused_goes_with_the_account() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let (town, [a, b], [_, bo], [at_b, _]) = apart(one, two).await;
        b.write(&bo.persona.id, &at_b, "Canary vinge", None).await;
        let paused = b.post("/me/freeze", Some(&bo.cookie), &[]).await;
        assert_eq!(paused.status, StatusCode::SEE_OTHER, "{}", paused.text);
        let (words, held) = waiting(&b, "vinge").await;
        assert!(words == 1 && held >= 1, "{words} {held}");
        let gone = b.post("/me/erase", Some(&bo.cookie), &[("words", "delete everything")]).await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
        assert_eq!(waiting(&b, "vinge").await, (0, 0));
        assert_eq!(waiting(&b, "\"Bo\"").await, (0, 0));
        town.network.plug("a.test", a.router.clone());
        town.clock.advance(std::time::Duration::from_hours(1));
        town.settle(&[&a, &b]).await.unwrap();
        assert!(!town.network.log().iter().any(|call| call.body.contains("vinge")), "it never left");
    }
}

#[tokio::test]
async fn what_somebody_told_and_had_not_left_goes_with_the_account() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let (town, [a, b], [_, bo], [_, copy]) = apart(one, two).await;
        let mine = bo.mine();
        let telling =
            Telling { post: &copy, mine: &mine, kind: Kind::Report, category: Category::Hurtful, words: "Canary melding", may_talk: false };
        let mut tx = b.database.begin().await.unwrap();
        moderation::tell(&mut tx, &b.site.here(), &telling).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting(&b, "melding").await.0, 1);
        let gone = b.post("/me/erase", Some(&bo.cookie), &[("words", "delete everything")]).await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
        assert_eq!(waiting(&b, "melding").await.0, 0);
        town.network.plug("a.test", a.router.clone());
        town.clock.advance(std::time::Duration::from_hours(1));
        town.settle(&[&a, &b]).await.unwrap();
        assert!(!town.network.log().iter().any(|call| call.body.contains("melding")), "it never left");
    }
}

fn line(kind: &str, subject: &str, at: i64) -> Erasure {
    Erasure { kind: kind.to_owned(), subject: subject.to_owned(), at, group_uri: String::new(), writer_uri: String::new() }
}

#[test]
fn the_last_word_counts_and_people_come_last() {
    let lines = vec![
        line("actor", "https://a.example/p/1", 1),
        line("object", "https://a.example/o/1", 2),
        line("object", "https://a.example/o/2", 3),
        line("back", "https://a.example/o/1", 4),
        line("account", "x", 5),
    ];
    let kept: Vec<String> = last_words(&lines).into_iter().map(|line| line.subject).collect();
    assert_eq!(kept, ["https://a.example/o/2", "x", "https://a.example/p/1"]);
}
