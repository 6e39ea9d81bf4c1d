"""How a comparison looks: as text, as JSON for programs, as Markdown in a pull request; whatever names it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from metricloom.impact.changes import Change
from metricloom.impact.compare import Comparison
from metricloom.impact.escape import code, markdown, one_line, sentence
from metricloom.impact.kinds import Impact
from metricloom.impact.render_json import render_json
from metricloom.impact.render_markdown import MOST_CHARACTERS, render_markdown
from metricloom.impact.render_text import render_text
from tests.impact_cases import CASES
from tests.impact_edits import (
    Case,
    Data,
    Edit,
    compared,
    data,
    every,
    named,
    replaced,
    threshold,
    without,
    without_label,
)

HOSTILE = (
    "a|b `c` ``d`` <script>x</script> **e** [f](javascript:g) @somebody #12 \x1b[31m\x07\u202e\n\n# h ~~i~~ &amp; $j$"
)
RENAMED = replaced("orders_total", "sales_total")
TEXT = """\
old → new: 2 changes (1 breaking, 1 altering)

breaking   alert SlowOrders is renamed to SlowSales [alert-renamed]
    rules/orders.yml, docs/monitoring.md#sloworders
    Silences, routes and inhibitions by its name, and links to its runbook, find nothing.
    - SlowOrders
    + SlowSales
    breaks alert SlowSales (rules/orders.yml, docs/monitoring.md#slowsales)
        tells people of SlowOrders, which is SlowSales now

altering   alert ManyFailures fires above 0.3 [alert-threshold]
    rules/orders.yml, docs/monitoring.md#manyfailures
    It fires at another number.
    - 0.1
    + 0.3
"""


def hostile(whole: Data) -> None:
    for part in ("metrics", "recordings", "alerts"):
        for item in whole[part]:
            item["name"] = f"{item['name']} {HOSTILE}"
            item["help"] = HOSTILE
    named(whole["subsystems"], "orders").update(title=HOSTILE, owner=HOSTILE)


def test_text_says_what_changed_where_and_how() -> None:
    found = compared(threshold("ManyFailures", 0.3), every("name", "SlowSales", "alerts", "SlowOrders"))
    assert render_text(found) == TEXT


def test_text_names_who_is_hit_through_what_and_who_was_changed_along() -> None:
    shown = render_text(compared(without("metrics", "orders_total")))
    assert "    breaks alert NoWebOrders (rules/orders.yml, docs/monitoring.md#noweborders)\n" in shown
    assert "        reads shop:orders:rate5m, which has no data any more\n        through shop:orders:rate5m\n" in shown
    assert "    alters call OrderMetrics.record_order (instrumentation/metrics.py)\n" in shown
    assert "    changed along: alert EachFails, AppOrSouth\n" in render_text(compared(RENAMED))


def test_text_of_no_change_is_one_line() -> None:
    assert render_text(compared()) == "old → new: no changes\n"


def test_words_are_coloured_by_how_bad_they_are_only_where_asked() -> None:
    found = compared(without("alerts", "ManyFailures"))
    assert "\x1b" not in render_text(found)
    assert render_text(found, lambda text, impact: f"<{impact.word}:{text}>").count("<breaking:") == 4


@pytest.mark.parametrize("render", [render_text, render_markdown, render_json])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_change_is_shown_in_each_form(render: Callable[[Comparison], str], case: Case) -> None:
    found = compared(*case.edits)
    shown = render(found)
    assert all(change.kind.name in shown for change in found.changes)
    assert shown.endswith("\n")


# --- for programs ---------------------------------------------------------------------------------------------

TEXTS = {"type": "array", "items": {"type": "string"}}
CONSEQUENCE = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["breaks", "alters", "follows"]},
        **{key: {"type": "string"} for key in ("sort", "name", "place")},
        **dict.fromkeys(("reasons", "via"), TEXTS),
    },
    "required": ["verdict", "sort", "name", "place", "reasons", "via"],
    "additionalProperties": False,
}
CHANGE_TEXTS = ("code", "kind", "sort", "name", "place", "message", "why", "before", "after")
IMPACT = {"enum": [impact.word for impact in Impact]}
CHANGE = {
    "type": "object",
    "properties": {
        **{key: {"type": "string"} for key in CHANGE_TEXTS},
        "impact": IMPACT,
        "consequences": {"type": "array", "items": CONSEQUENCE},
    },
    "required": [*CHANGE_TEXTS, "impact", "consequences"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "format": {"const": 1},
        "old": {"type": "string"},
        "new": {"type": "string"},
        "impact": {"anyOf": [IMPACT, {"type": "null"}]},
        "counts": {"type": "object", "required": ["breaking", "altering", "compatible"]},
        "changes": {"type": "array", "items": CHANGE},
    },
    "required": ["format", "old", "new", "impact", "counts", "changes"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("edit", [lambda _: None, RENAMED, hostile, without("alerts", "ManyFailures")])
def test_json_is_as_it_is_documented(edit: Edit) -> None:
    found = compared(edit)
    told = json.loads(render_json(found))
    Draft202012Validator(SCHEMA).validate(told)
    assert sum(told["counts"].values()) == len(told["changes"]) == len(found.changes)
    assert told["impact"] == (None if found.worst is None else found.worst.word)


# --- for people, whatever names there are ---------------------------------------------------------------------


def test_no_control_character_reaches_a_terminal() -> None:
    for found in (compared(hostile), compared(old=_hostile_data())):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", render_text(found))


def _hostile_data() -> Data:
    whole = data()
    hostile(whole)
    return whole


def rendered(found: Comparison) -> str:
    html: str = MarkdownIt("commonmark").enable("table").enable("strikethrough").render(render_markdown(found))
    return html


def test_markdown_of_hostile_names_is_no_markup() -> None:
    found = compared(hostile)
    assert len(found.changes) > 10
    html = rendered(found)
    assert "<script" not in html
    assert "<a " not in html
    assert "<em>" not in html
    assert "<s>" not in html
    assert "<h1>" not in html
    assert "@somebody" not in re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_markdown_is_well_formed(case: Case) -> None:
    found = compared(*case.edits)
    html = rendered(found)
    assert html.count("<tr>") == html.count("</tr>")
    rows = sum(len(change.consequences) + 1 for change in found.changes if _has_table(change))
    assert html.count("<tr>") == rows
    assert html.count("<details>") == html.count("</details>")


def _has_table(change: Change) -> bool:
    return bool(change.consequences) and change.impact is not Impact.COMPATIBLE


def test_long_tables_are_folded_and_short_ones_are_not() -> None:
    assert "<details><summary>11 broken, 1 altered</summary>" in render_markdown(
        compared(without("metrics", "orders_total"))
    )
    assert "<details>" not in render_markdown(compared(without("alerts", "ManyFailures")))


def test_a_comment_fits_where_it_is_posted_and_says_what_it_leaves_out() -> None:
    def many(whole: Data) -> None:
        for number in range(3000):
            whole["alerts"].append({**whole["alerts"][0], "name": f"Added{number}"})

    shown = render_markdown(compared(many, without_label("shop")))
    assert len(shown) <= MOST_CHARACTERS + 200
    assert re.search(r"\nAnd [\d,]+ changes more", shown)
    assert "label-removed" in shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a_b", "`a_b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a|b", "a&#124;b"),
        ("", "–"),
        ("x" * 600, f"`{'x' * 500}…`"),
    ],
)
def test_code_is_code_whatever_it_holds(given: str, shown: str) -> None:
    assert code(given) == shown


def test_texts_are_text() -> None:
    assert markdown("<b> & *c* _d_ e_f @g #1 # h") == "&lt;b> & \\*c\\* \\_d\\_ e_f @\u2060g \\#1 # h"
    assert markdown("#7 &#7; &#7 |") == "\\#7 &amp;\\#7; &\\#7 &#124;"
    assert sentence("reads a:b:rate5m, which is gone: _x") == "reads `a:b:rate5m`, which is gone: \\_x"
    assert one_line("a\x1b[0m\nb") == "a\\x1b[0m b"


def test_a_change_of_no_one_says_so_in_markdown() -> None:
    assert render_markdown(compared()) == "### Monitoring: no changes\n\n`old` → `new`\n"


def test_what_a_price_is_stands_in_a_block() -> None:
    shown = render_markdown(compared(every("dollars", 2, "prices", "order")))
    assert (
        '```diff\n- dollars 0.5, per 1, unit "order", changes []\n+ dollars 2, per 1, unit "order", changes []\n```'
        in shown
    )
