"""Writes, for one event type, the function that reads an event: its fields, what derives from them, all windows on it.

It is straight-line Python, made once: no loop over fields or windows, one look-up for each key, one comparison for each
`where`, one bucket for each length of time. What happens to nearly every event stands in it (a window that an entity is
new in, or that has its newest bucket now); the rest is left to the window's own `observe_in` and `peek_in`, and both do
what the contract in `windows` says.

No text of a policy reaches the source except through `repr` of a number: values of `where` are constants by name.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from math import floor
from typing import Any

from frostgate.events.model import Data, Event, EventType
from frostgate.signals.catalogue import BY, DERIVED_OF, countable, fields, has, optional
from frostgate.signals.entities import BUCKETS, Entities, Row
from frostgate.signals.model import NOT_SENT, SignalType, Unknown, Value, Window
from frostgate.signals.windows import AnyWindow, Distinct, Rate, Sum

Values = tuple[Value, ...]
AccountKey = tuple[str, str]  # tenant_id, account
Part = Callable[[Data, AccountKey, Row, float], Values]  # the account's row, the event's time: derived signals
Behind = Callable[[str | None], Values]  # of an address: its line and its block
Read = Callable[[Event], Values]


def write_reading(
    on: EventType,
    parts: Sequence[tuple[Collection[str], Part]],
    windows: Sequence[AnyWindow],
    entities: Mapping[str, Entities],
    behind: Behind,
) -> Read:
    """How events of one type are read: values of its fields, of its derived signals, of the windows on it.

    `parts` are the derived signals in the order of `catalogue.derived`, with what reads them; `entities` are by what
    they are kept for.
    """
    writer = _Writer(on, parts, windows)
    body = [*writer.read_event(entities["account"]), *writer.read_parts(behind), *writer.settle()]
    for by in dict.fromkeys(window.spec.by for window in windows):
        body += writer.kept_for(by, entities[by], [window for window in windows if window.spec.by == by])
    source = "\n".join([*writer.before, "def read(event):", *_indented([*body, writer.answer()])])
    exec(compile(source, "<windows>", "exec"), writer.scope)  # noqa: S102 - our own source, see above
    read: Read = writer.scope["read"]
    return read


class _Writer:
    """Lines of source, and the objects that they name."""

    def __init__(
        self, on: EventType, parts: Sequence[tuple[Collection[str], Part]], windows: Sequence[AnyWindow]
    ) -> None:
        self._on = on
        self._parts = parts
        self._windows = windows
        self._fields = {name: f"f{place}" for place, name in enumerate(fields(on))}
        self._numbers = {window.spec.name: number for number, window in enumerate(windows)}
        self._sources = self._find_sources()
        self._lengths = {over: place for place, over in enumerate(dict.fromkeys(w.spec.over for w in windows))}
        self._widths = {window.spec.over: window.width for window in windows}
        self._wheres: list[Mapping[str, Any]] = []
        for window in windows:
            if window.spec.where and window.spec.where not in self._wheres:
                self._wheres.append(window.spec.where)
        self.scope: dict[str, Any] = {"floor": floor, "Unknown": Unknown, "NOT_SENT": NOT_SENT}
        self.before = [f"now{length} = gone{length} = few{length} = None" for length in self._lengths.values()]

    def read_event(self, accounts: Entities) -> list[str]:
        """What every event has, and its fields."""
        of, make = self._bound("accounts", accounts), self._bound("make_account", accounts.row)
        lines = [
            "data, tenant, at = event.data, event.tenant_id, event.time.timestamp()",
            "account = (tenant, data.account)",
            f"whose = {of}.young.get(account) or {make}(account)",
        ]
        may_be_missing = optional(self._on)
        for name, local in self._fields.items():
            lines.append(f"{local} = data.{name}")
            if name in may_be_missing:
                lines.append(f"if {local} is None: {local} = NOT_SENT")
        return lines

    def read_parts(self, behind: Behind) -> list[str]:
        """The derived signals, and what lies behind the address where windows ask for it."""
        lines = []
        for number, (_, part) in enumerate(self._parts):
            lines.append(f"p{number} = {self._bound(f'part{number}', part)}(data, account, whose, at)")
        if has(self._on, "ip") and self._windows:
            lines.append(f"behind = {self._bound('look_behind', behind)}(data.ip)")
        return lines

    def settle(self) -> list[str]:
        """What is settled once for all windows: the buckets of the time, and which `where` the event meets."""
        lines = []
        for over, length in self._lengths.items():
            # Entities of one bucket share one number, and those with few events and all in it share one ring: so these
            # lie in the processor's cache, and a million accounts take no more of them than a thousand.
            lines += [
                f"global now{length}, gone{length}, few{length}",
                f"bucket = floor(at / {self._widths[over]!r})",
                f"if bucket != now{length}:",
                f"    now{length}, gone{length} = bucket, bucket - {BUCKETS}",
                f"    few{length} = [{', '.join(f'(bucket, {total})' for total in range(_shared(over)))}]",
            ]
        for place, where in enumerate(self._wheres):
            asked = [f"data.{field} == {self._bound(f'k{place}_{field}', where[field])}" for field in where]
            lines.append(f"c{place} = {' and '.join(asked)}")
        return lines

    def answer(self) -> str:
        """All values in their order."""
        parts = [f"*p{number}" for number in range(len(self._parts))]
        windows = [f"a{number}" for number in range(len(self._windows))]
        return f"return ({', '.join([*self._fields.values(), *parts, *windows])},)"

    def kept_for(self, by: str, entities: Entities, windows: Sequence[AnyWindow]) -> list[str]:
        """The windows of one key: its row is found, and made where something will be counted."""
        names = [self._sources[name] for name in BY[by]]
        answers = [self._answer(window) for window in windows]
        steps = self._steps(windows)
        if by == "account":  # which every event names
            return ["row = whose", *steps]
        key = f"({', '.join(['tenant', *names])},)"
        young, find, make = (
            self._bound(f"{use}_{by}", thing)
            for use, thing in (("of", entities), ("find", entities.find), ("make", entities.row))
        )
        found = [f"key = {key}", f"row = {young}.young.get(key)", "if row is None:"]
        if all(window.spec.where for window in windows):
            tests = dict.fromkeys(self._test(window) for window in windows)
            found.append(f"    row = {make}(key) if {' or '.join(tests)} else {find}(key)")
            nothing = [f"{answer} = {window.answer(0)!r}" for answer, window in zip(answers, windows, strict=True)]
            found += ["if row is None:", *_indented(nothing), "else:", *_indented(steps)]
        else:
            found += [f"    row = {make}(key)", *steps]
        lines: list[str] = []
        for name in names:
            lines += [
                f"{'elif' if lines else 'if'} {name}.__class__ is Unknown:",
                f"    {' = '.join(answers)} = {name}",
            ]
        return [*lines, "else:", *_indented(found)] if lines else found

    def _steps(self, windows: Sequence[AnyWindow]) -> list[str]:
        """Observe what counts; what does not, or whose value is unknown, is only looked at."""
        lines: list[str] = []
        for (test, value), alike in groupby(windows, lambda window: (self._test(window), self._value(window))):
            among = list(alike)
            known = f"{value}.__class__ is not Unknown" if value else ""
            condition = " and ".join(filter(None, (test, known)))
            observing = [line for window in among for line in self._observe(window, value)]
            if condition:
                peeking = [line for window in among for line in self._peek(window)]
                lines += [f"if {condition}:", *_indented(observing), "else:", *_indented(peeking)]
            else:
                lines += observing
            lines += [line for window in among for line in self._read(window)]
        return lines

    def _observe(self, window: AnyWindow, value: str) -> list[str]:
        answer, place, length = self._answer(window), window.place, self._lengths[window.spec.over]
        now = f"now{length}"
        if self._is_of_many(window):
            return [f"{answer} = {self._bound(f'all_{answer}', window.observe_all_in)}(row, {now}, {value})"]  # type: ignore[union-attr]
        general = f"{answer} = {self._bound(f'observe_{answer}', window.observe_in)}(row, {now}, {value or 1})"
        lines = [f"ring = row[{place}]", f"if ring is None or ring[0] <= gone{length}:"]
        if isinstance(window, Distinct):
            return [
                *lines,
                f"    row[{place}] = ({now}, 1, {value})",
                f"    {answer} = 1",
                f"elif ring[0] == {now} and ring.__class__ is tuple and ring[2] == {value}:",
                f"    {answer} = 1",
                "else:",
                f"    {general}",
            ]
        one = f"few{length}[{answer}] if 0 <= {answer} < {_shared(window.spec.over)} else ({now}, {answer})"
        return [
            *lines,
            f"    {answer} = {value or 1}",
            f"    row[{place}] = {one if value else f'few{length}[1]'}",
            f"elif ring[0] == {now}:",
            f"    {answer} = ring[1] + {value or 1}",
            "    if ring.__class__ is tuple:",
            "        if len(ring) == 2:",
            f"            row[{place}] = {one}",
            "        else:",
            f"            row[{place}] = ({now}, {answer}, *ring[2:])",
            "    else:",
            f"        ring[1] = {answer}",
            f"        ring[2 + {now} % {BUCKETS}] += {value or 1}",
            f"elif {now} > ring[0] and ring.__class__ is tuple and len(ring) == 2:",
            f"    {answer} = ring[1] + {value or 1}",
            f"    row[{place}] = ({now}, {answer}, *ring)",
            "else:",
            f"    {general}",
        ]

    def _peek(self, window: AnyWindow) -> list[str]:
        answer, length = self._answer(window), self._lengths[window.spec.over]
        return [
            f"ring = row[{window.place}]",
            f"if ring is None or ring[0] <= gone{length}:",
            f"    {answer} = 0",
            f"elif ring[0] >= now{length} or ({'' if isinstance(window, Distinct) else 'len(ring) == 2 and '}"
            "ring.__class__ is tuple):",
            f"    {answer} = ring[1]",
            "else:",
            f"    {answer} = {self._bound(f'peek_{answer}', window.peek_in)}(row, now{length})",
        ]

    def _read(self, window: AnyWindow) -> list[str]:
        """`window.answer`, where that is not the number itself."""
        answer = self._answer(window)
        if isinstance(window, Sum):
            return [f"{answer} += 0.0"]  # becomes a double
        return [f"{answer} /= {window.spec.over}"] if isinstance(window, Rate) else []

    def _answer(self, window: AnyWindow) -> str:
        return f"a{self._numbers[window.spec.name]}"

    def _test(self, window: AnyWindow) -> str:
        return f"c{self._wheres.index(window.spec.where)}" if window.spec.where else ""

    def _value(self, window: AnyWindow) -> str:
        return "" if window.spec.of is None else self._sources[window.spec.of]

    def _is_of_many(self, window: AnyWindow) -> bool:
        return _is_list(window.spec) and isinstance(window, Distinct)

    def _find_sources(self) -> dict[str, str]:
        """Where each thing that a window may name stands: a field, a derived signal, what lies behind the address."""
        signals = {
            signal: f"p{number}[{place}]"
            for number, (names, _) in enumerate(self._parts)
            for place, signal in enumerate(names)
        }
        sources = self._fields | {name: signals[signal] for name, signal in DERIVED_OF.get(self._on, {}).items()}
        if has(self._on, "ip"):
            # An address is its line, so that an IPv6 host that writes a new one each day counts once.
            sources |= {"ip": "behind[0]", "address": "behind[0]", "network": "behind[1]"}
        return sources

    def _bound(self, name: str, thing: Any) -> str:
        self.scope[name] = thing
        return name


def _shared(over: int) -> int:
    """How many of the smallest totals have one ring for all entities: more where buckets are not over in seconds."""
    return 9 if over >= 3600 else 2


def _is_list(spec: Window) -> bool:
    return spec.of is not None and countable(spec.on)[spec.of] is SignalType.STRINGS


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]
