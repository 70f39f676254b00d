"""Commands beside a running server: what they show, in whose name they act, and whom they let."""

import io
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from frostgate.directory.permissions import Role
from servers import PASSWORD, Databases, email_of
from world import World

VERIFY = ("journal", "verify")

# A rule that repeats what the client calls its device, which may be anything.
POLICY = """
name: brackets
guard: 7d
keep_events: 90d
windows: {}
rules:
  - id: login.brackets
    on: login
    when: login.device.contains("[")
    effect: {freeze: manual}
    says: {zh-CN: "设备 {login.device}", en: "Device {login.device}"}
    shadow: false
    examples: {matches: [{name: one, file: one.yaml}], stays_away: [{name: none, file: none.yaml}]}
"""


def frostgate(url: str, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on a database, in English."""
    environ = {**os.environ, "FROSTGATE_DATABASE": url, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "frostgate", *words]
    return subprocess.run(command, input=given, env=environ, capture_output=True, text=True, timeout=60, check=False)


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 400), colour).save(file, "PNG")
    return file.getvalue()


def test_what_events_say_is_shown_as_it_is(shared: World) -> None:
    shared.boss().does("POST", "/v1/policies", json={"source": POLICY})
    li = shared.tenant("acme").account("li")
    shared.until(lambda: shared.program.running.policy.name == "brackets")
    found = li.signs_in(device="phone [/x] [bold]:smile:")
    case = shared.boss().case_of(li)
    url = shared.database_url

    shown = frostgate(url, "decision", "show", found["decision"], "--as", email_of("rui"))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Device phone [/x] [bold]:smile:" in shown.stdout

    shown = frostgate(url, "case", "show", case["id"], "--as", f" {email_of('rui').upper()} ")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Device phone [/x] [bold]:smile:" in shown.stdout

    shared.boss().places(li, "challenge", reason="he wrote [/x]")
    shown = frostgate(url, "account", "show", "acme", "li")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "he wrote [/x]" in shown.stdout


def test_the_journal_keeps_who_looked_into_a_decision(shared: World) -> None:
    found = shared.tenant("deck").account("li").signs_in()
    command = ("decision", "show", found["decision"], "--as")

    assert "[auth.forbidden]" in frostgate(shared.database_url, *command, email_of("finance")).stderr
    assert [entry for entry in shared.journal("deck") if entry.fact == "evidence.seen"] == []
    assert frostgate(shared.database_url, *command, email_of("rui")).returncode == 0
    [seen] = [entry for entry in shared.journal("deck") if entry.fact == "evidence.seen"]
    rui = shared.person("rui").sees("/v1/session")["operator"]["id"]
    assert str(seen.actor) == f"operator:{rui}"
    assert found["decision"] in seen.body


def test_the_key_of_deleted_documents_goes_and_no_other(shared: World) -> None:
    li = shared.tenant("fern").account("li")
    shared.boss().places(li)
    rui, url = shared.reviewer(), shared.database_url
    case = rui.case_of(li)
    handed_in = {"params": {"name": "a.png", "purpose": "attachment"}}
    path = f"/v1/cases/{case['id']}/documents"
    kept = rui.does("POST", path, content=picture("red"), **handed_in)
    forget = ("documents", "forget-key", "--tenant", "fern", "--as")

    refused = frostgate(url, *forget, email_of("boss"))
    assert (refused.returncode, "[document.remain]" in refused.stderr) == (3, True)
    shared.boss().does("DELETE", f"/v1/documents/{kept['id']}")
    assert "[auth.forbidden]" in frostgate(url, *forget, email_of("rui")).stderr
    assert frostgate(url, *forget, email_of("boss")).returncode == 0
    assert "[document.key_unknown]" in frostgate(url, *forget, email_of("boss")).stderr
    assert "[tenant.unknown]" in frostgate(url, *forget[:3], "nobody", "--as", email_of("boss")).stderr
    assert shared.facts("fern").count("document.key_forgotten") == 1

    again = rui.does("POST", path, content=picture("blue"), **handed_in)  # a new key comes with the next
    assert rui.asks("GET", f"/v1/documents/{again['id']}/pages/1").status_code == 200


def test_a_decision_is_made_by_somebody_who_may(shared: World) -> None:
    bolt = shared.tenant("bolt")
    chen = bolt.account("chen")
    shared.boss().places(chen)
    case = shared.boss().case_of(chen)
    decide = ("case", "release", case["id"], "--finding", "mistake", "--reason", "we spoke", "--as")

    refused = frostgate(shared.database_url, *decide, email_of("auditor"))
    assert (refused.returncode, "[auth.forbidden]" in refused.stderr) == (3, True)
    refused = frostgate(shared.database_url, *decide, "nobody@frostgate.example")
    assert (refused.returncode, "[operator.unknown]" in refused.stderr) == (3, True)
    assert not chen.is_free()

    assert frostgate(shared.database_url, *decide, email_of("rui")).returncode == 0
    shared.until(chen.is_free)


def test_a_policy_is_published_in_somebodys_name(shared: World, tmp_path: Path) -> None:
    file = tmp_path / "quiet.yaml"
    file.write_text("name: quiet\nguard: 7d\nkeep_events: 90d\nrules: []\n")
    publish = ("policy", "publish", str(file), "--as")

    refused = frostgate(shared.database_url, *publish, email_of("rui"))
    assert (refused.returncode, "[auth.forbidden]" in refused.stderr) == (3, True)

    assert frostgate(shared.database_url, *publish, email_of("policy_publisher")).returncode == 0
    [entry] = [entry for entry in shared.journal() if entry.fact == "policy.published"][-1:]
    assert entry.actor.startswith("operator:")


def test_only_the_first_operator_is_a_superintendent_unasked(databases: Databases) -> None:
    url = databases.empty("sqlite")
    add = ("operator", "add", "--password", PASSWORD)

    first = frostgate(url, *add, "boss@example.com")
    assert first.stdout == f"boss@example.com is {Role.SUPERINTENDENT.value}\n", first.stderr
    second = frostgate(url, *add, "li@example.com")
    assert (second.returncode, "--role" in second.stderr) == (2, True)
    assert frostgate(url, *add, "li@example.com", "--role", "reviewer").stdout == "li@example.com is reviewer\n"


def test_a_password_may_come_from_standard_input(databases: Databases) -> None:
    url = databases.empty("sqlite")
    add = ("operator", "add", "boss@example.com", "--password-stdin")

    assert frostgate(url, *add, "--password", PASSWORD, given=f"{PASSWORD}\n").returncode == 2
    weak = frostgate(url, *add, given="short\n")
    assert (weak.returncode, "[operator.password_weak]" in weak.stderr) == (3, True)
    assert frostgate(url, *add, given=f"{PASSWORD}\nmore\n").stdout == "boss@example.com is superintendent\n"


def test_a_tenant_that_is_not_there_allows_nothing(shared: World) -> None:
    shown = frostgate(shared.database_url, "account", "show", "nobody", "li")
    assert (shown.returncode, shown.stdout, "[tenant.unknown]" in shown.stderr) == (3, "", True)


def test_a_head_is_a_number_and_a_whole_hash(shared: World) -> None:
    for head in ("x", "9:abc"):
        refused = frostgate(shared.database_url, *VERIFY, "--head", head)
        assert (refused.returncode, "BROKEN" in refused.stderr) == (2, False)
    never = frostgate(shared.database_url, *VERIFY, "--head", f"1:{'0' * 64}")
    assert (never.returncode, "BROKEN" in never.stderr) == (1, True)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for words in (("serve", "--port", "0"), ("operator", "add", "li@example.com", "--password", PASSWORD), VERIFY):
        refused = frostgate(f"sqlite:///{tmp_path}", *words)
        assert (refused.returncode, "[store.unopened]" in refused.stderr) == (3, True)
        assert str(tmp_path) in refused.stderr


def test_a_log_with_nothing_in_it_is_refused_in_one_line(tmp_path: Path) -> None:
    log = tmp_path / "empty.log"
    log.touch()
    refused = frostgate("", "replay", str(log), "--from", "sshd", "--year", "2026")
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
        3,
        "Not one event could be read. [import.nothing_read]",
    )


def test_what_failed_stands_first(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    login = (
        '[{type: login, at: "2026-03-01T08:00:00Z", data: {account: li, ip: 101.6.6.6, outcome: success, device: "["}}]'
    )
    for name in ("one", "none"):
        (tmp_path / f"{name}.yaml").write_text(login)
    tried = frostgate("", "policy", "test", str(tmp_path / "policy.yaml"))
    assert (tried.returncode, "1 of 2 examples" in tried.stdout) == (1, True)
    assert tried.stdout.index("stay away") < tried.stdout.index(" one ")
