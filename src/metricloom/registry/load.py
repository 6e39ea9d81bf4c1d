"""Registries loaded by name: `package.module:attribute`, or `path/to/file.py[:attribute]`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from metricloom.errors import Problem, RegistryError, did_you_mean
from metricloom.registry.overrides import faulty_sites
from metricloom.registry.registry import Registry

DEFAULT_ATTRIBUTE = "REGISTRY"
MACHINERY = (Path(importlib.__file__).parent, Path(__file__).parent.parent)
"""Folders of the import system and of metricloom."""


def load(name: str, beside: Path | None = None) -> Registry:
    """Return the registry called *name*, found sound by itself. A module may stand in the folder *beside*, too.

    Raises:
        RegistryError: it does not import, lacks the attribute, holds something else, or has wrong declarations: all of
            them at once. The cause is the exception that the import raised, if it was one.
    """
    path, attribute = _split(name)
    with _no_bytecode():
        module = _module_of_file(path) if path.endswith(".py") else _module_by_name(path, beside)
    registry = _attribute(module, attribute, path)
    problems = problems_of(registry)
    if problems:
        count = "1 wrong declaration" if len(problems) == 1 else f"{len(problems)} wrong declarations"
        raise RegistryError(f"{name}: {count}", problems=sorted(problems, key=_place))
    return registry


def problems_of(registry: Registry) -> list[Problem]:
    """Return what is wrong with *registry* by itself, or else with its sites."""
    return list(registry.problems()) or list(faulty_sites(registry))


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Have the import of a registry leave nothing beside it: only the output folder is ours to write to."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _place(problem: Problem) -> tuple[str, int, str]:
    return (problem.at.path, problem.at.line, problem.code) if problem.at is not None else ("", 0, problem.code)


def _split(name: str) -> tuple[str, str]:
    path, colon, attribute = name.rpartition(":")
    return (path, attribute) if colon and path else (name, DEFAULT_ATTRIBUTE)


def _module_by_name(name: str, beside: Path | None) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise RegistryError(
            f"{name!r} names no module", "give package.module:attribute, or path/to/file.py[:attribute]"
        )
    # As `python -m` does: a registry beside the user is found. Kept, for the registry may change the folder.
    here = str(Path.cwd() if beside is None else beside.absolute())
    sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise RegistryError(
                f"there is no module {error.name!r}",
                f"is it spelt right, and installed here, or below {here}?",
            ) from error
        raise _failed(name, error) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _failed(name, error) from error
    finally:
        _forget(here)


def _module_of_file(path: str) -> ModuleType:
    file = Path(path).resolve()
    if not file.is_file():
        raise RegistryError(f"{path}: there is no such file", "give the path of a Python file that declares a registry")
    # Files of one name in two folders are two modules.
    name = f"{file.stem}_{hashlib.sha256(str(file).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, file, loader=_SourceLoader(name, str(file)))
    if spec is None or spec.loader is None:
        raise RegistryError(f"{path}: this is no Python file", "give a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling in it look it up there
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _failed(path, error) from error
    finally:
        _forget(str(file.parent))
    return module


class _SourceLoader(SourceFileLoader):
    """Reads the file as it is now: bytecode beside it may be of an edit in the same second, and is none of ours."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the signature of importlib
        """Compile the source, and write nothing."""
        return self.source_to_code(self.get_data(self.path), self.path)


def _forget(folder: str) -> None:
    if folder in sys.path:  # the registry may have taken it out itself
        sys.path.remove(folder)


def _failed(name: str, error: BaseException) -> RegistryError:
    if isinstance(error, SyntaxError) and error.filename:  # one raised by hand knows no place
        return RegistryError(
            f"{error.filename}:{error.lineno}: {error.msg}", "the registry is no valid Python: mend it there"
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"install {error.name} beside metricloom, or mend the import"
    else:
        hint = "mend it there; --verbose shows the whole traceback"
    said = f"{type(error).__name__}: {_text(error)}".removesuffix(": ")
    return RegistryError(f"{_innermost(name, error)}: {said}", hint)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001 - __str__ is the user's code
        return f"(its __str__ raises {type(another).__name__})"


def _innermost(name: str, error: BaseException) -> str:
    """Return the last place in the user's own code: below it come the import system, and metricloom."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and not _is_machinery(Path(frame.filename))
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name


def _is_machinery(file: Path) -> bool:
    return any(file.is_relative_to(folder) for folder in MACHINERY)


def _attribute(module: ModuleType, attribute: str, path: str) -> Registry:
    try:
        value = getattr(module, attribute)
    except AttributeError as error:
        registries = [name for name, value in vars(module).items() if isinstance(value, Registry)]
        hint = did_you_mean(attribute, registries) if registries else f"write {attribute} = Registry(…) in it"
        raise RegistryError(f"{path} has no attribute {attribute!r}", hint) from error
    except Exception as error:  # a module may have a __getattr__ of its own
        raise _failed(path, error) from error
    if not isinstance(value, Registry):
        raise RegistryError(
            f"{path}:{attribute} is a {type(value).__name__}, not a Registry",
            "name the attribute that holds Registry(…)",
        )
    return value
