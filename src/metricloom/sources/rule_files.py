"""Rule files as Prometheus, its operator and Mimir read them, with the place of everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from metricloom.errors import Location, Problem, Severity
from metricloom.sources.fields import Fields, in_order, sort_of
from metricloom.sources.model import Group
from metricloom.sources.rule_fields import RuleReader
from metricloom.sources.yaml_nodes import Mapping, Node, Scalar
from metricloom.sources.yaml_reader import YamlFile, read_yaml

GROUP_FIELDS: Final = frozenset({"name", "interval", "query_offset", "limit", "labels", "rules"})
THANOS_FIELDS: Final = frozenset({"partial_response_strategy"})
MIMIR_FIELDS: Final = frozenset({"source_tenants", "evaluation_delay", "align_evaluation_time_on_interval"})
MANIFESTS: Final = frozenset({"PrometheusRule", "PrometheusRuleList", "List"})


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The groups of a file, without the rules that cannot be read, and what is wrong with its form."""

    groups: tuple[Group, ...]
    problems: tuple[Problem, ...]


def read_rule_file(path: str, text: str) -> RuleFile:
    """Return what the rule file *text* holds. Never raises: what is wrong is a problem, and hides nothing else."""
    file = read_yaml(path, text)
    reader = _Reader()
    groups = tuple(reader.groups(file))
    return RuleFile(groups, in_order(file, reader.fields))


def _is_manifest(document: Mapping) -> bool:
    """Whether *document* is a Kubernetes object, which may or may not hold rules."""
    kind = document.entries.get("kind")
    named = kind is not None and isinstance(kind[1], Scalar) and kind[1].text in MANIFESTS
    return named or (kind is not None and "groups" not in document.entries)


class _Reader:
    def __init__(self) -> None:
        self.fields = Fields()
        self.rules = RuleReader(self.fields)

    def groups(self, file: YamlFile) -> Iterator[Group]:
        first: Mapping | None = None
        for document in file.documents:
            if isinstance(document, Scalar) and document.is_null:
                continue
            if not isinstance(document, Mapping):
                self._no_rule_file(document)
            elif _is_manifest(document):
                yield from self._manifest(document)
            elif first is None or "namespace" in document.entries:
                first = document
                yield from self._plain(document)
            else:
                self._second_document(document)
                yield from self._groups(document, GROUP_FIELDS)

    def _no_rule_file(self, document: Node) -> None:
        message = f"a rule file is a mapping with `groups`, and this is {sort_of(document)}"
        self.fields.add(Problem("F908", "wrong-field-type", message, document.at, "write `groups:` above the groups"))

    def _second_document(self, document: Mapping) -> None:
        message = "Prometheus reads the first document of a file only: this one is never loaded"
        hint = "move the groups into the first document, or into a file of their own"
        self.fields.add(Problem("F914", "second-document", message, document.at, hint, Severity.WARNING))

    def _manifest(self, document: Mapping) -> Iterator[Group]:
        """Yield the groups of a PrometheusRule, or of those in a list; other objects hold none."""
        kind = self.fields.text(document, "kind", "the manifest")
        if kind is None or kind.text not in MANIFESTS:
            return
        if kind.text != "PrometheusRule":
            for item in self.fields.mappings(document, "items", f"the {kind.text}"):
                yield from self._manifest(item)
            return
        spec = self.fields.mapping(document, "spec", "the PrometheusRule")
        if spec is None:
            self.fields.missing("spec", "the PrometheusRule", document.at, "write the groups below `spec: groups:`")
            return
        self.fields.only(spec, ("groups",), "the spec of a PrometheusRule")
        yield from self._groups(spec, GROUP_FIELDS | THANOS_FIELDS)

    def _plain(self, document: Mapping) -> Iterator[Group]:
        mimir = "namespace" in document.entries
        self.fields.only(document, ("groups", "namespace") if mimir else ("groups",), "a rule file")
        yield from self._groups(document, GROUP_FIELDS | MIMIR_FIELDS if mimir else GROUP_FIELDS)

    def _groups(self, holder: Mapping, known: frozenset[str]) -> Iterator[Group]:
        first: dict[str, Location] = {}
        for node in self.fields.mappings(holder, "groups", "the file"):
            group = self._group(node, known)
            if group.name in first:
                self._repeated(group, first[group.name])
            first.setdefault(group.name, group.at)
            yield group

    def _repeated(self, group: Group, first: Location) -> None:
        message = f"there are two groups {group.name!r}"
        hint = "rename one, or move its rules into the other: Prometheus refuses the file"
        self.fields.add(Problem("F913", "repeated-group", message, group.at, hint, related=(first,)))

    def _group(self, node: Mapping, known: frozenset[str]) -> Group:
        name = self.fields.text(node, "name", "the group")
        owner = f"group {name.text[:60]!r}" if name else "the group"
        if name is None:
            self.fields.missing("name", "the group", node.at, "name it: each group of a file has a name of its own")
        self._known_fields(node, known, owner)
        self.fields.number(node, "limit", owner)
        query_offset = self.fields.seconds(node, "query_offset", owner)
        interval = self.fields.seconds(node, "interval", owner)
        nodes = list(self.fields.mappings(node, "rules", owner))
        rules = (self.rules.rule(each, f"rule {number} of {owner}") for number, each in enumerate(nodes, 1))
        return Group(
            name.text if name else "",
            name.at if name else node.at,
            tuple(rule for rule in rules if rule is not None),
            interval[0] if interval and interval[0] else None,
            self.rules.labels(node, owner, filled_in=any("alert" in each.entries for each in nodes)),
            query_offset[0] if query_offset else 0.0,
            frozenset(node.entries),
        )

    def _known_fields(self, node: Mapping, known: frozenset[str], owner: str) -> None:
        foreign = (THANOS_FIELDS | MIMIR_FIELDS) & node.entries.keys() - known
        remark = "it is Thanos's or Mimir's: Prometheus refuses a file that has it" if foreign else ""
        self.fields.only(node, known, owner, remark)
