//! One organisation of the demo: its settings, database, site, listener and people.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use futures::future::{join_all, try_join_all};
use haven::audit::By;
use haven::base::config::{Config, DatabaseUrl};
use haven::base::{Id, Iri, Sensitive, SystemChance};
use haven::db::{self, Db};
use haven::features::accounts::{self, Hashed, Passphrase, Role, SignInName, Token};
use haven::features::assessments::{self, SECTIONS, Signing};
use haven::features::personas::{self, Persona, PersonaName, SignUp, Way};
use haven::server::{self, OpenError};
use haven::site::Shared;
use haven::web::{Lang, Words};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Door;
use super::script::{Cast, Person};
use crate::command::failure::Failure;
use crate::command::{opened, serve};

/// One organisation.
pub struct House {
    /// Who lives in it.
    pub cast: &'static Cast,
    /// Its running parts.
    pub site: Shared,
    listener: Option<TcpListener>,
    /// Its database on a server, when it goes at the end.
    borrowed: Option<Borrowed>,
}

/// A PostgreSQL server for the demo.
pub struct Server<'a> {
    /// Its address.
    pub url: &'a str,
    /// Which folder the data belongs to; `None` when everything goes at the end.
    pub kept_in: Option<&'a Path>,
}

impl Server<'_> {
    /// What the name of a house's database begins with.
    fn prefix(&self, cast: &Cast, port: u16) -> String {
        match self.kept_in {
            // The same for every run on this folder, and another one for every folder.
            Some(folder) => {
                let text = format!("{} {}", folder.display(), cast.folder);
                let hash = digest::digest(&digest::SHA256, text.as_bytes());
                format!("haven_demo_kept_{}", HEXLOWER.encode(&hash.as_ref()[..12]))
            }
            None => format!("haven_demo_{port}_"),
        }
    }

    /// The database of a house: the one of its folder, or a new one. What earlier runs on this port left behind goes first.
    async fn database(&self, cast: &Cast, port: u16) -> Result<(DatabaseUrl, Option<Borrowed>), Failure> {
        let prefix = self.prefix(cast, port);
        if self.kept_in.is_some() {
            return Ok((db::make_database(self.url, &prefix).await?, None));
        }
        db::drop_unused_databases(self.url, &prefix).await?;
        let name = format!("{prefix}{}", Id::random(&SystemChance));
        let made = db::make_database(self.url, &name).await?;
        Ok((made, Some(Borrowed { url: self.url.to_owned().into(), name })))
    }
}

struct Borrowed {
    url: Sensitive<String>,
    name: String,
}

impl House {
    /// Opens it: port, database, site. A folder that was used before goes on where it was, also when its database is on a server.
    ///
    /// # Errors
    /// A taken port, a database that cannot be used.
    pub async fn open(cast: &'static Cast, port: u16, folder: &Path, postgres: Option<&Server<'_>>) -> Result<Self, Failure> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = serve::listen(address, "--port").await?;
        let mut config = Config::loopback(&format!("http://127.0.0.1:{port}"), address, &folder.join(cast.folder))?;
        cast.name.clone_into(&mut config.name);
        let mut borrowed = None;
        if let Some(server) = postgres {
            (config.database, borrowed) = server.database(cast, port).await?;
        }
        let db = Db::open(&config.database).await?;
        db.migrate().await?;
        let world = opened::world(&config, &db).await?;
        let site = server::open(config, db, world).await.map_err(|error| match error {
            // The settings have no part in it: it is the folder and the ports that do not belong together.
            OpenError::OtherAddress { stored, .. } => Failure::new(format!(
                "the data in {} is of a demo that runs at {stored}; say --port with the first of its ports, or choose another folder with \
                 --dir",
                folder.display()
            )),
            other => other.into(),
        })?;
        Ok(Self { cast, site, listener: Some(listener), borrowed })
    }

    /// Leaves it: connections are closed, and a database that was made for this run goes.
    pub async fn leave(&self) {
        self.site.db.close().await;
        if let Some(borrowed) = &self.borrowed
            && let Err(error) = db::drop_unused_databases(borrowed.url.reveal(), &borrowed.name).await
        {
            tracing::warn!(%error, "a database of the demo could not be removed; the next demo on this port tries again");
        }
    }

    /// Begins to answer, until `ended` says true.
    pub fn serve(&mut self, mut ended: watch::Receiver<bool>) -> Option<JoinHandle<()>> {
        let listener = self.listener.take()?;
        let site = Arc::clone(&self.site);
        // When the sender is gone the demo is over as well.
        let stop = async move { drop(ended.wait_for(|ended| *ended).await) };
        Some(tokio::spawn(server::serve(site, listener, stop)))
    }

    /// Makes the people who are not there yet. Nobody knows their passphrases: they come in by links.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn people(&self) -> Result<(), Failure> {
        let passphrase = Token::random(&*self.site.here().chance);
        let passphrase = Passphrase::choose(passphrase.reveal(), &[])?;
        let hashed = accounts::hash(&*self.site.here().chance, passphrase).await?;
        join_all(self.cast.people.iter().map(|person| self.person(person, &hashed))).await.into_iter().collect()
    }

    /// Signs the assessment of risks where an earlier run did not, so that the pages of the demo let partners be added.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn sign(&self) -> Result<(), Failure> {
        let here = self.site.here();
        let today: String = here.now.rfc3339().chars().take(10).collect();
        let signing =
            Signing::read(self.cast.officer, &today, here.now).map_err(|_| Failure::new("the demo cannot sign the assessment"))?;
        let t = Words::new(Lang::parse(self.cast.language).unwrap_or_default());
        let mut tx = self.site.db.begin().await?;
        for section in SECTIONS {
            if !assessments::is_signed(&mut tx, &section).await? {
                assessments::sign(&mut tx, &here, By::console(), &section, &signing, t).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn person(&self, person: &Person, hashed: &Hashed) -> Result<(), Failure> {
        let mut conn = self.site.db.read().await?;
        let there = personas::by_name(&mut conn, person.name).await?.is_some();
        drop(conn);
        if there {
            return Ok(());
        }
        let sign_in_name = SignInName::parse(person.sign_in_name)?;
        let name = PersonaName::parse(person.name)?;
        let key = self.site.fresh_key().await?;
        let mut tx = self.site.db.begin().await?;
        let new = SignUp { name: &name, sign_in_name: &sign_in_name, passphrase: hashed, said: None, confidentiality: None };
        personas::sign_up(&mut tx, &self.site.here(), &key, Way::Console(person.role), new).await?;
        Ok(tx.commit().await?)
    }

    /// One of its people by the name others see.
    ///
    /// # Errors
    /// When the script names somebody who is not there.
    pub async fn persona(&self, name: &str) -> Result<Persona, Failure> {
        let mut conn = self.site.db.read().await?;
        personas::by_name(&mut conn, name).await?.ok_or_else(|| Failure::new("somebody of the demo is not there; use a new --dir"))
    }

    /// A way in for a member, a host and an admin.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn doors(&self) -> Result<Vec<Door>, Failure> {
        let chosen = [Role::Member, Role::Host, Role::Admin];
        let people = chosen.iter().filter_map(|role| self.cast.people.iter().find(|person| person.role == *role));
        try_join_all(people.map(|person| self.door(person))).await
    }

    async fn door(&self, person: &'static Person) -> Result<Door, Failure> {
        let link = self.link(person.sign_in_name).await?;
        Ok(Door {
            organisation: self.cast.name,
            language: self.cast.language,
            address: self.site.config.origin.to_string(),
            role: person.role.as_str(),
            persona: person.name,
            link: link.to_string(),
        })
    }

    async fn link(&self, name: &str) -> Result<Iri, Failure> {
        let mut tx = self.site.db.begin().await?;
        let link = accounts::sign_in_link_from_console(&mut tx, &self.site.here(), name).await?;
        tx.commit().await?;
        Ok(link)
    }
}
