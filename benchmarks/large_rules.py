"""A rule file over the content platform's metrics: as many groups of 100 rules as wanted, no two expressions alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

RULES_OF_A_GROUP = 100

RULE = """\
  - {kind}: {name}
    expr: |
      {expression}
"""
OF_AN_ALERT = """\
    for: 5m
    labels:
      severity: warning
      team: team-{number}
    annotations:
      summary: "Model {{{{ $labels.model }}}} of {{{{ $labels.job }}}}: {{{{ $value | humanize }}}}"
      description: "Rule {number} has been true for five minutes: look at the last deploy, then at the provider."
"""


def expressions(number: int) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and expression of five rules; *number* makes them unlike all others."""
    window, limit = f"{5 + number % 50}m", f"{number / 1000:g}"
    yield (
        "record",
        f"job_model:llm_failures:rate{window}_{number}",
        f"sum by (job, model) (rate(llm_failures_total{{instance!=\"10.0.0.{number}\"}}[{window}]))",
    )
    yield (
        "alert",
        f"HighErrorRatio{number}",
        f"sum by (job, model) (rate(llm_failures_total[{window}]))\n      /\n"
        f"      sum by (job, model) (rate(llm_calls_total[{window}])) > 0.1{number}\n      and\n"
        f"      sum by (job, model) (increase(llm_calls_total[{window}])) > {number}",
    )
    yield (
        "alert",
        f"SlowCalls{number}",
        "histogram_quantile(0.95, sum by (job, model, le) "
        f"(rate(llm_call_seconds_bucket{{namespace=\"production-{number}\"}}[{window}]))) > 60",
    )
    yield (
        "alert",
        f"ManyTokens{number}",
        f"sum by (job, model) (rate(llm_tokens_total{{token_type=~\"input|output\",cluster=\"c{number}\"}}[{window}]))"
        f" > {number}",
    )
    yield (
        "alert",
        f"Late{number}",
        f"time() - max by (job, model) (timestamp(llm_calls_in_flight{{pod=\"p{number}\"}})) > 3600 + {limit}",
    )


def write(path: Path, rules: int) -> None:
    """Write *rules* rules to *path*."""
    with path.open("w", encoding="utf-8") as file:
        file.write("groups:\n")
        for index, (kind, name, expression) in enumerate(_first(rules)):
            if index % RULES_OF_A_GROUP == 0:
                file.write(f"- name: group-{index // RULES_OF_A_GROUP}\n  interval: 1m\n  rules:\n")
            file.write(RULE.format(kind=kind, name=name, expression=expression))
            file.write(OF_AN_ALERT.format(number=index) if kind == "alert" else "")


def _first(rules: int) -> Iterator[tuple[str, str, str]]:
    for number in range(rules // 5):
        yield from expressions(number)
