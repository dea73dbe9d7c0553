//! A cast of people: signing in, names, groups and posts as tests need them, by the same actions that the pages call.
//! Everything panics when it fails: a test that cannot set its scene has nothing to say.

use tokio::sync::OnceCell;

use crate::audit::By;
use crate::base::{Id, Iri, Origin};
use crate::features::accounts::{self, Agent, Hashed, Made, NewAccount, Opening, Passphrase, Role, SignInName};
use crate::features::assessments::{self, SECTIONS, Signing};
use crate::features::groups::{self, Charter, Founding, Group, GroupName, JoinRule, Joining};
use crate::features::personas::{self, Persona, PersonaName};
use crate::features::posts::{self, NewPost, Text};
use crate::features::{partners, posts::Post};
use crate::federation::partners::{State, by_origin};
use crate::federation::policy::Reach;
use crate::testing::chance::SeededChance;
use crate::testing::site::{TestSite, Town};
use crate::web::{Lang, Words};

/// Somebody who is signed in, with one name.
pub struct Person {
    /// The sign-in.
    pub account: Id,
    /// The name they take part under.
    pub persona: Persona,
    /// Cookie of their session.
    pub cookie: String,
}

impl Person {
    /// Their names, as actions ask for them.
    pub fn mine(&self) -> [Id; 1] {
        [self.persona.id.clone()]
    }
}

#[expect(clippy::expect_used, reason = "a test that cannot set its scene has nothing to say")]
impl TestSite {
    /// A passphrase, hashed once in this process: hashing is slow on purpose. Its salt takes nothing from the site's chance, so
    /// that it does not matter who asked first.
    pub async fn hashed(&self) -> Hashed {
        static HASHED: OnceCell<Hashed> = OnceCell::const_new();
        let hashed = HASHED.get_or_init(|| async {
            let passphrase = Passphrase::choose("a quiet walk by the canal", &[]).expect("a good passphrase");
            accounts::hash(&SeededChance::new(0), passphrase).await.expect("it can be hashed")
        });
        hashed.await.clone()
    }

    /// Somebody new.
    pub async fn person(&self, name: &str, role: Role) -> Person {
        let hashed = self.hashed().await;
        let key = self.site.fresh_key().await.expect("a key");
        let here = self.site.here();
        let mut tx = self.database.begin().await.expect("a unit of work");
        let sign_in = SignInName::parse(&format!("{}-signs-in", name.to_lowercase())).expect("a sign-in name");
        let new = NewAccount { name: &sign_in, passphrase: &hashed, role, called: name, made: Made::Console };
        let account = accounts::create(&mut tx, &here, new).await.expect("an account");
        let persona_name = PersonaName::parse(name).expect("a name");
        let persona = personas::create(&mut tx, &here, &key, &account, &persona_name).await.expect("a persona");
        tx.commit().await.expect("committed");
        let cookie = self.signed_in(&account).await;
        Person { account, persona, cookie }
    }

    /// Signs somebody in: the cookie of a new session.
    pub async fn signed_in(&self, account: &Id) -> String {
        let here = self.site.here();
        let mut tx = self.database.begin().await.expect("a unit of work");
        let token = accounts::open(&mut tx, &here, account, Opening::new(Agent::of_header(""), None)).await.expect("a session");
        tx.commit().await.expect("committed");
        format!("haven-{}={}", here.origin.port(), token.reveal())
    }

    /// Signs every section of the assessment of risks, today: the pages let nobody name or accept a partner before.
    pub async fn sign_assessments(&self) {
        let here = self.site.here();
        let today: String = here.now.rfc3339().chars().take(10).collect();
        let signing = Signing::read("Data protection officer", &today, here.now).expect("a signature");
        let mut tx = self.database.begin().await.expect("a unit of work");
        for section in SECTIONS {
            let t = Words::new(Lang::En);
            assessments::sign(&mut tx, &here, By::console(), &section, &signing, t).await.expect("signed");
        }
        tx.commit().await.expect("committed");
    }

    /// Founds a group, shared with the partners on these hosts (none: this house).
    pub async fn group(&self, host: &Id, name: &str, join: JoinRule, with: &[&str]) -> Group {
        let key = self.site.fresh_key().await.expect("a key");
        let here = self.site.here();
        let mut tx = self.database.begin().await.expect("a unit of work");
        let mut partners = Vec::new();
        for other in with {
            partners.push(by_origin(&mut tx, &origin(other)).await.expect("read").expect("a partner").id);
        }
        let charter = Charter::named(GroupName::parse(name).expect("a group name"), join);
        let reach = if with.is_empty() { Reach::House } else { Reach::Partners };
        let founding = Founding { charter: &charter, founder: host, reach, partners: &partners };
        let group = groups::create(&mut tx, &here, &key, founding).await.expect("a group");
        tx.commit().await.expect("committed");
        group
    }

    /// Joins a group by its address, wherever it lives. Gives our id of it.
    pub async fn join(&self, who: &Id, uri: &Iri) -> Id {
        let group = groups::find(&self.site, uri).await.expect("the group is found");
        let mut tx = self.database.begin().await.expect("a unit of work");
        groups::join(&mut tx, &self.site.here(), &group, who, Joining::default()).await.expect("asked to join");
        tx.commit().await.expect("committed");
        group
    }

    /// Writes into a group.
    pub async fn write(&self, who: &Id, group: &Id, text: &str, reply_to: Option<&Id>) -> Id {
        let text = Text::typed(text, "en", "").expect("a text");
        let new = NewPost { group, author: who, text: &text, reply_to, saw_readers: i64::MAX, instead_of: None };
        let mut tx = self.database.begin().await.expect("a unit of work");
        let post = posts::write(&mut tx, &self.site.here(), &new).await.expect("written");
        tx.commit().await.expect("committed");
        post
    }

    /// The post with this wire address, as this site holds it.
    pub async fn post_at(&self, uri: &Iri) -> Option<Post> {
        let mut conn = self.database.read().await.expect("a reader");
        posts::by_uri(&mut conn, uri).await.expect("read")
    }

    /// The post with our id.
    pub async fn post_of(&self, id: &Id) -> Option<Post> {
        let mut conn = self.database.read().await.expect("a reader");
        posts::by_id(&mut conn, id).await.expect("read")
    }
}

#[expect(clippy::expect_used, reason = "a test that cannot set its scene has nothing to say")]
impl Town {
    /// Makes two sites partners of each other by the real handshake.
    pub async fn befriend(&self, one: &TestSite, two: &TestSite) {
        for (site, other) in [(one, two), (two, one)] {
            let mut tx = site.database.begin().await.expect("a unit of work");
            partners::propose(&mut tx, &site.site.here(), &origin(&other.host), true, true, By::console()).await.expect("named");
            tx.commit().await.expect("committed");
        }
        self.settle(&[one, two]).await.expect("settled");
        let mut conn = one.database.read().await.expect("a reader");
        let partner = by_origin(&mut conn, &origin(&two.host)).await.expect("read").expect("a partner");
        assert_eq!(partner.state, State::Active, "the handshake came to its end");
    }
}

#[expect(clippy::expect_used, reason = "hosts of tests are written by us")]
fn origin(host: &str) -> Origin {
    Origin::parse(&format!("http://{host}")).expect("a host name")
}
