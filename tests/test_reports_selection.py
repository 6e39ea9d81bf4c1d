"""What is shown of what was found, and what makes a run fail."""

from __future__ import annotations

import pytest

from metricloom.errors import Problem, Severity, UserError
from metricloom.reports.model import Entry
from metricloom.reports.selection import selection

CATALOGUE = {
    "Q204": Entry("raw-counter", "Why."),
    "Q205": Entry("rate-on-gauge", "Why."),
    "Q301": Entry("other", "Why."),
    "H302": Entry("off-bucket", "Why."),
}
FOUND = [
    Problem("Q204", "raw-counter", "m"),
    Problem("Q205", "rate-on-gauge", "m", severity=Severity.WARNING),
    Problem("Q301", "other", "m", severity=Severity.NOTE),
    Problem("H302", "off-bucket", "m", severity=Severity.NOTE),
]


def shown(**options: object) -> list[str]:
    chosen = selection(CATALOGUE, **options)  # type: ignore[arg-type]
    return [problem.code for problem in FOUND if chosen.shows(problem)]


def failing(**options: object) -> list[str]:
    chosen = selection(CATALOGUE, **options)  # type: ignore[arg-type]
    return [problem.code for problem in FOUND if chosen.shows(problem) and chosen.fails(problem)]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({}, ["Q204", "Q205"]),
        ({"severity": "note"}, ["Q204", "Q205", "Q301", "H302"]),
        ({"severity": "error"}, ["Q204"]),
        ({"select": ["Q2"]}, ["Q204", "Q205"]),
        ({"select": ["Q"]}, ["Q204", "Q205"]),
        ({"select": ["H302"]}, ["H302"]),
        ({"select": ["off-bucket"]}, ["H302"]),
        ({"select": ["H"]}, []),
        ({"select": ["H"], "severity": "note"}, ["H302"]),
        ({"select": ["Q204,H302", "Q301 Q205"]}, ["Q204", "Q205", "Q301", "H302"]),
        ({"ignore": ["raw-counter"]}, ["Q205"]),
        ({"ignore": ["Q"]}, []),
        ({"select": ["Q2"], "ignore": ["Q204"]}, ["Q205"]),
        ({"select": ["Q204"], "ignore": ["Q"]}, ["Q204"]),
        ({"select": ["Q204"], "ignore": ["Q204"]}, []),
    ],
)
def test_what_is_shown_is_what_was_asked_for(options: dict[str, object], codes: list[str]) -> None:
    assert shown(**options) == codes


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({}, ["Q204"]),
        ({"fail_on": "warning"}, ["Q204", "Q205"]),
        ({"fail_on": "note"}, ["Q204", "Q205", "Q301", "H302"]),
        ({"fail_on": "never"}, []),
        ({"fail_on": "note", "severity": "error"}, ["Q204"]),
        ({"fail_on": "note", "ignore": ["Q"]}, ["H302"]),
    ],
)
def test_what_fails_is_shown(options: dict[str, object], codes: list[str]) -> None:
    assert failing(**options) == codes


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("raw-conter", "did you mean raw-counter?"),
        ("q204", "did you mean Q204?"),
        ("Q2044", "did you mean Q204?"),
        ("zzz", "give a code such as H302, its beginning, or a name"),
    ],
)
@pytest.mark.parametrize("option", ["select", "ignore"])
def test_a_word_that_means_no_check_is_refused(option: str, word: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        shown(**{option: ["Q204", word]})
    assert caught.value.message == f"--{option} {word!r} is no code, beginning of a code, or name of a check"
    assert caught.value.hint == hint
