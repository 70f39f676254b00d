"""What holds add up to: a pure fold, the same in any order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.model import SYSTEM
from frostgate.standing.model import (
    CAPABILITIES,
    EVERY_SERVICE,
    WAITS_FOR,
    Cause,
    Condition,
    ConditionNotMet,
    Finding,
    Hold,
    HoldClosed,
    Kind,
    Permit,
    Service,
    Subject,
    condition_of,
    standing,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@st.composite
def holds(draw: st.DrawFn) -> Hold:
    kind, cause = draw(st.sampled_from(Kind)), draw(st.sampled_from(Cause))
    some = draw(st.sets(st.sampled_from(Service), min_size=1))
    return Hold(
        id=draw(st.text("abc", min_size=1, max_size=3)),
        subject=Subject(tenant_id="acme", account_id=draw(st.sampled_from(["li", None]))),
        kind=kind,
        cause=cause,
        services=EVERY_SERVICE if kind >= Kind.FREEZE else frozenset(some),
        condition=condition_of(kind, cause),
        actor=SYSTEM,
        reason="test",
        evidence_key="",
        decision_id=None,
        case_id="c",
        placed_at=NOON + timedelta(minutes=draw(st.integers(0, 5))),
        released_at=draw(st.sampled_from([None, NOON])),
    )


@given(st.lists(holds(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_never_matters(some: list[Hold], chance: object) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing(some).permits == standing(shuffled).permits


@given(st.lists(holds(), max_size=6))
def test_the_most_severe_open_hold_on_a_service_decides(some: list[Hold]) -> None:
    fold = standing(some)
    for service in Service:
        biting = [hold for hold in some if hold.is_open and service in hold.services]
        wanted = max((CAPABILITIES[hold.kind][service] for hold in biting), default=Permit.ALLOWED)
        assert fold.permits[service] is wanted
        deciding = fold.deciding(service)
        assert (deciding is None) is (not biting)
        assert deciding is None or deciding.kind is max(hold.kind for hold in biting)


@given(st.lists(holds(), max_size=5), holds())
def test_another_hold_never_gives_anything_back(some: list[Hold], more: Hold) -> None:
    before, after = standing(some).permits, standing([*some, more]).permits
    assert all(after[service] >= before[service] for service in Service)


@given(holds(), st.sampled_from(Finding))
def test_a_ban_ends_by_an_upheld_appeal_and_nothing_else_does(hold: Hold, finding: Finding) -> None:
    if not hold.is_open:
        with pytest.raises(HoldClosed):
            hold.release(finding=finding, actor=SYSTEM, reason="test", at=NOON)
    elif (hold.kind is Kind.BAN) is (finding is Finding.APPEAL_UPHELD):
        released = hold.release(finding=finding, actor=SYSTEM, reason="test", at=NOON)
        assert not released.is_open
        assert released.finding is finding
    else:
        with pytest.raises(ConditionNotMet):
            hold.release(finding=finding, actor=SYSTEM, reason="test", at=NOON)


def test_every_cause_waits_for_something_and_only_a_ban_for_an_appeal() -> None:
    assert set(WAITS_FOR) == set(Cause)
    assert Condition.APPEAL_UPHELD not in WAITS_FOR.values()
    assert all(condition_of(Kind.BAN, cause) is Condition.APPEAL_UPHELD for cause in Cause)


def test_a_challenge_waits_for_an_identity_whatever_its_cause() -> None:
    assert all(condition_of(Kind.CHALLENGE, cause) is Condition.IDENTITY_VERIFIED for cause in Cause)


def test_the_capability_table_has_every_kind_and_service() -> None:
    assert set(CAPABILITIES) == set(Kind)
    assert all(set(row) == set(Service) for row in CAPABILITIES.values())
    assert all(permit > Permit.ALLOWED for row in CAPABILITIES.values() for permit in row.values())


@pytest.mark.parametrize("finding", [Finding.MISTAKE, Finding.CONDITION_MET])
@pytest.mark.parametrize("kind", [Kind.CHALLENGE, Kind.LIMIT, Kind.FREEZE])
@pytest.mark.parametrize("cause", Cause)
def test_only_a_proof_of_identity_after_a_freeze_leaves_the_evidence_standing(
    cause: Cause, kind: Kind, finding: Finding
) -> None:
    hold = Hold(
        id="h",
        subject=Subject(tenant_id="acme", account_id="li"),
        kind=kind,
        cause=cause,
        services=EVERY_SERVICE,
        condition=condition_of(kind, cause),
        actor=SYSTEM,
        reason="test",
        evidence_key="k",
        decision_id=None,
        case_id="c",
        placed_at=NOON,
    )
    released = hold.release(finding=finding, actor=SYSTEM, reason="test", at=NOON)
    stolen = (cause, kind, finding) == (Cause.ABNORMAL_LOGIN, Kind.FREEZE, Finding.CONDITION_MET)
    assert released.spends_evidence is not stolen
