//! Whose a post is and where it belongs, in states where exactly this is what stands between a sentence and its effect: the house is
//! the right one, the signature is right, and only the group, the writer or the readers are not.

use serde_json::json;

use super::*;

/// A house has two groups that are read here, and one of them speaks of a post of the other. House and writer are the right ones.
#[tokio::test]
async fn a_group_does_not_speak_of_the_posts_of_another() {
    for cast in Cast::both().await {
        let names = names(&cast).await;
        let uri = format!("http://veld.test/o/{}", cast.home.at.site.here().id());
        let first = announce(&cast, &names, "Create", note(&names, &uri, "one", 0));
        assert_eq!(code(hear(&cast.c, "veld.test", &names.group, &first, None).await), "done");
        let tea = cast.home.at.group(&cast.home.person.persona, "Evening tea", groups::JoinRule::Open, &["zwolle.test"]).await.uri;
        groups::find(&cast.c.at.site, &tea).await.unwrap();
        let tea = Names { group: tea.to_string(), guest: names.guest.clone() };
        let back = json!({"id": cast.home.at.site.here().activity_uri(), "type": "Delete", "actor": tea.group, "object": uri});
        for said in [
            announce(&cast, &tea, "Create", note(&tea, &uri, "two", 5)),
            announce(&cast, &tea, "Update", note(&tea, &uri, "two", 5)),
            announce(&cast, &tea, "Delete", json!(uri)),
            announce(&cast, &tea, "Remove", json!(uri)),
            back,
        ] {
            assert_eq!(code(hear(&cast.c, "veld.test", &tea.group, &said, None).await), "other-group", "{said}");
        }
        let row = cast.c.by_uri(&Iri::parse(&uri).unwrap()).await.unwrap();
        assert_eq!((row.group, row.state, row.source.as_str()), (cast.c.group.clone(), State::Posted, "one"));
    }
}

/// A post stands in the place of a deleted one of the same writer in the same group, and of no other: what is said under somebody's
/// words must not come to hang under those of somebody else.
#[tokio::test]
async fn nobody_takes_the_place_of_what_another_deleted() {
    for cast in Cast::both().await {
        let names = names(&cast).await;
        let fresh = || format!("http://veld.test/o/{}", cast.home.at.site.here().id());
        let (old, answer) = (fresh(), fresh());
        let mut under = note(&names, &answer, "an answer", 0);
        under["inReplyTo"] = json!(old);
        let tea = cast.home.at.group(&cast.home.person.persona, "Evening tea", groups::JoinRule::Open, &["zwolle.test"]).await.uri;
        let tea_at_c = groups::find(&cast.c.at.site, &tea).await.unwrap();
        cast.town.settle(&[&cast.home.at, &cast.c.at]).await.unwrap();
        join(&cast.c.at, &tea_at_c, &cast.c.person.persona).await;
        cast.settle().await;
        for said in [
            announce(&cast, &names, "Create", note(&names, &old, "one", 0)),
            announce(&cast, &names, "Create", under),
            announce(&cast, &names, "Delete", json!(old)),
        ] {
            assert_eq!(code(hear(&cast.c, "veld.test", &names.group, &said, None).await), "done");
        }
        let somebody = Names { group: names.group.clone(), guest: "http://veld.test/p/other".to_owned() };
        let elsewhere = Names { group: tea.to_string(), guest: names.guest.clone() };
        let deleted = cast.c.by_uri(&Iri::parse(&old).unwrap()).await.unwrap();
        for (names, takes) in [(&somebody, false), (&elsewhere, false), (&names, true)] {
            let new = fresh();
            let mut object = note(names, &new, "in its place", 0);
            object["haven:replaces"] = json!(old);
            let mut said = announce(&cast, names, "Create", object);
            said["object"]["actor"] = json!(names.guest);
            assert_eq!(code(hear(&cast.c, "veld.test", &names.group, &said, None).await), "done", "{}", names.guest);
            let new = cast.c.by_uri(&Iri::parse(&new).unwrap()).await.unwrap();
            let parent = cast.c.by_uri(&Iri::parse(&answer).unwrap()).await.unwrap().parent;
            assert_eq!(parent, Some(if takes { new.id } else { deleted.id.clone() }), "{} {}", names.group, names.guest);
        }
    }
}

/// The same at the home, where a guest names the post of somebody else.
#[tokio::test]
async fn a_guest_brings_back_only_what_was_theirs() {
    for cast in Cast::both().await {
        let (names, fern) = (names(&cast).await, fern_uri(&cast).await);
        let wishes = async |replaces: &str| {
            let uri = format!("http://herning.test/o/{}", cast.b.at.site.here().id());
            let mut object = guest_note(&fern, &names.group, &uri, "in its place", 0);
            object["haven:replaces"] = json!(replaces);
            let said = wish(&cast, &fern, &names.group, "Create", object);
            assert_eq!(code(hear(&cast.home, "herning.test", &fern, &said, None).await), "done");
            let mut conn = cast.home.at.site.db.read().await.unwrap();
            crate::features::posts::store::by_origin_uri(&mut conn, &Iri::parse(&uri).unwrap()).await.unwrap().unwrap()
        };
        let bos = cast.home.write("of the home", None).await.unwrap();
        let answer = cast.home.write("an answer", Some(&bos)).await.unwrap();
        let uri = cast.home.post(&bos).await.uri.unwrap().to_string();
        cast.home.delete(&bos, false).await.unwrap();
        let new = wishes(&uri).await;
        assert_eq!((new.replaces, cast.home.post(&answer).await.parent), (None, Some(bos.clone())));
        assert_eq!(cast.home.post(&bos).await.source, "of the home", "Bo can still take it back");

        let ferns = format!("http://herning.test/o/{}", cast.b.at.site.here().id());
        for said in [
            wish(&cast, &fern, &names.group, "Create", guest_note(&fern, &names.group, &ferns, "one", 0)),
            wish(&cast, &fern, &names.group, "Delete", json!(ferns)),
        ] {
            assert_eq!(code(hear(&cast.home, "herning.test", &fern, &said, None).await), "done");
        }
        let ours = cast.home.by_uri_of_origin(&ferns).await;
        assert_eq!(wishes(&ours).await.replaces.map(|uri| uri.to_string()), Some(ours));
    }
}

/// A row says that a group is for everybody, as one of a later version may: no pause stands before what its home tells the world.
#[tokio::test]
async fn nothing_that_is_for_the_world_is_kept() {
    for cast in Cast::both().await {
        let names = names(&cast).await;
        let mut tx = cast.c.at.site.db.begin().await.unwrap();
        let reach = sqlx::query("UPDATE groups SET reach = 'everyone' WHERE id = $1").bind(cast.c.group.as_str());
        assert_eq!(reach.execute(tx.sql()).await.unwrap().rows_affected(), 1);
        tx.commit().await.unwrap();
        let uri = format!("http://veld.test/o/{}", cast.home.at.site.here().id());
        for verb in ["Create", "Update"] {
            let mut object = note(&names, &uri, "one", 0);
            object["to"] = json!([activity::PUBLIC]);
            let said = announce(&cast, &names, verb, object);
            assert_eq!(code(hear(&cast.c, "veld.test", &names.group, &said, None).await), "widened", "{verb}");
        }
        assert!(cast.c.by_uri(&Iri::parse(&uri).unwrap()).await.is_none());
    }
}

/// Of a post that a house may not hold, or that is in another group, no answer is taken; nor does a try tell that the post is there.
#[tokio::test]
async fn what_a_house_may_not_hold_is_not_answered_from_there() {
    for cast in Cast::both().await {
        let (names, fern) = (names(&cast).await, fern_uri(&cast).await);
        let (b, c) = (partner(&cast.home.at, "herning.test").await, partner(&cast.home.at, "zwolle.test").await);
        let shown = cast.home.write("for all", None).await.unwrap();
        let shown = cast.home.post(&shown).await.uri.unwrap().to_string();
        read_by(&cast, std::slice::from_ref(&c)).await;
        let hidden = cast.home.write("not for Herning", None).await.unwrap();
        let hidden = cast.home.post(&hidden).await.uri.unwrap().to_string();
        cast.settle().await;
        cast.town.clock.advance(std::time::Duration::from_secs(1));
        read_by(&cast, &[b, c]).await;
        cast.settle().await;
        join(&cast.b.at, &cast.b.group, &cast.b.person.persona).await;
        cast.settle().await;
        let tea = cast.home.at.group(&cast.home.person.persona, "Evening tea", groups::JoinRule::Open, &["herning.test"]).await;
        let elsewhere = cast.home.at.write(&cast.home.person.persona, &tea.id, "in another group", None).await;
        let elsewhere = cast.home.post(&elsewhere).await.uri.unwrap().to_string();
        let before = refusals(&cast).await.len();
        let nowhere = "http://veld.test/o/aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
        for (parent, taken) in [(&hidden, false), (&elsewhere, false), (&nowhere, false), (&shown, true)] {
            let uri = format!("http://herning.test/o/{}", cast.b.at.site.here().id());
            let mut object = guest_note(&fern, &names.group, &uri, "an answer", 0);
            object["inReplyTo"] = json!(parent);
            let said = wish(&cast, &fern, &names.group, "Create", object);
            assert_eq!(code(hear(&cast.home, "herning.test", &fern, &said, None).await), "done", "{parent}");
            let mut conn = cast.home.at.site.db.read().await.unwrap();
            let row = crate::features::posts::store::by_origin_uri(&mut conn, &Iri::parse(&uri).unwrap()).await.unwrap();
            assert_eq!(row.is_some(), taken, "{parent}");
        }
        let said: Vec<serde_json::Value> = refusals(&cast).await[before..].iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        let said: Vec<_> = said.iter().map(|said| (&said["haven:outcome"], &said["summary"])).collect();
        assert_eq!(said.len(), 3);
        assert!(said.iter().all(|one| *one == said[2]), "the unseen is the nonexistent: {said:?}");
    }
}
