//! The site that hears it all, two partners that are nothing but keys and documents, and the comparison of rows with the model.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::ops::AddAssign;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use futures::future::join_all;
use haven::audit::By;
use haven::base::{Clock, Iri, Origin};
use haven::features::accounts::Role;
use haven::features::groups::JoinRule;
use haven::federation::keys::{KeyPair, KeySource};
use haven::federation::partners;
use haven::testing::database;
use haven::testing::keys::{COUNT, RecordedKeys};
use haven::testing::peer::Hand;
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};
use http::{Request, StatusCode, Uri};
use tower::ServiceExt;

use crate::draw::{Cast, Dice, Draw, fresh};
use crate::model::{Life, Local, Model, Remote, Standing};
use crate::words::{Document, Inner, Note, Owner, Sentence, Thing, origin};

/// Stages on one site: they share its actors' tables and inbox, and nothing else.
pub const STAGES: usize = 16;
/// Graphs that are played on one stage, one after the other on what the earlier ones left.
pub const GRAPHS_OF_A_STAGE: u64 = 25;
/// The longest graph, in sentences.
const LONGEST: usize = 6;

static KEYS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| {
    let recorded = RecordedKeys::default();
    (0..COUNT).map(|_| recorded.fresh().unwrap()).collect()
});
static PEMS: LazyLock<Vec<String>> = LazyLock::new(|| KEYS.iter().map(KeyPair::public_pem).collect());

/// The key of an actor of a partner; the last recorded one is nobody's.
fn key_of(who: &str) -> usize {
    who.bytes().map(usize::from).sum::<usize>() % (COUNT - 1)
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub graphs: u64,
    pub sentences: u64,
    pub refused_at_the_door: u64,
    pub effects: u64,
    pub rows_compared: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.graphs += other.graphs;
        self.sentences += other.sentences;
        self.refused_at_the_door += other.refused_at_the_door;
        self.effects += other.effects;
        self.rows_compared += other.rows_compared;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { graphs, sentences, refused_at_the_door, effects, rows_compared } = self;
        write!(f, "{graphs} graphs, {sentences} sentences, {refused_at_the_door} refused at the door, {effects} with an effect, ")?;
        write!(f, "{rows_compared} rows compared, 0 differences")
    }
}

struct Stage {
    cast: Cast,
    model: Model,
    /// What sets the stage.
    script: VecDeque<Sentence>,
    graphs: u64,
    left: usize,
    fresh: Vec<String>,
    said: Vec<String>,
    count: usize,
    log: Vec<String>,
}

pub struct House {
    seed: u64,
    town: Town,
    site: TestSite,
    stages: Vec<Stage>,
    dice: Dice,
    figures: Figures,
    audiences: BTreeMap<String, BTreeSet<String>>,
}

/// The document that P or E serves under an address.
fn document(who: &str) -> Document {
    let kind = match who.split('/').nth(3) {
        Some("g") => "Group",
        Some("actor") => "Application",
        _ => "Person",
    };
    Document {
        id: who.to_owned(),
        kind,
        name: format!("Called {}", who.rsplit('/').next().unwrap_or_default()),
        shared: true,
        updated: 1_700_000_000_000,
        key: PEMS[key_of(who)].clone(),
        inbox: format!("{who}/inbox"),
    }
}

fn partner(host: &'static str) -> Router {
    Router::new().fallback(async move |uri: Uri| {
        let path = uri.path();
        if !(path.starts_with("/p/") || path.starts_with("/g/") || path == "/actor") {
            return StatusCode::NOT_FOUND.into_response();
        }
        let body = document(&format!("http://{host}{path}")).json().to_string();
        ([("content-type", "application/activity+json")], body).into_response()
    })
}

impl House {
    /// Opens a site, plays all graphs of all stages, and compares to the end.
    pub async fn whole_life(seed: u64) -> Figures {
        let mut house = Self::open(seed, STAGES).await;
        while house.round().await {}
        house.last_look().await;
        house.figures
    }

    /// One stage, on which is said what was found to go wrong once: the writer of a post whose address a group of the same
    /// house gave to something else takes it away, and somebody erases themself in the form of what is left of them.
    pub async fn what_was_found() {
        let mut house = Self::open(1, 1).await;
        let stage = &mut house.stages[0];
        stage.graphs = GRAPHS_OF_A_STAGE;
        let Cast { persons, local, groups: [club, _], .. } = stage.cast.clone();
        let note = |who: &str, id: &str, audience: &str| Note {
            id: id.to_owned(),
            owner: Owner::One(who.to_owned()),
            kind: "Note",
            text: "words".to_owned(),
            audience: Some(audience.to_owned()),
            parent: None,
            public: false,
            updated: None,
            published: None,
        };
        let (both, last) = ("http://p.test/o/both", "http://e.test/o/last");
        let object = Thing::Note(note(&persons[0], both, &club));
        let inner =
            Inner { id: Some(format!("{club}/in")), verb: "Create", actor: persons[0].clone(), object, audience: None, public: false };
        let lines = [
            (&persons[0], "Create", Thing::Note(note(&persons[0], both, &local[0]))),
            (&club, "Announce", Thing::Said(Box::new(inner))),
            (&persons[0], "Delete", Thing::Ref(both.to_owned())),
            (&persons[4], "Create", Thing::Note(note(&persons[4], last, &local[0]))),
            (&persons[4], "Delete", Thing::Tomb { id: persons[4].clone(), owner: Owner::Nobody }),
        ];
        for (who, verb, object) in lines {
            let sentence = stage.said_by(who, verb, object);
            stage.script.push_back(sentence);
        }
        while house.round().await {}
        let model = &house.stages[0].model;
        assert_eq!((model.posts[both].life, model.posts[last].life), (Life::Deleted, Life::Erased));
        assert_eq!(model.copies[both].life, Life::Posted, "the group's own copy stands");
        house.last_look().await;
    }

    async fn open(seed: u64, stages: usize) -> Self {
        let town = Town::default();
        let site = town.open("v.test", database::sqlite().await, seed).await.unwrap();
        let mut tx = site.database.begin().await.unwrap();
        for host in ["p.test", "e.test"] {
            town.network.plug(host, partner(host));
            let origin = Origin::parse(&format!("http://{host}")).unwrap();
            partners::name(&mut tx, &site.site.here(), &origin, false).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut house =
            Self { seed, town, site, stages: Vec::new(), dice: Dice(seed), figures: Figures::default(), audiences: BTreeMap::new() };
        let anna = house.site.person("Anna", Role::Member).await;
        for number in 0..stages {
            let stage = house.set(number, &anna).await;
            house.stages.push(stage);
        }
        house
    }

    /// Groups, people and posts of one stage.
    async fn set(&mut self, number: usize, anna: &Person) -> Stage {
        let (site, who) = (&self.site, &anna.persona.id);
        let mut local = Vec::new();
        let both: &[&str] = &["p.test", "e.test"];
        for (name, rule, with) in [
            ("Both", JoinRule::Open, both),
            ("Only P", JoinRule::Open, &["p.test"]),
            ("By leave", JoinRule::Ask, both),
            ("House", JoinRule::Open, &[]),
        ] {
            local.push((site.group(who, &format!("{name} {number}"), rule, with).await, rule, with));
        }
        let cast = Cast {
            number,
            persons: ["p.test", "e.test"]
                .iter()
                .flat_map(|host| ["one", "two", "three", "shy"].map(|name| format!("http://{host}/p/{number}-{name}")))
                .collect(),
            groups: [format!("http://p.test/g/{number}"), format!("http://e.test/g/{number}")],
            houses: ["http://p.test/actor".to_owned(), "http://e.test/actor".to_owned()],
            local: [0, 1, 2, 3].map(|at: usize| local[at].0.uri.to_string()),
            anna: anna.persona.uri.to_string(),
            annas: Vec::new(),
        };
        let mut stage = Stage {
            model: Model { anna: cast.anna.clone(), persons: cast.persons.iter().cloned().collect(), ..Model::default() },
            cast,
            script: VecDeque::new(),
            graphs: 0,
            left: 0,
            fresh: Vec::new(),
            said: Vec::new(),
            count: 0,
            log: Vec::new(),
        };
        for (group, rule, with) in &local {
            let shared = with.iter().map(|host| format!("http://{host}")).collect();
            stage.model.local.insert(group.uri.to_string(), Local { shared, asks: *rule == JoinRule::Ask });
            let text = format!("anna writes in {}", group.uri);
            let id = site.write(who, &group.id, &text, None).await;
            let uri = site.post_of(&id).await.unwrap().uri.unwrap().to_string();
            stage.cast.annas.push(uri.clone());
            stage.model.annas.insert(uri, (group.uri.to_string(), text));
        }
        for group in stage.cast.groups.clone() {
            let id = site.join(who, &Iri::parse(&group).unwrap()).await;
            let mut conn = site.database.read().await.unwrap();
            let (follow,): (String,) = sqlx::query_as("SELECT follow_id FROM memberships WHERE group_id = $1 AND actor_id = $2")
                .bind(id.as_str())
                .bind(who.as_str())
                .fetch_one(conn.sql())
                .await
                .unwrap();
            let served = document(&group);
            let remote =
                Remote { name: served.name, updated: served.updated, ended: false, follow, standing: Standing::Pending, answered: 0 };
            stage.model.remote.insert(group, remote);
        }
        stage.write_script();
        stage
    }

    /// Four hours later, one more sentence on each stage that is not done. False when all are.
    async fn round(&mut self) -> bool {
        self.town.clock.advance(Duration::from_hours(4));
        let now = self.town.clock.now();
        let mut said = Vec::new();
        for (at, stage) in self.stages.iter_mut().enumerate() {
            self.figures.effects += stage.model.time_passes(now.millis()) as u64;
            if let Some(sentence) = stage.next(&mut self.dice, &mut self.figures) {
                said.push((at, sentence));
            }
        }
        if said.is_empty() {
            return false;
        }
        let answers = join_all(said.iter().map(|(_, sentence)| self.post(sentence))).await;
        for ((at, sentence), status) in said.iter().zip(answers) {
            let stage = &mut self.stages[*at];
            let taken = Model::is_taken(sentence);
            stage.log.push(format!(
                "{status} {} signed by {}",
                sentence.body().replace(&*PEMS[COUNT - 1].replace('\n', "\\n"), "…"),
                sentence.signer
            ));
            let fine = if taken { status == 202 } else { matches!(status, 400 | 401 | 403) };
            assert!(fine, "seed {}: the door said {status}, the model {taken}\n{}", self.seed, stage.told());
            self.figures.sentences += 1;
            self.figures.refused_at_the_door += u64::from(!taken);
            let effect = taken && stage.model.hear(sentence);
            self.figures.effects += u64::from(effect);
        }
        loop {
            while self.site.site.federation.handle_inbox(&self.site.site.here()).await.unwrap() > 0 {}
            if !self.admin_looks().await {
                break;
            }
        }
        self.compare().await;
        true
    }

    /// Who widened is paused; the admin lets it go on, and what waited is heard. Whether there was one.
    async fn admin_looks(&self) -> bool {
        let mut tx = self.site.database.begin().await.unwrap();
        let mut looked = false;
        for partner in partners::list(&mut tx).await.unwrap().into_iter().filter(|partner| partner.paused_for == partners::WIDENED) {
            haven::features::partners::resume(&mut tx, &self.site.site.here(), &partner.origin, By::console()).await.unwrap();
            looked = true;
        }
        tx.commit().await.unwrap();
        looked
    }

    /// Signs and posts a sentence. The status.
    async fn post(&self, said: &Sentence) -> u16 {
        let body = said.body();
        let key_id = format!("{}#main-key", said.signer);
        let hand = Hand { key: &KEYS[key_of(&said.signer)], key_id: &key_id };
        let inbox = Iri::parse("http://v.test/inbox").unwrap();
        let mut request = Request::post("/inbox");
        for (name, value) in hand.post(&inbox, &body, self.town.clock.now()) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).unwrap();
        self.site.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    async fn compare(&mut self) {
        let (posts, members) = self.rows().await;
        self.figures.rows_compared += (posts.len() + members.len()) as u64;
        for row in &posts {
            if let Some(audience) = &row.audience
                && !self.audiences.contains_key(audience)
            {
                let partners = self.partners_of(audience).await;
                self.audiences.insert(audience.clone(), partners);
            }
        }
        let mut of_group: BTreeMap<&str, Vec<&PostRow>> = BTreeMap::new();
        let mut ins: BTreeMap<&str, Vec<&MemberRow>> = BTreeMap::new();
        for row in &posts {
            of_group.entry(&row.group).or_default().push(row);
        }
        for row in &members {
            ins.entry(&row.group).or_default().push(row);
        }
        for stage in &mut self.stages {
            let groups: Vec<String> = stage.cast.local.iter().chain(&stage.cast.groups).cloned().collect();
            let mine = |group: &String| of_group.get(group.as_str()).cloned().unwrap_or_default();
            let rows: Vec<&PostRow> = groups.iter().flat_map(mine).collect();
            let people: Vec<&MemberRow> = groups.iter().flat_map(|group| ins.get(group.as_str()).cloned().unwrap_or_default()).collect();
            let outcome = stage.posts_agree(&rows, &self.audiences).and_then(|()| stage.members_agree(&people));
            if let Err(difference) = outcome {
                panic!("seed {}, stage {}: {difference}\n{}", self.seed, stage.cast.number, stage.told());
            }
        }
    }

    async fn partners_of(&self, audience: &str) -> BTreeSet<String> {
        let mut conn = self.site.database.read().await.unwrap();
        let text = "SELECT p.origin FROM audience_partners a JOIN partners p ON p.id = a.partner_id WHERE a.audience_id = $1";
        let rows: Vec<(String,)> = sqlx::query_as(text).bind(audience).fetch_all(conn.sql()).await.unwrap();
        rows.into_iter().map(|(origin,)| origin).collect()
    }

    async fn rows(&self) -> (Vec<PostRow>, Vec<MemberRow>) {
        let mut conn = self.site.database.read().await.unwrap();
        let posts = sqlx::query_as(
            "SELECT g.uri AS place, p.uri, p.origin_uri, p.source, p.html, p.state, a.uri AS author, r.uri AS writer, p.audience_id AS audience
             FROM posts p JOIN groups g ON g.id = p.group_id JOIN actors a ON a.id = p.author_id
             LEFT JOIN guests b ON b.actor_id = p.author_id LEFT JOIN actors r ON r.id = b.remote_actor_id",
        );
        let posts = posts.fetch_all(conn.sql()).await.unwrap();
        let members = sqlx::query_as(
            "SELECT g.uri AS place, COALESCE(r.uri, a.uri) AS who, m.state, m.role, g.home_id AS home FROM memberships m
             JOIN groups g ON g.id = m.group_id JOIN actors a ON a.id = m.actor_id
             LEFT JOIN guests b ON b.actor_id = m.actor_id LEFT JOIN actors r ON r.id = b.remote_actor_id",
        );
        let members = members.fetch_all(conn.sql()).await.unwrap();
        (posts, members)
    }

    /// Keys, inboxes and names of all whom the site knows, its own house, and where it went to ask.
    async fn last_look(&self) {
        let mut conn = self.site.database.read().await.unwrap();
        let text =
            "SELECT a.uri, a.key_id, a.public_key, a.inbox, a.shared_inbox, p.origin FROM actors a JOIN partners p ON p.id = a.partner_id";
        let actors: Vec<ActorRow> = sqlx::query_as(text).fetch_all(conn.sql()).await.unwrap();
        for (uri, key_id, key, inbox, shared, of) in actors {
            assert_eq!(origin(&uri), of, "{uri} is another partner's");
            assert_eq!((key_id, inbox, shared), (format!("{uri}#main-key"), format!("{uri}/inbox"), None), "{uri}");
            assert_eq!(key, PEMS[key_of(&uri)], "the key of {uri}");
        }
        let text = "SELECT uri, name, ended_at FROM groups WHERE home_id IS NOT NULL";
        let groups: Vec<(String, String, Option<i64>)> = sqlx::query_as(text).fetch_all(conn.sql()).await.unwrap();
        let said: BTreeMap<&String, &Remote> = self.stages.iter().flat_map(|stage| &stage.model.remote).collect();
        assert_eq!(groups.len(), said.len(), "no other group came");
        for (uri, name, ended) in &groups {
            assert_eq!((name, ended.is_some()), (&said[uri].name, said[uri].ended), "{uri}");
        }
        let text = "SELECT COUNT(*) FROM partners WHERE state <> 'active'";
        let (others,): (i64,) = sqlx::query_as(text).fetch_one(conn.sql()).await.unwrap();
        assert_eq!(others, 0, "the partnerships stand");
        let text = "SELECT COUNT(*) FROM inbox WHERE state = 'parked'";
        let (parked,): (i64,) = sqlx::query_as(text).fetch_one(conn.sql()).await.unwrap();
        assert_eq!(parked, 0, "nothing broke");
        for call in self.town.network.log() {
            assert!(call.method == "GET" && matches!(call.to.as_str(), "p.test" | "e.test"), "it asked {} {}", call.to, call.target);
        }
    }
}

/// Address, key id, key, inbox, shared inbox, origin of the partner.
type ActorRow = (String, String, String, String, Option<String>, String);

#[derive(sqlx::FromRow, Debug)]
struct PostRow {
    #[sqlx(rename = "place")]
    group: String,
    uri: Option<String>,
    origin_uri: Option<String>,
    source: String,
    html: String,
    state: String,
    author: String,
    writer: Option<String>,
    audience: Option<String>,
}

#[derive(sqlx::FromRow, Debug)]
struct MemberRow {
    #[sqlx(rename = "place")]
    group: String,
    who: String,
    state: String,
    role: String,
    home: Option<String>,
}

impl Stage {
    fn said_by(&mut self, who: &str, verb: &'static str, object: Thing) -> Sentence {
        self.count += 1;
        Sentence {
            signer: who.to_owned(),
            id: format!("{}/a/{}-{}", origin(who), self.cast.number, self.count),
            actor: who.to_owned(),
            verb,
            object,
            audience: None,
            public: false,
            published: None,
            twist: None,
            noise: Vec::new(),
        }
    }

    /// Two of each partner join, one asks, and anna's group lets her in.
    fn write_script(&mut self) {
        let (persons, local, club) = (self.cast.persons.clone(), self.cast.local.clone(), self.cast.groups[0].clone());
        for (who, group) in [(0, 0), (1, 0), (4, 0), (5, 0), (0, 1), (2, 2), (6, 2)] {
            let follow = self.said_by(&persons[who], "Follow", Thing::Ref(local[group].clone()));
            self.script.push_back(follow);
        }
        let (id, object) = (Some(self.model.remote[&club].follow.clone()), Thing::Ref(club.clone()));
        let follow = Inner { id, verb: "Follow", actor: self.cast.anna.clone(), object, audience: None, public: false };
        let accept = self.said_by(&club, "Accept", Thing::Said(Box::new(follow)));
        self.script.push_back(accept);
    }

    /// The next sentence; nothing when all graphs were played.
    fn next(&mut self, dice: &mut Dice, figures: &mut Figures) -> Option<Sentence> {
        self.count += 1;
        if let Some(sentence) = self.script.pop_front() {
            return Some(sentence);
        }
        if self.left == 0 {
            if self.graphs == GRAPHS_OF_A_STAGE {
                return None;
            }
            self.graphs += 1;
            figures.graphs += 1;
            self.left = 1 + dice.below(LONGEST);
            self.fresh = fresh(self.cast.number, self.graphs);
        }
        self.left -= 1;
        let mut draw = Draw {
            dice,
            cast: &self.cast,
            model: &self.model,
            fresh: &self.fresh,
            said: &self.said,
            count: self.count,
            other_key: &PEMS[COUNT - 1],
        };
        let sentence = draw.sentence();
        self.said.push(sentence.id.clone());
        Some(sentence)
    }

    fn told(&self) -> String {
        let from = if std::env::var_os("HAVEN_TEST_WHOLE").is_some() { 0 } else { self.log.len().saturating_sub(8) };
        self.log[from..].join("\n")
    }

    fn posts_agree(&mut self, rows: &[&PostRow], audiences: &BTreeMap<String, BTreeSet<String>>) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for row in rows {
            let uri = row.uri.clone().unwrap_or_default();
            if let Some((group, text)) = self.model.annas.get(&uri) {
                let same = *group == row.group && row.source == *text && row.state == "posted" && row.author == self.cast.anna;
                seen.insert(uri);
                if !same || row.origin_uri.is_some() {
                    return Err(format!("anna's own post: {row:?}"));
                }
            } else if let Some(origin_uri) = &row.origin_uri {
                let Some(post) = self.model.posts.get(origin_uri) else { return Err(format!("a post that should not be: {row:?}")) };
                seen.insert(origin_uri.clone());
                let text = if post.life == Life::Posted { post.text.as_str() } else { "" };
                let alike =
                    row.group == post.group && alive(&row.state, post.life) && row.source == text && row.html.is_empty() == text.is_empty();
                let owned = row.writer.as_ref() == Some(&post.author) || (post.life == Life::Erased && row.writer.is_none());
                // The audience is the group's, closed when it was written, whatever was said later.
                let audience = row.audience.as_ref().map(|audience| &audiences[audience]);
                if !alike || !owned || audience != Some(&self.model.local[&post.group].shared) || origin(&uri) != "http://v.test" {
                    return Err(format!("{row:?} for {audience:?}, expected {post:?}"));
                }
                self.model.addresses.insert(uri, origin_uri.clone());
            } else {
                let Some(copy) = self.model.copies.get(&uri) else { return Err(format!("a copy that should not be: {row:?}")) };
                seen.insert(format!("copy {uri}"));
                let text = if copy.life == Life::Posted { copy.text.as_str() } else { "" };
                let owned = row.author == copy.author && row.writer.is_none() && row.audience.is_none();
                if row.group != copy.group || !owned || !alive(&row.state, copy.life) || row.source != text {
                    return Err(format!("{row:?}, expected {copy:?}"));
                }
            }
        }
        let posts = self.model.posts.iter().filter(|(_, post)| post.life != Life::Erased).map(|(id, _)| id.clone());
        let copies = self.model.copies.iter().filter(|(_, copy)| copy.life != Life::Erased).map(|(id, _)| format!("copy {id}"));
        let missing: Vec<String> = posts.chain(copies).chain(self.model.annas.keys().cloned()).filter(|id| !seen.contains(id)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("missing: {missing:?}")) }
    }

    fn members_agree(&self, rows: &[&MemberRow]) -> Result<(), String> {
        let mut seen = 0;
        for row in rows {
            if row.who == self.cast.anna {
                let standing = if row.home.is_none() { Standing::Active } else { self.model.remote[&row.group].standing };
                let role = if row.home.is_none() { "host" } else { "member" };
                if row.state != state(standing) || row.role != role {
                    return Err(format!("anna: {row:?}, expected {standing:?}"));
                }
                continue;
            }
            let Some(member) = self.model.members.get(&(row.group.clone(), row.who.clone())) else {
                // A guest whose person was erased may have lost the name of its person.
                if row.who.starts_with("http://v.test/p/") && row.state != "active" {
                    continue;
                }
                return Err(format!("a member that should not be: {row:?}"));
            };
            seen += 1;
            let erased = member.standing == Standing::Erased && row.state != "active" && row.state != "pending";
            if row.role != "member" || !(erased || row.state == state(member.standing)) {
                return Err(format!("{row:?}, expected {member:?}"));
            }
        }
        let expected = self.model.members.values().filter(|member| member.standing != Standing::Erased).count();
        if seen >= expected { Ok(()) } else { Err(format!("{seen} members, expected {:?}", self.model.members)) }
    }
}

fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Pending => "pending",
        Standing::Resting => "resting",
        Standing::Refused => "refused",
        Standing::Removed => "removed",
        Standing::Erased => "erased",
    }
}

fn alive(state: &str, life: Life) -> bool {
    match life {
        Life::Posted => state == "posted",
        Life::Deleted => state == "deleted",
        Life::Removed => state == "removed",
        Life::Erased => state != "posted",
    }
}
