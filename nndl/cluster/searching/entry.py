"""``search``: its arguments, and what it is made of."""

import contextlib
import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nndl.checks.arguments import check_integer, check_path, check_sizes
from nndl.checks.solver import VERBOSE
from nndl.cluster import jobs
from nndl.cluster.absent import check_there
from nndl.cluster.connection import connect
from nndl.cluster.extra import distributed
from nndl.cluster.searching import progress, trial
from nndl.cluster.searching.brackets import METHODS, Bracket, brackets, ranked, total_epochs
from nndl.cluster.searching.describing import digested, named, of_data
from nndl.cluster.searching.driving import Drive, best_place
from nndl.cluster.searching.records import Records
from nndl.cluster.searching.results import Search, Trial
from nndl.cluster.searching.space import KINDS, checked_space, settings_of
from nndl.internal.types import FilePath
from nndl.training.sources import Data


def search(
    build: Callable[..., Any],
    space: Mapping[str, Any],
    data: Data,
    *,
    method: str = "hyperband",
    trials: int | None = None,
    epochs: int = 27,
    least: int = 1,
    eta: int = 3,
    by: str = "val_acc",
    seed: int = 0,
    cluster: Any = None,
    folder: FilePath | None = None,
    verbose: bool | str = "auto",
) -> Search:
    """Train a network with many settings, the good ones for longer, and find the best.

    The same seed gives the same trials, values and promotions on any number of workers, or on none.
    A trial whose worker dies is run again from the end of its last rung. One that raises, or whose
    loss is not finite, is in the table with the reason, and the others go on.

    With a folder, what is finished is kept. The same call again, after whatever ended it, runs what
    is missing, and gives what the call would have given.

    Parameters
    ----------
    build : callable
        Makes the network: ``build(**settings)``, with those of the space that are the network's.
        If it takes a ``seed``, it gets that of the trial. A class will do, or
        ``functools.partial(ConvNet, input_dim=(1, 28, 28))``.
    space : dict
        For each setting a distribution, ``Uniform``, ``LogUniform``, ``Integers``, ``Choice`` or
        one of ``scipy.stats``, or a single value. A name is that of an argument of the Solver
        (``batch_size``, ``update_rule``, ``lr_decay``, ``schedule`` ...), of an update rule's
        number (``learning_rate``, ``momentum`` ...; a rule that does not have it ignores it), or
        else an argument of ``build``. A ``seed`` is that of all trials; otherwise each has its own.
    data : dict or callable
        As the Solver takes it: arrays, which are sent to the workers; paths of ``.npy`` files,
        which all of them can read; or a function ``read(shard, shards)``, which is called on a
        worker as ``read(0, 1)``.
    method : {"hyperband", "halving", "random"}
        Hyperband: several brackets of halving, from many trials that are judged early to few that
        are not. Halving: of each rung one of ``eta`` trials goes on, for ``eta`` times the epochs.
        Random: all trials train to the end.
    trials : int, optional
        How many, for halving and random search.
    epochs, least : int
        The epochs of a whole run, for which its schedule is, and the fewest before a judgment.
    eta : int
        2 or more.
    by : {"val_acc", "val_loss"}
        What is judged: the highest validation accuracy of a trial so far, or its lowest loss.
    seed : int
        Of all that is drawn.
    cluster : None, Client, str or Dask cluster
        None: this process. A client, as ``nndl.cluster.connect`` gives, or what it takes as an
        address. Workers should have a thread each; they run as many trials at once.
    folder : str or path, optional
        Of this search alone. Its checkpoints are those of trials that may go on, and of the best.
    verbose : bool, "bar", "lines" or "auto"
        A bar of the epochs, lines, or nothing, as for the Solver.

    Returns
    -------
    Search
        ``best``, ``table()``, ``figure()``, ``to_json()``, ``model()`` and ``save(path)``.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C was pressed; what is finished is in the folder.
    OSError
        The folder cannot be written, or no scheduler answers.
    RuntimeError
        All trials failed, or the scheduler ended.
    TypeError, ValueError
        For arguments that do not fit, and a folder of another search; the message names them.

    Examples
    --------
    >>> space = {"learning_rate": LogUniform(1e-4, 1e-1), "hidden_dims": Choice([50], [50, 50])}
    >>> with connect(workers=4) as client:
    ...     found = search(FullyConnectedNet, space, data, epochs=9, cluster=client, folder="runs")
    >>> found.best.settings, found.model()
    """
    known = checked_space(space)
    _check(build, data, method, trials, epochs, least, eta, by, seed, verbose)
    if folder is not None:
        check_path("search", "folder", folder)
    plan = brackets(method, trials, int(epochs), int(least), int(eta))
    description = description_of(
        build, known, data, method=method, trials=plan[-1].trials.stop, epochs=int(epochs),
        least=int(least), eta=int(eta), by=by, seed=int(seed),
    )  # fmt: skip
    settings = [settings_of(known, int(seed), k) for k in range(plan[-1].trials.stop)]
    shared = functools.partial(_shared, build, data)
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nndl-search-"))
        records = Records(Path(folder), description)
        shown = progress.told(verbose, total_epochs(plan), by)
        try:
            _drive(plan, settings, by, records, shared, cluster, shown)
            state = records.state(*best) if (best := best_place(records, by)) else None
        finally:
            shown.close()
            records.close()
    kinds = {name: one for name, one in known.items() if isinstance(one, KINDS)}
    return _found(plan, settings, by, records, description, kinds, state)


def _drive(
    plan: list[Bracket], settings: list[dict[str, Any]], by: str, records: Records,
    shared: Callable[[], Any], cluster: Any, shown: progress.SearchSilence,
) -> None:  # fmt: skip
    own = None
    if cluster is not None:
        _check_sent(shared, settings)
    if cluster is not None and not isinstance(cluster, distributed.Client):
        own = cluster = connect(cluster)
    try:
        todo = jobs.Here(trial.attempt, shared)
        if cluster is not None:
            check_there("search", cluster, shared.args[0])
            todo = jobs.There(cluster, trial.attempt, shared)
        try:
            Drive(plan, settings, by, records, todo, shown).run()
        finally:
            todo.close()
    finally:
        if own is not None:
            own.close()


def description_of(
    build: Callable[..., Any], space: Mapping[str, Any], data: Any, **rest: Any
) -> dict[str, Any]:
    """What makes two searches the same one, as ``search.json`` has it."""
    distributions = {name: named(one) for name, one in space.items()}
    return {"build": digested(build), "space": distributions, "data": of_data(data), **rest}


def _check_sent(shared: "functools.partial[Any]", settings: list[dict[str, Any]]) -> None:
    """Raise a TypeError with the argument of which no pickle can be made."""
    from distributed.protocol import pickle

    build, data = shared.args
    for name, value in (("build", build), ("space", settings), ("data", data)):
        if name == "data" and not callable(data):
            continue
        try:
            pickle.dumps(value)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise TypeError(f"search: {name} cannot be sent to a worker: {why}") from error


def _shared(build: Callable[..., Any], data: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
    return build, data(0, 1) if callable(data) else data


def _found(
    plan: list[Bracket], settings: list[dict[str, Any]], by: str, records: Records,
    description: dict[str, Any], kinds: dict[str, Any], state: bytes | None,
) -> Search:  # fmt: skip
    found, last = [], {}
    for bracket in plan:
        for number in bracket.trials:
            values, reason = [], ""
            for _, until in bracket.rungs:
                value, why = records.finished.get((number, until), (None, ""))
                values += [(until, value)] if value is not None else []
                reason = reason or why
            found.append(Trial(number, bracket.number, settings[number], tuple(values), reason))
            if (value := found[-1].value) is not None:
                last[number] = value
    if not last:
        why = found[0].reason
        raise RuntimeError(f"search: all {len(found)} trials failed, the first one with {why}")
    return Search(found, ranked(last, by), by, description, kinds, state)


def _check(
    build: Any, data: Any, method: Any, trials: Any, epochs: Any, least: Any, eta: Any,
    by: Any, seed: Any, verbose: Any,
) -> None:  # fmt: skip
    if not callable(build):
        raise TypeError(f"search: build is a {type(build).__name__}, expected a function or class")
    for name, value, known in (("method", method, METHODS), ("by", by, ("val_acc", "val_loss"))):
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"search: {name} is {value!r}, expected one of {[*known]}")
    check_sizes("search", epochs=epochs, least=least)
    check_integer("search", "eta", eta, least=2)
    check_integer("search", "seed", seed, least=0)
    if least > epochs:
        raise ValueError(f"search: least is {least}, expected {epochs} or less, the epochs")
    if method == "hyperband" and trials is not None:
        raise ValueError(
            f"search: trials is {trials!r}, but Hyperband's follow from epochs and eta"
        )
    if method != "hyperband":
        if trials is None:
            raise ValueError(f"search: trials is None, expected a number for method={method!r}")
        check_sizes("search", trials=trials)
    if not any(verbose is kind or verbose == kind for kind in VERBOSE):
        raise ValueError(f"search: verbose is {verbose!r}, expected one of {[*VERBOSE]}")
