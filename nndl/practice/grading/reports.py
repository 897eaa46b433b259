"""Reports in Markdown: one for each student, that says what the checks said, one for the class."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nndl.practice.grading.table import columns, verdict

Entry = dict[str, Any]
LONGEST = 200  # bytes of a name; file systems take 255


def code(text: str) -> str:
    """A text as code in a line or a table, whatever is in it."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("|", "¦")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def block(text: str) -> str:
    """A text of lines as code."""
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def student(entry: Entry, shown: Sequence[str]) -> str:
    """The report of one."""
    lines = [f"# {code(entry['submission'])}", ""]
    right = sum(verdict(entry, name) in ("right", "convention") for name in shown)
    lines += [f"{right} of {len(shown)} exercises are right.", ""]
    if entry["problems"]:
        lines += ["What raised, or ended:", "", *(f"- {code(p)}" for p in entry["problems"]), ""]
    lines += ["| Exercise | Verdict | Cases right | Mistake |", "| --- | --- | --- | --- |"]
    for name in shown:
        found = entry["exercises"].get(name)
        cases = f"{found['cases'][0]} of {found['cases'][1]}" if found and found["cases"][1] else ""
        title = found["title"] if found else ""
        lines.append(f"| `{name}` | {verdict(entry, name)} | {cases} | {title} |")
    for name in shown:
        if verdict(entry, name) not in ("right", "missing"):
            lines += ["", f"## {name}", "", block(entry["exercises"][name]["text"])]
    return "\n".join(lines) + "\n"


def whole(entries: Sequence[Entry], shown: Sequence[str]) -> str:
    """The report of the class."""
    states = Counter(entry["status"] for entry in entries)
    said = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    lines = ["# The class", "", f"{len(entries)} submissions: {said}.", ""]
    lines += ["| Exercise | Right | Of | Share | Wrong | Unfinished | Stopped | Missing |"]
    lines += ["| --- |" + " ---: |" * 7]
    for name in shown:
        of = Counter(verdict(entry, name) for entry in entries)
        right, handed = of["right"] + of["convention"], len(entries) - of["missing"]
        share = f"{100 * right / handed:.0f} %" if handed else ""
        rest = " | ".join(str(of[k]) for k in ("wrong", "unfinished", "stopped", "missing"))
        lines.append(f"| `{name}` | {right} | {handed} | {share} | {rest} |")
    lines += ["", "`Share` is of those that have the function.", "", "## Mistakes", ""]
    found: Counter[tuple[str, str]] = Counter()
    titles = {"": "not known"}
    for entry in entries:
        for name in shown:
            if verdict(entry, name) in ("wrong", "convention"):
                one = entry["exercises"][name]
                cause = next(iter(one["causes"]), "")
                titles.setdefault(cause, one["title"])
                found[name, cause] += 1
    if not found:
        return "\n".join([*lines, "None."]) + "\n"
    lines += ["| Mistake | Its name | Exercise | Submissions |", "| --- | --- | --- | ---: |"]
    order = {name: number for number, name in enumerate(shown)}
    for (name, cause), count in sorted(found.items(), key=lambda f: (-f[1], order[f[0][0]], f[0])):
        known = code(cause) if cause else ""
        lines.append(f"| {titles[cause]} | {known} | `{name}` | {count} |")
    return "\n".join(lines) + "\n"


def file_name(label: str) -> str:
    """Of a submission's report; a name that is nearly too long for a file is cut."""
    if len(raw := label.encode("utf-8", "backslashreplace")) <= LONGEST:
        return f"{label}.md"
    return f"{raw[:LONGEST].decode('utf-8', 'ignore')}-{hashlib.sha256(raw).hexdigest()[:8]}.md"


def write(folder: Path, entries: Sequence[Entry], names: tuple[str, ...] | None) -> None:
    """Write all of them: ``class.md``, and ``students/NAME.md``."""
    inside = folder / "students"
    inside.mkdir(parents=True, exist_ok=True)
    shown = columns(entries, names)
    current = {file_name(entry["submission"]): entry for entry in entries}
    for old in inside.glob("*.md"):
        if old.name not in current:
            os.remove(old)
    for name, entry in current.items():
        text = student(entry, shown)
        (inside / name).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    text = whole(entries, shown)
    (folder / "class.md").write_text(text, encoding="utf-8", newline="\n")
