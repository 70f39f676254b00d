"""Messages to groups of our own people over chat, through Apprise, which knows the addresses of some hundred services.

DingTalk, Feishu and WeCom answer HTTP 200 to what they refuse, and say so in the body. Apprise 2.2 reads the status
alone, and encodes DingTalk's signature twice; so to these three we post ourselves what it would, and read the answer.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Any

import apprise
import httpx
import msgspec
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from frostgate.base.clock import Clock
from frostgate.base.reconciler import Done, Failed, Outcome
from frostgate.notices.model import Letter

ENDPOINTS = {
    "dingtalk": "https://oapi.dingtalk.com/robot/send",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook",
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
}
_TIMEOUT = 10.0  # seconds

# Its lines about failures may name an address, and an address holds the token.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class _Answer(msgspec.Struct):
    """How these three say whether they took it; WeCom and DingTalk: `err...`, Feishu: the others."""

    errcode: int | None = None
    errmsg: str = ""
    code: int | None = None
    msg: str = ""


_read = msgspec.json.Decoder(_Answer).decode


class Chat:
    """Carries notices to robots, each under its name in our settings."""

    def __init__(self, robots: Mapping[str, str], *, clock: Clock, endpoints: Mapping[str, str] = ENDPOINTS) -> None:
        """Get ready; the address of each robot is a secret.

        Raises:
            ValueError: Apprise does not understand one of them.
        """
        self._clock, self._endpoints = clock, endpoints
        self._robots: dict[str, Any] = {}
        for name, url in robots.items():
            robot = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if robot is None:
                raise ValueError(f"alerts: the url of {name} is no address that Apprise understands")
            self._robots[name] = robot

    def message_id(self, notice_id: str) -> str:
        """The notice's own; robots give none."""
        return notice_id

    async def send(self, letter: Letter) -> Outcome:
        """Hand it to the robot. What it refuses is ours to repair: what is owed goes out then."""
        robot = self._robots.get(letter.address)
        if robot is None:
            return Failed(problem=f"alerts has no robot of the name {letter.address}")
        for sort, call in _CALLS.items():
            if isinstance(robot, sort):
                return await self._post(*call(self, robot, letter.text))
        # Its calls block, and it says no more than whether the service took it.
        taken = await asyncio.to_thread(robot.notify, body=letter.text, title="")
        return Done(detail="taken") if taken else Failed(problem="the service refused it, or was not reached")

    async def _post(self, url: str, query: Mapping[str, str], message: Mapping[str, object]) -> Outcome:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                answer = await client.post(url, params=query, json=message)
        except httpx.HTTPError as error:
            return Failed(problem=type(error).__name__)  # its words may name the address
        try:
            said = _read(answer.content)
        except msgspec.DecodeError:
            return Failed(problem=f"HTTP {answer.status_code}, and no answer that can be read")
        code = said.code if said.errcode is None else said.errcode
        if answer.status_code == httpx.codes.OK and code == 0:
            return Done(detail=said.errmsg or said.msg or "ok")
        return Failed(problem=f"HTTP {answer.status_code}, {code}: {said.errmsg or said.msg}")

    def _dingtalk(self, robot: Any, text: str) -> "_Call":
        query = {"access_token": robot.token}
        if robot.secret:
            at = str(int(self._clock.now().timestamp() * 1000))
            digest = hmac.digest(robot.secret.encode(), f"{at}\n{robot.secret}".encode(), hashlib.sha256)
            query |= {"timestamp": at, "sign": base64.b64encode(digest).decode()}
        at_all = {"atMobiles": robot.targets, "isAtAll": False}
        return self._endpoints["dingtalk"], query, {"msgtype": "text", "text": {"content": text}, "at": at_all}

    def _feishu(self, robot: Any, text: str) -> "_Call":
        url = f"{self._endpoints['feishu']}/{robot.token}"
        return url, {}, {"msg_type": "text", "content": {"text": text}}

    def _wecom(self, robot: Any, text: str) -> "_Call":
        return self._endpoints["wecom"], {"key": robot.key}, {"msgtype": "text", "text": {"content": text}}


_Call = tuple[str, Mapping[str, str], Mapping[str, object]]
_CALLS: Mapping[type, Callable[[Chat, Any, str], _Call]] = {
    NotifyDingTalk: Chat._dingtalk,
    NotifyFeishu: Chat._feishu,
    NotifyWeComBot: Chat._wecom,
}
