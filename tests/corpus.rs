//! Every file of `shared/corpus` against a whole site: as what a partner sends, as what a partner serves when it is asked who
//! it is, and, for everything with a text, as a post that is stored and shown. Nothing may panic or answer 5xx, nobody but
//! partners may be asked, U+0000 may lie in no table, and what is stored as HTML must do nothing. The files are counted
//! against the manifest and the manifest against the folder: one that is not covered fails the test.
//!
//! The corpus lies outside the repository (`HAVEN_SHARED`, else `../shared`); where it is absent, one line says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use haven::base::{Clock, Iri, Origin};
use haven::features::accounts::Role;
use haven::features::groups::{self, JoinRule};
use haven::federation::keys::{KeyPair, KeySource};
use haven::federation::partners;
use haven::testing::database::{self, TestDb};
use haven::testing::keys::RecordedKeys;
use haven::testing::peer::Hand;
use haven::testing::people::Person;
use haven::testing::site::{TestSite, Town};
use http::{Request, StatusCode, Uri};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// The key of every actor that a partner of the tests plays.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| RecordedKeys::default().fresh().unwrap());
const KINDS: [&str; 11] =
    ["activity", "object", "actor", "collection", "webfinger", "nodeinfo", "nodeinfo-index", "key", "fragment", "context", "other"];

/// Activities that the manifest accepts and the door of a closed house refuses on purpose, with the reason.
const REFUSED: [(&str, &str); 4] = [
    ("granary/undo-object-id.json", "the id is on another origin than the actor (protocol §5)"),
    ("misskey/like-misskey-reaction.json", "the id is on another origin than the actor (protocol §5)"),
    ("mitra/create-note-object-link.json", "no id"),
    ("mobilizon/accept-join.json", "the id is on another origin than the actor (protocol §5)"),
];

struct Entry {
    file: String,
    kind: String,
    expect: String,
    bytes: Vec<u8>,
    value: Value,
}

impl Entry {
    fn text(&self, field: &str) -> Option<&str> {
        let value = self.value.get(field)?;
        value.as_str().or_else(|| value.get("id").and_then(Value::as_str))
    }
}

/// Every file the manifest lists, which must be every file there is.
fn entries(folder: &Path) -> Vec<Entry> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    let entries: Vec<Entry> = listed
        .iter()
        .map(|entry| {
            let file = entry["file"].as_str().unwrap().to_owned();
            let bytes = std::fs::read(folder.join(&file)).unwrap();
            let sum = data_encoding::HEXLOWER.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes).as_ref());
            assert_eq!(entry["sha256"], sum, "{file} is not the file that the manifest speaks of");
            let value = serde_json::from_slice(&bytes).unwrap_or_default();
            let word = |name: &str| entry[name].as_str().unwrap().to_owned();
            Entry { kind: word("kind"), expect: word("expect"), file, bytes, value }
        })
        .collect();
    let mut there = BTreeSet::new();
    for source in std::fs::read_dir(folder).unwrap() {
        let source = source.unwrap();
        if source.file_type().unwrap().is_dir() && source.file_name() != "http-signatures" {
            there.extend(std::fs::read_dir(source.path()).unwrap().map(|file| {
                let file = file.unwrap().file_name();
                format!("{}/{}", source.file_name().to_string_lossy(), file.to_string_lossy())
            }));
        }
    }
    let known: BTreeSet<String> = entries.iter().map(|entry| entry.file.clone()).collect();
    assert_eq!(there, known, "files and manifest");
    assert_eq!(known.len(), listed.len(), "a file is listed twice");
    assert!(entries.iter().all(|entry| KINDS.contains(&entry.kind.as_str())), "a kind without a place in this test");
    entries
}

/// Whether the tests may make a partner of this host: a name of the public network, not an address or a machine nearby.
fn is_public(origin: &Origin) -> bool {
    let host = origin.host();
    host.contains('.') && !host.starts_with('[') && !host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// What partners serve, by authority and path.
type Served = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

struct Scene {
    town: Town,
    site: TestSite,
    anna: Person,
    group: Iri,
    group_id: haven::base::Id,
    served: Served,
    partners: BTreeSet<String>,
    count: usize,
}

impl Scene {
    async fn set(database: TestDb) -> Self {
        let town = Town::default();
        let site = town.open("v.test", database, 1).await.unwrap();
        let mut scene = Self {
            anna: site.person("Anna", Role::Member).await,
            group: Iri::parse("http://v.test/g/none").unwrap(),
            group_id: site.site.here().id(),
            served: Served::default(),
            partners: BTreeSet::new(),
            count: 0,
            town,
            site,
        };
        scene.befriend(&Origin::parse("http://p.test").unwrap()).await;
        let group = scene.site.group(&scene.anna.persona.id, "Letters", JoinRule::Open, &["p.test"]).await;
        (scene.group, scene.group_id) = (group.uri, group.id);
        scene
    }

    /// Makes a partner that serves what `served` holds, and nothing else.
    async fn befriend(&mut self, origin: &Origin) {
        if !self.partners.insert(origin.to_string()) {
            return;
        }
        let mut tx = self.site.database.begin().await.unwrap();
        partners::name(&mut tx, &self.site.site.here(), origin, false).await.unwrap();
        tx.commit().await.unwrap();
        let (served, authority) = (Arc::clone(&self.served), origin.authority().to_owned());
        let answer = async move |uri: Uri| {
            let found = served.lock().unwrap().get(&format!("{authority}{uri}")).cloned();
            found.map_or_else(
                || StatusCode::NOT_FOUND.into_response(),
                |body| ([("content-type", "application/activity+json")], body).into_response(),
            )
        };
        self.town.network.plug(origin.authority(), Router::new().fallback(answer));
    }

    fn serve(&self, iri: &Iri, body: Vec<u8>) {
        self.served.lock().unwrap().insert(format!("{}{}", iri.origin().authority(), iri.without_fragment().target()), body);
    }

    /// An actor of a partner who signs with our key.
    fn actor(who: &Iri, kind: &str) -> Vec<u8> {
        let (id, key_id) = (who.as_str(), format!("{who}#the-key-of-this-test"));
        json!({"id": id, "type": kind, "preferredUsername": "x", "inbox": who.origin().at("/inbox"),
            "publicKey": {"id": key_id, "owner": id, "publicKeyPem": KEY.public_pem()}})
        .to_string()
        .into_bytes()
    }

    async fn post(&mut self, signer: &str, body: &[u8]) -> u16 {
        self.post_with(&format!("{signer}#the-key-of-this-test"), body).await
    }

    async fn post_with(&mut self, key_id: &str, body: &[u8]) -> u16 {
        // Half a minute between letters: the budget of questions to one partner is not what is tried here.
        self.town.clock.advance(std::time::Duration::from_secs(30));
        let hand = Hand { key: &KEY, key_id };
        let text = String::from_utf8_lossy(body);
        let mut request = Request::post("/inbox");
        for (name, value) in hand.post(&Iri::parse("http://v.test/inbox").unwrap(), &text, self.town.clock.now()) {
            request = request.header(name, value);
        }
        let response = self.site.router.clone().oneshot(request.body(Body::from(text.into_owned())).unwrap()).await.unwrap();
        response.status().as_u16()
    }

    /// Sends a file as it stands, signed by the actor it names when that may be a partner's, else by somebody of P.
    async fn send(&mut self, entry: &Entry, kinds: &BTreeMap<String, String>) -> (u16, bool) {
        let named = entry.text("actor").and_then(|actor| Iri::parse(actor).ok()).filter(|actor| is_public(&actor.origin()));
        let own = named.is_some();
        let signer = named.unwrap_or_else(|| Iri::parse("http://p.test/p/nobody").unwrap()).without_fragment();
        self.befriend(&signer.origin()).await;
        let kind = kinds.get(signer.as_str()).map_or("Person", String::as_str);
        self.serve(&signer, Self::actor(&signer, kind));
        (self.post(signer.as_str(), &entry.bytes).await, own)
    }

    /// Somebody signs with a name whose document this file is, and a key that is not the one in it: the file is asked for,
    /// read, checked, and refused. For groups, anna looks it up as well.
    async fn asked_for(&mut self, entry: &Entry) -> Option<u16> {
        let id = Iri::parse(entry.text("id")?).ok().filter(|id| is_public(&id.origin()))?.without_fragment();
        self.befriend(&id.origin()).await;
        self.serve(&id, entry.bytes.clone());
        let shown = entry.value["publicKey"]["id"].as_str().and_then(|key| Iri::parse(key).ok()).filter(|key| key.origin() == id.origin());
        let key_id = shown.unwrap_or_else(|| Iri::parse(&format!("{id}#another-key")).unwrap());
        self.serve(&key_id, entry.bytes.clone());
        let body = json!({"id": format!("{id}/a/1"), "type": "Like", "actor": id, "object": "http://v.test/o/x"}).to_string();
        let status = self.post_with(key_id.as_str(), body.as_bytes()).await;
        if entry.value["type"] == "Group" {
            let _ = groups::find(&self.site.site, &id).await;
        }
        Some(status)
    }

    /// The text of a file, with all that hangs on it, as a post of a member of the group. Its number when it was taken.
    async fn published(&mut self, thing: &Value) -> Option<(u16, String)> {
        let writer = Iri::parse("http://p.test/p/piet").unwrap();
        self.serve(&writer, Self::actor(&writer, "Person"));
        let mut note: Map<String, Value> = thing.as_object()?.clone();
        if !["content", "contentMap", "name", "nameMap", "summary", "summaryMap"].iter().any(|field| note.contains_key(*field)) {
            return None;
        }
        self.count += 1;
        let id = format!("http://p.test/o/{}", self.count);
        for gone in ["actor", "inReplyTo", "@context", "updated", "published", "cc", "bto", "bcc", "signature", "proof"] {
            note.remove(gone);
        }
        for (field, value) in [("id", json!(id)), ("type", json!("Note")), ("attributedTo", json!(writer))] {
            note.insert(field.to_owned(), value);
        }
        note.insert("to".to_owned(), json!([self.group]));
        note.insert("audience".to_owned(), json!(self.group));
        let said = json!({"id": format!("http://p.test/a/{}", self.count), "type": "Create", "actor": writer, "audience": self.group,
            "to": [self.group], "object": note});
        Some((self.post(writer.as_str(), said.to_string().as_bytes()).await, id))
    }

    async fn settle(&self) {
        while self.site.site.federation.handle_inbox(&self.site.site.here()).await.unwrap() > 0 {}
    }

    async fn number(&self, text: &'static str) -> i64 {
        let mut conn = self.site.database.read().await.unwrap();
        let (number,): (i64,) = sqlx::query_as(text).fetch_one(conn.sql()).await.unwrap();
        number
    }
}

/// What an activity would change.
async fn effects(scene: &Scene) -> [i64; 3] {
    [
        scene.number("SELECT COUNT(*) FROM posts").await,
        scene.number("SELECT COUNT(*) FROM memberships").await,
        scene.number("SELECT COALESCE(MAX(updated_at), 0) FROM posts").await,
    ]
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what ran is counted")]
async fn every_file_meets_a_whole_site() {
    let Some(folder) = haven::testing::corpus() else { return };
    let entries = entries(&folder);
    let kinds: BTreeMap<String, String> = entries
        .iter()
        .filter(|entry| entry.kind == "actor")
        .filter_map(|entry| Some((entry.text("id")?.to_owned(), entry.value["type"].as_str()?.to_owned())))
        .collect();
    for database in database::both().await {
        let mut scene = Scene::set(database).await;
        let follow = json!({"id": "http://p.test/a/follow", "type": "Follow", "actor": "http://p.test/p/piet", "object": scene.group});
        let piet = Iri::parse("http://p.test/p/piet").unwrap();
        scene.serve(&piet, Scene::actor(&piet, "Person"));
        assert_eq!(scene.post(piet.as_str(), follow.to_string().as_bytes()).await, 202);
        scene.settle().await;
        let (mut covered, mut wrong, mut taken, mut asked, mut shown) = (BTreeSet::new(), Vec::new(), 0, 0, Vec::new());
        for entry in &entries {
            let before = effects(&scene).await;
            let (status, own) = scene.send(entry, &kinds).await;
            scene.settle().await;
            taken += u32::from(status == 202);
            let listed = REFUSED.iter().any(|(file, _)| *file == entry.file);
            let fine = match (entry.kind.as_str(), entry.expect.as_str()) {
                ("activity", "accept") if own => (status == 202) != listed,
                // No effect, whatever was answered.
                ("activity" | "object", "reject") => matches!(status, 202 | 400 | 401 | 403) && effects(&scene).await == before,
                ("activity", _) => matches!(status, 202 | 400 | 401 | 403),
                // A thing that nobody says something about is no message.
                _ => matches!(status, 400 | 401 | 403),
            };
            if !fine {
                wrong.push(format!("{} ({} {}): sent, answered {status}", entry.file, entry.kind, entry.expect));
            }
            if let Some(status) = scene.asked_for(entry).await {
                asked += 1;
                // The signature is not by the key in the file, so nothing of it may be believed.
                if !matches!(status, 400 | 401 | 403) {
                    wrong.push(format!("{} ({}): served, answered {status}", entry.file, entry.kind));
                }
            }
            let mut things = vec![&entry.value, &entry.value["object"], &entry.value["object"]["object"]];
            things.extend(entry.value["orderedItems"].as_array().into_iter().flatten());
            for thing in things {
                if let Some((status, id)) = scene.published(thing).await {
                    shown.push(id);
                    if !matches!(status, 202 | 400) {
                        wrong.push(format!("{} ({}): as a post, answered {status}", entry.file, entry.kind));
                    }
                }
            }
            scene.settle().await;
            covered.insert(entry.file.clone());
        }
        assert_eq!(covered.len(), entries.len(), "every file was sent");
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
        let stored = look(&scene, &entries).await;
        println!("{} files sent ({taken} taken), {asked} served, {} texts sent as posts ({stored} stored)", covered.len(), shown.len());
        assert!(taken > 100 && asked > 200 && stored > 150, "the test reaches what it is about");
    }
}

/// What lies in the tables after all of it, what is shown, and whom the site asked. How many posts there are.
async fn look(scene: &Scene, entries: &[Entry]) -> usize {
    assert_eq!(scene.number("SELECT COUNT(*) FROM inbox WHERE state = 'parked'").await, 0, "nothing broke a handler");
    let mut conn = scene.site.database.read().await.unwrap();
    let posts: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT id, html, excerpt, label FROM posts WHERE state = 'posted'").fetch_all(conn.sql()).await.unwrap();
    drop(conn);
    for (id, html, excerpt, label) in &posts {
        is_inert(id, html);
        assert!(![html, excerpt, label].iter().any(|text| text.contains('\0')), "{id}");
    }
    let page = format!("/g/{}", scene.group_id);
    let mut pages = vec![page];
    pages.extend(posts.iter().map(|(id, ..)| format!("/o/{id}")));
    for path in pages {
        let seen = scene.site.get(&path, Some(&scene.anna.cookie)).await;
        assert!(seen.status == StatusCode::OK || seen.status.is_redirection(), "{path}: {}", seen.status);
        let text = seen.text.to_lowercase();
        let odd = ["<script>", "javascript:", "onerror=", "onclick=", "onload=", "<iframe", "<object", "<svg onload", "data:text"];
        for word in odd {
            // In the running text it is a word; in a tag it would do something.
            let in_a_tag = text.split('<').skip(1).any(|tag| tag.split('>').next().is_some_and(|tag| format!("<{tag}>").contains(word)));
            assert!(!in_a_tag, "{path}: {word}");
        }
    }
    no_nul(scene).await;
    let words: Vec<_> = entries.iter().map(|entry| String::from_utf8_lossy(&entry.bytes)).collect();
    for call in scene.town.network.log() {
        assert!(scene.partners.iter().any(|origin| origin.ends_with(&format!("//{}", call.to))), "it asked {}", call.to);
        // A name that was signed with, or one that a partner's group gave to a writer of its own house.
        let asked = format!("{}{}", call.to, call.target);
        let named = scene.served.lock().unwrap().contains_key(&asked) || words.iter().any(|text| text.contains(&format!("://{asked}")));
        assert!(call.method == "GET" && named, "it asked {asked}, which is nobody's name");
    }
    posts.len()
}

/// No text of any table holds U+0000.
async fn no_nul(scene: &Scene) {
    let mut conn = scene.site.database.read().await.unwrap();
    // PostgreSQL cannot hold it, so that an attempt would have been an error above.
    let Ok(tables) = sqlx::query_as::<_, (String,)>("SELECT name FROM sqlite_master WHERE type = 'table'").fetch_all(conn.sql()).await
    else {
        return;
    };
    let mut looked_at = 0;
    for (table,) in tables {
        let columns: Vec<(String,)> =
            sqlx::query_as("SELECT name FROM pragma_table_info($1)").bind(&table).fetch_all(conn.sql()).await.unwrap();
        for (column,) in columns {
            let text = format!("SELECT COUNT(*) FROM {table} WHERE INSTR(CAST({column} AS BLOB), x'00') > 0 AND TYPEOF({column}) = 'text'");
            let (found,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(text)).fetch_one(conn.sql()).await.unwrap();
            assert_eq!(found, 0, "{table}.{column}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "{looked_at} columns");
}

/// Only listed elements, only listed attributes, only listed schemes.
fn is_inert(what: &str, html: &str) {
    const ELEMENTS: [&str; 22] = [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "rp",
        "rt",
        "ruby",
        "s",
        "strong",
        "sub",
        "sup",
        "u",
        "ul",
    ];
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("{what}: an open tag"));
        let (name, attributes) = tag.trim_start_matches('/').split_once(' ').unwrap_or((tag.trim_start_matches('/'), ""));
        assert!(ELEMENTS.contains(&name), "{what}: {name}");
        let mut rest = attributes;
        while let Some((attribute, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("{what}: {tag}"));
            let fine = match attribute.trim() {
                "href" => ["https://", "http://", "mailto:"].iter().any(|scheme| value.to_lowercase().starts_with(scheme)),
                "rel" => value == "nofollow noopener ugc",
                "start" => value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'),
                _ => false,
            };
            assert!(fine, "{what}: {attribute}={value}");
            rest = after;
        }
        assert!(rest.trim().is_empty(), "{what}: {tag}");
    }
}
