//! What belongs to one person: a copy of everything for them to take along, and the end of everything if they want that.
//! Both are done for a person who asked, by whoever runs the machine.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use haven::audit::By;
use haven::db::Conn;
use haven::features::accounts::{self, Account, AccountError};
use haven::features::takeout::{self, EraseError, Format, Incoming};
use haven::site::Shared;
use haven::web::{Lang, Words};
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

#[derive(Serialize)]
struct Kept {
    names: usize,
    names_left: usize,
    texts: usize,
    consents: usize,
}

impl Said for Kept {
    fn plain(&self) -> String {
        format!(
            "Brought along: {} names ({} left out), {} texts as private notes, {} records of consent as history.",
            self.names, self.names_left, self.texts, self.consents
        )
    }
}

async fn named(conn: &mut Conn, name: &str) -> Result<Account, Failure> {
    let found = accounts::by_sign_in_name(conn, name).await?;
    found.ok_or_else(|| Failure::new("there is no account with this sign-in name"))
}

/// Erases an account and everything it wrote, here and at the partners, in one unit of work.
///
/// # Errors
/// When there is no such account, or a group or the instance would be left without anyone to look after it.
pub async fn erase(site: &Shared, name: &str, out: &Out) -> Result<(), Failure> {
    let here = site.here();
    let mut tx = site.db.begin().await?;
    let account = named(&mut tx, name).await?;
    let erased = takeout::erase(&mut tx, &here, By::console(), &account.id).await.map_err(|error| match error {
        EraseError::Db(error) => Failure::from(error),
        other => Failure::new(other.to_string()),
    })?;
    tx.commit().await?;
    out.say(&Erased { erased: true, posts: erased.posts })
}

/// Writes everything that is kept of a person into a new file that only the present user can read: for reading when the name
/// of the file ends in `.html`, else for another program.
///
/// # Errors
/// When there is no such account, or the file exists already.
pub async fn export(site: &Shared, name: &str, lang: Lang, file: PathBuf, out: &Out) -> Result<(), Failure> {
    let readable = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
    let format = if readable { Format::Page } else { Format::Json };
    let mut tx = site.db.begin().await?;
    let account = named(&mut tx, name).await?;
    takeout::exported(&mut tx, site.now(), &account.id, By::console(), format).await?;
    let copy = takeout::gather(&mut tx, site, &account.id).await?.ok_or(AccountError::Unknown)?;
    let bytes = match format {
        Format::Page => copy.page(Words::new(lang)).map_err(|_| Failure::new("the page cannot be made"))?.into_bytes(),
        Format::Json => copy.json()?,
    };
    write(&file, &bytes)?;
    tx.commit().await?;
    out.say(&Written { file })
}

/// Takes over a copy from another house: names, texts as private notes, consents as history.
///
/// # Errors
/// When there is no such account, or the file is not a copy.
pub async fn import(site: &Shared, name: &str, file: &Path, out: &Out) -> Result<(), Failure> {
    let bytes = std::fs::read(file).map_err(|error| Failure::new(format!("the file {} cannot be read: {error}", file.display())))?;
    let incoming =
        Incoming::read(&bytes).ok_or_else(|| Failure::new(format!("the file {} is not a copy of Haven in JSON", file.display())))?;
    let mut keys = Vec::new();
    for _ in incoming.names() {
        keys.push(site.fresh_key().await?);
    }
    let mut tx = site.db.begin().await?;
    let account = named(&mut tx, name).await?;
    let brought = takeout::bring(&mut tx, &site.here(), &account.id, (&incoming, &keys), By::console()).await?;
    tx.commit().await?;
    out.say(&Kept { names: brought.names, names_left: brought.names_left, texts: brought.texts, consents: brought.consents })
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let said = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(format!("the file {} exists already; choose another name", file.display())),
        _ => Failure::new(format!("the file {} cannot be written: {error}", file.display())),
    };
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(said)?;
    made.write_all(bytes).and_then(|()| made.sync_all()).map_err(said)
}
