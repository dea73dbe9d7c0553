//! The name of a persona: any name a person likes, but not an address or a number. A name that looks like a real full
//! name gets a question, not a refusal: people may use their own name here if they want to.

use crate::features::accounts::{NameFault, folded, tidy};

/// A name that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonaName {
    written: String,
    folded: String,
}

/// Fewest and most characters.
pub const LENGTH: (usize, usize) = (2, 40);

impl PersonaName {
    /// Reads a name as typed.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, NameFault> {
        let written = tidy(typed, LENGTH.0, LENGTH.1)?;
        let folded = folded(&written);
        if folded.is_empty() { Err(NameFault::Short) } else { Ok(Self { written, folded }) }
    }

    /// As its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The form that is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Why a person should be asked once more before this name is used; `None` when there is no reason.
    pub fn doubt(&self, sign_in_name: &str) -> Option<Doubt> {
        if !sign_in_name.is_empty() && folded(sign_in_name) == self.folded {
            return Some(Doubt::SignInName);
        }
        looks_like_a_real_name(&self.written).then_some(Doubt::RealName)
    }
}

/// Why we ask "is this really the name you want to be seen with?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// First name and surname.
    RealName,
    /// The name the person signs in with, which nobody else should know.
    SignInName,
}

impl Doubt {
    /// The key of its sentence on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RealName => "personas-doubt-real",
            Self::SignInName => "personas-doubt-sign-in",
        }
    }
}

/// A first name from the list, followed by a word that is written like a surname or is a common one.
fn looks_like_a_real_name(name: &str) -> bool {
    let words: Vec<&str> = name.split([' ', '-', '_']).filter(|word| !word.is_empty()).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let known = |list: &str, word: &str| {
        let word = folded(word);
        list.split(' ').any(|one| one == word)
    };
    let capital = last.chars().next().is_some_and(char::is_uppercase);
    words.len() > 1 && known(FIRST_NAMES, first) && (capital || known(SURNAMES, last))
}

/// Common first names of our three languages, folded.
const FIRST_NAMES: &str = "\
    adam agnes alex alice amanda amy anders andrea andrew anja ann anna anne annie anouk anton arjan astrid barbara bart bas \
    ben bent bert birgit bo bram camilla caroline catherine charles charlotte chris christian christina claus daan daniel \
    david dennis diana dirk dorte eline elisabeth elizabeth ella ellen els emil emily emma erik esther eva femke fleur floor \
    frank frederik freja george gerard grace greet hanna hannah hanne hans harry heidi helen helle hendrik henk henrik ida \
    ilse inge ingrid isabella jack jacob jake jakob james jan jane janne jasper jean jens jeroen jesper jessica joan johan \
    johanna john jonas joris josefine joseph julia julie karen karin kasper kate katrine kees kevin kim kirsten klaas klara \
    koen kristian lars laura lea lene linda lisa lise lotte louise lucas lucy luuk maaike mads maja margaret maria marianne \
    marie marieke marijke mark marloes martin mary matthew mathilde merel mette michael mieke mikkel mohamed morten nancy \
    nicolas niels nina noah noor ole oliver olivia oscar patricia paul peter pia piet pieter rasmus rebecca richard rik \
    robert roos ruth sam samuel sander sandra sara sarah sanne signe simon sofia sofie sophie soren søren stefan steven \
    stine susan susanne sven svend thea thijs thomas tim tine tobias tom tove ulla victor vera walter willem william wim \
    wouter yvonne";

/// Common surnames of our three languages, folded: a name in small letters is a real one too.
const SURNAMES: &str = "\
    andersen bakker bos brouwer brown christensen davies dekker devries evans hansen hendriks jacobs jacobsen jansen janssen \
    janssens jensen johnson jones jørgensen kristensen larsen madsen maes meijer mertens miller mortensen møller mulder \
    nielsen olsen pedersen peeters petersen poulsen rasmussen roberts smit smith sørensen taylor thomsen vandenberg vandijk \
    visser vos vries willems williams wilson";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_get_a_question_and_chosen_names_do_not() {
        for (name, doubt) in [
            ("Anna Jensen", Some(Doubt::RealName)),
            ("anna jensen", Some(Doubt::RealName)),
            ("Jan de Vries", Some(Doubt::RealName)),
            ("Søren Kierke", Some(Doubt::RealName)),
            ("Mary-Smith", Some(Doubt::RealName)),
            ("anna.river", Some(Doubt::SignInName)),
            ("Anna River", Some(Doubt::SignInName)),
            ("Quiet Willow", None),
            ("Fern", None),
            ("Anna", None),
            ("anna likes rain", None),
            ("Stille Wilg", None),
        ] {
            assert_eq!(PersonaName::parse(name).unwrap().doubt("anna river"), doubt, "{name}");
        }
    }

    #[test]
    fn addresses_and_numbers_are_refused() {
        for (typed, why) in [
            ("anna@veld.example", NameFault::Email),
            ("+31 6 12345678", NameFault::Number),
            ("F", NameFault::Short),
            ("<script>", NameFault::Sign),
        ] {
            assert_eq!(PersonaName::parse(typed), Err(why), "{typed}");
        }
        assert_eq!(PersonaName::parse(&"q".repeat(41)), Err(NameFault::Long));
        assert_eq!(PersonaName::parse("Fern 2").unwrap().as_str(), "Fern 2");
    }
}
