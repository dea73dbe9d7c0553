//! Floods against one site, and what its members notice: their pages are read at a steady pace before, during and half a minute after.
//!
//! Every flood keeps to a schedule that was fixed beforehand, whatever becomes of the requests (an open loop): what cannot be sent
//! within a second of its time because the site is busy is left out and counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use haven::base::{Clock, Origin, SystemClock};
use haven::features::groups::Group;
use haven::features::posts::{self, NewPost, Text};
use haven::federation::actors::Actor;
use haven::federation::keys::KeyPair;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::Common;
use crate::house::{self, House, Running};
use crate::report::{Report, cpu, ms, pss, share};
use crate::wire::{self, Connection};
use crate::{inbox, slow};

/// How often each of the three pages is read, per second.
const PACE: usize = 10;
/// How long is measured before the flood and after the pause that follows it.
const CALM: Duration = Duration::from_secs(10);
/// Connections of one flood.
const CONNECTIONS: usize = 64;

/// What the site is flooded with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Bad signatures: 1,000 a second of strangers, 300 with a partner's real key id (threats DOS-07, F10).
    Forged,
    /// 500 connections that send one byte a second, half of them in the head and half in the body (DOS-06).
    Slow,
    /// One partner at ten times what it may send, all rightly signed, while another sends a little (DOS-08, F11).
    Rush,
    /// 100 sign-ins with wrong passphrases at a time (DOS-28).
    Guess,
}

/// A site with a partner, a group with a thread, and a member who reads.
pub struct Scene {
    pub house: House,
    pub running: Running,
    pub key: Arc<KeyPair>,
    /// Somebody of the partner, with its real key id.
    pub piet: Actor,
    /// Somebody of a second partner.
    pub quinn: Actor,
    pub group: Group,
    pages: Vec<(&'static str, Vec<u8>)>,
    /// What the partners were asked for: fetches and deliveries.
    asked: Arc<Mutex<mpsc::UnboundedReceiver<wire::Arrival>>>,
}

/// How many requests a second one partner may send when its limit is what is tried (threats §1.4 `RATE_P`).
const RATE: u32 = 20;

impl Scene {
    async fn set(common: &Common, kind: Kind) -> Self {
        let house = House::new(common).await;
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let port = house::free_port();
        let peers = [SocketAddr::from(([127, 0, 0, 2], port)), SocketAddr::from(([127, 0, 0, 3], port))];
        for (number, peer) in peers.iter().enumerate() {
            wire::sink(*peer, number, Duration::ZERO, arrived.clone()).await;
        }
        let site = house.open().await;
        let key = Arc::new(house.key());
        let anna = house::resident(&house, &site, "Anna").await;
        let mut known = Vec::new();
        for peer in peers {
            let partner = house::partner(&site, &Origin::parse(&format!("http://{peer}")).expect("an origin")).await;
            let person = house::stranger(&site, &partner, &key).await;
            known.push((partner.id, person));
        }
        let ids: Vec<_> = known.iter().map(|(id, _)| id.clone()).collect();
        let group = house::group(&house, &site, &anna.persona.id, &ids).await;
        let text = Text::typed("Who comes for a walk this afternoon? We meet at the gate.", "en", "").expect("a text");
        let new =
            NewPost { group: &group.id, author: &anna.persona.id, text: &text, reply_to: None, saw_readers: i64::MAX, instead_of: None };
        let mut tx = site.db.begin().await.expect("a unit of work");
        let post = posts::write(&mut tx, &site.here(), &new).await.expect("written");
        tx.commit().await.expect("committed");
        site.db.close().await;
        drop(site);
        let rate = (kind == Kind::Rush).then_some(RATE);
        let (running, _) = house.start_with(rate).await;
        let page = |path: &str| wire::get(&house.origin, path, &anna.cookie);
        let pages = vec![("home", page("/")), ("group", page(&format!("/g/{}", group.id))), ("thread", page(&format!("/o/{post}")))];
        let (quinn, piet) = (known.pop().expect("two").1, known.pop().expect("two").1);
        Self { house, running, key, piet, quinn, group, pages, asked: Arc::new(Mutex::new(arrivals)) }
    }

    /// Reads the three pages at the pace for so long. A wait counts from when the request was due.
    async fn read_pages(&self, time: Duration) -> BTreeMap<&'static str, Waits> {
        let mut readers = Vec::new();
        for (name, request) in &self.pages {
            let (request, address) = (Arc::new(vec![request.clone()]), self.house.address);
            let schedule = Schedule { per_second: PACE, time, connections: 8 };
            readers.push((*name, tokio::spawn(async move { send(address, request, schedule).await })));
        }
        let mut all = BTreeMap::new();
        for (name, reader) in readers {
            all.insert(name, reader.await.expect("a reader"));
        }
        all
    }

    /// How often partners were asked for something since the last look.
    async fn asked(&self) -> usize {
        let mut asked = self.asked.lock().await;
        let mut count = 0;
        while asked.try_recv().is_ok() {
            count += 1;
        }
        count
    }
}

/// So many a second for so long, over so many connections.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub per_second: usize,
    pub time: Duration,
    pub connections: usize,
}

/// What came of a flood or of reading pages.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// From when a request was due to the end of its answer.
    pub spans: Vec<Duration>,
    /// How often each status was answered; 0: no answer.
    pub status: BTreeMap<u16, usize>,
    /// Left out, since the site was busy.
    pub unsent: usize,
}

impl Waits {
    fn merge(&mut self, other: Self) {
        self.spans.extend(other.spans);
        for (status, count) in other.status {
            *self.status.entry(status).or_default() += count;
        }
        self.unsent += other.unsent;
    }

    /// p50, p95, p99 and the worst in milliseconds, and what was answered.
    pub fn figures(&self) -> Value {
        let mut sorted = self.spans.clone();
        sorted.sort();
        json!({
            "p50": ms(share(&sorted, 0.5)), "p95": ms(share(&sorted, 0.95)), "p99": ms(share(&sorted, 0.99)),
            "worst": ms(sorted.last().copied().unwrap_or_default()),
            "status": self.status.iter().map(|(status, count)| (status.to_string(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "unsent": self.unsent,
        })
    }
}

/// Sends the requests in turn at their times.
pub async fn send(address: SocketAddr, requests: Arc<Vec<Vec<u8>>>, schedule: Schedule) -> Waits {
    let start = Instant::now();
    let total = schedule.per_second * usize::try_from(schedule.time.as_secs()).unwrap_or(0);
    let next = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..schedule.connections)
        .map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                let (mut line, mut mine) = (None, Waits::default());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return mine;
                    }
                    let due = start + Duration::from_secs_f64(number as f64 / schedule.per_second as f64);
                    tokio::time::sleep_until(due.into()).await;
                    if due.elapsed() > Duration::from_secs(1) {
                        mine.unsent += 1;
                        continue;
                    }
                    let status = ask(&mut line, address, &requests[number % requests.len()]).await;
                    mine.spans.push(due.elapsed());
                    *mine.status.entry(status).or_default() += 1;
                }
            })
        })
        .collect();
    let mut all = Waits::default();
    for sender in senders {
        all.merge(sender.await.expect("a sender"));
    }
    all
}

/// One request over a kept connection, or over a new one when the site had closed it; 0 when there is no answer.
async fn ask(line: &mut Option<Connection>, address: SocketAddr, request: &[u8]) -> u16 {
    for _ in 0..2 {
        let fresh = line.is_none();
        if fresh {
            *line = Connection::open(address).await.ok();
        }
        let Some(open) = line.as_mut() else { return 0 };
        match open.ask(request).await {
            Ok(status) => return status,
            Err(_) => *line = None,
        }
        if fresh {
            return 0;
        }
    }
    0
}

pub async fn run(report: &Report, common: &Common, kind: Kind, seconds: u64) {
    let scene = Arc::new(Scene::set(common, kind).await);
    let time = Duration::from_secs(seconds);
    let flood = Flood::prepare(kind, &scene, time).await;
    let alone = match &flood {
        Flood::Rush { quiet, .. } => {
            Some(send(scene.house.address, Arc::clone(quiet), Schedule { per_second: 5, time: CALM, connections: 8 }).await)
        }
        _ => None,
    };
    let before = scene.read_pages(CALM).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    scene.asked().await;

    let pid = scene.running.pid();
    let (idle, used) = (pss(pid), cpu(pid));
    let most = tokio::spawn(async move {
        let mut most = 0.0_f64;
        loop {
            most = most.max(pss(pid));
            MOST.fetch_max((most * 10.0) as usize, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    let (sent, during) = tokio::join!(flood.go(&scene, time), scene.read_pages(time));
    let used = cpu(pid).saturating_sub(used);
    most.abort();
    let asked = scene.asked().await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    let after = scene.read_pages(CALM).await;

    let table = |pages: &BTreeMap<&'static str, Waits>| {
        pages.iter().map(|(name, waits)| ((*name).to_owned(), waits.figures())).collect::<serde_json::Map<_, _>>()
    };
    let mut figures = vec![
        ("seconds", json!(seconds)),
        ("before_ms", Value::Object(table(&before))),
        ("during_ms", Value::Object(table(&during))),
        ("thirty_seconds_after_ms", Value::Object(table(&after))),
        ("pss_mb_before", json!(idle)),
        ("pss_mb_most", json!(MOST.load(Ordering::Relaxed) as f64 / 10.0)),
        ("pss_mb_after", json!(pss(pid))),
        ("cpu_share_of_one_core", json!((used.as_secs_f64() / time.as_secs_f64() * 100.0).round() / 100.0)),
        ("requests_to_partners", json!(asked)),
    ];
    if let Some(alone) = alone {
        figures.push(("other_partner_alone_ms", alone.figures()));
    }
    let names: Vec<(String, Value)> = sent.into_iter().collect();
    for (name, value) in &names {
        figures.push((name.as_str(), value.clone()));
    }
    report.say(&format!("flood {kind:?}, {}", scene.house.engine()), &figures);
    if let Some(scene) = Arc::into_inner(scene) {
        drop(scene.running);
        scene.house.remove().await;
    }
}

/// The most memory seen during a flood, in tenths of a megabyte.
static MOST: AtomicUsize = AtomicUsize::new(0);

/// A flood whose requests are ready.
enum Flood {
    Forged { strangers: Arc<Vec<Vec<u8>>>, known: Arc<Vec<Vec<u8>>> },
    Slow,
    Rush { rush: Arc<Vec<Vec<u8>>>, quiet: Arc<Vec<Vec<u8>>> },
    Guess(Arc<Vec<Vec<u8>>>),
}

impl Flood {
    async fn prepare(kind: Kind, scene: &Scene, time: Duration) -> Self {
        let seconds = usize::try_from(time.as_secs()).unwrap_or(0);
        match kind {
            Kind::Forged => {
                let unknown = Actor { key_id: "http://127.0.0.9:9/p/x#main-key".to_owned(), ..scene.piet.clone() };
                Self::Forged { strangers: Arc::new(forged(scene, &unknown)), known: Arc::new(forged(scene, &scene.piet)) }
            }
            Kind::Slow => Self::Slow,
            Kind::Rush => {
                for who in [&scene.piet, &scene.quinn] {
                    inbox::follow(&scene.house, &scene.key, who, &scene.group).await;
                }
                tokio::time::sleep(Duration::from_secs(2)).await;
                let rush = inbox::presign(&scene.house, &scene.key, &scene.piet, &scene.group, 10 * RATE as usize * seconds).await;
                let quiet = inbox::presign(&scene.house, &scene.key, &scene.quinn, &scene.group, 5 * (seconds + 10)).await;
                Self::Rush { rush: Arc::new(rush), quiet: Arc::new(quiet) }
            }
            Kind::Guess => {
                let guess = |number: usize| {
                    let body = format!("name=anna-signs-in&passphrase=not+this+one+{number}&next=%2F");
                    let origin = &scene.house.origin;
                    format!(
                        "POST /sign-in HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                        origin.authority(),
                        body.len()
                    )
                    .into_bytes()
                };
                Self::Guess(Arc::new((0..1000).map(guess).collect()))
            }
        }
    }

    async fn go(&self, scene: &Scene, time: Duration) -> BTreeMap<String, Value> {
        let address = scene.house.address;
        let flood = |requests: &Arc<Vec<Vec<u8>>>, per_second| {
            send(address, Arc::clone(requests), Schedule { per_second, time, connections: CONNECTIONS })
        };
        match self {
            Self::Forged { strangers, known } => {
                let (strangers, known) = tokio::join!(flood(strangers, 1000), flood(known, 300));
                BTreeMap::from([("strangers_1000".to_owned(), strangers.figures()), ("known_key_300".to_owned(), known.figures())])
            }
            Self::Slow => slow::crowd(scene, 500, time).await,
            Self::Rush { rush, quiet } => {
                let quietly = Schedule { per_second: 5, time, connections: 8 };
                let (rush, quiet) = tokio::join!(flood(rush, 10 * RATE as usize), send(address, Arc::clone(quiet), quietly));
                BTreeMap::from([("rushing_partner".to_owned(), rush.figures()), ("other_partner".to_owned(), quiet.figures())])
            }
            Self::Guess(guesses) => {
                // A hundred at a time: each second a hundred are due, over a hundred connections.
                let guessed = send(address, Arc::clone(guesses), Schedule { per_second: 100, time, connections: 100 }).await;
                BTreeMap::from([("guesses_100".to_owned(), guessed.figures())])
            }
        }
    }
}

/// Rightly shaped requests with signatures that nobody made, each different.
fn forged(scene: &Scene, who: &Actor) -> Vec<Vec<u8>> {
    let inbox = scene.house.origin.at("/inbox");
    let words = "a few words about the morning ".repeat(20);
    let body = json!({"type": "Create", "id": format!("{}/a", who.uri), "actor": who.uri, "object": {"type": "Note", "content": words}})
        .to_string();
    let request = wire::post(&scene.key, &who.key_id, &inbox, &body, SystemClock.now());
    let text = String::from_utf8(request).expect("a request is text");
    let at = text.find("signature=\"").expect("a signature") + "signature=\"".len();
    let one = |number: usize| {
        let mut request = text.clone().into_bytes();
        // Four signs of base64 inside the signature.
        for (place, shift) in [0_usize, 6, 12, 18].into_iter().enumerate() {
            request[at + 40 + place] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(number >> shift) & 63];
        }
        request
    };
    (0..4000).map(one).collect()
}
