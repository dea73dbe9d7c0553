//! Through the door: what every answer carries, what is turned away, what a problem looks like.

use std::pin::pin;

use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use futures::poll;
use http::{HeaderMap, Method, StatusCode, header};
use tower::ServiceExt;

use super::*;
use crate::base::Origin;
use crate::testing::pages::assert_page_is_sound;

#[derive(Template)]
#[template(ext = "html", source = "{% extends \"web/layout.html\" %}{% block main %}<h1>{{ shell.title }}</h1>{% endblock %}")]
struct Page {
    shell: Shell,
}

async fn page(ctx: Ctx) -> Html<Page> {
    Html(Page { shell: ctx.shell(ctx.t.say("web-menu-home")) })
}

fn site_at(origin: &str) -> Router {
    let origin = Origin::parse(origin).unwrap();
    let routes = Router::new()
        .route("/", get(page).post(|| async { see_other_with_notice("/", "web-required") }))
        .route("/hidden", get(|| async { Problem::NotFound }))
        .route("/members", get(|| async { Problem::SignIn { next: "/members?a=1".to_owned() } }))
        .route("/often", get(|| async { Problem::TooMany { retry_after: 90 } }))
        .route("/no", post(|| async { Problem::Refused { key: "web-required", back: "/back".to_owned() } }))
        .route("/broken", get(broken))
        .route("/inbox", post(|| async { StatusCode::ACCEPTED }))
        .route("/g/{id}/inbox", post(|| async { StatusCode::ACCEPTED }))
        .route("/coded/inbox", post(|| async { StatusCode::UNSUPPORTED_MEDIA_TYPE }))
        .route("/renewed", get(|| async { ([(header::SET_COOKIE, "haven-1=new")], Problem::Forbidden) }))
        .route("/healthz", get(|| async { "ok" }))
        .merge(assets(&origin));
    let member = |request: Request, next: axum::middleware::Next| async move {
        let signed_in = request.headers().contains_key("x-test-member");
        Visitor { signed_in, ..Visitor::default() }.carry(request, next).await
    };
    layers(routes.layer(from_fn(member)), WebSettings { origin, house: House::named("De Haven") })
}

async fn broken() -> StatusCode {
    panic!("with a secret in it")
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

async fn ask_at(origin: &str, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = site_at(origin).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

const HERE: &str = "https://haven.example";
const HOST: (&str, &str) = ("host", "haven.example");

async fn look(path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_at(HERE, Method::GET, path, &[&[HOST], headers].concat(), "").await
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    for path in ["/", "/hidden", "/broken", "/nowhere", "/icon.svg", "/members"] {
        let answer = look(path, &[]).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
    assert_eq!(look("/", &[]).await.header("cache-control"), "no-store");
    let plain = ask_at("http://localhost:8420", Method::GET, "/", &[("host", "localhost:8420")], "").await;
    assert_eq!(plain.header("strict-transport-security"), "");
}

#[tokio::test]
async fn only_our_own_host_name_is_us() {
    for (host, path, status) in [
        ("haven.example", "/", 200),
        ("HAVEN.example:443", "/", 200),
        ("haven.example:8443", "/", 421),
        ("evil.example", "/", 421),
        ("haven.example.evil.example", "/", 421),
        ("", "/", 421),
        ("10.0.0.1", "/healthz", 200),
        ("evil.example", "/inbox", 421),
    ] {
        let method = if path == "/inbox" { Method::POST } else { Method::GET };
        let answer = ask_at(HERE, method, path, &[("host", host), ("x-forwarded-host", "haven.example")], "").await;
        assert_eq!(answer.status.as_u16(), status, "{host}{path}");
        assert!(!answer.text.contains("evil.example"));
    }
    for (target, hosts, status) in [
        ("http://haven.example/", &[HOST][..], 200),
        ("https://haven.example:443/", &[HOST], 200),
        ("http://evil.example/", &[HOST], 421),
        ("http://evil.example/", &[("host", "evil.example")], 421),
        ("http://haven.example/", &[("host", "evil.example")], 421),
        ("http://haven.example/", &[], 400),
        ("/", &[], 400),
        ("/help", &[], 400),
    ] {
        let answer = ask_at(HERE, Method::GET, target, hosts, "").await;
        assert_eq!(answer.status.as_u16(), status, "{target} {hosts:?}");
        assert!(!answer.text.contains("evil"), "{}", answer.text);
    }
    let twice = ask_at(HERE, Method::GET, "/", &[HOST, ("host", "evil.example")], "").await;
    assert_eq!(twice.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(twice.text.contains("href=\"https://haven.example/\""), "{}", twice.text);
}

#[tokio::test]
async fn dos_21_an_address_with_a_sign_of_nothing_is_turned_away() {
    assert_eq!(look("/?before=1.%00", &[]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(look("/?before=1.%20", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn forms_of_other_sites_are_turned_away() {
    for (headers, status) in [
        (vec![("sec-fetch-site", "same-origin")], 303),
        (vec![("sec-fetch-site", "none")], 303),
        (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], 303),
        (vec![("origin", HERE)], 303),
        (vec![("referer", "https://haven.example/g/x")], 303),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("sec-fetch-site", "cross-site"), ("origin", HERE)], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "https://haven.example.evil.example")], 403),
        (vec![("origin", "http://haven.example")], 403),
        (vec![("origin", "null"), ("referer", "https://haven.example/")], 403),
        (vec![("referer", "https://haven.example.evil.example/")], 403),
        (vec![("referer", "https://evil.example/https://haven.example/")], 403),
        (vec![("content-type", "text/plain")], 403),
        (vec![], 403),
    ] {
        let answer = ask_at(HERE, Method::POST, "/", &[&[HOST], &headers[..]].concat(), "").await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(ask_at(HERE, method, "/", &[HOST], "").await.status, StatusCode::FORBIDDEN);
    }
    for path in ["/inbox", "/g/abc/inbox"] {
        assert_eq!(ask_at(HERE, Method::POST, path, &[HOST], "").await.status, StatusCode::ACCEPTED);
    }
}

#[tokio::test]
async fn problems_are_pages_in_three_languages() {
    for (lang, heading) in [("en", "This page is not here"), ("nl", "Deze pagina is er niet"), ("da", "Siden findes ikke her")] {
        let answer = look("/hidden", &[("accept-language", lang)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.text.contains(&format!("<html lang=\"{lang}\"")) && answer.text.contains(heading), "{}", answer.text);
        assert!(answer.text.contains("href=\"/help\""));
        assert_page_is_sound(&answer.text);
    }
    for (method, path, status) in [
        (Method::GET, "/often", 429),
        (Method::GET, "/broken", 500),
        (Method::POST, "/no", 422),
        (Method::POST, "/hidden", 404),
        (Method::POST, "/language", 400),
    ] {
        let answer = ask_at(HERE, method, path, &[HOST, ("sec-fetch-site", "same-origin")], "").await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(!answer.text.contains("secret"));
        assert_page_is_sound(&answer.text);
    }
    assert_eq!(look("/often", &[]).await.header("retry-after"), "90");
    assert!(look("/often", &[]).await.text.contains("in 2 minutes"));
    assert_eq!(look("/members", &[]).await.header("location"), "/sign-in?next=%2Fmembers%3Fa%3D1");
}

#[tokio::test]
async fn a_problem_page_keeps_a_new_cookie_and_an_inbox_its_status() {
    let answer = look("/renewed", &[("accept", "text/html")]).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::FORBIDDEN, "haven-1=new"));
    let answer = ask_at(HERE, Method::POST, "/coded/inbox", &[HOST, ("content-type", "text/plain")], "").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, ""));
}

#[tokio::test]
async fn hidden_and_nowhere_are_the_same_to_the_byte() {
    for who in [vec![], vec![("x-test-member", "1")], vec![("accept", "application/activity+json")]] {
        let (hidden, nowhere) = (look("/hidden", &who).await, look("/g/aaaa?q=secret", &who).await);
        assert_eq!(hidden.text, nowhere.text);
        assert_eq!(hidden.headers, nowhere.headers);
        assert_eq!((hidden.status, nowhere.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    }
    let member = look("/nowhere", &[("x-test-member", "1")]).await;
    assert!(member.text.contains("href=\"/groups\""), "{}", member.text);
    assert_eq!(look("/hidden", &[("accept", "application/activity+json")]).await.text, "");
}

#[tokio::test]
async fn f13_not_here_is_never_said_sooner_than_it_could_have_been_found_out() {
    for path in ["/hidden", "/g/aaaa"] {
        // Told by the order of things, not by a clock: nothing here is waited for but a moment that this one, asked for before, precedes.
        let earliest = tokio::time::sleep(super::gate::NOT_BEFORE);
        let mut asked = pin!(look(path, &[]));
        assert!(poll!(&mut asked).is_pending(), "{path}");
        tokio::select! {
            biased;
            () = earliest => {}
            answer = &mut asked => panic!("{path} is answered too early: {}", answer.status),
        }
        assert_eq!(asked.await.status, StatusCode::NOT_FOUND);
    }
    assert!(poll!(pin!(look("/", &[]))).is_ready(), "what is there keeps nobody waiting");
}

#[tokio::test]
async fn the_frame_has_help_at_the_same_place_and_a_language_switch() {
    let answer = look("/", &[("accept-language", "da"), ("x-test-member", "1")]).await;
    assert_page_is_sound(&answer.text);
    assert!(answer.text.contains("De Haven") && answer.text.contains("Hjælp nu"));
    assert!(answer.text.contains("<a href=\"/\" aria-current=\"page\">Forside</a>"), "{}", answer.text);
    let here = [HOST, ("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
    for (form, location, cookie) in [
        ("lang=nl&path=%2Fg%2Fabc", "/g/abc", "__Host-lang=nl; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly; Secure"),
        ("lang=da&path=%2F%2Fevil.example", "/", "__Host-lang=da; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly; Secure"),
    ] {
        let answer = ask_at(HERE, Method::POST, "/language", &here, form).await;
        assert_eq!((answer.header("location"), answer.header("set-cookie")), (location, cookie));
    }
    assert_eq!(ask_at(HERE, Method::POST, "/language", &here, "lang=xx").await.status, StatusCode::BAD_REQUEST);
    assert!(look("/", &[("cookie", "__Host-lang=nl")]).await.text.contains("Hulp nu"));
    let plain = [("host", "localhost:8420"), here[1], here[2]];
    let plain = ask_at("http://localhost:8420", Method::POST, "/language", &plain, "lang=nl").await;
    assert_eq!(plain.header("set-cookie"), "lang=nl; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
}

#[tokio::test]
async fn a_notice_is_one_of_our_sentences_and_comes_from_our_own_pages() {
    let shown = "<p class=\"notice\">Please fill this in.</p>";
    assert!(look("/?said=web-required", &[]).await.text.contains(shown));
    assert!(!look("/?said=web-required", &[("sec-fetch-site", "cross-site")]).await.text.contains("class=\"notice\""));
    assert!(!look("/?said=You+are+hacked", &[]).await.text.contains("class=\"notice\""));
}

#[tokio::test]
async fn long_and_wrong_forms_are_refused() {
    let here = [HOST, ("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
    let long = format!("lang=nl&path={}", "a".repeat(1 << 20));
    assert_eq!(ask_at(HERE, Method::POST, "/language", &here, &long).await.status, StatusCode::BAD_REQUEST);
    let json = [HOST, ("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    assert_eq!(ask_at(HERE, Method::POST, "/language", &json, "lang=nl").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn assets_are_kept_by_the_browser_and_text_is_compressed() {
    let first = look("/", &[]).await.text;
    let style = first.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let answer = look(style, &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!((answer.header("content-type"), answer.header("content-encoding")), ("text/css; charset=utf-8", "gzip"));
    for path in ["/assets/0/../Cargo.toml", "/assets/0/%2e%2e%2fmod.rs", "/assets/0/..%2flayout.html", "/assets/0/none.css"] {
        assert_eq!(look(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(look("/sw.js", &[]).await.text.contains(style));
    assert_eq!(look("/manifest.webmanifest", &[]).await.header("content-type"), "application/manifest+json");
}

/// Values of `--name: #hex` in one block of the style sheet.
fn colours(block: &str) -> std::collections::BTreeMap<&str, [f64; 3]> {
    let pairs = block.split(';').filter_map(|line| line.rsplit("--").next()?.split_once(": #"));
    let read = |hex: &str| [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0);
    pairs.filter(|(_, hex)| hex.trim().len() == 6).map(|(name, hex)| (name.trim(), read(hex.trim()))).collect()
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let light = |colour: [f64; 3]| {
        let [red, green, blue] = colour.map(|part| if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126f64.mul_add(red, 0.7152f64.mul_add(green, 0.0722 * blue))
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[tokio::test]
async fn text_stands_out_from_its_ground() {
    let style = look(&Ctx::of(&Request::new(()).into_parts().0).shell("").asset("haven.css"), &[]).await.text;
    assert!(style.len() <= 18_000, "the style sheet has {} bytes", style.len());
    let mut blocks = style.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap());
    for name in ["light", "dark"] {
        let colours = colours(blocks.next().unwrap());
        for (text, ground, least) in [
            ("ink", "ground", 7.0),
            ("ink", "paper", 7.0),
            ("ink", "soft", 7.0),
            ("ink", "wrong-wash", 4.5),
            ("ink-soft", "ground", 4.5),
            ("ink-soft", "paper", 4.5),
            ("ink-soft", "soft", 4.5),
            ("accent", "ground", 4.5),
            ("accent", "paper", 4.5),
            ("accent", "soft", 4.5),
            ("accent-deep", "ground", 4.5),
            ("accent-deep", "paper", 4.5),
            ("on-accent", "accent", 4.5),
            ("on-accent", "accent-deep", 4.5),
            ("on-wash", "wash", 4.5),
            ("on-help", "help", 4.5),
            ("wrong", "ground", 4.5),
            ("wrong", "paper", 4.5),
            ("wrong", "wrong-wash", 4.5),
            ("on-wrong", "wrong", 4.5),
            ("edge", "paper", 3.0),
            ("edge", "ground", 3.0),
            ("focus", "ground", 3.0),
            ("focus", "paper", 3.0),
        ] {
            let found = contrast(colours[text], colours[ground]);
            assert!(found >= least, "{name}: {text} on {ground} is {found:.2}, not {least}");
        }
    }
}
