"""The one jinja2 environment: templates print what Python prepared, and nothing undefined passes."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined


def fill(template: str, **values: Any) -> str:
    """Return the text of the template called *template*, with *values* in it."""
    return _environment().get_template(template).render(values)


def py(value: Any) -> str:
    """Return *value* as a Python literal.

    Raises:
        UndefinedError: the template named something that it was not given; `repr` would print it as `Undefined`.
    """
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined raises, and says which name it was
    return repr(value)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("metricloom.generators"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["py"] = py
    return environment
