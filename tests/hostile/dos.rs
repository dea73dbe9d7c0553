//! DOS: too much of everything, from a partner that may speak.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::peer::{Content, Reply};
use crate::pen::{Actor, Pen, Scheme};
use crate::rig::Rig;

/// All of DOS that is not measured by the load command.
pub fn run(rig: &mut Rig) {
    // They drip beside everything else, so that pages and partners are looked at meanwhile.
    let drips = drips(rig);
    bodies(rig);
    shapes(rig);
    hostile_answers(rig);
    words(rig);
    paging(rig);
    toggles(rig);
    other_protocols(rig);
    flood(rig);
    logins(rig);
    dripped(rig, drips);
}

type Drip = (&'static str, Duration, std::thread::JoinHandle<Option<Duration>>);

/// DOS-06: connections that send a byte a second, heads and bodies, and some that stop in the middle. Each says how long it was
/// held; `None`: for ever.
fn drips(rig: &Rig) -> Vec<Drip> {
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\ncontent-length: 900\r\n\r\n",
        rig.authority
    );
    let kinds: [(&'static str, String, bool, u64); 4] = [
        ("a head by drops", "GET / HTTP/1.1\r\n".to_owned(), true, 10),
        ("a head that stops", format!("GET / HTTP/1.1\r\nhost: {}\r\n", rig.authority), false, 10),
        ("a body that stops", format!("{head}name="), false, 10),
        ("a body by drops", format!("{head}name="), true, 30),
    ];
    let mut drips = Vec::new();
    for (what, begin, drops, limit) in kinds {
        for _ in 0..16 {
            let (address, begin) = (rig.address, begin.clone());
            let held = move || {
                let mut stream = TcpStream::connect(address).ok()?;
                let begun = Instant::now();
                drop(stream.set_read_timeout(Some(Duration::from_secs(1))));
                stream.write_all(begin.as_bytes()).ok()?;
                while begun.elapsed() < Duration::from_mins(3) {
                    if drops && stream.write_all(b"x").is_err() {
                        return Some(begun.elapsed());
                    }
                    match stream.read(&mut [0; 512]) {
                        Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
                        _ => return Some(begun.elapsed()),
                    }
                }
                None
            };
            drips.push((what, Duration::from_secs(limit), std::thread::spawn(held)));
        }
    }
    drips
}

fn dripped(rig: &mut Rig, drips: Vec<Drip>) {
    for (what, limit, drip) in drips {
        let held = drip.join().expect("a duration");
        // A minute beside the limit for a machine that has much to do: who is not cut off drips on for ever.
        let good = held.is_some_and(|held| held < limit + Duration::from_mins(1));
        rig.report.case("DOS-06", what, ok(good, || format!("held for {held:?}")));
    }
    rig.report.case("DOS-06", "the house goes on", ok(alive(rig), || "a page fails".to_owned()));
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

/// Whether a page is there.
fn alive(rig: &Rig) -> bool {
    let answer = rig.person("bram").get("/groups");
    answer.status == 200
}

/// How long a page takes that is there.
fn page(rig: &Rig) -> Duration {
    let begun = Instant::now();
    assert!(alive(rig), "a page fails");
    begun.elapsed()
}

/// A page while something else is under way: it comes before that has ended, or at least in a time that only a wait would explain.
fn page_meanwhile(rig: &Rig, usual: Duration, under_way: impl Fn() -> bool) -> Result<(), String> {
    let begun = Instant::now();
    let there = alive(rig);
    let took = begun.elapsed();
    let quick = under_way() || took < usual * 20 + Duration::from_secs(10);
    ok(there && quick, || format!("{there} after {took:?}, else {usual:?}"))
}

fn bodies(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let small = Rig::say(&eve, "Like", &json!("x")).to_string();
    let letter = Pen::post(&eve, Scheme::Draft, &rig.authority, "/inbox").write(small.as_bytes());
    for length in ["1073741824", "1048577", "18446744073709551615", "99999999999999999999", "-1"] {
        let announced = letter.clone().with("content-length", length);
        rig.deny(("DOS-01", "an announced gigabyte"), &announced, &[400, 413, 431], &[]);
    }
    let big = vec![b' '; (1 << 20) + 1];
    rig.deny(("DOS-01", "a megabyte and a byte"), &Pen::post(&eve, Scheme::Draft, &rig.authority, "/inbox").write(&big), &[413], &[]);
    for (case, who, statuses) in [("DOS-01", rig.eve.clone(), [413, 0]), ("SIG-23", rig.xeno.clone(), [401, 0])] {
        // Chunks without an end: cut off when it is enough, or before.
        let head = Pen::post(&who, Scheme::Draft, &rig.authority, "/inbox")
            .write(small.as_bytes())
            .with("transfer-encoding", "chunked")
            .body("")
            .bytes();
        let before = rig.digest();
        let mut stream = TcpStream::connect(rig.address).expect("a connection");
        drop(stream.set_read_timeout(Some(Duration::from_mins(2))));
        let mut sent = stream.write_all(&head).is_ok();
        let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 65_536], b"\r\n".to_vec()].concat();
        let mut chunks = 0;
        while sent && chunks < 4096 {
            sent = stream.write_all(&chunk).is_ok();
            chunks += 1;
        }
        let mut answer = Vec::new();
        let _read = stream.read_to_end(&mut answer);
        let status: u16 = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let outcome = if statuses.contains(&status) && chunks < 1024 {
            rig.unchanged(&before, &[])
        } else {
            Err(format!("{status} after {chunks} chunks"))
        };
        rig.report.case(case, "chunks without an end", outcome);
    }
    for path in ["/sign-in", "/groups", "/me/names"] {
        let letter = rig.person("bram").form(path, &[]).with("sec-fetch-site", "same-origin").body(vec![b'x'; 4 << 20]);
        let answer = rig.send(&letter);
        rig.report.case(
            "DOS-01",
            "a form of four megabytes",
            ok(matches!(answer.status, 0 | 400 | 413), || format!("{path}: {}", answer.status)),
        );
    }
    for coding in ["gzip", "br", "zstd", "deflate", "gzip, gzip", "x-gzip", "compress", "GZIP"] {
        rig.deny(("DOS-04", "a compressed body"), &letter.clone().with("content-encoding", coding), &[415], &[]);
    }
    for kind in [
        "text/plain",
        "application/json",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "application/ld+json",
        "text/html",
        "",
    ] {
        let odd = Pen::post(&eve, Scheme::Draft, &rig.authority, "/inbox")
            .covering(&["(request-target)", "host", "date", "digest"])
            .write(small.as_bytes());
        rig.deny(("DOS-04", "another media type"), &odd.set("content-type", kind), &[415], &[]);
    }
    rig.report.case("DOS-01", "the house goes on", ok(alive(rig), || "a page fails".to_owned()));
}

fn shapes(rig: &mut Rig) {
    let eve = rig.eve.clone();
    let good = Rig::create(&eve, &rig.group("G-E").uri, "shapes");
    let text = good.to_string();
    let nested =
        |open: &str, close: &str, times: usize| text.replacen('{', &format!("{{\"x\":{}1{},", open.repeat(times), close.repeat(times)), 1);
    let list = |item: &str, times: usize| format!("[{}]", vec![item; times].join(","));
    let mut bodies = vec![
        ("DOS-02", "[".repeat(100_000)),
        ("DOS-02", "{\"a\":".repeat(10_000)),
        ("DOS-02", nested("[", "]", 100)),
        ("DOS-02", nested("{\"a\":", "}", 10_000)),
        ("DOS-02", nested("[", "]", 33)),
        ("DOS-03", text.replacen('{', &format!("{{{}", (0..20_000).map(|at| format!("\"k{at}\":1,")).collect::<String>()), 1)),
    ];
    for field in ["to", "cc", "object.tag", "object.attachment", "object.oneOf", "object.to", "bto"] {
        for (item, times) in [("\"http://127.0.0.1:1/p/x\"", 30_000), ("1", 100_000), ("{\"type\":\"Mention\"}", 20_000)] {
            let said = with_list(&good, field, field.trim_start_matches("object."));
            bodies.push(("DOS-03", said.to_string().replace("\"LIST\"", &list(item, times))));
        }
    }
    for field in ["to", "cc"] {
        let said = with_list(&good, field, field);
        let addressees: Vec<String> = (0..65).map(|at| format!("\"http://127.0.0.1:1/p/{at}\"")).collect();
        bodies.push(("DOS-03", said.to_string().replace("\"LIST\"", &format!("[{}]", addressees.join(",")))));
    }
    let mut timed = |case: (&str, &str), body: &str| {
        let letter = Pen::post(&eve, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes());
        let begun = Instant::now();
        rig.deny(case, &letter, &[400, 413], &[]);
        begun.elapsed()
    };
    let mut times = Vec::new();
    for (case, body) in bodies {
        let plain = json!({"x": "x".repeat(body.len())}).to_string();
        let harmless = timed((case, "as long, and nothing in it"), &plain);
        times.push((case, harmless, timed((case, "more than a person says"), &body)));
    }
    for (case, harmless, took) in times {
        rig.report.case(case, "quickly", ok(took < Rig::patience(harmless), || format!("{took:?}, as long as it: {harmless:?}")));
    }
}

fn with_list(good: &Value, field: &str, name: &str) -> Value {
    let mut said = good.clone();
    if field.starts_with("object.") {
        said["object"][name] = json!("LIST");
    } else {
        said[name] = json!("LIST");
    }
    said
}

/// DOS-05, FLT-11: answers that never end, and one that is slow.
fn hostile_answers(rig: &mut Rig) {
    let good = rig.shared(&Actor::new(&rig.s.origin, "/g/slow", "Group", "slow", 6));
    let replies = vec![
        ("without an end", Reply::document(&good).content(Content::Endless)),
        ("an announced gigabyte", Reply::document(&good).with("content-length", "1073741824").content(Content::Endless)),
        ("a megabyte of head", Reply::document(&good).with("x-long", &"x".repeat(300_000))),
        ("a compressed one", Reply::document(&good).with("content-encoding", "gzip")),
        ("a drop at a time", Reply::document(&good).content(Content::Trickle)),
        ("no answer at all", Reply::cut()),
    ];
    let (before, usual) = (rig.digest(), page(rig));
    let mut threads = Vec::new();
    for (at, (what, reply)) in replies.into_iter().enumerate() {
        rig.s.serve(&format!("/g/slow{at}"), reply);
        let (browser, address) = (rig.person("anna"), rig.s.at(&format!("/g/slow{at}")));
        threads.push((
            what,
            std::thread::spawn(move || {
                let begun = Instant::now();
                (browser.post("/groups/find", &[("address", &address)]).status, begun.elapsed())
            }),
        ));
    }
    // The drops end when the house has had enough of them, after twenty seconds.
    let dripping = || threads.iter().any(|(what, thread)| *what == "a drop at a time" && !thread.is_finished());
    let outcome = page_meanwhile(rig, usual, dripping);
    rig.report.case("DOS-05", "pages meanwhile", outcome);
    for (what, thread) in threads {
        let (status, took) = thread.join().expect("an answer");
        // The house ends every request after half a minute, by another answer than this one.
        let outcome = if status == 422 && took < Duration::from_mins(1) {
            rig.unchanged(&before, &[])
        } else {
            Err(format!("{status} after {took:?}"))
        };
        rig.report.case("DOS-05", what, outcome);
    }
}

/// DOS-13, DOS-17, DOS-18, DOS-25: texts that take long to read.
fn words(rig: &mut Rig) {
    let frank = rig.frank.clone();
    let group = rig.group("G-E").uri;
    let anna = rig.canary("anna");
    let before = rig.number("SELECT COUNT(*) FROM post_notices");
    let texts = [
        "<div>".repeat(100_000),
        "<b><i>".repeat(50_000),
        format!("{}x", "<a href='http://127.0.0.1:1/'>".repeat(20_000)),
        "&#x26;&amp".repeat(50_000),
        format!("<p title='{}'>x</p>", "x".repeat(500_000)),
        "http://".repeat(60_000),
        "@".repeat(400_000),
        format!("{} ", format!("@{anna} ").repeat(500)),
        "**".repeat(100_000),
        "[".repeat(200_000),
        "> ".repeat(100_000),
        "`".repeat(200_001),
        "a\u{301}".repeat(100_000),
        "<!--".repeat(100_000),
        "<table><tr><td>".repeat(20_000),
    ];
    // So long takes a text that is as long and in which there is nothing.
    let begun = Instant::now();
    let became = rig.handled(&frank, &Rig::create(&frank, &group, &"word ".repeat(100_000)));
    let harmless = begun.elapsed();
    rig.report.case("DOS-17", "a long text", ok(!became.contains("parked"), || became));
    for (at, text) in texts.iter().enumerate() {
        let mut said = Rig::create(&frank, &group, "x");
        let begun = Instant::now();
        said["object"]["content"] = json!(text);
        if at % 2 == 1 {
            said["object"]["source"] = json!({"mediaType": "text/markdown", "content": text});
        }
        let became = rig.handled(&frank, &said);
        let took = begun.elapsed();
        rig.report.case(
            "DOS-17",
            "a text that takes long",
            ok(took < Rig::patience(harmless) && !became.contains("parked"), || {
                format!("{at}: {became} {took:?}, a plain one {harmless:?}")
            }),
        );
        let longest = rig.number("SELECT COALESCE(MAX(LENGTH(html)), 0) FROM posts");
        rig.report.case("DOS-17", "never longer than twice", ok(longest < 2_200_000, || format!("{longest}")));
        let typed = rig.person("anna").post(
            &format!("/g/{}/write", rig.group("G-int").id),
            &[("text", &text[..text.floor_char_boundary(90_000)]), ("lang", "en"), ("saw", "99"), ("agreed", "on")],
        );
        rig.report.case("DOS-18", "typed on the page", ok(matches!(typed.status, 303 | 422 | 400), || format!("{at}: {}", typed.status)));
    }
    let notices = rig.number("SELECT COUNT(*) FROM post_notices") - before;
    rig.report.case("DOS-13", "one notice for five hundred mentions", ok(notices <= 3, || format!("{notices}")));
    let long = "x".repeat(900_000);
    for field in ["name", "preferredUsername", "summary"] {
        let mut document = Actor::new(&rig.e.origin, "/p/long", "Person", "long", 2).document();
        document[field] = json!(long);
        rig.e.serve("/p/long", Reply::document(&document));
        let who = Actor::new(&rig.e.origin, "/p/long", "Person", "long", 2);
        // A question about somebody new may have to wait for the next minute.
        let (from, begun) = (rig.e.count(), Instant::now());
        let mut answer = rig.post(&who, &Rig::say(&who, "Like", &json!("x")));
        while !rig.e.was_asked("/p/long", from) && answer.status == 401 && begun.elapsed() < Duration::from_mins(3) {
            std::thread::sleep(Duration::from_secs(1));
            answer = rig.post(&who, &Rig::say(&who, "Like", &json!("x")));
        }
        rig.settle();
        let asked = rig.e.was_asked("/p/long", from) || answer.status == 202;
        let stored = rig.number("SELECT COALESCE(MAX(LENGTH(name)), 0) FROM actors");
        rig.report.case(
            "DOS-25",
            field,
            ok(asked && stored <= 400 && answer.status < 500, || format!("{} {asked} {stored}", answer.status)),
        );
    }
}

fn paging(rig: &mut Rig) {
    let (group, den) = (rig.group("G-P").id, rig.group("G-int").id);
    for query in [
        "limit=1000000",
        "limit=-1",
        "before=NaN",
        "before=%00",
        "before=9999999999999999999999",
        "page=-1",
        "page=first&page=x",
        "label=%25",
        "label='",
        "label=%F0%9F%8C%8A",
        "before=' OR 1=1",
        "page=%27%3B--",
        "cursor=🌊",
        "said=x",
        "before=1.x",
        "before=1.00000000000000000000000000",
    ] {
        let query = query.replace(' ', "%20");
        for path in [format!("/g/{den}?{query}"), format!("/people?{query}"), format!("/?{query}"), format!("/g/{den}/people?{query}")] {
            let answer = rig.person("anna").get(&path);
            rig.report.case(
                "DOS-21",
                "an odd page",
                ok(answer.status < 500 && answer.body.len() < 400_000, || format!("{path}: {}", answer.status)),
            );
            rig.report.case(
                "WEB-21",
                "no such door: text in a query is text",
                ok(answer.status < 500, || format!("{path}: {}", answer.status)),
            );
        }
        let answer = rig.read(&rig.piet.clone(), &format!("/g/{group}/outbox?{query}"));
        rig.report.case(
            "DOS-21",
            "an odd page of history",
            ok(matches!(answer.status, 200 | 400 | 404), || format!("{query}: {}", answer.status)),
        );
    }
}

/// DOS-14: joined and left without end; one row for each person, and one notice.
fn toggles(rig: &mut Rig) {
    let frank = rig.frank.clone();
    let group = rig.group("G-E");
    let rows = |rig: &Rig| {
        let count = |table: &str| rig.number(&format!("SELECT COUNT(*) FROM {table}"));
        [count("memberships"), count("guests"), count("post_notices"), count("actors")]
    };
    let before = rows(rig);
    for _ in 0..40 {
        let follow = Rig::say(&frank, "Follow", &json!(group.uri));
        rig.handled(&frank, &follow);
        rig.handled(
            &frank,
            &Rig::say(&frank, "Undo", &json!({"type": "Follow", "id": follow["id"], "actor": frank.uri, "object": group.uri})),
        );
    }
    rig.handled(&frank, &Rig::say(&frank, "Follow", &json!(group.uri)));
    let now = rows(rig);
    rig.report.many(
        "DOS-14",
        "joined and left eighty times",
        81,
        ok(now.iter().zip(before).all(|(now, before)| now - before <= 1), || format!("{before:?} became {now:?}")),
    );
}

/// DOS-24: the house speaks HTTP/1.1 and nothing else; who begins in another way is told so and let go.
fn other_protocols(rig: &mut Rig) {
    let host = rig.authority.clone();
    for (what, bytes) in [
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("an upgrade to HTTP/2", format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n").into_bytes()),
        ("an upgrade to a socket", format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").into_bytes()),
        ("TLS", vec![0x16, 0x03, 0x01, 0x00, 0x05, 1, 0, 0, 1, 3]),
        ("noise", vec![0xff; 4096]),
    ] {
        let answer = crate::http::send(rig.address, &bytes);
        rig.report.case("DOS-24", what, ok(answer.status != 101 && answer.status < 500, || format!("{answer:?}")));
    }
}

/// DOS-08: one partner sends as fast as it can; the others and the pages go on.
fn flood(rig: &mut Rig) {
    let (sam, piet) = (rig.sam.clone(), rig.piet.clone());
    let begun = Instant::now();
    let became = rig.handled(&piet, &Rig::create(&piet, &rig.group("G-P").uri, "before the flood"));
    let usual = begun.elapsed();
    rig.report.case("DOS-08", "another partner before it", ok(became == "handled", || became));
    let letters: Vec<Vec<u8>> = (0..400)
        .map(|_| {
            Pen::post(&sam, Scheme::Draft, &rig.authority, "/inbox")
                .write(Rig::say(&sam, "Like", &json!("x")).to_string().as_bytes())
                .bytes()
        })
        .collect();
    let address = rig.address;
    let threads: Vec<_> = letters
        .chunks(100)
        .map(|part| {
            let part = part.to_vec();
            std::thread::spawn(move || part.iter().map(|bytes| crate::http::send(address, bytes).status).collect::<Vec<_>>())
        })
        .collect();
    let begun = Instant::now();
    let became = rig.handled(&piet, &Rig::create(&piet, &rig.group("G-P").uri, "through the flood"));
    let took = begun.elapsed();
    let quick = threads.iter().any(|thread| !thread.is_finished()) || took < Rig::patience(usual);
    rig.report.case("DOS-08", "another partner", ok(became == "handled" && quick, || format!("{became} {took:?}, else {usual:?}")));
    rig.report.case("DOS-08", "pages", ok(alive(rig), || "a page fails".to_owned()));
    let statuses: Vec<u16> = threads.into_iter().flat_map(|thread| thread.join().expect("answers")).collect();
    let odd: Vec<&u16> = statuses.iter().filter(|status| !matches!(status, 202 | 429 | 503)).collect();
    rig.report.many("DOS-08", "every answer", statuses.len(), ok(odd.is_empty(), || format!("{odd:?}")));
    rig.settle();
}

/// DOS-28: many sign in at once.
fn logins(rig: &mut Rig) {
    let address = rig.address;
    let browser = Browser::new(rig.address, &rig.authority);
    let usual = page(rig);
    let threads: Vec<_> = (0..24)
        .map(|at| {
            let bytes = browser
                .form("/sign-in", &[("name", &format!("nobody{at}")), ("passphrase", "wrong words for this")])
                .with("sec-fetch-site", "same-origin")
                .bytes();
            std::thread::spawn(move || crate::http::send(address, &bytes).status)
        })
        .collect();
    let outcome = page_meanwhile(rig, usual, || threads.iter().any(|thread| !thread.is_finished()));
    rig.report.case("DOS-28", "pages meanwhile", outcome);
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    let odd: Vec<&u16> = statuses.iter().filter(|status| !matches!(status, 422 | 429 | 503)).collect();
    rig.report.many("DOS-28", "wrong passphrases at once", statuses.len(), ok(odd.is_empty(), || format!("{odd:?}")));
}
