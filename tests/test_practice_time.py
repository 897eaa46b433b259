"""A reader's function whose time is over ends, where no signal could end it: in another thread."""

import contextlib
import itertools
import sys
import threading

import numpy as np
import pytest

from nndl.practice.limits import TooLong, limited

MONITORED = pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")


def waits():
    while True:
        pass


def calls():
    while np.zeros(3).sum() < 1:
        one()


def one():
    return 1


def negative(k):
    return k < 0


def collects():
    return [k for k in itertools.count() if k < 0]


def generates():
    return sum(k for k in iter(one, 0))


def recurs(n=60):
    return n if n < 2 else recurs(n - 1) + recurs(n - 2)


def catches():
    while True:
        try:
            waits()
        except:  # noqa: E722  (that is what is tested)
            continue


def suppresses():
    while True:
        with contextlib.suppress(BaseException):
            waits()


def maps():
    return any(map(negative, itertools.count()))


def aside(function):
    """What a function returns, or the kind of what it raises, in another thread."""
    found = []

    def run():
        try:
            with limited(0.2):
                found.append(function())
        except BaseException as error:
            found.append(type(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)
    return found


@pytest.mark.parametrize("function", [waits, calls, collects, generates, recurs, maps])
def test_what_has_no_end_ends(function):
    assert aside(function) == [TooLong]


@MONITORED
@pytest.mark.parametrize("function", [catches, suppresses])
def test_what_catches_everything_ends(function):
    assert aside(function) == [TooLong]


def test_what_ends_in_time_gives_its_result():
    assert aside(one) == [1]


def test_tracing_is_as_it_was():
    def seen():
        before = sys.gettrace()
        with contextlib.suppress(TooLong), limited(0.01):
            waits()
        return sys.gettrace() is before

    assert aside(seen) == [True]


@MONITORED
def test_the_monitoring_of_others_is_as_it_was():
    told, jumps = sys.monitoring, []
    told.use_tool_id(4, "another")
    try:
        told.register_callback(4, told.events.JUMP, lambda *jump: jumps.append(jump))
        told.set_events(4, told.events.JUMP)
        assert aside(waits) == [TooLong]
        assert jumps
        assert (told.get_tool(4), told.get_events(4)) == ("another", told.events.JUMP)
        assert [told.get_tool(number) for number in (3, 5)] == [None, None]
    finally:
        told.set_events(4, 0)
        told.free_tool_id(4)


@MONITORED
def test_other_threads_go_on():
    found = []

    def counts():
        for _ in range(3):
            found.append(aside(waits))

    thread = threading.Thread(target=counts)
    thread.start()
    while thread.is_alive():  # its time is over again and again, ours is not
        one()
    assert found == [[TooLong]] * 3


@MONITORED
def test_without_a_free_tool_there_is_tracing():
    told = sys.monitoring
    free = [number for number in range(6) if told.get_tool(number) is None]
    for number in free:
        told.use_tool_id(number, "another")
    try:
        assert aside(waits) == [TooLong]
    finally:
        for number in free:
            told.free_tool_id(number)
