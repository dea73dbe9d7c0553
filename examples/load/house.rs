//! The site that is measured: its database is filled here by the house's own functions, then it runs as a child process.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use haven::base::config::{Config, DatabaseUrl};
use haven::base::{Id, Origin, SystemChance, SystemClock};
use haven::db::Db;
use haven::features::accounts::{self, Agent, Made, NewAccount, Opening, Passphrase, Role, SignInName};
use haven::features::groups::{self, Charter, Founding, Group, GroupName, JoinRule, Reach};
use haven::features::personas::{self, Persona, PersonaName};
use haven::federation::actors::{self, Actor, Kind, Learned};
use haven::federation::dialer::{Dialer, Settings};
use haven::federation::keys::{KeyPair, KeySource};
use haven::federation::partners::{self, Partner};
use haven::federation::runtime::World;
use haven::federation::vault::Vault;
use haven::server;
use haven::site::Shared;
use haven::testing::keys::RecordedKeys;
use sqlx::{AssertSqlSafe, Connection};

use crate::Common;
use crate::wire;

/// A database and an address for one site.
pub struct House {
    pub dir: PathBuf,
    pub origin: Origin,
    pub address: SocketAddr,
    postgres: Option<(String, String)>,
    keys: RecordedKeys,
    binary: Option<PathBuf>,
}

/// A running child; it ends with the value.
pub struct Running {
    child: Child,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A persona of the house with a session.
pub struct Resident {
    pub persona: Persona,
    pub cookie: String,
}

/// A port that is free now.
pub fn free_port() -> u16 {
    StdListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port()
}

impl House {
    /// A new, empty one.
    pub async fn new(common: &Common) -> Self {
        let dir = std::env::temp_dir().join(format!("haven-load-{}-{}", std::process::id(), free_port()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let origin = Origin::parse(&format!("http://{address}")).expect("an origin");
        let postgres = match &common.postgres {
            None => None,
            Some(server) => {
                let name = format!("haven_load_{}_{}", std::process::id(), address.port());
                administer(server, format!("CREATE DATABASE {name}")).await;
                let mut url = url::Url::parse(server).expect("an address of PostgreSQL");
                url.set_path(&name);
                Some((server.clone(), url.to_string()))
            }
        };
        Self { dir, origin, address, postgres, keys: RecordedKeys::default(), binary: common.binary.clone() }
    }

    pub fn database(&self) -> DatabaseUrl {
        match &self.postgres {
            None => DatabaseUrl::Sqlite(self.dir.join("haven.db")),
            Some((_, url)) => DatabaseUrl::Postgres(url.clone().into()),
        }
    }

    pub fn engine(&self) -> &'static str {
        if self.postgres.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// The site in this process, migrated.
    pub async fn open(&self) -> Shared {
        open(self.origin.as_str(), &self.dir, self.database(), None).await
    }

    pub fn key(&self) -> KeyPair {
        self.keys.fresh().expect("a recorded key")
    }

    /// Starts the child and waits for its first answer.
    pub async fn start(&self) -> (Running, Duration) {
        self.start_with(None).await
    }

    /// The same with another limit for what one partner may send each second.
    pub async fn start_with(&self, rate: Option<u32>) -> (Running, Duration) {
        let mut command = match &self.binary {
            Some(binary) => self.program(binary, rate),
            None => self.own_child(rate),
        };
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let before = Instant::now();
        let running = Running { child: command.spawn().expect("a child") };
        let request = wire::get(&self.origin, "/healthz", "");
        loop {
            if let Ok(mut line) = wire::Connection::open(self.address).await
                && line.ask(&request).await.is_ok_and(|status| status == 200)
            {
                return (running, before.elapsed());
            }
            assert!(before.elapsed() < Duration::from_mins(1), "the site does not start");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// This command as a child that does what `haven serve` does.
    fn own_child(&self, rate: Option<u32>) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["serve", "--url", self.origin.as_str(), "--dir"]).arg(&self.dir);
        if let Some((_, url)) = &self.postgres {
            command.args(["--postgres", url]);
        }
        if let Some(rate) = rate {
            command.args(["--rate", &rate.to_string()]);
        }
        command
    }

    /// The program itself, with the same settings.
    fn program(&self, binary: &Path, rate: Option<u32>) -> Command {
        let mut command = Command::new(binary);
        command.arg("serve").env("HAVEN_PUBLIC_URL", self.origin.as_str()).env("HAVEN_LISTEN", self.address.to_string());
        command.env("HAVEN_DATA_DIR", &self.dir).env("HAVEN_LOOPBACK_FEDERATION", "true").env("HAVEN_LOG", "error");
        if let Some((_, url)) = &self.postgres {
            command.env("HAVEN_DATABASE_URL", url);
        }
        if let Some(rate) = rate {
            command.env("HAVEN_PARTNER_RATE", rate.to_string());
        }
        command
    }

    /// Removes what was made.
    pub async fn remove(self) {
        drop(std::fs::remove_dir_all(&self.dir));
        if let Some((server, url)) = &self.postgres {
            let name = url.rsplit('/').next().unwrap_or_default();
            administer(server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn administer(server: &str, statement: String) {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(server).await.expect("PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("PostgreSQL obeys");
}

async fn open(origin: &str, dir: &Path, database: DatabaseUrl, rate: Option<u32>) -> Shared {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = Config::loopback(origin, listen, dir).expect("settings");
    config.database = database;
    config.partner_rate = rate.unwrap_or(config.partner_rate);
    let db = Db::open(&config.database).await.expect("a database");
    if db.pending_migrations().await.expect("a database") > 0 {
        db.migrate().await.expect("migrated");
    }
    let world = World {
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        transport: Arc::new(Dialer::new(Settings::new(true)).expect("a dialer")),
        keys: Arc::new(RecordedKeys::default()),
        origin: config.origin.clone(),
        vault: Arc::new(Vault::of_database(&config.key_file, &db, &SystemChance).await.expect("a key file")),
    };
    server::open(config, db, world).await.expect("a site")
}

/// The child: what `haven serve` does.
pub async fn serve(url: &str, dir: &Path, postgres: Option<&str>, rate: Option<u32>) {
    let database = postgres.map_or_else(|| DatabaseUrl::Sqlite(dir.join("haven.db")), |url| DatabaseUrl::Postgres(url.to_owned().into()));
    let origin = Origin::parse(url).expect("an address");
    let listener = tokio::net::TcpListener::bind(origin.authority()).await.expect("the port");
    let site = open(url, dir, database, rate).await;
    server::serve(site, listener, std::future::pending()).await;
}

/// Somebody of the house, signed in.
pub async fn resident(house: &House, site: &Shared, name: &str) -> Resident {
    let here = site.here();
    let passphrase = Passphrase::choose("a quiet walk by the canal", &[]).expect("a good passphrase");
    let hashed = accounts::hash(&*here.chance, passphrase).await.expect("hashed");
    let mut tx = site.db.begin().await.expect("a unit of work");
    let sign_in = SignInName::parse(&format!("{}-signs-in", name.to_lowercase())).expect("a sign-in name");
    let new = NewAccount { name: &sign_in, passphrase: &hashed, role: Role::Member, called: name, made: Made::Console };
    let account = accounts::create(&mut tx, &here, new).await.expect("an account");
    let persona =
        personas::create(&mut tx, &here, &house.key(), &account, &PersonaName::parse(name).expect("a name")).await.expect("a persona");
    let token = accounts::open(&mut tx, &here, &account, Opening::new(Agent::of_header(""), None)).await.expect("a session");
    tx.commit().await.expect("committed");
    Resident { persona, cookie: format!("haven-{}={}", here.origin.port(), token.reveal()) }
}

/// A group of this persona that is open to everybody, shared with these partners.
pub async fn group(house: &House, site: &Shared, founder: &Id, partners: &[Id]) -> Group {
    let here = site.here();
    let charter = Charter::named(GroupName::parse("Morning coffee").expect("a name"), JoinRule::Open);
    let reach = if partners.is_empty() { Reach::House } else { Reach::Partners };
    let mut tx = site.db.begin().await.expect("a unit of work");
    let founding = Founding { charter: &charter, founder, reach, partners };
    let group = groups::create(&mut tx, &here, &house.key(), founding).await.expect("a group");
    tx.commit().await.expect("committed");
    group
}

/// An active partner, added by hand.
pub async fn partner(site: &Shared, origin: &Origin) -> Partner {
    let mut tx = site.db.begin().await.expect("a unit of work");
    let partner = partners::name(&mut tx, &site.here(), origin, false).await.expect("a partner");
    tx.commit().await.expect("committed");
    partner
}

/// A person of a partner, with the key that it signs with.
pub async fn stranger(site: &Shared, partner: &Partner, key: &KeyPair) -> Actor {
    let uri = partner.origin.at("/p/piet");
    let learned = Learned {
        kind: Kind::Person,
        name: "Piet".to_owned(),
        inbox: partner.origin.at("/p/piet/inbox"),
        shared_inbox: Some(partner.origin.at("/inbox")),
        key: Some((format!("{uri}#main-key"), key.public_pem())),
        uri,
    };
    let mut tx = site.db.begin().await.expect("a unit of work");
    let actor = actors::learn(&mut tx, &site.here(), &partner.id, &learned).await.expect("an actor");
    tx.commit().await.expect("committed");
    actor
}
