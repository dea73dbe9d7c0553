//! Whether the time of an answer says that something exists which the asker may not see (threats CONST, F13). For each route two
//! questions are asked in turn: for a thing that is there and invisible, and for one that never was. The figure is the area under the
//! curve of the best classifier that knows only the time: 0.5 is chance, 0.55 is the target.

use std::sync::Arc;
use std::time::{Duration, Instant};

use haven::base::{Clock, Id, Iri, SystemChance, SystemClock};
use haven::features::accounts::{self, Agent, Attempt, Opening, Role, Token};
use haven::features::groups::{Charter, Founding, GroupName, JoinRule, Reach, create};
use haven::features::posts::{self, NewPost, Text};
use haven::federation::keys::KeyPair;
use haven::site::Shared;
use haven::testing::peer::Hand;
use serde_json::json;

use crate::Common;
use crate::house::{self, House};
use crate::report::{Report, ms, share};
use crate::wire::{self, Connection};

/// Makes the next question of one kind.
type Ask = Box<dyn FnMut() -> Vec<u8> + Send>;

/// A route with its two questions.
struct Pair {
    name: &'static str,
    there: Ask,
    never: Ask,
}

/// What the house holds that these askers may not see.
struct Things {
    group: Id,
    post: Id,
    persona: Id,
    /// An invitation that was used up.
    spent: String,
}

pub async fn run(report: &Report, common: &Common, samples: usize) {
    let house = House::new(common).await;
    let site = house.open().await;
    let anna = house::resident(&house, &site, "Anna").await;
    let bram = house::resident(&house, &site, "Bram").await;
    let key = Arc::new(house.key());
    let origin = haven::base::Origin::parse(&format!("http://127.0.0.4:{}", house::free_port())).expect("an origin");
    let partner = house::partner(&site, &origin).await;
    let quinn = house::stranger(&site, &partner, &key).await;
    let things = things(&house, &site, &anna.persona.id).await;
    sign_in(report, &house, &site, samples).await;
    site.db.close().await;
    drop(site);
    let (running, _) = house.start().await;
    let mut line = Connection::open(house.address).await.expect("a connection");
    for mut pair in pairs(&house, &things, &bram.cookie, (&key, &quinn.key_id)) {
        let (mut there, mut never) = (Vec::with_capacity(samples), Vec::with_capacity(samples));
        let (mut statuses, mut lengths) = ([0_u16; 2], [0_usize; 2]);
        for round in 0..samples + 50 {
            // Which comes first changes, so that what the first one warms up helps both alike.
            for turn in 0..2 {
                let which = (round + turn) % 2;
                let request = if which == 0 { (pair.there)() } else { (pair.never)() };
                let before = Instant::now();
                let status = line.ask(&request).await;
                let took = before.elapsed();
                let Ok(status) = status else {
                    line = Connection::open(house.address).await.expect("a connection");
                    continue;
                };
                (statuses[which], lengths[which]) = (status, line.length);
                if round >= 50 {
                    if which == 0 { there.push(took) } else { never.push(took) }
                }
            }
        }
        say(report, &format!("{}, {}", pair.name, house.engine()), (there, never), &format!("{statuses:?} {lengths:?}"));
    }
    drop(running);
    house.remove().await;
}

fn say(report: &Report, name: &str, (mut there, mut never): (Vec<Duration>, Vec<Duration>), answers: &str) {
    let area = area(&there, &never);
    there.sort();
    never.sort();
    report.say(
        name,
        &[
            ("auc", json!((area * 1000.0).round() / 1000.0)),
            ("samples_each", json!(there.len())),
            ("there_p50_ms", ms(share(&there, 0.5))),
            ("never_p50_ms", ms(share(&never, 0.5))),
            ("answers", json!(answers)),
        ],
    );
}

/// Area under the curve of "longer means there" or of its opposite, whichever is larger: how often the right one of two is picked.
fn area(there: &[Duration], never: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = there.iter().map(|time| (*time, true)).chain(never.iter().map(|time| (*time, false))).collect();
    all.sort();
    let (mut wins, mut below) = (0.0, 0.0);
    for (_, is_there) in &all {
        if *is_there { wins += below } else { below += 1.0 }
    }
    let area = wins / (there.len() as f64 * never.len() as f64);
    area.max(1.0 - area)
}

async fn things(house: &House, site: &Shared, founder: &Id) -> Things {
    let here = site.here();
    let charter = Charter { listed: false, ..Charter::named(GroupName::parse("Quiet").expect("a name"), JoinRule::Invite) };
    let founding = Founding { charter: &charter, founder, reach: Reach::House, partners: &[] };
    let mut tx = site.db.begin().await.expect("a unit of work");
    let group = create(&mut tx, &here, &house.key(), founding).await.expect("a group");
    let text = Text::typed("Only we read this.", "en", "").expect("a text");
    let new = NewPost { group: &group.id, author: founder, text: &text, reply_to: None, saw_readers: i64::MAX, instead_of: None };
    let post = posts::write(&mut tx, &here, &new).await.expect("written");
    let invited = accounts::invite_from_console(&mut tx, &here, Role::Member, 1).await.expect("an invitation");
    tx.commit().await.expect("committed");
    let spent = invited[0].as_str().rsplit('/').next().unwrap_or_default().to_owned();
    let mut tx = site.db.begin().await.expect("a unit of work");
    sqlx::query("UPDATE invitations SET expires_at = 1").execute(tx.sql()).await.expect("over");
    tx.commit().await.expect("committed");
    Things { group: group.id, post, persona: founder.clone(), spent }
}

fn pairs(house: &House, things: &Things, bram: &str, (key, key_id): (&Arc<KeyPair>, &str)) -> Vec<Pair> {
    let origin = house.origin.clone();
    let page = |name, path: &'static str, id: &Id, cookie: &str| {
        let (one, other, id, cookie) = (origin.clone(), origin.clone(), id.clone(), cookie.to_owned());
        let again = cookie.clone();
        Pair {
            name,
            // An id is drawn here too, so that the asker itself does the same for both.
            there: Box::new(move || {
                drop(Id::random(&SystemChance));
                wire::get(&one, &path.replace('*', id.as_str()), &cookie)
            }),
            never: Box::new(move || wire::get(&other, &path.replace('*', Id::random(&SystemChance).as_str()), &again)),
        }
    };
    let signed = |name, path: &'static str, id: &Id| {
        let ask = |id: Option<Id>| -> Ask {
            let (origin, key, key_id) = (origin.clone(), Arc::clone(key), key_id.to_owned());
            Box::new(move || {
                let drawn = Id::random(&SystemChance);
                let id = id.as_ref().unwrap_or(&drawn);
                signed_get(&key, &key_id, &origin.at(&path.replace('*', id.as_str())))
            })
        };
        Pair { name, there: ask(Some(id.clone())), never: ask(None) }
    };
    let token = |name, path: &'static str, spent: &str| {
        let (one, other, spent) = (origin.clone(), origin.clone(), spent.to_owned());
        Pair {
            name,
            there: Box::new(move || {
                drop(Token::random(&SystemChance));
                wire::get(&one, &path.replace('*', &spent), "")
            }),
            never: Box::new(move || wire::get(&other, &path.replace('*', Token::random(&SystemChance).reveal()), "")),
        }
    };
    vec![
        page("group page of a member who is not in it", "/g/*", &things.group, bram),
        page("thread page of a member who is not in the group", "/o/*", &things.post, bram),
        page("answer form of such a member", "/o/*/answer", &things.post, bram),
        page("group page of nobody", "/g/*", &things.group, ""),
        page("thread page of nobody", "/o/*", &things.post, ""),
        page("webfinger", "/.well-known/webfinger?resource=acct:*@x", &things.persona, ""),
        signed("group document of another partner", "/g/*", &things.group),
        signed("post document of another partner", "/o/*", &things.post),
        signed("person document of another partner", "/p/*", &things.persona),
        signed("members of a group, another partner", "/g/*/followers", &things.group),
        token("invitation that is over", "/invite/*", &things.spent),
    ]
}

fn signed_get(key: &KeyPair, key_id: &str, url: &Iri) -> Vec<u8> {
    let mut request = format!("GET {} HTTP/1.1\r\n", url.target()).into_bytes();
    for (name, value) in (Hand { key, key_id }).get(url, SystemClock.now()) {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// A name that somebody has against one that nobody has, at the action itself: over HTTP the pace would make a thousand tries take a day.
async fn sign_in(report: &Report, house: &House, site: &Shared, samples: usize) {
    let mut here = site.here();
    let (mut there, mut never) = (Vec::with_capacity(samples), Vec::with_capacity(samples));
    for round in 0..samples + 5 {
        for turn in 0..2 {
            let known = (round + turn) % 2 == 0;
            let name = if known { "anna-signs-in".to_owned() } else { format!("nobody-{}", Id::random(&*here.chance)) };
            // Ten minutes later, so that nobody is asked to wait.
            here.now = here.now.plus(Duration::from_mins(10));
            let attempt = Attempt { name: &name, passphrase: "not the right one", address: None };
            let before = Instant::now();
            let token = accounts::sign_in(&site.db, &here, attempt, Opening::new(Agent::of_header(""), None)).await;
            let took = before.elapsed();
            assert!(token.is_err(), "nobody signs in with that");
            if round >= 5 {
                if known { there.push(took) } else { never.push(took) }
            }
        }
    }
    say(report, &format!("sign-in, {}", house.engine()), (there, never), "refused");
}
