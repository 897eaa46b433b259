"""Runs a chapter's cells in the page: what IPython does for a notebook, as far as readers need it.

The worker (``worker.js``) imports it in Pyodide; the tests import it in any Python. Text, figures
and errors go to one function, ``tell(kind, **what)``, in the order in which they come.
"""

import ast
import base64
import builtins
import io
import json
import linecache
import logging
import os
import sys
import types
from functools import wraps
from time import perf_counter

from book._live.tracebacks import described
from nndl import timing

MOST = 200_000  # characters that one run of a cell shows
BACKEND = "module://book._live.backend"
LONG = 0.005  # seconds that are many ticks of a browser's clock


class Stream(io.TextIOBase):
    """Standard output or error: each piece of text is told at the end of its line."""

    def __init__(self, name: str, session):
        self.called, self.session, self.waiting = name, session, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.waiting += text
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self) -> None:
        text, self.waiting = self.waiting, ""
        if text and self.session.left > 0:
            shown = text[: self.session.left]
            self.session.left -= len(text)
            if self.session.left <= 0:
                shown += f"\n[more than {MOST} characters: the rest is not shown]\n"
            self.session.tell("text", name=self.called, text=shown)


class Session:
    """One interpreter's cells, with the names that they have in common.

    Parameters
    ----------
    tell : callable
        Gets ``text`` (name, text), ``figure`` (light and dark, white, or png) and ``error`` (text,
        line).
    """

    def __init__(self, tell):
        self.tell, self.left = tell, MOST
        self.reset()
        self.streams = {name: Stream(name, self) for name in ("stdout", "stderr")}
        os.environ["MPLBACKEND"] = BACKEND
        Session.running = self

    def reset(self) -> None:
        """Forget all names, and the style of figures, as a new interpreter would."""
        self.module = types.ModuleType("__main__")
        self.names = self.module.__dict__
        self.names["display"] = self.display
        if matplotlib := sys.modules.get("matplotlib"):
            matplotlib.rcdefaults()

    def run(self, number: int, source: str, shown: bool = True) -> bool:
        """Run a cell; whether it came to its end. Only errors are told unless it is ``shown``."""
        self.shown, self.left = shown, MOST
        filename = f"cell {number}"  # what a traceback calls it
        linecache.cache[filename] = len(source), None, source.splitlines(True), filename
        before, main = {name: getattr(sys, name) for name in self.streams}, sys.modules["__main__"]
        sys.modules["__main__"] = self.module
        for name, stream in self.streams.items():
            setattr(sys, name, stream if shown else io.StringIO())
        try:
            self.execute(source, filename)
            self.show_figures()
        except BaseException as error:  # whatever ends a cell is the reader's to see
            self.flush()
            self.tell("error", **described(error, filename))
            return False
        finally:
            self.flush()
            self.close_figures()
            for name, stream in before.items():
                setattr(sys, name, stream)
            sys.modules["__main__"] = main
        return True

    def execute(self, source: str, filename: str) -> None:
        """Run statements, and display the value of the last where it is an expression."""
        body = ast.parse(source, filename).body
        last = None
        if body and isinstance(body[-1], ast.Expr) and not source.rstrip().endswith(";"):
            last = ast.Expression(body.pop().value)
        exec(compile(ast.Module(body, []), filename, "exec"), self.names)
        if last is not None:
            self.display(eval(compile(last, filename, "eval"), self.names))

    def display(self, value) -> None:
        """Show a value as a notebook does: a figure as one, all else as ``repr`` has it."""
        if value is None or not self.shown:
            return
        builtins._ = value
        if type(value).__name__ == "Figure" and hasattr(value, "savefig"):
            self.tell_figure(value)
        else:
            print(repr(value))

    def flush(self) -> None:
        for stream in self.streams.values():
            stream.flush()

    def show_figures(self) -> None:
        """Tell of the figures that are open, and close them."""
        plt = sys.modules.get("matplotlib.pyplot")
        for number in plt.get_fignums() if plt and self.shown else ():
            self.tell_figure(plt.figure(number))
        self.close_figures()

    @staticmethod
    def close_figures() -> None:
        if plt := sys.modules.get("matplotlib.pyplot"):
            plt.close("all")

    def tell_figure(self, figure) -> None:
        """A figure in its forms for light and for dark pages, or as pixels."""
        from nndl.vis.figures import bundle

        self.flush()
        found = bundle(figure) or {}
        if svg := found.get("image/svg+xml"):
            self.tell("figure", **forms(svg))
        elif png := found.get("image/png"):
            self.tell("figure", png=base64.b64encode(png).decode())


def by_coarse_clock(best_time):
    """``best_time`` where a browser's clock may move a tenth of a millisecond at a time.

    What is not much longer is run many times in a row.
    """

    @wraps(best_time)
    def lengthened(name, function, repeats=10, budget=None):
        seconds, count = best_time(None, function, repeats, budget), 1
        while seconds * count < LONG and count < 2**16:
            count *= 4
            start = perf_counter()
            for _ in range(count):
                function()
            seconds = (perf_counter() - start) / count
        return seconds if name is None else timing.on_record(name, seconds)

    return lengthened


def forms(svg: str) -> dict[str, str]:
    """A drawing for light and for dark pages, or as it is, where a color has none for dark ones."""
    from book._ext.nndl_book import figure_svg

    try:
        return {name.removeprefix("for-"): draw(svg) for name, draw in figure_svg.FORMS.items()}
    except Exception:  # a color or a drawing that is the reader's own: it is shown as it is
        return {"white": svg}


def session(told) -> Session:
    """A session that tells the page: ``told`` gets what there is to tell as JSON."""
    timing.best_time = by_coarse_clock(timing.best_time)
    from book._live import twins  # which imports all that they stand in for

    twins.replace_without_numba()
    # Each page's interpreter looks for fonts anew: no news for a reader.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    return Session(lambda kind, **what: told(json.dumps({"kind": kind, **what})))


def timed(session: Session, number: int, source: str, shown: bool) -> tuple[bool, float]:
    """Run a cell: whether it came to its end, and the seconds."""
    start = perf_counter()
    return session.run(number, source, shown), perf_counter() - start
