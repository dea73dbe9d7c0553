//! One house: its pages through the door, for those who are in and those who are not.

use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::testing::database;
use haven::testing::pages::assert_page_is_sound;
use haven::testing::site::Town;
use http::StatusCode;

#[tokio::test]
async fn a_member_sees_the_thread_and_a_stranger_sees_nothing() {
    for database in database::both().await {
        let town = Town::default();
        let site = town.open("a.test", database, 1).await.unwrap();
        let anna = site.person("Anna", Role::Member).await;
        let bram = site.person("Bram", Role::Member).await;
        let group = site.group(&anna.persona.id, "Morning coffee", JoinRule::Invite, &[]).await;
        let post = site.write(&anna.persona.id, &group.id, "Canary kvist", None).await;
        let own_names = ["/groups".to_owned(), "/me".to_owned()];
        for path in [format!("/g/{}", group.id), format!("/o/{post}"), "/".to_owned()].into_iter().chain(own_names) {
            let page = site.get(&path, Some(&anna.cookie)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_page_is_sound(&page.text);
        }
        let nothing = site.get("/o/aaaaaaaaaaaaaaaaaaaaaaaaaa", Some(&bram.cookie)).await;
        let hidden = site.get(&format!("/o/{post}"), Some(&bram.cookie)).await;
        assert_eq!((hidden.status, &hidden.text), (StatusCode::NOT_FOUND, &nothing.text), "invisible is nonexistent, byte for byte");
        let stranger = site.get(&format!("/o/{post}"), None).await;
        assert!(!stranger.text.contains("kvist"));
    }
}
