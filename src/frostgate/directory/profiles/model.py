"""What a registered bot or service says that it is for, and how much it will do. Pure values."""

from datetime import datetime
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound
from frostgate.base.model import Actor, Fact
from frostgate.directory.model import NAME, Account, AccountKind
from frostgate.directory.networks.model import Cidr, canonical

Rate = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class ProfileUnknown(NotFound):
    """Nobody declared a profile of this account."""

    code = "profile.unknown"


class ProfileForPerson(Conflict):
    """A person declares no profile: what people do is judged as what people do."""

    code = "profile.for_person"


class ProfileDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A profile as its tenant declares it: the whole of it, so that what is left out becomes empty."""

    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=NAME)]
    messages_a_minute: Rate | None = None
    recipients_an_hour: Rate | None = None
    api_calls_a_minute: Rate | None = None
    networks: Annotated[tuple[Cidr, ...], msgspec.Meta(max_length=100)] = ()


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a bot or service is for and how much it does at most; None where nothing was said of it."""

    tenant_id: str
    account_id: str
    purpose: str
    messages_a_minute: int | None = None
    recipients_an_hour: int | None = None  # different ones
    api_calls_a_minute: int | None = None
    networks: tuple[str, ...] = ()  # where it works from, canonical CIDR; empty: anywhere
    declared_by: Actor
    declared_at: datetime


def declare(draft: ProfileDraft, account: Account, *, by: Actor, at: datetime) -> Profile:
    """The profile of this account.

    Raises:
        ProfileForPerson: the account is registered as a person's.
        CidrUnusable, HostBits, TooBroad: a network cannot be declared.
    """
    if account.kind is AccountKind.PERSON:
        raise ProfileForPerson(account=account.id)
    networks = (canonical(cidr, pointer=f"/networks/{number}") for number, cidr in enumerate(draft.networks))
    return Profile(
        tenant_id=account.tenant_id,
        account_id=account.id,
        purpose=draft.purpose,
        messages_a_minute=draft.messages_a_minute,
        recipients_an_hour=draft.recipients_an_hour,
        api_calls_a_minute=draft.api_calls_a_minute,
        networks=tuple(dict.fromkeys(networks)),
        declared_by=by,
        declared_at=at,
    )


class ProfileDeclared(Fact, frozen=True, kw_only=True):
    """A bot's or service's profile was declared, for the first time or anew."""

    name = "profile.declared"

    profile: Profile


class ProfileRemoved(Fact, frozen=True, kw_only=True):
    """A profile counts no longer."""

    name = "profile.removed"

    account_id: str
