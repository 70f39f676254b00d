"""A real OpenID Connect provider on the loopback: Authlib's own server side, whose mistakes can be chosen."""

import threading
from collections.abc import Callable
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "frostgate", "the secret of frostgate"
REDIRECT_URI = "https://console.example/signed-in"


class Provider:
    """Whoever comes is `person`; `twist` changes the ID token before it is signed."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.person: dict[str, Any] = {}
        self.twist: dict[str, Any] = {}
        self.codes: dict[str, Code] = {}
        self.signing: Any = RSAKey.generate_key(2048, {"kid": "first"})
        self.published = [self.signing]
        self.algorithm = "RS256"
        app = Flask("provider")
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://localhost:{self._server.port}"
        self._routes(app)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def changes_key(self, kid: str = "second") -> None:
        """Sign with a new key, and publish both for a while."""
        self.signing = RSAKey.generate_key(2048, {"kid": kid})
        self.published = [*self.published, self.signing]

    def signs_with_the_secret(self) -> None:
        """As if whoever knows the client's secret could make tokens."""
        self.signing, self.algorithm = OctKey.import_key(CLIENT_SECRET * 2, {"kid": "first"}), "HS256"

    def _routes(self, app: Flask) -> None:
        oauth = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT_ID else None)
        oauth.save_token = lambda token, request: None
        oauth.register_grant(_grant(self), [_openid(self), CodeChallenge(required=True)])

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Any:
            return jsonify(
                issuer=self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                jwks_uri=f"{self.issuer}/keys",
                response_types_supported=["code"],
                subject_types_supported=["public"],
                id_token_signing_alg_values_supported=["RS256"],
            )

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(KeySet(self.published).as_dict(private=False))

        @app.get("/authorize")
        def authorize() -> Any:
            grant = oauth.get_consent_grant(end_user=self.person)
            return oauth.create_authorization_response(grant_user=self.person, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return oauth.create_token_response()


class Client(ClientMixin):
    """We, as the provider knows us."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return REDIRECT_URI

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT_URI or redirect_uri.endswith("/v1/session/oidc/page")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    """An authorization code, for a minute and one use."""

    def __init__(self, request: Any, user: Any, until: int) -> None:
        asked = request.payload
        self.user, self.until = user, until
        self.scope, self.redirect_uri, self.nonce = asked.scope, asked.redirect_uri, asked.data.get("nonce")
        self.code_challenge = asked.data["code_challenge"]
        self.code_challenge_method = asked.data["code_challenge_method"]

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


def _grant(provider: Provider) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):
        def save_authorization_code(self, code: str, request: Any) -> None:
            provider.codes[code] = Code(request, request.user, provider.now() + 60)

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            found = provider.codes.get(code)
            return found if found is not None and provider.now() < found.until else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes = {name: each for name, each in provider.codes.items() if each is not authorization_code}

        def authenticate_user(self, authorization_code: Code) -> Any:
            return authorization_code.user

    return Grant


def _openid(provider: Provider) -> OpenIDCode:
    class Openid(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def resolve_client_private_key(self, client: Any) -> Any:
            return provider.signing

        def get_client_algorithm(self, client: Any) -> str:
            return provider.algorithm

        def get_encode_header(self, client: Any) -> dict[str, Any]:
            return {"alg": provider.algorithm, "kid": provider.signing.kid}

        def get_client_claims(self, client: Any) -> dict[str, Any]:
            now = provider.now()
            return {"iss": provider.issuer, "aud": [CLIENT_ID], "iat": now, "exp": now + 300, "auth_time": now}

        def generate_user_info(self, user: Any, scope: str) -> UserInfo:
            return UserInfo(**user, **provider.twist)

    return Openid()
