"""Which reports are one incident: features, blocking, comparison, clustering, clerical review."""

from tasking.config.lexicon import Lexicon, load_lexicon
from tasking.linkage.comparisons import category_relations
from tasking.linkage.features import VERSION as FEATURES_VERSION
from tasking.linkage.features import FeatureExtractor, ReportFeatures, ReportLocation, features_from_json
from tasking.linkage.field_values import keyed
from tasking.linkage.linker import Linker
from tasking.linkage.match_weights import MatchWeights, load_weights
from tasking.linkage.pair_model import PairModel, load_pair_model

__all__ = [
    "FEATURES_VERSION", "FeatureExtractor", "Lexicon", "Linker", "MatchWeights", "PairModel", "ReportFeatures",
    "ReportLocation", "category_relations", "features_from_json", "keyed", "load_lexicon", "load_pair_model",
    "load_weights",
]  # fmt: skip
