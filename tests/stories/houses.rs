//! Three houses in one process, each partner of the first: the scene on which most stories begin.

use haven::base::{Id, Iri};
use haven::features::accounts::Role;
use haven::features::groups::{Group, JoinRule};
use haven::testing::database::TestDb;
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};

/// The houses, and the town in which they reach each other.
pub struct Three {
    pub town: Town,
    pub a: TestSite,
    pub b: TestSite,
    pub c: TestSite,
}

impl Three {
    /// Opens them; `a` is partner of `b` and of `c`.
    pub async fn open([one, two, three]: [TestDb; 3]) -> Self {
        Self::open_in(Town::default(), [one, two, three]).await
    }

    /// The same in a town whose clock somebody has set.
    pub async fn open_in(town: Town, [one, two, three]: [TestDb; 3]) -> Self {
        let a = town.open("a.test", one, 1).await.unwrap();
        let b = town.open("b.test", two, 2).await.unwrap();
        let c = town.open("c.test", three, 3).await.unwrap();
        town.befriend(&a, &b).await;
        town.befriend(&a, &c).await;
        Self { town, a, b, c }
    }
}

/// The scene of most stories: a group of A that B and C read, with one person of each house in it.
pub struct Scene {
    pub town: Town,
    pub a: TestSite,
    pub b: TestSite,
    pub c: TestSite,
    pub anna: Person,
    pub bo: Person,
    pub cis: Person,
    pub group: Group,
    pub at_b: Id,
    pub at_c: Id,
}

impl Scene {
    /// Everybody has joined, and nothing is written yet.
    pub async fn set(databases: [TestDb; 3]) -> Self {
        let Three { town, a, b, c } = Three::open(databases).await;
        let anna = a.person("Anna", Role::Member).await;
        let bo = b.person("Bo", Role::Member).await;
        let cis = c.person("Cis", Role::Member).await;
        let group = a.group(&anna.persona.id, "Morning coffee", JoinRule::Open, &["b.test", "c.test"]).await;
        let sites = [&a, &b, &c];
        town.settle(&sites).await.unwrap();
        let at_b = b.join(&bo.persona.id, &group.uri).await;
        let at_c = c.join(&cis.persona.id, &group.uri).await;
        town.settle(&sites).await.unwrap();
        Self { town, a, b, c, anna, bo, cis, group, at_b, at_c }
    }

    /// Until nothing moves any more.
    pub async fn settle(&self) {
        self.town.settle(&[&self.a, &self.b, &self.c]).await.unwrap();
    }

    /// Bo writes, and everybody has it. Gives Bo's own id of the post and the address the home gave it.
    pub async fn bo_writes(&self, text: &str) -> (Id, Iri) {
        let own = self.b.write(&self.bo.persona.id, &self.at_b, text, None).await;
        self.settle().await;
        let uri = self.b.post_of(&own).await.unwrap().uri.expect("the home gave it an address");
        (own, uri)
    }
}
