"""Each character of a YAML scalar is found in its file, however it was written."""

from __future__ import annotations

import re

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from metricloom.sources.yaml_nodes import Listing, Mapping, Node, Scalar
from metricloom.sources.yaml_reader import read_yaml

WORDS = [
    "sum",
    "rate(x[5m])",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "'",
    '"',
    "\\",
    "#",
    ": ",
    "- ",
    "é",
    "😀",
    "\x85",
    "{",
    "%",
]
texts = st.one_of(st.lists(st.sampled_from(WORDS), max_size=20).map("".join), st.text(max_size=40))


def scalars(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Listing):
        return [scalar for item in node.items for scalar in scalars(item)]
    return [scalar for key, value in node.entries.values() for scalar in (key, *scalars(value))]


def read(text: str) -> Node:
    file = read_yaml("rules.yml", text)
    assert file.problems == ()
    [document] = file.documents
    return document


def value_of(text: str) -> Scalar:
    document = read(text)
    assert isinstance(document, Mapping)
    found = document.entries["expr"][1]
    assert isinstance(found, Scalar)
    return found


def says(written: str, character: str) -> bool:
    """Whether the stretch *written* of a file is *character*: itself, an escape, a doubled quote or a line's end."""
    if written == character or (written == "''" and character == "'"):
        return True
    if written.startswith("\\"):
        return bool(yaml.safe_load(f'"{written}"') == character)
    return character in " \n" and written.strip() == ""


def assert_each_character_is_found(scalar: Scalar, file: str) -> None:
    place = 0
    for offset, character in enumerate(scalar.text):
        span = scalar.in_file((offset, offset + 1))
        assert span is not None, (offset, scalar.source)
        assert span[0] >= place
        place = span[1]
        assert says(file[slice(*span)], character), (offset, scalar.source)
        if not any(other in file for other in "\x85\u2028\u2029"):  # ends of lines that split() does not know
            at = scalar.location(offset)
            line = re.split("\r\n|\r|\n", file)[at.line - 1].removeprefix("\ufeff")
            assert line[at.column - 1 :].startswith(re.split("\r|\n", file[slice(*span)])[0])


@given(
    st.lists(texts, min_size=1, max_size=3),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.integers(5, 60),
    st.integers(2, 6),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
)
@settings(max_examples=300, deadline=None)
def test_any_text_in_any_style_is_found(
    texts: list[str], style: str | None, width: int, indent: int, plain_unicode: bool, line_end: str, mark: str
) -> None:
    document = {"a": [{"expr": text, "labels": {"x": text}} for text in texts]}
    file = mark + yaml.dump(
        document, default_style=style, width=width, indent=indent, allow_unicode=plain_unicode, Dumper=yaml.CSafeDumper
    ).replace("\n", line_end)
    for scalar in scalars(read(file)):
        assert_each_character_is_found(scalar, file)


BLOCK_LINES = ["a", "  a", " ", "", "    ", "\ta", "a  b ", "- é", "# x"]


@given(
    st.lists(st.sampled_from(BLOCK_LINES), max_size=8),
    st.sampled_from(["|", ">"]),
    st.sampled_from(["", "-", "+"]),
    st.sampled_from([None, 1, 2, 4]),
    st.integers(1, 5),
    st.sampled_from(["", "  # comment"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_block_is_found(
    lines: list[str], style: str, chomp: str, given_indent: int | None, indent: int, comment: str, end: str, last: bool
) -> None:
    indent = given_indent or indent
    header = f"expr: {style}{given_indent or ''}{chomp}{comment}"
    body = [" " * indent + line for line in lines]
    file = end.join([header, *body, *(["x: 1"] if last else [])])
    try:
        yaml.compose(file, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return
    scalar = value_of(file)
    assert_each_character_is_found(scalar, file)


FLOW_PARTS = [
    "a",
    " ",
    "b c",
    "\n  ",
    "\n\n  ",
    " \n\t ",
    "\\n",
    "\\\n  ",
    "\\ ",
    "\\x41",
    "\\U0001F600",
    "''",
    '\\"',
    ":b",
    "\r\n ",
]


@given(st.lists(st.sampled_from(FLOW_PARTS), max_size=10).map("".join), st.sampled_from(["", "'", '"']), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_folded_line_is_found(written: str, quote: str, in_braces: bool) -> None:
    value = f"{quote}{written}{quote}"
    file = f"{{expr: {value}, x: 1}}" if in_braces else f"expr: {value}\nx: 1"
    try:
        yaml.compose(file, Loader=yaml.CSafeLoader)
        scalar = value_of(file)
    except (yaml.YAMLError, AssertionError, KeyError):
        return
    assert_each_character_is_found(scalar, file)
