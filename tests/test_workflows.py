"""What runs at each change and at a release: pinned, with few rights, and with words to read."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from book._tools import release, versions
from tests.test_requirements import without_hashes

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

# Jobs that may do more than read, and why. Each other one has the rights of its workflow.
RIGHTS = {
    ("publish", "keep"): {"contents": "write"},  # commits notebooks that were brought into step
    ("publish", "deploy"): {"pages": "write", "id-token": "write"},  # puts the site on Pages
    ("release", "release"): {"contents": "write"},  # makes the release of a tag
}

workflows = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def unpinned(text):
    """What a workflow uses by a name that may come to mean something else, with what to do."""
    for used in re.findall(r"(?m)^ *(?:- )?uses: *(.*?) *$", text):
        if not PINNED.fullmatch(used):
            yield f"{used!r}: write owner/action@ the commit's 40 digits, and # v1.2.3 behind it"


@workflows
def test_every_action_is_pinned_by_its_commit(path):
    assert list(unpinned(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "used", ["a/b@v5", "a/b@main", f"a/b@{'0' * 40}", f"a/b@{'0' * 39} # v1.2.3", "./.github/a"]
)
def test_an_action_that_is_not_pinned_is_found(used):
    good = f"    steps:\n      - uses: a/b@{'0' * 40} # v1.2.3\n"
    assert list(unpinned(good)) == []
    assert [line.split(": ")[0] for line in unpinned(f"{good}        uses: {used}\n")] == [
        repr(used)
    ]


@workflows
def test_workflows_ask_for_little(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    triggers = workflow[True]  # YAML reads `on` as true
    assert "pull_request_target" not in triggers  # it would have rights, and a stranger's code
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job
        assert job.get("permissions") == RIGHTS.get((path.stem, name)), name
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
            # An expression is put into the script as it is: a branch's name could end the command.
            assert "${{ github." not in step.get("run", "")


def test_what_may_write_runs_nothing_of_the_repository():
    for file, name in RIGHTS:
        workflow = yaml.safe_load(read(f".github/workflows/{file}.yml"))
        steps = workflow["jobs"][name]["steps"]
        assert not any("checkout" in step.get("uses", "") for step in steps)
        assert not any("make" in step.get("run", "") for step in steps)


def test_notebooks_follow_their_texts_before_anything_holds_them():
    """On each system the same ones, and on the site those that were tested."""
    jobs = {
        name: yaml.safe_load(read(f".github/workflows/{name}.yml"))["jobs"]
        for name in ("ci", "publish")
    }
    assert jobs["ci"]["test"]["needs"] == "in-step"
    for job in (jobs["ci"]["test"], jobs["publish"]["build"]):
        commands = [step.get("run", "") for step in job["steps"]]
        brought = next(k for k, command in enumerate(commands) if "in-step" in command)
        tested = next(k for k, command in enumerate(commands) if command.startswith("make test"))
        assert brought < tested
    assert ".ci/in-step" in str(jobs["ci"]["in-step"]["steps"])
    for name in ("in-step", "run"):
        assert "make chapters ARGS=--in-step\n" in read(f".ci/{name}")
    assert jobs["publish"]["keep"]["needs"] == "build"
    assert jobs["publish"]["keep"]["if"] == "github.ref == 'refs/heads/main'"


@pytest.mark.skipif(sys.platform == "win32", reason="the job runs on Linux")
def test_what_was_brought_into_step_is_handed_on_and_committed(tmp_path):
    """The script of .ci, with a stand-in for make, and the program of the job that commits."""
    book, tools, here = tmp_path / "book", tmp_path / "tools", tmp_path / "here"
    for folder in (book / ".ci", tools, here):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "in-step", book / ".ci")
    (tools / "make").write_text(
        "#!/bin/sh\nmkdir -p part && echo new >part/new.ipynb && echo changed >changed.ipynb\n"
    )
    (tools / "make").chmod(0o755)
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    for name in ("changed.ipynb", "same.ipynb"):
        (book / name).write_text("old\n")
    who = ["-c", "user.name=N", "-c", "user.email=N"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "a: b"]):
        subprocess.run(["git", *command], cwd=book, check=True)
    script = [book / ".ci" / "in-step", here / "in-step"]
    subprocess.run(script, env=environment, check=True)
    with tarfile.open(here / "in-step" / "files.tar") as tar:
        assert sorted(tar.getnames()) == ["changed.ipynb", "part/new.ipynb"]

    steps = yaml.safe_load(read(".github/workflows/publish.yml"))["jobs"]["keep"]["steps"]
    (program,) = (step["run"] for step in steps if step.get("shell") == "python")
    environment |= {"GITHUB_REPOSITORY": "OWNER/NAME", "GITHUB_SHA": "abc"}
    subprocess.run([sys.executable, "-c", program], cwd=here, env=environment, check=True)
    wanted = json.loads((here / "request.json").read_text())["variables"]["input"]
    assert wanted["branch"] == {"repositoryNameWithOwner": "OWNER/NAME", "branchName": "main"}
    assert wanted["expectedHeadOid"] == "abc"
    added = {a["path"]: base64.b64decode(a["contents"]) for a in wanted["fileChanges"]["additions"]}
    assert added == {"changed.ipynb": b"changed\n", "part/new.ipynb": b"new\n"}

    (here / "request.json").unlink()
    tarfile.open(here / "in-step" / "files.tar", "w").close()
    subprocess.run([sys.executable, "-c", program], cwd=here, env=environment, check=True)
    assert not (here / "request.json").exists()


def test_the_site_of_a_release_is_the_one_that_publish_puts_beside_todays():
    """One names the archive that the other looks for, and both see the whole history."""
    release_steps, publish_steps = (
        yaml.safe_load(read(f".github/workflows/{name}.yml"))["jobs"]["build"]["steps"]
        for name in ("release", "publish")
    )
    for steps in (release_steps, publish_steps):
        (checkout,) = [step for step in steps if "checkout" in step.get("uses", "")]
        assert checkout["with"]["fetch-depth"] == 0, "else every page has the last commit's date"
    commands = [step.get("run", "") for step in release_steps]
    (packed,) = [command for command in commands if command.startswith("tar -czf")]
    archive = re.search(r'"dist/(\S+)"', packed)[1].replace("$GITHUB_REF_NAME", "v0.1.0")
    assert versions.ARCHIVE.fullmatch(archive)
    assert commands.index("make test") < commands.index("make book") < commands.index(packed)
    upload = read(".github/workflows/release.yml")
    assert fnmatch(f"dist/{archive}", re.search(r"dist/site\S+", upload.split("gh release")[1])[0])
    commands = [step.get("run", "") for step in publish_steps]
    fetched = next(k for k, command in enumerate(commands) if "gh release download" in command)
    pattern = re.search(r'--pattern "(\S+)"', commands[fetched])[1]
    assert fnmatch(archive, pattern)
    assert "--exclude-drafts" in commands[fetched]
    assembled = next(k for k, c in enumerate(commands) if "book._tools.versions" in c)
    assert commands.index("make book") < fetched < assembled


def test_the_actions_are_kept_up_to_date():
    config = yaml.safe_load(read(".github/dependabot.yml"))
    assert config["version"] == 2
    assert [entry["package-ecosystem"] for entry in config["updates"]] == ["github-actions"]


@pytest.mark.parametrize("name", ["book", "code", "idea"])
def test_issue_forms_are_forms(name):
    form = yaml.safe_load(read(f".github/ISSUE_TEMPLATE/{name}.yml"))
    assert {"name", "description", "body"} <= form.keys()
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids)
    for field in form["body"]:
        assert field["type"] in {"input", "textarea"}
        assert field["attributes"]["label"]


def test_the_pull_request_names_commands_that_exist():
    commands = re.findall(r"`make (\w+)`", read(".github/pull_request_template.md"))
    assert commands
    assert all(re.search(rf"(?m)^{command}:.*## ", read("Makefile")) for command in commands)


# ------------------------------------------------------------------------------------ at a commit


def hooks():
    repos = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    return {
        hook["id"]: {**hook, "rev": repo.get("rev")} for repo in repos for hook in repo["hooks"]
    }


def test_pre_commit_uses_the_pinned_ruff():
    version = hooks()["ruff-check"]["rev"].removeprefix("v")
    assert f"ruff=={version}\n" in without_hashes(read("requirements.txt"))


@pytest.mark.parametrize(
    ("message", "good"),
    [
        ("kernels: pack dout by panels\n\nThe loads were strided.\n", True),
        ("book, tests: a new exercise\n", True),
        ("Merge branch 'kernels'\n", True),
        ('Revert "kernels: pack dout by panels"\n', True),
        ("fixup! kernels: pack dout by panels\n", True),
        ("a: " + 69 * "x", True),
        ("a: " + 70 * "x", False),
        ("Pack dout by panels\n", False),
        ("Kernels: pack dout by panels\n", False),
        ("pack dout by panels\n\nkernels: why\n", False),
        ("kernels:\n\nwhy\n", False),
    ],
)
def test_the_subject_of_a_commit_is_held(message, good):
    hook = hooks()["subject"]
    assert hook["language"] == "pygrep"
    assert hook["stages"] == ["commit-msg"]
    assert hook["args"] == ["--negate", "--multiline"]
    # As pre-commit's pygrep reads a file with --multiline.
    assert bool(re.search(hook["entry"], message, re.MULTILINE | re.DOTALL)) == good


# ------------------------------------------------------------------------------------ at a release


@pytest.fixture
def tree(tmp_path):
    """The files that have the version, with a date of release."""
    for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md", "nndl/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    log, citation = tmp_path / "CHANGELOG.md", tmp_path / "CITATION.cff"
    text, (version, date, _) = (
        log.read_text(encoding="utf-8"),
        release.changes(read("CHANGELOG.md")),
    )
    log.write_text(text.replace(f"[{version}] - {date}", f"[{version}] - 2031-12-24"), "utf-8")
    lines = [x for x in citation.read_text("utf-8").splitlines() if "date-released" not in x]
    citation.write_text("\n".join([*lines, "date-released: 2031-12-24", ""]), "utf-8")
    return tmp_path, f"v{version}"


def test_a_tree_that_is_ready_is_released(tree):
    root, tag = tree
    assert list(release.problems(tag, root)) == []
    notes = release.changes((root / "CHANGELOG.md").read_text("utf-8"))[2]
    assert notes.startswith("### Added\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "pyproject.toml",
            r'(?m)^version = ".*"',
            'version = "9.0"',
            "pyproject.toml has version 9",
        ),
        ("nndl/__init__.py", '__version__ = ".*"', "", "nndl/__init__.py has version None"),
        ("CITATION.cff", "(?m)^version: .*", "version: 9", "CITATION.cff has version 9"),
        ("CITATION.cff", "date-released.*", "", "CITATION.cff has no date of release, but None"),
        ("CITATION.cff", "2031", "2032", "CITATION.cff has the date 2032-12-24, CHANGELOG.md 2031"),
        (
            "CHANGELOG.md",
            "2031-12-24",
            "unreleased",
            "CHANGELOG.md has no date of release, but unr",
        ),
        ("CHANGELOG.md", r"## \[.*\] - 2", "## [8.0] - 2", "CHANGELOG.md has version 8.0"),
    ],
)
def test_what_is_not_ready_is_named(tree, file, old, new, expected):
    root, tag = tree
    doctored, count = re.subn(old, new, (root / file).read_text("utf-8"), count=1)
    assert count
    (root / file).write_text(doctored, "utf-8")
    found = list(release.problems(tag, root))
    assert any(problem.startswith(expected) for problem in found), found


def test_a_tag_of_another_version_is_refused(capsys):
    assert release.main(["v99.0"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("make it that of the tag") == 4


def test_notes_end_at_the_section_before():
    log = "# C\n\n## [0.2.0] - 2031-12-24\n\nNew.\n\n## [0.1.0] - 2030-01-01\n\nOld.\n"
    assert release.changes(log) == ("0.2.0", "2031-12-24", "New.\n")
    with pytest.raises(ValueError, match=r"no section `## \[VERSION\] - DATE`: write one"):
        release.changes("# C\n")
