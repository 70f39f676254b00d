"""The application's route table, as the application itself knows it."""

from typing import Any, NamedTuple

from frostgate.base.looks import SHOWS
from frostgate.base.web import NEEDS, PUBLIC
from frostgate.directory.permissions import Permission
from frostgate.server import Application

# What the raw handlers need; they are admitted by `directory.admission` instead of the framework's guard.
RAW = {
    ("POST", "/v1/events"): Permission.EVENTS_WRITE,
    ("POST", "/access/v1/evaluation"): Permission.GATE_ASK,
    ("POST", "/access/v1/evaluations"): Permission.GATE_ASK,
    ("POST", "/v1/limits/take"): Permission.LIMITS_TAKE,
    ("GET", "/.well-known/authzen-configuration"): PUBLIC,
}


class Route(NamedTuple):
    """One method of one address; `needs` is None where it forgot to say."""

    method: str
    path: str
    needs: Any
    shows: str | None = None  # what of an account it shows to a person
    is_page: bool = False  # people look at it in a browser, so no program is told of it

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, **values: str) -> str:
        """The address with its parameters filled in; what is not given becomes `nobody`, and numbers 424242."""
        steps = []
        for step in self.path.split("/"):
            name, _, kind = step.strip("{}").partition(":")
            steps.append(values.get(name, "424242" if kind == "int" else "nobody") if step.startswith("{") else step)
        return "/".join(steps)


def routes(application: Application) -> list[Route]:
    """Every route that is open to somebody, without the framework's own answers to OPTIONS."""
    found = [Route(*key, RAW.get(key)) for key in application.hot]
    app: Any = application.litestar.app
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:
            found += [
                Route(
                    str(method),
                    route.path,
                    handler.opt.get(NEEDS),
                    handler.opt.get(SHOWS),
                    not handler.resolve_include_in_schema(),
                )
                for method in sorted(getattr(handler, "http_methods", ()))
                if method != "OPTIONS"
            ]
    return found
