//! What houses say to each other about each other: agreements, their tests, receipts, reports and worries, deletions of what
//! never was; said by the wrong one, about the wrong thing, or in the wrong words. And the end of a partnership.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Answer;
use crate::peer::Reply;
use crate::pen::{Actor, Pen, Scheme};
use crate::rig::Rig;

/// All of it. Before the class that makes E ask for an hour of quiet.
pub fn run(rig: &mut Rig) {
    names_only(rig);
    offers(rig);
    tests_of_partners(rig);
    receipts(rig);
    flags(rig);
    graves(rig);
    grain(rig);
    ended(rig);
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

fn of_partner(rig: &Rig, column: &str, origin: &str) -> String {
    rig.word(
        &format!("SELECT CAST({column} AS TEXT) FROM partners p LEFT JOIN agreements a ON a.partner_id = p.id WHERE p.origin = $1"),
        origin,
    )
    .unwrap_or_default()
}

/// The rate of a partner is used up by what it signed, not by its name: a house with a small rate, and a flood in P's name.
fn names_only(rig: &mut Rig) {
    use crate::house::{Engine, House, free_port};
    let mut house = rig.runtime.block_on(House::new(Engine::Sqlite)).expect("SQLite is always there");
    let port = free_port();
    let (origin, authority) = (format!("http://127.0.0.1:{port}"), format!("127.0.0.1:{port}"));
    house.settings = vec![("HAVEN_PUBLIC_URL", origin), ("HAVEN_LISTEN", authority.clone()), ("HAVEN_PARTNER_RATE", "50".to_owned())];
    house.start();
    house.json(&["partner", "add", &rig.p.origin, "--without-handshake"], "");
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let (piet, reached, begun) = (rig.piet.clone(), rig.p.count(), Instant::now());
    let letter = |text: &str| {
        let said = Rig::say(&piet, "Like", &json!(format!("http://127.0.0.1:1/o/{text}")));
        Pen::post(&piet, Scheme::Draft, &authority, "/inbox").write(said.to_string().as_bytes())
    };
    // From an address of its own the partner speaks before the flood, during it and after it.
    let from = |host: u8, bytes: Vec<u8>| rig.runtime.block_on(send_from([127, 0, 0, host], address, &bytes));
    let good: Vec<u16> = (0..3).map(|at| from(2, letter(&format!("before{at}")).bytes()).status).collect();
    let forger = piet.with_key_of(&rig.eve);
    let bad =
        Pen::post(&forger, Scheme::Draft, &authority, "/inbox").write(Rig::say(&piet, "Like", &json!("x")).to_string().as_bytes()).bytes();
    let mut wrong: Vec<u16> = Vec::new();
    let mut during: Vec<u16> = Vec::new();
    for at in 0..900 {
        wrong.push(from(9, bad.clone()).status);
        if at % 100 == 99 {
            during.push(from(2, letter(&format!("during{at}")).bytes()).status);
        }
    }
    // Whether it was looked at is not told: an answer before the proof is one and the same.
    let odd = wrong.iter().filter(|status| **status != 401).count();
    rig.report.many("DOS-07", "wrong signatures in a partner's name", wrong.len(), ok(odd == 0, || format!("{odd} odd answers")));
    rig.report.many(
        "DOS-08",
        "the partner itself goes on",
        during.len() + 3,
        ok(during.iter().chain(&good).all(|status| *status == 202), || format!("{good:?} {during:?}")),
    );
    let asked = rig.p.count() - reached;
    // Once for the key, and once a minute whether it was changed; a slow machine may need more than one.
    let few = (1..=1 + Rig::in_minutes(1, begun)).contains(&asked);
    rig.report.case("DOS-07", "its house is asked once for its key", ok(few, || format!("{asked} questions in {:?}", begun.elapsed())));
    // From the same address it waits for seconds, not for ever.
    let begun = Instant::now();
    let mut last = Answer::default();
    while last.status != 202 && begun.elapsed() < Duration::from_mins(1) {
        last = from(9, letter("same-address").bytes());
        if last.status == 429 {
            let wait: u64 = last.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(99);
            rig.report.case("DOS-08", "says when to come again", ok(wait <= 10, || format!("{wait} seconds")));
        }
        if last.status != 202 {
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    rig.report.case(
        "DOS-08",
        "from the address of the flood",
        ok(last.status == 202, || format!("{} after {:?}", last.status, begun.elapsed())),
    );
    // A signed question in a partner's name is answered as one in a stranger's: nothing says that there is a partnership.
    let read = |who: &Actor| {
        Pen::get(who, Scheme::Draft, &authority, "/o/aaaaaaaaaaaaaaaaaaaaaaaaaa").write(b"").set("date", "Thu, 01 Jan 1970 00:00:00 GMT")
    };
    let (claimed, stranger) = (from(9, read(&piet).bytes()), from(9, read(&rig.xeno.clone()).bytes()));
    rig.report.case(
        "AUD-11",
        "a question in a partner's name after a flood",
        ok(claimed.masked() == stranger.masked() && claimed.status == 404, || format!("{claimed:?} {stranger:?}")),
    );
    // The log grew by the first of each kind, not by the flood.
    let listed = || house.run(&["audit", "list", "--json"], "").out.matches("request-refused").count();
    rig.until("a row for the flood", |_| listed() > 0);
    let rows = listed();
    rig.report.case("SIG-25", "a flood leaves a few rows", ok((1..=9).contains(&rows), || format!("{rows} rows")));
}

/// A request from an address of this machine other than the first.
async fn send_from(host: [u8; 4], to: std::net::SocketAddr, bytes: &[u8]) -> Answer {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(std::net::SocketAddr::from((host, 0))).expect("an address of this machine");
    let Ok(mut stream) = socket.connect(to).await else { return Answer::default() };
    let _written = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    drop(tokio::time::timeout(Duration::from_mins(2), stream.read_to_end(&mut answer)).await);
    Answer::parse(&answer)
}

/// W wants to be a partner. Nobody else says yes, no or over for it, and nothing is agreed that was not looked at.
fn offers(rig: &mut Rig) {
    let w = rig.w_house.clone();
    rig.w.serve_actor(&w);
    rig.house.json(&["partner", "add", &rig.w.origin.clone()], "");
    rig.until("our offer", |rig| rig.w.activities(0).iter().any(|said| said["type"] == "Offer"));
    let offer = rig.w.activities(0).into_iter().find(|said| said["type"] == "Offer").expect("an offer");
    let wout = Actor::new(&rig.w.origin, "/p/wout", "Person", "wout", 3);
    rig.w.serve_actor(&wout);
    let origin = rig.w.origin.clone();
    let standing = |rig: &Rig| {
        format!(
            "{} {} {}",
            of_partner(rig, "p.state", &origin),
            of_partner(rig, "a.stage", &origin),
            of_partner(rig, "COALESCE(a.agreed_terms, '')", &origin)
        )
    };
    let proposed = standing(rig);
    rig.report.case("PRV-17", "named, and nothing more", ok(proposed == "proposed proposed ", || proposed.clone()));
    let speaks = |who: &Actor, verb: &str, object: &Value| {
        let mut said = Rig::say(who, verb, object);
        said["@context"] = offer["@context"].clone();
        said
    };
    // Known from here on, so that what follows changes no row of people.
    rig.handled(&wout, &speaks(&wout, "Accept", &offer["id"]));
    rig.handled(&w, &speaks(&w, "Accept", &json!(format!("{}/a/never", rig.origin))));
    let (e_house, p_house, piet) = (rig.e_house.clone(), rig.p_house.clone(), rig.piet.clone());
    for who in [&e_house, &p_house, &piet, &wout] {
        for verb in ["Accept", "Reject"] {
            for object in [&offer["id"], &offer] {
                rig.no_effect(("ORG-12", "an answer to an offer by another"), who, &speaks(who, verb, object));
            }
        }
    }
    for who in [&wout, &piet] {
        rig.no_effect(("ORG-14", "the end by somebody who is not the house"), who, &speaks(who, "Undo", &offer["id"]));
        let mut said = speaks(who, "Offer", &json!(rig.w.origin));
        said["haven:agreement"] = offer["haven:agreement"].clone();
        rig.no_effect(("ORG-14", "an offer by somebody who is not the house"), who, &said);
    }
    // In W's name, signed by E.
    let body = speaks(&w, "Undo", &offer["id"]).to_string();
    rig.deny(
        ("ORG-12", "in the name of W"),
        &Pen::post(&e_house, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes()),
        &[401, 403],
        &[],
    );
    // A partner that is only named may speak of the partnership and of nothing else.
    for verb in ["Create", "Update", "Delete", "Follow", "Like", "Announce", "Flag", "Move", "Add"] {
        let said = if verb == "Create" {
            Rig::create(&w, &rig.group("G-P").uri, "too early")
        } else {
            speaks(&w, verb, &json!(rig.group("G-P").uri))
        };
        rig.deny(
            ("ORG-13", "a partner that is only named"),
            &Pen::post(&w, Scheme::Draft, &rig.authority, "/inbox").write(said.to_string().as_bytes()),
            &[403],
            &[],
        );
    }
    let nowhere = rig.read(&rig.xeno.clone(), "/g/aaaaaaaaaaaaaaaaaaaaaaaaaa").masked();
    let read = rig.read(&w, &format!("/g/{}", rig.group("G-P").id)).masked();
    rig.report.case("AUD-06", "nor read anything", ok(read == nowhere, || format!("{read:?}")));
    // A yes to something that was not offered: terms swapped on the way.
    let mut swapped = offer["haven:agreement"].clone();
    swapped["retentionDays"] = json!(9999);
    for accepts in [json!("0".repeat(64)), json!(""), Value::Null, json!(["x"]), swapped.clone()] {
        let mut yes = speaks(&w, "Accept", &offer["id"]);
        yes["haven:accepts"] = accepts;
        yes["haven:agreement"] = swapped.clone();
        rig.handled(&w, &yes);
        rig.report.case("ORG-12", "a yes to other terms", ok(standing(rig) == proposed, || standing(rig)));
    }
    // Their offer changes between the look and the yes.
    let offers = |rig: &Rig, media: bool, directory: bool| {
        let mut said = speaks(&w, "Offer", &json!(w.uri));
        said["haven:agreement"] = offer["haven:agreement"].clone();
        said["haven:agreement"]["media"] = json!(media);
        said["haven:agreement"]["directory"] = json!(directory);
        let became = rig.handled(&w, &said);
        assert_eq!(became, "handled", "an offer is taken");
    };
    offers(rig, false, true);
    let looked_at = of_partner(rig, "a.their_hash", &origin);
    offers(rig, true, false);
    let id = rig.word("SELECT id FROM partners WHERE origin = $1", &origin).expect("a partner");
    // Nobody signed the assessment of risks yet: the right hash is no yes either. Then somebody does.
    let now = of_partner(rig, "a.their_hash", &origin);
    let early = rig.person("chris").post(&format!("/admin/partners/{id}/accept"), &[("hash", &now)]);
    rig.report.case(
        "WEB-14",
        "a yes before the risks are signed for",
        ok(early.status == 422 && standing(rig) == proposed, || format!("{} {}", early.status, standing(rig))),
    );
    let (today, version) = (Rig::time(0), haven::features::assessments::PARTNERS.version.to_string());
    let paper = [("signer", "The officer"), ("day", &today[..10]), ("agreed", "on"), ("seen", version.as_str())];
    for who in ["bram", "moes", "hanna", "otto"] {
        let answer = rig.person(who).post("/admin/dpia/partners", &paper);
        rig.report.case(
            "WEB-27",
            "signed for by somebody who is no admin",
            ok(answer.status == 403, || format!("{who}: {}", answer.status)),
        );
    }
    let signed = rig.person("chris").post("/admin/dpia/partners", &paper);
    rig.report.case("WEB-14", "signed by an admin", ok(signed.status == 303, || signed.text()));
    for hash in [looked_at.as_str(), "0", &"f".repeat(64)] {
        let answer = rig.person("chris").post(&format!("/admin/partners/{id}/accept"), &[("hash", hash)]);
        rig.report.case(
            "WEB-14",
            "a yes to an offer of before",
            ok((400..500).contains(&answer.status) && standing(rig) == proposed, || format!("{} {}", answer.status, standing(rig))),
        );
    }
    for who in ["bram", "moes", "hanna", "otto"] {
        let hash = of_partner(rig, "a.their_hash", &origin);
        let answer = rig.person(who).post(&format!("/admin/partners/{id}/accept"), &[("hash", &hash)]);
        rig.report.case(
            "WEB-27",
            "a yes by somebody who is no admin",
            ok(answer.status == 403 && standing(rig) == proposed, || format!("{who}: {}", answer.status)),
        );
    }
    // An active partner cannot widen what flows by saying so.
    let before = of_partner(rig, "p.flows", &rig.e.origin.clone());
    let mut wide = Rig::say(&e_house, "Offer", &json!(e_house.uri));
    wide["@context"] = offer["@context"].clone();
    wide["haven:agreement"] = offer["haven:agreement"].clone();
    wide["haven:agreement"]["expires"] = json!("2999-01-01T00:00:00Z");
    rig.handled(&e_house, &wide);
    let now = of_partner(rig, "p.flows", &rig.e.origin.clone());
    rig.report.case("ORG-25", "terms that nobody here said yes to", ok(now == before, || format!("{before} became {now}")));
}

/// The test of W: receipts by others, wrong ones, and canaries that are more than canaries.
fn tests_of_partners(rig: &mut Rig) {
    let (w, e_house) = (rig.w_house.clone(), rig.e_house.clone());
    let wout = Actor::new(&rig.w.origin, "/p/wout", "Person", "wout", 3);
    let origin = rig.w.origin.clone();
    let context = rig.w.activities(0).into_iter().find(|said| said["type"] == "Offer").expect("an offer");
    let from = rig.w.count();
    // The same terms as ours: the machines agree, and the test begins.
    let mut same = Rig::say(&w, "Offer", &json!(w.uri));
    same["@context"] = context["@context"].clone();
    same["haven:agreement"] = context["haven:agreement"].clone();
    rig.handled(&w, &same);
    let steps = |rig: &Rig, from: usize| -> Vec<Value> {
        rig.w.activities(from).into_iter().filter(|said| said["haven:canary"] == true && said["type"] != "Accept").collect()
    };
    rig.until("three steps", |rig| steps(rig, from).len() >= 3);
    let sent = steps(rig, from);
    let text = |said: &Value| {
        let html = said["object"]["content"].as_str().unwrap_or_default();
        html.replace("<p>", "").replace("</p>", "").trim().to_owned()
    };
    let held = |at: usize| if at == 2 { "gone".to_owned() } else { digest(&text(&sent[at])) };
    let receipt = |who: &Actor, at: usize, outcome: &str| {
        let mut said = Rig::say(who, "Accept", &sent[at]["id"]);
        said["@context"] = context["@context"].clone();
        said["haven:canary"] = json!(true);
        said["haven:outcome"] = json!(outcome);
        said
    };
    let state = |rig: &Rig| of_partner(rig, "p.state", &origin);
    for at in 0..3 {
        rig.no_effect(("PRV-23", "a receipt by another partner"), &e_house, &receipt(&e_house, at, &held(at)));
        rig.no_effect(("PRV-23", "a receipt by somebody who is not the house"), &wout, &receipt(&wout, at, &held(at)));
    }
    let good = rig.number("SELECT COUNT(*) FROM canary_tests WHERE good_at IS NOT NULL");
    for (at, outcome) in [(0, "gone".to_owned()), (1, held(0)), (2, held(0))] {
        rig.handled(&w, &receipt(&w, at, &outcome));
    }
    for at in 0..3 {
        rig.handled(&w, &receipt(&w, at, &held(at)));
    }
    let now = rig.number("SELECT COUNT(*) FROM canary_tests WHERE good_at IS NOT NULL");
    rig.report.case(
        "PRV-23",
        "a wrong receipt is not made good by a right one",
        ok(now == good && state(rig) == "proposed", || format!("{now} good, {}", state(rig))),
    );
    // Canaries that would be posts, and erasures that would be of others.
    let (posts, group) = (rig.number("SELECT COUNT(*) FROM posts WHERE state = 'posted'"), rig.group("G-E").uri);
    let canary = |mut said: Value| {
        said["haven:canary"] = json!(true);
        said["@context"] = context["@context"].clone();
        said
    };
    let (eve, frank) = (rig.eve.clone(), rig.frank.clone());
    for who in [&eve, &frank] {
        rig.no_effect(("PRV-23", "a post that says it is a canary"), who, &canary(Rig::create(who, &group, "hidden in a canary")));
    }
    rig.handled(&e_house, &canary(Rig::create(&e_house, &group, "hidden in a canary")));
    for thing in [rig.posts["G-E"].1.clone(), rig.posts["G-P"].1.clone(), rig.posts["frank"].1.clone(), rig.posts["piet"].1.clone()] {
        rig.handled(&e_house, &canary(Rig::say(&e_house, "Delete", &json!(thing))));
        let note = json!({"id": thing, "type": "Note", "attributedTo": e_house.uri, "content": "<p>hidden in a canary</p>", "to": [group]});
        rig.handled(&e_house, &canary(Rig::say(&e_house, "Update", &note)));
    }
    let now = rig.number("SELECT COUNT(*) FROM posts WHERE state = 'posted'");
    let hidden = rig.number("SELECT COUNT(*) FROM posts WHERE source LIKE '%hidden in a canary%'");
    rig.report.case(
        "PRV-23",
        "no post came or went by a canary",
        ok(now == posts && hidden == 0, || format!("{posts} became {now}, {hidden} hidden")),
    );
    // Again, rightly: still nothing before W's own test came to its end here.
    rig.settle();
    let from = rig.w.count();
    let id = rig.word("SELECT id FROM partners WHERE origin = $1", &origin).expect("a partner");
    let again = rig.person("chris").post(&format!("/admin/partners/{id}/test"), &[]);
    rig.report.case("PRV-23", "tested again", ok(again.status == 303, || again.text()));
    rig.until("three steps more", |rig| steps(rig, from).len() >= 3);
    let sent = steps(rig, from);
    for (at, said) in sent.iter().enumerate() {
        let mut receipt = Rig::say(&w, "Accept", &said["id"]);
        receipt["@context"] = context["@context"].clone();
        receipt["haven:canary"] = json!(true);
        receipt["haven:outcome"] = json!(if at == 2 { "gone".to_owned() } else { digest(&text(said)) });
        rig.handled(&w, &receipt);
    }
    rig.report.case("PRV-23", "half a test is none", ok(state(rig) == "proposed", || state(rig)));
    let own = Rig::fresh(&rig.w, "canary");
    let note = json!({"id": own, "type": "Note", "attributedTo": w.uri, "content": "<p>abc</p>", "to": [format!("{}/actor", rig.origin)]});
    rig.handled(&w, &canary(Rig::say(&w, "Create", &note)));
    rig.handled(&e_house, &canary(Rig::say(&e_house, "Delete", &json!(own))));
    rig.handled(&w, &canary(Rig::say(&w, "Delete", &json!(Rig::fresh(&rig.w, "canary")))));
    rig.report.case("PRV-23", "another's end of the test is none", ok(state(rig) == "proposed", || state(rig)));
    rig.handled(&w, &canary(Rig::say(&w, "Delete", &json!(own))));
    rig.report.case("PRV-23", "both tests, by the right houses", ok(state(rig) == "active", || state(rig)));
}

fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref())
}

/// Nobody confirms for another, nor what it never got.
fn receipts(rig: &mut Rig) {
    let (anna, group) = (rig.personas["anna"].clone(), rig.group("G-EP"));
    let post = rig.house.text(&["post", "create", "--group", &group.id, "--as", &anna], "Gone in a moment", "post");
    let only_p = rig.house.text(&["post", "create", "--group", &rig.group("G-P").id, "--as", &anna], "Gone in a moment too", "post");
    rig.settle();
    let from = rig.p.count();
    for gone in [&post, &only_p] {
        rig.house.json(&["post", "delete", gone, "--as", &anna, "--at-once"], "");
    }
    rig.settle();
    let deletion = |rig: &Rig, post: &str| {
        let thing = format!("{}/o/{post}", rig.origin);
        rig.p
            .activities(from)
            .into_iter()
            .find(|said| said.to_string().contains("\"Delete\"") && said.to_string().contains(&thing))
            .map(|said| said["id"].clone())
    };
    let (both, one) = (deletion(rig, &post).expect("a deletion"), deletion(rig, &only_p).expect("a deletion"));
    let confirmed = |rig: &Rig, id: &Value, peer: &str| {
        rig.number(&format!(
            "SELECT COUNT(*) FROM deliveries d JOIN outbox o ON o.seq = d.outbox_seq JOIN partners p ON p.id = d.partner_id
             WHERE o.activity_uri = '{}' AND p.origin = '{peer}' AND d.receipt_at IS NOT NULL",
            id.as_str().expect("an id")
        ))
    };
    let (p, e) = (rig.p.origin.clone(), rig.e.origin.clone());
    let (e_house, eve, sam, den, p_house) = (rig.e_house.clone(), rig.eve.clone(), rig.sam.clone(), rig.den.clone(), rig.p_house.clone());
    for (who, id, what) in [
        (&sam, &both, "of a partner that never got it"),
        (&e_house, &one, "for what only P got"),
        (&eve, &both, "by somebody who is not the house"),
        (&den, &both, "by a group"),
    ] {
        rig.no_effect(("PRV-06", what), who, &Rig::say(who, "Accept", id));
        rig.no_effect(("PRV-06", what), who, &Rig::say(who, "Reject", id));
    }
    let nobody = confirmed(rig, &both, &p) + confirmed(rig, &both, &e) + confirmed(rig, &one, &p);
    rig.report.case("PRV-06", "nothing is confirmed by them", ok(nobody == 0, || format!("{nobody} receipts")));
    for id in [json!(format!("{}/a/never", rig.origin)), json!(Rig::fresh(&rig.e, "a")), Value::Null, json!("")] {
        rig.no_effect(("PRV-06", "a receipt for what was never sent"), &e_house, &Rig::say(&e_house, "Accept", &id));
    }
    rig.handled(&e_house, &Rig::say(&e_house, "Accept", &both));
    let (of_e, of_p) = (confirmed(rig, &both, &e), confirmed(rig, &both, &p));
    rig.report.case("PRV-06", "E confirms for E only", ok(of_e == 1 && of_p == 0, || format!("E {of_e}, P {of_p}")));
    rig.handled(&p_house, &Rig::say(&p_house, "Accept", &json!(format!("{}/a/never", rig.origin))));
    let of_p = confirmed(rig, &both, &p);
    rig.report.case("PRV-06", "and P stays open", ok(of_p == 0, || format!("P {of_p}")));
}

/// Reports and worries of a hostile partner: about what it may not see they say nothing and do nothing.
fn flags(rig: &mut Rig) {
    let (e_house, eve, xeno) = (rig.e_house.clone(), rig.eve.clone(), rig.xeno.clone());
    let flag = |who: &Actor, objects: &Value, worry: bool, summary: &str| {
        let mut said = Rig::say(who, "Flag", objects);
        said["@context"] = json!(["https://www.w3.org/ns/activitystreams", {"haven": "urn:haven:ns#"}]);
        said["summary"] = json!(summary);
        said["content"] = json!("<script>alert(1)</script><p>they said</p>");
        said["haven:worry"] = json!(worry);
        said
    };
    for hidden in ["G-P", "G-PQ", "G-int", "G-inv", "piet"] {
        let there = rig.posts[hidden].1.clone();
        let nowhere = there[..there.len() - 3].to_owned() + "zzz";
        for (worry, summary) in [(false, "hurtful"), (true, "risk"), (false, "appeal")] {
            for several in [false, true] {
                let mut told = Vec::new();
                for thing in [&there, &nowhere] {
                    let objects = if several { json!([thing, rig.e.at("/p/eve"), thing]) } else { json!([thing]) };
                    let said = flag(&e_house, &objects, worry, summary);
                    let from = rig.e.count();
                    rig.no_effect(("ORG-24", "told about what E may not see"), &e_house, &said);
                    let answers: Vec<Value> = rig.e.activities(from).into_iter().map(|said| said["type"].clone()).collect();
                    told.push((rig.became(said["id"].as_str().expect("an id")), answers));
                }
                rig.report.case("AUD-11", "a report about the hidden and the missing", ok(told[0] == told[1], || format!("{told:?}")));
            }
        }
    }
    let seen = rig.posts["G-E"].1.clone();
    rig.no_effect(("ORG-14", "a report by somebody who is not the house"), &eve, &flag(&eve, &json!([seen]), true, "risk"));
    let body = flag(&xeno, &json!([seen]), true, "risk").to_string();
    rig.deny(
        ("SIG-23", "a worry of a stranger"),
        &Pen::post(&xeno, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes()),
        &[401, 403],
        &[],
    );
    for object in [
        Value::Null,
        json!([]),
        json!({}),
        json!(7),
        json!([[seen]]),
        json!(rig.group("G-P").uri),
        json!(rig.origin),
        json!([rig.xeno.uri]),
    ] {
        rig.no_effect(("ORG-29", "a report about nothing"), &e_house, &flag(&e_house, &object, false, "hurtful"));
    }
    // About what it may see it can tell, and not without end; its words are text.
    let cases = rig.number("SELECT COUNT(*) FROM cases");
    let mut became = Vec::new();
    for at in 0..24 {
        let said = flag(&e_house, &json!([seen]), at % 2 == 0, if at % 2 == 0 { "risk" } else { "hurtful" });
        became.push(rig.handled(&e_house, &said));
    }
    let (reports, cases) = (
        rig.number(&format!("SELECT COUNT(*) FROM reports WHERE from_partner <> '' AND post_id = '{}'", rig.posts["G-E"].0)),
        rig.number("SELECT COUNT(*) FROM cases") - cases,
    );
    let bounded = reports <= 20 && cases <= 2 && became.iter().any(|what| what.contains("too-many"));
    rig.report.many(
        "DOS-14",
        "reports of one partner about one post",
        became.len(),
        ok(bounded, || format!("{reports} reports, {cases} cases, {became:?}")),
    );
    let id = rig.word("SELECT id FROM cases WHERE kind = $1 ORDER BY opened_at DESC LIMIT 1", "worry").expect("a case");
    let page = rig.person("moes").get(&format!("/desk/cases/{id}"));
    rig.report.case("WEB-01", "what a partner told", ok(page.status == 200 && !page.text().contains("<script>alert"), || page.text()));
    // A report of ours is answered by the house that was asked, and by no other.
    let den = rig.den.uri.clone();
    let post = rig
        .word("SELECT p.id FROM posts p JOIN groups g ON g.id = p.group_id WHERE g.uri = $1 AND p.state = 'posted' LIMIT 1", &den)
        .expect("a post");
    let from = rig.e.count();
    let told = rig.person("anna").post(&format!("/o/{post}/worry"), &[("category", "risk"), ("words", "I am worried")]);
    rig.report.case("PRV-21", "a worry leaves for the other house", ok(told.status == 303, || told.text()));
    rig.until("the worry", |rig| rig.e.activities(from).iter().any(|said| said["type"] == "Flag"));
    let asked = rig.e.activities(from).into_iter().find(|said| said["type"] == "Flag").expect("a worry");
    let whole = rig.e.since(from).iter().map(crate::peer::Seen::whole).collect::<String>();
    let named = [rig.personas["anna"].clone(), rig.canary("anna"), rig.accounts["anna"].clone(), rig.canary("in-anna")]
        .iter()
        .any(|trace| whole.contains(trace));
    rig.report.case("PRV-21", "and does not say who is worried", ok(!named, || whole));
    let status = |rig: &Rig| rig.word("SELECT status FROM reports WHERE to_flag = $1", asked["id"].as_str().expect("an id"));
    // Outside the hours that E declared the house itself says "nobody on shift" a moment later; only then others have their say.
    rig.settle();
    let (p_house, piet, waits) = (rig.p_house.clone(), rig.piet.clone(), status(rig));
    for who in [&p_house, &piet, &eve, &rig.den.clone(), &rig.w_house.clone()] {
        for verb in ["Accept", "Reject"] {
            let mut said = Rig::say(who, verb, &asked["id"]);
            said["haven:outcome"] = json!("removed");
            rig.no_effect(("ORG-12", "an answer to a worry by another"), who, &said);
        }
    }
    rig.report.case(
        "ORG-12",
        "the worry still waits",
        ok(status(rig) == waits && waits.as_deref() != Some("taken"), || format!("{waits:?} became {:?}", status(rig))),
    );
    rig.handled(&e_house, &Rig::say(&e_house, "Accept", &asked["id"]));
    rig.report.case(
        "ORG-12",
        "the house that was asked answers",
        ok(status(rig).as_deref() == Some("taken"), || format!("{:?}", status(rig))),
    );
}

/// Deletions of what never was: remembered for a time, counted for their partner, and never of another's things.
fn graves(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let group = rig.group("G-E").uri;
    let id = rig.word("SELECT id FROM partners WHERE origin = $1", &rig.e.origin).expect("a partner");
    let counted = |rig: &Rig| {
        (
            rig.number(&format!("SELECT COUNT(*) FROM tombstones WHERE asked_by = '{id}'")),
            rig.number(&format!("SELECT COALESCE(MAX(graves), 0) FROM empty_graves WHERE partner_id = '{id}'")),
        )
    };
    let before = counted(rig);
    let mut said = Vec::new();
    for at in 0..40 {
        let mut delete = Rig::say(&eve, "Delete", &json!(rig.e.at(&format!("/o/never{}", at % 20))));
        delete["audience"] = json!(group);
        said.push(rig.handled(&eve, &delete));
    }
    let now = counted(rig);
    let good = now.0 == now.1 && now.0 - before.0 == 20 && said.iter().all(|what| what == "handled");
    rig.report.many("DOS-22", "deletions of what never was", 40, ok(good, || format!("{before:?} became {now:?}, {said:?}")));
    for thing in [rig.p.at("/o/never"), rig.x.at("/o/never"), format!("{}/o/never", rig.origin), rig.posts["piet"].1.clone()] {
        rig.no_effect(("ORG-07", "a grave for another's thing"), &eve, &Rig::say(&eve, "Delete", &json!(thing)));
        let grave = rig.number(&format!("SELECT COUNT(*) FROM tombstones WHERE uri = '{thing}'"));
        rig.report.case("ORG-07", "and no grave is dug", ok(grave == 0, || thing));
    }
    // At the full number the newest takes the place of the oldest.
    rig.behind(&format!("UPDATE empty_graves SET graves = 10000 WHERE partner_id = '{id}'"));
    let (had, erased) = (counted(rig).0, rig.number("SELECT COUNT(*) FROM erasures"));
    for at in 0..5 {
        rig.handled(&eve, &Rig::say(&eve, "Delete", &json!(rig.e.at(&format!("/o/over{at}")))));
    }
    let (has, listed) = (counted(rig).0, rig.number("SELECT COUNT(*) FROM erasures") - erased);
    rig.report.case(
        "DOS-22",
        "a partner's graves have an end",
        ok(has == had && listed == 0, || format!("{had} became {has}, {listed} listed")),
    );
}

/// PRV-18: exactly what was agreed: a partner without groups reads none, whoever wants it to.
fn grain(rig: &mut Rig) {
    let origin = rig.s.origin.clone();
    let id = rig.word("SELECT id FROM partners WHERE origin = $1", &origin).expect("a partner");
    let (anna, group) = (rig.personas["anna"].clone(), rig.group("G-P"));
    let flows = |rig: &Rig| of_partner(rig, "p.flows", &origin);
    let all = flows(rig);
    let taken = rig.person("chris").post(&format!("/admin/partners/{id}/terms"), &[("directory", "on")]);
    rig.report.case(
        "PRV-18",
        "an agreement without groups",
        ok(taken.status == 303 && flows(rig) == "directory", || format!("{} {}", taken.status, flows(rig))),
    );
    let made = rig
        .house
        .run(&["group", "create", "--name", "Not for S", "--as", &anna, "--reach", "partners", "--partner", &origin, "--json"], "");
    rig.report.case("PRV-18", "no group is made for it", ok(made.code != 0, || made.out));
    let p = rig.word("SELECT id FROM partners WHERE origin = $1", &rig.p.origin).expect("a partner");
    rig.person("anna").post(&format!("/g/{}/readers", group.id), &[("partner", &p), ("partner", &id)]);
    let reads =
        rig.number(&format!("SELECT COUNT(*) FROM audience_partners x JOIN partners p ON p.id = x.partner_id WHERE p.origin = '{origin}'"));
    rig.report.case("PRV-18", "nor opened to it", ok(reads == 0, || format!("{reads} audiences")));
    for (kind, value) in [("groups", "x"), ("media", "on"), ("expires", "tomorrow")] {
        let answer = rig.person("hanna").post(&format!("/admin/partners/{id}/terms"), &[(kind, value)]);
        rig.report.case(
            "PRV-18",
            "terms by a host",
            ok((400..500).contains(&answer.status) && flows(rig) == "directory", || format!("{} {}", answer.status, flows(rig))),
        );
    }
    // A neighbour of the partner is not the partner (exact name and port: also SIG-23).
    let (host, port) = rig.e.origin.rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).expect("a port");
    for near in [
        format!("{host}:{}", port.parse::<u16>().unwrap_or(1) ^ 1),
        format!("http://sub.{}:{port}", &host[7..]),
        host.replace("http", "https"),
    ] {
        let who = rig.eve.with_key_id(&format!("{near}/p/eve#main-key"));
        let body = Rig::create(&rig.eve.clone(), &rig.group("G-E").uri, "from next door").to_string();
        rig.deny(
            ("PRV-18", "a neighbour of a partner"),
            &Pen::post(&who, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes()),
            &[400, 401, 403],
            &[],
        );
    }
    rig.person("chris").post(&format!("/admin/partners/{id}/terms"), &[("groups", "on"), ("media", "on"), ("directory", "on")]);
    rig.report.case("PRV-18", "and back", ok(flows(rig) == all, || flows(rig)));
}

/// PRV-10, PRV-11: a partnership ends while posts are under way; what had left by then arrives, and after it nothing but the closing
/// words goes there.
fn ended(rig: &mut Rig) {
    let (anna, sam, origin) = (rig.personas["anna"].clone(), rig.sam.clone(), rig.s.origin.clone());
    let made = rig.house.json(&["group", "create", "--name", "Vanishing", "--as", &anna, "--reach", "partners", "--partner", &origin], "");
    let (id, uri) = (made["group"].as_str().expect("an id").to_owned(), made["actor"].as_str().expect("an address").to_owned());
    rig.s.serve_actor(&sam);
    let joined = rig.handled(&sam, &Rig::say(&sam, "Follow", &json!(uri)));
    rig.report.case("PRV-10", "a reader at S", ok(joined == "handled", || joined));
    rig.settle();
    let (stop, tries) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (house, beside) = (&rig.house, &*rig);
    let (from, ended, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !stop.load(Ordering::SeqCst) && tries.load(Ordering::SeqCst) < 1000 {
                let done = house.run(&["post", "create", "--group", &id, "--as", &anna, "--json"], &format!("vanishcanary {written}"));
                written += i32::from(done.code == 0);
                tries.fetch_add(1, Ordering::SeqCst);
            }
            written
        });
        beside.until("some posts", |rig| rig.s.log().iter().filter(|seen| seen.body.contains("vanishcanary")).count() > 2);
        let done = house.run(&["partner", "end", &origin, "--json"], "");
        // What was on its way at that moment was let out before; each thing that leaves later is asked about anew.
        beside.silent(&beside.s);
        let (from, so_far) = (beside.s.count(), tries.load(Ordering::SeqCst));
        beside.until("posts after the end", |_| tries.load(Ordering::SeqCst) > so_far + 20 || writer.is_finished());
        stop.store(true, Ordering::SeqCst);
        (from, done.code, writer.join().expect("a number"))
    });
    rig.settle();
    let late: Vec<String> = rig
        .s
        .since(from)
        .iter()
        .filter(|seen| seen.body.contains("vanishcanary") || seen.method == "GET")
        .map(crate::peer::Seen::whole)
        .collect();
    rig.report.case(
        "PRV-11",
        "nothing new after the end",
        ok(ended == 0 && written > 2 && late.is_empty(), || format!("{ended} {written} {late:?}")),
    );
    let other: Vec<Value> = rig
        .s
        .activities(from)
        .into_iter()
        .filter(|said| !said.to_string().contains("\"Delete\"") && said["type"] != "Undo" && said["type"] != "Accept")
        .collect();
    rig.report.case("PRV-10", "only the closing words", ok(other.is_empty(), || format!("{other:?}")));
    for target in [format!("/g/{id}"), format!("/g/{id}/outbox?page=first"), format!("/p/{anna}")] {
        let nowhere = rig.read(&rig.xeno.clone(), "/g/aaaaaaaaaaaaaaaaaaaaaaaaaa").masked();
        let read = rig.read(&sam, &target).masked();
        rig.report.case("PRV-10", "and nothing is served", ok(read == nowhere, || format!("{target}: {read:?}")));
    }
    rig.deny(
        ("PRV-10", "nor taken"),
        &Pen::post(&sam, Scheme::Draft, &rig.authority, "/inbox").write(Rig::create(&sam, &uri, "after the end").to_string().as_bytes()),
        &[401, 403],
        &[],
    );
    Rig::answers(&rig.s, Reply::status(202));
}
