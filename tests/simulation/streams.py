"""Tiny streams whose truth is written by hand, and rules that say what becomes of each line."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from frostgate.events.importers.lines import Lines
from frostgate.rules.parse import parse
from frostgate.rules.policy import Policy
from frostgate.simulation.evaluation.results import Result
from frostgate.simulation.evaluation.run import evaluate
from frostgate.simulation.model import TENANT, TRUTH

START = datetime(2026, 3, 2, tzinfo=UTC)
HOME = "101.80.0.1"

# Rules that read a word of the event, so that each line of a stream says what will become of it.
RULE = """
  - id: {on}.{does}
    on: {on}
    when: {when}
    effect: {effect}
    says: {{zh-CN: "是", en: "yes"}}
    examples: {{matches: [{{name: one, file: one.yaml}}], stays_away: [{{name: none, file: none.yaml}}]}}
"""
EFFECTS = {
    "freeze": "{freeze: abnormal_login}",
    "challenge": "{challenge: abnormal_login}",
    "throttle": "{throttle: abnormal_login, retry_after: 60s}",
    "refuse": "{refuse: abnormal_login}",
    "limit": "{limit: bulk_operation, services: [messaging]}",
}
HEAD = "name: words\nguard: 7d\nkeep_events: 90d\nwindows: {}\nrules:\n"
POLICY = parse(
    HEAD
    + "".join(
        RULE.format(on="login", does=does, effect=effect, when=f'device.sent && login.device.startsWith("{does}")')
        for does, effect in EFFECTS.items()
    )
    + RULE.format(on="message", does="stop", effect=EFFECTS["limit"], when='message.text == "stop"')
    + RULE.format(on="message", does="ask", effect="{challenge: bulk_operation}", when='message.text == "ask"')
)


class Stream:
    """Lines of a stream; hours count from the beginning."""

    def __init__(self, *, trusted: Sequence[str] = ()) -> None:
        self.lines: list[dict[str, Any]] = []
        tenant = {"tenant": TENANT, "seed": 1, "people": 2, "days": 30, "start": START.isoformat()}
        self.truth(about="tenant", trusted_networks=list(trusted), **tenant)

    def truth(self, **data: Any) -> None:
        time = START.isoformat()
        line = {"specversion": "1.0", "id": f"t{len(self.lines)}", "source": "/simulation", "type": TRUTH}
        self.lines.append({**line, "time": time, "data": data})

    def person(self, account: str, *, honest: bool = True, traits: tuple[str, ...] = ()) -> None:
        self.truth(about="account", account=account, kind="person", honest=honest, traits=traits)

    def attack(
        self, name: str, account: str | None, *, hours: float = 0, kind: str = "stolen_abroad", **more: Any
    ) -> None:
        cause = "bulk_operation" if kind.startswith("bulk") else "abnormal_login"
        start = (START + timedelta(hours=hours)).isoformat()
        self.truth(about="attack", attack=name, kind=kind, cause=cause, start=start, account=account, **more)

    def event(self, hours: float, kind: str, attack: str | None = None, /, **data: Any) -> None:
        time = (START + timedelta(hours=hours)).isoformat()
        line: dict[str, Any] = {"specversion": "1.0", "id": f"e{len(self.lines)}", "source": "/sso", "time": time}
        line |= {"type": f"io.frostgate.{kind}", "tenant": TENANT, "data": data}
        self.lines.append(line | ({"attack": attack} if attack else {}))

    def login(self, hours: float, account: str, attack: str | None = None, *, device: str = "own", **data: Any) -> None:
        known = {"account": account, "ip": HOME, "outcome": "success", "device": device}
        self.event(hours, "login", attack, **{**known, **data})

    def message(self, hours: float, account: str, attack: str | None = None, *, text: str = "hello") -> None:
        data = {"account": account, "conversation": "c", "conversation_kind": "private", "text": text}
        self.event(hours, "message", attack, **data)

    def evaluate(self, policy: Policy = POLICY) -> Result:
        raw = b"".join(json.dumps(line).encode() + b"\n" for line in self.lines)
        return evaluate(Lines(io.BytesIO(raw)), policy)
