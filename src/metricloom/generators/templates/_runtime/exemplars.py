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

    An application that has not imported that library is in no span.
    """
    tracing = sys.modules.get("opentelemetry.trace")
    if tracing is None:
        return None
    span = tracing.get_current_span().get_span_context()
    if not span.is_valid or not span.trace_flags.sampled:
        return None
    return {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
