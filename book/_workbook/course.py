"""The folder of a course of nbgrader, with every notebook of the workbook as an assignment."""

import nndl

COURSE = "nndl-nbgrader.zip"
CONFIG = """\
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "nndl"
# What stands in the place of a solution. The line below it says what is missing, and raises.
c.ClearSolutions.code_stub = {"python": "..."}
# Of a cell, in seconds. The checks end a function that does not end by themselves.
c.Execute.timeout = 300
"""
README = f"""\
# The workbook of nndl {nndl.__version__} as assignments of nbgrader

Each folder in `source` is an assignment: one chapter with functions to write, their solutions, and a test for each. Keep it to yourself; students get what nbgrader makes of it.

1. Where you grade, with Python 3.11 or newer: `pip install "./nndl-{nndl.__version__}-py3-none-any.whl[lab,nbgrader]"`. Students need `[lab]` of it, or an environment that has it.
2. In this folder: `nbgrader generate_assignment 04_losses`. The notebook for the students is in `release`.
3. Put what comes back in `submitted/STUDENT/04_losses/04_losses.ipynb`, or let `nbgrader collect` or `zip_collect` do so.
4. `nbgrader autograde 04_losses`, `nbgrader generate_feedback 04_losses`, `nbgrader export` (`grades.csv`).

A test gives its points if the function is right, and none otherwise; they are the lines that were to write. Change them in the notebook, in its cell's metadata. Cells tagged `skip-execution` only show something: nbgrader leaves them out when it grades.

`nbgrader autograde` runs a submission with your rights, without limits. Where you do not know who wrote it, run it in a container, or grade the same files with `python -m nndl.practice grade submitted --csv out.csv`.
Code is under LICENSE, text and figures are under LICENSE-TEXT.
"""  # noqa: E501


def course(notebooks: dict[str, bytes]) -> dict[str, bytes]:
    """The files of the folder, by their places in it.

    Parameters
    ----------
    notebooks : dict
        The source of each assignment, by its name: ``04_losses``.
    """
    files = {f"source/{name}/{name}.ipynb": content for name, content in notebooks.items()}
    return files | {"nbgrader_config.py": CONFIG.encode(), "README.md": README.encode()}
