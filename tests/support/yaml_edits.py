"""Random YAML files of many styles that know whose each line and comment is, and random edits."""

import json
from copy import deepcopy

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.editor import rewritten
from hydra_recipes.documents.json_text import is_json
from hydra_recipes.documents.reader import BYTE_ORDER_MARK, parse_document
from hydra_recipes.findings.errors import DocumentError, OutputError
from hydra_recipes.tree import canonical, value_at

PLAIN = [
    "1",
    "-7",
    "1.0e-05",
    "true",
    "null",
    "word",
    "two words",
    "${a.b}",
    "s3://x/y",
    "~",
    "a#b",
]
FLOW = [one for one in PLAIN if "{" not in one and one != "~"]
QUOTED = ["'it''s'", '"a: b # c"', "'# no'", '"\\u00e9 \\"x\\""', "'{x}'", '""', "é漢", "!!str 5"]
KEYS = [
    "a",
    "b",
    "name",
    "lr",
    "two words",
    "'q k'",
    '"x: y"',
    "k#1",
    "é",
    "deep_key",
    "0",
    "yes_no",
]
NEW = [
    5,
    0.25,
    None,
    True,
    "text",
    "two words",
    "a: b # c",
    "l1\nl2\n",
    "",
    "yes",
    "é",
    "- x",
    {},
    [],
]
NEW += [[1, "x"], [[1], {"p": 2}], {"p": 1}, {"p": {"q": [1, {"r": None}]}, "s": "x y"}, [{}, []]]
NAMES = ["new", "new key", "1", "null", "x:y", "né", "#", "a", "b", "n" * 1100]


class Maker:
    """Makes one file: ``lines`` holds each line with the keys that stand in it."""

    def __init__(self, draw):
        self.draw = draw
        self.comments = {}
        self.anchors = []
        self.open = 0
        self.duplicates = draw.random() < 0.1
        self.flows = set()

    def chance(self, share):
        return self.draw.random() < share

    def comment(self, owner):
        text = f"# c{len(self.comments)} {self.draw.choice(['', 'a: b', '*x', '- y', '},', 'é'])}"
        text = text.rstrip() + f" ;{len(self.comments)};"
        self.comments[text] = owner
        return text

    def beside(self, path, *, tab=True):
        if not self.chance(0.3):
            return self.draw.choice(["", "", "", "  "])
        return self.draw.choice([" ", "   ", "\t" if tab else " "]) + self.comment(path)

    def key(self, taken):
        for _ in range(20):
            key = self.draw.choice(KEYS)
            if key not in taken or (self.duplicates and self.chance(0.2)):
                break
        else:
            key = f"k{len(taken)}"
        taken.append(key)
        return key

    def path(self, path, key):
        name = key.strip("'\"")
        return (*path, int(name) if name == "0" and key == "0" else name)

    def mapping(self, path, depth):
        lines, taken = [], []
        merging = [name for name, kind in self.anchors if kind == "map"]
        if merging and path and self.chance(0.15):
            lines.append((f"<<: *{self.draw.choice(merging)}", {(*path, "<<")}))
        count = self.draw.randint(1, 4 if depth else 5)
        for _ in range(count):
            lines += self.between(path)
            key = self.key(taken)
            here = self.path(path, key)
            if self.chance(0.06):
                lines.append((f"? {key}{self.beside(here, tab=False)}", {here}))
                lines += self.pair(":", here, depth, "")
            else:
                lines += self.pair(f"{key}:", here, depth, "")
        return lines

    def sequence(self, path, depth):
        lines = []
        for at in range(self.draw.randint(1, 3)):
            lines += self.between(path)
            lines += self.pair("-", (*path, at), depth, self.draw.choice(["", "", "  "]))
        return lines

    def between(self, path):
        lines = []
        if self.chance(0.15):
            lines.append((self.comment((*path, "^")), {(*path, "^")}))
        if self.chance(0.07):
            lines.append(("", set()))
        return lines

    def pair(self, head, path, depth, pad):
        anchor, kind = "", None
        if self.chance(0.1):
            anchor = f"&n{len(self.anchors) + self.open} "
            self.open += 1
        lines, kind = self.value(head, path, depth, pad, anchor)
        if anchor:
            self.anchors.append((anchor[1:].strip(), kind))
        return lines

    def value(self, head, path, depth, pad, anchor):  # noqa: PLR0911 - one for each style
        draw, item = self.draw, head == "-"
        roll = draw.random()
        own = {path}
        if self.anchors and not anchor and self.chance(0.12):
            name = draw.choice(self.anchors)[0]
            gap = " " if self.chance(0.9) else f" {self.comment((*path, '^'))}\n  "
            text, *below = f"{head}{gap}*{name}{self.beside(path)}".split("\n")
            return [(text, own), *((line, own) for line in below)], "alias"
        if depth < 4 and roll < 0.3:
            inner = self.mapping(path, depth + 1)
            return self.nested(head, path, inner, pad, anchor, 2), "map"
        if depth < 4 and roll < 0.42:
            inner = self.sequence(path, depth + 1)
            flat = not item and self.chance(0.4)
            return self.nested(head, path, inner, pad, anchor, 0 if flat else 2), "seq"
        if roll < 0.56:
            text, kind = self.flow(path, depth)
            self.flows.add(path)
            text = f"{head} {pad}{anchor}{text}{self.beside(path)}"
            first, *rest = text.split("\n")
            return [(first, own), *((f"   {line}", own) for line in rest)], kind
        if roll < 0.64:
            sign = draw.choice(["|", "|-", "|+", ">", ">-", ">+"])
            texts = draw.choice([["one"], ["one", "  two"], ["one # no", "", "two: x"], ["*a", ""]])
            first = f"{head} {anchor}{sign}{self.beside(path)}"
            return [(first, own), *((f"   {one}" if one else "", own) for one in texts)], "text"
        if roll < 0.70:
            texts = draw.choice([['"one', '  two # x"'], ["one", "two"], ["'one", "", "it''s'"]])
            first = f"{head} {anchor}{texts[0]}"
            last = f"   {texts[-1]}{self.beside(path)}"
            middle = [(f"   {one}" if one else "", own) for one in texts[1:-1]]
            return [(first, own), *middle, (last, own)], "text"
        if roll < 0.78:
            mark = f" {anchor.strip()}" if anchor else ""
            return [(f"{head}{mark}{self.beside(path, tab=False)}", own)], ""
        if roll < 0.82 and not item:
            value = draw.choice(PLAIN + QUOTED)
            first = f"{head} {anchor}{self.beside(path, tab=False)}".rstrip(" ")
            return [(first, own), (f"  {value}{self.beside(path)}", own)], "text"
        value = draw.choice(PLAIN + QUOTED)
        space = draw.choice([" ", " ", "  ", " " if item else "\t"]) if not anchor else " "
        return [(f"{head}{space}{pad}{anchor}{value}{self.beside(path)}", own)], "text"

    def nested(self, head, path, inner, pad, anchor, indent):
        own = {path}
        if head == "-" and not anchor and inner[0][1] and self.chance(0.8):
            wide = 2 + len(pad)
            first = (f"- {pad}{inner[0][0]}", inner[0][1] | own)
            return [first, *self.shifted(inner[1:], wide)]
        if head != "-" and indent:
            indent = self.draw.choice([2, 2, 2, 3, 4])
        text = f"{head} {anchor}".rstrip()
        return [(f"{text}{self.beside(path, tab=False)}", own), *self.shifted(inner, indent)]

    def shifted(self, lines, width):
        return [(" " * width + text if text else "", own) for text, own in lines]

    def flow(self, path, depth):
        if self.chance(0.15):
            return self.draw.choice([("{}", "map"), ("[]", "seq"), ("{ }", "map")])
        if self.chance(0.15):
            return self.draw.choice(
                [('{"p": 1, "q": [true, null]}', "map"), ('[{"p":"x"},{"p":2.5}]', "seq")]
            )
        is_map, parts, taken = self.chance(0.6), [], []
        for at in range(self.draw.randint(1, 3)):
            if is_map:
                key = self.key(taken)
                here = self.path(path, key)
                plain = self.chance(0.07)
                text = key if plain else f"{key}: {self.in_flow(here, depth)}"
            else:
                single = self.chance(0.1)
                here = (*path, at)
                text = "p: 1" if single else self.in_flow(here, depth) or "x"
            parts.append((text, here))
        wide = self.chance(0.35)
        texts = []
        for at, (text, here) in enumerate(parts):
            last = at + 1 == len(parts)
            comma = "" if last and not self.chance(0.2) else ","
            note = f" {self.comment(here)}" if wide and self.chance(0.3) else ""
            if wide and self.chance(0.1):
                texts.append(self.comment((*path, "^")))
            texts.append(f"{text}{comma}{note}")
        joined = ("\n  " if wide else " ").join(texts)
        if wide:
            joined = f"\n  {joined}\n"
        return (f"{{{joined}}}", "map") if is_map else (f"[{joined}]", "seq")

    def in_flow(self, path, depth):
        if depth < 4 and self.chance(0.25):
            return self.flow(path, depth + 1)[0]
        if self.anchors and self.chance(0.1):
            return f"*{self.draw.choice(self.anchors)[0]} "
        return self.draw.choice([*FLOW, *QUOTED[:-1], ""])

    def json(self):
        """A file's text as JSON, and no lines: other keys may stand in each."""
        box = [*NEW[:-2], {"deep": {"q": "\U0001f389", "r": [1, 2, {"s": 1.5}]}}]
        tree = {key: self.draw.choice(box) for key in self.draw.sample(NAMES, 3)}
        indent = self.draw.choice([None, 2, 4, "\t"])
        text = json.dumps(tree, indent=indent, ensure_ascii=self.chance(0.5))
        return text + self.draw.choice(["", "\n"]), []

    def file(self):
        """A file's text, and its lines, each with the keys that stand in it."""
        if self.chance(0.08):
            return self.json()
        body = self.pair("recipes:", ("recipes",), 0, "") if self.chance(0.3) else []
        if not body or self.chance(0.5):
            body += self.mapping((), 1)
        start = self.draw.choice([[], [], [], ["---"], ["%YAML 1.1", "---"], ["# top"]])
        end = self.draw.choice([[], [], [], ["..."], ["# end"], ["", "..."]])
        none = [(line, set()) for line in start]
        lines = [*none, *body, *((line, set()) for line in end)]
        breaks = self.draw.choice(["\n"] * 16 + ["\r\n"] * 3 + ["\r"])
        text = breaks.join(line for line, _ in lines)
        text += breaks if self.chance(0.8) else ""
        return (BYTE_ORDER_MARK if self.chance(0.05) else "") + text, lines


def paths(node, at=()):
    """Every key and item of a tree."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        yield (*at, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*at, key))


def one_edit(draw, tree):
    """Random changes of a tree that are one edit, and the tree after them."""
    tree = deepcopy(tree)
    places = list(paths(tree))
    boxes = [(), *(one for one in places if isinstance(value_at(tree, one), dict | list))]
    kind = draw.choice(
        ["change", "change", "change", "add", "add", "delete", "delete", "rename", "move"]
    )
    if not places:
        kind = "add"
    at = draw.choice(places) if places else ()
    if kind == "change":
        value = varied(draw, value_at(tree, at))
        value_at(tree, at[:-1])[at[-1]] = deepcopy(value)
        return [Change("change", at, value)], tree
    if kind == "add":
        return adding(draw, tree, draw.choice(boxes), deepcopy(draw.choice(NEW)))
    value, parent = value_at(tree, at), value_at(tree, at[:-1])
    gone = Change("delete", at)
    if kind == "rename" and isinstance(parent, dict):
        name = draw.choice(NAMES)
        if name in parent:
            return [], tree
        value = value if draw.random() < 0.7 else deepcopy(draw.choice(NEW))
        del parent[at[-1]]
        parent[name] = value
        return [gone, Change("add", (*at[:-1], name), value)], tree
    del parent[at[-1]]
    if kind != "move":
        return [gone], tree
    boxes = [(), *(one for one in paths(tree) if isinstance(value_at(tree, one), dict))]
    more, tree = adding(draw, tree, draw.choice(boxes), value)
    return [gone, *more], tree


def varied(draw, old):
    """A value for another; of a mapping or list often one that has most of it."""
    if isinstance(old, dict) and draw.random() < 0.5:
        kept = {key: value for key, value in old.items() if draw.random() < 0.7}
        return deepcopy({**kept, "more": draw.choice(NEW)} if draw.random() < 0.5 else kept)
    if isinstance(old, list) and draw.random() < 0.5:
        kept = [value for value in old if draw.random() < 0.7]
        kept[draw.randint(0, len(kept)) :] = draw.choice([[], [7], [7, {"p": [1]}]])
        return deepcopy(kept)
    return deepcopy(draw.choice(NEW))


def adding(draw, tree, box, value):
    parent = value_at(tree, box)
    if isinstance(parent, list):
        at = draw.randint(0, len(parent))
        parent.insert(at, deepcopy(value))
        return [Change("add", (*box, at), value)], tree
    name = draw.choice(NAMES)
    if name in parent:
        return [], tree
    parent[name] = deepcopy(value)
    return [Change("add", (*box, name), value)], tree


def within(path, other):
    return path[: len(other)] == other


def has_to_stay(own, changes, made, text, firsts):
    """Whether a line must be there to the letter after changes."""
    for change in changes:
        if change.path in firsts and any(one[:-1] == change.path[:-1] for one in own):
            return False  # it goes up to the dash
        at = change.path
        box = at[:-1]
        for one in own:
            if within(one, at) and (change.kind != "add" or isinstance(at[-1], int)):
                return False
            if one == box:  # emptied, or a dash before the first key
                return False
            if change.kind == "add" and isinstance(at[-1], int) and within(one, box):
                return False  # the places of items move
        for flow in made.flows:
            if within(at, flow) and any(within(one, flow) for one in own):
                return False
    return "*" not in text  # an alias may get what it stands for


def lost(made, lines, changes, before, after):
    """The lines and comments that had to stay and didn't."""
    now = after.splitlines()
    gone, start = [], 0
    firsts = {one for _, own in lines for one in own if one[:-1] in own}
    for text, own in lines:
        if not text.strip() or not has_to_stay(own, changes, made, text, firsts):
            continue
        try:
            start = now.index(text, start) + 1
        except ValueError:
            gone.append(text)
    for comment, owner in made.comments.items():
        takers = [one for one in changes if one.kind != "add" and within(owner, one.path)]
        renaming = [one.kind for one in changes] == ["delete", "add"]
        renaming = renaming and changes[0].path[:-1] == changes[1].path[:-1]
        if renaming and owner == changes[0].path:
            takers = []
        if takers and all(one.kind == "change" and owner == one.path for one in takers):
            inside_flow = any(within(owner, flow) for flow in made.flows)
            takers = takers if inside_flow else []
        if not takers and after.count(comment) != 1:
            gone.append(comment)
    return gone


def attempt(draw):  # noqa: PLR0911 - one for each thing that can come of it
    """Makes a file and an edit of it.

    Returns:
        What came of it, in a word; the text, the changes, and the text after them.
    """
    made = Maker(draw)
    text, lines = made.file()
    try:
        document = parse_document(text, "x.yaml")
    except DocumentError as error:
        return f"unreadable {getattr(error.detail, 'reason', error.kind)}", text, (), ""
    if not isinstance(document.tree, dict):
        return "no_mapping", text, (), ""
    changes, wanted = one_edit(draw, document.tree)
    several = draw.choice([0, 0, 0, 0, 1, 2])
    for _ in range(several):
        more, wanted = one_edit(draw, wanted)
        changes = [*changes, *more]
    if not changes:
        return "nothing", text, (), ""
    try:
        after = rewritten(document, changes)
    except OutputError as error:
        return f"refused {error.detail.why}", text, changes, ""
    now = parse_document(after, "x.yaml")
    if is_json(document.text) and not is_json(after):
        return "no JSON", text, changes, after
    if canonical(now.tree) != canonical(wanted):
        return "other tree", text, changes, after
    if "\r\n" in text and "\r\n" in after and "\n" in after.replace("\r\n", ""):
        return "mixed breaks", text, changes, after
    shifted = len(changes) > 1 and isinstance(changes[0].path[-1], int)
    unclear = several or shifted or document.troubles  # whose a line is
    if not unclear and (gone := lost(made, lines, changes, text, after)):
        return f"lost {gone}", text, changes, after
    return "made", text, changes, after
