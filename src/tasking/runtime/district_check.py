"""Whether a district's declarations fit the district: its box, its outline, and whose names it uses."""

import pandas as pd
import shapely

from tasking.config.feed import Feed
from tasking.config.layers import Include
from tasking.config.partnership_file import fault_in_partnership
from tasking.config.yaml_file import read_yaml
from tasking.intake.positions import Area
from tasking.model.errors import DeclarationError
from tasking.model.partnership import Box, Partnership
from tasking.places import declared_places, load_gazetteer

_FEWEST_INSIDE = 0.5  # of the postcodes, and of the places: fewer are another district's


def district_faults(include: Include, partnership: Partnership) -> list[str]:
    """Faults of one partnership's area and gazetteer, in words. Raises DeclarationError where it has no outline."""
    path = include / partnership.area.outline
    if not path.is_file():
        words = f"there is no {partnership.area.outline}"
        raise DeclarationError.of([fault_in_partnership(include, "area.outline", words)])
    try:
        bounds = shapely.from_geojson(path.read_text(encoding="utf-8")).bounds
    except (shapely.errors.ShapelyError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: not GeoJSON with an outline") from error
    county = partnership.area.county
    faults = _box_faults(county, bounds)
    if len(include.folders) > 1 and not has_own_geography(include):
        return faults  # the shared gazetteer is another's to check
    area = Area(path, partnership.area.margin_m, (county.south, county.north, county.west, county.east))
    return faults + _gazetteer_faults(include, area)


def _box_faults(county: Box, bounds: tuple[float, float, float, float]) -> list[str]:
    west, south, east, north = bounds
    sides = (
        ("south", county.south, south, county.south > south),
        ("north", county.north, north, county.north < north),
        ("west", county.west, west, county.west > west),
        ("east", county.east, east, county.east < east),
    )
    beyond = [f"{side} {ours:g}, the outline {theirs:.3f}" for side, ours, theirs, is_beyond in sides if is_beyond]
    if not beyond:
        return []
    return [
        f"area.county leaves out {'all' if _is_apart(county, bounds) else 'a part'} of the district, where positions "
        f"would be dropped: {'; '.join(beyond)}"
    ]


def _is_apart(county: Box, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return county.south > north or county.north < south or county.west > east or county.east < west


def _gazetteer_faults(include: Include, area: Area) -> list[str]:
    faults = []
    gazetteer = load_gazetteer(include)
    postcodes = gazetteer.postcodes
    inside = area.contains(postcodes["latitude"], postcodes["longitude"])
    if not len(inside) or inside.mean() < _FEWEST_INSIDE:
        faults.append(f"geo/postcodes.csv: {int(inside.sum()):,} of {len(inside):,} postcodes lie in the outline")
    outlines = [outline for _, outline in gazetteer.ward_outlines]
    line = shapely.from_geojson(area.outline.read_text(encoding="utf-8"))
    if shapely.union_all(outlines).intersection(line).area < _FEWEST_INSIDE * line.area:
        faults.append("geo/wards.geojson: the wards are not those of the outline")
    places = declared_places(include)
    degrees = pd.DataFrame([(one.latitude, one.longitude) for one in places], columns=["latitude", "longitude"])
    outside = int((~area.contains(degrees["latitude"], degrees["longitude"])).sum())
    if outside > len(places) * _FEWEST_INSIDE:
        faults.append(f"places.yml: {outside:,} of its {len(places):,} places lie outside the district")
    return faults


def inherited_names(include: Include, partnership: Partnership, feeds: dict[str, Feed]) -> list[str]:
    """Names that a district with a geography of its own takes over from the shared declarations, in words.

    Where a partnership shares the geography too it is the same place, and the names may be right.
    """
    if not has_own_geography(include):
        return []
    own = include.folders[0]
    said = read_yaml(own / "partnership.yml") or {}
    faults = []
    shared = [
        name for name in partnership.feeds
        if name not in partnership.partners and not (own / "feeds" / f"{name}.yml").is_file()
    ]  # fmt: skip
    if shared:
        names = ", ".join(f"{feeds[name].partner} ({name})" for name in shared)
        faults.append(
            f"partners are called as in the shared declarations: {names}. Enter the district's own under partners"
        )
    if partnership.taskings.owners and "owners" not in (said.get("taskings") or {}):
        owners = ", ".join(dict.fromkeys(one.owner for one in partnership.taskings.owners))
        faults.append(
            f"the shared owners would be asked to act: {owners}. Enter the district's own under taskings.owners"
        )
    inherited = [one.name for one in partnership.recipients if "recipients" not in said]
    inherited += [partnership.chair.name] if partnership.chair and "chair" not in said else []
    inherited += [one.name for one in partnership.attendees if one.contact and "attendees" not in said]
    if inherited:
        faults.append(
            f"the shared declarations send this district's work to: {', '.join(inherited)}; say the district's own, or "
            "none, under recipients, chair and attendees"
        )
    return faults


def shared_sources(include: Include, partnership: Partnership, feeds: dict[str, Feed]) -> list[str]:
    """Where the shared declarations of feeds say from whom or where deliveries come: to look at, in words."""
    if not has_own_geography(include):
        return []
    found = []
    for name in partnership.feeds:
        transport = feeds[name].delivery.transport
        source = getattr(transport, "sender", None) or getattr(transport, "url", None)
        if source and not (include.folders[0] / "feeds" / f"{name}.yml").is_file():
            found.append(f"{name} from {source}")
    if not found:
        return []
    return [
        f"deliveries are taken from where the shared declarations say: {', '.join(found)}; where "
        "this district's come from elsewhere, copy include/feeds/<feed>.yml to its own feeds and change it"
    ]


def has_own_geography(include: Include) -> bool:
    """Whether a partnership of several has a geo folder of its own."""
    return len(include.folders) > 1 and (include.folders[0] / "geo").is_dir()
