"""Decisions of the meeting and after it: proposals, groups, taskings, feedback."""

from tasking.meeting.by_hand import NewGroup, start_by_hand, themes_offered
from tasking.meeting.case_reviews import CaseReview, acknowledge_review, case_reviews, decide_review
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

__all__ = [
    "EXPIRE_MEETINGS", "FEEDBACK_DAYS", "REVIEW_DAYS", "SYSTEM", "CaseReview", "DecisionResult", "Group", "NewGroup",
    "Tasking", "acknowledge_review", "add_place", "add_tasking", "assign", "carry", "case_reviews", "close_group",
    "decide", "decide_review", "done_since", "effect_of_group", "explain_proposal", "feedback_owed", "give_feedback",
    "groups", "merge", "newest_evidence", "proposal_of", "public_owner", "public_words", "remove_place",
    "review_group", "rule_of", "standing_of", "start_by_hand", "start_group", "store_proposed", "tasking_of",
    "taskings", "themes_offered", "today", "tracked_proposals",
]  # fmt: skip
