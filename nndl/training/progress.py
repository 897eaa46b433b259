"""What a training run shows while it runs."""

from typing import TYPE_CHECKING

from nndl.training.bars import DrawnBar, kind_of

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

    It is drawn at each accuracy check, too.
    """

    def __init__(self, solver: "Solver") -> None:
        super().__init__(solver)
        self.waiting = 0
        images = sum(solver._work.sizes["train"]) * solver.num_epochs
        if solver.replacement:
            images = solver.batch_size * solver.num_iterations
        self.bar = DrawnBar(
            total=images,
            initial=round(images * solver.iteration / max(solver.num_iterations, 1)),
            unit=" images",
            unit_scale=True,
            bar_format="{desc}{percentage:4.0f}%|{bar}| {remaining} left, {rate_fmt}{postfix}",
        )

    def stepped(self, images: int) -> None:
        """Count the images, and draw the bar when it is old."""
        self.waiting += images
        if self.bar.is_old():
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
        epoch = f"epoch {solver.epoch}/{solver.num_epochs}"
        self.bar.draw(self.waiting, ", ".join(text), before=epoch)
        self.waiting = 0


def shown(solver: "Solver") -> Silence:
    """What a Solver shows, by its ``verbose``."""
    kinds = {False: Silence, True: Lines, "lines": Lines, "bar": Bar}
    return kinds[kind_of(solver.verbose)](solver)
