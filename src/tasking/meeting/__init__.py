"""Decisions of the meeting and after it: proposals, groups, taskings, feedback."""

from tasking.meeting.approval import Plan, approve, owner_choices, plan_for, plan_of_tasking
from tasking.meeting.decisions import (
    EXPIRE_MEETINGS,
    SYSTEM,
    DecisionResult,
    decide,
    explain_proposal,
    newest_evidence,
    proposal_of,
    rule_of,
    standing_of,
    today,
    tracked_proposals,
)
from tasking.meeting.groups import (
    REVIEW_DAYS,
    Group,
    close_group,
    effect_of_group,
    groups,
    merge,
    review_group,
    start_group,
)
from tasking.meeting.taskings import (
    FEEDBACK_DAYS,
    Tasking,
    add_tasking,
    assign,
    carry,
    done_since,
    feedback_owed,
    give_feedback,
    public_owner,
    public_words,
    store_proposed,
    tasking_of,
    taskings,
)
from tasking.meeting.undoing import undo

__all__ = [
    "EXPIRE_MEETINGS", "FEEDBACK_DAYS", "REVIEW_DAYS", "SYSTEM", "DecisionResult", "Group", "Plan", "Tasking",
    "add_tasking", "approve", "assign", "carry", "close_group", "decide", "done_since", "effect_of_group",
    "explain_proposal", "feedback_owed", "give_feedback", "groups", "merge", "newest_evidence", "owner_choices",
    "plan_for", "plan_of_tasking", "proposal_of", "public_owner", "public_words", "review_group", "rule_of",
    "standing_of", "start_group", "store_proposed", "tasking_of", "taskings", "today", "tracked_proposals", "undo",
]  # fmt: skip
