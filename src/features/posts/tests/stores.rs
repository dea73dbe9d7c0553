//! In one house: lists, places of threads, topics, notices, drafts, undo.

use std::time::Duration;

use super::cast::house_alone;
use crate::base::{Id, Timestamp};
use crate::features::posts::post::State;
use crate::features::posts::store::timeline::{self, Cursor};
use crate::features::posts::store::{self, kept};
use crate::features::posts::{self, Mark, NewPost, PostError, Text};
use crate::testing::database::both;

fn titles(threads: &[timeline::Thread]) -> Vec<&str> {
    threads.iter().map(|thread| thread.excerpt.as_str()).collect()
}

#[tokio::test]
async fn threads_stand_by_last_answer_and_pages_join_without_gap_or_double() {
    for database in both().await {
        let (town, house, ida) = house_alone(database).await;
        let mut ids = Vec::new();
        for at in 0..45 {
            // Several at the same moment: the id decides.
            if at % 3 == 0 {
                town.clock.advance(Duration::from_secs(1));
            }
            ids.push(house.write(&format!("Thread {at}"), None).await.unwrap());
        }
        town.clock.advance(Duration::from_secs(1));
        house.write_as(&ida.persona, "An answer", Some(&ids[3])).await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        let mut seen = Vec::new();
        let mut cursor = Cursor::newest();
        loop {
            let page = timeline::threads(&mut conn, &house.group, &cursor).await.unwrap();
            assert!(page.items.len() <= timeline::THREADS);
            seen.extend(page.items.iter().map(|thread| thread.excerpt.clone()));
            match page.next {
                Some(next) => cursor = Cursor::parse(&next.to_string()).unwrap(),
                None => break,
            }
        }
        assert_eq!(seen.first().map(String::as_str), Some("Thread 3"), "answered last");
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!((seen.len(), sorted.len()), (45, 45));
        let waiting = timeline::unanswered(&mut conn, &house.group, &Cursor::oldest()).await.unwrap();
        assert_eq!(waiting.items.len(), timeline::THREADS);
        assert!(!titles(&waiting.items).contains(&"Thread 3"));
    }
}

#[tokio::test]
async fn a_thread_goes_back_when_its_last_answer_goes_and_leaves_the_list_when_nothing_is_left() {
    for database in both().await {
        let (town, house, ida) = house_alone(database).await;
        let old = house.write("Old", None).await.unwrap();
        town.clock.advance(Duration::from_secs(1));
        house.write("New", None).await.unwrap();
        town.clock.advance(Duration::from_secs(1));
        let answer = house.write_as(&ida.persona, "Answer", Some(&old)).await.unwrap();
        let order = || async {
            let mut conn = house.at.site.db.read().await.unwrap();
            let page = timeline::threads(&mut conn, &house.group, &Cursor::newest()).await.unwrap();
            page.items.iter().map(|thread| (thread.excerpt.clone(), thread.is_answered())).collect::<Vec<_>>()
        };
        assert_eq!(order().await, [("Old".to_owned(), true), ("New".to_owned(), false)]);
        house.delete(&old, false).await.unwrap();
        assert_eq!(order().await.len(), 2, "its place stays while it has an answer");
        let mut tx = house.at.site.db.begin().await.unwrap();
        posts::delete(&mut tx, &house.at.site.here(), &answer, std::slice::from_ref(&ida.persona), true).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(order().await, [("New".to_owned(), false)]);
        // Taken back within the week; nobody else held it, so it is the same post.
        assert_eq!(house.undo(&old).await.unwrap(), old);
        assert_eq!(order().await, [("New".to_owned(), false), ("Old".to_owned(), false)]);
    }
}

#[tokio::test]
async fn pins_topics_and_closing() {
    for database in both().await {
        let (town, house, ida) = house_alone(database).await;
        let write = |words: &'static str, label: &'static str| {
            let (house, author) = (&house, &house.person.persona);
            async move {
                let text = Text::typed(words, "en", label).unwrap();
                let new = NewPost { group: &house.group, author, text: &text, reply_to: None, saw_readers: 0, instead_of: None };
                let mut tx = house.at.site.db.begin().await.unwrap();
                let id = posts::write(&mut tx, &house.at.site.here(), &new).await.unwrap();
                tx.commit().await.unwrap();
                id
            }
        };
        let walk = write("A walk", "Walks").await;
        town.clock.advance(Duration::from_secs(1));
        write("Tea", "food").await;
        let mark = |by: Id, mark: Mark| {
            let (house, walk) = (&house, &walk);
            async move {
                let mut tx = house.at.site.db.begin().await.unwrap();
                posts::mark(&mut tx, &house.at.site.here(), walk, &[by], mark).await?;
                tx.commit().await.unwrap();
                Ok::<(), PostError>(())
            }
        };
        assert!(matches!(mark(ida.persona.clone(), Mark::Pin).await, Err(PostError::NotAllowed)));
        mark(house.person.persona.clone(), Mark::Pin).await.unwrap();
        mark(house.person.persona.clone(), Mark::Close).await.unwrap();
        assert!(matches!(house.write_as(&ida.persona, "Me too", Some(&walk)).await, Err(PostError::Closed)));
        mark(house.person.persona.clone(), Mark::Reopen).await.unwrap();
        house.write_as(&ida.persona, "Me too", Some(&walk)).await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        assert_eq!(titles(&timeline::pinned(&mut conn, &house.group).await.unwrap()), ["A walk"]);
        assert_eq!(titles(&timeline::threads(&mut conn, &house.group, &Cursor::newest()).await.unwrap().items), ["Tea"]);
        assert_eq!(titles(&timeline::labelled(&mut conn, &house.group, "walks", &Cursor::newest()).await.unwrap().items), ["A walk"]);
        assert_eq!(kept::labels(&mut conn, &house.group).await.unwrap(), ["food", "Walks"]);
        assert_eq!(titles(&timeline::newest(&mut conn, std::slice::from_ref(&house.group)).await.unwrap()).len(), 2);
        drop(conn);
        house.delete(&walk, true).await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        assert_eq!(kept::labels(&mut conn, &house.group).await.unwrap(), ["food"], "a topic goes with its last thread");
    }
}

#[tokio::test]
async fn answers_and_names_concern_people_of_the_group_only() {
    for database in both().await {
        let (town, house, ida) = house_alone(database).await;
        let stranger = super::cast::person(&house.at, "Quinn", crate::features::accounts::Role::Member).await;
        let root = house.write("Good morning @Ida, @quinn and @Bo", None).await.unwrap();
        town.clock.advance(Duration::from_secs(1));
        let answer = house.write_as(&ida.persona, "Morning @Bo", Some(&root)).await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        let groups = [house.group.clone()];
        let of = async |conn: &mut crate::db::Conn, who: &Id| {
            let notices = kept::notices(conn, std::slice::from_ref(who), &groups, Timestamp::EPOCH).await.unwrap();
            notices.into_iter().map(|notice| (notice.post_id.clone(), notice.is_answer())).collect::<Vec<_>>()
        };
        assert_eq!(of(&mut conn, &ida.persona).await, [(root.to_string(), false)]);
        assert_eq!(of(&mut conn, &house.person.persona).await, [(answer.to_string(), true)], "answered and named: once, as an answer");
        assert!(of(&mut conn, &stranger.persona).await.is_empty(), "a mention is no invitation");
        drop(conn);
        house.edit(&root, "Good morning").await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        assert!(of(&mut conn, &ida.persona).await.is_empty(), "the name is gone from the text");
        drop(conn);
        let mut tx = house.at.site.db.begin().await.unwrap();
        posts::delete(&mut tx, &house.at.site.here(), &answer, std::slice::from_ref(&ida.persona), false).await.unwrap();
        tx.commit().await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        assert!(of(&mut conn, &house.person.persona).await.is_empty());
    }
}

#[tokio::test]
async fn only_the_writer_changes_and_takes_away() {
    for database in both().await {
        let (_town, house, ida) = house_alone(database).await;
        let post = house.write("Mine", None).await.unwrap();
        let others = [ida.persona.clone()];
        let here = house.at.site.here();
        let mut tx = house.at.site.db.begin().await.unwrap();
        assert!(matches!(posts::edit(&mut tx, &here, &post, &others, &super::cast::text("Yours")).await, Err(PostError::NotFound)));
        assert!(matches!(posts::delete(&mut tx, &here, &post, &others, true).await, Err(PostError::NotFound)));
        assert!(matches!(posts::undo(&mut tx, &here, &post, &others).await, Err(PostError::NotFound)));
        assert!(matches!(posts::remove(&mut tx, &here, &post, &others, "no").await, Err(PostError::NotAllowed)));
        assert!(matches!(posts::remove(&mut tx, &here, &post, &house.mine(), " ").await, Err(PostError::NoReason)));
        drop(tx);
        assert_eq!(house.state(&post).await, State::Posted);
        let mut tx = house.at.site.db.begin().await.unwrap();
        posts::remove(&mut tx, &here, &post, &house.mine(), "Rule 1").await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(house.undo(&post).await, Err(PostError::TooLate)), "what a moderator removed is not for the writer to bring back");
    }
}

#[tokio::test]
async fn drafts_stay_where_they_belong_and_go_when_posted() {
    for database in both().await {
        let (_town, house, ida) = house_alone(database).await;
        let root = house.write("Hello", None).await.unwrap();
        let here = house.at.site.here();
        let me = &ida.persona;
        let mut tx = house.at.site.db.begin().await.unwrap();
        let keep = crate::features::posts::actions::people::keep_draft;
        keep(&mut tx, &here, (me, &house.group, None), ("half a", "en", "")).await.unwrap();
        keep(&mut tx, &here, (me, &house.group, None), ("half a sentence", "nl", "x")).await.unwrap();
        keep(&mut tx, &here, (me, &house.group, Some(&root)), ("an answer", "en", "")).await.unwrap();
        tx.commit().await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        let place = kept::Place { actor: me, group: &house.group, parent: None };
        let draft = kept::draft(&mut conn, place).await.unwrap().unwrap();
        assert_eq!((draft.source.as_str(), draft.lang.as_str(), draft.label.as_str()), ("half a sentence", "nl", "x"));
        assert_eq!(kept::drafts_of(&mut conn, std::slice::from_ref(me)).await.unwrap().len(), 2);
        assert!(kept::drafts_of(&mut conn, std::slice::from_ref(&house.person.persona)).await.unwrap().is_empty());
        drop(conn);
        house.write_as(me, "an answer, posted", Some(&root)).await.unwrap();
        let mut conn = house.at.site.db.read().await.unwrap();
        assert_eq!(kept::drafts_of(&mut conn, std::slice::from_ref(me)).await.unwrap().len(), 1);
        assert_eq!(store::count(&mut conn, Some(&house.group)).await.unwrap(), 2);
        assert_eq!(store::count(&mut conn, None).await.unwrap(), 2);
    }
}
