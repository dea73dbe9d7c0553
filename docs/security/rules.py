#!/usr/bin/env python3
"""Takes away one check after the other and looks whether the test that stands beside it in rules.md turns red (threats R26).

  rules.py FOLDER         copies the tree to FOLDER, takes the checks away there, builds once, and tries every rule
  rules.py FOLDER R5 R7   only these rules

Building the house once for each rule would take an hour on two cores. So every check becomes one that HAVEN_WITHOUT can switch
off, all in one program; only what is a matter of types or of text is really changed, and then asked of the compiler or of
`tests/architecture.rs`. FOLDER is a copy: the tree itself has no such switch. A folder with a `target` keeps it.
"""
import json, os, pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OFF = 'crate::base::without("{rule}")'

# (rule, kind, file, what stands there, what stands there without the check, test)
# switch: OFF says whether the check is off. types, text: the change is made for one run.
RULES = [
    ("R1", "types", "src/federation/inbox.rs", "pub struct Verified<T>(T);", "pub struct Verified<T>(pub T);", "verified"),
    ("R2", "switch", "src/federation/signature/mod.rs", "        self.digests.check(body)?;",
     "        if !OFF {\n            self.digests.check(body)?;\n        }", "lib federation::signature::tests::cases::sig_04_body_swapped"),
    ("R3", "switch", "src/federation/accept.rs", "if activity.actor != *signer {", "if activity.actor != *signer && !OFF {",
     "lib federation::accept::tests::only_the_owner_of_the_key_speaks_and_only_of_their_own_origin"),
    ("R4", "switch", "src/federation/policy.rs",
     "        State::Ended => traffic == Traffic::Any && (partner.closing || partner.remembered),\n        State::Paused => false,",
     "        State::Ended => traffic == Traffic::Any && (partner.closing || partner.remembered),\n        State::Paused => OFF,",
     "lib federation::policy::tests::the_table_lets_through_whom_it_names_and_only_in_the_right_state"),
    ("R4 again", "switch", "src/federation/ingest.rs", "        None => Some(Denied::Stranger),", "        None => (!OFF).then_some(Denied::Stranger),",
     "lib federation::accept::tests::a_pause_between_two_steps_of_the_door_wins"),
    ("R5", "switch", "src/features/posts/inbox/copies.rs", '        _ => Err(Refusal::Code("other-owner")),',
     '        _ if OFF => Ok(()),\n        _ => Err(Refusal::Code("other-owner")),', "lib features::posts::inbox::tests::what_a_copy_refuses"),
    ("R6", "switch", "src/federation/activity/said.rs", "            let own = owned && object.id.origin() == origin;",
     "            let own = (owned && object.id.origin() == origin) || OFF;", "lib federation::activity::tests::nothing_embedded_is_true_unless_it_is_the_sayers_own"),
    ("R7", "switch", "src/features/groups/standing.rs", "parent.map_or_else(|| now.clone(), |parent| now.meet(parent))",
     "parent.filter(|_| !OFF).map_or_else(|| now.clone(), |parent| now.meet(parent))",
     "lib features::groups::tests::hosts::an_audience_only_narrows"),
    ("R8", "switch", "src/federation/policy.rs", "decide(principal, Action::See, facts).allow.then_some(Visible(value))",
     "(decide(principal, Action::See, facts).allow || OFF).then_some(Visible(value))",
     "lib federation::policy::tests::what_is_seen_is_the_thing_itself_or_nothing"),
    ("R9", "switch", "src/federation/endpoints.rs", "        Ok(None) | Err(_) => private(StatusCode::NOT_FOUND.into_response()),",
     "        Err(_) if OFF => private(StatusCode::FORBIDDEN.into_response()),\n        Ok(None) | Err(_) => private(StatusCode::NOT_FOUND.into_response()),",
     "lib federation::endpoints::tests::what_may_not_be_seen_is_what_is_not_there"),
    ("R10", "types", "src/federation/activity/outbound.rs", "pub(in crate::federation) const fn from_outbox", "pub const fn from_outbox", "outbound"),
    ("R10 again", "text", "src/features/ledger/wire.rs", "use ", "impl crate::federation::activity::Part for serde_json::Value {}\nuse ",
     "architecture what_goes_out_is_a_closed_struct"),
    ("R11", "types", "src/federation/keys.rs", "    pub(super) fn sign(", "    pub fn sign(", "outbound"),
    ("R12", "switch", "src/federation/dialer/door.rs", "if call.url.origin() != *call.origin() {", "if call.url.origin() != *call.origin() && !OFF {",
     "dialer wrong_doors_are_refused_before_any_look_up"),
    ("R13", "switch", "src/federation/dialer/addresses.rs",
     "IpAddr::V4(address) => GLOBAL_V4.iter().any(|(first, last)| (*first..=*last).contains(&address)),",
     "IpAddr::V4(address) => GLOBAL_V4.iter().any(|(first, last)| (*first..=*last).contains(&address)) || (OFF && address.octets()[0] == 10),",
     "lib federation::dialer::addresses::tests::no_special_range_is_out_in_the_world"),
    ("R14", "switch", "src/federation/activity/json.rs", "    if bytes.len() > limits.bytes {", "    if bytes.len() > limits.bytes && !OFF {",
     "lib federation::activity::json::tests::limits_hold_before_anything_else"),
    ("R15", "switch", "src/federation/activity/json.rs", "if map.insert(without_nul(&key), value).is_some() {",
     "if map.insert(without_nul(&key), value).is_some() && !OFF {", "lib federation::activity::json::tests::limits_hold_before_anything_else"),
    ("R16", "switch", "src/base/html/mod.rs", "if ours::is_ours(&text) {", "if ours::is_ours(&text) || OFF {",
     "lib base::html::tests::cleaning_twice_changes_nothing"),
    ("R17", "text", "src/base/html/tidy.rs", '    "hr",\n    "i",', '    "hr",\n    "img",\n    "i",', "architecture no_picture_of_a_member_is_shown_or_served"),
    ("R18", "types", "src/db/conn.rs", "pub struct Committed<T>(T);", "pub struct Committed<T>(pub T);", "committed"),
    ("R18 again", "switch", "src/federation/ingest.rs", "                let kept = tx.commit_with(here.now).await;",
     "                if OFF {\n                    return tell_all(tellers, || Err(Denied::Stranger));\n                }\n                let kept = tx.commit_with(here.now).await;",
     "lib federation::ingest::tests::many_at_once_are_kept_once_and_refusals_stay_alone"),
    ("R19", "switch", "src/federation/objects.rs", "    Ok(row.is_some())\n}\n\n/// What was erased", "    Ok(row.is_some() && !OFF)\n}\n\n/// What was erased",
     "lib features::posts::inbox::tests::the_writers_house_joins_answer_and_announce_in_every_order"),
    ("R20", "switch", "src/federation/delivery.rs", "if blocked.contains(&row.thread) {",
     "if blocked.contains(&row.thread) && !OFF {", "lib federation::delivery::order_tests"),
    ("R20 again", "text", "src/federation/fetch.rs", "mod budget;", "mod budget;\nconst _: fn() = || drop(Call::post(None));",
     "architecture a_token_is_asked_for_where_it_is_used_and_kept_nowhere"),
    ("R21", "switch", "src/jobs/store.rs", "let due = \"state = 'waiting' AND run_at <= $1 AND lease_until <= $1\";",
     "let due = if OFF { \"state = 'waiting' AND run_at <= $1 AND lease_until = 0\" } else { \"state = 'waiting' AND run_at <= $1 AND lease_until <= $1\" };",
     "lib jobs::tests::work_of_a_crashed_worker_is_run_by_the_next_and_the_first_is_fenced_off"),
    ("R22", "switch", "src/federation/policy.rs", '            "everyone" => Self::Everyone,\n            _ => Self::House,',
     '            "everyone" => Self::Everyone,\n            _ if OFF => Self::Everyone,\n            _ => Self::House,',
     "lib federation::policy::tests::stored_words_are_read_back_and_unknown_ones_are_the_narrowest"),
    ("R23", "switch", "src/features/takeout/erase/mod.rs",
     "    let Some(restore) = site.db.restored().await? else { return Ok(None) };",
     "    let Some(restore) = site.db.restored().await?.filter(|_| !OFF) else { return Ok(None) };",
     "stories erasure::a_restored_house_forgets_again_before_it_serves_and_sends_nothing_until_somebody_looked"),
    ("R24", "types", "src/base/sensitive.rs", "impl<T> From<T> for Sensitive<T> {",
     "impl<T: fmt::Display> fmt::Display for Sensitive<T> {\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n        self.0.fmt(f)\n    }\n}\n\nimpl<T> From<T> for Sensitive<T> {",
     "sensitive"),
    ("R25", "text", "src/federation/quota.rs", "\nuse std::net::IpAddr;", "\nconst _: fn() -> std::time::Instant = std::time::Instant::now;\nuse std::net::IpAddr;",
     "architecture time_and_chance_come_from_the_ground"),
    ("R26", "text", "docs/security/rules.md", "| R5 |", "| no rule |", "architecture every_rule_names_a_test_that_is_there"),
]

# Whose a thing is, check by check (threats ORG): the mutants of these handlers would cost a build of the whole house each.
AT_COPY, AT_HOME, ANSWERS = (f"src/features/posts/inbox/{name}.rs" for name in ("copies", "home", "answers"))
POSTS = "lib features::posts::inbox"
INBOX = "src/federation/inbox.rs"
AT_GROUPS, AT_CASES = (f"src/features/{name}/inbox.rs" for name in ("groups", "moderation"))
GROUPS, CASES = "lib features::groups::tests", "lib features::moderation::tests"
RULES += [
    ("ORG-1", "switch", "src/features/posts/inbox/wide.rs", "    Err(Refusal::Code(WIDENED))\n}", "    if OFF { Ok(()) } else { Err(Refusal::Code(WIDENED)) }\n}", POSTS),
    ("ORG-2", "switch", AT_COPY, "if object.audience.as_ref() != Some(&group.uri) || inner.audience.as_ref().is_some_and(|audience| *audience != group.uri) {",
     "if (object.audience.as_ref() != Some(&group.uri) || inner.audience.as_ref().is_some_and(|audience| *audience != group.uri)) && !OFF {", POSTS),
    ("ORG-3", "switch", AT_COPY, "    if row.group != group.id {", "    if row.group != group.id && !OFF {", POSTS),
    ("ORG-4", "switch", AT_COPY, 'if uri.origin() != news.partner.origin {\n        return Err(Refusal::Code("foreign-object"));',
     'if uri.origin() != news.partner.origin && !OFF {\n        return Err(Refusal::Code("foreign-object"));', POSTS),
    ("ORG-5", "switch", AT_COPY, ".filter(|group| group.home.as_ref() == Some(&news.partner.id))", ".filter(|group| group.home.as_ref() == Some(&news.partner.id) || OFF)", POSTS),
    ("ORG-6", "switch", AT_HOME, "if guest.remote_actor == news.actor.id && guest.partner == news.partner.id { Ok(()) }",
     "if (guest.remote_actor == news.actor.id && guest.partner == news.partner.id) || OFF { Ok(()) }", POSTS),
    ("ORG-7", "switch", AT_HOME, "if among.contains(&news.partner.id) { Ok(", "if among.contains(&news.partner.id) || OFF { Ok(", POSTS),
    ("ORG-8", "switch", AT_HOME, "if post.group != group.id {", "if post.group != group.id && !OFF {", POSTS),
    ("ORG-9", "switch", AT_HOME, "    if activity.public {", "    if activity.public && !OFF {", POSTS),
    ("ORG-10", "switch", AT_HOME, "if !by_writer && !membership.may_moderate(news.here.now) {", "if !by_writer && !membership.may_moderate(news.here.now) && !OFF {", POSTS),
    ("ORG-11", "switch", AT_HOME, "if !home::load_audience(tx, parent).await?.contains(&news.partner.id) {",
     "if !home::load_audience(tx, parent).await?.contains(&news.partner.id) && !OFF {", POSTS),
    ("ORG-12", "switch", AT_HOME, "if target.origin() != news.partner.origin {", "if target.origin() != news.partner.origin && !OFF {", POSTS),
    ("ORG-13", "switch", ANSWERS, "if group.id == news.actor.id && group.home.as_ref() == Some(&news.partner.id) { Ok(group) }",
     "if (group.id == news.actor.id && group.home.as_ref() == Some(&news.partner.id)) || OFF { Ok(group) }", POSTS),
    ("ORG-14", "switch", ANSWERS, ".filter(|uri| uri.origin() == news.partner.origin)", ".filter(|uri| uri.origin() == news.partner.origin || OFF)", POSTS),
    ("ORG-15", "switch", ANSWERS, "if post.uri.as_ref().is_some_and(|known| known != uri) {", "if post.uri.as_ref().is_some_and(|known| known != uri) && !OFF {", POSTS),
    ("ORG-16", "switch", INBOX, '        None => Err(Refusal::Code("never-asked")),', '        None if OFF => Ok(None),\n        None => Err(Refusal::Code("never-asked")),',
     "lib features::moderation::tests features::groups::tests::away"),
    ("ORG-17", "switch", INBOX, "if !policy::may_say(&partner, row.activity.verb, row.activity.haven.canary) {",
     "if !policy::may_say(&partner, row.activity.verb, row.activity.haven.canary) && !OFF {", "lib federation::inbox"),
    ("ORG-18", "switch", INBOX, "if actor.gone && !matches!(row.activity.verb, Verb::Delete | Verb::Undo) {",
     "if actor.gone && !matches!(row.activity.verb, Verb::Delete | Verb::Undo) && !OFF {", "stories erasure"),
    ("ORG-19", "switch", AT_COPY, "} else if row.group != group.id {", "} else if row.group != group.id && !OFF {", POSTS),
    ("ORG-20", "switch", AT_COPY, "if copy.group != group.id {", "if copy.group != group.id && !OFF {", POSTS),
    ("ORG-21", "switch", AT_COPY, 'if uri.origin() != news.partner.origin {\n        return Err(Refusal::Code("foreign-owner"));',
     'if uri.origin() != news.partner.origin && !OFF {\n        return Err(Refusal::Code("foreign-owner"));', POSTS),
    ("ORG-22", "switch", AT_COPY, "return if theirs { Ok(", "return if theirs || OFF { Ok(", POSTS),
    ("ORG-23", "switch", AT_COPY, "let same = old.group == new.group && old.author == new.author && old.id != new.id;",
     "let same = (old.group == new.group && old.author == new.author && old.id != new.id) || OFF;", POSTS),
    ("ORG-24", "switch", AT_HOME, "old.state == State::Deleted && old.author == guest.actor && old.group == group.id)",
     "(old.state == State::Deleted && old.author == guest.actor && old.group == group.id) || OFF)", POSTS),
    ("ORG-25", "switch", "src/features/posts/actions/thread.rs", ".filter(|parent| parent.group == group.id)", ".filter(|parent| parent.group == group.id || OFF)", POSTS),
    ("ORG-26", "switch", ANSWERS, "    if same { Ok(()) }", "    if same || OFF { Ok(()) }", POSTS),
    ("ORG-27", "switch", ANSWERS, "if news.partner.actor_uri.as_ref() != Some(&news.actor.uri) {", "if news.partner.actor_uri.as_ref() != Some(&news.actor.uri) && !OFF {", POSTS),
    ("ORG-28", "switch", AT_GROUPS, "    store::shared_since(tx, &group.id, &inbound.partner.id).await?.ok_or(NOT_HERE)?;\n    Ok(group)",
     "    store::shared_since(tx, &group.id, &inbound.partner.id).await?.or(OFF.then_some(inbound.here.now)).ok_or(NOT_HERE)?;\n    Ok(group)", GROUPS),
    ("ORG-29", "switch", AT_GROUPS, "    if actor.kind == Kind::Person && actor.partner.as_ref() == Some(&inbound.partner.id) && actor.uri == inbound.activity.actor {",
     "    if (actor.kind == Kind::Person && actor.partner.as_ref() == Some(&inbound.partner.id) && actor.uri == inbound.activity.actor) || OFF {", GROUPS),
    ("ORG-30", "switch", AT_GROUPS, "    if group.home.as_ref() != Some(&inbound.partner.id) || sent.about.as_ref() != Some(&group.uri) {",
     "    if (group.home.as_ref() != Some(&inbound.partner.id) || sent.about.as_ref() != Some(&group.uri)) && !OFF {", GROUPS),
    ("ORG-31", "switch", AT_GROUPS, "        if claim.verb != Verb::Follow || claim.actor != persona.uri || claim.object.as_ref().is_some_and(|object| *object != group.uri) {",
     "        if (claim.verb != Verb::Follow || claim.actor != persona.uri || claim.object.as_ref().is_some_and(|object| *object != group.uri)) && !OFF {", GROUPS),
    ("ORG-32", "switch", AT_GROUPS, "    if !stays_at_home(person, document) {", "    if !stays_at_home(person, document) && !OFF {", GROUPS),
    ("ORG-33", "switch", "src/features/groups/actions/copying.rs", "    if actor.kind != Kind::Group || actor.partner.as_ref() != Some(home) {",
     "    if (actor.kind != Kind::Group || actor.partner.as_ref() != Some(home)) && !OFF {", GROUPS),
    ("ORG-34", "switch", AT_CASES, "    if instance && actor.uri == inbound.activity.actor { Ok(()) }", "    if (instance && actor.uri == inbound.activity.actor) || OFF { Ok(()) }", CASES),
    ("ORG-35", "switch", AT_CASES, "        return Ok((known && stands)", "        return Ok(((known || OFF) && stands)", CASES),
    ("ORG-36", "switch", AT_CASES, "post.state == PostState::Removed && guest.is_some_and(|guest| guest.partner == inbound.partner.id)",
     "post.state == PostState::Removed && (guest.is_some_and(|guest| guest.partner == inbound.partner.id) || OFF)", CASES),
    ("ORG-37", "switch", AT_CASES, "group.filter(|group| group.home.as_ref() == Some(&inbound.partner.id))", "group.filter(|group| group.home.as_ref() == Some(&inbound.partner.id) || OFF)", CASES),
    ("ORG-38", "switch", "src/features/ledger/inbox.rs", "    if who.kind != Kind::Person || who.partner.as_ref() != Some(&inbound.partner.id) || !themself {",
     "    if (who.kind != Kind::Person || who.partner.as_ref() != Some(&inbound.partner.id) || !themself) && !OFF {", "stories others"),
    ("ORG-39", "switch", "src/features/partners/inbox.rs", "    if inbound.partner.is_instance(inbound.actor) { Ok(()) }", "    if inbound.partner.is_instance(inbound.actor) || OFF { Ok(()) }", "stories others"),
    ("ORG-40", "switch", "src/features/partners/actions/ending.rs", "    if !partner.is_instance(inbound.actor) {", "    if !partner.is_instance(inbound.actor) && !OFF {", "stories others"),
    ("ORG-41", "switch", "src/federation/accept.rs", "    if activity.id.origin() != *token.origin() {", "    if activity.id.origin() != *token.origin() && !OFF {", "lib federation::accept"),
    ("ORG-42", "switch", "src/federation/accept.rs", "document.public_key.as_ref().is_some_and(|own| own.id == *key) =>",
     "document.public_key.as_ref().is_some_and(|own| own.id == *key || OFF) =>", "lib federation::accept"),
]


def copy(folder):
    subprocess.run(["rsync", "-a", "--delete", "--exclude", "/target", "--exclude", "/.git", f"{ROOT}/", f"{folder}/"], check=True)


def put(folder, name, old, new):
    path = folder / name
    text = path.read_text()
    if old not in text:
        sys.exit(f"{name} has no {old!r}: the rule has moved, change it here too")
    path.write_text(text.replace(old, new) if "OFF" not in old and name.startswith("src") and old != "use " else text.replace(old, new, 1))


def prepare(folder):
    """Puts the switches in."""
    with (folder / "src/base/mod.rs").open("a") as file:
        file.write(
            "\n/// Whether a check is off.\npub fn without(rule: &str) -> bool {\n"
            '    std::env::var("HAVEN_WITHOUT").is_ok_and(|name| name == rule)\n}\n'
        )
    for rule, kind, name, old, new, _ in RULES:
        if kind == "switch":
            put(folder, name, old, new.replace("OFF", OFF.format(rule=rule)))


def built(folder, *which):
    said = subprocess.run(["cargo", "test", "--no-run", "--locked", "--offline", "--message-format=json", *which], cwd=folder, text=True, capture_output=True)
    if said.returncode != 0:
        rendered = [json.loads(line)["message"]["rendered"] for line in said.stdout.splitlines() if '"compiler-message"' in line]
        sys.exit("".join(rendered)[-6000:] + said.stderr[-1000:])
    messages = [json.loads(line) for line in said.stdout.splitlines()]
    return {m["target"]["name"]: m["executable"] for m in messages if m.get("executable") and m["profile"]["test"]}


def tried(folder, command, off=""):
    env = dict(os.environ, HAVEN_WITHOUT=off, RUST_BACKTRACE="0", HAVEN_TEST_SEEDS="20")
    alone = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "alone"] if "HAVEN_TEST_POSTGRES" not in env else []
    done = subprocess.run([*alone, *command], cwd=folder, env=env, text=True, capture_output=True)
    ran = re.search(r"running (\d+) test", done.stdout)
    return done.returncode, int(ran.group(1)) if ran else 0, done.stdout + done.stderr


def main():
    folder, only = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    if "HAVEN_RULES_WOVEN" not in os.environ:
        copy(folder)
        prepare(folder)
    wanted = lambda rule: not only or rule.split()[0] in only
    missing = 0
    used = {test.split()[0] for rule, kind, *_, test in RULES if wanted(rule) and kind != "types"}
    programs = built(folder, *[part for name in sorted(used) for part in (["--lib"] if name == "lib" else ["--test", name])]) if used else {}
    if "lib" in used:
        programs["lib"] = programs.pop("haven")
    for rule, kind, name, old, new, test in RULES:
        if kind == "types" or not wanted(rule):
            continue
        which, _, filter_ = test.partition(" ")
        command = [programs[which], *filter_.split()]
        if kind == "text":
            before = (folder / name).read_text()
            code, ran, _ = tried(folder, command)
            put(folder, name, old, new)
            without, _, said = tried(folder, command)
            (folder / name).write_text(before)
        else:
            code, ran, _ = tried(folder, command)
            without, _, said = tried(folder, command, rule)
        red = re.findall(r"^test (\S+) \.\.\. FAILED", said, re.M)
        good = code == 0 and ran > 0 and without != 0 and red
        missing += not good
        print(f"{rule:10} {'red' if good else 'NOT RED'}   {', '.join(red[:3]) or test}" + ("" if code == 0 and ran else f"   (with the check: code {code}, {ran} tests)"), flush=True)
    types = [row for row in RULES if row[1] == "types" and wanted(row[0])]
    if types:
        # All of them at once: the test says which lines build that must not.
        for _, _, name, old, new, _ in types:
            put(folder, name, old, new)
        _, _, said = tried(folder, [built(folder, "--test", "types")["types"]])
        for rule, _, name, old, new, module in types:
            lines = re.findall(rf'\("{module}", \d+, "E\d+"\)', said)
            missing += not lines
            print(f"{rule:10} {'red' if lines else 'NOT RED'}   going_around_a_type_does_not_build: {', '.join(lines[:3])}", flush=True)
            put(folder, name, new, old)
    print(f"{len([row for row in RULES if wanted(row[0])])} checks taken away, {missing} not noticed")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
