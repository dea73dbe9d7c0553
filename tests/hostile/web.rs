//! WEB: pages, forms, sessions and headers, over HTTP as a browser or something like one would.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::Browser;
use crate::http::Letter;
use crate::matrix;
use crate::peer::Reply;
use crate::pen::Actor;
use crate::rig::{PASSPHRASE, Rig};

/// All of WEB but the matrix.
pub fn run(rig: &mut Rig) {
    markup(rig);
    other_sites(rig);
    looking(rig);
    sessions(rig);
    redirects(rig);
    invitations(rig);
    assignment(rig);
    hosts(rig);
    smuggling(rig);
    injection(rig);
    passphrases(rig);
    guessing(rig);
}

fn ok(good: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(why()) }
}

/// What would run in a browser: found by reading the tags as a browser reads them.
fn runs(page: &str) -> Vec<String> {
    const QUIET: [&str; 12] =
        ["script", "svg", "math", "iframe", "object", "embed", "style", "noscript", "template", "base", "frame", "animate"];
    let mut found = Vec::new();
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let ours = (name == "script" && tag.contains("src=\"/assets/")) || tag.starts_with("svg class=\"mark\"");
        if QUIET.contains(&name.as_str()) && !ours {
            found.push(tag.to_owned());
        }
        let mut outside = String::new();
        let mut quoted = None;
        for c in tag.chars() {
            match quoted {
                Some(q) if c == q => quoted = None,
                Some(_) => {}
                None if c == '"' || c == '\'' => quoted = Some(c),
                None => outside.push(c),
            }
        }
        let handler = outside
            .split_ascii_whitespace()
            .skip(1)
            .any(|attribute| attribute.to_lowercase().starts_with("on") || attribute.to_lowercase().starts_with("style="));
        let flat: String = tag.to_lowercase().chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let scheme = ["href=\"javascript", "href=\"data", "href=\"vbscript", "src=\"data:text", "src=\"http", "action=\"http", "href=\"&#"]
            .iter()
            .any(|bad| flat.contains(bad));
        if handler || scheme {
            found.push(tag.to_owned());
        }
    }
    found
}

const VECTORS: [&str; 26] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><animate onbegin=alert(1)></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"java&#10;script:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\" vbscript:x\">x</a>",
    "<a href='//e.test' onclick='alert(1)' style='position:fixed'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<style>@import 'http://127.0.0.5:1/x'</style>",
    "<form action='http://127.0.0.5:1/'><input name=x><button>go</button></form>",
    "<base href='http://127.0.0.5:1/'>",
    "<annotation-xml encoding='text/html'><svg onload=alert(1)></annotation-xml>",
    "</main></body><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "<img src='http://127.0.0.5:1/pixel.png'>",
    "[x](javascript:alert(1))",
    "![x](http://127.0.0.5:1/p.png)",
    "<x onpointerenter=alert(1)>y",
    "{{7*7}} ${7*7} <%= 7*7 %>",
];

/// WEB-01 to WEB-03: in every field that anybody can fill.
fn markup(rig: &mut Rig) {
    let frank = rig.frank.clone();
    let group = rig.group("G-E");
    for vector in VECTORS {
        let mut said = Rig::create(&frank, &group.uri, vector);
        said["object"]["summary"] = json!(vector);
        said["object"]["name"] = json!(vector);
        said["object"]["haven:label"] = json!(vector);
        said["object"]["contentMap"] = json!({"en": vector});
        said["object"]["tag"] = json!([{"type": "Hashtag", "name": vector, "href": "javascript:alert(1)"}]);
        said["object"]["attachment"] = json!([{"type": "Image", "url": "javascript:alert(1)", "mediaType": vector, "name": vector}]);
        rig.handled(&frank, &said);
        rig.person("anna").post(
            &format!("/g/{}/write", group.id),
            &[("text", vector), ("lang", "en"), ("label", vector), ("saw", "99"), ("agreed", "on")],
        );
    }
    // Names: of a guest, of a partner's group, of a partner.
    for (at, vector) in VECTORS.iter().take(6).enumerate() {
        let named = Actor { name: (*vector).to_owned(), ..Actor::new(&rig.e.origin, &format!("/p/named{at}"), "Person", "x", 2) };
        rig.e.serve_actor(&named);
        rig.introduce(&named);
        rig.handled(&named, &Rig::say(&named, "Follow", &json!(group.uri)));
        rig.handled(&named, &Rig::create(&named, &group.uri, "by a name"));
    }
    let mut document = rig.shared(&rig.den);
    for field in ["name", "summary", "haven:hostName", "haven:answeringHours", "haven:rules"] {
        document[field] = json!(VECTORS.join(" "));
    }
    document["updated"] = json!(Rig::time(60));
    let den = rig.den.clone();
    rig.handled(&den, &Rig::say(&den, "Update", &document));
    rig.settle();
    let den_id = rig.word("SELECT id FROM groups WHERE uri = $1", &rig.den.uri).expect("a group");
    let mut paths = vec![
        "/".to_owned(),
        "/groups".to_owned(),
        "/partners".to_owned(),
        format!("/g/{}", group.id),
        format!("/g/{}/unanswered", group.id),
        format!("/g/{}/people", group.id),
        format!("/g/{}/about", group.id),
        format!("/g/{den_id}"),
        format!("/g/{den_id}/about"),
    ];
    let ids = rig.runtime.block_on(async {
        let mut conn = rig.db.read().await.expect("a reader");
        let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM posts WHERE group_id = $1 AND state = 'posted'")
            .bind(group.id.clone())
            .fetch_all(conn.sql())
            .await
            .expect("posts");
        rows
    });
    paths.extend(ids.into_iter().map(|(id,)| format!("/o/{id}")));
    let mut tried = 0;
    let mut wrong = Vec::new();
    for path in paths {
        let answer = rig.person("anna").get(&path);
        tried += 1;
        let found = runs(&answer.text());
        if !found.is_empty() || answer.status >= 500 {
            wrong.push(format!("{path}: {} {found:?}", answer.status));
        }
    }
    for case in ["WEB-01", "WEB-02", "WEB-03"] {
        rig.report.many(case, "what others wrote, on every page", tried, ok(wrong.is_empty(), || wrong.join("\n")));
    }
}

/// WEB-04: every form of the house, from other sites.
fn other_sites(rig: &mut Rig) {
    let chris = rig.person("chris");
    let from: [(&str, &[(&str, &str)]); 8] = [
        ("another site", &[("sec-fetch-site", "cross-site"), ("origin", "http://e.test")]),
        ("a neighbouring site", &[("sec-fetch-site", "same-site")]),
        ("no origin", &[]),
        ("origin null", &[("origin", "null")]),
        ("another origin", &[("origin", "http://e.test")]),
        ("another port", &[("origin", "http://127.0.0.1:1")]),
        ("another page", &[("referer", "http://e.test/")]),
        ("a page that begins like ours", &[("referer", "OURS.e.test/")]),
    ];
    for route in matrix::with_method("POST") {
        if route.ends_with("/inbox") {
            continue;
        }
        let target = matrix::filled(rig, &route, true);
        for (what, headers) in from {
            let mut letter = chris.form(&target, &[("role", "admin"), ("text", "x"), ("called", "x y"), ("name", "x")]);
            for (name, value) in headers {
                letter = letter.with(name, &value.replace("OURS", &rig.origin));
            }
            let before = rig.digest();
            let answer = rig.send(&letter);
            let outcome = if answer.status == 403 && answer.header("set-cookie").is_none() {
                rig.unchanged(&before, &[])
            } else {
                Err(format!("answered {}", answer.status))
            };
            rig.report.case("WEB-04", what, outcome.map_err(|why| format!("{route}: {why}")));
        }
        let reads_none = [
            "/sign-out",
            "/end",
            "/retire",
            "/archive",
            "/reopen",
            "/undo",
            "/withdraw",
            "/drop-change",
            "/seen",
            "/pause",
            "/resume",
            "/let-back",
            "/deactivate",
            "/reactivate",
            "/sign-in-link",
            "/revoke",
            "/retry",
            "/end-others",
            "/link",
            "{token}",
            "/invitations",
            "/restored",
            "/copy/json",
            "/copy/page",
            "/thaw",
            "/freeze",
        ]
        .iter()
        .any(|tail| route.ends_with(tail));
        if !reads_none {
            let plain = chris
                .letter("POST", &target)
                .with("content-type", "text/plain")
                .with("sec-fetch-site", "same-origin")
                .body("{\"role\":\"admin\"}");
            let before = rig.digest();
            let answer = rig.send(&plain);
            let outcome =
                if (400..500).contains(&answer.status) { rig.unchanged(&before, &[]) } else { Err(format!("answered {}", answer.status)) };
            rig.report.case("WEB-04", "JSON as plain text", outcome.map_err(|why| format!("{route}: {why}")));
        }
        // Signed out by nothing but its own button: who they are stays.
        if route == "/sign-out" || route.ends_with("end-others") {
            let mut again = Browser::new(rig.address, &rig.authority);
            again.sign_in(&rig.canary("in-chris"), PASSPHRASE);
            rig.people.insert("chris", again);
        }
    }
}

/// WEB-05, WEB-06, WEB-19, WEB-25: looking changes nothing, and every answer has its headers.
fn looking(rig: &mut Rig) {
    let chris = rig.person("chris");
    let before = rig.digest();
    for route in matrix::with_method("GET") {
        let target = matrix::filled(rig, &route, true);
        for accept in ["text/html", "application/activity+json"] {
            let letter =
                chris.letter("GET", &target).set("accept", accept).with("origin", "http://e.test").with("x-forwarded-for", "203.0.113.9");
            let answer = rig.send(&letter);
            let policy = answer.header("content-security-policy").unwrap_or_default();
            let framed = policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe") && policy.contains("default-src 'none'");
            rig.report.case("WEB-06", &route, ok(framed, || policy.to_owned()));
            let header = |name: &str, value: &str| answer.header(name) == Some(value);
            let all = header("x-content-type-options", "nosniff")
                && header("referrer-policy", "no-referrer")
                && header("cross-origin-opener-policy", "same-origin")
                && header("cross-origin-resource-policy", "same-origin");
            let kept = answer.header("cache-control").is_some_and(|value| value.contains("no-store"))
                || ["/assets", "/icon", "/favicon", "/manifest", "/sw.js", "/help"].iter().any(|public| route.starts_with(public));
            rig.report.case("WEB-19", &route, ok(all && kept && answer.header("server").is_none(), || format!("{answer:?}")));
            let open = answer.headers.iter().any(|(name, _)| name.starts_with("access-control-allow"));
            rig.report.case("WEB-25", &route, ok(!open, || format!("{answer:?}")));
            rig.report.case("WEB-24", "no fault", ok(answer.status < 500, || format!("{route}: {}", answer.status)));
        }
    }
    let outcome = rig.unchanged(&before, &[]);
    rig.report.case("WEB-05", "all pages were looked at", outcome);
    for method in ["OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND"] {
        let letter = chris.letter(method, "/me").with("origin", "http://e.test").with("access-control-request-method", "POST");
        let answer = rig.send(&letter);
        let open = answer.headers.iter().any(|(name, _)| name.starts_with("access-control-allow"));
        rig.report.case("WEB-25", method, ok(!open && answer.status >= 400 && !answer.text().contains("cookie"), || format!("{answer:?}")));
    }
    let faults = [
        "/%ff",
        "/o/%00",
        "/g/..%2f..%2fetc%2fpasswd",
        "/assets/../../Cargo.toml",
        "/assets/x/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/x/%2fetc%2fpasswd",
        "/..%5c..%5c",
    ];
    for path in faults {
        let answer = chris.get(path);
        let told = answer.text().contains("root:")
            || answer.text().contains("passwd")
            || answer.text().contains("[package]")
            || answer.text().contains("panicked");
        rig.report.case("WEB-15", path, ok(matches!(answer.status, 400 | 404) && !told, || format!("{answer:?}")));
    }
    // The same on a house with a name of its own: strict transport, bound cookie.
    secure_house(rig);
}

fn secure_house(rig: &mut Rig) {
    use crate::house::{Engine, House, free_port};
    let mut house = rig.runtime.block_on(House::new(Engine::Sqlite)).expect("SQLite is always there");
    let port = free_port();
    house.settings = vec![("HAVEN_PUBLIC_URL", "https://veld.test".to_owned()), ("HAVEN_LISTEN", format!("127.0.0.1:{port}"))];
    house.start();
    house.json(&["account", "create", "--name", "merel", "--role", "member"], &format!("{PASSPHRASE}\n"));
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let mut merel = Browser::new(address, "veld.test");
    let answer = merel.sign_in("merel", PASSPHRASE);
    let cookie = answer.header("set-cookie").unwrap_or_default().to_owned();
    let bound = cookie.starts_with("__Host-")
        && ["Secure", "HttpOnly", "SameSite=", "Path=/"].iter().all(|part| cookie.contains(part))
        && !cookie.contains("Domain");
    rig.report.case("WEB-20", "the cookie of a house with a name", ok(bound, || cookie));
    let strict = merel.get("/").header("strict-transport-security").unwrap_or_default().to_owned();
    rig.report.case("WEB-19", "strict transport", ok(strict.contains("max-age=63072000"), || strict));
    // PRV-17: nothing was agreed with anybody there: all doors are shut, also for who signs well.
    let shut = |path: &str| {
        crate::http::send(address, &crate::pen::Pen::get(&rig.piet, crate::pen::Scheme::Draft, "veld.test", path).write(b"").bytes())
    };
    for path in ["/g/x", "/o/x", "/p/x", "/.well-known/webfinger?resource=acct:merel@veld.test", "/g/x/outbox"] {
        rig.report.case("PRV-17", path, ok(shut(path).status == 404, || format!("{:?}", shut(path))));
    }
    let said = Rig::say(&rig.piet, "Follow", &json!("https://veld.test/g/x")).to_string();
    let reached = rig.p.reached();
    for scheme in crate::pen::SCHEMES {
        let letter =
            crate::pen::Pen { web: "https", ..crate::pen::Pen::post(&rig.piet, scheme, "veld.test", "/inbox") }.write(said.as_bytes());
        let answer = crate::http::send(address, &letter.bytes());
        rig.report.case("PRV-17", "a stranger's post", ok(answer.status == 401 && rig.p.reached() == reached, || format!("{answer:?}")));
    }
}

fn sessions(rig: &mut Rig) {
    let name = rig.canary("in-gone");
    let mut preset = Browser::new(rig.address, &rig.authority);
    let cookie_name = rig.person("anna").cookie.expect("a cookie").split('=').next().expect("a name").to_owned();
    preset.cookie = Some(format!("{cookie_name}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    let given = preset.cookie.clone();
    let answer = preset.sign_in(&name, PASSPHRASE);
    rig.report.case("WEB-07", "a preset session", ok(preset.cookie != given && preset.cookie.is_some(), || format!("{answer:?}")));
    let cookie = answer.header("set-cookie").unwrap_or_default().to_owned();
    rig.report.case("WEB-20", "not for scripts", ok(cookie.contains("HttpOnly") && cookie.contains("SameSite="), || cookie.clone()));
    let token = preset.cookie.clone().unwrap_or_default().split_once('=').map(|(_, token)| token.to_owned()).unwrap_or_default();
    let kept = rig.dump().contains(&token);
    rig.report.case("WEB-20", "kept as a hash only", ok(!kept && token.len() > 20, || "the token is in the database".to_owned()));
    let old = preset.clone();
    preset.sign_in(&name, PASSPHRASE);
    let alive = |browser: &Browser| browser.get("/me").status == 200;
    let mut again = old.clone();
    let answer = again.post("/sign-in", &[("name", &name), ("passphrase", PASSPHRASE), ("next", "/")]);
    again.keep(&answer);
    rig.report.case("WEB-07", "the old one ends at the next sign-in", ok(!alive(&old) && alive(&again), || format!("{answer:?}")));
    let left = again.clone();
    again.post("/sign-out", &[]);
    rig.report.case("WEB-07", "signed out is out", ok(!alive(&left), || "the session lives".to_owned()));
    // Another session ends when the passphrase changes.
    let (mut one, mut two) = (Browser::new(rig.address, &rig.authority), Browser::new(rig.address, &rig.authority));
    one.sign_in(&name, PASSPHRASE);
    two.sign_in(&name, PASSPHRASE);
    let changed = one
        .post("/me/passphrase", &[("old", PASSPHRASE), ("new", "five rather calm words here"), ("again", "five rather calm words here")]);
    one.keep(&changed);
    rig.report.case(
        "WEB-08",
        "a new passphrase ends the others",
        ok(changed.status == 303 && !alive(&two) && alive(&one), || format!("{changed:?}")),
    );
    let account = rig.accounts["gone"].clone();
    let mut three = Browser::new(rig.address, &rig.authority);
    three.sign_in(&name, "five rather calm words here");
    let rested = rig.person("chris").post(&format!("/people/{account}/deactivate"), &[]);
    rig.report.case(
        "WEB-08",
        "a resting account is out at once",
        ok(rested.status == 303 && !alive(&one) && !alive(&three), || format!("{rested:?}")),
    );
    rig.person("chris").post(&format!("/people/{account}/reactivate"), &[]);
    rig.report.case(
        "WEB-08",
        "and does not come back by an old cookie",
        ok(!alive(&one) && !alive(&three), || "an old cookie works".to_owned()),
    );
    // WEB-27: a role that is taken away counts from the next request.
    let hanna = rig.accounts["hanna"].clone();
    // What the command line made promised nothing; a role is given on a page only after that.
    let promised = rig.person("hanna").post("/me/confidentiality", &[("confidentiality", "on")]);
    rig.report.case("WEB-27", "a promise first", ok(promised.status == 303, || format!("{promised:?}")));
    for (role, status) in [("member", 403), ("host", 200)] {
        let answer = rig.person("chris").post(&format!("/people/{hanna}/role"), &[("role", role)]);
        let mut browser = rig.person("hanna");
        let seen = browser.get("/people");
        browser.keep(&seen);
        rig.people.insert("hanna", browser);
        rig.report.case("WEB-27", role, ok(answer.status == 303 && seen.status == status, || format!("{} {}", answer.status, seen.status)));
    }
    let moes = rig.person("moes").post(&format!("/people/{}/role", rig.accounts["bram"]), &[("role", "admin")]);
    let role = rig.word("SELECT role FROM accounts WHERE id = $1", &rig.accounts["bram"]);
    rig.report.case(
        "WEB-27",
        "a moderator makes no admin",
        ok(moes.status >= 400 && role.as_deref() == Some("member"), || format!("{moes:?}")),
    );
}

fn redirects(rig: &mut Rig) {
    let name = rig.canary("in-bram");
    for next in [
        "//e",
        "/\\e",
        "https:e",
        "https://e.test",
        "%2f%2fe",
        "\t//e",
        "/\t/e",
        "\\\\e",
        "/%09/e",
        "javascript:alert(1)",
        "//e@127.0.0.1",
        "/..//e",
        "///e",
        " //e",
        "/\r\nx: y",
        "http:/e",
        ".e",
        "@e",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        for target in [format!("/sign-in?next={encoded}"), format!("/sign-in?next={next}").replace([' ', '\t', '\r', '\n'], "")] {
            let answer = rig.person("bram").get(&target);
            let to = answer.header("location").unwrap_or_default();
            rig.report.case("WEB-11", next, ok(!leads_away(to), || to.to_owned()));
        }
        let mut browser = Browser::new(rig.address, &rig.authority);
        browser.cookie = None;
        let answer = browser.post("/sign-in", &[("name", &name), ("passphrase", PASSPHRASE), ("next", next)]);
        let to = answer.header("location").unwrap_or_default();
        rig.report.case("WEB-11", next, ok(!leads_away(to) && answer.header("x").is_none(), || to.to_owned()));
        rig.report.case("WEB-22", next, ok(answer.headers.iter().all(|(header, _)| header != "x"), || format!("{answer:?}")));
    }
}

fn leads_away(to: &str) -> bool {
    !to.is_empty() && (!to.starts_with('/') || to.starts_with("//") || to.starts_with("/\\") || to.contains(|c: char| c.is_ascii_control()))
}

fn invitations(rig: &mut Rig) {
    let make = |rig: &Rig| {
        let link = rig.house.json(&["account", "invite", "--role", "member"], "")["link"].as_str().expect("a link").to_owned();
        link.strip_prefix(&rig.origin).expect("ours").to_owned()
    };
    let path = make(rig);
    let token = path.rsplit('/').next().expect("a token").to_owned();
    rig.poison.push(token.clone());
    rig.report.case("WEB-12", "128 bits", ok(token.len() >= 26, || token.clone()));
    let join = |rig: &Rig, at: usize| {
        let browser = Browser::new(rig.address, &rig.authority);
        let fields = [
            ("called", format!("New Person{at}")),
            ("sign_in_name", format!("newperson{at}")),
            ("passphrase", PASSPHRASE.to_owned()),
            ("again", PASSPHRASE.to_owned()),
            ("role", "admin".to_owned()),
            ("sure", "on".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.form(&format!("{path}/name"), &fields).with("sec-fetch-site", "same-origin").bytes()
    };
    let before = rig.number("SELECT COUNT(*) FROM accounts");
    let address = rig.address;
    let threads: Vec<_> =
        (0..4).map(|at| join(rig, at)).map(|bytes| std::thread::spawn(move || crate::http::send(address, &bytes).status)).collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    let made = rig.number("SELECT COUNT(*) FROM accounts") - before;
    rig.report.case("WEB-12", "four at once", ok(made == 1, || format!("{made} accounts, {statuses:?}")));
    let again = crate::http::send(address, &join(rig, 9));
    let made = rig.number("SELECT COUNT(*) FROM accounts") - before;
    rig.report.case("WEB-12", "again", ok(made == 1 && again.status >= 400, || format!("{made} {again:?}")));
    let admins = rig.number("SELECT COUNT(*) FROM accounts WHERE role = 'admin'");
    rig.report.case("WEB-12", "for another role", ok(admins == 1, || format!("{admins} admins")));
    let log = rig.house.told().contains(&token);
    rig.report.case("WEB-12", "not in the log", ok(!log && !rig.dump().contains(&token), || "the token is kept".to_owned()));
}

fn assignment(rig: &mut Rig) {
    let extra = [
        ("role", "admin"),
        ("account_id", "x"),
        ("owner", "x"),
        ("verified", "1"),
        ("partner", "x"),
        ("created_at", "0"),
        ("reach", "everyone"),
        ("state", "active"),
        ("is_admin", "true"),
        ("listed", "1"),
        ("audience_id", "x"),
        ("author", "x"),
    ];
    let with = |fields: &[(&'static str, &'static str)]| [fields, &extra].concat();
    let account = rig.accounts["bram"].clone();
    let facts = |rig: &Rig| {
        (
            rig.word("SELECT role || CAST(created_at AS TEXT) FROM accounts WHERE id = $1", &account),
            rig.number("SELECT COUNT(*) FROM groups WHERE reach = 'everyone'"),
            rig.number("SELECT COUNT(*) FROM accounts WHERE role = 'admin'"),
            rig.number("SELECT COUNT(*) FROM memberships WHERE role <> 'member' AND joined_at IS NULL"),
        )
    };
    let before = facts(rig);
    let group = rig.group("G-int").id;
    for (path, fields) in [
        ("/me/names".to_owned(), with(&[("called", "Quiet Otter")])),
        (format!("/me/names/{}", rig.personas["bram"]), with(&[("called", "Quiet Badger"), ("sure", "on")])),
        (format!("/g/{group}/membership"), with(&[("word", "x")])),
        (format!("/g/{group}/write"), with(&[("text", "x"), ("lang", "en"), ("saw", "99"), ("agreed", "on")])),
        ("/groups".to_owned(), with(&[("name", "x")])),
        ("/language".to_owned(), with(&[("lang", "nl")])),
        (format!("/g/{group}/membership/end"), with(&[])),
    ] {
        let answer = rig.person("bram").post(&path, &fields);
        let now = facts(rig);
        rig.report.case(
            "WEB-14",
            "fields that nobody asked for",
            ok(now == before && answer.status < 500, || format!("{path}: {} {before:?} {now:?}", answer.status)),
        );
    }
    let author = rig.number("SELECT COUNT(*) FROM posts WHERE author_id = 'x'");
    rig.report.case("WEB-14", "nobody else's name", ok(author == 0, || format!("{author}")));
}

fn hosts(rig: &mut Rig) {
    for host in [
        "evil",
        "evil:80",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "",
        "e.test@127.0.0.1",
        &format!("{}.evil", rig.authority),
        &format!("{}/", rig.authority),
    ] {
        for path in ["/", "/sign-in", "/groups", "/actor", "/.well-known/nodeinfo", "/help"] {
            let answer = rig.send(&Letter::new("GET", path).with("host", host).with("accept", "text/html"));
            rig.report.case(
                "WEB-17",
                host,
                ok(matches!(answer.status, 400 | 421) && !format!("{answer:?}{}", answer.text()).contains("evil"), || {
                    format!("{answer:?}")
                }),
            );
        }
    }
    // The first line of a request may name a host too; and HTTP/1.1 must name one.
    let own = rig.authority.clone();
    for (target, host, status) in [
        ("http://evil.example/".to_owned(), Some(own.as_str()), 421),
        ("https://evil.example/sign-in".to_owned(), Some(&own), 421),
        ("http://evil.example/help".to_owned(), Some("evil.example"), 421),
        (format!("http://{own}/sign-in"), Some("evil.example"), 421),
        (format!("http://{own}/sign-in"), Some(&own), 200),
        (format!("http://{own}/sign-in"), None, 400),
        ("/sign-in".to_owned(), None, 400),
        ("/help".to_owned(), None, 400),
    ] {
        let letter = Letter::new("GET", &target).with("accept", "text/html");
        let answer = rig.send(&host.map_or(letter.clone(), |host| letter.with("host", host)));
        let fine = answer.status == status && !format!("{answer:?}{}", answer.text()).contains("evil");
        rig.report.case("WEB-17", &format!("{target} at {host:?}"), ok(fine, || format!("{answer:?}")));
    }
    for header in
        ["x-forwarded-host", "forwarded", "x-host", "x-original-url", "x-rewrite-url", "x-forwarded-proto", "x-http-method-override"]
    {
        let plain = rig.send(&Letter::new("GET", "/sign-in").with("host", &rig.authority).with("accept", "text/html"));
        let answer =
            rig.send(&Letter::new("GET", "/sign-in").with("host", &rig.authority).with("accept", "text/html").with(header, "/admin"));
        rig.report.case("WEB-17", header, ok(answer.masked() == plain.masked(), || format!("{answer:?}")));
    }
}

/// WEB-18: two requests in one, by two readings of its length.
fn smuggling(rig: &mut Rig) {
    let host = format!("Host: {}\r\n", rig.authority);
    let inner = format!("GET /smuggled HTTP/1.1\r\n{host}\r\n");
    let chunk = |body: &str| format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let post =
        format!("POST /sign-in HTTP/1.1\r\n{host}Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n");
    // All at once: each is read until the house closes, which it does in seconds.
    let address = rig.address;
    for (what, answer) in [
        ("length and chunks", format!("{post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}")),
        ("chunks and length", format!("{post}Transfer-Encoding: chunked\r\nContent-Length: {}\r\n\r\n{}", inner.len(), chunk("x"))),
        ("two lengths", format!("{post}Content-Length: 0\r\nContent-Length: {}\r\n\r\n{inner}", inner.len())),
        ("a list of lengths", format!("{post}Content-Length: 0, {}\r\n\r\n{inner}", inner.len())),
        ("an odd length", format!("{post}Content-Length: +0\r\n\r\n{inner}")),
        ("an unknown coding", format!("{post}Transfer-Encoding: xchunked\r\n\r\n{inner}")),
        ("chunked twice", format!("{post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{inner}")),
        ("identity after chunks", format!("{post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}")),
        ("a space before the colon", format!("{post}Content-Length : 0\r\n\r\n{inner}")),
        ("a folded header", format!("{post}X-A: b\r\n Content-Length: 0\r\n\r\n{inner}")),
        ("a NUL in a header", format!("{post}X-A: b\0c\r\nContent-Length: 0\r\n\r\n{inner}")),
        ("an odd chunk", format!("{post}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{inner}")),
        ("an overlong chunk", format!("{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{inner}")),
    ]
    .map(|(what, bytes)| (what, std::thread::spawn(move || raw(address, bytes.as_bytes()))))
    {
        let answer = answer.join().expect("an answer");
        let answers = answer.matches("HTTP/1.1 ").count();
        let first: u16 = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let good = answers <= 1 && (first == 0 || (400..500).contains(&first) || first == 501) && !answer.contains("smuggled");
        rig.report.case("WEB-18", what, ok(good, || answer.chars().take(300).collect()));
    }
}

/// Everything that comes back until the other side closes.
fn raw(to: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).expect("a connection");
    drop(stream.set_read_timeout(Some(Duration::from_mins(2))));
    let _written = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(read) = stream.read(&mut buffer) {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// WEB-22, WEB-23: line ends and terminal codes in whatever is written down.
fn injection(rig: &mut Rig) {
    let browser = rig.person("bram");
    for text in ["\u{1b}[31mINJECTED", "a\r\nINJECTED: 1", "a\nINJECTED ERROR haven", "\u{202e}INJECTED", "a\0INJECTED"] {
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let agent: String = text.chars().filter(|c| !matches!(c, '\r' | '\n' | '\0')).collect();
        let letter = browser.letter("GET", &format!("/o/{encoded}?q={encoded}")).with("user-agent", &agent).with("x-forwarded-for", &agent);
        let answer = rig.send(&letter);
        rig.report.case(
            "WEB-22",
            "in an address",
            ok(answer.header("injected").is_none() && answer.status < 500, || format!("{answer:?}")),
        );
        for (path, field) in [("/me/names", "called"), ("/groups/find", "address"), ("/sign-in", "name")] {
            let answer = browser.post(path, &[(field, text), ("passphrase", "x")]);
            rig.report.case(
                "WEB-22",
                "in a form",
                ok(answer.header("injected").is_none() && answer.status < 500, || format!("{answer:?}")),
            );
        }
    }
    let told = rig.house.told();
    let clean = !told.contains("INJECTED") && !told.contains("\u{1b}[31mINJ");
    rig.report.case("WEB-23", "the log", ok(clean, || told.lines().find(|line| line.contains("INJECTED")).unwrap_or_default().to_owned()));
    let nobody = Browser::new(rig.address, &rig.authority).get("/o/secretpath?q=secretquery");
    rig.report.case(
        "WEB-24",
        "an error repeats nothing",
        ok(!rig.person("bram").get("/o/secretpath?q=secretquery").text().contains("secretp"), || nobody.text()),
    );
}

/// WEB-28: long passphrases are whole, endless ones are refused.
fn passphrases(rig: &mut Rig) {
    let base = "calm words that go on ".repeat(4)[..72].to_owned();
    for (at, passphrase) in [base[..64].to_owned(), format!("{base}{}", "more words ".repeat(12)), format!("{base}X")].iter().enumerate() {
        let name = format!("longpass{at}");
        rig.house.json(&["account", "create", "--name", &name, "--role", "member"], &format!("{passphrase}\n"));
        let mut browser = Browser::new(rig.address, &rig.authority);
        let good = browser.sign_in(&name, passphrase).status;
        rig.report.case("WEB-28", "a long one works", ok(good == 303, || format!("{good}")));
        let wrong = Browser::new(rig.address, &rig.authority).sign_in(&name, &format!("{}Y", &passphrase[..passphrase.len() - 1])).status;
        rig.report.case("WEB-28", "its end counts", ok(wrong == 422, || format!("{wrong}")));
    }
    let endless = "x".repeat(1 << 20);
    for path in ["/sign-in", "/me/passphrase", "/me/names", "/groups/find", "/groups"] {
        let timed = |fields: [&str; 5]| {
            let begun = Instant::now();
            let answer = rig.person("hanna").post(path, &fields.map(|name| (name, endless.as_str())));
            (answer, begun.elapsed())
        };
        // As long, in fields that no form has.
        let (_, harmless) = timed(["a", "b", "c", "d", "e"]);
        let (answer, took) = timed(["name", "passphrase", "new", "called", "address"]);
        let quick = took < Rig::patience(harmless);
        rig.report.case(
            "WEB-28",
            "a megabyte",
            ok(matches!(answer.status, 400 | 403 | 413 | 422 | 303) && quick, || format!("{path}: {} after {took:?}", answer.status)),
        );
        rig.report.case(
            "DOS-25",
            "a megabyte in a form",
            ok(matches!(answer.status, 400 | 413 | 422), || format!("{path}: {}", answer.status)),
        );
    }
}

/// WEB-09, WEB-10: guessing. Last, since it slows this machine down.
fn guessing(rig: &mut Rig) {
    let (known, unknown) = (rig.canary("in-moes"), rig.canary("in-moes").replace("inmoes", "inxxxx"));
    let try_as = |rig: &Rig, name: &str| {
        Browser::new(rig.address, &rig.authority).post("/sign-in", &[("name", name), ("passphrase", "wrong words for this")])
    };
    let (a, b) = (try_as(rig, &known), try_as(rig, &unknown));
    let same = a.status == b.status
        && a.text().replace(&known, "N") == b.text().replace(&unknown, "N")
        && a.masked().headers.len() == b.masked().headers.len();
    rig.report.case("WEB-10", "a known and an unknown name", ok(same, || format!("{} {}", a.text(), b.text())));
    let mut statuses = Vec::new();
    for at in 0..14 {
        let letter = Browser::new(rig.address, &rig.authority)
            .form("/sign-in", &[("name", &known), ("passphrase", "wrong words for this")])
            .with("sec-fetch-site", "same-origin")
            .with("x-forwarded-for", &format!("203.0.113.{at}"))
            .with("x-real-ip", &format!("203.0.113.{at}"))
            .with("forwarded", &format!("for=203.0.113.{at}"));
        statuses.push(rig.send(&letter).status);
    }
    rig.report.case(
        "WEB-09",
        "one account, many claimed addresses",
        ok(statuses.last() == Some(&429) && !statuses.contains(&303), || format!("{statuses:?}")),
    );
    let slowed = Browser::new(rig.address, &rig.authority).post("/sign-in", &[("name", &known), ("passphrase", "wrong words for this")]);
    rig.report.case("WEB-09", "says when", ok(slowed.header("retry-after").is_some(), || format!("{slowed:?}")));
    rig.report.case("WEB-09", "who is in stays in", ok(rig.person("moes").get("/me").status == 200, || "locked out".to_owned()));
    rig.p.serve("/later", Reply::status(404));
}
