//! `Visible<T>`: only the policy's `visible_to` makes one; what is served takes nothing else (threats R8, R9, R22).

use haven::federation::activity::Sealed;
use haven::federation::policy::{Decision, Facts, Principal, Visible, visible_to};
use haven::federation::serves::Answer;

fn made<T: Default>() {}

fn from<A, B: From<A>>() {}

fn only_the_policy_shows(principal: &Principal, facts: &Facts<'_>, thing: String, other: String) {
    let _: Option<Visible<String>> = visible_to(principal, facts, thing);
    let _ = Visible(other); //~ E0423
    let _ = Visible { 0: other }; //~ E0451
}

fn it_comes_from_nothing_else() {
    made::<Visible<String>>(); //~ E0277
    from::<String, Visible<String>>(); //~ E0277
}

fn what_is_shown_is_what_was_judged(shown: &mut Visible<String>) {
    let _ = shown.len();
    shown.push('x'); //~ E0596
    shown.0.push('x'); //~ E0616
}

fn a_partner_is_served_what_it_may_see(sealed: Sealed, shown: Visible<Sealed>) {
    let _: Answer = Ok(Some(shown));
    let _: Answer = Ok(Some(sealed)); //~ E0308
}

fn no_decision_is_no_yes() {
    made::<Decision>(); //~ E0277
    made::<Facts<'static>>(); //~ E0277
}
