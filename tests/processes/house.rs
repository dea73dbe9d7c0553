//! One organisation as its own process: settings, database, server and commands, all through the real program. It ends
//! only the process it started.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use haven::base::config::DatabaseUrl;
use haven::base::{Chance, SystemChance};
use haven::db::{Db, DbError};
use haven::testing::database::{self, TempFolder, TestDb};
use serde_json::Value;
use sqlx::AssertSqlSafe;

/// The databases on which every story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server; only when one is named in `HAVEN_TEST_POSTGRES`.
    Postgres,
}

/// One organisation.
pub struct House {
    port: u16,
    folder: TempFolder,
    /// Its own database on PostgreSQL, if that is its engine.
    pub postgres: Option<TestDb>,
    server: Option<Child>,
    /// Where numbers are read, if anywhere.
    pub metrics: Option<u16>,
    /// Further settings and variables of the environment.
    pub settings: Vec<(&'static str, String)>,
    /// How much the server tells. By default everything, so that what must not be told would be found.
    pub tells: &'static str,
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Done {
    /// The one JSON object it printed.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        let mut all = self.lines();
        assert_eq!(all.len(), 1, "{self:?}");
        all.remove(0)
    }

    /// All JSON objects it printed.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// The sentence with which it failed.
    #[track_caller]
    pub fn sentence(&self, code: i32) -> &str {
        let line = self.err.trim_end_matches('\n');
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(!line.contains('\n') && line.ends_with(['.', '?', '!']), "not one sentence: {self:?}");
        line
    }
}

/// The ports that are given to houses. They lie below the range from which the system chooses by itself, so that nobody comes by the
/// port of a house by chance while the house is down.
const PORTS: std::ops::Range<u16> = 15_000..32_000;
/// How often something is asked for that must come. With the pauses between them these are ten minutes at least: a partner that was
/// out of reach five times rests for five, and the machine may be slow.
const ASKS: usize = 12_000;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(50);
/// What a command says that found others writing for too long. Nothing of it happened.
const BUSY: &str = "The database is busy; try again";

/// A port that nobody listens on, and that nobody else in this process was given.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// So many of them in a row: the first.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in PORTS {
        // Another process begins at another place.
        let wanted = next.unwrap_or_else(|| PORTS.start + u16::try_from(SystemChance.below(PORTS.len() as u64)).expect("a port"));
        let first = if wanted + count > PORTS.end { PORTS.start } else { wanted };
        *next = Some(first + count);
        if (first..first + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return first;
        }
    }
    panic!("there is no free port");
}

/// Asks again and again, for ten minutes at least.
#[track_caller]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..ASKS {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("waited for {what}, and it did not come");
}

/// The same for what is asked in a task.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..ASKS {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("waited for {what}, and it did not come");
}

impl House {
    /// A house that was never started; `None` when there is no such engine here.
    pub async fn new(engine: Engine) -> Option<Self> {
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(database::postgres().await?),
        };
        Some(Self {
            port: free_port(),
            folder: TempFolder::new().expect("a folder"),
            postgres,
            server: None,
            metrics: None,
            settings: Vec::new(),
            tells: "trace",
        })
    }

    /// Its address.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its data is.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where its server tells what it does.
    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What its server told so far.
    pub fn told(&self) -> String {
        std::fs::read_to_string(self.log()).expect("the log")
    }

    /// The program with this house's settings and nothing else of the environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        command
            .env("HAVEN_PUBLIC_URL", self.origin())
            .env("HAVEN_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("HAVEN_DATA_DIR", self.folder())
            .env("HAVEN_LOOPBACK_FEDERATION", "true")
            .current_dir(self.folder.path());
        if let Some(port) = self.metrics {
            command.env("HAVEN_METRICS_LISTEN", format!("127.0.0.1:{port}"));
        }
        if let Some(db) = &self.postgres
            && let DatabaseUrl::Postgres(url) = db.url()
        {
            command.env("HAVEN_DATABASE_URL", url.reveal());
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the server and waits until it listens. What it said is returned.
    pub fn start(&mut self) -> Value {
        self.try_start().unwrap_or_else(|| panic!("the server did not start: {}", self.told()))
    }

    /// The same; `None` when it ended before it listened.
    pub fn try_start(&mut self) -> Option<Value> {
        let log = OpenOptions::new().create(true).append(true).open(self.log()).expect("a file for the log");
        let mut serve = self.command(&["serve", "--json"]);
        serve.env("HAVEN_LOG", self.tells).stdout(Stdio::piped()).stderr(log);
        let mut child = serve.spawn().expect("the program starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("standard output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        self.server = Some(child);
        (!line.is_empty()).then(|| serde_json::from_str(&line).expect("a JSON object"))
    }

    /// Ends the server at once, as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("the server can be killed");
            server.wait().expect("the server ends");
        }
    }

    /// The process of the server.
    pub fn process(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Whether the server ended by itself, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.server.as_mut()?.try_wait().expect("the server can be asked")?;
        self.server = None;
        Some(ended)
    }

    /// Asks the server to end, and gives its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let mut server = self.server.take()?;
        let asked = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
        server.wait().expect("the server ends").code()
    }

    /// Runs a command; one that found the database busy is run again, as it asks for.
    pub fn run(&self, args: &[&str], input: &str) -> Done {
        until("a database that is not busy", || {
            let done = finish(self.command(args), input);
            (!done.err.contains(BUSY)).then_some(done)
        })
    }

    /// Runs a command that prints one JSON object.
    #[track_caller]
    pub fn json(&self, args: &[&str], input: &str) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.run(&args, input).json()
    }

    /// One text field of what a command prints.
    #[track_caller]
    pub fn text(&self, args: &[&str], input: &str, field: &str) -> String {
        let value = self.json(args, input);
        value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
    }

    /// How many posts can be read here.
    pub fn posts(&self, group: &str) -> i64 {
        self.json(&["post", "count", "--group", group], "")["posts"].as_i64().expect("a number")
    }

    /// The address of its database.
    pub fn database(&self) -> DatabaseUrl {
        let set = self.settings.iter().find(|(name, _)| *name == "HAVEN_DATABASE_URL").map(|(_, url)| url.clone());
        match (set, &self.postgres) {
            (Some(url), _) => DatabaseUrl::Postgres(url.into()),
            (None, Some(db)) => db.url().clone(),
            (None, None) => DatabaseUrl::Sqlite(self.folder().join("haven.db")),
        }
    }

    /// One look into its database from beside. It is closed again, so that after a crash the house itself recovers it.
    pub async fn rows(&self, text: &str) -> Vec<(String, i64)> {
        eventually("a look into the database", async || match look(&self.database(), text).await {
            Ok(rows) => Some(rows),
            Err(error @ DbError::Sql(_)) => panic!("{error}: {text}"),
            // Its server is away, or somebody else writes.
            Err(_) => None,
        })
        .await
    }
}

async fn look(url: &DatabaseUrl, text: &str) -> Result<Vec<(String, i64)>, DbError> {
    let db = Db::open(url).await?;
    let mut conn = db.read().await?;
    let rows = sqlx::query_as(AssertSqlSafe(text.to_owned())).fetch_all(conn.sql()).await;
    drop(conn);
    db.close().await;
    Ok(rows?)
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.kill());
            drop(server.wait());
        }
    }
}

/// The program without any setting: the one named in `HAVEN_TEST_BINARY` (a release build), else the one of this build.
pub fn program(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("HAVEN_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_haven").into()));
    command.args(args).env_clear().env("HAVEN_LOG", "warn").current_dir(std::env::temp_dir());
    command
}

/// Runs it to its end.
pub fn finish(mut command: Command, input: &str) -> Done {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    // A command that does not read its input ends before all is written.
    drop(child.stdin.take().expect("standard input").write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}
