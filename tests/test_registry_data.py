"""registry.json: it holds all that is declared, as its schema and its documentation say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from metricloom.generators import registry_data, rules
from metricloom.monitoring.metrics import Counter, Gauge, Histogram
from metricloom.promql.infer import infer
from metricloom.promql.parse import parse
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from tests.guide_registry import HOSTILE, HOSTILE_REGISTRY, REGISTRY
from tests.registry_schema import SCHEMA, documented

NORTH = for_site(REGISTRY, REGISTRY.sites[0])
EMPTY = Registry("empty", [])
ROOT = Path(__file__).parent.parent


def data_of(registry: Registry) -> dict[str, Any]:
    (artifact,) = registry_data.render(registry)
    assert artifact.path == PurePosixPath("registry.json")
    data: dict[str, Any] = json.loads(artifact.text)
    return data


def named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema"] == {
        "const": registry_data.SCHEMA,
        "description": SCHEMA["properties"]["schema"]["description"],
    }


@pytest.mark.parametrize(
    "registry", [REGISTRY, NORTH, HOSTILE_REGISTRY, EMPTY], ids=["whole", "site", "hostile", "empty"]
)
def test_a_registry_is_what_its_schema_says(registry: Registry) -> None:
    Draft202012Validator(SCHEMA).validate(data_of(registry))


def test_the_schema_lets_no_key_pass_that_it_does_not_name() -> None:
    for declared in [SCHEMA, *SCHEMA["$defs"].values()]:
        if "properties" in declared:
            assert declared["additionalProperties"] is False
            assert declared["required"] == list(declared["properties"])


def test_the_page_about_it_names_every_key() -> None:
    page = (ROOT / "docs/registry-json.md").read_text(encoding="utf-8")
    for section in documented():
        assert section in page


def test_it_names_no_place_on_this_machine() -> None:
    text = registry_data.to_json(REGISTRY)
    assert str(ROOT) not in text
    assert "guide_registry" not in text


def test_metrics_have_what_a_type_checker_needs() -> None:
    data = data_of(REGISTRY)
    for metric in REGISTRY.families:
        shown = named(data["metrics"], metric.name)
        assert [label["name"] for label in shown["labels"]] == list(metric.label_names)
        assert shown["unit"] == str(metric.measured_in)
        match metric:
            case Counter():
                assert shown["type"] == "counter"
            case Gauge():
                assert (shown["type"], shown["copies"], shown["timestamp"]) == (
                    "gauge",
                    metric.copies,
                    metric.is_timestamp,
                )
            case Histogram():
                assert (shown["type"], shown["buckets"]) == ("histogram", list(metric.buckets))
    assert named(data["metrics"], "jobs_failed_total")["subset_of"] == "jobs_total"
    assert named(data["metrics"], "store_errors_total")["subset_of"] == {"put": "puts_total", "get": "gets_total"}
    assert named(data["metrics"], "job_oldest_timestamp_seconds")["initial"] == "+Inf"
    assert named(data["metrics"], "fill")["initial"] is None
    assert [external["name"] for external in data["externals"]] == ["up"]


def test_every_expression_is_promql_and_reads_what_is_there() -> None:
    data = data_of(NORTH)
    rule_expressions = [rule["expression"] for kind in ("recordings", "alerts") for rule in data[kind]]
    panels = [panel for dashboard in data["dashboards"] for row in dashboard["rows"] for panel in row["panels"]]
    asked = [query["expression"] for panel in panels for query in panel.get("queries", ())]
    assert all('cluster="north"' in expression for expression in (*rule_expressions, *asked))
    for expression in rule_expressions:
        assert infer(expression, NORTH.series_types).result.is_known
    for expression in asked:
        assert not parse(expression, variables=True).fault


def test_alerts_are_what_prometheus_loads_with_what_a_site_has_set() -> None:
    here, north = (named(data_of(registry)["alerts"], "SlowJobs") for registry in (REGISTRY, NORTH))
    assert (here["threshold"]["value"], north["threshold"]["value"]) == (60, 120)
    assert (here["operator"], here["for"], here["keep_firing_for"]) == (">", "", "15m")
    assert north["expression"] in rules.render(NORTH)[0].text
    failing = named(data_of(REGISTRY)["alerts"], "JobsFail")
    assert failing["threshold"] == {"value": 0.1, "label": "queue", "by_value": {"slow": 0.25}}
    assert failing["labels"] == {"severity": "warning", "owner": "team-a", "service": "worker"}
    assert [example["title"] for example in failing["examples"]] == ["many fail", "none fails"]
    assert failing["examples"][0]["firing"] == [{"queue": "fast"}]
    assert failing["runbook_url"] == "https://docs.example.org/monitoring#jobsfail"


def test_operations_say_their_signature_and_effects() -> None:
    operation = named(data_of(REGISTRY)["operations"], "record_job")
    assert operation["signature"].startswith("record_job(queue, duration, success=True, *, ")
    assert operation["arguments"][0]["required"] is True
    words = next(effect for effect in operation["effects"] if effect["metric"] == "job_words_total")
    assert words["labels"] == {"paid_by": {"argument": "words", "then": "report", "otherwise": "table"}}
    assert operation["timer"]["in_flight"] == "jobs_open"
    assert operation["outcomes"]["label"] == "outcome"


def test_operations_on_metrics_that_no_declared_one_changes_are_there_too() -> None:
    data = data_of(REGISTRY)
    changed = {effect["metric"] for operation in data["operations"] for effect in operation["effects"]}
    timers = [operation["timer"] for operation in data["operations"] if operation["timer"]]
    changed |= {timer[gauge] for timer in timers for gauge in ("in_flight", "oldest", "first")}
    assert {metric["name"] for metric in data["metrics"]} <= changed


def test_labels_say_the_other_names_of_their_values() -> None:
    labels = named(data_of(REGISTRY)["metrics"], "jobs_total")["labels"]
    assert named(labels, "queue")["aliases"] == {"quick": "fast"}


def test_prices_keep_source_date_and_changes() -> None:
    data = data_of(REGISTRY)
    words, space, unknown = data["prices"]
    assert (words["dollars"], words["per"], words["source"], words["checked"]) == (
        2.5,
        1_000_000,
        "price list",
        "2026-01-02",
    )
    assert space["changes"] == [{"from": "2026-03-01", "dollars": 0.01}]
    assert unknown["dollars"] is None
    assert [budget["dollars"] for budget in data["budgets"]] == [100, None]


def test_texts_stay_what_they_are() -> None:
    data = data_of(HOSTILE_REGISTRY)
    assert data["title"] == data["subsystems"][0]["about"] == data["alerts"][0]["summary"] == HOSTILE
    assert data["metrics"][0]["labels"][0]["values"] == ["`x`", "a|b", 'q"', "{{y}}", "back\\slash", "two\nlines"]


def test_the_same_bytes_whatever_the_hash_seed_the_folder_and_the_time_zone(tmp_path: Path) -> None:
    code = (
        "import sys; from tests.guide_registry import REGISTRY; from metricloom.generators import GENERATORS, guide;"
        "sys.stdout.buffer.write(''.join(a.text for g in GENERATORS for a in g(REGISTRY)).encode())"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            check=True,
        ).stdout
        for folder, seed, zone in ((ROOT, "1", "UTC"), (tmp_path, "2", "Asia/Tokyo"))
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 10_000


def test_generators_load_no_dashboard_library() -> None:
    code = "import sys, metricloom.generators; sys.exit('grafanalib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
