"""Chat robots on the loopback: answer as DingTalk, Feishu, WeCom and a plain webhook do, HTTP 200 to refusals included.

Written from their documents and not from our program, which it is there to judge.
"""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN, SECRET = "a1b2c3d4", "SEC0f1e2d"
WECOM_KEY = "0b5a3c1e"


class Robots:
    """Everybody's groups. `messages` is what was said in them: (service, text)."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        self.is_down = False
        robots = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                robots._answers(self)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def endpoints(self) -> dict[str, str]:
        return {
            "dingtalk": f"http://{self.host}/robot/send",
            "feishu": f"http://{self.host}/open-apis/bot/v2/hook",
            "wecom": f"http://{self.host}/cgi-bin/webhook/send",
        }

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answers(self, request: BaseHTTPRequestHandler) -> None:
        said = json.loads(request.rfile.read(int(request.headers["content-length"])))
        url = urlsplit(request.path)
        query = {name: value for name, [value] in parse_qs(url.query).items()}
        if self.is_down:
            status, answer = 503, {}
        elif url.path == "/robot/send":
            status, answer = 200, self._dingtalk(query, said)
        elif url.path.startswith("/open-apis/bot/v2/hook/"):
            status, answer = 200, self._feishu(url.path.rsplit("/", 1)[1], said)
        elif url.path == "/cgi-bin/webhook/send":
            status, answer = 200, self._wecom(query, said)
        else:
            status, answer = 200, {}
            self.messages.append(("webhook", said["message"]))
        body = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _dingtalk(self, query: dict[str, str], said: Any) -> dict[str, Any]:
        if query["access_token"] != TOKEN:
            return {"errcode": 300005, "errmsg": "token is not exist"}
        signed = f"{query.get('timestamp')}\n{SECRET}".encode()
        digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
        if query.get("sign") != base64.b64encode(digest).decode():
            return {"errcode": 310000, "errmsg": "sign not match"}
        assert said["msgtype"] == "text"
        self.messages.append(("dingtalk", said["text"]["content"]))
        return {"errcode": 0, "errmsg": "ok"}

    def _feishu(self, token: str, said: Any) -> dict[str, Any]:
        if token != TOKEN:
            return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
        assert said["msg_type"] == "text"
        self.messages.append(("feishu", said["content"]["text"]))
        return {"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"}

    def _wecom(self, query: dict[str, str], said: Any) -> dict[str, Any]:
        if query["key"] != WECOM_KEY:
            return {"errcode": 93000, "errmsg": "invalid webhook url"}
        assert said["msgtype"] == "text"
        assert len(said["text"]["content"].encode()) <= 2048
        self.messages.append(("wecom", said["text"]["content"]))
        return {"errcode": 0, "errmsg": "ok"}
