"""The whole program with a gateway of the operator's own: a freeze, a text, its receipt, and the file of the notice."""

import asyncio
from pathlib import Path

from frostgate.app import Program
from frostgate.background import Background
from frostgate.base.model import SYSTEM, Language
from frostgate.config import Alert, Settings, Smpp, Sms
from frostgate.directory import service as directory
from frostgate.directory.model import AccountDraft
from frostgate.notices import store
from frostgate.notices.model import Channel, Notice
from frostgate.standing import service as standing
from frostgate.standing.model import Cause, Kind, Subject
from robots import Robots
from smsc import PASSWORD, SYSTEM_ID, Smsc


def test_a_freeze_reaches_a_telephone_and_its_receipt_the_record(tmp_path: Path) -> None:
    smsc, robots = Smsc(), Robots()
    smsc.receipt = "DELIVRD"
    gateway = Smpp(
        host="127.0.0.1", port=smsc.port, system_id=SYSTEM_ID, password=PASSWORD, source="Frostgate", tls=False
    )
    group = Alert(name="risk", url=f"json://{robots.host}/hook", language=Language.EN)
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'f.db'}", sms=Sms(provider="smpp", smpp=gateway), alerts=(group,)
    )
    program = Program(settings)
    program.prepare()
    background = Background(program)

    def text() -> tuple[Notice, list[str]]:
        with program.uow.look() as connection:
            found = store.list_notices(connection, tenant_id="acme")
            [notice] = [each for each in found if each.channel is Channel.SMS]
            return notice, [attempt.outcome for attempt in store.attempts_of(connection, notice)]

    async def story() -> None:
        background.start()
        async with asyncio.timeout(30):
            while not smsc.binds:  # receipts of texts from before the start find us
                await asyncio.sleep(0.01)
            await asyncio.to_thread(freeze, program)
            while not smsc.messages or text()[1] != ["sent", "delivered"]:
                await asyncio.sleep(0.01)
            program.database.on_write_problem("the disk is full")
            while not robots.messages:
                await asyncio.sleep(0.01)
        await background.stop()

    try:
        asyncio.run(story())
    finally:
        smsc.stop()
        robots.stop()
        program.database.close()
    assert text()[0].code in "".join(message.text for message in smsc.messages)
    assert smsc.messages[0].source == "Frostgate"
    assert robots.messages[0] == ("webhook", "Frostgate: the database cannot be written. We keep trying.")


def freeze(program: Program) -> None:
    with program.uow.begin() as tx:
        directory.create_tenant(tx, tenant_id="acme", name="Acme", contact_email="a@acme.example", actor=SYSTEM)
        li = AccountDraft(id="li", mobile="+8613800138000", language=Language.EN)
        directory.register_accounts(tx, [li], tenant_id="acme", actor=SYSTEM)
        standing.place_hold(
            tx,
            subject=Subject(tenant_id="acme", account_id="li"),
            kind=Kind.FREEZE,
            cause=Cause.ABNORMAL_LOGIN,
            reason="login.impossible-journey",
            actor=SYSTEM,
        )
