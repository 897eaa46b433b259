"""What a cell that nbval compares says when its output differs: which side is which, what to do."""

import pytest

HINT = """
In the notebook this cell has the id code-{number}. Above, + is what is stored there, - what a run
gave now. If the change is meant, `make chapters ARGS="--again {name}"` stores what a run
gives, and `git diff` shows it. If it is not, what the cell reaches computes something else than it
did: that is a bug, or a number printed with more digits than hold on every machine.
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add the hint to the report of a cell whose output differs from the stored one."""
    report = yield
    differs = call.excinfo is not None and "Cell outputs differ" in str(call.excinfo.value)
    if differs and hasattr(item, "cell_num"):
        report.longrepr += HINT.format(number=item.cell_num, name=item.path.stem)
    return report
