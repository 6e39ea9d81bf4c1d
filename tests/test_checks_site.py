"""What a registry knows that a rule file does not say: its site's scope, and series that exist from the start."""

from __future__ import annotations

from metricloom.checks import run
from metricloom.checks.examples import of_expression
from metricloom.content_platform import REGISTRY
from metricloom.errors import Problem, Severity
from metricloom.registry.overrides import for_site
from metricloom.registry.site import Site
from metricloom.sources.registry import sources_of, world_of

EU = for_site(REGISTRY, Site("eu", scope='job=~"content-.*"', target={"job": "content-1"}))
WORLD = world_of(EU)


def found(code: str, text: str) -> list[Problem]:
    return [each for each in run(of_expression(text, world=WORLD)) if each.code == code]


def test_a_selector_of_the_service_has_the_scope_of_the_site() -> None:
    by = "cluster, namespace, job"
    [problem] = found("R608", f"sum by ({by}) (rate(llm_calls_total[5m])) > 1")
    assert 'llm_calls_total{job=~"content-.*"}' in problem.hint
    assert found("R608", f'sum by ({by}) (rate(llm_calls_total{{job="content-1"}}[5m])) > 1') == []
    assert found("R608", "ALERTS > 0") == []


def test_a_registry_puts_the_scope_of_its_site_in_itself() -> None:
    assert [each.message for each in run(sources_of(EU)) if each.severity is not Severity.NOTE] == []


def test_values_that_exist_from_the_start_make_a_match_surely_ambiguous() -> None:
    put = "rate(storage_put_total{job=~'content-.*'}[5m])"
    [sure] = found(
        "Q220", f"rate(storage_failures_total{{job=~'content-.*'}}[5m]) / on (instance, artifact_type) {put}"
    )
    assert sure.severity is Severity.ERROR
    assert "operation" in sure.message
    for fewer in (f"topk by (instance) (2, {put})", f"({put} > 0)", f"({put} and {put})"):
        [unsure] = found("Q220", f"{put} * on (instance) group_left () {fewer}")
        assert unsure.severity is Severity.WARNING
    for picked in (f"topk by (instance) (1, {put})", f"(2 * bottomk(1, {put}))"):
        assert found("Q220", f"{put} * on (instance) group_left () {picked}") == []
    one = "storage_failures_total{job=~'content-.*',operation='put'}"
    assert found("Q220", f"rate({one}[5m]) / on (instance, artifact_type) {put}") == []
