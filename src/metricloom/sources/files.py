"""What a file holds, by its content: rules, tests of rules, a dashboard, a page of metrics, or something else."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

from metricloom.sources.lines import BYTE_ORDER_MARK


class FileKind(StrEnum):
    """What metricloom can read, and all that it cannot."""

    RULES = "rule file"
    TEST = "tests of rules"
    DASHBOARD = "dashboard"
    METRICS = "page of metrics"
    OTHER = "something else"


MAX_PARSED: Final = 20_000_000
"""JSON longer than this is judged by its words: it is too long to be read twice."""

# Keys of the first level stand at the start of a line; a template of a rule file (Helm's) is told by them, too. Other
# programs have `groups`, `rules` and `tests` of their own: a second word must say that these are Prometheus's.
_KEY: Final = r"""^["']?(?:{})["']?[ \t]*:"""
_GROUPS: Final = re.compile(_KEY.format("groups"), re.MULTILINE)
_RULES: Final = re.compile(_KEY.format("rules"), re.MULTILINE)
_EMPTY: Final = re.compile(r"groups:\s*+(?:\[\s*+\]\s*+)?")
_RULE: Final = re.compile(r"""[\s{,-]["']?(?:alert|record|expr|rules)["']?[ \t]*:""")
_LONE_RULE: Final = re.compile(r"^[ \t]*-[ \t]+(?:alert|record)[ \t]*:", re.MULTILINE)
_TESTS: Final = re.compile(_KEY.format("tests"), re.MULTILINE)
_TEST: Final = re.compile(r"""[\s{,-]["']?(?:rule_files|input_series|alert_rule_test|promql_expr_test)["']?[ \t]*:""")
_KIND: Final = re.compile(r"""^["']?kind["']?[ \t]*:[ \t]*["']?(PrometheusRule(?:List)?|List)\b""", re.MULTILINE)
_FLOW: Final = re.compile(r"""\{\s*["']?(?:groups|tests|rule_files)["']?\s*:""")
_METRICS: Final = re.compile(r"^# (?:TYPE|HELP|UNIT) [a-zA-Z_:\"]", re.MULTILINE)
_BOARD: Final = re.compile(r'"(?:panels|rows|elements|templating)"\s*:')

_WRAPPERS: Final = ("dashboard", "spec")
_BOARD_PARTS: Final = {"panels": list, "rows": list, "elements": dict, "templating": dict, "annotations": dict}


def kind_of(path: str, text: str) -> FileKind:
    """Return what *text* is; *path* decides only where the text does not. Never raises."""
    body = text.removeprefix(BYTE_ORDER_MARK).lstrip()
    if body.startswith("{") and (kind := _kind_of_json(body)):
        return kind
    if body.startswith(("{", "[")) and PurePath(path).suffix.lower() == ".json":
        return FileKind.DASHBOARD if _BOARD.search(body) else FileKind.OTHER
    return _kind_of_yaml(body)


def _kind_of_yaml(body: str) -> FileKind:
    flow = bool(_FLOW.match(body))
    if (flow or _TESTS.search(body)) and _TEST.search(body):
        return FileKind.TEST
    kinds = set(_KIND.findall(body))
    if _EMPTY.fullmatch(body) or kinds - {"List"} or (kinds and "PrometheusRule" in body):
        return FileKind.RULES
    if (flow or _GROUPS.search(body)) and _RULE.search(body):
        return FileKind.RULES
    if (body.startswith("-") or _RULES.search(body)) and _LONE_RULE.search(body):
        return FileKind.RULES
    return FileKind.METRICS if _METRICS.search(body) else FileKind.OTHER


def _kind_of_json(body: str) -> FileKind | None:
    """Return what a JSON object is: JSON is YAML, too. None where it cannot be read."""
    if len(body) > MAX_PARSED:
        return None
    try:
        root = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if _is_board(root) or any(_is_board(inner) for inner in _inner(root)):
        return FileKind.DASHBOARD
    if str(root.get("kind")) in ("PrometheusRule", "PrometheusRuleList", "List") and "PrometheusRule" in body:
        return FileKind.RULES
    return _kind_of_yaml(body)


def _inner(root: dict[str, Any]) -> list[Any]:
    """Return what an answer of Grafana's API or a manifest wraps."""
    first = [root[key] for key in _WRAPPERS if isinstance(root.get(key), dict)]
    return [*first, *(inner[key] for inner in first for key in _WRAPPERS if isinstance(inner.get(key), dict))]


def _is_board(value: dict[str, Any]) -> bool:
    return any(isinstance(value.get(name), form) for name, form in _BOARD_PARTS.items())
