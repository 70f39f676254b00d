"""The report as one HTML page that needs nothing else: no network, no script, both languages, light and dark."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from frostgate.base.model import Language
from frostgate.base.texts import duration, visible
from frostgate.replay import words
from frostgate.replay.findings import Findings, Timelines
from frostgate.replay.model import Finding, Tally
from frostgate.replay.report import lanes, world
from frostgate.replay.run import Replay
from frostgate.signals.geo import ATTRIBUTION, CITY_KM


def page(
    name: str, replay: Replay, tally: Tally, *, findings: Findings, timelines: Timelines, language: Language
) -> str:
    """The page, first shown in `language`. The same replay always gives the same bytes."""
    css, routes = _file("page.css"), world.routes(findings.all)
    found = findings.all
    along = lanes.axis(found, timelines)
    drawn = lanes.lanes(found, timelines, along, freezes=not replay.observe) if along else []
    return (
        _environment()
        .get_template("page.html")
        .render(
            name=visible(name),
            language=language.value,
            css=Markup(css),  # noqa: S704 - our own file
            css_hash=b64encode(sha256(css.encode()).digest()).decode(),
            policy=replay.judge.policy,
            lead=both(lambda to: words.lead(tally, replay.judge.policy.name, to, observe=replay.observe)),
            tally=tally,
            findings=found,
            left_out=findings.left_out,
            map=world.draw(routes),
            map_width=int(world.WIDTH),
            map_verdicts=sorted({route.verdict for route in routes}, reverse=True),
            axis=along,
            lanes=drawn,
            lane=lanes,
            lanes_left_out=len({finding.key for finding in found}) - len(drawn),
            attribution=ATTRIBUTION,
            city_km=CITY_KM,
        )
    )


def both(say: Callable[[Language], str]) -> Markup:
    """A text in both languages; the page shows the one that its reader has chosen."""
    spans = (Markup('<span lang="{}">{}</span>').format(language.value, say(language)) for language in Language)
    return Markup("").join(spans)


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "t": lambda key, **values: both(lambda language: words.phrase(key, language, **values)),
        "headline": lambda n: both(lambda language: words.headline(n, language)),
        "verdict": lambda of: both(lambda language: words.verdict(of, language)),
        "why": lambda finding: both(lambda language: visible(words.why(finding, language))),
        "says": lambda finding: both(lambda language: finding.says[language]),
        "route": lambda journey: both(lambda language: visible(words.route(journey, language))),
        "gap": lambda hours: both(lambda language: duration(hours, language)),
        "problem": lambda text: both(lambda language: visible(words.problem(text, language))),
        "follow_ups": _follow_ups,
        "evidence": _evidence,
        "moment": words.moment,
    }
    environment.filters |= {"figure": lambda number: f"{number:,.0f}", "visible": visible}
    return environment


def _follow_ups(finding: Finding) -> Markup:
    return both(lambda language: " · ".join(words.follow_ups(finding, language)))


def _evidence(finding: Finding) -> list[tuple[str, Markup]]:
    """The values that the deciding rule read, by the names of their signals."""

    def value(signal: str) -> Markup:
        texts = {language: visible(finding.signals[language][signal]) for language in Language}
        if len(set(texts.values())) == 1:
            return Markup("{}").format(texts[Language.EN])
        return both(texts.__getitem__)

    return [(signal, value(signal)) for signal in finding.signals[Language.EN]]


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
