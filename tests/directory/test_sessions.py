"""Sessions: listed, ended, and told of where they are new; and the way back for whoever is locked out."""

from datetime import timedelta

from click.testing import CliRunner
from staff import FACTORS, FIREFOX, Staff

from frostgate.base.clock import SystemClock
from frostgate.cli import main
from frostgate.directory.sessions.model import Whence, browser_of, is_unfamiliar
from servers import email_of
from world import Caller, World


def test_sessions_are_listed_and_end_at_the_next_request(world: World) -> None:
    rui = Staff(world)
    world.clock.move(timedelta(minutes=5))
    first, second = rui.signs_in(), rui.signs_in()
    world.clock.move(timedelta(minutes=5))
    third = rui.signs_in(browser=FIREFOX)
    world.clock.move(timedelta(minutes=5))
    assert first.sees("/v1/session")["role"] == "reviewer"
    world.program.save_sessions()

    newest, _, mine, _ = first.sees("/v1/sessions")
    assert (newest["browser"], newest["address"], newest["means"]) == ("Firefox, Linux", "127.0.0.1", "password")
    assert (newest["is_this_one"], mine["is_this_one"]) == (False, True)
    assert mine["last_used_at"] > newest["last_used_at"] == newest["opened_at"]

    first.does("DELETE", f"/v1/sessions/{newest['id']}")
    assert third.is_refused("GET", "/v1/session") == "auth.invalid"
    assert first.is_refused("DELETE", f"/v1/sessions/{newest['id']}") == "session.unknown"
    first.does("DELETE", "/v1/sessions")
    assert second.is_refused("GET", "/v1/session") == "auth.invalid"
    assert len(first.sees("/v1/sessions")) == 1


def test_whoever_manages_operators_ends_their_sessions_and_nobody_those_of_their_betters(world: World) -> None:
    rui, boss = Staff(world), world.boss()
    world.clock.move(timedelta(minutes=5))
    session = rui.signs_in()
    ids = {each["email"]: each["id"] for each in boss.sees("/v1/operators")["items"]}
    path = f"/v1/operators/{ids[email_of('rui')]}/sessions"
    listed = boss.sees(path)
    assert len(listed) == 2
    boss.does("DELETE", f"{path}/{listed[0]['id']}")
    assert session.is_refused("GET", "/v1/session") == "auth.invalid"
    boss.does("DELETE", path)
    assert boss.sees(path) == []

    admin = {"email": "it@acme.example", "name": "IT", "role": "administrator", "tenant_id": world.tenant().id}
    made = boss.does("POST", "/v1/operators", json={**admin, "password": "a long enough password"})
    who = {"email": made["email"], "password": "a long enough password"}
    secret = world.http.post("/v1/session", json=who).json()["secret"]
    theirs = {"authorization": f"Bearer {secret}"}
    assert world.http.delete(path, headers=theirs).status_code == 404


def test_a_sign_in_from_somewhere_new_is_told_by_mail(world: World) -> None:
    rui = Staff(world)
    rui.signs_in()
    rui.signs_in(browser=FIREFOX)
    rui.signs_in(browser=FIREFOX)
    [letter] = world.mails_to(email_of("rui"))
    assert "未曾使用过的网络或浏览器" in letter.text
    assert "浏览器：Firefox, Linux" in letter.text
    opened = [entry.body for entry in world.journal() if entry.fact == "session.opened"]
    assert "127.0.0.1" not in str(opened), "the journal never forgets, so it does not know where people are"


def test_whoever_is_locked_out_begins_again_with_the_password(world: World) -> None:
    world.clock.move_to(SystemClock().now())  # which is the command's
    rui = Staff(world)
    session = rui.signs_in()
    rui.enrols_phone(rui.signs_in())
    asked = rui.types_password()
    done = CliRunner().invoke(
        main, ["operator", "reset-factors", email_of("rui")], env={"FROSTGATE_DATABASE": world.database_url}
    )
    assert done.exit_code == 0, done.output
    world.clock.move(timedelta(minutes=5))
    assert session.is_refused("GET", "/v1/session") == "auth.invalid"
    assert rui.answers(asked["ticket"], rui.code()).status_code == 401
    again = rui.signs_in()
    assert again.sees(FACTORS)["factors"] == []
    world.program.delivery.wake()
    letters = world.mails_to(email_of("rui"), count=2)
    assert any("全部验证方式和恢复码已被清除" in letter.text for letter in letters)

    rui.enrols_phone(again)
    boss = world.boss()
    ids = {each["email"]: each["id"] for each in boss.sees("/v1/operators")["items"]}
    boss.does("DELETE", f"/v1/operators/{ids[email_of('rui')]}/factors")
    assert again.is_refused("GET", "/v1/session") == "auth.invalid"
    assert [entry.fact for entry in world.journal()].count("operator.factors_reset") == 2


def test_nobody_is_rid_of_their_own_factors_by_managing_themselves(shared: World) -> None:
    boss = shared.boss()
    mine = f"/v1/operators/{boss.sees('/v1/session')['operator']['id']}/factors"
    token = {"name": "borrowed", "purpose": "api", "role": "superintendent"}
    borrowed = Caller(shared, boss.does("POST", "/v1/tokens", json=token)["secret"])
    for caller in (boss, borrowed):
        assert caller.is_refused("DELETE", mine) == "operator.own_account"
    assert borrowed.is_refused("GET", FACTORS) == "auth.person_needed"


def test_browsers_come_down_to_a_name_and_a_system() -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
    wechat = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile MicroMessenger/8.0.50"
    assert browser_of(edge) == "Edge, Windows"
    assert browser_of(wechat) == "WeChat, iOS"
    assert browser_of("curl/8.5.0") == "curl"
    assert browser_of("<script>") == ""


def test_a_network_is_what_a_household_is_given() -> None:
    home = [Whence("203.0.113.7", "Firefox"), Whence("2001:db8:1:2::1", "Firefox")]
    assert not is_unfamiliar(Whence("203.0.113.200", "Firefox"), home)
    assert not is_unfamiliar(Whence("2001:db8:1:9::1", "Firefox"), home)
    assert is_unfamiliar(Whence("198.51.100.7", "Firefox"), home)
    assert is_unfamiliar(Whence("203.0.113.7", "Chrome"), home)
    assert not is_unfamiliar(Whence("198.51.100.7", "Chrome"), [])
