//! FLT-03, FLT-08: a PostgreSQL server of our own, which may be restarted, robbed of its connections, and set up so that it would
//! lose what was acknowledged. It lives in a temporary folder on a port of its own and is ended with the test.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use haven::testing::database::TempFolder;
use sqlx::{ConnectOptions, Connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{Engine, House, free_port};
use crate::partner::Partner;
use crate::scene::{Scene, until};

/// The server.
struct Cluster {
    folder: TempFolder,
    tools: PathBuf,
    port: u16,
}

/// The folder with `initdb` and `pg_ctl`, the newest version first.
fn tools() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    found.retain(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists());
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.starts_with(b"0\n"))
}

impl Cluster {
    /// `None`, and one line that says so, when there is no such server on this machine.
    fn start() -> Option<Self> {
        let Some(tools) = tools() else {
            haven::testing::not_run("FLT-08, there is no PostgreSQL server on this machine to start one of our own");
            return None;
        };
        let cluster = Self { folder: TempFolder::new().expect("a folder"), tools, port: free_port() };
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(cluster.folder.path()).status().expect("chown runs");
            assert!(owned.success());
        }
        let data = cluster.data();
        cluster.run("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"]);
        cluster.control(&["start"]);
        Some(cluster)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_string_lossy().into_owned()
    }

    fn run(&self, tool: &str, args: &[&str]) {
        let tool = self.tools.join(tool);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(tool);
            command
        } else {
            Command::new(tool)
        };
        let folder: &Path = self.folder.path();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("said")).expect("a log");
        let done = command.args(args).current_dir(folder).stdout(log.try_clone().expect("a log")).stderr(log).status().expect("it runs");
        assert!(done.success(), "{args:?}: {}", std::fs::read_to_string(folder.join("said")).unwrap_or_default());
    }

    fn control(&self, what: &[&str]) {
        let (data, log) = (self.data(), self.folder.path().join("log").to_string_lossy().into_owned());
        let socket = self.folder.path().to_string_lossy().into_owned();
        let settings = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={socket} -c max_connections=40", self.port);
        let mut args = vec!["-D", &data, "-l", &log, "-o", &settings, "-w", "-t", "600"];
        args.extend(what);
        self.run("pg_ctl", &args);
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    async fn connect(&self) -> sqlx::PgConnection {
        let options: sqlx::postgres::PgConnectOptions = self.url("postgres").parse().expect("an address");
        options.disable_statement_logging().connect().await.expect("the server")
    }

    async fn say(&self, text: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut connection).await.expect("said");
        connection.close().await.expect("closed");
    }

    /// Whether somebody who comes now finds this setting on.
    async fn is_on(&self, setting: &str) -> bool {
        let mut connection = self.connect().await;
        let (value,): (String,) =
            sqlx::query_as("SELECT current_setting($1)").bind(setting).fetch_one(&mut connection).await.expect("a setting");
        connection.close().await.expect("closed");
        value == "on"
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.control(&["-m", "immediate", "stop"]);
        }
    }
}

/// A door between the house and its database, which can be slammed right after the COMMIT of one unit of work went through.
struct Between {
    port: u16,
    slam: Slam,
    slammed: Arc<AtomicBool>,
}

/// What the unit of work holds behind whose COMMIT the door is slammed, once.
type Slam = Arc<Mutex<Option<String>>>;

impl Between {
    async fn open(to: u16) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let between = Self { port, slam: Arc::default(), slammed: Arc::default() };
        let (slam, slammed) = (Arc::clone(&between.slam), Arc::clone(&between.slammed));
        tokio::spawn(async move {
            while let Ok((house, _)) = listener.accept().await {
                let (slam, slammed) = (Arc::clone(&slam), Arc::clone(&slammed));
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(("127.0.0.1", to)).await else { return };
                    drop(house.set_nodelay(true));
                    drop(server.set_nodelay(true));
                    carry(house, server, slam, slammed).await;
                });
            }
        });
        between
    }

    fn slam_behind(&self, text: &str) {
        *self.slam.lock().expect("no panic") = Some(text.to_owned());
    }
}

/// What one connection says to the database.
#[derive(Default)]
struct Heard {
    /// The end of what was looked at before: a word may come in two parts.
    said: Vec<u8>,
    /// What is looked for came in the unit of work that is open.
    named: bool,
}

impl Heard {
    /// Whether these bytes end the unit of work behind which the door is to be slammed.
    fn ends(&mut self, bytes: &[u8], slam: &Slam) -> bool {
        let mut slam = slam.lock().expect("no panic");
        let Some(text) = slam.as_ref() else {
            *self = Self::default();
            return false;
        };
        self.said.extend_from_slice(bytes);
        let last = |word: &str| self.said.windows(word.len()).rposition(|window| window == word.as_bytes());
        let commits = last("COMMIT").is_some();
        self.named = match (last(text), last("BEGIN")) {
            (Some(text), Some(begin)) => text > begin,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => self.named,
        };
        let ends = commits && self.named;
        if ends {
            *slam = None;
        }
        let keep = if commits { 0 } else { 64 };
        self.said.drain(..self.said.len().saturating_sub(keep));
        self.named &= !commits;
        ends
    }
}

async fn carry(house: TcpStream, server: TcpStream, slam: Slam, slammed: Arc<AtomicBool>) {
    let ((mut from_house, mut to_house), (mut from_server, mut to_server)) = (house.into_split(), server.into_split());
    let cut = Arc::new(AtomicBool::new(false));
    let cuts = Arc::clone(&cut);
    let out = async move {
        let (mut buffer, mut heard) = (vec![0; 1 << 16], Heard::default());
        while let Ok(read @ 1..) = from_house.read(&mut buffer).await {
            let last = heard.ends(&buffer[..read], &slam);
            cuts.store(last, Ordering::SeqCst);
            if to_server.write_all(&buffer[..read]).await.is_err() {
                break;
            }
            if last {
                slammed.store(true, Ordering::SeqCst);
                // The server got it; nobody will hear what it says.
                to_server.flush().await.expect("flushed");
                tokio::time::sleep(Duration::from_millis(50)).await;
                break;
            }
        }
    };
    let back = async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            if cut.load(Ordering::SeqCst) || to_house.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    // Whichever side ends takes the other along.
    tokio::select! { () = out => {} () = back => {} }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_08_a_database_server_that_goes_away_and_comes_back_loses_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    refuses_weak_settings(&cluster).await;
    cluster.say("CREATE DATABASE haven TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'").await;
    let between = Between::open(cluster.port).await;
    let mut house = House::new(Engine::Sqlite).await.expect("a folder");
    house.settings.push(("HAVEN_DATABASE_URL", format!("postgres://postgres@127.0.0.1:{}/haven", between.port)));
    let scene = Scene::with(house, 1).await;
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut accepted = BTreeSet::new();
    let mut slowest = Duration::ZERO;
    for what in ["restart", "crash", "terminate", "slam", "slam", "slam", "terminate", "restart"] {
        let mut line = partner.line(&scene.house.origin());
        let names: Vec<String> = (0..6).map(|_| Partner::name()).collect();
        line.insist(&partner.create(&names[0], &group, &names[0])).await;
        match what {
            // The partner answers on this runtime, and must be able to while the server is away.
            "restart" => tokio::task::block_in_place(|| cluster.control(&["-m", "fast", "restart"])),
            "crash" => tokio::task::block_in_place(|| cluster.control(&["-m", "immediate", "restart"])),
            "terminate" => {
                cluster
                    .say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'haven'")
                    .await;
            }
            _ => {
                between.slam_behind(&names[1]);
                // A connection that died of the fault before this one may be found first.
                until("the door that is slammed behind this very post", async || {
                    let said = line.send(&partner.create(&names[1], &group, &names[1])).await;
                    let unsure = said.as_ref().is_some_and(|said| said.status == 503 && said.again.is_some());
                    assert!(unsure, "it says that it does not know: {said:?}");
                    between.slammed.swap(false, Ordering::SeqCst).then_some(())
                })
                .await;
            }
        }
        let (begun, mut refused) = (Instant::now(), 0);
        for name in &names {
            refused += line.insist(&partner.create(name, &group, name)).await;
            accepted.insert(partner.object(name));
            slowest = slowest.max(begun.elapsed());
        }
        // The catalogue: within ten seconds. Counted in tries, of which a second has ten at most, so that a slow machine fails nothing.
        assert!(refused < 100, "{what}: the house refused {refused} times while its database was there");
    }
    scene.settle().await;
    let (lost, doubled) = scene.lost_and_doubled(&accepted).await;
    println!(
        "FLT-08: 8 faults, {} accepted, {} lost, {} doubled, the database found again within {slowest:?}",
        accepted.len(),
        lost.len(),
        doubled.len()
    );
    assert_eq!((lost, doubled), (Vec::new(), Vec::new()));
}

/// FLT-03: a server that acknowledges before it has flushed is refused at the start, with the name of the setting.
async fn refuses_weak_settings(cluster: &Cluster) {
    let house = House::new(Engine::Sqlite).await.expect("a folder");
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        cluster.say(&format!("ALTER SYSTEM SET {setting} = off")).await;
        cluster.say("SELECT pg_reload_conf()").await;
        let refused = until("the refusal", async || {
            // A command that ends by itself: the server may not have read the setting yet.
            let mut open = house.command(&["migrate"]);
            open.env("HAVEN_DATABASE_URL", cluster.url("postgres"));
            let done = crate::house::finish(open, "");
            done.err.contains(setting).then_some(done)
        });
        assert!(refused.await.sentence(1).contains("it may lose what was acknowledged"));
        cluster.say(&format!("ALTER SYSTEM RESET {setting}")).await;
        cluster.say("SELECT pg_reload_conf()").await;
        until("the setting as it was", async || cluster.is_on(setting).await.then_some(())).await;
    }
}
