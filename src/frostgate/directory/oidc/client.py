"""Talking to an identity provider: discovery, its keys, and the exchange of a code for an ID token.

Authlib checks the metadata and the claims, joserfc the signature; how far is said here: which algorithms, whose token,
for whom, of which sign-in, and how far clocks may differ.
"""

from datetime import datetime
from typing import Any

import httpx
import msgspec
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from frostgate.directory.oidc.model import (
    ALGORITHMS,
    SKEW_SECONDS,
    Bound,
    Claims,
    Provider,
    ProviderRefused,
    ProviderUnavailable,
    read_claims,
)

WELL_KNOWN = "/.well-known/openid-configuration"
TIMEOUT = 5.0  # seconds: somebody waits for each step
_LARGEST = 1024 * 1024


class _UnknownKey(Exception):
    """The token was signed by a key that the provider had not published when we looked."""


class Client:
    """One provider, with what it said of itself and its keys remembered; both are read again when a key is new.

    No lock is held while it is asked: two threads that ask at once read the same twice, and nobody waits for a
    provider that does not answer anybody else.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    def address(self, bound: Bound) -> str:
        """Where the browser goes to sign in.

        Raises:
            ProviderUnavailable: the provider does not say.
        """
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.provider.redirect_uri,
            "scope": " ".join(self.provider.scopes),
            "state": bound.state,
            "nonce": bound.nonce,
            "code_challenge": create_s256_code_challenge(bound.verifier),
            "code_challenge_method": "S256",
        }
        with self._connected() as http:
            return str(add_params_to_uri(self._found(http)["authorization_endpoint"], list(asked.items())))

    def claims(self, code: str, bound: Bound, *, at: datetime) -> Claims:
        """Who signed in there, for the code that their browser brought.

        Raises:
            ProviderUnavailable: the provider cannot be reached, or answers nothing that can be read.
            ProviderRefused: it does not take the code, or its ID token is not in order.
            NotAdmitted: as of `read_claims`.
        """
        with self._connected() as http:
            answer = self._exchanged(http, code, bound)
            try:
                checked = self._checked(http, answer, bound, at=at)
            except _UnknownKey:
                self._forget()  # keys are changed now and then (OpenID Connect Core 1.0, section 10.1.1)
                try:
                    checked = self._checked(http, answer, bound, at=at)
                except _UnknownKey:
                    raise ProviderRefused(problem="the ID token is signed by no key of the provider") from None
        return read_claims(checked, self.provider)

    def _exchanged(self, http: httpx.Client, code: str, bound: Bound) -> dict[str, Any]:
        """RFC 6749, section 4.1.3, with RFC 7636, section 4.5."""
        found = self._found(http)
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.redirect_uri,
            "code_verifier": bound.verifier,
        }
        ours = (self.provider.client_id, self.provider.client_secret)
        # Basic is what a provider takes that names nothing (OpenID Connect Discovery 1.0, section 3).
        if "client_secret_basic" in found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            asked = http.build_request("POST", found["token_endpoint"], data=sent)
            answer = self._sent(http, asked, auth=httpx.BasicAuth(*ours))
        else:
            sent |= {"client_id": ours[0], "client_secret": ours[1]}
            answer = self._sent(http, http.build_request("POST", found["token_endpoint"], data=sent))
        body = _json(answer)
        if answer.status_code != 200:
            raise ProviderRefused(problem=f"the provider did not take the code: {str(body.get('error'))[:100]}")
        return body

    def _checked(self, http: httpx.Client, answer: dict[str, Any], bound: Bound, *, at: datetime) -> dict[str, Any]:
        """OpenID Connect Core 1.0, section 3.1.3.7."""
        provider, keys = self.provider, self._published(http)
        try:
            token = jwt.decode(str(answer.get("id_token", "")), keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {"essential": True, "value": provider.client_id},
                },
                {"nonce": bound.nonce, "client_id": provider.client_id, "access_token": answer.get("access_token")},
            )
            claims.validate(now=int(at.timestamp()), leeway=SKEW_SECONDS)
        except JoseError as error:
            kid = _kid_of(str(answer.get("id_token", "")))
            if kid is not None and kid not in {key.kid for key in keys.keys}:
                raise _UnknownKey from None
            raise ProviderRefused(problem=f"the ID token is not in order: {error.error}: {error.description}") from None
        except (ValueError, TypeError) as error:
            raise ProviderRefused(problem=f"the ID token cannot be read: {str(error)[:100]}") from None
        return dict(claims)

    def _found(self, http: httpx.Client) -> dict[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0, section 4)."""
        known = self._metadata
        if known is not None:
            return known
        issuer = self.provider.issuer
        found = self._read(http, issuer.rstrip("/") + WELL_KNOWN)
        if found.get("issuer") != issuer:
            raise ProviderUnavailable(problem=f"{issuer} says that it is {str(found.get('issuer'))[:200]}")
        metadata: dict[str, Any] = OpenIDProviderMetadata(found)
        missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - metadata.keys()
        if missing:
            raise ProviderUnavailable(problem=f"{issuer} does not name its {', '.join(sorted(missing))}")
        self._metadata = metadata
        return metadata

    def _published(self, http: httpx.Client) -> KeySet:
        known = self._keys
        if known is not None:
            return known
        published = self._read(http, self._found(http)["jwks_uri"])
        try:
            keys = KeySet.import_key_set(published)  # type: ignore[arg-type]  # it checks the shape
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailable(problem=f"the provider's keys cannot be read: {error}") from None
        self._keys = keys
        return keys

    def _read(self, http: httpx.Client, address: str) -> dict[str, Any]:
        answer = self._sent(http, http.build_request("GET", address))
        if answer.status_code != 200:
            raise ProviderUnavailable(problem=f"{address} answers {answer.status_code}")
        return _json(answer)

    def _sent(self, http: httpx.Client, request: httpx.Request, *, auth: httpx.Auth | None = None) -> httpx.Response:
        try:
            return http.send(request, auth=auth)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._forget()
            raise ProviderUnavailable(problem=f"{request.url}: {type(error).__name__}") from None

    def _forget(self) -> None:
        self._metadata = self._keys = None

    @staticmethod
    def _connected() -> httpx.Client:
        return httpx.Client(timeout=TIMEOUT, follow_redirects=False)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        if len(answer.content) > _LARGEST:
            raise ValueError("too long")
        found = msgspec.json.decode(answer.content)
    except ValueError:
        raise ProviderUnavailable(problem=f"{answer.url} answers no JSON") from None
    if not isinstance(found, dict):
        raise ProviderUnavailable(problem=f"{answer.url} answers no object")
    return found


def _kid_of(token: str) -> str | None:
    """The name of the key that a token says it was signed with."""
    from joserfc.jws import extract_compact

    try:
        return extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError):
        return None
