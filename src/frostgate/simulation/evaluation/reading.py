"""A simulated stream, line by line: truths, and events with the attack that they belong to."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from frostgate.base.errors import Refused
from frostgate.events import cloudevents
from frostgate.events.envelope import Envelope
from frostgate.events.importers.lines import Lines
from frostgate.events.model import Event
from frostgate.simulation.model import TRUTH, Moment, Truth

OLDEST = timedelta(days=31)  # events may reach us late


class TruthMissing(Refused):
    """The stream does not say who is honest: it was not written by `frostgate simulate`."""

    code = "simulation.truth_missing"


class Told(msgspec.Struct, frozen=True):
    """An event, and which attack it is a part of: what a server never knows."""

    event: Event
    attack: str | None


class _Line(Envelope, frozen=True):
    recordedtime: Moment | None = None
    attack: str | None = None


_line = msgspec.json.Decoder(_Line).decode
_truth = msgspec.json.Decoder(Truth).decode


def read(lines: Lines) -> Iterator[Truth | Told]:
    """What a stream says, in its order. Every event passes the same checks as one that arrives over HTTP."""
    for text in lines:
        if not text:
            continue
        try:
            line = _line(text)
            if line.type == TRUTH:
                yield _truth(line.data)
                continue
            received_at = line.recordedtime or line.time
            if received_at is None:
                lines.wrong("an event of a simulation needs its `time`")
                continue
            yield Told(cloudevents.read(line, speaks_for=None, received_at=received_at, oldest=OLDEST), line.attack)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            lines.wrong(str(error))
        except Refused as refused:
            lines.wrong(f"{refused.pointer or '/'}: {refused.params.get('problem') or refused.code}")
