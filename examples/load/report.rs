//! What was measured, as lines for people or as JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// Where the figures go.
pub struct Report {
    json: bool,
}

impl Report {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Says one group of figures.
    pub fn say(&self, what: &str, figures: &[(&str, Value)]) {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        if self.json {
            let mut object = Map::new();
            object.insert("what".to_owned(), json!(what));
            object.extend(figures.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            object.insert("machine_load".to_owned(), json!(load));
            println!("{}", Value::Object(object));
        } else {
            println!("{what} (machine load {load})");
            for (name, value) in figures {
                println!("  {name}: {value}");
            }
        }
    }
}

/// Milliseconds with two decimals.
pub fn ms(time: Duration) -> Value {
    json!((time.as_secs_f64() * 100_000.0).round() / 100.0)
}

/// So many per second.
pub fn rate(count: usize, time: Duration) -> Value {
    json!((count as f64 / time.as_secs_f64()).round())
}

/// The value below which this share of the waits lies.
pub fn share(sorted: &[Duration], share: f64) -> Duration {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

/// User and system time of a process so far.
pub fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    // USER_HZ is 100 on every Linux we run on.
    Duration::from_millis(ticks * 10)
}

/// Proportional set size of a process, in megabytes.
pub fn pss(pid: u32) -> f64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find(|line| line.starts_with("Pss:")).unwrap_or_default();
    let kilobytes: f64 = line.split_whitespace().nth(1).and_then(|field| field.parse().ok()).unwrap_or(0.0);
    (kilobytes / 1024.0 * 10.0).round() / 10.0
}
