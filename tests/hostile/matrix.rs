//! WEB-13, F14: every route of the program, as every kind of asker, against one table. A route that is not in the table fails.

use std::path::Path;

use haven::base::{Id, SystemChance};

use crate::http::{Answer, Letter};
use crate::pen::{Pen, Scheme};
use crate::rig::Rig;

/// Who asks, in the order of the codes: nobody, a member of other groups, a moderator of the house who is not in the group, a
/// host of another group.
const ASKERS: [&str; 4] = ["", "bram", "moes", "hanna"];

/// Method, route, one code for each asker: `O` 2xx · `S` to the sign-in page · `R` 303 elsewhere in the house · `F` 403, `N` 404, `B` 400 or 422, each
/// the same as for an id that never was; small when it is not the same · `U` 401 · `-` allowed, and not done here.
const MATRIX: &[(&str, &str, &str)] = &include!("matrix.in");

/// Every `.route("…")` in the sources, with its methods.
fn routes() -> Vec<(String, String)> {
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for part in text.split(".route(").skip(1) {
            let Some(route) = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
            // The call ends with the parenthesis that closes it.
            let mut depth = 1;
            let end = part.find(|c: char| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let end = &part[..end.unwrap_or(part.len())];
            for (method, word) in
                [("GET", "get"), ("POST", "post"), ("PUT", "put"), ("DELETE", "delete"), ("PATCH", "patch"), ("ANY", "any")]
            {
                let named = [format!(" {word}("), format!(".{word}(")].iter().any(|call| end.contains(call.as_str()));
                if named {
                    found.push((method.to_owned(), route.to_owned()));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The routes of the program with this method.
pub fn with_method(method: &str) -> Vec<String> {
    routes().into_iter().filter(|(known, _)| known == method).map(|(_, route)| route).collect()
}

/// Fills the ids in: those of things that are there, or random ones.
pub fn filled(rig: &Rig, route: &str, there: bool) -> String {
    let random = || Id::random(&SystemChance).as_str().to_owned();
    let id = |id: String| if there { id } else { random() };
    let partner = || rig.word("SELECT id FROM partners WHERE origin = $1", &rig.p.origin).expect("a partner");
    let first = match route {
        _ if route.starts_with("/g/") => rig.group("G-inv").id,
        _ if route.starts_with("/o/") => rig.posts["G-inv"].0.clone(),
        _ if route.starts_with("/p/") || route.starts_with("/me/names") => rig.personas["anna"].clone(),
        _ if route.starts_with("/me/sessions") => {
            rig.word("SELECT id FROM sessions WHERE account_id = $1", &rig.accounts["anna"]).expect("a session")
        }
        _ if route.starts_with("/people/invitations") => {
            rig.word("SELECT id FROM invitations WHERE kind = $1 ORDER BY made_at LIMIT 1", "invite").unwrap_or_else(random)
        }
        _ if route.starts_with("/people") => rig.accounts["chris"].clone(),
        _ => partner(),
    };
    let membership = || rig.word("SELECT id FROM memberships WHERE group_id = $1 LIMIT 1", &rig.group("G-inv").id).expect("a membership");
    route
        .replace("{id}", &id(first))
        .replace("{membership}", &if there { membership() } else { random() })
        .replace("{partner}", &id(partner()))
        .replace("{group}", &id(rig.group("G-inv").id))
        .replace("{thread}", &id(rig.posts["G-inv"].0.clone()))
        .replace("{seq}", "1")
        .replace("{token}", &random())
        .replace("{version}", "x")
        .replace("{name}", "x.css")
        .replace("{section}", "partners")
}

fn asked(rig: &Rig, asker: &str, method: &str, target: &str) -> Answer {
    if asker.is_empty() {
        let letter =
            Letter::new(method, target).with("host", &rig.authority).with("accept", "text/html").with("sec-fetch-site", "same-origin");
        let letter = if method == "POST" {
            letter.with("content-type", "application/x-www-form-urlencoded").body("text=x&lang=en&name=x")
        } else {
            letter
        };
        return rig.send(&letter);
    }
    let person = rig.person(asker);
    if method == "POST" {
        let fields = [
            ("text", "x"),
            ("lang", "en"),
            ("role", "host"),
            ("called", "x y"),
            ("name", "x y"),
            ("word", "x"),
            ("reason", "x"),
            ("days", "1"),
            ("mark", "pin"),
            ("origin", "x"),
            ("address", "x"),
            ("software", "x"),
        ];
        person.post(target, &fields)
    } else {
        person.get(target)
    }
}

/// An answer without the ids that were asked for: a page may hold its own address.
pub fn bare(answer: &Answer, target: &str) -> (u16, Vec<(String, String)>, String) {
    let masked = answer.masked();
    let clean = |text: &str| target.split('/').filter(|part| part.len() == 26).fold(text.to_owned(), |text, id| text.replace(id, "ID"));
    let headers =
        masked.headers.iter().filter(|(name, _)| name != "content-length").map(|(name, value)| (name.clone(), clean(value))).collect();
    (masked.status, headers, clean(&masked.text()))
}

fn code(answer: &Answer, same: bool) -> char {
    let to = answer.header("location").unwrap_or_default();
    match answer.status {
        200..=299 => 'O',
        303 if to.starts_with("/sign-in?") || to == "/sign-in" => 'S',
        303 => 'R',
        403 if same => 'F',
        403 => 'f',
        404 | 405 if same => 'N',
        404 | 405 => 'n',
        400 | 422 if same => 'B',
        400 | 422 => 'b',
        401 => 'U',
        413 | 415 => 'T',
        _ => '?',
    }
}

/// The crawl.
pub fn run(rig: &mut Rig) {
    let known: Vec<(String, String)> = MATRIX.iter().map(|(method, route, _)| ((*method).to_owned(), (*route).to_owned())).collect();
    let routes = routes();
    let missing: Vec<_> = routes.iter().filter(|route| !known.contains(route)).collect();
    let stale: Vec<_> = known.iter().filter(|route| !routes.contains(route)).collect();
    let whole = if missing.is_empty() && stale.is_empty() {
        Ok(())
    } else {
        Err(format!("without a row: {missing:?}; without a route: {stale:?}"))
    };
    rig.report.many("WEB-13", "every route has a row", routes.len(), whole);
    for (method, route) in &routes {
        let row = MATRIX.iter().find(|(m, r, _)| m == method && r == route);
        for (at, asker) in ASKERS.iter().enumerate() {
            let expected = row.and_then(|row| row.2.chars().nth(at)).unwrap_or('?');
            if expected == '-' {
                continue;
            }
            let (target, nowhere) = (filled(rig, route, true), filled(rig, route, false));
            let before = rig.digest();
            let answer = asked(rig, asker, method, &target);
            let beside = asked(rig, asker, method, &nowhere);
            let same = bare(&answer, &target) == bare(&beside, &nowhere);
            let found = code(&answer, same);
            let told = rig.canaries.iter().any(|(what, canary)| {
                let own = what.contains(if asker.is_empty() { "nobody" } else { asker });
                let inside = what.starts_with("text-") && !(*asker == "hanna" && *what == "text-G-other");
                (inside || *what == "G-inv") && !own && answer.text().contains(&canary.0)
            });
            let mut outcome = if found == expected && !told {
                rig.unchanged(&before, &[])
            } else {
                Err(format!("expected {expected}, found {found} ({}), told {told}", answer.status))
            };
            if method == "POST" && found == 'O' {
                outcome = Err(format!("answered {}", answer.status));
            }
            rig.report.case("WEB-13", "the matrix", outcome.map_err(|why| format!("{method} {route} as {asker:?}: {why}")));
        }
    }
    partners(rig);
}

/// The same routes by signed requests of partners that the group is not for: nothing is there.
fn partners(rig: &mut Rig) {
    for who in [rig.piet.clone(), rig.quinn.clone(), rig.eve.clone()] {
        // What a persona of a shared group is told of itself stands elsewhere: its house may read that document.
        for route in with_method("GET").into_iter().filter(|route| route.contains('{') && route != "/p/{id}") {
            let (target, nowhere) = (filled(rig, &route, true), filled(rig, &route, false));
            let read = |rig: &Rig, target: &str| rig.send(&Pen::get(&who, Scheme::Draft, &rig.authority, target).write(b"")).masked();
            let (answer, beside) = (read(rig, &target), read(rig, &nowhere));
            let outcome = if answer.status == 404 && answer == beside {
                Ok(())
            } else {
                Err(format!("{route} as {}: {answer:?} beside {beside:?}", who.name))
            };
            rig.report.case("AUD-10", "every route with an id, as a partner", outcome);
        }
    }
}
