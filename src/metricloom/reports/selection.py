"""Which problems are shown, and which make a run fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metricloom.errors import Problem, Severity, UserError, nearest
from metricloom.reports.model import Catalogue

RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for.

    Attributes:
        select: The beginnings of the codes to show, whole codes among them; all, where there is none.
        ignore: Those to leave out. Of two that match a code the longer decides: `H`, but not `H3`, but `H302`.
        severity: The lowest to show. A code that is selected by its whole name is shown whatever its severity.
        fail_on: The lowest that makes the run fail, of what is shown; None where nothing does.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    fail_on: Severity | None = Severity.ERROR

    def shows(self, problem: Problem) -> bool:
        """Return whether *problem* was asked for."""
        wanted = _longest(self.select, problem.code) if self.select else 0
        if wanted <= _longest(self.ignore, problem.code) or wanted < 0:
            return False
        return problem.code in self.select or RANKS[problem.severity] >= RANKS[self.severity]

    def fails(self, problem: Problem) -> bool:
        """Return whether *problem*, if it is shown, makes the run fail."""
        return self.fail_on is not None and RANKS[problem.severity] >= RANKS[self.fail_on]


def _longest(prefixes: Iterable[str], code: str) -> int:
    """Return the length of the longest of *prefixes* that *code* begins with, or -1."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def selection(
    catalogue: Catalogue,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    severity: str | None = None,
    fail_on: str | None = None,
) -> Selection:
    """Return what the texts of options ask for. What makes the run fail is shown, unless *severity* says otherwise.

    Raises:
        UserError: there is no such code or name.
    """
    failing = None if fail_on == NEVER else Severity(fail_on or Severity.ERROR)
    lowest = min((Severity.WARNING, failing or Severity.ERROR), key=RANKS.__getitem__)
    return Selection(
        tuple(code_of(word, catalogue, "--select") for word in _words(select)),
        tuple(code_of(word, catalogue, "--ignore") for word in _words(ignore)),
        Severity(severity) if severity else lowest,
        failing,
    )


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in text.replace(",", " ").split()]


def code_of(word: str, catalogue: Catalogue, option: str) -> str:
    """Return the code, or the beginning of codes, that *word* means: it may be a name.

    Raises:
        UserError: it is none of these.
    """
    if any(code.startswith(word) for code in catalogue):
        return word
    named = exact_code(word, catalogue)
    if named is None:
        raise UserError(
            f"{option} {word!r} is no code, beginning of a code, or name of a check", suggestion(word, catalogue)
        )
    return named


def exact_code(word: str, catalogue: Catalogue) -> str | None:
    """Return the code that *word* is, or is the name of; None if it is neither."""
    if word in catalogue:
        return word
    return next((code for code, entry in catalogue.items() if entry.name == word), None)


def suggestion(word: str, catalogue: Catalogue) -> str:
    """Return a hint that says what *word* may have been meant to be."""
    near = nearest(word, [entry.name for entry in catalogue.values()]) or nearest(word.upper(), catalogue)
    example = next(iter(sorted(catalogue)), "Q204")
    return f"did you mean {near}?" if near else f"give a code such as {example}, its beginning, or a name"
