"""What the page of a check-up shows: each step with what there is to know for it, in the reader's language."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.model import Language
from frostgate.base.texts import moment, role_word, say
from frostgate.checkups.model import CheckUp, SignIn, State, Step, StepState
from frostgate.checkups.people import machines_of, people_of
from frostgate.directory.model import Tenant
from frostgate.directory.networks import store as networks
from frostgate.signals.countries import country_name


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that the holder is asked about."""

    number: int
    at: str
    place: str
    device: str
    own: str  # "yes", "no", or ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A step: what it asks, how it stands, and what there is to look at."""

    step: str
    title: str
    what: str
    state: str
    at: str
    is_theirs: bool  # whether whoever reads this takes it
    by_itself: bool
    lines: tuple[str, ...] = ()


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows."""

    whose: str
    state: str
    since: str
    due: str
    left: int  # for whoever reads this
    for_others: int  # for the administrators, where the holder reads
    steps: tuple[Shown, ...]
    sign_ins: tuple[Asked, ...]


def sight(connection: sa.Connection, check_up: CheckUp, tenant: Tenant, language: Language, *, at: datetime) -> Sight:
    """What the page of a check-up shows."""

    def told(when: datetime | None) -> str:
        return moment(when, tenant.time_zone, language) if when is not None else ""

    steps = tuple(
        Shown(
            step=item.step.value,
            title=say(f"checkup.step.{item.step}", language),
            what=say(f"checkup.what.{item.step}", language),
            state=item.state.value,
            at=told(item.at),
            is_theirs=check_up.takes(item.step),
            by_itself=item.step is Step.SECOND_FACTOR,
            lines=_lines(connection, check_up, item.step, language, at=at),
        )
        for item in check_up.items
        if item.state is not StepState.NOT_APPLICABLE
    )
    still = check_up.open_steps if check_up.state is State.OPEN else ()
    return Sight(
        whose=check_up.account_id if check_up.account_id is not None else tenant.name,
        state=check_up.state.value,
        since=told(check_up.opened_at),
        due=told(check_up.due_at),
        left=sum(check_up.takes(step) for step in still),
        for_others=sum(not check_up.takes(step) for step in still),
        steps=steps,
        sign_ins=tuple(_asked(each, tenant, language) for each in check_up.sign_ins),
    )


def place_of(each: SignIn, language: Language) -> str:
    """Where a sign-in came from, as far as its address tells."""
    if each.country is None:
        return say("checkup.place_unknown", language)
    country = country_name(each.country)[language.value]
    return country if each.city is None else f"{each.city}, {country}"


def _asked(each: SignIn, tenant: Tenant, language: Language) -> Asked:
    return Asked(
        number=each.number,
        at=moment(each.at, tenant.time_zone, language),
        place=place_of(each, language),
        device=each.device or say("checkup.device_unknown", language),
        own=each.own.value if each.own else "",
    )


def _lines(
    connection: sa.Connection, check_up: CheckUp, step: Step, language: Language, *, at: datetime
) -> tuple[str, ...]:
    """What there is to look at: only for whoever looks after the tenant."""
    if not check_up.takes(step):
        return ()
    if step is Step.NETWORKS:
        declared = networks.list_networks(connection, tenant_id=check_up.tenant_id)
        shown = tuple(f"{each.cidr}{' · ' if each.label else ''}{each.label}" for each in declared)
        return shown or (say("checkup.no_networks", language),)
    if step is Step.TOKENS:
        found = machines_of(connection, [check_up.tenant_id], at=at)
        return tuple(f"{each.name} · {role_word(each.role, language)} · {each.created_at:%Y-%m-%d}" for each in found)
    if step is Step.ROLES:
        people = people_of(connection, [check_up.tenant_id])
        return tuple(f"{each.name} · {each.email} · {role_word(each.role, language)}" for each in people if each.active)
    return ()
