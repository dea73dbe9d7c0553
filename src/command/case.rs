//! What waits on the desk: ids, kinds, states and ages. What was told, by whom and about whom stays on the desk.

use clap::Subcommand;
use haven::base::config::Config;
use haven::features::moderation;
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said};

/// What can be done.
#[derive(Subcommand)]
pub enum Case {
    /// The open cases, oldest first.
    List,
}

#[derive(Serialize)]
struct Row {
    id: String,
    kind: &'static str,
    state: &'static str,
    /// Seconds since it was opened.
    age: u64,
    overdue: bool,
}

impl Said for Row {
    fn plain(&self) -> String {
        let overdue = if self.overdue { ", overdue" } else { "" };
        format!("{}: {}, {}, open for {} minutes{overdue}", self.id, self.kind, self.state, self.age / 60)
    }
}

impl Case {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        let Self::List = self;
        let site = opened::site(config).await?;
        let mut conn = site.db.read().await?;
        let now = site.now();
        let cases = moderation::open_cases(&mut conn).await?;
        let rows: Vec<Row> = cases
            .into_iter()
            .map(|case| Row {
                id: case.id.to_string(),
                kind: case.kind.as_str(),
                state: case.state.as_str(),
                age: now.since(case.opened_at).as_secs(),
                overdue: case.is_overdue(now),
            })
            .collect();
        out.say_all(&rows, "Nothing waits on the desk.")
    }
}
