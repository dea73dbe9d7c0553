//! Records on both engines: what stands, what is history, and that they go with the account.

use crate::audit;
use crate::features::accounts::Role;
use crate::testing::database::both;
use crate::testing::pages::assert_page_is_sound;
use crate::testing::site::Town;

use super::{Flags, Purpose, Said, State, all, keep_notice, latest, notice_of, record};
use crate::web::Lang;

#[tokio::test]
async fn what_was_said_last_stands_and_everything_stays_readable() {
    for database in both().await {
        let site = Town::default().open("aalst.test", database, 3).await.unwrap();
        let fern = site.person("Fern", Role::Member).await;
        let here = site.site.here();
        let group = here.id();
        let purpose = || Purpose::Share(group.clone());
        let say = |words: &'static str, version| Said { title: "Coffee", words, lang: "nl", version };
        let mut tx = site.database.begin().await.unwrap();
        let flags = Flags { visibility: true, ..Flags::default() };
        for (state, said) in [
            (State::Given, say("A\nB", 1)),
            (State::Given, say("A\nB", 1)),
            (State::Given, say("A\nB\nC", 2)),
            (State::Given, say("A\nC", 2)),
            (State::Withdrawn, say("", 2)),
            (State::Withdrawn, say("", 2)),
        ] {
            record(&mut tx, &here, &fern.account, purpose(), (state, flags), said).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut conn = site.database.read().await.unwrap();
        let states: Vec<_> = all(&mut conn, &fern.account).await.unwrap().into_iter().map(|c| (c.state, c.words)).collect();
        let expected = [(State::Withdrawn, "A\nC"), (State::Narrowed, "A\nC"), (State::Given, "A\nB\nC"), (State::Given, "A\nB")];
        assert_eq!(states, expected.map(|(state, words)| (state, words.to_owned())));
        let last = latest(&mut conn, &fern.account, &purpose()).await.unwrap().unwrap();
        assert!(last.flags.visibility && !last.flags.secrecy);
        let rows = audit::list(
            &mut conn,
            &audit::Filter { event: "consent", client: fern.account.as_str(), ..audit::Filter::default() },
            i64::MAX,
            10,
        )
        .await
        .unwrap();
        assert_eq!(rows.len(), 4, "each has its row in the audit log");
        drop(conn);
        for lang in ["en", "nl", "da"] {
            let page = site.get("/me/consents", Some(&format!("{}; lang={lang}", fern.cookie))).await;
            assert_page_is_sound(&page.text);
            assert!(page.text.contains("Coffee") && !page.text.contains("/withdraw"), "{}", page.text);
        }
    }
}

#[tokio::test]
async fn a_notice_that_was_shown_stays_there() {
    for database in both().await {
        let site = Town::default().open("aalst.test", database, 3).await.unwrap();
        let now = site.site.now();
        let mut tx = site.database.begin().await.unwrap();
        let words = |text: &str| Lang::ALL.map(|lang| (lang, format!("{text} {}", lang.code())));
        let first = keep_notice(&mut tx, &words("one"), now).await.unwrap();
        assert_eq!(keep_notice(&mut tx, &words("one"), now).await.unwrap(), first, "the same words are the same version");
        assert_eq!(keep_notice(&mut tx, &words("two"), now).await.unwrap(), first + 1);
        assert_eq!(notice_of(&mut tx, first, Lang::Da).await.unwrap().unwrap().words, "one da");
    }
}
