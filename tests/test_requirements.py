"""``requirements.txt`` is what ``pyproject.toml`` resolves to, and what is installed."""

import os
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

# What the pins must serve: every supported Python on every system that CI runs.
PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
PYTHONS = ["3.11.0", "3.11.9", "3.12.1", "3.13.0", "3.14.0"]
ENVIRONMENTS = {
    f"Python {python} on {name}": {
        **default_environment(),
        **platform,
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
    }
    for name, platform in PLATFORMS.items()
    for python in PYTHONS
}
HERE = {"this environment": default_environment()}


def without_hashes(text):
    """A requirements file as constraints, a line a pin; the Makefile does the same with sed."""
    return re.sub(r"(?m) *\\$|^ *--hash=.*\n?", "", text)


def hashes(text):
    """``{pin: its hashes}`` of a requirements file, a pin as its line has it."""
    lines = text.replace("\\\n", " ").splitlines()
    parts = [re.split(r"\s+--hash=", line) for line in lines if line and line[0] != "#"]
    return {pin: set(found) for pin, *found in parts}


def parse_pins(text):
    """The pins of a requirements file; ValueError for a line that is anything else."""
    pins = []
    lines = without_hashes(text).splitlines()
    for line in filter(None, (raw.partition("#")[0].strip() for raw in lines)):
        try:
            pin = Requirement(line)
        except InvalidRequirement:
            raise ValueError(f"not a pinned requirement: {line!r}") from None
        exact = [spec.operator for spec in pin.specifier] == ["=="] and "*" not in line
        if pin.url or pin.extras or not exact:
            raise ValueError(f"not a pinned requirement: {line!r}")
        pins.append(pin)
    return pins


def version_of(pin):
    """The one version that a pin allows."""
    return next(iter(pin.specifier)).version


def declared(pyproject):
    """Every requirement of the project: run time, extras and build."""
    project = pyproject["project"]
    extras = project.get("optional-dependencies", {}).values()
    lists = [project["dependencies"], *extras, pyproject["build-system"]["requires"]]
    return [Requirement(line) for requirements in lists for line in requirements]


def installed():
    """``{name: (version, requirements)}`` of everything that is installed."""
    return {
        canonicalize_name(dist.name): (dist.version, [Requirement(r) for r in dist.requires or []])
        for dist in metadata.distributions()
    }


def applies(requirement, environment, extras=()):
    """Whether the requirement's marker holds, with one of the extras or with none."""
    return requirement.marker is None or any(
        requirement.marker.evaluate({**environment, "extra": extra}) for extra in ["", *extras]
    )


def disagreements(pyproject, pins, packages, environments=ENVIRONMENTS):
    """Where the pins are not what ``pyproject`` asks for, a line each.

    Follows requirements from ``pyproject`` through the metadata of the installed ``packages``.
    Where an environment pins another version, what that version requires is not known. What
    ``pyproject`` leaves out of the pins is needed by nobody.
    """
    left_out = pyproject.get("tool", {}).get("uv", {}).get("exclude-dependencies", [])
    problems, reached = {}, set()
    for label, environment in environments.items():
        active = {}
        for pin in (pin for pin in pins if applies(pin, environment)):
            name = canonicalize_name(pin.name)
            if name in active:
                problems[f"{name} is pinned twice"] = label
            active[name] = version_of(pin)
        queue = [("pyproject.toml", r, ()) for r in declared(pyproject)]
        seen = set()
        while queue:
            source, requirement, extras = queue.pop()
            name = canonicalize_name(requirement.name)
            if name in left_out or not applies(requirement, environment, extras):
                continue
            version = active.get(name)
            if version is None:
                problems[f"{source} needs {name}, which is not pinned"] = label
                continue
            if not requirement.specifier.contains(version, prereleases=True):
                asked = f"{name}{requirement.specifier}"
                problems[f"{source} needs {asked}, which is pinned at {version}"] = label
            reached.add(name)
            node = (name, frozenset(requirement.extras))
            if node not in seen and packages.get(name, (None,))[0] == version:
                seen.add(node)
                queue += [(name, r, tuple(requirement.extras)) for r in packages[name][1]]
    unreached = {canonicalize_name(pin.name) for pin in pins} - reached
    return [
        *(f"{problem} ({label})" for problem, label in problems.items()),
        *(f"{name} is pinned and nothing needs it" for name in sorted(unreached)),
    ]


def differences(pins, packages, unpinned=()):
    """Where this environment is not the pinned one, a line each."""
    for pin in pins:
        name, version = canonicalize_name(pin.name), version_of(pin)
        found = packages.get(name, (None,))[0]
        if applies(pin, default_environment()) and name not in unpinned and found != version:
            yield f"{name} is pinned at {version}; installed is {found}"


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def text():
    return (ROOT / "requirements.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bare(text):
    return without_hashes(text)


@pytest.fixture(scope="module")
def packages():
    return installed()


@pytest.fixture(scope="module")
def replaced():
    """Names of the packages that ``make test WITH=...`` put in the place of pinned ones."""
    with_ = os.environ.get("NNDL_WITH", "").split()
    return {canonicalize_name(Requirement(requirement).name) for requirement in with_}


@pytest.fixture(scope="module")
def pinned(text, packages, replaced):
    """The installed packages, as the source of the pins' own requirements."""
    for pin in parse_pins(text):
        name = canonicalize_name(pin.name)
        if name in replaced and packages[name][0] != version_of(pin):
            pytest.skip(f"make test WITH={name}: what its pinned version requires is not known")
    return packages


def test_the_pins_are_what_pyproject_asks_for(pyproject, text, pinned):
    assert disagreements(pyproject, parse_pins(text), pinned) == [], "run `make lock`"


def test_the_pins_are_installed(text, packages, replaced):
    assert list(differences(parse_pins(text), packages, replaced)) == [], "run `make setup`"


def test_every_pin_has_hashes(text):
    """pip --require-hashes installs nothing but the files that were there when `make lock` ran."""
    found = hashes(text)
    assert [Requirement(pin) for pin in found] == parse_pins(text)
    poor = [pin for pin, of_pin in found.items() if not of_pin]
    assert poor == [], "run `make lock`"
    sha256 = re.compile(r"sha256:[0-9a-f]{64}")
    assert [h for of_pin in found.values() for h in of_pin if not sha256.fullmatch(h)] == []


def test_a_pin_without_hashes_is_found():
    text = "# head\na==1 \\\n    --hash=sha256:0 \\\n    --hash=sha256:1\nb==2 ; os_name == 'nt'\n"
    assert hashes(text) == {"a==1": {"sha256:0", "sha256:1"}, "b==2 ; os_name == 'nt'": set()}
    assert without_hashes(text) == "# head\na==1\nb==2 ; os_name == 'nt'\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            r"numpy==2\.[45].*",
            "numpy==1.26.4",
            "pyproject.toml needs numpy>=2.0, which is pinned at 1",
        ),
        (r"numpy==2.*", "", "pyproject.toml needs numpy, which is not pinned"),
        (
            r"flit-core==.*",
            "flit-core==3.2",
            "pyproject.toml needs flit-core>=3.12, which is pinned",
        ),
        (
            r"numba==(\S+).*",
            r"numba==\1 ; os_name == 'nt'",
            "pyproject.toml needs numba, which is not",
        ),
        (r"colorama==.*", "", "needs colorama, which is not pinned (Python 3.14.0 on windows)"),
        (r"llvmlite==.*", "llvmlite==0.1", "numba needs llvmlite"),
        (r"llvmlite==.*", "", "numba needs llvmlite, which is not pinned"),
        (r"(docutils==.*)", r"\1\nleftover==1.0", "leftover is pinned and nothing needs it"),
        (r"(docutils==.*)", r"\1\n\1", "docutils is pinned twice"),
    ],
)
def test_a_planted_disagreement_is_found(pyproject, bare, pinned, old, new, expected):
    doctored, count = re.subn(f"(?m)^{old}$", new, bare)
    assert count
    problems = disagreements(pyproject, parse_pins(doctored), pinned)
    assert any(expected in problem for problem in problems), problems


def test_a_requirement_without_a_pin_is_found(pyproject, text, pinned):
    project = {**pyproject["project"], "dependencies": ["numpy>=2.0", "numba>=9", "unheard-of"]}
    problems = disagreements({**pyproject, "project": project}, parse_pins(text), pinned)
    assert any("needs unheard-of, which is not pinned" in problem for problem in problems)
    assert any("needs numba>=9, which is pinned at" in problem for problem in problems)


def test_what_is_left_out_of_the_pins_is_missing_nowhere_else(pyproject, text, pinned):
    kept = {**pyproject, "tool": {}}
    problems = disagreements(kept, parse_pins(text), pinned)
    left_out = pyproject["tool"]["uv"]["exclude-dependencies"]
    assert {problem.split()[2].strip(",") for problem in problems} == set(left_out)


def test_an_installed_version_that_is_not_the_pin_is_found(text, packages):
    other = {**packages, "numpy": ("1.0", []), "numba": ("1.0", [])}
    found = list(differences(parse_pins(text), other, unpinned=["numba"]))
    assert [line.split()[0] for line in found if "installed is 1.0" in line] == ["numpy"]
    del other["sphinx"]
    assert any("installed is None" in line for line in differences(parse_pins(text), other))


@pytest.mark.parametrize(
    "line",
    [
        "numpy>=2.0",
        "numpy==2.*",
        "numpy",
        "numpy===2.0",
        "--index-url https://packages.example/simple",
        "-r other.txt",
        "numpy @ https://packages.example/numpy.whl",
    ],
)
def test_only_pins_are_accepted(line):
    with pytest.raises(ValueError, match="not a pinned requirement"):
        parse_pins(f"# head\nnumba==1.0\n{line}\n")
