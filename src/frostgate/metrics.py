"""Figures for Prometheus, read from the program when somebody asks for them."""

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from frostgate.app import Program
from frostgate.cases.model import CaseKind
from frostgate.cases.model import State as Stands
from frostgate.cases.store import cases
from frostgate.notices.model import State
from frostgate.notices.store import notices
from frostgate.rules.model import Verdict

CONTENT_TYPE = "text/plain; version=0.0.4"


class Figures(Collector):
    """Collects from the running program; counting costs the busy roads one addition."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def collect(self) -> Iterator[Metric]:
        """Every figure, as it is now."""
        program = self.program
        decisions = CounterMetricFamily("frostgate_decisions", "Events decided, by verdict.", labels=["verdict"])
        for verdict in Verdict:
            decisions.add_metric([verdict.word], program.decider.decided[verdict.word])
        yield decisions
        asked = CounterMetricFamily("frostgate_gate_answers", "Answers of the gate.", labels=["decision"])
        asked.add_metric(["allowed"], program.gate.allowed)
        asked.add_metric(["denied"], program.gate.denied)
        yield asked
        takes = CounterMetricFamily("frostgate_limits_takes", "Takes from quotas, by outcome.", labels=["outcome"])
        takes.add_metric(["taken"], program.meter.taken)
        takes.add_metric(["refused"], program.meter.refused)
        yield takes
        forged = CounterMetricFamily("frostgate_webhooks_refused", "Webhooks not signed well.", labels=["code"])
        for code, count in sorted(program.stripe.refused.items()):
            forged.add_metric([code], count)
        yield forged
        yield GaugeMetricFamily("frostgate_limits_buckets", "Buckets of quotas that are not full.", len(program.meter))
        yield GaugeMetricFamily("frostgate_intake_waiting", "Events that wait to be decided.", program.intake.waiting)
        yield GaugeMetricFamily("frostgate_register_revision", "Revision of the register.", program.register.revision)
        yield GaugeMetricFamily("frostgate_subjects_on_hold", "Subjects with an open hold.", program.register.on_hold())
        yield GaugeMetricFamily("frostgate_policy_number", "Policy in force.", program.running.number)
        yield self._notices()

    def _notices(self) -> Metric:
        """What was sent or dealt with is never counted: there is ever more of it, and no scrape must read it all.

        So each query stays within an index: that of owed notices, or open cases and the notices of their holds.
        """
        owed = sa.select(notices.c.id).where(notices.c.state == sa.literal_column(f"'{State.OWED.value}'"))
        undeliverable = (
            sa.select(notices.c.id)
            .distinct()
            .join(cases, cases.c.hold_id == notices.c.hold_id)
            .where(cases.c.state == Stands.OPEN.value, cases.c.kind == CaseKind.NOTICE_UNDELIVERABLE.value)
            .where(notices.c.state == State.UNDELIVERABLE.value)
        )
        words = "Notices that wait to be sent, and those that reached nobody and wait for people."
        family = GaugeMetricFamily("frostgate_notices", words, labels=["state"])
        with self.program.uow.look() as connection:
            for state, found in ((State.OWED, owed), (State.UNDELIVERABLE, undeliverable)):
                counted = sa.select(sa.func.count()).select_from(found.subquery())
                family.add_metric([state.value], connection.execute(counted).scalar_one())
        return family


def registry_of(program: Program) -> CollectorRegistry:
    """A registry with the program's figures and nothing else."""
    registry = CollectorRegistry()
    registry.register(Figures(program))
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    """What a scrape gets."""
    return generate_latest(registry)
