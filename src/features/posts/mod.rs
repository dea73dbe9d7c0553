//! Posts: what people write in groups, the pages where they read it, and what goes to and comes from other houses about it.
//! A post is at home in its group's home; everywhere else it is a copy of what the home said last (groups.md). This feature never
//! widens who may read a post, never counts readers, and never tells one house who of another house wrote something.
//!
//! What later features may call is re-exported here; all else is private.

mod actions;
mod inbox;
mod post;
mod states;
mod store;
mod wire;

pub use actions::PostError;
pub use actions::people::{Mark, NewPost, delete, edit, mark, remove, take_all_away, undo, withdraw, write};
pub use post::{Post, State, Text, TextProblem};
