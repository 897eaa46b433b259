"""What a training run shows while it runs."""

import io
import shutil
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which imports this module
    from nndl.solver import Solver


class Silence:
    """Shows nothing."""

    def __init__(self, solver: "Solver") -> None:
        self.solver = solver

    def stepped(self, images: int) -> None:
        """Called after each step, with the size of its batch."""

    def checked(self) -> None:
        """Called after each accuracy check."""

    def close(self) -> None:
        """Called when the run ends, in whatever way."""


class Lines(Silence):
    """Prints the course's lines: the loss every ``print_every`` steps, and each accuracy."""

    def stepped(self, images: int) -> None:
        """Print the loss, at the first step and every ``print_every`` after it."""
        solver, t = self.solver, self.solver.iteration
        if (t - 1) % solver.print_every == 0:
            print(f"(Iteration {t} / {solver.num_iterations}) loss: {solver.loss_history[-1]:f}")

    def checked(self) -> None:
        """Print both accuracies."""
        solver = self.solver
        train, val = solver.train_acc_history[-1], solver.val_acc_history[-1]
        accuracies = f"train acc: {train:f}; val_acc: {val:f}"
        print(f"(Epoch {solver.epoch} / {solver.num_epochs}) {accuracies}")


class Bar(Silence):
    """A bar with the images per second, the loss and the validation accuracy.

    In a terminal it goes to stderr, and stays out of what a program prints. In a notebook it is one
    output that is drawn again and again: however often that was, one line is stored. Elsewhere, as
    in a log, it is drawn at each accuracy check and every ten seconds.
    """

    def __init__(self, solver: "Solver") -> None:
        from tqdm import tqdm  # an import that a silent run does not wait for

        super().__init__(solver)
        terminal, notebook = in_terminal(), in_notebook()
        self.between, self.shown, self.waiting = 10.0, 0.0, 0
        if terminal or notebook:
            self.between = 0.1 if terminal else 0.5
        images = sum(solver._work.sizes["train"]) * solver.num_epochs
        if solver.replacement:
            images = solver.batch_size * solver.num_iterations
        # Asked here, since tqdm draws nothing in a terminal that says it has no size.
        columns, rows = shutil.get_terminal_size() if terminal and not notebook else (100, 24)
        file = (
            sys.stderr if terminal else sys.stdout or io.StringIO()
        )  # a program without a console
        self.display, self.file = None, io.StringIO() if notebook else file
        self.bar = tqdm(
            total=images,
            initial=round(images * solver.iteration / max(solver.num_iterations, 1)),
            unit=" images",
            unit_scale=True,
            bar_format="{desc}{percentage:4.0f}%|{bar}| {remaining} left, {rate_fmt}{postfix}",
            file=self.file,
            ncols=columns,
            nrows=rows,
            mininterval=0,
            miniters=0,
        )
        if notebook:
            from IPython.display import display

            self.display = display({"text/plain": str(self.bar)}, raw=True, display_id=True)

    def stepped(self, images: int) -> None:
        """Count the images, and draw the bar when it is old."""
        self.waiting += images
        if time.perf_counter() - self.shown > self.between:
            self._draw()

    def checked(self) -> None:
        """Draw the bar with the new accuracies."""
        self._draw()

    def close(self) -> None:
        """Draw the bar for the last time."""
        self._draw()
        self.bar.close()

    def _draw(self) -> None:
        solver = self.solver
        text = [f"loss {solver.loss_history[-1]:.3f}"] if solver.loss_history else []
        if solver.val_acc_history:
            text.append(f"val {solver.val_acc_history[-1]:.3f}")
        self.bar.set_description_str(f"epoch {solver.epoch}/{solver.num_epochs}", refresh=False)
        self.bar.set_postfix_str(", ".join(text), refresh=False)
        self.bar.update(self.waiting)
        self.shown, self.waiting = time.perf_counter(), 0
        if self.display is not None:
            self.file.seek(0)
            self.file.truncate()
            self.display.update({"text/plain": str(self.bar)}, raw=True)


def in_terminal() -> bool:
    """Whether what goes to stderr is seen at once; there may be no stderr, or one of a program."""
    return bool(getattr(sys.stderr, "isatty", bool)())


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook, with a page to draw on or without one."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def shown(solver: "Solver") -> Silence:
    """What a Solver shows, by its ``verbose``."""
    kind = solver.verbose
    if kind == "auto":
        kind = "bar" if in_notebook() or in_terminal() else "lines"
    return {False: Silence, True: Lines, "lines": Lines, "bar": Bar}[kind](solver)
