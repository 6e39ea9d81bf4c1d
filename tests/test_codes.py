"""A code is one problem's, and a problem has one code: people search for them, and leave them out by them."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src/metricloom"


def codes() -> Iterator[tuple[str, str]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                code, name = node.args[:2]
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in ("fault", "Problem", "check", "registry_check") and isinstance(code, ast.Constant):
                    assert isinstance(name, ast.Constant), f"{path}:{node.lineno}"
                    yield str(code.value), str(name.value)


def test_each_code_has_one_name_and_each_name_one_code() -> None:
    names, numbers = defaultdict(set), defaultdict(set)
    for code, name in codes():
        names[code].add(name)
        numbers[name].add(code)
    assert len(names) > 60
    assert {code: sorted(found) for code, found in names.items() if len(found) > 1} == {}
    assert {name: sorted(found) for name, found in numbers.items() if len(found) > 1} == {}
