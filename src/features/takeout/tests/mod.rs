//! Tests of what belongs to a person, through the door of whole sites. Two or three houses: a group lives at Aalst (host Bo,
//! Ida), Herning (Fern) and Zwolle (Noor) take part in it.

mod keeping;
mod pausing;
mod taking;

use http::StatusCode;

use crate::base::Id;
use crate::db::Engine;
use crate::features::accounts::Role;
use crate::features::groups::{Group, JoinRule};
use crate::features::posts::State;
use crate::testing::database::{self, TestDb};
use crate::testing::pages::assert_page_is_sound;
use crate::testing::people::Person;
use crate::testing::site::{Seen, TestSite, Town};

struct Houses {
    town: Town,
    aalst: TestSite,
    herning: TestSite,
    zwolle: TestSite,
    bo: Person,
    ida: Person,
    fern: Person,
    noor: Person,
    group: Group,
    /// The group as Herning calls it.
    at_herning: Id,
}

async fn fresh(engine: Engine) -> Option<TestDb> {
    match engine {
        Engine::Sqlite => Some(database::sqlite().await),
        Engine::Postgres => database::postgres().await,
    }
}

impl Houses {
    async fn on(engine: Engine) -> Option<Self> {
        let town = Town::default();
        let aalst = town.open("aalst.test", fresh(engine).await?, 1).await.unwrap();
        let herning = town.open("herning.test", fresh(engine).await?, 2).await.unwrap();
        let zwolle = town.open("zwolle.test", fresh(engine).await?, 3).await.unwrap();
        town.befriend(&aalst, &herning).await;
        town.befriend(&aalst, &zwolle).await;
        let bo = aalst.person("Bo", Role::Host).await;
        let ida = aalst.person("Ida", Role::Member).await;
        let fern = herning.person("Fern", Role::Member).await;
        let noor = zwolle.person("Noor", Role::Member).await;
        let group = aalst.group(&bo.persona.id, "Morning coffee", JoinRule::Open, &["herning.test", "zwolle.test"]).await;
        aalst.join(&ida.persona.id, &group.uri).await;
        let at_herning = herning.join(&fern.persona.id, &group.uri).await;
        zwolle.join(&noor.persona.id, &group.uri).await;
        town.settle(&[&aalst, &herning, &zwolle]).await.unwrap();
        Some(Self { town, aalst, herning, zwolle, bo, ida, fern, noor, group, at_herning })
    }

    async fn both() -> Vec<Self> {
        let mut all: Vec<Self> = Self::on(Engine::Sqlite).await.into_iter().collect();
        all.extend(Self::on(Engine::Postgres).await);
        all
    }

    async fn settle(&self) {
        self.town.settle(&[&self.aalst, &self.herning, &self.zwolle]).await.unwrap();
    }

    /// Whether this text ever went to that house.
    fn went(&self, to: &str, text: &str) -> bool {
        self.town.network.log().iter().any(|call| call.to == to && call.body.contains(text))
    }
}

async fn state(site: &TestSite, post: &Id) -> State {
    site.post_of(post).await.unwrap().state
}

/// The page is there in three languages, and each is whole.
async fn sound(site: &TestSite, cookie: &str, path: &str) -> Seen {
    let mut last = None;
    for lang in ["nl", "da", "en"] {
        let cookie = if cookie.is_empty() { format!("lang={lang}") } else { format!("{cookie}; lang={lang}") };
        let seen = site.get(path, Some(&cookie)).await;
        assert_eq!(seen.status, StatusCode::OK, "{path} {lang}\n{}", seen.text);
        assert_page_is_sound(&seen.text);
        last = Some(seen);
    }
    last.unwrap()
}
