//! The other side of the wire: requests that are written beforehand, a connection that counts only answers, and a tiny
//! instance that says 202 to everything.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use haven::base::{Iri, Origin, Timestamp};
use haven::federation::keys::KeyPair;
use haven::testing::peer::Hand;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A GET of a page.
pub fn get(origin: &Origin, path: &str, cookie: &str) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n{cookie}\r\n", origin.authority()).into_bytes()
}

/// A signed POST of an activity.
pub fn post(key: &KeyPair, key_id: &str, inbox: &Iri, body: &str, now: Timestamp) -> Vec<u8> {
    let headers = Hand { key, key_id }.post(inbox, body, now);
    let mut request = format!("POST {} HTTP/1.1\r\nContent-Length: {}\r\n", inbox.target(), body.len()).into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body.as_bytes());
    request
}

/// One connection of a client that keeps it open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the last answer's body.
    pub length: usize,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024), length: 0 })
    }

    /// Sends one request and reads the whole answer; gives its status.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        let (head, length) = read_head(&mut self.stream, &mut self.buffer).await?;
        let status = std::str::from_utf8(&self.buffer[..head]).ok().and_then(|text| text.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
        read_until(&mut self.stream, &mut self.buffer, head + length).await?;
        self.buffer.drain(..head + length);
        self.length = length;
        Ok(status)
    }
}

/// Reads up to the empty line; gives the length of the head and of the body.
async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<(usize, usize)> {
    loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..at]).unwrap_or_default().to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
            return Ok((at + 4, length));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_until(stream: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> io::Result<()> {
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Something that arrived: at which instance, and when.
pub type Arrival = (usize, Instant);

/// A tiny instance: 202 to every request, after `pause`; each is told to `arrivals` when it was read.
pub async fn sink(address: SocketAddr, number: usize, pause: Duration, arrivals: mpsc::UnboundedSender<Arrival>) {
    let listener = TcpListener::bind(address).await.expect("a loopback address");
    let arrivals = Arc::new(arrivals);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let arrivals = Arc::clone(&arrivals);
            tokio::spawn(async move { drop(answer(stream, number, pause, &arrivals).await) });
        }
    });
}

async fn answer(mut stream: TcpStream, number: usize, pause: Duration, arrivals: &mpsc::UnboundedSender<Arrival>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1024);
    loop {
        let (head, length) = read_head(&mut stream, &mut buffer).await?;
        read_until(&mut stream, &mut buffer, head + length).await?;
        buffer.drain(..head + length);
        if arrivals.send((number, Instant::now())).is_err() {
            return Ok(());
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").await?;
    }
}
