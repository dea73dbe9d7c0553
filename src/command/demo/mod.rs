//! `haven demo`: three organisations in one process, each with its own database, address and people, sharing groups over
//! real sockets exactly as three machines would. For looking and trying; nobody's real life belongs in it.

mod house;
mod play;
mod script;

use std::path::{Path, PathBuf};

use clap::Args;
use haven::base::config::{Config, DatabaseUrl};
use haven::base::{Id, SystemChance};
use serde::Serialize;
use tokio::sync::watch;

use super::failure::Failure;
use super::out::{Out, Said, Sentence, columns};
use super::{logging, serve};
use house::{House, Server};

/// How the demo runs.
#[derive(Args)]
pub struct Demo {
    /// Keep the data here; without it everything is gone at the end.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The first of the three ports.
    #[arg(long, default_value_t = 8421, value_parser = clap::value_parser!(u16).range(1024..=65_533))]
    port: u16,
}

/// One way in.
#[derive(Serialize)]
pub struct Door {
    organisation: &'static str,
    language: &'static str,
    address: String,
    role: &'static str,
    persona: &'static str,
    link: String,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Table(Vec<Door>);

impl Said for Door {
    fn plain(&self) -> String {
        self.link.clone()
    }
}

impl Said for Table {
    fn plain(&self) -> String {
        let mut rows = Vec::new();
        for door in &self.0 {
            rows.push(vec![
                door.organisation.to_owned(),
                door.address.clone(),
                door.role.to_owned(),
                door.persona.to_owned(),
                door.link.clone(),
            ]);
        }
        format!(
            "Three organisations are running and share groups with each other. Open a link to sign in; each works once.\n\n{}\n\n\
             Write something in a group at one of them and look at the others: it is there within two seconds.\n\
             More posts come in the first minutes. End everything with Ctrl-C.",
            columns(&rows)
        )
    }
}

/// The folder of the data, removed at the end unless somebody chose it.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    /// Its full name when it is kept, however it was typed; made when it is not there.
    fn known(&self) -> Result<Option<PathBuf>, Failure> {
        if !self.keep {
            return Ok(None);
        }
        let said = |error: std::io::Error| Failure::new(format!("the folder {} cannot be used: {error}", self.path.display()));
        std::fs::create_dir_all(&self.path).map_err(said)?;
        std::fs::canonicalize(&self.path).map(Some).map_err(said)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed is left to the system, which clears its temporary folder.
            drop(std::fs::remove_dir_all(&self.path));
        }
    }
}

impl Demo {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// One sentence about what keeps it from starting.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        logging::start(if config.log == "info" { "warn" } else { &config.log })?;
        let stop = serve::stop()?;
        let keep = self.dir.is_some();
        let path = self.dir.unwrap_or_else(|| std::env::temp_dir().join(format!("haven-demo-{}", Id::random(&SystemChance))));
        let folder = Folder { path, keep };
        let known = folder.known()?;
        let postgres = match &config.database {
            DatabaseUrl::Postgres(url) => Some(Server { url: url.reveal(), kept_in: known.as_deref() }),
            DatabaseUrl::Sqlite(_) => None,
        };
        let mut houses = Vec::new();
        let result = match open(&mut houses, self.port, &folder.path, postgres.as_ref()).await {
            Ok(()) => play_until(&mut houses, stop, out).await,
            Err(failure) => Err(failure),
        };
        for house in &houses {
            house.leave().await;
        }
        result
    }
}

/// Opens all houses; those that were opened before one could not be are in the list.
async fn open(houses: &mut Vec<House>, first: u16, folder: &Path, postgres: Option<&Server<'_>>) -> Result<(), Failure> {
    for (place, cast) in script::HOUSES.iter().enumerate() {
        let port = first + u16::try_from(place).unwrap_or(0);
        houses.push(House::open(cast, port, folder, postgres).await?);
    }
    Ok(())
}

/// Lets them serve and tells the story, until the end is asked for.
async fn play_until(houses: &mut [House], stop: impl Future<Output = ()>, out: &Out) -> Result<(), Failure> {
    let (end, ended) = watch::channel(false);
    let servers: Vec<_> = houses.iter_mut().filter_map(|house| house.serve(ended.clone())).collect();
    let result = tokio::select! {
        () = stop => Ok(()),
        played = show(houses, out) => played,
    };
    end.send_replace(true);
    for server in servers {
        drop(server.await);
    }
    result
}

/// Fills the houses, shows the doors, and goes on telling until the story is over; then waits.
async fn show(houses: &[House], out: &Out) -> Result<(), Failure> {
    let later = play::begin(houses).await?;
    let mut doors = Vec::new();
    for house in houses {
        doors.extend(house.doors().await?);
    }
    out.say_table(doors)?;
    if let Err(failure) = play::go_on(houses, later).await {
        tracing::warn!("the story of the demo stopped: {}", failure.said());
    }
    std::future::pending().await
}

impl Out {
    /// The doors: for people as one table, for scripts one a line.
    fn say_table(self, doors: Vec<Door>) -> Result<(), Failure> {
        if self.is_json() { self.say_all(&doors, "") } else { self.say(&Sentence { said: Table(doors).plain() }) }
    }
}
