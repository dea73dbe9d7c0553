//! A whole site in one process: a real database on either engine, the real routers, a set clock, seeded chance, recorded
//! keys, and a network without sockets. Tests act through its door; nothing in it is different from a running site.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};
use tower::ServiceExt;

use crate::base::config::Config;
use crate::db::{Db, DbError};
use crate::federation::runtime::World;
use crate::federation::vault::{KEY_LEN, Vault};
use crate::server::{self, OpenError};
use crate::site::Shared;
use crate::testing::chance::SeededChance;
use crate::testing::clock::SetClock;
use crate::testing::database::TestDb;
use crate::testing::keys::RecordedKeys;
use crate::testing::network::Network;

/// What private keys of test sites are sealed with. It is public: no running site may use it.
pub const VAULT_KEY: [u8; KEY_LEN] = [7; KEY_LEN];

/// What sites of one story share.
#[derive(Clone, Default)]
pub struct Town {
    /// The one clock.
    pub clock: Arc<SetClock>,
    /// The one network.
    pub network: Network,
}

/// One site.
pub struct TestSite {
    /// The running parts.
    pub site: Shared,
    /// Its pages and inboxes.
    pub router: Router,
    /// Its database; removed with this value.
    pub database: TestDb,
    /// Host name, also its address on the network.
    pub host: String,
}

/// What a page answered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Status.
    pub status: StatusCode,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// `Set-Cookie`, first part.
    pub cookie: Option<String>,
    /// Text of the page.
    pub text: String,
}

impl Town {
    /// Opens a site called `host` (ends in `.test`) on this database. `seed` decides all chance in it.
    ///
    /// # Errors
    /// When the site cannot be opened.
    pub async fn open(&self, host: &str, database: TestDb, seed: u64) -> Result<TestSite, OpenError> {
        let db: Db = (*database).clone();
        let (site, router) = self.begin(host, db, database.folder(), seed).await?;
        Ok(TestSite { site, router, database, host: host.to_owned() })
    }

    async fn begin(&self, host: &str, db: Db, folder: &Path, seed: u64) -> Result<(Shared, Router), OpenError> {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config =
            Config::loopback(&format!("http://{host}"), listen, folder).map_err(|_| DbError::Unreadable("the address of a test site"))?;
        let world = World {
            clock: self.clock.clone(),
            chance: Arc::new(SeededChance::new(seed)),
            transport: Arc::new(self.network.of(host)),
            keys: Arc::new(RecordedKeys::starting_at(usize::try_from(seed % 8).unwrap_or(0))),
            origin: config.origin.clone(),
            vault: Arc::new(Vault::new(&VAULT_KEY).map_err(OpenError::Vault)?),
        };
        let site = server::open(config, db, world).await?;
        let router = server::router(Arc::clone(&site));
        self.network.plug(host, router.clone());
        Ok((site, router))
    }

    /// The site dies as it is, and is opened again from what its database holds.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn reopen(&self, site: &mut TestSite, seed: u64) -> Result<(), OpenError> {
        site.database.reopen().await?;
        let db: Db = (*site.database).clone();
        (site.site, site.router) = self.begin(&site.host, db, site.database.folder(), seed).await?;
        Ok(())
    }

    /// Lets all sites do their background work until none has anything due, at most 200 rounds.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn settle(&self, sites: &[&TestSite]) -> Result<usize, DbError> {
        let mut total = 0;
        for _ in 0..200 {
            let mut done = 0;
            for site in sites {
                done += server::step(&site.site).await?;
            }
            if done == 0 {
                break;
            }
            total += done;
        }
        Ok(total)
    }
}

impl TestSite {
    /// Reads a page, with a session cookie if there is one.
    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Seen {
        self.ask(Request::get(path), cookie, Body::empty()).await
    }

    /// Sends a form of this site's own pages.
    pub async fn post(&self, path: &str, cookie: Option<&str>, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header("sec-fetch-site", "same-origin");
        self.ask(request, cookie, Body::from(body)).await
    }

    /// Sends a file by a form of this site's own pages, like a browser does.
    pub async fn upload(&self, path: &str, cookie: &str, file: &str) -> Seen {
        let body = format!("--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.json\"\r\n\r\n{file}\r\n--cut--\r\n");
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut").header("sec-fetch-site", "same-origin");
        self.ask(request, Some(cookie), Body::from(body)).await
    }

    async fn ask(&self, request: http::request::Builder, cookie: Option<&str>, body: Body) -> Seen {
        let request = request.header(header::HOST, &self.host);
        let request = match cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let Ok(request) = request.body(body) else { return Seen::broken() };
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).map(ToOwned::to_owned);
        let cookie = text(header::SET_COOKIE).map(|set| set.split(';').next().unwrap_or_default().to_owned());
        let bytes = to_bytes(body, 8 * 1024 * 1024).await.unwrap_or_default();
        Seen { status: parts.status, location: text(header::LOCATION), cookie, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

impl Seen {
    fn broken() -> Self {
        Self { status: StatusCode::BAD_REQUEST, location: None, cookie: None, text: String::new() }
    }
}
