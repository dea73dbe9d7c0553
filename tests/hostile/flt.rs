//! FLT: repetition, disorder and lost answers, as far as a peer can cause them. Crashes and disks are told elsewhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::peer::Reply;
use crate::pen::{Pen, Scheme};
use crate::rig::Rig;

/// FLT-10, FLT-12, FLT-14, FLT-15, FLT-16, DOS-16 and SIG-21 over a restart.
pub fn run(rig: &mut Rig) {
    parallel(rig);
    orders(rig);
    lost_answers(rig);
    restart(rig);
    slow_partner(rig);
    told_to_wait(rig);
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

fn note(rig: &Rig, id: &str, text: &str, seconds: i64) -> Value {
    let group = rig.group("G-E").uri;
    json!({"id": id, "type": "Note", "attributedTo": rig.frank.uri, "content": format!("<p>{text}</p>"), "audience": group, "to": [group], "updated": Rig::time(seconds)})
}

fn about(rig: &Rig, verb: &str, object: &Value) -> Value {
    let mut said = Rig::say(&rig.frank, verb, object);
    said["audience"] = json!(rig.group("G-E").uri);
    said["to"] = json!([rig.group("G-E").uri]);
    said
}

/// FLT-14: each activity five times, on five connections at once.
fn parallel(rig: &mut Rig) {
    let frank = rig.frank.clone();
    let id = Rig::fresh(&rig.e, "o");
    let notices = rig.number("SELECT COUNT(*) FROM post_notices");
    let name = rig.canary("anna");
    let create = about(rig, "Create", &note(rig, &id, &format!("Hello @{name}"), 0));
    let update = about(rig, "Update", &note(rig, &id, &format!("Hello again @{name}"), 5));
    let follow = Rig::say(&frank, "Follow", &json!(rig.group("G-E").uri));
    let delete = about(rig, "Delete", &json!(id));
    for (what, said) in [("Create", create), ("Update", update), ("Follow", follow), ("Delete", delete)] {
        let bytes = Pen::post(&frank, Scheme::Draft, &rig.authority, "/inbox").write(said.to_string().as_bytes()).bytes();
        let address = rig.address;
        let threads: Vec<_> = (0..5)
            .map(|_| {
                let bytes = bytes.clone();
                std::thread::spawn(move || crate::http::send(address, &bytes).status)
            })
            .collect();
        let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
        rig.became(said["id"].as_str().expect("an id"));
        rig.settle();
        let uri = said["id"].as_str().expect("an id");
        let rows = rig.number(&format!("SELECT COUNT(*) FROM inbox WHERE activity_uri = '{uri}'"));
        let posts = rig.number(&format!("SELECT COUNT(*) FROM posts WHERE origin_uri = '{id}'"));
        let answers = rig.number(&format!("SELECT COUNT(*) FROM outbox WHERE answers = '{uri}'"));
        let heard = rig.number("SELECT COUNT(*) FROM post_notices") - notices;
        let good = rows == 1 && posts <= 1 && answers <= 1 && heard <= 1 && statuses.iter().all(|status| *status == 202);
        rig.report.many("FLT-14", what, 5, ok(good, || format!("{statuses:?} {rows} {posts} {answers} {heard}")));
    }
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for (at, first) in items.iter().enumerate() {
        let rest: Vec<usize> = items.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, item)| *item).collect();
        all.extend(permutations(&rest).into_iter().map(|rest| [vec![*first], rest].concat()));
    }
    all
}

/// FLT-15, FLT-16: whatever the order, what was deleted does not come back, and the newest text wins.
fn orders(rig: &mut Rig) {
    let frank = rig.frank.clone();
    let mut kept = Vec::new();
    let mut tried = 0;
    for with_delete in [true, false] {
        for order in permutations(if with_delete { &[0, 1, 2, 3] } else { &[0, 1, 2] }) {
            let id = Rig::fresh(&rig.e, "o");
            let parts = [
                about(rig, "Create", &note(rig, &id, "the first text", 0)),
                about(rig, "Update", &note(rig, &id, "the second text", 10)),
                about(rig, "Update", &note(rig, &id, "the third text", 20)),
                about(rig, "Delete", &json!(id)),
            ];
            for at in &order {
                let status = rig.post(&frank, &parts[*at]).status;
                assert_eq!(status, 202);
                rig.became(parts[*at]["id"].as_str().expect("an id"));
            }
            // A late Create, once more, under another name.
            if with_delete {
                rig.post(&frank, &about(rig, "Create", &note(rig, &id, "risen again", 30)));
            }
            tried += 1;
            kept.push((with_delete, order, id));
        }
    }
    // What came too early is tried again after seconds.
    rig.until("what came too early", |rig| {
        rig.number("SELECT COUNT(*) FROM posts WHERE state = 'posted' AND source LIKE '%the third text%'") >= 6
    });
    std::thread::sleep(Duration::from_millis(500));
    let mut wrong = Vec::new();
    for (with_delete, order, id) in kept {
        let state = rig.word("SELECT state || ' ' || source FROM posts WHERE origin_uri = $1", &id).unwrap_or_default();
        let good = if with_delete { !state.starts_with("posted") } else { state == "posted the third text" };
        if !good {
            wrong.push(format!("{order:?}: {state}"));
        }
    }
    rig.report.many("FLT-15", "any order", tried, ok(wrong.is_empty(), || wrong.join(", ")));
    rig.report.many("FLT-16", "a Create after the Delete", 24, ok(!wrong.iter().any(|line| line.contains("risen")), || wrong.join(", ")));
}

/// FLT-10, FLT-12: the answer of a partner is lost, or is no.
fn lost_answers(rig: &mut Rig) {
    let anna = rig.personas["anna"].clone();
    let group = rig.group("G-E").id;
    let write = |rig: &Rig, text: &str| rig.house.text(&["post", "create", "--group", &group, "--as", &anna], text, "post");
    let of = |rig: &Rig, from: usize, text: &str| -> Vec<String> {
        rig.e
            .activities(from)
            .iter()
            .filter(|said| said.to_string().contains(text))
            .filter_map(|said| said["id"].as_str().map(str::to_owned))
            .collect()
    };
    for (case, what, reply) in
        [("FLT-12", "cut off", Reply::cut()), ("FLT-10", "500", Reply::status(500)), ("FLT-10", "502", Reply::status(502))]
    {
        let from = rig.e.count();
        Rig::answers(&rig.e, reply);
        let text = format!("lostanswer {what}");
        write(rig, &text);
        rig.until("the first try", |rig| !of(rig, from, &text).is_empty());
        Rig::answers(&rig.e, Reply::status(202));
        rig.until("the second try", |rig| of(rig, from, &text).len() > 1);
        rig.settle();
        let mut ids = of(rig, from, &text);
        ids.dedup();
        rig.report.case(case, what, ok(ids.len() == 1, || format!("{ids:?}")));
    }
    for status in [404, 400, 422, 410] {
        let from = rig.e.count();
        Rig::answers(&rig.e, Reply::status(status));
        let text = format!("refused{status}");
        write(rig, &text);
        rig.until("a try", |rig| !of(rig, from, &text).is_empty());
        rig.settle();
        Rig::answers(&rig.e, Reply::status(202));
        write(rig, "and on it goes");
        rig.until("what comes behind", |rig| !of(rig, from, "and on it goes").is_empty());
        let tries = of(rig, from, &text).len();
        rig.report.case("FLT-10", "refused for good", ok(tries <= 3, || format!("{status}: {tries} tries")));
    }
}

/// SIG-21, FLT-01: the house dies and comes back; what was taken is there, once.
fn restart(rig: &mut Rig) {
    let piet = rig.piet.clone();
    let before = rig.number("SELECT COUNT(*) FROM posts");
    let said: Vec<Value> = (0..20).map(|at| Rig::create(&piet, &rig.group("G-P").uri, &format!("before the end {at}"))).collect();
    let letters: Vec<_> =
        said.iter().map(|said| Pen::post(&piet, Scheme::Draft, &rig.authority, "/inbox").write(said.to_string().as_bytes())).collect();
    let taken: Vec<u16> = letters.iter().map(|letter| rig.send(letter).status).collect();
    // What a dead worker held is given to the next one after its lease only; that is told with the processes.
    rig.settle();
    rig.house.kill();
    rig.house.start();
    let again: Vec<u16> = letters.iter().map(|letter| rig.send(letter).status).collect();
    for said in &said {
        rig.became(said["id"].as_str().expect("an id"));
    }
    let made = rig.number("SELECT COUNT(*) FROM posts") - before;
    rig.report.many(
        "SIG-21",
        "again after a restart",
        20,
        ok(made == 20 && taken.iter().chain(&again).all(|status| *status == 202), || format!("{made} posts, {taken:?} {again:?}")),
    );
    rig.settle();
}

/// DOS-16: a partner that answers after nineteen seconds, with a pile waiting for it, and that speaks meanwhile.
fn slow_partner(rig: &mut Rig) {
    let (anna, eve) = (rig.personas["anna"].clone(), rig.eve.clone());
    let group = rig.group("G-EP").id;
    rig.settle();
    let (at_e, at_p) = (rig.e.count(), rig.p.count());
    Rig::answers(&rig.e, Reply::status(202).after(Duration::from_secs(19)));
    let mut worst = Duration::ZERO;
    for at in 0..12 {
        let text = format!("slowly, slowly {at}");
        rig.house.json(&["post", "create", "--group", &group, "--as", &anna], &text);
        let begun = Instant::now();
        rig.until("the other partner", |rig| {
            rig.p.since(at_p).iter().any(|seen| seen.body.contains(&text)) || begun.elapsed() > Duration::from_secs(20)
        });
        worst = worst.max(begun.elapsed());
    }
    let begun = Instant::now();
    let became = rig.handled(&eve, &Rig::create(&eve, &rig.group("G-E").uri, "said by a slow house"));
    let inbound = begun.elapsed();
    let page = rig.person("bram").get("/groups").status;
    let waiting = rig.e.since(at_e).iter().filter(|seen| seen.method == "POST").count();
    rig.report.case("DOS-16", "the other partner has it within five seconds", ok(worst < Duration::from_secs(5), || format!("{worst:?}")));
    rig.report.case(
        "DOS-16",
        "the slow one is heard meanwhile",
        ok(became == "handled" && inbound < Duration::from_secs(5) && page == 200, || format!("{became} after {inbound:?}, {page}")),
    );
    rig.report.case("DOS-16", "a few calls wait at the slow one, not all", ok((1..12).contains(&waiting), || format!("{waiting}")));
    Rig::answers(&rig.e, Reply::status(202));
    rig.until("the pile", |rig| rig.e.since(at_e).iter().filter(|seen| seen.body.contains("slowly, slowly 11")).count() == 1);
    rig.settle();
}

/// FLT-10: a partner that asks for quiet gets it. The last word to Q: it asks for an hour.
fn told_to_wait(rig: &mut Rig) {
    let anna = rig.personas["anna"].clone();
    let group = rig.group("G-EP").id;
    let from = rig.e.count();
    Rig::answers(&rig.e, Reply::status(429).with("retry-after", "3600"));
    for at in 0..3 {
        rig.house.json(&["post", "create", "--group", &group, "--as", &anna], &format!("quiet please {at}"));
    }
    rig.until("a try", |rig| rig.e.count() > from);
    std::thread::sleep(Duration::from_secs(4));
    let tries = rig.e.count() - from;
    rig.report.case("FLT-10", "Retry-After", ok(tries == 1, || format!("{tries} tries")));
    let p_has = rig.p.log().iter().filter(|seen| seen.body.contains("quiet please")).count();
    rig.report.case("DOS-16", "the others go on", ok(p_has == 3, || format!("{p_has}")));
}
