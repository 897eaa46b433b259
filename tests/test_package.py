"""The package as a whole: what importing it costs."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import nndl


def test_importing_nndl_imports_neither_numba_nor_matplotlib():
    program = (
        "import sys, nndl, nndl.conv_layers, nndl.gradient_check\n"
        "print(sorted({'numba', 'matplotlib', 'pooch', 'yaml', 'jupytext'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_modules_are_attributes():
    assert "conv_layers" in dir(nndl)
    assert nndl.conv_layers.__name__ == "nndl.conv_layers"
    assert nndl.fast.__name__ == "nndl.fast"
    with pytest.raises(AttributeError, match="module 'nndl' has no attribute 'nothing'"):
        nndl.nothing  # noqa: B018


def public_names():
    """(name, module) of all that ``nndl`` and ``nndl.fast`` offer, by the modules' ``__all__``."""
    offered = {name for names in nndl._HOMES.values() for name in names}
    for home in (*nndl._HOMES, "fast_layers"):
        module = import_module(f"nndl.{home}")
        for name in getattr(module, "__all__", sorted(offered & vars(module).keys())):
            yield name, module


def test_every_public_name_can_be_imported_from_the_package():
    found = list(public_names())
    assert len({name for name, _ in found}) > 60
    for name, module in found:
        assert getattr(nndl, name) is getattr(module, name), (
            f"{name} is missing in nndl/__init__.py"
        )
        assert name in dir(nndl)
        if module.__name__.startswith("nndl.fast."):
            assert getattr(nndl.fast, name) is getattr(module, name)
            assert name in dir(nndl.fast)
    for package in (nndl, nndl.fast):
        for names in package._HOMES.values():
            assert set(names) <= {name for name, _ in found}


def test_every_compiled_twin_is_public():
    for found in iter_modules(nndl.fast.__path__):
        module = import_module(f"nndl.fast.{found.name}")
        twins = {name for name, value in vars(module).items() if name.endswith("_fast")
                 and getattr(value, "__module__", "") == module.__name__}  # fmt: skip
        assert twins <= set(getattr(module, "__all__", ())) & set(nndl.fast.__all__)


def naive_twin(module, name):
    """The function that a compiled one is the twin of; None where it is two layers in one."""
    plain = name.removesuffix("_fast")
    return getattr(module, f"{plain}_naive", None) or getattr(module, plain, None)


def sections(docstring):
    """``{title: names}`` of a docstring's sections, and the names that each explains."""
    found = re.split(r"\n\n(\w+)\n-+\n", inspect.cleandoc(docstring))
    texts = zip(found[1::2], found[2::2], strict=True)
    return {title: re.findall(r"(?m)^(\w[\w, ]*) :", text) for title, text in texts}


def test_docstrings_of_twins_name_their_function_and_say_what_differs():
    """What both say would have to be changed twice; the API page links the two."""
    seen = 0
    for found in iter_modules(nndl.fast.__path__):
        module = import_module(f"nndl.fast.{found.name}")
        for name in (n for n in getattr(module, "__all__", ()) if n.endswith("_fast")):
            twin, function = getattr(module, name), naive_twin(module, name)
            if function is None:
                continue
            first = inspect.cleandoc(twin.__doc__).splitlines()[0]
            assert f"``{function.__name__}``" in first, name
            own = [
                *(
                    inspect.signature(twin).parameters.keys()
                    - inspect.signature(function).parameters
                )
            ]
            assert sections(twin.__doc__) == ({"Parameters": own} if own else {}), name
            assert sections(function.__doc__).keys() >= {"Parameters", "Returns", "Raises"}, name
            seen += 1
    assert seen > 20


def test_dir_shows_the_public_names_and_nothing_else():
    for package in (nndl, nndl.fast):
        assert dir(package) == sorted(package.__all__)
        offered = {name for names in package._HOMES.values() for name in names}
        for name in set(dir(package)) - offered - {"__version__"}:
            assert getattr(package, name).__name__ == f"{package.__name__}.{name}"
            assert getattr(package, name).__doc__
    assert not {"import_module", "iter_modules", "lazy", "tangle", "chapters"} & set(dir(nndl))


def test_star_imports_bring_what_a_module_offers_and_no_helpers():
    for home in ("gradient_check", "optim", "im2col", "solver", "schedules", "mistakes",
                 "timing", *(f"fast.{name}" for name in nndl.fast._HOMES)):  # fmt: skip
        names = {}
        exec(f"from nndl.{home} import *", names)
        del names["__builtins__"]
        module = import_module(f"nndl.{home}")
        assert names.keys() == set(module.__all__)
        for name, value in names.items():
            assert getattr(value, "__module__", module.__name__).startswith("nndl."), name


def test_a_name_of_one_module_imports_no_other():
    program = (
        "import sys\n"
        "from nndl import conv_forward_naive, rel_error\n"
        "print(sorted({'numba', 'matplotlib', 'nndl.solver'} & set(sys.modules)))\n"
        "dir(sys.modules['nndl']), dir(sys.modules['nndl.fast'])\n"
        "print(sorted({'numba', 'matplotlib', 'nndl.solver'} & set(sys.modules)))\n"
        "from nndl.fast import conv_forward_fast\n"
        "from nndl import Solver, set_num_threads\n"
        "print(conv_forward_fast.__module__, Solver.__name__, set_num_threads.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = ["[]", "[]", "nndl.fast.conv Solver set_num_threads"]
    assert done.stdout.splitlines() == lines


def test_without_numba_the_fast_layers_are_the_naive_ones():
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from nndl.fast.conv import conv_backward_fast, conv_forward_fast\n"
        "import nndl.fast.max_pool, numpy as np\n"
        "print(conv_forward_fast.__name__, nndl.fast.max_pool.max_pool_backward_fast.__name__)\n"
        "x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), np.ones(1)\n"
        "out, cache = conv_forward_fast(x, w, b, {'stride': 1, 'pad': 0})\n"
        "print(out.item(), *(g.sum().item() for g in conv_backward_fast(out, cache)))\n"
        "print(conv_backward_fast(out, cache, need_dx=False)[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = ["conv_forward_naive max_pool_backward_naive", "10.0 90.0 90.0 10.0", "None"]
    assert done.stdout.splitlines() == lines


def test_the_examples_in_the_docstrings_hold():
    import doctest

    from nndl import mistakes

    results = doctest.testmod(mistakes)
    assert results.attempted > 0
    assert results.failed == 0
