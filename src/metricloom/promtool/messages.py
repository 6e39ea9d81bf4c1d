"""What promtool prints, of 2.42 and of 3.x, as problems that name the declaration."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from textwrap import dedent
from types import MappingProxyType
from typing import Any

from metricloom.errors import Location, Problem

Place = tuple[str, str, int | str]
"""A rule: its file as an artifact's path, its group, and its number in the group (from 1) or its name."""

Places = Mapping[Place, Location]
NO_PLACES: Places = MappingProxyType({})

RULE = ("P901", "promtool-rule")
CONFIG = ("P902", "promtool-config")
TEST = ("P903", "promtool-test")
METRIC = ("P904", "promtool-metric")
DUPLICATE = ("P905", "promtool-duplicate-rule")
NO_RULE_FILE = ("P906", "promtool-no-rule-file")
_UNMISTAKABLE = {METRIC[0], DUPLICATE[0], NO_RULE_FILE[0]}

# The file is missing where a rule file is checked as part of something else; one or two positions may stand in between.
_RULE = re.compile(
    r"(?:(?P<file>[^\"]*?): )?(?P<positions>(?:\d+:\d+: )*)"
    r"group \"(?P<group>.*?)\", rule (?P<number>\d{1,9}), \"(?P<name>.*?)\": (?P<message>.*)",
    re.DOTALL,
)
_FILE = re.compile(r"(?P<file>[^\"]+?): (?P<positions>(?:\d+:\d+: )*)(?P<message>.*)", re.DOTALL)
_CARET = re.compile(r"\b(?P<line>\d{1,9}):(?P<column>\d{1,9}): parse error: ")
_NOISE = re.compile(r"$|Checking |SUCCESS|(?:time|ts|caller|level)=\S+ ")
_CONTINUES = re.compile(r"\s+line \d+: |Metric: |Label\(s\):|\t|Might cause ")
_DUPLICATE = re.compile(r"^Metric: (.+)$", re.MULTILINE)
_NO_MATCH = re.compile(r"WARNING: no file match pattern (.+)$", re.MULTILINE)
_CASE = re.compile(r"^(?=    (?:name|alertname|expr): |\S)", re.MULTILINE)
_ALERT = re.compile(r"alertname: (?P<subject>.*), time: (?P<time>[^,]+),(?P<rest>.*)", re.DOTALL)
_EXPRESSION = re.compile(r"expr: \"(?P<subject>.*)\", time: (?P<time>[^,]+),(?P<rest>.*)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_:][\w:]*")


@dataclass(frozen=True, slots=True)
class Messages:
    """Reads what promtool said of the files in *folder*, the rules of which were declared at *places*."""

    folder: Path
    places: Places

    def rule_problems(self, said: str) -> Iterator[Problem]:
        return self._problems(said, RULE)

    def config_problems(self, file: PurePosixPath, said: str) -> Iterator[Problem]:
        return self._problems(said, CONFIG, Location(str(self.folder / file), 1))

    def test_problems(self, file: PurePosixPath, said: str) -> Iterator[Problem]:
        at = Location(str(self.folder / file), 1)
        yield from (_no_rule_file(pattern, at) for pattern in _NO_MATCH.findall(said))
        yield from self._cases(_NO_MATCH.sub("", said), at)

    def _problems(self, said: str, kind: tuple[str, str], at: Location | None = None) -> Iterator[Problem]:
        for message in _messages(said):
            if message.startswith("lint error") and _DUPLICATE.search(message):
                yield from (self._duplicate(name) for name in _DUPLICATE.findall(message))
            elif rule := _RULE.fullmatch(message):
                yield self._rule_problem(rule)
            elif (file := _FILE.fullmatch(message)) and _is_file(self.folder / file["file"]):
                place = Location(str(self.folder / file["file"]), _line(file["positions"] + file["message"]))
                yield Problem(*RULE, file["message"], place)
            else:
                yield Problem(*kind, message, at)

    def _rule_problem(self, rule: re.Match[str]) -> Problem:
        file, group, number = posixpath.normpath(rule["file"] or ""), rule["group"], int(rule["number"])
        at = self.places.get((file, group, number)) or self.places.get((file, group, rule["name"]))
        message = f"{rule['name']}: {rule['message']}"
        generated = Location(str(self.folder / file), _line(rule["positions"]))
        related = (generated,) if at else ()
        source, span = _caret(self._expression(file, group, number), rule["message"])
        return Problem(*RULE, message, at or generated, source=source, span=span, related=related)

    def _expression(self, file: str, group: str, number: int) -> str:
        """Return the expression as promtool read it, or nothing if the file does not even have that form."""
        import yaml

        try:
            content: Any = yaml.safe_load((self.folder / file).read_text(encoding="utf-8"))
            found = next(one for one in content["groups"] if one["name"] == group)
            return str(found["rules"][number - 1]["expr"])
        except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, StopIteration):
            return ""

    def _duplicate(self, name: str) -> Problem:
        message = f"{name}: two rules write the same series"
        return Problem(*DUPLICATE, message, self._at(name), "give each its own labels, or remove one")

    def _cases(self, said: str, at: Location) -> Iterator[Problem]:
        """Yield a problem for each expectation that was not met, and for each thing that kept a test from running."""
        test = ""
        for part in _CASE.split(said):
            case = part.strip().removesuffix(",")
            if case.startswith("name: "):
                test = f" in the test {case.removeprefix('name: ')!r}"
            elif found := _ALERT.fullmatch(case) or _EXPRESSION.fullmatch(case):
                subject = found["subject"].replace('\\"', '"')  # promtool quotes an expression as Go does
                message = f"{subject}: at {found['time']}{test}:{_body(found['rest'])}"
                yield Problem(*TEST, message, self._at(subject) or at, related=(at,))
            else:
                yield from self._problems(part, TEST, at)

    def _at(self, text: str) -> Location | None:
        """Return where the rule that *text* names, or the first that it reads, was declared."""
        by_name = {rule: at for (_, _, rule), at in self.places.items()}
        return next((by_name[word] for word in (text, *_WORD.findall(text)) if word in by_name), None)


def metric_problems(said: str, places: Mapping[str, Location]) -> Iterator[Problem]:
    """Yield what `check metrics` found: each line begins with the metric's name, unless the page cannot be read."""
    return (Problem(*METRIC, line, places.get(line.split(" ", 1)[0])) for line in _messages(said))


def is_answer(said: str, found: Iterable[Problem]) -> bool:
    """Whether promtool, which failed, said why as it does: anything else is a fault of its own, and no finding."""
    return "FAILED:" in said or any(_is_understood(problem) for problem in found)


def _is_understood(problem: Problem) -> bool:
    return problem.code in _UNMISTAKABLE or (problem.code == RULE[0] and problem.at is not None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is too long: it was no path at all
        return False


def _messages(said: str) -> list[str]:
    messages: list[str] = []
    for line in said.splitlines():
        content = line.strip().removeprefix("FAILED:").strip()
        if messages and _CONTINUES.match(line):
            messages[-1] += f"\n{content}"
        elif not _NOISE.match(content):
            messages.append(content)
    return messages


def _line(said: str) -> int:
    """Return the first line that *said* names: positions come first (0:0 is none), or YAML's own."""
    found = re.match(r"(?:0:0: )*(\d{1,9}):\d+: ", said) or re.search(r"\bline (\d{1,9}): ", said)
    return int(found[1]) if found and int(found[1]) else 1


def _caret(expression: str, message: str) -> tuple[str, tuple[int, int] | None]:
    """Return the line of *expression* that *message* points into, and the columns to underline."""
    found = _CARET.search(message)
    if not expression or found is None:
        return "", None
    lines = expression.rstrip().split("\n")
    number = min(int(found["line"]), len(lines))
    line = lines[number - 1]
    if number < int(found["line"]):  # something is missing at the very end
        return line, (len(line), len(line) + 1)
    # promtool counts bytes, from 1
    column = len(line.encode()[: int(found["column"]) - 1].decode(errors="replace"))
    return line, (column, column + 1)


def _body(rest: str) -> str:
    """Return what was expected and what was got, or the error that stands on the same line."""
    if "\n" not in rest:
        return f" {rest.strip().removeprefix('err: ')}"
    return "\n" + dedent(rest.lstrip(" ").lstrip("\n")).rstrip().replace(" \n", "\n")


def _no_rule_file(pattern: str, at: Location) -> Problem:
    message = f"no rule file matches {pattern}: what is tested is not loaded, and a test that expects nothing passes"
    return Problem(*NO_RULE_FILE, message, at, "correct rule_files, which is relative to the test file")
