#!/usr/bin/env python3
"""Random documents with libxml2's canonical form of each element, for tests/it/libxml2.rs to compare ours with.

Usage: c14n-libxml2.py DOCUMENTS SEED. Needs libxml2.so.2, which xmlsec1 and xmllint are built on.

A record ends with NUL, its fields with U+0001: document, PrefixList, index of an element to leave out (or nothing); then for
each element, in document order, its exclusive and its inclusive form; then, if one is left out, for each element around that one
the same two without it.

Left out: namespace URIs with "&", which libxml2 does not escape as the specification asks.
"""
import ctypes
import random
import sys

PREFIXES = ["", "", "a", "b", "c"]
URIS = ["urn:1", "urn:2", "http://example.org/?x=1#y", "urn:%E9%A6%99"]
NAMES = ["x", "y", "z-1", "香"]
TEXTS = ["t", " ", "\n", "&amp;", "&lt;", "&gt;", "&#13;", "&#10;", "&#9;", "&quot;", "'", "香", "😀", "\r\n", "\t", "&#x3042;"]
LISTS = ["", "", "a", "b c", "#default", "a #default b unbound"]
XML = ["lang", "space", "base", "x"]


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
        name = rng.choice(XML if prefix == "xml" else NAMES)
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


class LibXml2:
    """The few functions we ask, by the layout of libxml2's public structs on 64 bits."""

    INCLUSIVE, EXCLUSIVE = 0, 1
    NODE_PARENT, OBJECT_NODES, SET_COUNT, SET_NODES = 40, 8, 0, 8

    def __init__(self):
        self.lib = ctypes.CDLL("libxml2.so.2")
        pointer, number, string = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
        for name, result, arguments in [
            ("xmlReadMemory", pointer, [string, number, string, string, number]),
            ("xmlFreeDoc", None, [pointer]),
            ("xmlUnlinkNode", None, [pointer]),
            ("xmlFreeNode", None, [pointer]),
            ("xmlXPathNewContext", pointer, [pointer]),
            ("xmlXPathFreeContext", None, [pointer]),
            ("xmlXPathSetContextNode", number, [pointer, pointer]),
            ("xmlXPathCompile", pointer, [string]),
            ("xmlXPathCompiledEval", pointer, [pointer, pointer]),
            ("xmlXPathFreeObject", None, [pointer]),
            ("xmlC14NDocDumpMemory", number, [pointer, pointer, number, pointer, number, ctypes.POINTER(pointer)]),
        ]:
            function = getattr(self.lib, name)
            function.restype, function.argtypes = result, arguments
        self.free = ctypes.cast(pointer.in_dll(self.lib, "xmlFree").value, ctypes.CFUNCTYPE(None, pointer))
        self.all = self.lib.xmlXPathCompile(b"//*")
        below = b"descendant-or-self::node() | descendant-or-self::*/@* | descendant-or-self::*/namespace::*"
        self.below = self.lib.xmlXPathCompile(below)

    def forms(self, document, prefixes, skip):
        """The forms of every element, and, of those around the element number `skip`, the forms without it."""
        data = document.encode()
        doc = self.lib.xmlReadMemory(data, len(data), None, None, 0)
        assert doc, document
        context = self.lib.xmlXPathNewContext(doc)
        found = self.lib.xmlXPathCompiledEval(self.all, context)
        nodes = pointer_at(found + self.OBJECT_NODES)
        count = ctypes.c_int.from_address(nodes + self.SET_COUNT).value
        elements = [pointer_at(pointer_at(nodes + self.SET_NODES) + 8 * i) for i in range(count)]
        listed = (ctypes.c_char_p * (len(prefixes) + 1))(*[p.encode() for p in prefixes], None)
        forms = [form for e in elements for form in self.both(doc, context, e, listed)]
        if skip is not None:
            skipped = elements[skip % count]
            around, node = set(), pointer_at(skipped + self.NODE_PARENT)
            while node:
                around.add(node)
                node = pointer_at(node + self.NODE_PARENT)
            self.lib.xmlUnlinkNode(skipped)
            forms += [form for e in elements if e in around for form in self.both(doc, context, e, listed)]
        self.lib.xmlXPathFreeObject(found)
        if skip is not None:
            self.lib.xmlFreeNode(skipped)
        self.lib.xmlXPathFreeContext(context)
        self.lib.xmlFreeDoc(doc)
        return count, forms

    def both(self, doc, context, element, listed):
        self.lib.xmlXPathSetContextNode(element, context)
        found = self.lib.xmlXPathCompiledEval(self.below, context)
        nodes = pointer_at(found + self.OBJECT_NODES)
        forms = [self.dump(doc, nodes, self.EXCLUSIVE, listed), self.dump(doc, nodes, self.INCLUSIVE, None)]
        self.lib.xmlXPathFreeObject(found)
        return forms

    def dump(self, doc, nodes, mode, listed):
        out = ctypes.c_void_p()
        length = self.lib.xmlC14NDocDumpMemory(doc, nodes, mode, listed, 0, ctypes.byref(out))
        assert length >= 0
        canonical = ctypes.string_at(out, length)
        self.free(out)
        return canonical


def pointer_at(address):
    return ctypes.c_void_p.from_address(address).value


def main():
    documents, seed = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(seed)
    libxml2 = LibXml2()
    for _ in range(documents):
        prefixes, document = rng.choice(LISTS), element(rng, {}, 4)
        skip = rng.randrange(1000) if rng.random() < 0.3 else None
        count, forms = libxml2.forms(document, prefixes.split(), skip)
        skip = b"" if skip is None else str(skip % count).encode()
        record = [document.encode(), prefixes.encode(), skip, *forms]
        sys.stdout.buffer.write(b"".join(field + b"\x01" for field in record) + b"\0")


if __name__ == "__main__":
    main()
