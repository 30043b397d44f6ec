"""Work that is spread over processes gives what it gives in one, in the same order."""

import errno
import os
import signal
import time

import pytest

from hydra_recipes.cli import processes
from hydra_recipes.cli.processes import cores, spread

pytestmark = [
    pytest.mark.quick,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork"),
]
ITEMS = range(1_000)
HERE = os.getpid()


def spread_over(work, workers=2, items=ITEMS):
    return list(spread(work, items, workers))


def both(item):
    return item, os.getpid()


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_the_order_is_that_of_the_items_and_each_is_done_once(workers):
    results = spread_over(both, workers)
    assert [item for item, _ in results] == list(ITEMS)
    assert len({process for _, process in results}) == (1 if workers == 1 else workers + 1)


def test_no_process_is_started_before_patience_ends():
    assert {process for _, process in spread(both, ITEMS, 2, patience=60)} == {HERE}


def test_processes_are_started_once_patience_ends(monkeypatch):
    seconds = iter(range(10_000))
    monkeypatch.setattr(processes.time, "process_time", lambda: next(seconds))
    results = list(spread(both, ITEMS, 2, patience=100))
    assert [item for item, _ in results] == list(ITEMS)
    assert {process for _, process in results[:99]} == {HERE}
    assert len({process for _, process in results}) == 3


def test_some_are_done_here_and_what_they_teach_is_known_everywhere():
    known = set()

    def work(item):
        known.add(item)
        return len(known)

    done = spread_over(work)
    assert min(done[at] for at in ITEMS if at not in known) > len(known) == 17
    assert known == set(range(0, 1000, 62))


def test_few_items_start_no_process():
    assert {process for _, process in spread_over(both, 8, range(199))} == {HERE}


def test_a_system_that_cannot_fork_does_all_in_one(monkeypatch):
    monkeypatch.delattr(os, "fork")
    assert {process for _, process in spread_over(both)} == {HERE}


def test_where_no_process_can_be_started_all_is_done_here(monkeypatch):
    def fork():
        raise OSError(errno.EAGAIN, "no more processes")

    monkeypatch.setattr(os, "fork", fork)
    assert spread_over(both) == [(item, HERE) for item in ITEMS]


def test_what_a_killed_process_leaves_is_done_here():
    def work(item):
        if item == 700 and os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    assert spread_over(work) == list(ITEMS)


def test_an_error_is_raised_here_after_what_comes_before_it():
    def work(item):
        if item == 701:
            raise ValueError(item)
        return item

    results = spread(work, ITEMS, 2)
    assert [next(results) for _ in range(701)] == list(range(701))
    with pytest.raises(ValueError, match="701"):
        next(results)


def test_whoever_wants_no_more_leaves_no_process_behind(monkeypatch):
    started = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: started.append(fork()) or started[-1])

    def work(item):
        if item > 500 and os.getpid() != HERE:
            time.sleep(60)
        return item

    results = spread(work, ITEMS, 2)
    assert [next(results) for _ in range(100)] == list(range(100))
    results.close()
    assert len(started) == 2
    for process in started:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_the_cores_are_those_that_this_process_may_use():
    assert 1 <= cores() <= (os.cpu_count() or 1)
