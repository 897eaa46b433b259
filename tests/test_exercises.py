"""An exercise "New layer" hands out a stub and a judge, and its solution passes that judge.

The stub is Python with the functions' heads and docstrings, in a block that is not executed. What
is below them judges: it has to run in the solution's cell, too. Where there is only a stub, the
exercise says in words what judges it.
"""

import ast
import re

import pytest

from book._tools.tangle import ROOT, chapter_paths

ASKED = r"(?ms)^:::\{exercise\} New layer[^\n]*\n:label: (\S+)\n(.*?)^:::$"
PYTHON = r"(?ms)^```python\n(.*?)^```$"
CELL = r"(?ms)^```\{code-cell\} ipython3\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```$"
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
LEAST = 30  # exercises of that kind in the book


def new_layers(text):
    """``(label, task, code of the stub, code of the solution)`` of each such exercise."""
    for label, task in re.findall(ASKED, text):
        start, end = rf"^:::\{{solution-start\}} {label}$", r"^:::\{solution-end\}$"
        solution = re.search(rf"(?ms){start}(.*?){end}", text)[1]
        stub, solved = ("\n".join(re.findall(*pair)) for pair in ((PYTHON, task), (CELL, solution)))
        yield label, task, stub, solved


def takes(node):
    """How many arguments a function takes, and for a class each of its methods."""
    if isinstance(node, ast.ClassDef):
        return {f.name: takes(f) for f in node.body if isinstance(f, ast.FunctionDef)}
    return node and len(node.args.args)


def problems(task, stub, solved):
    """What is missing for someone who solves the exercise alone."""
    given = ast.parse(stub).body
    solved = [node for node in ast.walk(ast.parse(solved)) if isinstance(node, ast.stmt)]
    named = {node.name: node for node in solved if isinstance(node, DEFINITIONS)}
    run = {ast.dump(node) for node in solved}
    if not any(isinstance(node, DEFINITIONS) for node in given):
        yield "it has no stub: write heads and docstrings of its functions into ```python"
    if "check(" not in stub and "judge" not in task:
        yield "nothing judges it: put the checks of its solution below the stub"
    for node in given:
        if isinstance(node, DEFINITIONS):
            if takes(node) != takes(named.get(node.name)):
                yield f"{node.name} takes something else in its solution"
        elif ast.dump(node) not in run:
            yield f"its solution does not run `{ast.unparse(node).splitlines()[0]}`"


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_a_new_layer_has_a_stub_and_a_judge_that_its_solution_passes(path):
    text = path.read_text(encoding="utf-8")
    found = [f"{label}: {p}" for label, *rest in new_layers(text) for p in problems(*rest)]
    assert found == [], f"{path.relative_to(ROOT).as_posix()}: " + "; ".join(found)


def test_the_exercises_are_found():
    texts = [path.read_text(encoding="utf-8") for path in chapter_paths()]
    assert sum(len(list(new_layers(text))) for text in texts) >= LEAST


TASK = """
:::{exercise} New layer: twice (easy)
:label: ex-a

```python
def twice_forward(x):
    '''Of any shape.'''


check("twice", twice_forward(1) - 2, bound=1e-9)
```
:::

:::{solution-start} ex-a
:class: dropdown
:::

```{code-cell} ipython3
:tags: [hide-output]

def twice_forward(x):
    return 2 * x


check("twice", twice_forward(1) - 2, bound=1e-9)
```

:::{solution-end}
:::
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("```python\n", "```\n", ["it has no stub", "nothing judges it"]),
        ("twice_forward(1) - 2, bound=1e-9)\n```\n:::", "2)\n```\n:::", ["does not run `check"]),
        ("'\n\n\ncheck(", "'\n\n\ncompare(", ["nothing judges it", "does not run `comp"]),
        ("(x):\n    return", "(x, h):\n    return", ["twice_forward takes something else"]),
        ("def twice_forward(x):\n    return", "def f(x):\n    return", ["takes something else"]),
    ],
)
def test_what_such_an_exercise_lacks_is_named(old, new, expected):
    assert TASK.count(old) == 1
    found = [p for _, *rest in new_layers(TASK.replace(old, new)) for p in problems(*rest)]
    assert len(found) == len(expected), found
    assert all(part in problem for part, problem in zip(expected, found, strict=True)), found


def test_an_exercise_that_has_both_has_no_problems():
    ((label, *rest),) = new_layers(TASK)
    assert (label, list(problems(*rest))) == ("ex-a", [])
