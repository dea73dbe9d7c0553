#!/usr/bin/env python3
"""Seeds of the fuzz targets: a folder for each target below the one that is named.

seeds.py TARGET_FOLDER [CORPUS]   own seeds of fuzz/seeds, and those made from the shared corpus where it is there
"""
import json
import pathlib
import re
import sys

out = pathlib.Path(sys.argv[1])
corpus = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
own = pathlib.Path(__file__).parent / "seeds"


def put(target, name, data):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


# One file for each target; seeds are separated by a line of its own: %%. Bytes that are no text are written as \\xFF.
for file in sorted(own.glob("*.txt")):
    for number, seed in enumerate(file.read_bytes().split(b"\n%%\n")):
        raw = re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), seed.rstrip(b"\n"))
        put(file.stem, f"own-{number}", raw)

if corpus and (corpus / "manifest.json").is_file():
    kinds = {"activity": ["activity"], "object": ["object"], "actor": ["actor"], "key": ["actor"], "collection": ["collection"],
             "webfinger": ["discovery"], "nodeinfo": ["discovery"], "nodeinfo-index": ["discovery"]}

    def texts(value):
        """HTML, keys and dates wherever they stand."""
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str):
                    if key in ("content", "summary", "name"):
                        yield "html", inner
                    elif key == "publicKeyPem":
                        yield "key", inner
                    elif key in ("published", "updated"):
                        yield "dates", inner
                    elif key in ("id", "url", "inbox"):
                        yield "addresses", inner
                yield from texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)

    seen = set()
    for entry in json.loads((corpus / "manifest.json").read_text())["files"]:
        data = (corpus / entry["file"]).read_bytes()
        name = entry["file"].replace("/", "-")
        for target in kinds.get(entry["kind"], ["object"]):
            put(target, name, data)
        try:
            found = list(texts(json.loads(data)))
        except (ValueError, RecursionError):
            continue
        for number, (target, text) in enumerate(found):
            # Many of one kind teach nothing new: the first of each length.
            if (target, len(text)) in seen:
                continue
            seen.add((target, len(text)))
            put(target, f"{name}-{number}", text.encode(errors="replace"))
            if target == "html":
                for also in ("markdown", "post", "stored", "line"):
                    put(also, f"{name}-{number}", text.encode(errors="replace"))
    for file in sorted((corpus / "http-signatures").glob("*.json")):
        case = json.loads(file.read_text())["request"]
        address = case["url"].split("/", 3)
        lines = [f"{case['method']} /{address[3] if len(address) > 3 else ''}"]
        for name, values in case["headers"].items():
            for value in values if isinstance(values, list) else [values]:
                lines.append(f"{name}: {value}")
        put("signature", file.name, "\n".join(lines) + "\n\n" + (case.get("body") or ""))
