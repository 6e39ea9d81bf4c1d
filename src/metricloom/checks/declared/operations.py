"""What declarations of operations, timers and the common triple are refused for."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page, entry

_JOBS = 'JOBS = Counter("jobs_total", "Jobs that ended")'
_BY_QUEUE = """
QUEUE = Label("queue", "Queue", max_values=9)
JOBS = Counter("jobs_total", "Jobs that ended", labels=[QUEUE])
"""
_OUTCOMES = """
OUTCOME = Label("outcome", "How it ended", values={values})
JOBS = Counter("jobs_total", "Jobs that ended", labels=[OUTCOME])
RECORD = Operation("record_job", "JobMetrics", effects=[JOBS.inc()], outcomes=Outcomes(OUTCOME))
"""
_TIMED = """
SECONDS = Histogram("job_seconds", "Time of a job", buckets=(1, 10))
RUNNING = Gauge("jobs_running", "Jobs that run now")
OLDEST = Gauge("oldest_job_start_timestamp_seconds", "When the longest-running job began", copies="min")
RECORD = Operation("record_job", "JobMetrics", effects=[SECONDS.observe("duration")], timer={timer})
"""
_TRIPLE = """
QUEUE = Label("queue", "Queue", max_values=9)
JOBS = Counter("jobs_total", "Jobs that ended", labels=[QUEUE])
FAILED = Counter("job_failures_total", "Jobs that failed", labels=[{failed}], subset_of=JOBS)
SECONDS = Histogram("job_seconds", "Time of a job", labels=[QUEUE], buckets=(1, 10))
TRIPLE = Triple(
    "record_job", "JobMetrics", JOBS, FAILED, SECONDS, nouns="jobs", failing="JobsFail", slow="JobsSlow",
    error_ratio=Threshold(0.1), p95=Threshold({p95}), next_steps="Read the log of the jobs.", windows={windows},
)
"""


def _triple(failed: str = "QUEUE", p95: str = "5", windows: str = '("5m", "15m")') -> str:
    return _TRIPLE.format(failed=failed, p95=p95, windows=windows)


OPERATIONS: Final[tuple[Page, ...]] = (
    entry(
        "M130",
        "operation-name",
        "An operation becomes a method of a class, a timer another: their names must be ones that Python takes.",
        f'{_JOBS}\nRECORD = Operation("record job", "JobMetrics", effects=[JOBS.inc()])',
        f'{_JOBS}\nRECORD = Operation("record_job", "JobMetrics", effects=[JOBS.inc()])',
    ),
    entry(
        "M131",
        "outcomes",
        "Each way to end has one value, and some end well: `ok`, `cancelled` and `other` must be among the values.",
        _OUTCOMES.format(values='["ok", "failed"]'),
        _OUTCOMES.format(values='["ok", "cancelled", "timeout", "other"]'),
    ),
    entry(
        "M132",
        "operation-arguments",
        "The arguments of an operation are what its effects take, each once, and those that must be given come first.",
        f'{_JOBS}\nRECORD = Operation("record_jobs", "JobMetrics", arguments=["count"], effects=[JOBS.inc("number")])',
        f'{_JOBS}\nRECORD = Operation("record_jobs", "JobMetrics", arguments=["number"], effects=[JOBS.inc("number")])',
    ),
    entry(
        "M133",
        "operation-labels",
        "Each label of a metric gets its value from the caller, from the effect, or from the outcome.",
        f'{_BY_QUEUE}RECORD = Operation("record_job", "JobMetrics", effects=[JOBS.inc()])',
        f'{_BY_QUEUE}RECORD = Operation("record_job", "JobMetrics", labels=[QUEUE], effects=[JOBS.inc()])',
    ),
    entry(
        "M134",
        "operation-exemplars",
        "Exemplars stand on the buckets of a histogram: where nothing is observed there is no place for one.",
        f'{_JOBS}\nRECORD = Operation("record_job", "JobMetrics", effects=[JOBS.inc()], exemplars=True)',
        f'{_JOBS}\nRECORD = Operation("record_job", "JobMetrics", effects=[JOBS.inc()])',
    ),
    entry(
        "M135",
        "effect",
        "A counter only grows, and a value is finite.",
        f'{_JOBS}\nUNDO = Operation("undo_job", "JobMetrics", effects=[JOBS.inc(-1)])',
        f'{_JOBS}\nRECORD = Operation("record_job", "JobMetrics", effects=[JOBS.inc(1)])',
    ),
    entry(
        "M136",
        "triple-labels",
        "The failures are divided by the calls, series by series: they, and the durations, need the same labels.",
        _triple(failed=""),
        _triple(),
    ),
    entry(
        "M137",
        "triple-windows",
        "Failures are judged over a short window, and where they are few over a longer one.",
        _triple(windows='("15m", "5m")'),
        _triple(),
    ),
    entry(
        "M138",
        "triple-threshold",
        "A share is never above 1, and a quantile never above its highest bucket: an alert on more never fires.",
        _triple(p95="20"),
        _triple(),
    ),
    entry(
        "M148",
        "timer-gauges",
        "When the longest-running one began can only be told while those that run are counted, too.",
        _TIMED.format(timer="Timer(oldest=OLDEST)"),
        _TIMED.format(timer="Timer(in_flight=RUNNING, oldest=OLDEST)"),
    ),
)
