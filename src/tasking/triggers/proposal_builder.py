"""Turns the findings of one rule on one day into proposals: subject, evidence, reference and the reason for the log."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from tasking.config.rule import Rule
from tasking.intake.last_poll import first_polled, landings_between
from tasking.meeting.explanation import detail_of, evidence_of, subject_of
from tasking.meeting.stalled import StalledWords, stalled_on
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.day import days_between
from tasking.model.trigger import Finding, Proposal, Proposes
from tasking.triggers.evaluate import parameters
from tasking.triggers.inputs import RuleInputs
from tasking.triggers.service import TriggersService
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_taskings


class ProposalBuilder:
    """Builds the proposals and the evidence of one rule's findings on one day.

    The reports of all findings, and the days on which a feed was silent, are read once.
    """

    def __init__(self, service: TriggersService, rule: Rule, inputs: RuleInputs, found: Sequence[Finding]) -> None:
        self.service, self.rule, self.inputs = service, rule, inputs
        ids = sorted({one.report_id for finding in found for one in finding.reports})
        self._reports = {row["report_id"]: row for row in service.meeting.reports_as_of(ids, inputs.day)}
        counts_reports = bool(found) and rule.proposes != Proposes.ESCALATE  # a tasking stalls whatever feeds bring
        self._silent_days = _silent_days(service, rule.since(inputs.day), inputs.day) if counts_reports else {}
        first = first_polled(service.warehouse) if found else {}
        self._data_from = {
            feed: on for feed, on in first.items() if on > rule.since(inputs.day) and feed in self._silent_days
        }

    def reports(self, finding: Finding) -> list[dict[str, Any]]:
        """The reports of a finding as they are on the day, the earliest received first."""
        counted = dict.fromkeys(finding.reports)
        rows = [self._reports[one.report_id] for one in counted if one.report_id in self._reports]
        return sorted(rows, key=lambda row: (row["received_at"], row["report_id"]))

    def subject(self, finding: Finding) -> str:
        """What a finding is about, in words that may be public."""
        if stalled := self._stalled(finding):
            return stalled.subject
        return subject_of(self.rule, finding, self.reports(finding), self.service.labels)

    def _stalled(self, finding: Finding) -> StalledWords | None:
        """The words of the tasking that has stalled, where the rule is about one."""
        if self.rule.proposes != Proposes.ESCALATE:
            return None
        return stalled_on(self.service.meeting, finding.subject_key, self.inputs.day)

    def evidence(self, finding: Finding) -> dict[str, Any]:
        """The evidence of a finding, to be stored with its proposal."""
        bound = parameters(self.rule, finding.theme, self.inputs)
        zone = self.service.partnership.zone
        if stalled := self._stalled(finding):
            finding = replace(finding, measures={"due": stalled.due, "put_back": stalled.put_back})
        reports = self.reports(finding)
        evidence = evidence_of(self.rule, finding, reports, self._silent_days, bound, zone, self._data_from)
        return evidence | {"is_warning": finding.is_warning}

    def log_note(self, proposal: Proposal) -> str:
        """Why a proposal was raised, for the log."""
        return f"{self.rule.rule} {self.rule.version}: {detail_of(self.rule, proposal.evidence, proposal.subject)}"

    def proposal(self, finding: Finding, matches: Sequence[TrackedProposal]) -> Proposal:
        """A new proposal of a finding. `matches`: earlier proposals about the same subject.

        A person keeps the reference that they were first given, whatever pseudonym key they are under now.
        """
        rule, day = self.rule, self.inputs.day
        named = f"{day}|{rule.rule}|{finding.theme}|{finding.subject_key}"
        if same_day := sum(one.proposal.raised_on == day for one in matches):
            named += f"|{same_day}"  # one of this day is decided already, and late news has added to it
        keeps_reference = rule.reference is not None and matches
        return Proposal(
            proposal_id=f"D-{day:%Y%m%d}-{hashlib.sha256(named.encode()).hexdigest()[:8]}",
            raised_on=day,
            rule=rule.rule,
            theme=finding.theme,
            subject=matches[0].proposal.subject if keeps_reference else self.subject(finding),
            subject_key=finding.subject_key,
            east_m=finding.east_m,
            north_m=finding.north_m,
            is_restricted=self._is_restricted(finding),
            evidence=self.evidence(finding),
        )

    def _is_restricted(self, finding: Finding) -> bool:
        if self.rule.route == "restricted" or any(row["is_restricted"] for row in self.reports(finding)):
            return True
        is_tasking = self.rule.proposes == Proposes.ESCALATE
        return is_tasking and bool(withheld_taskings(self.service.warehouse, PUBLIC_VISIBILITY, [finding.subject_key]))


def _silent_days(service: TriggersService, since: date, until: date) -> dict[str, Sequence[date]]:
    """Feed -> the days on which nothing came from it, counted from the first day on which it was polled."""
    rows = landings_between(service.warehouse, since, until)
    landed = {(feed, on) for feed, on, has_landed in rows if has_landed}
    first = min((on for _, on, _ in rows), default=until)
    first_polled_on = first_polled(service.warehouse)
    return {
        feed: [
            on for on in days_between(max(first, first_polled_on.get(feed, until)), until) if (feed, on) not in landed
        ]
        for feed in service.partnership.feeds
    }
