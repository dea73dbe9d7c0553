//! One organisation of the demo: its settings, database, site, listener and people.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use haven::base::Iri;
use haven::base::config::Config;
use haven::db::{self, Db};
use haven::features::accounts::{self, Hashed, Passphrase, Role, SignInName, Token};
use haven::features::personas::{self, Persona, PersonaName, SignUp, Way};
use haven::server;
use haven::site::Shared;
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
}

impl House {
    /// Opens it: port, database, site. A folder or database that was used before goes on where it was.
    ///
    /// # Errors
    /// A taken port, a database that cannot be used.
    pub async fn open(cast: &'static Cast, port: u16, folder: &Path, postgres: Option<&str>) -> Result<Self, Failure> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = serve::listen(address, "--port").await?;
        let mut config = Config::loopback(&format!("http://127.0.0.1:{port}"), address, &folder.join(cast.folder))?;
        cast.name.clone_into(&mut config.name);
        if let Some(url) = postgres {
            config.database = db::make_database(url, &format!("haven_demo_{port}")).await?;
        }
        let db = Db::open(&config.database).await?;
        db.migrate().await?;
        let world = opened::world(&config)?;
        let site = server::open(config, db, world).await?;
        Ok(Self { cast, site, listener: Some(listener) })
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
        let new = SignUp { name: &name, sign_in_name: &sign_in_name, passphrase: hashed };
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
