"""What a pattern lets in. In Python `$` also stands before a line feed at the end; in JSON Schema it does not."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from frostgate.events.model import DATA
from world import World

# Each pattern must know one of them as good.
WORDS = ["acme", "AB", "ABC", "123456", "09:30", "li@acme.example", "+8613800138000"]

Limits = tuple[str, int | None, int | None]  # a pattern, with the least and the greatest length


def limits(schema: Any) -> Iterator[Limits]:
    """Every pattern in a JSON Schema, however deep."""
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from limits(part)
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        yield schema["pattern"], schema.get("minLength"), schema.get("maxLength")


def takes(limit: Limits, word: str) -> bool:
    pattern, least, most = limit
    try:
        msgspec.convert(word, Annotated[str, msgspec.Meta(pattern=pattern, min_length=least, max_length=most)])
    except msgspec.ValidationError:
        return False
    return True


def test_no_pattern_lets_a_line_feed_pass_at_the_end(shared: World) -> None:
    document = shared.http.get("/schema").raise_for_status().json()
    found = {*limits(document), *limits(msgspec.json.schema_components(DATA.values())[1])}
    assert len(found) > 5
    for limit in sorted(found, key=str):
        good = [word for word in WORDS if takes(limit, word)]
        assert good, f"no word here fits {limit}: add one"
        assert not any(takes(limit, word + "\n") for word in good), limit


def test_no_event_takes_a_currency_with_a_line_feed(shared: World) -> None:
    li = shared.tenant("acme").account("li")
    event = li.event("billing", amount=1, currency="CNY\n")
    event["data"]["kind"] = "charge"
    refused = li.tenant.sends(event).json()
    assert (refused["code"], refused["pointer"]) == ("event.data_invalid", "/data/currency")
