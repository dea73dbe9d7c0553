//! What people do with their names: choose one (which makes the account, at the first), add, rename, retire. One unit
//! of work each. A persona is an actor of its own, with its own key; nothing in it points to the account.

use serde::Serialize;

use super::name::PersonaName;
use super::{Persona, store};
use crate::base::Id;
use crate::db::{Conn, Db, DbError, Tx};
use crate::features::accounts::{
    self, AccountError, Busy, Door, Hashed, Made, NameFault, NewAccount, Passphrase, PassphraseFault, Role, SignInName, Token,
};
use crate::features::consents::{self, Basis, Flags, Purpose, Said};
use crate::federation::keys::KeyPair;
use crate::federation::{Here, actors};
use crate::jobs::{self, NewJob};
use crate::web::{Lang, Words};

/// Most active personas of one account.
pub const MOST: usize = 10;

/// Why a name is not made, changed or retired.
#[derive(Debug, thiserror::Error)]
pub enum PersonaError {
    /// Someone has this name.
    #[error("someone has this name")]
    Taken,
    /// [`MOST`] are active.
    #[error("there are ten names already; retire one first")]
    TooMany,
    /// It is the only one.
    #[error("this is the only name; add another one first")]
    LastOne,
    /// There is no such persona, or it is someone else's.
    #[error("there is no such name")]
    Unknown,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes a persona: an actor with its own key, and the row that says whose it is.
///
/// # Errors
/// [`PersonaError`].
pub async fn create(tx: &mut Tx, here: &Here, key: &KeyPair, account: &Id, name: &PersonaName) -> Result<Persona, PersonaError> {
    tx.lock(&format!("personas {account}")).await?;
    if store::of_account(tx, account).await?.len() >= MOST {
        return Err(PersonaError::TooMany);
    }
    let actor = actors::create_local(tx, here, actors::Kind::Person, name.as_str(), key).await?;
    let persona = Persona { id: actor.id, account: account.clone(), name: name.as_str().to_owned(), uri: actor.uri };
    // A new name is no way round one's own pause.
    let frozen = accounts::frozen_since(tx, account).await?;
    actors::set_frozen(tx, &persona.id, frozen).await?;
    if store::insert(tx, &persona, name.folded(), here.now).await? { Ok(persona) } else { Err(PersonaError::Taken) }
}

/// Finds an active persona of this account; someone else's is [`PersonaError::Unknown`].
///
/// # Errors
/// [`PersonaError`].
pub async fn own(conn: &mut Conn, account: &Id, id: &Id) -> Result<Persona, PersonaError> {
    store::by_id(conn, id).await?.filter(|persona| persona.account == *account).ok_or(PersonaError::Unknown)
}

/// The work of telling partners that a persona has another name; a later feature knows whom it concerns. Its payload is the
/// persona's id.
pub const RENAMED: &str = "persona-renamed";

/// Gives a persona another name. What it wrote before shows the new one, here and at partners when they have heard it.
///
/// # Errors
/// [`PersonaError`].
pub async fn rename(tx: &mut Tx, here: &Here, account: &Id, (id, name): (&Id, &PersonaName)) -> Result<Persona, PersonaError> {
    let mut persona = own(tx, account, id).await?;
    if !store::rename(tx, id, name).await? {
        return Err(PersonaError::Taken);
    }
    actors::rename(tx, id, name.as_str()).await?;
    name.as_str().clone_into(&mut persona.name);
    call_by_first_name(tx, account).await?;
    let job = NewJob { kind: RENAMED, key: Some(id.to_string()), payload: id.to_string(), run_at: here.now };
    jobs::enqueue(tx, &*here.chance, job).await?;
    Ok(persona)
}

/// Retires a persona: it takes part no more and its address answers like one that never was. Its name stays taken.
///
/// # Errors
/// [`PersonaError`].
pub async fn retire(tx: &mut Tx, here: &Here, account: &Id, id: &Id) -> Result<(), PersonaError> {
    tx.lock(&format!("personas {account}")).await?;
    own(tx, account, id).await?;
    if store::of_account(tx, account).await?.len() < 2 {
        return Err(PersonaError::LastOne);
    }
    store::retire(tx, id, here.now).await?;
    actors::retire(tx, id, here.now).await?;
    call_by_first_name(tx, account).await?;
    Ok(())
}

/// The account's own pages greet with the oldest active name.
async fn call_by_first_name(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    if let Some(first) = store::of_account(tx, account).await?.first() {
        accounts::set_called(tx, account, &first.name).await?;
    }
    Ok(())
}

/// Why nobody was welcomed.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The link was used, withdrawn or is too old.
    #[error("this invitation does not work any more")]
    Link,
    /// Someone has this sign-in name.
    #[error("this sign-in name is taken")]
    SignInNameTaken,
    /// Someone has this name.
    #[error("someone has this name")]
    NameTaken,
    /// The link gives a role, and who comes did not promise confidentiality (care R33).
    #[error("this invitation is for a role; tick the promise of confidentiality first")]
    NoPromise,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AccountError> for SignUpError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => Self::Db(error),
            _ => Self::SignInNameTaken,
        }
    }
}

impl From<PersonaError> for SignUpError {
    fn from(error: PersonaError) -> Self {
        match error {
            PersonaError::Db(error) => Self::Db(error),
            _ => Self::NameTaken,
        }
    }
}

/// What a person chooses when they come.
pub struct SignUp<'a> {
    /// To be seen with.
    pub name: &'a PersonaName,
    /// To sign in with.
    pub sign_in_name: &'a SignInName,
    /// The hashed passphrase.
    pub passphrase: &'a Hashed,
    /// What was on the page when they said yes to being here; `None` on the command line, where nobody said it.
    pub said: Option<Said<'a>>,
    /// In the words of which page they promised confidentiality; `None` when they did not. Only a link that gives a role asks for it.
    pub confidentiality: Option<Words>,
}

/// By which way an account is made.
pub enum Way<'a> {
    /// By a link, which is used up and says the role.
    Link(Door, &'a Token),
    /// By the command line, which says the role.
    Console(Role),
}

/// Makes an account and its first persona, and uses the link up: all or nothing. A link that gives a role asks for the promise of
/// confidentiality, and its record is of the same unit of work.
///
/// # Errors
/// [`SignUpError`]; drop the unit of work then, and the link can be used again.
pub async fn sign_up(tx: &mut Tx, here: &Here, key: &KeyPair, way: Way<'_>, new: SignUp<'_>) -> Result<Persona, SignUpError> {
    let (role, made) = match way {
        Way::Console(role) => (role, Made::Console),
        Way::Link(door, token) => (accounts::redeem(tx, here.now, door, token).await?.ok_or(SignUpError::Link)?, Made::Link(door)),
    };
    // The command line belongs to the operator and promises nothing in the name of others.
    let asked = matches!(made, Made::Link(_)) && role.asks_for_confidentiality();
    if asked && new.confidentiality.is_none() {
        return Err(SignUpError::NoPromise);
    }
    let account = NewAccount { name: new.sign_in_name, passphrase: new.passphrase, role, called: new.name.as_str(), made };
    let account = accounts::create(tx, here, account).await?;
    if let Some(t) = new.confidentiality.filter(|_| asked) {
        accounts::promise(tx, here, &account, role, t).await?;
    }
    if let Some(said) = new.said {
        let said = Said { version: consents::notice_version(tx).await?, ..said };
        let flags = Flags { basis: Basis::Consent, secrecy: false, visibility: false };
        consents::record(tx, here, &account, Purpose::House, (consents::State::Given, flags), said).await?;
    }
    Ok(create(tx, here, key, &account, new.name).await?)
}

/// Why the command line made no account. Each is one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The sign-in name.
    #[error("this sign-in name cannot be used: {0}")]
    SignInName(NameFault),
    /// The name to be seen with.
    #[error("this persona name cannot be used: {0}")]
    Name(NameFault),
    /// The passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseFault),
    /// A name is taken.
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    /// The machine is too busy to hash.
    #[error(transparent)]
    Busy(#[from] Busy),
}

/// What the command line says of a new account, as typed.
pub struct Console<'a> {
    /// To sign in with.
    pub sign_in_name: &'a str,
    /// To be seen with; a friendly name is drawn when there is none.
    pub name: Option<&'a str>,
    /// As read from standard input, without the line end.
    pub passphrase: &'a str,
    /// What it may do.
    pub role: Role,
}

/// Makes an account and its first persona from the command line: checks, hashes, writes, commits.
///
/// # Errors
/// [`ConsoleError`].
pub async fn sign_up_from_console(db: &Db, here: &Here, key: &KeyPair, new: Console<'_>) -> Result<Persona, ConsoleError> {
    let sign_in_name = SignInName::parse(new.sign_in_name).map_err(ConsoleError::SignInName)?;
    let name = match new.name {
        Some(typed) => PersonaName::parse(typed).map_err(ConsoleError::Name)?,
        None => suggest(&mut *db.read().await.map_err(SignUpError::from)?, here, Words::new(Lang::En)).await.map_err(SignUpError::from)?,
    };
    let passphrase = Passphrase::choose(new.passphrase, &[sign_in_name.as_str(), name.as_str()])?;
    let passphrase = accounts::hash(&*here.chance, passphrase).await?;
    let mut tx = db.begin().await.map_err(SignUpError::from)?;
    let chosen = SignUp { name: &name, sign_in_name: &sign_in_name, passphrase: &passphrase, said: None, confidentiality: None };
    let persona = sign_up(&mut tx, here, key, Way::Console(new.role), chosen).await?;
    tx.commit().await.map_err(SignUpError::from)?;
    Ok(persona)
}

/// A friendly name that nobody has yet: two calm words, and a number when all two-word names drawn were taken.
///
/// # Errors
/// When the database does not answer.
pub async fn suggest(conn: &mut Conn, here: &Here, t: Words) -> Result<PersonaName, DbError> {
    let mut drawn = "Fern".to_owned();
    for round in 0..8_u64 {
        drawn = accounts::friendly_words(&*here.chance, t);
        if round > 3 {
            drawn = format!("{drawn} {}", 2 + here.chance.below(997));
        }
        if let Ok(name) = PersonaName::parse(&drawn)
            && !store::is_taken(conn, name.folded()).await?
        {
            return Ok(name);
        }
    }
    PersonaName::parse(&drawn).map_err(|_| DbError::Unreadable("words"))
}

/// Takes the account out of its personas: names gone, actors gone. Returns their actors, for those who erase what they wrote.
/// To be called before [`accounts::erase`].
///
/// # Errors
/// When the database does not answer.
pub async fn erase(tx: &mut Tx, here: &Here, account: &Id) -> Result<Vec<Id>, DbError> {
    let gone = store::erase(tx, account, here.now).await?;
    for actor in &gone {
        actors::rename(tx, actor, "").await?;
        actors::retire(tx, actor, here.now).await?;
    }
    Ok(gone)
}

/// One name in a person's own copy.
#[derive(Serialize)]
pub struct OwnName {
    /// The name.
    pub name: String,
    /// Id of its actor.
    pub actor: String,
    /// When it was retired, if it was.
    pub retired: Option<String>,
}

/// A person's own copy of what this feature keeps.
///
/// # Errors
/// When the database does not answer.
pub async fn own_copy(conn: &mut Conn, account: &Id) -> Result<Vec<OwnName>, DbError> {
    let all = store::all_of_account(conn, account).await?;
    let own = |(actor, name, retired): (Id, String, Option<crate::base::Timestamp>)| OwnName {
        name,
        actor: actor.to_string(),
        retired: retired.map(crate::base::Timestamp::rfc3339),
    };
    Ok(all.into_iter().map(own).collect())
}
