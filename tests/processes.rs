//! The program as others use it: real processes, real sockets, real files and databases. What is written at one house is
//! read, answered, changed and taken away at the others; nothing is lost or doubled when a process dies; and what is wrong
//! is said in one sentence.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail, loudly")]

#[path = "processes/accountable.rs"]
mod accountable;
#[path = "processes/browser.rs"]
mod browser;
#[expect(dead_code, reason = "shared with the tests of faults, which use all of it")]
#[path = "processes/house.rs"]
mod house;

use browser::Browser;
use house::{Engine, House, eventually, finish, free_port, free_ports, program, until};

const PASSPHRASE: &str = "four calm words here\n";

/// Three houses that are partners of each other, with one person each.
async fn three(engine: Engine) -> Option<[House; 3]> {
    let mut houses = [House::new(engine).await?, House::new(engine).await?, House::new(engine).await?];
    for (house, name) in houses.iter_mut().zip(["Merel", "Birk", "Fern"]) {
        let started = house.start();
        assert!(started["setup"].as_str().is_some_and(|link| link.contains("/setup/")), "{started}");
        house.json(&["account", "create", "--name", &name.to_lowercase(), "--persona", name, "--role", "host"], PASSPHRASE);
    }
    let origins: Vec<String> = houses.iter().map(House::origin).collect();
    for house in &houses {
        for other in origins.iter().filter(|other| **other != house.origin()) {
            house.json(&["partner", "add", other], "");
        }
    }
    for house in &houses {
        until("partners", || {
            let known = house.run(&["partner", "list", "--json"], "").lines();
            (known.len() == 2 && known.iter().all(|partner| partner["state"] == "active")).then_some(())
        });
    }
    Some(houses)
}

/// A group of the first house that the other two joined. Its address.
fn group_of([home, second, third]: &[House; 3]) -> String {
    let with = [second.origin(), third.origin()];
    let args = [
        "group",
        "create",
        "--name",
        "Morning coffee",
        "--as",
        "Merel",
        "--reach",
        "partners",
        "--partner",
        &with[0],
        "--partner",
        &with[1],
    ];
    let group = home.text(&args, "", "actor");
    for (house, persona) in [(second, "Birk"), (third, "Fern")] {
        until("a membership", || (house.text(&["group", "join", &group, "--as", persona], "", "state") == "active").then_some(()));
    }
    group
}

fn all_hold(houses: &[House; 3], group: &str, posts: i64) {
    for house in houses {
        until("posts", || (house.posts(group) == posts).then_some(()));
    }
}

/// Waits until there is a moment at which nothing waits in any house, neither to be sent nor to be handled.
async fn all_rest(houses: &[House; 3]) {
    // What has left its sender's queue is in the receiver's inbox already. Two looks in a row that find nothing waiting and nothing new
    // enclose such a moment.
    let look = "SELECT CAST((SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM deliveries) AS TEXT),
        (SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'waiting')) + (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting')";
    let mut before = Vec::new();
    eventually("rest in all houses", async || {
        let mut now = Vec::new();
        for house in houses {
            now.extend(house.rows(look).await);
        }
        let rest = now.iter().all(|(_, waits)| *waits == 0) && now == before;
        before = now;
        rest.then_some(())
    })
    .await;
}

async fn a_post_is_read_answered_changed_and_taken_away(engine: Engine) {
    let Some(houses) = three(engine).await else { return };
    let group = group_of(&houses);
    let [home, second, third] = &houses;

    let first = home.text(&["post", "create", "--group", &group, "--as", "Merel"], "Good morning, who is **there**?", "object");
    all_hold(&houses, &group, 1);
    let args = ["post", "create", "--group", &group, "--as", "Birk", "--reply-to", &first];
    let answer = second.text(&args, "Here I am, with an old word.", "post");
    all_hold(&houses, &group, 2);
    let object = until("the home's answer", || {
        let shown = second.json(&["post", "show", &answer], "");
        (shown["state"] == "posted").then(|| shown["object"].as_str().expect("an address").to_owned())
    });
    assert!(object.starts_with(&home.origin()), "every post of a group has the address of its home: {object}");

    second.json(&["post", "edit", &answer, "--as", "Birk"], "Here I am, with a new word.");
    until("the change", || (third.json(&["post", "show", &object], "")["edited"] == true).then_some(()));
    let link = third.text(&["account", "sign-in-link", "fern"], "", "link");
    let mut fern = Browser::signed_in(third.origin(), &link).await;
    let thread = third.text(&["post", "show", &first], "", "post");
    let page = fern.get(&format!("/o/{thread}")).await;
    assert!(page.text.contains("with a new word") && !page.text.contains("old word"), "{}", page.text);
    assert!(page.text.contains("Birk") && page.text.contains("<strong>there</strong>"), "{}", page.text);
    let stranger = Browser::new(third.origin()).get(&format!("/o/{thread}")).await;
    assert!(!stranger.text.contains("new word"), "{}", stranger.text);

    second.json(&["post", "delete", &answer, "--as", "Birk", "--at-once"], "");
    all_hold(&houses, &group, 1);
    until("all receipts", || {
        let shown = second.json(&["post", "show", &answer], "");
        (shown["told"] == 2 && shown["confirmed"] == 2).then_some(())
    });
    assert!(!fern.get(&format!("/o/{thread}")).await.text.contains("new word"));
    if engine == Engine::Sqlite {
        nothing_tells_the_third_where_the_second_writes(&houses);
    }
    for house in &houses {
        let told = house.told();
        assert!(told.contains("a partnership became active"), "{told}");
        for private in ["Merel", "merel", "Birk", "Fern", "fern", "Morning", "word", "calm", "/o/", "/g/", "/p/", "link", "haven-"] {
            assert!(!told.contains(private), "the log holds {private}: {told}");
        }
    }
}

/// The third house never learns the persona or the object that the second house's answer came from (groups.md, 2).
fn nothing_tells_the_third_where_the_second_writes([home, second, third]: &[House; 3]) {
    let around = |needle: &str| {
        let mut files = std::fs::read_dir(third.folder()).expect("a folder").map(|entry| entry.expect("an entry").path());
        files.find_map(|path| {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let at = bytes.windows(needle.len()).position(|window| window == needle.as_bytes())?;
            let text = String::from_utf8_lossy(&bytes[at.saturating_sub(300)..(at + 300).min(bytes.len())]).into_owned();
            Some(format!("{}: {text}", path.display()))
        })
    };
    assert!(around(&format!("{}/o/", home.origin())).is_some(), "what the home said is there and is found");
    for place in ["/p/", "/o/"] {
        assert_eq!(around(&format!("{}{place}", second.origin())), None, "the third house knows where it came from");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_read_answered_changed_and_taken_away_on_sqlite() {
    a_post_is_read_answered_changed_and_taken_away(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_read_answered_changed_and_taken_away_on_postgres() {
    a_post_is_read_answered_changed_and_taken_away(Engine::Postgres).await;
}

async fn nothing_is_lost_or_doubled_when_a_process_dies(engine: Engine) {
    let Some(mut houses) = three(engine).await else { return };
    let group = group_of(&houses);
    let write = |house: &House, persona: &str, text: &str| {
        house.json(&["post", "create", "--group", &group, "--as", persona], text);
    };
    write(&houses[0], "Merel", "Before.");
    all_hold(&houses, &group, 1);

    // A member's house is gone; the others write, and so does the member through the database that is still there.
    houses[1].kill();
    for text in ["One.", "Two.", "Three."] {
        write(&houses[0], "Merel", text);
        write(&houses[2], "Fern", text);
    }
    write(&houses[1], "Birk", "Written while our own server was down.");
    until("the third house", || (houses[2].posts(&group) == 7).then_some(()));
    houses[1].start();
    all_hold(&houses, &group, 8);

    // The home is gone, twice, while its members write.
    for text in ["Four.", "Five."] {
        houses[0].kill();
        write(&houses[1], "Birk", text);
        write(&houses[2], "Fern", text);
        houses[0].start();
        write(&houses[1], "Birk", "And one more.");
    }
    all_hold(&houses, &group, 14);
    // Whatever was sent twice is sent and handled by then.
    all_rest(&houses).await;
    for house in &houses {
        let queue = house.run(&["queue", "list", "--json"], "");
        assert_eq!((queue.code, queue.out.as_str()), (0, ""), "everything was delivered");
        assert_eq!(house.posts(&group), 14);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_a_process_dies_on_sqlite() {
    nothing_is_lost_or_doubled_when_a_process_dies(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_a_process_dies_on_postgres() {
    nothing_is_lost_or_doubled_when_a_process_dies(Engine::Postgres).await;
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    for (setting, value, part) in [
        ("HAVEN_LISTN", "127.0.0.1:1", "did you mean \"listen\""),
        ("HAVEN_PUBLIC_URL", "herning", "complete address"),
        ("HAVEN_PUBLIC_URL", "http://herning.example", "https://"),
        ("HAVEN_PUBLIC_URL", "https://herning.example/path", "complete address"),
        ("HAVEN_LISTEN", "here", "listen"),
        ("HAVEN_DATABASE_URL", "mysql://x", "postgres://"),
        ("HAVEN_DATA_DIR", "/dev/null/data", "/dev/null/data"),
        ("HAVEN_CONFIG", "/nowhere/haven.toml", "/nowhere/haven.toml"),
        ("HAVEN_LOG", "haven=loud", "HAVEN_LOG"),
        ("HAVEN_LOG", "nonsense", "error, warn, info, debug, trace"),
        ("DANGER_FEDERATION_ALLOW_LOCAL_IP", "1", "unset it"),
    ] {
        let mut command = program(&["serve", "--json"]);
        command.env("HAVEN_LISTEN", "127.0.0.1:0").env(setting, value);
        let done = finish(command, "");
        assert!(done.sentence(1).contains(part), "{setting}={value}: {done:?}");
    }
    for args in [&["nothing"][..], &[], &["partner", "add"], &["partner", "add", "herning", "--json"], &["post", "count", "--what"]] {
        let done = finish(program(args), "");
        assert!(!done.sentence(2).is_empty(), "{args:?}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_keeps_its_port_its_file_and_its_address() {
    let mut house = House::new(Engine::Sqlite).await.expect("SQLite is always there");
    house.metrics = Some(free_port());
    house.start();
    let mut reader = Browser::new(format!("http://127.0.0.1:{}", house.metrics.expect("a port")));
    let numbers = reader.get("/metrics").await;
    assert!(numbers.text.contains("haven_jobs_waiting") && !numbers.text.contains('{'), "{numbers:?}");
    assert_eq!(reader.get("/").await.status, 404);
    assert_eq!(Browser::new(house.origin()).get("/metrics").await.status, 404);
    house.metrics = None;
    assert!(house.run(&["serve"], "").sentence(1).contains("listens on"));
    let mut beside = house.command(&["serve"]);
    beside.env("HAVEN_LISTEN", format!("127.0.0.1:{}", free_port()));
    assert!(finish(beside, "").sentence(1).contains("Another Haven server"));
    let mut elsewhere = house.command(&["partner", "list"]);
    elsewhere.env("HAVEN_PUBLIC_URL", "http://127.0.0.1:1");
    assert!(finish(elsewhere, "").sentence(1).contains(&house.origin()));
    let good = house.run(&["check", "--json"], "");
    let to_do: Vec<_> = good.lines().into_iter().filter(|finding| finding["ok"] == false).collect();
    assert!(to_do.len() == 1 && to_do[0]["say"].as_str().is_some_and(|say| say.contains("LOOPBACK")), "{good:?}");
    assert_eq!(house.terminate(), Some(0));
    // The second start finds what the first one left.
    assert!(house.start()["setup"].as_str().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_say_what_they_did_and_refuse_in_words() {
    let house = House::new(Engine::Sqlite).await.expect("SQLite is always there");
    let done = house.json(&["migrate"], "");
    assert!(done["done"].as_i64().is_some_and(|done| done > 0), "{done}");
    let made = house.json(&["account", "create", "--name", "merel", "--persona", "Merel", "--role", "admin"], PASSPHRASE);
    assert!(made["actor"].as_str().is_some_and(|actor| actor.starts_with(&house.origin())), "{made}");
    let again = house.run(&["account", "create", "--name", "merel", "--role", "admin"], PASSPHRASE);
    assert!(again.sentence(1).contains("taken"));
    let short = house.run(&["account", "create", "--name", "birk", "--role", "member"], "short\n");
    assert!(short.sentence(1).contains("10 characters"));
    let links = house.run(&["account", "invite", "--role", "member", "--count", "3", "--json"], "").lines();
    assert!(links.len() == 3 && links.iter().all(|link| link["link"].as_str().is_some_and(|link| link.contains("/invite/"))), "{links:?}");
    for named in ["Merel", made["persona"].as_str().expect("an id"), made["actor"].as_str().expect("an address")] {
        let group = house.json(&["group", "create", "--name", "Kitchen", "--as", named, "--reach", "house"], "");
        let (id, page) = (group["group"].as_str().expect("an id"), group["page"].as_str().expect("a page"));
        for group in [id, page] {
            house.json(&["post", "create", "--group", group, "--as", named], "Soup today.");
            assert!(house.run(&["post", "count", "--group", group], "").out.trim().parse::<i64>().is_ok());
        }
        assert_eq!(house.posts(id), 2);
    }
    assert!(house.run(&["post", "create", "--group", "nowhere", "--as", "Merel"], "x").sentence(1).contains("no group"));
    assert!(house.run(&["group", "join", "https://a.example/g/x", "--as", "Merel"], "").sentence(1).contains("partner"));
    assert!(house.run(&["group", "create", "--name", "A b", "--as", "Merel", "--reach", "partners"], "").sentence(2).contains("--partner"));
    let wrong = format!("{}/g/nothing", house.origin());
    assert!(house.run(&["group", "join", &wrong, "--as", "Merel"], "").sentence(1).contains("no such group here"));
    partners_are_named_one_way(&house);
    let mut unset = house.command(&["post", "count", "--json"]);
    unset.env("HAVEN_CONFIG", "");
    assert_eq!(finish(unset, "").json()["posts"], 6);
    let file = house.folder().join("merel.json");
    let file = file.to_str().expect("a path");
    house.json(&["account", "export", "merel", file], "");
    let copy = std::fs::read_to_string(file).expect("the copy");
    assert!(copy.contains("Soup today.") && copy.contains("Kitchen") && !copy.contains("argon2"), "{copy}");
    assert!(house.run(&["account", "export", "merel", file], "").sentence(1).contains("exists"));
    assert!(house.run(&["account", "erase", "merel"], "").sentence(1).contains("host first"));
    assert!(house.run(&["account", "erase", "nobody"], "").sentence(1).contains("no account"));
    let backup = house.folder().join("copy.db");
    house.json(&["backup", backup.to_str().expect("a path")], "");
    assert!(house.run(&["backup", backup.to_str().expect("a path")], "").sentence(1).contains("exists"));
    let copied = house.run(&["audit", "list", "--event", "backed-up", "--json"], "").lines();
    assert!(copied.len() == 1 && copied[0]["words"] == "backup", "{copied:?}");
    assert!(house.run(&["restore", "nope.db"], "").sentence(1).contains("no file nope.db"));
    let folder = house.folder();
    assert!(house.run(&["restore", folder.to_str().expect("a path")], "").sentence(1).contains("is a folder"));
    house.json(&["restore", backup.to_str().expect("a path")], "");
    assert_eq!(house.json(&["post", "count"], "")["posts"], 6);
}

/// What is not done is refused, and never said with what stands there already.
fn partners_are_named_one_way(house: &House) {
    let named = house.json(&["partner", "add", "https://a.example"], "");
    assert!(named["state"] == "proposed" && named["note"].as_str().is_some_and(|note| note.contains("not signed")), "{named}");
    for (args, code, part) in [
        (&["partner", "add", "https://a.example", "--without-handshake"][..], 1, "haven partner end"),
        (&["partner", "add", "https://b.example", "--without-handshake", "--country", "NLD"][..], 2, "two letters"),
        (&["partner", "add", "https://b.example", "--without-handshake", "--hours", "always"][..], 2, "--hours"),
        (&["partner", "add", "https://b.example", "--without-handshake", "--retention-days", "9999999"][..], 2, "3650"),
        (&["policy", "dry-run", "pause", "https://a.example"][..], 1, "proposed"),
        (&["policy", "dry-run", "resume", "https://a.example"][..], 1, "proposed"),
    ] {
        let done = house.run(args, "");
        assert!(done.sentence(code).contains(part), "{args:?}: {done:?}");
    }
    assert_eq!(house.run(&["partner", "list", "--json"], "").lines().len(), 1, "what was refused left nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_file_a_database_is_not_used_and_no_other_key_is_made() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(mut house) = House::new(engine).await else { continue };
        house.start();
        assert_eq!(house.terminate(), Some(0));
        let (key, aside) = (house.folder().join("instance.key"), house.folder().join("aside.key"));
        assert_eq!(std::fs::read_to_string(&key).expect("the key").trim().len(), 64);
        std::fs::rename(&key, &aside).expect("moved");
        for args in [&["serve"][..], &["partner", "list"]] {
            let said = house.run(args, "");
            assert!(said.sentence(1).contains("instance.key is missing"), "{said:?}");
        }
        assert!(!key.exists());
        let check = house.run(&["check", "--json"], "");
        assert!(check.lines().iter().any(|finding| finding["check"] == "key file" && finding["ok"] == false), "{check:?}");
        std::fs::write(&key, "0".repeat(64)).expect("another key");
        assert!(house.run(&["serve"], "").sentence(1).contains("not the one of this database"));
        std::fs::remove_file(&key).expect("gone");
        let mut elsewhere = house.command(&["audit", "verify", "--json"]);
        elsewhere.env("HAVEN_KEY_FILE", &aside);
        assert_eq!(finish(elsewhere, "").json()["whole"], true);
        let mut elsewhere = house.command(&["partner", "list", "--json"]);
        elsewhere.env("HAVEN_KEY_FILE", &aside);
        assert_eq!(finish(elsewhere, "").lines().len(), 0);
        std::fs::rename(&aside, &key).expect("back");
        let events: Vec<_> = house.run(&["audit", "list", "--json"], "").lines();
        assert!(events.iter().any(|row| row["event"] == "house-changed" && row["words"] == "founded"), "{events:?}");
        assert!(house.run(&["audit", "list", "--event", "nothing"], "").sentence(2).contains("looked"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_database_a_command_says_so_and_makes_nothing() {
    const ELSEWHERE: [&[&str]; 16] = [
        &["backup", "copy.db"],
        &["audit", "verify"],
        &["account", "sign-in-link", "fern"],
        &["account", "erase", "fern"],
        &["account", "export", "fern", "fern.json"],
        &["group", "list"],
        &["group", "join", "https://a.example/g/x", "--as", "Fern"],
        &["post", "create", "--group", "x", "--as", "Fern"],
        &["post", "count"],
        &["partner", "add", "https://a.example"],
        &["partner", "list"],
        &["policy", "export", "rules.toml"],
        &["ledger", "list"],
        &["queue", "list"],
        &["case", "list"],
        &["register"],
    ];
    // Test databases on PostgreSQL are ready from the start, so this is about files.
    if let Some(house) = House::new(Engine::Sqlite).await {
        let around = house.folder().parent().expect("a folder").to_owned();
        for args in ELSEWHERE {
            let done = house.run(args, "words");
            assert!(done.sentence(1).contains("no database of Haven at"), "{args:?}: {done:?}");
            let there: Vec<_> = std::fs::read_dir(&around).expect("the folder").flatten().map(|entry| entry.path()).collect();
            assert!(there.is_empty(), "{args:?} made {there:?}");
        }
        let check = house.run(&["check", "--json"], "");
        let database = check.lines().into_iter().find(|finding| finding["check"] == "database").expect("a finding");
        assert!(database["ok"] == true && database["say"].as_str().is_some_and(|say| say.contains("haven serve")), "{check:?}");
        assert_eq!(std::fs::read_dir(&around).expect("the folder").count(), 0);
        // Nor for somebody who then cannot be made.
        for (name, passphrase, part) in [("x", PASSPHRASE, "sign-in name"), ("fern", "short\n", "10 characters")] {
            let done = house.run(&["account", "create", "--name", name, "--role", "admin"], passphrase);
            assert!(done.sentence(1).contains(part), "{done:?}");
        }
        assert_eq!(std::fs::read_dir(&around).expect("the folder").count(), 0);
        // What begins an instance makes it.
        house.json(&["account", "invite", "--role", "admin"], "");
        assert_eq!(house.run(&["group", "list", "--json"], "").code, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reach_that_is_not_there_yet_is_not_promised() {
    let mut house = House::new(Engine::Sqlite).await.expect("SQLite is always there");
    house.settings.push(("HAVEN_OPEN_FEDERATION", "true".to_owned()));
    let started = house.start();
    assert!(started["note"].as_str().is_some_and(|note| note.contains("no effect")), "{started}");
    let check = house.run(&["check", "--json"], "");
    assert!(check.lines().iter().any(|finding| finding["say"].as_str().is_some_and(|say| say.contains("OPEN_FEDERATION"))), "{check:?}");
    house.json(&["account", "create", "--name", "merel", "--persona", "Merel", "--role", "host"], PASSPHRASE);
    let refused = house.run(&["group", "create", "--name", "Square", "--as", "Merel", "--reach", "everyone"], "");
    assert!(refused.sentence(1).contains("no groups for everyone yet"), "{refused:?}");
    let register = house.run(&["register"], "").out;
    assert!(register.contains("no groups for everyone"), "{register}");
}

#[test]
fn the_example_of_the_settings_can_be_read() {
    let folder = haven::testing::database::TempFolder::new().expect("a folder");
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/haven.example.toml")).expect("the example");
    // As it stands, and with everything in it that is switched off by a `#`.
    let all = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(setting) if haven::base::config::SETTINGS.iter().any(|name| setting.starts_with(&format!("{name} ="))) => setting,
        _ => line,
    });
    let all = all.collect::<Vec<_>>().join("\n");
    for name in haven::base::config::SETTINGS {
        assert!(all.lines().any(|line| line.starts_with(&format!("{name} ="))), "{name} is not in the example");
    }
    for (file, text) in [("as_it_is.toml", text.replace("/var/lib/haven", "data")), ("all.toml", all.replace("/var/lib/haven", "data"))] {
        let path = folder.path().join(file);
        std::fs::write(&path, text).expect("a file");
        let mut command = program(&["check", "--json", "--config", path.to_str().expect("a path")]);
        command.env_remove("HAVEN_LOG").current_dir(folder.path());
        let done = finish(command, "");
        assert!(done.lines().iter().any(|finding| finding["check"] == "settings" && finding["ok"] == true), "{file}: {done:?}");
    }
}

/// How many rows of a view of the server are about databases of a demo on these ports: `pg_database`, or `pg_stat_activity` for who is
/// connected to them.
async fn demo_rows(url: &str, first: u16, view: &str) -> i64 {
    sqlx::any::install_default_drivers();
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(url).await.expect("the server answers");
    let mut found = 0;
    for port in first..first + 3 {
        let text = format!("SELECT COUNT(*) FROM {view} WHERE starts_with(CAST(datname AS TEXT), $1)");
        let (count,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(format!("haven_demo_{port}"))
            .fetch_one(&mut connection)
            .await
            .expect("a number");
        found += count;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_leaves_no_database_on_a_server() {
    let Ok(url) = std::env::var("HAVEN_TEST_POSTGRES") else { return };
    let first = free_ports(3);
    for (signal, left) in [("-KILL", 3), ("-INT", 0)] {
        let mut command = program(&["demo", "--json", "--port", &first.to_string()]);
        command.env("HAVEN_DATABASE_URL", &url).stdout(std::process::Stdio::piped());
        let mut demo = command.spawn().expect("the program starts");
        let mut line = String::new();
        let mut output = std::io::BufReader::new(demo.stdout.take().expect("standard output"));
        std::io::BufRead::read_line(&mut output, &mut line).expect("a line");
        assert!(line.contains("/sign-in/link/"), "{line}");
        assert_eq!(demo_rows(&url, first, "pg_database").await, 3, "what an earlier run left is gone");
        let asked = std::process::Command::new("kill").args([signal, &demo.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
        demo.wait().expect("the demo ends");
        assert_eq!(demo_rows(&url, first, "pg_database").await, left, "{signal}");
        // The server notices in its own time that the other side was killed; the next demo removes only what nobody uses.
        eventually("nobody connected", async || (demo_rows(&url, first, "pg_stat_activity").await == 0).then_some(())).await;
    }
}

#[test]
fn the_demo_shows_three_ways_into_three_houses() {
    let folder = haven::testing::database::TempFolder::new().expect("a folder");
    let data = folder.path().join("demo");
    let first = free_ports(3);
    for _run in ["a first time", "again on the same data"] {
        let args = ["demo", "--json", "--dir", data.to_str().expect("a path"), "--port", &first.to_string()];
        let mut demo = program(&args).stdout(std::process::Stdio::piped()).spawn().expect("the program starts");
        let output = std::io::BufReader::new(demo.stdout.take().expect("standard output"));
        let doors: Vec<serde_json::Value> = std::io::BufRead::lines(output)
            .take(9)
            .map(|line| serde_json::from_str(&line.expect("a line")).expect("a JSON object"))
            .collect();
        let asked = std::process::Command::new("kill").args(["-INT", &demo.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
        assert_eq!(demo.wait().expect("the demo ends").code(), Some(0));
        for role in ["member", "host", "admin"] {
            assert_eq!(doors.iter().filter(|door| door["role"] == role).count(), 3, "{doors:?}");
        }
        assert!(doors.iter().all(|door| door["link"].as_str().is_some_and(|link| link.contains("/sign-in/link/"))), "{doors:?}");
    }
    assert!(data.join("zwolle").is_dir());
}
