//! People, from the machine the instance runs on: invitations, accounts, a way back in for someone who forgot. Who may
//! run the program there may do this; the pages ask for a role instead. Passphrases come on standard input only.

mod own;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use haven::base::Sensitive;
use haven::base::config::Config;
use haven::features::accounts::{self, AccountError, Passphrase, Role, SignInName};
use haven::features::personas::{self, Console, ConsoleError, PersonaName};
use haven::site::Shared;
use haven::web::Lang;
use serde::Serialize;

use super::failure::Failure;
use super::input;
use super::opened;
use super::out::{Out, Said};

/// What can be done.
#[derive(Subcommand)]
pub enum Account {
    /// Make invitations: links that each make one account.
    Invite {
        /// What the new people may do.
        #[arg(long, value_enum)]
        role: RoleName,
        /// How many, 50 at most.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(accounts::MOST_INVITATIONS)))]
        count: u32,
    },
    /// Make an account; its passphrase is read from standard input.
    Create {
        /// The name to sign in with.
        #[arg(long)]
        name: String,
        /// The name others see; without it the same.
        #[arg(long)]
        persona: Option<String>,
        /// What it may do.
        #[arg(long, value_enum)]
        role: RoleName,
    },
    /// Make a one-use link for someone who forgot the passphrase.
    SignInLink {
        /// The name they sign in with.
        name: String,
    },
    /// Erase a person's account, personas and posts, here and at the partners.
    Erase {
        /// The name they sign in with.
        name: String,
    },
    /// Write a copy of everything that is kept of a person, for that person.
    Export {
        /// The name they sign in with.
        name: String,
        /// A file that does not exist yet; for reading when it ends in .html, else JSON.
        file: PathBuf,
        /// Language of the page: en, nl or da.
        #[arg(long, default_value = "en")]
        lang: String,
    },
    /// Take over a copy that a person brought from another house.
    Import {
        /// The name they sign in with.
        name: String,
        /// The copy in JSON.
        file: PathBuf,
    },
}

/// A role as it is typed.
#[derive(Clone, Copy, ValueEnum)]
pub enum RoleName {
    /// Takes part.
    Member,
    /// Welcomes people and leads groups.
    Host,
    /// Keeps people safe.
    Moderator,
    /// Runs the instance.
    Admin,
    /// Reads the logs, and nothing else that a member may not.
    Auditor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Member => Self::Member,
            RoleName::Host => Self::Host,
            RoleName::Moderator => Self::Moderator,
            RoleName::Admin => Self::Admin,
            RoleName::Auditor => Self::Auditor,
        }
    }
}

#[derive(Serialize)]
struct Link {
    link: String,
}

impl Said for Link {
    fn plain(&self) -> String {
        self.link.clone()
    }
}

#[derive(Serialize)]
struct Created {
    account: String,
    persona: String,
    actor: String,
}

impl Said for Created {
    fn plain(&self) -> String {
        format!("The account is made. Its persona is {} ({}).", self.persona, self.actor)
    }
}

impl Account {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        match self {
            Self::Invite { role, count } => invite(&opened::new_site(config).await?, role.into(), count, out).await,
            Self::Create { name, persona, role } => {
                let persona = persona.unwrap_or_else(|| name.clone());
                let names = readable(&name, &persona)?;
                let passphrase = input::passphrase()?;
                // Before a new instance is begun for somebody who then cannot be made.
                drop(Passphrase::choose(passphrase.reveal(), &[names.0.as_str(), names.1.as_str()])?);
                create(&opened::new_site(config).await?, (&name, &persona), role.into(), &passphrase, out).await
            }
            Self::SignInLink { name } => sign_in_link(&opened::site(config).await?, &name, out).await,
            Self::Erase { name } => own::erase(&opened::site(config).await?, &name, out).await,
            Self::Export { name, file, lang } => {
                let lang = Lang::parse(&lang).ok_or_else(|| Failure::usage("the language is en, nl or da"))?;
                own::export(&opened::site(config).await?, &name, lang, file, out).await
            }
            Self::Import { name, file } => own::import(&opened::site(config).await?, &name, &file, out).await,
        }
    }
}

async fn invite(site: &Shared, role: Role, count: u32, out: &Out) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let links = accounts::invite_from_console(&mut tx, &site.here(), role, count).await?;
    tx.commit().await?;
    links.iter().try_for_each(|link| out.say(&Link { link: link.to_string() }))
}

/// The names in their form, or what is wrong with them.
fn readable(name: &str, persona: &str) -> Result<(SignInName, PersonaName), ConsoleError> {
    Ok((SignInName::parse(name).map_err(ConsoleError::SignInName)?, PersonaName::parse(persona).map_err(ConsoleError::Name)?))
}

async fn create(
    site: &Shared,
    (name, persona): (&str, &str),
    role: Role,
    passphrase: &Sensitive<String>,
    out: &Out,
) -> Result<(), Failure> {
    let key = site.fresh_key().await?;
    let new = Console { sign_in_name: name, name: Some(persona), passphrase: passphrase.reveal(), role };
    let made = personas::sign_up_from_console(&site.db, &site.here(), &key, new).await?;
    out.say(&Created { account: made.account.to_string(), persona: made.id.to_string(), actor: made.uri.to_string() })
}

async fn sign_in_link(site: &Shared, name: &str, out: &Out) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let link = accounts::sign_in_link_from_console(&mut tx, &site.here(), name).await;
    let link = link.map_err(|error| match error {
        AccountError::Unknown => Failure::new("there is no active account with this name"),
        other => other.into(),
    })?;
    tx.commit().await?;
    out.say(&Link { link: link.to_string() })
}
