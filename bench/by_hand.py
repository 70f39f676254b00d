"""The yardstick of deciding: the windows and rules of `decide.yaml`, written out by hand for this policy alone.

Plain dicts, no unknown signals, no snapshots, no forgetting, one tenant's shape of data: what somebody would write who
only ever wanted these six windows and these twenty conditions.
"""

from collections.abc import Callable, Iterable, Mapping
from math import floor

from frostgate.events.model import Event

Facts = tuple[bool, str, str, bool]  # located, country, kind of network, suspicious
Answer = tuple[int, tuple[int, ...]]  # the verdict, and the places of the rules that matched

SEVERITY = (2, 2, 2, 1, 2, 1, 1, 4, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 2)


def decider(facts: Mapping[str, Facts]) -> Callable[[Iterable[Event]], list[Answer]]:  # noqa: PLR0915 - written out
    """A function that decides events one after another and remembers what it counted."""
    minute: dict[tuple[str, str], list[int]] = {}
    hour: dict[tuple[str, str], list[int]] = {}
    reach: dict[tuple[str, str], list[int]] = {}
    talks: dict[tuple[str, str], tuple[list[int], dict[str, int]]] = {}
    here: dict[tuple[str, str], list[int]] = {}
    crowd: dict[tuple[str, str], tuple[list[int], dict[str, int]]] = {}
    devices: dict[tuple[str, str], dict[str, float]] = {}

    def decide(events: Iterable[Event]) -> list[Answer]:
        return [one(event) for event in events]

    def one(event: Event) -> Answer:  # noqa: PLR0912, PLR0915 - written out
        data = event.data
        at = event.time.timestamp()
        private = data.conversation_kind == "private"
        device = data.device
        key = (event.tenant_id, data.account)
        place = (event.tenant_id, data.ip)
        located, country, network, suspicious = facts[data.ip]

        bucket = floor(at / 5.0)
        ring = minute.get(key)
        if ring is None:
            ring = minute[key] = [bucket, *EMPTY]
        elif bucket > ring[0]:
            advance(ring, bucket)
        if bucket > ring[0] - 12:
            ring[2 + bucket % 12] += 1
            ring[1] += 1
        in_a_minute = ring[1]

        bucket = floor(at / 300.0)
        ring = hour.get(key)
        if ring is None:
            ring = hour[key] = [bucket, *EMPTY]
        elif bucket > ring[0]:
            advance(ring, bucket)
        if bucket > ring[0] - 12:
            ring[2 + bucket % 12] += 1
            ring[1] += 1
        in_an_hour = ring[1]

        bucket = floor(at / 50.0)
        amount = data.recipient_count
        ring = reach.get(key)
        if ring is None:
            ring = reach[key] = [bucket, *EMPTY]
        elif bucket > ring[0]:
            advance(ring, bucket)
        if bucket > ring[0] - 12:
            ring[2 + bucket % 12] += amount
            ring[1] += amount
        reached = ring[1]

        found = talks.get(key)
        if private:
            if found is None:
                found = talks[key] = ([bucket, *EMPTY], {})
            conversations = note(*found, bucket, data.conversation)
        else:
            conversations = 0 if found is None else look(found[0], bucket)

        ring = here.get(place)
        if ring is None:
            ring = here[place] = [bucket, *EMPTY]
        elif bucket > ring[0]:
            advance(ring, bucket)
        if bucket > ring[0] - 12:
            ring[2 + bucket % 12] += 1
            ring[1] += 1
        from_here = ring[1]

        bucket = floor(at / 300.0)
        found = crowd.get(place)
        if found is None:
            found = crowd[place] = ([bucket, *EMPTY], {})
        accounts_here = note(*found, bucket, data.account)

        sent = device is not None
        own = devices.get(key)
        known = sent and own is not None and device in own
        fan_out = len(data.recipients) if data.recipients else amount

        hits = ()
        if in_a_minute > 6:
            hits += (0,)
        if in_a_minute > 4 and country != "CN":
            hits += (1,)
        if in_an_hour > 60:
            hits += (2,)
        if in_an_hour > 40 and suspicious:
            hits += (3,)
        if reached > 4000.0:
            hits += (4,)
        if reached > 2500.0 and sent and not known:
            hits += (5,)
        if reached > 2000.0 and not located:
            hits += (6,)
        if conversations > 20:
            hits += (7,)
        if conversations > 12 and network in HIDDEN:
            hits += (8,)
        if conversations > 8 and in_a_minute > 5:
            hits += (9,)
        if accounts_here > 60:
            hits += (10,)
        if accounts_here > 30 and from_here > 200:
            hits += (11,)
        if accounts_here > 25 and network == "hosting":
            hits += (12,)
        if from_here > 500:
            hits += (13,)
        if from_here > 300 and country in ABROAD:
            hits += (14,)
        if not private and amount > 490:
            hits += (15,)
        if private and fan_out > 1:
            hits += (16,)
        if fan_out > 400 and suspicious:
            hits += (17,)
        if network == "tor" and country != "CN" and sent and not known:
            hits += (18,)
        if in_an_hour > 20 and in_a_minute * 2 > in_an_hour:
            hits += (19,)
        return (max([SEVERITY[place] for place in hits]) if hits else 0), hits

    return decide


EMPTY = (0,) * 13
HIDDEN = frozenset({"vpn", "hosting", "tor"})
ABROAD = frozenset({"US", "DE", "NL"})


def advance(ring: list[int], bucket: int) -> None:
    """Make `bucket` the newest and empty the slots that it takes over."""
    newest = ring[0]
    ring[0] = bucket
    if bucket - newest >= 12:
        ring[1:] = EMPTY
        return
    for passed in range(newest + 1, bucket + 1):
        slot = 2 + passed % 12
        ring[1] -= ring[slot]
        ring[slot] = 0


def note(ring: list[int], seen: dict[str, int], bucket: int, value: str) -> int:
    """Note a value of a distinct window and count those inside."""
    newest = ring[0]
    if bucket > newest:
        advance(ring, bucket)
        newest = bucket
    elif bucket <= newest - 12:
        return ring[1]
    last = seen.get(value)
    if last is None or last <= newest - 12:
        ring[1] += 1
    elif last >= bucket:
        return ring[1]
    else:
        ring[2 + last % 12] -= 1
    ring[2 + bucket % 12] += 1
    seen[value] = bucket
    return ring[1]


def look(ring: list[int], bucket: int) -> int:
    """The count as of a bucket, changing nothing."""
    ahead = min(bucket - ring[0], 12)
    return ring[1] - sum(ring[2 + (ring[0] + step) % 12] for step in range(1, ahead + 1))
