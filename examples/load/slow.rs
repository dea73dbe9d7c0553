//! Visitors who send one byte a second: how long they are put up with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::flood::Scene;
use crate::report::{ms, share};

/// So many connections at once, half of them slow in the head and half in the body; whoever is cut off comes again.
pub async fn crowd(scene: &Scene, count: usize, time: Duration) -> BTreeMap<String, Value> {
    let end = Instant::now() + time;
    let authority = scene.house.origin.authority().to_owned();
    let address = scene.house.address;
    let visitors: Vec<_> = (0..count)
        .map(|number| {
            let head = if number % 2 == 0 {
                String::new()
            } else {
                format!("POST /sign-in HTTP/1.1\r\nHost: {authority}\r\nOrigin: http://{authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n")
            };
            tokio::spawn(async move {
                let (mut held, mut refused) = (Vec::new(), 0_usize);
                while Instant::now() < end {
                    match hold(address, &head, end).await {
                        Some(time) => held.push(time),
                        None => refused += 1,
                    }
                }
                (number % 2, held, refused)
            })
        })
        .collect();
    let (mut held, mut refused) = ([Vec::new(), Vec::new()], 0);
    for visitor in visitors {
        let (which, some, not) = visitor.await.expect("a visitor");
        held[which].extend(some);
        refused += not;
    }
    let figures = |held: &mut Vec<Duration>| {
        held.sort();
        json!({"cut_off": held.len(), "after_p50_ms": ms(share(held, 0.5)), "after_worst_ms": ms(held.last().copied().unwrap_or_default())})
    };
    let [mut heads, mut bodies] = held;
    BTreeMap::from([
        ("slow_heads".to_owned(), figures(&mut heads)),
        ("slow_bodies".to_owned(), figures(&mut bodies)),
        ("not_let_in".to_owned(), json!(refused)),
    ])
}

/// Sends one byte a second until the site has enough; how long that took. `None`: no connection, or the end came first.
async fn hold(address: std::net::SocketAddr, head: &str, end: Instant) -> Option<Duration> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let began = Instant::now();
    stream.write_all(head.as_bytes()).await.ok()?;
    let bytes = b"GET / HTTP/1.1\r\nX-Slow: ".iter().copied().chain(std::iter::repeat(b'a'));
    let mut answer = [0; 512];
    for byte in bytes {
        if Instant::now() >= end {
            return None;
        }
        if stream.write_all(&[byte]).await.is_err() {
            return Some(began.elapsed());
        }
        // The end, or an answer: the connection may then still be open.
        if tokio::time::timeout(Duration::from_secs(1), stream.read(&mut answer)).await.is_ok() {
            return Some(began.elapsed());
        }
    }
    None
}
