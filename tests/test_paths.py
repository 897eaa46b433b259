"""Paths: whatever takes one refuses what is none by name, and writes nothing anywhere."""

from pathlib import Path

import numpy as np
import pytest

from nndl import data_utils
from nndl.checks.arguments import check_path
from nndl.fc_net import TwoLayerNet
from nndl.solver import Solver
from tests.support.training import tiny_data, tiny_net


class Bytes:
    """A path as an object may be one, of bytes."""

    def __fspath__(self):
        return b"/tmp"

    def __repr__(self):  # the same in every process, for the name of the test
        return "Bytes()"


def solver(**options):
    return Solver(tiny_net(), tiny_data(), verbose=False, **options)


TAKERS = {
    "load_CIFAR_batch: filename": data_utils.load_CIFAR_batch,
    "load_CIFAR10: ROOT": data_utils.load_CIFAR10,
    "get_CIFAR10_data: root": lambda path: data_utils.get_CIFAR10_data(root=path),
    "load_mnist: folder": data_utils.load_mnist,
    "synthetic_CIFAR10: folder": data_utils.synthetic_CIFAR10,
    "load_pickle: f": data_utils.load_pickle,
    "Solver: checkpoint_name": lambda path: solver(checkpoint_name=path),
    "Solver.save: path": lambda path: solver().save(path),
    "Solver.resume: path": lambda path: Solver.resume(path, tiny_net(), tiny_data()),
    "TwoLayerNet.save: path": lambda path: TwoLayerNet(4, 3, 2).save(path),
    "TwoLayerNet.load: path": TwoLayerNet.load,
}
OPTIONAL = ("get_CIFAR10_data: root", "Solver: checkpoint_name")  # None means something there
FILES = [name for name in TAKERS if name.endswith(": path")]
FOLDERS = ("load_CIFAR10: ROOT", "get_CIFAR10_data: root", "load_mnist: folder")
NONE = [None, 5, 2.5, True, b"/tmp", ["a"], np.zeros(2), Bytes()]
STRANGE = ["", "a\0b", "a\ud800b"]


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize("value", NONE + STRANGE, ids=repr)
def test_what_is_no_path_is_refused_by_name(name, value, tmp_path, monkeypatch):
    if value is None and name in OPTIONAL:
        return
    monkeypatch.chdir(tmp_path)
    error = ValueError if isinstance(value, str) else TypeError
    wanted = "(?s:.*)(expected a path|a character that no path has)"
    with pytest.raises(error, match=f"^{name} is {wanted}|^load_pickle: f is a"):
        TAKERS[name](value)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("value", [".", "..", "a/..", Path(), "/"], ids=repr)
def test_a_file_has_a_name(name, value):
    with pytest.raises(ValueError, match=f"^{name} is .*, expected the path of a file"):
        TAKERS[name](value)


@pytest.mark.parametrize("value", ["", "./", "/"], ids=repr)
def test_checkpoints_have_a_name(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"^Solver: checkpoint_name is .*, expected a path"):
        solver(checkpoint_name=value)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_home_of_nobody(name):
    with pytest.raises(ValueError, match=f"^{name} is '~nosuchuser/y', expected a folder"):
        TAKERS[name]("~nosuchuser/y")


def test_the_home_of_nobody_in_the_environment(monkeypatch):
    monkeypatch.setenv("NNDL_DATA", "~nosuchuser/y")
    with pytest.raises(ValueError, match=r"^get_CIFAR10_data: \$NNDL_DATA is '~nosuchuser/y'"):
        data_utils.get_CIFAR10_data()


@pytest.mark.parametrize("value", ["a", Path("a"), "a b/c", "~", "é"], ids=repr)
def test_paths_are_accepted(value):
    check_path("f", "path", value, file=True)
