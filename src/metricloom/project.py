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


@dataclass(frozen=True, slots=True)
class Project:
    """The registry, the output folder and the sites to generate (all, where none is named)."""

    registry: str = CONTENT_PLATFORM
    output: Path = Path("bundle")
    sites: tuple[str, ...] = ()
    folder: Path | None = None
    """Where the pyproject.toml stands that says so: a registry that is a module may stand there, too."""

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
        known: Mapping[str, type] = {"registry": str, "output": str, "sites": list}
        for key, value in table.items():
            if key not in known:
                raise UserError(f"{file}: [tool.metricloom] has no key {key!r}", did_you_mean(key, known))
            if not isinstance(value, known[key]):
                raise UserError(f"{file}: [tool.metricloom] {key} is {value!r}", f"give a {known[key].__name__}")
            if isinstance(value, str) and "\0" in value:
                raise UserError(f"{file}: [tool.metricloom] {key} holds a NUL", "take it out: no path has one")
        default = cls()
        registry = table.get("registry")
        return cls(
            default.registry if registry is None else _anchored(registry, file.parent),
            file.parent / table["output"] if "output" in table else default.output,
            tuple(str(site) for site in table.get("sites", ())),
            file.parent if registry is not None else None,
        )


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
