//! The copy and the way to another house: complete for oneself, nothing of others, and no word to anybody.

use http::StatusCode;
use serde_json::Value;

use super::{Houses, sound};
use crate::audit::{self, Filter};
use crate::features::accounts::Role;
use crate::features::personas;

#[tokio::test]
async fn a_copy_is_complete_for_oneself_and_holds_nothing_of_others() {
    for houses in Houses::both().await {
        let (site, ida) = (&houses.aalst, &houses.ida);
        let group = &houses.group.id;
        let others = site.write(&houses.bo.persona.id, group, "canary-of-bo", None).await;
        site.write(&ida.persona.id, group, "canary-of-ida", Some(&others)).await;
        houses.settle().await;
        let page = sound(site, &ida.cookie, "/me/copy").await;
        assert!(page.text.contains("/me/copy/page") && page.text.contains("/me/copy/json"));
        let json = site.post("/me/copy/json", Some(&ida.cookie), &[]).await;
        assert_eq!(json.status, StatusCode::OK);
        let read: Value = serde_json::from_str(&json.text).unwrap();
        assert_eq!(read["format"], "haven-copy");
        assert_eq!(read["account"]["sign_in_name"], "ida-signs-in");
        assert_eq!(read["posts"][0]["text"], "canary-of-ida");
        assert!(read["posts"][0]["answers"].as_str().unwrap().ends_with(&format!("/o/{others}")), "by address only");
        let mut to: Vec<_> =
            read["posts"][0]["recipients"].as_array().unwrap().iter().map(|one| one["address"].as_str().unwrap()).collect();
        to.sort_unstable();
        assert_eq!(to, ["http://herning.test", "http://zwolle.test"], "every house that received it");
        assert!(read["posts"][0]["recipients"].as_array().unwrap().iter().all(|one| one["state"] == "delivered"));
        assert_eq!(read["consents"][0]["state"], "given");
        assert_eq!(read["groups"][0]["name"], "Morning coffee");
        assert!(!json.text.contains("canary-of-bo") && !json.text.contains(houses.bo.account.as_str()), "{}", json.text);
        for lang in ["en", "nl", "da"] {
            let html = site.post("/me/copy/page", Some(&format!("{}; lang={lang}", ida.cookie)), &[]).await.text;
            assert!(html.contains("canary-of-ida") && html.contains("herning.test") && html.contains(&format!("lang=\"{lang}\"")));
            assert!(
                !html.contains("<script") && !html.contains("src=") && !html.contains("canary-of-bo") && !html.contains("takeout-"),
                "{html}"
            );
        }
        let mut conn = site.database.read().await.unwrap();
        let rows = audit::list(&mut conn, &Filter { event: "exported", client: ida.account.as_str(), ..Filter::default() }, i64::MAX, 10)
            .await
            .unwrap();
        assert_eq!(rows.len(), 4);
    }
}

#[tokio::test]
async fn what_is_mine_moves_and_nobody_is_told() {
    for houses in Houses::both().await {
        houses.aalst.write(&houses.ida.persona.id, &houses.group.id, "canary-that-moves", None).await;
        houses.settle().await;
        let copy = houses.aalst.post("/me/copy/json", Some(&houses.ida.cookie), &[]).await.text;
        let there = &houses.zwolle;
        let moved = there.person("Newcomer", Role::Member).await;
        houses.settle().await;
        let calls = houses.town.network.log().len();
        sound(there, &moved.cookie, "/me/move").await;
        sound(there, &moved.cookie, "/me/import").await;
        let done = there.upload("/me/import", &moved.cookie, &copy).await;
        assert_eq!(done.location.as_deref(), Some("/me/notes?said=takeout-imported"), "{}", done.text);
        let notes = sound(there, &moved.cookie, "/me/notes").await;
        assert!(notes.text.contains("canary-that-moves") && notes.text.contains("Morning coffee"), "{}", notes.text);
        assert_eq!(notes.text.matches("canary-that-moves").count(), 1);
        let mut conn = there.database.read().await.unwrap();
        let mut names: Vec<_> = personas::of_account(&mut conn, &moved.account).await.unwrap().into_iter().map(|own| own.name).collect();
        // Both came at the same moment of the set clock.
        names.sort_unstable();
        assert_eq!(names, ["Ida", "Newcomer"]);
        drop(conn);
        there.upload("/me/import", &moved.cookie, &copy).await;
        let notes = there.get("/me/notes", Some(&moved.cookie)).await.text;
        assert_eq!(notes.matches("canary-that-moves").count(), 1, "twice is once");
        houses.settle().await;
        assert_eq!(houses.town.network.log().len(), calls, "no house is asked or told");
        let consents = sound(there, &moved.cookie, "/me/consents").await.text;
        assert!(consents.contains("At another house: Morning coffee") && !consents.contains("/withdraw"), "{consents}");
        // Nobody else sees a note, and a stranger's file is no copy.
        assert!(!there.get("/me/notes", Some(&houses.noor.cookie)).await.text.contains("canary"));
        for wrong in ["", "[]", "{}", "{\"format\":\"haven-copy\",\"version\":99}", &copy[..copy.len() / 2]] {
            let refused = there.upload("/me/import", &moved.cookie, wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:.40}");
            assert!(refused.text.contains("This is not a copy that we can read"));
        }
        let id = notes.split("/me/notes/").nth(1).unwrap().split('/').next().unwrap();
        assert_eq!(there.post(&format!("/me/notes/{id}/drop"), Some(&houses.noor.cookie), &[]).await.status, StatusCode::NOT_FOUND);
        there.post(&format!("/me/notes/{id}/drop"), Some(&moved.cookie), &[]).await;
        assert!(!there.get("/me/notes", Some(&moved.cookie)).await.text.contains("canary"));
    }
}
