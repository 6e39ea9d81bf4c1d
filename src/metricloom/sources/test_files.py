"""Tests of rules as promtool reads them: what they load, feed, ask and expect, with its places."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from glob import escape, iglob
from itertools import islice
from pathlib import Path
from typing import Final

from metricloom.bounded import read_file
from metricloom.errors import Problem
from metricloom.sources.fields import Fields, in_order, sort_of
from metricloom.sources.model import ExpectedAlert, RuleTest, Written
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.yaml_nodes import Mapping, Node
from metricloom.sources.yaml_reader import read_yaml

FILE_FIELDS: Final = frozenset({"rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"})
TEST_FIELDS: Final = frozenset({
    "name", "interval", "input_series", "alert_rule_test", "promql_expr_test", "external_labels", "external_url",
    "start_timestamp",
})  # fmt: skip
SERIES_FIELDS: Final = frozenset({"series", "values"})
ALERT_FIELDS: Final = frozenset({"eval_time", "alertname", "exp_alerts"})
EXPECTED_FIELDS: Final = frozenset({"exp_labels", "exp_annotations"})
QUERY_FIELDS: Final = frozenset({"expr", "eval_time", "exp_samples"})
SAMPLE_FIELDS: Final = frozenset({"labels", "value", "histogram"})

MAX_FILES: Final = 2_000
"""How many files an entry of `rule_files` may name: more than anybody tests together, and an end to `/*/*/*`."""

MAX_FOLDERS: Final = 1_000
"""Into how many folders each wildcard of an entry may lead."""

MAX_SIZE: Final = 20_000_000
"""How many bytes of rule files are read for a file of tests: those of 100,000 rules."""

_WILD: Final = re.compile(r"[*?\[]")


def read_test_file(path: str, text: str) -> tuple[RuleTest, tuple[Problem, ...]]:
    """Return what the test file *text* holds, and what is wrong with its form.

    The rule files that it names are looked for from the folder of *path*, and read for their names. Never raises.
    """
    file = read_yaml(path, text)
    reader = _Reader(Path(path).parent)
    root = file.documents[0] if file.documents else None
    test = reader.test(path, root) if isinstance(root, Mapping) else RuleTest(path, (), (), ())
    if root is not None and not isinstance(root, Mapping):
        reader.no_test(root)
    return test, in_order(file, reader.fields)


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.fields = Fields()
        self._folder = folder

    def no_test(self, root: Node) -> None:
        message = f"a file of tests is a mapping with `rule_files` and `tests`, and this is {sort_of(root)}"
        self.fields.add(Problem("F908", "wrong-field-type", message, root.at, "write `rule_files:` and `tests:`"))

    def test(self, path: str, root: Mapping) -> RuleTest:
        self.fields.only(root, FILE_FIELDS, "a file of tests")
        self.fields.seconds(root, "evaluation_interval", "the file")
        self.fields.texts_of(root, "group_eval_order", "the file")
        rule_files = tuple(entry.written for entry in self.fields.texts_of(root, "rule_files", "the file"))
        named = {entry.text: _named_by(self._folder, entry.text) for entry in rule_files}
        tests = tuple(self.fields.mappings(root, "tests", "the file"))
        for each in tests:
            self._check_test(each)
        return RuleTest(
            path,
            rule_files,
            tuple(series for each in tests for series in self._series(each)),
            tuple(alert for each in tests for alert in self._alerts(each)),
            tuple(query for each in tests for query in self._queries(each)),
            tuple(entry for entry in rule_files if not named[entry.text]),
            frozenset(_rules_in(dict.fromkeys(file for files in named.values() for file in files))),
        )

    def _check_test(self, test: Mapping) -> None:
        self.fields.only(test, TEST_FIELDS, "a test")
        self.fields.seconds(test, "interval", "the test")
        self.fields.texts(test, "external_labels", "the test")
        for name in ("name", "external_url", "start_timestamp"):
            self.fields.text(test, name, "the test")

    def _series(self, test: Mapping) -> Iterator[Written]:
        for node in self.fields.mappings(test, "input_series", "the test"):
            self.fields.only(node, SERIES_FIELDS, "a series of input_series")
            self.fields.text(node, "values", "a series")
            series = self.fields.text(node, "series", "a series")
            if series is None:
                self.fields.missing("series", "a series", node.at, 'write its name and labels: `series: up{job="a"}`')
            else:
                yield series.written

    def _alerts(self, test: Mapping) -> Iterator[ExpectedAlert]:
        for node in self.fields.mappings(test, "alert_rule_test", "the test"):
            self.fields.only(node, ALERT_FIELDS, "an item of alert_rule_test")
            self.fields.seconds(node, "eval_time", "alert_rule_test")
            expected = list(self.fields.mappings(node, "exp_alerts", "alert_rule_test"))
            for each in expected:
                self.fields.only(each, EXPECTED_FIELDS, "an item of exp_alerts")
                self.fields.texts(each, "exp_labels", "exp_alerts")
                self.fields.texts(each, "exp_annotations", "exp_alerts")
            name = self.fields.text(node, "alertname", "alert_rule_test")
            if name is None:
                self.fields.missing("alertname", "an item of alert_rule_test", node.at, "name the alert that is tested")
            else:
                yield ExpectedAlert(name.text, name.at, bool(expected))

    def _queries(self, test: Mapping) -> Iterator[Written]:
        for node in self.fields.mappings(test, "promql_expr_test", "the test"):
            self.fields.only(node, QUERY_FIELDS, "an item of promql_expr_test")
            self.fields.seconds(node, "eval_time", "promql_expr_test")
            for sample in self.fields.mappings(node, "exp_samples", "promql_expr_test"):
                self._check_sample(sample)
            expression = self.fields.text(node, "expr", "promql_expr_test")
            if expression is None:
                hint = "write the PromQL expression that is asked"
                self.fields.missing("expr", "an item of promql_expr_test", node.at, hint)
            else:
                yield expression.written

    def _check_sample(self, sample: Mapping) -> None:
        self.fields.only(sample, SAMPLE_FIELDS, "an item of exp_samples")
        self.fields.text(sample, "labels", "exp_samples")
        self.fields.text(sample, "histogram", "exp_samples")
        self.fields.number(sample, "value", "exp_samples")


def _named_by(folder: Path, entry: str) -> list[Path]:
    """Return the regular files that an entry of `rule_files` names, as Go's filepath.Glob finds them."""
    pattern = str(folder / re.sub(r"\[\^", "[!", entry)) if entry else ""
    try:
        found = [Path(name) for name in islice(_matching(pattern), MAX_FILES)] if pattern else []
    except (OSError, ValueError, re.error, RecursionError):  # a pattern that no file can match
        return []
    return [path for path in found if path.is_file()]


def _matching(pattern: str) -> Iterator[str]:
    """Yield what *pattern* matches; it goes into no more than MAX_FOLDERS of those that a part of it matches."""
    folder, name = os.path.split(pattern)
    folders = islice(_matching(folder), MAX_FOLDERS) if _WILD.search(folder) else [folder]
    for place in folders:
        yield from iglob(os.path.join(escape(place), name), include_hidden=True)  # noqa: PTH118, PTH207


def _rules_in(files: Iterable[Path]) -> Iterator[str]:
    """Yield the names of the rules in *files*, as far as MAX_SIZE reaches."""
    left = MAX_SIZE
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        left -= state.st_size
        if left < 0:
            return
        if not state.st_size:  # empty, or one of /proc, which may have no end
            continue
        yield from _rules_as_of(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1_024)
def _rules_as_of(file: Path, _changed: int, _size: int) -> frozenset[str]:
    """Return the names of the rules in *file*; many tests may load the same one."""
    try:
        text = read_file(file).decode("utf-8", errors="surrogateescape")
    except OSError:
        return frozenset()
    return frozenset(rule.name for group in read_rule_file(str(file), text).groups for rule in group.rules)
