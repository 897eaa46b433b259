"""The whole site, built once in a run, whichever workers look at it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 1200  # seconds to wait for the worker that builds


def build(source: Path, target: Path) -> subprocess.CompletedProcess:
    """Build the book in ``source`` as ``make book`` does, into ``target/_build/html``."""
    command = [shutil.which("jupyter-book", path=Path(sys.executable).parent), "build"]
    command += [source / "book", "--config", source / "_config.yml", "--toc", source / "_toc.yml"]
    command += ["--path-output", target, "-W", "-n", "--keep-going"]
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, encoding="utf-8", cwd=target
    )


def built_once(folder: Path, make=build) -> tuple[int, str, Path]:
    """The exit status and the messages of the build, and the folder of the pages.

    ``folder`` is where all workers' temporary files lie. Who makes the site's folder there builds;
    others wait for what comes of it.
    """
    target, done = folder / "whole-site", folder / "whole-site.json"
    try:
        target.mkdir()
    except FileExistsError:
        end = time.monotonic() + PATIENCE
        while not done.exists():
            assert time.monotonic() < end, "another worker builds the site, and does not end"
            time.sleep(0.5)
    else:
        result = {"code": None, "messages": "the build did not end"}
        try:
            made = make(ROOT, target)
            result = {"code": made.returncode, "messages": made.stderr}
        finally:  # whatever happened, nobody waits for more
            whole = done.with_suffix(".part")
            whole.write_text(json.dumps(result), encoding="utf-8")
            whole.replace(done)
    result = json.loads(done.read_text(encoding="utf-8"))
    return result["code"], result["messages"], target / "_build" / "html"


def temporary_folder(factory) -> Path:
    """The folder that all workers of a run have in common."""
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


def page_names(site: Path) -> list[str]:
    """Every page but index.html, which only forwards."""
    files = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    names = [path.relative_to(site).as_posix() for path in files]
    names.remove("index.html")
    return names
