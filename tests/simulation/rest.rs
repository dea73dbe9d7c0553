//! What must hold when the faults have stopped and the queues are empty: every house is as the reference says, copies agree with
//! their homes, the ledger is what moved, and who was erased is gone.

use std::collections::{BTreeMap, BTreeSet};

use haven::federation::ledger::{self, Owed};
use haven::testing::network::Logged;

use crate::checks::{self, numbers};
use crate::model::{Must, Writer};
use crate::world::{DEN_GROUP, HONEST, HOSTILE, HOSTS, World};

/// A post as a house holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    state: String,
    source: String,
    author: String,
    own: bool,
}

type Table = BTreeMap<String, Held>;

async fn held(w: &World, at: usize, group: &str) -> Table {
    let mut conn = w.sites[at].database.read().await.unwrap();
    let rows: Vec<(String, String, String, String, Option<String>)> = sqlx::query_as(
        "SELECT p.uri, p.state, p.source, a.name, p.origin_uri FROM posts p JOIN actors a ON a.id = p.author_id
         JOIN groups g ON g.id = p.group_id WHERE g.uri = $1 AND p.uri IS NOT NULL",
    )
    .bind(group)
    .fetch_all(conn.sql())
    .await
    .unwrap();
    rows.into_iter().map(|(uri, state, source, author, own)| (uri, Held { state, source, author, own: own.is_some() })).collect()
}

/// Which posts of the home went to which house, by its own record; `perhaps`: also what may have arrived, though no
/// answer came, and what it read itself.
async fn disclosed(w: &World, home: usize, to: usize, perhaps: bool) -> BTreeSet<String> {
    let mut conn = w.sites[home].database.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT o.about FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq JOIN partners p ON p.id = d.partner_id
         WHERE p.origin = $1 AND o.about IS NOT NULL AND (d.state = 'delivered' OR ($2 = 1 AND d.attempts > 0))
         UNION SELECT s.document FROM served s JOIN partners p ON p.id = s.partner_id WHERE p.origin = $1 AND $2 = 1 AND s.kind = 'post'",
    )
    .bind(format!("http://{}", HOSTS[to]))
    .bind(i64::from(perhaps))
    .fetch_all(conn.sql())
    .await
    .unwrap();
    rows.into_iter().map(|(about,)| about).collect()
}

/// When the faults have stopped and the queues are empty.
pub async fn check(w: &World) {
    checks::denied(w).await;
    for house in 0..HONEST {
        checks::whole(w, house).await;
        nothing_waits(w, house).await;
    }
    for group in 0..DEN_GROUP {
        as_the_model_says(w, group).await;
        copies_agree(w, group).await;
    }
    if w.restored.is_none() {
        people_are_where_they_wished(w).await;
        ledger_equals_the_network(w).await;
    }
    nothing_came_back(w).await;
    the_erased_are_gone(w).await;
}

/// What was not to be seen in a house when it was put back to an older copy is not to be seen in it now.
async fn nothing_came_back(w: &World) {
    let Some(house) = w.restored else { return };
    let mut conn = w.sites[house].database.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as("SELECT source FROM posts WHERE state = 'posted'").fetch_all(conn.sql()).await.unwrap();
    for (number, version) in rows.iter().flat_map(|(source,)| numbers(source)) {
        assert!(!w.buried.contains(&number), "{number} v{version} came back with the older copy of {}", HOSTS[house]);
    }
    // What its writer had taken away by then is not at the group's home either, whether or not the deletion had left.
    for number in &w.buried {
        let Some(post) = w.model.posts.get(number).filter(|post| post.gone) else { continue };
        let home = w.model.homes[post.group];
        let theirs = matches!(post.writer, Writer::Person(_, at) if at == house);
        if home == HOSTILE || !theirs || w.model.was_over(house, home) {
            continue;
        }
        let mut conn = w.sites[home].database.read().await.unwrap();
        let rows: Vec<(String,)> = sqlx::query_as("SELECT source FROM posts WHERE state = 'posted'").fetch_all(conn.sql()).await.unwrap();
        let stands = rows.iter().flat_map(|(source,)| numbers(source)).any(|(other, _)| other == *number);
        assert!(!stands, "{number} was taken away at {} before it was put back, and still stands at {}", HOSTS[house], HOSTS[home]);
    }
}

async fn nothing_waits(w: &World, house: usize) {
    let mut conn = w.sites[house].database.read().await.unwrap();
    // What was written to the hostile house may wait for its answer for ever.
    let waiting: Vec<(String, String)> = sqlx::query_as(
        "SELECT p.source, g.uri FROM posts p JOIN groups g ON g.id = p.group_id JOIN partners h ON h.id = g.home_id
         WHERE p.state = 'waiting' AND h.handshake = 1 AND h.state = 'active' AND h.closing_until IS NULL",
    )
    .fetch_all(conn.sql())
    .await
    .unwrap();
    let waiting: Vec<_> = waiting.iter().filter(|(source, _)| !excused(w, house, source)).collect();
    assert!(waiting.is_empty(), "{}: these wait for ever: {waiting:?}", HOSTS[house]);
    let parked: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "SELECT i.verb, i.state, i.reason FROM inbox i JOIN partners p ON p.id = i.partner_id
         WHERE i.state = 'parked' OR (i.state IN ('new', 'waiting') AND p.handshake = 1 AND p.state <> 'paused')",
    )
    .fetch_all(conn.sql())
    .await
    .unwrap();
    assert!(parked.is_empty(), "{}: {parked:?}", HOSTS[house]);
}

/// What was sent before an end may have been called back; and a group that is not for a house any more does not answer it: the
/// writer sees that it waits, and can take it back (groups.md, 5).
fn excused(w: &World, house: usize, source: &str) -> bool {
    let Some((number, _)) = numbers(source).first().copied() else { return false };
    let group = w.model.posts[&number].group;
    w.model.unshared.contains(&(group, house)) || w.model.was_over(house, w.model.homes[group]) || w.restored.is_some()
}

/// At the home every text is as its writer wished last.
async fn as_the_model_says(w: &World, group: usize) {
    let home = w.groups[group].home;
    let mut conn = w.sites[home].database.read().await.unwrap();
    let rows: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "SELECT p.source, p.state, p.audience_id FROM posts p JOIN groups g ON g.id = p.group_id WHERE g.uri = $1 AND p.state = 'posted'",
    )
    .bind(w.groups[group].uri.as_str())
    .fetch_all(conn.sql())
    .await
    .unwrap();
    let mut stands: BTreeMap<u32, u32> = BTreeMap::new();
    for (source, _, audience) in rows {
        let (number, version) = numbers(&source)[0];
        stands.insert(number, version);
        let readers: Vec<(String,)> =
            sqlx::query_as("SELECT p.origin FROM audience_partners a JOIN partners p ON p.id = a.partner_id WHERE a.audience_id = $1")
                .bind(audience)
                .fetch_all(conn.sql())
                .await
                .unwrap();
        let readers: BTreeSet<usize> =
            readers.iter().map(|(origin,)| HOSTS.iter().position(|host| origin.ends_with(&format!("//{host}"))).unwrap()).collect();
        let known = w.model.posts[&number].readers.clone().expect("what stands at its home was taken by it");
        let gone: BTreeSet<usize> = readers.difference(&known).copied().filter(|other| !w.model.was_over(home, *other)).collect();
        let as_told = gone.is_empty() && known.is_subset(&readers);
        // A home that was put back shares its groups again as they were shared then.
        assert!(as_told || w.restored == Some(home), "{number} is for {readers:?} and must be for {known:?}");
    }
    for (number, post) in w.model.posts.iter().filter(|(_, post)| post.group == group) {
        let found = stands.get(number).copied();
        let lost = w.restored == Some(home) || matches!((post.writer, w.restored), (Writer::Person(_, at), Some(house)) if at == house);
        match w.model.at_home(*number) {
            Must::Stand(version) if !lost => assert_eq!(found, Some(version), "{number} at its home {}: {post:?}", HOSTS[home]),
            Must::Vanish if !lost => assert_eq!(found, None, "{number} is still at its home {}: {post:?}", HOSTS[home]),
            Must::Stand(version) | Must::Perhaps(version) => assert!(found.is_none_or(|found| found <= version), "{number} {post:?}"),
            Must::Vanish => {}
        }
    }
}

/// Whether a house was told no when it asked for somebody of another, because of a pause: it asks again when it hears of them.
fn refused_a_name(w: &World, at: usize, home: usize) -> bool {
    let person = |call: &Logged| call.by == HOSTS[at] && call.to == HOSTS[home] && call.target.starts_with("/p/");
    w.network.log().iter().any(|call| person(call) && call.status == Some(404))
}

/// Copies are as their homes, for what each house may hold.
async fn copies_agree(w: &World, group: usize) {
    let home = w.groups[group].home;
    let uri = w.groups[group].uri.as_str();
    let truth = held(w, home, uri).await;
    for at in (0..HONEST).filter(|at| *at != home) {
        let copies = held(w, at, uri).await;
        let (told, perhaps) = (disclosed(w, home, at, false).await, disclosed(w, home, at, true).await);
        if w.restored == Some(home) || w.restored == Some(at) {
            continue;
        }
        for (uri, copy) in &copies {
            let original = truth.get(uri).unwrap_or_else(|| panic!("{} holds {uri}, which its home does not know", HOSTS[at]));
            if w.model.was_over(at, home) {
                // What people of this house wrote stays theirs; everything else was given back.
                let lent = numbers(&copy.source).iter().any(|(number, _)| !w.model.may_hold(*number, at));
                assert!(copy.state != "posted" || copy.own || !lent, "{} keeps {uri} after the end: {copy:?} {original:?}", HOSTS[at]);
            } else if copy.state == "posted" {
                assert_eq!(copy.source, original.source, "{} holds another {uri}", HOSTS[at]);
                let unnamed = copy.author.is_empty() && refused_a_name(w, at, home);
                assert!(
                    copy.author == original.author || unnamed,
                    "{} holds {uri} of {} as of {}",
                    HOSTS[at],
                    original.author,
                    copy.author
                );
                assert_eq!(original.state, "posted", "{} still shows {uri}: {original:?}", HOSTS[at]);
                assert!(copy.own || perhaps.contains(uri), "{} holds {uri}, which was never disclosed to it", HOSTS[at]);
            } else {
                assert_ne!(original.state, "posted", "{} has lost {uri}: {copy:?}", HOSTS[at]);
                // The writer's own house calls it withdrawn when it took the text back before the home had answered.
                let gone = |held: &Held| matches!(held.state.as_str(), "deleted" | "withdrawn");
                assert!(copy.own || gone(copy) == gone(original), "{uri}: {copy:?} {original:?}");
            }
        }
        if w.model.unshared.contains(&(group, at)) || w.model.was_over(at, home) {
            continue;
        }
        for (uri, original) in truth.iter().filter(|(uri, original)| original.state == "posted" && told.contains(*uri)) {
            let there = copies.get(uri).is_some_and(|copy| copy.state == "posted");
            assert!(there || ignored(w, at, uri).await, "{} was told of {uri} ({original:?}) and does not hold it", HOSTS[at]);
        }
    }
}

/// Whether this house did not keep what it was told of, because nobody in it was in the group.
async fn ignored(w: &World, at: usize, uri: &str) -> bool {
    let mut conn = w.sites[at].database.read().await.unwrap();
    let mut ignored = false;
    for call in w.network.log().iter().filter(|call| call.to == HOSTS[at] && call.body.contains(uri)) {
        let value: serde_json::Value = serde_json::from_str(&call.body).unwrap();
        let row: Option<(String,)> = sqlx::query_as("SELECT state FROM inbox WHERE activity_uri = $1")
            .bind(value["id"].as_str().unwrap())
            .fetch_optional(conn.sql())
            .await
            .unwrap();
        ignored |= value["type"] == "Announce" && row.is_some_and(|(state,)| state == "ignored");
    }
    ignored
}

/// Everybody is in the groups they wished to be in last, at both ends, unless others had a say.
async fn people_are_where_they_wished(w: &World) {
    for (who, person) in w.people.iter().enumerate().filter(|(who, _)| !w.model.erased.contains(who)) {
        for group in 0..DEN_GROUP {
            let home = w.groups[group].home;
            let uri = w.groups[group].uri.as_str();
            let mut conn = w.sites[person.house].database.read().await.unwrap();
            let own: Option<(String, String)> = sqlx::query_as(
                "SELECT m.state, m.reason FROM memberships m JOIN groups g ON g.id = m.group_id WHERE g.uri = $1 AND m.actor_id = $2",
            )
            .bind(uri)
            .bind(person.persona.as_str())
            .fetch_optional(conn.sql())
            .await
            .unwrap();
            let mut conn = w.sites[home].database.read().await.unwrap();
            let there: Option<(String, String)> = sqlx::query_as(
                "SELECT m.state, m.reason FROM memberships m JOIN groups g ON g.id = m.group_id LEFT JOIN guests b ON b.actor_id = m.actor_id
                 JOIN actors a ON a.id = COALESCE(b.remote_actor_id, m.actor_id) WHERE g.uri = $1 AND a.uri = $2",
            )
            .bind(uri)
            .bind(person.uri.as_str())
            .fetch_optional(conn.sql())
            .await
            .unwrap();
            let active = |row: &Option<(String, String)>| row.as_ref().is_some_and(|(state, _)| state == "active");
            if !w.model.was_over(home, person.house) {
                assert_eq!(active(&own), active(&there), "{} in {uri}: {own:?} at home, {there:?} at the group's", person.name);
            }
            if let Some(inside) = w.model.inside(who, group, person.house) {
                assert_eq!(active(&there), inside, "{} wished to be {inside} in {uri}: {own:?} {there:?}", person.name);
            }
        }
    }
}

/// Every delivery that was answered with 2xx is recorded as delivered, and nothing else is; what was taken back on the way is
/// recorded as such. Every document that was read by a signed request is recorded for who read it, and nothing else is.
async fn ledger_equals_the_network(w: &World) {
    let mut arrived: BTreeSet<(String, String)> = BTreeSet::new();
    let mut read: BTreeMap<(String, String), i64> = BTreeMap::new();
    for call in w.network.log() {
        if !call.status.is_some_and(|status| (200..300).contains(&status)) {
            continue;
        }
        if call.method == "POST" {
            let value: serde_json::Value = serde_json::from_str(&call.body).unwrap();
            arrived.insert((value["id"].as_str().unwrap().to_owned(), format!("http://{}", call.to)));
        } else if call.to != HOSTS[HOSTILE] && ["/o/", "/g/", "/p/"].iter().any(|kind| call.target.starts_with(kind)) {
            assert!(!call.from.is_empty(), "nothing is read without a signature: {}", call.target);
            // A page of history counts as itself and as each post on it.
            let page: serde_json::Value = serde_json::from_str(&call.answer).unwrap_or_default();
            let items = page["orderedItems"].as_array().into_iter().flatten();
            let posts: BTreeSet<String> = items.filter_map(|item| item["object"]["object"]["id"].as_str()).map(str::to_owned).collect();
            for post in posts {
                *read.entry((call.from.clone(), post)).or_default() += 1;
            }
            // A first page stands in the record by itself, a further one as the list it is of.
            let document = call.target.split_once("?page=").filter(|(_, page)| *page != "first").map_or(&*call.target, |(list, _)| list);
            *read.entry((call.from, format!("http://{}{document}", call.to))).or_default() += 1;
        }
    }
    let mut recorded: BTreeSet<(String, String)> = BTreeSet::new();
    let mut unsure: BTreeSet<(String, String)> = BTreeSet::new();
    let mut served: BTreeMap<(String, String), i64> = BTreeMap::new();
    for site in &w.sites {
        let mut conn = site.database.read().await.unwrap();
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT o.activity_uri, p.origin, d.state FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq
             JOIN partners p ON p.id = d.partner_id WHERE d.state = 'delivered' OR d.attempts > 0",
        )
        .fetch_all(conn.sql())
        .await
        .unwrap();
        for (uri, origin, state) in rows.into_iter().filter(|(uri, ..)| !w.before.contains(uri)) {
            if state == "delivered" { &mut recorded } else { &mut unsure }.insert((uri, origin));
        }
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT p.origin, s.document, CAST(SUM(s.times) AS BIGINT) FROM served s JOIN partners p ON p.id = s.partner_id
             GROUP BY p.origin, s.document",
        )
        .fetch_all(conn.sql())
        .await
        .unwrap();
        served.extend(rows.into_iter().map(|(origin, document, times)| ((origin, document), times)));
    }
    arrived.retain(|one| !unsure.contains(one));
    let (missing, invented): (Vec<_>, Vec<_>) = (arrived.difference(&recorded).collect(), recorded.difference(&arrived).collect());
    assert!(missing.is_empty() && invented.is_empty(), "the record is not what moved: {missing:?} {invented:?}");
    // The hostile house reads past the network.
    let by_others = served.keys().filter(|(by, _)| !by.ends_with(HOSTS[HOSTILE]));
    let invented: Vec<_> = by_others.filter(|one| !read.contains_key(*one) && !w.before.contains(&one.1)).collect();
    assert!(invented.is_empty(), "recorded as read, and nobody read it: {invented:?}");
    for (one, times) in &read {
        // The network doubles some calls and writes them down once.
        assert!(served.get(one).is_some_and(|served| served >= times), "{one:?} was read {times} times: {:?}", served.get(one));
    }
}

/// Whoever was erased has no name, no word and no place in any house.
async fn the_erased_are_gone(w: &World) {
    for who in &w.model.erased {
        let person = &w.people[*who];
        for (at, site) in w.sites.iter().enumerate() {
            let mut conn = site.database.read().await.unwrap();
            let (named,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM actors WHERE name = $1").bind(&person.name).fetch_one(conn.sql()).await.unwrap();
            let excused = at != person.house && w.model.was_over(at, person.house);
            assert!(named == 0 || excused, "{} still knows {} of {}", site.host, person.name, HOSTS[person.house]);
        }
        let mut conn = w.sites[person.house].database.read().await.unwrap();
        let (words,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM posts WHERE author_id = $1 AND source <> ''")
            .bind(person.persona.as_str())
            .fetch_one(conn.sql())
            .await
            .unwrap();
        assert_eq!(words, 0);
        let open = ledger::open(&mut conn, &Owed::since(w.sites[person.house].site.now()), 50).await.unwrap();
        for open in open.iter().filter(|open| open.actor == person.persona) {
            let partner = haven::federation::partners::by_id(&mut conn, &open.partner).await.unwrap().unwrap();
            let other = HOSTS.iter().position(|host| *host == partner.origin.authority()).unwrap();
            assert!(w.model.was_over(other, person.house), "{} is not erased everywhere: {open:?}", person.name);
        }
    }
}
