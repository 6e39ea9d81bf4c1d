"""Fixes are written into the file at the right characters, and nothing else changes."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metricloom.errors import Location
from metricloom.promql.text import Edit, edited
from metricloom.sources.dashboard_files import read_dashboard
from metricloom.sources.edits import Fixed, fixed
from metricloom.sources.model import Written
from metricloom.sources.rule_files import read_rule_file

FILE = """\
# What we watch
groups:
  - name: service   # all of it
    rules:
      - alert: Plain
        expr: rate(calls_total[1m]) > 5   # per second
      - alert: Single
        expr: 'rate(calls_total{code=~''5..''}[1m]) > 5'

      - alert: Double
        expr: "rate(calls_total{code=~\\"5..\\"}[1m]) > 5"
      - alert: Block
        expr: |-
          rate(
            calls_total[1m]   # a comment of PromQL
          ) > 5
      - alert: Folded
        expr: >
          rate(calls_total[1m])
          > 5
      - {alert: Flow, expr: &shared !!str "rate(calls_total[1m]) > 5"}
      - alert: Several lines
        expr: rate(calls_total[1m])
          > 5
"""


def written(file: str) -> list[Written]:
    return [rule.query for group in read_rule_file("rules.yml", file).groups for rule in group.rules]


def edit(query: Written, old: str, new: str) -> tuple[Written, tuple[Edit, ...]]:
    start = query.text.index(old)
    return query, ((start, start + len(old), new),)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_fix_changes_its_characters_and_no_others(line_end: str, mark: str) -> None:
    file = mark + FILE.replace("\n", line_end)
    fixes = [edit(query, "1m", "5m") for query in written(file)]
    assert len(fixes) == 7
    assert fixed(file, fixes).text == file.replace("1m", "5m")


@pytest.mark.parametrize(
    ("expression", "old", "new", "expected"),
    [
        ("up == 0", "up", 'up{job="a"}', 'up{job="a"} == 0'),
        ("up == 0", "== 0", "== 0 # x", "'up == 0 # x'"),
        ("up == 0", "up", "up: ", "'up:  == 0'"),
        ("up == 0", "up", "{a='b'}", "'{a=''b''} == 0'"),
        ("up", "up", "null", "'null'"),
        ("up == 0", " ", "\n", '"up\\n== 0"'),
        ("'up == 0'", "up", "up{a='b'}", "'up{a=''b''} == 0'"),
        ("'up == 0'", " ", "\n", '"up\\n== 0"'),
        ('"up == 0"', "up", 'up{a="\\\\b"}\t', '"up{a=\\"\\\\\\\\b\\"}\\t == 0"'),
        ("|\n      up\n      == 0", "up", "up\n+ x", "|\n      up\n      + x\n      == 0"),
        (">-\n      up\n      == 0", "up", 'up{a="b"}', '>-\n      up{a="b"}\n      == 0'),
    ],
)
def test_a_fix_is_written_as_its_place_asks(expression: str, old: str, new: str, expected: str) -> None:
    file = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: {} # c\n    for: 1m\n"
    if expression[0] in "|>":
        file = file.replace(" # c", "")
    [query] = written(file.format(expression))
    assert fixed(file.format(expression), [edit(query, old, new)]).text == file.format(expected)


def test_in_braces_a_plain_text_is_quoted_where_it_must_be() -> None:
    file = "groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n"
    [query] = written(file)
    assert 'expr: \'up{a="b", c="d"} == 0\'}' in fixed(file, [edit(query, "up", 'up{a="b", c="d"}')]).text


def test_of_two_fixes_that_overlap_the_first_is_made() -> None:
    file = "groups: [{name: g, rules: [{alert: A, expr: 'rate(a[1m])'}]}]"
    [query] = written(file)
    fixes = [edit(query, "1m", "5m"), edit(query, "[1m]", "[7m]"), edit(query, "a", "b")]
    done = fixed(file, fixes)
    assert "expr: 'rbte(a[5m])'" in done.text
    assert done.made == {0, 2}


def test_a_text_that_several_rules_share_is_fixed_once() -> None:
    file = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: &e up}\n  - {alert: B, expr: *e }\n"
    done = fixed(file, [edit(query, "up", "down") for query in written(file)])
    assert done == Fixed(file.replace("&e up", "&e down"), frozenset({0, 1}))


def test_a_fix_that_cannot_be_written_is_left_out_and_the_others_are_made() -> None:
    file = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      up\n  - {alert: B, expr: up}\n"
    first, second = written(file)
    # a block that begins with a space would have another indentation
    fixes = [(first, ((0, 0, " "),)), edit(second, "up", "down")]
    assert fixed(file, fixes) == Fixed(file.replace("expr: up}", "expr: down}"), frozenset({1}))


def test_a_dashboard_is_fixed_in_its_json() -> None:
    board = {"title": "é", "panels": [{"targets": [{"expr": 'rate(a{b="c"}[1m])'}, {"expr": "rate(d[1m])\n> 5"}]}]}
    file = json.dumps(board, indent=3)
    queries = [panel.query for panel in read_dashboard("board.json", file).panels]
    fixes = [edit(query, "1m", '5m"') for query in queries]
    assert fixed(file, [*fixes, edit(queries[0], "m])", "x")]) == Fixed(file.replace("1m", '5m\\"'), frozenset({0, 1}))


def test_a_text_without_a_place_is_left_alone() -> None:
    assert fixed(FILE, [(Written("up", Location("rules.py", 3)), ((0, 2, "down"),))]).text == FILE
    assert fixed("a: [", []).text == "a: ["


PIECES = ["up", "rate(x[5m])", " ", "\n", "'", '"', "\\", "# ", ": ", "{a='b'}", "é", "\t", ", ", "- "]
pieces = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@given(
    st.lists(pieces.filter(str.strip), min_size=1, max_size=3),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.booleans(),
    st.integers(10, 80),
    st.data(),
)
@settings(max_examples=300, deadline=None)
def test_a_fixed_file_reads_back_as_the_edited_expressions(
    texts: list[str], style: str | None, braces: bool, width: int, data: st.DataObject
) -> None:
    rules = [{"alert": "A", "expr": text, "labels": {"a": text}} for text in texts]
    document = {"groups": [{"name": "g", "rules": rules}]}
    flow = braces or None
    file = yaml.dump(document, Dumper=yaml.CSafeDumper, default_style=style, default_flow_style=flow, width=width)
    queries = written(file)
    read = yaml.load(file, Loader=yaml.CSafeLoader)
    assume(read == document)  # the emitter folds some texts so that they read as others
    fixes, expected = [], []
    for query in queries:
        start = data.draw(st.integers(0, len(query.text)))
        end = data.draw(st.integers(start, min(start + 4, len(query.text))))
        new = data.draw(pieces)
        fixes.append((query, ((start, end, new),)))
        expected.append(edited(query.text, [(start, end, new)]))
    read = yaml.load(fixed(file, fixes).text, Loader=yaml.CSafeLoader)
    for rule, before, after in zip(read["groups"][0]["rules"], texts, expected, strict=True):
        assert rule == {"alert": "A", "expr": rule["expr"], "labels": {"a": before}}
        assert rule["expr"] in (before, after)
        if style == '"':
            assert rule["expr"] == after
