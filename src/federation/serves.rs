//! What is served to partners by signed GET: a table of (kind of address, part below it) that the features fill.
//! Each row answers with something the asker may see, or with nothing, which looks like what never existed.

use futures::future::BoxFuture;

use crate::base::{Id, Iri};
use crate::db::{Conn, DbError};
use crate::federation::activity::Sealed;
use crate::federation::here::Here;
use crate::federation::policy::{Principal, Visible};

/// What is asked for.
pub struct Asked<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The moment and our origin.
    pub here: &'a Here,
    /// The id in the address.
    pub id: &'a Id,
    /// The address itself.
    pub uri: &'a Iri,
    /// Of a list: the name of the page, letters, digits, dots and dashes.
    pub page: Option<&'a str>,
}

/// The name of the first page of every list.
pub const FIRST_PAGE: &str = "first";

/// The answer: a document the asker may see.
pub type Answer = Result<Option<Visible<Sealed>>, DbError>;

/// One row: `/<kind>/<id>[/<tail>]`.
#[derive(Clone, Copy)]
pub struct Serves {
    /// `g`, `p` or `o`.
    pub kind: &'static str,
    /// What stands below the id; empty for the thing itself.
    pub tail: &'static str,
    /// It is a list that has pages: `?page=…` is understood.
    pub pages: bool,
    /// Builds the document.
    pub run: for<'a> fn(&'a mut Conn, Asked<'a>) -> BoxFuture<'a, Answer>,
}
