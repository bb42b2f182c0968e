#!/usr/bin/env python3
"""Compares our exclusive canonical form with libxml2's, element by element, on random documents.

Needs python3-lxml. Usage: crates/xml/tests/c14n-compare.py [documents] [seed]

Left out: namespace URIs with "&", which libxml2 does not escape as the specification asks; and #default in the PrefixList,
which lxml does not pass on.
"""
import random
import subprocess
import sys

from lxml import etree

PREFIXES = ["", "", "a", "b", "c"]
URIS = ["urn:1", "urn:2", "http://example.org/?x=1#y", "urn:%E9%A6%99"]
NAMES = ["x", "y", "z-1", "香"]
TEXTS = ["t", " ", "\n", "&amp;", "&lt;", "&gt;", "&#13;", "&#10;", "&#9;", "&quot;", "'", "香", "😀", "\r\n", "\t", "&#x3042;"]
LISTS = ["", "", "a", "b c", "a b unbound"]


def text(rng, quote=""):
    return "".join(t for t in rng.choices(TEXTS, k=rng.randrange(4)) if t != quote)


def element(rng, scope, depth):
    scope = dict(scope)
    declared = {}
    for prefix in rng.sample(sorted(set(PREFIXES)), rng.randrange(3)):
        uri = rng.choice(URIS + ([""] if prefix == "" else []))
        declared[prefix] = scope[prefix] = uri
    parts = [f'xmlns{":" + p if p else ""}={q}{u}{q}' for p, u in declared.items() for q in [rng.choice("'\"")]]
    seen = set()
    for _ in range(rng.randrange(4)):
        prefix = rng.choice([p for p in PREFIXES if p == "" or p in scope] + ["xml"])
        name = rng.choice(["lang", "space"]) if prefix == "xml" else rng.choice(NAMES)
        key = (scope.get(prefix) if prefix else "", name)
        if key in seen:
            continue
        seen.add(key)
        quote = rng.choice("'\"")
        value = rng.choice(["default", "preserve"]) if name == "space" else text(rng, quote)
        parts.append(f'{prefix + ":" if prefix else ""}{name}{rng.choice(["=", " = "])}{quote}{value}{quote}')
    rng.shuffle(parts)
    prefix = rng.choice([p for p in PREFIXES if p == "" or p in scope])
    name = (prefix + ":" if prefix else "") + rng.choice(NAMES)
    head = "".join(rng.choice([" ", "\n", "  "]) + p for p in parts)
    children = []
    for _ in range(rng.randrange(4) if depth else 0):
        children.append(element(rng, scope, depth - 1) if rng.random() < 0.7 else text(rng))
    if not children and rng.random() < 0.5:
        return f"<{name}{head}/>"
    return f'<{name}{head}>{"".join(children)}</{name}{rng.choice(["", " "])}>'


def theirs(document, prefixes):
    root = etree.fromstring(document.encode())
    listed = prefixes.split() or None
    form = {"method": "c14n", "exclusive": True, "with_comments": False, "inclusive_ns_prefixes": listed}
    return [etree.tostring(node, **form).decode() for node in root.iter()]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = random.Random(sys.argv[2] if len(sys.argv) > 2 else 1)
    cases = [(rng.choice(LISTS), element(rng, {}, 4)) for _ in range(count)]
    ours = subprocess.run(
        ["cargo", "run", "-q", "-p", "ssc-xml", "--example", "canonical"],
        input="".join(f"{prefixes}\n{document}\0" for prefixes, document in cases).encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode().split("\0")
    differences = elements = 0
    for (prefixes, document), mine in zip(cases, ours):
        expected = theirs(document, prefixes)
        elements += len(expected)
        if mine.split("\x01")[:-1] != expected:
            differences += 1
            if differences <= 3:
                print(f"PrefixList {prefixes!r}\n{document}", file=sys.stderr)
                for a, b in zip(mine.split("\x01"), expected):
                    if a != b:
                        print(f"  ours:   {a}\n  theirs: {b}", file=sys.stderr)
                        break
                else:
                    print(f"  ours:   {mine[:200]}", file=sys.stderr)
    print(f"{count} documents, {elements} elements: {differences} differ")
    sys.exit(differences > 0)


if __name__ == "__main__":
    main()
