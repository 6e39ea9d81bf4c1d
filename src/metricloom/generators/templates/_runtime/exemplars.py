"""Exemplars: the trace that an observation belongs to."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

LONGEST_EXEMPLAR = 128  # characters of its names and values: OpenMetrics
EXEMPLAR_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def is_exemplar(labels: Mapping[str, str]) -> bool:
    """Tell whether prometheus_client takes the exemplar."""
    try:
        size = sum(len(name) + len(value) for name, value in labels.items())
        named = all(EXEMPLAR_LABEL.fullmatch(name) for name in labels)
        "".join(labels.values()).encode()  # a lone surrogate fails every scrape
    except (TypeError, AttributeError, UnicodeEncodeError):
        return False
    return size <= LONGEST_EXEMPLAR and named


def current_exemplar() -> dict[str, str] | None:
    """Return the trace of OpenTelemetry's current span, if it is kept.

    An application that has not imported that library, or does so at this moment, is in no
    span; nor is one whose span cannot say where it belongs.
    """
    tracing = sys.modules.get("opentelemetry.trace")
    if tracing is None:
        return None
    current_span = getattr(tracing, "get_current_span", None)
    if current_span is None:
        return None
    try:
        span = current_span().get_span_context()
        if span.is_valid and span.trace_flags.sampled:
            trace, part = f"{span.trace_id:032x}", f"{span.span_id:016x}"
            return {"trace_id": trace, "span_id": part}
    except Exception:  # noqa: BLE001, S110 - a span can be of any class
        pass
    return None
