//! Lets the demo's people live: they become partners, found and join groups, and talk, each through the house they live
//! in. Whatever crosses to another house goes over the wire; this only waits until it is there.

use std::time::Duration;

use futures::future::try_join_all;
use haven::audit::By;
use haven::base::{Id, Iri};
use haven::features::groups::{self, Charter, Founding, GroupName, Hours, JoinRule, Joining, Reach};
use haven::features::partners as desk;
use haven::features::posts::{self, NewPost, Text};
use haven::federation::partners;

use super::house::House;
use super::script::{CIRCLES, Circle, Line};
use crate::command::failure::Failure;

/// How often something that comes over the wire is looked for, and how often at most: for three minutes, on a machine that has other
/// things to do.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 9000;
/// Between two posts that are written while somebody looks.
const BREATH: Duration = Duration::from_secs(7);

/// A group, and how far its conversation went.
pub struct Talk {
    circle: &'static Circle,
    uri: Iri,
    /// Address of each line that was said.
    said: Vec<Option<Iri>>,
}

/// Everything up to the first look: partners, people, groups, and the first part of each conversation.
/// Gives what is told later.
///
/// # Errors
/// When something does not arrive in time.
pub async fn begin(houses: &[House]) -> Result<Vec<Talk>, Failure> {
    try_join_all(houses.iter().map(House::people)).await?;
    try_join_all(houses.iter().map(House::sign)).await?;
    partnerships(houses).await?;
    let talks = try_join_all(CIRCLES.iter().map(|circle| circle_begins(houses, circle))).await?;
    Ok(talks.into_iter().flatten().collect())
}

/// Asks again and again until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    for _ in 0..LOOKS {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Failure::new(format!("the demo waited for {what}, and it did not come")))
}

/// Each house names the two others.
async fn partnerships(houses: &[House]) -> Result<(), Failure> {
    for house in houses {
        let mut tx = house.site.db.begin().await?;
        for other in houses.iter().filter(|other| other.cast.name != house.cast.name) {
            let origin = &other.site.config.origin;
            if partners::by_origin(&mut tx, origin).await?.is_none() {
                desk::propose(&mut tx, &house.site.here(), origin, true, true, By::console()).await?;
            }
        }
        tx.commit().await?;
        house.site.stir();
    }
    for house in houses {
        until("two partnerships", async || {
            let mut conn = house.site.db.read().await?;
            let known = partners::list(&mut conn).await?;
            let active = known.iter().filter(|partner| partner.state == partners::State::Active).count();
            Ok((active == houses.len() - 1).then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// Founds a group, lets people in and lets them say the first lines; nothing of it when it is there from an earlier run.
async fn circle_begins(houses: &[House], circle: &'static Circle) -> Result<Option<Talk>, Failure> {
    let home = &houses[circle.home];
    let mut conn = home.site.db.read().await?;
    let there = groups::all_here(&mut conn).await?.iter().any(|group| group.is_local() && group.name == circle.name);
    drop(conn);
    if there {
        return Ok(None);
    }
    let uri = found(houses, circle).await?;
    for (house, name) in circle.members {
        enter(&houses[*house], &uri, name, "").await?;
    }
    let mut talk = Talk { circle, uri, said: Vec::new() };
    for line in &circle.lines[..circle.at_first] {
        say(houses, &mut talk, line).await?;
    }
    if let Some((house, name, word)) = circle.knocks {
        knock(houses, &talk, (house, name), word).await?;
    }
    Ok(Some(talk))
}

fn charter(circle: &Circle) -> Result<Charter, Failure> {
    let name = GroupName::parse(circle.name).ok_or_else(|| Failure::new("a group of the demo has no good name"))?;
    let mut charter = Charter::named(name, JoinRule::Open);
    circle.purpose.clone_into(&mut charter.purpose);
    circle.language.clone_into(&mut charter.language);
    charter.rules = circle.rules.iter().map(|rule| (*rule).to_owned()).collect();
    charter.hours = Hours::parse(circle.hours);
    Ok(charter)
}

async fn found(houses: &[House], circle: &Circle) -> Result<Iri, Failure> {
    let home = &houses[circle.home];
    let host = home.persona(circle.host).await?;
    let key = home.site.fresh_key().await?;
    let mut tx = home.site.db.begin().await?;
    let mut shared = Vec::new();
    for other in circle.shared_with {
        let partner = partners::by_origin(&mut tx, &houses[*other].site.config.origin).await?;
        shared.extend(partner.map(|partner| partner.id));
    }
    let reach = if shared.is_empty() { Reach::House } else { Reach::Partners };
    let founding = Founding { charter: &charter(circle)?, founder: &host.id, reach, partners: &shared };
    let group = groups::create(&mut tx, &home.site.here(), &key, founding).await?;
    tx.commit().await?;
    home.site.stir();
    Ok(group.uri)
}

/// One person joins, and is a member when this returns (or, where the hosts are asked first, has asked).
async fn enter(house: &House, uri: &Iri, name: &str, word: &str) -> Result<(), Failure> {
    let persona = house.persona(name).await?;
    let group = groups::find(&house.site, uri).await?;
    let mut tx = house.site.db.begin().await?;
    groups::join(&mut tx, &house.site.here(), &group, &persona.id, Joining { word, ..Joining::default() }).await?;
    tx.commit().await?;
    house.site.stir();
    if !word.is_empty() {
        return Ok(());
    }
    until("a new member", async || {
        let mut conn = house.site.db.read().await?;
        let membership = groups::membership_of(&mut conn, &group, &persona.id).await?;
        Ok(membership.filter(groups::Membership::is_active).map(|_| ()))
    })
    .await
}

/// From now on the hosts are asked first, and somebody asks.
async fn knock(houses: &[House], talk: &Talk, (house, name): (usize, &str), word: &str) -> Result<(), Failure> {
    let home = &houses[talk.circle.home];
    let host = home.persona(talk.circle.host).await?;
    let mut charter = charter(talk.circle)?;
    charter.join = JoinRule::Ask;
    let mut tx = home.site.db.begin().await?;
    let group = groups::by_uri(&mut tx, &talk.uri).await?.ok_or_else(|| Failure::new("a group of the demo is gone"))?;
    groups::edit(&mut tx, &home.site.here(), &group.id, &host.id, &charter).await?;
    tx.commit().await?;
    home.site.stir();
    enter(&houses[house], &talk.uri, name, word).await
}

/// Says one line, and waits until the group's home has taken it.
async fn say(houses: &[House], talk: &mut Talk, line: &Line) -> Result<(), Failure> {
    let house = &houses[line.house];
    let author = house.persona(line.who).await?;
    let parent = match line.answers.and_then(|at| talk.said.get(at).cloned().flatten()) {
        Some(uri) => Some(arrived(house, &uri).await?),
        None => None,
    };
    let text = Text::typed(line.text, line.language, line.label).map_err(|_| Failure::new("a line of the demo cannot be posted"))?;
    let mut tx = house.site.db.begin().await?;
    let group = groups::by_uri(&mut tx, &talk.uri).await?.ok_or_else(|| Failure::new("a group of the demo is gone"))?;
    let new = NewPost {
        group: &group.id,
        author: &author.id,
        text: &text,
        reply_to: parent.as_ref(),
        saw_readers: group.list_version,
        instead_of: None,
    };
    let post = posts::write(&mut tx, &house.site.here(), &new).await?;
    tx.commit().await?;
    house.site.stir();
    let uri = until("the home of a group", async || {
        let mut conn = house.site.db.read().await?;
        Ok(posts::by_id(&mut conn, &post).await?.and_then(|post| post.uri))
    })
    .await?;
    talk.said.push(Some(uri));
    Ok(())
}

/// Our id of a post, once it is here.
async fn arrived(house: &House, uri: &Iri) -> Result<Id, Failure> {
    until("a post", async || {
        let mut conn = house.site.db.read().await?;
        Ok(posts::by_uri(&mut conn, uri).await?.filter(posts::Post::is_readable).map(|post| post.id))
    })
    .await
}

/// The rest of the conversations, a line now and then, until everything was said.
///
/// # Errors
/// When something does not arrive in time.
pub async fn go_on(houses: &[House], mut talks: Vec<Talk>) -> Result<(), Failure> {
    loop {
        let mut silent = true;
        for talk in &mut talks {
            let Some(line) = talk.circle.lines.get(talk.said.len()) else { continue };
            silent = false;
            tokio::time::sleep(BREATH).await;
            if let Err(failure) = say(houses, talk, line).await {
                // Somebody who looks may have deleted what this answers, or closed the group: the others go on.
                tracing::debug!("a line of the demo was not said: {}", failure.said());
                talk.said.push(None);
            }
        }
        if silent {
            return Ok(());
        }
    }
}
