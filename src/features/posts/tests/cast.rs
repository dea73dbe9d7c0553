//! The people and houses of these tests: three houses that are partners of each other, a group at the first that is shared with
//! the other two, and somebody of each in it.

use crate::base::{Id, Iri, Origin};
use crate::db::Engine;
use crate::features::accounts::{self, Made, NewAccount, Opening, Passphrase, Role, SignInName};
use crate::features::groups::{self, Charter, Founding, Group, GroupName, JoinRule, Joining, Reach};
use crate::features::personas::{self, PersonaName};
use crate::features::posts::{self, NewPost, Post, PostError, State, Text, store};
use crate::federation::partners;
use crate::testing::database::{self, TestDb};
use crate::testing::site::{TestSite, Town};

/// Somebody with one persona and an open session.
pub(crate) struct Person {
    pub persona: Id,
    pub cookie: String,
}

/// One house with somebody in it.
pub(crate) struct House {
    pub at: TestSite,
    pub person: Person,
    /// The group, as this house calls it.
    pub group: Id,
}

/// Three houses: `home` (host Bo), `b` (Fern) and `c` (Noor).
pub(crate) struct Cast {
    pub town: Town,
    pub home: House,
    pub b: House,
    pub c: House,
}

pub(crate) fn text(words: &str) -> Text {
    Text::typed(words, "en", "").unwrap()
}

pub(crate) async fn person(site: &TestSite, name: &str, role: Role) -> Person {
    let here = site.site.here();
    let passphrase = accounts::hash(&*here.chance, Passphrase::choose("the boat sails home", &[]).unwrap()).await.unwrap();
    let sign_in = SignInName::parse(&format!("{name} {}", site.host.replace('.', " "))).unwrap();
    let key = site.site.fresh_key().await.unwrap();
    let mut tx = site.site.db.begin().await.unwrap();
    let account =
        accounts::create(&mut tx, &here, NewAccount { name: &sign_in, passphrase: &passphrase, role, called: name, made: Made::Console })
            .await
            .unwrap();
    let persona = personas::create(&mut tx, &here, &key, &account, &PersonaName::parse(name).unwrap()).await.unwrap();
    let token = accounts::open(&mut tx, &here, &account, Opening::new(accounts::Agent::default(), None)).await.unwrap();
    tx.commit().await.unwrap();
    let cookie = format!("haven-{}={}", here.origin.port(), token.reveal());
    Person { persona: persona.id, cookie }
}

pub(crate) async fn befriend(site: &TestSite, other: &str) -> Id {
    let here = site.site.here();
    let origin = Origin::parse(&format!("http://{other}")).unwrap();
    let mut tx = site.site.db.begin().await.unwrap();
    let partner = partners::name(&mut tx, &here, &origin, false).await.unwrap();
    partners::describe(&mut tx, &partner.id, other, &origin.at("/actor"), &origin.at("/inbox")).await.unwrap();
    // A house of ours promises receipts. It is named without the handshake only so that no agreement has to be played here.
    sqlx::query("UPDATE partners SET handshake = 1 WHERE id = $1").bind(partner.id.as_str()).execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();
    partner.id
}

async fn found(site: &TestSite, founder: &Id, partners: &[Id]) -> Group {
    let charter = Charter::named(GroupName::parse("Morning coffee").unwrap(), JoinRule::Open);
    let key = site.site.fresh_key().await.unwrap();
    let mut tx = site.site.db.begin().await.unwrap();
    let reach = if partners.is_empty() { Reach::House } else { Reach::Partners };
    let group = groups::create(&mut tx, &site.site.here(), &key, Founding { charter: &charter, founder, reach, partners }).await.unwrap();
    tx.commit().await.unwrap();
    group
}

pub(crate) async fn join(site: &TestSite, group: &Id, persona: &Id) {
    let mut tx = site.site.db.begin().await.unwrap();
    groups::join(&mut tx, &site.site.here(), group, persona, Joining::default()).await.unwrap();
    tx.commit().await.unwrap();
}

/// One house with a group that stays in it: host Bo, and Ida who is a member.
pub(crate) async fn house_alone(database: TestDb) -> (Town, House, Person) {
    let town = Town::default();
    let at = town.open("veld.test", database, 1).await.unwrap();
    let bo = person(&at, "Bo", Role::Host).await;
    let ida = person(&at, "Ida", Role::Member).await;
    let group = found(&at, &bo.persona, &[]).await;
    join(&at, &group.id, &ida.persona).await;
    (town, House { at, person: bo, group: group.id }, ida)
}

impl Cast {
    pub(crate) async fn on(engine: Engine) -> Option<Self> {
        let database = || async move {
            match engine {
                Engine::Sqlite => Some(database::sqlite().await),
                Engine::Postgres => database::postgres().await,
            }
        };
        let town = Town::default();
        let a = town.open("veld.test", database().await?, 1).await.unwrap();
        let b = town.open("herning.test", database().await?, 2).await.unwrap();
        let c = town.open("zwolle.test", database().await?, 3).await.unwrap();
        for site in [&a, &b, &c] {
            for other in [&a, &b, &c] {
                if site.host != other.host {
                    befriend(site, &other.host).await;
                }
            }
        }
        let bo = person(&a, "Bo", Role::Host).await;
        let fern = person(&b, "Fern", Role::Member).await;
        let noor = person(&c, "Noor", Role::Member).await;
        let mut shared = Vec::new();
        for other in ["herning.test", "zwolle.test"] {
            shared.push(partner(&a, other).await);
        }
        let group = found(&a, &bo.persona, &shared).await;
        let (at_b, at_c) = (find(&b, &group.uri).await, find(&c, &group.uri).await);
        join(&b, &at_b, &fern.persona).await;
        join(&c, &at_c, &noor.persona).await;
        town.settle(&[&a, &b, &c]).await.unwrap();
        Some(Self {
            town,
            home: House { at: a, person: bo, group: group.id },
            b: House { at: b, person: fern, group: at_b },
            c: House { at: c, person: noor, group: at_c },
        })
    }

    /// One cast on each engine that is there.
    pub(crate) async fn both() -> Vec<Self> {
        let mut all: Vec<Self> = Self::on(Engine::Sqlite).await.into_iter().collect();
        all.extend(Self::on(Engine::Postgres).await);
        all
    }

    pub(crate) async fn settle(&self) {
        self.town.settle(&[&self.home.at, &self.b.at, &self.c.at]).await.unwrap();
    }

    pub(crate) fn houses(&self) -> [&House; 3] {
        [&self.home, &self.b, &self.c]
    }
}

pub(crate) async fn partner(site: &TestSite, other: &str) -> Id {
    let mut conn = site.site.db.read().await.unwrap();
    partners::by_origin(&mut conn, &Origin::parse(&format!("http://{other}")).unwrap()).await.unwrap().unwrap().id
}

async fn find(site: &TestSite, uri: &Iri) -> Id {
    groups::find(&site.site, uri).await.unwrap()
}

impl House {
    pub(crate) async fn write(&self, words: &str, reply_to: Option<&Id>) -> Result<Id, PostError> {
        self.write_as(&self.person.persona, words, reply_to).await
    }

    pub(crate) async fn write_as(&self, author: &Id, words: &str, reply_to: Option<&Id>) -> Result<Id, PostError> {
        let text = text(words);
        let new = NewPost { group: &self.group, author, text: &text, reply_to, saw_readers: 0, instead_of: None };
        let mut tx = self.at.site.db.begin().await.unwrap();
        let id = posts::write(&mut tx, &self.at.site.here(), &new).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    pub(crate) fn mine(&self) -> Vec<Id> {
        vec![self.person.persona.clone()]
    }

    pub(crate) async fn edit(&self, post: &Id, words: &str) -> Result<(), PostError> {
        let mut tx = self.at.site.db.begin().await.unwrap();
        posts::edit(&mut tx, &self.at.site.here(), post, &self.mine(), &text(words)).await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    pub(crate) async fn delete(&self, post: &Id, at_once: bool) -> Result<(), PostError> {
        let mut tx = self.at.site.db.begin().await.unwrap();
        posts::delete(&mut tx, &self.at.site.here(), post, &self.mine(), at_once).await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    pub(crate) async fn drop_change(&self, post: &Id) {
        let mut tx = self.at.site.db.begin().await.unwrap();
        crate::features::posts::actions::people::drop_change(&mut tx, &self.at.site.here(), post, &self.mine()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn undo(&self, post: &Id) -> Result<Id, PostError> {
        let mut tx = self.at.site.db.begin().await.unwrap();
        let id = posts::undo(&mut tx, &self.at.site.here(), post, &self.mine()).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    pub(crate) async fn post(&self, id: &Id) -> Post {
        let mut conn = self.at.site.db.read().await.unwrap();
        store::by_id(&mut conn, id).await.unwrap().unwrap()
    }

    /// The row that the home calls so.
    pub(crate) async fn by_uri(&self, uri: &Iri) -> Option<Post> {
        let mut conn = self.at.site.db.read().await.unwrap();
        store::by_uri(&mut conn, uri).await.unwrap()
    }

    /// What members of this house can read in the group, oldest first: author's name, text, and what it answers.
    pub(crate) async fn readable(&self) -> Vec<(String, String, Option<String>)> {
        let mut conn = self.at.site.db.read().await.unwrap();
        let mut found: Vec<Post> = Vec::new();
        for id in store::tests::readable(&self.at.site.db, &self.group).await {
            found.push(store::by_id(&mut conn, &id).await.unwrap().unwrap());
        }
        let parent =
            |post: &Post| post.parent.as_ref().and_then(|parent| found.iter().find(|other| other.id == *parent)).map(|p| p.source.clone());
        found.iter().map(|post| (post.author_name.clone(), post.source.clone(), parent(post))).collect()
    }

    pub(crate) async fn state(&self, id: &Id) -> State {
        self.post(id).await.state
    }
}

impl House {
    /// At the home: our address of a guest's post.
    pub(crate) async fn by_uri_of_origin(&self, origin: &str) -> String {
        let mut conn = self.at.site.db.read().await.unwrap();
        store::by_origin_uri(&mut conn, &Iri::parse(origin).unwrap()).await.unwrap().unwrap().uri.unwrap().to_string()
    }
}

impl House {
    /// Which posts of a thread stand in the list of threads.
    pub(crate) async fn listed(&self, root: &Id) -> Vec<Id> {
        store::tests::listed(&self.at.site.db, root).await
    }
}
