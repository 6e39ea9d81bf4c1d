"""Each code has a page, and what a page shows is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from metricloom.checks import CHECKS, Check
from metricloom.checks.declared import DECLARED, Page
from metricloom.checks.examples import problems_in, registry_of
from metricloom.checks.handbook import GROUPS, handbook, list_text, page_text, problem_of
from metricloom.checks.model import Example, Language
from metricloom.checks.pages import page, pages
from metricloom.cli import cli
from metricloom.errors import Problem, UserError
from metricloom.promtool import messages
from metricloom.registry.load import problems_of
from tests.test_codes import codes


def name(case: object) -> str:
    return case.name if isinstance(case, Page | Check) else case.text[:40] if isinstance(case, Example) else str(case)


def cases(kind: str) -> list[tuple[Page, Example]]:
    return [(page, example) for page in DECLARED for example in getattr(page, kind)]


def problems(example: Example) -> list[Problem]:
    """Return what loading declarations finds, or what all find in a file: a rule there may be worth a remark."""
    if example.language is Language.PYTHON:
        return problems_of(registry_of(example.text))
    return [each for each in problems_in(example) if each.code.startswith("F")]


@pytest.mark.parametrize(("page", "example"), cases("bad"), ids=name)
def test_a_bad_example_is_refused_for_its_code_alone(page: Page, example: Example) -> None:
    found = problems(example)
    assert {(each.code, each.name, each.severity) for each in found} == {(page.code, page.name, page.severity)}
    for each in found:
        assert each.message
        assert each.hint
        assert each.at is not None


@pytest.mark.parametrize(("page", "example"), cases("good"), ids=name)
def test_a_good_example_is_sound(page: Page, example: Example) -> None:
    assert [each.message for each in problems(example)] == []


@pytest.mark.parametrize("page", DECLARED, ids=name)
def test_a_page_says_why(page: Page) -> None:
    assert page.why.endswith((".", "?"))
    assert bool(page.bad) == bool(page.good)


def test_no_code_is_without_a_page() -> None:
    raised = dict(codes())
    assert {code: name for code, name in raised.items() if code not in pages()} == {}
    assert {code: name for code, name in raised.items() if pages()[code].name != name} == {}


def test_no_page_is_without_a_code() -> None:
    raised = {code for code, _ in codes()} | {value[0] for value in vars(messages).values() if isinstance(value, tuple)}
    assert [one.code for one in DECLARED if one.code not in raised or one.code in CHECKS] == []


def test_a_page_is_found_by_code_or_name() -> None:
    assert page("Q204") is page("raw-counter") is page("q204")
    with pytest.raises(UserError) as refused:
        page("raw-conter")
    assert "raw-counter" in refused.value.hint


@pytest.mark.parametrize("page", pages().values(), ids=name)
def test_a_page_shows_what_is_said_of_each_wrong_example(page: Page) -> None:
    text = page_text(page)
    assert text.startswith(f"{page.code} {page.name} ({page.severity})\n")
    for example in page.bad:
        problem = problem_of(page, example)
        assert problem is not None
        assert problem.message.split()[0] in text
    assert text.count("wrong") >= len(page.bad)


@pytest.mark.parametrize("page", CHECKS.values(), ids=name)
def test_good_rules_are_rules(page: Check) -> None:
    for example in page.good:
        if example.language is Language.YAML:
            assert [each.message for each in problems_in(example) if each.code.startswith("F")] == []


def test_all_codes_are_listed_one_in_a_line() -> None:
    lines = list_text().splitlines()
    assert [line.split()[:2] for line in lines] == [[one.code, one.name] for one in pages().values()]


def test_each_code_has_a_chapter_and_is_in_the_documentation() -> None:
    text = handbook()
    assert {code[0] for code in pages()} <= GROUPS.keys()
    for one in pages().values():
        assert f"\n### {one.name}\n\n`{one.code}`" in text
    assert "/tmp" not in text


def test_the_documentation_is_up_to_date() -> None:
    written = (Path(__file__).parent.parent / "docs/checks.md").read_text(encoding="utf-8")
    assert written == handbook(), "run `make docs`"


def explained(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments])


def test_explain_prints_a_page_by_code_or_name_and_lists_all_without() -> None:
    assert explained("q204").output == explained("raw-counter").output == page_text(page("Q204")) + "\n"
    assert explained().output == list_text() + "\n"
    assert explained("--markdown").output == handbook()


def test_explain_knows_what_was_meant() -> None:
    result = explained("Q240")
    assert result.exit_code == 2
    assert "did you mean" in result.stderr
    assert explained("Q204", "--markdown").exit_code == 2
