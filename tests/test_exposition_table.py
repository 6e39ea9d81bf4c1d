"""What a page of /metrics tells of its series: enough to check rules, and nothing that is not sure."""

import math
import sys
from pathlib import Path

import pytest

from metricloom.exposition.page import read_page
from metricloom.exposition.table import TARGETS, table_of
from metricloom.monitoring.units import BYTES, ONE, SECONDS, Unit
from metricloom.promql.infer import infer
from metricloom.promql.types import Kind, Presence, SeriesType
from metricloom.registry.load import load
from tests.instrumentation_bundle import ROOT, run, write

CLASSIC = """\
# HELP calls_total Calls
# TYPE calls_total counter
calls_total{model="a",ok="1"} 3
calls_total{model="b",ok=""} 3
# TYPE call_seconds histogram
call_seconds_bucket{model="a",le="0.5"} 1
call_seconds_bucket{model="a",le="10"} 2
call_seconds_bucket{model="a",le="+Inf"} 2
call_seconds_sum{model="a"} 4
call_seconds_count{model="a"} 2
# TYPE size_bytes summary
size_bytes{quantile="0.5"} NaN
size_bytes_sum 0
size_bytes_count 0
# TYPE queue_items gauge
queue_items -1
# TYPE never_total counter
# TYPE later_seconds histogram
odd 1
"""
OPENMETRICS = """\
# TYPE calls counter
calls_total{model="a"} 3
calls_created{model="a"} 1700000000
# TYPE call_duration histogram
# UNIT call_duration seconds
call_duration_bucket{le="-1.0"} 0
call_duration_bucket{le="+Inf"} 0
call_duration_sum 0
call_duration_count 0
# TYPE never counter
# TYPE build info
build_info{version="1"} 1
# TYPE mode stateset
mode{mode="on"} 1
mode{mode="off"} 0
# TYPE sizes gaugehistogram
sizes_bucket{le="+Inf"} 1
sizes_gcount 1
sizes_gsum 1
# EOF
"""


def table(text: str) -> dict[str, SeriesType]:
    page = read_page(text)
    assert page.problems == ()
    return table_of(page)


def gauge(name: str, *values: str) -> SeriesType:
    rows = "".join(f'{name}{{n="{number}"}} {value}\n' for number, value in enumerate(values))
    return table(f"# TYPE {name} gauge\n{rows}")[name]


def test_each_series_of_a_classic_page_has_the_kind_of_its_type() -> None:
    assert {name: series.kind for name, series in table(CLASSIC).items()} == {
        "calls_total": Kind.COUNTER,
        "call_seconds": Kind.HISTOGRAM,
        "call_seconds_bucket": Kind.BUCKETS,
        "call_seconds_sum": Kind.COUNTER,
        "call_seconds_count": Kind.COUNTER,
        "size_bytes": Kind.QUANTILE,
        "size_bytes_sum": Kind.COUNTER,
        "size_bytes_count": Kind.COUNTER,
        "queue_items": Kind.GAUGE,
        "never_total": Kind.COUNTER,
        "later_seconds": Kind.HISTOGRAM,
        "later_seconds_bucket": Kind.BUCKETS,
        "later_seconds_sum": Kind.COUNTER,
        "later_seconds_count": Kind.COUNTER,
        "odd": Kind.UNKNOWN,
    }


def test_each_series_of_an_openmetrics_page_has_the_kind_of_its_type() -> None:
    assert {name: series.kind for name, series in table(OPENMETRICS).items()} == {
        "calls_total": Kind.COUNTER,
        "calls_created": Kind.TIMESTAMP,
        "call_duration": Kind.HISTOGRAM,
        "call_duration_bucket": Kind.BUCKETS,
        "call_duration_sum": Kind.COUNTER,
        "call_duration_count": Kind.COUNTER,
        "never": Kind.COUNTER,
        "never_total": Kind.COUNTER,
        "build_info": Kind.BOOLEAN,
        "mode": Kind.BOOLEAN,
        "sizes_bucket": Kind.UNKNOWN,
        "sizes_gcount": Kind.GAUGE,
        "sizes_gsum": Kind.GAUGE,
    }


def test_labels_are_sure_where_each_series_has_them_and_those_of_the_target_come_with_them() -> None:
    calls = table(CLASSIC)["calls_total"]
    assert calls.labels == {"model", "job", "instance"}
    assert calls.possible == {"ok", *TARGETS} - {"job", "instance"}
    assert not calls.open
    assert table(CLASSIC)["call_seconds_bucket"].labels == {"model", "le", "job", "instance"}
    assert table(CLASSIC)["call_seconds"].labels == {"model", "job", "instance"}


def test_labels_of_series_that_are_still_to_come_are_not_known() -> None:
    never = table(CLASSIC)["never_total"]
    assert never.open
    assert never.labels == {"job", "instance"}
    assert table(CLASSIC)["later_seconds_bucket"].labels == {"le", "job", "instance"}


def test_a_label_named_as_one_of_the_target_may_be_renamed() -> None:
    series = table('x{job="own",pod="p",zone="z"} 1\n')["x"]
    assert series.labels == {"job", "instance", "pod", "zone"}
    assert series.possible == {"exported_job", "exported_pod", *TARGETS} - series.labels


def test_values_are_closed_for_a_state_set_alone() -> None:
    assert dict(table(CLASSIC)["calls_total"].values) == {}
    assert dict(table(OPENMETRICS)["mode"].values) == {"mode": ("on", "off")}


def test_buckets_and_what_they_observe_come_with_each_series_of_a_histogram() -> None:
    known = table(CLASSIC)
    for name in ("call_seconds", "call_seconds_bucket", "call_seconds_sum", "call_seconds_count"):
        assert (known[name].histogram, known[name].buckets, known[name].observed) == (
            "call_seconds",
            (0.5, 10),
            SECONDS,
        )
    assert (known["call_seconds_sum"].unit, known["call_seconds_count"].unit) == (SECONDS, ONE)
    assert (known["size_bytes_sum"].unit, known["size_bytes"].unit) == (BYTES, BYTES)
    assert table(OPENMETRICS)["call_duration_sum"].unit == SECONDS


def test_what_only_grows_is_never_negative_unless_negative_values_are_observed() -> None:
    assert {name for name, series in table(CLASSIC).items() if series.low == -math.inf} == {
        "queue_items",
        "size_bytes",
        "odd",
    }
    assert table(OPENMETRICS)["call_duration_sum"].low == -math.inf
    assert (table(OPENMETRICS)["mode"].low, table(OPENMETRICS)["mode"].high) == (0, 1)


@pytest.mark.parametrize(
    ("name", "values", "kind", "unit"),
    [
        ("last_success_timestamp_seconds", ["0"], Kind.TIMESTAMP, SECONDS),
        ("process_start_time_seconds", ["1.7e9"], Kind.TIMESTAMP, SECONDS),
        ("last_success_seconds", ["1.7e9", "0"], Kind.TIMESTAMP, SECONDS),
        ("kube_pod_created", ["1.7e9"], Kind.TIMESTAMP, SECONDS),
        ("last_gc_time_seconds", ["0"], Kind.UNKNOWN, SECONDS),
        ("head_max_time_seconds", ["-9e15"], Kind.UNKNOWN, SECONDS),
        ("job_time_seconds", ["0", "12.5"], Kind.GAUGE, SECONDS),
        ("uptime_seconds", ["0"], Kind.GAUGE, SECONDS),
        ("memory_bytes", ["1.7e9"], Kind.GAUGE, BYTES),
        ("head_max_time", ["1.7e12"], Kind.GAUGE, None),
        ("temperature_celsius", ["20"], Kind.GAUGE, Unit.named("celsius")),
        ("hit_ratio", ["0.5"], Kind.GAUGE, ONE),
        ("latency_ms", ["5"], Kind.GAUGE, None),
        ("load1", ["5"], Kind.GAUGE, None),
        ("nothing_time_seconds", [], Kind.GAUGE, SECONDS),
    ],
)
def test_a_gauge_is_a_time_and_has_a_unit_where_its_name_and_its_value_say_so(
    name: str, values: list[str], kind: Kind, unit: Unit | None
) -> None:
    assert (gauge(name, *values).kind, gauge(name, *values).unit) == (kind, unit)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("calls_total", ONE),
        ("cpu_seconds_total", SECONDS),
        ("busy_time_total", None),
        ("wait_ms_total", None),
        ("read_us_total", None),
        ("bytes_written_total", None),
        ("calls", ONE),
    ],
)
def test_a_counter_counts_unless_its_name_says_that_it_measures(name: str, unit: Unit | None) -> None:
    assert table(f"# TYPE {name} counter\n{name} 1\n")[name].unit == unit


def test_a_unit_that_is_declared_and_not_known_is_none() -> None:
    assert table("# TYPE x_calls gauge\n# UNIT x_calls calls\nx_calls 1\n# EOF\n")["x_calls"].unit is None


def test_a_series_that_has_its_own_type_is_not_taken_for_a_part_of_a_histogram() -> None:
    known = table("# TYPE x_count gauge\nx_count 1\n# TYPE x histogram\n")
    assert (known["x_count"].kind, known["x_count"].open) == (Kind.GAUGE, False)


def test_a_page_of_a_generated_module_tells_what_the_registry_does(tmp_path: Path) -> None:
    registry = load("metricloom.content_platform:REGISTRY")
    write(registry, tmp_path)
    code = (
        "import sys, instrumentation.metrics as metrics, prometheus_client\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.live_service import work\n"
        "work(metrics)\n"
        "sys.stdout.buffer.write(prometheus_client.generate_latest())"
    )
    known = table(run(sys.executable, "-c", code, within=tmp_path))
    declared = {name for family in registry.families for name in family.series_names}
    assert declared <= known.keys()
    for name in declared:
        of_page, of_registry = known[name], registry.series_types[name]
        assert (of_page.kind, of_page.buckets) == (of_registry.kind, of_registry.buckets), name
        assert of_page.unit in (of_registry.unit, None), name
        assert of_page.open or of_page.labels == of_registry.labels, name


def test_expressions_are_typed_by_a_page() -> None:
    known = table(CLASSIC)
    quantile = infer("histogram_quantile(0.9, sum by (model, le) (rate(call_seconds_bucket[5m])))", known).result
    assert (quantile.kind, quantile.unit, quantile.buckets) == (Kind.QUANTILE, SECONDS, (0.5, 10))
    assert quantile.labels.presence("model") is Presence.SURELY
    assert quantile.labels.presence("job") is Presence.NEVER
    mean = infer("rate(size_bytes_sum[5m]) / rate(size_bytes_count[5m])", known).result
    assert (mean.kind, mean.unit) == (Kind.MEAN, BYTES)
