//! One-use links and session cookies: 160 random bits, shown once, stored only as a hash. A token is never logged;
//! who reads the database cannot sign in with what is there.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use crate::base::{Chance, Sensitive, ids};

/// Characters of every token: 20 bytes in base32.
const LEN: usize = 32;

/// A secret that its holder shows to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Sensitive<String>);

impl Token {
    /// Draws a new one.
    pub fn random(chance: &dyn Chance) -> Self {
        let mut bytes = [0; 20];
        chance.fill(&mut bytes);
        Self(Sensitive::new(ids::encode(&bytes)))
    }

    /// Reads one from a link or a cookie; `None` for anything [`Token::random`] cannot make.
    pub fn parse(text: &str) -> Option<Self> {
        let ok = text.len() == LEN && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        ok.then(|| Self(Sensitive::new(text.to_owned())))
    }

    /// The secret itself, for the link or the cookie.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// What is stored: SHA-256 in hexadecimal. No salt is needed, since the token is random.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(digest::digest(&digest::SHA256, self.reveal().as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;

    #[test]
    fn tokens_are_long_different_and_hashed() {
        let (one, two) = (Token::random(&SystemChance), Token::random(&SystemChance));
        assert_ne!(one, two);
        assert_eq!(Token::parse(one.reveal()), Some(one.clone()));
        assert!(!one.hash().contains(one.reveal()) && one.hash().len() == 64);
        assert_eq!(format!("{one:?}"), "Token((kept back))");
        for bad in ["", "short", "UPPERCASEUPPERCASEUPPERCASEUPPER", "../../../../../../../etc/passwd0"] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
    }
}
