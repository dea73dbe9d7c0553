//! The dialer itself: a pooled HTTP/1.1 client whose connector checks every address it connects to.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tower::Service;

use super::addresses::{is_global_unicast, is_loopback, is_loopback_host, literal};
use super::resolve::{Resolve, SystemNames, Watch};
use super::{Answer, Call, Method, Transport, TransportError};

/// How many addresses of one name are looked at.
const MAX_ADDRESSES: usize = 16;
/// How many idle connections are kept for one partner.
const IDLE_PER_PARTNER: usize = 8;
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_mins(1);
/// The most that headers of an answer may take, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// How the dialer behaves.
#[derive(Clone)]
pub struct Settings {
    /// For tests and the demo: http and this machine, for literals, `localhost` and `.test` names only.
    pub loopback: bool,
    /// Where names are looked up.
    pub names: Arc<dyn Resolve>,
    /// Who looks on.
    pub watch: Option<Arc<dyn Watch>>,
    /// Time for look-up and connection.
    pub connect_within: Duration,
    /// Time for everything, answer included.
    pub answer_within: Duration,
    /// The largest answer, in bytes.
    pub max_answer: usize,
    /// Further certificate authorities that are trusted, DER.
    pub authorities: Vec<Vec<u8>>,
}

impl Settings {
    /// What a site uses.
    pub fn new(loopback: bool) -> Self {
        Self {
            loopback,
            names: Arc::new(SystemNames),
            watch: None,
            connect_within: Duration::from_secs(5),
            answer_within: Duration::from_secs(20),
            max_answer: 1 << 20,
            authorities: Vec::new(),
        }
    }
}

/// Why there is no dialer.
#[derive(Debug, thiserror::Error)]
#[error("the TLS settings cannot be used: {0}")]
pub struct DialerError(#[from] rustls::Error);

/// The only client socket of the house.
pub struct Dialer {
    client: Client<HttpsConnector<Door>, Full<Bytes>>,
    settings: Settings,
}

impl Dialer {
    /// Opens nothing yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, DialerError> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        for authority in &settings.authorities {
            roots.add(authority.clone().into())?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let door = Door { settings: Arc::new(settings.clone()) };
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(door);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_PARTNER)
            .http1_max_buf_size(MAX_HEAD)
            .build(connector);
        Ok(Self { client, settings })
    }

    async fn exchange(&self, call: Call<'_>) -> Result<Answer, TransportError> {
        let request = self.request(call)?;
        let response = self.client.request(request).await.map_err(|error| cause(&error))?;
        self.answer(response).await
    }

    /// Checks what can be checked before a name is looked up.
    fn request(&self, call: Call<'_>) -> Result<Request<Full<Bytes>>, TransportError> {
        if call.url.origin() != *call.origin() {
            return Err(TransportError::Refused("other-origin"));
        }
        let here = self.settings.loopback && is_loopback_host(call.origin().host());
        if call.origin().scheme() != "https" && !here {
            return Err(TransportError::Refused("not-https"));
        }
        let uri = format!("{}{}", call.origin(), call.url.target());
        let method = match call.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let mut request = Request::builder().method(method).uri(uri);
        let body = call.body().map(|body| Bytes::copy_from_slice(body.as_bytes()));
        for (name, value) in call.headers {
            // The connection is ours: what would change its framing or its target is not passed on.
            let framing =
                [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::UPGRADE, header::COOKIE];
            if !framing.contains(&name) {
                request = request.header(name, value);
            }
        }
        request.body(Full::new(body.unwrap_or_default())).map_err(|_| TransportError::Refused("request"))
    }

    async fn answer(&self, response: Response<Incoming>) -> Result<Answer, TransportError> {
        let (parts, body) = response.into_parts();
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let body = Limited::new(body, self.settings.max_answer)
            .collect()
            .await
            .map_err(|error| if error.is::<LengthLimitError>() { TransportError::TooLarge } else { TransportError::Connect })?;
        Ok(Answer {
            status: parts.status.as_u16(),
            content_type: text(header::CONTENT_TYPE),
            retry_after: text(header::RETRY_AFTER),
            body: body.to_bytes(),
        })
    }
}

impl Transport for Dialer {
    fn send<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        async move { timeout(self.settings.answer_within, self.exchange(call)).await.unwrap_or(Err(TransportError::Timeout)) }.boxed()
    }
}

/// What lies behind an error of the client: our own reason, TLS, or the connection.
fn cause(error: &(dyn Error + 'static)) -> TransportError {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(own) = error.downcast_ref::<TransportError>() {
            return *own;
        }
        if error.is::<rustls::Error>() {
            return TransportError::Tls;
        }
        // An I/O error hides the error it carries: its `source` is already the one after.
        let carried = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = carried.map(|carried| carried as &(dyn Error + 'static)).or_else(|| error.source());
    }
    TransportError::Connect
}

/// Opens connections: the one place where a name becomes a socket.
#[derive(Clone)]
struct Door {
    settings: Arc<Settings>,
}

impl Door {
    async fn open(self, uri: Uri) -> Result<TokioIo<TcpStream>, TransportError> {
        let Some(host) = uri.host() else { return Err(TransportError::Refused("no-host")) };
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let connecting = async {
            let addresses = self.addresses(host, port).await?;
            for address in addresses {
                if let Some(watch) = &self.settings.watch {
                    watch.connecting(address);
                }
                let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
                let Ok(socket) = socket else { continue };
                if let Ok(stream) = socket.connect(address).await {
                    // Small requests go at once.
                    let _ = stream.set_nodelay(true);
                    return Ok(TokioIo::new(stream));
                }
            }
            Err(TransportError::Connect)
        };
        timeout(self.settings.connect_within, connecting).await.unwrap_or(Err(TransportError::Timeout))
    }

    /// The addresses of a host, every one of them checked: one that we do not dial condemns the name.
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportError> {
        let found = if let Some(address) = literal(host) {
            vec![address]
        } else {
            if let Some(watch) = &self.settings.watch {
                watch.resolving(host);
            }
            self.settings.names.resolve(host).await.map_err(|_| TransportError::Connect)?
        };
        if found.is_empty() {
            return Err(TransportError::Connect);
        }
        let here = self.settings.loopback && is_loopback_host(host);
        let dialled = |address| if here { is_loopback(address) } else { is_global_unicast(address) };
        if !found.iter().all(|address| dialled(*address)) {
            return Err(TransportError::Refused("address"));
        }
        let mut addresses: Vec<SocketAddr> = found.into_iter().take(MAX_ADDRESSES).map(|ip| SocketAddr::new(ip, port)).collect();
        // This machine listens on IPv4 more often than on IPv6.
        addresses.sort_by_key(|address| here && address.is_ipv6());
        Ok(addresses)
    }
}

impl Service<Uri> for Door {
    type Response = TokioIo<TcpStream>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().open(uri))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::federation::dialer::FixedNames;

    fn door(loopback: bool, list: &[&str]) -> Door {
        let list: Vec<IpAddr> = list.iter().map(|text| text.parse().unwrap()).collect();
        let names = Arc::new(FixedNames::new([("p.example", list.clone()), ("p.test", list)]));
        Door { settings: Arc::new(Settings { names, ..Settings::new(loopback) }) }
    }

    #[tokio::test]
    async fn addresses_are_tried_as_they_were_told_and_not_too_many() {
        let told = ["2606:4700::1", "93.184.216.34", "2a00:1450:4001::1"];
        let found = door(false, &told).addresses("p.example", 443).await.unwrap();
        assert_eq!(found.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>(), told);
        assert!(found.iter().all(|address| address.port() == 443));
        assert_eq!(door(false, &["1.1.1.1"; 40]).addresses("p.example", 443).await.unwrap().len(), MAX_ADDRESSES);
        // On this machine the older kind comes first.
        let found = door(true, &["::1", "127.0.0.1"]).addresses("p.test", 80).await.unwrap();
        assert_eq!(found.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>(), ["127.0.0.1", "::1"]);
        assert_eq!(door(false, &[]).addresses("p.example", 443).await, Err(TransportError::Connect));
        assert_eq!(door(false, &["1.1.1.1", "10.0.0.1"]).addresses("p.example", 443).await, Err(TransportError::Refused("address")));
    }
}
