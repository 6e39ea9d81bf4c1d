"""Calls of prometheus_client's classes in a syntax tree, under whatever names they were imported."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LIBRARY: Final = "prometheus_client"
CLASSES: Final = frozenset({"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"})
MAX_DEPTH: Final = 50
"""Of an expression that is read as a literal."""

MAX_STEPS: Final = 5_000
"""In reading one: constants made of constants may grow without end."""

MAX_LENGTH: Final = 100_000
"""Of a text that is put together."""


DEFAULT_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class NotLiteralError(Exception):
    """An expression whose value only a run can tell."""


@dataclass(frozen=True)
class Call:
    """A metric that is created at *place*."""

    kind: str
    place: str
    arguments: tuple[ast.expr, ...]
    keywords: Mapping[str | None, ast.expr]
    constants: Mapping[str, ast.expr]

    @property
    def is_whole(self) -> bool:
        """Whether its arguments all stand there: none comes out of `*` or `**`."""
        return None not in self.keywords and not any(isinstance(each, ast.Starred) for each in self.arguments)


@dataclass
class _Names:
    """What the names of a file stand for."""

    classes: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    constants: dict[str, ast.expr] = field(default_factory=dict)


def calls_in(tree: ast.Module, path: str) -> list[Call]:
    """Return the calls in the order of their lines."""
    nodes = list(ast.walk(tree))
    names = _names(nodes)
    found = [
        (node.lineno, node.col_offset, kind, node)
        for node in nodes
        if isinstance(node, ast.Call) and (kind := _class_of(node.func, names))
    ]
    return [
        Call(
            kind,
            f"{path}:{line}",
            tuple(node.args),
            {keyword.arg: keyword.value for keyword in node.keywords},
            names.constants,
        )
        for line, _, kind, node in sorted(found, key=lambda each: each[:2])
    ]


def _names(nodes: list[ast.AST]) -> _Names:
    names = _Names()
    assigned: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.modules.update(alias.asname or LIBRARY for alias in node.names if _of_library(alias.name))
        elif isinstance(node, ast.ImportFrom) and not node.level and _of_library(node.module or ""):
            _import_from(node, names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            assigned[node.id] += 1
        elif isinstance(node, ast.arg):
            assigned[node.arg] += 2  # each call gives another
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.constants.update({each.id: node.value for each in targets if isinstance(each, ast.Name)})
    for name in [name for name in names.constants if assigned[name] > 1]:
        del names.constants[name]
    return names


def _of_library(module: str) -> bool:
    return module == LIBRARY or module.startswith(f"{LIBRARY}.")


def _import_from(node: ast.ImportFrom, names: _Names) -> None:
    for alias in node.names:
        if alias.name == "*":
            names.classes.update({name: name for name in CLASSES})
        elif alias.name in CLASSES:
            names.classes[alias.asname or alias.name] = alias.name
        else:  # `from prometheus_client import metrics`
            names.modules.add(alias.asname or alias.name)


def _class_of(function: ast.expr, names: _Names) -> str | None:
    if isinstance(function, ast.Name):
        return names.classes.get(function.id)
    if isinstance(function, ast.Attribute) and function.attr in CLASSES:
        root = function.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in names.modules:
            return function.attr
    return None


def literal(node: ast.expr, constants: Mapping[str, ast.expr]) -> Any:
    """Return the value of an expression, if it can be told without running anything.

    Raises:
        NotLiteralError: it can't.
    """
    return _Reader(constants).value(node)


@dataclass
class _Reader:
    constants: Mapping[str, ast.expr]
    depth: int = 0
    steps: int = 0

    def value(self, node: ast.expr) -> Any:
        self.steps += 1
        self.depth += 1
        if self.depth > MAX_DEPTH or self.steps > MAX_STEPS:
            raise NotLiteralError
        found = self._value(node)
        self.depth -= 1
        return found

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name() if node.id in self.constants:
                return self.value(self.constants[node.id])
            case ast.Tuple() | ast.List():
                return self._items(node.elts)
            case ast.BinOp(op=ast.Add()):
                return _sum(self.value(node.left), self.value(node.right))
            case ast.JoinedStr() | ast.FormattedValue(conversion=-1, format_spec=None):
                return self._text(node)
        return self._number(node)

    def _text(self, node: ast.JoinedStr | ast.FormattedValue) -> Any:
        if isinstance(node, ast.FormattedValue):
            return self.value(node.value)
        return "".join(str(self.value(part)) for part in node.values)[:MAX_LENGTH]

    def _number(self, node: ast.expr) -> Any:
        match node:
            case ast.UnaryOp(op=ast.USub()):
                return -_number(self.value(node.operand))
            case ast.Call(func=ast.Name(id="float"), args=[text], keywords=[]):
                return _float(self.value(text))
            case ast.Attribute(attr="inf", value=ast.Name()) | ast.Name(id="INF"):  # math.inf; the client's own
                return float("inf")
            case ast.Attribute(attr="DEFAULT_BUCKETS"):  # of Histogram
                return DEFAULT_BUCKETS
            case ast.Call(func=ast.Name(id="list" | "tuple"), args=[ast.expr() as items], keywords=[]):
                return self._items([ast.Starred(items)])
        raise NotLiteralError

    def _items(self, parts: list[ast.expr]) -> tuple[Any, ...]:
        found: list[Any] = []
        for part in parts:
            if isinstance(part, ast.Starred):
                more = self.value(part.value)
                if not isinstance(more, tuple):
                    raise NotLiteralError
                found += more
            else:
                found.append(self.value(part))
            if len(found) > MAX_STEPS:
                raise NotLiteralError
        return tuple(found)


def _number(value: Any) -> Any:
    if not isinstance(value, int | float):
        raise NotLiteralError
    return value


def _sum(left: Any, right: Any) -> Any:
    if type(left) is type(right) and isinstance(left, str | tuple) and len(left) + len(right) <= MAX_LENGTH:
        return left + right
    raise NotLiteralError


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotLiteralError from error
