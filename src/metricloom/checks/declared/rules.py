"""What declarations of rules, examples, prices, sites and whole registries are refused for."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page, entry

_CALLS = 'CALLS = Counter("calls_total", "Calls that ended")'
_BY_MODEL = """
MODEL = Label("model", "Model", max_values=9)
CALLS = Counter("calls_total", "Calls that ended", labels=[MODEL])
"""
_TEXTS = '"5m", "warning", summary="Many calls", description="More than usual.", next_steps="Look who calls."'
_MANY = f'increase(CALLS, window="1h") > Threshold(100), {_TEXTS}'


def _alert(name: str = "ManyCalls", more: str = "") -> str:
    return f"{_CALLS}\nMANY = Alert({name!r}, {_MANY}{more})"


def _threshold(given: str) -> str:
    return f'{_BY_MODEL}MANY = Alert("ManyCalls", increase(CALLS, [MODEL], "1h") > Threshold({given}), {_TEXTS})'


def _example(series: str) -> str:
    given = f'Example("many", [samples(CALLS, {series!r})], fires_at=["80m"])'
    return _alert(more=f", examples=lambda limit: [{given}]")


def _quotient(whole: str) -> str:
    return f"""
{_CALLS}
READS = Counter("reads_total", "Reads that ended")
FAILED = Counter("call_failures_total", "Calls that failed", subset_of=CALLS)
RATIO = RecordingRule("job:call_failures:ratio_rate5m", ratio(FAILED, {whole}, window="5m"))
"""


def _registry(given: str, more: str = "") -> str:
    return f'{_CALLS}\nREGISTRY = Registry({given}, [Subsystem("calls", "Calls", "me", metrics=[CALLS])]{more})'


RULES: Final[tuple[Page, ...]] = (
    entry(
        "M125",
        "threshold",
        "A threshold is a number that the query can pass; others for some values need the label that has them.",
        _threshold('100, by_value={"o3": 200}'),
        _threshold('100, label=MODEL, by_value={"o3": 200}'),
    ),
    entry(
        "M129",
        "function",
        "What an alert makes of its threshold is asked when the registry is loaded: a function that fails then would "
        "fail at each generation.",
        _alert(more=', guard=lambda limit: f"{CALLS} > {limit / 0}"'),
        _alert(more=', guard=lambda limit: f"sum by ($identity) (rate({CALLS}[5m])) > {limit / 10}"'),
    ),
    entry(
        "M141",
        "sample-values",
        "promtool refuses the whole test file for one item that it can't read.",
        _example("0 to 90"),
        _example("0+60x90"),
    ),
    entry(
        "M142",
        "rule-label",
        "A label that a rule adds has a name that Prometheus can store.",
        _alert(more=', labels={"pager-duty": "yes"}'),
        _alert(more=', labels={"pager_duty": "yes"}'),
    ),
    entry(
        "M143",
        "alert-name",
        "The name of an alert is the value of a label, the anchor of its runbook, and what people type.",
        _alert("many calls"),
        _alert("ManyCalls"),
    ),
    entry(
        "Q226",
        "wrong-shape",
        "Each shape reads one sort of metric: a rate of a gauge, or a quantile of a counter, says nothing.",
        'QUEUE = Gauge("queue_items", "Jobs")\nRULE = RecordingRule("job:queue:rate5m", rate(QUEUE, (), "5m"))',
        f'{_CALLS}\nRULE = RecordingRule("job:calls:rate5m", rate(CALLS, (), "5m"))',
    ),
    entry(
        "Q230",
        "rule-without-window",
        "The default window of a shape is filled in by Grafana, for panels. Prometheus has no such thing.",
        f'{_CALLS}\nRULE = RecordingRule("job:calls:rate5m", rate(CALLS))',
        f'{_CALLS}\nRULE = RecordingRule("job:calls:rate5m", rate(CALLS, window="5m"))',
    ),
    entry(
        "S704",
        "errors-not-subset-of-total",
        "A share of failures divides a part by the whole that it is a part of: anything else may be above 1, or below "
        "what it should be.",
        _quotient("READS"),
        _quotient("CALLS"),
    ),
    entry(
        "M126",
        "price",
        "A price is a number of dollars for a number of units, under a name that an expression can hold.",
        'GPU = Price("gpu_hour", -2.5, per=HOUR, unit="seconds")',
        'GPU = Price("gpu_hour", 2.5, per=HOUR, unit="seconds")',
    ),
    entry(
        "M151",
        "unpriced-tokens",
        "A type of token without a price would cost nothing, and the sum would be too small without a word.",
        'O3 = ModelPrices("o3", "openai", input=Price("o3_input", 2, per=MILLION, unit="tokens"))',
        """
def price(kind, dollars):
    return Price(f"o3_{kind}", dollars, per=MILLION, unit="tokens")

O3 = ModelPrices("o3", "openai", price("input", 2), price("cache_read", 0.5), price("cache_write", None),
                 price("output", 8))
""",
    ),
    entry(
        "M127",
        "subsystem-name",
        "The name of a subsystem is that of its rule file and group.",
        f'{_CALLS}\nPART = Subsystem("Model calls", "Model calls", "me", metrics=[CALLS])',
        f'{_CALLS}\nPART = Subsystem("model_calls", "Model calls", "me", metrics=[CALLS])',
    ),
    entry(
        "M147",
        "registry-name",
        "The name of a registry is that of its dashboard and of other files.",
        _registry('"My service"'),
        _registry('"my_service"'),
    ),
    entry(
        "M149",
        "registry-label",
        "Identity and replica are labels of targets: names that Prometheus can store.",
        _registry('"service"', ', identity=["job-name"]'),
        _registry('"service"', ', identity=["job"]'),
    ),
    entry(
        "M150",
        "registry-version",
        "The oldest Prometheus that must read the rules decides what they may hold.",
        _registry('"service"', ', min_prometheus="latest"'),
        _registry('"service"', ', min_prometheus="2.53"'),
    ),
    entry(
        "M128",
        "site",
        "A site changes what the registry declares, by name: what it names and there is not, it does not change.",
        f'{_CALLS}\nEU = Site("eu", off=["ManyCalls"])',
        f'{_alert()}\nEU = Site("eu", off=["ManyCalls"])',
    ),
)
