//! Pages and forms, without knowing what they are about: layout, languages, forms, problem pages, what every request
//! passes. It holds no session and no account, and never loads anything from another host.
//!
//! A page is a struct with `shell: Shell`; its template extends `web/layout.html` and fills the block `main`. Form
//! fields come from `web/fields.html` (its first comment shows how). Words come from `words/{en,nl,da}.ftl`.

mod answers;
mod assets;
pub mod csv;
mod ctx;
mod fields;
mod form;
mod gate;
mod kept;
mod language;
mod problem;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod words_tests;

pub use answers::{Html, local_path, see_other, see_other_with_notice};
pub use assets::assets;
pub use ctx::{Ctx, MenuItem, Shell, Visitor};
pub use fields::{Choice, Errors, field_id};
pub use form::{Form, FormError, LongForm, decode};
#[cfg(feature = "fuzz")]
pub use gate::lets_in;
pub use gate::{House, WebSettings, layers, set_headers};
pub use kept::{Kept, kept};
pub use language::Lang;
pub use problem::Problem;
pub use words::{Value, Words, day_and_minute};
