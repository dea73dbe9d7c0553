//! FLT: repetition, disorder and lost answers, as far as a peer can cause them. Crashes and disks are told elsewhere.

use std::time::{Duration, Instant};

use haven::base::{Clock, SystemClock};
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
    let (mut kept, mut ids) = (Vec::new(), Vec::new());
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
                let became = rig.handled(&frank, &parts[*at]);
                assert!(!became.starts_with("answered"), "it was not taken: {became}");
            }
            ids.extend(parts.iter().filter_map(|said| said["id"].as_str().map(str::to_owned)));
            // A late Create, once more, under another name.
            if with_delete {
                let late = about(rig, "Create", &note(rig, &id, "risen again", 30));
                let became = rig.handled(&frank, &late);
                assert!(!became.starts_with("answered"), "it was not taken: {became}");
                ids.extend(late["id"].as_str().map(str::to_owned));
            }
            tried += 1;
            kept.push((with_delete, order, id));
        }
    }
    // What came too early is tried again after seconds, until nothing of it is left.
    let waiting = format!("SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'waiting') AND activity_uri IN ('{}')", ids.join("', '"));
    rig.until("what came too early", |rig| {
        rig.again(&ids);
        rig.number(&waiting) == 0
    });
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
        rig.caught_up(&rig.e);
        let mut ids = of(rig, from, &text);
        let tries = ids.len();
        ids.dedup();
        rig.report.case(case, what, ok(tries > 1 && ids.len() == 1, || format!("{tries} tries of {ids:?}")));
    }
    // A 400 is asked about once more in the other scheme of signatures.
    for (status, most) in [(404, 3), (400, 2), (422, 1), (410, 3)] {
        let from = rig.e.count();
        Rig::answers(&rig.e, Reply::status(status));
        let text = format!("refused{status}");
        write(rig, &text);
        rig.until("a try", |rig| !of(rig, from, &text).is_empty());
        // Said so three times, a partner that is gone would be paused: it is back after the first. The others stay as they are
        // until nothing is tried any more.
        if status == 410 {
            Rig::answers(&rig.e, Reply::status(202));
        }
        rig.caught_up(&rig.e);
        Rig::answers(&rig.e, Reply::status(202));
        write(rig, "and on it goes");
        rig.caught_up(&rig.e);
        let (tries, goes_on) = (of(rig, from, &text).len(), !of(rig, from, "and on it goes").is_empty());
        rig.report.case("FLT-10", "refused for good", ok(goes_on && tries <= most, || format!("{status}: {tries} tries, {goes_on}")));
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

/// DOS-16: a partner that answers after nineteen seconds, with a pile waiting for it, and that speaks meanwhile. Whoever waited for
/// it would wait for an answer of it; a time is looked at only where it gave one.
fn slow_partner(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let group = rig.group("G-EP").id;
    rig.settle();
    let at_e = rig.e.count();
    let timed = |rig: &Rig, text: &str| {
        let (begun, answered) = (Instant::now(), rig.e.answered());
        let became = rig.handled(&eve, &Rig::create(&eve, &rig.group("G-E").uri, text));
        let page = rig.person("bram").get("/groups").status;
        (unanswered(rig, answered), begun.elapsed(), became == "handled" && page == 200)
    };
    let (_, usual_out) = reaches(rig, &group, "quickly, quickly");
    let (_, usual_in, _) = timed(rig, "said by a quick house");
    let patience = |usual: Duration| usual * 10 + Duration::from_secs(10);
    rig.settle();
    Rig::answers(&rig.e, Reply::status(202).after(Duration::from_secs(19)));
    let (mut late, mut most) = (Vec::new(), 0);
    for at in 0..12 {
        let (alone, took) = reaches(rig, &group, &format!("slowly, slowly {at}"));
        if !alone && took > patience(usual_out) {
            late.push(took);
        }
        if at == 0 {
            rig.until("a call that waits at the slow one", |rig| rig.e.held() > 0);
        }
        most = most.max(rig.e.held());
    }
    let (alone, took, well) = timed(rig, "said by a slow house");
    rig.report.case("DOS-16", "the other partner does not wait for it", ok(late.is_empty(), || format!("{late:?}, else {usual_out:?}")));
    rig.report.case(
        "DOS-16",
        "the slow one is heard meanwhile",
        ok(well && (alone || took < patience(usual_in)), || format!("{well} after {took:?}, else {usual_in:?}")),
    );
    rig.report.case("DOS-16", "a few calls wait at the slow one, not all", ok((1..12).contains(&most), || format!("{most}")));
    Rig::answers(&rig.e, Reply::status(202));
    rig.caught_up(&rig.e);
    let whole = rig.e.since(at_e).iter().any(|seen| seen.body.contains("slowly, slowly 11"));
    rig.report.case("DOS-16", "it has the pile in the end", ok(whole, || "the last of it is missing".to_owned()));
    rig.settle();
}

/// Whether E answered nothing since it had answered so much.
fn unanswered(rig: &Rig, answered: usize) -> bool {
    rig.e.answered() == answered
}

/// A post for E and P, until P has it: whether E answered nothing meanwhile, and how long it took.
fn reaches(rig: &Rig, group: &str, text: &str) -> (bool, Duration) {
    let at_p = rig.p.count();
    let answered = rig.e.answered();
    rig.house.json(&["post", "create", "--group", group, "--as", &rig.personas["anna"].clone()], text);
    let begun = Instant::now();
    rig.until("the other partner", |rig| rig.p.since(at_p).iter().any(|seen| seen.body.contains(text)));
    (unanswered(rig, answered), begun.elapsed())
}

/// FLT-10: a partner that asks for quiet gets it. The last word to Q: it asks for an hour.
fn told_to_wait(rig: &mut Rig) {
    let anna = rig.personas["anna"].clone();
    let group = rig.group("G-EP").id;
    rig.settle();
    let from = rig.e.count();
    Rig::answers(&rig.e, Reply::status(429).with("retry-after", "3600"));
    for at in 0..3 {
        rig.house.json(&["post", "create", "--group", &group, "--as", &anna], &format!("quiet please {at}"));
    }
    rig.until("a try", |rig| rig.e.count() > from);
    rig.settle();
    // Without the wish it would be tried again after two seconds, and with it not before an hour is over.
    std::thread::sleep(Duration::from_secs(4));
    let tries = rig.e.count() - from;
    let rests = "SELECT COALESCE(MAX(l.next_at), 0) FROM lanes l JOIN partners p ON p.id = l.partner_id WHERE p.origin = ";
    let rest = rig.number(&format!("{rests}'{}'", rig.e.origin)) - SystemClock.now().millis();
    let long = rest > 30 * 60 * 1000;
    rig.report.case("FLT-10", "Retry-After", ok(tries == 1 && long, || format!("{tries} tries, rests for {rest} ms")));
    let p_has = rig.p.log().iter().filter(|seen| seen.body.contains("quiet please")).count();
    rig.report.case("DOS-16", "the others go on", ok(p_has == 3, || format!("{p_has}")));
}
