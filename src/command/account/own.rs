//! What belongs to one person: a copy of everything for them to take along, and the end of everything if they want that.
//! Both are done for a person who asked, by whoever runs the machine.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use haven::base::Id;
use haven::db::{Conn, Tx};
use haven::features::accounts::{self, Account, AccountError};
use haven::features::groups::{self, GroupError};
use haven::features::personas;
use haven::features::posts::{self, Post};
use haven::site::Shared;
use serde::Serialize;

use crate::command::failure::Failure;
use crate::command::out::{Out, Said};

#[derive(Serialize)]
struct Erased {
    erased: bool,
    posts: u64,
}

impl Said for Erased {
    fn plain(&self) -> String {
        format!("The account, its personas and {} posts are erased. Partners are told by the running server.", self.posts)
    }
}

#[derive(Serialize)]
struct Written {
    file: PathBuf,
}

impl Said for Written {
    fn plain(&self) -> String {
        format!("The copy is in {}. Give it to the person, and then delete it here.", self.file.display())
    }
}

/// A person's own copy.
#[derive(Serialize)]
struct OwnCopy {
    account: accounts::OwnCopy,
    personas: Vec<personas::OwnName>,
    groups: Vec<OwnGroup>,
    posts: Vec<OwnPost>,
}

#[derive(Serialize)]
struct OwnGroup {
    name: String,
    address: String,
    state: &'static str,
    role: &'static str,
    joined: Option<String>,
}

#[derive(Serialize)]
struct OwnPost {
    persona: String,
    group: String,
    address: Option<String>,
    written: String,
    state: &'static str,
    language: String,
    topic: String,
    text: String,
    /// The organisations that the group was shared with when it was written.
    readers: Vec<String>,
}

async fn named(conn: &mut Conn, name: &str) -> Result<Account, Failure> {
    let found = accounts::by_sign_in_name(conn, name).await?;
    found.ok_or_else(|| Failure::new("there is no account with this sign-in name"))
}

/// All actors of an account, also of retired personas.
async fn actors_of(conn: &mut Conn, account: &Id) -> Result<Vec<Id>, Failure> {
    let names = personas::own_copy(conn, account).await?;
    Ok(names.iter().filter_map(|name| Id::parse(&name.actor)).collect())
}

/// Erases an account and everything it wrote, here and at the partners, in one unit of work.
///
/// # Errors
/// When there is no such account, or a group or the instance would be left without anyone to look after it.
pub async fn erase(site: &Shared, name: &str, out: &Out) -> Result<(), Failure> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let account = named(&mut tx, name).await?;
    let actors = actors_of(&mut tx, &account.id).await?;
    let mut posts = 0;
    for actor in &actors {
        posts += posts::take_all_away(&mut tx, &here, actor, None).await?;
    }
    leave_all(&mut tx, site, &actors).await?;
    personas::erase(&mut tx, &here, &account.id).await?;
    accounts::erase(&mut tx, &here, &account.id, false).await.map_err(|error| match error {
        AccountError::LastAdmin => Failure::new("this is the last admin; make somebody else admin first"),
        other => other.into(),
    })?;
    tx.commit().await?;
    out.say(&Erased { erased: true, posts })
}

async fn leave_all(tx: &mut Tx, site: &Shared, actors: &[Id]) -> Result<(), Failure> {
    for (group, membership) in groups::groups_of(tx, actors).await? {
        groups::leave(tx, &site.here(), &group.id, &membership.actor, true).await.map_err(|error| match error {
            GroupError::LastHost => Failure::new(format!("the group {} has no other host; make somebody else host first", group.id)),
            other => other.into(),
        })?;
    }
    Ok(())
}

/// Writes everything that is kept of a person into a new file that only the present user can read.
///
/// # Errors
/// When there is no such account, or the file exists already.
pub async fn export(site: &Shared, name: &str, file: PathBuf, out: &Out) -> Result<(), Failure> {
    let mut conn = site.db.read().await?;
    let account = named(&mut conn, name).await?;
    let copy = copy_of(&mut conn, site, &account.id).await?;
    write(&file, &serde_json::to_vec_pretty(&copy)?)?;
    out.say(&Written { file })
}

async fn copy_of(conn: &mut Conn, site: &Shared, account: &Id) -> Result<OwnCopy, Failure> {
    let actors = actors_of(conn, account).await?;
    let about = accounts::own_copy(conn, &site.here(), account).await?.ok_or(AccountError::Unknown)?;
    let groups = groups::groups_of(conn, &actors).await?.into_iter().map(|(group, membership)| OwnGroup {
        name: group.name,
        address: group.uri.to_string(),
        state: membership.state.as_str(),
        role: membership.role.as_str(),
        joined: membership.joined_at.map(haven::base::Timestamp::rfc3339),
    });
    let groups = groups.collect();
    let posts = posts::own_copy(conn, &actors).await?.into_iter().map(own_post).collect();
    Ok(OwnCopy { account: about, personas: personas::own_copy(conn, account).await?, groups, posts })
}

fn own_post(post: Post) -> OwnPost {
    OwnPost {
        persona: post.author_name,
        group: post.group.to_string(),
        address: post.uri.or(post.origin_uri).map(|uri| uri.to_string()),
        written: post.created_at.rfc3339(),
        state: post.state.as_str(),
        language: post.lang,
        topic: post.label,
        text: post.source,
        readers: post.readers,
    }
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let said = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(format!("{} exists already; choose another name", file.display())),
        _ => Failure::new(format!("{} cannot be written: {error}", file.display())),
    };
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(said)?;
    made.write_all(bytes).and_then(|()| made.sync_all()).map_err(said)
}
