"""A progress bar that is drawn where it can be seen: in a terminal, a notebook, or a log."""

import io
import shutil
import sys
import time
from typing import Any


class DrawnBar:
    """tqdm's bar, drawn when it is asked for.

    In a terminal it goes to stderr, and stays out of what a program prints. In a notebook it is one
    output that is drawn again and again: however often that was, one line is stored. Elsewhere, as
    in a log, it is old after ten seconds, and not at once.

    Parameters
    ----------
    **options
        Those of tqdm that say what is counted.
    """

    def __init__(self, **options: Any) -> None:
        from tqdm import tqdm  # an import that a silent run does not wait for

        terminal, notebook = in_terminal(), in_notebook()
        self.between, self.drawn = 10.0, 0.0
        if terminal or notebook:
            self.between = 0.1 if terminal else 0.5
        # Asked here, since tqdm draws nothing in a terminal that says it has no size.
        columns, rows = shutil.get_terminal_size() if terminal and not notebook else (100, 24)
        file = (
            sys.stderr if terminal else sys.stdout or io.StringIO()
        )  # a program without a console
        self.display, self.file = None, io.StringIO() if notebook else file
        self.bar = tqdm(
            file=self.file, ncols=columns, nrows=rows, mininterval=0, miniters=0, **options
        )
        if notebook:
            from IPython.display import display

            self.display = display({"text/plain": str(self.bar)}, raw=True, display_id=True)

    def is_old(self) -> bool:
        """Whether it is time to draw it again."""
        return time.perf_counter() - self.drawn > self.between

    def draw(self, done: int, said: str, before: str | None = None) -> None:
        """Draw it.

        Parameters
        ----------
        done : int
            What was counted since it was drawn last.
        said : str
            What stands behind the bar.
        before : str, optional
            What stands before it, from now on.
        """
        if before is not None:
            self.bar.set_description_str(before, refresh=False)
        self.bar.set_postfix_str(said, refresh=False)
        self.bar.update(done)
        self.drawn = time.perf_counter()
        if self.display is not None:
            self.file.seek(0)
            self.file.truncate()
            self.display.update({"text/plain": str(self.bar)}, raw=True)

    def close(self) -> None:
        """Leave it as it is."""
        self.bar.close()


def in_terminal() -> bool:
    """Whether what goes to stderr is seen at once; there may be no stderr, or one of a program."""
    return bool(getattr(sys.stderr, "isatty", bool)())


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook, with a page to draw on or without one."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def kind_of(verbose: Any) -> Any:
    """``verbose`` itself, and for "auto" what fits the place: a bar, or lines."""
    if verbose != "auto":
        return verbose
    return "bar" if in_notebook() or in_terminal() else "lines"
