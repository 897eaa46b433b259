"""Every condition of every check of a layer is needed: some wrong argument is caught by it alone.

Conditions are left out one after the other, and the wrong arguments of ``tests/faults.py`` are
looked at again. A condition that nobody misses is either untested or superfluous.
"""

import ast
import copy
import inspect
import sys
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

import nndl.checks
from tests.support.calls import CALLS, UNUSUAL
from tests.support.faults import faults, of_single_values, of_two_arguments

pytest.importorskip("numba")  # without it the twins are the naive layers, under their names

ROOT = str(Path(nndl.checks.__file__).parent)
MODULES = ("arguments", "batchnorm", "conv_layers", "im2col", "layers", "normalization_family")
MODULES += ("optim",)
MODULES = {name: import_module(f"nndl.checks.{name}") for name in MODULES}
LEAVES = ast.Raise, ast.Return, ast.Continue
# What may be left out, and why.
SPARED = {
    # The next check refuses it, too; the message of this one says more.
    "check_relu_backward: if not isinstance(cache, ARRAYS):",
    "check_batchnorm_backward: if cache is None:",
    "check_rows_backward: if cache is None:",
    "check_rows_backward: check_batchnorm_backward(function, dout, cache, ROWS)",
    "check_loss: C == 0",
    # Of the Solver, not of a rule: tests/test_optimization.py.
    "check_config: if rule not in RULE_KEYS:",
}


def left_out(tree):
    """``(what, tree)``: a function without one of its conditions, for each of them."""
    for node in ast.walk(tree):
        fields = {name: value for name, value in ast.iter_fields(node) if isinstance(value, list)}
        for name, parts in fields.items():
            for k, part in enumerate(parts):
                if is_condition(node, name, part):
                    setattr(node, name, parts[:k] + nothing_for(node) + parts[k + 1 :])
                    yield ast.unparse(part).splitlines()[0], tree
                    setattr(node, name, parts)


def nothing_for(node):
    """What stands in the place of a part of a node that is left out."""
    if isinstance(node, ast.BoolOp):
        return [ast.Constant(isinstance(node.op, ast.And))]
    return [] if isinstance(node, ast.Tuple) else [ast.Pass()]


def is_condition(node, name, part):
    """Whether ``part`` of a node decides what is refused: a check, an operand, an array's name."""
    if name in ("body", "orelse"):
        called = part.value.func if isinstance(getattr(part, "value", None), ast.Call) else None
        checks = isinstance(called, ast.Name) and "check_" in called.id
        return checks or (isinstance(part, ast.If) and isinstance(part.body[-1], ast.Raise))
    return getattr(node, "decides", False)


def functions_of(module):
    """The functions that a module of checks defines, by name, with their sources as trees."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not hasattr(function, "__wrapped__"):
            tree = ast.parse(inspect.getsource(function))
            for node in ast.walk(tree):
                ends = isinstance(node, ast.If) and isinstance(node.body[-1], LEAVES)
                for part in ast.walk(node.test) if ends else ():
                    part.decides = isinstance(part, ast.BoolOp)
                if isinstance(node, ast.For):  # of a tuple that is written out
                    node.iter.decides = isinstance(node.iter, ast.Tuple)
            yield name, function, tree


def seen_by_checks():
    """``(check, arguments)``: what reaches the checks when layers are called, rightly or not."""
    seen = []

    def watch(frame, event, _):
        inside = [f.f_code.co_filename.startswith(ROOT) for f in (frame, frame.f_back or frame)]
        if event == "call" and inside == [True, False]:
            check = vars(sys.modules[frame.f_globals["__name__"]])[frame.f_code.co_name]
            seen.append((check, [copied(value) for value in arguments_in(frame)]))

    tried = [(call.function, call.arguments()) for call in CALLS.values()]
    tried += copy.deepcopy(UNUSUAL)
    tried += [(call.function, wrong) for call in CALLS.values() for *_, wrong in faults(call)]
    for function, arguments in (*tried, *of_two_arguments()):
        sys.setprofile(watch)
        try:
            function(**arguments)
        except (TypeError, ValueError):
            pass
        finally:
            sys.setprofile(None)
    return seen


def arguments_in(frame):
    """What the function of a frame was called with, in order."""
    info = inspect.getargvalues(frame)
    return [info.locals[name] for name in info.args] + list(info.locals.get(info.varargs, ()))


def copied(value):
    """A dictionary that a check may fill in; arrays it leaves as they are, layout and all."""
    return dict(value) if isinstance(value, dict) else value


def verdict(check, arguments):
    """Whether a check lets arguments through; an error that it does not word itself is neither."""
    function = arguments[0]
    try:
        check(*map(copied, arguments))
    except (TypeError, ValueError) as error:
        return "refused" if str(error).startswith(f"{function}: ") else "broken"
    except Exception:
        return "broken"
    return "accepted"


@pytest.fixture(scope="module")
def seen():
    found = {}
    for check, arguments in seen_by_checks():
        found.setdefault(check.__module__, []).append((check, arguments, verdict(check, arguments)))
    for check, values in of_single_values():
        arguments = ["somebody", *values]
        found["nndl.checks.arguments"].append((check, arguments, verdict(check, arguments)))
    return found


@pytest.mark.parametrize("name", MODULES)
def test_no_condition_can_be_left_out(name, seen):
    module, survived = MODULES[name], []
    known = [*chain(*seen.values())] if name == "arguments" else seen[module.__name__]
    assert all(said != "broken" for *_, said in known)
    for function_name, function, tree in functions_of(module):
        kept = function.__code__
        for what, changed in left_out(tree):
            namespace = dict(vars(module))
            exec(compile(ast.fix_missing_locations(changed), module.__file__, "exec"), namespace)
            function.__code__ = namespace[function_name].__code__
            try:
                missed = any(verdict(check, given) != said for check, given, said in known)
            finally:
                function.__code__ = kept
            if not missed:
                survived.append(f"{function_name}: {what}")
    assert set(survived) <= SPARED, "\n".join(set(survived) - SPARED)
