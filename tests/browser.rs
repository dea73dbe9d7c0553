//! The pages in a real browser. Three houses run as they would on a machine of their own, each a `haven serve` on loopback
//! with its own database; `browser/walk.mjs` walks them in a headless Chromium: with the keyboard only and without scripts, at
//! 320 px and wide, in three languages, light and dark, with axe-core.
//!
//! Needs `HAVEN_TEST_BROWSER` (the path of a Chromium), Node 20 and, once, `npm ci` in `tests/browser`. Pictures of what was
//! seen are left in `target/tmp/browser`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use haven::testing::database::TempFolder;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

/// Good enough for people who live as long as a test.
const PASSPHRASE: &str = "seven slow boats on the lake";

/// Looks that are made before a house counts as silent, and the rest after each look at a partner: ten minutes at least, and longer where
/// a program needs long to start.
const LOOKS: usize = 3000;
const BREATH: Duration = Duration::from_millis(200);

/// One organisation: its program runs until the value is dropped.
struct House {
    name: &'static str,
    origin: String,
    folder: PathBuf,
    port: u16,
    setup: String,
    program: Child,
    /// Keeps the port from everybody else, also before the program listens.
    _kept: TcpSocket,
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// A port for a program of ours. Nobody listens at this socket: so the program can, and whoever asks the system for any port gets another.
fn kept_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("a socket whose port can be listened at");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let port = socket.local_addr().expect("its address").port();
    (socket, port)
}

/// The program, with the settings of one house and none of ours.
fn program(folder: &Path, port: u16, name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_haven"));
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("HAVEN_")) {
        command.env_remove(key);
    }
    command
        .current_dir(folder)
        .env("HAVEN_PUBLIC_URL", format!("http://127.0.0.1:{port}"))
        .env("HAVEN_LISTEN", format!("127.0.0.1:{port}"))
        .env("HAVEN_DATA_DIR", folder)
        .env("HAVEN_NAME", name)
        .env("HAVEN_LOOPBACK_FEDERATION", "true")
        .arg("--json");
    command
}

impl House {
    fn open(below: &Path, name: &'static str) -> Self {
        let folder = below.join(name.replace(' ', "-"));
        fs::create_dir(&folder).expect("a folder for the house");
        let (kept, port) = kept_port();
        let told = fs::File::create(folder.join("told.txt")).expect("a file for what the program tells");
        let mut command = program(&folder, port, name);
        let mut program = command.arg("serve").stdout(Stdio::piped()).stderr(told).spawn().expect("the program starts");
        let mut line = String::new();
        let output = program.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("its first line");
        let started: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{name} did not start; see {}", folder.display()));
        let setup = started["setup"].as_str().unwrap_or_default().to_owned();
        Self { name, origin: format!("http://127.0.0.1:{port}"), folder, port, setup, program, _kept: kept }
    }

    /// A command beside the running house; its answer. Where it took too long to be let in to write, nothing was done, and it tries again.
    fn does(&self, line: &[&str], input: &str) -> Value {
        for _ in 0..LOOKS {
            let mut command = program(&self.folder, self.port, self.name);
            let mut running =
                command.args(line).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
            running.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
            let done = running.wait_with_output().expect("it ends");
            if done.status.success() {
                let first = String::from_utf8_lossy(&done.stdout).lines().next().unwrap_or("null").to_owned();
                return serde_json::from_str(&first).expect("an answer in JSON");
            }
            let told = String::from_utf8_lossy(&done.stderr);
            assert!(told.contains("database is busy"), "{}: haven {}: {told}", self.name, line.join(" "));
        }
        panic!("{}: haven {}: the database stays busy", self.name, line.join(" "));
    }

    /// An account, as the walk signs in with it.
    fn account(&self, role: &str, sign_in_name: &str, persona: &str) -> Value {
        self.does(&["account", "create", "--role", role, "--name", sign_in_name, "--persona", persona], PASSPHRASE);
        json!({ "name": sign_in_name, "persona": persona, "passphrase": PASSPHRASE })
    }

    fn knows(&self, other: &Self) {
        self.does(&["partner", "add", &other.origin], "");
    }

    fn waits_for(&self, other: &Self) {
        let active = (0..LOOKS).any(|_| {
            let active = self.does(&["partner", "show", &other.origin], "")["state"] == "active";
            if !active {
                std::thread::sleep(BREATH);
            }
            active
        });
        assert!(active, "{} and {} did not become partners", self.name, other.name);
    }
}

/// What the walk finds: people in each house, and a shared group with a conversation at the second.
fn furnish(houses: &[House]) -> Value {
    let [zonnehoek, havnen, orchard] = houses else { panic!("three houses") };
    for (one, other) in [(zonnehoek, havnen), (zonnehoek, orchard), (havnen, orchard)] {
        one.knows(other);
        other.knows(one);
    }
    // The first house has no admin yet: the walk becomes it.
    let people = json!([
        { "host": zonnehoek.account("host", "gastvrouw bo", "Bo"), "member": zonnehoek.account("member", "stille merel", "Merel") },
        { "admin": havnen.account("admin", "leder aksel", "Aksel"), "host": havnen.account("host", "vaert ida", "Ida"),
          "member": havnen.account("member", "blide laerke", "Lærke") },
        { "admin": orchard.account("admin", "manager joan", "Joan"), "member": orchard.account("member", "green fern", "Fern") },
    ]);
    for (one, other) in [(zonnehoek, havnen), (zonnehoek, orchard), (havnen, orchard)] {
        one.waits_for(other);
        other.waits_for(one);
    }
    let shared = ["--reach", "partners", "--partner", &zonnehoek.origin, "--partner", &orchard.origin];
    let group = havnen.does(&[&["group", "create", "--name", "Aftentanker", "--as", "Ida", "--join", "ask"], &shared[..]].concat(), "");
    let group_id = group["group"].as_str().expect("an id");
    let post = ["post", "create", "--group", group_id, "--lang", "da", "--as"];
    let first = havnen.does(&[&post[..], &["Ida", "--label", "aften"]].concat(), "God aften. Hvad var den bedste lyd i dag?");
    let answered = first["post"].as_str().expect("an id");
    havnen.does(&["group", "join", group_id, "--as", "Lærke", "--word", "Må jeg være med?"], "");
    let listed = houses
        .iter()
        .zip(people.as_array().expect("people"))
        .map(|(house, people)| json!({ "name": house.name, "origin": house.origin, "setup": house.setup, "people": people }));
    json!({ "houses": listed.collect::<Vec<_>>(), "asked": { "actor": group["actor"], "post": answered } })
}

#[test]
fn every_page_works_for_everybody() {
    let Some(chromium) = std::env::var_os("HAVEN_TEST_BROWSER") else {
        drop(writeln!(std::io::stderr(), "The browser tests did not run: HAVEN_TEST_BROWSER names no Chromium."));
        return;
    };
    let walk = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(
        walk.join("node_modules/playwright-core").is_dir() && walk.join("node_modules/axe-core").is_dir(),
        "HAVEN_TEST_BROWSER is set, but the browser's driver is not there: run `npm ci` in tests/browser."
    );
    let folder = TempFolder::new().expect("a temporary folder");
    let houses = ["Zonnehoek", "Havnen", "Orchard House"].map(|name| House::open(folder.path(), name));
    let mut plan = furnish(&houses);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    drop(fs::remove_dir_all(&pictures));
    fs::create_dir_all(&pictures).expect("a folder for pictures");
    plan["chromium"] = json!(chromium.to_string_lossy());
    plan["pictures"] = json!(pictures);
    let file = folder.path().join("plan.json");
    fs::write(&file, plan.to_string()).expect("the plan is written");
    let status = Command::new("node").arg(walk.join("walk.mjs")).arg(&file).status();
    let status = status.unwrap_or_else(|error| panic!("HAVEN_TEST_BROWSER is set, but Node did not start ({error}): install Node 20."));
    assert!(status.success(), "the walk found something; it is listed above, with pictures in {}", pictures.display());
}
