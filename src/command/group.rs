//! Groups, from the machine the instance runs on: found one as a persona, list what is known here, ask to join. A group
//! of a partner is asked for by this process itself; what follows is left to the running server.

use clap::{Args, Subcommand, ValueEnum};
use haven::base::config::Config;
use haven::base::{Id, Iri, Origin};
use haven::db::Conn;
use haven::features::groups::{self, Charter, Founding, GroupName, JoinRule, Joined, Joining, Reach};
use haven::federation::partners;
use haven::site::Shared;
use serde::Serialize;

use super::failure::Failure;
use super::out::{Out, Said, columns};
use super::{named, opened};

/// What can be done.
#[derive(Subcommand)]
pub enum Group {
    /// Found a group.
    Create(Create),
    /// All groups that are known here.
    List,
    /// Join a group of this instance or of a partner.
    Join {
        /// Its address, as its home shows it.
        actor: String,
        /// The persona that joins: id, address or name.
        #[arg(long = "as", value_name = "PERSONA")]
        persona: String,
        /// A word to the hosts.
        #[arg(long, default_value = "")]
        word: String,
    },
    /// Leave a group; what was written in it stays.
    Leave {
        /// Id, address or page.
        group: String,
        /// The persona that leaves: id, address or name.
        #[arg(long = "as", value_name = "PERSONA")]
        persona: String,
    },
}

/// A group to be founded.
#[derive(Args)]
pub struct Create {
    /// What it is called.
    #[arg(long)]
    name: String,
    /// The persona that founds and hosts it: id, address or name.
    #[arg(long = "as", value_name = "PERSONA")]
    persona: String,
    /// Who may read it.
    #[arg(long, value_enum)]
    reach: ReachName,
    /// A partner it is shared with; may be given several times.
    #[arg(long = "partner", value_name = "ORIGIN")]
    partners: Vec<String>,
    /// Who may join.
    #[arg(long, value_enum, default_value = "open")]
    join: JoinName,
}

/// A reach as it is typed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReachName {
    /// This house.
    House,
    /// This house and named partners.
    Partners,
    /// Everyone on the internet: not part of this version.
    Everyone,
}

/// A rule of joining as it is typed.
#[derive(Clone, Copy, ValueEnum)]
pub enum JoinName {
    /// Anyone who can see it, at once.
    Open,
    /// The hosts say yes or no.
    Ask,
    /// Only who was invited.
    Invite,
}

#[derive(Serialize)]
struct Made {
    group: String,
    actor: String,
    page: String,
}

impl Said for Made {
    fn plain(&self) -> String {
        format!("The group is founded: {}", self.page)
    }
}

#[derive(Serialize)]
struct Row {
    group: String,
    actor: String,
    page: String,
    name: String,
    home: String,
    reach: &'static str,
    join: &'static str,
    archived: bool,
}

impl Row {
    fn row(&self) -> Vec<String> {
        vec![self.page.clone(), self.name.clone(), format!("home {}", self.home), self.reach.to_owned(), self.join.to_owned()]
    }
}

impl Said for Row {
    fn plain(&self) -> String {
        columns(&[self.row()])
    }

    fn cells(&self) -> Option<Vec<String>> {
        Some(self.row())
    }
}

#[derive(Serialize)]
struct Asked {
    group: String,
    state: &'static str,
    /// Whether this house is the group's home.
    #[serde(skip)]
    home: bool,
}

impl Said for Asked {
    fn plain(&self) -> String {
        match self.state {
            "active" => "The persona is a member now.".to_owned(),
            "resting" => "The persona has left the group; it can return at any time.".to_owned(),
            _ if self.home => "The hosts are asked; the persona is in when one of them says yes.".to_owned(),
            _ => "The home of the group is asked. The running server sends the request, or the next one that is started.".to_owned(),
        }
    }
}

impl Group {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        match self {
            Self::Create(what) => {
                what.check()?;
                what.run(&opened::site(config).await?, out).await
            }
            Self::List => list(&opened::site(config).await?, out).await,
            Self::Join { actor, persona, word } => join(&opened::site(config).await?, (&actor, &persona), &word, out).await,
            Self::Leave { group, persona } => leave(&opened::site(config).await?, (&group, &persona), out).await,
        }
    }
}

impl Create {
    /// What can be said without looking.
    fn check(&self) -> Result<(), Failure> {
        match (self.reach, self.partners.is_empty()) {
            (ReachName::Partners, true) => Err(Failure::usage("say with which partners the group is shared: --partner ORIGIN")),
            (ReachName::House | ReachName::Everyone, false) => Err(Failure::usage("--partner goes with --reach partners only")),
            _ => Ok(()),
        }
    }

    async fn run(self, site: &Shared, out: &Out) -> Result<(), Failure> {
        let name = GroupName::parse(&self.name).ok_or_else(|| Failure::new("the name of a group has 2 to 80 characters"))?;
        let key = site.fresh_key().await?;
        let here = site.here();
        let mut tx = site.db.begin().await?;
        let founder = named::persona(&mut tx, &self.persona).await?;
        let shared = partners_named(&mut tx, &self.partners).await?;
        let charter = Charter::named(name, join_rule(self.join));
        let founding = Founding { charter: &charter, founder: &founder.id, reach: reach(self.reach), partners: &shared };
        let group = groups::create(&mut tx, &here, &key, founding).await?;
        tx.commit().await?;
        out.say(&Made { page: page(site, &group.id), group: group.id.to_string(), actor: group.uri.to_string() })
    }
}

async fn partners_named(conn: &mut Conn, origins: &[String]) -> Result<Vec<Id>, Failure> {
    let mut found = Vec::new();
    for origin in origins {
        let origin = Origin::parse(origin).map_err(|error| Failure::usage(error.to_string()))?;
        let partner = partners::by_origin(conn, &origin).await?;
        found.push(partner.ok_or_else(|| Failure::new(format!("{origin} is no partner; see haven partner list")))?.id);
    }
    Ok(found)
}

const fn reach(name: ReachName) -> Reach {
    match name {
        ReachName::House => Reach::House,
        ReachName::Partners => Reach::Partners,
        ReachName::Everyone => Reach::Everyone,
    }
}

const fn join_rule(name: JoinName) -> JoinRule {
    match name {
        JoinName::Open => JoinRule::Open,
        JoinName::Ask => JoinRule::Ask,
        JoinName::Invite => JoinRule::Invite,
    }
}

/// Where people of this instance read the group.
fn page(site: &Shared, group: &Id) -> String {
    site.config.origin.at(&format!("/g/{group}")).to_string()
}

async fn list(site: &Shared, out: &Out) -> Result<(), Failure> {
    let mut conn = site.db.read().await?;
    let rows: Vec<Row> = groups::all_here(&mut conn)
        .await?
        .into_iter()
        .map(|group| Row {
            page: page(site, &group.id),
            group: group.id.to_string(),
            actor: group.uri.to_string(),
            home: group.uri.origin().to_string(),
            reach: group.reach.as_str(),
            join: group.join.as_str(),
            archived: group.archived_at.is_some(),
            name: group.name,
        })
        .collect();
    out.say_all(&rows, "There are no groups yet.")
}

async fn join(site: &Shared, (group, persona): (&str, &str), word: &str, out: &Out) -> Result<(), Failure> {
    let mut conn = site.db.read().await?;
    let persona = named::persona(&mut conn, persona).await?;
    let known = named::group(&mut conn, site, group).await.ok();
    drop(conn);
    let home = known.as_ref().is_some_and(groups::Group::is_local);
    let group = match known {
        Some(known) => known.id,
        None => elsewhere(site, group).await?,
    };
    let mut tx = site.db.begin().await?;
    let joined = groups::join(&mut tx, &site.here(), &group, &persona.id, Joining { word, ..Joining::default() }).await?;
    tx.commit().await?;
    let state = match joined {
        Joined::In | Joined::Paused(_) => "active",
        Joined::Waiting => "pending",
    };
    out.say(&Asked { group: group.to_string(), state, home })
}

/// A group that is not known here yet: its home is asked, which cannot be this house.
async fn elsewhere(site: &Shared, group: &str) -> Result<Id, Failure> {
    let uri = Iri::parse(group).map_err(|error| Failure::usage(error.to_string()))?;
    if uri.origin() == site.config.origin {
        return Err(Failure::new("there is no such group here; see haven group list"));
    }
    Ok(groups::find(site, &uri).await?)
}

async fn leave(site: &Shared, (group, persona): (&str, &str), out: &Out) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let persona = named::persona(&mut tx, persona).await?;
    let group = named::group(&mut tx, site, group).await?;
    groups::leave(&mut tx, &site.here(), &group.id, &persona.id, true).await?;
    tx.commit().await?;
    out.say(&Asked { group: group.id.to_string(), state: "resting", home: group.is_local() })
}
