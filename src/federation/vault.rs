//! Private keys at rest: each is sealed (AES-256-GCM) under one key of the instance, which lives in a file outside of the
//! database. A copy of the database alone signs nothing in our name. A sealed key opens only for the actor it was sealed
//! for; nothing here is ever printed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use crate::base::{Chance, Id, Sensitive};
use crate::db::{Conn, Db, DbError};
use crate::federation::actors;

/// Bytes of the instance's key.
pub const KEY_LEN: usize = 32;

/// What every sealed text begins with; base64 has no colon.
const MARK: &str = "v1:";

/// Why the instance's key cannot be used. Says where, never what.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database holds sealed keys and the file is not there.
    #[error(
        "the key file {0} is missing, and without it this database cannot be used; put the file back from where you keep it, or name it in HAVEN_KEY_FILE"
    )]
    Missing(PathBuf),
    /// The file is of another instance, or was changed.
    #[error("the key file is not the one of this database; put the right file back, or name it in HAVEN_KEY_FILE")]
    Wrong,
    /// Not 64 hexadecimal digits.
    #[error("the key file {0} is damaged; it must hold 64 hexadecimal digits")]
    Damaged(PathBuf),
    /// Cannot be read or written.
    #[error("the key file {path} cannot be used: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Database trouble.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The instance's key.
pub struct Vault(LessSafeKey);

impl Vault {
    /// A vault with this key.
    ///
    /// # Errors
    /// [`VaultError::Wrong`] when the library does not take the key, which does not happen with 32 bytes.
    pub fn new(key: &[u8; KEY_LEN]) -> Result<Self, VaultError> {
        UnboundKey::new(&AES_256_GCM, key).map(|key| Self(LessSafeKey::new(key))).map_err(|_| VaultError::Wrong)
    }

    /// The vault of a database: the file that belongs to it, or a new file while the database holds nothing sealed yet.
    ///
    /// # Errors
    /// [`VaultError::Missing`] when the database holds sealed keys and the file is gone: making another would be of no use.
    pub async fn of_database(path: &Path, db: &Db, chance: &dyn Chance) -> Result<Self, VaultError> {
        if actors::holds_sealed_keys(&mut *db.read().await?).await? {
            return Self::read(path)?.ok_or_else(|| VaultError::Missing(path.to_owned()));
        }
        Self::read_or_make(path, chance)
    }

    /// Reads the file; `None` when it is not there.
    ///
    /// # Errors
    /// When it cannot be read or does not hold a key.
    pub fn read(path: &Path) -> Result<Option<Self>, VaultError> {
        let text = match fs::read(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(VaultError::File { path: path.to_owned(), source }),
        };
        let damaged = || VaultError::Damaged(path.to_owned());
        let bytes = HEXLOWER_PERMISSIVE.decode(text.trim_ascii()).map(Zeroizing::new).map_err(|_| damaged())?;
        let key = Zeroizing::new(<[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| damaged())?);
        Self::new(&key).map(Some)
    }

    /// Reads the file, or makes it with a fresh key. Of several processes that come at once, one makes it and the others
    /// read that one; nobody ever sees half a file.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn read_or_make(path: &Path, chance: &dyn Chance) -> Result<Self, VaultError> {
        if let Some(vault) = Self::read(path)? {
            return Ok(vault);
        }
        make(path, chance).map_err(|source| VaultError::File { path: path.to_owned(), source })?;
        Self::read(path)?.ok_or_else(|| VaultError::Missing(path.to_owned()))
    }

    /// Whether this is the key of the database: the instance's own actor says so.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn fits(&self, conn: &mut Conn) -> Result<bool, DbError> {
        let Some(instance) = actors::instance(conn).await? else { return Ok(true) };
        Ok(match actors::private_key(conn, &instance.id).await? {
            Some((stored, true)) => self.open(&instance.id, &stored).is_ok(),
            _ => true,
        })
    }

    /// Seals a text for this owner.
    pub fn seal(&self, chance: &dyn Chance, owner: &Id, text: &Sensitive<String>) -> Option<Sensitive<String>> {
        let mut nonce = [0; NONCE_LEN];
        chance.fill(&mut nonce);
        let mut bytes = Zeroizing::new(text.reveal().as_bytes().to_vec());
        let aad = Aad::from(bound_to(owner));
        let tag = self.0.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, bytes.as_mut_slice()).ok()?;
        let sealed = [&nonce[..], bytes.as_slice(), tag.as_ref()].concat();
        Some(Sensitive::new(format!("{MARK}{}", STANDARD.encode(sealed))))
    }

    /// Opens what was sealed for this owner, and nothing else.
    ///
    /// # Errors
    /// [`VaultError::Wrong`].
    pub fn open(&self, owner: &Id, sealed: &Sensitive<String>) -> Result<Sensitive<String>, VaultError> {
        let body = sealed.reveal().strip_prefix(MARK).ok_or(VaultError::Wrong)?;
        let bytes = Zeroizing::new(STANDARD.decode(body).map_err(|_| VaultError::Wrong)?);
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN).ok_or(VaultError::Wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Wrong)?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let text = self.0.open_in_place(nonce, Aad::from(bound_to(owner)), rest.as_mut_slice()).map_err(|_| VaultError::Wrong)?;
        std::str::from_utf8(text).map(|text| Sensitive::new(text.to_owned())).map_err(|_| VaultError::Wrong)
    }
}

/// Whether somebody else on the machine can read the file.
pub fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// What a sealed text is bound to: a row of another actor does not open with it.
fn bound_to(owner: &Id) -> Vec<u8> {
    format!("haven actors.private_key {owner}").into_bytes()
}

/// Writes a fresh key beside the place and moves it there in one step; a file that is there already stays.
fn make(path: &Path, chance: &dyn Chance) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut key = Zeroizing::new([0; KEY_LEN]);
    chance.fill(key.as_mut_slice());
    let text = Zeroizing::new(format!("{}\n", HEXLOWER_PERMISSIVE.encode(key.as_slice())));
    let beside = path.with_extension(format!("{}.new", Id::random(chance)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    match linked {
        // Some file systems know no links; there the last one of several processes wins, before anything is sealed.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => fs::rename(&beside, path),
        _ => fs::remove_file(&beside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;
    use crate::federation::keys::KeySource;
    use crate::server::OpenError;
    use crate::testing::database::{TempFolder, both};
    use crate::testing::keys::RecordedKeys;
    use crate::testing::site::{TestSite, Town, VAULT_KEY};

    #[test]
    fn only_the_owner_and_the_key_open_it() {
        let vault = Vault::new(&[7; KEY_LEN]).unwrap();
        let (one, two) = (Id::random(&SystemChance), Id::random(&SystemChance));
        let text = Sensitive::new("MIIcanary".to_owned());
        let sealed = vault.seal(&SystemChance, &one, &text).unwrap();
        assert!(!sealed.reveal().contains("canary") && sealed.reveal().starts_with("v1:"));
        assert_ne!(sealed, vault.seal(&SystemChance, &one, &text).unwrap(), "each time with another nonce");
        assert_eq!(vault.open(&one, &sealed).unwrap(), text);
        assert!(matches!(vault.open(&two, &sealed), Err(VaultError::Wrong)));
        assert!(matches!(Vault::new(&[8; KEY_LEN]).unwrap().open(&one, &sealed), Err(VaultError::Wrong)));
        for broken in ["", "v1:", "v1:AAAA", "MIIcanary", "v1:!!"] {
            assert!(vault.open(&one, &Sensitive::new(broken.to_owned())).is_err(), "{broken}");
        }
        let mut bytes = STANDARD.decode(&sealed.reveal()[3..]).unwrap();
        bytes[NONCE_LEN] ^= 1;
        let touched = Sensitive::new(format!("v1:{}", STANDARD.encode(bytes)));
        assert!(vault.open(&one, &touched).is_err());
    }

    #[test]
    fn the_file_is_made_once_and_for_its_owner_alone() {
        let folder = TempFolder::new().unwrap();
        let path = folder.path().join("data/instance.key");
        assert!(Vault::read(&path).unwrap().is_none());
        let owner = Id::random(&SystemChance);
        let text = Sensitive::new("x".to_owned());
        let sealed = Vault::read_or_make(&path, &SystemChance).unwrap().seal(&SystemChance, &owner, &text).unwrap();
        assert!(!is_open_to_others(&path));
        let again = Vault::read_or_make(&path, &SystemChance).unwrap();
        assert_eq!(again.open(&owner, &sealed).unwrap(), text);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        fs::write(&path, "0123").unwrap();
        assert!(matches!(Vault::read(&path), Err(VaultError::Damaged(_))));
    }

    #[tokio::test]
    async fn prv_15_keys_of_an_earlier_version_are_sealed_at_the_start_and_the_wrong_file_stops_it() {
        for database in both().await {
            let town = Town::default();
            let mut at = town.open("veld.test", database, 1).await.unwrap();
            let group_key = RecordedKeys::starting_at(5).fresh().unwrap();
            let open = group_key.to_stored().unwrap();
            let (instance, sealed) = {
                let mut conn = at.database.read().await.unwrap();
                let instance = actors::instance(&mut conn).await.unwrap().unwrap();
                let (stored, sealed) = actors::private_key(&mut conn, &instance.id).await.unwrap().unwrap();
                assert!(sealed && stored.reveal().starts_with(MARK), "from the beginning");
                (instance.id, stored)
            };
            let write = async |at: &TestSite, key: &str, sealed: i64| {
                let mut tx = at.database.begin().await.unwrap();
                sqlx::query("UPDATE actors SET private_key = $2, sealed = $3 WHERE id = $1")
                    .bind(instance.as_str())
                    .bind(key)
                    .bind(sealed)
                    .execute(tx.sql())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            };
            // As an earlier version left it.
            write(&at, open.reveal(), 0).await;
            town.reopen(&mut at, 1).await.unwrap();
            let (stored, is_sealed) = {
                let mut conn = at.database.read().await.unwrap();
                actors::private_key(&mut conn, &instance).await.unwrap().unwrap()
            };
            assert!(is_sealed && stored != open && stored != sealed);
            let vault = Vault::new(&VAULT_KEY).unwrap();
            assert_eq!(vault.open(&instance, &stored).unwrap(), open);
            let (_, key) = at.site.federation.instance().await.unwrap().unwrap();
            assert_eq!(key.public_pem(), group_key.public_pem(), "it signs as before");
            let other = Vault::new(&[9; KEY_LEN]).unwrap();
            assert!(!other.fits(&mut at.database.read().await.unwrap()).await.unwrap());
            let foreign = other.seal(&SystemChance, &instance, &open).unwrap();
            write(&at, foreign.reveal(), 1).await;
            let refused = town.reopen(&mut at, 1).await.unwrap_err();
            assert!(matches!(refused, OpenError::Vault(VaultError::Wrong)), "{refused}");
            let folder = TempFolder::new().unwrap();
            let path = folder.path().join("instance.key");
            let missing = Vault::of_database(&path, &at.database, &SystemChance).await;
            assert!(matches!(missing, Err(VaultError::Missing(_))), "no new file for a database that needs the old one");
            assert!(!path.exists());
        }
    }
}
