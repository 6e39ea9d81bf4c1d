"""Exemplars: the trace that a call belongs to, given or OpenTelemetry's own."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from tests.instrumentation_bundle import content_platform, http_service, imported, run, write

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


def test_a_call_shows_the_trace_that_it_is_in(platform: ModuleType) -> None:
    trace = importlib.import_module("opentelemetry.sdk.trace")
    tracer = trace.TracerProvider().get_tracer("test")
    page = CollectorRegistry()
    llm = platform.Metrics(page, strict=True).llm
    with tracer.start_as_current_span("call") as span, llm.timer("gpt-4o"):
        context = span.get_span_context()
    traced = f'# {{span_id="{context.span_id:016x}",trace_id="{context.trace_id:032x}"}} '
    assert traced in opened(platform, page)
    llm.record_call("gpt-4o", 100.0, exemplar={"trace_id": "given"})
    assert '# {trace_id="given"} 100.0' in opened(platform, page)


def test_a_call_in_no_trace_or_in_one_that_is_not_kept_shows_none(platform: ModuleType) -> None:
    trace = importlib.import_module("opentelemetry.sdk.trace")
    sampling = importlib.import_module("opentelemetry.sdk.trace.sampling")
    tracer = trace.TracerProvider(sampler=sampling.ALWAYS_OFF).get_tracer("test")
    page = CollectorRegistry()
    llm = platform.Metrics(page, strict=True).llm
    llm.record_call("gpt-4o", 1.0)
    with tracer.start_as_current_span("call"):
        llm.record_call("gpt-4o", 1.0)
    assert "trace_id" not in opened(platform, page)


@pytest.mark.parametrize("half_imported", [ModuleType("trace"), SimpleNamespace(get_current_span=object)])
def test_what_stands_for_opentelemetry_and_cannot_say_the_trace_fails_no_call(
    platform: ModuleType, monkeypatch: pytest.MonkeyPatch, half_imported: object
) -> None:
    """As while another thread imports it, or in a span of another maker."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", half_imported)
    page = CollectorRegistry()
    llm = platform.Metrics(page, strict=True).llm
    llm.record_call("gpt-4o", 1.0)
    with llm.timer("gpt-4o"):
        pass
    assert page.get_sample_value("llm_call_seconds_count", {"model": "gpt-4o"}) == 2


def opened(platform: ModuleType, page: CollectorRegistry) -> str:
    """Return the page in the format that has exemplars."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "HTTP_ACCEPT": OPENMETRICS}
    return b"".join(platform.wsgi_app(page)(environ, lambda *_answer: None)).decode()


def test_no_import_of_opentelemetry(tmp_path: Path) -> None:
    write(http_service(), tmp_path)
    code = "import sys, instrumentation.metrics; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    assert run(sys.executable, "-c", code, within=tmp_path) == "[]\n"
