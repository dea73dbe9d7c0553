//! Through the door, as Bo, Ida and somebody who is in no group.

use http::StatusCode;

use super::cast::{Cast, House, Person, house_alone, person};
use crate::features::accounts::Role;
use crate::features::posts::store;
use crate::testing::database::{both, sqlite};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::site::Seen;

async fn get(house: &House, who: &Person, path: &str) -> Seen {
    let seen = house.at.get(path, Some(&who.cookie)).await;
    if seen.status == StatusCode::OK {
        assert_page_is_sound(&seen.text);
    }
    seen
}

async fn send(house: &House, who: &Person, path: &str, fields: &[(&str, &str)]) -> Seen {
    let seen = house.at.post(path, Some(&who.cookie), fields).await;
    if seen.status == StatusCode::UNPROCESSABLE_ENTITY {
        assert_page_is_sound(&seen.text);
    }
    seen
}

#[tokio::test]
async fn somebody_writes_answers_changes_and_takes_away() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let group = format!("/g/{}", house.group);
    assert!(get(&house, &ida, &group).await.text.contains("Nothing is written here yet"));
    let form = get(&house, &ida, &format!("{group}/write")).await;
    assert!(form.text.contains("You write as Ida") && form.text.contains("Only people of"), "{}", form.text);
    let sent =
        send(&house, &ida, &format!("{group}/write"), &[("text", "Hello *all*"), ("lang", "en"), ("label", "tea"), ("do", "post")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let thread = sent.location.unwrap();
    let thread = thread.split('?').next().unwrap();
    let page = get(&house, &house.person, thread).await;
    assert!(page.text.contains("<em>all</em>") && page.text.contains("Ida"), "{}", page.text);
    let sent = send(&house, &house.person, &format!("{thread}/answer"), &[("text", "Welcome @Ida"), ("lang", "nl"), ("do", "post")]).await;
    let there = sent.location.unwrap();
    let page = get(&house, &ida, there.split('#').next().unwrap()).await;
    assert!(page.text.contains("Welcome @Ida") && page.text.contains("lang=\"nl\""));
    let home = get(&house, &ida, "/").await;
    assert!(home.text.contains("Bo answered you in Morning coffee") && home.text.contains("That is all for today"), "{}", home.text);
    let list = get(&house, &house.person, &format!("{group}?label=tea")).await;
    assert!(list.text.contains("Hello all") && list.text.contains("Last answer"), "{}", list.text);
    assert!(get(&house, &house.person, &format!("{group}?label=nothing")).await.text.contains("Nothing is written here yet"));

    assert!(get(&house, &ida, &format!("{thread}/edit")).await.text.contains("Hello *all*"));
    let saved = send(&house, &ida, &format!("{thread}/edit"), &[("text", "Hello everybody"), ("lang", "en"), ("label", "tea")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let page = get(&house, &house.person, thread).await;
    assert!(page.text.contains("Hello everybody") && page.text.contains("changed"));
    assert!(get(&house, &ida, &format!("{thread}/delete")).await.text.contains("For a week you can show it again"));
    send(&house, &ida, &format!("{thread}/delete"), &[("how", "week")]).await;
    let page = get(&house, &house.person, thread).await;
    assert!(!page.text.contains("Hello everybody") && page.text.contains("The writer took this away"), "{}", page.text);
    assert!(get(&house, &ida, &group).await.text.contains("Until"), "the writer can show it again");
    send(&house, &ida, &format!("{thread}/undo"), &[]).await;
    assert!(get(&house, &house.person, thread).await.text.contains("Hello everybody"));
}

#[tokio::test]
async fn an_answer_has_an_address_of_its_own() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let root = house.write("Hello", None).await.unwrap();
    let answer = house.write_as(&ida.persona, "Hi", Some(&root)).await.unwrap();
    let seen = get(&house, &ida, &format!("/o/{answer}")).await;
    let location = seen.location.unwrap();
    assert!(location.starts_with(&format!("/o/{root}?after=")) && location.ends_with(&format!("#p-{answer}")), "{location}");
    assert!(get(&house, &ida, location.split('#').next().unwrap()).await.text.contains(">Hi<"));
}

#[tokio::test]
async fn who_is_not_in_the_group_sees_its_door_and_nothing_inside() {
    let (_town, house, _ida) = house_alone(sqlite().await).await;
    let quinn = person(&house.at, "Quinn", Role::Member).await;
    let root = house.write("Only for us", None).await.unwrap();
    let seen = get(&house, &quinn, &format!("/g/{}", house.group)).await;
    assert_eq!(seen.location.as_deref(), Some(format!("/g/{}/about", house.group).as_str()));
    let nowhere = "a".repeat(26);
    for path in ["", "/edit", "/delete", "/answer", "/remove"] {
        let (there, none) =
            (get(&house, &quinn, &format!("/o/{root}{path}")).await, get(&house, &quinn, &format!("/o/{nowhere}{path}")).await);
        assert_eq!((there.status, &there.text), (none.status, &none.text.replace(&nowhere, root.as_str())), "{path}");
        assert_eq!(there.status, StatusCode::NOT_FOUND);
    }
    for path in ["/undo", "/withdraw", "/drop-change"] {
        assert_eq!(send(&house, &quinn, &format!("/o/{root}{path}"), &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(send(&house, &quinn, &format!("/o/{root}/mark"), &[("mark", "pin")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&house, &quinn, &format!("/o/{root}/remove"), &[("reason", "x")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&house, &quinn, &format!("/o/{root}/answer"), &[("text", "x"), ("lang", "en")]).await.status, StatusCode::NOT_FOUND);
    assert!(!get(&house, &quinn, "/").await.text.contains("Only for us"));
    // Without signing in: the same welcome for everybody.
    let welcome = house.at.get("/", None).await;
    assert_page_is_sound(&welcome.text);
    assert!(welcome.text.contains("quiet place") && !welcome.text.contains("Morning coffee"));
    assert!(house.at.get(&format!("/o/{root}"), None).await.location.unwrap().starts_with("/sign-in?next="));
}

#[tokio::test]
async fn what_was_typed_is_never_lost() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let write = format!("/g/{}/write", house.group);
    let long = "x".repeat(20_001);
    for (fields, sentence) in [
        (vec![("text", "   "), ("label", "tea"), ("lang", "en")], "Write something first."),
        (vec![("text", long.as_str()), ("label", "tea"), ("lang", "en")], "This is too long."),
        (vec![("text", "Hello"), ("label", "tea"), ("lang", "??")], "Choose the language"),
        (vec![("text", "Hello"), ("label", "this topic is far too long to be one of ours"), ("lang", "en")], "This topic is too long."),
    ] {
        let back = send(&house, &ida, &write, &fields).await;
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(back.text.contains(sentence), "{sentence}");
        assert!(back.text.contains(fields[0].1.trim()) && back.text.contains(fields[1].1), "{sentence}");
    }
    // The session ended while somebody wrote.
    let back = house.at.post(&write, None, &[("text", "Long thought <out>"), ("lang", "nl"), ("do", "post")]).await;
    assert_page_is_sound(&back.text);
    assert!(
        back.status == StatusCode::FORBIDDEN && back.text.contains("Long thought &#60;out&#62;") && back.text.contains("/sign-in"),
        "{}",
        back.text
    );
    assert!(!back.text.contains("Morning coffee"));
    // Kept for later, found again, thrown away.
    send(&house, &ida, &write, &[("text", "Half a"), ("lang", "en"), ("do", "keep")]).await;
    assert!(get(&house, &ida, "/").await.text.contains("A text for Morning coffee"));
    assert!(get(&house, &ida, &write).await.text.contains("Half a"));
    send(&house, &ida, &write, &[("text", "Half a"), ("lang", "en"), ("do", "drop")]).await;
    assert!(!get(&house, &ida, &write).await.text.contains("Half a"));
}

#[tokio::test]
async fn hosts_pin_close_remove_and_see_who_waits() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let root = house.write_as(&ida.persona, "Is anybody there?", None).await.unwrap();
    let waiting = format!("/g/{}/unanswered", house.group);
    assert!(get(&house, &house.person, &waiting).await.text.contains("Is anybody there?"));
    assert_eq!(get(&house, &ida, &waiting).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&house, &ida, &format!("/o/{root}/mark"), &[("mark", "pin")]).await.status, StatusCode::FORBIDDEN);
    send(&house, &house.person, &format!("/o/{root}/mark"), &[("mark", "pin")]).await;
    send(&house, &house.person, &format!("/o/{root}/mark"), &[("mark", "close")]).await;
    let page = get(&house, &ida, &format!("/o/{root}")).await;
    assert!(page.text.contains("Kept at the top") && page.text.contains("This conversation is closed") && !page.text.contains("<textarea"));
    let form = get(&house, &house.person, &format!("/o/{root}/remove")).await;
    assert!(form.text.contains("What we tell the writer"));
    assert_eq!(
        send(&house, &house.person, &format!("/o/{root}/remove"), &[("reason", " ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    send(&house, &house.person, &format!("/o/{root}/remove"), &[("reason", "Please not at night")]).await;
    let page = get(&house, &ida, &format!("/g/{}", house.group)).await;
    assert!(page.text.contains("Please not at night") && page.text.contains("somebody else can look again"), "{}", page.text);
    assert!(get(&house, &ida, "/").await.text.contains("Your text was removed in Morning coffee"));
    assert!(!get(&house, &house.person, &format!("/g/{}", house.group)).await.text.contains("Is anybody there?"));
}

#[tokio::test]
async fn a_writer_sees_who_received_a_post_and_that_it_waits() {
    let cast = Cast::on(crate::db::Engine::Sqlite).await.unwrap();
    let id = cast.b.write("Hello from Herning", None).await.unwrap();
    let group = format!("/g/{}", cast.b.group);
    let page = get(&cast.b, &cast.b.person, &group).await;
    assert!(page.text.contains("waits for veld.test, the home of this group"), "{}", page.text);
    assert!(page.text.contains("People of 3 houses can read this group"), "{}", page.text);
    cast.settle().await;
    let page = get(&cast.b, &cast.b.person, &format!("/o/{id}")).await;
    assert!(page.text.contains("Houses this is for:") && page.text.contains("zwolle.test"), "{}", page.text);
    let uri = cast.b.post(&id).await.uri.unwrap();
    let at_c = cast.c.by_uri(&uri).await.unwrap();
    let page = get(&cast.c, &cast.c.person, &format!("/o/{}", at_c.id)).await;
    assert!(page.text.contains("Hello from Herning") && !page.text.contains("Houses this is for"));
    cast.b.delete(&id, false).await.unwrap();
    cast.settle().await;
    let page = get(&cast.b, &cast.b.person, &group).await;
    assert!(page.text.contains("2 of 2 houses have confirmed"), "{}", page.text);
}

#[tokio::test]
async fn pages_are_sound_in_three_languages() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let root = house.write_as(&ida.persona, "Hello", None).await.unwrap();
    house.write("Hi", Some(&root)).await.unwrap();
    for lang in ["en", "nl", "da"] {
        let cookie = format!("{}; lang={lang}", house.person.cookie);
        let group = format!("/g/{}", house.group);
        for path in [
            "/",
            &group,
            &format!("{group}/write"),
            &format!("{group}/unanswered"),
            &format!("/o/{root}"),
            &format!("/o/{root}/answer"),
            &format!("/o/{root}/remove"),
        ] {
            let seen = house.at.get(path, Some(&cookie)).await;
            assert_eq!(seen.status, StatusCode::OK, "{path}");
            assert!(seen.text.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            assert_page_is_sound(&seen.text);
        }
    }
}

#[tokio::test]
async fn somebody_takes_everything_they_wrote_away() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    house.write_as(&ida.persona, "One of mine", None).await.unwrap();
    house.write("Not mine", None).await.unwrap();
    let path = format!("/g/{}/take-away", house.group);
    assert!(get(&house, &ida, &path).await.text.contains("This cannot be taken back"));
    assert_eq!(send(&house, &ida, &path, &[]).await.status, StatusCode::SEE_OTHER);
    let page = get(&house, &house.person, &format!("/g/{}", house.group)).await;
    assert!(!page.text.contains("One of mine") && page.text.contains("Not mine"));
}

#[tokio::test]
async fn a_refused_text_is_changed_and_sent_again() {
    let cast = Cast::on(crate::db::Engine::Sqlite).await.unwrap();
    let out = async |state: &str| store::tests::set_guests(&cast.home.at.site.db, state).await;
    out("removed").await;
    let id = cast.b.write("Take me in", None).await.unwrap();
    cast.settle().await;
    let group = format!("/g/{}", cast.b.group);
    let page = get(&cast.b, &cast.b.person, &group).await;
    assert!(
        page.text.contains("Only members of this group can write here") && page.text.contains("Change it and send it again"),
        "{}",
        page.text
    );
    assert!(get(&cast.b, &cast.b.person, "/").await.text.contains("Your text was not taken in Morning coffee"));
    let form = get(&cast.b, &cast.b.person, &format!("{group}/write?again={id}")).await;
    assert!(form.text.contains("Take me in"));
    out("active").await;
    let fields = [("text", "Take me in, please"), ("lang", "en"), ("instead", id.as_str()), ("do", "post")];
    assert_eq!(send(&cast.b, &cast.b.person, &format!("{group}/write"), &fields).await.status, StatusCode::SEE_OTHER);
    cast.settle().await;
    for house in cast.houses() {
        assert_eq!(house.readable().await.len(), 1, "{}", house.at.host);
    }
    assert!(!get(&cast.b, &cast.b.person, &group).await.text.contains("did not take this"));
}

#[tokio::test]
async fn who_writes_very_much_waits_ten_minutes_and_keeps_the_text() {
    for database in both().await {
        let (town, house, ida) = house_alone(database).await;
        let form = format!("/g/{}/write", house.group);
        let fields = [("text", "one more of many"), ("lang", "en"), ("do", "post")];
        for _ in 0..30 {
            assert_eq!(send(&house, &ida, &form, &fields).await.status, StatusCode::SEE_OTHER);
        }
        let much = send(&house, &ida, &form, &fields).await;
        assert_eq!(much.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(much.text.contains("one more of many") && much.text.contains("Wait ten minutes"), "{}", much.text);
        assert_eq!(send(&house, &house.person, &form, &fields).await.status, StatusCode::SEE_OTHER, "others do not notice");
        town.clock.advance(std::time::Duration::from_mins(10));
        assert_eq!(send(&house, &ida, &form, &fields).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_refused_text_comes_back_also_to_who_is_not_in_the_group_any_more() {
    let cast = Cast::on(crate::db::Engine::Sqlite).await.unwrap();
    store::tests::set_guests(&cast.home.at.site.db, "removed").await;
    let id = cast.b.write("Take me in", None).await.unwrap();
    cast.settle().await;
    let home = get(&cast.b, &cast.b.person, "/").await;
    assert!(home.text.contains(&format!("/me/waiting#p-{id}")), "{}", home.text);
    store::tests::set_members(&cast.b.at.site.db, "resting").await;
    let page = get(&cast.b, &cast.b.person, "/me/waiting").await;
    for said in ["Take me in", "Morning coffee", "Only members of this group can write here", &format!("/o/{id}/again")] {
        assert!(page.text.contains(said), "{said}\n{}", page.text);
    }
    let copy = get(&cast.b, &cast.b.person, &format!("/o/{id}/again")).await;
    assert!(copy.status == StatusCode::OK && copy.text.contains("readonly") && copy.text.contains("Take me in"), "{}", copy.text);
    let other = person(&cast.b.at, "Quinn", Role::Member).await;
    assert!(!get(&cast.b, &other, "/me/waiting").await.text.contains("Take me in"), "nobody else's");
    assert_eq!(get(&cast.b, &other, &format!("/o/{id}/again")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        send(&cast.b, &cast.b.person, &format!("/o/{id}/delete"), &[("how", "now")]).await.location.unwrap(),
        "/me/waiting?said=posts-erased-notice"
    );
    assert!(!get(&cast.b, &cast.b.person, "/me/waiting").await.text.contains("Take me in"));
}

#[tokio::test]
async fn an_answer_to_what_is_gone_begins_a_new_conversation() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let root = house.write("Here for a moment", None).await.unwrap();
    let answer = format!("/o/{root}/answer");
    send(&house, &ida, &answer, &[("text", "Half an answer"), ("lang", "en"), ("do", "keep")]).await;
    house.delete(&root, false).await.unwrap();
    assert!(get(&house, &ida, "/").await.text.contains(&format!("href=\"{answer}\"")), "it is in the list");
    assert!(get(&house, &ida, "/me/waiting").await.text.contains("Half an answer"));
    let there = get(&house, &ida, &answer).await.location.expect("it leads on");
    assert_eq!(there, format!("/g/{}/write?draft={root}", house.group));
    let page = get(&house, &ida, &there).await;
    assert!(page.text.contains("Half an answer") && page.text.contains("as a new conversation"), "{}", page.text);
    assert!(page.text.contains(&format!("name=\"draft\" value=\"{root}\"")), "{}", page.text);
    // The answer that was on its way when the post went: the text comes back, the words that are gone do not.
    let late = send(&house, &ida, &answer, &[("text", "A whole answer"), ("lang", "en"), ("do", "post")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("A whole answer") && late.text.contains("as a new conversation"), "{}", late.text);
    assert!(!late.text.contains("Here for a moment"), "what was taken away is not quoted: {}", late.text);
    let write = format!("/g/{}/write", house.group);
    let fields = [("text", "Half an answer"), ("lang", "en"), ("draft", root.as_str()), ("do", "post")];
    assert_eq!(send(&house, &ida, &write, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(!get(&house, &ida, "/").await.text.contains("Kept for later"), "the draft is gone");
    // Who cannot write an answer to it has no draft of one either.
    assert_eq!(get(&house, &house.person, &answer).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_sent_any_more_is_shown_to_be_copied() {
    let (_town, house, ida) = house_alone(sqlite().await).await;
    let own = house.write_as(&ida.persona, "Mine", None).await.unwrap();
    let nowhere = "a".repeat(26);
    // Signed out: a change, and the reason of a removal.
    for (path, field) in [(format!("/o/{own}/edit"), "text"), (format!("/o/{own}/remove"), "reason")] {
        let back = house.at.post(&path, None, &[(field, "Words <typed>"), ("lang", "en")]).await;
        assert_page_is_sound(&back.text);
        assert!(back.status == StatusCode::FORBIDDEN && back.text.contains("Words &#60;typed&#62;"), "{path} {}", back.text);
        assert!(back.text.contains("/sign-in") && !back.text.contains("Mine"), "{path}");
        let empty = house.at.post(&path, None, &[]).await;
        assert!(empty.location.is_some_and(|location| location.starts_with("/sign-in")), "{path}");
    }
    // Not in the group any more, and a group that never was: the same to the byte.
    store::tests::set_members(&house.at.site.db, "resting").await;
    let gone = format!("/g/{}/write", house.group);
    let mut pages = Vec::new();
    for path in
        [gone, format!("/g/{nowhere}/write"), format!("/o/{own}/answer"), format!("/o/{nowhere}/answer"), format!("/o/{nowhere}/edit")]
    {
        let back = house.at.post(&path, Some(&ida.cookie), &[("text", "A long thought"), ("lang", "en"), ("do", "post")]).await;
        assert_page_is_sound(&back.text);
        assert!(back.status == StatusCode::NOT_FOUND && back.text.contains("A long thought"), "{path} {}", back.text);
        pages.push(back.text);
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "nothing says which of them is there");
}

#[tokio::test]
async fn who_ticks_the_longer_list_agrees_in_the_language_of_the_page() {
    let cast = Cast::on(crate::db::Engine::Sqlite).await.unwrap();
    let lea = cast.b.at.person("Lea", Role::Member).await;
    crate::features::posts::tests::cast::join(&cast.b.at, &cast.b.group, &lea.persona.id).await;
    cast.settle().await;
    store::tests::grow_lists(&cast.b.at.site.db, "none").await;
    let write = format!("/g/{}/write", cast.b.group);
    let cookie = format!("{}; lang=da", lea.cookie);
    let purpose = crate::features::consents::Purpose::Share(cast.b.group.clone());
    for (saw, agreed, lang) in [("2", "", ""), ("1", "on", ""), ("2", "on", "da")] {
        let fields = [("text", "Goddag"), ("lang", "da"), ("saw", saw), ("agreed", agreed), ("do", "post")];
        let back = cast.b.at.post(&write, Some(&cookie), &fields).await;
        assert_eq!(back.status.is_redirection(), !lang.is_empty(), "{saw} {agreed}");
        let mut conn = cast.b.at.site.db.read().await.unwrap();
        let said = crate::features::consents::latest(&mut conn, &lea.account, &purpose).await.unwrap().unwrap();
        assert_eq!((said.lang.as_str(), said.version == 2), (lang, !lang.is_empty()), "{saw} {agreed}");
    }
}

#[tokio::test]
async fn what_stands_under_an_old_name_can_be_taken_away_alone() {
    for database in both().await {
        let (_town, house, _) = house_alone(database).await;
        let lea = house.at.person("Lea", Role::Member).await;
        crate::features::posts::tests::cast::join(&house.at, &house.group, &lea.persona.id).await;
        let old = house.write_as(&lea.persona.id, "Under the old name", None).await.unwrap();
        let key = house.at.site.fresh_key().await.unwrap();
        let here = house.at.site.here();
        let mut tx = house.at.site.db.begin().await.unwrap();
        let name = crate::features::personas::PersonaName::parse("Wren").unwrap();
        crate::features::personas::create(&mut tx, &here, &key, &lea.account, &name).await.unwrap();
        crate::features::personas::retire(&mut tx, &here, &lea.account, &lea.persona.id).await.unwrap();
        tx.commit().await.unwrap();
        let page = house.at.get("/me/waiting", Some(&lea.cookie)).await;
        assert_page_is_sound(&page.text);
        assert!(page.text.contains("Under the old name") && page.text.contains(&format!("/o/{old}/delete")), "{}", page.text);
        assert!(!house.at.get("/me/waiting", Some(&house.person.cookie)).await.text.contains("Under the old name"));
        assert_eq!(house.at.get(&format!("/o/{old}/delete"), Some(&lea.cookie)).await.status, StatusCode::OK);
        let done = house.at.post(&format!("/o/{old}/delete"), Some(&lea.cookie), &[("how", "now")]).await;
        assert!(done.status.is_redirection(), "{}", done.text);
        assert_eq!(house.state(&old).await, crate::features::posts::State::Deleted);
    }
}
