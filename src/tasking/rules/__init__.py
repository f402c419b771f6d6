"""The trigger rules: what is counted, what is proposed, whether it may be again, and whether it worked."""

from tasking.rules.again import Answer, Known, is_new, matching
from tasking.rules.declaration import Rule, load_rules, with_numbers
from tasking.rules.effect import Counts, Effect
from tasking.rules.evaluate import Asked, findings, parameters
from tasking.rules.words import detail_of, evidence_of, explained, subject_of

__all__ = [
    "Answer", "Asked", "Counts", "Effect", "Known", "Rule", "detail_of", "evidence_of", "explained", 
    "findings", "is_new", "load_rules", "matching", "parameters", "subject_of", "with_numbers",
]  # fmt: skip
