"""Texts of alerts: what they name, and why Prometheus would refuse one."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricloom.errors import Location
from metricloom.promtool import find_promtool
from metricloom.sources.model import Names, Template, Written
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.templates import notation, template


def read(text: str) -> Template:
    return template(Written(text, Location("rules.yml", 1)))


def said(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the labels and values that *text* names, and the functions that each goes through."""
    found = read(text)
    assert found.fault == ""
    return [(mention.name, mention.functions) for mention in found.mentions if mention.what is not Names.FUNCTION]


def functions(text: str) -> list[str]:
    return [mention.name for mention in read(text).mentions if mention.what is Names.FUNCTION]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("{{ $labels.a }}", [False]),
        ("{{ with $labels.a }}{{ . }}{{ end }}{{ $labels.a }}", [True, False]),
        (
            "{{ if $labels.a }}{{ $labels.a }}{{ $labels.b }}{{ else }}{{ $labels.a }}{{ end }}",
            [True, True, False, True],
        ),
        ('{{ if eq $labels.a "x" }}y{{ else if $labels.b }}{{ $labels.b }}{{ end }}', [True, True, True]),
        ("{{ $a := .Labels.a }}{{ if $a }}{{ $a }}{{ end }}{{ $a }}", [True, False]),
        ('{{ or $labels.a "none" }} {{ $labels.a | toUpper }}', [True, False]),
    ],
)
def test_a_label_that_a_text_asks_for_may_be_missing(text: str, asked: list[bool]) -> None:
    assert [each.asked for each in read(text).mentions if each.what is Names.LABEL] == asked


@pytest.mark.parametrize("text", ["{{ .labels.job }}", "{{ $.labels.job }}", "{{ if .labels }}x{{ end }}"])
def test_a_field_that_no_alert_has_is_named(text: str) -> None:
    [mention] = read(text).mentions
    assert (mention.what, mention.name) == (Names.FIELD, "labels")
    assert text[slice(*mention.span)].endswith(".labels")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, $labels.job, {brace}", []),
        ("{{ $labels.job }}", [("job", ())]),
        ("{{- .Labels.job -}}", [("job", ())]),
        ("{{ $.Labels.job }}", [("job", ())]),
        ('{{ index $labels "a-b" }} {{ index .Labels `c` }}', [("a-b", ()), ("c", ())]),
        ("{{ $labels.a }} and {{ $labels.b }}, {{ $labels.a }}", [("a", ()), ("b", ()), ("a", ())]),
        ("{{ $value }} {{ .Value }}", [("value", ()), ("value", ())]),
        ("{{ $value | humanize }} {{ humanize $value }}", [("value", ("humanize",))] * 2),
        ('{{ $value | humanizeDuration | printf "%s" }}', [("value", ("humanizeDuration", "printf"))]),
        ('{{ printf "%.2f of %s" $value $labels.job }}', [("value", ("printf",)), ("job", ("printf",))]),
        ("{{ ($labels.job | toUpper) }}", [("job", ("toUpper",))]),
        ("{{ $v := humanize $value }}{{ printf $v }}", [("value", ("humanize", "printf"))]),
        ("{{ $v := $value }}never shown", []),
        ("{{ with $labels.job }}{{ . | toUpper }}{{ else }}{{ .Value }}{{ end }}",
         [("job", ()), ("job", ("toUpper",)), ("value", ())]),
        ("{{ if gt $value 5.0 }}{{ .Labels.a }}{{ else if .Labels.b }}x{{ end }}",
         [("value", ("gt",)), ("a", ()), ("b", ())]),
        ("{{ with .Labels }}{{ .job }}{{ end }}", [("job", ())]),
        ("{{ range $name, $text := .Labels }}{{ $name }} {{ . }}{{ end }}", []),
        ("{{ $externalLabels.cluster }} {{ .ExternalLabels.cluster }} {{ $externalURL }}", []),
        # `.` is a sample of the query there; `$labels` is still the alert's
        ('{{ with query "up" | first }}{{ .Labels.a }} {{ .Value }} {{ $labels.b }} {{ $.Value }}{{ end }}',
         [("b", ()), ("value", ())]),
        ('{{ range query "up" }}{{ .Labels.a }}{{ end }}', []),
        ('{{ define "x" }}{{ .Labels.a }}{{ end }}{{ template "x" . }}', []),
        ("{{/* $labels.job */}}", []),
        ('{{ "{{ $labels.job }}" }}', []),
    ],
)  # fmt: skip
def test_labels_and_values_are_named_with_the_functions_they_go_through(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert said(text) == expected


def test_a_mention_knows_its_place() -> None:
    text = 'é {{ $labels.job }} {{ .Value | humanize }} {{ index $labels "x" }}'
    assert [text[slice(*mention.span)] for mention in read(text).mentions] == [
        "$labels.job",
        "humanize",
        ".Value",
        "index",
        'index $labels "x"',
    ]


def test_functions_are_named_wherever_they_stand() -> None:
    text = '{{ if and true (eq $value 1.0) }}{{ query "up" | first | value }}{{ end }}{{ now }}'
    assert functions(text) == ["and", "eq", "query", "first", "value", "now"]


def test_expressions_in_a_text_are_found_with_their_places() -> None:
    text = '{{ with query "up{job=\\"a\\"}" | first }}x{{ end }}{{ `up == 0` | query }}{{ query (printf "x") }}'
    first, second = read(text).queries
    assert (first.text, second.text) == ('up{job="a"}', "up == 0")


def test_an_expression_in_a_text_leads_to_its_characters_in_the_file() -> None:
    text = '      a: |\n        x\n        {{ query "up{a=\\"b\\"} > 5" }}\n'
    file = f"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    annotations:\n{text}"
    [rule] = read_rule_file("rules.yml", file).groups[0].rules
    [query] = rule.annotations["a"].queries
    start = query.text.index("> 5")
    assert query.location((start, start + 3)) == Location("rules.yml", 9, 31)
    assert query.positions is not None
    span = query.positions.in_file((start, start + 3))
    assert span is not None
    assert file[slice(*span)] == "> 5"
    span = query.positions.in_file((query.text.index('"b"'), query.text.index('"b"') + 3))
    assert span is not None
    assert file[slice(*span)] == '\\"b\\"'


@pytest.mark.parametrize(
    ("text", "fault", "span"),
    [
        ("{{ $labels.job", "`{{` has no `}}`", "{{"),
        ("{{ $label.job }}", "there is no variable $label; did you mean $labels?", "$label"),
        ("{{ humanise $value }}", "there is no function humanise: did you mean humanize?", "humanise"),
        ("{{ labels.job }}", "there is no function labels: did you mean label?", "labels"),
        ("{{ $labels.a-b }}", "'-' cannot stand here: Go templates know no operators", "-"),
        ("{{ $value > 5 }}", "`>` cannot stand in an operand", ">"),
        ("{{ if $value }}x", "`if` has no `{{ end }}`", "if"),
        ("x{{ end }}", "`end` belongs to no if, with, range, define or block", "{{"),
        ("{{ else }}", "`else` belongs to no if, with, range, define or block", "{{"),
        ("{{ if }}x{{ end }}", "`if` has no value", "}}"),
        ("{{ break }}", "`break` outside of a `range`", "break"),
        ('{{ printf "%s $value }}', 'the string that begins with " has no end in its line', '"%s $value }}'),
        ('{{ printf "\\d" }}', "the string has an escape that Go does not know: write `\\\\` for a backslash", '"\\d"'),
        ("{{ ($value }}", "`(` is not closed", "("),
        ("{{ $value) }}", "`)` closes nothing", ")"),
        ("{{/* x }}", "a comment `{{/*` has no end: close it with `*/}}`", "{{/*"),
        ("{{ }}", "the action has no value", "}}"),
        ("{{ 08 }}", "08 is no number that Go reads", "08"),
        ('{{ define "x" }}{{ $labels.a }}{{ end }}', "there is no variable $labels", "$labels"),
        ('{{ define "x" }}a{{ end }}{{ define "x" }}b{{ end }}', 'the template "x" is defined twice', '"x"'),
    ],
)
def test_what_prometheus_refuses_is_said_with_its_place(text: str, fault: str, span: str) -> None:
    found = read(text)
    assert found.fault == fault
    assert found.fault_span is not None
    assert text[slice(*found.fault_span)] == span
    assert found.mentions == ()


WORDS = [
    "$labels", ".Labels", ".x", ".", "$value", ".Value", "$", "$x", ":=", "=", ",", "|", "(", ")", '"a"', "`b`", "'c'",
    "''", '"\\d"', '"\\n"', '"', "nil", "true", "query", "first", "humanize", "printf", '"%.2f"', "index", "foo", "1",
    "1.5", "-2", "0x1f", "089", "1_000", "1e5", ".5", "1i", "1+2i", "08", "0b12", "1e999", "9" * 20, "text", "-", "+",
    "é", "{", "a1", "\\", "\t", "if", "else", "end", "range", "with", "define", "block", "template", "break",
]  # fmt: skip
BLOCKS = [
    "text", " ", "{{ end }}", "{{ if $value }}", "{{ else }}", "{{ else if .x }}", "{{ $x := 1 }}", "{{ $x = 2 }}",
    "{{ range .Labels }}", "{{ range $x, $y := .Labels }}", "{{ break }}", "{{ continue }}", "{{ with $labels.a }}",
    "{{ else with .x }}", '{{ define "t" }}', '{{ template "t" . }}', '{{ block "b" . }}', "{{ $labels.a }}",
    "{{ $value | humanize }}", "{{- $x -}}", "{{ $y }}", "{{/* c */}}", "{{- /* c */ -}}", "{{/* c", '{{ "}}" }}', "{{",
    '{{ "', '" }}', "{{{ 1 }}}",
]  # fmt: skip


def some_template(random: Random) -> str:
    """Return words and actions in any order: most of it is refused, each thing for a reason of its own."""
    parts = []
    for _ in range(random.randint(1, 6)):
        words = random.choices(WORDS, k=random.randint(0, 6))
        parts.append(
            random.choice([*BLOCKS, *[f"{{{{ {random.choice([' ', ' ', '']).join(words)} }}}}"] * len(BLOCKS)])
        )
    return "".join(parts)


def refused(promtool: str, folder: Path, texts: list[str]) -> Iterator[bool]:
    """Yield whether promtool refuses each of *texts*."""
    rules = [{"alert": f"A{number}", "expr": "1", "annotations": {"a": text}} for number, text in enumerate(texts)]
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}), encoding="utf-8")
    command = [promtool, "check", "rules", "--lint=none", "rules.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    named = set(re.findall(r'rule \d+, "(A\d+)": annotation', done.stderr))
    return (f"A{number}" in named for number in range(len(texts)))


def test_promtool_refuses_the_same(tmp_path: Path) -> None:
    random = Random(5)
    texts = [some_template(random) for _ in range(3_000)]
    answers = list(refused(str(find_promtool().path), tmp_path, texts))
    assert 300 < sum(answers) < 2_900
    assert [text for text, answer in zip(texts, answers, strict=True) if bool(read(text).fault) is not answer] == []


@given(st.one_of(st.text(max_size=50), st.randoms(use_true_random=False).map(some_template)))
def test_any_text_can_be_read(text: str) -> None:
    found = read(text)
    assert all(0 <= mention.span[0] < mention.span[1] <= len(text) for mention in found.mentions)
    if "{{" not in text:
        assert found == Template(found.written)


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "(" * 50_000,
        "{{ if 1 }}" * 9_000,
        "{{ $x := 1 }}{{ if 1 }}" + "{{ else if 1 }}" * 6_000 + "{{ end }}",
        "{{ 1" + " " * 90_000 + "x }}",
        "{{" * 50_000,
        "{{ " + "a" * 99_000 + " }}",
        "{{ if x }}" * 200_000,
        '{{ "' + "\\" * 90_000,
    ],
)
def test_a_hostile_text_is_read_in_bounded_time_and_depth(text: str) -> None:
    assert len(read(text).fault) < 200


def test_a_text_of_a_registry_is_literal_but_for_labels_and_the_value() -> None:
    found = notation(
        Written("Calls of $labels.model cost $value, not {{ $labels.x }} or $5 or $threshold", Location("r.py", 1))
    )
    assert [(mention.what, mention.name) for mention in found.mentions] == [
        (Names.LABEL, "model"),
        (Names.VALUE, "value"),
        (Names.LABEL, "x"),
    ]
    assert notation(Written("plain", Location("r.py", 1))).mentions == ()
