"""What declarations of metrics, labels and the operations that change them are refused for."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page, entry

METRICS: Final[tuple[Page, ...]] = (
    entry(
        "M101",
        "counter-needs-total",
        "The name of a counter ends in `_total`: so readers know how to read it, and client libraries add it anyway.",
        'JOBS = Counter("jobs", "Jobs that ended")',
        'JOBS = Counter("jobs_total", "Jobs that ended")',
    ),
    entry(
        "M102",
        "base-unit",
        "Prometheus and Grafana reckon in base units (seconds, bytes, a ratio of 1): with any other, every query "
        "and every axis needs a factor that somebody forgets.",
        'LATENCY = Histogram("latency_ms", "Time to answer", buckets=(100, 1000))',
        'LATENCY = Histogram("latency_seconds", "Time to answer", buckets=(0.1, 1))',
    ),
    entry(
        "M103",
        "reserved-suffix-or-label",
        "Some endings and labels have a meaning of their own (`_bucket`, `_count`, `_total`, `le`, `quantile`): "
        "what carries them for another reason is taken for something that it is not.",
        'WAITING = Gauge("queue_count", "Jobs that wait")',
        'WAITING = Gauge("queue_items", "Jobs that wait")',
    ),
    entry(
        "M104",
        "unit-suffix-mismatch",
        "A name that ends in one unit while `unit=` says another lies to whoever reads only the name.",
        'QUEUE = Gauge("queue_seconds", "What waits", unit="bytes")',
        'QUEUE = Gauge("queue_bytes", "What waits")',
    ),
    entry(
        "M109",
        "top-bucket-below-timeout",
        "A quantile is never above the highest finite bucket: events that may last longer can't be seen to.",
        'CALLS = Histogram("call_seconds", "Time of a call", buckets=(1, 10), timeout=30)',
        'CALLS = Histogram("call_seconds", "Time of a call", buckets=(1, 10, 30), timeout=30)',
    ),
    entry(
        "M110",
        "target-label-clash",
        "Prometheus gives each series the labels of its target, and renames yours to `exported_…`: rules that name it "
        "then read the target's.",
        """
PEER = Label("instance", "Whom we called", max_values=20)
CALLS = Counter("calls_total", "Calls that ended", labels=[PEER])
""",
        """
PEER = Label("peer", "Whom we called", max_values=20)
CALLS = Counter("calls_total", "Calls that ended", labels=[PEER])
""",
    ),
    entry(
        "M120",
        "wrong-type",
        "A field holds something that its annotation does not admit: what follows from it can't be relied on.",
        'JOBS = Counter("jobs_total", "Jobs that ended", labels="queue")',
        'JOBS = Counter("jobs_total", "Jobs that ended", labels=[Label("queue", "Queue", max_values=9)])',
    ),
    entry(
        "M121",
        "duplicate-label",
        "A series has each label once.",
        """
QUEUE = Label("queue", "Queue", max_values=9)
JOBS = Counter("jobs_total", "Jobs that ended", labels=[QUEUE, QUEUE])
""",
        """
QUEUE = Label("queue", "Queue", max_values=9)
JOBS = Counter("jobs_total", "Jobs that ended", labels=[QUEUE])
""",
    ),
    entry(
        "M122",
        "no-help",
        "A metric or an alert is read by people who did not write it, at times when they can't ask.",
        'JOBS = Counter("jobs_total", "")',
        'JOBS = Counter("jobs_total", "Jobs that ended, whatever the outcome")',
    ),
    entry(
        "M124",
        "buckets",
        "A histogram counts by finite upper bounds that rise; `+Inf` is added by itself.",
        'SECONDS = Histogram("job_seconds", "Time of a job", buckets=(1, 5, 2))',
        'SECONDS = Histogram("job_seconds", "Time of a job", buckets=(1, 2, 5))',
    ),
    entry(
        "M139",
        "external-name",
        "A series that something else exposes has a name that Prometheus can store.",
        'LOAD = External("node load1", "Load of the machine")',
        'LOAD = External("node_load1", "Load of the machine")',
    ),
    entry(
        "M140",
        "external-label",
        "A series that something else exposes has labels that Prometheus can store.",
        'CPU = External("node_cpu_seconds_total", "Time spent", labels=["cpu-mode"], kind="counter")',
        'CPU = External("node_cpu_seconds_total", "Time spent", labels=["mode"], kind="counter")',
    ),
    entry(
        "M144",
        "duplicate-value",
        "A value that is listed twice was meant to be another.",
        """
KIND = Label("kind", "Kind", values=["audio", "video", "audio"])
JOBS = Counter("jobs_total", "Jobs that ended", labels=[KIND])
""",
        """
KIND = Label("kind", "Kind", values=["audio", "video", "image"])
JOBS = Counter("jobs_total", "Jobs that ended", labels=[KIND])
""",
    ),
    entry(
        "M145",
        "label-value",
        "An empty value is the same to Prometheus as no label, and one as long as a text is no value but a message.",
        """
KIND = Label("kind", "Kind", values=["audio", ""])
JOBS = Counter("jobs_total", "Jobs that ended", labels=[KIND])
""",
        """
KIND = Label("kind", "Kind", values=["audio", "none"])
JOBS = Counter("jobs_total", "Jobs that ended", labels=[KIND])
""",
    ),
    entry(
        "M146",
        "label-alias",
        "An alias is counted under a value that there is, and is none itself.",
        """
KIND = Label("kind", "Kind", values=["audio", "video"], aliases={"movie": "vidoe"})
JOBS = Counter("jobs_total", "Jobs that ended", labels=[KIND])
""",
        """
KIND = Label("kind", "Kind", values=["audio", "video"], aliases={"movie": "video"})
JOBS = Counter("jobs_total", "Jobs that ended", labels=[KIND])
""",
    ),
    entry(
        "M154",
        "client-metric",
        "The client library exposes it already: a second metric of its name fails as the application starts.",
        'CPU = Counter("process_cpu_seconds_total", "CPU time of the process")',
        'CPU = External("process_cpu_seconds_total", "CPU time of the process", kind="counter")',
    ),
    entry(
        "M155",
        "unit-name",
        "A unit is one word, as it stands at the end of a metric's name.",
        'SPEED = Gauge("speed", "How fast it goes", unit="m/s")',
        'SPEED = Gauge("speed", "How fast it goes", unit="meters_per_second")',
    ),
)
