//! Posts, from the machine the instance runs on: write, change and take away as a persona, look how one stands, count.
//! A text comes on standard input and is never printed again: the console is no reading room.

use clap::{Args, Subcommand};
use haven::base::config::Config;
use haven::features::groups::{self, Group};
use haven::features::posts::{self, NewPost, Post as Kept, PostError, Text, TextProblem};
use haven::site::Shared;
use serde::Serialize;

use super::failure::Failure;
use super::out::{Out, Said};
use super::{input, named, opened};

/// What can be done.
#[derive(Subcommand)]
pub enum Post {
    /// Write a post; the text is read from standard input.
    Create(Create),
    /// Change a post; the new text is read from standard input.
    Edit(Own),
    /// Take a post away, everywhere.
    Delete {
        #[command(flatten)]
        own: Own,
        /// Erase it now, without a week to take that back.
        #[arg(long)]
        at_once: bool,
    },
    /// How a post stands: waiting, posted, deleted, who was told and who confirmed.
    Show {
        /// Id or address.
        post: String,
    },
    /// How many posts can be read.
    Count {
        /// In this group only: id, address or page.
        #[arg(long)]
        group: Option<String>,
    },
}

/// A new post.
#[derive(Args)]
pub struct Create {
    /// Id, address or page.
    #[arg(long)]
    group: String,
    /// The persona that writes: id, address or name.
    #[arg(long = "as", value_name = "PERSONA")]
    persona: String,
    /// The post it answers: id or address.
    #[arg(long, value_name = "POST")]
    reply_to: Option<String>,
    /// Language of the text; without it the group's.
    #[arg(long)]
    lang: Option<String>,
    /// Topic.
    #[arg(long, default_value = "")]
    label: String,
}

/// One's own post.
#[derive(Args)]
pub struct Own {
    /// Id or address.
    post: String,
    /// The persona that wrote it: id, address or name.
    #[arg(long = "as", value_name = "PERSONA")]
    persona: String,
}

#[derive(Serialize)]
struct Shown {
    post: String,
    object: Option<String>,
    group: String,
    state: &'static str,
    edited: bool,
    waits: bool,
    told: i64,
    confirmed: i64,
}

impl From<Kept> for Shown {
    fn from(kept: Kept) -> Self {
        let object = kept.uri.as_ref().or(kept.origin_uri.as_ref()).map(ToString::to_string);
        Self {
            post: kept.id.to_string(),
            object,
            group: kept.group.to_string(),
            state: kept.state.as_str(),
            edited: kept.edited_at.is_some(),
            waits: kept.state.as_str() == "waiting" || kept.edit.is_some_and(|edit| edit.uri.is_some()),
            told: kept.told,
            confirmed: kept.confirmed,
        }
    }
}

impl Said for Shown {
    fn plain(&self) -> String {
        let waits = if self.waits { "; it waits for the group's home, and the running server sends it" } else { "" };
        let told = if self.told > 0 { format!("; {} partners told, {} confirmed", self.told, self.confirmed) } else { String::new() };
        format!("Post {}: {}{waits}{told}.", self.post, self.state)
    }
}

#[derive(Serialize)]
struct Counted {
    posts: i64,
}

impl Said for Counted {
    fn plain(&self) -> String {
        self.posts.to_string()
    }
}

impl Post {
    /// Does it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        match self {
            Self::Create(what) => {
                let text = input::text()?;
                what.run(&opened::site(config).await?, text.reveal(), out).await
            }
            Self::Edit(own) => {
                let text = input::text()?;
                edit(&opened::site(config).await?, &own, text.reveal(), out).await
            }
            Self::Delete { own, at_once } => delete(&opened::site(config).await?, &own, at_once, out).await,
            Self::Show { post } => {
                let site = opened::site(config).await?;
                let mut conn = site.db.read().await?;
                let kept = named::post(&mut conn, &site, &post).await?;
                out.say(&Shown::from(kept))
            }
            Self::Count { group } => count(&opened::site(config).await?, group.as_deref(), out).await,
        }
    }
}

impl Create {
    async fn run(self, site: &Shared, text: &str, out: &Out) -> Result<(), Failure> {
        let mut tx = site.db.begin().await?;
        let author = named::persona(&mut tx, &self.persona).await?;
        let group = named::group(&mut tx, site, &self.group).await?;
        let parent = match &self.reply_to {
            Some(named) => Some(named::post(&mut tx, site, named).await?.id),
            None => None,
        };
        let text = typed(text, self.lang.as_deref().unwrap_or_default(), &self.label, &group)?;
        let new = NewPost {
            group: &group.id,
            author: &author.id,
            text: &text,
            reply_to: parent.as_ref(),
            saw_readers: group.list_version,
            instead_of: None,
        };
        let id = posts::write(&mut tx, &site.here(), &new).await?;
        let kept = posts::by_id(&mut tx, &id).await?.ok_or(PostError::NotFound)?;
        tx.commit().await?;
        out.say(&Shown::from(kept))
    }
}

/// A text that may be posted; its language is the group's when none is said.
fn typed(text: &str, lang: &str, label: &str, group: &Group) -> Result<Text, Failure> {
    let lang = [lang, group.language.as_str(), "und"].into_iter().find(|lang| !lang.is_empty()).unwrap_or("und");
    Text::typed(text, lang, label).map_err(|problem| {
        Failure::new(match problem {
            TextProblem::Empty => "there is no text to post",
            TextProblem::TooLong => "the text is longer than 20000 characters",
            TextProblem::LabelTooLong => "the topic is longer than 40 characters",
            TextProblem::Language => "the language cannot be read; write it like en, nl or da",
        })
    })
}

async fn edit(site: &Shared, own: &Own, text: &str, out: &Out) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let author = named::persona(&mut tx, &own.persona).await?;
    let kept = named::post(&mut tx, site, &own.post).await?;
    let group = groups::load(&mut tx, &kept.group).await?.ok_or(PostError::NotFound)?;
    let text = typed(text, &kept.lang, &kept.label, &group)?;
    posts::edit(&mut tx, &site.here(), &kept.id, &[author.id], &text).await?;
    said(site, tx, &kept, out).await
}

async fn delete(site: &Shared, own: &Own, at_once: bool, out: &Out) -> Result<(), Failure> {
    let mut tx = site.db.begin().await?;
    let author = named::persona(&mut tx, &own.persona).await?;
    let kept = named::post(&mut tx, site, &own.post).await?;
    posts::delete(&mut tx, &site.here(), &kept.id, &[author.id], at_once).await?;
    said(site, tx, &kept, out).await
}

/// Commits, and says how the post stands then.
async fn said(site: &Shared, tx: haven::db::Tx, kept: &Kept, out: &Out) -> Result<(), Failure> {
    tx.commit().await?;
    let mut conn = site.db.read().await?;
    let kept = posts::by_id(&mut conn, &kept.id).await?.ok_or(PostError::NotFound)?;
    out.say(&Shown::from(kept))
}

async fn count(site: &Shared, group: Option<&str>, out: &Out) -> Result<(), Failure> {
    let mut conn = site.db.read().await?;
    let group = match group {
        Some(group) => Some(named::group(&mut conn, site, group).await?.id),
        None => None,
    };
    let posts = posts::count(&mut conn, group.as_ref()).await?;
    out.say(&Counted { posts })
}
