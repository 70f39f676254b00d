"""What holders prove themselves with, made by hand: an authenticator app, and passkeys that really sign.

None of it uses the libraries that the program uses for the same: what they agree on is the specification.
"""

import base64
import hashlib
import hmac
import json
import struct
from datetime import datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from servers import PASSWORD
from world import Account, Caller, World

ORIGIN = "https://account.example.com"
PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40

Json = Any


class Phone:
    """An authenticator app (RFC 4226, section 5.3, and RFC 6238, section 4)."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def shows(self, at: datetime, *, digits: int = 6) -> str:
        """The code that stands there at a moment."""
        mac = hmac.digest(base64.b32decode(self.secret), struct.pack(">Q", int(at.timestamp()) // 30), "sha1")
        (number,) = struct.unpack(">I", mac[(start := mac[-1] & 15) : start + 4])
        return f"{(number & 0x7FFFFFFF) % 10**digits:0{digits}}"

    def never_shows(self, at: datetime) -> str:
        """A code that is none of those around a moment."""
        near = {self.shows(datetime.fromtimestamp(at.timestamp() + 30 * step, at.tzinfo)) for step in range(-3, 4)}
        return next(code for number in range(10) if (code := f"{number}" * 6) not in near)


class SecurityKey:
    """A passkey in software (WebAuthn, section 6): ES256, attestation "none".

    What a thief or a careless page gets wrong can be set: the origin, the site, the count.
    """

    def __init__(self, *, origin: str = ORIGIN, rp_id: str = "example.com", flags: int = PRESENT | VERIFIED) -> None:
        self.origin, self.rp_id, self.flags, self.count = origin, rp_id, flags, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(self._cose()).digest()[:20]

    def creates(self, options: Json, *, challenge: str | None = None) -> Json:
        """Answer `navigator.credentials.create()`."""
        assert any(each["alg"] == -7 for each in options["pubKeyCredParams"])
        client = self._client("webauthn.create", challenge or options["challenge"])
        credential = struct.pack(">16sH", bytes(16), len(self.id)) + self.id + self._cose()
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | ATTESTED) + credential}
        response = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(cbor2.dumps(attestation)),
            "transports": ["internal", "hybrid"],
        }
        return self._credential(response)

    def signs(self, options: Json, *, challenge: str | None = None) -> Json:
        """Answer `navigator.credentials.get()`."""
        self.count += 1
        client, data = self._client("webauthn.get", challenge or options["challenge"]), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return self._credential(response)

    def _credential(self, response: Json) -> Json:
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

    def _client(self, kind: str, challenge: str) -> bytes:
        found = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(found).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _cose(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})


class Portal(Caller):
    """The platform's account pages, on behalf of a holder."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.world, account.tenant.token("portal").secret)
        self.account = account
        self.factors = f"{account.path}/factors"
        self.keys: list[SecurityKey] = []

    def begins(self, name: str = "phone") -> Json:
        """Begin to set up an authenticator app."""
        return self.does("POST", f"{self.factors}/totp", json={"name": name})

    def enrols_phone(self, name: str = "phone") -> Phone:
        """Set up an authenticator app and confirm it; the code that did is over a step later."""
        begun = self.begins(name)
        phone = Phone(begun["secret"])
        body = {"code": phone.shows(self.world.clock.now()), "proof": self.proof()}
        self.does("POST", f"{self.factors}/{begun['factor']['id']}/confirm", json=body)
        return phone

    def options(self) -> Json:
        """What a browser needs to make a passkey."""
        return self.does("POST", f"{self.factors}/passkey/options")

    def enrols_key(self, key: SecurityKey | None = None, name: str = "key") -> SecurityKey:
        """Make a passkey and enrol it."""
        key = key or SecurityKey()
        body = {"name": name, "credential": key.creates(self.options()), "proof": self.proof()}
        self.does("POST", f"{self.factors}/passkey", json=body)
        self.keys.append(key)
        return key

    def proof(self) -> Json:
        """What the last passkey that was enrolled here proves; None before there is one."""
        if not self.keys:
            return None
        return {"type": "passkey", "credential": self.keys[-1].signs(self.may_prove()["passkey"])}

    def may_prove(self) -> Json:
        """What can prove the holder before factors change."""
        return self.does("POST", f"{self.factors}/proof")

    def removes(self, factor: Json) -> None:
        """Take a factor away, as its holder."""
        self.does("POST", f"{self.factors}/{factor['id']}/remove", json={"proof": self.proof()})

    def refuses_key(self, credential: Any) -> str:
        body = {"name": "key", "credential": credential, "proof": self.proof()}
        return self.is_refused("POST", f"{self.factors}/passkey", json=body)

    def listed(self) -> list[Json]:
        """The account's factors."""
        found: list[Json] = self.sees(self.factors)["items"]
        return found


def b64(raw: bytes) -> str:
    """Base64url without padding, as WebAuthn writes bytes in JSON."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def everything_stored(world: World) -> str:
    """All rows of all tables as one text: to look for what must not be there."""
    from frostgate.base.database import metadata

    with world.program.uow.look() as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(table.select()))


def recovery_code(world: World, person: str) -> Json:
    """What proves one of our own people, each time anew: they get a telephone if need be, and new recovery codes."""
    session, own, proof = world.person(person), "/v1/session", {"type": "password", "password": PASSWORD}
    if not session.sees(f"{own}/factors")["factors"]:
        begun = session.does("POST", f"{own}/factors/totp", json={"name": "phone"})
        code = Phone(begun["secret"]).shows(world.clock.now())
        path = f"{own}/factors/{begun['factor']['id']}/confirm"
        session.does("POST", path, json={"code": code, "proof": proof})
    codes = session.does("POST", f"{own}/recovery-codes", json={"proof": proof})["codes"]
    return {"type": "recovery_code", "code": codes[0]}
