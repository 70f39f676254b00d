"""Taking delivery reports from the mail server of this machine: from a pipe, and from a maildir."""

import asyncio
import mailbox
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frostgate.app import Program
from frostgate.base.model import SYSTEM
from frostgate.config import Mail, Settings
from frostgate.directory import service as directory
from frostgate.notices import dead, store
from frostgate.notices.model import Notice, State
from frostgate.standing import service as standing
from frostgate.standing.model import Cause, Kind, Subject
from servers import Mailbox, MailServer

REPORT = """From: MAILER-DAEMON@localhost
To: no-reply@frostgate.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; localhost

Final-Recipient: rfc822; security@acme.example
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

{mail}
--b--
"""


class Installation:
    """A store with a freeze in it, whose notice our mail server took; `mail` is what went out."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.folder = folder
        settings = Settings(
            database=f"sqlite:///{folder / 'f.db'}", mail=Mail(port=server.port, sender="no-reply@frostgate.example")
        )
        self.program = Program(settings)
        self.program.prepare()
        with self.program.uow.begin() as tx:
            directory.create_tenant(
                tx, tenant_id="acme", name="Acme", contact_email="security@acme.example", actor=SYSTEM
            )
            standing.place_hold(
                tx,
                subject=Subject(tenant_id="acme", account_id=None),
                kind=Kind.FREEZE,
                cause=Cause.ABNORMAL_LOGIN,
                reason="login.impossible-journey",
                actor=SYSTEM,
            )
        asyncio.run(self.program.delivery.run_once())
        self.mail = server.mailbox.mails[0].content.decode("ascii")

    @property
    def notice(self) -> Notice:
        with self.program.uow.look() as connection:
            [notice] = store.list_notices(connection, tenant_id="acme")
            return notice

    def is_dead(self) -> bool:
        with self.program.uow.look() as connection:
            return [each.address for each in dead.list_dead(connection, tenant_id="acme")] == [self.notice.address]

    def bounces(self, *words: str, given: str = "") -> tuple[int, list[str]]:
        """Run the command as a mail server would: its exit code, and what it said, line by line."""
        config = self.folder / "frostgate.toml"
        config.write_text(f'database = "sqlite:///{self.folder / "f.db"}"\n', encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "frostgate", "notices", "bounces", "--config", str(config), *words],
            input=given,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ran.returncode, ran.stdout.splitlines()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    server = MailServer(Mailbox())
    server.start()
    made = Installation(tmp_path, server)
    yield made
    made.program.database.close()
    server.stop()


def unsealed(mail: str) -> str:
    return "\n".join(line for line in mail.splitlines() if not line.startswith("X-Frostgate-Receipt"))


def test_a_report_from_a_pipe_is_taken_once(installation: Installation) -> None:
    assert installation.bounces(given=REPORT.format(mail=unsealed(installation.mail))) == (0, ["unknown"])
    assert installation.bounces(given="Subject: lunch?\n\nAt noon?\n") == (0, ["no_receipt"])
    assert installation.bounces(given="x" * 1_100_000) == (0, ["unreadable"])
    assert (installation.notice.state, installation.is_dead()) == (State.SENT, False)

    whole = REPORT.format(mail=installation.mail)
    assert installation.bounces(given=whole) == (0, ["taken"])
    assert installation.bounces(given=whole) == (0, ["nothing_new"])
    assert (installation.notice.state, installation.is_dead()) == (State.BOUNCED, True)


def test_what_cannot_be_taken_now_stays_with_the_mail_server(installation: Installation) -> None:
    """Without the key nothing can be known; the report must not be lost over that."""
    key = installation.folder / "f.db.key"
    kept = key.read_bytes()
    key.write_bytes(b"no key\n")
    whole = REPORT.format(mail=installation.mail)
    assert installation.bounces(given=whole) == (75, [])
    assert installation.notice.state is State.SENT
    key.write_bytes(kept)
    assert installation.bounces(given=whole) == (0, ["taken"])


def test_a_maildir_is_read_to_its_end_and_each_mail_once(installation: Installation) -> None:
    box = mailbox.Maildir(installation.folder / "box")
    box.add("Subject: lunch?\n\nAt noon?\n")
    box.add(REPORT.format(mail=unsealed(installation.mail)))
    box.add(REPORT.format(mail=installation.mail))
    where = ("--maildir", str(installation.folder / "box"))

    code, said = installation.bounces(*where)
    assert (code, sorted(line.partition(": ")[2] for line in said)) == (0, ["no_receipt", "taken", "unknown"])
    assert {(mail.get_subdir(), mail.get_flags()) for mail in box} == {("cur", "S")}
    assert (installation.notice.state, installation.is_dead()) == (State.BOUNCED, True)
    assert installation.bounces(*where) == (0, [])


def test_what_came_too_early_stays_new_in_its_maildir(installation: Installation) -> None:
    with installation.program.uow.begin() as tx:  # as if the process had died between sending and writing that down
        table = store.notices
        tx.execute(table.update().values(state="owed", sent_at=None).where(table.c.tenant_id == "acme"))
    box = mailbox.Maildir(installation.folder / "box")
    box.add(REPORT.format(mail=installation.mail))
    where = ("--maildir", str(installation.folder / "box"))

    code, [said] = installation.bounces(*where)
    assert (code, said.partition(": ")[2]) == (0, "too_early")
    assert [mail.get_subdir() for mail in box] == ["new"]
    assert installation.bounces(given=REPORT.format(mail=installation.mail)) == (75, [])
