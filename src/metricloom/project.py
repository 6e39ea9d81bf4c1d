"""What a project says of itself in the `[tool.metricloom]` table of its pyproject.toml."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metricloom.errors import UserError, did_you_mean

CONTENT_PLATFORM = "metricloom.content_platform:REGISTRY"
"""The registry that ships with metricloom, and is used where no other is named."""

MEND = "mend it: metricloom reads its [tool.metricloom] table"


SEVERITIES = ("error", "warning", "note")
KEYS: Mapping[str, type] = {"registry": str, "output": str, "sites": list, "check": dict}
CHECK_KEYS: Mapping[str, type] = {"select": list, "ignore": list, "severity": str, "fail-on": str, "baseline": str}
_NAMES: Mapping[type, str] = {str: "str", list: "list", dict: "table: [tool.metricloom.check]"}
WORDS = {"severity": SEVERITIES, "fail-on": (*SEVERITIES, "never")}
"""What the keys may be that are one of a few words."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What `[tool.metricloom.check]` says, for where the command line says nothing."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: str | None = None
    fail_on: str | None = None
    baseline: Path | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The registry, the output folder and the sites to generate (all, where none is named)."""

    registry: str = CONTENT_PLATFORM
    output: Path = Path("bundle")
    sites: tuple[str, ...] = ()
    folder: Path | None = None
    """Where the pyproject.toml stands that says so: a registry that is a module may stand there, too."""
    check: CheckOptions = CheckOptions()

    @classmethod
    def here(cls) -> Project:
        """Return what the nearest pyproject.toml, in this folder or above, says; paths in it are relative to it.

        Raises:
            UserError: the file is no TOML, or the table holds something else than it may.
        """
        for folder in (Path.cwd(), *Path.cwd().parents):
            file = folder / "pyproject.toml"
            if os.access(file, os.F_OK) and file.is_file():  # a folder that may not be entered has none for us
                return cls._of(file, _table(file))
        return cls()

    @classmethod
    def _of(cls, file: Path, table: Mapping[str, Any]) -> Project:
        _require(file, "tool.metricloom", table, KEYS)
        default = cls()
        registry = table.get("registry")
        return cls(
            default.registry if registry is None else _anchored(registry, file.parent),
            file.parent / table["output"] if "output" in table else default.output,
            tuple(str(site) for site in table.get("sites", ())),
            file.parent if registry is not None else None,
            _check_options(file, table.get("check", {})),
        )


def _check_options(file: Path, table: Mapping[str, Any]) -> CheckOptions:
    _require(file, "tool.metricloom.check", table, CHECK_KEYS)
    for key, words in WORDS.items():
        if table.get(key, words[0]) not in words:
            raise UserError(f"{file}: [tool.metricloom.check] {key} is {table[key]!r}", f"give {' or '.join(words)}")
    return CheckOptions(
        tuple(str(code) for code in table.get("select", ())),
        tuple(str(code) for code in table.get("ignore", ())),
        table.get("severity"),
        table.get("fail-on"),
        file.parent / table["baseline"] if "baseline" in table else None,
    )


def _require(file: Path, name: str, table: Mapping[str, Any], known: Mapping[str, type]) -> None:
    """Refuse a key that *known* has not, and a value of another type than it says."""
    for key, value in table.items():
        if key not in known:
            raise UserError(f"{file}: [{name}] has no key {key!r}", did_you_mean(key, known))
        if not isinstance(value, known[key]):
            raise UserError(f"{file}: [{name}] {key} is {value!r}", f"give a {_NAMES[known[key]]}")
        if isinstance(value, str) and "\0" in value:
            raise UserError(f"{file}: [{name}] {key} holds a NUL", "take it out: no path has one")


def _anchored(registry: str, folder: Path) -> str:
    """Return a registry that is a file by its path from here; a module stays a module."""
    path = registry.partition(":")[0]
    return str(folder / registry) if path.endswith(".py") else registry


def _table(file: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise UserError(f"{file}: it is nested too deeply", MEND) from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}", MEND) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: {error}", MEND) from error
    tool = _as_table(file, "tool", document.get("tool", {}))
    return _as_table(file, "tool.metricloom", tool.get("metricloom", {}))


def _as_table(file: Path, name: str, table: Any) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise UserError(f"{file}: {name} is {table!r}", f"make it a table: [{name}]")
    return table
