"""Figures for Prometheus, read from the program when somebody asks for them."""

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from frostgate.app import Program
from frostgate.cases.clock.model import Limit
from frostgate.cases.clock.store import count_late
from frostgate.cases.model import CaseKind
from frostgate.cases.model import State as Stands
from frostgate.cases.store import cases
from frostgate.directory.emergencies.store import count_open
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
        yield self._emergencies()
        yield self._notices()
        yield from self._clocks()

    def _emergencies(self) -> Metric:
        """Who has more power than their role gives: anything but none is worth a look."""
        with self.program.uow.look() as connection:
            number = count_open(connection, at=self.program.clock.now())
        return GaugeMetricFamily("frostgate_emergencies_open", "People with emergency access now.", number)

    def _clocks(self) -> Iterator[Metric]:
        """Promises about cases: those that are broken now, and those that were since the start."""
        late = GaugeMetricFamily("frostgate_cases_late", "Cases that wait beyond a limit.", labels=["limit"])
        missed = CounterMetricFamily("frostgate_cases_missed", "Limits of cases that ran out.", labels=["limit"])
        with self.program.uow.look() as connection:
            for limit in Limit:
                late.add_metric([limit.value], count_late(connection, limit, tenant_id=None))
                missed.add_metric([limit.value], self.program.missed[limit])
        yield late
        yield missed

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
            .where(notices.c.state.in_([State.UNDELIVERABLE.value, State.BOUNCED.value]))
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
