"""New weights from labelled reports and from people's decisions."""

from datetime import date

import pandas as pd

from tasking.linkage.extraction import extract_features
from tasking.linkage.fitting import FitResult, fit_weights
from tasking.linkage.sensitivity import with_sensitivity
from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents, review
from tasking.model.errors import TaskingError


def refit_weights(service: LinkageService, labels: pd.DataFrame, name: str) -> FitResult:
    """New weights from labelled reports and people's decisions, beside those in force; nothing is changed by it.

    `labels`: feed, source_ref, incident, series, sensitive ("none" or what it is); `name` says what they are. Raises
    TaskingError where the warehouse has none of the reports.
    """
    since, until = date.min, date.max
    extract_features(service, since, until)
    reports = incidents.reports_in_incidents(service.warehouse, since, until)
    labelled = reports.merge(labels, on=["feed", "source_ref"], how="inner")
    if labelled.empty:
        raise TaskingError("the warehouse has none of the labelled reports; run their days first: tasking replay")
    decided = [(one.report_a, one.report_b, one.is_same) for one in review.decisions(service.warehouse)]
    number = int(service.linker.weights.version.rpartition("-")[2]) + 1
    labelled = with_sensitivity(service.conventions.categories, labelled)
    labelled["is_sensitive"] = labelled["sensitive"] != "none"
    return fit_weights(service.linker, labelled, decided, f"linkage-{number}", name)
