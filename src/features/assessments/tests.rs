//! Signatures on both engines and through the door: what opens a section, what shuts it, what a page keeps and says.

use http::StatusCode;

use crate::audit::{self, By, Filter};
use crate::features::accounts::Role;
use crate::testing::database::both;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};
use crate::web::{Lang, Words};

use super::{PARTNERS, Section, Signing, Standing, WithdrawError, is_signed, lines, sign, standing, withdraw};

const OFFICE: &str = "Data protection officer";
const PATH: &str = "/admin/dpia/partners";

/// The section as it read before its text was changed.
const OLDER: Section = Section { version: PARTNERS.version - 1, ..PARTNERS };

fn today(site: &TestSite) -> String {
    site.site.now().rfc3339().chars().take(10).collect()
}

/// Signs on this engine, in this text.
async fn signed(site: &TestSite, section: &Section, signer: &str, lang: Lang) -> String {
    let here = site.site.here();
    let signing = Signing::read(signer, &today(site), here.now).unwrap();
    let mut tx = site.database.begin().await.unwrap();
    let id = sign(&mut tx, &here, By::console(), section, &signing, Words::new(lang)).await.unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

async fn stands(site: &TestSite) -> Standing {
    let mut conn = site.database.read().await.unwrap();
    let stands = standing(&mut conn, &PARTNERS).await.unwrap();
    assert_eq!(is_signed(&mut conn, &PARTNERS).await.unwrap(), stands.holds());
    stands
}

/// What the audit log says of it, oldest first: role and words.
async fn log(site: &TestSite) -> Vec<(String, String)> {
    let mut conn = site.database.read().await.unwrap();
    let rows = audit::list(&mut conn, &Filter { event: "assessment", ..Filter::default() }, i64::MAX, 50).await.unwrap();
    assert!(rows.iter().all(|row| (row.object_kind.as_str(), row.object_id.as_str()) == ("assessment", "partners")));
    rows.into_iter().rev().map(|row| (row.role, row.words)).collect()
}

#[tokio::test]
async fn the_newest_signature_counts_and_withdrawing_shuts_again() {
    for database in both().await {
        let town = Town::default();
        let site = town.open("aalst.test", database, 3).await.unwrap();
        assert_eq!(stands(&site).await, Standing::Open);

        let first = signed(&site, &PARTNERS, OFFICE, Lang::Nl).await;
        assert_eq!(signed(&site, &PARTNERS, OFFICE, Lang::Nl).await, first, "the same again adds nothing");
        let Standing::Signed(row) = stands(&site).await else { panic!("it is signed") };
        assert_eq!((row.id.as_str(), row.signer.as_str(), row.lang.as_str()), (first.as_str(), OFFICE, "nl"));
        assert_eq!((row.version, row.day.rfc3339()), (PARTNERS.version, format!("{}T00:00:00.000Z", today(&site))));
        assert!(row.words.starts_with("# Delen met partnerhuizen\n# Wat er gebeurt\n"), "the words that were shown: {}", row.words);
        let second = signed(&site, &PARTNERS, "The board", Lang::En).await;
        assert_ne!(second, first);

        let here = site.site.here();
        let mut tx = site.database.begin().await.unwrap();
        for wrong in [first.as_str(), "", "nothing"] {
            let refused = withdraw(&mut tx, &here, By::console(), &PARTNERS, wrong).await;
            assert!(matches!(refused, Err(WithdrawError::NotThisOne)), "{wrong}");
        }
        withdraw(&mut tx, &here, By::console(), &PARTNERS, &second).await.unwrap();
        let again = withdraw(&mut tx, &here, By::console(), &PARTNERS, &second).await;
        assert!(matches!(again, Err(WithdrawError::NotThisOne)), "once is enough");
        tx.commit().await.unwrap();
        let Standing::Withdrawn(row) = stands(&site).await else { panic!("the older signature does not come back") };
        assert_eq!((row.signer.as_str(), row.words.as_str()), ("The board", ""));

        signed(&site, &PARTNERS, "The board", Lang::En).await;
        assert!(matches!(stands(&site).await, Standing::Signed(_)), "signed anew, by the same people on the same day");
        let log = log(&site).await;
        let kinds: Vec<&str> = log.iter().map(|(_, words)| words.rsplit_once(' ').map_or("", |(before, _)| before)).collect();
        assert_eq!(kinds, ["signed version 1 nl", "signed version 1 en", "withdrawn version", "signed version 1 en"]);
        let hash = |at: usize| log[at].1.rsplit(' ').next().unwrap().to_owned();
        assert!(hash(0).len() == 64 && hash(0) != hash(1) && hash(1) == hash(3), "{log:?}");
        assert!(log.iter().all(|(role, words)| role == "operator" && !words.contains("board")), "no name in the log: {log:?}");
    }
}

#[tokio::test]
async fn a_text_that_changed_keeps_the_signature_and_asks_for_a_new_one() {
    for database in both().await {
        let town = Town::default();
        let site = town.open("aalst.test", database, 3).await.unwrap();
        let ada = site.person("Ada", Role::Admin).await;
        signed(&site, &OLDER, OFFICE, Lang::Da).await;
        assert!(matches!(stands(&site).await, Standing::Changed(_)));
        let page = site.get(PATH, Some(&ada.cookie)).await.text;
        assert_page_is_sound(&page);
        for said in ["The text has changed since it was signed.", "The signature still holds.", "<div lang=\"da\">", "Hvad der kan gå galt"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
        let desk = site.get("/admin", Some(&ada.cookie)).await.text;
        assert!(desk.contains("has changed since it was signed."), "{desk}");
        let partners = site.get("/admin/partners", Some(&ada.cookie)).await.text;
        assert!(partners.contains("has changed since it was signed.") && !partners.contains("Before this house can have partners"));

        signed(&site, &PARTNERS, OFFICE, Lang::En).await;
        let page = site.get(PATH, Some(&ada.cookie)).await.text;
        assert!(!page.contains("has changed") && page.contains("version 0") && !page.contains("Hvad der kan gå galt"), "{page}");
        for path in ["/admin", "/admin/partners"] {
            let page = site.get(path, Some(&ada.cookie)).await.text;
            assert!(!page.contains("has changed since it was signed"), "{path}: {page}");
        }
    }
}

async fn send(site: &TestSite, who: &Person, signer: &str, day: &str, more: &[(&str, &str)]) -> Seen {
    let fields: Vec<(&str, &str)> = [("signer", signer), ("day", day)].into_iter().chain(more.iter().copied()).collect();
    site.post(PATH, Some(&who.cookie), &fields).await
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_an_admin_signs_and_withdraws() {
    for database in both().await {
        let town = Town::default();
        let site = town.open("aalst.test", database, 3).await.unwrap();
        let ada = site.person("Ada", Role::Admin).await;
        let (today, version) = (today(&site), PARTNERS.version.to_string());
        let (agreed, seen) = (("agreed", "on"), ("seen", version.as_str()));
        for (signer, day, more, said) in [
            ("", today.as_str(), vec![agreed, seen], "f-signer-error"),
            (OFFICE, "", vec![agreed, seen], "Write the date on the paper: year, month and day."),
            (OFFICE, "2999-01-01", vec![agreed, seen], "This day is still to come."),
            (OFFICE, "1999-01-01", vec![agreed, seen], "This day is too long ago."),
            (OFFICE, today.as_str(), vec![seen], "Tick this box when it is true."),
            (OFFICE, today.as_str(), vec![agreed, ("seen", "0")], "The text changed while you were here."),
            (OFFICE, today.as_str(), vec![agreed], "The text changed while you were here."),
            (&"x".repeat(121), today.as_str(), vec![agreed, seen], "Write at most 120 characters."),
        ] {
            let refused = send(&site, &ada, signer, day, &more).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
            assert_page_is_sound(&refused.text);
            assert!(refused.text.contains(said), "{said}: {}", refused.text);
            let kept = [format!("name=\"signer\" value=\"{signer}\""), format!("name=\"day\" value=\"{day}\"")];
            assert!(kept.iter().all(|field| refused.text.contains(field.as_str())), "{said}: {}", refused.text);
            assert_eq!(refused.text.contains("value=\"on\" checked"), more.contains(&agreed), "{said}");
            assert_eq!(stands(&site).await, Standing::Open);
        }
        assert!(log(&site).await.is_empty());

        let done = send(&site, &ada, &format!(" {OFFICE} "), &today, &[agreed, seen]).await;
        assert_eq!(done.location.as_deref(), Some("/admin/dpia/partners?said=assessments-said-signed"));
        let page = site.get(PATH, Some(&ada.cookie)).await.text;
        assert!(page.contains(&format!("Signed by {OFFICE} on ")) && page.contains("Withdraw the signature"), "{page}");
        let id = page.split("name=\"signature\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let withdraw = format!("{PATH}/withdraw");
        let wrong = site.post(&withdraw, Some(&ada.cookie), &[("signature", "x")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stands(&site).await.holds() && wrong.text.contains("Somebody changed the signature while you were here."));
        let done = site.post(&withdraw, Some(&ada.cookie), &[("signature", &id)]).await;
        assert_eq!(done.location.as_deref(), Some("/admin/dpia/partners?said=assessments-said-withdrawn"));
        let page = site.get(PATH, Some(&ada.cookie)).await.text;
        assert_page_is_sound(&page);
        assert!(page.contains("The signature was withdrawn on ") && page.contains("signed by Data protection officer, paper of"), "{page}");
        assert!(!page.contains("Withdraw the signature"), "{page}");
        let log = log(&site).await;
        assert_eq!(log.iter().map(|(role, _)| role.as_str()).collect::<Vec<_>>(), ["admin", "admin"]);
    }
}

#[tokio::test]
async fn the_pages_are_whole_in_every_language_and_for_admins_only() {
    for database in both().await {
        let town = Town::default();
        let site = town.open("aalst.test", database, 3).await.unwrap();
        let (ada, mona) = (site.person("Ada", Role::Admin).await, site.person("Mona", Role::Moderator).await);
        for path in ["/admin/dpia", PATH] {
            assert_eq!(site.get(path, Some(&mona.cookie)).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(site.get(path, None).await.status, StatusCode::SEE_OTHER, "{path}");
        }
        let today = today(&site);
        let fields = [("signer", OFFICE), ("day", today.as_str()), ("agreed", "on"), ("seen", "1"), ("signature", "x")];
        for path in [PATH.to_owned(), format!("{PATH}/withdraw")] {
            assert_eq!(site.post(&path, Some(&mona.cookie), &fields).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["/admin/dpia/gossip", "/admin/dpia/Partners"] {
            assert_eq!(site.get(path, Some(&ada.cookie)).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(site.post(path, Some(&ada.cookie), &fields).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(stands(&site).await, Standing::Open);

        for step in ["open", "changed", "signed", "withdrawn"] {
            match step {
                "changed" => drop(signed(&site, &OLDER, OFFICE, Lang::En).await),
                "signed" => drop(signed(&site, &PARTNERS, OFFICE, Lang::En).await),
                "withdrawn" => {
                    let id = stands(&site).await.signature().unwrap().id.clone();
                    site.post(&format!("{PATH}/withdraw"), Some(&ada.cookie), &[("signature", id.as_str())]).await;
                }
                _ => {}
            }
            assert_eq!(stands(&site).await.as_str(), step);
            for lang in Lang::ALL {
                let cookie = format!("{}; lang={}", ada.cookie, lang.code());
                for path in ["/admin/dpia", PATH, "/admin", "/admin/register", "/admin/partners", "/admin/audit"] {
                    let page = site.get(path, Some(&cookie)).await;
                    assert_eq!(page.status, StatusCode::OK, "{step} {path}");
                    assert_page_is_sound(&page.text);
                }
                let mut conn = site.database.read().await.unwrap();
                let line = lines(&mut conn, Words::new(lang)).await.unwrap().remove(0);
                drop(conn);
                let register = site.get("/admin/register/json", Some(&cookie)).await.text;
                assert!(register.contains(&line.replace('"', "\\\"")), "{line}: {register}");
                assert_eq!(line.contains(OFFICE), step == "signed" || step == "changed", "{line}");
                let desk = site.get("/admin", Some(&cookie)).await.text;
                assert_eq!(desk.matches("href=\"/admin/dpia/partners\"").count(), usize::from(step != "signed"), "{step}: {desk}");
            }
        }
    }
}
