//! The pages of groups through the door of a whole site. Cast: Bo hosts, Lea and Fern are members.
//! A page must be sound in every language, keep what was typed, and look like "not found" to who may not know of a group.

use http::StatusCode;

use crate::features::accounts::Role as AccountRole;
use crate::testing::database::{both, sqlite};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};

use super::super::group::JoinRule;
use super::super::membership::store::membership_of;
use super::super::membership::{Membership, State};
use super::super::{Group, GroupName, store};

struct House {
    town: Town,
    site: TestSite,
    bo: Person,
    lea: Person,
    fern: Person,
}

impl House {
    async fn new() -> Self {
        let town = Town::default();
        let site = town.open("aalst.test", sqlite().await, 5).await.unwrap();
        let bo = site.person("Bo", AccountRole::Host).await;
        let lea = site.person("Lea", AccountRole::Member).await;
        let fern = site.person("Fern", AccountRole::Member).await;
        Self { town, site, bo, lea, fern }
    }

    async fn get(&self, who: &Person, path: &str) -> Seen {
        self.site.get(path, Some(&who.cookie)).await
    }

    async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.site.post(path, Some(&who.cookie), fields).await
    }

    /// The page is there, in all three languages, and each of them is whole.
    async fn sound(&self, who: &Person, path: &str) -> Seen {
        for lang in ["nl", "da", "en"] {
            let seen = self.site.get(&format!("{path}?lang={lang}"), Some(&format!("{}; lang={lang}", who.cookie))).await;
            assert_eq!(seen.status, StatusCode::OK, "{path} {lang}\n{}", seen.text);
            assert!(seen.text.contains(&format!("lang=\"{lang}\"")), "{path} is not in {lang}");
            assert_page_is_sound(&seen.text);
        }
        self.get(who, path).await
    }

    async fn own(&self, group: &Group, who: &Person) -> Membership {
        let mut conn = self.site.database.read().await.unwrap();
        membership_of(&mut conn, &group.id, &who.persona.id).await.unwrap().unwrap()
    }

    async fn group(&self, name: &str, join: JoinRule) -> Group {
        self.site.group(&self.bo.persona.id, name, join, &[]).await
    }
}

fn went(seen: &Seen, to: &str) {
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    assert!(seen.location.as_deref().is_some_and(|location| location.starts_with(to)), "{:?} is not {to}", seen.location);
}

fn refused(seen: &Seen, sentence: &str) {
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
    assert!(seen.text.contains(sentence), "{sentence}\n{}", seen.text);
    assert_page_is_sound(&seen.text);
}

#[tokio::test]
async fn a_host_founds_a_group_and_everybody_finds_it() {
    let house = House::new().await;
    let form = house.sound(&house.bo, "/groups/new").await;
    assert!(form.text.contains("What is said here stays here."), "the starter rules are offered");
    let persona = house.bo.persona.id.to_string();
    let mut fields = vec![("name", "M"), ("purpose", "Talk over *coffee*"), ("rules", "Be kind\nNo names"), ("persona", persona.as_str())];
    fields.extend([("day", "0"), ("day", "4"), ("from", "10:00"), ("until", "9"), ("join", "ask"), ("reach", "house"), ("language", "nl")]);
    let again = house.post(&house.bo, "/groups", &fields).await;
    refused(&again, "Write a name of 2 to 80 characters.");
    for kept in ["Talk over *coffee*", "Be kind\nNo names", "value=\"10:00\"", "Write a time like 10:00."] {
        assert!(again.text.contains(kept), "{kept}\n{}", again.text);
    }
    fields[0].1 = "Morning coffee";
    fields[7].1 = "16:30";
    let founded = house.post(&house.bo, "/groups", &fields).await;
    went(&founded, "/g/");
    let list = house.sound(&house.lea, "/groups").await;
    assert!(list.text.contains("Morning coffee") && list.text.contains("Talk over coffee"), "{}", list.text);
    let path = founded.location.unwrap().split('?').next().unwrap().to_owned();
    let about = house.sound(&house.lea, &format!("{path}/about")).await;
    for said in [
        "Only people of aalst.test can read this group.",
        "Monday and Friday, 10:00 to 16:30",
        "Host: Bo",
        "<li>No names</li>",
        "Language: Dutch",
        "A word to the hosts",
    ] {
        assert!(about.text.contains(said), "{said}\n{}", about.text);
    }
    assert!(!about.text.contains("person of this house"), "who is not in is told no number");
}

#[tokio::test]
async fn members_do_not_found_groups_and_strangers_sign_in_first() {
    let house = House::new().await;
    assert_eq!(house.get(&house.lea, "/groups/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.post(&house.lea, "/groups", &[("name", "Mine")]).await.status, StatusCode::FORBIDDEN);
    went(&house.site.get("/groups", None).await, "/sign-in");
    went(&house.site.get("/g/aaaaaaaaaaaaaaaaaaaaaaaaaa/about", None).await, "/sign-in");
}

#[tokio::test]
async fn asking_waiting_and_being_let_in() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Ask).await;
    let at = format!("/g/{}", group.id);
    let persona = house.lea.persona.id.to_string();
    let asked = house.post(&house.lea, &format!("{at}/membership"), &[("persona", &persona), ("word", "I like <tea>")]).await;
    went(&asked, &format!("{at}/about?said=groups-asked"));
    let about = house.sound(&house.lea, &format!("{at}/about")).await;
    assert!(about.text.contains("You asked to join") && about.text.contains("Take my question back"), "{}", about.text);
    let people = house.sound(&house.bo, &format!("{at}/people")).await;
    assert!(people.text.contains("Let Lea in") && people.text.contains("I like &#60;tea&#62;"), "{}", people.text);
    let own = house.own(&group, &house.lea).await;
    let person = format!("{at}/people/{}", own.id);
    house.sound(&house.bo, &person).await;
    let answered = house.post(&house.bo, &format!("{person}/answer"), &[("word", "Welcome"), ("yes", "yes")]).await;
    went(&answered, &format!("{at}/people?said=groups-answered-yes"));
    assert_eq!(house.own(&group, &house.lea).await.state, State::Active);
    let inside = house.sound(&house.lea, &format!("{at}/about")).await;
    assert!(inside.text.contains("2 people of this house are in this group.") && inside.text.contains("Your name here is Lea."));

    // Leaving needs no reason, and coming back nobody's leave.
    went(&house.post(&house.lea, &format!("{at}/membership/end"), &[]).await, "/groups?said=groups-left");
    let about = house.sound(&house.lea, &format!("{at}/about")).await;
    assert!(about.text.contains("Come back now"), "{}", about.text);
    went(&house.post(&house.lea, &format!("{at}/membership"), &[("persona", &persona)]).await, &format!("{at}?said=groups-joined"));
}

#[tokio::test]
async fn a_request_is_taken_back_and_a_refusal_says_why() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Ask).await;
    let at = format!("/g/{}", group.id);
    for who in [&house.lea, &house.fern] {
        house.post(who, &format!("{at}/membership"), &[("persona", who.persona.id.as_str())]).await;
    }
    went(&house.post(&house.lea, &format!("{at}/membership/end"), &[]).await, "/groups?said=groups-withdrawn");
    let about = house.get(&house.lea, &format!("{at}/about")).await;
    assert!(about.text.contains("Ask to join") && !about.text.contains("Come back"), "{}", about.text);
    let own = house.own(&group, &house.fern).await;
    house.post(&house.bo, &format!("{at}/people/{}/answer", own.id), &[("yes", "no"), ("word", "It is full")]).await;
    let about = house.sound(&house.fern, &format!("{at}/about")).await;
    assert!(about.text.contains("The hosts write: It is full"), "{}", about.text);
}

#[tokio::test]
async fn a_pause_names_a_reason_and_the_person_reads_it() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Open).await;
    let at = format!("/g/{}", group.id);
    house.post(&house.lea, &format!("{at}/membership"), &[("persona", house.lea.persona.id.as_str())]).await;
    let own = house.own(&group, &house.lea).await;
    let person = format!("{at}/people/{}", own.id);
    refused(
        &house.post(&house.bo, &format!("{person}/pause"), &[("days", "2"), ("reason", " ")]).await,
        "Please write what we tell this person.",
    );
    let paused = house.post(&house.bo, &format!("{person}/pause"), &[("days", "2"), ("reason", "Rule 1. Talk with me on Friday.")]).await;
    went(&paused, &format!("{at}/people?said=groups-paused"));
    house.sound(&house.bo, &person).await;
    let about = house.sound(&house.lea, &format!("{at}/about")).await;
    assert!(about.text.contains("Rule 1. Talk with me on Friday.") && about.text.contains("You can write again from"), "{}", about.text);
    house.town.clock.advance(std::time::Duration::from_hours(49));
    let about = house.get(&house.lea, &format!("{at}/about")).await;
    assert!(!about.text.contains("You can write again from"), "a pause ends by itself");
    let alone = house.post(&house.bo, &format!("{person}/remove"), &[("remove-reason", "Rule 5")]).await;
    assert_eq!(alone.status, StatusCode::FORBIDDEN, "nobody is taken out by one person alone");
    went(&house.post(&house.bo, &format!("{person}/take-out"), &[("remove-reason", "Rule 5")]).await, "/desk/cases/");
    assert!(house.own(&group, &house.lea).await.is_active(), "a second person has not agreed yet");
    let mut tx = house.site.site.db.begin().await.unwrap();
    let by = (&group.id, &house.bo.persona.id);
    crate::features::groups::remove(&mut tx, &house.site.site.here(), by, &own.id, "Rule 5").await.unwrap();
    tx.commit().await.unwrap();
    let about = house.sound(&house.lea, &format!("{at}/about")).await;
    assert!(about.text.contains("The hosts write: Rule 5") && !about.text.contains("/membership\""), "{}", about.text);
}

#[tokio::test]
async fn hosts_pages_are_for_hosts() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Open).await;
    let at = format!("/g/{}", group.id);
    house.post(&house.lea, &format!("{at}/membership"), &[("persona", house.lea.persona.id.as_str())]).await;
    for path in ["edit", "people", "readers"] {
        house.sound(&house.bo, &format!("{at}/{path}")).await;
        for who in [&house.lea, &house.fern] {
            assert_eq!(house.get(who, &format!("{at}/{path}")).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    for path in ["edit", "archive", "reopen", "readers", "invitations", "invitations/link"] {
        let fields = [("name", "Mine now"), ("join", "open"), ("persona", "Fern")];
        assert_eq!(house.post(&house.lea, &format!("{at}/{path}"), &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let changed = house.post(&house.bo, &format!("{at}/edit"), &[("name", "Evening tea"), ("join", "invite"), ("unlisted", "on")]).await;
    went(&changed, &format!("{at}/about"));
    let mut conn = house.site.database.read().await.unwrap();
    let read = store::load(&mut conn, &group.id).await.unwrap().unwrap();
    assert_eq!((read.name.as_str(), read.join, read.listed), ("Evening tea", JoinRule::Invite, false));
    assert_eq!(read.name, GroupName::parse("Evening tea").unwrap().as_str());
}

#[tokio::test]
async fn a_hidden_group_is_found_by_invitation_only() {
    let house = House::new().await;
    let group = house.group("Quiet corner", JoinRule::Invite).await;
    let at = format!("/g/{}", group.id);
    house.post(&house.bo, &format!("{at}/edit"), &[("name", "Quiet corner"), ("join", "invite"), ("unlisted", "on")]).await;
    let nothing = house.get(&house.lea, "/g/aaaaaaaaaaaaaaaaaaaaaaaaaa/about").await;
    let hidden = house.get(&house.lea, &format!("{at}/about")).await;
    assert_eq!((nothing.status, hidden.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(nothing.text.replace("aaaaaaaaaaaaaaaaaaaaaaaaaa", ""), hidden.text.replace(group.id.as_str(), ""));
    assert!(!house.get(&house.lea, "/groups").await.text.contains("Quiet corner"));
    let join = house.post(&house.lea, &format!("{at}/membership"), &[("persona", house.lea.persona.id.as_str())]).await;
    assert_eq!(join.status, StatusCode::NOT_FOUND);

    let made = house.post(&house.bo, &format!("{at}/invitations/link"), &[]).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_page_is_sound(&made.text);
    let token = made.text.split("/invitation/").nth(1).unwrap().chars().take(32).collect::<String>();
    let opened = house.sound(&house.lea, &format!("{at}/invitation/{token}")).await;
    assert!(opened.text.contains("Quiet corner"), "{}", opened.text);
    let fields = [("persona", house.lea.persona.id.as_str()), ("invitation", token.as_str())];
    went(&house.post(&house.lea, &format!("{at}/membership"), &fields).await, &format!("{at}?said=groups-joined"));
    refused(&house.get(&house.fern, &format!("{at}/invitation/{token}")).await, "This invitation was used already");

    // By name, too; and one may say no.
    refused(&house.post(&house.bo, &format!("{at}/invitations"), &[("persona", "Nobody")]).await, "We do not know this name");
    went(&house.post(&house.bo, &format!("{at}/invitations"), &[("persona", "fern")]).await, &format!("{at}/people"));
    assert!(house.sound(&house.fern, &format!("{at}/about")).await.text.contains("No, thank you"));
    assert!(house.get(&house.fern, "/groups").await.text.contains("You are invited."));
    went(&house.post(&house.fern, &format!("{at}/membership/end"), &[]).await, "/groups?said=groups-withdrawn");
    assert_eq!(house.get(&house.fern, &format!("{at}/about")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_uses_anothers_name() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Open).await;
    let joined = house.post(&house.lea, &format!("/g/{}/membership", group.id), &[("persona", house.fern.persona.id.as_str())]).await;
    refused(&joined, "Choose the name you want to use.");
}

#[tokio::test]
async fn the_last_host_is_told_what_to_do() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Open).await;
    refused(&house.post(&house.bo, &format!("/g/{}/membership/end", group.id), &[]).await, "You are the only host here.");
}

#[tokio::test]
async fn two_houses_one_group_from_asking_to_leaving() {
    for database in both().await {
        let town = Town::default();
        let aalst = town.open("aalst.test", database, 5).await.unwrap();
        let herning = town.open("herning.test", sqlite().await, 6).await.unwrap();
        town.befriend(&aalst, &herning).await;
        let (bo, fern) = (aalst.person("Bo", AccountRole::Host).await, herning.person("Fern", AccountRole::Member).await);
        let group = aalst.group(&bo.persona.id, "Morning coffee", JoinRule::Ask, &["herning.test"]).await;
        town.settle(&[&aalst, &herning]).await.unwrap();

        // Told by its home, the group is in the list; by its address it is found as well.
        let list = herning.get("/groups", Some(&fern.cookie)).await;
        assert!(list.text.contains("Morning coffee") && list.text.contains("At home in"), "{}", list.text);
        let found = herning.post("/groups/find", Some(&fern.cookie), &[("address", group.uri.as_str())]).await;
        let about = found.location.unwrap();
        let page = herning.get(&about, Some(&fern.cookie)).await;
        assert_page_is_sound(&page.text);
        assert!(page.text.contains("People of 2 houses can read this group"), "{}", page.text);
        let at = about.trim_end_matches("/about").to_owned();
        let persona = fern.persona.id.to_string();
        assert!(page.text.contains("name=\"saw\" value=\"1\""), "the form says which list it showed: {}", page.text);
        let fields = [("persona", persona.as_str()), ("word", "Hello"), ("saw", "1")];
        went(&herning.post(&format!("{at}/membership"), Some(&fern.cookie), &fields).await, &about);
        town.settle(&[&aalst, &herning]).await.unwrap();
        let people = aalst.get(&format!("/g/{}/people", group.id), Some(&bo.cookie)).await;
        assert!(people.text.contains("Fern") && people.text.contains("Hello") && !people.text.contains("herning"), "{}", people.text);
        let person = people.text.split("action=\"").find(|part| part.contains("/answer\"")).unwrap().split('"').next().unwrap().to_owned();
        went(&aalst.post(&person, Some(&bo.cookie), &[("yes", "yes")]).await, "/g/");
        town.settle(&[&aalst, &herning]).await.unwrap();
        let inside = herning.get(&about, Some(&fern.cookie)).await;
        assert!(inside.text.contains("You are in this group"), "{}", inside.text);

        let person = person.trim_end_matches("/answer").to_owned();
        aalst.post(&format!("{person}/pause"), Some(&bo.cookie), &[("days", "2"), ("reason", "Rule 1")]).await;
        town.settle(&[&aalst, &herning]).await.unwrap();
        let paused = herning.get(&about, Some(&fern.cookie)).await;
        assert!(paused.text.contains("The hosts write: Rule 1"), "{}", paused.text);
        went(&herning.post(&format!("{at}/membership/end"), Some(&fern.cookie), &[]).await, "/groups");
        town.settle(&[&aalst, &herning]).await.unwrap();
        let people = aalst.get(&format!("/g/{}/people", group.id), Some(&bo.cookie)).await;
        assert!(!people.text.contains("Fern"), "{}", people.text);
    }
}

#[tokio::test]
async fn a_yes_is_to_the_readers_that_were_shown() {
    for database in both().await {
        let town = Town::default();
        let aalst = town.open("aalst.test", database, 5).await.unwrap();
        let (b, c) =
            (town.open("herning.test", sqlite().await, 6).await.unwrap(), town.open("zwolle.test", sqlite().await, 7).await.unwrap());
        town.befriend(&aalst, &b).await;
        town.befriend(&aalst, &c).await;
        let (bo, lea) = (aalst.person("Bo", AccountRole::Host).await, aalst.person("Lea", AccountRole::Member).await);
        let group = aalst.group(&bo.persona.id, "Morning coffee", JoinRule::Ask, &["herning.test"]).await;
        let at = format!("/g/{}", group.id);
        let shown = aalst.get(&format!("{at}/about"), Some(&lea.cookie)).await;
        let saw = shown.text.split("name=\"saw\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        // Between showing and pressing somebody is added.
        let mut all = Vec::new();
        let mut tx = aalst.database.begin().await.unwrap();
        for other in ["herning.test", "zwolle.test"] {
            let origin = crate::base::Origin::parse(&format!("http://{other}")).unwrap();
            all.push(crate::federation::partners::by_origin(&mut tx, &origin).await.unwrap().unwrap().id);
        }
        crate::features::groups::set_readers(&mut tx, &aalst.site.here(), &group.id, &bo.persona.id, &all).await.unwrap();
        tx.commit().await.unwrap();
        let persona = lea.persona.id.to_string();
        let purpose = crate::features::consents::Purpose::Share(group.id.clone());
        for old in [saw.as_str(), ""] {
            let fields = [("persona", persona.as_str()), ("word", "May I <come>?"), ("saw", old)];
            let back = aalst.post(&format!("{at}/membership"), Some(&lea.cookie), &fields).await;
            refused(&back, "The list of who can read this group is another one now");
            assert!(back.text.contains("May I &#60;come&#62;?") && back.text.contains("zwolle.test"), "{}", back.text);
            let mut conn = aalst.database.read().await.unwrap();
            assert!(crate::features::consents::latest(&mut conn, &lea.account, &purpose).await.unwrap().is_none(), "nobody said yes");
            assert!(membership_of(&mut conn, &group.id, &lea.persona.id).await.unwrap().is_none());
        }
        let now = aalst.get(&format!("{at}/about"), Some(&lea.cookie)).await;
        let saw = now.text.split("name=\"saw\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        went(&aalst.post(&format!("{at}/membership"), Some(&lea.cookie), &[("persona", &persona), ("saw", &saw)]).await, &at);
    }
}

#[tokio::test]
async fn what_was_typed_about_a_group_is_never_lost() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Ask).await;
    let at = format!("/g/{}", group.id);
    // No name chosen: said at the choice, and the word stays.
    let back = house.post(&house.lea, &format!("{at}/membership"), &[("word", "I like <tea>")]).await;
    refused(&back, "Choose the name you want to use.");
    assert!(back.text.contains("I like &#60;tea&#62;") && back.text.contains("href=\"#f-persona\""), "{}", back.text);
    // The session ended.
    let charter = [("name", "Evening tea"), ("purpose", "Talk <quietly>"), ("rules", "Be kind")];
    for (path, fields, words) in [
        (format!("{at}/membership"), vec![("word", "I like tea")], vec!["I like tea"]),
        ("/groups".to_owned(), charter.to_vec(), vec!["Evening tea", "Talk &#60;quietly&#62;", "Be kind"]),
        (format!("{at}/edit"), charter.to_vec(), vec!["Evening tea", "Talk &#60;quietly&#62;", "Be kind"]),
    ] {
        let back = house.site.post(&path, None, &fields).await;
        assert_page_is_sound(&back.text);
        assert_eq!(back.status, StatusCode::FORBIDDEN, "{path}");
        for word in words {
            assert!(back.text.contains(word), "{path} {word}\n{}", back.text);
        }
        assert!(!back.text.contains("Morning coffee") && back.text.contains("/sign-in"), "{path}");
        went(&house.site.post(&path, None, &[]).await, "/sign-in");
    }
    // A partner that may not read: said at the choice, and the charter stays.
    let persona = house.bo.persona.id.to_string();
    let nobody = house.bo.account.to_string();
    let fields = [
        ("name", "Evening tea"),
        ("purpose", "Talk <quietly>"),
        ("rules", "Be kind"),
        ("persona", persona.as_str()),
        ("join", "ask"),
        ("reach", "partners"),
        ("partner", nobody.as_str()),
    ];
    let back = house.post(&house.bo, "/groups", &fields).await;
    refused(&back, "Talk &#60;quietly&#62;");
    assert!(back.text.contains("href=\"#f-partner\"") && back.text.contains("Evening tea"), "{}", back.text);
    // No reason: the chosen length stays.
    house.post(&house.lea, &format!("{at}/membership"), &[("persona", house.lea.persona.id.as_str())]).await;
    let own = house.own(&group, &house.lea).await;
    let one = format!("{at}/people/{}", own.id);
    went(&house.post(&house.bo, &format!("{one}/answer"), &[("yes", "yes")]).await, &at);
    let back = house.post(&house.bo, &format!("{one}/pause"), &[("days", "14"), ("reason", " ")]).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.text.contains("<option value=\"14\" selected>"), "{}", back.text);
    // Answered already: the host is not told that it was answered now.
    refused(&house.post(&house.bo, &format!("{one}/answer"), &[("yes", "no")]).await, "does not ask any more");
}

#[tokio::test]
async fn an_address_of_a_hidden_group_is_like_one_of_nothing() {
    let house = House::new().await;
    let group = house.group("Quiet corner", JoinRule::Invite).await;
    house.post(&house.bo, &format!("/g/{}/edit", group.id), &[("name", "Quiet corner"), ("join", "invite"), ("unlisted", "on")]).await;
    let nothing = group.uri.to_string().replace(group.id.as_str(), &"a".repeat(26));
    let find = async |who: &Person, address: &str| house.post(who, "/groups/find", &[("address", address)]).await;
    let (hidden, none) = (find(&house.lea, group.uri.as_str()).await, find(&house.lea, &nothing).await);
    assert_eq!((hidden.status, none.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(hidden.text.replace(group.uri.as_str(), ""), none.text.replace(&nothing, ""));
    went(&find(&house.bo, group.uri.as_str()).await, &format!("/g/{}/about", group.id));
}

#[tokio::test]
async fn every_list_of_people_goes_on() {
    let house = House::new().await;
    let group = house.group("Morning coffee", JoinRule::Open).await;
    let at = format!("/g/{}/people", group.id);
    super::store::many_members(&house.site.database, &group.id, 230).await;
    let (mut seen, mut path, mut pages) = (std::collections::BTreeSet::new(), at.clone(), 0);
    loop {
        let page = house.get(&house.bo, &path).await;
        assert_page_is_sound(&page.text);
        pages += 1;
        let names: Vec<String> = page
            .text
            .split('>')
            .filter_map(|part| part.strip_prefix("Member "))
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect();
        assert!(names.len() <= 100, "{}", names.len());
        for name in names {
            assert!(seen.insert(name.clone()), "{name} stands twice");
        }
        let Some(next) = page.text.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else { break };
        assert!(next.ends_with("#inside"), "{next}");
        path = next.split('#').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!((seen.len(), pages), (230, 3));
}

#[tokio::test]
async fn a_persona_has_a_page_for_people_who_share_a_group_with_it() {
    let town = Town::default();
    let aalst = town.open("aalst.test", sqlite().await, 5).await.unwrap();
    let herning = town.open("herning.test", sqlite().await, 6).await.unwrap();
    town.befriend(&aalst, &herning).await;
    let (bo, lea) = (aalst.person("Bo", AccountRole::Host).await, aalst.person("Lea", AccountRole::Member).await);
    let fern = herning.person("Fern", AccountRole::Member).await;
    let group = aalst.group(&bo.persona.id, "Morning coffee", JoinRule::Open, &["herning.test"]).await;
    let secret = aalst.group(&bo.persona.id, "Quiet corner", JoinRule::Open, &[]).await;
    town.settle(&[&aalst, &herning]).await.unwrap();
    herning.join(&fern.persona.id, &group.uri).await;
    town.settle(&[&aalst, &herning]).await.unwrap();
    let guest = {
        let mut conn = aalst.database.read().await.unwrap();
        let known = crate::federation::actors::by_uri(&mut conn, &fern.persona.uri).await.unwrap().unwrap();
        super::super::guest_of(&mut conn, &group.id, &known.id).await.unwrap().unwrap().actor
    };
    let ask = async |who: &Person, id: &str| aalst.get(&format!("/p/{id}"), Some(&who.cookie)).await;
    let nowhere = "a".repeat(26);
    let nothing = ask(&lea, &nowhere).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    for id in [bo.persona.id.as_str(), guest.as_str(), group.id.as_str(), lea.account.as_str()] {
        let seen = ask(&lea, id).await;
        assert_eq!((seen.status, &seen.text), (nothing.status, &nothing.text), "{id}");
    }
    aalst.join(&lea.persona.id, &group.uri).await;
    let page = ask(&lea, bo.persona.id.as_str()).await;
    assert_page_is_sound(&page.text);
    assert!(page.text.contains("Bo") && page.text.contains("Morning coffee") && page.text.contains("From our house"), "{}", page.text);
    assert!(!page.text.contains("Quiet corner"), "only the groups that are shared: {}", page.text);
    let page = ask(&lea, guest.as_str()).await;
    assert_page_is_sound(&page.text);
    assert!(page.text.contains("Fern") && page.text.contains("From another house") && !page.text.contains("herning"), "{}", page.text);
    assert!(ask(&bo, bo.persona.id.as_str()).await.text.contains("Quiet corner"), "{}", secret.name);
    assert!(aalst.get(&format!("/p/{guest}"), None).await.location.is_some_and(|location| location.starts_with("/sign-in")));
}
