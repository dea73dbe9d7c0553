//! The notice about data protection, written from what is really set: who answers, what is kept how long, which houses are
//! partners. Short first, then the details. Each version stays readable (consents keep them).

use super::retention::{self, FIXED};
use crate::base::Timestamp;
use crate::db::{Conn, Db, DbError};
use crate::features::consents;
use crate::federation::declaration;
use crate::federation::partners::{self, State};
use crate::web::{Lang, Words};

/// How long this many days are, as people say it.
pub(super) fn span(t: Words, days: i64) -> String {
    if days >= 730 { t.with("takeout-years", &[("count", &(days / 365))]) } else { t.with("takeout-days", &[("count", &days)]) }
}

/// The lines about how long what is kept, in plain words.
pub(super) async fn kept(conn: &mut Conn, t: Words) -> Result<Vec<String>, DbError> {
    let fixed = FIXED.iter().map(|name| t.say(format!("takeout-kept-{name}")));
    let chosen = retention::lines(conn).await?;
    let chosen = chosen.into_iter().map(|line| t.with(format!("takeout-kept-{}", line.kind.name), &[("span", &span(t, line.days))]));
    Ok(fixed.chain(chosen).collect())
}

/// The notice in one language: one paragraph a line, headings begin with `# `.
pub(super) async fn words(conn: &mut Conn, t: Words, house: &str) -> Result<String, DbError> {
    let ours = declaration::ours(conn).await?;
    let known = partners::list(conn).await?;
    let names: Vec<String> =
        known.into_iter().filter(|partner| matches!(partner.state, State::Active | State::Paused)).map(|partner| partner.name).collect();
    let mut all: Vec<String> = Vec::new();
    let heading = |key: &str| format!("# {}", t.say(key));
    all.push(heading("takeout-notice-short"));
    for key in ["takeout-notice-short-1", "takeout-notice-short-2", "takeout-notice-short-3", "takeout-notice-short-4"] {
        all.push(t.say(key));
    }
    all.push(heading("takeout-notice-who"));
    all.push(
        t.with("takeout-notice-who-text", &[("house", house), ("contact", ours.contact.as_str()), ("country", ours.country.as_str())]),
    );
    all.push(heading("takeout-notice-why"));
    all.push(t.say("takeout-notice-why-1"));
    all.push(t.say("takeout-notice-why-2"));
    all.push(t.say("takeout-notice-why-3"));
    all.push(heading("takeout-notice-to"));
    all.push(if names.is_empty() {
        t.say("takeout-notice-to-none")
    } else {
        t.with("takeout-notice-to-names", &[("names", &names.join(", "))])
    });
    all.push(t.say("takeout-notice-to-text"));
    all.push(heading("takeout-notice-kept"));
    all.extend(kept(conn, t).await?);
    all.push(heading("takeout-notice-rights"));
    for key in ["takeout-notice-rights-1", "takeout-notice-rights-2", "takeout-notice-rights-4", "takeout-notice-rights-3"] {
        all.push(t.say(key));
    }
    all.push(heading("takeout-notice-weak"));
    all.push(t.say("takeout-notice-weak-1"));
    all.push(t.say("takeout-notice-weak-2"));
    Ok(all.join("\n"))
}

/// Keeps the notice as it reads now, when it reads differently than before.
pub(super) async fn keep(db: &Db, house: &str, now: Timestamp) -> Result<i64, DbError> {
    let mut all = Vec::new();
    let mut conn = db.read().await?;
    for lang in Lang::ALL {
        all.push((lang, words(&mut conn, Words::new(lang), house).await?));
    }
    drop(conn);
    let mut tx = db.begin().await?;
    let version = consents::keep_notice(&mut tx, &all, now).await?;
    tx.commit().await?;
    Ok(version)
}
