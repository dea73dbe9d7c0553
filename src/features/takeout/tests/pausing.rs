//! The pause and taking back a yes: on pages, in signed reads, in lists of people, and on the wire.

use super::{Houses, sound, state};
use crate::audit::{self, Filter};
use crate::base::Id;
use crate::features::consents::{self, Purpose};
use crate::features::groups::{self, GroupError, Joining};
use crate::features::personas::{self, PersonaName};
use crate::features::posts::{self, NewPost, PostError, State, Text};
use crate::federation::policy::{self, Principal, Traffic};
use crate::federation::{actors, outbox, partners};
use crate::server;
use crate::testing::site::TestSite;

async fn partner_of(site: &TestSite, host: &str) -> Id {
    let origin = crate::base::Origin::parse(&format!("http://{host}")).unwrap();
    partners::by_origin(&mut site.database.read().await.unwrap(), &origin).await.unwrap().unwrap().id
}

/// What a partner may read of a post here by signed GET.
async fn served(site: &TestSite, partner: &Id, post: &Id) -> bool {
    let mut conn = site.database.read().await.unwrap();
    posts::object_for(&mut conn, &Principal::Partner(partner.clone()), post).await.unwrap().is_some()
}

#[tokio::test]
async fn a_pause_hides_everything_here_lets_nothing_leave_and_ends_with_one_button() {
    for houses in Houses::both().await {
        let (site, ida) = (&houses.aalst, &houses.ida);
        let (gid, me) = (houses.group.id.clone(), ida.persona.id.clone());
        let told = site.write(&me, &gid, "canary-told", None).await;
        houses.settle().await;
        assert!(houses.went("herning.test", "canary-told"));
        houses.town.network.unplug("herning.test");
        let waiting = site.write(&me, &gid, "canary-waiting", None).await;
        let herning = partner_of(site, "herning.test").await;
        assert!(served(site, &herning, &told).await);

        let page = sound(site, &ida.cookie, "/me/freeze").await;
        assert!(page.text.contains("Copies that partner houses have already stay there"), "{}", page.text);
        site.post("/me/freeze", Some(&ida.cookie), &[]).await;
        houses.town.network.plug("herning.test", houses.herning.router.clone());
        houses.settle().await;
        houses.town.clock.advance(std::time::Duration::from_hours(3));
        houses.settle().await;
        assert!(!houses.went("herning.test", "canary-waiting"), "what waited is held");

        // Pages of others, signed reads, lists of people.
        for path in [format!("/g/{gid}"), format!("/o/{told}"), "/".to_owned(), format!("/g/{gid}/people")] {
            let seen = site.get(&path, Some(&houses.bo.cookie)).await.text;
            assert!(!seen.contains("canary") && !seen.contains("Ida"), "{path}\n{seen}");
        }
        assert!(!served(site, &herning, &told).await && !served(site, &herning, &waiting).await);
        assert_eq!(state(site, &told).await, State::Frozen);
        let own = sound(site, &ida.cookie, &format!("/g/{gid}")).await;
        assert!(own.text.contains("canary-told") && own.text.contains("Only you see this"), "{}", own.text);

        // Nothing new: no post, no group, no way round by a new name.
        let here = site.site.here();
        let mut tx = site.database.begin().await.unwrap();
        let text = Text::typed("more", "en", "").unwrap();
        let new = NewPost { group: &gid, author: &me, text: &text, reply_to: None, saw_readers: i64::MAX, instead_of: None };
        assert!(matches!(posts::write(&mut tx, &here, &new).await, Err(PostError::Frozen)));
        let reply = NewPost { author: &houses.bo.persona.id, reply_to: Some(&told), ..new };
        assert!(matches!(posts::write(&mut tx, &here, &reply).await, Err(PostError::ParentGone)));
        assert!(matches!(groups::join(&mut tx, &here, &gid, &me, Joining::default()).await, Err(GroupError::Frozen)));
        drop(tx);
        let key = site.site.fresh_key().await.unwrap();
        let mut tx = site.database.begin().await.unwrap();
        let other = personas::create(&mut tx, &here, &key, &ida.account, &PersonaName::parse("Willow").unwrap()).await.unwrap();
        assert!(actors::is_frozen(&mut tx, &other.id).await.unwrap());
        tx.commit().await.unwrap();

        site.post("/me/thaw", Some(&ida.cookie), &[]).await;
        houses.settle().await;
        assert!(houses.went("herning.test", "canary-waiting"), "what was held goes on");
        let seen = site.get(&format!("/g/{gid}"), Some(&houses.bo.cookie)).await.text;
        assert!(seen.contains("canary-told") && seen.contains("canary-waiting"), "{seen}");
        assert!(served(site, &herning, &told).await);
        let mut conn = site.database.read().await.unwrap();
        let rows = audit::list(&mut conn, &Filter { event: "frozen", client: ida.account.as_str(), ..Filter::default() }, i64::MAX, 10)
            .await
            .unwrap();
        assert_eq!(rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>(), ["thawed", "frozen"]);
    }
}

#[tokio::test]
async fn a_paused_guest_says_nothing_more_and_a_late_answer_shows_nothing() {
    for houses in Houses::both().await {
        let (site, fern) = (&houses.herning, &houses.fern);
        let late = site.write(&fern.persona.id, &houses.at_herning, "canary-late", None).await;
        server::step(&site.site).await.unwrap();
        site.post("/me/freeze", Some(&fern.cookie), &[]).await;
        houses.settle().await;
        assert_eq!(state(site, &late).await, State::Frozen, "the home took it after the pause");
        let partner = partner_of(site, "aalst.test").await;
        let mut conn = houses.aalst.database.read().await.unwrap();
        let back = partner_of(&houses.aalst, "herning.test").await;
        let token = policy::admit(&mut conn, &back, Traffic::Any).await.unwrap().unwrap();
        drop(conn);
        let here = houses.aalst.site.here();
        let read = houses.aalst.site.federation.fetch_actor(&token, &here, &fern.persona.uri).await;
        assert!(read.is_err(), "a paused persona has no document");
        let mut conn = site.database.read().await.unwrap();
        let queue = outbox::queue(&mut conn, Some(&partner), false, &outbox::Place::newest()).await.unwrap();
        assert!(queue.iter().all(|row| row.state != "waiting"), "{queue:?}");
        drop(conn);
        site.post("/me/thaw", Some(&fern.cookie), &[]).await;
        houses.settle().await;
        assert_eq!(state(site, &late).await, State::Posted);
        let read = houses.aalst.site.federation.fetch_actor(&token, &here, &fern.persona.uri).await;
        assert!(read.is_ok(), "and afterwards it has one again");
    }
}

#[tokio::test]
async fn a_pause_can_take_the_copies_back() {
    for houses in Houses::both().await {
        let post = houses.herning.write(&houses.fern.persona.id, &houses.at_herning, "canary-copy", None).await;
        houses.settle().await;
        let uri = houses.herning.post_of(&post).await.unwrap().uri.unwrap();
        assert!(houses.zwolle.post_at(&uri).await.unwrap().is_readable());
        houses.herning.post("/me/freeze", Some(&houses.fern.cookie), &[("take_back", "on")]).await;
        houses.settle().await;
        let own = houses.herning.post_of(&post).await.unwrap();
        assert_eq!((own.state, own.told, own.confirmed), (State::Deleted, 2, 2));
        for site in [&houses.aalst, &houses.zwolle] {
            assert_eq!(site.post_at(&uri).await.unwrap().source, "");
        }
    }
}

#[tokio::test]
async fn taking_a_yes_back_calls_back_what_waits_and_takes_away_what_went() {
    for houses in Houses::both().await {
        let (site, fern) = (&houses.herning, &houses.fern);
        let group = houses.at_herning.clone();
        let first = site.write(&fern.persona.id, &group, "canary-first", None).await;
        houses.settle().await;
        let uri = site.post_of(&first).await.unwrap().uri.unwrap();
        houses.town.network.unplug("aalst.test");
        site.write(&fern.persona.id, &group, "canary-second", None).await;
        let page = sound(site, &fern.cookie, "/me/consents").await;
        assert!(page.text.contains("aalst.test") && page.text.contains("zwolle.test"), "the houses as they were shown\n{}", page.text);
        let done = site.post(&format!("/me/consents/{group}/withdraw"), Some(&fern.cookie), &[]).await;
        assert!(done.location.unwrap().contains("takeout-withdrawn"));
        houses.town.network.plug("aalst.test", houses.aalst.router.clone());
        houses.town.clock.advance(std::time::Duration::from_hours(1));
        houses.settle().await;
        assert!(!houses.went("aalst.test", "canary-second"), "no new byte of hers after the commit");
        for other in [&houses.aalst, &houses.zwolle] {
            assert_eq!(other.post_at(&uri).await.unwrap().source, "", "{}", other.host);
        }
        let own = site.post_of(&first).await.unwrap();
        assert_eq!((own.source.as_str(), own.told, own.confirmed), ("", 2, 2));
        let mut conn = site.database.read().await.unwrap();
        let membership = groups::membership_of(&mut conn, &group, &fern.persona.id).await.unwrap().unwrap();
        assert!(!membership.is_active());
        let stands = consents::latest(&mut conn, &fern.account, &Purpose::Share(group.clone())).await.unwrap().unwrap();
        assert_eq!(stands.state, consents::State::Withdrawn);
        drop(conn);
        let page = sound(site, &fern.cookie, "/me/consents").await;
        assert!(page.text.contains("You took your yes back") && !page.text.contains("/withdraw\""), "{}", page.text);
        // Somebody else's group is nobody's to withdraw from, and coming back asks anew.
        site.join(&fern.persona.id, &houses.group.uri).await;
        let mut conn = site.database.read().await.unwrap();
        let stands = consents::latest(&mut conn, &fern.account, &Purpose::Share(group)).await.unwrap().unwrap();
        assert_eq!(stands.state, consents::State::Given);
    }
}

#[tokio::test]
async fn no_and_later_weigh_as_much_as_yes() {
    for houses in Houses::both().await {
        let lea = houses.aalst.person("Lea", crate::features::accounts::Role::Member).await;
        let path = format!("/g/{}", houses.group.id);
        let page = sound(&houses.aalst, &lea.cookie, &format!("{path}/about")).await.text;
        for answer in ["yes", "no", "later"] {
            assert!(page.contains(&format!("<button class=\"button\" name=\"answer\" value=\"{answer}\"")), "{answer}\n{page}");
        }
        let purpose = Purpose::Share(houses.group.id.clone());
        for (answer, said) in [("later", None), ("no", Some(consents::State::Declined)), ("yes", Some(consents::State::Given))] {
            let fields = [("persona", lea.persona.id.as_str()), ("answer", answer), ("saw", "1")];
            let seen = houses.aalst.post(&format!("{path}/membership"), Some(&lea.cookie), &fields).await;
            assert!(seen.status.is_redirection(), "{}", seen.text);
            let mut conn = houses.aalst.database.read().await.unwrap();
            let stands = consents::latest(&mut conn, &lea.account, &purpose).await.unwrap();
            assert_eq!(stands.as_ref().map(|stands| stands.state), said);
            if let Some(stands) = stands {
                assert_eq!((stands.words.as_str(), stands.lang.as_str()), ("herning.test\nzwolle.test", "en"));
            }
            let own = groups::membership_of(&mut conn, &houses.group.id, &lea.persona.id).await.unwrap();
            assert_eq!(own.is_some_and(|own| own.is_active()), answer == "yes");
        }
        houses.settle().await;
    }
}

#[test]
fn every_list_of_people_leaves_out_who_is_paused() {
    // Whoever lists members by joining `memberships` with `actors` must ask for `frozen_at`, or stand here with a reason.
    const WITHOUT: [(&str, &str); 2] = [
        ("of_gone_personas", "looks for retired personas to let go of, shows nobody"),
        ("members_of_partner", "lists the partner's own people, who are paused at their own house"),
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/features");
    let mut lists = 0;
    for file in ["groups/membership/store.rs", "posts/store/kept.rs"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        for function in text.split("async fn ").skip(1) {
            let name = function.split('(').next().unwrap();
            if function.contains("memberships m JOIN actors a")
                || (function.contains("JOIN memberships m") && function.contains("JOIN actors a"))
            {
                lists += 1;
                let excused = WITHOUT.iter().any(|(excused, _)| *excused == name);
                assert!(function.contains("a.frozen_at IS NULL") || excused, "{file}: {name} would show people who paused everything");
            }
        }
    }
    assert!(lists >= 5, "the lists were not found: {lists}");
}
