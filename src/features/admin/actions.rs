//! What an admin changes here: the name of the house, which members see on every page and partners in their lists.

use crate::audit::{self, By, Event, What};
use crate::base::config::MAX_NAME;
use crate::db::{DbError, Tx};
use crate::federation::activity::{Act, ActorOut, Outbound, Verb};
use crate::federation::outbox::{self, Outgoing};
use crate::federation::{Here, actors, endpoints, partners};

/// A name for the house, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseName(String);

/// Why a name cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HouseNameFault {
    /// Nothing left after trimming.
    #[error("write a name for the house")]
    Empty,
    /// More than [`MAX_NAME`] characters.
    #[error("this name is too long; {MAX_NAME} characters at most")]
    TooLong,
}

impl HouseName {
    /// Trims and checks a name.
    ///
    /// # Errors
    /// Says what to change.
    pub fn parse(text: &str) -> Result<Self, HouseNameFault> {
        let name: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect();
        match name.chars().count() {
            0 => Err(HouseNameFault::Empty),
            1..=MAX_NAME => Ok(Self(name)),
            _ => Err(HouseNameFault::TooLong),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives the house a name and tells the partners.
///
/// # Errors
/// Database trouble.
pub async fn name_house(tx: &mut Tx, here: &Here, by: By<'_>, name: &HouseName) -> Result<(), DbError> {
    let instance = actors::instance(tx).await?.ok_or(DbError::Unreadable("actors"))?;
    actors::rename(tx, &instance.id, name.as_str()).await?;
    let instance = actors::Actor { name: name.as_str().to_owned(), ..instance };
    let known = partners::list(tx).await?;
    for partner in known.into_iter().filter(|partner| partner.state == partners::State::Active && partner.handshake) {
        let document: ActorOut = endpoints::instance_document(instance.clone());
        let update = Act::new(here.activity_uri(), Verb::Update, instance.uri.clone(), document).to([partner.origin.at("/actor")]);
        let outgoing = Outgoing {
            from: &instance.id,
            thread: &partner.id,
            to: std::slice::from_ref(&partner.id),
            activity: Outbound::new(update),
            about: None,
            answers: None,
            receipt: false,
        };
        outbox::publish(tx, here, outgoing).await?;
    }
    let object = ("house", instance.id.as_str());
    let event = Event {
        at: here.now,
        what: What::HouseChanged,
        done: true,
        by,
        purpose: "running",
        object,
        client: "",
        ground: by.role,
        words: "renamed",
    };
    audit::record(tx, &event).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(HouseName::parse("  The   Garden ").map(|name| name.0), Ok("The Garden".to_owned()));
        assert_eq!(HouseName::parse(" \n "), Err(HouseNameFault::Empty));
        assert_eq!(HouseName::parse(&"x".repeat(MAX_NAME + 1)), Err(HouseNameFault::TooLong));
    }
}
