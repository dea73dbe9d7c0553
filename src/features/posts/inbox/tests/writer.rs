//! What the home's answer does at the writer's house: it joins the one post that it answers, whatever was seen of it before, and
//! nothing that a home says puts somebody else's post in its place.

use super::super::super::post::{APPEAL, Post};
use super::*;

const FIRST: &str = "http://veld.test/o/first";
const SECOND: &str = "http://veld.test/o/second";

/// A house that writes, and its group at home.
struct Desk<'a> {
    cast: &'a Cast,
    names: Names,
}

impl<'a> Desk<'a> {
    async fn of(cast: &'a Cast) -> Self {
        Self { cast, names: names(cast).await }
    }

    /// The group says this to the writer's house.
    async fn says(&self, said: &Value) {
        assert_eq!(code(hear(&self.cast.b, "veld.test", &self.names.group, said, None).await), "done", "{said}");
    }

    /// The home took this post, it says, and calls it so.
    async fn takes(&self, own: &Id, result: &str) -> &'static str {
        self.answers(own, &json!({"type": "Accept", "result": result})).await
    }

    async fn answers(&self, own: &Id, answer: &Value) -> &'static str {
        let create = self.cast.b.post(own).await.create_uri.unwrap();
        let mut said = json!({"id": self.cast.home.at.site.here().activity_uri(), "actor": self.names.group, "object": create});
        said.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        let sent = Sent { uri: create, verb: Verb::Create, actor: self.cast.b.person.persona.clone(), about: None, answers: None };
        code(hear(&self.cast.b, "veld.test", &self.names.group, &said, Some(&sent)).await)
    }

    /// Somebody of the home wrote this.
    fn of_another(&self, uri: &str, words: &str) -> Value {
        let other = "http://veld.test/p/other";
        let mut said = announce(self.cast, &self.names, "Create", note(&self.names, uri, words, 0));
        said["object"]["actor"] = json!(other);
        said["object"]["object"]["attributedTo"] = json!(other);
        said
    }

    async fn called(&self, uri: &str) -> Post {
        self.cast.b.by_uri(&Iri::parse(uri).unwrap()).await.unwrap()
    }
}

fn address(post: &Post) -> Option<&str> {
    post.uri.as_ref().map(Iri::as_str)
}

#[tokio::test]
async fn a_post_of_ours_never_takes_the_place_of_anothers() {
    for cast in Cast::both().await {
        let desk = Desk::of(&cast).await;
        desk.says(&desk.of_another(FIRST, "mine, not yours")).await;
        let own = cast.b.write("one", None).await.unwrap();
        assert_eq!(desk.takes(&own, FIRST).await, "other-result");
        let (post, theirs) = (cast.b.post(&own).await, desk.called(FIRST).await);
        assert_eq!((post.state, address(&post), post.source.as_str()), (State::Waiting, None, "one"));
        assert_eq!((theirs.state, theirs.source.as_str()), (State::Posted, "mine, not yours"));
        assert_eq!(desk.takes(&own, SECOND).await, "done");
        let post = cast.b.post(&own).await;
        assert_eq!(
            (post.state, address(&post), post.source.as_str()),
            (State::Posted, Some(SECOND), "one"),
            "the words wait for no Announce"
        );
    }
}

#[tokio::test]
async fn a_late_answer_to_what_was_taken_back_tells_its_address_and_nothing_more() {
    for cast in Cast::both().await {
        let desk = Desk::of(&cast).await;
        let own = cast.b.write("one", None).await.unwrap();
        cast.b.delete(&own, true).await.unwrap();
        for (result, told) in [(FIRST, "done"), (FIRST, "done"), (SECOND, "other-result")] {
            assert_eq!(desk.takes(&own, result).await, told, "{result}");
            let post = cast.b.post(&own).await;
            assert_eq!((post.state, address(&post)), (State::Withdrawn, Some(FIRST)));
        }
    }
}

#[tokio::test]
async fn of_what_ended_before_the_answer_came_only_a_removed_text_is_kept_for_its_writer() {
    for cast in Cast::both().await {
        let desk = Desk::of(&cast).await;
        for seen in [true, false] {
            for (end, state, words) in [("Delete", State::Deleted, ""), ("Remove", State::Removed, "one")] {
                let own = cast.b.write("one", None).await.unwrap();
                let uri = format!("http://veld.test/o/{}", cast.home.at.site.here().id());
                if seen {
                    desk.says(&announce(&cast, &desk.names, "Create", note(&desk.names, &uri, "one", 0))).await;
                }
                desk.says(&announce(&cast, &desk.names, end, json!(uri))).await;
                assert_eq!(desk.takes(&own, &uri).await, "done");
                let post = cast.b.post(&own).await;
                // A grave does not say who it was that ended it.
                let (state, words) = if seen { (state, words) } else { (State::Deleted, "") };
                assert_eq!((post.state, post.source.as_str(), address(&post)), (state, words, Some(uri.as_str())), "{end} {seen}");
                let kept = (state == State::Removed).then(|| cast.b.at.site.now().plus(APPEAL));
                assert_eq!(post.undo_until, kept, "{end} {seen}");
            }
        }
    }
}

#[tokio::test]
async fn answers_that_came_before_the_home_named_the_post_hang_under_it() {
    for cast in Cast::both().await {
        let desk = Desk::of(&cast).await;
        let own = cast.b.write("one", None).await.unwrap();
        let mut answer = desk.of_another(SECOND, "an answer");
        answer["object"]["object"]["inReplyTo"] = json!(FIRST);
        desk.says(&answer).await;
        assert_eq!(desk.called(SECOND).await.parent, None);
        assert_eq!(desk.takes(&own, FIRST).await, "done");
        let answer = desk.called(SECOND).await;
        assert_eq!((answer.parent, answer.root), (Some(own.clone()), own.clone()));
        assert_eq!(cast.b.listed(&own).await, std::slice::from_ref(&own), "one thread in the list");
    }
}

#[tokio::test]
async fn the_words_are_those_the_home_said_last_and_the_reason_is_the_homes() {
    for cast in Cast::both().await {
        let desk = Desk::of(&cast).await;
        let own = cast.b.write("one", None).await.unwrap();
        desk.says(&announce(&cast, &desk.names, "Update", note(&desk.names, FIRST, "two", 1))).await;
        assert_eq!(desk.takes(&own, FIRST).await, "done");
        let post = cast.b.post(&own).await;
        assert_eq!((post.source.as_str(), post.updated_at.rfc3339(), post.created_at.rfc3339()), ("two", at(1), at(0)));
        let refused = cast.b.write("three", None).await.unwrap();
        let no = json!({"type": "Reject", "haven:outcome": "never-heard-of", "summary": "Please wait a moment."});
        assert_eq!(desk.answers(&refused, &no).await, "done");
        let post = cast.b.post(&refused).await;
        assert_eq!((post.state, post.source.as_str()), (State::Refused, "three"), "the writer keeps the words");
        assert_eq!(post.reason, "Please wait a moment.");
    }
}

#[tokio::test]
async fn what_the_home_takes_away_later_is_kept_for_its_writer_with_the_last_reason() {
    for cast in Cast::both().await {
        let desk = Desk::of(&cast).await;
        let own = cast.b.write("one", None).await.unwrap();
        assert_eq!(desk.takes(&own, FIRST).await, "done");
        for reason in ["It names somebody.", "It names somebody. Please write it without the name."] {
            assert_eq!(desk.answers(&own, &json!({"type": "Reject", "summary": reason})).await, "done");
            let post = cast.b.post(&own).await;
            assert_eq!((post.state, post.source.as_str(), post.reason.as_str()), (State::Removed, "one", reason));
            assert_eq!(post.undo_until, Some(cast.b.at.site.now().plus(APPEAL)));
        }
        assert!(cast.b.readable().await.is_empty(), "nobody else reads it any more");
    }
}
