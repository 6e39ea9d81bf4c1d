"""Rule files and dashboards that are none of the registry's, searched for what reads its series."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from metricloom.bounded import read_file
from metricloom.errors import Problem, UserError
from metricloom.impact.consumers import LABEL_OF_LEGEND, Consumer
from metricloom.sources.dashboard_files import read_dashboard
from metricloom.sources.model import Names, PanelQuery, Rule, Template, Use
from metricloom.sources.rule_files import read_rule_file

_HINT = "give a rule file of Prometheus (YAML), or a dashboard as Grafana exports it (JSON)"


def consumers_in(path: str) -> list[Consumer]:
    """Return what the rule file or the dashboard at *path* asks for.

    Raises:
        UserError: it cannot be read, or is neither.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text: byte {error.start} is not UTF-8", _HINT) from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", _HINT) from error
    if path.endswith(".json"):
        board = read_dashboard(path, text)
        return _all([_of_panel(query) for query in board.panels], board.problems)
    file = read_rule_file(path, text)
    return _all([_of_rule(rule) for group in file.groups for rule in group.rules], file.problems)


def _all(found: list[Consumer], problems: tuple[Problem, ...]) -> list[Consumer]:
    """Return what was found; a file in which nothing was, because it is broken, is refused."""
    if not found and problems:
        worst = problems[0]
        raise UserError(f"{worst.at}: {worst.message}", worst.hint or _HINT)
    return found


def _of_rule(rule: Rule) -> Consumer:
    templates = [*rule.labels.values(), *rule.annotations.values()]
    is_record = rule.use is Use.RECORD
    return Consumer(
        "record" if is_record else "alert",
        rule.name,
        str(rule.at),
        (rule.query.text, *(query.text for template in templates for query in template.queries)),
        texts=tuple(template.written.text for template in templates),
        labels=frozenset(chain.from_iterable(map(_labels, templates))),
        writes=rule.name if is_record else "",
        adds=frozenset((name, template.written.text) for name, template in rule.labels.items()),
    )


def _labels(template: Template) -> Iterator[str]:
    return (mention.name for mention in template.mentions if mention.what is Names.LABEL)


def _of_panel(query: PanelQuery) -> Consumer:
    return Consumer(
        "panel",
        " › ".join(part for part in (query.dashboard, query.title, query.target) if part),
        str(query.at),
        (query.query.text,),
        labels=frozenset(LABEL_OF_LEGEND.findall(query.legend)),
    )
