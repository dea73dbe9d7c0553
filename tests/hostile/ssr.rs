//! SSR: what the house asks of others. Only agreed partners, only at their own address; X and the trap on this machine never
//! hear a knock.

use serde_json::{Value, json};

use crate::peer::Reply;
use crate::pen::{Actor, Pen, SCHEMES, Scheme};
use crate::rig::Rig;

/// All of SSR that needs no names of its own (tests/dialer.rs has those).
pub fn run(rig: &mut Rig) {
    inside(rig);
    previews(rig);
    oracle(rig);
    budgets(rig);
    contexts(rig);
}

/// SSR-14, SSR-17: what a member looks for that is not a partner's is refused before anything is asked, and alike whatever
/// stands there: open, shut, no host at all.
fn oracle(rig: &mut Rig) {
    let before = knocks(rig);
    let x = rig.x.origin.clone();
    let shut = format!("http://127.0.0.1:{}", crate::house::free_port());
    let mut answers = Vec::new();
    for address in [
        format!("{x}/g/one"),
        format!("{shut}/g/one"),
        rig.t.at("/g/one"),
        "http://127.0.0.250:1/g/one".to_owned(),
        "http://nowhere.invalid/g/one".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let answer = rig.person("anna").post("/groups/find", &[("address", &address)]);
        answers.push((answer.status, answer.text().replace(&address, "ADDRESS")));
    }
    let alike = answers.iter().all(|answer| *answer == answers[0] && answer.0 == 422);
    rig.report.many(
        "SSR-14",
        "an address that a member typed",
        answers.len(),
        ok(knocks(rig) == before, || format!("{before:?} {:?}", knocks(rig))),
    );
    rig.report.many("SSR-17", "open, shut and missing look alike", answers.len(), ok(alike, || format!("{answers:?}")));
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

/// Addresses that mean the inside of somebody's network, by case.
fn addresses(rig: &Rig) -> Vec<(&'static str, String)> {
    let port = rig.t.origin.rsplit(':').next().expect("a port").to_owned();
    let x = rig.x.origin.rsplit(':').next().expect("a port").to_owned();
    let e = rig.e.origin.strip_prefix("http://").expect("http").to_owned();
    let mut all = Vec::new();
    for (case, hosts) in [
        ("SSR-01", vec!["localhost", "127.0.0.1", "127.1", "[::1]", "localhost.", "LOCALHOST", "x.localhost", "127.0.0.1."]),
        ("SSR-02", vec!["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"]),
        ("SSR-03", vec!["169.254.169.254", "[fe80::1]", "[fc00::1]", "[fd00::1]"]),
        ("SSR-04", vec!["0.0.0.0", "0", "[::]", "255.255.255.255", "224.0.0.1", "[ff02::1]"]),
        ("SSR-05", vec!["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"]),
        ("SSR-06", vec!["2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01", "0x7f.1", "017700000001", "127.0.1"]),
    ] {
        all.extend(hosts.iter().map(|host| (case, format!("http://{host}:{port}"))));
    }
    all.push(("SSR-12", format!("http://127.0.0.5:{x}")));
    for scheme in ["https", "file", "ftp", "gopher", "data", "javascript", "unix", "blob", "ws", "dict"] {
        all.push(("SSR-10", format!("{scheme}://{e}")));
    }
    let host = e.split(':').next().expect("a host").to_owned();
    for port in ["22", "25", "6379", "8443", "0", "65536", &port] {
        all.push(("SSR-11", format!("http://{host}:{port}")));
    }
    all
}

fn inside(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let group = rig.group("G-E").uri;
    let den = rig.den.clone();
    for (case, origin) in addresses(rig) {
        let url = format!("{origin}/p/eve");
        rig.settle();
        let (before, reached) = (rig.digest(), rig.reached());
        let mut letters = Vec::new();
        let right = |who: &Actor, said: &Value| Pen::post(who, Scheme::Draft, &rig.authority, "/inbox").write(said.to_string().as_bytes());
        for scheme in SCHEMES {
            let odd = eve.with_key_id(&format!("{url}#main-key"));
            let body = Rig::say(&eve, "Like", &json!(url)).to_string();
            letters.push(("the address of a key", true, Pen::post(&odd, scheme, &rig.authority, "/inbox").write(body.as_bytes())));
        }
        let mut said = Rig::create(&eve, &group, "inside");
        said["actor"] = json!(url);
        letters.push(("an actor", true, right(&eve, &said)));
        let mut said = Rig::say(&eve, "Update", &eve.document());
        for field in ["inbox", "outbox", "followers", "featured", "url"] {
            said["object"][field] = json!(format!("{origin}/inbox"));
        }
        said["object"]["icon"] = json!({"type": "Image", "url": url});
        said["object"]["endpoints"]["sharedInbox"] = json!(format!("{origin}/inbox"));
        letters.push(("one's own document", false, right(&eve, &said)));
        for verb in ["Announce", "Like", "Follow", "Accept", "Undo", "Delete", "Offer", "Add"] {
            let mut said = Rig::say(&eve, verb, &json!(url));
            said["target"] = json!(url);
            letters.push(("the thing that is spoken of", false, right(&eve, &said)));
        }
        let inner = json!({"type": "Create", "id": format!("{origin}/a/1"), "actor": url, "object": {"id": format!("{origin}/o/1"), "type": "Note", "attributedTo": url, "content": "x", "audience": den.uri}});
        letters.push(("announced by a group", false, right(&den, &Rig::say(&den, "Announce", &inner))));
        let tried = letters.len() + 1;
        let mut wrong = Vec::new();
        for (what, denied, letter) in letters {
            let status = rig.send(&letter).status;
            if !(matches!(status, 400 | 401 | 403) || (status == 202 && !denied)) {
                wrong.push(format!("{what}: {status}"));
            }
        }
        let answer = rig.person("anna").post("/groups/find", &[("address", &url)]);
        if answer.status != 422 {
            wrong.push(format!("looked for by a member: {}", answer.status));
        }
        rig.settle();
        let outcome = if wrong.is_empty() {
            rig.unchanged(&before, &crate::rig::MAIL).and_then(|()| rig.unreached(&reached, &[]))
        } else {
            Err(wrong.join(", "))
        };
        rig.report.many(case, "an address inside, or of nobody we know", tried, outcome.map_err(|why| format!("{url}: {why}")));
    }
}

fn knocks(rig: &Rig) -> Vec<usize> {
    rig.peers().iter().map(|peer| peer.reached()).collect()
}

/// SSR-13, SSR-14: what members type is never looked up; PRV-05: nor is it when somebody reads.
fn previews(rig: &mut Rig) {
    let before = knocks(rig);
    let anna = rig.personas["anna"].clone();
    let id = rig.group("G-int").id;
    for url in [rig.x.at("/page"), rig.e.at("/page"), rig.t.at("/page"), "http://169.254.169.254/latest".to_owned(), rig.p.at("/o/x")] {
        rig.house.json(&["post", "create", "--group", &id, "--as", &anna], &format!("Look: {url} <img src=\"{url}\"> ![x]({url})"));
    }
    let page = rig.person("anna").get(&format!("/g/{id}"));
    rig.settle();
    rig.report.case(
        "SSR-13",
        "links in a post",
        ok(knocks(rig) == before && page.status == 200, || format!("{before:?} {:?}", knocks(rig))),
    );
    let loads = page.text().contains("<img src=\"http");
    rig.report.case("PRV-05", "reading asks nobody", ok(!loads, || page.text()));
}

/// SSR-19, DOS-09, DOS-10, DOS-11: one activity never causes more than a few questions.
fn budgets(rig: &mut Rig) {
    let (den, eve) = (rig.den.clone(), rig.eve.clone());
    let from = rig.e.count();
    let many: Vec<String> = (0..60).map(|at| rig.e.at(&format!("/p/many{at}"))).collect();
    let mut said = Rig::create(&eve, &rig.group("G-E").uri, "many");
    said["to"] = json!(many);
    said["object"]["to"] = json!(many);
    said["object"]["tag"] = json!(many.iter().map(|href| json!({"type": "Mention", "href": href})).collect::<Vec<_>>());
    said["object"]["attachment"] = json!(many[..16].iter().map(|url| json!({"type": "Image", "url": url})).collect::<Vec<_>>());
    said["object"]["inReplyTo"] = json!(rig.e.at("/o/parent0"));
    said["object"]["replies"] = json!(rig.e.at("/o/replies"));
    rig.handled(&eve, &said);
    rig.settle();
    let asked: Vec<String> = rig.e.since(from).into_iter().filter(|seen| seen.method == "GET").map(|seen| seen.target).collect();
    rig.report.case("SSR-19", "two hundred addresses", ok(asked.len() <= 8, || format!("{asked:?}")));
    rig.report.case("DOS-09", "sixty people that nobody knows", ok(asked.len() <= 8, || format!("{asked:?}")));
    // By a group of E: somebody writes whom nobody knows, and whom nobody finds. Tried again and again, it is a few questions.
    let from = rig.e.count();
    let ghosts: Vec<String> = (0..30).map(|at| rig.e.at(&format!("/p/ghost{at}"))).collect();
    let by = |who: &str, at: usize| {
        let note = json!({"id": rig.e.at(&format!("/o/ghost{at}")), "type": "Note", "attributedTo": who, "content": "ghost", "audience": den.uri,
            "to": ghosts, "cc": ghosts, "tag": ghosts.iter().map(|href| json!({"type": "Mention", "href": href})).collect::<Vec<_>>(),
            "published": Rig::time(0)});
        json!({"type": "Create", "id": rig.e.at(&format!("/a/ghost{at}")), "actor": who, "object": note})
    };
    let announced = Rig::say(&den, "Announce", &by(&ghosts[0], 0));
    assert_eq!(rig.post(&den, &announced).status, 202);
    handled_in_the_end(rig, &[announced]);
    let asked: Vec<String> = rig.e.since(from).into_iter().filter(|seen| seen.method == "GET").map(|seen| seen.target).collect();
    rig.report.case("SSR-19", "an announced post of somebody unknown", ok((1..=8).contains(&asked.len()), || format!("{asked:?}")));
    let others = asked.iter().filter(|target| *target != "/p/ghost0").count();
    rig.report.case("DOS-09", "nobody else in it is asked for", ok(others == 0, || format!("{asked:?}")));
    let from = rig.e.count();
    let note = |at: usize| {
        json!({"id": rig.e.at(&format!("/o/chain{at}")), "type": "Note", "attributedTo": rig.e.at(&format!("/p/chain{at}")), "content": "chain", "audience": den.uri,
        "to": [format!("{}/followers", den.uri)], "inReplyTo": rig.e.at(&format!("/o/chain{}", at + 1)), "published": Rig::time(0)})
    };
    let mut chain = Vec::new();
    for at in 0..3 {
        let inner = json!({"type": "Create", "id": rig.e.at(&format!("/a/chain{at}")), "actor": rig.e.at(&format!("/p/chain{at}")), "object": note(at)});
        let said = Rig::say(&den, "Announce", &inner);
        assert_eq!(rig.post(&den, &said).status, 202);
        rig.became(said["id"].as_str().expect("an id"));
        chain.push(said);
    }
    // Their writers can be read after all.
    for at in 0..3 {
        rig.e.serve_actor(&Actor::new(&rig.e.origin, &format!("/p/chain{at}"), "Person", "chain", 2));
    }
    handled_in_the_end(rig, &chain);
    let asked: Vec<String> = rig.e.since(from).into_iter().filter(|seen| seen.method == "GET").map(|seen| seen.target).collect();
    let parents = asked.iter().filter(|target| target.starts_with("/o/")).count();
    // Eight questions for each activity (N_FETCH), over all its tries.
    let few = (0..3).all(|at| asked.iter().filter(|target| **target == format!("/p/chain{at}")).count() <= 8) && asked.len() <= 24;
    rig.report.case("DOS-10", "parents without end", ok(parents == 0 && few, || format!("{asked:?}")));
    histories(rig);
}

/// Waits until none of these waits any more, try after try: nothing is left that would ask somebody later.
fn handled_in_the_end(rig: &Rig, said: &[Value]) {
    let ids: Vec<String> = said.iter().filter_map(|said| said["id"].as_str().map(str::to_owned)).collect();
    rig.until("what comes to its end", |rig| {
        rig.again(&ids);
        ids.iter().all(|id| rig.word("SELECT state FROM inbox WHERE activity_uri = $1", id).is_some_and(|state| state != "waiting"))
    });
}

/// DOS-11, DOS-12: the list of a group of E leads nowhere, in circles, to others, or on and on; each time somebody new comes in, it
/// is read.
fn histories(rig: &mut Rig) {
    let den = rig.den.clone();
    let first = format!("{}/outbox?page=first", den.uri);
    let told = |at: usize| {
        let who = rig.e.at(&format!("/p/hist{at}"));
        let note = json!({"id": rig.e.at(&format!("/o/hist{at}")), "type": "Note", "attributedTo": who, "content": "hist", "audience": den.uri,
            "to": [format!("{}/followers", den.uri)], "published": Rig::time(0)});
        let create = json!({"type": "Create", "id": rig.e.at(&format!("/a/hist{at}")), "actor": who, "object": note});
        Rig::say(&den, "Announce", &create)
    };
    let page = |id: &str, next: &str, items: &[Value]| {
        Reply::document(&json!({"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "OrderedCollectionPage",
            "partOf": format!("{}/outbox", den.uri), "next": next, "orderedItems": items}))
    };
    let path = |url: &str| url.replacen(&rig.e.origin, "", 1);
    let on = |at: usize| format!("{}/outbox?page=on{at}", den.uri);
    let many: Vec<Value> = (0..30).map(told).collect();
    let ours = format!("{}/g/{}/outbox?page=first", rig.origin, rig.groups["G-E"].id);
    let plans = [
        ("mila", "itself", vec![(first.clone(), first.clone(), Vec::new())]),
        ("moes", "our own", vec![(first.clone(), ours, Vec::new())]),
        ("hanna", "another house", vec![(first.clone(), rig.p.at("/g/club/outbox?page=first"), Vec::new())]),
        (
            "chris",
            "on and on",
            (0..9)
                .map(|at| (if at == 0 { first.clone() } else { on(at) }, on(at + 1), if at == 0 { many.clone() } else { Vec::new() }))
                .collect(),
        ),
    ];
    for (who, what, pages) in plans {
        for (id, next, items) in &pages {
            rig.e.serve(&path(id), page(id, next, items));
        }
        let (from, others) = (rig.e.count(), (rig.p.count(), rig.number("SELECT COUNT(*) FROM served")));
        let persona = rig.personas[who].clone();
        rig.house.json(&["group", "join", &den.uri, "--as", &persona], "");
        rig.until("the question", |rig| rig.e.activities(from).iter().any(|said| said["type"] == "Follow"));
        let asked = rig.e.activities(from).into_iter().find(|said| said["type"] == "Follow").expect("a Follow");
        let yes = Rig::say(&den, "Accept", &asked);
        assert_eq!(rig.handled(&den, &yes), "handled");
        let read =
            |rig: &Rig, part: &str| rig.e.since(from).iter().filter(|seen| seen.method == "GET" && seen.target.contains(part)).count();
        rig.until("the list is read to its end", |rig| {
            rig.number("SELECT COUNT(*) FROM jobs WHERE kind = 'group-history' AND state = 'waiting'") == 0
        });
        let (lists, writers) = (read(rig, "/outbox"), read(rig, "/p/hist"));
        let elsewhere = (rig.p.count(), rig.number("SELECT COUNT(*) FROM served")) != others;
        rig.report.case("DOS-11", what, ok((1..=3).contains(&lists) && !elsewhere, || format!("{lists} lists, elsewhere: {elsewhere}")));
        rig.report.case("DOS-12", what, ok(writers <= 8, || format!("{writers} writers")));
    }
}

/// SSR-20: contexts are words.
fn contexts(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let before = knocks(rig);
    let mut urls: Vec<serde_json::Value> = vec![json!("https://www.w3.org/ns/activitystreams")];
    for at in 0..17 {
        urls.extend([
            json!(rig.e.at(&format!("/context{at}"))),
            json!(rig.x.at("/context")),
            json!({"@import": rig.t.at("/context"), "x": {"@id": rig.x.at("/y"), "@context": rig.x.at("/nested")}}),
        ]);
    }
    for scheme in [Scheme::Draft, Scheme::Rfc] {
        let mut said = Rig::say(&eve, "Like", &json!("x"));
        said["@context"] = json!(urls);
        let letter = Pen::post(&eve, scheme, &rig.authority, "/inbox").write(said.to_string().as_bytes());
        let status = rig.send(&letter).status;
        rig.settle();
        rig.report.case(
            "SSR-20",
            "contexts elsewhere",
            ok(knocks(rig) == before && matches!(status, 202 | 400), || format!("{status} {:?}", knocks(rig))),
        );
    }
}

/// At the end: who was asked at all. SSR-12, SSR-16, and STOP for the ended partner.
pub fn close(rig: &mut Rig) {
    for (name, reached) in [("X", rig.x.reached()), ("T", rig.t.reached())] {
        rig.report.case("SSR-12", "nobody else is ever asked", ok(reached == 0, || format!("{name} was reached {reached} times")));
    }
    let ended: Vec<String> = rig.r.log().iter().map(|seen| format!("{} {} {}", seen.method, seen.target, seen.body)).collect();
    rig.report.case("PRV-10", "nothing goes to an ended partner", ok(ended.len() <= 1, || format!("{ended:?}")));
    let delivered = rig.p.log().iter().any(|seen| seen.method == "POST");
    rig.report.case("SSR-16", "a proxy of the environment is not used", ok(delivered, || "nothing arrived".to_owned()));
}
