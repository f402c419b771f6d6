"""Which reports are one incident, and why: signals in, incidents, links with reasons and questions out."""

from tasking.config.lexicon import Lexicon, load_lexicon
from tasking.linkage.comparisons import kinds
from tasking.linkage.fit import Trial, refit
from tasking.linkage.link import Linker, incident_id
from tasking.linkage.series import Tied, series
from tasking.linkage.signals import VERSION as SIGNALS_VERSION
from tasking.linkage.signals import Reader, Signals, Where, signals_of, unreadable
from tasking.linkage.weights import Weights, load_weights

__all__ = [
    "SIGNALS_VERSION", "Lexicon", "Linker", "Reader", "Signals", "Tied", "Trial", "Weights", "Where", "incident_id",
    "kinds", "load_lexicon", "load_weights", "refit", "series", "signals_of", "unreadable",
]  # fmt: skip
