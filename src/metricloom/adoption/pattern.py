"""What a registry looks like, for who has no metrics yet."""

from typing import Final

PATTERN: Final = '''\
"""What my service measures: a pattern, made by `metricloom init`. Change the names, and what is marked TODO."""

import metricloom as ml

# --- what is measured ---

KIND = ml.Label("kind", "What the job makes", values=["report", "invoice"], max_values=20)

JOBS = ml.Counter("jobs_total", "Jobs that ended, whatever the outcome", labels=[KIND])
FAILURES = ml.Counter("job_failures_total", "Jobs that failed", labels=[KIND], subset_of=JOBS)
SECONDS = ml.Histogram(
    "job_seconds",
    "Duration of a job",
    labels=[KIND],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    timeout=60,
)
WAITING = ml.Gauge("jobs_waiting", "Jobs that wait for a worker", minimum=0)

# --- how it is watched ---

work = ml.Triple(
    "record_job",  # JobMetrics.record_job(kind, duration, success), and `with JobMetrics.timer(kind):`
    "JobMetrics",
    calls=JOBS,
    failures=FAILURES,
    seconds=SECONDS,
    nouns="jobs",
    failing="HighJobFailureRatio",
    error_ratio=ml.Threshold(0.1),  # TODO: how large a share may fail?
    slow="SlowJobs",
    p95=ml.Threshold(30),  # TODO: how long may a job take?
    next_steps="TODO: where to look first, and what to do then.",
)

jobs = ml.Subsystem(
    "jobs",
    title="Jobs",
    owner="nobody",  # TODO: who is told; the label `owner` of each alert
    triples=[work],
    metrics=[WAITING],
    panels=[ml.TimeSeries("Jobs that wait", ml.total(WAITING), "Jobs that wait for a worker. Normal is near 0.")],
)

REGISTRY = ml.Registry("my_service", [jobs])
'''
