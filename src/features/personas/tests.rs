//! People through the door of a whole site: coming in, signing in, names, staff pages, and what is refused to whom.
//! Cast: Joan runs the house, Bo is a host, Fern and Anna are members.

use std::time::Duration;

use http::StatusCode;

use super::actions::{self, Console, ConsoleError, PersonaError, SignUpError};
use super::name::PersonaName;
use super::{by_id, by_name, of_account};
use crate::features::accounts::{self, Door, Role, Token};
use crate::federation::actors;
use crate::testing::database::{both, sqlite};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::site::{Seen, TestSite, Town};

const WORDS: &str = "the boat sails home";

async fn house() -> TestSite {
    Town::default().open("veld.test", sqlite().await, 3).await.unwrap()
}

/// Makes a person by the command line's way; the account is in the persona.
async fn person(house: &TestSite, sign_in_name: &str, name: &str, role: Role) -> super::Persona {
    let key = house.site.fresh_key().await.unwrap();
    let new = Console { sign_in_name, name: Some(name), passphrase: WORDS, role };
    actions::sign_up_from_console(&house.site.db, &house.site.here(), &key, new).await.unwrap()
}

async fn sign_in(house: &TestSite, name: &str) -> String {
    let seen = house.post("/sign-in", None, &[("name", name), ("passphrase", WORDS), ("next", "/me")]).await;
    assert_eq!((seen.status, seen.location.as_deref()), (StatusCode::SEE_OTHER, Some("/me")), "{}", seen.text);
    seen.cookie.unwrap()
}

async fn invitation(house: &TestSite, role: Role) -> String {
    let mut tx = house.site.db.begin().await.unwrap();
    let links = accounts::invite_from_console(&mut tx, &house.site.here(), role, 1).await.unwrap();
    tx.commit().await.unwrap();
    links[0].target()
}

fn form<'a>(called: &'a str, sign_in_name: &'a str, passphrase: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![("pick", "Quiet Willow"), ("called", called), ("sign_in_name", sign_in_name), ("passphrase", passphrase), ("again", passphrase)]
}

/// The same form with the promise of confidentiality ticked.
fn promising<'a>(mut form: Vec<(&'static str, &'a str)>) -> Vec<(&'static str, &'a str)> {
    form.push(("confidentiality", "on"));
    form
}

async fn statements(house: &TestSite, account: &crate::base::Id) -> Vec<accounts::Statement> {
    accounts::statements(&mut house.site.db.read().await.unwrap(), account).await.unwrap()
}

fn refused(seen: &Seen, sentence: &str) {
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
    assert!(seen.text.contains(sentence), "{sentence}\n{}", seen.text);
    assert_page_is_sound(&seen.text);
}

#[tokio::test]
async fn the_first_admin_comes_in_by_the_printed_link_once() {
    let house = house().await;
    let mut tx = house.site.db.begin().await.unwrap();
    let link = accounts::setup_link(&mut tx, &house.site.here()).await.unwrap().unwrap().target();
    tx.commit().await.unwrap();
    let hello = house.get(&link, None).await;
    assert_eq!(hello.status, StatusCode::OK);
    assert_page_is_sound(&hello.text);
    let name_page = format!("{link}/name");
    let page = house.get(&name_page, None).await;
    assert_page_is_sound(&page.text);
    assert!(page.text.contains("name=\"confidentiality\"") && page.text.contains("stays with me"), "{}", page.text);
    let silent = house.post(&name_page, None, &form("", "joan", WORDS)).await;
    refused(&silent, "tick the box");
    assert!(silent.cookie.is_none() && silent.text.contains("value=\"joan\""), "nobody came in, and what was typed stays");
    let seen = house.post(&name_page, None, &promising(form("", "joan", WORDS))).await;
    assert_eq!(seen.location.as_deref(), Some("/?said=personas-welcomed"), "{}", seen.text);
    let joan = seen.cookie.unwrap();
    let people = house.get("/people", Some(&joan)).await;
    assert_page_is_sound(&people.text);
    assert!(people.text.contains(">joan</a> <span>Admin</span>"), "{}", people.text);
    let account = accounts::by_sign_in_name(&mut house.site.db.read().await.unwrap(), "joan").await.unwrap().unwrap();
    assert_eq!(statements(&house, &account.id).await.len(), 1);
    for path in [link.clone(), format!("{link}/name")] {
        assert_eq!(house.get(&path, None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(house.post(&format!("{link}/name"), None, &form("Late", "late", WORDS)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_invitation_leads_to_a_name_and_keeps_what_was_typed() {
    let house = house().await;
    let path = invitation(&house, Role::Member).await;
    let hello = house.get(&path, None).await;
    assert!(hello.text.contains("Your care stays the same if you say no."), "{}", hello.text);
    assert_page_is_sound(&hello.text);
    let name_page = format!("{path}/name");
    let page = house.get(&name_page, None).await;
    assert_page_is_sound(&page.text);
    assert_eq!(page.text.matches("type=\"radio\"").count(), 5, "five names are offered");
    assert!(!page.text.contains("confidentiality"), "a member promises nothing");
    for asked in ["email", "tel", "given-name", "family-name"] {
        assert!(!page.text.contains(&format!("\"{asked}\"")), "nobody is asked for {asked}");
    }

    refused(&house.post(&name_page, None, &form("fern@veld.example", "fern", WORDS)).await, "looks like an e-mail address");
    refused(&house.post(&name_page, None, &form("06 12345678", "fern", WORDS)).await, "telephone number");
    refused(&house.post(&name_page, None, &form("Fern", "fern", "short")).await, "at least 10 characters");
    refused(&house.post(&name_page, None, &form("Fern", "x", WORDS)).await, "too short");
    let mut differs = form("Fern", "fern-1", WORDS);
    differs[4].1 = "the boat sails away";
    let seen = house.post(&name_page, None, &differs).await;
    refused(&seen, "not the same");
    assert!(seen.text.contains("value=\"Fern\"") && seen.text.contains("value=\"fern-1\"") && !seen.text.contains(WORDS));

    let seen = house.post(&name_page, None, &form("Anna Jensen", "fern-1", WORDS)).await;
    refused(&seen, "real full name");
    assert!(seen.text.contains("name=\"sure\""));
    let mut sure = form("Anna Jensen", "fern-1", WORDS);
    sure.push(("sure", "on"));
    // Fields that the form does not have change nothing (threats WEB-14).
    sure.push(("role", "admin"));
    sure.push(("confidentiality", "on"));
    let seen = house.post(&name_page, None, &sure).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let me = house.get("/me", seen.cookie.as_deref()).await;
    assert!(me.text.contains("Hello, Anna Jensen") && me.text.contains("fern-1"), "{}", me.text);
    assert!(!me.text.contains("/me/confidentiality"), "nothing was recorded of a member");
    assert_page_is_sound(&me.text);
    assert_eq!(house.get("/people", seen.cookie.as_deref()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.get(&path, None).await.status, StatusCode::NOT_FOUND, "once");
}

#[tokio::test]
async fn dead_and_invented_links_look_the_same() {
    let house = house().await;
    let used = invitation(&house, Role::Member).await;
    assert!(house.post(&format!("{used}/name"), None, &form("Fern", "f-123", WORDS)).await.cookie.is_some());
    let invented = format!("/invite/{}", "a".repeat(32));
    let dead = house.get(&used, None).await;
    for path in [invented.as_str(), "/invite/x", "/invite/..%2f..%2fetc"] {
        let seen = house.get(path, None).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        let (left, right) = (seen.text.replace(path, "PATH"), dead.text.replace(&used, "PATH"));
        assert_eq!(left, right, "{path}");
    }
}

#[tokio::test]
async fn one_invitation_makes_one_account_also_when_twenty_try_at_once() {
    let house = house().await;
    let path = format!("{}/name", invitation(&house, Role::Member).await);
    let names: Vec<String> = (0..20).map(|at| format!("person {at}")).collect();
    let tries = names.iter().map(|name| {
        let (house, path) = (&house, &path);
        async move { house.post(path, None, &form(name, &format!("s {name}"), WORDS)).await }
    });
    let seen = futures::future::join_all(tries).await;
    assert_eq!(seen.iter().filter(|seen| seen.cookie.is_some()).count(), 1);
    assert!(seen.iter().all(|seen| matches!(seen.status, StatusCode::SEE_OTHER | StatusCode::NOT_FOUND)));
}

#[tokio::test]
async fn signing_in_says_the_same_to_wrong_names_and_wrong_passphrases() {
    let house = house().await;
    person(&house, "fern", "Fern", Role::Member).await;
    assert_page_is_sound(&house.get("/sign-in?next=/me", None).await.text);
    let wrong = house.post("/sign-in", None, &[("name", "fern"), ("passphrase", "wrong wrong wrong")]).await;
    let unknown = house.post("/sign-in", None, &[("name", "nobd"), ("passphrase", "wrong wrong wrong")]).await;
    refused(&wrong, "do not belong together");
    assert_eq!(wrong.text.replace("fern", "NAME"), unknown.text.replace("nobd", "NAME"));
    assert!(wrong.cookie.is_none() && !wrong.text.contains("wrong wrong"));
    for next in ["//evil.example", "/\\evil.example", "https://evil.example", "%2f%2fevil"] {
        let seen = house.post("/sign-in", None, &[("name", "fern"), ("passphrase", WORDS), ("next", next)]).await;
        assert_eq!(seen.location.as_deref(), Some("/"), "{next}");
    }
    let asked = house.get("/me/sessions", None).await;
    assert_eq!(asked.location.as_deref(), Some("/sign-in?next=%2Fme%2Fsessions"));
}

#[tokio::test]
async fn a_guesser_waits_and_is_told_so_in_words() {
    let house = house().await;
    person(&house, "fern", "Fern", Role::Member).await;
    for _ in 0..10 {
        house.post("/sign-in", None, &[("name", "fern"), ("passphrase", "wrong wrong wrong")]).await;
    }
    let seen = house.post("/sign-in", None, &[("name", "fern"), ("passphrase", WORDS)]).await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(seen.text.contains("Nothing is locked") && seen.cookie.is_none());
    assert_page_is_sound(&seen.text);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    let house = house().await;
    person(&house, "fern", "Fern", Role::Member).await;
    person(&house, "anna", "Anna", Role::Member).await;
    let (first, second, anna) = (sign_in(&house, "fern").await, sign_in(&house, "fern").await, sign_in(&house, "anna").await);
    let page = house.get("/me/sessions", Some(&first)).await;
    assert_page_is_sound(&page.text);
    let (_, rest) = page.text.split_once("/me/sessions/").unwrap();
    let end = format!("/me/sessions/{}", rest.split('"').next().unwrap());
    assert_eq!(house.post(&end, Some(&anna), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.post(&end, None, &[]).await.location.as_deref(), Some("/sign-in?next=%2F"));
    assert_eq!(house.get("/me", Some(&second)).await.status, StatusCode::OK);
    assert_eq!(house.post(&end, Some(&first), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get("/me", Some(&second)).await.status, StatusCode::SEE_OTHER, "ended");
    let out = house.post("/sign-out", Some(&first), &[]).await;
    assert_eq!(out.cookie.as_deref(), Some("haven-80="));
    assert_eq!(house.get("/me", Some(&first)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn staff_print_a_link_for_someone_who_forgot() {
    let house = house().await;
    let fern = person(&house, "fern", "Fern", Role::Member).await;
    let joan = person(&house, "joan", "Joan", Role::Admin).await;
    person(&house, "bo-h", "Bo", Role::Host).await;
    let (bo, member) = (sign_in(&house, "bo-h").await, sign_in(&house, "fern").await);
    let paper = house.post(&format!("/people/{}/sign-in-link", fern.account), Some(&bo), &[]).await;
    assert_eq!(paper.status, StatusCode::OK);
    assert_page_is_sound(&paper.text);
    assert_eq!(house.post(&format!("/people/{}/sign-in-link", joan.account), Some(&bo), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.post(&format!("/people/{}/sign-in-link", fern.account), Some(&member), &[]).await.status, StatusCode::FORBIDDEN);

    let (_, rest) = paper.text.split_once("http://veld.test").unwrap();
    let path = rest.split('<').next().unwrap().to_owned();
    for _ in 0..2 {
        let look = house.get(&path, None).await;
        assert_eq!(look.status, StatusCode::OK, "looking does not use it up");
        assert_page_is_sound(&look.text);
    }
    let seen = house.post(&path, None, &[]).await;
    assert_eq!(seen.location.as_deref(), Some("/me/passphrase"));
    let cookie = seen.cookie.unwrap();
    let page = house.get("/me/passphrase", Some(&cookie)).await;
    assert_page_is_sound(&page.text);
    assert!(!page.text.contains("name=\"old\""));
    let new = "a new walk by the sea";
    let saved = house.post("/me/passphrase", Some(&cookie), &[("new", new), ("again", new)]).await;
    assert_eq!(saved.location.as_deref(), Some("/me?said=accounts-passphrase-changed"), "{}", saved.text);
    assert_eq!(house.get("/me", Some(&member)).await.status, StatusCode::SEE_OTHER, "other sessions ended");
    let again = house.post(&path, None, &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "once");
    refused(
        &house.post("/me/passphrase", Some(&cookie), &[("old", WORDS), ("new", WORDS), ("again", WORDS)]).await,
        "not your passphrase now",
    );
}

#[tokio::test]
async fn staff_pages_obey_roles_and_say_nothing_of_activity() {
    let house = house().await;
    let fern = person(&house, "fern", "Quiet Fern", Role::Member).await;
    let joan = person(&house, "joan", "Joan", Role::Admin).await;
    person(&house, "bo-h", "Bo", Role::Host).await;
    let (admin, host, member) = (sign_in(&house, "joan").await, sign_in(&house, "bo-h").await, sign_in(&house, "fern").await);
    for path in ["/people", "/people/invitations"] {
        assert_eq!(house.get(path, Some(&member)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.get(path, None).await.status, StatusCode::SEE_OTHER);
        let page = house.get(path, Some(&host)).await;
        assert_page_is_sound(&page.text);
        assert!(!page.text.contains("Quiet Fern") && !page.text.contains("2026"), "{path} shows a persona or a day\n{}", page.text);
    }
    let of_fern = format!("/people/{}", fern.account);
    for (who, cookie) in [("host", &host), ("admin", &admin)] {
        let page = house.get(&of_fern, Some(cookie)).await;
        assert_page_is_sound(&page.text);
        assert_eq!(page.text.contains("value=\"moderator\""), who == "admin", "{who}");
    }
    let role = |role: &'static str| [("role", role)];
    let change = format!("{of_fern}/role");
    assert_eq!(house.post(&change, Some(&host), &role("moderator")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.post(&change, Some(&admin), &role("owner")).await.status, StatusCode::BAD_REQUEST);
    let missing = house.post(&change, Some(&admin), &role("moderator")).await;
    refused(&missing, "has not promised confidentiality yet");
    assert!(missing.text.contains("http://veld.test/me/confidentiality") && missing.text.contains("value=\"moderator\" selected"));
    let promised = house.post("/me/confidentiality", Some(&member), &[("confidentiality", "on")]).await;
    assert_eq!(promised.status, StatusCode::SEE_OTHER, "{}", promised.text);
    assert_eq!(house.post(&change, Some(&admin), &role("moderator")).await.status, StatusCode::SEE_OTHER);
    let now = house.get("/people", Some(&member)).await;
    assert_eq!(now.status, StatusCode::OK, "on the next request");
    assert!(now.cookie.is_some_and(|cookie| cookie != member), "with a new token");
    let stays = house.post(&format!("/people/{}/role", joan.account), Some(&admin), &role("member")).await;
    refused(&stays, "last admin");

    let bad = house.post("/people/invitations", Some(&host), &[("role", "member"), ("count", "0")]).await;
    refused(&bad, "from 1 to 50");
    assert_eq!(house.post("/people/invitations", Some(&host), &[("role", "admin"), ("count", "1")]).await.status, StatusCode::FORBIDDEN);
    let papers = house.post("/people/invitations", Some(&host), &[("role", "member"), ("count", "3")]).await;
    assert_page_is_sound(&papers.text);
    assert_eq!(papers.text.matches("http://veld.test/invite/").count(), 3);
    assert_eq!(papers.text.matches("<svg class=\"qr\"").count(), 3);
    let list = house.get("/people/invitations", Some(&host)).await;
    assert_page_is_sound(&list.text);
    assert!(!list.text.contains("/invite/"), "a link is shown once");
    let (_, rest) = list.text.split_once("action=\"/people/invitations/").unwrap();
    let revoke = format!("/people/invitations/{}", rest.split('"').next().unwrap());
    assert_eq!(house.post(&revoke, Some(&host), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.post(&revoke, Some(&host), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rest_and_return() {
    let house = house().await;
    let fern = person(&house, "fern", "Fern", Role::Member).await;
    person(&house, "joan", "Joan", Role::Admin).await;
    let (admin, member) = (sign_in(&house, "joan").await, sign_in(&house, "fern").await);
    let of_fern = format!("/people/{}", fern.account);
    assert_eq!(house.post(&format!("{of_fern}/deactivate"), Some(&admin), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get("/me", Some(&member)).await.status, StatusCode::SEE_OTHER, "out at once");
    let page = house.get(&of_fern, Some(&admin)).await;
    assert_page_is_sound(&page.text);
    assert!(page.text.contains("at rest"));
    assert_eq!(house.post(&format!("{of_fern}/reactivate"), Some(&admin), &[]).await.status, StatusCode::SEE_OTHER);
    sign_in(&house, "fern").await;
}

#[tokio::test]
async fn names_are_added_changed_and_retired_by_their_owner_only() {
    let town = Town::default();
    let house = town.open("veld.test", sqlite().await, 3).await.unwrap();
    let fern = person(&house, "fern", "Fern", Role::Member).await;
    person(&house, "anna", "Anna", Role::Member).await;
    let (owner, anna) = (sign_in(&house, "fern").await, sign_in(&house, "anna").await);
    assert_page_is_sound(&house.get("/me/names/new", Some(&owner)).await.text);
    town.clock.advance(Duration::from_mins(1));
    let called = |name: &'static str| [("called", name)];
    refused(&house.post("/me/names", Some(&owner), &called("ANNA")).await, "Someone here has this name");
    refused(&house.post("/me/names", Some(&owner), &called("a@b.example")).await, "e-mail address");
    let added = house.post("/me/names", Some(&owner), &called("Still Water")).await;
    assert_eq!(added.location.as_deref(), Some("/me?said=personas-added"), "{}", added.text);

    let of_fern = format!("/me/names/{}", fern.id);
    assert_page_is_sound(&house.get(&of_fern, Some(&owner)).await.text);
    let matrix = [(&of_fern, "GET"), (&of_fern, "POST"), (&format!("{of_fern}/retire"), "POST")].map(|(path, verb)| (path.clone(), verb));
    for (path, verb) in matrix {
        let seen = if verb == "GET" { house.get(&path, Some(&anna)).await } else { house.post(&path, Some(&anna), &called("Mine")).await };
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{verb} {path}");
    }
    assert_eq!(house.post(&of_fern, Some(&owner), &called("Tall Fern")).await.location.as_deref(), Some("/me?said=personas-renamed"));
    assert!(house.get("/me", Some(&owner)).await.text.contains("Hello, Tall Fern"), "pages greet with the new name");
    assert_eq!(house.post(&format!("{of_fern}/retire"), Some(&owner), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(house.get("/me", Some(&owner)).await.text.contains("Hello, Still Water"));
    refused(&house.post("/me/names", Some(&anna), &called("Tall Fern")).await, "Someone here has this name");
    let mut reader = house.site.db.read().await.unwrap();
    assert!(by_name(&mut reader, "tall fern").await.unwrap().is_none(), "a retired name takes part no more");
    let left = of_account(&mut reader, &fern.account).await.unwrap();
    drop(reader);
    let last = format!("/me/names/{}/retire", left[0].id);
    assert_eq!(house.post(&last, Some(&owner), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not the only one");
}

#[tokio::test]
async fn every_page_is_sound_in_every_language() {
    let house = house().await;
    let joan = person(&house, "joan", "Joan", Role::Admin).await;
    let cookie = sign_in(&house, "joan").await;
    let invite = invitation(&house, Role::Host).await;
    for lang in ["en", "nl", "da"] {
        let cookie = format!("{cookie}; lang={lang}");
        for path in [
            "/me",
            "/me/names/new",
            "/me/sessions",
            "/me/passphrase",
            "/me/confidentiality",
            "/people",
            "/people/invitations",
            &format!("/people/{}", joan.account),
            &format!("/me/names/{}", joan.id),
            &invite,
            &format!("{invite}/name"),
            "/invite/none",
            "/sign-in/link/none",
        ] {
            let seen = house.get(path, Some(&cookie)).await;
            assert_page_is_sound(&seen.text);
            assert!(seen.text.contains(&format!("<html lang=\"{lang}\"")), "{path} {lang}");
        }
    }
}

#[tokio::test]
async fn names_belong_to_one_and_leave_with_the_account() {
    let town = Town::default();
    for database in both().await {
        let house = town.open("veld.test", database, 5).await.unwrap();
        let fern = person(&house, "fern", "Fern", Role::Member).await;
        let here = house.site.here();
        let mut tx = house.site.db.begin().await.unwrap();
        for at in 1..actions::MOST {
            let key = house.site.fresh_key().await.unwrap();
            let name = PersonaName::parse(&format!("Name {at}")).unwrap();
            actions::create(&mut tx, &here, &key, &fern.account, &name).await.unwrap();
        }
        let key = house.site.fresh_key().await.unwrap();
        let one_more = actions::create(&mut tx, &here, &key, &fern.account, &PersonaName::parse("One more").unwrap()).await;
        assert!(matches!(one_more, Err(PersonaError::TooMany)));
        actions::retire(&mut tx, &here, &fern.account, &fern.id).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = house.site.db.begin().await.unwrap();
        let first = of_account(&mut tx, &fern.account).await.unwrap().remove(0);
        let taken = actions::rename(&mut tx, &here, &fern.account, (&first.id, &PersonaName::parse("NAME-2").unwrap())).await;
        assert!(matches!(taken, Err(PersonaError::Taken)));
        let renamed = actions::rename(&mut tx, &here, &fern.account, (&first.id, &PersonaName::parse("Other").unwrap())).await.unwrap();
        assert_eq!(by_name(&mut tx, " OTHER ").await.unwrap(), Some(renamed));
        tx.commit().await.unwrap();

        let mut tx = house.site.db.begin().await.unwrap();
        assert_eq!(actions::own_copy(&mut tx, &fern.account).await.unwrap().len(), actions::MOST);
        let gone = actions::erase(&mut tx, &here, &fern.account).await.unwrap();
        assert_eq!(gone.len(), actions::MOST);
        accounts::erase(&mut tx, &here, &fern.account, true).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = house.site.db.read().await.unwrap();
        assert!(actions::own_copy(&mut reader, &fern.account).await.unwrap().is_empty());
        for id in gone {
            let actor = actors::by_id(&mut reader, &id).await.unwrap().unwrap();
            assert!(actor.gone && actor.name.is_empty());
            assert!(by_id(&mut reader, &id).await.unwrap().is_none());
        }
        drop(reader);
        // The name is free for someone who comes later.
        person(&house, "fern", "Fern", Role::Member).await;
    }
}

#[tokio::test]
async fn a_link_that_failed_can_be_used_again() {
    for database in both().await {
        let house = Town::default().open("veld.test", database, 9).await.unwrap();
        person(&house, "fern", "Fern", Role::Member).await;
        let path = invitation(&house, Role::Host).await;
        let token = Token::parse(path.rsplit('/').next().unwrap()).unwrap();
        let name_page = format!("{path}/name");
        refused(&house.post(&name_page, None, &promising(form("Other", "FERN", WORDS))).await, "Someone has this sign-in name");
        refused(&house.post(&name_page, None, &promising(form("fern", "o-123", WORDS))).await, "Someone here has this name");
        refused(&house.post(&name_page, None, &form("Other", "o-123", WORDS)).await, "tick the box");
        let mut reader = house.site.db.read().await.unwrap();
        let role = accounts::look_at(&mut reader, house.site.now(), Door::Invite, &token).await.unwrap();
        assert_eq!(role, Some(Role::Host));
        drop(reader);
        let nl = Some("lang=nl");
        assert_eq!(house.post(&name_page, nl, &promising(form("Other", "o-123", WORDS))).await.status, StatusCode::SEE_OTHER);
        let account = accounts::by_sign_in_name(&mut house.site.db.read().await.unwrap(), "o-123").await.unwrap().unwrap();
        let said = statements(&house, &account.id).await;
        assert_eq!(said.len(), 1, "the refused ones left nothing");
        assert_eq!((said[0].lang.as_str(), said[0].version, said[0].on_paper), ("nl", accounts::CONFIDENTIALITY_VERSION, false));
        assert!(said[0].words.contains("blijft bij mij") && said[0].hash.len() == 64, "{said:?}");
    }
}

#[tokio::test]
async fn the_command_line_makes_an_account_with_a_friendly_name_or_says_why_not() {
    let house = house().await;
    let make = |sign_in_name: &'static str, name: Option<&'static str>, passphrase: &'static str| {
        let site = &house.site;
        async move {
            let key = site.fresh_key().await.unwrap();
            let new = Console { sign_in_name, name, passphrase, role: Role::Member };
            actions::sign_up_from_console(&site.db, &site.here(), &key, new).await
        }
    };
    let fern = make("fern", None, WORDS).await.unwrap();
    assert_eq!(fern.name.split(' ').count(), 2, "two calm words");
    assert_eq!(fern.uri.as_str(), format!("http://veld.test/p/{}", fern.id));
    for (outcome, sentence) in [
        (make("Fern", None, WORDS).await, "this sign-in name is taken"),
        (make("fern@veld.example", None, WORDS).await, "this sign-in name cannot be used: an e-mail address cannot be a name here"),
        (make("other", None, "short").await, "a passphrase has at least 10 characters"),
        (make("other", Some("x"), WORDS).await, "this persona name cannot be used: this name is too short"),
    ] {
        assert_eq!(outcome.unwrap_err().to_string(), sentence);
    }
    assert!(matches!(make("fern", None, WORDS).await, Err(ConsoleError::SignUp(SignUpError::SignInNameTaken))));
}
