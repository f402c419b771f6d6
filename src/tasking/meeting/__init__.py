"""What people decide at the meeting and after it: proposals, groups, taskings, feedback."""

from tasking.meeting.decisions import (
    EXPIRE_MEETINGS,
    SYSTEM,
    Taken,
    decide,
    explained_for,
    known,
    newest_evidence,
    proposal_of,
    rule_of,
    standing_of,
    today,
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

__all__ = [
    "EXPIRE_MEETINGS", "FEEDBACK_DAYS", "REVIEW_DAYS", "SYSTEM", "Group", "Taken", "Tasking", "add_tasking",
    "assign", "carry", "close_group", "decide", "done_since", "effect_of_group", "explained_for", "feedback_owed",
    "give_feedback", "groups", "known", "merge", "newest_evidence", "proposal_of", "public_owner", "public_words",
    "review_group",
    "rule_of", "standing_of", "start_group", "store_proposed", "tasking_of", "taskings", "today",
]  # fmt: skip
