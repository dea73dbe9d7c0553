//! The exchange of groups between three houses, row by row: A is home of the group, B and C have members in it.

use haven::base::{Id, Iri};
use haven::features::accounts::Role;
use haven::features::groups::{self, Group, JoinRule};
use haven::features::posts::{self, State, Text};
use haven::federation::actors;
use haven::testing::database::{self, TestDb};
use haven::testing::network::Weather;
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};

struct Scene {
    town: Town,
    a: TestSite,
    b: TestSite,
    c: TestSite,
    anna: Person,
    bo: Person,
    cis: Person,
    group: Group,
    at_b: Id,
    at_c: Id,
}

impl Scene {
    async fn set(databases: [TestDb; 3]) -> Self {
        let [one, two, three] = databases;
        let town = Town::default();
        let a = town.open("a.test", one, 1).await.unwrap();
        let b = town.open("b.test", two, 2).await.unwrap();
        let c = town.open("c.test", three, 3).await.unwrap();
        town.befriend(&a, &b).await;
        town.befriend(&a, &c).await;
        let anna = a.person("Anna", Role::Member).await;
        let bo = b.person("Bo", Role::Member).await;
        let cis = c.person("Cis", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test", "c.test"]).await;
        let sites = [&a, &b, &c];
        town.settle(&sites).await.unwrap();
        let at_b = b.join(&bo.persona.id, &group.uri).await;
        let at_c = c.join(&cis.persona.id, &group.uri).await;
        town.settle(&sites).await.unwrap();
        Self { town, a, b, c, anna, bo, cis, group, at_b, at_c }
    }

    async fn settle(&self) {
        self.town.settle(&[&self.a, &self.b, &self.c]).await.unwrap();
    }

    /// Bo writes, and everybody has it. Gives Bo's own id of the post and the address the home gave it.
    async fn bo_writes(&self, text: &str) -> (Id, Iri) {
        let own = self.b.write(&self.bo.persona.id, &self.at_b, text, None).await;
        self.settle().await;
        let uri = self.b.post_of(&own).await.unwrap().uri.expect("the home gave it an address");
        (own, uri)
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
