//! What accounts promise, tried on both engines: names, attempts, links, roles, sessions.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::links;
use super::role::Role::{Admin, Host, Member as Plain, Moderator};
use super::sessions;
use super::*;
use crate::base::{Chance, Clock, Id, Origin, Timestamp};
use crate::db::{Db, DbError};
use crate::federation::Here;
use crate::federation::here::Sequence;
use crate::testing::chance::SeededChance;
use crate::testing::clock::SetClock;
use crate::testing::database::{both, sqlite};
use crate::web::{Lang, Words};

struct World {
    clock: SetClock,
    chance: Arc<dyn Chance>,
    origin: Origin,
    sequence: Arc<Sequence>,
}

impl World {
    fn new() -> Self {
        Self {
            clock: SetClock::default(),
            chance: Arc::new(SeededChance::new(7)),
            origin: Origin::parse("https://veld.example").unwrap(),
            sequence: Arc::default(),
        }
    }

    fn here(&self) -> Here {
        Here::new(self.clock.now(), Arc::clone(&self.chance), self.origin.clone(), Arc::clone(&self.sequence))
    }
}

const WORDS: &str = "the boat sails home";

async fn person(db: &Db, world: &World, name: &str, role: Role) -> Id {
    let passphrase = hash(&*world.chance, Passphrase::choose(WORDS, &[]).unwrap()).await.unwrap();
    let name = SignInName::parse(name).unwrap();
    let mut tx = db.begin().await.unwrap();
    let id = create(&mut tx, &world.here(), NewAccount { name: &name, passphrase: &passphrase, role, called: "Fern", made: Made::Console })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn try_in(db: &Db, world: &World, name: &str, words: &str, address: &str) -> Result<Token, SignInError> {
    let address: Option<IpAddr> = address.parse().ok();
    sign_in(db, &world.here(), Attempt { name, passphrase: words, address }, Opening::new(Agent::default(), None)).await
}

/// The same from a browser with this token.
async fn try_with(db: &Db, world: &World, browser: &Token, words: &str, address: &str) -> Result<Token, SignInError> {
    let attempt = Attempt { name: "fern", passphrase: words, address: address.parse().ok() };
    let opening = Opening { browser: Some(browser.clone()), ..Opening::new(Agent::default(), None) };
    sign_in(db, &world.here(), attempt, opening).await
}

async fn who(db: &Db, world: &World, token: &Token) -> Option<super::account::Presence> {
    sessions::see(db, &world.here(), token).await.unwrap().map(|seen| seen.presence)
}

fn token_in(link: &crate::base::Iri) -> Token {
    Token::parse(link.as_str().rsplit('/').next().unwrap()).unwrap()
}

#[tokio::test]
async fn a_name_is_unique_whatever_its_clothes_and_signs_in_in_any() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "Quiet Willow", Plain).await;
        let passphrase = hash(&*world.chance, Passphrase::choose(WORDS, &[]).unwrap()).await.unwrap();
        let again = SignInName::parse("quiet-WILLOW").unwrap();
        let mut tx = db.begin().await.unwrap();
        let new = NewAccount { name: &again, passphrase: &passphrase, role: Plain, called: "x", made: Made::Console };
        assert!(matches!(create(&mut tx, &world.here(), new).await, Err(AccountError::NameTaken)));
        drop(tx);
        assert!(try_in(&db, &world, " QUIET willow", WORDS, "192.0.2.1").await.is_ok());
        for (name, words) in [("quiet willow", "the boat sails homf"), ("nobody", WORDS), ("quiet willow", ""), ("", "")] {
            assert!(matches!(try_in(&db, &world, name, words, "192.0.2.1").await, Err(SignInError::Wrong)), "{name}");
        }
        let long = "x".repeat(1_000_000);
        assert!(matches!(try_in(&db, &world, "quiet willow", &long, "192.0.2.1").await, Err(SignInError::Wrong)));
    }
}

#[tokio::test]
async fn web_09_a_thousand_guesses_gain_little_and_lock_nobody_out() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "fern", Plain).await;
        let own = Token::random(&*world.chance);
        try_with(&db, &world, &own, WORDS, "198.51.100.7").await.unwrap();
        let mut tried = 0;
        for at in 0..1000 {
            match try_in(&db, &world, "fern", "wrong wrong wrong", &format!("10.{}.0.{}", at % 20, at % 250)).await {
                Err(SignInError::Wrong) => tried += 1,
                Err(SignInError::Wait(seconds)) => assert!((1..=900).contains(&seconds), "{seconds}"),
                other => panic!("{other:?}"),
            }
        }
        assert!((20..=70).contains(&tried), "ten, then three from each place: {tried}");
        // From a place that guessed not even the right one is tried; from the known browser and from elsewhere it is.
        assert!(matches!(try_in(&db, &world, "fern", WORDS, "10.7.0.1").await, Err(SignInError::Wait(_))));
        try_with(&db, &world, &own, WORDS, "10.7.0.1").await.unwrap();
        try_in(&db, &world, "fern", WORDS, "203.0.113.4").await.unwrap();
        // Another browser's token, or none, is nothing special.
        let other = Token::random(&*world.chance);
        assert!(matches!(try_with(&db, &world, &other, WORDS, "10.7.0.1").await, Err(SignInError::Wait(_))));
        // The known browser is slowed by its own mistakes only.
        for _ in 0..10 {
            assert!(matches!(try_with(&db, &world, &own, "wrong wrong wrong", "10.7.0.1").await, Err(SignInError::Wrong)));
        }
        assert!(matches!(try_with(&db, &world, &own, WORDS, "10.7.0.1").await, Err(SignInError::Wait(1..=300))));
        world.clock.advance(Duration::from_mins(5));
        try_with(&db, &world, &own, WORDS, "10.7.0.1").await.unwrap();
        // What is known ends, and with the account at once.
        world.clock.advance(known::LASTS);
        let mut reader = db.read().await.unwrap();
        let fern = by_sign_in_name(&mut reader, "fern").await.unwrap().unwrap().id;
        assert!(known::recognise(&mut reader, Some(&own), Some(&fern), world.here().now).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn web_09_who_goes_on_asking_pays_for_it_at_every_name() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "fern", Plain).await;
        let mut outcomes = Vec::new();
        for _ in 0..30 {
            outcomes.push(matches!(try_in(&db, &world, "fern", "wrong wrong wrong", "192.0.2.1").await, Err(SignInError::Wrong)));
        }
        assert_eq!(outcomes.iter().filter(|tried| **tried).count(), 10, "the others were told to wait, and were counted all the same");
        assert!(matches!(try_in(&db, &world, "someone", WORDS, "192.0.2.1").await, Err(SignInError::Wait(1..=10))));
        // Being right from elsewhere clears that place, and takes nothing off what others tried.
        try_in(&db, &world, "fern", WORDS, "198.51.100.7").await.unwrap();
        assert!(matches!(try_in(&db, &world, "fern", WORDS, "192.0.2.9").await, Err(SignInError::Wait(_))));
    }
}

#[tokio::test]
async fn a_stranger_does_not_keep_a_member_from_a_new_passphrase() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "fern", Plain).await;
        let token = try_in(&db, &world, "fern", WORDS, "198.51.100.7").await.unwrap();
        let me = who(&db, &world, &token).await.unwrap();
        for _ in 0..12 {
            drop(try_in(&db, &world, "fern", "wrong wrong wrong", "192.0.2.1").await);
        }
        actions::change_passphrase(&db, &world.here(), &me, WORDS, "a new walk by the sea").await.unwrap();
    }
}

#[tokio::test]
async fn guessing_many_names_from_one_address_is_slowed() {
    for db in both().await {
        let world = World::new();
        for at in 0..30 {
            let outcome = actions::count_address(&db, &world.here(), "192.0.2.1".parse().ok()).await;
            assert!(outcome.is_ok(), "{at}");
        }
        assert!(matches!(try_in(&db, &world, "someone", WORDS, "192.0.2.1").await, Err(SignInError::Wait(1..=10))));
        assert!(matches!(try_in(&db, &world, "someone", WORDS, "192.0.2.2").await, Err(SignInError::Wrong)));
        world.clock.advance(Duration::from_secs(10));
        assert!(matches!(try_in(&db, &world, "someone", WORDS, "192.0.2.1").await, Err(SignInError::Wrong)));
        // What was counted is gone when it means nothing any more.
        world.clock.advance(Duration::from_hours(2));
        let mut tx = db.begin().await.unwrap();
        assert_eq!(sweep(&mut tx, &world.here()).await.unwrap(), 4, "two addresses, one name, the name from their network");
        assert_eq!(sweep(&mut tx, &world.here()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_thousand_attempts_at_once_are_counted_like_in_turn() {
    for db in both().await {
        let world = World::new();
        let bucket = pace::Bucket::of_browser("fern");
        let attempts = (0..200).map(|_| async {
            loop {
                match attempts::count(&db, &world.here(), &bucket).await {
                    Ok(()) => return true,
                    Err(SignInError::Wait(_)) => return false,
                    // Not let in within the limit, on a busy machine: nothing was counted, and it asks again.
                    Err(SignInError::Db(DbError::Busy)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        });
        let allowed = futures::future::join_all(attempts).await.into_iter().filter(|ok| *ok).count();
        assert_eq!(allowed, 10);
    }
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_is_stored_as_a_hash() {
    for db in both().await {
        let world = World::new();
        let fern = person(&db, &world, "fern", Plain).await;
        let token = try_in(&db, &world, "fern", WORDS, "192.0.2.1").await.unwrap();
        world.clock.advance(Duration::from_hours(29 * 24));
        let seen = sessions::see(&db, &world.here(), &token).await.unwrap().unwrap();
        assert_eq!((seen.presence.account, seen.cookie.as_ref()), (fern.clone(), Some(&token)), "a new day sets the cookie again");
        assert!(sessions::see(&db, &world.here(), &token).await.unwrap().unwrap().cookie.is_none(), "once a day");
        world.clock.advance(Duration::from_hours(29 * 24));
        assert!(who(&db, &world, &token).await.is_some());
        let mut reader = db.read().await.unwrap();
        let list = sessions::of_account(&mut reader, &fern, world.here().now).await.unwrap();
        assert_eq!((list.len(), list[0].seen_day), (1, world.here().now.day()));
        drop(reader);
        world.clock.advance(Duration::from_hours(30 * 24));
        assert!(who(&db, &world, &token).await.is_none());
    }
}

#[tokio::test]
async fn signing_in_again_kills_the_token_that_came_along() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "fern", Plain).await;
        let old = try_in(&db, &world, "fern", WORDS, "192.0.2.1").await.unwrap();
        let attempt = Attempt { name: "fern", passphrase: WORDS, address: None };
        let new = sign_in(&db, &world.here(), attempt, Opening::new(Agent::default(), Some(old.clone()))).await.unwrap();
        assert_ne!(old, new);
        assert!(who(&db, &world, &old).await.is_none() && who(&db, &world, &new).await.is_some());
    }
}

#[tokio::test]
async fn a_changed_passphrase_ends_other_sessions_and_links() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "fern", Plain).await;
        let (here_token, other) =
            (try_in(&db, &world, "fern", WORDS, "::1").await.unwrap(), try_in(&db, &world, "fern", WORDS, "::1").await.unwrap());
        let mut tx = db.begin().await.unwrap();
        let link = links::sign_in_link_from_console(&mut tx, &world.here(), "Fern").await.unwrap();
        tx.commit().await.unwrap();
        let me = who(&db, &world, &here_token).await.unwrap();
        let here = world.here();
        assert!(matches!(
            actions::change_passphrase(&db, &here, &me, "not this one", "a new walk by the sea").await,
            Err(ChangeError::Wrong)
        ));
        assert!(matches!(
            actions::change_passphrase(&db, &here, &me, WORDS, "fern").await,
            Err(ChangeError::Fault(PassphraseFault::Short))
        ));
        actions::change_passphrase(&db, &here, &me, WORDS, "a new walk by the sea").await.unwrap();
        assert!(who(&db, &world, &here_token).await.is_some() && who(&db, &world, &other).await.is_none());
        let mut reader = db.read().await.unwrap();
        assert!(!links::sign_in_link_is_open(&mut reader, here.now, &token_in(&link)).await.unwrap());
        drop(reader);
        assert!(matches!(try_in(&db, &world, "fern", WORDS, "::1").await, Err(SignInError::Wrong)));
        assert!(try_in(&db, &world, "fern", "a new walk by the sea", "::1").await.is_ok());
    }
}

/// Whoever knows the old passphrase and stands in line with it is not let in when the line moves.
#[tokio::test]
async fn who_signs_in_while_the_passphrase_changes_or_the_account_is_put_to_rest_is_not_in() {
    for db in both().await {
        let world = World::new();
        for rests in [false, true] {
            let name = if rests { "lea" } else { "fern" };
            let account = person(&db, &world, name, Plain).await;
            let new = hash(&*world.chance, Passphrase::choose("a new walk by the sea", &[]).unwrap()).await.unwrap();
            let seats = passphrase::all_seats().await;
            let meanwhile = async {
                // It stands in line: its attempt is counted.
                while sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM sign_in_pace")
                    .fetch_one(db.read().await.unwrap().sql())
                    .await
                    .unwrap()
                    .0
                    == 0
                {
                    tokio::task::yield_now().await;
                }
                let mut tx = db.begin().await.unwrap();
                if rests {
                    store::set_deactivated(&mut tx, &account, Some(world.here().now)).await.unwrap();
                } else {
                    store::set_passphrase(&mut tx, &account, &new).await.unwrap();
                }
                tx.commit().await.unwrap();
                drop(seats);
            };
            let (signed, ()) = tokio::join!(try_in(&db, &world, name, WORDS, "::1"), meanwhile);
            assert!(matches!(signed, Err(SignInError::Wrong)), "rests: {rests}");
            let mut tx = db.begin().await.unwrap();
            sqlx::query("DELETE FROM sign_in_pace").execute(tx.sql()).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_sign_in_link_works_once_for_a_day_and_lets_the_passphrase_be_set_for_an_hour() {
    for db in both().await {
        let world = World::new();
        person(&db, &world, "fern", Plain).await;
        let mut tx = db.begin().await.unwrap();
        let dead = links::sign_in_link_from_console(&mut tx, &world.here(), "fern").await.unwrap();
        let link = links::sign_in_link_from_console(&mut tx, &world.here(), "fern").await.unwrap();
        assert!(links::sign_in_link_from_console(&mut tx, &world.here(), "nobody").await.is_err());
        tx.commit().await.unwrap();
        let enter = |link: Token| {
            let (db, here) = (&db, world.here());
            async move {
                let mut tx = db.begin().await.unwrap();
                let session = links::sign_in_by_link(&mut tx, &here, &link, Opening::new(Agent::default(), None)).await.unwrap();
                tx.commit().await.unwrap();
                session
            }
        };
        assert!(enter(token_in(&dead)).await.is_none(), "a newer link replaces an older one");
        let all = futures::future::join_all((0..20).map(|_| enter(token_in(&link)))).await;
        let sessions: Vec<Token> = all.into_iter().flatten().collect();
        assert_eq!(sessions.len(), 1, "once, also when twenty try at once");
        let me = who(&db, &world, &sessions[0]).await.unwrap();
        actions::change_passphrase(&db, &world.here(), &me, "", "a new walk by the sea").await.unwrap();
        let me = who(&db, &world, &sessions[0]).await.unwrap();
        assert!(me.reset_until <= world.here().now, "only once without the old one");

        let mut tx = db.begin().await.unwrap();
        let late = links::sign_in_link_from_console(&mut tx, &world.here(), "fern").await.unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(Duration::from_hours(24));
        assert!(enter(token_in(&late)).await.is_none());
    }
}

#[tokio::test]
async fn an_invitation_works_once_until_it_is_withdrawn_or_old() {
    for db in both().await {
        let world = World::new();
        let host = person(&db, &world, "host", Host).await;
        let mut tx = db.begin().await.unwrap();
        let what = |role, count| Invite { role, count, lang: Lang::Nl };
        let made = links::invite(&mut tx, &world.here(), &host, what(Plain, 3)).await.unwrap();
        for role in [Moderator, Admin] {
            assert!(matches!(links::invite(&mut tx, &world.here(), &host, what(role, 1)).await, Err(AccountError::NotAllowed)));
        }
        tx.commit().await.unwrap();
        let redeem_one = |token: Token| {
            let (db, now) = (&db, world.here().now);
            async move {
                let mut tx = db.begin().await.unwrap();
                let role = links::redeem(&mut tx, now, Door::Invite, &token).await.unwrap();
                tx.commit().await.unwrap();
                role
            }
        };
        let used = futures::future::join_all((0..20).map(|_| redeem_one(made[0].token.clone()))).await;
        assert_eq!(used.into_iter().flatten().collect::<Vec<_>>(), vec![Plain], "once, also when twenty try at once");

        let mut tx = db.begin().await.unwrap();
        let list = links::list(&mut tx, world.here().now, (Timestamp::from_millis(i64::MAX), ""), 10).await.unwrap();
        assert_eq!(list.len(), 3);
        assert_ne!(made[1].label, made[2].label);
        let second = list.iter().find(|one| one.label == made[1].label && one.state == InvitationState::Open).unwrap();
        links::revoke(&mut tx, &world.here(), &host, &second.id).await.unwrap();
        assert!(links::revoke(&mut tx, &world.here(), &host, &second.id).await.is_err());
        assert!(links::redeem(&mut tx, world.here().now, Door::Setup, &made[2].token).await.unwrap().is_none(), "not by another door");
        tx.commit().await.unwrap();
        assert!(redeem_one(made[1].token.clone()).await.is_none(), "withdrawn");
        let mut reader = db.read().await.unwrap();
        assert_eq!(look_at(&mut reader, world.here().now, Door::Invite, &made[2].token).await.unwrap(), Some(Plain), "still open");
        drop(reader);
        world.clock.advance(Duration::from_hours(30 * 24));
        assert!(redeem_one(made[2].token.clone()).await.is_none());
    }
}

#[tokio::test]
async fn the_first_admin_comes_by_a_link_that_is_good_until_there_is_an_admin() {
    for db in both().await {
        let world = World::new();
        let mut tx = db.begin().await.unwrap();
        let first = setup_link(&mut tx, &world.here()).await.unwrap().unwrap();
        let second = setup_link(&mut tx, &world.here()).await.unwrap().unwrap();
        assert!(second.as_str().starts_with("https://veld.example/setup/"));
        let now = world.here().now;
        assert!(look_at(&mut tx, now, Door::Setup, &token_in(&first)).await.unwrap().is_none(), "the last start counts");
        assert_eq!(look_at(&mut tx, now, Door::Setup, &token_in(&second)).await.unwrap(), Some(Admin));
        tx.commit().await.unwrap();
        person(&db, &world, "boss", Admin).await;
        let mut tx = db.begin().await.unwrap();
        assert!(redeem(&mut tx, now, Door::Setup, &token_in(&second)).await.unwrap().is_none());
        assert!(setup_link(&mut tx, &world.here()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn roles_change_at_once_with_a_new_token_and_never_leave_the_house_without_admin() {
    for db in both().await {
        let world = World::new();
        let (boss, host) = (person(&db, &world, "boss", Admin).await, person(&db, &world, "host", Host).await);
        let fern = person(&db, &world, "fern", Plain).await;
        let token = try_in(&db, &world, "fern", WORDS, "::1").await.unwrap();
        let here = world.here();
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(change_role(&mut tx, &here, &host, &fern, Moderator).await, Err(AccountError::NotAllowed)));
        assert!(matches!(change_role(&mut tx, &here, &fern, &fern, Admin).await, Err(AccountError::NotAllowed)));
        assert!(matches!(change_role(&mut tx, &here, &host, &boss, Plain).await, Err(AccountError::NotAllowed)));
        assert!(matches!(change_role(&mut tx, &here, &boss, &boss, Plain).await, Err(AccountError::LastAdmin)));
        assert!(matches!(deactivate(&mut tx, &here, &boss, &boss).await, Err(AccountError::LastAdmin)));
        assert!(matches!(erase(&mut tx, &here, &boss, false).await, Err(AccountError::LastAdmin)));
        assert!(matches!(change_role(&mut tx, &here, &boss, &fern, Admin).await, Err(AccountError::NoPromise)));
        promise(&mut tx, &here, &fern, Plain, Words::new(Lang::En)).await.unwrap();
        change_role(&mut tx, &here, &boss, &fern, Admin).await.unwrap();
        let invitations = links::invite(&mut tx, &here, &fern, Invite { role: Admin, count: 1, lang: Lang::Da }).await.unwrap();
        tx.commit().await.unwrap();

        let seen = sessions::see(&db, &here, &token).await.unwrap().unwrap();
        assert_eq!(seen.presence.role, Admin, "on the next request");
        let renewed = seen.cookie.unwrap();
        assert_ne!(renewed, token);
        assert!(who(&db, &world, &token).await.is_none(), "the old token is dead");

        let mut tx = db.begin().await.unwrap();
        change_role(&mut tx, &here, &boss, &fern, Host).await.unwrap();
        assert!(
            redeem(&mut tx, here.now, Door::Invite, &invitations[0].token).await.unwrap().is_none(),
            "what they may not give now is withdrawn"
        );
        tx.commit().await.unwrap();
        assert_eq!(who(&db, &world, &renewed).await.unwrap().role, Host);
    }
}

#[tokio::test]
async fn an_account_at_rest_is_out_at_once_and_an_erased_one_leaves_nothing() {
    for db in both().await {
        let world = World::new();
        let boss = person(&db, &world, "boss", Admin).await;
        let fern = person(&db, &world, "fern", Host).await;
        let token = try_in(&db, &world, "fern", WORDS, "::1").await.unwrap();
        let here = world.here();
        let mut tx = db.begin().await.unwrap();
        links::invite(&mut tx, &here, &fern, Invite { role: Plain, count: 1, lang: Lang::En }).await.unwrap();
        deactivate(&mut tx, &here, &boss, &fern).await.unwrap();
        assert!(matches!(links::sign_in_link(&mut tx, &here, &boss, &fern).await, Err(AccountError::Unknown)));
        tx.commit().await.unwrap();
        assert!(who(&db, &world, &token).await.is_none());
        assert!(matches!(try_in(&db, &world, "fern", WORDS, "::1").await, Err(SignInError::Wrong)));
        let mut tx = db.begin().await.unwrap();
        reactivate(&mut tx, &here, &boss, &fern).await.unwrap();
        tx.commit().await.unwrap();
        try_in(&db, &world, "fern", WORDS, "::1").await.unwrap();

        let mut tx = db.begin().await.unwrap();
        let copy = own_copy(&mut tx, &here, &fern).await.unwrap().unwrap();
        assert_eq!((copy.sign_in_name.as_str(), copy.role, copy.sessions.len()), ("fern", "host", 1));
        erase(&mut tx, &here, &fern, false).await.unwrap();
        tx.commit().await.unwrap();
        assert!(who(&db, &world, &token).await.is_none());
        let mut reader = db.read().await.unwrap();
        assert!(by_sign_in_name(&mut reader, "Fern").await.unwrap().is_none());
        assert!(own_copy(&mut reader, &here, &fern).await.unwrap().is_none());
        drop(reader);
        person(&db, &world, "fern", Plain).await;
    }
}

/// All bytes of a SQLite database, with what is not yet in the main file.
fn bytes_of(path: &std::path::Path) -> String {
    let mut all = std::fs::read(path).unwrap();
    all.extend(std::fs::read(path.with_extension("db-wal")).unwrap_or_default());
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test]
async fn no_secret_is_in_the_database_file() {
    let (db, world) = (sqlite().await, World::new());
    let boss = person(&db, &world, "canary-name", Admin).await;
    let token = try_in(&db, &world, "canary-name", WORDS, "192.0.2.77").await.unwrap();
    let wrong = try_in(&db, &world, "canary-name", "canary phrase that is wrong", "192.0.2.77").await;
    assert!(matches!(wrong, Err(SignInError::Wrong)));
    let mut tx = db.begin().await.unwrap();
    let link = links::sign_in_link_from_console(&mut tx, &world.here(), "canary-name").await.unwrap();
    let invitation =
        links::invite(&mut tx, &world.here(), &boss, Invite { role: Plain, count: 1, lang: Lang::En }).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    let stored = bytes_of(db.path().unwrap());
    assert!(stored.contains("canary-name") && stored.contains(&invitation.token.hash()), "the scan sees what is there");
    for secret in [token.reveal(), token_in(&link).reveal(), invitation.token.reveal(), WORDS, "canary phrase", "192.0.2.77"] {
        assert!(!stored.contains(secret), "{secret}");
    }
}
