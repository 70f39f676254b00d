"""The whole story over HTTP, on a clock moved by hand: used, foreseen, told, billed, reminded, frozen, paid, free."""

from datetime import UTC, datetime, timedelta

from click.testing import CliRunner
from watched import DAY, LIN, Watched

from frostgate.cli import main, register
from frostgate.standing.model import Permit, Service

# In the order in which they come; the security contact of the tenant hears of its bills, and Lin of everything.
REMINDERS = [
    "A bill will be due soon",
    "A bill will be due soon",
    "A bill is due",
    "A bill is overdue",
    "A bill is overdue",
    "Last notice before services stop",
    "Services stopped: unpaid bills",
]


def subjects(acme: Watched, address: str = LIN) -> list[str]:
    return [mail.subject.removeprefix("[Frostgate] ") for mail in acme.alerts(address)]


def uses_for_days(acme: Watched, days: int, *, messages: int) -> None:
    for _ in range(days):
        acme.uses(1_000)
        if messages:
            acme.uses(messages, "message")
        acme.world.clock.move(DAY)
        acme.does_its_chores()


def test_told_early_frozen_late_and_back_with_the_payment(acme: Watched) -> None:
    li = acme.tenant.account("li")
    acme.has()
    acme.tops_up(40_000)
    acme.watches("cover", 7, 14)

    # Used: a thousand tokens a day in advance, and fifty messages that March's bill asks for.
    uses_for_days(acme, 30, messages=50)
    lasts = acme.admin.sees(f"{acme.path}/forecast")
    assert (lasts["available"], lasts["forecast"]["until"]) == (10_000, "2026-04-11")
    assert subjects(acme) == []
    uses_for_days(acme, 3, messages=0)
    assert subjects(acme) == ["How long your balance lasts"]
    assert "until 2026-04-11" in acme.alerts()[0].text

    # Billed: March, with what is prepaid shown and not asked for.
    [march] = acme.admin.sees(f"{acme.path}/invoices")["items"]
    assert (march["first_day"], march["total"], march["due"], march["due_on"]) == (
        "2026-03-01",
        30_000 + 7_500,
        7_500,
        "2026-04-15",
    )
    assert acme.admin.sees(f"{acme.path}/balance")["balances"][0]["prepaid"] == 10_000

    # Reminded, then frozen: at least a day after the last notice, and never signing in or what is prepaid.
    last_told = None
    while li.may_use(Service.MESSAGING) is Permit.ALLOWED:
        acme.world.clock.move(DAY)
        acme.does_its_chores()
        if last_told is None and "Last notice before services stop" in subjects(acme):
            last_told = acme.world.clock.now()
        assert acme.world.clock.now() < datetime(2026, 6, 1, tzinfo=UTC), "nothing was ever frozen"
    assert subjects(acme)[1:] == REMINDERS
    assert subjects(acme, "security@acme.example") == REMINDERS
    assert last_told is not None
    assert acme.world.clock.now() - last_told >= timedelta(hours=24)
    allowed = {service for service, permit in li.may().items() if permit is Permit.ALLOWED}
    assert allowed == {Service.LOGIN, Service.CONVERSATIONAL_AI}
    assert li.at_the_gate("messaging")["context"]["code"] == "account.limited"
    [hold] = acme.world.boss().sees(f"{li.path}/standing")["holds"]
    assert (hold["cause"], hold["kind"]) == ("arrears", "limit")

    # A part is paid: still frozen, and told what is missing.
    acme.pays(5_000, "pi_part")
    assert li.may_use(Service.MESSAGING) is Permit.DENIED
    assert acme.admin.sees(f"{acme.path}/dunning")["missing"] == "25.00 CNY"
    acme.delivers()
    assert "25.00 CNY" in acme.alerts()[-1].text

    # All is paid: free with the posting, before anybody looks.
    acme.pays(2_500, "pi_rest")
    assert li.is_free()
    acme.delivers()
    assert subjects(acme)[-1] == "Paid: services are back"

    # The statements of every month follow each other and reconcile.
    acme.world.clock.move_to(datetime(2026, 6, 2, 4, tzinfo=UTC))
    acme.does_its_chores()
    items = acme.admin.sees(f"{acme.path}/statements")["items"]
    may, april, first = [each["sections"][0] for each in items]
    assert (set(first["opening"].values()), first["closing"]) == ({0}, april["opening"])
    assert april["closing"] == may["opening"]
    assert (may["closing"]["receivable"], may["closing"]["prepaid"]) == (0, -7_000)
    assert lines_of(acme, items[0]["month"], "payment") == [-5_000, -2_500]

    register()
    ran = CliRunner().invoke(main, ["billing", "verify"], env={"FROSTGATE_DATABASE": acme.world.database_url})
    assert (ran.exit_code, "Everything adds up" in ran.output) == (0, True), ran.output


def lines_of(acme: Watched, month: str, kind: str) -> list[int]:
    """What each line of this kind in a month's statement changed, in minor units."""
    lines = [each["row"] for each in acme.admin.sees(f"{acme.path}/statements/{month}/lines")["items"]]
    return [line["changes"]["receivable"] for line in lines if line["kind"] == kind]
