"""What Grafana would ask Prometheus for a dashboard that was just opened: all variables at All."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from metricloom.declaration import seconds
from tests.live_prometheus import Prometheus

Json = dict[str, Any]

POINTS = 1000  # how many a panel of usual width asks for
SCRAPE_SECONDS = 1
MIN_STEP_SECONDS = 1


@dataclass(frozen=True)
class Question:
    """One query of a dashboard, with all variables filled in."""

    name: str
    expression: str
    range_seconds: float
    step: int
    instant: bool

    def answered(self, server: Prometheus) -> bool:
        """Whether Prometheus answers with a number."""
        now = time.time()
        if self.instant:
            found = server.ask("query", query=self.expression, time=now)["result"]
            return any(_is_number(series["value"][1]) for series in found)
        start = now - self.range_seconds // self.step * self.step  # so that the last point is now
        data = server.ask("query_range", query=self.expression, start=start, end=now, step=self.step)
        return any(_is_number(value) for series in data["result"] for _, value in series["values"])


def _is_number(value: str) -> bool:
    return value not in {"NaN", "+Inf", "-Inf"}


def questions(board: Json) -> list[Question]:
    """Return the queries of all panels and annotations."""
    variables = {each["name"]: each["allValue"] for each in board["templating"]["list"] if each["type"] == "query"}
    opened = board["time"]["from"].removeprefix("now-")
    found = [
        _question(f"{panel['title']} {target['refId']}", target, panel.get("timeFrom", opened), variables)
        for panel in board["panels"]
        for target in panel.get("targets", [])
    ]
    annotations = [each for each in board["annotations"]["list"] if "expr" in each]
    return [*found, *(_question(f"annotation {each['name']}", each, opened, variables) for each in annotations)]


def _question(name: str, target: Json, shown: str, variables: dict[str, str]) -> Question:
    length = seconds(shown)
    assert length, shown
    step = max(int(length / POINTS), MIN_STEP_SECONDS)
    values = {
        **variables,
        "__range": f"{length:g}s",
        "__rate_interval": f"{max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s",
    }
    return Question(name, filled(target["expr"], values), length, step, target.get("instant", False))


def filled(text: str, values: dict[str, str]) -> str:
    """Return *text* with the values of its variables; each of them must have one."""
    return re.sub(r"\$([a-z_]\w*)", lambda match: values[match[1]], text)


def variable_values(board: Json, server: Prometheus) -> Iterator[tuple[str, list[str]]]:
    """Yield each variable with the values that a person may choose from."""
    everything = {each["name"]: each.get("allValue", "") for each in board["templating"]["list"]}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.*), (\w+)\)", filled(variable["definition"], everything))
            assert match, variable["definition"]
            yield variable["name"], server.ask(f"label/{match[2]}/values", **{"match[]": match[1]})
