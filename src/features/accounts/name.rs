//! How a name is written and when two names are the same: the rules that the sign-in name and the name of a persona
//! share, and the sign-in name itself. A sign-in name never leaves the instance and is on no page but the staff's.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Why a text cannot be a name. Each has a sentence on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Fewer characters than allowed.
    #[error("this name is too short")]
    Short,
    /// More characters than allowed.
    #[error("this name is too long")]
    Long,
    /// A sign that is not a letter, a digit, a space or one of `- _ . '`.
    #[error("a name holds letters, digits, spaces and - _ . ' only")]
    Sign,
    /// Letters of two alphabets that look alike.
    #[error("use the letters of one alphabet in a name")]
    Mixed,
    /// An e-mail address.
    #[error("an e-mail address cannot be a name here")]
    Email,
    /// A telephone number, or a number a public office gave.
    #[error("a number of a telephone or an office cannot be a name here")]
    Number,
}

impl NameFault {
    /// The key of its sentence on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Short => "accounts-name-short",
            Self::Long => "accounts-name-long",
            Self::Sign => "accounts-name-sign",
            Self::Mixed => "accounts-name-mixed",
            Self::Email => "accounts-name-email",
            Self::Number => "accounts-name-number",
        }
    }
}

/// Bytes that are looked at before anything else is done with a typed name.
const MAX_BYTES: usize = 400;
/// Digits that make a name a telephone, BSN, CPR or register number.
const MAX_DIGITS: usize = 6;
/// Marks that may follow one letter.
const MAX_MARKS: usize = 3;

/// Reads a name as typed: composed (NFC), single spaces, `least..=most` characters, signs of one alphabet.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn tidy(typed: &str, least: usize, most: usize) -> Result<String, NameFault> {
    if typed.len() > MAX_BYTES {
        return Err(NameFault::Long);
    }
    let words: Vec<String> = typed.nfc().collect::<String>().split_whitespace().map(str::to_owned).collect();
    let name = words.join(" ");
    if looks_like_email(&name) {
        return Err(NameFault::Email);
    }
    if name.chars().filter(|c| c.is_numeric()).count() > MAX_DIGITS {
        return Err(NameFault::Number);
    }
    let length = name.chars().count();
    if length < least {
        return Err(NameFault::Short);
    }
    if length > most {
        return Err(NameFault::Long);
    }
    check_signs(&name)?;
    Ok(name)
}

fn check_signs(name: &str) -> Result<(), NameFault> {
    let (mut marks, mut latin, mut lookalike, mut letters) = (0, false, false, 0);
    for sign in name.chars() {
        if is_combining_mark(sign) {
            marks += 1;
            if marks > MAX_MARKS {
                return Err(NameFault::Sign);
            }
            continue;
        }
        marks = 0;
        // Hangul fillers are letters that show nothing.
        let blank = matches!(sign, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
        if blank || !(sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_' | '.' | '\'' | '\u{2019}')) {
            return Err(NameFault::Sign);
        }
        letters += usize::from(sign.is_alphanumeric());
        latin |= sign.is_ascii_alphabetic() || ('\u{C0}'..='\u{24F}').contains(&sign);
        lookalike |= ('\u{370}'..='\u{52F}').contains(&sign);
    }
    if latin && lookalike {
        return Err(NameFault::Mixed);
    }
    if letters == 0 { Err(NameFault::Sign) } else { Ok(()) }
}

/// Whether a text is, or holds, an e-mail or fediverse address.
fn looks_like_email(text: &str) -> bool {
    text.contains('@') || text.contains('\u{FF20}')
}

/// What two names must share to be the same name: compatibility form, lower case, spaces and small signs left out.
pub fn folded(name: &str) -> String {
    let lower: String = name.nfkc().flat_map(char::to_lowercase).collect();
    // Composed once more: a mark may stand behind another sign now than before.
    let kept: String = lower.nfkc().filter(|c| c.is_alphanumeric() || is_combining_mark(*c)).collect();
    kept.nfkc().collect()
}

/// The name a person signs in with: 3 to 40 characters, chosen, unique on the instance whatever its capitals and spaces.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInName {
    written: String,
    folded: String,
}

impl SignInName {
    /// Fewest and most characters.
    pub const LENGTH: (usize, usize) = (3, 40);

    /// Reads a name as typed.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, NameFault> {
        let written = tidy(typed, Self::LENGTH.0, Self::LENGTH.1)?;
        let folded = folded(&written);
        if folded.chars().count() < 2 { Err(NameFault::Short) } else { Ok(Self { written, folded }) }
    }

    /// As its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The form that is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_one_form() {
        for (typed, name) in [
            ("fern", "fern"),
            ("  Quiet   Willow ", "Quiet Willow"),
            ("Blåbær", "Blåbær"),
            ("Cafe\u{301}", "Café"),
            ("O\u{2019}Neil-2", "O\u{2019}Neil-2"),
            ("Тихий клён", "Тихий клён"),
            ("सूर्य", "सूर्य"),
        ] {
            assert_eq!(tidy(typed, 2, 40).as_deref(), Ok(name), "{typed}");
        }
    }

    #[test]
    fn names_that_would_harm_are_refused() {
        for (typed, why) in [
            ("", NameFault::Short),
            ("x", NameFault::Short),
            ("anna@veld.example", NameFault::Email),
            ("@anna", NameFault::Email),
            ("06 1234 5678", NameFault::Number),
            ("010203-1234", NameFault::Number),
            ("fern\u{200B}", NameFault::Sign),
            ("fern\u{202E}nref", NameFault::Sign),
            ("<b>fern", NameFault::Sign),
            ("fern\0x", NameFault::Sign),
            ("\u{3164}\u{3164}\u{3164}", NameFault::Sign),
            ("F\u{435}rn", NameFault::Mixed),
            ("...", NameFault::Sign),
            ("f\u{301}\u{302}\u{303}\u{304}\u{305}n", NameFault::Sign),
        ] {
            assert_eq!(tidy(typed, 2, 40), Err(why), "{typed:?}");
        }
        assert_eq!(tidy(&"a".repeat(41), 2, 40), Err(NameFault::Long));
        assert_eq!(tidy(&"a".repeat(1_000_000), 2, 40), Err(NameFault::Long));
    }

    #[test]
    fn the_same_name_in_other_clothes_is_the_same() {
        for (one, other) in
            [("Fern", "FERN"), ("quiet willow", "Quiet-Willow"), ("Ｆｅｒｎ", "fern"), ("fern.", "fern"), ("a-\u{301}b", "áb")]
        {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("Blåbær"), folded("Blabaer"));
        assert_eq!(SignInName::parse("FERN 1").unwrap().folded(), "fern1");
    }
}
