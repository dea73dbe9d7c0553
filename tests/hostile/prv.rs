//! PRV: the scanner. Everything that left the house, everything it wrote down and everything it keeps, for every canary.

use std::os::unix::fs::PermissionsExt;

use crate::house::Engine;
use crate::rig::{PASSPHRASE, Rig};

/// The last class: it looks at what all others caused.
pub fn run(rig: &mut Rig) {
    reports(rig);
    personas(rig);
    looked_at(rig);
    refusals(rig);
    erased(rig);
    egress(rig);
    transport(rig);
    log(rig);
    stored(rig);
    backup(rig);
    scan(rig);
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

/// Where each group's text may be.
fn readers(group: &str) -> &'static [&'static str] {
    match group {
        "G-P" | "G-ask" => &["P"],
        "G-PQ" => &["P", "Q"],
        "G-E" => &["E"],
        "G-EP" => &["E", "P"],
        _ => &[],
    }
}

/// PRV-01: nothing that says who somebody is; content only where it was meant for.
fn egress(rig: &mut Rig) {
    let sinks: Vec<(&str, String)> =
        rig.peers().iter().map(|peer| (peer.name, peer.log().iter().map(crate::peer::Seen::whole).collect::<String>())).collect();
    let canaries: Vec<(&str, String)> = rig.canaries.iter().map(|(what, canary)| (*what, canary.0.clone())).collect();
    for (peer, bytes) in &sinks {
        for (what, canary) in &canaries {
            let group = what.trim_start_matches("text-");
            let allowed = if what.starts_with("in-") {
                false
            } else if ["anna", "vera", "wim"].contains(what) {
                // The names they write under, where they write.
                let where_they_write: &[&str] = match *what {
                    "anna" => &["P", "Q", "E", "S"],
                    "vera" => &["P", "E"],
                    _ => &["P"],
                };
                where_they_write.contains(peer)
            } else if group.starts_with("G-") {
                readers(group).contains(peer)
            } else {
                match group {
                    "piet" | "vera" | "wim" => *peer == "P",
                    "eve" | "frank" | "vera-e" => *peer == "E",
                    _ => false,
                }
            };
            let found = bytes.contains(canary.as_str());
            rig.report.case("PRV-01", what, ok(allowed || !found, || format!("{peer} has the canary of {what}")));
        }
        let accounts = rig.accounts.values().chain(rig.people.values().filter_map(|browser| browser.cookie.as_ref()));
        let secret = accounts.chain([&PASSPHRASE.to_owned()]).any(|secret| bytes.contains(secret.as_str()));
        rig.report.case("PRV-01", "accounts, sessions, passphrases", ok(!secret, || format!("{peer} has one")));
        // ORG-31 as a whole: only words we know.
        let markers = ["oracleMark", "poisonInvented", "poisonBeforeAnswer"].iter().any(|marker| bytes.contains(marker));
        rig.report.case("PRV-02", "nothing that a peer wrote", ok(!markers, || (*peer).to_owned()));
    }
}

/// PRV-04: no trace of who or what is behind.
fn transport(rig: &mut Rig) {
    for peer in rig.peers().map(Clone::clone) {
        for seen in peer.log() {
            let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
            let traces: Vec<&&str> = names
                .iter()
                .filter(|name| {
                    [
                        "cookie",
                        "x-forwarded-for",
                        "via",
                        "received",
                        "forwarded",
                        "x-real-ip",
                        "referer",
                        "from",
                        "server",
                        "x-powered-by",
                        "origin",
                        "authorization",
                    ]
                    .contains(name)
                })
                .collect();
            let agent = seen.header("user-agent");
            let version = agent.contains(env!("CARGO_PKG_VERSION")) || agent.contains("hyper") || agent.chars().any(|c| c.is_ascii_digit());
            let signed = !seen.header("signature").is_empty();
            rig.report.case(
                "PRV-04",
                "a request of ours",
                ok(traces.is_empty() && !version && signed, || format!("{}: {names:?} {agent}", peer.name)),
            );
        }
    }
}

/// PRV-21: a report of a partner's post names the post and the reason, never who reports.
fn reports(rig: &mut Rig) {
    let den = rig.den.uri.clone();
    let post =
        rig.word("SELECT p.id FROM posts p JOIN groups g ON g.id = p.group_id WHERE g.uri = $1 AND p.state = 'posted' LIMIT 1", &den);
    let Some(post) = post else { return rig.report.skip("PRV-21", "no post of a partner's group is here") };
    let anna = rig.person("anna");
    let form = anna.get(&format!("/o/{post}/report")).text();
    let radio = form.split("<input").find(|input| input.contains("name=\"category\"")).unwrap_or_default();
    let category = radio.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
    let answer = anna.post(&format!("/o/{post}/report"), &[("category", &category), ("words", "this hurts somebody"), ("sure", "yes")]);
    rig.report.case(
        "PRV-21",
        "it can be reported",
        ok(answer.status == 303, || format!("{category}: {} {}", answer.status, answer.text())),
    );
    let body = rig.word("SELECT body FROM outbox WHERE verb = $1 ORDER BY seq DESC LIMIT 1", "Flag").unwrap_or_default();
    let named = [rig.personas["anna"].clone(), rig.canary("anna"), rig.accounts["anna"].clone(), rig.canary("in-anna")]
        .iter()
        .any(|trace| body.contains(trace));
    rig.report.case("PRV-21", "who reports is not named", ok(!named && body.contains("/o/"), || body));
}

/// PRV-12: the log at its most talkative.
fn log(rig: &mut Rig) {
    let told = rig.house.told();
    rig.report.case("PRV-12", "the log was written", ok(told.len() > 1000, || format!("{} bytes", told.len())));
    for (what, canary) in rig.canaries.clone() {
        let line = told.lines().find(|line| line.contains(&canary.0)).unwrap_or_default().to_owned();
        rig.report.case("PRV-12", what, ok(line.is_empty(), || line.chars().take(200).collect()));
    }
    let mut secrets: Vec<String> = rig.accounts.values().cloned().collect();
    secrets.extend(
        rig.people
            .values()
            .filter_map(|browser| browser.cookie.as_ref().and_then(|cookie| cookie.split_once('=').map(|(_, token)| token.to_owned()))),
    );
    secrets.extend(rig.posts.values().map(|(id, _)| id.clone()));
    secrets.extend(rig.groups.values().map(|group| group.id.clone()));
    secrets.extend(rig.personas.values().cloned());
    secrets.extend([PASSPHRASE.to_owned(), "203.0.113.".to_owned(), "argon2".to_owned(), "-----BEGIN".to_owned()]);
    secrets.extend(rig.poison.clone());
    for secret in secrets {
        let line = told.lines().find(|line| line.contains(&secret)).unwrap_or_default().to_owned();
        rig.report.case(
            "PRV-12",
            "ids, tokens, addresses",
            ok(line.is_empty(), || format!("{secret}: {}", line.chars().take(300).collect::<String>())),
        );
    }
    let panicked = told.lines().find(|line| line.contains("panicked")).unwrap_or_default().to_owned();
    rig.report.case("FLT-24", "nothing panicked in the whole run", ok(panicked.is_empty(), || panicked));
}

/// PRV-15: what the rows may not hold.
fn stored(rig: &mut Rig) {
    let dump = rig.dump();
    let mut secrets = secrets(rig);
    secrets.push("203.0.113.".to_owned());
    for secret in &secrets {
        rig.report.case("PRV-15", "not in a row", ok(!dump.contains(secret), || secret.clone()));
    }
    // A body that came in is emptied when it was handled.
    let bodies = rig.number("SELECT COUNT(*) FROM inbox WHERE state NOT IN ('new', 'waiting') AND body <> ''");
    rig.report.case("PRV-15", "handled mail is empty", ok(bodies == 0, || format!("{bodies} bodies")));
}

/// PRV-03: what partners see of people are random ids that say nothing, another one for each group a guest is in.
fn personas(rig: &mut Rig) {
    let prefix = format!("{}/p/", rig.origin);
    for peer in rig.peers().map(Clone::clone) {
        let bytes: String = peer.log().iter().map(crate::peer::Seen::whole).collect();
        let ids: std::collections::BTreeSet<&str> = bytes
            .split(prefix.as_str())
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default())
            .collect();
        let known: Vec<&String> = rig.accounts.values().chain(rig.canaries.values().map(|canary| &canary.0)).collect();
        let odd: Vec<&&str> = ids
            .iter()
            .filter(|id| id.len() != 26 || haven::base::Id::parse(id).is_none() || known.iter().any(|known| known.contains(**id)))
            .collect();
        rig.report.many(
            "PRV-03",
            "ids of 130 random bits, nobody's account or name",
            ids.len().max(1),
            ok(odd.is_empty(), || format!("{}: {odd:?}", peer.name)),
        );
    }
    let guests = rig.words(&format!("SELECT g.actor_id || ' ' || m.group_id FROM guests g JOIN actors a ON a.id = g.remote_actor_id JOIN memberships m ON m.actor_id = g.actor_id WHERE a.uri = '{}'", rig.piet.uri));
    let (mut ids, mut groups): (Vec<&str>, Vec<&str>) = guests.iter().filter_map(|row| row.split_once(' ')).unzip();
    for list in [&mut ids, &mut groups] {
        list.sort_unstable();
        list.dedup();
    }
    rig.report.case(
        "PRV-03",
        "another guest persona in each group",
        ok(groups.len() > 1 && ids.len() == groups.len(), || format!("{guests:?}")),
    );
}

/// PRV-13: what staff look at about a person stands in the log with all that NEN 7513 asks for, and the person sees it.
fn looked_at(rig: &mut Rig) {
    let bram = rig.accounts["bram"].clone();
    let before = rig.number("SELECT COUNT(*) FROM audit");
    let seen = rig.person("chris").get(&format!("/people/{bram}"));
    let row = rig.words(&format!("SELECT event || '|' || outcome || '|' || user_id || '|' || role || '|' || responsible || '|' || purpose || '|' || access || '|' || object_kind || '|' || object_id || '|' || client || '|' || ground FROM audit WHERE seq > {before} AND client = '{bram}'"));
    let chris = &rig.accounts["chris"];
    let whole = row.iter().any(|row| {
        row.split('|').all(|field| !field.is_empty())
            && row.starts_with(&format!("looked|done|{chris}|admin|{chris}|"))
            && row.ends_with("admin")
    });
    rig.report.case("PRV-13", "a look at somebody", ok(seen.status == 200 && whole, || format!("{} {row:?}", seen.status)));
    let looks = rig.person("bram").get("/me/looks");
    rig.report.case(
        "PRV-13",
        "who was looked at sees it",
        ok(looks.status == 200 && looks.text().contains("<td data-label"), || looks.text()),
    );
    for (method, path) in [
        ("POST", "/admin/audit"),
        ("DELETE", "/admin/audit"),
        ("PUT", "/admin/audit"),
        ("POST", "/admin/audit/delete"),
        ("DELETE", "/admin/audit/1"),
    ] {
        let rows = rig.number("SELECT COUNT(*) FROM audit");
        let answer = rig.send(&rig.person("chris").form(path, &[("seq", "1")]).by(method).with("sec-fetch-site", "same-origin"));
        let kept = rig.number("SELECT COUNT(*) FROM audit") >= rows;
        rig.report.case(
            "PRV-13",
            "an admin does not change the log",
            ok(kept && matches!(answer.status, 404 | 405), || format!("{method} {path}: {}", answer.status)),
        );
    }
    let holds = rig.house.run(&["audit", "verify", "--json"], "");
    rig.report.case("PRV-13", "the chain holds after all this", ok(holds.code == 0, || format!("{holds:?}")));
}

/// DENY: a refusal of a partner leaves a row with a code and no content, not more than nine of each sort an hour; a stranger leaves none.
fn refusals(rig: &mut Rig) {
    let rows = rig.words(
        "SELECT user_id || '|' || role || '|' || outcome || '|' || object_id || '|' || words FROM audit WHERE event = 'request-refused'",
    );
    let partners = rig.words("SELECT id FROM partners");
    let mut wrong = Vec::new();
    for row in &rows {
        let parts: Vec<&str> = row.splitn(5, '|').collect();
        let (kind, code) = parts[4].split_once(' ').unwrap_or(("", ""));
        let coded = ["signature", "malformed", "forbidden", "rate", "effect", "more"].contains(&kind)
            && code.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c));
        let good = partners.iter().any(|id| id == parts[0])
            && parts[0] == parts[3]
            && ["partner", "unproven"].contains(&parts[1])
            && parts[2] == "refused"
            && coded
            && code.len() < 40;
        if !good {
            wrong.push(row.clone());
        }
    }
    rig.report.many(
        "SIG-25",
        "a row for a refusal, without content",
        rows.len().max(1),
        ok(wrong.is_empty() && !rows.is_empty(), || format!("{} rows, {wrong:?}", rows.len())),
    );
    let e = rig.word("SELECT id FROM partners WHERE origin = $1", &rig.e.origin).expect("a partner");
    for kind in ["unproven|refused|E|signature bad_signature", "partner|refused|E|signature other-actor"] {
        let found = rows.iter().any(|row| row.starts_with(&e) && row.ends_with(&kind.replace('E', &e)));
        rig.report.case("SIG-25", "wrong and right signatures are told apart", ok(found, || format!("{kind}: {rows:?}")));
    }
    // The whole of this suite sent thousands of refused requests; hours are few.
    for partner in &partners {
        let many = rig.number(&format!("SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM audit WHERE event = 'request-refused' AND user_id = '{partner}' AND words NOT LIKE 'more %' GROUP BY role, at / 3600000) counted"));
        rig.report.case("SIG-25", "a flood cannot grow the log", ok(many <= 8, || format!("{many} rows in an hour")));
    }
    let page = rig.person("chris").get("/admin/audit?event=request-refused");
    rig.report.case(
        "SIG-25",
        "an admin reads it in words",
        ok(page.status == 200 && page.text().contains("Not signed rightly"), || page.text()),
    );
}

/// PRV-06, PRV-16, F15: who erased everything is in no row, no index and no page of the file any more.
fn erased(rig: &mut Rig) {
    let gone: Vec<(&str, String)> =
        ["in-vera", "vera", "text-vera", "text-vera-e", "queued-vera"].into_iter().map(|what| (what, rig.canary(what))).collect();
    let begun = std::time::Instant::now();
    let mut left = Vec::new();
    while begun.elapsed() < std::time::Duration::from_mins(5) {
        let dump = rig.dump();
        left = gone
            .iter()
            .filter_map(|(what, canary)| {
                dump.lines()
                    .find(|line| line.contains(canary))
                    .map(|line| format!("{what}: {}", line.chars().take(160).collect::<String>()))
            })
            .collect();
        if left.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    rig.report.many("PRV-06", "no row holds a word of theirs", gone.len(), ok(left.is_empty(), || format!("{left:?}")));
    rig.report.many("PRV-16", "no such door: there is no index beside the rows", gone.len(), ok(left.is_empty(), || format!("{left:?}")));
    if rig.engine == Engine::Sqlite {
        // The file is cleaned a minute after the erasure, or, when somebody was reading just then, half an hour later: only the clock
        // would do that otherwise.
        let mut found = Vec::new();
        while begun.elapsed() < std::time::Duration::from_mins(10) {
            rig.behind("UPDATE jobs SET run_at = 0 WHERE kind = 'ledger-scrub' AND key = 'soon' AND state = 'waiting' AND lease_until = 0");
            rig.settle();
            let whole: String = ["haven.db", "haven.db-wal"].iter().map(|name| file(&rig.house.folder().join(name))).collect();
            found = gone.iter().filter(|(_, canary)| whole.contains(canary)).map(|(what, _)| *what).collect();
            if found.is_empty() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        rig.report.many("PRV-06", "nor a page of the file or its log", gone.len(), ok(found.is_empty(), || format!("{found:?}")));
    }
}

/// A file as text: what is looked for is ASCII, whatever stands around it.
fn file(path: &std::path::Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// What never may stand anywhere but in somebody's head or browser.
fn secrets(rig: &Rig) -> Vec<String> {
    let tokens = rig
        .people
        .values()
        .filter_map(|browser| browser.cookie.as_ref().and_then(|cookie| cookie.split_once('=').map(|(_, token)| token.to_owned())));
    tokens.chain([PASSPHRASE.to_owned()]).chain(rig.poison.clone()).collect()
}

/// PRV-15: a copy of the database. Its words are as readable as the database's (see docs/security); its secrets are not there.
fn backup(rig: &mut Rig) {
    if rig.engine != Engine::Sqlite {
        return;
    }
    let copy = rig.house.folder().join("copy.db");
    rig.house.json(&["backup", copy.to_str().expect("a path")], "");
    let whole = file(&copy);
    rig.report.case("PRV-15", "a backup is the database", ok(whole.len() > 100_000, || format!("{} bytes", whole.len())));
    for secret in secrets(rig) {
        rig.report.case("PRV-15", "not in a backup", ok(!whole.contains(&secret), || secret.clone()));
    }
    rig.report.case("PRV-15", "no open key in a backup", ok(!whole.contains("PRIVATE KEY"), || "a private key".to_owned()));
    let key = file(&rig.house.folder().join("instance.key"));
    let kept = key.lines().map(str::trim).find(|line| line.len() > 20 && whole.contains(line)).is_none() && !key.is_empty();
    rig.report.case("PRV-15", "nor the key that opens them", ok(kept, || format!("the key file of {} bytes", key.len())));
    for what in ["in-vera", "vera", "text-vera", "queued-vera"] {
        rig.report.case("PRV-15", "nor anybody who was erased", ok(!whole.contains(&rig.canary(what)), || what.to_owned()));
    }
    let mode = std::fs::metadata(&copy).map(|about| about.permissions().mode() & 0o777).unwrap_or_default();
    rig.report.case("PRV-15", "and nobody else may read it", ok(mode == 0o600, || format!("{mode:o}")));
}

/// PRV-15, PRV-12, F12: every sink, byte by byte, and how much it was.
fn scan(rig: &mut Rig) {
    let (mut bytes, mut sinks) = (0_usize, Vec::new());
    let canaries: Vec<(&str, String)> = rig.canaries.iter().map(|(what, canary)| (*what, canary.0.clone())).collect();
    let secrets = secrets(rig);
    // Numbers for whoever runs the machine.
    let port = rig.house.metrics.expect("a port");
    let metrics = crate::http::send(
        std::net::SocketAddr::from(([127, 0, 0, 1], port)),
        b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    let names: Vec<String> = rig
        .peers()
        .iter()
        .map(|peer| peer.origin.clone())
        .chain(rig.accounts.values().cloned())
        .chain(rig.personas.values().cloned())
        .collect();
    let told: Vec<&String> = canaries
        .iter()
        .map(|(_, canary)| canary)
        .chain(&secrets)
        .chain(&names)
        .filter(|word| metrics.text().contains(word.as_str()))
        .collect();
    rig.report.case("PRV-12", "the metrics", ok(metrics.status == 200 && told.is_empty(), || format!("{} {told:?}", metrics.status)));
    bytes += metrics.body.len();
    sinks.push("metrics");
    for peer in rig.peers() {
        bytes += peer.log().iter().map(|seen| seen.whole().len()).sum::<usize>();
    }
    sinks.push("eight peers");
    // Everything in the house's own folder, which is also where it would keep temporary files.
    let mut files = vec![rig.house.folder().parent().expect("a folder").to_owned()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let whole = file(&path);
        bytes += whole.len();
        let secret = secrets.iter().find(|secret| whole.contains(secret.as_str()));
        // Words of people are in the database and its copy, and nowhere else.
        let home = name.starts_with("haven.db") || name == "copy.db";
        let canary = canaries.iter().find(|(_, canary)| !home && whole.contains(canary));
        rig.report.case(
            "PRV-15",
            "files of the house",
            ok(secret.is_none() && canary.is_none(), || format!("{name}: {:?} {:?}", secret, canary.map(|(what, _)| what))),
        );
        if !home && !sinks.contains(&"other files") {
            sinks.push("other files");
        }
    }
    sinks.extend(["log at TRACE", "database, its log and its copy"]);
    let dump = rig.dump();
    bytes += dump.len();
    sinks.push("all rows");
    rig.report.note(&format!("scanned {}.{} MB: {}", bytes / 1_000_000, bytes / 100_000 % 10, sinks.join(", ")));
}
