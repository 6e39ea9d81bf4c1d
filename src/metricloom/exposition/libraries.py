"""Families that a client library exposes by itself: nobody declares them, and nobody misses them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from metricloom.exposition.model import Family

_PREFIXES: Final = ("python_gc_", "go_", "promhttp_", "jvm_", "nodejs_", "pushgateway_")
"""A library's own. `process_` alone is not among them: a service that processes orders may begin so, too."""

_PROCESS: Final = frozenset(
    f"process_{what}"
    for what in (
        "cpu_seconds_total",
        "cpu_user_seconds_total",
        "cpu_system_seconds_total",
        "open_fds",
        "max_fds",
        "virtual_memory_bytes",
        "virtual_memory_max_bytes",
        "resident_memory_bytes",
        "heap_bytes",
        "threads",
        "start_time_seconds",
        "network_receive_bytes_total",
        "network_transmit_bytes_total",
    )
)
"""What Prometheus asks all libraries to call these; see "Writing client libraries" in its documentation."""


PUSHED: Final = "push_time_seconds"
_PUSHGATEWAY: Final = frozenset({PUSHED, "push_failure_time_seconds"})


def of_pushgateway(families: Mapping[str, Family]) -> frozenset[str]:
    """Return the labels that a Pushgateway gives to each series, where these are *families* of its page.

    They are those of the groups in which jobs pushed: `job`, `instance`, and what else a job named.
    """
    pushed = families[PUSHED].series.get(PUSHED) if PUSHED in families else None
    return frozenset(pushed.labels) if pushed is not None else frozenset()


def of_library(name: str) -> bool:
    """Return whether a client library for Python, Go, Java or Node.js, or a Pushgateway, exposes *name* by itself."""
    # OpenMetrics leaves `_total` out of the name of a counter.
    return (
        name.startswith(_PREFIXES)
        or name in _PUSHGATEWAY
        or name in {"python_info", "python"}
        or not _PROCESS.isdisjoint((name, f"{name}_total"))
    )


def says_when_created(name: str, families: Container[str]) -> bool:
    """Return whether a family of the classic format says when the series of another one on its page began."""
    stem = name.removesuffix("_created")
    return stem != name and (stem in families or f"{stem}_total" in families)
