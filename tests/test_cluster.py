"""``nndl.cluster``: the client and its processes, and training on them.

One cluster serves nearly all tests; it has as many workers as the
last test needed. Nothing here depends on how long something takes.
"""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from types import ModuleType, SimpleNamespace

import distributed
import numpy as np
import psutil
import pytest
from dask import config

from benchmarks import cluster as benchmark
from benchmarks import cluster_record
from nndl.checks.cluster import check_address, check_certificates, check_threads
from nndl.cluster import LogUniform, clients, connect, holdings, search
from nndl.cluster.absent import absent
from nndl.cluster.local import SentAgain
from nndl.fc_net import FullyConnectedNet
from nndl.gradient_check import rel_error
from nndl.solver import Solver
from nndl.training import checkpoints
from nndl.training.sources import Source
from nndl.training.work import Work
from tests.support.cluster import (
    KILL,
    Deadly,
    Reading,
    eventually,
    files_of,
    is_there,
    part_of,
    small_run,
    started,
)
from tests.support.training import jitter, outcome, tiny_data, tiny_net

posix = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C for a group of processes")

EMPTY = distributed.Security(require_encryption=True)
ABSENT = distributed.Security(
    tls_ca_file="no.pem", tls_client_cert="no.pem", tls_client_key="no.pem", require_encryption=True
)


@pytest.fixture(scope="module")
def surroundings():
    """Variables that the client's program has and its workers must not obey, and all others."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            patch.setenv(name, "5")
        yield dict(os.environ)


@pytest.fixture(scope="module")
def client(surroundings):
    with connect(workers=1) as client:
        yield client


def scaled(client, workers):
    """The client, when its cluster has so many workers."""
    client.cluster.scale(workers)
    eventually(lambda: len(pids(client)) == workers)
    return client


def pids(client):
    """The processes of the workers that answer."""
    return [*client.run(os.getpid, on_error="ignore").values()]


def trained(**options):
    solver = small_run(**options)
    solver.train()
    return solver


# The client and its processes.


def threads_of_a_worker():
    import numba
    import threadpoolctl

    numba.njit(lambda: 0)()
    pools = threadpoolctl.threadpool_info()
    return [pool["num_threads"] for pool in pools], numba.get_num_threads()


def test_a_worker_has_the_threads_that_it_is_given(client):
    (found,) = scaled(client, 1).run(threads_of_a_worker).values()
    pools, numba_threads = found
    assert pools
    assert {*pools, numba_threads} == {1}
    assert [*client.nthreads().values()] == [1]


def test_everything_listens_on_this_machine_alone(client):
    assert client.scheduler.address.startswith("tcp://127.0.0.1:")
    here = psutil.Process()
    workers = [psutil.Process(pid) for pid in pids(client)]
    for process in (here, *workers):
        hosts = {
            connection.laddr.ip
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert hosts == {"127.0.0.1"}


def test_a_dead_worker_is_replaced_and_the_environment_stays(client, surroundings):
    (pid,) = pids(scaled(client, 1))
    os.kill(pid, KILL)
    eventually(lambda: pids(client) not in ([pid], []))
    (found,) = client.run(threads_of_a_worker).values()
    assert {*found[0], found[1]} == {1}
    ours = {name for name in os.environ if not name.startswith(("__DASK", "DASK_PARENT", "PYTEST"))}
    assert {name: os.environ[name] for name in ours} == {
        name: value for name, value in surroundings.items() if name in ours
    }


def test_tls_and_what_is_left_after_an_error():
    found = []

    def fail():
        with connect(workers=1, security=True) as client:
            found.extend(pids(client))
            train_over_tls(client)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert found
    eventually(lambda: not any(map(is_there, found)))


def train_over_tls(client):
    """By a second client, which has the certificates, after two that do not."""
    address = client.scheduler.address
    assert address.startswith("tls://127.0.0.1:")
    with pytest.raises(ValueError, match=f"{address}' needs certificates"):
        connect(address, timeout=2)
    with pytest.raises(OSError, match=r"Timed out|CERTIFICATE|certificate"):
        connect(address, security=distributed.Security.temporary(), timeout=2)
    with connect(address, security=client.security) as second:
        there = trained(cluster=second, shards=2)
    assert outcome(there) == outcome(trained(shards=2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"address": "tcp://10.0.0.7:8786"}, "address is 'tcp://10.0.0.7:8786': everybody on"),
        ({"address": "10.0.0.7:8786"}, "expected 'tls://...' with security="),
        ({"address": "ws://host:8786"}, "unencrypted=True allows it"),
        ({"address": ""}, "address is empty"),
        ({"address": 8786}, "address is a int, expected a text"),
        ({"address": "tcp://127.0.0.1:1", "workers": 2}, "workers is 2, but the cluster at"),
        ({"address": "tls://host:1", "security": True}, "security is True, but a cluster that"),
        ({"address": "tls://host:1"}, "'tls://host:1' needs certificates; expected security="),
        ({"address": "tls://host:1", "security": EMPTY}, "Dask's configuration, distributed.comm"),
        ({"address": "tls://host:1", "security": ABSENT}, "certificates cannot be read: [Errno 2]"),
        ({"security": "TLS"}, "security is a str, expected a distributed.Security"),
        ({"security": distributed.Security()}, "security does not require encryption"),
        ({"workers": 0}, "workers is 0, expected 1 or more"),
        ({"threads": 0}, "threads is 0, expected 1 or more"),
        ({"threads": 10_000}, "1 workers with threads=10000 each are more threads than"),
        ({"unencrypted": 1}, "unencrypted is 1"),
        ({"dashboard": 1}, "dashboard is 1"),
        ({"timeout": -1}, "timeout is -1"),
    ],
)
def test_arguments_of_connect(arguments, message):
    with pytest.raises((TypeError, ValueError), match=r"^connect: ") as caught:
        connect(**arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        *("tcp://127.0.0.1:1", "127.0.0.1:1", "localhost:1", "tcp://[::1]:1", "tcp://localhost"),
        *("tls://10.0.0.7:1", "wss://host:1", "inproc://10.0.0.7/1/1"),
    ],
)
def test_addresses_that_need_no_word(address):
    check_address("connect", address, None, None, False)
    with pytest.raises(ValueError, match="everybody"):
        check_address("connect", "tcp://[fe80::1]:1", None, None, False)
    check_address("connect", "tcp://[fe80::1]:1", None, None, True)


def test_workers_times_threads_never_exceed_the_cores():
    check_threads("connect", 3, 1, cores=2)
    check_threads("connect", 2, 2, cores=4)
    check_threads("connect", None, 4, cores=4)
    with pytest.raises(ValueError, match="2 workers with threads=3 each are more threads than 4"):
        check_threads("connect", 2, 3, cores=4)


def test_no_garbage_is_collected_while_a_thread_of_dasks_begins():
    """Among it may be a client, whose end needs the lock that its beginning holds."""

    def make(value):
        assert not gc.isenabled()
        if value is None:
            raise OSError("no answer")
        return value

    assert clients.started(make, 3) == 3
    assert gc.isenabled()
    with pytest.raises(OSError, match="no answer"):
        clients.started(make, None)
    assert gc.isenabled()


def test_a_client_that_cannot_start_is_closed_at_once(monkeypatch):
    made = []

    async def fail(self, **kwargs):
        made.append(self)
        self.status = "connecting"
        raise TypeError("no certificate")

    monkeypatch.setattr(distributed.Client, "_start", fail)
    with pytest.raises(TypeError, match="no certificate"):
        connect("tcp://127.0.0.1:1")
    assert [client.status for client in made] == ["closed"]


def test_a_cluster_of_dask_is_an_address(client):
    logger = logging.getLogger("distributed.scheduler")
    for one in [*logger.filters]:
        logger.removeFilter(one)
    for _ in range(2):
        with connect(client.cluster) as second:
            assert second.scheduler.address == client.scheduler.address
            assert [type(one) for one in logger.filters] == [SentAgain]
    assert client.nthreads()


def test_certificates_of_a_cluster_of_dask_or_of_its_configuration_serve():
    made = distributed.Security.temporary()
    cluster = SimpleNamespace(scheduler_address="tls://host:1", security=made)
    check_certificates("connect", cluster, None, distributed.Security)
    cluster.security = distributed.Security()
    with pytest.raises(ValueError, match="'tls://host:1' needs certificates"):
        check_certificates("connect", cluster, None, distributed.Security)
    tls = "distributed.comm.tls"
    known = {f"{tls}.ca-file": made.tls_ca_file}
    known |= {f"{tls}.client.cert": made.tls_client_cert, f"{tls}.client.key": made.tls_client_key}
    with config.set(known):
        check_certificates("connect", "tls://host:1", None, distributed.Security)
        check_certificates("connect", "tls://host:1", distributed.Security(), distributed.Security)


def test_without_dask_it_says_what_to_install():
    program = (
        "import sys; sys.modules['distributed'] = None; from nndl import *; import nndl.cluster"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith('ImportError: nndl.cluster needs Dask, which is an extra: pip install "')
    assert '"nndl[cluster]"' in last


def test_data_that_are_sent_again_are_not_called_lost():
    def said(*keys):
        text = f"lose scattered data, which can't be recovered: {set(keys)} (stimulus_id='x')"
        record = logging.LogRecord("distributed.scheduler", logging.ERROR, "", 0, text, (), None)
        return SentAgain().filter(record)

    assert not said("nndl-1")
    assert not said("nndl-1", "nndl-2")
    assert said("nndl-1", "theirs")
    assert SentAgain().filter(logging.LogRecord("x", 0, "", 0, "something else", (), None))


# Training.


def test_the_same_bits_on_any_number_of_workers(client):
    alone = {shards: outcome(trained(shards=shards, augment=jitter)) for shards in (1, 2, 3)}
    assert alone[1] == outcome(trained(augment=jitter))
    assert alone[1] != alone[2] != alone[3]
    for workers in (1, 2, 3):
        scaled(client, workers)
        for shards, expected in alone.items():
            there = trained(cluster=client, shards=shards, augment=jitter)
            assert outcome(there) == expected, (workers, shards)


@pytest.mark.parametrize("rule", ["sgd", "adam"])
@pytest.mark.parametrize("seed", [3, np.random.default_rng(3)], ids=["seed", "generator"])
def test_one_shard_is_the_single_machine(client, rule, seed):
    runs = []
    for options in ({}, {"cluster": client, "shards": 1}):
        net = tiny_net(seed=seed if isinstance(seed, int) else np.random.default_rng(3))
        solver = Solver(net, tiny_data(), update_rule=rule, batch_size=8, num_epochs=2,
                        verbose=False, replacement=rule == "sgd", **options)  # fmt: skip
        solver.train()
        runs.append(outcome(solver))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_gradients_of_shards_are_those_of_the_batch(shards):
    """Without batch norm and dropout. The penalty counts once."""
    data = {name: array.astype(float, copy=False) if name[0] == "X" else array
            for name, array in tiny_data().items()}  # fmt: skip
    options = {"use_batchnorm": False, "dropout": 1, "reg": 0.5, "dtype": np.float64, "seed": 0}
    model, source = tiny_net(**options), Source("Solver", data)
    settings = {"batch_size": 17, "seed": 0, "replacement": False, "augment": None}
    work = Work(source, shards, **settings)
    loss, grads, examples = work.step(model, 1)
    batches = [shard._batch(work.plan, 1) for shard in work.shards]
    X, y = (np.concatenate(part) for part in zip(*batches, strict=True))
    whole, whole_grads = model.loss(X, y)
    assert examples == len(y)
    assert len(y) in (24, 25, 26)  # 50 examples, 2 batches
    assert abs(loss - whole) < 1e-12
    for name, grad in whole_grads.items():
        assert rel_error(grads[name], grad) < 1e-9, name


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("shards", [1, 2, 3, 5])
def test_an_epoch_visits_every_example_of_every_shard_once(shards, replacement):
    data = tiny_data(53)
    settings = {"batch_size": 10, "seed": 4, "replacement": replacement, "augment": None}
    work = Work(Source("Solver", data), shards, **settings)
    for epoch in range(2):
        seen, sizes = [], []
        for k in range(5):
            parts = [shard._batch(work.plan, 5 * epoch + k)[0] for shard in work.shards]
            sizes.append(sum(map(len, parts)))
            assert max(map(len, parts)) - min(map(len, parts)) <= 2
            seen += parts
        rows = {row.tobytes() for row in np.concatenate(seen)}
        if replacement:
            assert sizes == [10] * 5
        else:
            assert sum(sizes) == len(rows) == 53
            assert max(sizes) - min(sizes) <= 2
    drawn = [shard._batch(work.plan, 0)[0].tobytes() for shard in work.shards]
    assert len({*drawn}) == shards


def test_a_worker_that_dies_in_a_step_changes_nothing(client, tmp_path):
    scaled(client, 2)
    expected = outcome(trained(shards=3, augment=Deadly(None, 0.12)))
    solver = small_run(cluster=client, shards=3, augment=Deadly(tmp_path, 0.12))
    solver.train()
    assert len([*tmp_path.iterdir()]) >= 3
    assert outcome(solver) == expected
    tasks = client.cluster.scheduler.tasks
    eventually(lambda: "no-worker" not in {task.state for task in [*tasks.values()]})


def test_what_kills_workers_again_and_again_ends_the_run(client, tmp_path, monkeypatch):
    monkeypatch.setattr(holdings, "AGAIN", 2)
    solver = small_run(cluster=client, shards=1, augment=Always(), batch_size=25)
    with pytest.raises(
        RuntimeError, match="Solver: workers were lost 2 times in one step, perhaps"
    ):
        solver.train()
    assert solver.iteration == 0


def test_the_last_try_counts(monkeypatch):
    """A step that is computed when it is tried for the last time is computed."""
    monkeypatch.setattr(holdings, "AGAIN", 3)
    tries = iter([{}, {1: "b"}, {0: "a"}])

    class Client:
        def sync(self, attempt, method, state, left, again):
            return next(tries)

    found = holdings.Holdings(Client(), [None, None]).run("computed", None, {0: (), 1: ()})
    assert found == ["a", "b"]


class Always:
    """An augmentation that kills its process."""

    def __call__(self, X, rng):
        os.kill(os.getpid(), KILL)


def test_without_workers_a_run_stops_and_goes_on_when_they_come(client):
    solver = small_run(cluster=client, shards=2)
    scaled(client, 0)
    with config.set({"nndl.patience": "100ms"}):
        with pytest.raises(RuntimeError, match=r"the cluster has no worker, for 0.1 seconds"):
            solver.train()
        with pytest.raises(RuntimeError, match="no worker"):
            small_run(cluster=client)
    scaled(client, 1)
    solver.train()
    assert outcome(solver) == outcome(trained(shards=2))


def test_each_worker_reads_its_part_only(client, tmp_path):
    scaled(client, 2)
    read = Reading(tmp_path)
    solver = small_run(read, cluster=client, shards=3)
    solver.train()
    assert read.read() == ["0 of 3", "1 of 3", "2 of 3"]
    assert solver.X_train is None
    assert outcome(solver) == outcome(trained(shards=3))
    before = len(read.read())
    pid = client.run(os.getpid)[solver._work.holdings.homes[1]]
    os.kill(pid, KILL)
    solver.train(num_epochs=1)
    again = read.read()
    assert before < len(again) <= before + 3
    assert "1 of 3" in again[again.index("1 of 3") + 1 :]


@pytest.mark.parametrize("there", [False, True], ids=["here", "cluster"])
def test_files_of_arrays_are_mapped_and_not_sent(client, tmp_path, there):
    files = files_of(tiny_data(), tmp_path)
    options = {"cluster": client} if there else {}
    assert outcome(trained(data=files, shards=2, **options)) == outcome(trained(shards=2))
    piece = Source("Solver", files).piece(1, 2)
    rows = piece.read()["X_train"]
    assert isinstance(rows, np.memmap)
    np.testing.assert_array_equal(rows, part_of(tiny_data(), 1, 2)["X_train"])
    assert {type(value).__name__ for value in piece.arrays.values()} == {"FileRows"}


def test_a_file_of_objects_is_not_unpickled(tmp_path):
    files = files_of(tiny_data(), tmp_path)
    np.save(files["X_val"], np.array([{}, None]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"^Solver: data\['X_val'\], .*Python objects in dtype"):
        small_run(files)


@pytest.mark.parametrize("way", ["arrays", "files", "function"])
def test_a_checkpoint_goes_on_elsewhere_and_back(client, tmp_path, way):
    scaled(client, 3 if way == "arrays" else 2)
    data = {"arrays": tiny_data(), "files": files_of(tiny_data(), tmp_path)}
    (tmp_path / "notes").mkdir()
    data["function"] = Reading(tmp_path / "notes")
    expected = outcome(trained(shards=3, num_epochs=4))
    first = small_run(data[way], cluster=client, shards=3, num_epochs=1,
                      checkpoint_name=tmp_path / "run")  # fmt: skip
    first.train()
    second = Solver.resume(tmp_path / "run_epoch_1.npz", tiny_net(), tiny_data(), num_epochs=2)
    assert second.shards == 3
    second.train()
    third = Solver.resume(tmp_path / "run_epoch_2.npz", tiny_net(), data[way], num_epochs=4,
                          cluster=scaled(client, 2))  # fmt: skip
    third.train()
    assert outcome(third) == expected
    other = tiny_data(seed=1)
    with pytest.raises(ValueError, match="it is of another run: y_train is"):
        Solver.resume(tmp_path / "run_epoch_2.npz", tiny_net(), other, cluster=client)
    with pytest.raises(ValueError, match="shards cannot be given: it is part of the run"):
        Solver.resume(tmp_path / "run_epoch_2.npz", tiny_net(), other, shards=2)


def test_a_checkpoint_of_a_version_without_shards_has_one(client, tmp_path):
    trained(checkpoint_name=tmp_path / "run", num_epochs=1)
    _, meta, arrays = checkpoints.read(tmp_path / "run_epoch_1.npz")
    del meta["settings"]["shards"]
    checkpoints.write(tmp_path / "old.npz", meta, arrays)
    options = {"num_epochs": 2, "cluster": scaled(client, 2)}
    solver = Solver.resume(tmp_path / "old.npz", tiny_net(), tiny_data(), **options)
    assert solver.shards == 1
    solver.train()
    assert outcome(solver) == outcome(trained())


def test_a_client_that_is_killed_leaves_no_process_and_a_run_to_resume(client, tmp_path):
    name = tmp_path / "run"
    program = started("tests.support.cluster", name)
    workers = [int(pid) for pid in program.stdout.readline().split()]
    eventually(lambda: (tmp_path / "run_epoch_2.npz").exists() or program.poll() is not None)
    program.kill()
    program.communicate()
    eventually(lambda: not any(map(is_there, workers)))
    last = max(tmp_path.glob("run_epoch_*.npz"), key=lambda path: int(path.stem.split("_")[-1]))
    epochs = int(last.stem.split("_")[-1]) + 1
    solver = Solver.resume(last, tiny_net(), tiny_data(), num_epochs=epochs, cluster=client)
    solver.train()
    assert outcome(solver) == outcome(trained(shards=3, num_epochs=epochs))


@posix
def test_ctrl_c_ends_a_step_saves_and_leaves_no_process(tmp_path):
    program = started("tests.support.cluster", tmp_path / "run")
    workers = [int(pid) for pid in program.stdout.readline().split()]
    eventually(lambda: (tmp_path / "run_epoch_2.npz").exists() or program.poll() is not None)
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does it: to the workers, too
    said = program.communicate(timeout=120)[0]
    assert "KeyboardInterrupt" in said
    assert "Restarting worker" not in said
    eventually(lambda: not any(map(is_there, workers)))
    epochs = int(max(p.stem.split("_")[-1] for p in tmp_path.glob("run_epoch_*.npz"))) + 2
    solver = Solver.resume(
        tmp_path / "run_interrupted.npz", tiny_net(), tiny_data(), num_epochs=epochs
    )
    solver.train()
    assert outcome(solver) == outcome(trained(shards=3, num_epochs=epochs))


def test_an_error_of_the_model_is_raised_here_and_leaves_no_trace(client):
    scaled(client, 2)
    solver = small_run(cluster=client, shards=4, batch_size=6)  # batch norm of one example
    before = {name: array.copy() for name, array in solver.model.params.items()}
    with pytest.raises(ValueError, match=r"FullyConnectedNet.loss: X has 1 example, expected 2"):
        solver.train()
    assert all("running_mean" not in bn for bn in solver.model.bn_params)
    for name, array in before.items():
        np.testing.assert_array_equal(solver.model.params[name], array)


def wrong_part(shard, shards):
    data = part_of(tiny_data(), shard, shards)
    return data if shard == 0 else data | {"X_val": data["X_val"][:, :3]}


def another_dtype(shard, shards):
    data = part_of(tiny_data(), shard, shards)
    return (
        data if shard == 0 else {k: v.astype(float) if k[0] == "X" else v for k, v in data.items()}
    )


def missing_part(shard, shards):
    raise FileNotFoundError(f"part {shard}")


def few(shard, shards):
    data = tiny_data()
    return (
        data
        if shard == 0
        else data | {"X_train": data["X_train"][:2], "y_train": data["y_train"][:2]}
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shards": 0}, "Solver: shards is 0, expected 1 or more"),
        ({"shards": 2.0}, "Solver: shards is 2.0"),
        ({"shards": 11}, "Solver: shards is 11, and batch_size 10; expected an example or more"),
        ({"cluster": 3}, "Solver: cluster is a int, expected the client that nndl.cluster.connect"),
        ({"data": wrong_part, "shards": 2}, r"wrong_part(1, 2): data has examples of shape"),
        ({"data": another_dtype, "shards": 2}, "Solver: data['X_train'] has ('<f4', (6,)) in"),
        ({"data": missing_part, "shards": 2}, "part "),
        ({"data": few, "shards": 2}, "Solver: shard 1 of 2 has 2 training examples, but why"),
        ({"data": {"X_train": "nowhere.npy"}}, "nowhere.npy"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit(client, options, message):
    ways = [{}] if "cluster" in options else [{}, {"cluster": client}]
    for way in ways:
        with pytest.raises((OSError, TypeError, ValueError)) as caught:
            small_run(**options, **way)
        assert message.replace(" but why", "") in str(caught.value)


def test_what_cannot_be_sent_is_named(client):
    model = tiny_net()
    model.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"Solver: model cannot be sent to workers: .*lock"):
        Solver(model, tiny_data(), cluster=client)
    lock = threading.Lock()
    with pytest.raises(TypeError, match=r"Solver: augment cannot be sent to workers: .*lock"):
        small_run(cluster=client, augment=lambda X, rng: lock and X)
    with pytest.raises(TypeError, match=r"Solver: data cannot be sent to workers: .*lock"):
        small_run(lambda shard, shards: lock, cluster=client)


@pytest.mark.parametrize("work", ["training", "search"])
def test_a_module_that_workers_lack_is_named(client, monkeypatch, work):
    class Here(FullyConnectedNet):
        __module__, __qualname__ = "only_here", "Here"

    module = ModuleType("only_here")
    module.Here = Here
    monkeypatch.setitem(sys.modules, "only_here", module)
    data, net = tiny_data(), Here([8], input_dim=6, num_classes=3)
    space = {"learning_rate": LogUniform(1e-3, 1)}
    known = {"trials": 1, "method": "random", "epochs": 1, "verbose": False}
    what = {
        "training": lambda: Solver(net, data, cluster=client, shards=2, verbose=False).train(),
        "search": lambda: search(Here, space, data, **known, cluster=client),
    }
    with pytest.raises(RuntimeError, match=r"no module 'only_here'.*client\.upload_file"):
        what[work]()


def test_a_missing_module_is_found_in_texts_and_causes():
    error = RuntimeError("Error during deserialization")
    assert absent(error) is None
    error.__cause__ = ModuleNotFoundError("No module named 'theirs.net'")
    for one in (error, Exception(repr(error.__cause__)), Exception(repr(repr(error.__cause__)))):
        assert "no module 'theirs.net'" in absent(one)


def test_by_default_there_are_as_many_shards_as_workers(client):
    scaled(client, 2)
    assert small_run(cluster=client).shards == 2
    assert small_run().shards == 1


def test_shards_stay_where_they_are_and_are_shared_evenly():
    assert holdings.dealt({}, ["a", "b"], 3) == {0: "a", 1: "b", 2: "a"}
    assert holdings.dealt({0: "a", 1: "b", 2: "a"}, ["b"], 3) == {0: "b", 1: "b", 2: "b"}
    assert holdings.dealt({0: "b", 1: "b", 2: "b"}, ["b", "c"], 3) == {0: "b", 1: "b", 2: "c"}
    assert holdings.dealt({0: "b", 1: "c"}, ["a", "b", "c"], 2) == {0: "b", 1: "c"}


def test_parameters_are_sent_once_a_step_to_each_worker(client, monkeypatch):
    scaled(client, 2)
    solver = small_run(cluster=client, shards=4, num_epochs=1)
    sent, scatter = [], client.scatter

    def counting(data, **options):
        (value,) = data.values()
        sent.append((options["workers"], value[0] if isinstance(value, tuple) else value))
        return scatter(data, **options)

    monkeypatch.setattr(client, "scatter", counting)
    solver.train()
    steps = solver.num_iterations + 2  # and two checks
    names = solver.model.params.keys()
    parameters = [
        workers for workers, value in sent if isinstance(value, dict) and value.keys() == names
    ]
    assert sorted(parameters) == sorted([[worker] for worker in client.nthreads()] * steps)


# The benchmark.


def test_what_the_benchmark_writes(client):
    scaled(client, 1)
    cost = {}
    rows, nothing = benchmark.measured(client, 1, 2, cost, [])
    assert rows == []
    assert [(workers, size) for workers, size, _ in nothing] == [(1, 4e-6), (1, 10.0)]
    assert cost["overhead"] == nothing[0][2] > 0
    assert cost["bandwidth"] > 0
    row = dict.fromkeys(cluster_record.STEPS, 1.23456) | {"network": "deep", "predicted": None}
    trials = [{"workers": 0, "trials": 4, "seconds": 2.0, "trials_per_second": 2.0}]
    trials[0] |= {"speed_up": 1.0, "ideal": 1.0}
    heading, text = cluster_record.section_of([row], nothing, trials)
    assert heading.startswith(f"## {os.cpu_count()} cores, ")
    assert "of 4 trials of 500 ms" in text
    assert "| 0 | 2 | 1 | 1 |\n" in text
    assert "| deep | 1.23 | 1.23 | 1.23 | 1.23 | – | 1.23 | 1.23 |\n" in text
    assert f"| 1 | 10 | {cluster_record.short(nothing[1][2] * 1e3)} |\n" in text


def test_the_ratio_of_the_benchmark_is_that_of_rounds():
    seconds = {"one thread": [4.0, 8.0, 6.0], "workers": [2.0, 2.0, 2.0]}
    assert benchmark.ratio(seconds, "one thread", "workers") == 3


def test_the_record_keeps_the_parts_of_other_machines():
    one = cluster_record.recorded("", "## 2 cores, a", "\nearlier\n")
    both = cluster_record.recorded(one, "## 16 cores, b", "\nsecond\n")
    assert both == one.replace(
        cluster_record.HEAD, cluster_record.HEAD + "\n## 16 cores, b\n\nsecond\n", 1
    )
    again = cluster_record.recorded(both, "## 2 cores, a", "\nthird\n")
    assert again == both.replace("earlier", "third")


def test_the_benchmark_predicts_by_the_chapter():
    pytest.importorskip("nndl.many_machines", reason="the chapter's simulator is not there")
    cost = {"overhead": 0.0, "bandwidth": np.inf}
    assert benchmark.predicted(1, 0.5, 1000, cost) == pytest.approx(1)
    slow = benchmark.predicted(1, 0.5, 1000, cost | {"bandwidth": 4000.0})
    assert slow == pytest.approx(0.5)  # as long again for the two ways
