"""The guide: what it says of a registry, that it says it literally, and that its queries and links work."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from metricloom.artifact import Artifact
from metricloom.generators import guide, rules
from metricloom.generators.markdown import block, code, prose, text
from metricloom.promql.parse import parse
from metricloom.promtool import find_promtool
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from metricloom.wording import printable
from tests.guide_registry import HOSTILE, HOSTILE_REGISTRY, REGISTRY

NORTH = for_site(REGISTRY, REGISTRY.sites[0])
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
odd_text = st.text(
    alphabet=st.one_of(st.sampled_from("`~|<>&;*_[]()#-+=!${}%\\\n\t :/.1a"), st.characters()), max_size=40
)


def rendered(registry: Registry) -> str:
    (artifact,) = guide.render(registry)
    assert artifact.path == PurePosixPath("docs/monitoring.md")
    return artifact.text


def section(written: str, heading: str) -> str:
    """Return what stands under *heading*, up to the next one."""
    below = written.partition(f"\n### {heading}\n")[2]
    return re.split(r"^##+ ", below, maxsplit=1, flags=re.MULTILINE)[0]


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def shown(markdown: str) -> str:
    """Return the text that a reader sees; what is no text raises."""
    tokens = [token for token in flat(MARKDOWN.parse(markdown)) if token.nesting == 0 and token.type != "inline"]
    assert {token.type for token in tokens} <= {"text", "text_special", "code_inline"}
    return "".join(token.content for token in tokens)


@given(odd_text)
def test_any_text_is_shown_as_it_is(value: str) -> None:
    for around in ("{}", "- {}", "x: {}", "x {} y"):
        expected = around.removeprefix("- ").format(printable(" ".join(value.split())))
        assert shown(around.format(text(value))).strip() == expected.strip()


@given(odd_text)
def test_any_text_stays_in_its_cell(value: str) -> None:
    table = f"| a | b | c |\n|---|---|---|\n| {text(value)} | {code(value)} | end |\n"
    cells = [token for token in flat(MARKDOWN.parse(table)) if token.type == "td_open"]
    assert len(cells) == 3
    assert [token.type for token in MARKDOWN.parse(table)][-1] == "table_close"


@given(odd_text)
def test_any_text_is_one_block_of_code(value: str) -> None:
    tokens = MARKDOWN.parse(block(value.replace("\r", "")))
    assert [token.type for token in tokens] == ["fence"]


@given(odd_text)
def test_markdown_of_the_registry_brings_no_html_and_no_heading_of_the_guides_own_levels(value: str) -> None:
    tokens = list(flat(MARKDOWN.parse(prose(value))))
    assert not {"html_inline", "html_block"} & {token.type for token in tokens}
    assert not {"h1", "h2", "h3"} & {token.tag for token in tokens}


@pytest.mark.parametrize(
    "fine",
    [
        "a `<b>` c",
        "See <https://example.org/?a=b>.",
        "```\n<b> & # x\n```",
        "| a | b |\n|---|---|\n| 1 | *2* |",
        "- one\n- two",
    ],
)
def test_markdown_of_the_registry_is_kept(fine: str) -> None:
    assert prose(fine) == fine


def test_hostile_texts_bring_no_html_no_script_and_break_no_table() -> None:
    written = rendered(HOSTILE_REGISTRY)
    tokens = MARKDOWN.parse(written)
    every = list(flat(tokens))
    assert not {"html_inline", "html_block"} & {token.type for token in every}
    links = [str(token.attrs["href"]) for token in every if token.type == "link_open"]
    assert [link for link in links if not link.startswith(("#", "../runbooks/"))] == ["javascript:e"] * links.count(
        "javascript:e"
    )
    for line in written.splitlines():
        if line.startswith("| ") and "`promql" not in line:
            assert len(re.findall(r"(?<!\\)\|", line)) in {3, 4, 5, 6}
    seen = "".join(token.content for token in every if token.type in {"text", "text_special", "code_inline"})
    assert seen.count(printable(" ".join(HOSTILE.split()))) > 10


def test_each_alert_has_the_heading_that_its_runbook_link_leads_to() -> None:
    written = rendered(REGISTRY)
    first: dict[str, str] = {}
    for heading in re.findall(r"^#+ (.*)$", written, re.MULTILINE):
        first.setdefault(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"), heading)
    for alert in REGISTRY.alerts:
        address, anchor = rules.runbook_url(REGISTRY, alert).split("#")
        assert address == REGISTRY.docs_url
        assert first[anchor] == alert.name


def test_every_link_within_the_guide_leads_somewhere() -> None:
    written = rendered(REGISTRY)
    anchors = {
        re.sub(r"[^\w\- ]", "", shown_heading.lower()).replace(" ", "-")
        for shown_heading in re.findall(r"^#+ (.*)$", written.replace("\\", ""), re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", written)) <= anchors


def test_a_runbook_says_what_it_means_when_it_fires_who_acts_and_how() -> None:
    written = section(rendered(REGISTRY), "JobsFail")
    for part in (
        "*value* of *queue* fail",
        "More than 10%.",
        '(queue:jobs:failure_ratio_rate5m{queue!~"slow"} > 0.1)',
        "`> 10%`; by `queue`: `25%` for `slow`",
        "held for 5m",
        "severity: `warning`",
        "owner: `team-a`",
        "service: `worker`",
        "1\\. Look at the queue.\n\n2\\. Ask the owner.",
        "many fail: fires at 20m",
        "none fails: silent at 20m and 30m",
        "`rules/tests/jobs.yml`",
        "“Working › Jobs & queues › Failing”",
        "(../runbooks/JobsFail.md)",
    ):
        assert part in written


def test_a_site_sees_its_own_thresholds_and_scope() -> None:
    written = rendered(NORTH)
    assert "`> 2m`" in section(written, "SlowJobs")
    assert "It fires as soon as this holds:" in section(written, "SlowJobs")
    assert 'cluster="north", job=~"w.*"' in section(written, "jobs_total")
    assert "as the site `north` has it" in written


def test_each_kind_of_metric_comes_with_its_queries() -> None:
    written = rendered(REGISTRY)
    by_queue = "by (cluster, namespace, job, queue)"
    expected = {
        "jobs_total": [f"sum {by_queue} (rate(jobs_total[5m]))", f"sum {by_queue} (increase(jobs_total[24h]))"],
        "job_busy_seconds_total": ["Seconds per second:", "(rate(job_busy_seconds_total[5m]))"],
        "job_outcomes_total": [
            "by (cluster, namespace, job, queue, outcome) (rate(job_outcomes_total[5m]))",
            f" / on (cluster, namespace, job, queue) group_left () sum {by_queue} (rate(jobs_total[5m]))",
        ],
        "batch_seconds": ["(rate(batch_seconds_bucket[1h]))"],
        "jobs_failed_total": [f"sum {by_queue} (rate(jobs_failed_total[5m])) / sum {by_queue} (rate(jobs_total[5m]))"],
        "store_errors_total": [
            '(rate(store_errors_total{kind="put"}[5m])) / sum by (cluster, namespace, job) (rate(puts_total[5m]))'
        ],
        "job_seconds": [
            "histogram_quantile(0.5,",
            "histogram_quantile(0.95,",
            "histogram_quantile(0.99,",
            "(rate(job_seconds_sum[5m])) /",
        ],
        "held_bytes": ["(max by (cluster, namespace, job, kind) (held_bytes))", "delta((", "predict_linear(("],
        "job_last_success_timestamp_seconds": ["time() - max by (cluster, namespace, job) ("],
        "job_oldest_timestamp_seconds": ["time() - min by"],
        "jobs_open": [f"sum {by_queue} (jobs_open)", "max_over_time(("],
    }
    for name, queries in expected.items():
        for query in queries:
            assert query in section(written, name)


def test_without_identity_labels_queries_are_still_queries() -> None:
    written = rendered(replace(REGISTRY, identity=()))
    assert "sum by (queue) (rate(jobs_total[5m]))" in written
    assert "max by () (job_last_success" in written
    for query in pasted_queries(written):
        assert not parse(query).fault


def pasted_queries(written: str) -> list[str]:
    return [
        token.content.strip() for token in MARKDOWN.parse(written) if token.type == "fence" and token.info == "promql"
    ]


def test_promtool_takes_every_query_of_the_guide(tmp_path: Path) -> None:
    queries = [
        query for registry in (REGISTRY, NORTH, HOSTILE_REGISTRY) for query in pasted_queries(rendered(registry))
    ]
    assert len(queries) > 80
    groups = [{"record": f"a:b{number}", "expr": query} for number, query in enumerate(queries)]
    file = Artifact(PurePosixPath("all.yml"), json.dumps({"groups": [{"name": "all", "rules": groups}]}))
    (tmp_path / file.path).write_text(file.text, encoding="utf-8")
    assert find_promtool().check_rules(tmp_path, [file.path]) == []


def test_metrics_labels_operations_and_prices_are_all_there() -> None:
    written = rendered(REGISTRY)
    for part in (
        "| [jobs_failed_total](#jobs_failed_total) | counter | count | `queue` | Jobs that failed |",
        "Counts a part of what `jobs_total` counts.",
        "`puts_total` (where `put`) and `gets_total` (where `get`)",
        "Buckets up to 1, 10, 60 seconds",
        "The longest event lasts 60 seconds",
        "at most 5 values, and `other` for the rest; `quick` counts as `fast` | Which queue |",
        "| `kind` | `put`, `get`; anything else counts as `other` | What is done |",
        "All copies of the service see the same thing",
        "JobMetrics.record_job(queue, duration, success=True, *,",
        "with JobMetrics.timer(queue) as call:",
        "`job_words_total` grows by `words`, `paid_by` being `report` where `words` is given, else `table`",
        "Changed by `JobMetrics.timer`.",
        "`queue:jobs:failure_ratio_rate5m` (ratio, by `queue`): Share that failed",
        "| `words` | US$2.5 per 1,000,000 words | price list | 2026-01-02 | no batches |",
        "US$0.02 per GB (10^9 bytes); US$0.01 from 2026-03-01",
        "| `unknown` | no price declared |",
        "| `monthly` | none declared | month |",
        "They are recorded in `queue:job_cost_dollars:increase1h`.",
        "`job_last_success_timestamp_seconds` then shows the time of an earlier one",
        "read 31 days back",
        "Read by alert [SlowJobs](#slowjobs).",
        "##### By queue",
        "StoreMetrics.set_held_bytes(kind, value)",
        "Changed by `StoreMetrics.set_held_bytes`.",
    ):
        assert part in written


def test_a_registry_with_nothing_but_a_name_has_a_guide() -> None:
    written = rendered(Registry("empty", []))
    assert "# Monitoring guide: Empty" in written
    assert "Costs" not in written
    assert "on call" not in written


def test_no_paragraph_stands_two_lines_from_the_last() -> None:
    for registry in (REGISTRY, NORTH, HOSTILE_REGISTRY, Registry("empty", [])):
        assert "\n\n\n" not in re.sub(r"```.*?```", "code", rendered(registry), flags=re.DOTALL)
