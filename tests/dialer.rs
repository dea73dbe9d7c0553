//! The door tried against real sockets on loopback, and against names that lead inside.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use haven::base::{Iri, Origin, SystemChance, Timestamp};
use haven::federation::activity::{Act, Outbound, Verb};
use haven::federation::dialer::{Answer, Call, Dialer, FixedNames, Method, Resolve, Settings, Transport, TransportError, Watch};
use haven::federation::policy::{self, PartnerToken, Traffic};
use haven::federation::{Here, Sequence, partners};
use haven::testing::database;

/// The dial log.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Watch for Log {
    fn resolving(&self, host: &str) {
        self.0.lock().unwrap().push(format!("? {host}"));
    }

    fn connecting(&self, address: SocketAddr) {
        self.0.lock().unwrap().push(format!("> {}", address.ip()));
    }
}

/// A dialer with a log. Names are looked up in the table only.
fn dialer(loopback: bool, names: &[(&str, &[&str])]) -> (Dialer, Arc<Log>) {
    with(loopback, names, |_| ())
}

fn with(loopback: bool, names: &[(&str, &[&str])], change: impl FnOnce(&mut Settings)) -> (Dialer, Arc<Log>) {
    let log = Arc::new(Log::default());
    let table = names.iter().map(|(name, list)| (*name, list.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect()));
    let mut settings = Settings::new(loopback);
    settings.names = Arc::new(FixedNames::new(table));
    settings.watch = Some(log.clone());
    change(&mut settings);
    (Dialer::new(settings).unwrap(), log)
}

async fn get(dialer: &Dialer, origin: &str, url: &str) -> Result<Answer, TransportError> {
    let (token, url) = (admitted(&Origin::parse(origin).unwrap()).await, Iri::parse(url).unwrap());
    dialer.send(Call::get(&token, &url, Vec::new())).await
}

/// The proof that the dialer asks for, from a house in which this origin is a partner: there is no other way to get one.
async fn admitted(origin: &Origin) -> PartnerToken {
    let (db, own) = (database::sqlite().await, Origin::parse("https://veld.test").unwrap());
    let here = Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SystemChance), own, Arc::new(Sequence::default()));
    let mut tx = db.begin().await.unwrap();
    partners::name(&mut tx, &here, origin, false).await.unwrap();
    policy::admit_origin(&mut tx, origin, Traffic::Community).await.unwrap().unwrap()
}

/// A server on loopback that answers every request with the same bytes. Counts connections and requests.
struct Server {
    origin: String,
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

async fn server(answer: impl Into<Vec<u8>>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counted, seen, answer) = (connections.clone(), requests.clone(), Arc::new(answer.into()));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let (seen, answer) = (seen.clone(), answer.clone());
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
                    let text = String::from_utf8_lossy(&buffer).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                    if body.len() >= length.unwrap_or(0) {
                        seen.lock().unwrap().push(text);
                        buffer.clear();
                        if answer.is_empty() {
                            continue;
                        }
                        let _ = stream.write_all(&answer).await;
                    }
                }
            });
        }
    });
    Server { origin: format!("http://127.0.0.1:{port}"), port, connections, requests }
}

#[tokio::test]
async fn wrong_doors_are_refused_before_any_look_up() {
    for (loopback, origin, url, reason) in [
        (false, "https://a.example", "https://b.example/x", "other-origin"),
        (false, "https://a.example", "https://a.example:8443/x", "other-origin"),
        (false, "https://a.example", "http://a.example/x", "other-origin"),
        (true, "https://a.example", "https://a.example.evil.example/x", "other-origin"),
        (false, "http://a.example", "http://a.example/x", "not-https"),
        (false, "http://127.0.0.1:1", "http://127.0.0.1:1/x", "not-https"),
        (true, "http://a.example", "http://a.example/x", "not-https"),
        (true, "http://10.0.0.1", "http://10.0.0.1/x", "not-https"),
        (false, "https://127.0.0.1", "https://127.0.0.1/x", "address"),
        (false, "https://[::1]", "https://[::1]/x", "address"),
        (false, "https://[::ffff:127.0.0.1]", "https://[::ffff:127.0.0.1]/x", "address"),
        (true, "https://[::ffff:7f00:1]", "https://[::ffff:7f00:1]/x", "address"),
        (true, "https://10.0.0.1", "https://10.0.0.1/x", "address"),
        (true, "https://0.0.0.0", "https://0.0.0.0/x", "address"),
        (false, "https://169.254.169.254", "https://169.254.169.254/x", "address"),
    ] {
        let (dialer, log) = dialer(loopback, &[]);
        assert_eq!(get(&dialer, origin, url).await, Err(TransportError::Refused(reason)), "{url}");
        assert!(log.0.lock().unwrap().is_empty(), "{url}");
    }
}

#[tokio::test]
async fn names_that_lead_inside_are_not_followed() {
    for (loopback, origin, addresses) in [
        (false, "https://p.example", &["10.0.0.1"][..]),
        (false, "https://p.example", &["93.184.216.34", "192.168.0.1"]),
        (false, "https://p.example", &["::ffff:93.184.216.34"]),
        (false, "https://p.example", &["64:ff9b::5db8:d822"]),
        (false, "https://p.example", &["127.0.0.1"]),
        (false, "https://p.test", &["127.0.0.1"]),
        (true, "https://p.example", &["127.0.0.1"]),
        (true, "http://p.test", &["10.0.0.1"]),
        (true, "http://p.test", &["127.0.0.1", "93.184.216.34"]),
    ] {
        let name = origin.split_once("://").unwrap().1;
        let (dialer, log) = dialer(loopback, &[(name, addresses)]);
        let answer = get(&dialer, origin, &format!("{origin}/x")).await;
        assert_eq!(answer, Err(TransportError::Refused("address")), "{origin} {addresses:?}");
        assert_eq!(*log.0.lock().unwrap(), [format!("? {name}")], "{origin} {addresses:?}");
    }
    let (dialer, _) = dialer(false, &[]);
    assert_eq!(get(&dialer, "https://nobody.example", "https://nobody.example/x").await, Err(TransportError::Connect));
}

#[tokio::test]
async fn a_request_goes_out_and_an_answer_comes_back() {
    let answer = "HTTP/1.1 202 Accepted\r\nContent-Type: application/activity+json\r\nRetry-After: 7\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok";
    let server = server(answer).await;
    let (dialer, log) = dialer(true, &[("p.test", &["127.0.0.1"])]);
    let origin = Origin::parse(&format!("http://p.test:{}", server.port)).unwrap();
    let token = admitted(&origin).await;
    let body = Outbound::new(Act::new(origin.at("/a/1"), Verb::Delete, origin.at("/p/1"), origin.at("/o/1"))).seal();
    for _ in 0..20 {
        let url = origin.at("/inbox?a=1#main-key");
        let headers = vec![
            (http::header::DATE, http::HeaderValue::from_static("now")),
            (http::header::HOST, http::HeaderValue::from_static("other.example")),
            (http::header::COOKIE, http::HeaderValue::from_static("a=b")),
        ];
        let call = Call::post(&token, &url, headers, &body);
        assert_eq!((call.method(), call.origin(), call.url(), call.body()), (Method::Post, &origin, &url, Some(body.as_str())));
        assert_eq!(call.headers().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["date", "host", "cookie"]);
        let answer = dialer.send(call).await.unwrap();
        assert_eq!((answer.status, answer.content_type(), answer.retry_after()), (202, Some("application/activity+json"), Some("7")));
        assert_eq!(answer.body, "ok");
    }
    let requests = server.requests.lock().unwrap();
    assert_eq!(requests.len(), 20);
    for request in requests.iter() {
        assert!(request.starts_with("POST /inbox?a=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("host: p.test:{}\r\n", server.port)) && request.contains("date: now\r\n"), "{request}");
        assert!(request.ends_with(body.as_str()), "{request}");
        assert!(!request.contains("cookie") && !request.contains("other.example"), "{request}");
    }
    // One connection for all, and so one look-up: the address connected to is the address that was checked.
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    assert_eq!(*log.0.lock().unwrap(), ["? p.test", "> 127.0.0.1"]);
}

/// Whom it would connect to, port and all.
#[derive(Default)]
struct Ports(Mutex<Vec<u16>>);

impl Watch for Ports {
    fn resolving(&self, _: &str) {}

    fn connecting(&self, address: SocketAddr) {
        self.0.lock().unwrap().push(address.port());
    }
}

#[tokio::test]
async fn an_address_without_a_port_means_the_port_of_its_scheme() {
    for (origin, port) in [("http://127.9.9.9", 80), ("https://127.9.9.9", 443), ("https://127.9.9.9:8443", 8443)] {
        let ports = Arc::new(Ports::default());
        let (dialer, _) = with(true, &[], |settings| settings.watch = Some(ports.clone()));
        // Whether anybody listens there is the machine's business.
        let _ = get(&dialer, origin, &format!("{origin}/x")).await;
        assert_eq!(*ports.0.lock().unwrap(), [port], "{origin}");
    }
}

/// Global at the first look-up, elsewhere at the next.
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        let address = if self.0.fetch_add(1, Ordering::SeqCst) == 0 { "127.0.0.1" } else { "10.0.0.1" };
        std::future::ready(Ok(vec![address.parse().unwrap()])).boxed()
    }
}

#[tokio::test]
async fn every_connection_is_checked_again() {
    // The server says good-bye after each answer, so that the second request needs a new connection.
    let server = server("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    let (dialer, log) = with(true, &[], |settings| settings.names = Arc::new(Rebinding(AtomicUsize::new(0))));
    let origin = format!("http://p.test:{}", server.port);
    assert_eq!(get(&dialer, &origin, &format!("{origin}/x")).await.map(|answer| answer.status), Ok(200));
    assert_eq!(get(&dialer, &origin, &format!("{origin}/x")).await, Err(TransportError::Refused("address")));
    assert_eq!(*log.0.lock().unwrap(), ["? p.test", "> 127.0.0.1", "? p.test"]);
}

#[tokio::test]
async fn redirects_are_answers() {
    for status in [301, 302, 303, 307, 308] {
        let text = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:1/inside\r\nContent-Length: 0\r\n\r\n");
        let server = server(text).await;
        let (dialer, _) = dialer(true, &[]);
        let answer = get(&dialer, &server.origin, &format!("{}/x", server.origin)).await;
        assert_eq!(answer.map(|answer| answer.status), Ok(status));
        assert_eq!(server.requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn answers_are_bounded() {
    let long = "x".repeat(2_000);
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{long}\r\n0\r\n\r\n");
    let told = format!("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{long}");
    let headers = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    for (text, error) in [(chunked, TransportError::TooLarge), (told, TransportError::TooLarge), (headers, TransportError::Connect)] {
        let server = server(text).await;
        let (dialer, _) = with(true, &[], |settings| settings.max_answer = 1_999);
        assert_eq!(get(&dialer, &server.origin, &format!("{}/x", server.origin)).await, Err(error));
    }
}

/// Limits of waiting, from short to long. However slow the machine is, under one of them the question arrives before it is over.
const LIMITS: [Duration; 4] = [Duration::from_millis(50), Duration::from_secs(1), Duration::from_secs(10), Duration::from_mins(2)];

#[tokio::test]
async fn silence_ends() {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let mut heard = false;
        for limit in LIMITS {
            let server = server(answer).await;
            let (dialer, _) = with(true, &[], |settings| settings.answer_within = limit);
            let url = format!("{}/x", server.origin);
            assert_eq!(get(&dialer, &server.origin, &url).await, Err(TransportError::Timeout), "{answer:?}");
            heard = !server.requests.lock().unwrap().is_empty();
            if heard {
                break;
            }
        }
        assert!(heard, "{answer:?}: nobody was asked, so nobody was silent");
    }
}

/// A TLS server for one connection, on a thread of its own.
fn tls_server(certificate: &'static [u8]) -> u16 {
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(&include_bytes!("dialer/server.key.der")[..]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key.into())
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut tls = rustls::StreamOwned::new(connection, stream);
        let mut buffer = [0; 4096];
        if tls.read(&mut buffer).is_ok_and(|read| read > 0) {
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    port
}

#[tokio::test]
async fn nobody_is_trusted_by_word_alone() {
    let good = &include_bytes!("dialer/server.der")[..];
    let expired = &include_bytes!("dialer/expired.der")[..];
    let authority = include_bytes!("dialer/authority.der").to_vec();
    for (what, host, certificate, trusted, expected) in [
        ("good", "p.test", good, true, Ok(200)),
        ("wrong name", "q.test", good, true, Err(TransportError::Tls)),
        ("expired", "p.test", expired, true, Err(TransportError::Tls)),
        ("unknown authority", "p.test", good, false, Err(TransportError::Tls)),
    ] {
        let port = tls_server(certificate);
        let (dialer, _) = with(true, &[("p.test", &["127.0.0.1"]), ("q.test", &["127.0.0.1"])], |settings| {
            settings.authorities = if trusted { vec![authority.clone()] } else { Vec::new() };
        });
        let origin = format!("https://{host}:{port}");
        let answer = get(&dialer, &origin, &format!("{origin}/x")).await.map(|answer| answer.status);
        assert_eq!(answer, expected, "{what}");
    }
    // No TLS at all where it was agreed: nothing of the request goes over an open line.
    let (port, heard) = plain_server();
    let (dialer, _) = dialer(true, &[("p.test", &["127.0.0.1"])]);
    let origin = format!("https://p.test:{port}");
    let answer = get(&dialer, &origin, &format!("{origin}/secret")).await.map(|answer| answer.status);
    assert_eq!(answer, Err(TransportError::Tls));
    let heard = tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap();
    assert!(!heard.is_empty() && !String::from_utf8_lossy(&heard).contains("secret"), "{heard:?}");
}

/// A server for one connection that answers whatever comes first without any TLS. It gives what it heard.
fn plain_server() -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let listening = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = vec![0; 4096];
        let read = stream.read(&mut heard).unwrap();
        heard.truncate(read);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        // What comes after it, until the line is cut.
        let _ = stream.read_to_end(&mut heard);
        heard
    });
    (port, listening)
}
