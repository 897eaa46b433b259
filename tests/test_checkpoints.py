"""Checkpoints: what is written, what is refused, and that a resumed run is the run itself.

Chapter: networks/training.
"""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nndl.cnn import ConvNet
from nndl.fc_net import TwoLayerNet
from nndl.solver import Solver
from nndl.training import checkpoints
from tests.support.training import STEP, Scripted, jitter, outcome, tiny_data, tiny_net

RULES = ["sgd", "sgd_momentum", "sgd_nesterov_momentum", "rmsprop", "adam"]
TESTS = Path(__file__).parent
posix = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")


def run(name=None, model=None, **options):
    """A tiny Solver that writes checkpoints called ``name``."""
    known = {"batch_size": 8, "num_epochs": 3, "verbose": False, "checkpoint_name": name}
    return Solver(model or tiny_net(), tiny_data(), **(known | options))


@pytest.fixture
def written(tmp_path):
    """The path of a checkpoint after the second epoch of three, of a run with Adam."""
    run(tmp_path / "run", update_rule="adam").train()
    return tmp_path / "run_epoch_2.npz"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("replacement", [False, True])
def test_a_resumed_run_is_the_run_itself(tmp_path, rule, replacement):
    options = {"update_rule": rule, "replacement": replacement, "num_train_samples": 9}
    options |= {"schedule": ("one_cycle", {"rise": 0.4}), "lr_decay": 0.9, "augment": jitter}
    whole = run(**options)
    whole.train()
    run(tmp_path / "run", **options).train()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [f"run_epoch_{epoch}.npz" for epoch in range(4)]
    for file in files:
        resumed = Solver.resume(tmp_path / file, tiny_net(), tiny_data(), augment=jitter)
        resumed.train()
        assert outcome(resumed) == outcome(whole)


def test_a_resumed_run_that_goes_back_to_its_best(tmp_path):
    """The best parameters and their averages come from before the interruption."""
    data = Scripted.data()
    options = {"batch_size": 4, "num_epochs": 4, "verbose": False, "optim_config": STEP}
    name = tmp_path / "run"
    Solver(Scripted([1.0], [0.2, 0.9, 0.1]), data, checkpoint_name=name, **options).train()
    model = Scripted([1.0], [0.3])
    resumed = Solver.resume(f"{name}_epoch_2.npz", model, data)
    assert model.params["w"] == 6
    resumed.train()
    assert resumed.best_val_acc == 0.9
    assert model.params["w"] == 3
    assert resumed.val_acc_history == [0.2, 0.9, 0.1, 0.3, 0.3]


def test_a_resumed_run_writes_checkpoints_like_its_own(written):
    for path in written.parent.glob("*_epoch_3.npz"):
        path.unlink()
    Solver.resume(written, tiny_net(), tiny_data()).train()
    assert written.with_name("run_epoch_3.npz").exists()
    Solver.resume(written, tiny_net(), tiny_data(), checkpoint_name=None).train()
    assert len(list(written.parent.iterdir())) == 4


def test_more_epochs(tmp_path, capsys):
    longer = run(num_epochs=5)
    longer.train()
    run(tmp_path / "run").train()
    resumed = Solver.resume(
        tmp_path / "run_epoch_3.npz", tiny_net(), tiny_data(), num_epochs=5, verbose="lines"
    )
    resumed.train()
    assert outcome(resumed) == outcome(longer)
    assert "(Epoch 5 / 5)" in capsys.readouterr().out


def test_a_run_that_is_saved_after_its_end_goes_on_from_its_last_step_not_its_best(tmp_path):
    options = {"optim_config": {"learning_rate": 1.0}}
    longer, short = run(num_epochs=5, **options), run(**options)
    longer.train()
    short.train()
    assert short.val_acc_history.index(short.best_val_acc) < 3  # else there is no difference
    short.save(tmp_path / "run.npz")
    resumed = Solver.resume(tmp_path / "run.npz", tiny_net(), tiny_data(), num_epochs=5)
    resumed.train()
    assert outcome(resumed) == outcome(longer)
    short.train(num_epochs=2)
    assert outcome(short) == outcome(longer)


def test_the_bar_of_a_resumed_run_goes_on(written, capsys):
    Solver.resume(written, tiny_net(), tiny_data(), verbose="bar").train()
    lines = capsys.readouterr().out.replace("\r", "\n").split("\n")
    assert any(" 67%|" in line for line in lines[:2])
    assert any(" 100%|" in line for line in lines[-3:])
    assert not any(" 100%|" in line for line in lines[:2])


def test_a_finished_run_can_be_resumed(tmp_path):
    whole = run(tmp_path / "run")
    whole.train()
    resumed = Solver.resume(tmp_path / "run_epoch_3.npz", tiny_net(), tiny_data())
    resumed.train()
    assert outcome(resumed) == outcome(whole)


def test_what_a_checkpoint_holds(written):
    with np.load(written, allow_pickle=False) as file:
        names, meta = set(file.files), json.loads(file["meta"].tobytes())
        assert all(file[name].dtype.kind in "fu" for name in names)
    for group in ("latest", "best"):
        assert {f"{group}/params/W1", f"{group}/averages/0/running_var"} <= names
    assert {"optim/W1/v", "optim/W1/a", "history/loss_history"} <= names
    assert meta["numbers"]["iteration"] == 12
    assert meta["settings"]["batch_size"] == 8
    assert meta["optim"]["b1"]["t"] == 12
    assert meta["generator"]["bit_generator"] == "PCG64"
    assert str(written.parent) not in json.dumps(meta)


def test_generators_of_every_kind(tmp_path):
    for kind in (np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM):
        nets = []
        for _ in range(2):
            nets.append(tiny_net())
            nets[-1].dropout_param["rng"] = np.random.Generator(kind(5))
        whole = run(tmp_path / "run", nets[0])
        whole.train()
        resumed = Solver.resume(tmp_path / "run_epoch_1.npz", nets[1], tiny_data())
        resumed.train()
        assert outcome(resumed) == outcome(whole)


def test_arrays_come_back_as_they_were(tmp_path, rng):
    arrays = {
        "a/": rng.normal(size=(3, 4)),
        "a/f": np.asfortranarray(rng.normal(size=(3, 4))),
        "a/scalar": np.array(1.5, np.float32),
        "a/empty": np.zeros((0, 3)),
        "a/big endian": np.arange(3, dtype=">f8"),
        "ü/../../x": np.arange(3),
        "a/half": np.ones(2, np.float16),
    }
    checkpoints.write(tmp_path / "c.npz", {"x": 0.1, "n": np.arange(2)}, arrays)
    _, meta, found = checkpoints.read(tmp_path / "c.npz")
    assert (meta["x"], meta["n"]) == (0.1, [0, 1])
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].flags.f_contiguous == array.flags.f_contiguous
        assert found[name].flags.writeable
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]


@pytest.mark.parametrize("where", ["savez", "fsync", "replace"])
def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch, where):
    path = tmp_path / "c.npz"
    checkpoints.write(path, {"old": 1}, {})
    before = path.read_bytes()

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np if where == "savez" else os, where, full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.write(path, {"new": 1}, {})
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]


class Harmful:
    """Creates a file when it is unpickled."""

    def __reduce__(self):
        return open, ("harm", "w")


def refused(path, message, model=None, data=None, error=ValueError, **changes):
    """Assert that the checkpoint is refused, by its name, and nothing is changed."""
    model = model or tiny_net()
    before = {name: array.copy() for name, array in model.params.items()}
    state = repr(model.dropout_param) if hasattr(model, "dropout_param") else None
    content = path.read_bytes()
    with pytest.raises(error, match=message) as caught:
        Solver.resume(path, model, data or tiny_data(), **changes)
    assert str(caught.value).startswith("Solver.resume: ")
    assert path.read_bytes() == content
    for name, array in before.items():
        np.testing.assert_array_equal(model.params[name], array)
    if state:
        assert repr(model.dropout_param) == state
    return str(caught.value)


def test_a_file_cut_short_anywhere(written):
    content = written.read_bytes()
    for size in [0, 1, 3, 4, 30, 100, *range(500, len(content), 4001), len(content) - 1]:
        written.write_bytes(content[:size])
        message = refused(written, "is not a whole checkpoint")
        assert str(written) in message


def test_a_file_with_a_byte_changed(written):
    """A changed byte of an array is seen by the archive's checksum; none does harm."""
    content = written.read_bytes()
    rng = np.random.default_rng(0)
    whole = run(update_rule="adam")
    whole.train()
    refusals = 0
    for k in rng.integers(len(content), size=60):
        damaged = bytearray(content)
        damaged[k] ^= 1 << rng.integers(8)
        written.write_bytes(damaged)
        try:
            resumed = Solver.resume(written, tiny_net(), tiny_data(), checkpoint_name=None)
        except ValueError as error:
            refusals += str(written) in str(error)
            continue
        resumed.train()  # a byte that means nothing, such as a date
        assert outcome(resumed) == outcome(whole)
    assert refusals > 40


def archive(path, compression=zipfile.ZIP_STORED, **members):
    """Write a zip file with these members."""
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)


def npy(array):
    """An array as the bytes of a ``.npy`` file; objects are pickled."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def test_foreign_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "foreign.npz"
    path.write_text("epoch,loss\n1,2.3\n")
    refused(path, "foreign.npz is not a whole checkpoint: File is not a zip file")
    path.write_bytes(pickle.dumps(Harmful()))
    refused(path, "is not a whole checkpoint")
    np.savez(path, W1=np.zeros(3))
    refused(path, "is not a whole checkpoint: it has no member 'meta'")
    np.savez(path, meta=np.array([Harmful()], object))
    refused(path, "meta has dtype object, expected numbers; nothing is unpickled")
    archive(path, meta=npy(np.array([Harmful()], object)))
    refused(path, "nothing is unpickled")
    meta = npy(np.frombuffer(json.dumps({"format": "nndl checkpoint"}).encode(), np.uint8))
    archive(path, meta=meta)
    refused(path, "foreign.npz is .*expected .*'version': 2")
    archive(path, meta=npy(np.frombuffer(b"[1]", np.uint8)))
    refused(path, "is not a whole checkpoint")
    archive(path, meta=npy(np.frombuffer(b"[" * 100_000, np.uint8)))
    refused(path, "is not a whole checkpoint")
    assert not (tmp_path / "harm").exists()


def test_archives_that_would_fill_the_memory(written):
    members = {}
    with zipfile.ZipFile(written) as file:
        for info in file.infolist():
            members[info.filename.removesuffix(".npy")] = file.read(info)
    archive(written, zipfile.ZIP_DEFLATED, **members, bomb=npy(np.zeros(10**6)))
    refused(written, "a member is compressed, those of checkpoints are not")
    header = io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, claim)
    archive(written, **(members | {"history/loss_history": header.getvalue() + bytes(8)}))
    refused(written, "history/loss_history has 8 bytes, not those of float64 .1000000000000,.")
    archive(written, **members)
    Solver.resume(written, tiny_net(), tiny_data())  # so it was the changes that were refused


def test_anything_beside_the_archive_is_refused(written):
    content = written.read_bytes()
    for damaged, message in (
        (b"x" + content, "strange bytes"),
        (b"PK\3\4" + content, "strange bytes"),
        (content + b"x", "strange bytes behind its members"),
        (content + bytes(22), "strange bytes behind its members"),
        (content[:-2] + b"\3\0abc", "strange bytes behind its members"),
    ):
        written.write_bytes(damaged)
        refused(written, message)
    members = {}
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for info in file.infolist():
            members[info.filename.removesuffix(".npy")] = file.read(info)
    archive(written, **members)
    with zipfile.ZipFile(written, "a") as file:  # leaves the old directory between the members
        file.fp.seek(0, io.SEEK_END)
        file.start_dir = file.fp.tell()
        file.writestr("late.npy", npy(np.zeros(1)))
    refused(written, "strange bytes before the member 'late.npy'")


@pytest.mark.parametrize("version", [True, 1.0, 2.0, "2", None, 3])
def test_versions_that_are_not_this_one(written, version):
    altered(written, lambda meta: meta.update(version=version))
    refused(written, "expected .*'version': 2")


def test_a_checkpoint_of_the_version_before_says_so(written):
    altered(written, lambda meta: meta.update(version=1))
    refused(written, "is of version 1, expected 2: it was written before checkpoints held")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(written, number):
    with zipfile.ZipFile(written) as file:
        members = {info.filename.removesuffix(".npy"): file.read(info) for info in file.infolist()}
    text = json.dumps(checkpoints.read(written)[1])
    text = text.replace('"lr_decay": 1.0', f'"lr_decay": {number}')
    assert number in text
    members["meta"] = npy(np.frombuffer(text.encode(), np.uint8))
    archive(written, **members)
    refused(written, f"is not a whole checkpoint: its JSON has the number {number}")


def altered(path, change, drop=(), **arrays):
    """Write the checkpoint again with its JSON changed by a function, and other arrays."""
    _, meta, found = checkpoints.read(path)
    change(meta)
    found = {name: array for name, array in found.items() if name not in drop}
    checkpoints.write(path, meta, found | arrays)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda meta: meta.pop("settings"), "settings"),
        (lambda meta: meta["settings"].update(batch_size="8"), "batch_size is '8'"),
        (lambda meta: meta["settings"].update(evil=1), "evil"),
        (lambda meta: meta.update(settings=[1]), "run_epoch_2"),
        (lambda meta: meta["numbers"].update(iteration=7), "a loss for each iteration"),
        (lambda meta: meta["numbers"].update(iteration=-1), "iteration is -1"),
        (lambda meta: meta["numbers"].update(best_val_acc=None), "best_val_acc is None"),
        (lambda meta: meta["optim"].pop("W1"), "W1"),
        (lambda meta: meta["optim"]["W1"].update(t=-3), "t.* is -3"),
        (lambda meta: meta["generator"].update(state=3), "run_epoch_2"),
        (lambda meta: meta.update(fingerprint=None), "run_epoch_2"),
        (lambda meta: meta["numbers"].update(_start=13), "starts at iteration 13, after its end"),
        (lambda meta: meta.update(written="all"), "run_epoch_2"),
    ],
)
def test_contents_that_make_no_run(written, change, message):
    altered(written, change)
    assert str(written) in refused(written, message)


def test_arrays_that_make_no_run(written):
    content = written.read_bytes()
    wrong = np.zeros((2, 2), np.float32)
    for name, array in (
        ("latest/params/W1", wrong),
        ("best/params/W2", wrong),
        ("optim/W1/v", wrong),
        ("latest/params/W1", np.zeros((6, 8))),
        ("more", wrong),
    ):
        written.write_bytes(content)
        altered(written, lambda meta: None, **{name: array})
        refused(written, name if "/" not in name else name.split("/")[-1])
    for name in ("latest/params/b2", "best/params/b2", "history/loss_history"):
        written.write_bytes(content)
        altered(written, lambda meta: None, drop=[name])
        refused(written, name.split("/")[-1])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: tiny_net(reg=0.02), "reg is 0.01 in it and 0.02 here"),
        (lambda: tiny_net(dropout=0.5), "dropout's p is 0.8 in it and 0.5 here"),
        (lambda: tiny_net(dtype=np.float64), r"W1 is float32 \(6, 8\) in it and float64 \(6, 8\)"),
        (lambda: tiny_net(use_batchnorm=False), r"gamma1 is float32 \(8,\) in it and missing here"),
        (lambda: tiny_net(C=4), r"W3 is float32 \(7, 3\) in it and float32 \(7, 4\) here"),
        (
            lambda: TwoLayerNet(6, 8, 3),
            "the class of the model is FullyConnectedNet in it and TwoLayerNet here",
        ),
    ],
)
def test_a_checkpoint_of_another_model(written, model, message):
    refused(written, f"run_epoch_2.npz: it is of another run: {message}", model())


def test_another_generator(written):
    model = tiny_net()
    model.dropout_param["rng"] = np.random.Generator(np.random.MT19937(0))
    refused(written, "dropout's generator is PCG64 in it and MT19937 here", model)
    model.dropout_param = {"mode": "train", "p": 0.8, "seed": 3}
    refused(written, "dropout's generator is PCG64 in it and none here", model)


def test_another_seed_of_dropout(tmp_path):
    """A run with a seed draws masks from it at each step, and goes on with them when resumed."""
    whole = run(tmp_path / "run", tiny_net(seed=5))
    whole.train()
    path = tmp_path / "run_epoch_1.npz"
    resumed = Solver.resume(path, tiny_net(seed=5), tiny_data())
    resumed.train()
    assert outcome(resumed) == outcome(whole)
    refused(path, "dropout's seed is 5 in it and 6 here", tiny_net(seed=6))


def test_a_checkpoint_of_other_data(written):
    refused(
        written, r"X_train is float32 \(50, 6\) in it and float32 \(51, 6\)", data=tiny_data(51)
    )
    refused(written, "y_train is 50 labels with checksum", data=tiny_data(seed=1))
    data = tiny_data()
    data["X_train"] = data["X_train"].astype(float)
    refused(written, "X_train is float32 .* in it and float64", data=data)
    with pytest.raises(ValueError, match=r"^Solver.resume: data has no key"):
        Solver.resume(written, tiny_net(), {})


def test_a_checkpoint_of_other_images(written):
    """Everything else about them is the same: the shape, the dtype, the labels."""
    message = r"the content of X_{} is checksum \w+ in it and checksum \w+ here"
    for part in ("train", "val"):
        for change in (
            lambda X: X - X.mean(axis=0),
            lambda X: X[::-1],
            lambda X: np.nextafter(X, 9),
        ):
            data = tiny_data()
            data[f"X_{part}"] = change(data[f"X_{part}"]).astype(np.float32)
            refused(written, message.format(part), data=data)
    data = {key: np.asfortranarray(array) for key, array in tiny_data().items()}
    Solver.resume(written, tiny_net(), data)  # the same ones in another memory order


LAYERS = [
    *(("conv", 4), "batchnorm", "relu", "pool", ("conv", 5, 3), "relu", "average"),
    *(("dropout", 0.8), ("affine", 6), "relu"),
]


@pytest.mark.parametrize(
    ("place", "layers", "message"),
    [
        (7, [("dropout", 0.5)], "layer 7 is dropout, keep 0.8 .* in it and dropout, keep 0.5"),
        (2, [], r"layer 2 is batchnorm, relu .* in it and batchnorm \(4, 8, 8\) here"),
        (9, [], "layer 9 is relu .* in it and affine"),
        (5, [], "layer 5 is relu .* in it and average"),
        (3, [], "layer 3 is pool 2x2 .* in it and conv 3x3"),
        (4, [("conv", 5, 3, 2)], "layer 4 is conv 3x3 .* in it and conv 3x3, stride 2"),
    ],
)
def test_a_checkpoint_of_another_list_of_layers(tmp_path, place, layers, message):
    """Whose parameters have the same names and shapes."""
    rng = np.random.default_rng(0)
    data = {f"X_{part}": rng.normal(size=(20, 1, 8, 8)) for part in ("train", "val")}
    data |= {f"y_{part}": rng.integers(3, size=20) for part in ("train", "val")}
    make = lambda layers: ConvNet(layers, (1, 8, 8), 3, seed=0)  # noqa: E731
    options = {"batch_size": 10, "num_epochs": 1, "verbose": False}
    Solver(make(LAYERS), data, checkpoint_name=tmp_path / "run", **options).train()
    other = make(LAYERS[:place] + layers + LAYERS[place + 1 :])
    assert other.params.keys() == make(LAYERS).params.keys()
    refused(tmp_path / "run_epoch_1.npz", f"of another run: {message}", other, data)
    Solver.resume(tmp_path / "run_epoch_1.npz", make(LAYERS), data)


def test_checkpoints_that_stay(tmp_path):
    """The last ones, and that of the best epoch, which is not deleted before it is surpassed."""
    data, accuracies = Scripted.data(), [0.1, 0.2, 0.9, 0.3, 0.4, 0.5, 0.95]
    options = {"batch_size": 4, "num_epochs": 5, "verbose": False, "optim_config": STEP}
    (tmp_path / "run_epoch_77.npz").write_text("of someone else")
    solver = Solver(
        Scripted(accuracies=accuracies), data, checkpoint_name=tmp_path / "run", keep=2, **options
    )
    names = lambda: sorted(path.name for path in tmp_path.iterdir())  # noqa: E731
    kept = lambda *epochs: [f"run_epoch_{epoch}.npz" for epoch in epochs]  # noqa: E731
    solver.train()
    assert names() == kept(2, 4, 5, 77)
    model = Scripted(accuracies=[0.95, 0.1])
    resumed = Solver.resume(tmp_path / "run_epoch_5.npz", model, data, num_epochs=8)
    resumed.train()  # it knows which checkpoints are the run's own
    assert names() == kept(6, 7, 77, 8)
    assert resumed.keep == 2
    everything = Solver(Scripted(), data, checkpoint_name=tmp_path / "all", **options)
    everything.train()
    assert len([name for name in names() if name.startswith("all")]) == 6


def test_functions_are_given_again(tmp_path):
    run(tmp_path / "run", augment=jitter, schedule=lambda progress: 1 - progress).train()
    path = tmp_path / "run_epoch_1.npz"
    given = {"augment": jitter, "schedule": lambda progress: 1 - progress}
    refused(path, "the run had a function 'jitter' as augment; give it again",
            schedule=given["schedule"])  # fmt: skip
    refused(path, "the run had a function '<lambda>' as schedule; give it again", augment=jitter)
    refused(path, "as schedule; give it again", augment=jitter, schedule="cosine")
    assert Solver.resume(path, tiny_net(), tiny_data(), **given).augment is jitter


def test_what_cannot_be_changed(written):
    refused(written, "batch_size cannot be given: it is part of the run; these can: .*num_epochs",
            batch_size=3)  # fmt: skip
    refused(written, "epochs cannot be given: it is not an argument", epochs=3)
    refused(written, "the run had no function as augment", augment=jitter)
    refused(written, "the run had no function as schedule", schedule="cosine")
    refused(written, "num_epochs is 1, but it was written after iteration 12 of 6", num_epochs=1)
    refused(written, "verbose is 'loud'", verbose="loud")


def test_paths_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        Solver.resume(tmp_path / "none.npz", tiny_net(), tiny_data())
    with pytest.raises(TypeError, match=r"Solver.resume: path is 3"):
        Solver.resume(3, tiny_net(), tiny_data())


class Interrupting(dict):
    """Parameters of which one interrupts when it is set: in the middle of an update."""

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        if name == "b1" and getattr(self, "armed", False):
            raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["loss", "augment", "check"])
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path, capsys, where):
    """At iteration 8 of 18, in the middle of the second epoch, or in an accuracy check."""
    whole = run(augment=jitter)
    whole.train()
    model, calls = tiny_net(), []

    def stopping(function, when):
        def wrapped(*arguments):
            result = function(*arguments)
            calls.append(None)
            if len(calls) == when:
                raise KeyboardInterrupt
            return result

        return wrapped

    augment = jitter
    if where == "loss":
        model.loss = stopping(model.loss, 13)
    elif where == "check":
        model.loss = stopping(model.loss, 10)
    else:
        augment = stopping(jitter, 8)
    solver = run(tmp_path / "run", model, augment=augment)
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    path = tmp_path / "run_interrupted.npz"
    said = capsys.readouterr().out
    assert f"Stopped after iteration {solver.iteration} of 18. Saved {path}; to go on: " in said
    assert f"Solver.resume({str(path)!r}, model, data, augment=augment).train()" in said
    assert 0 < solver.iteration < 18
    resumed = Solver.resume(path, tiny_net(), tiny_data(), augment=jitter)
    resumed.train()
    assert outcome(resumed) == outcome(whole)


def test_ctrl_c_without_a_name_keeps_the_histories(capsys):
    whole = Solver(tiny_net(), tiny_data(), batch_size=8, num_epochs=3, verbose=False)
    whole.train()
    model, calls = tiny_net(), []

    def once(X, rng):
        calls.append(None)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return X

    solver = run(model=model, augment=once)
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    assert len(solver.loss_history) == 8
    assert (
        "Nothing was saved, without a checkpoint_name; train() goes on" in capsys.readouterr().out
    )
    solver.train()
    assert outcome(solver) == outcome(whole)


def test_an_update_that_is_interrupted_is_not_saved(tmp_path, capsys):
    model = tiny_net()
    model.params = Interrupting(model.params)
    solver = run(tmp_path / "run", model)
    model.params.armed = True
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    assert "did not wait for the update to end, so nothing was saved" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RuntimeError, match="an update was interrupted"):
        solver.train()


@posix
def test_a_real_ctrl_c_waits_for_the_step(tmp_path):
    """SIGINT comes while the eighth batch is augmented; that step is still made."""
    program = (
        "import signal, sys, time\n"
        "from tests.support.training import jitter, tiny_data, tiny_net\n"
        "from nndl.solver import Solver\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's & ignores it
        "def augment(X, rng):\n"
        "    if solver.iteration == 7:\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(3)\n"  # not signal.pause(), which the signal may precede
        "    return jitter(X, rng)\n"
        "solver = Solver(tiny_net(), tiny_data(), batch_size=8, num_epochs=3, verbose=False,\n"
        "                checkpoint_name=sys.argv[1], augment=augment)\n"
        "solver.train()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "run"],
        cwd=TESTS.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        try:
            assert child.stdout.readline() == "ready\n"
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode != 0
    assert "Stopped after iteration 8 of 18. Saved" in out
    assert err.rstrip().endswith("KeyboardInterrupt")
    whole = run(augment=jitter)
    whole.train()
    path = tmp_path / "run_interrupted.npz"
    resumed = Solver.resume(path, tiny_net(), tiny_data(), augment=jitter)
    assert resumed.iteration == 8
    resumed.train()
    assert outcome(resumed) == outcome(whole)


@posix
def test_a_second_ctrl_c_does_not_wait():
    """The handler is Python's own again after the first, and after the run."""
    pressed = []

    def augment(X, rng):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            pressed.append(None)
        return X

    solver, before = run(augment=augment), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            solver.train()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(pressed) == 1
    assert solver.iteration == 0


@posix
def test_runs_that_are_killed_go_on_to_the_same_end(tmp_path):
    """Twenty processes get SIGKILL: at a step, at any time, or while a checkpoint is written."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_runs", tmp_path],
        cwd=TESTS.parent, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "20 of 20 killed, resumed and identical"


def test_after_a_run_ctrl_c_is_what_it_was():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run().train()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
