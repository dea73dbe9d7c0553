//! Sets the scene of the catalogue: §1.1.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use haven::base::config::DatabaseUrl;
use haven::db::Db;
use serde_json::json;
use tokio::runtime::Builder;

use crate::browser::Browser;
use crate::house::{Engine, House};
use crate::peer::{Peer, Reply};
use crate::pen::Actor;
use crate::report::Report;
use crate::rig::{Canary, Group, PASSPHRASE, Rig};

/// Sign-in name, what the persona is called, role.
const PEOPLE: [(&str, &str); 12] = [
    ("anna", "member"),
    ("bram", "member"),
    ("chris", "admin"),
    ("moes", "moderator"),
    ("hanna", "host"),
    ("gone", "member"),
    // For the rooms: a writer, a reader, a second moderator, an auditor; one who erases everything, one who takes a yes back.
    ("cleo", "member"),
    ("dirk", "member"),
    ("mila", "moderator"),
    ("otto", "auditor"),
    ("vera", "member"),
    ("wim", "member"),
];

/// Name, partners, who hosts it, rule of joining.
const GROUPS: [(&str, &[&str], &str, &str); 8] = [
    ("G-int", &[], "anna", "open"),
    ("G-P", &["P"], "anna", "open"),
    ("G-PQ", &["P", "Q"], "anna", "open"),
    ("G-E", &["E"], "anna", "open"),
    ("G-EP", &["E", "P"], "anna", "open"),
    ("G-ask", &["P"], "anna", "ask"),
    ("G-inv", &[], "anna", "invite"),
    ("G-other", &[], "hanna", "open"),
];

/// Opens everything; `None` when there is no such engine here.
pub fn set(engine: Engine) -> Option<Rig> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut house = runtime.block_on(House::new(engine))?;
    // A proxy of the environment must not be used (SSR-16): nothing listens there.
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        house.settings.push((name, "http://127.0.0.9:9".to_owned()));
    }
    house.metrics = Some(crate::house::free_port());
    house.start();
    let file = DatabaseUrl::Sqlite(house.folder().join("haven.db"));
    let rows = house.postgres.as_ref().map_or(&file, |db| db.url());
    let db = runtime.block_on(Db::open(rows)).expect("the database");
    let handle = runtime.handle().clone();
    let peer = |name, number: u8| Peer::open(&handle, name, number + if engine == Engine::Sqlite { 0 } else { 10 });
    let [p, q, e, x, r, s, w] = [peer("P", 2), peer("Q", 3), peer("E", 4), peer("X", 5), peer("R", 6), peer("S", 7), peer("W", 8)];
    let t = Peer::open(&handle, "T", 1);
    let person = |peer: &Peer, name: &str, key| Actor::new(&peer.origin, &format!("/p/{name}"), "Person", name, key);
    let origin = house.origin();
    let authority = origin.strip_prefix("http://").expect("http").to_owned();
    let address: SocketAddr = authority.parse().expect("an address");
    let mut rig = Rig {
        engine,
        db,
        origin,
        address,
        piet: person(&p, "piet", 0),
        quinn: person(&q, "quinn", 1),
        eve: person(&e, "eve", 2),
        frank: person(&e, "frank", 3),
        sam: person(&s, "sam", 3),
        xeno: person(&x, "xeno", 4),
        ruth: person(&r, "ruth", 5),
        club: Actor::new(&p.origin, "/g/club", "Group", "club", 6),
        den: Actor::new(&e.origin, "/g/den", "Group", "den", 7),
        e_house: Actor::new(&e.origin, "/actor", "Application", "E", 6),
        p_house: Actor::new(&p.origin, "/actor", "Application", "P", 5),
        w_house: Actor::new(&w.origin, "/actor", "Application", "W", 4),
        p,
        q,
        e,
        x,
        r,
        s,
        w,
        t,
        authority,
        house,
        runtime,
        groups: BTreeMap::new(),
        posts: BTreeMap::new(),
        people: BTreeMap::new(),
        personas: BTreeMap::new(),
        accounts: BTreeMap::new(),
        canaries: BTreeMap::new(),
        poison: Vec::new(),
        digests: std::cell::OnceCell::new(),
        report: Report::default(),
    };
    people(&mut rig);
    partners(&rig);
    groups(&mut rig);
    hide(&rig);
    members(&rig);
    posts(&mut rig);
    rig.settle();
    Some(rig)
}

fn people(rig: &mut Rig) {
    for (name, role) in PEOPLE {
        let called = Canary::new(name);
        let sign_in = Canary::new(&format!("in{name}"));
        let args = ["account", "create", "--name", &sign_in.0, "--persona", &called.0, "--role", role];
        let made = rig.house.json(&args, &format!("{PASSPHRASE}\n"));
        rig.personas.insert(name, made["persona"].as_str().expect("a persona").to_owned());
        rig.accounts.insert(name, made["account"].as_str().expect("an account").to_owned());
        let mut browser = Browser::new(rig.address, &rig.authority);
        let answer = browser.sign_in(&sign_in.0, PASSPHRASE);
        assert_eq!(answer.status, 303, "{}", answer.text());
        rig.people.insert(name, browser);
        rig.canaries.insert(name, called);
        rig.canaries.insert(Box::leak(format!("in-{name}").into_boxed_str()), sign_in);
    }
}

fn partners(rig: &Rig) {
    for peer in [&rig.p, &rig.q, &rig.e, &rig.r, &rig.s] {
        rig.house.json(&["partner", "add", &peer.origin, "--without-handshake"], "");
    }
    for actor in [
        &rig.piet,
        &rig.quinn,
        &rig.eve,
        &rig.frank,
        &rig.ruth,
        &rig.sam,
        &rig.xeno,
        &rig.club,
        &rig.den,
        &rig.e_house,
        &rig.p_house,
        &rig.w_house,
    ] {
        let peer = rig.peers().into_iter().find(|peer| actor.uri.starts_with(&peer.origin)).expect("a peer");
        let path = actor.uri.strip_prefix(&peer.origin).expect("one of theirs").to_owned();
        peer.serve(&path, Reply::document(&rig.shared(actor)));
    }
    // R is known, with a key, and then ends.
    let hello = Rig::say(&rig.ruth, "Like", &json!(format!("{}/o/none", rig.origin)));
    assert_eq!(rig.handled(&rig.ruth, &hello), "ignored");
    for who in [&rig.e_house, &rig.p_house, &rig.sam, &rig.club, &rig.den] {
        assert_eq!(rig.handled(who, &Rig::say(who, "Like", &json!("http://127.0.0.1:1/none"))), "ignored");
    }
    rig.house.json(&["partner", "end", &rig.r.origin], "");
}

fn groups(rig: &mut Rig) {
    for (name, with, host, join) in GROUPS {
        let called = Canary::new(&name.replace('-', ""));
        let persona = rig.personas[host].clone();
        let origins: Vec<String> =
            with.iter().map(|name| rig.peers().into_iter().find(|peer| peer.name == *name).expect("a peer").origin.clone()).collect();
        let reach = if with.is_empty() { "house" } else { "partners" };
        let mut args = vec!["group", "create", "--name", &called.0, "--as", &persona, "--reach", reach, "--join", join];
        for origin in &origins {
            args.extend(["--partner", origin]);
        }
        let made = rig.house.json(&args, "");
        let text = |field: &str| made[field].as_str().expect("a text").to_owned();
        rig.groups.insert(name, Group { id: text("group"), uri: text("actor"), name: called.0.clone() });
        rig.canaries.insert(name, called);
    }
}

/// One group is in no list: who is not in it cannot know of it.
fn hide(rig: &Rig) {
    let group = rig.group("G-inv");
    let fields = [
        ("name", group.name.as_str()),
        ("purpose", "Quiet talk"),
        ("rules", "Be kind"),
        ("join", "invite"),
        ("language", "en"),
        ("unlisted", "on"),
    ];
    let answer = rig.person("anna").post(&format!("/g/{}/edit", group.id), &fields);
    assert_eq!(answer.status, 303, "{}", answer.text());
}

/// Joins of personas at the partners, by real Follows.
fn members(rig: &Rig) {
    for (who, group) in [
        (&rig.piet, "G-P"),
        (&rig.piet, "G-PQ"),
        (&rig.piet, "G-EP"),
        (&rig.quinn, "G-PQ"),
        (&rig.eve, "G-E"),
        (&rig.eve, "G-EP"),
        (&rig.frank, "G-E"),
    ] {
        let follow = Rig::say(who, "Follow", &json!(rig.groups[group].uri));
        assert_eq!(rig.handled(who, &follow), "handled", "{group}");
    }
    rig.settle();
    // anna joins a group of E, and E says yes.
    let (anna, den) = (rig.personas["anna"].clone(), rig.den.uri.clone());
    let from = rig.e.count();
    rig.house.json(&["group", "join", &den, "--as", &anna], "");
    rig.until("the question", |rig| rig.e.activities(from).iter().any(|said| said["type"] == "Follow"));
    let asked = rig.e.activities(from).into_iter().find(|said| said["type"] == "Follow").expect("a Follow");
    let yes = Rig::say(&rig.den, "Accept", &asked);
    assert_eq!(rig.handled(&rig.den, &yes), "handled");
}

fn posts(rig: &mut Rig) {
    for (name, _, host, _) in GROUPS {
        let text = Canary::new(&format!("text{}", name.replace('-', "")));
        let (group, persona) = (rig.groups[name].id.clone(), rig.personas[host].clone());
        let words = format!("Good morning {}", text.0);
        let made = rig.house.json(&["post", "create", "--group", &group, "--as", &persona], &words);
        let field = |field: &str| made[field].as_str().expect("a text").to_owned();
        rig.posts.insert(name, (field("post"), field("object")));
        rig.canaries.insert(Box::leak(format!("text-{name}").into_boxed_str()), text);
    }
    // Posts of the guests, for neighbours to reach for.
    for (name, who, group) in [("eve", rig.eve.clone(), "G-E"), ("frank", rig.frank.clone(), "G-E"), ("piet", rig.piet.clone(), "G-P")] {
        let text = Canary::new(&format!("guest{name}"));
        let create = Rig::create(&who, &rig.groups[group].uri.clone(), &text.0);
        assert_eq!(rig.handled(&who, &create), "handled");
        let theirs = create["object"]["id"].as_str().expect("an id").to_owned();
        let id = rig.word("SELECT id FROM posts WHERE origin_uri = $1", &theirs).expect("a post");
        rig.posts.insert(name, (id, theirs));
        rig.canaries.insert(Box::leak(format!("text-{name}").into_boxed_str()), text);
    }
    rig.p.serve("/nothing", Reply::status(404));
}
