//! The exchange of groups between three houses, row by row: A is home of the group, B and C have members in it.

use haven::base::{Id, Origin};
use haven::features::groups;
use haven::features::personas::{self, PersonaName};
use haven::features::posts::{self, State, Text};
use haven::federation::actors;
use haven::federation::ledger;
use haven::federation::partners::by_origin;
use haven::testing::database;
use haven::testing::network::Weather;
use haven::testing::site::TestSite;

use crate::houses::Scene;

async fn scenes() -> Vec<Scene> {
    let (ones, twos, threes) = (database::both().await, database::both().await, database::both().await);
    let mut scenes = Vec::new();
    for ((one, two), three) in ones.into_iter().zip(twos).zip(threes) {
        scenes.push(Scene::set([one, two, three]).await);
    }
    scenes
}

async fn is_active(site: &TestSite, group: &Id, who: &Id) -> bool {
    let mut conn = site.database.read().await.unwrap();
    groups::membership_of(&mut conn, group, who).await.unwrap().is_some_and(|membership| membership.is_active())
}

#[tokio::test]
async fn a_post_from_another_house_reaches_all_and_says_nothing_of_its_writers_house() {
    for scene in scenes().await {
        assert!(is_active(&scene.b, &scene.at_b, &scene.bo.persona.id).await, "rows 1 and 2: Bo is in");
        assert!(is_active(&scene.c, &scene.at_c, &scene.cis.persona.id).await, "rows 1 and 2: Cis is in");
        let (own, uri) = scene.bo_writes("Good morning from the canal").await;
        assert_eq!(uri.origin().as_str(), "http://a.test", "every object of a group has its home's origin");
        let mine = scene.b.post_of(&own).await.unwrap();
        assert_eq!(mine.state, State::Posted, "rows 3 and 4: taken by the home");
        for (site, name) in [(&scene.a, "the home"), (&scene.c, "the other house")] {
            let copy = site.post_at(&uri).await.unwrap_or_else(|| panic!("{name} has the post"));
            assert_eq!(copy.source.trim(), "Good morning from the canal");
            assert_eq!(copy.author_name, "Bo");
            assert!(copy.author_uri.starts_with("http://a.test/p/"), "written by the guest persona that the home keeps");
        }
        let to_c: Vec<_> = scene.town.network.log().into_iter().filter(|call| call.to == "c.test").collect();
        assert!(!to_c.is_empty());
        for call in to_c {
            assert!(!call.body.contains(scene.bo.persona.uri.as_str()), "C never sees Bo's own address");
            assert!(!call.body.contains(mine.origin_uri.as_ref().unwrap().as_str()), "C never sees Bo's own object id");
            if !call.body.contains("sharedWith") {
                assert!(!call.body.contains("b.test"), "nothing that C gets about the post names Bo's house: {}", call.body);
            }
        }
    }
}

#[tokio::test]
async fn an_answer_an_edit_and_a_deletion_reach_everybody_with_receipts() {
    for scene in scenes().await {
        let (own, uri) = scene.bo_writes("Who comes for a walk?").await;
        let at_c = scene.c.post_at(&uri).await.unwrap().id;
        let answer = scene.c.write(&scene.cis.persona.id, &scene.at_c, "I do", Some(&at_c)).await;
        scene.settle().await;
        let answer_uri = scene.c.post_of(&answer).await.unwrap().uri.unwrap();
        let at_b = scene.b.post_at(&answer_uri).await.expect("B has the answer");
        assert_eq!(at_b.parent, Some(own.clone()), "it answers Bo's own row");

        let text = Text::typed("Who comes for a long walk?", "en", "").unwrap();
        let mut tx = scene.b.database.begin().await.unwrap();
        posts::edit(&mut tx, &scene.b.site.here(), &own, &scene.bo.mine(), &text).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        for site in [&scene.a, &scene.b, &scene.c] {
            assert_eq!(site.post_at(&uri).await.unwrap().source.trim(), "Who comes for a long walk?", "{}", site.host);
        }

        let mut tx = scene.b.database.begin().await.unwrap();
        posts::delete(&mut tx, &scene.b.site.here(), &own, &scene.bo.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        for site in [&scene.a, &scene.c] {
            let gone = site.post_at(&uri).await.unwrap();
            assert_eq!((gone.state, gone.source.as_str()), (State::Deleted, ""), "{}", site.host);
        }
        let mine = scene.b.post_of(&own).await.unwrap();
        assert_eq!((mine.told, mine.confirmed), (2, 2), "row 8: two houses were told and two confirmed");
    }
}

#[tokio::test]
async fn a_moderator_of_another_house_removes_with_a_reason() {
    for scene in scenes().await {
        let (own, uri) = scene.bo_writes("Something against the rules").await;
        // Cis is made moderator by the host, through her guest persona at the home.
        let mut tx = scene.a.database.begin().await.unwrap();
        let known = actors::by_uri(&mut tx, &scene.cis.persona.uri).await.unwrap().expect("Cis is known at the home");
        let guest = groups::guest_of(&mut tx, &scene.group.id, &known.id).await.unwrap().expect("as a guest");
        let membership = groups::membership_of(&mut tx, &scene.group.id, &guest.actor).await.unwrap().expect("and a member");
        let host = scene.anna.persona.id.clone();
        groups::set_role(&mut tx, &scene.a.site.here(), (&scene.group.id, &host), &membership.id, groups::Role::Moderator).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        let at_c = scene.c.post_at(&uri).await.unwrap().id;
        let mut tx = scene.c.database.begin().await.unwrap();
        posts::remove(&mut tx, &scene.c.site.here(), &at_c, &scene.cis.mine(), "rule 3: no details").await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        assert_eq!(scene.a.post_at(&uri).await.unwrap().state, State::Removed);
        assert_eq!(scene.c.post_at(&uri).await.unwrap().state, State::Removed);
        let told = scene.b.post_of(&own).await.unwrap();
        assert_eq!(told.state, State::Removed);
        assert!(told.reason.contains("rule 3"), "the writer gets the reason: {}", told.reason);
    }
}

#[tokio::test]
async fn leaving_and_returning_take_effect_at_once() {
    for scene in scenes().await {
        let mut tx = scene.b.database.begin().await.unwrap();
        groups::leave(&mut tx, &scene.b.site.here(), &scene.at_b, &scene.bo.persona.id, true).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        scene.a.write(&scene.anna.persona.id, &scene.group.id, "Without Bo", None).await;
        scene.settle().await;
        let before = scene.town.network.log().iter().filter(|call| call.to == "b.test" && call.body.contains("Without Bo")).count();
        assert_eq!(before, 0, "nothing goes to a house without members in the group");
        scene.b.join(&scene.bo.persona.id, &scene.group.uri).await;
        scene.settle().await;
        assert!(is_active(&scene.b, &scene.at_b, &scene.bo.persona.id).await);
        let (_, uri) = scene.bo_writes("Here I am again").await;
        assert_eq!(scene.c.post_at(&uri).await.unwrap().author_name, "Bo");
    }
}

#[tokio::test]
async fn lost_doubled_and_broken_calls_change_nothing_in_the_end() {
    for scene in scenes().await {
        use Weather::{AnswerLost, Broken, Clear, Doubled, Lost};
        scene.town.network.forecast([Lost, Doubled, AnswerLost, Broken, Doubled, Clear, AnswerLost, Lost, Doubled]);
        let own = scene.b.write(&scene.bo.persona.id, &scene.at_b, "Through the storm", None).await;
        for _ in 0..40 {
            scene.settle().await;
            scene.town.clock.advance(std::time::Duration::from_secs(90));
        }
        let uri = scene.b.post_of(&own).await.unwrap().uri.expect("taken in the end");
        for site in [&scene.a, &scene.b, &scene.c] {
            let mut conn = site.database.read().await.unwrap();
            assert_eq!(posts::count(&mut conn, None).await.unwrap(), 1, "once at {}", site.host);
        }
        assert!(scene.c.post_at(&uri).await.is_some());
    }
}

#[tokio::test]
async fn a_refused_post_comes_back_with_the_reason_and_its_text() {
    for scene in scenes().await {
        let (own, uri) = scene.bo_writes("A thread that will be closed").await;
        let root = scene.a.post_at(&uri).await.unwrap().id;
        let mut tx = scene.a.database.begin().await.unwrap();
        posts::mark(&mut tx, &scene.a.site.here(), &root, &scene.anna.mine(), posts::Mark::Close).await.unwrap();
        tx.commit().await.unwrap();
        // Bo answers before the news has reached B.
        let late = scene.b.write(&scene.bo.persona.id, &scene.at_b, "One more thing", Some(&own)).await;
        scene.settle().await;
        let refused = scene.b.post_of(&late).await.unwrap();
        assert_eq!(refused.state, State::Refused);
        assert_eq!(refused.source.trim(), "One more thing", "the text is kept");
        assert!(!refused.reason.is_empty());
    }
}

#[tokio::test]
async fn a_new_name_takes_the_place_of_the_old_one_everywhere() {
    for scene in scenes().await {
        let (_, of_bo) = scene.bo_writes("Good morning").await;
        let of_anna = scene.a.write(&scene.anna.persona.id, &scene.group.id, "Hello you two", None).await;
        scene.settle().await;
        for (site, person, name) in [(&scene.b, &scene.bo, "Wren"), (&scene.a, &scene.anna, "Heron")] {
            let name = PersonaName::parse(name).unwrap();
            let mut tx = site.site.db.begin().await.unwrap();
            personas::rename(&mut tx, &site.site.here(), &person.account, (&person.persona.id, &name)).await.unwrap();
            tx.commit().await.unwrap();
        }
        scene.settle().await;
        let of_anna = scene.a.post_of(&of_anna).await.unwrap().uri.unwrap();
        for (site, uri, name, old) in [
            (&scene.a, &of_bo, "Wren", "Bo"),
            (&scene.c, &of_bo, "Wren", "Bo"),
            (&scene.b, &of_anna, "Heron", "Anna"),
            (&scene.c, &of_anna, "Heron", "Anna"),
        ] {
            let post = site.post_at(uri).await.unwrap();
            let mut conn = site.site.db.read().await.unwrap();
            let author = actors::by_id(&mut conn, &post.author).await.unwrap().unwrap();
            assert_eq!(author.name, name, "at {}", site.site.here().origin);
            let (left,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM actors WHERE name = $1").bind(old).fetch_one(conn.sql()).await.unwrap();
            assert_eq!(left, 0, "the old name stays at {}", site.site.here().origin);
        }
        for (site, group) in [(&scene.b, &scene.at_b), (&scene.c, &scene.at_c)] {
            let mut conn = site.site.db.read().await.unwrap();
            let group = groups::load(&mut conn, group).await.unwrap().unwrap();
            assert_eq!(group.host_name, "Heron", "the host on the page of the group");
        }
    }
}

/// A gets these houses as readers of a group.
async fn read_by(site: &TestSite, group: &Id, host: &Id, others: &[&str]) {
    let mut tx = site.database.begin().await.unwrap();
    let mut partners = Vec::new();
    for other in others {
        let origin = Origin::parse(&format!("http://{other}")).unwrap();
        partners.push(by_origin(&mut tx, &origin).await.unwrap().unwrap().id);
    }
    groups::set_readers(&mut tx, &site.site.here(), group, host, &partners).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_post_that_comes_late_is_not_for_a_house_that_came_meanwhile() {
    for scene in scenes().await {
        read_by(&scene.a, &scene.group.id, &scene.anna.persona.id, &["b.test"]).await;
        scene.settle().await;
        scene.town.network.cut("a.test", "b.test");
        let own = scene.b.write(&scene.bo.persona.id, &scene.at_b, "For the two of us", None).await;
        scene.settle().await;
        read_by(&scene.a, &scene.group.id, &scene.anna.persona.id, &["b.test", "c.test"]).await;
        scene.settle().await;
        scene.c.join(&scene.cis.persona.id, &scene.group.uri).await;
        scene.settle().await;
        assert!(is_active(&scene.c, &scene.at_c, &scene.cis.persona.id).await, "C reads the group now");
        scene.town.network.mend();
        for _ in 0..10 {
            scene.town.clock.advance(std::time::Duration::from_mins(10));
            scene.settle().await;
        }
        let mine = scene.b.post_of(&own).await.unwrap();
        let uri = mine.uri.clone().expect("taken by the home in the end");
        assert_eq!(scene.a.post_at(&uri).await.unwrap().source.trim(), "For the two of us");
        assert!(scene.c.post_at(&uri).await.is_none(), "C came after what the writer was shown");
        let to_c = scene.town.network.log().into_iter().filter(|call| call.to == "c.test" || call.by == "c.test");
        assert!(to_c.clone().count() > 0);
        assert!(to_c.into_iter().all(|call| !call.body.contains("the two of us") && !call.answer.contains("the two of us")));
        let mut conn = scene.b.database.read().await.unwrap();
        let told = ledger::of_things(&mut conn, &[mine.origin_uri.unwrap()]).await.unwrap();
        assert!(!told.is_empty() && told.iter().all(|line| line.onward.is_empty()), "B's ledger says that it went to A alone");
        drop(conn);
        // What is written after the longer list was shown goes to all.
        let (_, uri) = scene.bo_writes("For all three of us").await;
        assert_eq!(scene.c.post_at(&uri).await.unwrap().source.trim(), "For all three of us");
    }
}

#[tokio::test]
async fn a_text_for_a_group_that_is_not_shared_any_more_comes_back_to_its_writer() {
    for scene in scenes().await {
        scene.town.network.cut("a.test", "b.test");
        let own = scene.b.write(&scene.bo.persona.id, &scene.at_b, "Are you still there?", None).await;
        scene.settle().await;
        read_by(&scene.a, &scene.group.id, &scene.anna.persona.id, &["c.test"]).await;
        scene.settle().await;
        assert_eq!(scene.b.post_of(&own).await.unwrap().state, State::Waiting, "B does not know yet");
        scene.town.network.mend();
        for _ in 0..10 {
            scene.town.clock.advance(std::time::Duration::from_mins(10));
            scene.settle().await;
        }
        let back = scene.b.post_of(&own).await.unwrap();
        assert_eq!((back.state, back.reason.as_str()), (State::Refused, "not-shared"));
        assert_eq!(back.source.trim(), "Are you still there?", "with its text");
        // Without being in the group any more.
        let page = scene.b.get("/me/waiting", Some(&scene.bo.cookie)).await;
        assert!(page.text.contains("Are you still there?") && page.text.contains("not open to our house any more"), "{}", page.text);
        let again = scene.b.get(&format!("/o/{own}/again"), Some(&scene.bo.cookie)).await;
        assert!(again.status.is_success() && again.text.contains("Are you still there?"), "a text to copy: {}", again.text);
        let mut conn = scene.a.database.read().await.unwrap();
        assert_eq!(posts::count(&mut conn, None).await.unwrap(), 0, "nothing of it stands at A");
    }
}

#[tokio::test]
async fn what_an_outage_lost_is_read_again_and_nothing_from_before() {
    for scene in scenes().await {
        let mut tx = scene.b.database.begin().await.unwrap();
        groups::leave(&mut tx, &scene.b.site.here(), &scene.at_b, &scene.bo.persona.id, true).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        let minute = std::time::Duration::from_mins(1);
        scene.town.clock.advance(minute);
        scene.a.write(&scene.anna.persona.id, &scene.group.id, "While Bo was away", None).await;
        scene.settle().await;
        scene.town.clock.advance(minute);
        scene.b.join(&scene.bo.persona.id, &scene.group.uri).await;
        scene.settle().await;
        assert!(is_active(&scene.b, &scene.at_b, &scene.bo.persona.id).await);
        // Eight lost on the way, so that more than one page is needed; one of them is deleted meanwhile.
        scene.town.clock.advance(minute);
        scene.town.network.cut("a.test", "b.test");
        let mut lost = Vec::new();
        for number in 0..8 {
            scene.town.clock.advance(minute);
            lost.push(scene.a.write(&scene.anna.persona.id, &scene.group.id, &format!("Lost {number} on the way"), None).await);
        }
        scene.settle().await;
        let mut tx = scene.a.database.begin().await.unwrap();
        let given_up = "UPDATE deliveries SET state = 'gave_up' WHERE state = 'waiting'";
        assert!(sqlx::query(given_up).execute(tx.sql()).await.unwrap().rows_affected() >= 8);
        tx.commit().await.unwrap();
        let mut tx = scene.a.database.begin().await.unwrap();
        posts::delete(&mut tx, &scene.a.site.here(), &lost[3], &scene.anna.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        scene.town.network.mend();
        for _ in 0..3 {
            scene.town.clock.advance(std::time::Duration::from_hours(25));
            scene.settle().await;
        }
        let mut uris = Vec::new();
        for id in &lost {
            uris.push(scene.a.post_of(id).await.unwrap().uri.unwrap());
        }
        for (number, uri) in uris.iter().enumerate() {
            let copy = scene.b.post_at(uri).await;
            let words = copy.filter(|copy| copy.state == State::Posted).map(|copy| (copy.author_name, copy.source.trim().to_owned()));
            let expected = (number != 3).then(|| ("Anna".to_owned(), format!("Lost {number} on the way")));
            assert_eq!(words, expected, "{number}");
        }
        let mut conn = scene.b.database.read().await.unwrap();
        assert_eq!(posts::count(&mut conn, None).await.unwrap(), 7, "once each, and nothing from while nobody of B was in the group");
        drop(conn);
        let log = scene.town.network.log();
        let pages: Vec<_> =
            log.iter().filter(|call| call.by == "b.test" && call.method == "GET" && call.target.contains("/outbox?page=")).collect();
        assert!(pages.len() >= 2, "page by page");
        assert!(pages.iter().all(|call| !call.answer.contains("While Bo was away")), "nothing from before its members joined");
        // What was read is told of like everything else: a deletion reaches it.
        let mut tx = scene.a.database.begin().await.unwrap();
        posts::delete(&mut tx, &scene.a.site.here(), &lost[0], &scene.anna.mine(), true).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        let gone = scene.b.post_at(&uris[0]).await.unwrap();
        assert_eq!((gone.state, gone.source.as_str()), (State::Deleted, ""));
    }
}
