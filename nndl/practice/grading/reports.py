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
NOTHING = (
    "None of the functions was found. Each needs the name that it has in the book, with or without"
    " `_naive`."
)


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


def words(text: str) -> str:
    """A text in a table in which nothing is a mark: it may have a student's line in it."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"([\\`*\[\]<>|&~]|(?<!\w)_|_(?!\w))", r"\\\1", text)


def student(entry: Entry, shown: Sequence[str]) -> str:
    """The report of one."""
    has = [name for name in shown if name in entry["exercises"]]
    missing = [f"`{name}`" for name in shown if name not in has]
    right = sum(verdict(entry, name) in ("right", "convention") for name in shown)
    lines = [f"# {code(entry['submission'])}", ""]
    lines += [f"Right: {right} of {len(shown)} exercises.", ""]
    if entry["problems"]:
        lines += ["What raised, or ended:", "", *(f"- {code(p)}" for p in entry["problems"]), ""]
    if not has and entry["status"] != "stopped":
        lines += [NOTHING, ""]
        if found := entry.get("others"):
            lines += [f"It has: {', '.join(code(name) for name in found)}.", ""]
    if found := entry.get("twice"):
        lines += ["The first file by name counts:", "", *(f"- {code(one)}" for one in found), ""]
    if has:
        lines += ["| Exercise | Verdict | Cases right | Mistake |", "| --- | --- | --- | --- |"]
    for name in has:
        found = entry["exercises"][name]
        cases = f"{found['cases'][0]} of {found['cases'][1]}" if found["cases"][1] else ""
        said = [name, verdict(entry, name), cases, words(found["title"])]
        lines.append(f"| `{said[0]}` | {' | '.join(said[1:])} |")
    if missing:
        lines += [*([""] if has else []), f"Missing: {', '.join(missing)}."]
    for name in shown:
        if verdict(entry, name) not in ("right", "missing"):
            lines += ["", f"## {name}", "", block(entry["exercises"][name]["text"])]
    return "\n".join(lines) + "\n"


def whole(
    entries: Sequence[Entry], shown: Sequence[str], aside: Sequence[tuple[str, str]] = ()
) -> str:
    """The report of the class; ``aside`` is what was not taken, with the reason."""
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
    lines += ["", "`Share` is of those that have the function. A convention counts as right.", ""]
    lines += ["## Mistakes", "", *_tally(entries, shown, "wrong")]
    if conventions := _tally(entries, shown, "convention"):
        lines += ["", "## Conventions", "", *conventions]
    if aside:
        lines += ["", "## Not taken", "", *(f"- {code(name)}: {why}" for name, why in aside)]
    return "\n".join(lines) + "\n"


def _tally(entries: Sequence[Entry], shown: Sequence[str], kind: str) -> list[str]:
    """How often each cause came first where the verdict is of this kind."""
    found: Counter[tuple[str, str]] = Counter()
    titles = {"": "not known"}
    for entry in entries:
        for name in shown:
            if verdict(entry, name) == kind:
                one = entry["exercises"][name]
                cause = next(iter(one["causes"]), "")
                # What one student wrote is not for the others.
                titles.setdefault(cause, words(re.sub(r", in line \d.*", "", one["title"])))
                found[name, cause] += 1
    if not found:
        return ["None."] if kind == "wrong" else []
    lines = ["| What | Its name | Exercise | Submissions |", "| --- | --- | --- | ---: |"]
    order = {name: number for number, name in enumerate(shown)}
    for (name, cause), count in sorted(found.items(), key=lambda f: (-f[1], order[f[0][0]], f[0])):
        known = code(cause) if cause else ""
        lines.append(f"| {titles[cause]} | {known} | `{name}` | {count} |")
    return lines


def file_name(label: str) -> str:
    """Of a submission's report; a name that is nearly too long for a file is cut."""
    if len(raw := label.encode("utf-8", "backslashreplace")) <= LONGEST:
        return f"{label}.md"
    return f"{raw[:LONGEST].decode('utf-8', 'ignore')}-{hashlib.sha256(raw).hexdigest()[:8]}.md"


def write(
    folder: Path,
    entries: Sequence[Entry],
    names: tuple[str, ...] | None,
    aside: Sequence[tuple[str, str]] = (),
) -> None:
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
    text = whole(entries, shown, aside)
    (folder / "class.md").write_text(text, encoding="utf-8", newline="\n")
