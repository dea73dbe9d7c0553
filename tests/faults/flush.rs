//! FLT-03: a flush of the log lies between the write of an activity and its 2xx. kill -9 cannot show this, since the system
//! keeps what was written; so the calls to the system are traced. That weaker settings of PostgreSQL are refused at the start is
//! told with the cluster of our own.

use std::collections::HashMap;
use std::process::{Command, Stdio};

use crate::house::Engine;
use crate::partner::Partner;
use crate::scene::{Scene, program_name, signal, until};

/// Acknowledgements that are looked at.
const ANSWERS: usize = 200;

/// What was traced, in order.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// The log got bytes that hold these markers.
    Write(Vec<String>),
    /// A flush of the log was finished.
    Flush,
    /// A 202 was written to a socket.
    Accepted,
}

/// Reads the trace. A call that was interrupted by another thread's stands in two lines; a flush counts when it ends.
fn read(trace: &str) -> Vec<Call> {
    let mut open: HashMap<&str, bool> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let (process, call) = line.trim_start().split_once(' ').map_or(("", line), |(process, call)| (process, call.trim_start()));
        let log = call.contains("haven.db-wal>");
        let flush = call.starts_with("fdatasync(") || call.starts_with("fsync(");
        if flush && call.contains("<unfinished") {
            open.insert(process, log);
        } else if flush && log && call.contains("= 0") {
            calls.push(Call::Flush);
        } else if call.starts_with("<... fdatasync resumed") || call.starts_with("<... fsync resumed") {
            if open.remove(process) == Some(true) && call.contains("= 0") {
                calls.push(Call::Flush);
            }
        } else if call.starts_with("pwrite64(") && log {
            let markers: Vec<String> =
                call.match_indices("flushmark").filter_map(|(at, _)| call.get(at..at + 14)).map(str::to_owned).collect();
            if !markers.is_empty() {
                calls.push(Call::Write(markers));
            }
        } else if call.contains("HTTP/1.1 202") {
            calls.push(Call::Accepted);
        }
    }
    calls
}

/// How many answers had their activity written and then flushed before them. Answers come in the order of the markers.
fn flushed_before(calls: &[Call]) -> usize {
    let (mut written, mut flushed): (HashMap<String, usize>, Vec<usize>) = (HashMap::new(), Vec::new());
    let (mut good, mut answers) = (0, 0);
    for (at, call) in calls.iter().enumerate() {
        match call {
            Call::Write(markers) => {
                for marker in markers {
                    written.entry(marker.clone()).or_insert(at);
                }
            }
            Call::Flush => flushed.push(at),
            Call::Accepted => {
                let mark = written.get(&marker(answers));
                good += usize::from(mark.is_some_and(|mark| flushed.iter().any(|flush| flush > mark)));
                answers += 1;
            }
        }
    }
    good
}

fn marker(number: usize) -> String {
    format!("flushmark{number:05}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_03_the_log_is_flushed_between_each_write_and_its_answer() {
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|done| done.success()) {
        haven::testing::not_run("FLT-03, strace is not installed");
        return;
    }
    let mut scene = Scene::set(Engine::Sqlite, 1).await.expect("SQLite is always there");
    scene.house.kill();
    let trace = scene.house.folder().join("trace");
    let serve = scene.house.command(&["serve", "--json"]);
    let mut traced = Command::new("strace");
    traced.args(["-f", "-q", "-y", "-s", "6000", "-e", "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg", "-o"]).arg(&trace);
    traced.arg(program_name()).args(serve.get_args()).env_clear();
    traced.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    traced.current_dir(serve.get_current_dir().expect("a folder")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut strace = traced.spawn().expect("strace starts");
    let (partner, group) = (scene.partners[0].clone(), scene.group.1.clone());
    let mut line = partner.line(&scene.house.origin());
    until("the traced house", async || tokio::net::TcpStream::connect(&scene.house.origin()[7..]).await.ok()).await;
    for number in 0..ANSWERS {
        let name = format!("{}-{}", marker(number), Partner::name());
        line.insist(&partner.create(&name, &group, "hello")).await;
    }
    // The traced program is the child of strace, which ends with it.
    let children = format!("/proc/{0}/task/{0}/children", strace.id());
    let child = std::fs::read_to_string(children).expect("the children of strace").trim().parse().expect("a number");
    signal(child, "-KILL");
    drop(strace.wait());
    let text = String::from_utf8_lossy(&std::fs::read(&trace).expect("the trace")).into_owned();
    let calls = read(&text);
    let answers = calls.iter().filter(|call| **call == Call::Accepted).count();
    let good = flushed_before(&calls);
    println!("FLT-03 SQLite: {answers} answers, {good} of them after a flush of the log that followed the write");
    assert_eq!((answers, good), (ANSWERS, ANSWERS));
}

#[test]
fn an_answer_before_the_flush_would_be_noticed() {
    let line = |text: &str| format!("12 {text}");
    let write = line("pwrite64(9</x/haven.db-wal>, \"..flushmark00000-abc..\", 4096, 32) = 4096");
    let flush = line("fdatasync(9</x/haven.db-wal>) = 0");
    let answer = line("writev(11<socket:[1]>, [{iov_base=\"HTTP/1.1 202 Accepted\", iov_len=9}], 1) = 9");
    let good = |lines: &[&str]| flushed_before(&read(&lines.join("\n")));
    assert_eq!(good(&[&write, &flush, &answer]), 1);
    assert_eq!(good(&[&write, &answer, &flush]), 0);
    assert_eq!(good(&[&flush, &write, &answer]), 0);
    assert_eq!(good(&[&flush, &answer]), 0);
    let (begun, ended) = (line("fdatasync(9</x/haven.db-wal> <unfinished ...>"), line("<... fdatasync resumed>) = 0"));
    assert_eq!(good(&[&write, &begun, &answer, &ended]), 0);
    assert_eq!(good(&[&write, &begun, &ended, &answer]), 1);
    assert_eq!(good(&[&write, &line("fdatasync(8</x/haven.db>) = 0"), &answer]), 0);
}
