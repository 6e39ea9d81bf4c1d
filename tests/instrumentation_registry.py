"""A registry with one of everything that an operation can be, to try the generated instrumentation with."""

from metricloom import (
    Argument,
    Counter,
    Gauge,
    Given,
    Histogram,
    Label,
    Operation,
    Outcomes,
    Registry,
    Subsystem,
    Timer,
)

METHOD = Label("method", "HTTP method", values=["GET", "POST"], aliases={"get": "GET", "FETCH": "GET"})
ROUTE = Label("route", "Route template", max_values=5)
CLASS = Label("class", "A word of Python", values=["a", "b"])
SOURCE = Label("source", "Where the answer came from", values=["cache", "origin"])
RESULT = Label("result", "How it ended", values=["ok", "cancelled", "other", "late"], aliases={"slow": "late"})
FREE = Label("free", "Without values and without a bound")

ANSWERS = Counter("web_answers_total", "Answers, by method and route", labels=[METHOD, ROUTE])
ERRORS = Counter("web_errors_total", "Answers that failed", labels=[ROUTE], subset_of=ANSWERS)
RESULTS = Counter("web_results_total", "Answers by how they ended", labels=[RESULT, METHOD, ROUTE])
BYTES = Counter("web_bytes_total", "Bytes sent", labels=[ROUTE, SOURCE])
SECONDS = Histogram("web_seconds", "Duration of an answer", labels=[METHOD, ROUTE], buckets=(0.1, 1, 10))
SIZE_BYTES = Histogram("web_size_bytes", "Size of an answer", labels=[SOURCE, ROUTE], buckets=(10, 1000))
OPEN = Gauge("web_open", "Answers under way", labels=[METHOD])
OLDEST = Gauge("web_oldest_timestamp_seconds", "When the oldest began", labels=[METHOD], copies="min")

answer = Operation(
    "record_answer",
    "WebMetrics",
    labels=[METHOD, ROUTE],
    arguments=["duration", "success", Argument("size", "bytes sent", default=0)],
    effects=[
        ANSWERS.inc(),
        ERRORS.inc(on="failure"),
        RESULTS.inc(),
        SECONDS.observe("duration"),
        BYTES.inc("size", on="success", source=Given("age", "cache", "origin")),
        SIZE_BYTES.observe("age", source="cache", on="success"),
    ],
    outcomes=Outcomes(RESULT, exceptions={"TimeoutError": "late"}),
    timer=Timer("answering", in_flight=OPEN, oldest=OLDEST),
    exemplars=True,
    help="Record one answer.",
)

JOBS = Counter("jobs_total", "Jobs")
JOB_FAILURES = Counter("job_failures_total", "Jobs that failed", subset_of=JOBS)
JOB_SECONDS = Histogram("job_seconds", "Duration of a job", buckets=(1, 60))
JOB_ITEMS = Counter("job_items_total", "Items of jobs that succeeded")
LAST_JOB = Gauge("last_job_timestamp_seconds", "When a job last succeeded", copies="shared", initial=None)
IMPORT = Gauge("job_import", "Its short name is a word of Python", labels=[CLASS], minimum=0, maximum=1, initial=0.5)

job = Operation(
    "record_job",
    "JobMetrics",
    arguments=["duration", "items"],
    effects=[
        JOBS.inc(),
        JOB_FAILURES.inc(on="failure"),
        JOB_SECONDS.observe("duration"),
        JOB_ITEMS.inc("items", on="success"),
        LAST_JOB.set_to_now(on="success"),
    ],
    timer="timer",
)

RESETS = Counter("resets_total", "Its helper would have the name of a method of the module")

reset = Operation("record_reset", "ResetMetrics", effects=[RESETS.inc()])

OUTSIDE = Gauge("outside_celsius", "Changed by no operation", labels=[FREE])
TRIES = Counter("tries_total", "Changed by no operation, either")
WAIT_SECONDS = Histogram("wait_seconds", "Nor this", labels=[SOURCE], buckets=(1, 2))

web = Subsystem("web", title="Web", owner="web", operations=[answer])
jobs = Subsystem("jobs", title="Jobs", owner="jobs", operations=[job, reset], metrics=[IMPORT])
alone = Subsystem("all_alone", title="Alone", owner="nobody", metrics=[OUTSIDE, TRIES, WAIT_SECONDS])
REGISTRY = Registry("everything", subsystems=[web, jobs, alone])
