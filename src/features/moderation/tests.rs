//! Cases in one house and Flags that must have no effect, on both engines.

use std::time::Duration;

use http::StatusCode;

use super::actions::{self, CaseError, desk};
use super::case::{Case, Category, Kind, Outcome, Report, State, Status};
use super::sight::Viewer;
use super::store::{self, reports};
use super::wire::{self, Told};
use super::{Telling, today};
use crate::audit::{self, Filter};
use crate::base::{Id, Iri, Timestamp};
use crate::features::accounts::Role;
use crate::features::groups::{self, Group, JoinRule};
use crate::features::posts;
use crate::federation::activity::{Outbound, Shape};
use crate::federation::actors;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners;
use crate::testing::database::{self, TestDb};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{TestSite, Town};

/// One house: Anna hosts the group, Bram and Ida are in it, Mo moderates it, Max keeps the house safe and is not in it.
struct House {
    town: Town,
    at: TestSite,
    anna: Person,
    mo: Person,
    bram: Person,
    ida: Person,
    max: Person,
    group: Group,
    /// Bram's.
    post: Id,
}

impl House {
    async fn set(database: TestDb) -> Self {
        let town = Town::default();
        town.clock.set(Timestamp::parse_rfc3339("2026-03-03T09:00:00Z").unwrap());
        let at = town.open("a.test", database, 1).await.unwrap();
        let anna = at.person("Anna", Role::Host).await;
        let mo = at.person("Mo", Role::Member).await;
        let bram = at.person("Bram", Role::Member).await;
        let ida = at.person("Ida", Role::Member).await;
        let max = at.person("Maximilian", Role::Moderator).await;
        let group = at.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &[]).await;
        for who in [&mo, &bram, &ida] {
            at.join(&who.persona.id, &group.uri).await;
        }
        let mut tx = at.database.begin().await.unwrap();
        let membership = groups::membership_of(&mut tx, &group.id, &mo.persona.id).await.unwrap().unwrap();
        let by = (&group.id, &anna.persona.id);
        groups::set_role(&mut tx, &at.site.here(), by, &membership.id, groups::Role::Moderator).await.unwrap();
        tx.commit().await.unwrap();
        let post = at.write(&bram.persona.id, &group.id, "Canary kvist", None).await;
        Self { town, at, anna, mo, bram, ida, max, group, post }
    }

    async fn viewer(&self, who: &Person) -> Viewer {
        let mut conn = self.at.database.read().await.unwrap();
        let role = if who.account == self.max.account { Role::Moderator } else { Role::Member };
        Viewer::load(&mut conn, &who.account, role).await.unwrap()
    }

    async fn tell(&self, who: &Person, kind: Kind, category: Category, may_talk: bool) -> Result<Id, CaseError> {
        let mine = who.mine();
        let telling = Telling { post: &self.post, mine: &mine, kind, category, words: "Canary melding", may_talk };
        let mut tx = self.at.database.begin().await.unwrap();
        let told = actions::tell(&mut tx, &self.at.site.here(), &telling).await?;
        tx.commit().await.unwrap();
        Ok(told)
    }

    async fn report(&self, id: &Id) -> Report {
        let mut conn = self.at.database.read().await.unwrap();
        reports::by_id(&mut conn, id).await.unwrap().unwrap()
    }

    async fn case(&self, report: &Id) -> Case {
        let id = self.report(report).await.case.unwrap();
        let mut conn = self.at.database.read().await.unwrap();
        store::by_id(&mut conn, &id).await.unwrap().unwrap()
    }

    async fn audit(&self, event: &str) -> Vec<audit::Kept> {
        let mut conn = self.at.database.read().await.unwrap();
        audit::list(&mut conn, &Filter { event, ..Filter::default() }, i64::MAX, 50).await.unwrap()
    }
}

/// One deed at the desk, committed when it is done.
macro_rules! deed {
    ($house:expr, $deed:path, $who:expr, $($more:expr),*) => {{
        let who = $house.viewer($who).await;
        let mut tx = $house.at.database.begin().await.unwrap();
        let done = $deed(&mut tx, &$house.at.site.here(), &who, $($more),*).await;
        if done.is_ok() {
            tx.commit().await.unwrap();
        }
        done
    }};
}

#[tokio::test]
async fn a_case_goes_from_hand_to_hand_and_every_step_is_written_down() {
    for database in database::both().await {
        let house = House::set(database).await;
        let first = house.tell(&house.ida, Kind::Report, Category::Hurtful, false).await.unwrap();
        let second = house.tell(&house.mo, Kind::Report, Category::Rule, true).await.unwrap();
        let case = house.case(&first).await;
        assert_eq!(case, house.case(&second).await, "two reports about one post are one case");
        assert_eq!((case.state, case.for_staff), (State::New, false));
        for (who, sees) in [(&house.anna, true), (&house.mo, true), (&house.bram, false), (&house.ida, false), (&house.max, false)] {
            assert_eq!(house.viewer(who).await.sees(&case, house.at.site.now()).is_some(), sees, "{}", who.persona.name);
        }
        let open = deed!(house, desk::look, &house.anna, &case.id).unwrap();
        assert_eq!(open.willing, ["Mo"], "only who said so is named");
        assert!(open.post.unwrap().source.contains("kvist"));
        let looked = house.audit("looked").await;
        assert_eq!((looked.len(), looked[0].client.as_str(), looked[0].purpose.as_str()), (1, house.bram.account.as_str(), "safety"));

        assert!(matches!(deed!(house, desk::close, &house.anna, &case.id, Outcome::Talked), Err(CaseError::NotAllowed)), "nobody has it");
        deed!(house, desk::take, &house.anna, &case.id).unwrap();
        assert!(matches!(deed!(house, desk::take, &house.mo, &case.id), Err(CaseError::NotYours)));
        assert!(matches!(deed!(house, desk::talk, &house.mo, &case.id), Err(CaseError::NotYours)));
        assert_eq!((house.report(&first).await.status, house.report(&second).await.status), (Status::Taken, Status::Taken));
        let late = house.tell(&house.ida, Kind::Report, Category::Other, false).await.unwrap();
        assert_eq!(house.report(&late).await.status, Status::Taken, "a person has it already");
        deed!(house, desk::pause, &house.anna, &case.id, (2, "A pause. Talk with me on Friday.")).unwrap();
        deed!(house, desk::give_back, &house.anna, &case.id).unwrap();
        assert_eq!(house.case(&first).await.state, State::New);
        deed!(house, desk::take, &house.mo, &case.id).unwrap();
        deed!(house, desk::talk, &house.mo, &case.id).unwrap();
        assert!(matches!(deed!(house, desk::close, &house.mo, &case.id, Outcome::Removed), Err(CaseError::StillThere)));
        assert!(matches!(deed!(house, desk::close, &house.mo, &case.id, Outcome::Stays), Err(CaseError::NotAllowed)));
        deed!(house, desk::close, &house.mo, &case.id, Outcome::Talked).unwrap();
        let told = house.report(&first).await;
        assert_eq!((told.status, told.outcome), (Status::Closed, Some(Outcome::Talked)));
        let written: Vec<String> = house.audit("case").await.into_iter().rev().map(|row| row.words).collect();
        assert_eq!(written, ["taken", "paused 2", "given back", "taken", "talking", "closed talked"]);
        let all = format!("{:?}{:?}", house.audit("case").await, house.audit("looked").await);
        assert!(!all.contains("kvist") && !all.contains("melding") && !all.contains(house.ida.account.as_str()), "facts, never content");
    }
}

#[tokio::test]
async fn nobody_is_taken_out_by_one_person() {
    for database in database::both().await {
        let house = House::set(database).await;
        let report = house.tell(&house.ida, Kind::Report, Category::Hurtful, false).await.unwrap();
        let case = house.case(&report).await;
        let active = async || {
            let mut conn = house.at.database.read().await.unwrap();
            groups::membership_of(&mut conn, &house.group.id, &house.bram.persona.id).await.unwrap().unwrap().is_active()
        };
        deed!(house, desk::take, &house.anna, &case.id).unwrap();
        assert!(matches!(deed!(house, desk::propose_out, &house.anna, &case.id, " "), Err(CaseError::NoReason)));
        deed!(house, desk::propose_out, &house.anna, &case.id, "Again and again").unwrap();
        assert!(matches!(deed!(house, desk::second, &house.anna, &case.id, true), Err(CaseError::SamePerson)));
        assert!(active().await, "one person alone changes nothing");
        assert!(matches!(deed!(house, desk::second, &house.ida, &case.id, true), Err(CaseError::NotFound)), "she does not see it");
        deed!(house, desk::second, &house.mo, &case.id, false).unwrap();
        assert!(matches!(deed!(house, desk::second, &house.mo, &case.id, true), Err(CaseError::NotAllowed)), "nothing is proposed now");
        deed!(house, desk::propose_out, &house.anna, &case.id, "Again and again").unwrap();
        deed!(house, desk::second, &house.mo, &case.id, true).unwrap();
        assert!(!active().await);
        let row = &house.audit("case").await[0];
        assert_eq!((row.words.as_str(), row.user_id.as_str()), ("taken out by two", house.mo.account.as_str()));
        assert_eq!(row.responsible, house.anna.account.as_str(), "both stand in one row");
        // From the person's page, without a report before it; the second person may keep the whole house safe.
        let of = async |who: &Person| {
            let mut conn = house.at.database.read().await.unwrap();
            groups::membership_of(&mut conn, &house.group.id, &who.persona.id).await.unwrap().unwrap()
        };
        let (ida, host) = (of(&house.ida).await, of(&house.anna).await);
        let about = |whom: &groups::Membership| (house.group.id.clone(), whom.id.clone());
        let (group, membership) = about(&host);
        let above = deed!(house, desk::propose_from_the_group, &house.mo, (&group, &membership), "No");
        assert!(matches!(above, Err(CaseError::NotAllowed)), "a moderator does not act on a host");
        let (group, membership) = about(&ida);
        let stranger = deed!(house, desk::propose_from_the_group, &house.max, (&group, &membership), "No");
        assert!(matches!(stranger, Err(CaseError::NotFound)));
        let case = deed!(house, desk::propose_from_the_group, &house.mo, (&group, &membership), "Again and again").unwrap();
        assert!(of(&house.ida).await.is_active());
        deed!(house, desk::second, &house.max, &case, true).unwrap();
        assert!(!of(&house.ida).await.is_active());
    }
}

#[tokio::test]
async fn an_appeal_reaches_another_person() {
    for database in database::both().await {
        let house = House::set(database).await;
        // Removed on the post's own page, without a case.
        let mut tx = house.at.database.begin().await.unwrap();
        posts::remove(&mut tx, &house.at.site.here(), &house.post, &house.anna.mine(), "Rule 3").await.unwrap();
        tx.commit().await.unwrap();
        let appeal = async |who: &Person| {
            let mut tx = house.at.database.begin().await.unwrap();
            let done = actions::appeal(&mut tx, &house.at.site.here(), &house.post, &who.mine(), "Please").await;
            if done.is_ok() {
                tx.commit().await.unwrap();
            }
            done
        };
        assert!(matches!(appeal(&house.ida).await, Err(CaseError::NotFound)), "only the writer");
        let report = appeal(&house.bram).await.unwrap();
        assert!(matches!(appeal(&house.bram).await, Err(CaseError::Again)));
        let case = house.case(&report).await;
        assert_eq!((case.state, case.appealed, case.decided_by.as_ref()), (State::Appealed, true, Some(&house.anna.account)));
        assert!(matches!(deed!(house, desk::take, &house.anna, &case.id), Err(CaseError::SamePerson)));
        deed!(house, desk::take, &house.max, &case.id).unwrap();
        deed!(house, desk::give_back, &house.max, &case.id).unwrap();
        assert_eq!(house.case(&report).await.state, State::Appealed, "it stays one for somebody else");
        deed!(house, desk::take, &house.mo, &case.id).unwrap();
        deed!(house, desk::close, &house.mo, &case.id, Outcome::Stays).unwrap();
        assert_eq!(house.report(&report).await.outcome, Some(Outcome::Stays));
    }
}

#[tokio::test]
async fn a_worry_is_for_those_who_keep_watch_and_knows_its_time() {
    for database in database::both().await {
        let house = House::set(database).await;
        let worry = house.tell(&house.ida, Kind::Worry, Category::Feelings, false).await.unwrap();
        let case = house.case(&worry).await;
        assert!(
            house.viewer(&house.max).await.sees(&case, house.at.site.now()).is_some_and(|sight| !sight.text),
            "the house, without text"
        );
        assert!(house.viewer(&house.mo).await.sees(&case, house.at.site.now()).is_some_and(|sight| sight.text));
        assert!(house.viewer(&house.bram).await.sees(&case, house.at.site.now()).is_none(), "not the one it is about");
        let waits = async || {
            let mut conn = house.at.database.read().await.unwrap();
            let today = today(&mut conn, &house.at.site.here(), &house.max.account, Role::Moderator).await.unwrap();
            (today.worries, today.overdue, today.reports, today.mine)
        };
        assert_eq!(waits().await, (1, 0, 0, 0));
        house.town.clock.advance(Duration::from_mins(31));
        assert_eq!(waits().await, (1, 1, 0, 0));
        deed!(house, desk::take, &house.max, &case.id).unwrap();
        assert_eq!(waits().await, (0, 0, 0, 1));
        assert!(
            matches!(deed!(house, desk::remove_post, &house.max, &case.id, "Rule 3"), Err(CaseError::NotAllowed)),
            "no role in the group"
        );
        assert_eq!(deed!(house, desk::who_is, &house.max, &case.id).unwrap(), house.bram.account);
        assert_eq!(house.audit("looked").await[0].words, "who the writer is");
        let off = Timestamp::parse_rfc3339("2026-03-08T02:00:00Z").unwrap();
        house.town.clock.set(off);
        let taken = house.tell(&house.anna, Kind::Worry, Category::Risk, false).await.unwrap();
        assert_eq!(house.report(&taken).await.status, Status::Taken, "a person has it, whatever the clock says");
        deed!(house, desk::take, &house.mo, &case.id).unwrap();
        assert_eq!(house.case(&worry).await.owner, Some(house.mo.account.clone()), "what rested for a day can be taken over");
        assert!(matches!(deed!(house, desk::take, &house.max, &case.id), Err(CaseError::NotYours)));
    }
}

#[tokio::test]
async fn a_host_does_not_judge_what_is_told_about_them() {
    for database in database::both().await {
        let mut house = House::set(database).await;
        house.post = house.at.write(&house.anna.persona.id, &house.group.id, "From the host", None).await;
        let report = house.tell(&house.ida, Kind::Report, Category::AboutMe, false).await.unwrap();
        let case = house.case(&report).await;
        assert!(case.for_staff);
        assert!(house.viewer(&house.anna).await.sees(&case, house.at.site.now()).is_none());
        assert!(house.viewer(&house.max).await.sees(&case, house.at.site.now()).is_some());
        assert!(
            matches!(house.tell(&house.anna, Kind::Report, Category::Rule, false).await, Err(CaseError::NotAllowed)),
            "not about oneself"
        );
    }
}

#[tokio::test]
async fn a_worry_in_the_same_house_that_nobody_takes_is_answered_in_time() {
    for database in database::both().await {
        let house = House::set(database).await;
        let first = house.tell(&house.ida, Kind::Worry, Category::Feelings, false).await.unwrap();
        house.town.clock.advance(Duration::from_mins(20));
        let second = house.tell(&house.mo, Kind::Worry, Category::Feelings, false).await.unwrap();
        house.town.settle(&[&house.at]).await.unwrap();
        for report in [&first, &second] {
            assert_eq!(house.report(report).await.status, Status::Sent, "there is still time");
        }
        house.town.clock.advance(Duration::from_mins(10));
        house.town.settle(&[&house.at]).await.unwrap();
        assert_eq!(house.report(&first).await.status, Status::Nobody);
        let seen = house.at.get(&format!("/reports/{first}"), Some(&house.ida.cookie)).await;
        assert!(seen.text.contains("Nobody on shift"), "{}", seen.text);
        assert_eq!(house.report(&second).await.status, Status::Sent, "each has its own time");
        let case = house.case(&second).await;
        deed!(house, desk::take, &house.anna, &case.id).unwrap();
        house.town.clock.advance(Duration::from_mins(30));
        house.town.settle(&[&house.at]).await.unwrap();
        for report in [&first, &second] {
            assert_eq!(house.report(report).await.status, Status::Taken, "a person came, late or not");
        }
    }
}

#[tokio::test]
async fn too_much_in_an_hour_waits_and_words_are_forgotten() {
    for database in database::both().await {
        let house = House::set(database).await;
        let first = house.tell(&house.ida, Kind::Report, Category::Rule, true).await.unwrap();
        for _ in 1..20 {
            house.tell(&house.ida, Kind::Report, Category::Rule, false).await.unwrap();
        }
        assert!(matches!(house.tell(&house.ida, Kind::Report, Category::Rule, false).await, Err(CaseError::TooMany)));
        let case = house.case(&first).await;
        deed!(house, desk::take, &house.anna, &case.id).unwrap();
        deed!(house, desk::close, &house.anna, &case.id, Outcome::NoAction).unwrap();
        let mut tx = house.at.database.begin().await.unwrap();
        let now = house.at.site.now();
        assert_eq!(reports::forget_words(&mut tx, now, 100).await.unwrap(), 0);
        assert_eq!(reports::forget_words(&mut tx, now.plus(Duration::from_secs(1)), 100).await.unwrap(), 20);
        super::forget(&mut tx, &house.ida.persona.id, house.at.site.now()).await.unwrap();
        let left = reports::by_id(&mut tx, &first).await.unwrap().unwrap();
        assert_eq!((left.reporter, left.words.as_str(), left.may_talk), (None, "", false));
        let later = now.plus(Duration::from_secs(1));
        assert_eq!((super::old_cases(&mut tx, now).await.unwrap(), super::old_cases(&mut tx, later).await.unwrap()), (0, 1));
        assert_eq!(super::forget_cases(&mut tx, later, 100).await.unwrap(), 1);
        assert!(store::by_id(&mut tx, &case.id).await.unwrap().is_none());
        assert!(reports::by_id(&mut tx, &first).await.unwrap().is_none(), "a case goes with what was told in it");
        store::set_promise(&mut tx, 15).await.unwrap();
        store::set_promise(&mut tx, 45).await.unwrap();
        assert_eq!(super::hours::promise(&mut tx).await.unwrap(), Duration::from_mins(45));
    }
}

#[tokio::test]
async fn somebody_without_a_sign_in_can_say_that_it_is_about_them() {
    for database in database::both().await {
        let house = House::set(database).await;
        let page = house.at.get("/report", None).await;
        assert_page_is_sound(&page.text);
        assert!(!page.text.contains("Morning coffee"));
        assert_eq!(house.at.post("/report", None, &[("words", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let sent = house.at.post("/report", None, &[("words", "That post names me")]).await;
        assert_eq!(sent.location.as_deref(), Some("/report?said=moderation-said-outside"));
        let waiting = house.at.get("/desk/cases", Some(&house.max.cookie)).await;
        assert!(waiting.text.contains("Waiting for somebody") && waiting.text.contains("/desk/cases/"));
        let mut conn = house.at.database.read().await.unwrap();
        let case = store::open(&mut conn).await.unwrap().remove(0);
        assert!(house.viewer(&house.anna).await.sees(&case, house.at.site.now()).is_none(), "it is of no group");
        let shown = house.at.get(&format!("/desk/cases/{}", case.id), Some(&house.max.cookie)).await;
        assert_page_is_sound(&shown.text);
        assert!(shown.text.contains("That post names me"));
    }
}

/// Two houses: A is home of a group that B may read, and of one that it may not.
struct Neighbours {
    town: Town,
    a: TestSite,
    b: TestSite,
    bo: Person,
    at_b: Id,
    shared: Iri,
    hidden: Iri,
}

impl Neighbours {
    async fn set(one: TestDb, two: TestDb) -> Self {
        let town = Town::default();
        let a = town.open("a.test", one, 1).await.unwrap();
        let b = town.open("b.test", two, 2).await.unwrap();
        town.befriend(&a, &b).await;
        let anna = a.person("Anna", Role::Member).await;
        let bo = b.person("Bo", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test"]).await;
        let own = a.group(&anna.persona.id, "Only us", JoinRule::Open, &[]).await;
        town.settle(&[&a, &b]).await.unwrap();
        let at_b = b.join(&bo.persona.id, &group.uri).await;
        town.settle(&[&a, &b]).await.unwrap();
        let shared = a.write(&anna.persona.id, &group.id, "Good morning", None).await;
        let hidden = a.write(&anna.persona.id, &own.id, "Among us", None).await;
        town.settle(&[&a, &b]).await.unwrap();
        let shared = a.post_of(&shared).await.unwrap().uri.unwrap();
        let hidden = a.post_of(&hidden).await.unwrap().uri.unwrap();
        Self { town, a, b, bo, at_b, shared, hidden }
    }

    /// B sends this to A, signed by this actor of B. Gives what A made of it.
    async fn send<T: Shape>(&self, from: &Id, activity: Outbound<T>) -> (String, Option<String>) {
        self.send_between((&self.b, &self.a), from, activity).await
    }

    /// A house sends this to its first partner, signed by this actor of the house. Gives what the partner made of it.
    async fn send_between<T: Shape>(
        &self,
        (one, other): (&TestSite, &TestSite),
        from: &Id,
        activity: Outbound<T>,
    ) -> (String, Option<String>) {
        let mut tx = one.database.begin().await.unwrap();
        let to = partners::list(&mut tx).await.unwrap().remove(0).id;
        let uri = activity.id().clone();
        let to = std::slice::from_ref(&to);
        let outgoing = Outgoing { from, thread: &to[0], to, activity, about: None, answers: None, receipt: false };
        outbox::publish(&mut tx, &one.site.here(), outgoing).await.unwrap();
        tx.commit().await.unwrap();
        self.town.settle(&[one, other]).await.unwrap();
        let mut conn = other.database.read().await.unwrap();
        sqlx::query_as("SELECT state, reason FROM inbox WHERE activity_uri = $1").bind(uri.as_str()).fetch_one(conn.sql()).await.unwrap()
    }

    async fn instance(&self) -> actors::Actor {
        let mut conn = self.b.database.read().await.unwrap();
        actors::instance(&mut conn).await.unwrap().unwrap()
    }

    async fn cases(&self) -> usize {
        let mut conn = self.a.database.read().await.unwrap();
        store::open(&mut conn).await.unwrap().len()
    }
}

fn told(kind: Kind, category: Category) -> Told {
    Told { kind, category, words: "words".to_owned(), said_at: None }
}

#[tokio::test]
async fn flags_that_must_have_no_effect_have_none() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let scene = Neighbours::set(one, two).await;
        let here = scene.b.site.here();
        let theirs = Iri::parse("http://a.test/actor").unwrap();
        let ours = scene.instance().await;
        let nowhere = Iri::parse("http://a.test/o/aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        let foreign = Iri::parse("http://b.test/o/aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        let not_here = ("refused".to_owned(), Some("not-here".to_owned()));
        for kind in [Kind::Report, Kind::Worry, Kind::Appeal] {
            let what = told(kind, kind.categories()[0]);
            for object in [&scene.hidden, &nowhere, &foreign] {
                let flag = wire::flag(&here, (&ours.uri, &theirs), object, &what);
                assert_eq!(scene.send(&ours.id, flag).await, not_here, "{kind:?} {object}: the unseen is the nonexistent");
            }
        }
        let what = told(Kind::Appeal, Category::Appeal);
        let flag = wire::flag(&here, (&ours.uri, &theirs), &scene.shared, &what);
        assert_eq!(scene.send(&ours.id, flag).await, not_here, "nobody of B wrote it, and it was not removed");
        let what = told(Kind::Report, Category::Rule);
        let flag = wire::flag(&here, (&scene.bo.persona.uri, &theirs), &scene.shared, &what);
        let by_a_person = ("refused".to_owned(), Some("not-the-instance".to_owned()));
        assert_eq!(scene.send(&scene.bo.persona.id, flag).await, by_a_person);
        assert_eq!(scene.cases().await, 0);
        let answered = scene.town.network.log().iter().filter(|call| call.to == "b.test" && call.body.contains("/a/")).count();
        for count in 1..=21 {
            let flag = wire::flag(&here, (&ours.uri, &theirs), &scene.shared, &what);
            let expected = if count <= 20 { ("handled".to_owned(), None) } else { ("refused".to_owned(), Some("too-many".to_owned())) };
            assert_eq!(scene.send(&ours.id, flag).await, expected, "{count}");
            assert_eq!(scene.cases().await, 1, "one post, one case");
        }
        let after = scene.town.network.log().iter().filter(|call| call.to == "b.test" && call.body.contains("/a/")).count();
        assert_eq!(answered, after, "nothing is answered before a person took it");
        // A post that somebody of A wrote and a moderator removed: only the writer asks for another look, never the house of a reader.
        let mut tx = scene.a.database.begin().await.unwrap();
        let removed = sqlx::query("UPDATE posts SET state = 'removed' WHERE uri = $1").bind(scene.shared.as_str());
        assert_eq!(removed.execute(tx.sql()).await.unwrap().rows_affected(), 1);
        tx.commit().await.unwrap();
        let what = told(Kind::Appeal, Category::Appeal);
        let flag = wire::flag(&here, (&ours.uri, &theirs), &scene.shared, &what);
        assert_eq!(scene.send(&ours.id, flag).await, not_here);
        assert_eq!(scene.cases().await, 1);
    }
}

/// Somebody of B wrote in a group of A. That B knows more of the writer is for A to ask for; a third house that has the address is
/// told what it is told of nothing.
#[tokio::test]
async fn a_worry_about_our_own_is_heard_from_the_groups_home_only() {
    for ((one, two), three) in database::both().await.into_iter().zip(database::both().await).zip(database::both().await) {
        let scene = Neighbours::set(one, two).await;
        let c = scene.town.open("c.test", three, 3).await.unwrap();
        scene.town.befriend(&scene.b, &c).await;
        let own = scene.b.write(&scene.bo.persona.id, &scene.at_b, "Good evening", None).await;
        scene.town.settle(&[&scene.a, &scene.b, &c]).await.unwrap();
        let own = scene.b.post_of(&own).await.unwrap().origin_uri.unwrap();
        let theirs = Iri::parse("http://b.test/actor").unwrap();
        for (house, state) in [(&c, "refused"), (&scene.a, "handled")] {
            let mut conn = house.database.read().await.unwrap();
            let from = actors::instance(&mut conn).await.unwrap().unwrap();
            drop(conn);
            let what = told(Kind::Worry, Category::Risk);
            let flag = wire::flag(&house.site.here(), (&from.uri, &theirs), &own, &what);
            let became = scene.send_between((house, &scene.b), &from.id, flag).await;
            assert_eq!(became.0, state, "{} {became:?}", house.host);
        }
    }
}

#[tokio::test]
async fn answers_count_from_the_house_that_was_asked_and_for_what_was_sent() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let scene = Neighbours::set(one, two).await;
        let here = scene.b.site.here();
        let theirs = Iri::parse("http://a.test/actor").unwrap();
        let ours = scene.instance().await;
        let never = Iri::parse("http://a.test/a/aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        let answer = wire::answer(&here, (&ours.uri, &theirs), &never, Status::Taken, None).unwrap();
        assert_eq!(scene.send(&ours.id, answer).await, ("refused".to_owned(), Some("never-asked".to_owned())));
        // A real worry of A to B, answered by a person of B instead of the house.
        let mut tx = scene.a.database.begin().await.unwrap();
        let partner = partners::list(&mut tx).await.unwrap().remove(0);
        let from = actors::instance(&mut tx).await.unwrap().unwrap();
        let object = Iri::parse("http://b.test/o/aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        let flag = wire::flag(&scene.a.site.here(), (&from.uri, &ours.uri), &object, &told(Kind::Worry, Category::Risk));
        let uri = flag.id().clone();
        let to = std::slice::from_ref(&partner.id);
        let outgoing = Outgoing { from: &from.id, thread: &partner.id, to, activity: flag, about: None, answers: None, receipt: false };
        outbox::publish(&mut tx, &scene.a.site.here(), outgoing).await.unwrap();
        tx.commit().await.unwrap();
        let by_bo = wire::answer(&here, (&scene.bo.persona.uri, &theirs), &uri, Status::Taken, None).unwrap();
        let refused = ("refused".to_owned(), Some("not-the-instance".to_owned()));
        assert_eq!(scene.send(&scene.bo.persona.id, by_bo).await, refused);
        let by_house = wire::answer(&here, (&ours.uri, &theirs), &uri, Status::Taken, None).unwrap();
        assert_eq!(scene.send(&ours.id, by_house).await, ("ignored".to_owned(), None), "nothing of ours hangs on it");
    }
}
