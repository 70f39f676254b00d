"""A provider of text messages on the loopback: checks signatures and answers as Alibaba Cloud and Tencent Cloud do.

Written from their documents and not from our program, which it is there to judge.
"""

import hashlib
import hmac
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

KEY_ID = "AKIDphones"
KEY_SECRET = "the-secret-of-phones"


class Text(NamedTuple):
    """What a phone got: the values of its registered text by name, or in order."""

    number: str
    sign_name: str
    template_id: str
    values: Any
    notice_id: str


class Phones:
    """Everybody's phones. `refuse` is the code that the next texts are refused by; `is_silent`: nobody answers."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.refuse: str | None = None
        self.is_silent = False
        self.is_broken = False
        self.ended = threading.Event()
        phones = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                phones._answers(self)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answers(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        if self.is_silent:
            self.ended.wait()
            return
        status, answer = (self._alibaba if "x-acs-action" in request.headers else self._tencent)(request, body)
        sent = b"<html>" if self.is_broken else json.dumps(answer).encode()
        request.send_response(503 if self.is_broken else status)
        request.send_header("content-length", str(len(sent)))
        request.end_headers()
        request.wfile.write(sent)

    def _alibaba(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        query, headers = urlsplit(request.path).query, request.headers
        said = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=(.+),SignedHeaders=(.+),Signature=(\w+)", headers["authorization"]
        )
        assert said is not None
        assert headers["x-acs-content-sha256"] == hashlib.sha256(body).hexdigest()
        lines = [f"{name}:{headers[name]}" for name in said[2].split(";")]
        canonical = "\n".join(["POST", "/", query, *lines, "", said[2], headers["x-acs-content-sha256"]])
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        needed = {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
        if said[1] != KEY_ID or said[3] != signature or not needed <= {*said[2].split(";")}:
            return 400, {"Code": "SignatureDoesNotMatch", "Message": "not our calculation", "RequestId": "R-1"}
        assert (headers["x-acs-action"], headers["x-acs-version"]) == ("SendSms", "2017-05-25")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", headers["x-acs-date"])
        if self.refuse is not None:
            return 200, {"Code": self.refuse, "Message": "refused", "RequestId": "R-2"}
        given = {name: value for name, [value] in parse_qs(query, strict_parsing=True).items()}
        values = json.loads(given["TemplateParam"])
        self.texts.append(Text(given["PhoneNumbers"], given["SignName"], given["TemplateCode"], values, given["OutId"]))
        return 200, {"Code": "OK", "Message": "OK", "RequestId": "R-3", "BizId": f"biz^{len(self.texts)}"}

    def _tencent(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        headers = request.headers
        said = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=(.+)/(.+)/sms/tc3_request, SignedHeaders=(.+), Signature=(\w+)",
            headers["authorization"],
        )
        assert said is not None
        lines = [f"{name}:{headers[name].lower()}" for name in said[3].split(";")]
        canonical = "\n".join(["POST", "/", "", *lines, "", said[3], hashlib.sha256(body).hexdigest()])
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"TC3-HMAC-SHA256\n{headers['x-tc-timestamp']}\n{said[2]}/sms/tc3_request\n{hashed}"
        key = ("TC3" + KEY_SECRET).encode()
        for part in (said[2], "sms", "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        if said[1] != KEY_ID or said[4] != signature or not {"content-type", "host"} <= {*said[3].split(";")}:
            error = {"Code": "AuthFailure.SignatureFailure", "Message": "not our calculation"}
            return 200, {"Response": {"Error": error, "RequestId": "R-1"}}
        assert (headers["x-tc-action"], headers["x-tc-version"]) == ("SendSms", "2021-01-11")
        assert headers["x-tc-region"] == "ap-guangzhou"
        given = json.loads(body)
        [number] = given["PhoneNumberSet"]
        if self.refuse is not None:
            status = {"SerialNo": "", "PhoneNumber": number, "Fee": 0, "Code": self.refuse, "Message": "refused"}
            return 200, {"Response": {"SendStatusSet": [status], "RequestId": "R-2"}}
        assert given["SmsSdkAppId"] == "1400006666"
        self.texts.append(
            Text(number, given["SignName"], given["TemplateId"], given["TemplateParamSet"], given["SessionContext"])
        )
        status = {"SerialNo": f"serial:{len(self.texts)}", "PhoneNumber": number, "Fee": 1, "Code": "Ok", "Message": ""}
        return 200, {"Response": {"SendStatusSet": [status], "RequestId": "R-3"}}
