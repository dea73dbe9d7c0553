//! Two admins agree, the machines test each other, and later one of them ends it: what flows at each moment, what a dry run
//! said of it before, and that every copy is asked back and confirmed.

use haven::audit::{self, By};
use haven::base::{Id, Iri, Origin};
use haven::features::accounts::Role;
use haven::features::groups::{self, JoinRule};
use haven::features::partners::{self, Answer, Draft, Dry, PartnerError, Readers, Stage, Standing, Terms};
use haven::features::posts::State as PostState;
use haven::federation::declaration::{self, Declaration};
use haven::federation::partners::{Flows, Partner, State, by_origin};
use haven::federation::rules::{self, Flow, Scope, Strangers};
use haven::testing::database::{self, TestDb};
use haven::testing::site::{TestSite, Town};
use std::collections::BTreeSet;
use std::time::Duration;

use crate::houses::Scene;

fn origin(host: &str) -> Origin {
    Origin::parse(&format!("http://{host}")).unwrap()
}

async fn partner(site: &TestSite, host: &str) -> Partner {
    let mut conn = site.database.read().await.unwrap();
    by_origin(&mut conn, &origin(host)).await.unwrap().expect("a partner")
}

async fn record(site: &TestSite, host: &str) -> partners::Record {
    let partner = partner(site, host).await;
    let mut conn = site.database.read().await.unwrap();
    partners::record(&mut conn, &partner).await.unwrap()
}

/// Runs one action of an admin and commits it.
macro_rules! admin {
    ($site:expr, |$tx:ident, $here:ident| $run:expr) => {{
        let mut unit = $site.database.begin().await.unwrap();
        let $here = &$site.site.here();
        let result = {
            let $tx = &mut unit;
            $run.await
        };
        if result.is_ok() {
            unit.commit().await.unwrap();
        }
        result
    }};
}

async fn name(site: &TestSite, host: &str) {
    admin!(site, |tx, here| partners::propose(tx, here, &origin(host), true, true, By::console())).unwrap();
}

async fn look(site: &TestSite, draft: &Draft) -> Dry {
    let mut conn = site.database.read().await.unwrap();
    partners::dry_run(&mut conn, site.site.now(), &site.site.config.origin, draft).await.unwrap()
}

async fn two() -> Vec<(TestDb, TestDb)> {
    database::both().await.into_iter().zip(database::both().await).collect()
}

#[tokio::test]
async fn the_same_terms_on_both_sides_are_agreed_and_tested_by_the_machines() {
    for (one, two) in two().await {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        name(&a, "b.test").await;
        town.settle(&[&a, &b]).await.unwrap();
        assert_eq!((partner(&a, "b.test").await.state, record(&a, "b.test").await.stage), (State::Proposed, Stage::Proposed));
        name(&b, "a.test").await;
        town.settle(&[&a, &b]).await.unwrap();
        for (site, other) in [(&a, "b.test"), (&b, "a.test")] {
            let known = partner(site, other).await;
            let mut conn = site.database.read().await.unwrap();
            let record = partners::record(&mut conn, &known).await.unwrap();
            assert_eq!((known.state, record.stage, record.agreed), (State::Active, Stage::Tested, Some(Terms::default())));
            let test = partners::last_test(&mut conn, &known.id).await.unwrap().expect("it was tested");
            assert_eq!(test.standing(site.site.now()), Standing::Good);
            let said = declaration::of_partner(&mut conn, &known.id).await.unwrap().expect("it declared itself");
            assert_eq!(said, Declaration::installed());
            let left: Vec<(String,)> =
                sqlx::query_as("SELECT text FROM canary_copies WHERE text <> ''").fetch_all(conn.sql()).await.unwrap();
            assert!(left.is_empty(), "nothing of the test is kept");
            let verdict = audit::verify(&mut conn).await.unwrap();
            assert!(matches!(verdict, audit::Verdict::Whole { .. }), "{verdict:?}");
        }
        // A night later both test again, and nobody sees anything of it.
        let before = town.network.log().len();
        town.clock.advance(Duration::from_hours(25));
        town.settle(&[&a, &b]).await.unwrap();
        let log = town.network.log();
        let canaries = log[before..].iter().filter(|call| call.body.contains("haven:canary") && call.body.contains("\"Create\"")).count();
        assert_eq!(canaries, 2);
        // A partner that is away fails the next one: a task, and nothing stops by itself.
        town.network.unplug("b.test");
        town.clock.advance(Duration::from_hours(25));
        town.settle(&[&a]).await.unwrap();
        town.clock.advance(Duration::from_mins(30));
        let mut conn = a.database.read().await.unwrap();
        let tasks = partners::tasks(&mut conn, a.site.now()).await.unwrap();
        assert!(tasks.iter().any(|task| task.key == "partners-task-test" && task.urgent), "{tasks:?}");
        assert_eq!(partner(&a, "b.test").await.state, State::Active);
    }
}

#[tokio::test]
async fn other_terms_wait_for_a_person_and_what_changed_in_between_is_noticed() {
    for (one, two) in two().await {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        let sites = [&a, &b];
        let strict = Terms { flows: Flows { media: false, groups: true, directory: true }, ..Terms::default() };
        name(&a, "b.test").await;
        admin!(a, |tx, here| partners::change_terms(tx, here, &origin("b.test"), (strict, false), By::console())).unwrap();
        name(&b, "a.test").await;
        town.settle(&sites).await.unwrap();
        let at_b = record(&b, "a.test").await;
        assert_eq!((partner(&b, "a.test").await.state, at_b.trouble.as_str()), (State::Proposed, "other-terms"));
        assert_eq!(at_b.their_terms, Some(strict));

        // A changes its offer while B's admin looks at the old one.
        let stricter = Terms { flows: Flows { directory: false, ..strict.flows }, ..strict };
        admin!(a, |tx, here| partners::change_terms(tx, here, &origin("b.test"), (stricter, false), By::console())).unwrap();
        town.settle(&sites).await.unwrap();
        let old = Answer { hash: &at_b.their_hash, words: "" };
        let refused = admin!(b, |tx, here| partners::accept(tx, here, &origin("a.test"), old, By::console()));
        assert!(matches!(refused, Err(PartnerError::OfferChanged)), "{refused:?}");

        // B's admin says yes to what stands there now, and A changes it before the yes arrives.
        let now = record(&b, "a.test").await;
        let answer = Answer { hash: &now.their_hash, words: "" };
        admin!(b, |tx, here| partners::accept(tx, here, &origin("a.test"), answer, By::console())).unwrap();
        admin!(a, |tx, here| partners::change_terms(tx, here, &origin("b.test"), (strict, false), By::console())).unwrap();
        town.settle(&sites).await.unwrap();
        assert_eq!(record(&a, "b.test").await.agreed, None, "a yes to an older offer agrees to nothing");
        assert_eq!(partner(&a, "b.test").await.state, State::Proposed);

        // Declined with a sentence, then offered as the other side wished.
        let now = record(&b, "a.test").await;
        let no = Answer { hash: &now.their_hash, words: "We share no pictures and no list." };
        admin!(b, |tx, here| partners::decline(tx, here, &origin("a.test"), no, By::console())).unwrap();
        town.settle(&sites).await.unwrap();
        let at_a = record(&a, "b.test").await;
        assert_eq!((at_a.trouble.as_str(), at_a.said.as_str()), ("declined", "We share no pictures and no list."));
        admin!(a, |tx, here| partners::change_terms(tx, here, &origin("b.test"), (stricter, false), By::console())).unwrap();
        town.settle(&sites).await.unwrap();
        for (site, other) in [(&a, "b.test"), (&b, "a.test")] {
            assert_eq!(record(site, other).await.agreed, Some(stricter), "{other}");
            assert_eq!((partner(site, other).await.state, partner(site, other).await.flows), (State::Active, stricter.flows));
        }
    }
}

#[tokio::test]
async fn two_admins_who_say_yes_to_each_other_at_once_agree_on_what_both_allow() {
    for (one, two) in two().await {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        let sites = [&a, &b];
        let no_media = Terms { flows: Flows { media: false, ..Flows::default() }, ..Terms::default() };
        let no_list = Terms { flows: Flows { directory: false, ..Flows::default() }, ..Terms::default() };
        name(&a, "b.test").await;
        name(&b, "a.test").await;
        admin!(a, |tx, here| partners::change_terms(tx, here, &origin("b.test"), (no_media, false), By::console())).unwrap();
        admin!(b, |tx, here| partners::change_terms(tx, here, &origin("a.test"), (no_list, false), By::console())).unwrap();
        town.settle(&sites).await.unwrap();
        town.clock.advance(Duration::from_secs(5));
        town.settle(&sites).await.unwrap();
        assert_eq!(record(&a, "b.test").await.their_terms, Some(no_list));
        assert_eq!(record(&b, "a.test").await.their_terms, Some(no_media));
        let any = Answer { hash: "", words: "" };
        admin!(a, |tx, here| partners::accept(tx, here, &origin("b.test"), any, By::console())).unwrap();
        admin!(b, |tx, here| partners::accept(tx, here, &origin("a.test"), any, By::console())).unwrap();
        town.settle(&sites).await.unwrap();
        let both = no_media.meet(&no_list);
        for (site, other) in [(&a, "b.test"), (&b, "a.test")] {
            assert_eq!(record(site, other).await.agreed, Some(both), "{other}");
            assert_eq!((partner(site, other).await.state, partner(site, other).await.flows), (State::Active, both.flows));
        }
    }
}

/// The scene, with three texts of Bo and one of Cis.
async fn written(databases: [TestDb; 3]) -> Scene {
    let scene = Scene::set(databases).await;
    for text in ["One", "Two", "Three"] {
        scene.b.write(&scene.bo.persona.id, &scene.at_b, text, None).await;
    }
    scene.c.write(&scene.cis.persona.id, &scene.at_c, "Four, from C", None).await;
    scene.settle().await;
    scene
}

impl Scene {
    /// Texts that a house can show of the group.
    async fn texts(&self, site: &TestSite) -> Vec<String> {
        let mut conn = site.database.read().await.unwrap();
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT source FROM posts WHERE state = 'posted' ORDER BY source").fetch_all(conn.sql()).await.unwrap();
        rows.into_iter().map(|(text,)| text.trim().to_owned()).collect()
    }

    async fn is_active(&self, site: &TestSite, group: &Id, who: &Id) -> bool {
        let mut conn = site.database.read().await.unwrap();
        groups::membership_of(&mut conn, group, who).await.unwrap().is_some_and(|membership| membership.is_active())
    }

    fn calls_to(&self, host: &str) -> usize {
        self.town.network.log().iter().filter(|call| call.to == host).count()
    }
}

async fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for ((one, two), three) in two().await.into_iter().zip(database::both().await) {
        scenes.push(written([one, two, three]).await);
    }
    scenes
}

#[tokio::test]
async fn a_pause_stops_both_directions_at_once_and_loses_no_relation() {
    for scene in scenes().await {
        let c = partner(&scene.a, "c.test").await;
        // Something is queued for C when the pause comes.
        scene.a.write(&scene.anna.persona.id, &scene.group.id, "Five, just before the pause", None).await;
        let dry = look(&scene.a, &Draft::Pause(c.id.clone())).await;
        assert_eq!((dry.held, dry.relations_ended, dry.erase_there, dry.erase_here), (1, 0, 0, 0), "{dry:?}");
        assert_eq!((dry.groups.len(), dry.groups[0].theirs), (1, 1));
        assert!(dry.stop > 0 && dry.start == 0 && !dry.examples.is_empty(), "{dry:?}");
        admin!(scene.a, |tx, here| partners::pause(tx, here, &origin("c.test"), By::console())).unwrap();
        let calls = scene.calls_to("c.test");
        scene.a.write(&scene.anna.persona.id, &scene.group.id, "Six, in the pause", None).await;
        scene.c.write(&scene.cis.persona.id, &scene.at_c, "Seven, from C in the pause", None).await;
        scene.settle().await;
        assert_eq!(scene.calls_to("c.test"), calls, "nothing goes out, what was queued included");
        let posts = scene.town.network.log();
        let tried: Vec<_> = posts.iter().filter(|call| call.body.contains("Seven, from C")).collect();
        assert!(!tried.is_empty() && tried.iter().all(|call| call.status == Some(401)), "nothing comes in");
        // A signed GET of C is answered as if nothing were there.
        let uri: &Iri = &scene.group.uri;
        let at_a = partner(&scene.c, "a.test").await;
        assert!(scene.c.site.federation.fetch_group(&at_a.id, uri).await.is_err(), "a signed GET is refused");
        assert!(!scene.texts(&scene.b).await.contains(&"Seven, from C in the pause".to_owned()));

        let back = look(&scene.a, &Draft::Resume(c.id.clone())).await;
        let mut conn = scene.a.database.read().await.unwrap();
        let (waiting,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM deliveries WHERE partner_id = $1 AND state = 'waiting'")
            .bind(c.id.as_str())
            .fetch_one(conn.sql())
            .await
            .unwrap();
        drop(conn);
        assert_eq!((back.start, back.stop, back.same), (waiting, 0, 0), "what waits goes, and nothing of before goes again: {back:?}");
        assert!(waiting >= 2 && back.examples.iter().all(|one| one.starts && one.reason == "paused-partner"), "{back:?}");
        assert!(back.flows.iter().any(|line| line.flow == "share" && line.starts), "{back:?}");
        admin!(scene.a, |tx, here| partners::resume(tx, here, &origin("c.test"), By::console())).unwrap();
        for _ in 0..3 {
            scene.town.clock.advance(Duration::from_mins(2));
            scene.settle().await;
        }
        assert!(scene.is_active(&scene.c, &scene.at_c, &scene.cis.persona.id).await, "no relation is lost");
        let texts = scene.texts(&scene.a).await;
        assert_eq!(texts.len(), 7, "{texts:?}");
        assert_eq!((scene.texts(&scene.b).await, scene.texts(&scene.c).await), (texts.clone(), texts));
    }
}

/// Whom C shows as the writer of this text.
async fn writer_at_c(scene: &Scene, text: &str) -> Option<String> {
    let mut conn = scene.c.database.read().await.unwrap();
    let row: Option<(String,)> =
        sqlx::query_as("SELECT a.name FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.group_id = $1 AND p.source = $2")
            .bind(scene.at_c.as_str())
            .bind(text)
            .fetch_optional(conn.sql())
            .await
            .unwrap();
    row.map(|(name,)| name)
}

#[tokio::test]
async fn whoever_could_not_be_read_in_a_pause_is_asked_for_when_they_are_heard_of_again() {
    for scene in scenes().await {
        // Astrid has never written before: C takes her post, and may not read who she is any more.
        let astrid = scene.a.person("Astrid", Role::Member).await;
        scene.a.join(&astrid.persona.id, &scene.group.uri).await;
        scene.a.write(&astrid.persona.id, &scene.group.id, "Just before the pause", None).await;
        let lanes = scene.a.site.federation.lease_lanes(&scene.a.site.here(), 1000).await.unwrap();
        for lane in &lanes {
            scene.a.site.federation.run_lane(&scene.a.site.here(), lane, 1000).await.unwrap();
        }
        admin!(scene.a, |tx, here| partners::pause(tx, here, &origin("c.test"), By::console())).unwrap();
        for _ in 0..40 {
            scene.settle().await;
            scene.town.clock.advance(Duration::from_mins(30));
        }
        assert_eq!(writer_at_c(&scene, "Just before the pause").await.as_deref(), Some(""), "kept without a name");
        admin!(scene.a, |tx, here| partners::resume(tx, here, &origin("c.test"), By::console())).unwrap();
        scene.a.write(&astrid.persona.id, &scene.group.id, "And after it", None).await;
        for _ in 0..5 {
            scene.town.clock.advance(Duration::from_mins(10));
            scene.settle().await;
        }
        for text in ["And after it", "Just before the pause"] {
            assert_eq!(writer_at_c(&scene, text).await.as_deref(), Some("Astrid"), "{text}");
        }
    }
}

#[tokio::test]
async fn an_end_asks_every_copy_back_and_does_what_the_dry_run_said() {
    for scene in scenes().await {
        let c = partner(&scene.a, "c.test").await;
        let dry = look(&scene.a, &Draft::End(c.id.clone())).await;
        assert_eq!((dry.erase_there, dry.relations_ended, dry.dropped), (4, 1, 0), "{dry:?}");
        let theirs = look(&scene.c, &Draft::End(partner(&scene.c, "a.test").await.id)).await;
        assert_eq!((theirs.erase_here, theirs.relations_ended), (3, 1), "{theirs:?}");

        // C is away when it ends: the copies stay open, and complete when it is back.
        scene.town.network.unplug("c.test");
        admin!(scene.a, |tx, here| partners::end(tx, here, &origin("c.test"), "We close our house.", By::console())).unwrap();
        scene.settle().await;
        let ended = partner(&scene.a, "c.test").await;
        let mut conn = scene.a.database.read().await.unwrap();
        assert_eq!(partners::receipts(&mut conn, &ended).await.unwrap(), (dry.erase_there, 0));
        drop(conn);
        scene.a.write(&scene.anna.persona.id, &scene.group.id, "After the end", None).await;
        scene.town.network.plug("c.test", scene.c.router.clone());
        for _ in 0..4 {
            scene.town.clock.advance(Duration::from_mins(2));
            scene.settle().await;
        }
        let mut conn = scene.a.database.read().await.unwrap();
        assert_eq!(partners::receipts(&mut conn, &ended).await.unwrap(), (dry.erase_there, dry.erase_there), "all confirmed");
        assert_eq!(groups::partners_with_members(&mut conn, &scene.group.id).await.unwrap().len(), 1, "its guests rest");
        drop(conn);
        assert!(scene.texts(&scene.c).await.is_empty(), "no copy is left: {:?}", scene.texts(&scene.c).await);
        let mut conn = scene.c.database.read().await.unwrap();
        let kept: Vec<(String,)> =
            sqlx::query_as("SELECT source FROM posts WHERE source <> '' AND origin_uri IS NULL").fetch_all(conn.sql()).await.unwrap();
        assert!(kept.is_empty(), "nor its text: {kept:?}");
        drop(conn);
        let at_c = record(&scene.c, "a.test").await;
        assert_eq!((at_c.ended_by.as_str(), at_c.said.as_str()), ("them", "We close our house."));
        assert_eq!(partner(&scene.c, "a.test").await.state, State::Ended);
        assert!(!scene.is_active(&scene.c, &scene.at_c, &scene.cis.persona.id).await, "membership ended");
        assert!(scene.is_active(&scene.b, &scene.at_b, &scene.bo.persona.id).await, "B is not touched");
        assert!(scene.texts(&scene.b).await.contains(&"After the end".to_owned()));
        let log = scene.town.network.log();
        assert!(!log.iter().any(|call| call.to == "c.test" && call.body.contains("After the end")), "nothing else flows");
        // What C's own member wrote is still hers, in her own house.
        let mut conn = scene.c.database.read().await.unwrap();
        let own: Vec<(String, String)> =
            sqlx::query_as("SELECT source, state FROM posts WHERE origin_uri IS NOT NULL").fetch_all(conn.sql()).await.unwrap();
        assert_eq!((own.len(), own[0].0.trim(), own[0].1.as_str()), (1, "Four, from C", PostState::Removed.as_str()));
        drop(conn);
        // A new beginning needs a new yes from both.
        name(&scene.a, "c.test").await;
        scene.settle().await;
        assert_eq!(partner(&scene.a, "c.test").await.state, State::Proposed);
        name(&scene.c, "a.test").await;
        scene.town.clock.advance(Duration::from_mins(1));
        scene.settle().await;
        assert_eq!(partner(&scene.a, "c.test").await.state, State::Active);
        assert_eq!(partner(&scene.c, "a.test").await.state, State::Active);
    }
}

#[tokio::test]
async fn rules_stop_sharing_and_joining_as_the_dry_run_said() {
    for scene in scenes().await {
        let (b, c) = (partner(&scene.a, "b.test").await, partner(&scene.a, "c.test").await);
        let mut wanted = rules::Rules::installed();
        wanted.set(Flow::Share, &Scope::partner(c.id.clone()), Some(false));
        let dry = look(&scene.a, &Draft::Rules(Box::new(wanted.clone()))).await;
        assert_eq!((dry.groups.len(), dry.relations_ended), (1, 1), "{dry:?}");
        assert!(dry.stop > 0 && dry.same > 0, "B's traffic stays as it is: {dry:?}");
        let lines: Vec<_> = dry.flows.iter().map(|line| (line.flow, line.partner.as_str(), line.starts, line.reason)).collect();
        let stops = |flow| (flow, c.name.as_str(), false, "not-shared");
        assert_eq!(lines, [stops("share"), stops("directory"), stops("media")], "{dry:?}");
        // One that touches no sharing: no post stops, and still it is seen.
        let mut list = rules::Rules::installed();
        list.set(Flow::Directory, &Scope { partner: Some(c.id.clone()), group: Some(scene.group.id.clone()) }, Some(false));
        let seen = look(&scene.a, &Draft::Rules(Box::new(list))).await;
        let lines: Vec<_> = seen.flows.iter().map(|line| (line.flow, line.partner.as_str(), line.starts, line.reason)).collect();
        assert_eq!((lines, seen.relations_ended), (vec![("directory", c.name.as_str(), false, "ruled")], 0), "{seen:?}");
        // What a partner read counts too; what waits for it would be dropped.
        let at_a = partner(&scene.c, "a.test").await.id;
        scene.c.site.federation.fetch_group(&at_a, &scene.group.uri).await.unwrap();
        scene.a.write(&scene.anna.persona.id, &scene.group.id, "Still on its way", None).await;
        for draft in [Draft::Unshare(scene.group.id.clone(), c.id.clone()), Draft::Rules(Box::new(wanted.clone()))] {
            let with = look(&scene.a, &draft).await;
            assert_eq!((with.dropped, with.stop), (1, dry.stop + 2), "the read and the new post: {with:?}");
            assert!(with.examples.iter().any(|one| one.verb == "Read" && !one.starts && one.reason == "not-shared"), "{with:?}");
        }
        let terms = look(&scene.a, &Draft::Terms(c.id.clone(), Flows { media: false, ..Flows::default() })).await;
        let lines: Vec<_> = terms.flows.iter().map(|line| (line.flow, line.starts, line.reason)).collect();
        assert_eq!(lines, [("media", false, "not-agreed")], "{terms:?}");
        let ended = admin!(scene.a, |tx, here| partners::apply(tx, here, &wanted, By::console())).unwrap();
        assert_eq!(ended, 1);
        scene.settle().await;
        assert!(!scene.is_active(&scene.c, &scene.at_c, &scene.cis.persona.id).await);
        let shared = [b.id.clone(), c.id.clone()];
        let refused = admin!(scene.a, |tx, here| groups::set_readers(tx, here, &scene.group.id, &scene.anna.persona.id, &shared));
        assert!(refused.is_err(), "the rule says no");

        // B lets nobody join groups that a house reads which it does not know.
        let other = scene.a.group(&scene.anna.persona.id, "Evening tea", JoinRule::Open, &["b.test"]).await;
        scene.settle().await;
        let mut careful = rules::Rules::installed();
        careful.set_strangers(&Scope::HOUSE, Some(Strangers::Known));
        admin!(scene.b, |tx, here| partners::apply(tx, here, &careful, By::console())).unwrap();
        scene.b.join(&scene.bo.persona.id, &other.uri).await;
        admin!(scene.a, |tx, here| partners::apply(tx, here, &rules::Rules::installed(), By::console())).unwrap();
        admin!(scene.a, |tx, here| groups::set_readers(tx, here, &other.id, &scene.anna.persona.id, &shared)).unwrap();
        scene.settle().await;
        let bea = scene.b.person("Bea", Role::Member).await;
        let mut conn = scene.b.database.read().await.unwrap();
        let at_b = groups::by_uri(&mut conn, &other.uri).await.unwrap().unwrap().id;
        drop(conn);
        let page = scene.b.get(&format!("/g/{at_b}/about"), Some(&bea.cookie)).await.text;
        assert!(page.contains("our house does not know it"), "the page says why: {page}");
        let persona = bea.persona.id.clone();
        let joined = admin!(scene.b, |tx, here| groups::join(tx, here, &at_b, &persona, groups::Joining::default()));
        assert!(joined.is_err(), "{joined:?}");
        let join = |dry: &Dry| -> Vec<(String, bool, &'static str)> {
            let joins = dry.flows.iter().filter(|line| line.flow == "join");
            joins.map(|line| (line.group.clone(), line.starts, line.reason)).collect()
        };
        let opens = vec![("Evening tea".to_owned(), true, "unknown-readers")];
        assert_eq!(join(&look(&scene.b, &Draft::Rules(Box::new(rules::Rules::installed()))).await), opens);
        assert_eq!(join(&look(&scene.b, &Draft::Add(origin("c.test"))).await), opens);
        let mut never = careful.clone();
        never.set_strangers(&Scope::HOUSE, Some(Strangers::Never));
        assert!(join(&look(&scene.b, &Draft::Rules(Box::new(never))).await).is_empty(), "no stays no");
        careful.set_known([origin("c.test")]);
        admin!(scene.b, |tx, here| partners::apply(tx, here, &careful, By::console())).unwrap();
        admin!(scene.b, |tx, here| groups::join(tx, here, &at_b, &persona, groups::Joining::default())).unwrap();
    }
}

impl Scene {
    /// What a host is told of this choice of readers.
    async fn choice(&self, group: &Id, wanted: &[&Id]) -> Readers {
        let wanted: BTreeSet<Id> = wanted.iter().copied().cloned().collect();
        let mut conn = self.a.database.read().await.unwrap();
        partners::readers_run(&mut conn, self.a.site.now(), &self.a.site.config.origin, (group, &wanted)).await.unwrap()
    }
}

#[tokio::test]
async fn what_a_host_is_told_of_a_choice_of_readers_is_what_happens() {
    for scene in scenes().await {
        let (b, c) = (partner(&scene.a, "b.test").await.id, partner(&scene.a, "c.test").await.id);
        let group = &scene.group.id;
        let nothing = Readers { stay: 2, ..Readers::default() };
        assert_eq!(scene.choice(group, &[&b, &c]).await, nothing);

        // Another group of the same host, that B reads: what is counted of the one is not counted of the other.
        let tea = scene.a.group(&scene.anna.persona.id, "Evening tea", JoinRule::Open, &["b.test"]).await;
        scene.a.write(&scene.anna.persona.id, &tea.id, "Long ago", None).await;
        scene.town.clock.advance(Duration::from_hours(24 * 31));
        scene.a.write(&scene.anna.persona.id, &tea.id, "Tea at nine", None).await;
        scene.a.write(&scene.anna.persona.id, &tea.id, "Or at ten", None).await;
        let grows = Readers { begin: 1, stay: 1, told: 1, more: 2, ..Readers::default() };
        assert_eq!(scene.choice(&tea.id, &[&b, &c]).await, grows, "the post of 31 days ago does not count");

        // C has four posts of the group, all too old to count as traffic; a new one reaches it, and one more is on its way.
        scene.a.write(&scene.anna.persona.id, group, "Five", None).await;
        scene.settle().await;
        scene.a.write(&scene.anna.persona.id, group, "Six, on its way", None).await;
        let shrinks = Readers { stop: 1, stay: 1, less: 2, dropped: 1, relations: 1, copies: 5, ..Readers::default() };
        assert_eq!(scene.choice(group, &[&b]).await, shrinks);
        let ends = scene.choice(group, &[]).await;
        assert_eq!((ends.stop, ends.less, ends.dropped, ends.relations), (2, 2, 2, 2), "a post that went to two is one post: {ends:?}");

        // A rule of the house: the choice is refused, as it then is.
        let mut rules = rules::Rules::installed();
        rules.set(Flow::Share, &Scope { partner: Some(c.clone()), group: Some(tea.id.clone()) }, Some(false));
        admin!(scene.a, |tx, here| partners::apply(tx, here, &rules, By::console())).unwrap();
        let refused = Readers { refused: 1, stay: 1, ..Readers::default() };
        assert_eq!(scene.choice(&tea.id, &[&b, &c]).await, refused);
        let stranger = Id::parse("aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        assert_eq!(scene.choice(&tea.id, &[&b, &stranger]).await, refused);
        let both = [b.clone(), c.clone()];
        let tried = admin!(scene.a, |tx, here| groups::set_readers(tx, here, &tea.id, &scene.anna.persona.id, &both));
        assert!(tried.is_err(), "{tried:?}");

        // Looking has changed nothing; then the host does it.
        let cancelled = async || {
            let mut conn = scene.a.database.read().await.unwrap();
            let text = "SELECT COUNT(*) FROM deliveries WHERE partner_id = $1 AND state = 'cancelled'";
            let (count,): (i64,) = sqlx::query_as(text).bind(c.as_str()).fetch_one(conn.sql()).await.unwrap();
            (count, groups::sharing_partners(&mut conn, group).await.unwrap().len())
        };
        assert_eq!(cancelled().await, (0, 2));
        let only = std::slice::from_ref(&b);
        admin!(scene.a, |tx, here| groups::set_readers(tx, here, group, &scene.anna.persona.id, only)).unwrap();
        assert_eq!(cancelled().await, (shrinks.dropped, 1));
        scene.settle().await;
        let mut conn = scene.a.database.read().await.unwrap();
        assert_eq!(groups::partners_with_members(&mut conn, group).await.unwrap(), std::slice::from_ref(&b), "the relation of C rests");
        drop(conn);
        assert_eq!(scene.texts(&scene.c).await.len(), 5, "the copies stay where they are");
    }
}

#[tokio::test]
async fn what_a_partner_declares_anew_is_looked_at_and_without_hours_nothing_is_shared() {
    for scene in scenes().await {
        let ada = scene.a.person("Ada", Role::Admin).await;
        let c = partner(&scene.a, "c.test").await;
        let tasks = async || {
            let mut conn = scene.a.database.read().await.unwrap();
            let all = partners::tasks(&mut conn, scene.a.site.now()).await.unwrap();
            all.into_iter().filter(|task| task.house == c.name).map(|task| task.key).collect::<Vec<_>>()
        };
        let log = async || {
            let mut conn = scene.a.database.read().await.unwrap();
            let rows: Vec<(String,)> = sqlx::query_as("SELECT words FROM audit WHERE object_id = $1 ORDER BY seq")
                .bind(c.id.as_str())
                .fetch_all(conn.sql())
                .await
                .unwrap();
            rows.into_iter().map(|(words,)| words).collect::<Vec<_>>()
        };
        assert!(tasks().await.is_empty() && !log().await.iter().any(|words| words.starts_with("declared")), "the first naming is silent");

        let anew = Declaration {
            purpose: "We count who comes.".to_owned(),
            retention_days: 900,
            hours: "Mo 10:00-11:00".to_owned(),
            ..Declaration::installed()
        };
        admin!(scene.c, |tx, here| partners::declare(tx, here, &anew, By::console())).unwrap();
        scene.settle().await;
        assert_eq!(tasks().await, ["partners-task-declared"]);
        assert!(log().await.contains(&"declared purpose retention hours".to_owned()), "{:?}", log().await);
        let path = format!("/admin/partners/{}", c.id);
        let page = scene.a.get(&path, Some(&ada.cookie)).await.text;
        for words in ["We count who comes.", "People of our organisations meet in shared groups.", "900 days", "I have seen it"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // Members read what was agreed, and the hours of today.
        let essence = scene.a.get(&format!("/partners/{}", c.id), Some(&scene.anna.cookie)).await.text;
        assert!(!essence.contains("We count who comes.") && essence.contains("10:00"), "{essence}");
        let old = scene.a.post(&format!("{path}/looked"), Some(&ada.cookie), &[("hash", "0")]).await;
        assert_eq!((old.status, tasks().await.len()), (http::StatusCode::UNPROCESSABLE_ENTITY, 1), "it is not what was looked at");
        let hash = page.split("name=\"hash\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let seen = scene.a.post(&format!("{path}/looked"), Some(&ada.cookie), &[("hash", &hash)]).await;
        assert_eq!((seen.status, tasks().await.len()), (http::StatusCode::SEE_OTHER, 0));
        assert!(log().await.contains(&"declaration-seen".to_owned()));
        assert!(scene.a.get(&format!("/partners/{}", c.id), Some(&scene.anna.cookie)).await.text.contains("We count who comes."));

        // Nobody takes a worry there any more. Its own program would not let it say so.
        let mut tx = scene.c.database.begin().await.unwrap();
        declaration::keep_ours(&mut tx, &Declaration { worry_contact: String::new(), ..anew }).await.unwrap();
        tx.commit().await.unwrap();
        let later = Terms { expires: Some(scene.c.site.now().plus(Duration::from_hours(24 * 365))), ..Terms::default() };
        admin!(scene.c, |tx, here| partners::change_terms(tx, here, &origin("a.test"), (later, false), By::console())).unwrap();
        scene.settle().await;
        assert_eq!(tasks().await, ["partners-task-answer", "partners-task-declared", "partners-task-undeclared"]);
        assert!(!scene.is_active(&scene.c, &scene.at_c, &scene.cis.persona.id).await, "nothing is shared with it");
        assert!(scene.is_active(&scene.b, &scene.at_b, &scene.bo.persona.id).await, "B is not touched");
        assert!(log().await.contains(&format!("sharing-ended {} not-declared", scene.group.id)));
        let both = [partner(&scene.a, "b.test").await.id, c.id.clone()];
        let refused = admin!(scene.a, |tx, here| groups::set_readers(tx, here, &scene.group.id, &scene.anna.persona.id, &both));
        assert!(refused.is_err(), "nor can it be shared anew");
    }
}
