//! `haven check`: what an admin should know before opening the door, each as a sentence that says what to do. It changes
//! nothing and makes no file.

use haven::base::config::{Config, ConfigError, DatabaseUrl};
use haven::base::{Clock, SystemClock, Timestamp};
use haven::db::{Db, DbError};
use haven::federation::{actors, outbox, partners};
use serde::Serialize;

use super::failure::Failure;
use super::out::{Out, Said};

/// Words that would tell whoever sees the address why people come here (care R3).
const TELLING: [&str; 22] = [
    "psych",
    "mental",
    "ggz",
    "kliniek",
    "clinic",
    "klinik",
    "hospital",
    "ziekenhuis",
    "bipol",
    "depress",
    "schizo",
    "therap",
    "verslav",
    "addict",
    "misbrug",
    "autis",
    "adhd",
    "trauma",
    "suicid",
    "anorex",
    "borderline",
    "sindslid",
];
/// No clock of a machine that runs this version is before this.
const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    say: String,
}

impl Said for Finding {
    fn plain(&self) -> String {
        format!("{} {}: {}", if self.ok { "good " } else { "to do" }, self.check, self.say)
    }
}

fn good(check: &'static str, say: impl Into<String>) -> Finding {
    Finding { check, ok: true, say: say.into() }
}

fn bad(check: &'static str, say: impl Into<String>) -> Finding {
    Finding { check, ok: false, say: say.into() }
}

/// Looks at everything.
///
/// # Errors
/// When something is to be done.
pub async fn run(config: Result<Config, ConfigError>, out: &Out) -> Result<(), Failure> {
    let findings = match config {
        Err(error) => vec![bad("settings", Failure::from(error).said())],
        Ok(config) => {
            let mut findings = vec![good("settings", format!("This instance is {} at {}.", config.name, config.origin))];
            findings.extend(address(&config));
            findings.push(clock(SystemClock.now()));
            findings.extend(database(&config).await);
            findings
        }
    };
    out.say_all(&findings, "")?;
    match findings.iter().filter(|finding| !finding.ok).count() {
        0 => Ok(()),
        1 => Err(Failure::new("1 thing is to be done")),
        count => Err(Failure::new(format!("{count} things are to be done"))),
    }
}

fn address(config: &Config) -> Vec<Finding> {
    let host = config.origin.host();
    let mut findings = Vec::new();
    match TELLING.iter().find(|word| host.to_lowercase().contains(*word)) {
        Some(word) => findings.push(bad(
            "host name",
            format!("The address holds \"{word}\": it stands in histories and on bills; choose one that says nothing about care."),
        )),
        None => findings.push(good("host name", "The address says nothing about care.")),
    }
    if config.loopback_federation {
        findings.push(bad("federation", "HAVEN_LOOPBACK_FEDERATION is on: it is for tests; turn it off before people come."));
    }
    if config.origin.scheme() == "https" && !config.listen.ip().is_loopback() {
        findings.push(bad(
            "listener",
            format!(
                "Haven speaks plain http on {}: listen on 127.0.0.1 and let a proxy with a certificate stand before it.",
                config.listen
            ),
        ));
    }
    findings
}

fn clock(now: Timestamp) -> Finding {
    if now < EARLIEST {
        return bad("clock", format!("The clock says {now}; set it, for partners refuse letters from the past."));
    }
    good("clock", format!("The clock says {now}."))
}

async fn database(config: &Config) -> Vec<Finding> {
    if let DatabaseUrl::Sqlite(path) = &config.database
        && !path.exists()
    {
        return vec![good("database", format!("There is none yet; haven serve makes {}.", path.display()))];
    }
    match look(config).await {
        Ok(findings) => findings,
        Err(error) => vec![bad("database", Failure::from(error).said())],
    }
}

async fn look(config: &Config) -> Result<Vec<Finding>, DbError> {
    let db = Db::open(&config.database).await?;
    if db.pending_migrations().await? > 0 {
        return Ok(vec![bad("database", "It is of an earlier version; run haven migrate.")]);
    }
    db.integrity_check().await?;
    let mut findings = vec![good("database", "It can be read and written, and nothing in it is damaged.")];
    let mut conn = db.read().await?;
    let stored = actors::instance(&mut conn).await?.map(|actor| actor.uri.origin());
    if let Some(stored) = stored.filter(|stored| *stored != config.origin) {
        findings.push(bad("address", format!("The database belongs to {stored}; set HAVEN_PUBLIC_URL to that.")));
    }
    let newest = Timestamp::from_millis(outbox::last_sequence(&mut conn).await? / 1_000_000);
    if newest > SystemClock.now().plus(std::time::Duration::from_mins(5)) {
        findings.push(bad("clock", format!("The database holds something from {newest}, which is not yet; set the clock.")));
    }
    let known = partners::list(&mut conn).await?;
    let active = known.iter().filter(|partner| partner.state == partners::State::Active).count();
    findings.push(good("partners", format!("{active} of {} are active.", known.len())));
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_from_before_this_version_is_noticed() {
        assert!(!clock(Timestamp::from_millis(0)).ok);
        assert!(clock(EARLIEST).ok);
    }
}
