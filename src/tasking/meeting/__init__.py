"""Decisions of the meeting and after it: proposals, groups, taskings, follow-ups."""

from tasking.meeting.approval import Plan, approve, owner_choices, plan_for, plan_of_tasking
from tasking.meeting.by_hand import NewGroup, start_by_hand, themes_offered
from tasking.meeting.case_reviews import REVIEW_STEPS, CaseReview, acknowledge_review, case_reviews, decide_review
from tasking.meeting.comparison import effect_of_group
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
from tasking.meeting.follow_up_acts import (
    cancel_follow_up,
    cancel_follow_ups,
    partners_of,
    record_contact,
    undo_follow_up,
)
from tasking.meeting.follow_ups import (
    Due,
    FollowUp,
    callers_of,
    counts_from,
    counts_of,
    exported_follow_ups,
    follow_up_counts,
    follow_up_of,
    follow_ups,
    follow_ups_with,
)
from tasking.meeting.group_places import add_place, remove_place
from tasking.meeting.groups import (
    REVIEW_DAYS,
    Group,
    close_group,
    groups,
    merge,
    review_group,
    start_group,
)
from tasking.meeting.public_lists import done_since, public_taskings, waiting_taskings
from tasking.meeting.taskings import (
    Tasking,
    add_tasking,
    assign,
    carry,
    public_owner,
    public_words,
    settled_taskings,
    store_proposed,
    tasking_of,
    taskings,
)
from tasking.meeting.undoing import undo

__all__ = [
    "EXPIRE_MEETINGS", "REVIEW_DAYS", "REVIEW_STEPS", "SYSTEM", "CaseReview", "DecisionResult", "Due", "FollowUp",
    "Group", "NewGroup", "Plan", "Tasking", "acknowledge_review", "add_place", "add_tasking", "approve", "assign",
    "callers_of", "cancel_follow_up", "cancel_follow_ups", "carry", "case_reviews", "close_group", "counts_from",
    "counts_of", "decide", "decide_review", "done_since", "effect_of_group", "explain_proposal",
    "exported_follow_ups", "follow_up_counts", "follow_up_of", "follow_ups", "follow_ups_with", "groups", "merge",
    "newest_evidence",
    "owner_choices", "partners_of", "plan_for", "plan_of_tasking", "proposal_of", "public_owner", "public_taskings",
    "public_words", "record_contact", "remove_place", "review_group", "rule_of", "settled_taskings", "standing_of",
    "start_by_hand", "start_group", "store_proposed", "tasking_of", "taskings", "themes_offered", "today",
    "tracked_proposals", "undo", "undo_follow_up", "waiting_taskings",
]  # fmt: skip
