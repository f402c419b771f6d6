"""Which reports are one incident: features, blocking, comparison, clustering, clerical review."""

from tasking.config.lexicon import Lexicon, load_lexicon
from tasking.linkage.comparisons import category_relations
from tasking.linkage.features import VERSION as FEATURES_VERSION
from tasking.linkage.features import FeatureExtractor, ReportFeatures, ReportLocation, features_from_json
from tasking.linkage.linker import Linker
from tasking.linkage.match_weights import MatchWeights, load_weights

__all__ = [
    "FEATURES_VERSION", "FeatureExtractor", "Lexicon", "Linker", "MatchWeights", "ReportFeatures", "ReportLocation",
    "category_relations", "features_from_json", "load_lexicon", "load_weights",
]  # fmt: skip
