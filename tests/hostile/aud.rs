//! AUD: who may read what. Invisible is the same as nonexistent, to the byte; nothing leaves but to whom it was meant for.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use haven::base::{Id, SystemChance};
use serde_json::{Value, json};

use crate::http::{Answer, Letter};
use crate::peer::Reply;
use crate::pen::{Actor, Pen, Scheme};
use crate::rig::Rig;

/// All of AUD.
pub fn run(rig: &mut Rig) {
    stays_here(rig);
    only_the_partner(rig);
    collections(rig);
    representations(rig);
    spellings(rig);
    facts(rig);
    alike_at_the_door(rig);
    found_or_not(rig);
    caches(rig);
    members_stay_home(rig);
    left(rig);
    shells(rig);
    history(rig);
    dropped(rig);
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

fn random_id() -> String {
    Id::random(&SystemChance).as_str().to_owned()
}

fn reached(rig: &Rig, but: &[&str]) -> Vec<(&'static str, usize)> {
    rig.peers().iter().filter(|peer| !but.contains(&peer.name)).map(|peer| (peer.name, peer.reached())).collect()
}

/// Everything that can be done to a post, by its page and by the command.
fn everything(rig: &Rig, group: &str) {
    let (anna, id) = (rig.personas["anna"].clone(), rig.group(group).id);
    let made = rig.house.text(&["post", "create", "--group", &id, "--as", &anna], "A post that stays, http://127.0.0.5:9/x", "post");
    rig.house.json(&["post", "create", "--group", &id, "--as", &anna, "--reply-to", &made], "An answer that stays");
    rig.house.json(&["post", "edit", &made, "--as", &anna], "Another text that stays");
    let browser = rig.person("anna");
    for (path, fields) in [
        (
            format!("/g/{id}/write"),
            vec![("text", "Written on the page"), ("lang", "en"), ("label", "Walks"), ("saw", "99"), ("agreed", "on")],
        ),
        (format!("/o/{made}/answer"), vec![("text", "Answered on the page"), ("lang", "en"), ("saw", "99"), ("agreed", "on")]),
        (format!("/o/{made}/mark"), vec![("mark", "pin"), ("what", "pin"), ("do", "pin")]),
        (format!("/g/{id}/write"), vec![("text", "A draft"), ("do", "keep")]),
    ] {
        browser.post(&path, &fields);
    }
    rig.house.json(&["post", "delete", &made, "--as", &anna, "--at-once"], "");
    rig.settle();
}

fn stays_here(rig: &mut Rig) {
    rig.settle();
    let before = reached(rig, &[]);
    everything(rig, "G-int");
    everything(rig, "G-inv");
    let now = reached(rig, &[]);
    rig.report.case("AUD-01", "nothing of this house leaves", ok(now == before, || format!("{before:?} became {now:?}")));
}

fn only_the_partner(rig: &mut Rig) {
    let (before, from) = (reached(rig, &["P"]), rig.p.count());
    everything(rig, "G-P");
    rig.settle();
    let (now, told) = (reached(rig, &["P"]), rig.p.activities(from));
    rig.report.case("AUD-02", "only the agreed partner", ok(now == before && !told.is_empty(), || format!("{before:?} became {now:?}")));
    let ids: Vec<&str> = told.iter().filter_map(|said| said["id"].as_str()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    rig.report.case("DOS-27", "one POST for each thing", ok(once.len() == ids.len(), || format!("{ids:?}")));
    let from = rig.p.count();
    let text = format!("Hello @quinn and [quinn]({}) @quinn@127.0.0.3 {}", rig.quinn.uri, rig.xeno.uri);
    let (id, anna) = (rig.group("G-P").id, rig.personas["anna"].clone());
    rig.house.json(&["post", "create", "--group", &id, "--as", &anna], &text);
    rig.settle();
    let now = reached(rig, &["P"]);
    let told = rig.p.activities(from);
    let tagged = told.iter().any(|said| {
        let tags = said.pointer("/object/object/tag").map(ToString::to_string).unwrap_or_default();
        let to = format!("{}{}", said["to"], said.pointer("/object/object/to").unwrap_or(&Value::Null));
        tags.contains("http") || to.contains("quinn") || !said["cc"].is_null() && said["cc"].to_string().contains("quinn")
    });
    rig.report.case("AUD-03", "a mention is no delivery", ok(now == before && !tagged && !told.is_empty(), || format!("{told:?}")));
    for said in &told {
        let hidden = said.to_string();
        let wide = ["bto", "bcc", "#Public"].iter().any(|word| hidden.contains(word));
        let own = [said["to"].clone(), said.pointer("/object/object/to").cloned().unwrap_or_default()];
        let group = rig.group("G-P").uri;
        let only =
            own.iter().all(|to| to.as_array().is_none_or(|to| to.iter().all(|to| to.as_str().is_some_and(|to| to.starts_with(&group)))));
        rig.report.case("AUD-25", "addressed to the group alone", ok(!wide && only, || hidden));
    }
    let browser = rig.person("anna");
    let root = rig.posts["G-P"].0.clone();
    let from = reached(rig, &["P"]);
    for extra in ["reach", "audience", "to", "visibility", "public"] {
        browser.post(
            &format!("/o/{root}/answer"),
            &[("text", "wider?"), ("lang", "en"), ("saw", "99"), ("agreed", "on"), (extra, "everyone")],
        );
    }
    rig.settle();
    let wider = rig.number(
        "SELECT COUNT(*) FROM posts a JOIN posts b ON b.id = a.parent_id WHERE a.audience_id IS NOT NULL AND EXISTS
         (SELECT 1 FROM audience_partners x WHERE x.audience_id = a.audience_id AND NOT EXISTS
          (SELECT 1 FROM audience_partners y WHERE y.audience_id = b.audience_id AND y.partner_id = x.partner_id))",
    );
    rig.report.case("AUD-04", "an answer is never wider", ok(wider == 0 && reached(rig, &["P"]) == from, || format!("{wider} are wider")));
}

/// Who may not read, and of what.
fn outsiders(rig: &Rig) -> Vec<(Option<Actor>, Vec<String>)> {
    let thing = |names: &[&str]| -> Vec<String> {
        names.iter().flat_map(|name| [format!("/g/{}", rig.group(name).id), format!("/o/{}", rig.posts[name].0)]).collect()
    };
    let mut everything = thing(&["G-int", "G-P", "G-PQ", "G-E"]);
    everything.push(format!("/p/{}", rig.personas["anna"]));
    vec![
        (None, everything.clone()),
        (Some(rig.xeno.clone()), everything.clone()),
        (Some(rig.ruth.clone()), everything),
        (Some(rig.quinn.clone()), thing(&["G-int", "G-P", "G-E", "G-EP"])),
        (Some(rig.eve.clone()), thing(&["G-int", "G-P", "G-PQ", "G-inv"])),
        (Some(rig.sam.clone()), [thing(&["G-P", "G-E"]), vec![format!("/p/{}", rig.personas["anna"])]].concat()),
    ]
}

fn ask(rig: &Rig, who: Option<&Actor>, method: &str, target: &str, accept: &str) -> Answer {
    let letter = match who {
        Some(who) => {
            let pen = Pen { method, ..Pen::get(who, Scheme::Draft, &rig.authority, target) };
            // `accept` is covered: signed with what is sent.
            pen.covering(&["(request-target)", "host", "date"]).write(b"").without("accept").with("accept", accept)
        }
        None => Letter::new(method, target).with("host", &rig.authority).with("accept", accept),
    };
    rig.send(&letter)
}

const ACTIVITY: &str = "application/activity+json";

fn collections(rig: &mut Rig) {
    let tails = [
        "",
        "/outbox",
        "/followers",
        "/following",
        "/members",
        "/featured",
        "/moderators",
        "/replies",
        "/likes",
        "/shares",
        "/inbox",
        "/activity",
        "/participants",
        "/context",
    ];
    let queries = ["", "?page=first", "?page=1", "?page=true&min_id=0", "?max_id=9", "?cursor=a", "?limit=1000000", "?first", "?next=1"];
    for (who, things) in outsiders(rig) {
        for thing in things {
            let mut wrong = Vec::new();
            let mut tried = 0;
            for tail in tails {
                for query in queries.iter().take(if tail.is_empty() || tail == "/outbox" { 9 } else { 2 }) {
                    let target = format!("{thing}{tail}{query}");
                    let (kind, rest) = target[1..].split_once('/').expect("an id");
                    let missing = format!("/{kind}/{}{}", random_id(), &rest[26..]);
                    let there = ask(rig, who.as_ref(), "GET", &target, ACTIVITY);
                    let nowhere = ask(rig, who.as_ref(), "GET", &missing, ACTIVITY);
                    tried += 1;
                    if there.status != 404 || there.masked() != nowhere.masked() {
                        wrong.push(format!("{target}: {there:?} beside {nowhere:?}"));
                    }
                }
            }
            rig.report.many("AUD-06", "lists of what is not for them", tried, ok(wrong.is_empty(), || wrong.join("\n")));
        }
    }
    // For those who may read: a shell without a number, and only one's own people.
    let group = rig.group("G-PQ");
    for (who, others) in [(rig.piet.clone(), "quinn"), (rig.quinn.clone(), "piet")] {
        for tail in ["", "/outbox", "/followers", "/moderators", "/outbox?page=first"] {
            let answer = rig.read(&who, &format!("/g/{}{tail}", group.id));
            let text = answer.text();
            // No number is told; who there is of the asker's own is listed, which is no secret to it.
            let counted = tail == "/outbox" && text.contains("\"totalItems\":") && !text.contains("\"totalItems\":0");
            let leaks = text.contains(&format!("/p/{others}")) || counted;
            rig.report.case(
                "AUD-07",
                "what a member's house reads",
                ok(answer.status == 200 && !leaks, || format!("{tail}: {} {text}", answer.status)),
            );
        }
    }
}

fn representations(rig: &mut Rig) {
    let kinds = [
        ACTIVITY,
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "application/ld+json",
        "application/json",
        "*/*",
        "",
        "text/html",
        "text/html, application/activity+json;q=0.1",
        "application/rss+xml",
        "text/calendar",
        "image/*",
    ];
    for (who, things) in outsiders(rig) {
        for thing in things.iter().take(3) {
            let mut wrong = Vec::new();
            let mut tried = 0;
            let forms = [
                thing.clone(),
                format!("{thing}.json"),
                format!("{thing}/"),
                format!("{thing}?format=json"),
                format!("/{thing}"),
                format!("{thing}/%2e"),
                thing.to_uppercase(),
                format!("{thing}%00"),
                format!("{thing};x"),
                format!("{thing}/activity"),
            ];
            for form in forms {
                for accept in kinds {
                    for method in ["GET", "HEAD"] {
                        let answer = ask(rig, who.as_ref(), method, &form, accept);
                        tried += 1;
                        let told = rig.canaries.values().any(|canary| answer.text().contains(&canary.0));
                        let signs_in = answer.status == 303 && answer.header("location").is_some_and(|to| to.starts_with("/sign-in"));
                        if told || (answer.status != 404 && answer.status != 400 && !signs_in) || (signs_in && accept == ACTIVITY) {
                            wrong.push(format!(
                                "{method} {form} as {accept}: {} {}",
                                answer.status,
                                answer.text().chars().take(200).collect::<String>()
                            ));
                        }
                    }
                }
            }
            rig.report.many("AUD-08", "every form of an address", tried, ok(wrong.is_empty(), || wrong.join("\n")));
        }
    }
    for id in ["", "x", "..", "%2e%2e", "00000000000000000000000000", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "'", "1 OR 1=1", "%00", "🌊", "a/b"] {
        for kind in ["g", "o", "p"] {
            let target = format!("/{kind}/{}", id.replace(' ', "%20"));
            let target: String =
                url::form_urlencoded::byte_serialize(target.as_bytes()).collect::<String>().replace("%2F", "/").replace("%25", "%");
            let odd = ask(rig, Some(&rig.piet.clone()), "GET", &target, ACTIVITY);
            let nowhere = ask(rig, Some(&rig.piet.clone()), "GET", &format!("/{kind}/{}", random_id()), ACTIVITY);
            rig.report.case(
                "AUD-10",
                "an id that is none",
                ok(odd.status == 404 && odd.masked() == nowhere.masked(), || format!("{target}: {odd:?}")),
            );
        }
    }
    let (_, port) = rig.authority.split_once(':').expect("a port");
    let mut answers = Vec::new();
    for name in
        [rig.canary("anna"), rig.personas["anna"].clone(), rig.canary("gone"), "nobody".to_owned(), rig.group("G-P").id, "admin".to_owned()]
    {
        for form in [
            format!("acct:{name}@{}", rig.authority),
            format!("acct:{name}@127.0.0.1"),
            format!("{}/p/{name}", rig.origin),
            format!("!{name}@127.0.0.1:{port}"),
            name.clone(),
        ] {
            let target =
                format!("/.well-known/webfinger?resource={}", url::form_urlencoded::byte_serialize(form.as_bytes()).collect::<String>());
            for who in [None, Some(rig.piet.clone())] {
                answers.push(ask(rig, who.as_ref(), "GET", &target, "application/jrd+json").masked());
            }
        }
    }
    let alike = answers.iter().all(|answer| *answer == answers[0] && answer.status == 404);
    rig.report.many("AUD-09", "WebFinger", answers.len(), ok(alike, || format!("{answers:?}")));
    rig.report.case("ORG-30", "no such door: no handle is looked up or told", ok(alike, String::new));
}

/// One thing has one address: what P may read is nothing in another spelling, and the ledger has one row for it.
fn spellings(rig: &mut Rig) {
    let piet = rig.piet.clone();
    let (thing, group) = (format!("/o/{}", rig.posts["G-P"].0), format!("/g/{}", rig.group("G-P").id));
    let nowhere = rig.read(&piet, &format!("/o/{}", random_id())).masked();
    let plain: Vec<u16> = [thing.clone(), group.clone(), format!("{group}/outbox"), format!("{group}/outbox?page=first")]
        .iter()
        .map(|target| rig.read(&piet, target).status)
        .collect();
    rig.report.case("AUD-08", "as they are written", ok(plain.iter().all(|status| *status == 200), || format!("{plain:?}")));
    let rows = rig.number("SELECT COUNT(*) FROM served");
    let mut wrong = Vec::new();
    let mut forms: Vec<String> = (0..50).map(|at| format!("{thing}?{at}")).collect();
    for whole in [&thing, &group, &format!("{group}/outbox")] {
        forms.extend([
            format!("/{whole}"),
            format!("{whole}/"),
            format!("{whole}//"),
            format!("{whole}?"),
            format!("{whole}?page"),
            format!("{whole}?page="),
        ]);
        forms.extend([
            format!("{whole}?x=y"),
            format!("{whole}?page=first&x"),
            format!("{whole};x"),
            whole.replacen("/g/", "/g//", 1).replacen("/o/", "/o//", 1),
        ]);
    }
    forms.extend([
        format!("{thing}?page=first"),
        format!("{group}?page=first"),
        format!("{group}/outbox?page=%66irst"),
        format!("{group}/followers?page=first"),
    ]);
    for form in &forms {
        let answer = rig.read(&piet, form);
        if answer.masked() != nowhere {
            wrong.push(format!("{form}: {}", answer.status));
        }
    }
    let more = rig.number("SELECT COUNT(*) FROM served") - rows;
    rig.report.many("AUD-08", "another spelling", forms.len(), ok(wrong.is_empty() && more == 0, || format!("{more} rows, {wrong:?}")));
}

/// Changes a request.
type Bend = fn(Letter) -> Letter;

/// AUD-15: who has not proved to be a partner cannot find out who is one, whatever they post.
fn alike_at_the_door(rig: &mut Rig) {
    let body = Rig::say(&rig.eve, "Like", &json!("http://127.0.0.1:1/o/none")).to_string();
    let names: Vec<Actor> = vec![
        rig.xeno.clone(),
        rig.eve.with_key_of(&rig.xeno),
        rig.piet.with_key_of(&rig.xeno),
        rig.ruth.with_key_of(&rig.xeno),
        rig.w_house.with_key_of(&rig.xeno),
        rig.sam.with_key_of(&rig.xeno).with_key_id(&rig.s.at("/p/nobody-at-all#main-key")),
        rig.quinn.with_key_of(&rig.xeno).with_key_id(&rig.q.at("/p/nobody-at-all#main-key")),
    ];
    let bends: [(&str, Bend); 10] = [
        ("as it should be, but for the key", |letter| letter),
        ("no type", |letter| letter.without("content-type")),
        ("another type", |letter| letter.set("content-type", "text/plain")),
        ("compressed", |letter| letter.with("content-encoding", "gzip")),
        ("too long", |letter| letter.with("content-length", "1048577")),
        ("another digest", |letter| letter.set("digest", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")),
        ("another date", |letter| letter.set("date", "Thu, 01 Jan 1970 00:00:00 GMT")),
        ("a date that is none", |letter| letter.set("date", "yesterday")),
        ("a signature that is none", |letter| letter.set("signature", "x")),
        ("another address", |letter| letter.to("/actor/inbox")),
    ];
    for (what, bend) in bends {
        let told: Vec<Answer> = names
            .iter()
            .map(|who| rig.send(&bend(Pen::post(who, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes()))).masked())
            .collect();
        let alike = told.iter().all(|answer| *answer == told[0] && answer.body.is_empty() && answer.status >= 400);
        rig.report.many("AUD-15", "posted in somebody's name", told.len(), ok(alike, || format!("{what}: {told:?}")));
    }
    // Nor by the body: nobody's is waited for. These never come to their end, so that whoever waits answers that it took too long.
    let bodies: Vec<_> = names
        .iter()
        .map(|who| {
            let mut letter = Pen::post(who, Scheme::Draft, &rig.authority, "/inbox").write(body.as_bytes());
            letter.body = b"{".to_vec();
            let bytes = letter.with("content-length", &body.len().to_string()).bytes();
            let address = rig.address;
            std::thread::spawn(move || by_drops(address, &bytes))
        })
        .collect();
    for (who, body) in names.iter().zip(bodies) {
        let status = body.join().expect("an answer").status;
        rig.report.case("AUD-15", "a body that does not come", ok(status == 401, || format!("{}: {status}", who.uri)));
    }
}

/// Sends this and then a byte each second, too slow to come to an end and never still, until there is an answer.
fn by_drops(to: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(to).expect("a connection");
    drop(stream.set_read_timeout(Some(Duration::from_secs(1))));
    stream.write_all(bytes).expect("the head is taken");
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    for _ in 0..120 {
        match stream.read(&mut buffer) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let _written = stream.write_all(b" ");
            }
            Ok(read) if read > 0 => answer.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    Answer::parse(&answer)
}

/// AUD-10: the search for a group by its address says nothing that the group's page does not say.
fn found_or_not(rig: &mut Rig) {
    let names: Vec<&'static str> = rig.groups.keys().copied().collect();
    let mut hidden = 0;
    for who in ["bram", "anna"] {
        let browser = rig.person(who);
        let find = |address: &str| browser.post("/groups/find", &[("address", address)]);
        // The form shows what was typed.
        let told = |address: &str| {
            let answer = find(address);
            (answer.status, answer.header("location").map(str::to_owned), answer.text().replace(address, "TYPED").len())
        };
        for name in &names {
            let group = rig.group(name);
            if browser.get(&format!("/g/{}", group.id)).status != 404 {
                continue;
            }
            hidden += 1;
            for address in [group.uri.clone(), format!("{}#x", group.uri), format!("{}/g/{}", rig.origin, group.id)] {
                let there = told(&address);
                let other = told(&format!("{}/g/{}{}", rig.origin, random_id(), if address.contains('#') { "#x" } else { "" }));
                rig.report.case(
                    "AUD-10",
                    "a hidden group by its address",
                    ok(there == other, || format!("{who} {name}: {there:?} {other:?}")),
                );
            }
        }
    }
    rig.report.case("AUD-10", "there are hidden groups", ok(hidden > 0, || "none".to_owned()));
}

fn facts(rig: &mut Rig) {
    let nowhere = ask(rig, None, "GET", "/nowhere", "application/json").masked();
    let paths = [
        "/nodeinfo/2.0",
        "/nodeinfo/2.1",
        "/.well-known/nodeinfo",
        "/api/v1/instance",
        "/api/v2/instance",
        "/api/v1/instance/peers",
        "/api/v3/site",
        "/robots.txt",
        "/.well-known/host-meta",
        "/actor",
        "/metrics",
        "/healthz",
        "/readyz",
        "/",
        "/help",
        "/partners",
        "/sign-in",
        "/humans.txt",
        "/server-status",
    ];
    for path in paths {
        for accept in ["application/json", "text/html", ACTIVITY] {
            let answer = ask(rig, None, "GET", path, accept);
            let text = format!("{answer:?}") + &answer.text();
            let told: Vec<&str> = rig.peers().iter().filter(|peer| text.contains(&peer.origin)).map(|peer| peer.name).collect();
            let canary = rig.canaries.values().any(|canary| text.contains(&canary.0));
            let version = text.contains(env!("CARGO_PKG_VERSION"))
                || text.to_lowercase().contains("axum")
                || text.contains("hyper")
                || answer.header("server").is_some();
            // The list of partners is a public page of its own: named there, and only there, on purpose.
            let listed = path == "/partners" && answer.status == 200;
            rig.report.case("AUD-15", path, ok((told.is_empty() || listed) && !canary && !version, || format!("{told:?} {text}")));
        }
    }
    for path in [
        "/search",
        "/search?q=x",
        "/api/v1/search",
        "/feed.rss",
        "/feed.ics",
        "/media/x",
        "/stream",
        "/api/v1/streaming",
        "/outbox",
        "/users/anna",
        "/@anna",
        "/upload",
        "/api/v1/media",
        "/bookmarks",
        "/likes",
    ] {
        let case = if path.contains("earch") {
            "AUD-13"
        } else if path.contains("rss") || path.contains("ics") {
            "AUD-14"
        } else if path.contains("media") || path == "/upload" {
            "AUD-12"
        } else if path.contains("stream") {
            "AUD-22"
        } else {
            "AUD-15"
        };
        let answer = ask(rig, None, "GET", path, "application/json");
        rig.report.case(case, "no such door", ok(answer.masked() == nowhere && answer.status == 404, || format!("{path}: {answer:?}")));
    }
    // What Haven does not have: when one of these opens, its case has to be written.
    for (cases, paths) in [
        (&["AUD-23", "DOS-15"] as &[&str], &["/me/mail", "/email", "/email/confirm", "/reset", "/forgot", "/magic-link"] as &[&str]),
        (&["AUD-29"], &["/pass", "/visit", "/visitors", "/rooms", "/room/x"]),
        (&["WEB-29"], &["/auth", "/auth/callback", "/sign-in/oidc", "/oauth/authorize", "/oauth/token", "/saml", "/api/v1/apps"]),
        (&["SSR-15"], &["/proxy", "/image", "/preview", "/embed", "/resolve", "/api/v3/resolve_object", "/authorize_interaction"]),
        (&["DOS-20"], &["/search", "/api/v2/search", "/tags/x"]),
        (&["DOS-19", "DOS-26", "PRV-19", "FLT-06", "FLT-22"], &["/upload", "/media", "/files", "/avatar", "/me/picture", "/api/v2/media"]),
    ] {
        for path in paths {
            for name in ["", "chris"] {
                let get = if name.is_empty() { ask(rig, None, "GET", path, "application/json") } else { rig.person(name).get(path) };
                let post = if name.is_empty() {
                    get.clone()
                } else {
                    rig.person(name).post(path, &[("email", "a@b.test"), ("url", "http://127.0.0.5:1"), ("q", "x")])
                };
                for case in cases {
                    rig.report.case(
                        case,
                        "no such door",
                        ok(get.status == 404 && post.status == 404, || format!("{path}: {} {}", get.status, post.status)),
                    );
                }
            }
        }
    }
    let upload = rig.person("bram").form("/upload", &[("file", "{}")]).with("sec-fetch-site", "same-origin");
    for (method, path) in [("POST", "/upload"), ("PUT", "/media/actor.json"), ("POST", "/api/v1/media"), ("POST", "/me/picture")] {
        let answer = rig.send(&upload.clone().by(method).to(path));
        rig.report.case(
            "ORG-23",
            "no such door: nothing can be uploaded",
            ok(answer.status == 404, || format!("{path}: {}", answer.status)),
        );
    }
    for (name, paths) in [
        ("bram", vec!["/desk", "/admin", "/admin/queue", "/admin/partners", "/admin/help", "/people", "/people/invitations"]),
        ("hanna", vec!["/admin", "/admin/queue", "/admin/partners"]),
    ] {
        for path in paths {
            let answer = rig.person(name).get(path);
            let told = rig.canaries.iter().any(|(what, canary)| what.starts_with("text") && answer.text().contains(&canary.0));
            rig.report.case("AUD-17", path, ok(answer.status == 403 && !told, || format!("{name}: {}", answer.status)));
        }
    }
    for path in ["/desk", "/people"] {
        let text = rig.person("hanna").get(path).text();
        let told =
            rig.canaries.iter().any(|(what, canary)| what.starts_with("text") && *what != "text-G-other" && text.contains(&canary.0));
        rig.report.case("AUD-17", "a host of another group", ok(!told, || text));
    }
}

fn caches(rig: &mut Rig) {
    let target = format!("/o/{}", rig.posts["G-PQ"].0);
    for who in [rig.piet.clone(), rig.quinn.clone(), rig.eve.clone()] {
        for etag in ["*", "\"x\"", "W/\"1\""] {
            let letter = Pen::get(&who, Scheme::Draft, &rig.authority, &target)
                .write(b"")
                .with("if-none-match", etag)
                .with("if-modified-since", &Rig::time(0));
            let answer = rig.send(&letter);
            let expected = if who.uri == rig.eve.uri { 404 } else { 200 };
            let private = answer.header("cache-control").is_some_and(|value| value.contains("no-store"));
            let varies = answer.header("vary").is_some_and(|value| value.to_lowercase().contains("signature"));
            rig.report.case(
                "AUD-16",
                "one's own answer",
                ok(answer.status == expected && private && (varies || expected == 404) && answer.header("etag").is_none(), || {
                    format!("{answer:?}")
                }),
            );
        }
    }
    for (name, status) in [("anna", 200), ("bram", 404)] {
        let answer = rig.person(name).send(&rig.person(name).letter("GET", &target).with("if-none-match", "*"));
        let kept = answer.header("cache-control").is_some_and(|value| value.contains("no-store"));
        rig.report.case("AUD-16", "pages are kept by nobody", ok(answer.status == status && kept, || format!("{name}: {answer:?}")));
    }
}

fn members_stay_home(rig: &mut Rig) {
    // What a member typed about somebody is theirs to say.
    let sent = |peer: &crate::peer::Peer| {
        peer.log().iter().map(|seen| seen.body.clone()).filter(|body| !body.contains("Hello @quinn")).collect::<String>()
    };
    let everything: Vec<(&str, String)> = [&rig.p, &rig.q, &rig.e].iter().map(|peer| (peer.name, sent(peer))).collect();
    let own = [("P", "piet"), ("Q", "quinn"), ("E", "eve")];
    for (peer, bytes) in &everything {
        for (home, name) in own.iter().filter(|(home, _)| home != peer) {
            let told = bytes.contains(&format!("/p/{name}"));
            rig.report.case("AUD-19", "members of other houses", ok(!told, || format!("{peer} knows {name} of {home}")));
        }
        let reads = ["\"View\"", "\"Read\"", "\"Listen\"", "\"Like\""].iter().any(|verb| bytes.contains(verb));
        rig.report.case("AUD-19", "nothing says that somebody read", ok(!reads, || (*peer).to_owned()));
    }
}

fn left(rig: &mut Rig) {
    let (gone, group) = (rig.person("gone"), rig.group("G-int"));
    let persona = rig.personas["gone"].clone();
    assert_eq!(gone.post(&format!("/g/{}/membership", group.id), &[("persona", &persona)]).status, 303);
    let root = rig.posts["G-int"].0.clone();
    assert_eq!(gone.get(&format!("/o/{root}")).status, 200, "a member reads");
    gone.post(&format!("/o/{root}/answer"), &[("text", "draftcanary"), ("do", "keep")]);
    let anna = rig.personas["anna"].clone();
    rig.house.json(
        &["post", "create", "--group", &group.id, "--as", &anna, "--reply-to", &root],
        &format!("Hello @{} aftercanary", rig.canary("gone")),
    );
    assert_eq!(gone.post(&format!("/g/{}/membership/end", group.id), &[("persona", &persona)]).status, 303);
    for path in [
        "/".to_owned(),
        "/groups".to_owned(),
        "/me".to_owned(),
        format!("/g/{}", group.id),
        format!("/o/{root}"),
        format!("/o/{root}/answer"),
        format!("/g/{}/unanswered", group.id),
        format!("/g/{}/people", group.id),
    ] {
        let answer = gone.get(&path);
        let text = answer.text();
        let told = text.contains(&rig.canary("text-G-int")) || text.contains("draftcanary") || text.contains("aftercanary");
        rig.report.case("AUD-18", "after leaving", ok(!told, || format!("{path}: {text}")));
    }
    let answer = gone.post(&format!("/o/{root}/answer"), &[("text", "still here?"), ("lang", "en")]);
    rig.report.case("AUD-18", "writing after leaving", ok(answer.status == 404 || answer.status == 403, || format!("{}", answer.status)));
}

fn shells(rig: &mut Rig) {
    let paths: Vec<String> = ["G-int", "G-P", "G-inv"]
        .iter()
        .flat_map(|name| {
            let (group, post) = (rig.group(name).id, rig.posts[name].0.clone());
            [
                format!("/g/{group}"),
                format!("/g/{group}/about"),
                format!("/o/{post}"),
                format!("/o/{post}/answer"),
                format!("/g/{group}/people"),
            ]
        })
        .collect();
    for path in paths {
        let answer = ask(rig, None, "GET", &path, "text/html");
        let (kind, rest) = path[1..].split_once('/').expect("an id");
        let missing = format!("/{kind}/{}{}", random_id(), &rest[26..]);
        let nowhere = ask(rig, None, "GET", &missing, "text/html");
        let masked = |answer: &Answer, id: &str| format!("{:?} {}", answer.masked().headers, answer.text()).replace(id, "ID");
        let same = masked(&answer, &rest[..26]) == masked(&nowhere, &missing[3..29]);
        let told = rig.canaries.values().any(|canary| format!("{answer:?}{}", answer.text()).contains(&canary.0));
        rig.report.case("AUD-21", "a private page for a stranger", ok(same && !told, || format!("{path}: {answer:?} beside {nowhere:?}")));
    }
}

/// AUD-20, AUD-26, AUD-27: who comes later gets what comes later.
fn history(rig: &mut Rig) {
    let anna = rig.personas["anna"].clone();
    let partner = |rig: &Rig, origin: &str| rig.word("SELECT id FROM partners WHERE origin = $1", origin).expect("a partner");
    let (p, q) = (partner(rig, &rig.p.origin), partner(rig, &rig.q.origin));
    let made = rig.house.json(&["group", "create", "--name", "Late", "--as", &anna, "--reach", "partners", "--partner", &rig.p.origin], "");
    let (id, uri) = (made["group"].as_str().expect("an id").to_owned(), made["actor"].as_str().expect("an address").to_owned());
    {
        let who = rig.piet.clone();
        assert_eq!(rig.handled(&who, &Rig::say(&who, "Follow", &json!(uri))), "handled");
    }
    let write = |rig: &Rig, text: &str, to: Option<&str>| {
        let mut args = vec!["post", "create", "--group", &id, "--as", &anna];
        args.extend(to.iter().flat_map(|to| ["--reply-to", *to]));
        rig.house.text(&args, text, "post")
    };
    let old = write(rig, "oldcanary", None);
    let browser = rig.person("anna");
    let from = rig.q.count();
    assert_eq!(browser.post(&format!("/g/{id}/readers"), &[("partner", &p), ("partner", &q)]).status, 303);
    assert_eq!(rig.handled(&rig.quinn.clone(), &Rig::say(&rig.quinn.clone(), "Follow", &json!(uri))), "handled");
    let reply = write(rig, "replycanary", Some(&old));
    let new = write(rig, "newcanary", None);
    rig.settle();
    let told: String = rig.q.since(from).iter().map(|seen| seen.body.clone()).collect();
    rig.report.case(
        "AUD-26",
        "posts from before",
        ok(!told.contains("oldcanary") && !told.contains("replycanary") && told.contains("newcanary"), || told),
    );
    let quinn = rig.quinn.clone();
    let outbox = rig.read(&quinn, &format!("/g/{id}/outbox?page=first")).text();
    rig.report.case(
        "AUD-26",
        "history",
        ok(!outbox.contains("oldcanary") && !outbox.contains("replycanary") && outbox.contains("newcanary"), || outbox),
    );
    for (post, seen) in [(&old, 404), (&reply, 404), (&new, 200)] {
        let answer = rig.read(&quinn, &format!("/o/{post}"));
        rig.report.case("AUD-20", "a thread below what is not there", ok(answer.status == seen, || format!("{}", answer.status)));
    }
    let mut answer = Rig::create(&quinn, &uri, "answer to the unseen");
    let old_uri = format!("{}/o/{old}", rig.origin);
    answer["object"]["inReplyTo"] = json!(old_uri);
    rig.no_effect(("AUD-20", "an answer to what is not there for them"), &quinn, &answer);
    // The group comes home.
    let from = rig.p.count();
    assert_eq!(browser.post(&format!("/g/{id}/readers"), &[("x", "y")]).status, 303);
    rig.settle();
    let told = rig.p.activities(from).iter().any(|said| said["type"] == "Update");
    rig.report.case("AUD-27", "the partner is told", ok(told, || format!("{:?}", rig.p.activities(from))));
    let from = (rig.p.count(), rig.q.count());
    let last = write(rig, "lastcanary", None);
    write(rig, "lastanswercanary", Some(&new));
    rig.settle();
    let sent: String = rig.p.since(from.0).iter().chain(&rig.q.since(from.1)).map(|seen| seen.body.clone()).collect();
    rig.report.case("AUD-27", "nothing goes out any more", ok(!sent.contains("canary"), || sent));
    for target in [
        format!("/g/{id}"),
        format!("/g/{id}/outbox?page=first"),
        format!("/g/{id}/followers"),
        format!("/o/{last}"),
        format!("/o/{new}"),
        format!("/o/{old}"),
    ] {
        let nowhere = rig.read(&rig.piet.clone(), &format!("/o/{}", random_id())).masked();
        let answer = rig.read(&rig.piet.clone(), &target).masked();
        rig.report.case("AUD-27", "and nothing is served", ok(answer == nowhere, || format!("{target}: {answer:?}")));
    }
    let from = rig.p.count();
    assert_eq!(browser.post(&format!("/g/{id}/readers"), &[("partner", &p)]).status, 303);
    rig.settle();
    let outbox = rig.read(&rig.piet.clone(), &format!("/g/{id}/outbox?page=first")).text();
    let left: String = rig.p.since(from).iter().map(|seen| seen.body.clone()).collect();
    rig.report.case(
        "AUD-27",
        "what was written at home stays",
        ok(!outbox.contains("lastcanary") && !left.contains("lastcanary"), || outbox),
    );
}

/// AUD-28: a partner is taken out of one group while it could not be reached.
fn dropped(rig: &mut Rig) {
    let anna = rig.personas["anna"].clone();
    let group = rig.group("G-PQ");
    rig.settle();
    let tried = rig.q.count();
    Rig::answers(&rig.q, Reply::status(503));
    for at in 0..30 {
        rig.house.json(&["post", "create", "--group", &group.id, "--as", &anna], &format!("droppedcanary {at}"));
    }
    rig.until("a try", |rig| rig.q.since(tried).iter().any(|seen| seen.body.contains("droppedcanary")));
    let p = rig.word("SELECT id FROM partners WHERE origin = $1", &rig.p.origin).expect("a partner");
    assert_eq!(rig.person("anna").post(&format!("/g/{}/readers", group.id), &[("partner", &p)]).status, 303);
    // A try that was under way at that moment is not what is meant.
    rig.silent(&rig.q);
    let from = rig.q.count();
    Rig::answers(&rig.q, Reply::status(202));
    rig.caught_up(&rig.q);
    rig.settle();
    let told = rig.q.count() > from;
    let sent: String = rig.q.since(from).iter().map(|seen| seen.body.clone()).collect();
    let p_has = rig.p.log().iter().filter(|seen| seen.body.contains("droppedcanary")).count();
    let stays = told && !sent.contains("droppedcanary");
    rig.report.case(
        "AUD-28",
        "what waited for Q stays here",
        ok(stays, || format!("{told} {}", sent.chars().take(600).collect::<String>())),
    );
    rig.report.case("AUD-28", "and P has all of it", ok(p_has == 30, || format!("{p_has}")));
}
