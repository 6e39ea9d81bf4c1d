"""A site changes a registry in a few lines, and what is generated and tested follows."""

import json
from dataclasses import replace
from datetime import date

import pytest

from metricloom import (
    Alert,
    Counter,
    Dashboard,
    Example,
    External,
    Gauge,
    Histogram,
    Label,
    Price,
    RecordingRule,
    Registry,
    Site,
    Subsystem,
    Threshold,
    TimeSeries,
    quantile,
    rate,
    ratio,
    samples,
)
from metricloom.generators import dashboard, rule_tests, rules
from metricloom.registry.overrides import faulty_sites, for_site, unknown_overrides

MODEL = Label("model", "Model requested", values=["small", "large"])
CALLS = Counter("calls_total", "Calls that ended", labels=[MODEL])
FAILURES = Counter("failures_total", "Calls that failed", labels=[MODEL], subset_of=CALLS)
SECONDS = Histogram("call_seconds", "Duration of a call", labels=[MODEL], buckets=(1, 10, 60), timeout=60)
DEPTH = Gauge("depth", "Depth of the queue")
PRICE = Price("call", 2.0, per=1000, unit="call")
RATIO = RecordingRule("model:failures:ratio_rate5m", ratio(FAILURES, CALLS, by=[MODEL], window="5m"))
DOLLARS = RecordingRule("model:calls_dollars:rate5m", f"{rate(CALLS, by=[MODEL], window='5m')} * {PRICE}")
HIGH = Alert(
    "HighErrorRate",
    RATIO > Threshold(0.1, label=MODEL, by_value={"large": 0.5}),
    for_="5m",
    severity="warning",
    summary="$value of calls to $labels.model fail",
    description="More than $threshold fail.",
    next_steps="Look.",
    examples=lambda limit: [
        Example(
            "all fail",
            [samples(CALLS, "0+60x20", model="small"), samples(FAILURES, "0+60x20", model="small")],
            fires_at=["15m"],
            firing=[{"model": "small"}],
        ),
        Example(
            "half of what is allowed fails",
            [samples(CALLS, "0+100x20", model="small"), samples(FAILURES, f"0+{50 * limit}x20", model="small")],
            silent_at=["15m"],
        ),
    ],
)
DEEP = Alert(
    "Deep",
    DEPTH > Threshold(5, at_most=50),
    for_="5m",
    severity="warning",
    summary="s",
    description="d",
    next_steps="n",
)
REGISTRY = Registry(
    "calls",
    [
        Subsystem(
            "calls",
            "Calls",
            "me",
            metrics=[CALLS, FAILURES, SECONDS, DEPTH],
            prices=[PRICE],
            recordings=[RATIO, DOLLARS],
            alerts=[HIGH, DEEP],
            panels=[TimeSeries("p95", quantile(0.95, SECONDS, by=[MODEL]), "How long calls take.")],
        )
    ],
)


def rule_file(site: Site) -> str:
    [artifact] = rules.render(for_site(REGISTRY, site))
    return artifact.text


def test_a_scope_stands_in_every_selector_of_metrics_and_records() -> None:
    text = rule_file(Site("eu", scope='job=~"content-.*", region="eu"', target={"job": "content-1"}))
    assert 'rate(calls_total{job=~"content-.*",region="eu"}[5m])' in text
    assert 'model:failures:ratio_rate5m{job=~"content-.*",region="eu",model="large"} > 0.5' in text
    assert 'depth{job=~"content-.*",region="eu"} > 5' in text


def test_a_scope_does_not_select_series_of_something_else_but_those_of_the_service() -> None:
    disk = External("node_filesystem_avail_bytes", "Free bytes", labels=["job", "instance"])
    up = External("up", "Whether the target was reached", labels=["job", "instance"], of_service=True)
    part = Subsystem(
        "disks",
        "Disks",
        "me",
        metrics=[disk, up],
        recordings=[RecordingRule("job:full:bool", f"min({disk}) < bool 5 or {up} == bool 0")],
        panels=[TimeSeries("Free", f"min({disk})", "Bytes that are free.")],
    )
    registry = for_site(Registry("disks", [part]), Site("eu", scope='job="mine"'))
    assert 'min(node_filesystem_avail_bytes) < bool 5 or up{job="mine"} == bool 0' in rules.render(registry)[0].text
    assert '"expr": "min(node_filesystem_avail_bytes{' in dashboard.render(registry)[0].text
    assert 'job=\\"mine\\"' not in dashboard.render(registry)[0].text.split("min(node_filesystem")[1].split("}")[0]


def test_a_variable_of_a_foreign_series_finds_its_values_outside_the_scope() -> None:
    disk = External("node_filesystem_avail_bytes", "Free bytes", labels=["job", "mountpoint"])
    panel = TimeSeries("Free", f"min by (mountpoint) ({disk})", "Bytes that are free.")
    part = Subsystem("disks", "Disks", "me", metrics=[disk], panels=[panel])
    registry = Registry("disks", [part], dashboards=[Dashboard("Disks", variables=["mountpoint"])])
    text = dashboard.render(for_site(registry, Site("eu", scope='env="prod"')))[0].text
    variables = {each["name"]: each for each in json.loads(text)["templating"]["list"]}
    asked = variables["mountpoint"]["query"]["query"]
    assert "node_filesystem_avail_bytes" in asked
    assert 'env="prod"' not in asked


def test_the_examples_of_a_site_are_in_its_scope() -> None:
    registry = for_site(REGISTRY, Site("eu", scope='job=~"content-.*"', target={"job": "content-1"}))
    [artifact] = rule_tests.render(registry)
    assert artifact.text.count('job="content-1"') == artifact.text.count("job=")


def test_an_equality_in_the_scope_gives_the_examples_their_label() -> None:
    assert for_site(REGISTRY, Site("eu", scope='job="content-eu"')).example_target["job"] == "content-eu"


def test_a_threshold_a_for_and_a_severity_change_by_the_name_of_the_alert() -> None:
    site = Site("eu", thresholds={"HighErrorRate": 0.2}, for_={"Deep": "1h"}, severities={"Deep": "critical"})
    text = rule_file(site)
    assert "model:failures:ratio_rate5m > 0.2" in text
    assert "More than 20% fail." in text
    assert "for: 1h" in text
    assert "severity: critical" in text


def test_the_examples_follow_the_threshold() -> None:
    [artifact] = rule_tests.render(for_site(REGISTRY, Site("eu", thresholds={"HighErrorRate": 0.4})))
    assert "0+20.0x20" in artifact.text


def test_an_alert_can_be_switched_off() -> None:
    assert "Deep" not in rule_file(Site("eu", off=["Deep"]))


def test_a_price_changes_by_its_name() -> None:
    assert "* 0.002" in rule_file(Site("eu"))
    assert "* 0.005" in rule_file(Site("eu", prices={"call": 5}))


def test_of_a_price_that_nobody_declared_no_rule_is_made() -> None:
    assert "calls_dollars" in rule_file(Site("eu"))
    assert "calls_dollars" not in rule_file(Site("eu", prices={"call": None}))


def test_a_dated_price_is_the_one_in_force_at_each_evaluation() -> None:
    price = Price("call", 10, per=1, unit="call", changes={date(1970, 1, 3): 4, date(1970, 1, 2): 7})
    dated = (
        "(vector(10) and on() (vector(time()) < 86400)) or (vector(7) and on() (vector(time()) < 172800)) or vector(4)"
    )
    assert f"* scalar({dated})" in rule_file(Site("eu", prices={"call": price}))


def test_a_site_says_where_its_guide_is_read() -> None:
    assert "runbook_url: https://eu.example.com/guide#deep" in rule_file(
        Site("eu", docs_url="https://eu.example.com/guide")
    )


RENAMED = Site("old", rename={"calls_total": "my_calls_total", "call_seconds": "my_seconds", "model": "llm"})


def test_names_that_a_service_already_has_replace_ours_everywhere() -> None:
    text = rule_file(RENAMED)
    assert "sum by (cluster, namespace, job, llm) (rate(my_calls_total[5m]))" in text
    assert 'model:failures:ratio_rate5m{llm="large"} > 0.5' in text
    assert "calls to {{ $labels.llm }} fail" in text
    assert "(calls_total" not in text


def test_renamed_metrics_keep_their_relations() -> None:
    registry = for_site(REGISTRY, RENAMED)
    calls, failures, seconds, _ = registry.families
    assert isinstance(failures, Counter)
    assert failures.subset_of is calls
    assert (calls.name, calls.label_names, seconds.name) == ("my_calls_total", ("llm",), "my_seconds")
    [panel] = registry.subsystems[0].panels
    [target] = panel.targets  # type: ignore[attr-defined]
    assert "my_seconds_bucket" in target.query.text
    [artifact] = rule_tests.render(registry)
    assert "my_calls_total{" in artifact.text
    assert 'llm="small"' in artifact.text


def test_a_registry_is_not_changed_by_its_sites() -> None:
    before = [artifact.text for artifact in rules.render(REGISTRY)]
    rule_file(replace(RENAMED, thresholds={"Deep": 7}))
    assert [artifact.text for artifact in rules.render(REGISTRY)] == before


def test_a_scope_by_another_label_is_kept_by_the_rules_so_that_records_are_in_it() -> None:
    text = rule_file(Site("eu", scope='env="prod"'))
    assert 'sum by (cluster, namespace, job, env, model) (rate(calls_total{env="prod"}[5m]))' in text


@pytest.mark.parametrize(
    ("site", "hint"),
    [
        (Site("eu", thresholds={"Deep": float("nan")}), "finite"),
        (Site("eu", thresholds={"Deep": 51}), "give at most 50"),
        (Site("eu", thresholds={"Deep": Threshold(51)}), "give at most 50"),
        (Site("eu", prices={"call": -1}), "US$"),
        (Site("eu", scope='instance="a"'), "label of the deployment"),
        (Site("eu", scope='model="small"'), "label of the deployment"),
        (Site("eu", rename={"calls_total": "others"}), "others_total"),
        (Site("eu", rename={"calls_total": "failures_total"}), "keep one"),
    ],
)
def test_a_site_that_makes_the_registry_wrong_is_reported(site: Site, hint: str) -> None:
    problems = list(faulty_sites(replace(REGISTRY, sites=[site])))
    assert problems
    assert any(hint in problem.hint for problem in problems)


@pytest.mark.parametrize(
    ("site", "hint"),
    [
        (Site("eu", thresholds={"HighErorRate": 1}), "did you mean HighErrorRate?"),
        (Site("eu", off=["Deeep"]), "did you mean Deep?"),
        (Site("eu", for_={"High": "5m"}), "HighErrorRate"),
        (Site("eu", severities={"x": "warning"}), "Deep, HighErrorRate"),
        (Site("eu", prices={"cal": 1}), "did you mean call?"),
        (Site("eu", budgets={"month": 1}), "none is declared"),
        (Site("eu", rename={"calls": "x"}), "did you mean calls_total?"),
    ],
)
def test_an_override_of_nothing_names_the_nearest(site: Site, hint: str) -> None:
    [problem] = unknown_overrides(REGISTRY, site)
    assert hint in problem.hint
    assert problem.at == site.at
