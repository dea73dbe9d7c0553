#!/usr/bin/env python3
"""Changes the code of the doors in small ways and looks whether a test notices (threats R26).

The list of changes is the one of cargo-mutants. Building the crate once for each of them would take a day on two cores, so
all of them are built into one program: the body of a changed function becomes a `match` over the number in HAVEN_MUTANT, with the
body as it is where no number is given. What does not build is found by the compiler and left out ("unviable").
Each change then costs one run of the tests.

  mutants.py weave FOLDER PATTERN...              writes the changes into the crate in FOLDER (a copy, never the tree itself)
  mutants.py run FOLDER PATTERN TESTS [BINARY...]  runs the tests beginning with TESTS for each change in the files of PATTERN;
                                                  BINARY names further test binaries that must run whole, such as `dialer`
  mutants.py result FOLDER                        the table and the names of what survived

FOLDER is made by mutants.sh. It needs `cargo install cargo-mutants --locked`.
"""
import concurrent.futures, fnmatch, json, os, pathlib, re, resource, subprocess, sys

CPU_SECONDS = int(os.environ.get("HAVEN_MUTANTS_CPU", "60"))


def cargo(folder, *args):
    env = dict(os.environ, CARGO_INCREMENTAL="1")
    return subprocess.run(["cargo", *args], cwd=folder, env=env, text=True, capture_output=True)


def offset(lines, place):
    return sum(len(line) for line in lines[: place["line"] - 1]) + place["column"] - 1


def body_of(text, start, end):
    """The braces of a function's body: the first `{` outside of parentheses, and the last character."""
    depth, at = 0, start
    while at < end:
        c = text[at]
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "{" and depth == 0:
            return at, end - 1
        at += 1
    raise ValueError("no body")


def weave_file(folder, name, mutants):
    """Writes one file with its changes; remembers on which lines each of them stands."""
    text = (folder / "plain" / name).read_text()
    lines = text.splitlines(keepends=True)
    functions = {}
    for mutant in mutants:
        span = mutant["function"]["span"]
        functions.setdefault((offset(lines, span["start"]), offset(lines, span["end"])), []).append(mutant)
    out, at, places = [], 0, []
    line = lambda: sum(part.count("\n") for part in out) + 1
    for (start, end), group in sorted(functions.items()):
        if start < at:
            continue
        open_, close = body_of(text, start, end)
        out.append(re.sub(r"\bconst (?=(async |unsafe )?fn\b)", "", text[at:start]))
        out.append(re.sub(r"\bconst fn\b", "fn", text[start:open_]))
        body = text[open_ + 1 : close]
        out.append("{ match crate::base::mutant() {\n")
        for mutant in group:
            if mutant["status"] in ("unviable", "not woven"):
                continue
            a, b = offset(lines, mutant["span"]["start"]), offset(lines, mutant["span"]["end"])
            first = line()
            out.append(f"{mutant['number']} => {{ {text[open_ + 1:a]}{mutant['replacement']}{text[b:close]} }}\n")
            places.append((name, first, line() - 1, mutant["number"]))
        out.append("_ => {" + body + "}\n} }")
        at = end
    out.append(text[at:])
    whole = re.sub(r"\bconst fn\b", "fn", "".join(out))
    (folder / name).write_text(whole)
    return places


def weave(folder, patterns):
    listed = []
    for pattern in patterns:
        said = cargo(folder, "mutants", "--list", "--json", "-f", pattern)
        if said.returncode != 0:
            sys.exit(said.stderr)
        listed += json.loads(said.stdout)
    mutants, seen = [], set()
    for mutant in listed:
        if mutant["name"] in seen or mutant.get("function") is None:
            continue
        seen.add(mutant["name"])
        kept = {key: mutant[key] for key in ("file", "name", "genre", "replacement", "span", "function")}
        mutants.append({**kept, "number": len(mutants) + 1, "status": "new"})
    files = sorted({mutant["file"] for mutant in mutants})
    for name in files:
        (folder / "plain" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "plain" / name).write_text((folder / name).read_text())
    # A function that asks for its change is not constant, and neither is one that calls it.
    for path in (folder / "src").glob("federation/**/*.rs"):
        path.write_text(re.sub(r"\bconst fn\b", "fn", path.read_text()))
    base = folder / "src/base/mod.rs"
    if "fn mutant()" not in base.read_text():
        with base.open("a") as file:
            file.write(
                "\n/// The number of the change that is tried.\npub fn mutant() -> u32 {\n"
                "    static NUMBER: std::sync::OnceLock<u32> = std::sync::OnceLock::new();\n"
                '    *NUMBER.get_or_init(|| std::env::var("HAVEN_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0))\n}\n'
            )
    while True:
        places = []
        for name in files:
            places += weave_file(folder, name, [mutant for mutant in mutants if mutant["file"] == name])
        left = {number for (_, _, _, number) in places}
        bad = refused(folder, places, mutants)
        print(f"{len(left)} changes woven in, {len(bad)} of them do not build", flush=True)
        if not bad:
            break
        for mutant in mutants:
            if mutant["number"] in bad:
                mutant["status"] = bad[mutant["number"]]
        save(folder, mutants)
    save(folder, mutants)


def refused(folder, places, mutants):
    """Which changes the compiler refuses."""
    said = cargo(folder, "check", "--lib", "--locked", "--offline", "--message-format=json")
    bad, lost = {}, []
    for line in said.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-message" or message["message"]["level"] != "error":
            continue
        spans = [span for span in message["message"]["spans"]]
        spans.sort(key=lambda span: not span["is_primary"])
        hit = set()
        for span in spans:
            # An error in a macro stands where the macro is used.
            while span.get("expansion") and not span["file_name"].startswith("src/"):
                span = span["expansion"]["span"]
            hit |= {number for (name, first, last, number) in places if name == span["file_name"] and first <= span["line_start"] <= last}
            if hit:
                break
        if hit:
            bad.update({number: "unviable" for number in hit})
        elif spans:
            lost.append(message["message"]["rendered"])
            where = (spans[0]["file_name"], spans[0]["line_start"])
            # Arms of different hidden types: the function as a whole cannot be woven.
            group = near(folder, places, where)
            bad.update({number: "not woven" for number in group})
    if said.returncode != 0 and not bad:
        sys.exit("the woven crate does not build:\n" + "\n".join(lost) + said.stderr[-2000:])
    return bad


def near(folder, places, where):
    """The changes of the function that ends at or around a line."""
    before = [place for place in places if place[0] == where[0] and place[2] <= where[1]]
    if not before:
        return []
    last = max(before, key=lambda place: place[2])
    return [last[3]]


def save(folder, mutants):
    (folder / "mutants.json").write_text(json.dumps(mutants, indent=1))


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def binaries(folder, names):
    said = cargo(folder, "test", "--no-run", "--locked", "--offline", "--message-format=json", "--lib", *sum([["--test", name] for name in names], []))
    found = {}
    for line in said.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
            found[message["target"]["name"]] = message["executable"]
    if said.returncode != 0:
        sys.exit(said.stderr[-4000:])
    return found


# A network of its own with nothing but loopback: a dialer without its checks must not reach anybody.
ALONE = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "alone"]


def attempt(folder, runs, number):
    """Whether a test notices: its name, `timeout`, or nothing."""
    for run in runs:
        run = run if os.environ.get("HAVEN_TEST_POSTGRES") else [*ALONE, *run]
        env = dict(os.environ, HAVEN_MUTANT=str(number), RUST_BACKTRACE="0")
        try:
            done = subprocess.run(run, cwd=folder, env=env, text=True, capture_output=True, preexec_fn=limits, timeout=20 * CPU_SECONDS)
        except subprocess.TimeoutExpired:
            return "timeout", ""
        if done.returncode in (-9, -24):
            return "timeout", ""
        if done.returncode != 0:
            by = re.findall(r"^test (\S+) \.\.\. FAILED|^test (\S+) - should", done.stdout, re.M)
            return "killed", by[0][0] if by else "the program stopped"
    return "survived", ""


def run(folder, pattern, tests, others):
    mutants = json.loads((folder / "mutants.json").read_text())
    made = binaries(folder, others)
    library = made.pop("haven")
    runs = [[library, *tests.split()]] + [[made[name]] for name in others]
    status, by = attempt(folder, runs, 0)
    if status != "survived":
        sys.exit(f"the tests fail without any change: {by}")
    todo = [m for m in mutants if fnmatch.fnmatch(m["file"], "src/" + pattern) and m["status"] in ("new", "survived", "timeout")]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("HAVEN_MUTANTS_JOBS", "1"))) as pool:
        for mutant, (status, by) in zip(todo, pool.map(lambda m: attempt(folder, runs, m["number"]), todo)):
            mutant["status"], mutant["by"] = status, by
            if status != "killed":
                print(f"{status}: {mutant['name']}", flush=True)
            save(folder, mutants)


def result(folder):
    mutants = json.loads((folder / "mutants.json").read_text())
    words = ["new", "killed", "timeout", "survived", "unviable", "not woven"]
    rooms = {}
    for mutant in mutants:
        rooms.setdefault(mutant["file"].removeprefix("src/"), []).append(mutant["status"])
    print("| file | " + " | ".join(words) + " |\n|---" * 1 + "|---" * len(words) + "|")
    for room, statuses in sorted(rooms.items()):
        print(f"| {room} | " + " | ".join(str(statuses.count(word)) for word in words) + " |")
    everything = [status for statuses in rooms.values() for status in statuses]
    print("| all | " + " | ".join(str(everything.count(word)) for word in words) + " |\n")
    for mutant in mutants:
        if mutant["status"] in ("survived", "timeout", "not woven"):
            print(f"- {mutant['status']}: {mutant['name']}")


if __name__ == "__main__":
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if what == "weave":
        weave(folder, sys.argv[3:])
    elif what == "run":
        run(folder, sys.argv[3], sys.argv[4], sys.argv[5:])
    else:
        result(folder)
