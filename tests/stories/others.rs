//! What a partner may not do, whoever of it tries: end the partnership through one of its bots, take over the way to it, or
//! address to the whole world what was written for a few. The partner here runs other software: it has keys and documents,
//! and says whatever the story wants.

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use haven::audit::By;
use haven::base::{Clock, Iri, Origin};
use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::features::partners;
use haven::federation::actors;
use haven::federation::keys::{KeyPair, KeySource};
use haven::federation::partners::{Partner, State, by_origin, set_state};
use haven::testing::database::{self, TestDb};
use haven::testing::keys::RecordedKeys;
use haven::testing::peer::Hand;
use haven::testing::site::{TestSite, Town};
use http::{Request, Uri};
use serde_json::{Value, json};
use tower::ServiceExt;

const HOUSE: &str = "http://p.test/actor";
const BOT: &str = "http://p.test/users/newsbot";
const EVE: &str = "http://p.test/users/eve";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The other house, beside the one under test.
struct Other {
    town: Town,
    a: TestSite,
    keys: [(&'static str, KeyPair); 3],
}

fn document(uri: &str, key: &KeyPair) -> Value {
    let kind = match uri {
        HOUSE => "Application",
        BOT => "Service",
        _ => "Person",
    };
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": uri, "type": kind, "preferredUsername": "x", "name": "X", "inbox": format!("{uri}/inbox"),
        "endpoints": {"sharedInbox": format!("{uri}/shared")},
        "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": key.public_pem()},
    })
}

impl Other {
    /// The house under test has named it, with the handshake or without.
    async fn open(database: TestDb, handshake: bool) -> Self {
        let town = Town::default();
        let a = town.open("a.test", database, 1).await.unwrap();
        let recorded = RecordedKeys::default();
        let keys = [HOUSE, BOT, EVE].map(|uri| (uri, recorded.fresh().unwrap()));
        let documents: Vec<(&str, String)> = keys.iter().map(|(uri, key)| (*uri, document(uri, key).to_string())).collect();
        let answer = move |uri: Uri| {
            let found = documents.iter().find(|(of, _)| of.ends_with(uri.path())).map(|(_, text)| text.clone());
            let answer = match found {
                Some(text) => ([("content-type", "application/activity+json")], text).into_response(),
                None => http::StatusCode::ACCEPTED.into_response(),
            };
            std::future::ready(answer)
        };
        town.network.plug("p.test", Router::new().fallback(answer));
        let other = Self { town, a, keys };
        let mut tx = other.a.database.begin().await.unwrap();
        partners::propose(&mut tx, &other.a.site.here(), &origin(), handshake, true, By::console()).await.unwrap();
        tx.commit().await.unwrap();
        other
    }

    async fn partner(&self) -> Partner {
        let mut conn = self.a.database.read().await.unwrap();
        by_origin(&mut conn, &origin()).await.unwrap().unwrap()
    }

    /// Says it, signed by its actor. The status.
    async fn say(&self, said: &Value) -> u16 {
        let who = said["actor"].as_str().unwrap();
        let (_, key) = self.keys.iter().find(|(uri, _)| *uri == who).unwrap();
        let (key_id, body) = (format!("{who}#main-key"), said.to_string());
        let inbox = Iri::parse("http://a.test/inbox").unwrap();
        let mut request = Request::post("/inbox");
        for (name, value) in (Hand { key, key_id: &key_id }).post(&inbox, &body, self.town.clock.now()) {
            request = request.header(name, value);
        }
        self.a.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap().status().as_u16()
    }

    /// Says it and waits until it is handled. What became of it.
    async fn heard(&self, said: &Value) -> String {
        assert_eq!(self.say(said).await, 202, "{said}");
        self.works().await;
        self.became(said).await
    }

    async fn works(&self) {
        while self.a.site.federation.handle_inbox(&self.a.site.here()).await.unwrap() > 0 {}
    }

    async fn became(&self, said: &Value) -> String {
        let text = "SELECT state || ' ' || COALESCE(reason, '') FROM inbox WHERE activity_uri = $1";
        let mut conn = self.a.database.read().await.unwrap();
        let (state,): (String,) = sqlx::query_as(text).bind(said["id"].as_str().unwrap()).fetch_one(conn.sql()).await.unwrap();
        state.trim().to_owned()
    }

    /// Rows of the audit log about the partnership: ground and words.
    async fn log(&self) -> Vec<(String, String)> {
        let mut conn = self.a.database.read().await.unwrap();
        let text = "SELECT ground, words FROM audit WHERE event = 'partnership-changed' ORDER BY seq";
        sqlx::query_as(text).fetch_all(conn.sql()).await.unwrap()
    }
}

fn origin() -> Origin {
    Origin::parse("http://p.test").unwrap()
}

fn says(number: u32, actor: &str, verb: &str, object: impl Into<Value>) -> Value {
    let object: Value = object.into();
    json!({"@context": ["https://www.w3.org/ns/activitystreams", {"haven": "urn:haven:ns#"}],
        "id": format!("http://p.test/x/a{number}"), "type": verb, "actor": actor, "object": object})
}

fn offer(number: u32, actor: &str) -> Value {
    let mut said = says(number, actor, "Offer", json!(actor));
    said["haven:agreement"] = json!({"version": 1, "groups": true, "media": true, "directory": true, "purpose": "To meet", "role": "separate",
        "retentionDays": 0, "country": "NL", "contact": "x", "hours": "Mo-Fr 09:00-17:00", "worryContact": "y", "confirmed": true});
    said
}

#[tokio::test]
async fn a_bot_of_a_partner_neither_speaks_for_it_nor_ends_it() {
    for database in database::both().await {
        let other = Other::open(database, true).await;
        // Before anything is known of the house, it is its instance that is met, not who comes first.
        assert_eq!(other.heard(&offer(1, BOT)).await, "refused not-the-instance");
        assert_eq!(other.heard(&offer(2, HOUSE)).await, "handled");
        let known = other.partner().await;
        assert_eq!(known.shared_inbox.as_ref().map(Iri::as_str), Some("http://p.test/actor/shared"));
        for state in [State::Proposed, State::Active] {
            let mut tx = other.a.database.begin().await.unwrap();
            set_state(&mut tx, &known.id, state, other.a.site.now()).await.unwrap();
            tx.commit().await.unwrap();
            let at = if state == State::Active { 20 } else { 10 };
            assert_eq!(other.heard(&offer(at, BOT)).await, "refused not-the-instance");
            let renames = says(at + 1, BOT, "Update", document(BOT, &other.keys[1].1));
            if state == State::Active {
                assert_eq!(other.heard(&renames).await, "ignored");
            }
            for (number, actor, object, became) in [
                (2, BOT, "https://p.test/x/7", "ignored"),
                (3, BOT, BOT, "ignored"),
                (4, BOT, HOUSE, "refused not-the-instance"),
                (5, BOT, "http://p.test/x/a2", "refused not-the-instance"),
                (6, HOUSE, "http://p.test/x/7", "ignored"),
                (7, HOUSE, "http://a.test/actor", "ignored"),
            ] {
                assert_eq!(other.heard(&says(at + number, actor, "Undo", json!(object))).await, became, "{actor} {object}");
            }
            let now = other.partner().await;
            assert_eq!((now.state, &now.actor_uri, &now.shared_inbox), (state, &known.actor_uri, &known.shared_inbox));
        }
        // The house itself ends it by what it offered, though that was answered long ago.
        assert_eq!(other.heard(&says(30, HOUSE, "Undo", json!("http://p.test/x/a2"))).await, "handled");
        assert_eq!(other.partner().await.state, State::Ended);
    }
}

#[tokio::test]
async fn a_house_that_takes_itself_back_ends_the_partnership() {
    for database in database::both().await {
        let other = Other::open(database, true).await;
        assert_eq!(other.heard(&offer(1, HOUSE)).await, "handled");
        assert_eq!(other.heard(&says(2, HOUSE, "Undo", json!(HOUSE))).await, "handled");
        assert_eq!(other.partner().await.state, State::Ended);
    }
}

/// A farewell is a person's. A house that says it of itself, or one of its bots, would take away by whom everything of it is believed.
#[tokio::test]
async fn only_a_person_is_gone_by_their_own_word() {
    for database in database::both().await {
        let other = Other::open(database, false).await;
        for (number, who, became) in [(1, HOUSE, "refused not-themself"), (2, BOT, "refused not-themself"), (3, EVE, "handled")] {
            assert_eq!(other.heard(&says(number, who, "Delete", json!(who))).await, became, "{who}");
            let mut conn = other.a.database.read().await.unwrap();
            let known = actors::by_uri(&mut conn, &Iri::parse(who).unwrap()).await.unwrap();
            assert_eq!(known.is_none_or(|actor| actor.gone), became == "handled", "{who}");
        }
        assert_eq!(other.partner().await.state, State::Active);
    }
}

#[tokio::test]
async fn a_partner_that_widens_is_paused_until_an_admin_has_looked() {
    for database in database::both().await {
        let other = Other::open(database, false).await;
        let (ada, anna) = (other.a.person("Ada", Role::Admin).await, other.a.person("Anna", Role::Member).await);
        let group = other.a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["p.test"]).await;
        let post = other.a.write(&anna.persona.id, &group.id, "For a few", None).await;
        let post = other.a.post_of(&post).await.unwrap().uri.unwrap();
        let follow = says(1, EVE, "Follow", json!(group.uri));
        assert_eq!(other.heard(&follow).await, "handled");
        let create = |number: u32, id: &str, to: &str| {
            let note = json!({"id": format!("http://p.test/x/{id}"), "type": "Note", "attributedTo": EVE, "content": "<p>Mine</p>",
                "to": [to], "audience": group.uri});
            let mut said = says(number, EVE, "Create", note);
            said["audience"] = json!(group.uri);
            said
        };
        // A first post for the world is refused; its writer may know of no smaller one.
        assert_eq!(other.heard(&create(2, "n1", PUBLIC)).await, "refused widened");
        assert_eq!(other.partner().await.state, State::Active);
        assert_eq!(other.heard(&create(3, "n2", group.uri.as_str())).await, "handled");
        // The same post again, for the world, before another one in the same round.
        let (wider, next) = (create(4, "n2", "as:Public"), create(5, "n3", group.uri.as_str()));
        assert_eq!((other.say(&wider).await, other.say(&next).await), (202, 202));
        other.works().await;
        assert_eq!(other.became(&wider).await, "refused widened");
        let paused = other.partner().await;
        assert_eq!((paused.state, paused.paused_for.as_str()), (State::Paused, "widened"));
        assert_eq!(other.log().await.last().unwrap(), &("widened".to_owned(), "active>paused".to_owned()));
        assert!(other.became(&next).await.starts_with("new"), "what else it said waits and is not lost");
        let desk = other.a.get("/admin", Some(&ada.cookie)).await.text;
        assert!(desk.contains("It addressed to the whole world what was written for a few"), "{desk}");
        let page = other.a.get(&format!("/admin/partners/{}", paused.id), Some(&ada.cookie)).await.text;
        assert!(page.contains("This house addressed to the whole world"), "{page}");
        let boost = says(6, EVE, "Announce", json!(post));
        assert_eq!(other.say(&boost).await, 401, "nothing comes in");

        let resume = format!("/admin/partners/{}/resume", paused.id);
        assert_eq!(other.a.post(&resume, Some(&ada.cookie), &[]).await.status, http::StatusCode::SEE_OTHER);
        other.works().await;
        assert_eq!(other.became(&next).await, "handled");
        assert_eq!((other.partner().await.state, other.partner().await.paused_for.as_str()), (State::Active, ""));
        assert!(!other.a.get("/admin", Some(&ada.cookie)).await.text.contains("It addressed to the whole world"));

        // Somebody passes a post of the group on: to a few it means nothing here, to the world it is the same breach.
        assert_eq!(other.heard(&boost).await, "ignored");
        let mut world = says(7, EVE, "Announce", json!(post));
        world["cc"] = json!([PUBLIC]);
        assert_eq!(other.heard(&world).await, "refused widened");
        assert_eq!(other.partner().await.state, State::Paused);
        // What is not for this partner, and what never was, are told apart by nothing.
        assert_eq!(other.a.post(&resume, Some(&ada.cookie), &[]).await.status, http::StatusCode::SEE_OTHER);
        let own = other.a.group(&anna.persona.id, "Evening tea", JoinRule::Open, &[]).await;
        let hidden = other.a.write(&anna.persona.id, &own.id, "For this house", None).await;
        let hidden = other.a.post_of(&hidden).await.unwrap().uri.unwrap().to_string();
        for (number, uri) in [(8, hidden.clone()), (9, format!("{}zz", &hidden[..hidden.len() - 2]))] {
            let mut world = says(number, EVE, "Announce", json!(uri));
            world["to"] = json!([PUBLIC]);
            assert_eq!(other.heard(&world).await, "ignored", "{uri}");
        }
        assert_eq!(other.partner().await.state, State::Active);
    }
}
