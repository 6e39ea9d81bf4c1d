"""Each code has a page, and what a page shows is what happens."""

from __future__ import annotations

import pytest

from metricloom.checks import CHECKS
from metricloom.checks.declared import DECLARED, Page
from metricloom.checks.examples import problems_in, registry_of
from metricloom.checks.model import Example, Language
from metricloom.checks.pages import page, pages
from metricloom.errors import Problem, UserError
from metricloom.promtool import messages
from metricloom.registry.load import problems_of
from tests.test_codes import codes


def name(case: object) -> str:
    return case.name if isinstance(case, Page) else case.text[:40] if isinstance(case, Example) else str(case)


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
