//! Passphrases: what is accepted, and how one is kept (argon2id). Any signs, spaces and paste are welcome; there are no
//! puzzles. Hashing runs beside the async threads, a few at a time, so that a flood of guesses cannot eat the machine.
//! A passphrase is never printed, stored or sent; only its hash is stored.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::name::folded;
use crate::base::{Chance, Sensitive};

/// Why a text cannot be a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseFault {
    /// Fewer than ten characters.
    #[error("a passphrase has at least 10 characters")]
    Short,
    /// More than 1024 characters.
    #[error("a passphrase has at most 1024 characters")]
    Long,
    /// One of those that are tried first by anyone who guesses, or the name itself.
    #[error("this passphrase is easy to guess")]
    Common,
}

impl PassphraseFault {
    /// The key of its sentence on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Short => "accounts-passphrase-short",
            Self::Long => "accounts-passphrase-long",
            Self::Common => "accounts-passphrase-common",
        }
    }
}

/// Hashing is too busy to take one more; ask again in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at this moment")]
pub struct Busy;

/// Fewest and most characters of a passphrase.
pub const LENGTH: (usize, usize) = (10, 1024);
/// 1024 characters of four bytes: what is longer is refused before it is read.
const MAX_BYTES: usize = 4096;
/// Hashes made at the same time: 19 MiB of memory each.
const SEATS: usize = 2;
/// Attempts that may wait for a seat; the next one is told to come back.
const QUEUE: usize = 64;

static ROOM: Semaphore = Semaphore::const_new(SEATS);
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// All seats, for a test in which somebody waits for one.
#[cfg(test)]
pub(super) async fn all_seats() -> tokio::sync::SemaphorePermit<'static> {
    ROOM.acquire_many(u32::try_from(SEATS).unwrap()).await.unwrap()
}

/// A passphrase as typed, in composed form. It cannot be printed and is wiped when dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

/// What is stored of a passphrase: the PHC string of argon2id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed(Sensitive<String>);

impl Hashed {
    /// The PHC string, for the row.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// From a row.
    pub fn from_stored(text: String) -> Self {
        Self(Sensitive::new(text))
    }
}

impl Passphrase {
    /// Reads a new passphrase. `names` are the names it must not be.
    ///
    /// # Errors
    /// What is wrong with it. There are no rules about digits, capitals or signs.
    pub fn choose(typed: &str, names: &[&str]) -> Result<Self, PassphraseFault> {
        let passphrase = Self::attempt(typed).ok_or(PassphraseFault::Long)?;
        let length = passphrase.0.chars().count();
        if length < LENGTH.0 {
            return Err(PassphraseFault::Short);
        }
        if length > LENGTH.1 {
            return Err(PassphraseFault::Long);
        }
        if is_common(&passphrase.0, names) { Err(PassphraseFault::Common) } else { Ok(passphrase) }
    }

    /// Reads what someone typed to sign in; `None` when it is longer than any passphrase can be.
    pub fn attempt(typed: &str) -> Option<Self> {
        if typed.len() > MAX_BYTES {
            return None;
        }
        Some(Self(Zeroizing::new(typed.nfc().collect())))
    }
}

/// Easy to guess: on the list, a name, or made of very few different signs.
fn is_common(passphrase: &str, names: &[&str]) -> bool {
    let folded_text = Zeroizing::new(folded(passphrase));
    let mut signs: Vec<char> = passphrase.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let steps = signs.windows(2).filter(|pair| (pair[1] as u32).wrapping_sub(pair[0] as u32) == 1).count();
    let in_sequence = !signs.is_empty() && steps + 2 >= signs.len();
    signs.sort_unstable();
    signs.dedup();
    let is_name = names.iter().map(|name| folded(name)).filter(|name| !name.is_empty()).any(|name| {
        let rest = folded_text.replace(&name, "");
        rest.len() < folded_text.len() && rest.chars().all(|c| c.is_ascii_digit()) && rest.len() <= 6
    });
    signs.len() < 4 || in_sequence || is_name || COMMON.split(' ').any(|common| common == folded_text.as_str())
}

/// The first guesses in our three languages, folded. Long enough to matter (ten characters), short enough to read.
const COMMON: &str = "\
    password12 password123 password1234 password12345 passwordpassword mypassword mypassword1 newpassword thepassword \
    passphrase passphrase1 mypassphrase letmeinletmein iloveyou12 iloveyou123 iloveyouforever qwertyuiop qwertyuiop123 \
    qwerty1234 qwerty12345 qwerty123456 qwertyqwerty 1234567890 12345678910 123456789a 0123456789 0987654321 1q2w3e4r5t \
    1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedcrfv abc1234567 abcd123456 abcdefghij a123456789 welcome123 welcome1234 changeme123 \
    changemenow administrator admin12345 admin123456 football123 baseball123 princess123 sunshine123 superman123 starwars123 \
    dragon1234 monkey1234 christmas123 summer2025 summer2026 winter2025 winter2026 correcthorsebatterystaple opensesame \
    secretsecret secret1234 internet123 computer123 liverpool1 manchester wachtwoord wachtwoord1 wachtwoord12 wachtwoord123 \
    mijnwachtwoord geheim1234 geheimgeheim welkom1234 welkom12345 welkom2025 welkom2026 ikhouvanjou ikhouvanjou1 \
    ikhouvanmama feyenoord1 feyenoord1908 amsterdam020 amsterdam1 rotterdam010 voetbal123 zonnebloem zonneschijn sinterklaas \
    adgangskode adgangskode1 adgangskode123 kodeord123 kodeord1234 minkode123 hemmelig123 hemmelighed jegelskerdig \
    jegelskerdig1 velkommen1 velkommen123 danmark123 kobenhavn1 københavn1 fodbold123 sommer2025 sommer2026 vinter2025 \
    vinter2026 solskin123 haven12345 havenhaven welcomehome helloworld hellohello goodmorning goedemorgen godmorgen1";

#[expect(clippy::expect_used, reason = "constant parameters inside the limits of the library; a test makes one")]
fn argon() -> Argon2<'static> {
    // OWASP: m = 19 MiB, t = 2, p = 1.
    let params = Params::new(19_456, 2, 1, None).expect("parameters inside the limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What an attempt on an unknown name is compared with, so that it takes as long as one on a known name.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&Passphrase(Zeroizing::new("nobody signs in with this".to_owned())), [7; 16]));

fn hash_now(passphrase: &Passphrase, salt: [u8; 16]) -> String {
    // Hashing can only fail on parameters and lengths, which are constants here; an empty string matches nothing.
    argon().hash_password_with_salt(passphrase.0.as_bytes(), &salt).map(|hash| hash.to_string()).unwrap_or_default()
}

fn verify_now(stored: Option<&Hashed>, passphrase: &Passphrase) -> bool {
    // Made at the first attempt of all, whoever's, so that no later one takes longer.
    let nobody = NOBODY.as_str();
    let text = stored.map_or(nobody, Hashed::reveal);
    let Ok(hash) = phc::PasswordHash::new(text) else { return false };
    argon().verify_password(passphrase.0.as_bytes(), &hash).is_ok() && stored.is_some()
}

/// Counts one who waits, and stops counting however it ends.
struct Waiting;

impl Waiting {
    fn join() -> Result<Self, Busy> {
        let before = WAITING.fetch_add(1, Ordering::AcqRel);
        let place = Self;
        if before >= QUEUE { Err(Busy) } else { Ok(place) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
    let waiting = Waiting::join()?;
    let seat = ROOM.acquire().await.map_err(|_| Busy)?;
    drop(waiting);
    // The seat goes with the work: a visitor who hangs up does not free it early.
    let task = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(seat);
        done
    });
    task.await.map_err(|_| Busy)
}

/// Makes what is stored of a new passphrase.
///
/// # Errors
/// [`Busy`] when too many wait already.
pub async fn hash(chance: &dyn Chance, passphrase: Passphrase) -> Result<Hashed, Busy> {
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    let text = beside(move || hash_now(&passphrase, salt)).await?;
    if text.is_empty() { Err(Busy) } else { Ok(Hashed::from_stored(text)) }
}

/// Whether `passphrase` is the stored one. Takes as long when nothing is stored (an unknown name).
///
/// # Errors
/// [`Busy`] when too many wait already.
pub async fn verify(stored: Option<Hashed>, passphrase: Passphrase) -> Result<bool, Busy> {
    beside(move || verify_now(stored.as_ref(), &passphrase)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    fn fault(typed: &str) -> Option<PassphraseFault> {
        Passphrase::choose(typed, &["Fern", "anna river"]).err()
    }

    #[test]
    fn long_phrases_spaces_and_every_sign_are_welcome() {
        for typed in
            ["the quiet boat sails home", "  spaces at both ends ", "ærlige blåbær i regnen", "🌧🌲🌊🐦 and four more", "kort men ok!"]
        {
            assert_eq!(fault(typed), None, "{typed}");
        }
        assert_eq!(fault(&"boat on the quiet sea. ".repeat(44)), None);
        assert_eq!(fault("a1b2c3d4e5"), None);
    }

    #[test]
    fn short_huge_and_common_ones_are_refused() {
        for (typed, why) in [
            ("", PassphraseFault::Short),
            ("nine char", PassphraseFault::Short),
            ("aaaaaaaaaaaaaaaa", PassphraseFault::Common),
            ("ababababababab", PassphraseFault::Common),
            ("abcdefghijklm", PassphraseFault::Common),
            ("Password 123", PassphraseFault::Common),
            ("Wachtwoord123!", PassphraseFault::Common),
            ("adgangskode", PassphraseFault::Common),
            ("Anna River 1", PassphraseFault::Common),
            ("fern fern fern", PassphraseFault::Common),
        ] {
            assert_eq!(fault(typed), Some(why), "{typed}");
        }
        assert_eq!(fault(&"boat ".repeat(300)), Some(PassphraseFault::Long));
        assert_eq!(fault(&"b".repeat(1_000_000)), Some(PassphraseFault::Long));
        assert!(Passphrase::attempt(&"b".repeat(1_000_000)).is_none());
    }

    #[tokio::test]
    async fn phrases_that_differ_after_72_bytes_stay_different() {
        let start = "a long walk along the water ".repeat(4);
        let (one, two) = (format!("{start}north"), format!("{start}south"));
        let hashed = hash(&SystemChance, Passphrase::choose(&one, &[]).unwrap()).await.unwrap();
        assert!(hashed.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed:?}");
        assert!(verify(Some(hashed.clone()), Passphrase::attempt(&one).unwrap()).await.unwrap());
        assert!(!verify(Some(hashed), Passphrase::attempt(&two).unwrap()).await.unwrap());
    }

    #[tokio::test]
    async fn both_spellings_of_one_sign_are_one_passphrase_and_an_unknown_name_never_matches() {
        let hashed = hash(&SystemChance, Passphrase::choose("caf\u{e9} by the water", &[]).unwrap()).await.unwrap();
        assert!(verify(Some(hashed), Passphrase::attempt("cafe\u{301} by the water").unwrap()).await.unwrap());
        assert!(!verify(None, Passphrase::attempt("nobody signs in with this").unwrap()).await.unwrap());
        assert!(NOBODY.starts_with("$argon2id$"));
    }
}
