//! `haven check`: what an admin should know before opening the door, each as a sentence that says what to do. It changes
//! nothing and leaves no file behind.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use haven::audit::{self, Verdict};
use haven::base::config::{Config, ConfigError, DatabaseUrl, NO_OPEN_FEDERATION};
use haven::base::{Clock, Id, SystemChance, SystemClock, Timestamp};
use haven::db::{Conn, Db, DbError};
use haven::features::assessments::{self, SECTIONS, Standing};
use haven::features::{accounts, ledger};
use haven::federation::vault::{self, Vault, VaultError};
use haven::federation::{actors, delivery, outbox, parked, partners};
use haven::jobs;
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
/// Files that one line names at most.
const NAMED: usize = 5;
/// No clock of a machine that runs this version is before this.
const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    say: String,
    /// Nothing is to be done, but it is not as somebody may think.
    #[serde(skip)]
    note: bool,
}

impl Said for Finding {
    fn plain(&self) -> String {
        let word = match (self.ok, self.note) {
            (false, _) => "to do",
            (true, true) => "note ",
            (true, false) => "good ",
        };
        format!("{word} {}: {}", self.check, self.say)
    }
}

fn good(check: &'static str, say: impl Into<String>) -> Finding {
    Finding { check, ok: true, say: say.into(), note: false }
}

fn bad(check: &'static str, say: impl Into<String>) -> Finding {
    Finding { check, ok: false, say: say.into(), note: false }
}

fn note(check: &'static str, say: impl Into<String>) -> Finding {
    Finding { check, ok: true, say: say.into(), note: true }
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
            findings.extend(super::logging::read(&config.log).err().map(|failure| bad("log", failure.said())));
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
    if config.open_federation {
        findings.push(note("federation", NO_OPEN_FEDERATION));
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
        return vec![match can_be_made(path) {
            Ok(()) => good("database", format!("There is none yet; haven serve makes {}.", path.display())),
            Err((folder, error)) => bad(
                "database",
                format!(
                    "There is none yet, and {} cannot be made: nothing can be written in {} ({error}); give this user the right to write \
                     there, or choose another folder with HAVEN_DATA_DIR.",
                    path.display(),
                    folder.display()
                ),
            ),
        }];
    }
    match look(config).await {
        Ok(findings) => findings,
        Err(error) => vec![bad("database", Failure::from(error).said())],
    }
}

/// Whether the database file could be made: tried with an empty file in the nearest folder that is there, which is taken away at
/// once. Else the folder and what the system said.
fn can_be_made(path: &Path) -> Result<(), (PathBuf, io::Error)> {
    let whole = std::path::absolute(path).map_err(|error| (path.to_owned(), error))?;
    for folder in whole.ancestors().skip(1) {
        match fs::metadata(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err((folder.to_owned(), error)),
            Ok(_) => {
                let tried = folder.join(format!(".haven-check-{}", Id::random(&SystemChance)));
                let made = OpenOptions::new().write(true).create_new(true).open(&tried);
                return made.and_then(|_| fs::remove_file(&tried)).map_err(|error| (folder.to_owned(), error));
            }
        }
    }
    Ok(())
}

async fn look(config: &Config) -> Result<Vec<Finding>, DbError> {
    let db = Db::open(&config.database).await?;
    if db.pending_migrations().await? > 0 {
        return Ok(vec![if db.is_new().await? {
            good("database", "It is empty; haven serve prepares it.")
        } else {
            bad("database", "It is of an earlier version; run haven migrate.")
        }]);
    }
    db.integrity_check().await?;
    let mut findings = vec![good("database", "It can be read and written, and nothing in it is damaged.")];
    let mut conn = db.read().await?;
    let stored = actors::instance(&mut conn).await?.map(|actor| actor.uri.origin());
    if let Some(stored) = stored.filter(|stored| *stored != config.origin) {
        findings.push(bad("address", format!("The database belongs to {stored}; set HAVEN_PUBLIC_URL to that.")));
    }
    let newest = Timestamp::from_millis(outbox::last_sequence(&mut conn).await? / 1_000_000);
    if newest > SystemClock.now().plus(Duration::from_mins(5)) {
        findings.push(bad("clock", format!("The database holds something from {newest}, which is not yet; set the clock.")));
    }
    if let Some(restored) = ledger::restored(&db).await? {
        let said = match restored.replayed {
            Some(count) => format!(
                "It was put back to an older copy at {}, and {count} erasures were applied again. Nothing is sent to partners until an \
                 admin has looked at the page /admin/restored.",
                restored.at
            ),
            None => format!(
                "It was put back to an older copy at {}. What was erased since is erased again when haven serve starts; keep \
                 erasures.log in the data folder.",
                restored.at
            ),
        };
        findings.push(bad("restored", said));
    }
    let late = ledger::count_open(&mut conn, SystemClock.now()).await?;
    if late > 0 {
        findings.push(bad("erasures", format!("{late} deletions are not confirmed after three days; see the page /admin/erasures.")));
    }
    findings.extend(unpromised(accounts::without_promise(&mut conn).await?));
    findings.extend(aside(parked::count(&mut conn).await?, jobs::counts(&mut conn).await?.1));
    let known = partners::list(&mut conn).await?;
    let active = known.iter().filter(|partner| partner.state == partners::State::Active).count();
    findings.push(good("partners", format!("{active} of {} are active.", known.len())));
    findings.extend(assessed(&mut conn).await?);
    for (partner, since) in delivery::failing(&mut conn).await? {
        let Some(partner) = known.iter().find(|known| known.id.as_str() == partner) else { continue };
        let say = format!("{0} has not taken what is sent to it since {since}; see haven queue list --partner {0}.", partner.origin);
        findings.push(bad("deliveries", say));
    }
    findings.push(key(config, &mut conn).await?);
    findings.extend(copies(&haven::db::copies(&mut conn).await?, SystemClock.now()));
    findings.push(match audit::verify(&mut conn).await? {
        Verdict::Whole { rows: 0, .. } => good("audit log", "It is empty."),
        Verdict::Whole { rows, head } => good("audit log", format!("It is whole: {rows} rows, the last one is {head}.")),
        Verdict::Broken { seq } => {
            bad("audit log", format!("Row {seq} was changed, or a row before it is missing; compare it with a backup."))
        }
    });
    Ok(findings)
}

/// How many people with a role have promised nothing here: a note, since a paper may lie in the house (care R33).
fn unpromised(count: i64) -> Option<Finding> {
    let who = match count {
        0 => return None,
        1 => "1 person with a role has".to_owned(),
        count => format!("{count} people with a role have"),
    };
    let say = format!(
        "{who} no statement of confidentiality on record; they make it on the page /me/confidentiality, or an admin records the paper on \
         the page /people."
    );
    Some(note("confidentiality", say))
}

/// Which sections of the assessment of risks somebody signed. What is open is named and is no fault of the machine: the pages keep shut
/// what it stands for.
async fn assessed(conn: &mut Conn) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    for section in SECTIONS {
        let name = section.name;
        let page = format!("read and sign it on the page /admin/dpia/{name}");
        findings.push(match assessments::standing(conn, &section).await? {
            Standing::Signed(_) => good("assessment", format!("The section about {name} in the assessment of risks is signed.")),
            Standing::Open => note("assessment", format!("The section about {name} in the assessment of risks is not signed; {page}.")),
            Standing::Changed(_) => note(
                "assessment",
                format!("The text about {name} in the assessment of risks has changed since it was signed; {page} again."),
            ),
            Standing::Withdrawn(_) => note(
                "assessment",
                format!("The signature under the section about {name} in the assessment of risks was withdrawn; {page} again."),
            ),
        });
    }
    Ok(findings)
}

/// What was put aside, if anything.
fn aside(came: i64, given_up: i64) -> Option<Finding> {
    (came + given_up > 0).then(|| {
        bad(
            "put aside",
            format!(
                "Messages that came in and broke something: {came}; pieces of work that were given up: {given_up}. See haven queue list \
                 --parked, and have them tried again with haven queue retry ID."
            ),
        )
    })
}

/// Copies of the whole database that this house wrote: which should have gone and have not, and which somebody has moved.
fn copies(known: &[haven::db::Copy], now: Timestamp) -> Vec<Finding> {
    // One round of the server later than the last moment.
    let late = now.minus(Duration::from_hours((haven::db::MOST_DAYS.unsigned_abs() + 1) * 24));
    let place = |copy: &haven::db::Copy| format!("{} of {}", copy.path.display(), copy.made_at);
    let names = |wanted: &[&haven::db::Copy]| wanted.iter().take(NAMED).map(|copy| place(copy)).collect::<Vec<_>>().join(", ");
    let (lost, here): (Vec<_>, Vec<_>) = known.iter().partition(|copy| copy.lost);
    let (over, fresh): (Vec<_>, Vec<_>) = here.into_iter().partition(|copy| copy.made_at < late);
    let mut findings = Vec::new();
    if !over.is_empty() {
        let say = format!("Past their time: {}. The server could not remove them, or has not run; remove them.", names(&over));
        findings.push(bad("backups", say));
    }
    if !lost.is_empty() {
        let say = format!("Not where they were written: {}. Whoever moved them must remove them; they are past their time.", names(&lost));
        findings.push(note("backups", say));
    }
    if let Some(oldest) = fresh.first() {
        findings
            .push(good("backups", format!("{} are known, the oldest is {}; the server removes each in time.", fresh.len(), place(oldest))));
    }
    findings
}

/// The file with the instance's key: there, the right one, and closed to others.
async fn key(config: &Config, conn: &mut Conn) -> Result<Finding, DbError> {
    let path = &config.key_file;
    let fits = match Vault::read(path) {
        Err(error) => return Ok(bad("key file", Failure::from(error).said())),
        Ok(None) if actors::holds_sealed_keys(conn).await? => {
            return Ok(bad("key file", Failure::from(VaultError::Missing(path.clone())).said()));
        }
        Ok(None) => return Ok(good("key file", format!("There is none yet; haven serve makes {}.", path.display()))),
        Ok(Some(vault)) => vault.fits(conn).await?,
    };
    Ok(if !fits {
        bad("key file", Failure::from(VaultError::Wrong).said())
    } else if vault::is_open_to_others(path) {
        bad("key file", format!("Others on this machine can read {0}; run chmod 600 {0}.", path.display()))
    } else {
        good("key file", format!("{} is the right one; keep a copy of it apart from the backups.", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_from_before_this_version_is_noticed() {
        assert!(!clock(Timestamp::from_millis(0)).ok);
        assert!(clock(EARLIEST).ok);
    }

    #[tokio::test]
    async fn an_assessment_that_nobody_signed_is_named_and_is_no_fault() {
        let site = haven::testing::site::Town::default();
        let site = site.open("aalst.test", haven::testing::database::sqlite().await, 1).await.unwrap();
        let mut conn = site.database.read().await.unwrap();
        let open = assessed(&mut conn).await.unwrap();
        assert!(open[0].ok && open[0].plain().starts_with("note  assessment") && open[0].say.contains("is not signed"), "{}", open[0].say);
        drop(conn);
        site.sign_assessments().await;
        let mut conn = site.database.read().await.unwrap();
        let signed = assessed(&mut conn).await.unwrap();
        assert!(signed[0].ok && !signed[0].note && signed[0].say.ends_with("is signed."), "{}", signed[0].say);
    }

    #[test]
    fn copies_past_their_time_are_to_be_removed_and_moved_ones_are_named() {
        let made = EARLIEST;
        let copy = |name: &str, lost| haven::db::Copy { path: name.into(), made_at: made, lost };
        assert!(copies(&[], made).is_empty());
        let found = copies(&[copy("/b/one", false)], made.plus(Duration::from_hours(24 * 35)));
        assert!(found.len() == 1 && found[0].ok && found[0].say.contains("/b/one"), "{}", found[0].say);
        let found = copies(&[copy("/b/one", false), copy("/b/two", true)], made.plus(Duration::from_hours(24 * 37)));
        assert!(!found[0].ok && found[0].say.contains("/b/one") && !found[0].say.contains("/b/two"), "{}", found[0].say);
        assert!(found[1].ok && found[1].note && found[1].say.contains("/b/two"), "{}", found[1].say);
        let many: Vec<_> = (0..20).map(|number| copy(&format!("/b/{number}x"), true)).collect();
        assert!(copies(&many, made)[0].say.matches("x of").count() == NAMED);
    }

    #[test]
    fn who_has_a_role_and_promised_nothing_is_counted_and_nothing_fails() {
        assert!(unpromised(0).is_none());
        for (count, said) in [(1, "1 person with a role has no statement"), (3, "3 people with a role have no statement")] {
            let found = unpromised(count).unwrap();
            assert!(found.ok && found.note && found.say.starts_with(said), "{}", found.say);
        }
    }

    #[test]
    fn what_was_put_aside_is_named() {
        assert!(aside(0, 0).is_none());
        let found = aside(2, 1).unwrap();
        assert!(!found.ok && found.say.contains("something: 2;") && found.say.contains("given up: 1."), "{}", found.say);
    }

    #[test]
    fn whether_the_database_can_be_made_is_tried_and_leaves_nothing() {
        let folder = haven::testing::database::TempFolder::new().unwrap();
        assert!(can_be_made(&folder.path().join("new/deeper/haven.db")).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(can_be_made(&file.join("haven.db")).is_err(), "a file is no folder");
        assert!(can_be_made(&file.join("new/haven.db")).is_err());
    }
}
