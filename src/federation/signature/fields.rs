//! Structured fields (RFC 8941), read so that nothing given twice is lost: the usual reading keeps the last of two
//! members or parameters of one name, and a signature must not depend on which of two a reader keeps.

use std::convert::Infallible;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::visitor::{DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser, Version};

use super::refusal::Refusal;

/// Parameters in the order they were written.
pub(super) type Parameters<'a> = Vec<(&'a KeyRef, BareItemFromInput<'a>)>;

/// An item with its parameters.
pub(super) struct Item<'a> {
    pub(super) value: BareItemFromInput<'a>,
    pub(super) parameters: Parameters<'a>,
}

/// A member of a dictionary: one item, or an inner list of them.
pub(super) struct Member<'a> {
    pub(super) label: &'a str,
    pub(super) is_list: bool,
    pub(super) items: Vec<Item<'a>>,
    /// Parameters of the inner list; those of a single item are on the item.
    pub(super) parameters: Parameters<'a>,
}

impl Member<'_> {
    /// The bytes of a member that is one byte sequence. The reader of structured fields takes base64 without padding
    /// and with loose last bits; here only the one right spelling counts, so `text`, the whole field, must hold it.
    pub(super) fn bytes(&self, text: &str) -> Option<&[u8]> {
        let bytes = match self.items.as_slice() {
            [item] if !self.is_list => item.value.as_byte_sequence()?,
            _ => return None,
        };
        text.contains(&format!(":{}:", STANDARD.encode(bytes))).then_some(bytes)
    }
}

/// Reads a dictionary. Labels and parameters that are given twice are refused.
pub(super) fn dictionary(text: &str) -> Result<Vec<Member<'_>>, Refusal> {
    let parser = Parser::new(text).with_version(Version::Rfc8941);
    let members = parser.parse_dictionary_with_visitor(Dictionary(Vec::new())).map_err(|_| Refusal::Malformed)?;
    let labels_once = once(members.iter().map(|member| member.label));
    let parameters_once = members.iter().all(|member| {
        let own = once(member.parameters.iter().map(|(name, _)| name.as_str()));
        own && member.items.iter().all(|item| once(item.parameters.iter().map(|(name, _)| name.as_str())))
    });
    if labels_once && parameters_once { Ok(members) } else { Err(Refusal::Doubled) }
}

/// Whether no two of the names are equal.
pub(super) fn once<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut sorted: Vec<&str> = names.collect();
    sorted.sort_unstable();
    sorted.array_windows().all(|[one, next]| one != next)
}

struct Dictionary<'a>(Vec<Member<'a>>);

impl<'a> DictionaryVisitor<'a> for Dictionary<'a> {
    type Out = Vec<Member<'a>>;
    type Error = Infallible;

    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, Infallible> {
        let member = Member { label: key.as_str(), is_list: false, items: Vec::new(), parameters: Vec::new() };
        Ok(Entry(self.0.push_mut(member)))
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(self.0)
    }
}

struct Entry<'m, 'a>(&'m mut Member<'a>);

impl<'a> EntryVisitor<'a> for Entry<'_, 'a> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(Append(&mut self.0.items))
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Infallible> {
        self.0.is_list = true;
        Ok(self)
    }
}

impl<'a> InnerListVisitor<'a> for Entry<'_, 'a> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(Append(&mut self.0.items))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'a>, Infallible> {
        Ok(Collect(&mut self.0.parameters))
    }
}

struct Append<'m, 'a>(&'m mut Vec<Item<'a>>);

impl<'a> ItemVisitor<'a> for Append<'_, 'a> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(self, value: BareItemFromInput<'a>) -> Result<impl ParameterVisitor<'a, Out = ()>, Infallible> {
        let item = self.0.push_mut(Item { value, parameters: Vec::new() });
        Ok(Collect(&mut item.parameters))
    }
}

struct Collect<'m, 'a>(&'m mut Parameters<'a>);

impl<'a> ParameterVisitor<'a> for Collect<'_, 'a> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, key: &'a KeyRef, value: BareItemFromInput<'a>) -> Result<(), Infallible> {
        self.0.push((key, value));
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}
