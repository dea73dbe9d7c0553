//! Reports and worries between three houses, through their pages: A is home of the group, Bo of B writes, Cis of C and Anna of A
//! see it. Nobody who told something is named in any byte; a person takes a worry, or whoever is worried reads that nobody is there.

use std::time::Duration;

use haven::audit::By;
use haven::base::{Id, Timestamp};
use haven::features::accounts::Role;
use haven::features::groups::{Group, JoinRule};
use haven::features::posts::State;
use haven::features::takeout;
use haven::testing::database::{self, TestDb};
use haven::testing::network::Logged;
use haven::testing::pages::assert_page_is_sound;
use haven::testing::people::Person;
use haven::testing::site::{Seen, TestSite, Town};
use http::StatusCode;

use crate::houses::Three;

/// A Tuesday at ten in the morning on the wall: within the hours that a new house declares.
const ON_SHIFT: &str = "2026-03-03T09:00:00Z";
/// A Saturday at noon.
const OFF_SHIFT: &str = "2026-03-07T11:00:00Z";
const NOBODY: &str = "Nobody on shift – stay with the writer, offer Help now.";
const TAKEN: &str = "A person has taken it.";

struct Scene {
    town: Town,
    a: TestSite,
    b: TestSite,
    c: TestSite,
    /// Host of the group at A.
    anna: Person,
    /// Keeps people of A safe; not in the group.
    max: Person,
    bo: Person,
    /// Keeps people of B safe; not in the group.
    mia: Person,
    cis: Person,
    group: Group,
    /// Bo's post, as each house calls it.
    at_a: Id,
    at_b: Id,
    at_c: Id,
}

impl Scene {
    async fn set(databases: [TestDb; 3], moment: &str) -> Self {
        let town = Town::default();
        town.clock.set(Timestamp::parse_rfc3339(moment).unwrap());
        let Three { town, a, b, c } = Three::open_in(town, databases).await;
        let anna = a.person("Anna", Role::Member).await;
        let max = a.person("Maximilian", Role::Moderator).await;
        let bo = b.person("Bo", Role::Member).await;
        let mia = b.person("Mia", Role::Moderator).await;
        let cis = c.person("Cis", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test", "c.test"]).await;
        let sites = [&a, &b, &c];
        town.settle(&sites).await.unwrap();
        let group_b = b.join(&bo.persona.id, &group.uri).await;
        c.join(&cis.persona.id, &group.uri).await;
        town.settle(&sites).await.unwrap();
        let at_b = b.write(&bo.persona.id, &group_b, "Kvist: I cannot go on", None).await;
        town.settle(&sites).await.unwrap();
        let uri = b.post_of(&at_b).await.unwrap().uri.unwrap();
        let at_a = a.post_at(&uri).await.unwrap().id;
        let at_c = c.post_at(&uri).await.unwrap().id;
        Self { town, a, b, c, anna, max, bo, mia, cis, group, at_a, at_b, at_c }
    }

    async fn settle(&self) {
        self.town.settle(&[&self.a, &self.b, &self.c]).await.unwrap();
    }

    /// Time goes on in steps, with everything that is due at each.
    async fn minutes(&self, minutes: u64) {
        for _ in 0..minutes {
            self.town.clock.advance(Duration::from_mins(1));
            self.settle().await;
        }
    }

    fn sent_since(&self, before: usize) -> Vec<Logged> {
        self.town.network.log().split_off(before)
    }
}

async fn scenes(moment: &str) -> Vec<Scene> {
    let (ones, twos, threes) = (database::both().await, database::both().await, database::both().await);
    let mut scenes = Vec::new();
    for ((one, two), three) in ones.into_iter().zip(twos).zip(threes) {
        scenes.push(Scene::set([one, two, three], moment).await);
    }
    scenes
}

/// A page that is there and sound.
async fn page(site: &TestSite, who: &Person, path: &str) -> String {
    let seen = site.get(path, Some(&who.cookie)).await;
    assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.text);
    assert_page_is_sound(&seen.text);
    seen.text
}

/// A form that leads on. Gives the path.
async fn done(site: &TestSite, who: &Person, path: &str, fields: &[(&str, &str)]) -> String {
    let seen = site.post(path, Some(&who.cookie), fields).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{path}: {}", seen.text);
    seen.location.unwrap().split('?').next().unwrap().to_owned()
}

async fn refused(site: &TestSite, who: &Person, path: &str, fields: &[(&str, &str)]) -> Seen {
    let seen = site.post(path, Some(&who.cookie), fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    seen
}

/// The paths of the cases that somebody sees on the desk.
async fn desk(site: &TestSite, who: &Person) -> Vec<String> {
    let text = page(site, who, "/desk/cases").await;
    let paths = text.split("href=\"/desk/cases/").skip(1).filter_map(|rest| rest.split('"').next());
    paths.filter(|path| path.len() == 26).map(|path| format!("/desk/cases/{path}")).collect()
}

async fn the_case(site: &TestSite, who: &Person) -> String {
    let cases = desk(site, who).await;
    assert_eq!(cases.len(), 1, "one case on the desk");
    cases[0].clone()
}

async fn worry(site: &TestSite, who: &Person, post: &Id) -> String {
    page(site, who, &format!("/o/{post}/worry")).await;
    done(site, who, &format!("/o/{post}/worry"), &[("category", "risk"), ("words", "Sounds like goodbye")]).await
}

fn is_about_a_case(call: &Logged) -> bool {
    call.body.contains("Flag") || call.body.contains("Sounds like goodbye") || call.body.contains("haven:outcome")
}

#[tokio::test]
async fn a_report_goes_to_the_home_and_nobody_is_named() {
    for scene in scenes(ON_SHIFT).await {
        let Scene { a, b, c, anna, max, bo, cis, .. } = &scene;
        let path = format!("/o/{}/report", scene.at_c);
        page(c, cis, &path).await;
        refused(c, cis, &path, &[("category", ""), ("words", "x")]).await;
        let fields = [("category", "method"), ("words", "It says exactly how"), ("may_talk", "on")];
        let preview = c.post(&path, Some(&cis.cookie), &fields).await;
        assert_page_is_sound(&preview.text);
        assert!(preview.text.contains("It says exactly how") && preview.text.contains("Your name is not sent."));
        let before = scene.town.network.log().len();
        scene.settle().await;
        assert_eq!(scene.sent_since(before).len(), 0, "nothing goes before it was seen");
        let mine = done(c, cis, &path, &[fields[0], fields[1], ("sure", "yes")]).await;
        scene.settle().await;
        assert!(page(c, cis, &mine).await.contains("Nobody has taken it yet"));

        let case = the_case(a, anna).await;
        let text = page(a, anna, &case).await;
        assert!(text.contains("It says exactly how") && text.contains("Kvist") && !text.contains("Cis"));
        assert_eq!(a.get(&case, Some(&max.cookie)).await.status, StatusCode::NOT_FOUND, "a case of the group's moderators");
        done(a, anna, &format!("{case}/take"), &[]).await;
        scene.settle().await;
        assert!(page(c, cis, &mine).await.contains(TAKEN));
        refused(a, anna, &format!("{case}/close"), &[("outcome", "removed")]).await;
        let back = refused(a, anna, &format!("{case}/remove"), &[("reason", " ")]).await;
        assert_page_is_sound(&back.text);
        done(a, anna, &format!("{case}/remove"), &[("reason", "No details of methods. Shall we call you?")]).await;
        done(a, anna, &format!("{case}/close"), &[("outcome", "removed")]).await;
        scene.settle().await;
        assert!(page(c, cis, &mine).await.contains("The post was removed."));
        assert!(page(c, cis, "/").await.contains("There is news about something you told us."));
        for call in scene.sent_since(before) {
            for name in ["Cis", cis.persona.id.as_str(), "Anna"] {
                assert!(!call.body.contains(name), "{name} in {}", call.body);
            }
            assert!(!call.body.contains("\"Flag\"") || call.body.contains("\"actor\":\"http://c.test/actor\""), "{}", call.body);
        }
        appeal(&scene, (b, bo), (a, anna, max), &case).await;
    }
}

/// Bo reads why, and asks for somebody else, who is never the one who removed it.
async fn appeal(scene: &Scene, (b, bo): (&TestSite, &Person), (a, anna, max): (&TestSite, &Person, &Person), case: &str) {
    let notice = format!("/o/{}/notice", scene.at_b);
    let text = page(b, bo, &notice).await;
    assert!(text.contains("Shall we call you?") && text.contains("Ask somebody else to look again"), "{text}");
    assert!(page(b, bo, "/").await.contains(&notice), "the first page leads there and says no more");
    done(b, bo, &format!("/o/{}/appeal", scene.at_b), &[("words", "I wrote no method")]).await;
    refused(b, bo, &format!("/o/{}/appeal", scene.at_b), &[]).await;
    scene.settle().await;
    assert_eq!(the_case(a, anna).await, case, "it goes on as the same case");
    refused(a, anna, &format!("{case}/take"), &[]).await;
    let text = page(a, max, case).await;
    assert!(text.contains("I wrote no method") && !text.contains("Kvist"), "he does not moderate the group, so no text");
    done(a, max, &format!("{case}/take"), &[]).await;
    done(a, max, &format!("{case}/close"), &[("outcome", "again")]).await;
    scene.settle().await;
    assert!(page(b, bo, &notice).await.contains("It may be posted again."));
}

#[tokio::test]
async fn a_person_of_the_writers_house_takes_a_worry() {
    for scene in scenes(ON_SHIFT).await {
        let Scene { a, b, anna, bo, mia, .. } = &scene;
        let before = scene.town.network.log().len();
        let mine = worry(a, anna, &scene.at_a).await;
        assert!(page(a, anna, &mine).await.contains("A person should take it before 10:30"));
        scene.settle().await;
        let case = the_case(b, mia).await;
        let text = page(b, mia, &case).await;
        assert!(text.contains("Sounds like goodbye") && text.contains("Bo"), "{text}");
        assert!(!text.contains("Kvist"), "she does not moderate the group, so no text");
        assert_eq!(b.get(&case, Some(&bo.cookie)).await.status, StatusCode::NOT_FOUND, "nobody sees a case about themselves");
        assert_eq!(b.get("/desk/cases", Some(&bo.cookie)).await.status, StatusCode::FORBIDDEN);
        assert!(!page(a, anna, &mine).await.contains(TAKEN), "only a person takes it");
        done(b, mia, &format!("{case}/take"), &[]).await;
        scene.settle().await;
        assert!(page(a, anna, &mine).await.contains(TAKEN));
        scene.minutes(35).await;
        assert!(page(a, anna, &mine).await.contains(TAKEN), "the promised time does not undo it");
        assert_eq!(done(b, mia, &format!("{case}/who"), &[]).await, format!("/people/{}", bo.account));
        done(b, mia, &format!("{case}/talk"), &[]).await;
        done(b, mia, &format!("{case}/close"), &[("outcome", "talked")]).await;
        scene.settle().await;
        assert!(page(a, anna, &mine).await.contains("Somebody talked with the writer."));
        for call in scene.sent_since(before) {
            assert!(!call.body.contains("Anna") && !call.body.contains(anna.persona.id.as_str()), "{}", call.body);
            assert!(call.to != "c.test" || !is_about_a_case(&call), "C hears nothing of it");
        }
    }
}

/// Whoever paused everything is not seen at home, and is read on where the post was told of: there somebody may worry.
#[tokio::test]
async fn a_worry_about_who_takes_a_break_reaches_somebody() {
    for scene in scenes(ON_SHIFT).await {
        let Scene { a, c, anna, max, cis, group, .. } = &scene;
        let post = a.write(&anna.persona.id, &group.id, "Kvist: everything is too much", None).await;
        scene.settle().await;
        let uri = a.post_of(&post).await.unwrap().uri.unwrap();
        let at_c = c.post_at(&uri).await.unwrap().id;
        let mut tx = a.database.begin().await.unwrap();
        takeout::freeze(&mut tx, &a.site.here(), &anna.account, By::person(anna.account.as_str(), "member"), false).await.unwrap();
        tx.commit().await.unwrap();
        scene.settle().await;
        assert_eq!(c.post_at(&uri).await.unwrap().state, State::Posted, "the copy is read on");
        let mine = worry(c, cis, &at_c).await;
        scene.settle().await;
        let case = the_case(a, max).await;
        assert!(page(a, max, &case).await.contains("Sounds like goodbye"));
        done(a, max, &format!("{case}/take"), &[]).await;
        scene.settle().await;
        assert!(page(c, cis, &mine).await.contains(TAKEN));
    }
}

#[tokio::test]
async fn outside_the_staffed_hours_the_answer_comes_at_once() {
    for scene in scenes(OFF_SHIFT).await {
        let Scene { a, b, anna, mia, .. } = &scene;
        let mine = worry(a, anna, &scene.at_a).await;
        scene.settle().await;
        let text = page(a, anna, &mine).await;
        assert!(text.contains(NOBODY) && text.contains("href=\"/help\""), "{text}");
        let case = the_case(b, mia).await;
        done(b, mia, &format!("{case}/take"), &[]).await;
        scene.settle().await;
        assert!(page(a, anna, &mine).await.contains(TAKEN), "a person who comes later is still a person");
        // In the own house it is the same.
        let own = a.write(&anna.persona.id, &scene.group.id, "A hard night", None).await;
        scene.settle().await;
        let at_b = scene.b.post_at(&a.post_of(&own).await.unwrap().uri.unwrap()).await.unwrap().id;
        let far = worry(b, &scene.bo, &at_b).await;
        scene.settle().await;
        assert!(page(b, &scene.bo, &far).await.contains(NOBODY));
        assert_eq!(desk(a, &scene.max).await.len(), 1, "the writer is of A, so it is looked after there");
    }
}

#[tokio::test]
async fn a_house_that_does_not_answer_is_nobody_on_shift() {
    for scene in scenes(ON_SHIFT).await {
        let Scene { a, b, anna, mia, .. } = &scene;
        scene.town.network.unplug("b.test");
        let mine = worry(a, anna, &scene.at_a).await;
        scene.minutes(29).await;
        assert!(!page(a, anna, &mine).await.contains(NOBODY));
        scene.minutes(2).await;
        assert!(page(a, anna, &mine).await.contains(NOBODY));
        assert!(page(a, anna, "/reports").await.contains("Nobody is on shift."));
        scene.town.network.plug("b.test", b.router.clone());
        scene.minutes(60).await;
        let case = the_case(b, mia).await;
        assert!(page(b, mia, "/desk/cases").await.contains("overdue"));
        assert!(page(b, mia, &case).await.contains("Nobody has taken this."));
        assert!(page(b, mia, "/desk").await.contains("Later than promised: 1"));
        done(b, mia, &format!("{case}/take"), &[]).await;
        scene.settle().await;
        assert!(page(a, anna, &mine).await.contains(TAKEN));
    }
}

#[tokio::test]
async fn a_worry_from_a_third_house_is_handed_on_and_nobody_learns_whose_the_writer_is() {
    for scene in scenes(ON_SHIFT).await {
        let Scene { b, c, mia, cis, bo, .. } = &scene;
        let before = scene.town.network.log().len();
        let mine = worry(c, cis, &scene.at_c).await;
        scene.settle().await;
        assert_eq!(desk(&scene.a, &scene.max).await.len(), 0, "the home only hands it on");
        let case = the_case(b, mia).await;
        assert!(page(b, mia, &case).await.contains("Sounds like goodbye"));
        scene.town.network.unplug("b.test");
        scene.minutes(31).await;
        assert!(page(c, cis, &mine).await.contains(NOBODY));
        // B comes back, and the house between is away when a person takes it.
        scene.town.network.plug("b.test", b.router.clone());
        scene.town.network.unplug("a.test");
        done(b, mia, &format!("{case}/take"), &[]).await;
        scene.minutes(2).await;
        assert!(page(c, cis, &mine).await.contains(NOBODY));
        scene.town.network.plug("a.test", scene.a.router.clone());
        scene.minutes(60).await;
        assert!(page(c, cis, &mine).await.contains(TAKEN));
        let own = b.post_of(&scene.at_b).await.unwrap().origin_uri.unwrap();
        let told: Vec<Logged> = scene.sent_since(before).into_iter().filter(is_about_a_case).collect();
        assert!(!told.is_empty());
        for call in told {
            for name in ["Cis", cis.persona.id.as_str()] {
                assert!(!call.body.contains(name), "{name} in {}", call.body);
            }
            if call.to == "c.test" {
                for name in ["b.test", own.as_str(), bo.persona.uri.as_str()] {
                    assert!(!call.body.contains(name), "{name} in {}", call.body);
                }
            }
            if call.to == "b.test" {
                assert!(!call.body.contains("c.test"), "{}", call.body);
            }
        }
    }
}
