//! The pages of partnerships through the door: what an admin sees and does, and what members may read.

use http::StatusCode;

use crate::audit::By;
use crate::base::Origin;
use crate::features::accounts::Role;
use crate::federation::partners::by_origin;
use crate::testing::database;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::site::{TestSite, Town};

async fn partner_of(site: &TestSite, host: &str) -> String {
    let mut conn = site.database.read().await.unwrap();
    let origin = Origin::parse(&format!("http://{host}")).unwrap();
    by_origin(&mut conn, &origin).await.unwrap().unwrap().id.to_string()
}

#[tokio::test]
async fn admins_see_every_page_and_members_the_essence() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        town.befriend(&a, &b).await;
        let (ada, anna) = (a.person("Ada", Role::Admin).await, a.person("Anna", Role::Member).await);
        a.group(&anna.persona.id, "Morning coffee", crate::features::groups::JoinRule::Open, &["b.test"]).await;
        let id = partner_of(&a, "b.test").await;
        let pages = [
            "/admin".to_owned(),
            "/admin/partners".to_owned(),
            format!("/admin/partners/{id}"),
            "/admin/agreement".to_owned(),
            "/admin/policy".to_owned(),
            format!("/admin/policy/dry-run?what=pause&partner={id}"),
            format!("/admin/policy/dry-run?what=end&partner={id}"),
            "/partners".to_owned(),
            format!("/partners/{id}"),
        ];
        for path in &pages {
            let page = a.get(path, Some(&ada.cookie)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_page_is_sound(&page.text);
            if path.starts_with("/admin") {
                assert_eq!(a.get(path, Some(&anna.cookie)).await.status, StatusCode::FORBIDDEN, "{path}");
            }
        }
        let dry = a.get(&pages[5], Some(&ada.cookie)).await.text;
        let queue = a.get("/admin/queue?all=1", Some(&ada.cookie)).await.text;
        for (page, word) in [(&dry, "A change"), (&queue, "A change"), (&queue, "An answer or a receipt")] {
            assert!(
                page.contains(word) && !page.contains("Announce") && !page.contains(">Update") && !page.contains("Something else"),
                "{page}"
            );
        }
        let essence = a.get(&format!("/partners/{id}"), Some(&anna.cookie)).await.text;
        assert!(essence.contains("The desk of this house") && essence.contains("One group of our house"), "{essence}");
        let overview = a.get("/admin", Some(&ada.cookie)).await.text;
        assert!(overview.contains("Confirm what our house declares"), "{overview}");

        let fields = [
            ("purpose", "People meet"),
            ("role", "joint"),
            ("retention", "30"),
            ("country", "dk"),
            ("contact", "privacy@a.test"),
            ("hours", "Mo-Fr 08:00-20:00"),
            ("worry", "The night desk"),
        ];
        let wrong = a.post("/admin/agreement", Some(&ada.cookie), &[("hours", "always"), ("country", "Denmark")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("always") && wrong.text.contains("two letters"), "{}", wrong.text);
        assert_eq!(a.post("/admin/agreement", Some(&ada.cookie), &fields).await.status, StatusCode::SEE_OTHER);
        town.settle(&[&a, &b]).await.unwrap();
        let bea = b.person("Bea", Role::Member).await;
        let theirs = b.get(&format!("/partners/{}", partner_of(&b, "a.test").await), Some(&bea.cookie)).await.text;
        assert!(theirs.contains("The night desk") && !theirs.contains("has confirmed this yet"), "{theirs}");
    }
}

#[tokio::test]
async fn the_queue_is_whole_however_many_partners_one_thing_goes_to_and_shows_what_was_put_aside() {
    for database in database::both().await {
        let town = Town::default();
        let a = town.open("a.test", database, 1).await.unwrap();
        let (ada, anna) = (a.person("Ada", Role::Admin).await, a.person("Anna", Role::Member).await);
        let mut tx = a.database.begin().await.unwrap();
        let insert = "INSERT INTO outbox (seq, activity_uri, actor_id, thread, verb, receipt, body, created_at, kind, onward)
                      VALUES ($1, $2, 'a', 't', 'Announce', 0, 'words', 0, 'post', '[]')";
        for seq in [1_i64, 2] {
            sqlx::query(insert).bind(seq).bind(format!("https://a.test/a/{seq}")).execute(tx.sql()).await.unwrap();
        }
        // One message to 450 partners, and an older one to three.
        let to = (0..450).map(|number| (2_i64, number)).chain((0..3).map(|number| (1, number)));
        for (seq, number) in to {
            sqlx::query(
                "INSERT INTO deliveries (partner_id, outbox_seq, thread, state, attempts, next_at, created_at)
                 VALUES ($1, $2, 't', 'refused', 1, 0, 0)",
            )
            .bind(format!("p{number:03}"))
            .bind(seq)
            .execute(tx.sql())
            .await
            .unwrap();
        }
        sqlx::query(
            "INSERT INTO inbox (seq, partner_id, activity_uri, actor_id, verb, body, state, reason, attempts, next_at, received_at, handled_at)
             VALUES (7, 'p001', 'https://p.test/a/1', 'a', 'Create', 'secret', 'parked', 'panicked', 1, 0, 0, 0)",
        )
        .execute(tx.sql())
        .await
        .unwrap();
        sqlx::query("INSERT INTO jobs (id, kind, payload, run_at, attempts, state, reason) VALUES ('j1', 'tests', 'secret', 0, 20, 'dead', 'no-answer')")
            .execute(tx.sql())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let (mut path, mut pages, mut rows) = ("/admin/queue".to_owned(), 0, std::collections::BTreeSet::new());
        loop {
            let page = a.get(&path, Some(&ada.cookie)).await.text;
            pages += 1;
            rows.extend(page.split("action=\"/admin/queue/").skip(1).map(|rest| rest.split("/retry").next().unwrap().to_owned()));
            match page.split("href=\"/admin/queue?before=").nth(1) {
                Some(rest) => path = format!("/admin/queue?before={}", rest.split('"').next().unwrap()),
                None => break,
            }
        }
        assert_eq!((pages, rows.len()), (3, 453), "each once, on three pages");

        assert!(a.get("/admin/queue", Some(&ada.cookie)).await.text.contains("2 things were put aside"));
        let aside = a.get("/admin/queue/parked", Some(&ada.cookie)).await;
        assert_page_is_sound(&aside.text);
        for word in ["A post, from", "A fault in the program", "Work inside this house (", "no-answer"] {
            assert!(aside.text.contains(word), "{word}: {}", aside.text);
        }
        assert!(!aside.text.contains("secret"), "{}", aside.text);
        for (path, cookie, status) in [
            ("/admin/queue/parked/in.7/retry", &anna.cookie, StatusCode::FORBIDDEN),
            ("/admin/queue/parked/nothing/retry", &ada.cookie, StatusCode::NOT_FOUND),
            ("/admin/queue/parked/in.7/retry", &ada.cookie, StatusCode::SEE_OTHER),
            ("/admin/queue/parked/job.j1/retry", &ada.cookie, StatusCode::SEE_OTHER),
        ] {
            assert_eq!(a.post(path, Some(cookie), &[]).await.status, status, "{path}");
        }
        let aside = a.get("/admin/queue/parked", Some(&ada.cookie)).await.text;
        assert_eq!(aside.matches("Nothing is put aside").count(), 2, "{aside}");
    }
}

#[tokio::test]
async fn rules_are_changed_by_form_and_by_file_and_an_unknown_rule_changes_nothing() {
    let town = Town::default();
    let (a, b) =
        (town.open("a.test", database::sqlite().await, 1).await.unwrap(), town.open("b.test", database::sqlite().await, 2).await.unwrap());
    town.befriend(&a, &b).await;
    let ada = a.person("Ada", Role::Admin).await;
    let id = partner_of(&a, "b.test").await;
    let before = a.get("/admin/policy/rules.toml", Some(&ada.cookie)).await.text;
    let bad = format!("{before}\n[[rule]]\npartner = \"http://b.test\"\nshare = \"deny\"\ngossip = \"deny\"\n");
    let refused = a.post("/admin/policy/import", Some(&ada.cookie), &[("book", &bad)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("gossip") && refused.text.contains("Nothing was changed"), "{}", refused.text);
    assert_eq!(a.get("/admin/policy/rules.toml", Some(&ada.cookie)).await.text, before, "nothing is half-applied");

    let good = format!("{before}\n[[rule]]\npartner = \"http://b.test\"\nshare = \"deny\"\n");
    let shown = a.post("/admin/policy/import", Some(&ada.cookie), &[("book", &good)]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_page_is_sound(&shown.text);
    assert_eq!(a.get("/admin/policy/rules.toml", Some(&ada.cookie)).await.text, before, "looking changes nothing");
    let seen = shown.text.split("name=\"confirmed\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    // Somebody else changes the rules in between: what was looked at is not what would be done, so it is shown again.
    let moved = [("share", "allow"), ("directory", "deny"), ("media", "allow"), ("join", "allow"), ("strangers", "known"), ("known", "")];
    assert_eq!(a.post("/admin/policy", Some(&ada.cookie), &moved).await.status, StatusCode::SEE_OTHER);
    let again = a.post("/admin/policy/import", Some(&ada.cookie), &[("book", &good), ("confirmed", &seen)]).await;
    assert_eq!(again.status, StatusCode::OK);
    let seen = again.text.split("name=\"confirmed\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let done = a.post("/admin/policy/import", Some(&ada.cookie), &[("book", &good), ("confirmed", &seen)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let now = a.get("/admin/policy/rules.toml", Some(&ada.cookie)).await.text;
    assert!(now.contains("partner = \"http://b.test\"\nshare = \"deny\""), "{now}");
    let rules = [("share", ""), ("directory", ""), ("media", ""), ("join", "deny"), ("strangers", "")];
    assert_eq!(a.post(&format!("/admin/partners/{id}/rules"), Some(&ada.cookie), &rules).await.status, StatusCode::SEE_OTHER);
    assert!(a.get("/admin/policy", Some(&ada.cookie)).await.text.contains("Our people may join their groups – No"));
}

#[tokio::test]
async fn a_partner_without_the_handshake_stands_on_what_an_admin_wrote_down() {
    for database in database::both().await {
        let town = Town::default();
        let a = town.open("a.test", database, 1).await.unwrap();
        let ada = a.person("Ada", Role::Admin).await;
        let mut tx = a.database.begin().await.unwrap();
        let lemmy = Origin::parse("http://lemmy.test").unwrap();
        super::propose(&mut tx, &a.site.here(), &lemmy, false, true, By::console()).await.unwrap();
        tx.commit().await.unwrap();
        // The other way only after an end: else nothing would come of it, and nobody would know.
        let mut tx = a.database.begin().await.unwrap();
        let other = super::propose(&mut tx, &a.site.here(), &lemmy, true, true, By::console()).await;
        assert!(matches!(other, Err(super::PartnerError::OtherWay { state: "active", named: "without" })), "{other:?}");
        tx.undo().await;
        let id = partner_of(&a, "lemmy.test").await;
        let page = a.get(&format!("/admin/partners/{id}"), Some(&ada.cookie)).await.text;
        assert!(page.contains("other software") && page.contains("Nobody of that house has confirmed"), "{page}");
        let test = a.post(&format!("/admin/partners/{id}/test"), Some(&ada.cookie), &[]).await;
        assert_eq!(test.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", test.text);
        let fields = [
            ("purpose", "Public talk"),
            ("role", "separate"),
            ("retention", "0"),
            ("country", "NL"),
            ("contact", "x@lemmy.test"),
            ("hours", "Sa 10:00-12:00"),
            ("worry", "nobody at night"),
        ];
        assert_eq!(a.post(&format!("/admin/partners/{id}/declaration"), Some(&ada.cookie), &fields).await.status, StatusCode::SEE_OTHER);
        let page = a.get(&format!("/partners/{id}"), Some(&ada.cookie)).await.text;
        assert!(page.contains("nobody at night") && page.contains("Saturday"), "{page}");
        let signed = a.post(&format!("/admin/partners/{id}/signed"), Some(&ada.cookie), &[("text", "We agree.\nBoth signed.")]).await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER);
        assert_eq!(a.get(&format!("/admin/partners/{id}/signed"), Some(&ada.cookie)).await.text, "We agree.\nBoth signed.");
        let end = [("groups", "on"), ("media", "on"), ("directory", "on"), ("expires", "2001-01-01"), ("stop", "on")];
        assert_eq!(a.post(&format!("/admin/partners/{id}/terms"), Some(&ada.cookie), &end).await.status, StatusCode::SEE_OTHER);
        let overview = a.get("/admin", Some(&ada.cookie)).await.text;
        assert!(overview.contains("ended on") && overview.contains("notice wrong"), "{overview}");
        town.clock.advance(std::time::Duration::from_mins(2));
        town.settle(&[&a]).await.unwrap();
        let page = a.get(&format!("/admin/partners/{id}"), Some(&ada.cookie)).await.text;
        assert!(page.contains("paused"), "it pauses by itself because the admin set it so: {page}");
        let mut conn = a.database.read().await.unwrap();
        let known = by_origin(&mut conn, &lemmy).await.unwrap().unwrap();
        assert!(super::changed_at(&mut conn, &known.id).await.unwrap() > known.started_at, "paused later than begun");
    }
}

#[tokio::test]
async fn a_test_that_runs_is_not_begun_again_until_it_has_ended() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        town.befriend(&a, &b).await;
        let origin = Origin::parse("http://b.test").unwrap();
        let mut tx = a.database.begin().await.unwrap();
        super::test(&mut tx, &a.site.here(), &origin, By::console()).await.unwrap();
        let again = super::test(&mut tx, &a.site.here(), &origin, By::console()).await;
        assert!(matches!(again, Err(super::PartnerError::TestRuns)), "{again:?}");
        tx.commit().await.unwrap();
        town.settle(&[&a, &b]).await.unwrap();
        let mut tx = a.database.begin().await.unwrap();
        super::test(&mut tx, &a.site.here(), &origin, By::console()).await.unwrap();
        tx.undo().await;
    }
}

/// Values of the hidden fields of a page, by name.
fn hidden<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let mark = format!("name=\"{name}\" value=\"");
    page.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Which choice of a rule a page shows.
fn chosen<'a>(page: &'a str, rule: &str) -> &'a str {
    let field = page.split(&format!("id=\"rule-{rule}\"")).nth(1).and_then(|rest| rest.split("</select>").next()).unwrap();
    let before = field.split("\" selected").next().unwrap();
    before.rsplit('"').next().unwrap()
}

#[tokio::test]
async fn a_form_of_before_changes_nothing_and_what_was_looked_at_is_what_is_done() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        town.befriend(&a, &b).await;
        let (ada, max) = (a.person("Ada", Role::Admin).await, a.person("Max", Role::Admin).await);
        let rules = |directory: &'static str, join: &'static str| {
            vec![("share", "allow"), ("directory", directory), ("media", "allow"), ("join", join), ("strangers", "allow")]
        };
        let book = async || a.get("/admin/policy/rules.toml", Some(&ada.cookie)).await.text;

        // Both have the page open; Max shuts the one door, and Ada's form still has it open.
        let page = a.get("/admin/policy", Some(&ada.cookie)).await.text;
        let seen = hidden(&page, "seen")[0].to_owned();
        for (who, fields, status) in
            [(&max, rules("allow", "deny"), StatusCode::SEE_OTHER), (&ada, rules("deny", "allow"), StatusCode::UNPROCESSABLE_ENTITY)]
        {
            let fields: Vec<_> = fields.into_iter().chain([("seen", seen.as_str())]).collect();
            let answer = a.post("/admin/policy", Some(&who.cookie), &fields).await;
            assert_eq!(answer.status, status, "{}", answer.text);
            if status == StatusCode::UNPROCESSABLE_ENTITY {
                assert_page_is_sound(&answer.text);
                assert!(answer.text.contains("Somebody changed this while you were here"), "{}", answer.text);
                assert_eq!((chosen(&answer.text, "directory"), chosen(&answer.text, "join")), ("deny", "allow"), "what was typed is kept");
                assert_ne!(hidden(&answer.text, "seen")[0], seen);
            }
        }
        assert!(book().await.contains("join = \"deny\"") && book().await.contains("directory = \"allow\""));

        // She looks first, and then does exactly that.
        let seen = hidden(&a.get("/admin/policy", Some(&ada.cookie)).await.text, "seen")[0].to_owned();
        let fields: Vec<_> = rules("deny", "deny").into_iter().chain([("seen", seen.as_str()), ("step", "look")]).collect();
        let looked = a.post("/admin/policy", Some(&ada.cookie), &fields).await;
        assert_eq!(looked.status, StatusCode::OK);
        assert_page_is_sound(&looked.text);
        assert!(looked.text.contains("Do exactly this") && looked.text.contains("list of groups – now Yes, then No"), "{}", looked.text);
        assert!(book().await.contains("directory = \"allow\""), "looking changes nothing");
        let again: Vec<(&str, &str)> = ["share", "directory", "media", "join", "strangers", "seen"]
            .into_iter()
            .map(|name| (name, hidden(&looked.text, name)[0]))
            .collect();
        assert_eq!(a.post("/admin/policy", Some(&ada.cookie), &again).await.status, StatusCode::SEE_OTHER);
        assert!(book().await.contains("directory = \"deny\"") && book().await.contains("join = \"deny\""));
        let mut conn = a.database.read().await.unwrap();
        let log: Vec<(String, String)> = sqlx::query_as("SELECT object_id, words FROM audit WHERE event = 'policy-changed' ORDER BY seq")
            .fetch_all(conn.sql())
            .await
            .unwrap();
        drop(conn);
        for words in ["join allow>deny", "directory allow>deny"] {
            assert!(log.contains(&("rules".to_owned(), words.to_owned())), "{log:?}");
        }
    }
}

#[tokio::test]
async fn the_same_holds_for_the_rules_the_terms_and_the_state_of_one_partner() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        town.befriend(&a, &b).await;
        let ada = a.person("Ada", Role::Admin).await;
        let id = partner_of(&a, "b.test").await;
        let book = async || a.get("/admin/policy/rules.toml", Some(&ada.cookie)).await.text;
        let path = format!("/admin/partners/{id}");
        let page = a.get(&path, Some(&ada.cookie)).await.text;
        let box_of = |name: &str| page.split(&format!("name=\"{name}\"")).nth(1).and_then(|rest| rest.split('>').next()).unwrap();
        assert!(box_of("stop").contains("checked"), "a new agreement stops on its last day: {page}");
        let (terms_seen, rules_seen) = (hidden(&page, "seen")[0].to_owned(), hidden(&page, "seen")[1].to_owned());
        for (door, old, new, seen) in [
            ("rules", vec![("share", "deny")], vec![("media", "deny")], &rules_seen),
            ("terms", vec![("groups", "on"), ("stop", "on")], vec![("groups", "on"), ("media", "on"), ("stop", "on")], &terms_seen),
        ] {
            let with = |fields: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
                let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
                fields.chain([("seen", seen.clone())]).collect()
            };
            let send = async |fields: Vec<(&'static str, String)>| {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                a.post(&format!("{path}/{door}"), Some(&ada.cookie), &fields).await
            };
            let looked = send([with(&old), vec![("step", "look".to_owned())]].concat()).await;
            assert!(looked.status == StatusCode::OK && looked.text.contains("Do exactly this"), "{door}: {}", looked.text);
            assert_eq!(send(with(&old)).await.status, StatusCode::SEE_OTHER, "{door}");
            let stale = send(with(&new)).await;
            assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "{door}");
            assert!(
                stale.text.contains("Somebody changed this while you were here")
                    && stale.text.contains("<details open>") != (door == "rules")
            );
        }
        assert!(book().await.contains("share = \"deny\"") && !book().await.contains("media = \"deny\""));
        let mut conn = a.database.read().await.unwrap();
        let origin = Origin::parse("http://b.test").unwrap();
        let partner = by_origin(&mut conn, &origin).await.unwrap().unwrap();
        assert!(!super::record(&mut conn, &partner).await.unwrap().terms.flows.media, "the second form did not count");
        drop(conn);

        for what in ["pause", "resume", "end"] {
            let looked = a.post(&format!("{path}/{what}"), Some(&ada.cookie), &[("step", "look"), ("words", "We close.")]).await;
            assert!(looked.status == StatusCode::OK && looked.text.contains("Do exactly this"), "{what}: {}", looked.text);
            assert_page_is_sound(&looked.text);
            assert_eq!(hidden(&looked.text, "words"), if what == "end" { vec!["We close."] } else { vec![] });
            let words: Vec<(&str, &str)> = hidden(&looked.text, "words").into_iter().map(|words| ("words", words)).collect();
            assert_eq!(a.post(&format!("{path}/{what}"), Some(&ada.cookie), &words).await.status, StatusCode::SEE_OTHER, "{what}");
        }
        let new = a.get("/admin/policy/dry-run?what=add&origin=http%3A%2F%2Fc.test", Some(&ada.cookie)).await;
        assert!(new.status == StatusCode::OK && hidden(&new.text, "origin") == ["http://c.test"], "{}", new.text);
    }
}

/// The host of a group sees beside the form what another choice would do, with the choice kept and nothing saved; nobody else does.
#[tokio::test]
async fn a_host_looks_before_choosing_other_readers() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        town.befriend(&a, &b).await;
        let (anna, ben) = (a.person("Anna", Role::Host).await, a.person("Ben", Role::Host).await);
        let open = crate::features::groups::JoinRule::Open;
        let group = a.group(&anna.persona.id, "Morning coffee", open, &["b.test"]).await;
        let own = a.group(&anna.persona.id, "Among us", open, &[]).await;
        let bea = b.person("Bea", Role::Member).await;
        town.settle(&[&a, &b]).await.unwrap();
        b.join(&bea.persona.id, &group.uri).await;
        town.settle(&[&a, &b]).await.unwrap();
        a.write(&anna.persona.id, &group.id, "Good morning", None).await;
        a.write(&anna.persona.id, &own.id, "Only here", None).await;
        town.settle(&[&a, &b]).await.unwrap();
        let partner = partner_of(&a, "b.test").await;
        let (form, look) = (format!("/g/{}/readers", group.id), format!("/g/{}/readers/look", group.id));
        let shown = a.get(&form, Some(&anna.cookie)).await.text;
        assert_page_is_sound(&shown);
        assert!(shown.contains(&format!("formaction=\"{look}\"")), "{shown}");

        for lang in ["nl", "da", "en"] {
            let page = a.post(&look, Some(&format!("{}; lang={lang}", anna.cookie)), &[]).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            assert_page_is_sound(&page.text);
        }
        let without = a.post(&look, Some(&anna.cookie), &[]).await.text;
        for line in [
            "One house would stop reading the group.",
            "One post of the last 30 days would not have gone there.",
            "A few people from there would no longer be in the group.",
            "One copy of a post is there now.",
        ] {
            assert!(without.contains(line), "{line}\n{without}");
        }
        let ticked = |page: &str| page.split("<input").any(|input| input.contains(&partner) && input.contains(" checked"));
        assert!(!ticked(&without) && without.contains(&format!("action=\"{form}\"")), "{without}");
        assert!(!without.contains("Bea") && !without.contains("Good morning"), "{without}");
        let other = a.post(&format!("/g/{}/readers/look", own.id), Some(&anna.cookie), &[("partner", &partner)]).await.text;
        assert!(other.contains("One house would begin to read the group.") && ticked(&other), "{other}");
        assert!(other.contains("The one person of our house in the group is told first."), "{other}");
        let same = a.post(&look, Some(&anna.cookie), &[("partner", &partner), ("partner", "no id")]).await.text;
        assert!(same.contains("The same houses would read the group as now.") && ticked(&same), "{same}");
        assert!(ticked(&a.get(&form, Some(&anna.cookie)).await.text), "nothing was saved");
        // Read again, or in another language: the form, as it stands.
        assert_eq!(a.get(&look, Some(&anna.cookie)).await.location.as_deref(), Some(form.as_str()));
        assert_eq!(a.get(&look, Some(&ben.cookie)).await.status, StatusCode::FORBIDDEN);

        // Ben is host of another group only. One that may not be known of and one that is not there are the same.
        let who = Some(ben.cookie.as_str());
        assert_eq!(a.post(&look, who, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(a.post("/g/aaaaaaaaaaaaaaaaaaaaaaaaaa/readers/look", who, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(a.post(&look, None, &[]).await.status, StatusCode::SEE_OTHER);
        let mut conn = b.database.read().await.unwrap();
        let copy = crate::features::groups::by_uri(&mut conn, &group.uri).await.unwrap().unwrap().id;
        drop(conn);
        assert_eq!(b.post(&format!("/g/{copy}/readers/look"), Some(&bea.cookie), &[]).await.status, StatusCode::FORBIDDEN, "no home of it");
    }
}

/// What a page says when the assessment of risks is not signed.
const UNSIGNED: &str =
    "the section about partners in the assessment of risks has to be signed. <a href=\"/admin/dpia/partners\">Read and sign";

/// Withdraws the signature that stands, on the page.
async fn withdraw(site: &TestSite, cookie: &str) {
    let page = site.get("/admin/dpia/partners", Some(cookie)).await.text;
    let id = hidden(&page, "signature")[0];
    let done = site.post("/admin/dpia/partners/withdraw", Some(cookie), &[("signature", id)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

async fn partners_of(site: &TestSite) -> Vec<(String, &'static str)> {
    let mut conn = site.database.read().await.unwrap();
    let known = crate::federation::partners::list(&mut conn).await.unwrap();
    known.into_iter().map(|partner| (partner.origin.to_string(), partner.state.as_str())).collect()
}

#[tokio::test]
async fn nobody_names_a_partner_on_a_page_before_the_risks_are_signed_for() {
    for database in database::both().await {
        let town = Town::default();
        let a = town.open("a.test", database, 1).await.unwrap();
        let ada = a.person("Ada", Role::Admin).await;
        let page = a.get("/admin/partners", Some(&ada.cookie)).await.text;
        assert!(page.contains(UNSIGNED) && !page.contains("role=\"alert\"") && !page.contains("go on as before"), "{page}");
        for (origin, other) in [("http://b.test", false), ("http://lemmy.test", true)] {
            let fields: Vec<_> = [("origin", origin)].into_iter().chain(other.then_some(("without_handshake", "on"))).collect();
            let refused = a.post("/admin/partners", Some(&ada.cookie), &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_page_is_sound(&refused.text);
            for said in [UNSIGNED, "role=\"alert\"", "Nothing was done.", &format!("name=\"origin\" value=\"{origin}\"")] {
                assert!(refused.text.contains(said), "{said}: {}", refused.text);
            }
            assert_eq!(refused.text.contains("value=\"on\" checked"), other, "{}", refused.text);
        }
        assert!(partners_of(&a).await.is_empty());

        a.sign_assessments().await;
        assert!(!a.get("/admin/partners", Some(&ada.cookie)).await.text.contains(UNSIGNED));
        for fields in [vec![("origin", "http://b.test")], vec![("origin", "http://lemmy.test"), ("without_handshake", "on")]] {
            assert_eq!(a.post("/admin/partners", Some(&ada.cookie), &fields).await.status, StatusCode::SEE_OTHER);
        }
        let mut known = partners_of(&a).await;
        known.sort();
        assert_eq!(known, [("http://b.test".to_owned(), "proposed"), ("http://lemmy.test".to_owned(), "active")]);

        // Withdrawn: who is there stays, nobody new comes, and the desk says both.
        withdraw(&a, &ada.cookie).await;
        let refused = a.post("/admin/partners", Some(&ada.cookie), &[("origin", "http://c.test")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut now = partners_of(&a).await;
        now.sort();
        assert_eq!(now, known);
        let desk = a.get("/admin/partners", Some(&ada.cookie)).await.text;
        assert!(desk.contains(UNSIGNED) && desk.contains("Partners that are there now go on as before."), "{desk}");
        let overview = a.get("/admin", Some(&ada.cookie)).await.text;
        assert!(overview.contains("is withdrawn. What is there goes on."), "{overview}");

        // The console is the operator's (decision 0005).
        let mut tx = a.database.begin().await.unwrap();
        super::propose(&mut tx, &a.site.here(), &Origin::parse("http://d.test").unwrap(), true, true, By::console()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(partners_of(&a).await.len(), 3);
    }
}

#[tokio::test]
async fn a_yes_on_a_page_waits_for_the_signature_and_a_partnership_that_runs_does_not() {
    for (one, two) in database::both().await.into_iter().zip(database::both().await) {
        let town = Town::default();
        let (a, b) = (town.open("a.test", one, 1).await.unwrap(), town.open("b.test", two, 2).await.unwrap());
        let ada = a.person("Ada", Role::Admin).await;
        let origin = |host: &str| Origin::parse(&format!("http://{host}")).unwrap();
        let groups =
            super::Terms { flows: crate::federation::partners::Flows { media: false, ..Default::default() }, ..Default::default() };
        for (site, other, terms) in [(&b, "a.test", Some(groups)), (&a, "b.test", None)] {
            let mut tx = site.database.begin().await.unwrap();
            super::propose(&mut tx, &site.site.here(), &origin(other), true, true, By::console()).await.unwrap();
            if let Some(terms) = terms {
                super::change_terms(&mut tx, &site.site.here(), &origin(other), (terms, true), By::console()).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        town.settle(&[&a, &b]).await.unwrap();
        // Their proposal came over the wire all the same, and waits.
        let path = format!("/admin/partners/{}", partner_of(&a, "b.test").await);
        let page = a.get(&path, Some(&ada.cookie)).await.text;
        assert!(page.contains("Their offer") && page.contains(UNSIGNED), "{page}");
        let hash = hidden(&page, "hash")[0].to_owned();
        let same = [("groups", "on"), ("directory", "on"), ("expires", ""), ("stop", "on")];
        for (door, fields) in [("accept", vec![("hash", hash.as_str())]), ("terms", same.to_vec())] {
            let refused = a.post(&format!("{path}/{door}"), Some(&ada.cookie), &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{door}");
            assert_page_is_sound(&refused.text);
            assert!(refused.text.contains(UNSIGNED) && refused.text.contains("role=\"alert\""), "{door}: {}", refused.text);
            let box_of = refused.text.split("name=\"media\"").nth(1).and_then(|rest| rest.split('>').next()).unwrap();
            assert_eq!(box_of.contains("checked"), door == "accept", "what was chosen is kept: {box_of}");
            town.settle(&[&a, &b]).await.unwrap();
            assert_eq!(partners_of(&a).await, [("http://b.test".to_owned(), "proposed")], "{door}");
        }
        a.sign_assessments().await;
        let done = a.post(&format!("{path}/accept"), Some(&ada.cookie), &[("hash", &hash)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        town.settle(&[&a, &b]).await.unwrap();
        assert_eq!(partners_of(&a).await, [("http://b.test".to_owned(), "active")]);

        // A partnership that runs: pausing, going on and other terms are as before.
        withdraw(&a, &ada.cookie).await;
        assert!(!a.get(&path, Some(&ada.cookie)).await.text.contains(UNSIGNED));
        for (door, fields) in [("pause", vec![]), ("resume", vec![]), ("terms", vec![("groups", "on"), ("stop", "on")])] {
            let done = a.post(&format!("{path}/{door}"), Some(&ada.cookie), &fields).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{door}: {}", done.text);
        }
        // After the end it would be a new one.
        assert_eq!(a.post(&format!("{path}/end"), Some(&ada.cookie), &[]).await.status, StatusCode::SEE_OTHER);
        let anew = a.post("/admin/partners", Some(&ada.cookie), &[("origin", "http://b.test")]).await;
        assert!(anew.status == StatusCode::UNPROCESSABLE_ENTITY && anew.text.contains(UNSIGNED), "{}", anew.text);
    }
}
