//! The copy as one page: headings, no script, no request to anywhere, works printed. It is a file of its own, not a page of the
//! house, so it carries its few lines of style with it.

use askama::Template;

use super::{Copy, OwnPost, Recipient};
use crate::base::Timestamp;
use crate::web::Words;

#[derive(Template)]
#[template(path = "features/takeout/copy/copy.html")]
struct CopyPage<'a> {
    t: Words,
    copy: &'a Copy,
    made: String,
    posts: Vec<Text<'a>>,
    other: Vec<String>,
    looks: Vec<String>,
}

struct Text<'a> {
    post: &'a OwnPost,
    when: String,
    state: String,
    went: Vec<String>,
}

/// A moment as people write it.
fn date(t: Words, text: &str) -> String {
    Timestamp::parse_rfc3339(text).map_or_else(|| text.to_owned(), |at| t.date_time(at))
}

fn went(t: Words, gone: &Recipient) -> String {
    let what = t.say(format!("takeout-kind-{}", gone.what));
    let when = date(t, &gone.at);
    let values = [("what", what.as_str()), ("house", gone.organisation.as_str()), ("when", when.as_str())];
    let mut sentence = t.with(if gone.read { "takeout-copy-read" } else { "takeout-copy-sent" }, &values);
    if !gone.read {
        sentence.push(' ');
        sentence.push_str(&t.say(format!("takeout-answer-{}", gone.state)));
    }
    if let Some(confirmed) = &gone.confirmed {
        sentence.push(' ');
        sentence.push_str(&t.with("takeout-copy-confirmed", &[("when", &date(t, confirmed))]));
    } else if gone.asked_to_confirm {
        sentence.push(' ');
        sentence.push_str(&t.say("takeout-copy-unconfirmed"));
    }
    if !gone.passed_on_to.is_empty() {
        sentence.push(' ');
        sentence.push_str(&t.with("takeout-copy-onward", &[("names", &gone.passed_on_to.join(", "))]));
    }
    sentence
}

/// The page.
pub(super) fn of(copy: &Copy, t: Words) -> Result<String, askama::Error> {
    let posts = copy.posts.iter().map(|post| Text {
        post,
        when: date(t, &post.written),
        state: t.say(format!("takeout-state-{}", post.state)),
        went: post.recipients.iter().map(|gone| went(t, gone)).collect(),
    });
    let look = |look: &super::OwnLook| {
        let who = if look.yourself { t.say("takeout-copy-yourself") } else { look.role.clone() };
        let when = date(t, &look.at);
        t.with(
            "takeout-copy-look",
            &[("when", when.as_str()), ("who", who.as_str()), ("what", look.what.as_str()), ("words", look.words.as_str())],
        )
    };
    let page = CopyPage {
        t,
        made: date(t, &copy.made),
        posts: posts.collect(),
        other: copy.other_disclosures.iter().map(|gone| went(t, gone)).collect(),
        looks: copy.looks.iter().map(look).collect(),
        copy,
    };
    page.render()
}

impl CopyPage<'_> {
    fn when(&self, text: &str) -> String {
        date(self.t, text)
    }
}
