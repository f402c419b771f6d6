"""A made-up district near York, written as Ordnance Survey and the ONS ship their data."""

import csv
import io
import json
import zipfile
from pathlib import Path

import shapely
from pyproj import Transformer

TO_DEGREES = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform
WEST, SOUTH, SIDE = 455_000, 447_000, 4_000  # the district: four wards of 2 km in a square
NAMES_HEADER = (
    "ID,NAMES_URI,NAME1,NAME1_LANG,NAME2,NAME2_LANG,TYPE,LOCAL_TYPE,GEOMETRY_X,GEOMETRY_Y,MOST_DETAIL_VIEW_RES,"
    "LEAST_DETAIL_VIEW_RES,MBR_XMIN,MBR_YMIN,MBR_XMAX,MBR_YMAX,POSTCODE_DISTRICT,POSTCODE_DISTRICT_URI,POPULATED_PLACE,"
    "POPULATED_PLACE_URI,POPULATED_PLACE_TYPE,DISTRICT_BOROUGH,DISTRICT_BOROUGH_URI,DISTRICT_BOROUGH_TYPE,COUNTY_UNITARY,"
    "COUNTY_UNITARY_URI,COUNTY_UNITARY_TYPE,REGION,REGION_URI,COUNTRY,COUNTRY_URI,RELATED_SPATIAL_OBJECT,SAME_AS_DBPEDIA,"
    "SAME_AS_GEONAMES"
).split(",")
CODE_POINT_HEADERS = [
    "PC PQ EA NO CY RH LH CC DC WC".split(),
    "Postcode Positional_quality_indicator Eastings Northings Country_code NHS_regional_HA_code NHS_HA_code "
    "Admin_county_code Admin_district_code Admin_ward_code".split(),
]
WARDS = ["Fulford", "Heslington", "Micklegate", "Wheldrake"]


def name_row(name, kind, local_type, east, north, size=200, second=""):
    row = dict.fromkeys(NAMES_HEADER, "")
    row |= {
        "ID": "osgb1", "NAME1": name, "NAME2": second, "TYPE": kind, "LOCAL_TYPE": local_type, "GEOMETRY_X": east,
        "GEOMETRY_Y": north, "MBR_XMIN": east - size / 2, "MBR_XMAX": east + size / 2, "MBR_YMIN": north - size / 2,
        "MBR_YMAX": north + size / 2,
    }  # fmt: skip
    return list(row.values())


def at(ward: int) -> tuple[int, int]:
    """The middle of a ward."""
    return WEST + 1000 + 2000 * (ward % 2), SOUTH + 1000 + 2000 * (ward // 2)


def names_rows():
    rows = []
    for ward, name in enumerate(WARDS):
        east, north = at(ward)
        rows += [
            name_row(f"{name} Road", "transportNetwork", "Named Road", east, north),
            name_row(name, "populatedPlace", "Village", east + 100, north, size=1200),
            name_row(f"{name} Primary School", "other", "Primary Education", east, north + 300),
        ]
    east, north = at(0)
    return [
        *rows,
        name_row("High Street", "transportNetwork", "Section Of Named Road", east, north),
        name_row("Osbaldwick", "transportNetwork", "Railway Station", east + 500, north),
        name_row("Fordlands Wood", "landcover", "Woodland Or Forest", east - 500, north, size=800),
        name_row("YO10 4DD", "other", "Postcode", east, north),
        name_row("A19", "transportNetwork", "Numbered Road", east, north),
        name_row("Humber", "hydrography", "Tidal Water", east, north, size=60_000),
        name_row("Briggate", "transportNetwork", "Named Road", 430_200, 433_400),
    ]


def postcode_rows():
    rows = []
    for ward in range(len(WARDS)):
        east, north = at(ward)
        rows += [[f"YO10 {ward}{a}{b}", 10, east + 90 * i, north + 70 * j, "E92000001", "", "", "", "E06000014", "E0501"]
                 for i, a in enumerate("ABD") for j, b in enumerate("EF")]  # fmt: skip
    return [
        *rows,
        ["YO1 0XX", 90, 0, 0, "E92000001", "", "", "", "E06000014", ""],
        ["LS1 1UR", 10, 430_000, 433_500, "", "", "", "", "", ""],
    ]


def csv_text(rows) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def square(west, south, side):
    return [[[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]]


def geometry(west, south, side, in_degrees=False):
    found = shapely.polygons(square(west, south, side)[0])
    if in_degrees:
        found = shapely.transform(shapely.segmentize(found, 500), TO_DEGREES, interleaved=False)
    return json.loads(shapely.to_geojson(found))


def collection(*features):
    made = [{"type": "Feature", "properties": properties, "geometry": one} for properties, one in features]
    return json.dumps({"type": "FeatureCollection", "features": made})


def wards_geojson(name="WD24NM", code="WD24CD", in_degrees=False, others=()):
    return collection(
        *(
            (
                {"FID": i, code: f"E0501{i:04d}", name: ward, f"{name}W": " ", "LAD24NM": "York"},
                geometry(WEST + 2000 * (i % 2), SOUTH + 2000 * (i // 2), 2000, in_degrees),
            )
            for i, ward in enumerate(WARDS)
        ),
        *others,
    )


def outline_geojson(in_degrees=False):
    return collection(({"LAD24CD": "E06000014", "LAD24NM": "York"}, geometry(WEST, SOUTH, SIDE, in_degrees)))


def open_names_zip(path: Path, rows=None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Doc/OS_Open_Names_Header.csv", "\ufeff" + csv_text([NAMES_HEADER]))
        archive.writestr("Doc/licence.txt", "Open Government Licence")
        archive.writestr("Data/SE44.csv", csv_text(rows or names_rows()))
    return path


def code_point_zip(path: Path, rows=None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Doc/Code-Point_Open_Column_Headers.csv", csv_text(CODE_POINT_HEADERS))
        archive.writestr("Doc/Codelist.xlsx", b"PK")
        archive.writestr("Data/CSV/yo.csv", csv_text(rows or postcode_rows()))
    return path


def shipped(folder: Path, in_degrees=False) -> dict[str, Path]:
    """The four files of the district, by the option that takes each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outline.geojson").write_text(outline_geojson(in_degrees))
    (folder / "wards.geojson").write_text(wards_geojson(in_degrees=in_degrees))
    return {
        "outline": folder / "outline.geojson",
        "wards": folder / "wards.geojson",
        "postcodes": code_point_zip(folder / "codepo_gb.zip"),
        "names": open_names_zip(folder / "opname_csv_gb.zip"),
    }
