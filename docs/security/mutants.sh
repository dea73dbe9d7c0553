#!/usr/bin/env bash
# Changes the code of the doors in small ways, one at a time, and looks whether a test notices (threats R26).
#
#   docs/security/mutants.sh prepare FOLDER     a crate of the lower floors only, so that one change builds in seconds
#   docs/security/mutants.sh list FOLDER        what would be changed
#   docs/security/mutants.sh run FOLDER FILES TESTS [more arguments of cargo mutants]
#        FILES is a pattern below src/federation, TESTS the name that the tests begin with, for example
#        docs/security/mutants.sh run /tmp/mutants 'signature/*.rs' federation::signature
#
# It needs `cargo install cargo-mutants --locked`. Results lie in FOLDER/mutants.out; docs/security/mutants.md holds the last ones.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
what="${1:?prepare, list or run}" folder="${2:?a folder to work in}"
export CARGO_INCREMENTAL=1

prepare() {
  mkdir -p "$folder/src" "$folder/tests"
  rsync -a --delete --exclude /features --exclude /command --exclude /web --exclude /jobs --exclude /main.rs \
    --exclude /server.rs --exclude /server --exclude /site.rs "$root/src/" "$folder/src/"
  rsync -a --delete "$root/migrations" "$root/build.rs" "$root/Cargo.lock" "$root/askama.toml" "$root/clippy.toml" "$folder/"
  rsync -a "$root/.cargo/" "$folder/.cargo/"
  mkdir -p "$folder/tests/dialer"
  cp "$root/tests/dialer.rs" "$folder/tests/"
  rsync -a "$root/tests/dialer/" "$folder/tests/dialer/"
  # The same dependencies and profiles, so that what is built of them can be shared; no program, bench or example.
  sed -e '/^default-run/d' -e '/^\[\[bench\]\]/,/^$/d' -e 's/^debug = "line-tables-only"/debug = 0/' "$root/Cargo.toml" >"$folder/Cargo.toml"
  python3 - "$folder/src" <<'PY'
import pathlib, re, sys
src = pathlib.Path(sys.argv[1])
(src / "lib.rs").write_text("//! The lower floors alone.\n\npub mod audit;\npub mod base;\npub mod db;\npub mod federation;\npub mod testing;\n")
rooms = ["activity", "actors", "audience", "declaration", "dialer", "fetch", "here", "keys", "objects", "partners", "policy", "quota", "rules", "signature", "vault"]
(src / "federation/mod.rs").write_text("//! The doors alone.\n\n" + "".join(f"pub mod {room};\n" for room in rooms) + "\npub use here::{Here, Sequence};\n")
(src / "testing/mod.rs").write_text("//! Databases and keys alone.\n\npub mod database;\npub mod keys;\n")
# Tests that need a whole site stay behind.
for name in ["federation/vault.rs", "federation/actors.rs"]:
    path = src / name
    text = path.read_text()
    path.write_text(text.split("#[cfg(test)]\nmod tests")[0])
PY
}

case "$what" in
  prepare) prepare ;;
  list) cargo mutants --dir "$folder" --list "${@:3}" ;;
  run)
    files="${3:?files}" tests="${4:?tests}"
    # Without it the change is made in the folder itself, and nothing is copied. The tests of the unchanged crate run first.
    exec nice -n "${HAVEN_MUTANTS_NICE:-19}" cargo mutants --dir "$folder" --in-place --no-shuffle --timeout "${HAVEN_MUTANTS_TIMEOUT:-120}" \
      --output "$folder" --file "src/federation/$files" "${@:5}" -- --lib --locked -- "$tests"
    ;;
esac
