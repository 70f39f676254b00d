"""The first start: two servers on one empty database."""

import threading

import sqlalchemy as sa

from frostgate.app import Program
from frostgate.config import Settings
from frostgate.rules import store as policies


def test_two_servers_that_start_at_once_publish_one_policy(database_url: str) -> None:
    """As on the first start: no policy is there yet, and both would publish it under number 1."""
    programs = [Program(Settings(database=database_url)) for _ in range(3)]
    with programs[0].database.write() as connection:
        connection.execute(sa.delete(policies.policies))
    together, failed = threading.Barrier(len(programs)), []

    def start(program: Program) -> None:
        together.wait()
        try:
            program.prepare()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [program.running.number for program in programs] == [1, 1, 1]
    for program in programs:
        program.database.close()
