"""A rule file over the content platform's metrics: groups of 100 rules, no two expressions alike.

`python -m benchmarks.large_rules PATH RULES` writes one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from string import Template
from typing import Final

RULES_OF_A_GROUP: Final = 100

GROUP: Final = Template("- name: group-$group\n  interval: 1m\n  rules:\n")
RULES: Final = [
    Template(text)
    for text in (
        """\
  - record: job_model:llm_failures:rate5m_$number
    expr: |
      sum by (job, model) (rate(llm_failures_total{instance!="10.0.0.$number"}[5m]))
""",
        """\
  - alert: HighErrorRatio$number
    expr: |
      sum by (job, model) (rate(llm_failures_total[$window]))
      /
      sum by (job, model) (rate(llm_calls_total[$window])) > 0.1$number
    for: 5m
    labels: {severity: warning}
    annotations:
      summary: "{{ $$labels.model }}: {{ $$value | humanizePercentage }} fail"
""",
        """\
  - alert: SlowCalls$number
    expr: >-
      histogram_quantile(0.95,
      sum by (job, model, le) (rate(llm_call_seconds_bucket{namespace="n$number"}[$window]))) > 60
    for: 10m
    labels: {severity: warning}
    annotations: {summary: "{{ $$labels.model }} takes {{ $$value | humanizeDuration }}"}
""",
        """\
  - alert: ManyTokens$number
    expr: sum by (job, model) (rate(llm_tokens_total{token_type=~"input|output",cluster="c$number"}[5m])) > $number
    labels: {severity: critical}
""",
        """\
  - alert: Late$number
    expr: time() - max by (job, model) (timestamp(llm_calls_in_flight{pod="p$number"})) > 3600 + $number
    labels: {severity: warning}
    annotations: {summary: Nothing was seen of a model.}
""",
    )
]


def write(path: Path, rules: int) -> None:
    """Write *rules* rules to *path*."""
    with path.open("w", encoding="utf-8") as file:
        file.write("groups:\n")
        for index, text in enumerate(islice(_rules(), rules)):
            if index % RULES_OF_A_GROUP == 0:
                file.write(GROUP.substitute(group=index // RULES_OF_A_GROUP))
            file.write(text)


def _rules() -> Iterator[str]:
    for number in count():
        for rule in RULES:
            yield rule.substitute(number=number, window=f"{5 + number % 50}m")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
