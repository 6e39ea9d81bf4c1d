"""A registry with the three metrics that nearly every service has, to measure what recording them takes."""

from metricloom import Counter, Histogram, Label, Operation, Registry, Subsystem

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
MODEL = Label("model", "Model", values=["small", "large"], max_values=10)
CALLS = Counter("calls_total", "Calls", labels=[MODEL])
FAILURES = Counter("failures_total", "Calls that failed", labels=[MODEL], subset_of=CALLS)
SECONDS = Histogram("call_seconds", "Duration of a call", labels=[MODEL], buckets=BUCKETS)

call = Operation(
    "record_call",
    "LLMMetrics",
    labels=[MODEL],
    arguments=["duration", "success"],
    effects=[CALLS.inc(), FAILURES.inc(on="failure"), SECONDS.observe("duration")],
    timer="timer",
)
REGISTRY = Registry("service", subsystems=[Subsystem("llm", title="LLM", owner="llm", operations=[call])])
