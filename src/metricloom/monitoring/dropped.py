"""The one metric that every generated module has: what it refused, so that a wrong call is seen and not silent."""

from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter

FAMILY = Label("family", "Metric that the call would have changed", max_values=1000)
REASON = Label(
    "reason",
    "Why: a value that is no number or out of range, a label value that is none, or one beyond the label's bound; "
    "or a collector failed, and its metrics are not on the page",
    values=["bad_value", "bad_label", "label_overflow", "collector_failed"],
)
DROPPED = Counter(
    "instrumentation_dropped_total",
    "What the instrumentation module refused, clamped, or counted under other",
    labels=[FAMILY, REASON],
)
