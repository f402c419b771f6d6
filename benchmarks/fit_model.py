"""Fits the model that is shipped to every labelled set at hand, and writes include/linkage_model.json."""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from labelled_sets import HOME, labelled_sets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default="linkage-2")
    parser.add_argument("--to", type=Path, default=HOME / "include" / "linkage_model.json")
    arguments = parser.parse_args()
    from linkage import open_desk

    from tasking.linkage.model_fitting import Fitter
    from tasking.linkage.refit import WANTED
    from tasking.linkage.training import training_set

    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(f"sqlite:///{folder}/fit.db")
        sets = {one.name: training_set(desk.linker, one.name, one.labelled) for one in labelled_sets(desk)}
    fitted = Fitter(sets).fit(list(sets), arguments.version, WANTED)
    figures = {}
    for precision, threshold in fitted.model.merge_above.items():
        held_out = [counts[threshold].figures for counts in fitted.held_out.values()]
        for name in ("P", "R", "F1"):
            figures[f"{name} at {precision}"] = round(sum(one[name] for one in held_out) / len(held_out), 3)
    model = replace(fitted.model, figures=figures)
    arguments.to.write_text(model.to_json(), encoding="utf-8")
    print(f"{arguments.to.name}: {model.version}, {model.fitted_on}, {model.merge_above}, {figures}")


if __name__ == "__main__":
    main()
