//! The small Markdown of the writing box. What it renders still goes through the sanitizer: this only decides what the marks mean.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Renders `text`; the result is not safe yet.
pub(super) fn rendered(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::empty());
    let mut out = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut out, parser.flat_map(|event| small(event).into_iter().flatten()));
    out
}

/// What an event becomes: at most two events, none for what we do not have.
fn small(event: Event<'_>) -> [Option<Event<'_>>; 2] {
    match event {
        // HTML is shown as the text it is.
        Event::Start(Tag::HtmlBlock) => [Some(Event::Start(Tag::Paragraph)), None],
        Event::End(TagEnd::HtmlBlock) => [Some(Event::End(TagEnd::Paragraph)), None],
        Event::Html(text) | Event::InlineHtml(text) => [Some(Event::Text(text)), None],
        Event::Start(Tag::Heading { .. }) => [Some(Event::Start(Tag::Paragraph)), Some(Event::Start(Tag::Strong))],
        Event::End(TagEnd::Heading(_)) => [Some(Event::End(TagEnd::Strong)), Some(Event::End(TagEnd::Paragraph))],
        // A picture becomes its description.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => [None, None],
        // Enter means a new line.
        Event::SoftBreak => [Some(Event::HardBreak), None],
        Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
            [Some(Event::Start(Tag::Link { link_type, dest_url, title: CowStr::Borrowed(""), id })), None]
        }
        other => [Some(other), None],
    }
}
