//! Between houses: groups.md rows 3–9 and 15, and what must hold.

use std::time::Duration;

use super::cast::{Cast, text};
use crate::base::{Id, Iri};
use crate::features::groups;
use crate::features::posts::post::{State, UNDO};
use crate::features::posts::{self, Mark, PostError, serving, store};
use crate::federation::policy::Principal;
use crate::testing::network::Weather;

#[tokio::test]
async fn what_is_written_anywhere_is_read_everywhere_once() {
    for cast in Cast::both().await {
        let hello = cast.b.write("Hello from **here**", None).await.unwrap();
        assert_eq!(cast.b.state(&hello).await, State::Waiting, "before the home answered only its writer sees it");
        assert!(cast.b.readable().await.is_empty());
        cast.settle().await;
        let own = cast.b.post(&hello).await;
        assert_eq!(own.state, State::Posted);
        let uri = own.uri.clone().unwrap();
        assert_eq!(uri.origin(), cast.home.at.site.config.origin);
        // Somebody at C answers, and the host at home answers that.
        let at_c = cast.c.by_uri(&uri).await.unwrap();
        cast.town.clock.advance(Duration::from_secs(5));
        let answer = cast.c.write("Good morning", Some(&at_c.id)).await.unwrap();
        cast.settle().await;
        let answer = cast.home.by_uri(cast.c.post(&answer).await.uri.as_ref().unwrap()).await.unwrap();
        cast.town.clock.advance(Duration::from_secs(5));
        cast.home.write("Welcome, both", Some(&answer.id)).await.unwrap();
        cast.settle().await;
        let expected = vec![
            ("Fern".to_owned(), "Hello from **here**".to_owned(), None),
            ("Noor".to_owned(), "Good morning".to_owned(), Some("Hello from **here**".to_owned())),
            ("Bo".to_owned(), "Welcome, both".to_owned(), Some("Good morning".to_owned())),
        ];
        for house in cast.houses() {
            assert_eq!(house.readable().await, expected, "{}", house.at.host);
        }
    }
}

#[tokio::test]
async fn nothing_of_a_writers_house_reaches_a_third() {
    for cast in Cast::both().await {
        let id = cast.b.write("Quiet words", None).await.unwrap();
        cast.settle().await;
        let own = cast.b.post(&id).await;
        for secret in [own.origin_uri.unwrap().to_string(), own.author_uri.clone(), id.to_string(), own.create_uri.unwrap().to_string()] {
            let told: Vec<_> = cast.town.network.log().into_iter().filter(|call| call.to == "zwolle.test").collect();
            assert!(told.iter().any(|call| call.body.contains("Quiet words")));
            assert!(told.iter().all(|call| !call.body.contains(&secret) && !call.target.contains(&secret)), "{secret}");
        }
        let copy = cast.c.by_uri(own.uri.as_ref().unwrap()).await.unwrap();
        assert!(copy.origin_uri.is_none() && copy.create_uri.is_none());
    }
}

#[tokio::test]
async fn edits_of_guests_and_hosts_go_everywhere_and_are_marked() {
    for cast in Cast::both().await {
        let id = cast.b.write("Fist", None).await.unwrap();
        assert!(matches!(cast.b.edit(&id, "First").await, Err(PostError::TooLate)), "it waits; take it back instead");
        cast.settle().await;
        cast.town.clock.advance(Duration::from_mins(1));
        cast.b.edit(&id, "First").await.unwrap();
        assert_eq!(cast.b.post(&id).await.source, "Fist", "others read what the home said last");
        assert_eq!(cast.b.post(&id).await.edit.unwrap().source, "First");
        cast.settle().await;
        let uri = cast.b.post(&id).await.uri.unwrap();
        for house in cast.houses() {
            let post = house.by_uri(&uri).await.unwrap();
            assert_eq!((post.source.as_str(), post.edited_at.is_some(), post.edit.is_none()), ("First", true, true), "{}", house.at.host);
        }
        assert_eq!((cast.home.by_uri(&uri).await.unwrap().told, cast.home.by_uri(&uri).await.unwrap().confirmed), (2, 2));
    }
}

#[tokio::test]
async fn deletions_are_told_confirmed_and_final() {
    for cast in Cast::both().await {
        let id = cast.b.write("Away with this", None).await.unwrap();
        cast.settle().await;
        let uri = cast.b.post(&id).await.uri.unwrap();
        cast.b.delete(&id, false).await.unwrap();
        assert!(cast.b.readable().await.is_empty(), "hidden at once");
        cast.settle().await;
        let own = cast.b.post(&id).await;
        assert_eq!((own.state, own.told, own.confirmed), (State::Deleted, 2, 2));
        assert_eq!(own.source, "Away with this", "the writer's own house keeps it for undo");
        for house in [&cast.home, &cast.c] {
            let row = house.by_uri(&uri).await.unwrap();
            assert_eq!((row.state, row.source.as_str(), row.html.as_str()), (State::Deleted, "", ""), "{}", house.at.host);
        }
        cast.town.clock.advance(UNDO + Duration::from_secs(1));
        let mut tx = cast.b.at.site.db.begin().await.unwrap();
        assert_eq!(store::erase_due(&mut tx, cast.b.at.site.now()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(cast.b.post(&id).await.source, "");
        assert!(matches!(cast.b.undo(&id).await, Err(PostError::TooLate)));
    }
}

#[tokio::test]
async fn what_is_taken_back_comes_back_as_a_new_post_in_the_same_place() {
    for cast in Cast::both().await {
        for (writer, other) in [(&cast.b, &cast.home), (&cast.home, &cast.b)] {
            let before = cast.c.readable().await.len();
            let id = writer.write("Shall we walk?", None).await.unwrap();
            cast.settle().await;
            let uri = writer.post(&id).await.uri.unwrap();
            let there = other.by_uri(&uri).await.unwrap();
            cast.town.clock.advance(Duration::from_secs(5));
            other.write("Yes", Some(&there.id)).await.unwrap();
            cast.settle().await;
            writer.delete(&id, false).await.unwrap();
            cast.settle().await;
            cast.town.clock.advance(Duration::from_secs(5));
            let back = writer.undo(&id).await.unwrap();
            cast.settle().await;
            assert_ne!(back, id);
            let new_uri = writer.post(&back).await.uri.unwrap();
            assert_ne!(new_uri, uri);
            for house in cast.houses() {
                let all = house.readable().await;
                assert_eq!(all.len(), before + 2, "{}: {all:?}", house.at.host);
                let answer = all.iter().rfind(|(_, words, _)| words == "Yes").unwrap();
                assert_eq!(answer.2.as_deref(), Some("Shall we walk?"), "{}: the answer hangs under it again", house.at.host);
                assert_ne!(house.by_uri(&uri).await.unwrap().state, State::Posted);
            }
        }
    }
}

#[tokio::test]
async fn a_waiting_post_can_be_withdrawn_and_the_late_answer_changes_nothing() {
    for cast in Cast::both().await {
        let id = cast.b.write("Hm, rather not", None).await.unwrap();
        let mut tx = cast.b.at.site.db.begin().await.unwrap();
        posts::withdraw(&mut tx, &cast.b.at.site.here(), &id, &cast.b.mine()).await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        assert_eq!(cast.b.state(&id).await, State::Withdrawn);
        for house in cast.houses() {
            assert!(house.readable().await.is_empty(), "{}", house.at.host);
        }
        let page = cast.b.at.get(&format!("/g/{}/write", cast.b.group), Some(&cast.b.person.cookie)).await;
        assert!(page.text.contains("Hm, rather not"), "the text is back in the box");
    }
}

#[tokio::test]
async fn the_home_refuses_with_a_reason_and_the_writer_keeps_the_text() {
    for cast in Cast::both().await {
        let hello = cast.home.write("Hello", None).await.unwrap();
        cast.settle().await;
        let uri = cast.home.post(&hello).await.uri.unwrap();
        let at_b = cast.b.by_uri(&uri).await.unwrap();
        // The thread is closed while the answer is on its way.
        let answer = cast.b.write("Too late", Some(&at_b.id)).await.unwrap();
        let mut tx = cast.home.at.site.db.begin().await.unwrap();
        posts::mark(&mut tx, &cast.home.at.site.here(), &hello, &cast.home.mine(), Mark::Close).await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        let refused = cast.b.post(&answer).await;
        assert_eq!((refused.state, refused.reason.as_str(), refused.source.as_str()), (State::Refused, "closed", "Too late"));
        assert!(cast.b.post(&at_b.id).await.closed, "the mark travels");
        let page = cast.b.at.get(&format!("/o/{}", at_b.id), Some(&cast.b.person.cookie)).await;
        assert!(
            page.text.contains("This conversation is closed. You can begin a new one.") && page.text.contains("Too late"),
            "{}",
            page.text
        );
        assert!(matches!(cast.b.write("Again", Some(&at_b.id)).await, Err(PostError::Closed)));
    }
}

#[tokio::test]
async fn a_moderator_removes_and_only_the_writer_hears_why() {
    for cast in Cast::both().await {
        let id = cast.b.write("Against the rules", None).await.unwrap();
        cast.settle().await;
        let uri = cast.b.post(&id).await.uri.unwrap();
        let at_home = cast.home.by_uri(&uri).await.unwrap();
        let mut tx = cast.home.at.site.db.begin().await.unwrap();
        posts::remove(&mut tx, &cast.home.at.site.here(), &at_home.id, &cast.home.mine(), "Rule 3: no details").await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        let own = cast.b.post(&id).await;
        assert_eq!((own.state, own.reason.as_str(), own.source.as_str()), (State::Removed, "Rule 3: no details", "Against the rules"));
        let copy = cast.c.by_uri(&uri).await.unwrap();
        assert_eq!((copy.state, copy.reason.as_str(), copy.source.as_str()), (State::Removed, "", ""));
        let told = cast.town.network.log().into_iter().filter(|call| call.to == "zwolle.test").any(|call| call.body.contains("Rule 3"));
        assert!(!told);
    }
}

#[tokio::test]
async fn a_moderator_of_another_house_removes_through_the_home() {
    for cast in Cast::both().await {
        let id = cast.b.write("Against the rules", None).await.unwrap();
        cast.settle().await;
        let uri = cast.b.post(&id).await.uri.unwrap();
        let at_c = cast.c.by_uri(&uri).await.unwrap();
        // Noor is made a moderator; each side knows the role from its own rows.
        for house in [&cast.home, &cast.c] {
            store::tests::make_moderator(&house.at.site.db, "Noor").await;
        }
        let mut tx = cast.c.at.site.db.begin().await.unwrap();
        posts::remove(&mut tx, &cast.c.at.site.here(), &at_c.id, &cast.c.mine(), "Rule 1: be kind").await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        for house in cast.houses() {
            assert_eq!(house.by_uri(&uri).await.unwrap().state, State::Removed, "{}", house.at.host);
        }
        assert_eq!(cast.b.post(&id).await.reason, "Rule 1: be kind");
    }
}

#[tokio::test]
async fn who_is_paused_or_out_is_refused_by_the_home() {
    for cast in Cast::both().await {
        store::tests::set_guests(&cast.home.at.site.db, "removed").await;
        let id = cast.b.write("Am I still in?", None).await.unwrap();
        cast.settle().await;
        let refused = cast.b.post(&id).await;
        assert_eq!((refused.state, refused.reason.as_str()), (State::Refused, "not-member"));
        assert!(cast.home.readable().await.is_empty() && cast.c.readable().await.is_empty());
    }
}

#[tokio::test]
async fn deletions_reach_a_house_that_was_away_and_everything_during_its_absence_too() {
    for cast in Cast::both().await {
        cast.town.network.unplug("zwolle.test");
        let id = cast.b.write("One", None).await.unwrap();
        cast.settle().await;
        for words in ["Two", "Three", "Four"] {
            cast.town.clock.advance(Duration::from_secs(1));
            cast.b.edit(&id, words).await.unwrap();
            cast.settle().await;
        }
        cast.b.delete(&id, true).await.unwrap();
        cast.settle().await;
        let uri = cast.b.post(&id).await.uri.unwrap();
        let at_home = cast.home.by_uri(&uri).await.unwrap();
        assert_eq!((at_home.told, at_home.confirmed), (2, 1), "one house has not confirmed");
        let own = cast.b.post(&id).await;
        assert_eq!((own.told, own.confirmed), (2, 0), "the writer's house hears the figures at first and when they are complete");
        cast.town.network.plug("zwolle.test", cast.c.at.router.clone());
        cast.town.clock.advance(Duration::from_hours(13));
        cast.settle().await;
        assert!(cast.c.readable().await.is_empty());
        assert_eq!(cast.b.post(&id).await.confirmed, 2);
    }
}

#[tokio::test]
async fn taking_everything_away_goes_everywhere() {
    for cast in Cast::both().await {
        for words in ["One", "Two", "Three"] {
            cast.town.clock.advance(Duration::from_secs(1));
            cast.b.write(words, None).await.unwrap();
        }
        cast.settle().await;
        assert_eq!(cast.c.readable().await.len(), 3);
        let mut tx = cast.b.at.site.db.begin().await.unwrap();
        let gone = posts::take_all_away(&mut tx, &cast.b.at.site.here(), &cast.b.person.persona, Some(&cast.b.group)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(gone, 3);
        cast.settle().await;
        for house in cast.houses() {
            assert!(house.readable().await.is_empty(), "{}", house.at.host);
        }
    }
}

#[tokio::test]
async fn partners_read_again_what_they_were_told_and_nothing_else() {
    for cast in Cast::both().await {
        let site = &cast.home.at.site;
        let mut ids: Vec<Id> = Vec::new();
        for at in 0..7 {
            cast.town.clock.advance(Duration::from_secs(1));
            ids.push(cast.home.write(&format!("Post {at}"), None).await.unwrap());
        }
        cast.settle().await;
        cast.home.delete(&ids[6], true).await.unwrap();
        let mut conn = site.db.read().await.unwrap();
        let c = super::cast::partner(&cast.home.at, "zwolle.test").await;
        let partner = Principal::Partner(c);
        for (asker, seen) in [(&Principal::Anonymous, false), (&partner, true), (&Principal::Partner(site.here().id()), false)] {
            assert_eq!(serving::object_for(&mut conn, asker, &ids[0]).await.unwrap().is_some(), seen, "{asker:?}");
        }
        let gone = serving::object_for(&mut conn, &partner, &ids[6]).await.unwrap().unwrap();
        assert!(gone.as_str().contains("Tombstone") && !gone.as_str().contains("Post 6"));
        drop(conn);
        // Through the door, signed by the other house's instance actor.
        let group = {
            let mut conn = site.db.read().await.unwrap();
            groups::load(&mut conn, &cast.home.group).await.unwrap().unwrap()
        };
        let page = |query: &str| Iri::parse(&format!("{}/outbox{query}", group.uri)).unwrap();
        let first = history(&cast, &page("?page=first")).await;
        assert!(first.contains("Post 5") && first.contains("Post 1") && !first.contains("Post 0") && !first.contains("Post 6"), "{first}");
        let next = first.split("\"next\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let second = history(&cast, &Iri::parse(&next).unwrap()).await;
        assert!(second.contains("Post 0") && !second.contains("\"next\""), "{second}");
    }
}

async fn history(cast: &Cast, uri: &Iri) -> String {
    let site = &cast.home.at.site;
    let partner = super::cast::partner(&cast.home.at, "zwolle.test").await;
    let id = uri.url().path_segments().unwrap().nth(1).and_then(Id::parse).unwrap();
    let row = serving::serves().into_iter().find(|row| row.kind == "g" && row.tail == "outbox").unwrap();
    let (here, principal) = (site.here(), Principal::Partner(partner));
    let url = uri.url();
    let page = url.query().and_then(|query| query.strip_prefix("page="));
    let asked = crate::federation::serves::Asked { principal: &principal, here: &here, id: &id, uri, page };
    let mut conn = site.db.read().await.unwrap();
    (row.run)(&mut conn, asked).await.unwrap().unwrap().as_str().to_owned()
}

#[tokio::test]
async fn a_new_reader_must_be_seen_before_one_writes_on() {
    for cast in Cast::both().await {
        store::tests::grow_lists(&cast.home.at.site.db, "none").await;
        assert!(matches!(cast.home.write("Hello", None).await, Err(PostError::ConfirmReaders)));
        let mut tx = cast.home.at.site.db.begin().await.unwrap();
        let group = groups::load(&mut tx, &cast.home.group).await.unwrap().unwrap();
        let words = text("Hello");
        let new = posts::NewPost {
            group: &group.id,
            author: &cast.home.person.persona,
            text: &words,
            reply_to: None,
            saw_readers: group.list_version,
            instead_of: None,
        };
        posts::write(&mut tx, &cast.home.at.site.here(), &new).await.unwrap();
        tx.commit().await.unwrap();
        assert!(cast.home.write("And again", None).await.is_ok(), "asked once only");
    }
}

/// A change that is taken back before it left is said to nobody.
#[tokio::test]
async fn a_change_that_is_forgotten_in_time_is_said_to_nobody() {
    for cast in Cast::both().await {
        let id = cast.b.write("As it was", None).await.unwrap();
        cast.settle().await;
        cast.town.clock.advance(Duration::from_mins(1));
        cast.b.edit(&id, "A slip").await.unwrap();
        cast.b.drop_change(&id).await;
        cast.settle().await;
        assert!(cast.town.network.log().iter().all(|call| !call.body.contains("A slip")));
        assert!(cast.b.post(&id).await.edit.is_none());
        cast.town.clock.advance(Duration::from_mins(1));
        cast.b.edit(&id, "As it is").await.unwrap();
        cast.settle().await;
        assert_eq!(cast.b.post(&id).await.source, "As it is", "it can be changed again");
    }
}

/// One that may be at the group's home already is followed by what stood there before.
#[tokio::test]
async fn a_change_that_may_have_arrived_is_taken_back_by_saying_what_was_before() {
    for cast in Cast::both().await {
        let id = cast.b.write("As it was", None).await.unwrap();
        cast.settle().await;
        cast.town.clock.advance(Duration::from_mins(1));
        cast.b.edit(&id, "A slip").await.unwrap();
        // It arrives, and nobody at the writer's house hears that it did.
        cast.town.network.forecast([Weather::AnswerLost]);
        crate::server::step(&cast.b.at.site).await.unwrap();
        cast.town.clock.advance(Duration::from_secs(1));
        cast.b.drop_change(&id).await;
        assert_eq!(cast.b.post(&id).await.edit.unwrap().source, "As it was");
        cast.b.drop_change(&id).await;
        assert!(cast.b.post(&id).await.edit.is_some(), "this one has to be said");
        for _ in 0..4 {
            cast.town.clock.advance(Duration::from_mins(5));
            cast.settle().await;
        }
        let uri = cast.b.post(&id).await.uri.unwrap();
        for house in cast.houses() {
            let post = house.by_uri(&uri).await.unwrap();
            assert_eq!((post.source.as_str(), post.edit.is_none()), ("As it was", true), "{}", house.at.host);
        }
    }
}

/// Deleted with a week to take it back, or removed, while it had not left: the words stay, and come back when their writer wishes.
#[tokio::test]
async fn what_is_taken_away_before_it_left_does_not_leave() {
    for cast in Cast::both().await {
        let at_home = cast.home.write("Said too soon", None).await.unwrap();
        let kept = cast.home.write("Against rule one", None).await.unwrap();
        cast.home.delete(&at_home, false).await.unwrap();
        let mut tx = cast.home.at.site.db.begin().await.unwrap();
        posts::remove(&mut tx, &cast.home.at.site.here(), &kept, &cast.home.mine(), "Rule 1").await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        let log = cast.town.network.log();
        assert!(log.iter().all(|call| !call.body.contains("Said too soon") && !call.body.contains("Against rule one")));
        assert_eq!(cast.home.post(&kept).await.source, "Against rule one", "kept for an answer of the writer");
        cast.home.undo(&at_home).await.unwrap();
        cast.settle().await;
        assert_eq!(cast.c.readable().await.len(), 1, "back for everybody");
    }
}

/// What the hosts removed is kept at the home for an answer of its writer. Who takes everything away wishes none.
#[tokio::test]
async fn who_takes_everything_away_takes_what_was_removed_as_well() {
    for cast in Cast::both().await {
        let id = cast.b.write("Against rule one", None).await.unwrap();
        cast.settle().await;
        let uri = cast.b.post(&id).await.uri.unwrap();
        let at_home = cast.home.by_uri(&uri).await.unwrap();
        let mut tx = cast.home.at.site.db.begin().await.unwrap();
        posts::remove(&mut tx, &cast.home.at.site.here(), &at_home.id, &cast.home.mine(), "Rule 1").await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        assert_eq!(cast.home.by_uri(&uri).await.unwrap().source, "Against rule one");
        let mut tx = cast.b.at.site.db.begin().await.unwrap();
        posts::take_all_away(&mut tx, &cast.b.at.site.here(), &cast.b.person.persona, Some(&cast.b.group)).await.unwrap();
        tx.commit().await.unwrap();
        cast.settle().await;
        for house in [&cast.home, &cast.b] {
            let row = house.by_uri(&uri).await.unwrap();
            assert_eq!((row.source.as_str(), row.html.as_str()), ("", ""), "{}", house.at.host);
        }
    }
}
