"""The house: the commands and what they say when they cannot run, and the files at the top."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from book._tools.release import changes
from tests.test_requirements import without_hashes

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

posix = pytest.mark.skipif(os.name == "nt", reason="builds a PATH of links and scripts")
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path):
    """A copy of what set-up reads, in a folder whose name has a space."""
    copy = tmp_path / "a copy"
    copy.mkdir()
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def tools(tmp_path):
    """A folder with the shell's tools and no Python: a PATH."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("make", "sh", "awk", "sed", "grep", "rm", "touch", "find", "uname", "mkdir"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def script(path, *lines):
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)


def make(house, *arguments, **environment):
    """Run make as if from a shell; return its status and the lines that are not its own."""
    ours = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "PORT", "ARGS", "WITH", "NNDL_WITH")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        ["make", *arguments],
        cwd=house,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if not re.match(r"make(\[\d\])?: \*\*\*", line)]


@needs_make
def test_make_alone_lists_every_command(house):
    status, lines = make(house)
    assert status == 0
    assert [line.split()[0] for line in lines[1:]] == COMMANDS
    phony = re.search(r"(?m)^\.PHONY: (.*)$", read("Makefile")).group(1).split()
    assert sorted(phony) == sorted([*COMMANDS, "force"])
    assert all(len(line) <= 100 for line in lines)


@posix
@needs_make
@pytest.mark.parametrize("command", ["book", "test", "chapters", "serve", "bench", "lab"])
def test_without_a_recent_python(house, tools, command):
    script(tools / "python3", "exit 1")  # an old one: the question after its version is answered no
    script(tools / "python3.12", "echo 'pyenv: python3.12: command not found' >&2", "exit 127")
    status, lines = make(house, command, PATH=str(tools))
    assert status != 0
    expected = "make: no Python 3.11 or newer found. Install one, or name it: make PYTHON="
    assert len(lines) == 1
    assert lines[0].startswith(expected)
    assert not (house / ".venv").exists()


@needs_make
def test_with_a_python_that_is_not_there(house):
    status, lines = make(house, "setup", "PYTHON=no/such/python")
    assert status != 0
    assert len(lines) == 1
    assert lines[0].startswith("make: no Python 3.11 or newer found at no/such/python.")


@posix
@needs_make
def test_without_the_venv_module(house, tools):
    script(tools / "python3", 'case "$2" in *ensurepip*) exit 1;; esac')
    status, lines = make(house, "book", PATH=str(tools))
    assert status != 0
    (line,) = lines
    assert line.startswith("make: python3 has no venv module. Install it (Debian and Ubuntu: apt")


@needs_make
def test_without_network(house):
    status, lines = make(
        house,
        "book",
        f"PYTHON={sys.executable}",
        "UV=false",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",  # nothing listens there
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="0",
    )
    assert status != 0
    doing, said = lines
    assert doing.startswith("Installing the pinned environment into .venv")
    assert said == (
        "make: no network, or no package index in reach: the environment is not installed. "
        "What pip said is in .venv/setup.log."
    )
    assert (house / ".venv" / "setup.log").stat().st_size > 0
    assert not (house / ".venv" / "ready").exists()


@posix
@needs_make
def test_an_install_that_fails_does_not_count(house, tools):
    script(house / ".venv" / "bin" / "python", 'case "$*" in *install*) echo no; exit 1;; esac')
    script(tools / "python3", "exit 0")
    for _ in range(2):
        status, lines = make(house, "book", PATH=str(tools))
        assert status != 0
        assert lines[-1].startswith("make: pip failed: the environment is not installed.")


@posix
@needs_make
def test_set_up_happens_once_and_again_when_the_pins_change(house, tools):
    script(house / ".venv" / "bin" / "python", 'echo "$@" >> calls')
    script(tools / "python3", "exit 0")
    assert make(house, "setup", PATH=str(tools))[0] == 0
    calls = (house / "calls").read_text()
    assert "install --no-compile --no-deps --require-hashes -r requirements.txt" in calls
    assert make(house, "setup", PATH=str(tools))[1] == ["The environment in .venv is ready."]
    assert (house / "calls").read_text() == calls
    os.utime(house / "requirements.txt", (2**32, 2**32))
    make(house, "setup", PATH=str(tools))
    assert len((house / "calls").read_text()) > len(calls)


@posix
@needs_make
@pytest.mark.parametrize("status", [0, 1])
def test_uv_installs_where_it_is_and_pip_where_it_fails(house, tools, status):
    script(house / ".venv" / "bin" / "python", 'echo "$@" >> calls')
    script(tools / "python3", "exit 0")
    script(tools / "uv", f'echo uv "$@" >> calls; exit {status}')
    assert make(house, "setup", PATH=str(tools))[0] == 0
    calls = (house / "calls").read_text().splitlines()
    pinned = "--no-deps --require-hashes -r requirements.txt"
    assert f"uv pip install --quiet --python .venv/bin/python {pinned}" in calls
    assert any(c.endswith(f"install --no-compile {pinned}") for c in calls) == (status == 1)


@posix
@needs_make
def test_with_installs_over_the_pins_for_one_run(house, tools):
    script(house / ".venv" / "bin" / "python", 'echo "$@" "[$NNDL_WITH]" >> calls')
    script(tools / "python3", "exit 0")
    make(house, "test", "WITH=numpy==2.0.* other", "ARGS=-k conv", PATH=str(tools))
    *_, install, test = (house / "calls").read_text().splitlines()
    assert install.endswith("install --no-compile numpy==2.0.* other []")
    assert test == "-m pytest -k conv [numpy==2.0.* other]"
    assert not (house / ".venv" / "ready").exists()


@posix
@needs_make
def test_bench_has_an_environment_of_its_own(house, tools):
    script(house / ".venv-bench" / "bin" / "python", 'echo "$@" >> calls')
    script(tools / "python3", "exit 0")
    assert make(house, "bench", "ARGS=--quick", PATH=str(tools))[0] == 0
    *_, install, itself, _, _, bench = (house / "calls").read_text().splitlines()
    needs = "numpy numba threadpoolctl pooch tqdm flit-core"
    pins = f"install --no-compile --constraint .venv-bench/constraints.txt {needs} torch=="
    assert pins in install
    constraints = (house / ".venv-bench" / "constraints.txt").read_text(encoding="utf-8")
    assert constraints == without_hashes(read("requirements.txt"))
    assert itself.endswith("install --no-deps --no-build-isolation -e .")
    assert bench == "-m benchmarks.run --quick"
    assert not (house / ".venv").exists()


# What a user's shell, a server or a system may set, and what must not reach the commands.
HOSTILE = {
    "PYTHONHOME": "/nonexistent",
    "PYTHONPATH": "/somebody/elses",
    "PYTHONSTARTUP": "/nonexistent.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONSAFEPATH": "1",
    "PIP_TARGET": "elsewhere",
    "PIP_PREFIX": "elsewhere",
    "PIP_USER": "1",
    "MPLBACKEND": "Agg",
    "MATPLOTLIBRC": "elsewhere",
    "JUPYTER_PATH": "elsewhere",
    "IPYTHONDIR": "elsewhere",
    "MPLCONFIGDIR": "elsewhere",
}


HOMES = [None, "/nonexistent", "fine"]
if os.name == "posix" and os.geteuid() != 0:  # root may write everywhere
    HOMES.append("read-only")


@posix
@needs_make
@pytest.mark.parametrize("command", ["book", "chapters", "test"])
def test_the_environment_does_not_decide_what_a_command_computes(house, tools, command):
    names = " ".join(HOSTILE)
    show = f'for name in {names}; do eval "value=\\$$name"; echo "$name=$value" >> seen; done'
    script(house / ".venv" / "bin" / "python", f'case "$*" in *"-m "*) {show};; esac')
    script(house / ".venv" / "bin" / "jupyter-book", show)
    script(tools / "python3", "exit 0")
    assert make(house, command, PATH=str(tools), **HOSTILE)[0] == 0
    lines = (house / "seen").read_text(encoding="utf-8").splitlines()[-len(HOSTILE) :]
    seen = dict(line.split("=", 1) for line in lines)
    here = house.resolve()
    assert seen == dict.fromkeys(HOSTILE, "") | {
        "PYTHONPATH": str(here),
        "PIP_USER": "0",
        "IPYTHONDIR": str(here / ".venv" / "ipython"),
        "MPLCONFIGDIR": str(here / ".venv" / "matplotlib"),
    }
    assert all((here / ".venv" / name).is_dir() for name in ("ipython", "matplotlib", "home"))


@posix
@needs_make
@pytest.mark.parametrize("home", HOMES)
def test_who_has_no_home_gets_one(house, tools, tmp_path, home):
    script(house / ".venv" / "bin" / "python", 'echo "$HOME" > home')
    script(tools / "python3", "exit 0")
    folder = tmp_path / "home"
    folder.mkdir(mode=0o555 if home == "read-only" else 0o755)
    told = str(folder) if home in ("read-only", "fine") else home
    make(house, "test", PATH=str(tools), HOME=told or "")
    own = house.resolve() / ".venv" / "home"
    assert (house / "home").read_text().strip() == (told if home == "fine" else str(own))


@posix
@needs_make
def test_a_copy_makes_an_environment_of_its_own(ready, tools, tmp_path):
    """The copied one would import the package of the folder that it was copied from."""
    script(
        tools / "python3", 'case "$2" in venv) mkdir -p .venv/bin; cp fake .venv/bin/python;; esac'
    )
    (tools / "cp").symlink_to(shutil.which("cp"))
    script(ready / "fake", "echo $* >> calls")
    copy = tmp_path / "b"
    shutil.copytree(ready, copy)
    (copy / ".venv" / "old").touch()
    assert make(ready, "setup")[1] == ["The environment in .venv is ready."]
    doing, said = make(copy, "setup", PATH=str(tools))[1]
    assert doing.startswith("Installing the pinned environment into .venv")
    assert said == "The environment in .venv is ready."
    assert not (copy / ".venv" / "old").exists()
    assert (copy / ".venv" / "ready").read_text(encoding="utf-8").strip() == str(copy.resolve())
    assert make(copy, "setup", PATH=str(tools))[1] == ["The environment in .venv is ready."]


@posix
@needs_make
@pytest.mark.parametrize("linked", [False, True])
def test_an_environment_that_make_did_not_make_is_never_removed(house, tools, tmp_path, linked):
    theirs = tmp_path / "theirs" if linked else house / ".venv"
    theirs.mkdir()
    (theirs / "notes.txt").write_text("mine", encoding="utf-8")
    if linked:
        (house / ".venv").symlink_to(theirs)
    script(tools / "python3", "exit 0")
    status, lines = make(house, "setup", PATH=str(tools))
    assert status != 0
    (line,) = lines
    assert line.startswith("make: .venv is a link" if linked else "make: .venv does not work here")
    assert line.endswith("or let make use another: make VENV=.venv-nndl")
    assert [path.name for path in theirs.iterdir()] == ["notes.txt"]


@posix
@needs_make
def test_an_environment_that_make_made_and_that_broke_is_made_anew(house, tools):
    (house / ".venv").mkdir()
    (house / ".venv" / "made-by-make").touch()
    script(house / ".venv" / "bin" / "python", "exit 1")
    made = 'case "$2" in venv) mkdir -p .venv/bin; echo "#!/bin/sh" > .venv/bin/python;;'
    (tools / "chmod").symlink_to(shutil.which("chmod"))
    script(tools / "python3", f"{made} esac; chmod +x .venv/bin/python")
    assert make(house, "setup", PATH=str(tools))[0] == 0
    assert (house / ".venv" / "made-by-make").exists()


@needs_make
def test_pip_that_installs_elsewhere_is_noticed(house, tools):
    script(house / ".venv" / "bin" / "python", 'case "$*" in *sys.prefix*) exit 1;; esac')
    script(tools / "python3", "exit 0")
    status, lines = make(house, "setup", PATH=str(tools))
    assert status != 0
    assert lines[-1].startswith("make: pip installed into another folder than .venv: see its sett")
    assert not (house / ".venv" / "ready").exists()


@posix
@needs_make
def test_the_package_is_found_from_the_environment_by_a_relative_path(tools, tmp_path):
    """A path in a file that Python reads at its start would have to be readable in any locale."""
    house = tmp_path / "wörk dir [1] 'q' & co"
    library = house / ".venv" / "lib"
    library.mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, house)
    absolute = f'*"-e ."*) echo "{house}" > .venv/lib/nndl.pth; exit 0;;'
    pip = f'case "$*" in {absolute} *" install"*) exit 0;; esac'
    relative = "sed \"s|sysconfig.get_path(.purelib.)|'.venv/lib'|\""
    script(
        house / ".venv" / "bin" / "python",
        pip,
        f'case "$2" in *purelib*) echo "$2" | {relative} | "{sys.executable}" -;; esac',
    )
    script(tools / "python3", "exit 0")
    assert make(house, "setup", PATH=str(tools))[0] == 0
    link = (library / "nndl.pth").read_bytes()
    assert link.isascii()
    assert (library / link.decode().strip()).resolve() == house.resolve()


@pytest.fixture
def ready(house):
    """The copy with an environment that counts as installed: this one."""
    script(house / ".venv" / "bin" / "python", f'exec "{sys.executable}" "$@"')
    (house / ".venv" / "ready").write_text(f"{house.resolve()}\n", encoding="utf-8")
    return house


@posix
@needs_make
def test_serve_says_that_the_port_is_taken(ready):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, lines = make(ready, "serve", f"PORT={port}")
    assert status != 0
    assert lines == [f"make: port {port} is in use. Name another: make serve PORT=8001"]


@posix
@needs_make
def test_a_site_that_fails_is_built_anew(ready):
    script(ready / ".venv" / "bin" / "python", "exit 0")
    script(ready / ".venv" / "bin" / "jupyter-book", "mkdir -p _build/.doctrees", "exit 1")
    status, lines = make(ready, "book")
    assert status != 0
    assert lines == ["make: the site was not built; the reasons are above."]
    assert not (ready / "_build" / ".doctrees").exists()


@posix
@needs_make
def test_book_stops_when_a_chapter_is_out_of_step(ready):
    script(ready / ".venv" / "bin" / "python", "echo run make chapters >&2", "exit 1")
    script(ready / ".venv" / "bin" / "jupyter-book", "echo built")
    status, lines = make(ready, "book")
    assert status != 0
    assert lines == ["run make chapters"]


@posix
@needs_make
def test_lock_says_that_uv_is_missing(house, tools):
    status, lines = make(house, "lock", PATH=str(tools))
    assert status != 0
    assert lines == ["make: uv is missing; install it to run make lock."]


@posix
@needs_make
def test_clean_keeps_the_environment(ready):
    for name in ("_build/html", "dist", "nndl/__pycache__", "book", "tests", "benchmarks"):
        (ready / name).mkdir(parents=True)
    assert make(ready, "clean")[0] == 0
    assert not (ready / "_build").exists()
    assert not (ready / "dist").exists()
    assert not (ready / "nndl" / "__pycache__").exists()
    assert (ready / ".venv" / "ready").exists()
    assert make(ready, "distclean")[0] == 0
    assert not (ready / ".venv").exists()


@posix
def test_ci_runs_make_test():
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    subprocess.run(["bash", "-n", run], check=True)
    assert "exec make test" in run.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_ruff(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_has_the_package_data(tmp_path):
    build = "import sys; from flit_core.buildapi import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    kinds = {".py", ".typed", ".toml", ".mplstyle", ".npz", ".txt"}
    package = [p for p in (ROOT / "nndl").rglob("*") if p.suffix in kinds]
    assert {p.relative_to(ROOT).as_posix() for p in package} <= names
    assert "nndl/py.typed" in names, "type checkers read the types of no other package"
    assert any(name.endswith("/LICENSE") for name in names)


def test_one_version():
    import nndl

    citation = yaml.safe_load(read("CITATION.cff"))
    assert PROJECT["version"] == nndl.__version__ == citation["version"]
    assert PROJECT["version"] == changes(read("CHANGELOG.md"))[0]
    assert PROJECT["license"].split(" AND ")[0] == citation["license"]  # that of the code
    assert [a["name"] for a in PROJECT["authors"]] == [a["name"] for a in citation["authors"]]


def addresses_disagree(config, citation):
    """Whether the citation has another address than the setting in ``_config.yml``."""
    return (config["repository"]["url"] or None) != citation.get("repository-code")


def test_the_citation_has_the_address_that_is_set():
    config, citation = yaml.safe_load(read("_config.yml")), yaml.safe_load(read("CITATION.cff"))
    assert not addresses_disagree(config, citation)
    address = "https://example.org/nndl"
    config["repository"]["url"] = address
    assert addresses_disagree(config, {})
    assert not addresses_disagree(config, {"repository-code": address})


def test_ci_covers_every_system_and_the_range_of_pythons():
    ci = yaml.safe_load(read(".github/workflows/ci.yml"))
    job = ci["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert PROJECT["requires-python"] == f">={matrix['python'][0]}"
    oldest = next(entry for entry in matrix["include"] if entry["python"] == matrix["python"][0])
    (numpy,) = (r for r in PROJECT["dependencies"] if r.startswith("numpy"))
    assert oldest["with"].split()[0] == numpy.replace(">=", "==") + ".*"
    (numba,) = (r for r in PROJECT["dependencies"] if r.startswith("numba"))
    assert oldest["with"].split()[1] == numba.partition(";")[0].replace(">=", "==") + ".*"
    assert any(step.get("run", "").startswith("make test") for step in job["steps"])


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "MAINTAINING.md"])
def test_documents_name_what_exists(name):
    text = read(name)
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text)
    there = {p for p in paths if (ROOT / p).exists() or (ROOT / "book" / f"{p}.md").exists()}
    built = {path for path in paths if path.startswith("_build/")}  # what the commands make
    assert set(paths) - there - built == set()
    commands = re.findall(r"(?m)(?:^|`)make ([a-z]+)", text)
    assert commands
    assert set(commands) <= set(COMMANDS)


def test_contributing_begins_with_what_people_do_most():
    """Before any concept, and each in under ten lines."""
    _, *sections = re.split(r"(?m)^## ", read("CONTRIBUTING.md"))
    first = [section.splitlines() for section in sections[:3]]
    assert [lines[0] for lines in first] == ["Fix a typo", "Change a bound", "Add an exercise"]
    assert [len([line for line in lines[1:] if line]) < 10 for lines in first] == [True] * 3
    assert sections[3].startswith("Add a layer\n")
    assert all("`make chapters" in "".join(lines) for lines in first)


def test_the_mistake_shown_to_contributors_exists():
    (shown,) = re.findall(r'mistakes.load\(\)\["(.*)"\]', read("CONTRIBUTING.md"))
    assert f'id = "{shown}"' in read("nndl/mistakes.toml")
    assert f"`{shown}`" in read("CONTRIBUTING.md")


def test_the_map_names_what_exists():
    _, _, rest = read("README.md").partition("## The map\n\n```\n")
    folder = ROOT
    for line in rest.partition("```")[0].splitlines():
        names = re.match(r" *(.+?)  +", line).group(1).split()
        base = folder if line.startswith("  ") else ROOT
        assert [n for n in names if not (base / n).exists()] == [], line
        if not line.startswith("  "):
            folder = ROOT / names[0]
