"""What the log says of a failure: what it was and where it broke, never what it says."""

import json
import logging
import sys

import pytest
import structlog

from frostgate.base.logs import configure

SECRET = "meet me at the pier"  # what somebody wrote: it stands in an exception, and must not go further


def broken() -> Exception:
    """An exception that came some way, and what it came from."""
    try:
        try:
            raise LookupError(SECRET)
        except LookupError as error:
            raise ValueError(f"cannot store {SECRET!r}") from error
    except ValueError as error:
        return error


@pytest.mark.parametrize("way", ["given", "current", "tuple"])
def test_an_exception_is_named_with_its_places_and_says_nothing(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = broken()
    configure()
    log = structlog.get_logger("test")
    if way == "given":
        log.error("failed", exc_info=error)
    elif way == "tuple":
        log.error("failed", exc_info=(type(error), error, error.__traceback__))
    else:
        try:
            raise error
        except ValueError:
            log.exception("failed")
    written = capsys.readouterr().err
    assert SECRET not in written
    line = json.loads(written)
    assert [each["type"] for each in line["exception"]] == ["ValueError", "LookupError"]
    assert line["exception"][-1]["places"][-1].startswith(f"{__file__}:")
    assert line["exception"][-1]["places"][-1].endswith(" broken")


def test_libraries_say_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    error = broken()
    configure()
    logging.getLogger("library").error("failed", exc_info=error)
    written = capsys.readouterr().err
    assert "Logging error" not in written
    assert SECRET not in written
    assert "ValueError" in written
    assert __file__ in written


def test_a_line_without_an_exception_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert sys.exc_info() == (None, None, None)
    configure()
    structlog.get_logger("test").error("failed", exc_info=True)
    assert "exception" not in json.loads(capsys.readouterr().err)
