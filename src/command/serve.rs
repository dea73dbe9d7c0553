//! `haven serve`: one instance, until it is told to stop. Start is recovery and the end writes nothing, so that a crash, a
//! power cut and Ctrl-C are the same to everybody outside.

mod metrics;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use haven::base::config::{Config, NO_OPEN_FEDERATION};
use haven::db::Db;
use haven::features::{accounts, oversight, takeout};
use haven::server::{self, OpenError};
use haven::site::Shared;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;
use super::out::{Out, Said};
use super::{logging, opened};

#[derive(Serialize)]
struct Started {
    address: String,
    listen: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    setup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

impl Said for Started {
    fn plain(&self) -> String {
        let note = self.note.map(|note| format!("\n{note}")).unwrap_or_default();
        let running = format!("Haven is running at {}; end it with Ctrl-C.{note}", self.address);
        match &self.setup {
            None => running,
            Some(link) => {
                format!("{running}\nThere is no admin yet. Open this link to become the first; it works once, within a week:\n{link}")
            }
        }
    }
}

/// Serves.
///
/// # Errors
/// One sentence about what keeps it from starting.
pub async fn run(config: Config, out: &Out) -> Result<(), Failure> {
    logging::start(&config.log)?;
    let stop = stop()?;
    let listener = listen(config.listen, "HAVEN_LISTEN").await?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(listen(address, "HAVEN_METRICS_LISTEN").await?),
        None => None,
    };
    let db = Db::open(&config.database).await?;
    let lock = db.serve_lock(&config.data_dir)?;
    if db.pending_migrations().await? > 0 {
        db.migrate().await?;
    }
    let world = opened::world(&config, &db).await?;
    let site = server::open(config, db, world).await?;
    takeout::notice_older_copy(&site).await.map_err(OpenError::from)?;
    server::take_over(&site, &lock).await?;
    oversight::anchor(&site).await?;
    out.say(&started(&site, &listener).await?)?;
    if let Some(listener) = metrics_listener {
        tokio::spawn(metrics::serve(Arc::clone(&site), listener)?);
    }
    server::serve(Arc::clone(&site), listener, stop).await;
    site.db.close().await;
    drop(lock);
    Ok(())
}

async fn started(site: &Shared, listener: &TcpListener) -> Result<Started, Failure> {
    let mut tx = site.db.begin().await?;
    let setup = accounts::setup_link(&mut tx, &site.here()).await?;
    tx.commit().await?;
    Ok(Started {
        address: site.config.origin.to_string(),
        listen: listener.local_addr()?,
        setup: setup.map(|link| link.to_string()),
        note: site.config.open_federation.then_some(NO_OPEN_FEDERATION),
    })
}

/// Takes a port.
///
/// # Errors
/// A sentence that names the setting.
pub async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            Failure::new(format!("another program listens on {address} already; stop it, or choose another port with {setting}"))
        }
        ErrorKind::PermissionDenied => {
            Failure::new(format!("this program may not listen on {address}; choose a port above 1023 with {setting}"))
        }
        ErrorKind::AddrNotAvailable => Failure::new(format!("this machine does not have the address of {address}; see {setting}")),
        _ => Failure::new(format!("{setting} {address} cannot be listened on: {error}")),
    })
}

/// Resolves when the program is asked to end.
///
/// # Errors
/// When the system takes no wishes about signals.
pub fn stop() -> Result<impl Future<Output = ()> + use<>, Failure> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
