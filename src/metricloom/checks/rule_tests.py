"""Tests of rules: what they name, what they load, and whether an alert has ever been seen to fire."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan

from metricloom.checks.model import Finding, check, declarations, rules
from metricloom.errors import Severity, did_you_mean
from metricloom.promql.infer import series_type
from metricloom.promql.nodes import Matcher, Selector
from metricloom.promql.parse import parse
from metricloom.promql.types import Kind, SeriesType
from metricloom.rules.alerts import Alert
from metricloom.sources.model import ExpectedAlert, Rule, RuleTest, Sources, Use

_RULES = "- {alert: LongQueue, expr: queue_items > 10}\n---\n"


def _test(
    series: str = 'queue_items{job="api", instance="a", model="m"}',
    alert: str = "LongQueue",
    file: str = "rules.yml",
    fires: str = "[{exp_labels: {job: api, instance: a, model: m}}]",
) -> str:
    return f"""{_RULES}rule_files: [{file}]
tests:
- interval: 1m
  input_series: [{{series: '{series}', values: 20x10}}]
  alert_rule_test: [{{eval_time: 5m, alertname: {alert}, exp_alerts: {fires}}}]
"""


@check(
    "U801",
    "rule-untested",
    visits=Sources,
    severity=Severity.WARNING,
    bad=(
        declarations("""
CALLS = Counter("calls_total", "Calls that ended")
MANY = Alert("ManyCalls", increase(CALLS, window="1h") > Threshold(100), "5m", "warning", "s", "d", "n")
"""),
        rules(_test(fires="[]")),
    ),
    good=(
        declarations("""
CALLS = Counter("calls_total", "Calls that ended")
MANY = Alert("ManyCalls", increase(CALLS, window="1h") > Threshold(100), "5m", "warning", "s", "d", "n",
    examples=lambda limit: [
        Example("many", [samples(CALLS, "0+60x90")], fires_at=["80m"]),
        Example("few", [samples(CALLS, "0+1x90")], silent_at=["80m"]),
    ])
"""),
        rules(_test()),
    ),
)
def rule_untested(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """Nobody has ever seen the alert work: no example or test fires it, or none shows that it can be silent. In rule
    files, an alert without any test is a note.
    """
    for alert in sources.registry.alerts if sources.registry else ():
        yield from _unproven(alert)
    loaded = frozenset().union(*(test.loaded for test in sources.tests))
    expected = [each for test in sources.tests for each in test.expected]
    for group in sources.groups if sources.registry is None else ():
        for rule in group.rules:
            if rule.use is Use.ALERT and rule.name in loaded:
                yield from _untested(rule, [each for each in expected if each.alert == rule.name])


def _unproven(alert: Alert) -> Iterator[Finding]:
    proofs = alert.proofs
    fired = any(example.fires_at for example in proofs)
    silent = any(example.silent_at for example in proofs)
    missing = [what for what, there in (("fires it", fired), ("it must be silent on", silent)) if not there]
    if missing:
        yield Finding(
            f"alert {alert.name} has no example that {' and none that '.join(missing)}",
            "give examples=lambda limit: [Example(…, fires_at=…), Example(…, silent_at=…)]",
            at=alert.at,
        )


def _untested(rule: Rule, expected: list[ExpectedAlert]) -> Iterator[Finding]:
    if not any(each.fires for each in expected):
        only = "only tests that it is silent, which it is if it can never fire" if expected else "no test"
        yield Finding(
            f"{rule.shown} has {only}",
            "add an alert_rule_test with exp_alerts, on series that must fire it",
            severity=None if expected else Severity.NOTE,
            at=rule.at,
            related=tuple(each.at for each in expected[:3]),
        )


@check(
    "U802",
    "test-names-unknown-alert",
    visits=RuleTest,
    bad=rules(_test(alert="LongQueues", fires="[]")),
    good=rules(_test()),
)
def test_names_unknown_alert(sources: Sources, test: RuleTest) -> Iterator[Finding]:
    """To promtool a name that no rule has is an alert that is silent: a test that expects none passes, whatever the
    rules do.
    """
    elsewhere = {rule.name: rule.at.path for group in sources.groups for rule in group.rules}
    for expected in test.expected if not test.missing else ():
        if expected.alert not in test.loaded:
            passes = "it fails" if expected.fires else "it passes, whatever the rules do"
            path = elsewhere.get(expected.alert)
            nearest = did_you_mean(expected.alert, test.loaded).replace("declared are", "they hold")
            yield Finding(
                f"no rule of the files that this test loads is called {expected.alert!r}: {passes}",
                f"add {path} to rule_files" if path else nearest,
                at=expected.at,
            )


@check(
    "U803",
    "test-series-not-in-registry",
    visits=RuleTest,
    bad=(
        rules(_test('queue_itmes{job="api"}')),
        rules(_test('queue_items{job="api", modle="m"}')),
        rules(_test('call_seconds_bucket{job="api", le="30"}')),
    ),
    good=rules(_test()),
)
def test_series_not_in_registry(sources: Sources, test: RuleTest) -> Iterator[Finding]:
    """A test on series that nothing exposes proves what can't happen: a bound that no bucket has, a misspelt label."""
    for written in test.series:
        root = parse(written.text).root
        if not isinstance(root, Selector) or root.name is None:
            continue
        series = series_type(root.name, sources.world.table)
        if series is None:
            wrong = _unknown(sources, root.name)
        else:
            wrong = next((found for each in root.matchers if (found := _wrong(sources, series, each))), None)
        if wrong:
            severity = Severity.WARNING if series is not None and series.record else None
            yield Finding(*wrong, (0, len(written.text)), severity, on=written)


def _unknown(sources: Sources, name: str) -> tuple[str, str] | None:
    world = sources.world
    recorded = {rule.name for group in sources.groups for rule in group.rules}
    if world.open or world.sampled or name in recorded:
        return None
    return f"the test feeds {name}, which nothing exposes or records", did_you_mean(name, world.table)


def _wrong(sources: Sources, series: SeriesType, matcher: Matcher) -> tuple[str, str] | None:
    """Return what is wrong with one label of a series that a test feeds."""
    label, value = matcher.label, matcher.value
    known = series.labels | series.possible | sources.world.targets
    if label not in known and not series.open:
        return f"the test feeds {series.name} with the label {label!r}, which it does not have", did_you_mean(
            label, known
        )
    if label == "le" and series.kind is Kind.BUCKETS and series.buckets and _bound(value) not in (*series.buckets, inf):
        shown = ", ".join(f"{bound:g}" for bound in series.buckets)
        return (
            f"the test feeds a bucket of le={value!r}, which {series.name} does not have",
            f"its bounds are {shown}, +Inf",
        )
    values = series.values.get(label)
    if values and value not in values:
        return f"the test feeds {label}={value!r}, a value that {label} never has", did_you_mean(value, values)
    return None


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan


@check(
    "U804",
    "rule-file-glob-empty",
    visits=RuleTest,
    bad=rules(_test(file="ruels.yml", fires="[]")),
    good=rules(_test()),
)
def rule_file_glob_empty(_sources: Sources, test: RuleTest) -> Iterator[Finding]:
    """A test that loads no rules passes as long as it expects nothing: promtool only remarks that a file is missing."""
    for written in test.missing:
        yield Finding(
            f"no file is called {written.text}, so the test runs without its rules",
            "name the file as it is seen from the folder of the test",
            (0, len(written.text)),
            on=written,
        )
