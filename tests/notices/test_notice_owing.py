"""Who is owed which notice, and that nobody goes untold in silence."""

from typing import Any

import pytest

from frostgate.base.errors import Conflict
from frostgate.base.model import SYSTEM, Language
from frostgate.cases.store import cases
from frostgate.notices import service, store
from frostgate.notices.model import Audience, State, Template, is_address
from frostgate.standing.model import Cause, Finding, Glimpse, HoldPlaced, Kind

House = Any


def test_a_freeze_is_owed_to_its_holder_and_to_the_tenant(house: House) -> None:
    house.hold()

    holder, tenant = house.notices()
    assert (holder.audience, holder.address, holder.language) == (
        Audience.HOLDER,
        "li@acme.example.com",
        Language.EN,
    )
    assert (tenant.audience, tenant.address, tenant.language) == (
        Audience.TENANT,
        "security@acme.example.com",
        Language.ZH,
    )
    assert {holder.template, tenant.template} == {Template.FROZEN}
    assert holder.code != tenant.code
    assert house.facts() == ["hold.placed", "notice.owed", "notice.owed"]


def test_a_holder_without_a_language_reads_the_tenants(house: House) -> None:
    house.account("zhao", "zhao@acme.example.com")
    house.hold("zhao")
    assert house.notices()[0].language is Language.ZH


def test_a_holder_without_an_address_is_on_record_as_untold(house: House) -> None:
    house.account("bot", None)
    house.hold("bot")
    house.hold("never-registered")

    for account in ("bot", "never-registered"):
        holder = next(n for n in house.notices(account_id=account) if n.audience is Audience.HOLDER)
        assert (holder.state, holder.problem) == (State.WITHHELD, "no_address")
    assert house.facts().count("notice.withheld") == 2


def test_an_address_that_mail_cannot_reach_is_withheld_and_says_so(house: House) -> None:
    house.account("odd", "odd@localhost")
    house.hold("odd")
    holder = house.notices()[0]
    assert (holder.state, holder.problem) == (State.WITHHELD, "bad_address")


def test_where_the_tenant_cannot_be_told_people_must(house: House) -> None:
    house.tenant("mute", "nobody@nowhere")
    house.hold("x", tenant_id="mute")

    assert [n.state for n in house.notices("mute")] == [State.WITHHELD, State.UNDELIVERABLE]
    (task,) = house.rows(cases)
    assert (task.kind, task.state, task.tenant_id) == ("notice_undeliverable", "open", "mute")


def test_a_hold_on_a_whole_tenant_is_told_to_its_contact_only(house: House) -> None:
    house.hold(None, cause=Cause.ARREARS)
    (notice,) = house.notices()
    assert (notice.audience, notice.account_id) == (Audience.TENANT, None)


def test_nobody_reads_of_a_freeze_after_its_thaw(house: House) -> None:
    hold = house.hold()
    house.release(hold)

    frozen, _, released, _ = house.notices()
    assert (frozen.template, frozen.state, frozen.problem) == (Template.FROZEN, State.WITHHELD, "overtaken")
    assert (released.template, released.state) == (Template.RELEASED, State.OWED)
    assert released.params.finding == Finding.CONDITION_MET
    assert not released.params.still_held


def test_a_release_beside_another_hold_does_not_promise_too_much(house: House) -> None:
    first = house.hold()
    house.hold(None, cause=Cause.ARREARS)
    house.release(first)
    released = next(n for n in house.notices() if n.template is Template.RELEASED)
    assert released.params.still_held


def test_what_may_be_shown_of_the_evidence_goes_along(house: House) -> None:
    hold = house.hold(kind=Kind.CHALLENGE)

    with house.uow.begin() as tx:
        tx.execute(store.notices.delete())
        seen = Glimpse(places={"zh-CN": ("北京", "法兰克福"), "en": ("Beijing", "Frankfurt")}, at=hold.placed_at)
        service.owe_for_hold_placed(tx, HoldPlaced(tenant_id="acme", hold=hold, glimpse=seen), SYSTEM)
    assert {n.language for n in house.notices()} == {Language.ZH, Language.EN}
    assert [n.params.places for n in house.notices()] == [seen.places] * 2


def test_owing_the_same_twice_is_refused_by_the_database_itself(house: House) -> None:
    hold = house.hold()
    with pytest.raises(Conflict), house.uow.begin() as tx:
        service.owe_for_hold_placed(tx, HoldPlaced(tenant_id="acme", hold=hold), SYSTEM)
    assert len(house.notices()) == 2


def test_a_code_proves_only_what_has_left_the_house(house: House, postbox: Any) -> None:
    house.hold()
    code = house.notices()[0].code
    with house.uow.look() as connection:
        assert service.genuine(connection, code) is None
    house.round()
    with house.uow.look() as connection:
        assert service.genuine(connection, f" {code.upper()} ") is not None
        assert service.genuine(connection, "0000000000") is None


def test_pages_follow_each_other_and_stay_inside_the_tenant(house: House) -> None:
    house.tenant("other", "it@other.example.com")
    for name in ("a", "b", "c"):
        house.hold(name)
    with house.uow.look() as connection:
        first = store.list_notices(connection, tenant_id="acme", limit=4)
        rest = store.list_notices(connection, tenant_id="acme", before=first[-1].id)
        assert store.list_notices(connection, tenant_id="other") == []
    ids = [notice.id for notice in [*first, *rest]]
    assert len(ids) == 6
    assert ids == sorted(ids, reverse=True)


def test_addresses() -> None:
    good = ("li@acme.example.com", "a.b+c@x.cn", "li@例子.中国", "o'neil@x.org")
    bad = (
        "",
        "li",
        "li@",
        "@x.com",
        "li@localhost",
        "li@x..com",
        "a b@x.com",
        "li@x.com\r\nBcc: all@x.com",
        "li@x.com\n",
        '"a b"@x.com',
        "<li@x.com>",
        ".li@x.com",
        "li@[127.0.0.1]",
        "li@-x.com",
        "x" * 65 + "@x.com",
        "王@x.com",
        "a@b@c.com",
    )
    assert [address for address in good if not is_address(address)] == []
    assert [address for address in bad if is_address(address)] == []


def _fields(hold: Any) -> dict[str, Any]:
    return {name: getattr(hold, name) for name in hold.__struct_fields__}
