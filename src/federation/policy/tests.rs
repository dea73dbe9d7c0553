//! The decision as a table, and who gets a token, on both engines.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::base::{SystemChance, Timestamp};
use crate::federation::here::{Here, Sequence};
use crate::testing::database::both;

#[test]
fn the_decision_table() {
    let (p, q) = (Id::random(&SystemChance), Id::random(&SystemChance));
    let with_p = Audience::of_partners([p.clone()]);
    let with_both = Audience::of_partners([p.clone(), q.clone()]);
    let house = Audience::house();
    let anna = Principal::Member { personas: vec![] };
    let facts = |reach, listed, shared_with, audience, standing, archived| Facts {
        reach,
        listed,
        shared_with,
        audience,
        standing,
        archived,
        between: None,
    };
    let group_p = |standing| facts(Reach::Partners, true, &with_p, None, standing, false);
    let post_p = |standing| facts(Reach::Partners, true, &with_both, Some(&with_p), standing, false);
    let internal = |standing| facts(Reach::House, true, &house, Some(&house), standing, false);
    let unlisted = |standing| facts(Reach::House, false, &house, None, standing, false);
    for (who, action, facts, allow, why) in [
        (&Principal::Anonymous, Action::See, group_p(Standing::None), false, Reason::Unknown),
        (&Principal::Partner(p.clone()), Action::See, group_p(Standing::None), true, Reason::SharedWithPartner),
        (&Principal::Partner(q.clone()), Action::See, group_p(Standing::None), false, Reason::NotShared),
        (&Principal::Partner(q.clone()), Action::Store, post_p(Standing::None), false, Reason::OutsideAudience),
        (&Principal::Partner(p.clone()), Action::Store, post_p(Standing::None), true, Reason::InAudience),
        (&Principal::Partner(p.clone()), Action::See, internal(Standing::None), false, Reason::NotShared),
        (&Principal::Partner(p.clone()), Action::Write, post_p(Standing::None), false, Reason::NotMember),
        (&anna, Action::See, post_p(Standing::Active), true, Reason::ActiveMember),
        (&anna, Action::See, post_p(Standing::Emergency), true, Reason::BrokenGlass),
        (&anna, Action::Write, post_p(Standing::Emergency), false, Reason::NotMember),
        (&anna, Action::Store, post_p(Standing::Emergency), false, Reason::NotMember),
        (&anna, Action::Join, unlisted(Standing::Emergency), false, Reason::NotMember),
        (&anna, Action::See, post_p(Standing::None), false, Reason::NotMember),
        (&anna, Action::See, post_p(Standing::Concerned), false, Reason::NotMember),
        (&anna, Action::See, group_p(Standing::None), true, Reason::ListedInHouse),
        (&anna, Action::See, unlisted(Standing::None), false, Reason::NotMember),
        (&anna, Action::See, unlisted(Standing::Concerned), true, Reason::Concerned),
        (&anna, Action::Write, internal(Standing::Paused), false, Reason::PausedMember),
        (&anna, Action::See, internal(Standing::Paused), true, Reason::ActiveMember),
        (&anna, Action::Write, facts(Reach::House, true, &house, None, Standing::Active, true), false, Reason::Archived),
    ] {
        let decision = decide(who, action, &facts);
        assert_eq!((decision.allow, decision.reasons), (allow, vec![why]), "{who:?} {action:?} {facts:?}");
    }
}

fn partner(state: State) -> Partner {
    Partner {
        id: Id::random(&SystemChance),
        origin: Origin::parse("https://b.example").unwrap(),
        name: "Herning".to_owned(),
        state,
        handshake: true,
        actor_uri: None,
        shared_inbox: None,
        offer_uri: None,
        started_at: None,
        flows: partners::Flows::default(),
        closing: state == State::Ended,
        paused_for: String::new(),
        remembered: false,
    }
}

fn asked(who: &Principal, action: Action, between: Between<'_>, shared: &Audience) -> (bool, Reason) {
    let facts = Facts {
        reach: Reach::Partners,
        listed: true,
        shared_with: shared,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: Some(between),
    };
    let decision = decide(who, action, &facts);
    (decision.allow, decision.reasons[0])
}
fn with<'a>(partner: &'a Partner, rules: &'a Rules, declared: bool, others: Others) -> Between<'a> {
    Between { partner, rules, declared, group: None, others }
}

#[test]
fn sharing_and_joining_rest_on_state_agreement_declaration_and_rules() {
    let (open, mut shut) = (Rules::installed(), Rules::installed());
    for flow in Flow::ALL {
        shut.set(flow, &crate::federation::rules::Scope::HOUSE, Some(false));
    }
    let mut careful = Rules::installed();
    careful.set_strangers(&crate::federation::rules::Scope::HOUSE, Some(Strangers::Known));
    let active = partner(State::Active);
    let bare = Partner { flows: partners::Flows { media: false, groups: true, directory: false }, ..active.clone() };
    let anna = Principal::Member { personas: vec![] };
    let shared = Audience::of_partners([active.id.clone()]);
    let ask = |who: &Principal, action, between: Between<'_>| asked(who, action, between, &shared);
    let they = Principal::Partner(active.id.clone());
    assert_eq!(ask(&they, Action::Share, with(&active, &open, true, Others::None)), (true, Reason::Agreed));
    assert_eq!(ask(&they, Action::Share, with(&active, &open, false, Others::None)), (false, Reason::NotDeclared));
    assert_eq!(ask(&they, Action::Share, with(&active, &shut, true, Others::None)), (false, Reason::Ruled));
    assert_eq!(ask(&they, Action::List, with(&bare, &open, true, Others::None)), (false, Reason::NotAgreed));
    assert_eq!(ask(&they, Action::Media, with(&bare, &open, true, Others::None)), (false, Reason::NotAgreed));
    assert_eq!(ask(&they, Action::Store, with(&active, &open, true, Others::None)), (true, Reason::SharedWithPartner));
    for (state, why) in
        [(State::Paused, Reason::PausedPartner), (State::Ended, Reason::EndedPartner), (State::Proposed, Reason::NotYetPartner)]
    {
        let stopped = partner(state);
        for action in [Action::See, Action::Store, Action::Share] {
            assert_eq!(ask(&they, action, with(&stopped, &open, true, Others::None)), (false, why));
        }
        assert_eq!(ask(&anna, Action::Join, with(&stopped, &open, true, Others::None)), (false, why));
    }
    assert_eq!(ask(&anna, Action::Join, with(&active, &open, true, Others::Unknown)), (true, Reason::ListedInHouse));
    assert_eq!(ask(&anna, Action::Join, with(&active, &shut, true, Others::None)), (false, Reason::Ruled));
    assert_eq!(ask(&anna, Action::Join, with(&active, &careful, true, Others::Known)), (true, Reason::ListedInHouse));
    assert_eq!(ask(&anna, Action::Join, with(&active, &careful, true, Others::Unknown)), (false, Reason::UnknownReaders));
}

#[test]
fn an_end_lets_only_deletions_and_receipts_through() {
    let over = partner(State::Ended);
    for (verb, moves) in [(Verb::Delete, true), (Verb::Accept, true), (Verb::Undo, true), (Verb::Create, false), (Verb::Announce, false)] {
        assert_eq!((may_say(&over, verb, true), may_go(&over, verb)), (moves, moves), "{verb:?}");
    }
    let shut = Partner { closing: false, ..over };
    assert!(!may_say(&shut, Verb::Delete, true) && !may_go(&shut, Verb::Accept) && token(shut.clone(), Traffic::Any).is_none());
    // Later, while people of theirs are known here, what is theirs may be taken away. Nothing leaves before the door is opened.
    let known = Partner { remembered: true, ..shut };
    for (verb, said) in [(Verb::Delete, true), (Verb::Undo, true), (Verb::Accept, false), (Verb::Create, false), (Verb::Follow, false)] {
        assert_eq!((may_say(&known, verb, true), may_go(&known, verb)), (said, false), "{verb:?}");
    }
    assert!(token(known.clone(), Traffic::Community).is_none() && token(known, Traffic::Any).is_some());
    let proposed = partner(State::Proposed);
    assert!(may_say(&proposed, Verb::Create, true) && !may_say(&proposed, Verb::Create, false));
    assert!(!may_say(&proposed, Verb::Announce, true) && !may_go(&partner(State::Paused), Verb::Accept));
}

#[test]
fn what_everybody_may_read_is_read_and_nothing_more() {
    let nobody = Audience::house();
    let facts = |reach| Facts {
        reach,
        listed: true,
        shared_with: &nobody,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: None,
    };
    let asked = |reach, action| {
        let decision = decide(&Principal::Anonymous, action, &facts(reach));
        (decision.allow, decision.reasons[0])
    };
    assert_eq!(asked(Reach::Everyone, Action::See), (true, Reason::Public));
    for action in [Action::Store, Action::Write, Action::Join, Action::Share, Action::List, Action::Media] {
        assert_eq!(asked(Reach::Everyone, action), (false, Reason::Unknown), "{action:?}");
    }
    assert_eq!(asked(Reach::Partners, Action::See), (false, Reason::Unknown));
    assert_eq!(asked(Reach::House, Action::See), (false, Reason::Unknown));
}

#[test]
fn a_partner_without_a_judged_agreement_is_not_listed_and_gets_no_media() {
    let they = Id::random(&SystemChance);
    let shared = Audience::of_partners([they.clone()]);
    let facts = Facts {
        reach: Reach::Partners,
        listed: true,
        shared_with: &shared,
        audience: None,
        standing: Standing::None,
        archived: false,
        between: None,
    };
    for action in [Action::Share, Action::List, Action::Media] {
        let decision = decide(&Principal::Partner(they.clone()), action, &facts);
        assert_eq!((decision.allow, decision.reasons), (false, vec![Reason::NotAgreed]), "{action:?}");
    }
}

#[test]
fn what_is_seen_is_the_thing_itself_or_nothing() {
    let they = Id::random(&SystemChance);
    let (shared, house) = (Audience::of_partners([they.clone()]), Audience::house());
    let facts = |audience| Facts {
        reach: Reach::Partners,
        listed: true,
        shared_with: &shared,
        audience: Some(audience),
        standing: Standing::None,
        archived: false,
        between: None,
    };
    let they = Principal::Partner(they);
    let seen = visible_to(&they, &facts(&shared), "words".to_owned()).unwrap();
    assert_eq!(seen.len(), 5);
    assert_eq!(seen.map(|words| words + "!").into_inner(), "words!");
    assert_eq!(visible_to(&they, &facts(&house), "words".to_owned()), None);
    assert_eq!(visible_to(&Principal::Anonymous, &facts(&shared), "words".to_owned()), None);
}

#[test]
fn stored_words_are_read_back_and_unknown_ones_are_the_narrowest() {
    for (reach, word) in [(Reach::House, "house"), (Reach::Partners, "partners"), (Reach::Everyone, "everyone")] {
        assert_eq!((reach.as_str(), Reach::parse(word)), (word, reach));
    }
    assert_eq!(Reach::parse("all"), Reach::House);
    for (state, word) in [(State::Proposed, "proposed"), (State::Active, "active"), (State::Paused, "paused"), (State::Ended, "ended")] {
        assert_eq!((state.as_str(), State::parse(word)), (word, state));
    }
    assert_eq!(State::parse("agreed"), State::Ended);
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let all = [
        Reason::ListedInHouse,
        Reason::ActiveMember,
        Reason::Concerned,
        Reason::SharedWithPartner,
        Reason::InAudience,
        Reason::Public,
        Reason::BrokenGlass,
        Reason::Unknown,
        Reason::NotShared,
        Reason::OutsideAudience,
        Reason::NotMember,
        Reason::Archived,
        Reason::PausedMember,
        Reason::Agreed,
        Reason::NotYetPartner,
        Reason::PausedPartner,
        Reason::EndedPartner,
        Reason::NotAgreed,
        Reason::NotDeclared,
        Reason::Ruled,
        Reason::UnknownReaders,
        Reason::OtherReaders,
    ];
    let codes: BTreeSet<&str> = all.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), all.len());
    assert_eq!((Reason::NotShared.code(), Reason::PausedPartner.code()), ("not-shared", "paused-partner"));
}

#[tokio::test]
async fn the_table_lets_through_whom_it_names_and_only_in_the_right_state() {
    for db in both().await {
        let (ours, theirs) = (Origin::parse("https://veld.test").unwrap(), Origin::parse("https://p.test").unwrap());
        let now = Timestamp::from_seconds(1_772_366_400);
        let here = Here::new(now, Arc::new(SystemChance), ours, Arc::new(Sequence::default()));
        let mut tx = db.begin().await.unwrap();
        let named = partners::name(&mut tx, &here, &theirs, true).await.unwrap();
        // (state, still closing) → (community, anything)
        for (state, closing, community, any) in [
            (State::Proposed, false, false, true),
            (State::Active, false, true, true),
            (State::Paused, false, false, false),
            (State::Ended, true, false, true),
            (State::Ended, false, false, false),
        ] {
            if state == State::Ended {
                partners::end(&mut tx, &named.id, now, now).await.unwrap();
                if !closing {
                    partners::close_ended(&mut tx, now).await.unwrap();
                }
            } else {
                partners::set_state(&mut tx, &named.id, state, now).await.unwrap();
            }
            for (traffic, expected) in [(Traffic::Community, community), (Traffic::Any, any)] {
                let by_id = admit(&mut tx, &named.id, traffic).await.unwrap();
                let by_origin = admit_origin(&mut tx, &theirs, traffic).await.unwrap();
                for token in [by_id, by_origin] {
                    assert_eq!(token.is_some(), expected, "{state:?} closing {closing} {traffic:?}");
                    let Some(token) = token else { continue };
                    assert_eq!((&token.partner().id, token.origin()), (&named.id, &theirs));
                }
            }
        }
        partners::set_state(&mut tx, &named.id, State::Active, now).await.unwrap();
        for stranger in ["https://x.test", "https://p.test:8443", "http://p.test", "https://a.p.test"] {
            let token = admit_origin(&mut tx, &Origin::parse(stranger).unwrap(), Traffic::Any).await.unwrap();
            assert!(token.is_none(), "{stranger}");
        }
        assert!(admit(&mut tx, &Id::random(&SystemChance), Traffic::Any).await.unwrap().is_none());
    }
}
