//! Partners, from the machine the instance runs on: name one, look, pause, resume, end. The same moves as on the admin's
//! page; what is to be told to the other side is left to the running server.

use clap::{Args, Subcommand};
use haven::base::Origin;
use haven::base::config::Config;
use haven::features::partners::{self as desk, PartnerError};
use haven::federation::partners::{self, Partner as Known};
use haven::site::Shared;
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said};

/// What can be done.
#[derive(Subcommand)]
pub enum Partner {
    /// Name another instance as partner.
    Add {
        #[command(flatten)]
        which: Which,
        /// It runs other software: add it at once, without an agreement and without receipts.
        #[arg(long)]
        without_handshake: bool,
    },
    /// All partners.
    List,
    /// One partner.
    Show(Which),
    /// Stop everything in both directions; nothing is lost.
    Pause(Which),
    /// Let things flow again.
    Resume(Which),
    /// End the partnership.
    End(Which),
}

/// Which partner.
#[derive(Args)]
pub struct Which {
    /// Scheme, host and port, as in <https://herning.example>.
    origin: String,
}

impl Which {
    fn origin(&self) -> Result<Origin, Failure> {
        Origin::parse(&self.origin).map_err(|error| Failure::usage(error.to_string()))
    }
}

#[derive(Serialize)]
struct Shown {
    partner: String,
    name: String,
    state: &'static str,
    handshake: bool,
    actor: Option<String>,
    since: Option<String>,
}

impl From<Known> for Shown {
    fn from(known: Known) -> Self {
        Self {
            partner: known.origin.to_string(),
            name: known.name,
            state: known.state.as_str(),
            handshake: known.handshake,
            actor: known.actor_uri.map(|uri| uri.to_string()),
            since: known.started_at.map(haven::base::Timestamp::rfc3339),
        }
    }
}

impl Said for Shown {
    fn plain(&self) -> String {
        let since = self.since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
        let software = if self.handshake { "" } else { ", without a handshake: it promises no receipts" };
        format!("{} ({}): {}{since}{software}", self.partner, self.name, self.state)
    }
}

impl Partner {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        match self {
            Self::Add { which, without_handshake } => {
                let origin = which.origin()?;
                add(&opened::site(config).await?, &origin, !without_handshake, out).await
            }
            Self::List => {
                let site = opened::site(config).await?;
                let mut conn = site.db.read().await?;
                let all: Vec<Shown> = partners::list(&mut conn).await?.into_iter().map(Shown::from).collect();
                out.say_all(&all, "There are no partners yet.")
            }
            Self::Show(which) => {
                let origin = which.origin()?;
                let site = opened::site(config).await?;
                let mut conn = site.db.read().await?;
                let known = partners::by_origin(&mut conn, &origin).await?.ok_or(PartnerError::Unknown)?;
                out.say(&Shown::from(known))
            }
            Self::Pause(which) => moved(config, &which, Move::Pause, out).await,
            Self::Resume(which) => moved(config, &which, Move::Resume, out).await,
            Self::End(which) => moved(config, &which, Move::End, out).await,
        }
    }
}

async fn add(site: &Shared, origin: &Origin, handshake: bool, out: &Out) -> Result<(), Failure> {
    let loopback = site.config.loopback_federation;
    let mut tx = site.db.begin().await?;
    let known = desk::propose(&mut tx, &site.here(), origin, handshake, loopback).await?;
    tx.commit().await?;
    out.say(&Shown::from(known))
}

enum Move {
    Pause,
    Resume,
    End,
}

async fn moved(config: Config, which: &Which, to: Move, out: &Out) -> Result<(), Failure> {
    let origin = which.origin()?;
    let site = opened::site(config).await?;
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let known = match to {
        Move::Pause => desk::pause(&mut tx, &here, &origin).await,
        Move::Resume => desk::resume(&mut tx, &here, &origin).await,
        Move::End => desk::end(&mut tx, &here, &origin).await,
    }?;
    tx.commit().await?;
    out.say(&Shown::from(known))
}
