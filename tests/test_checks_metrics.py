"""Checks of declarations: how many series they make, who reads them, and how long what they count may take."""

from __future__ import annotations

import pytest

from metricloom.checks import run
from metricloom.checks.examples import registry_of
from metricloom.errors import Problem
from metricloom.registry.load import problems_of
from metricloom.sources.registry import sources_of


def found(text: str, code: str) -> list[Problem]:
    registry = registry_of(text)
    assert problems_of(registry) == []
    return [problem for problem in run(sources_of(registry)) if problem.code == code]


def labels(*sizes: str) -> str:
    made = "\n".join(f"L{n} = Label('label_{n}', 'l', {size})" for n, size in enumerate(sizes))
    return f"{made}\nALL = [{', '.join(f'L{n}' for n in range(len(sizes)))}]\n"


VALUES = "values=[str(n) for n in range({})]"
COUNTER = 'CALLS = Counter("calls_total", "Calls", labels=ALL)'
HISTOGRAM = 'SECONDS = Histogram("call_seconds", "Time", labels=ALL, buckets=range(1, 18))'


@pytest.mark.parametrize(
    ("text", "severity", "count"),
    [
        (labels(*[VALUES.format(30)] * 4) + COUNTER, "error", "1,048,576"),
        (labels(VALUES.format(30), "max_values=1000") + COUNTER, "warning", "32,064"),
        (labels("max_values=1000") + HISTOGRAM, "warning", "20,040"),
        (labels(VALUES.format(998)) + HISTOGRAM, "error", "20,000"),
        (labels(VALUES.format(98), VALUES.format(98)) + COUNTER, "", ""),
        ("ALL = []\n" + HISTOGRAM, "", ""),
    ],
)
def test_series_are_counted_before_they_exist(text: str, severity: str, count: str) -> None:
    problems = found(text, "M106")
    assert [problem.severity for problem in problems] == ([severity] if severity else [])
    assert all(count in problem.message for problem in problems)


def test_the_budget_is_the_registry_s() -> None:
    registry = "REGISTRY = Registry('r', [Subsystem('s', 'S', 'me', metrics=[CALLS])], series_budget={})"
    text = f"{labels('max_values=1000', 'max_values=30')}{COUNTER}\n{registry}"
    assert len(found(text.format(32_063), "M106")) == 1
    assert found(text.format(32_064), "M106") == []


def test_a_label_without_values_and_without_a_bound_is_told_at_the_label() -> None:
    [problem] = found(f"{labels('')}{COUNTER}", "M105")
    assert problem.at is not None
    assert problem.at.line == 1
    assert problem.related


CALLS = "CALLS = Counter('calls_total', 'Calls')\n"
TIMES = "TIMES = Histogram('t_seconds', 'T', buckets=(1, 2))\n"
PRICED = """
CALLS = Counter('calls_total', 'Calls')
PRICE = Price('call', None, per=1, unit='calls')
RULE = RecordingRule('job:calls:dollars', 'increase(calls_total[1h]) * $price_call')
"""


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        (CALLS, 1),
        ("CALLS = Counter('calls_total', 'Calls', internal=True)", 0),
        (f"{CALLS}PANEL = TimeSeries('Calls', rate(CALLS), description='d')", 0),
        (f"{CALLS}RULE = RecordingRule('job:calls:rate5m', rate(CALLS, window='5m'))", 0),
        (f"{TIMES}PANEL = TimeSeries('Times', quantile(0.5, TIMES), description='d')", 0),
        (PRICED, 0),  # nobody declared the price, so the record is not generated: it reads the metric all the same
    ],
)
def test_a_metric_that_nothing_reads_is_noted(text: str, unused: int) -> None:
    problems = found(text, "M112")
    assert [problem.severity for problem in problems] == ["note"] * unused


CALL = """
CALLS = Counter("calls_total", "Calls that ended")
FAILED = Counter("call_failures_total", "Calls that failed", subset_of=CALLS)
SECONDS = Histogram("call_seconds", "Time of a call", buckets=(1, 10, 60, 600), timeout=600)
RUNNING = Gauge("calls_running", "Calls in flight")
RECORD = Operation("record_call", "CallMetrics", arguments=["duration", "success"], timer=Timer(in_flight=RUNNING),
                   effects=[CALLS.inc(), FAILED.inc(on="failure"), SECONDS.observe("duration")])
"""


def alerts(*conditions: str) -> str:
    return CALL + "\n".join(
        f"A{n} = Alert('A{n}', {condition} > Threshold(0.1), '5m', 'warning', 's', 'd', 'n')"
        for n, condition in enumerate(conditions)
    )


def test_a_window_that_is_shorter_than_the_longest_event_is_empty_while_all_hang() -> None:
    [problem] = found(alerts('ratio(FAILED, CALLS, window="5m")'), "A513")
    assert "5m" in problem.message
    assert "10m" in problem.hint
    assert len(found(alerts('quantile(0.95, SECONDS, window="5m")'), "A513")) == 1
    assert found(alerts('ratio(FAILED, CALLS, window="10m")'), "A513") == []


def test_records_carry_their_windows_to_the_alert() -> None:
    record = 'RULE = RecordingRule("job:fails:ratio_rate5m", ratio(FAILED, CALLS, window="5m"))\n'
    alert = "A = Alert('A', RULE > Threshold(0.1), '5m', 'warning', 's', 'd', 'n')"
    assert len(found(CALL + record + alert, "A513")) == 1


def test_an_alert_on_those_in_flight_makes_it_good() -> None:
    assert found(alerts('ratio(FAILED, CALLS, window="5m")', "total(RUNNING)"), "A513") == []


def test_gauges_count_no_events() -> None:
    done = 'DONE = Gauge("done_timestamp_seconds", "When the last one ended")\n'
    text = alerts('"max_over_time(done_timestamp_seconds[5m])"').replace("effects=[", "effects=[DONE.set_to_now(), ")
    assert found(done + text, "A513") == []
