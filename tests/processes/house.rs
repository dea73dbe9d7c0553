//! One organisation as its own process: settings, database, server and commands, all through the real program. It ends
//! only the process it started.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use haven::base::config::DatabaseUrl;
use haven::testing::database::{self, TempFolder, TestDb};
use serde_json::Value;

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

/// A port that nobody listens on at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// Asks again and again, for a minute and a half at most.
#[track_caller]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1800 {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
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

    /// Runs a command.
    pub fn run(&self, args: &[&str], input: &str) -> Done {
        finish(self.command(args), input)
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
