"""What is said to break is tried in a Prometheus: the expression gives something over the old series, and nothing then.

And what is said to go on working gives something over both.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from metricloom.promql.tokens import quote
from metricloom.promtool import find_promtool
from tests.impact_edits import Edit, compared, data, each_label, every, named, reached, with_label, without_label

SERIES = {
    "orders_total": [{"shop": shop, "region": region} for shop in ("web", "app") for region in ("north", "south")],
    "order_failures_total": [
        {"shop": shop, "region": region} for shop in ("web", "app") for region in ("north", "south")
    ],
    "order_seconds_bucket": [
        {"shop": shop, "le": le} for shop in ("web", "app") for le in ("0.5", "1", "5", "30", "+Inf")
    ],
}
Series = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class World:
    """An edit of the registry, and what it makes of the series."""

    edit: Edit
    series: Series


def split(name: str) -> Series:
    """Return the series where each of those called *name* is two, which differ in `why`."""
    return {**SERIES, name: [{**one, "why": why} for one in SERIES[name] for why in "xy"]}


def without_value(label: str, value: str) -> Series:
    return {name: [one for one in found if one.get(label) != value] for name, found in SERIES.items()}


WITHOUT_REGION = [{"shop": shop} for shop in ("web", "app")]
GONE = World(
    without_label("region"), {**SERIES, "orders_total": WITHOUT_REGION, "order_failures_total": WITHOUT_REGION}
)
ADDED = World(with_label("why", "order_failures_total"), split("order_failures_total"))
TO_THE_OTHER = World(with_label("why", "orders_total"), split("orders_total"))
NO_WEB = World(each_label("shop", lambda one: one["values"].remove("web")), without_value("shop", "web"))
NO_BUCKET = World(every("buckets", [0.5, 5, 30], "metrics", "order_seconds"), without_value("le", "1"))
LOWER = World(every("buckets", [0.5, 1, 5], "metrics", "order_seconds"), without_value("le", "30"))

FAILED, ALL = "rate(order_failures_total[5m])", "rate(orders_total[5m])"
BUCKETS = "rate(order_seconds_bucket[5m])"
BROKEN = [
    (ADDED, f"{FAILED} / {ALL}"),
    (ADDED, f"{FAILED} / ignoring (why) {ALL}"),
    (ADDED, f"{FAILED} / on (shop, region) {ALL}"),
    (ADDED, f"{ALL} and {FAILED}"),
    (TO_THE_OTHER, f"{FAILED} / on (shop, region) {ALL}"),
    (TO_THE_OTHER, f"{FAILED} / ignoring (why) {ALL}"),
    (TO_THE_OTHER, f"{FAILED} * on (shop, region) group_left () {ALL}"),
    (GONE, 'orders_total{region="north"}'),
    (GONE, 'sum(orders_total{region=~"n.+"})'),
    (NO_WEB, 'orders_total{shop="web"}'),
    (NO_WEB, 'sum(orders_total{shop=~"we[b]|web"})'),
    (NO_BUCKET, 'order_seconds_bucket{le="1"}'),
    (LOWER, f"histogram_quantile(0.99, sum by (le) ({BUCKETS})) > 20"),
    (LOWER, f"histogram_quantile(0.99, sum by (le) ({BUCKETS})) > 5"),
    (LOWER, f"20 < histogram_quantile(0.99, sum by (le) ({BUCKETS}))"),
]
WORKING = [
    (ADDED, f"sum by (shop) ({FAILED}) / sum by (shop) ({ALL})"),
    (ADDED, f"{FAILED} * on (shop, region) group_left () {ALL}"),
    (ADDED, f"{ALL} and on (shop, region) {FAILED}"),
    (TO_THE_OTHER, f"{ALL} / on (shop, region) group_left () {FAILED}"),
    (TO_THE_OTHER, f"{FAILED} and on (shop) {ALL}"),
    (GONE, 'orders_total{region!="north"}'),
    (GONE, "sum by (shop) (orders_total)"),
    (GONE, f"{FAILED} / {ALL}"),
    (NO_WEB, 'orders_total{shop=~"web|app"}'),
    (NO_WEB, 'orders_total{shop!="web"}'),
    (NO_BUCKET, 'order_seconds_bucket{le=~"1|5"}'),
    (LOWER, f"histogram_quantile(0.99, sum by (le) ({BUCKETS})) >= 5"),
]


def verdicts(world: World, expression: str) -> set[str]:
    """Return what is said of an alert on *expression*."""
    before = data()
    named(before["alerts"], "EachFails").update(expression=expression, written=expression, query=expression)
    return {verdict for verdict, shown in reached(compared(world.edit, old=before)) if shown == "alert EachFails"}


def gives(folder: Path, series: Series, expression: str) -> bool:
    """Whether *expression* gives anything over *series*: a failed match gives nothing either."""
    rules = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": f"group({expression})", "labels": {"a": "b"}}]}]}
    (folder / "rules.yml").write_text(yaml.safe_dump(rules))
    inputs = [
        {"series": _selector(name, one), "values": _values(one)} for name, found in series.items() for one in found
    ]
    expected = {"eval_time": "10m", "alertname": "A", "exp_alerts": [{"exp_labels": {"a": "b"}}]}
    one = {"interval": "1m", "input_series": inputs, "alert_rule_test": [expected]}
    test = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [one]}
    (folder / "test.yml").write_text(yaml.safe_dump(test))
    tool = find_promtool()
    done = subprocess.run([tool.path, "test", "rules", "test.yml"], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def _selector(name: str, labels: dict[str, str]) -> str:
    return f"{name}{{{', '.join(f'{label}={quote(value)}' for label, value in labels.items())}}}"


def _values(labels: dict[str, str]) -> str:
    """Return samples: nearly all events lie in the highest finite bucket."""
    step = {"0.5": 1, "1": 2, "5": 3, "30": 60, "+Inf": 60}.get(labels.get("le", ""), 60)
    return f"0+{step}x15"


@pytest.mark.parametrize(("world", "expression"), BROKEN, ids=[expression for _, expression in BROKEN])
def test_what_breaks_gives_nothing_any_more(tmp_path: Path, world: World, expression: str) -> None:
    assert gives(tmp_path, SERIES, expression)
    assert not gives(tmp_path, world.series, expression)
    assert "breaks" in verdicts(world, expression)


@pytest.mark.parametrize(("world", "expression"), WORKING, ids=[expression for _, expression in WORKING])
def test_what_does_not_break_gives_something_still(tmp_path: Path, world: World, expression: str) -> None:
    assert gives(tmp_path, world.series, expression)
    assert "breaks" not in verdicts(world, expression)


def test_an_exception_that_matches_nothing_any_more_breaks_for_it_lets_all_pass(tmp_path: Path) -> None:
    expression = f"{ALL} unless {FAILED}"
    assert not gives(tmp_path, SERIES, expression)
    assert gives(tmp_path, ADDED.series, expression)
    assert "breaks" in verdicts(ADDED, expression)
