"""Several things at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import Any


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do several things in threads that begin together; what each got."""
    together, found = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(number: int) -> None:
        together.wait()
        found[number] = tasks[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
