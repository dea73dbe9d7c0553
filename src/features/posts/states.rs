//! How a post gets from one state to another, as three small tables. Whatever the order and repetition in which news of
//! a post arrives, the tables end in the same place; nothing here reads a clock, a row or a message.
//!
//! **At the home** (from the house of a guest; "answer" goes back to that house):
//! ```text
//!                  Create              Update               Delete
//! nothing          take, answer        not yet              bury, answer
//! buried           –                   –                    answer
//! posted           answer again        change, answer       hide, answer
//! deleted/removed  –                   –                    answer
//! ```
//! **In a copy** (from the group's actor; `Create` and `Update` both carry the whole post, so either may come first):
//! ```text
//!                  post, updated = t            gone (writer / moderator)
//! nothing          insert                       bury
//! buried           –                            –
//! posted at u      replace if t > u, else –     clear as deleted / removed
//! frozen at u      as posted; it stays frozen   as posted
//! deleted          –                            – / becomes removed
//! removed          –                            –
//! ```
//! **At the writer's house** (own post in a group of a partner):
//! ```text
//!                  home took it      home refused it            writer takes it away
//! waiting          posted            refused, text kept         withdrawn, told to the home
//! posted           –                 removed, with the reason   deleted, told to the home
//! frozen           –                 removed, with the reason   deleted, told to the home
//! refused          posted            –                          withdrawn
//! withdrawn        join the id       –                          –
//! deleted          join the id       –                          –
//! removed          join the id       the reason                 –
//! ```
//! A deleted, removed or withdrawn post never becomes readable again. Undo makes a new post that names the old one (`haven:replaces`).

use super::post::State;
use crate::base::Timestamp;

/// What an instance holds about one uri.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Never heard of it.
    Nothing,
    /// Heard that it is gone before hearing of it.
    Buried,
    /// A row.
    Row(State, Timestamp),
}

/// What a guest's house can say about a post to the group's home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Please post this.
    Create,
    /// Please change it.
    Update,
    /// Take it away.
    Delete,
}

/// What the home then does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtHome {
    /// Check it, make it an own post, announce, answer.
    Take,
    /// Answer as before; nothing changes.
    AnswerAgain,
    /// Change the text, announce, answer.
    Change,
    /// Hide, announce, answer with figures.
    Hide,
    /// Remember that it must never come, answer.
    Bury,
    /// Keep the message for later.
    NotYet,
    /// Nothing.
    Nothing,
}

/// The first table.
pub const fn at_home(held: Held, asked: Asked) -> AtHome {
    match (held, asked) {
        (Held::Nothing, Asked::Create) => AtHome::Take,
        (Held::Nothing, Asked::Update) => AtHome::NotYet,
        (Held::Nothing, Asked::Delete) => AtHome::Bury,
        (Held::Row(State::Posted, _), Asked::Update) => AtHome::Change,
        (Held::Row(State::Posted, _), Asked::Delete) => AtHome::Hide,
        (Held::Row(State::Posted, _), Asked::Create) | (Held::Row(..) | Held::Buried, Asked::Delete) => AtHome::AnswerAgain,
        (Held::Buried | Held::Row(..), Asked::Create | Asked::Update) => AtHome::Nothing,
    }
}

/// What the group's actor can say about a post to a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// This is the post, as of then.
    Note(Timestamp),
    /// Its writer took it away.
    Deleted,
    /// A moderator took it away.
    Removed,
}

/// What the copy then does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtCopy {
    /// Store it.
    Insert,
    /// Replace the text.
    Replace,
    /// Remember that it must never come.
    Bury,
    /// Take the text away and keep the place.
    Clear(State),
    /// Nothing.
    Nothing,
}

/// The second table.
pub fn at_copy(held: Held, heard: Heard) -> AtCopy {
    match (held, heard) {
        (Held::Nothing, Heard::Note(_)) => AtCopy::Insert,
        (Held::Nothing, Heard::Deleted | Heard::Removed) => AtCopy::Bury,
        (Held::Row(State::Posted | State::Frozen, have), Heard::Note(at)) if at > have => AtCopy::Replace,
        (Held::Row(State::Posted | State::Frozen, _), Heard::Deleted) => AtCopy::Clear(State::Deleted),
        (Held::Row(State::Posted | State::Frozen | State::Deleted, _), Heard::Removed) => AtCopy::Clear(State::Removed),
        (Held::Buried | Held::Row(..), _) => AtCopy::Nothing,
    }
}

/// What can happen to an own post in a group of a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The home took it and told its id.
    Taken,
    /// The home did not take it, or took it back.
    Refused,
    /// The writer takes it away.
    TakenAway,
}

/// What the writer's house then does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtWriter {
    /// Note the home's id and show it to all.
    Post,
    /// Note the home's id; it stays away.
    JoinOnly,
    /// Keep the text for the writer, with the reason.
    Refuse,
    /// Hide it, with the reason.
    Remove,
    /// Add the reason to what is hidden.
    Explain,
    /// Hide it; the home hears of it.
    Withdraw,
    /// Hide it and forget it; the home knows already.
    Drop,
    /// Hide it with undo; the home hears of it.
    Delete,
    /// Nothing.
    Nothing,
}

/// The third table.
pub const fn at_writer(state: State, happened: Happened) -> AtWriter {
    match (state, happened) {
        (State::Waiting | State::Refused, Happened::Taken) => AtWriter::Post,
        (State::Withdrawn | State::Deleted | State::Removed, Happened::Taken) => AtWriter::JoinOnly,
        (State::Waiting, Happened::Refused) => AtWriter::Refuse,
        (State::Posted | State::Frozen, Happened::Refused) => AtWriter::Remove,
        (State::Removed, Happened::Refused) => AtWriter::Explain,
        (State::Waiting, Happened::TakenAway) => AtWriter::Withdraw,
        (State::Refused, Happened::TakenAway) => AtWriter::Drop,
        (State::Posted | State::Frozen, Happened::TakenAway) => AtWriter::Delete,
        (State::Posted | State::Frozen, Happened::Taken)
        | (State::Refused | State::Withdrawn | State::Deleted, Happened::Refused)
        | (State::Withdrawn | State::Deleted | State::Removed, Happened::TakenAway) => AtWriter::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All orders of `items`.
    fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
        if items.is_empty() {
            return vec![Vec::new()];
        }
        (0..items.len())
            .flat_map(|at| {
                let mut rest = items.to_vec();
                let first = rest.remove(at);
                permutations(&rest).into_iter().map(move |mut order| {
                    order.insert(0, first);
                    order
                })
            })
            .collect()
    }

    fn copy_after(news: &[Heard]) -> Held {
        news.iter().fold(Held::Nothing, |held, heard| match (at_copy(held, *heard), *heard) {
            (AtCopy::Insert | AtCopy::Replace, Heard::Note(at)) => Held::Row(State::Posted, at),
            (AtCopy::Bury, _) => Held::Buried,
            (AtCopy::Clear(state), _) => Held::Row(state, Timestamp::EPOCH),
            _ => held,
        })
    }

    /// What members of the copy can read.
    fn readable(held: Held) -> Option<Timestamp> {
        if let Held::Row(State::Posted, at) = held { Some(at) } else { None }
    }

    #[test]
    fn a_copy_ends_alike_in_every_order_and_with_repetition() {
        let at = |ms| Heard::Note(Timestamp::from_millis(ms));
        let living = [at(1), at(2), at(3), at(2)];
        for order in permutations(&living) {
            assert_eq!(readable(copy_after(&order)), Some(Timestamp::from_millis(3)), "{order:?}");
        }
        for end in [Heard::Deleted, Heard::Removed] {
            for order in permutations(&[at(1), at(2), at(3), end, end]) {
                assert_eq!(readable(copy_after(&order)), None, "{order:?}");
            }
        }
    }

    #[test]
    fn the_home_ends_alike_in_every_order() {
        for order in permutations(&[Asked::Create, Asked::Update, Asked::Update, Asked::Delete]) {
            let mut held = Held::Nothing;
            let mut kept: Vec<Asked> = order.clone();
            // What was "not yet" is tried again after each step, as the inbox does.
            for _ in 0..order.len() {
                kept.retain(|asked| match at_home(held, *asked) {
                    AtHome::Take | AtHome::Change => {
                        held = Held::Row(State::Posted, Timestamp::EPOCH);
                        false
                    }
                    AtHome::Hide => {
                        held = Held::Row(State::Deleted, Timestamp::EPOCH);
                        false
                    }
                    AtHome::Bury => {
                        held = Held::Buried;
                        false
                    }
                    AtHome::NotYet => true,
                    AtHome::AnswerAgain | AtHome::Nothing => false,
                });
            }
            assert!(kept.is_empty() && readable(held).is_none(), "{order:?}");
        }
    }

    #[test]
    fn the_writers_house_never_shows_again_what_was_taken_away() {
        for state in [State::Deleted, State::Removed, State::Withdrawn] {
            for happened in [Happened::Taken, Happened::Refused, Happened::TakenAway] {
                assert!(!matches!(at_writer(state, happened), AtWriter::Post | AtWriter::Refuse), "{state:?} {happened:?}");
            }
        }
        assert_eq!(at_writer(State::Waiting, Happened::Taken), AtWriter::Post);
        assert_eq!(at_writer(State::Waiting, Happened::Refused), AtWriter::Refuse);
        assert_eq!(at_writer(State::Posted, Happened::Refused), AtWriter::Remove);
        assert_eq!(at_writer(State::Removed, Happened::Refused), AtWriter::Explain);
    }
}
