"""A registry is loaded by name; what keeps it from loading is said with its place in the user's own file."""

import os
import sys
from pathlib import Path

import pytest

from metricloom.errors import RegistryError, UserError
from metricloom.pipeline import bundles
from metricloom.project import CONTENT_PLATFORM, Project
from metricloom.registry.by_name import declared
from metricloom.registry.load import load

GOOD = 'from metricloom import Registry\nREGISTRY = Registry("mine", [])\nOTHER = Registry("other", [])\nNUMBER = 5\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "registry"),
    [
        ("mine.py", "mine"),
        ("mine.py:OTHER", "other"),
        ("./mine.py:REGISTRY", "mine"),
        ("loaded_by_name", "mine"),
        ("loaded_by_name:OTHER", "other"),
    ],
)
def test_a_registry_is_a_file_or_a_module_with_or_without_an_attribute(here: Path, name: str, registry: str) -> None:
    (here / "mine.py").write_text(GOOD)
    (here / "loaded_by_name.py").write_text(GOOD)
    assert load(name).name == registry


def test_a_registry_file_imports_what_stands_beside_it(here: Path) -> None:
    (here / "parts").mkdir()
    (here / "parts/beside_registry.py").write_text("NAME = 'mine'\n")
    (here / "parts/mine.py").write_text(
        "from metricloom import Registry\nfrom beside_registry import NAME\nREGISTRY = Registry(NAME, [])\n"
    )
    assert load("parts/mine.py").name == "mine"


def test_an_edit_in_the_same_second_is_seen_and_nothing_is_left_beside_the_registry(here: Path) -> None:
    (here / "beside_this.py").write_text("X = 1\n")
    file = here / "mine.py"
    for name in ("mine", "your"):
        file.write_text(f'import beside_this\nfrom metricloom import Registry\nREGISTRY = Registry("{name}", [])\n')
        os.utime(file, (1_700_000_000, 1_700_000_000))
        assert load("mine.py").name == name
    assert sorted(path.name for path in here.iterdir()) == ["beside_this.py", "mine.py"]


@pytest.mark.parametrize(
    ("text", "name", "message", "hint"),
    [
        (GOOD, "absent.py", "absent.py: there is no such file", "path of a Python file"),
        (GOOD, "absent_module", "no module 'absent_module'", "spelt right"),
        (GOOD, "not a name", "names no module", "package.module:attribute"),
        (GOOD, "mine.py:REGISTRI", "no attribute 'REGISTRI'", "did you mean REGISTRY?"),
        (GOOD, "mine.py:NUMBER", "is a int, not a Registry", "Registry(…)"),
        ("x = 1\n", "mine.py", "no attribute 'REGISTRY'", "write REGISTRY = Registry(…)"),
        ("x = 1\ny = (\n", "mine.py", "mine.py:2: '(' was never closed", "no valid Python"),
        ("import absent_dependency\n", "mine.py", "mine.py:1: ModuleNotFoundError", "install absent_dependency"),
        ("x = 1\n\nraise SystemExit(3)\n", "mine.py", "mine.py:3: SystemExit: 3", "mend it there"),
        ("raise BaseException('x')\n", "mine.py", "mine.py:1: BaseException: x", "mend it there"),
        ("raise GeneratorExit\n", "mine.py", "mine.py:1: GeneratorExit", "mend it there"),
        ("import asyncio\nraise asyncio.CancelledError\n", "mine.py", "mine.py:2: CancelledError", "mend it there"),
        ("raise SyntaxError('x')\n", "mine.py", "mine.py:1: SyntaxError: x", "mend it there"),
        ("raise ModuleNotFoundError('x')\n", "mine.py", "mine.py:1: ModuleNotFoundError: x", "mend it there"),
        ("x = '\0'\n", "mine.py", "mine.py", "mend it"),
        ("def __getattr__(name):\n    1 / 0\n", "mine.py", "mine.py:2: ZeroDivisionError", "mend it there"),
        (
            "class E(Exception):\n    def __str__(self):\n        1 / 0\n\nraise E\n",
            "mine.py",
            "mine.py:5: E: (its __str__ raises ZeroDivisionError)",
            "mend it there",
        ),
        ("def f():\n    return 1 / 0\n\nf()\n", "mine.py", "mine.py:2: ZeroDivisionError", "--verbose"),
        (
            "from metricloom import Counter\nC = Counter('x_total', 'X', label=[])\n",
            "mine.py",
            "mine.py:2: TypeError: ",
            "mend it there",
        ),
    ],
)
def test_what_keeps_a_registry_from_loading_is_said_with_its_place(
    here: Path, text: str, name: str, message: str, hint: str
) -> None:
    (here / "mine.py").write_text(text)
    with pytest.raises(RegistryError) as caught:
        load(name)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_site_that_overrides_nothing_keeps_the_registry_from_loading(here: Path) -> None:
    (here / "mine.py").write_text(
        "from metricloom import Registry, Site\n"
        "REGISTRY = Registry('mine', [], sites=[\n    Site('eu', off=['Nope']),\n])\n"
    )
    with pytest.raises(RegistryError) as caught:
        load("mine.py")
    [problem] = caught.value.problems
    assert problem.at is not None
    assert problem.at.line == 3


def test_pyproject_names_the_registry_the_output_and_the_sites(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text(
        '[tool.metricloom]\nregistry = "monitoring/mine.py:OTHER"\noutput = "build"\nsites = ["eu"]\n'
    )
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    project = Project.here()
    assert project == Project(str(here / "monitoring/mine.py:OTHER"), here / "build", ("eu",), here)


def test_a_module_that_pyproject_names_stands_beside_it_wherever_the_user_is(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text('[tool.metricloom]\nregistry = "beside_pyproject:OTHER"\nsites = ["nope"]\n')
    (here / "beside_pyproject.py").write_text(GOOD)
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    assert declared(None).name == "other"
    with pytest.raises(UserError, match="has no site 'nope'"):
        bundles(None)


def test_a_broken_pyproject_is_none_of_the_business_of_who_names_a_registry(here: Path) -> None:
    (here / "pyproject.toml").write_text("broken")
    (here / "mine.py").write_text(GOOD)
    assert [bundle.registry.name for bundle in bundles("mine.py")] == ["mine"]


def test_without_a_table_the_content_platform_is_generated(here: Path) -> None:
    (here / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert Project.here() == Project(CONTENT_PLATFORM, Path("bundle"), ())


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[tool.metricloom\n", "pyproject.toml: ", "mend it"),
        ("[tool.metricloom]\nregistri = 'x'\n", "no key 'registri'", "did you mean registry?"),
        ("[tool.metricloom]\nsites = 'eu'\n", "sites is 'eu'", "give a list"),
        ("[tool]\nmetricloom = 5\n", "is 5", "make it a table"),
        ("tool = 5\n", "tool is 5", "make it a table"),
        ('[tool.metricloom]\noutput = "a\\u0000b"\n', "output holds a NUL", "take it out"),
        ("a = " + "[" * 100_000, "nested too deeply", "mend it"),
    ],
)
def test_a_wrong_table_is_said_with_its_file(here: Path, text: str, message: str, hint: str) -> None:
    (here / "pyproject.toml").write_text(text)
    with pytest.raises(UserError) as caught:
        Project.here()
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_registry_may_change_the_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "elsewhere").mkdir()
    (here / "wanders.py").write_text("import os\nos.chdir('elsewhere')\n" + GOOD)
    before = list(sys.path)
    assert load("wanders").name == "mine"
    assert sys.path == before


def test_a_user_s_folder_may_be_called_as_the_import_system(here: Path) -> None:
    (here / "importlib_notes").mkdir()
    (here / "importlib_notes/mine.py").write_text("x = 1\n1 / 0\n")
    with pytest.raises(RegistryError) as caught:
        load("importlib_notes/mine.py")
    assert "importlib_notes/mine.py:2: ZeroDivisionError" in caught.value.message


def test_a_pyproject_that_cannot_be_read_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").touch()

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(UserError, match=r"pyproject\.toml: Permission denied"):
        Project.here()
