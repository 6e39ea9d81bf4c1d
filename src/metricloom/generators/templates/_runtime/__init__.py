"""The machinery of metrics.py beside it: what is the same in every service.

It is one package so that this folder and metrics.py can be copied into any other.
It stands on prometheus_client's public API alone. In production nothing here raises, and
nothing poisons a sum: what cannot be recorded is clamped, refused or counted under
"other", and shows in `instrumentation_dropped_total`. In strict mode, which is for tests
(`Metrics(collector_registry, strict=True)`, or INSTRUMENTATION_STRICT=1 in the
environment), the same raises before anything is written.

A process that is forked begins at zero, and finds every lock free (families.py).
"""

from .amounts import Amounts
from .declarations import Counter, Gauge, Histogram, Label, Level
from .endpoint import Server, asgi_app, start_server, wsgi_app
from .families import Families
from .pushing import delete_pushed, push
from .tables import Choice, Table
from .timers import Timer

__all__ = [
    "Amounts",
    "Choice",
    "Counter",
    "Families",
    "Gauge",
    "Histogram",
    "Label",
    "Level",
    "Server",
    "Table",
    "Timer",
    "asgi_app",
    "delete_pushed",
    "push",
    "start_server",
    "wsgi_app",
]
