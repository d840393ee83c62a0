"""A country's code in, its ground in EPSG:4326 out: from a file of outlines, or as a rough box."""

from __future__ import annotations

from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError
from cube.polygon_files import polygon_file
from cube.polygons import sound_polygon

CODE_COLUMNS = (
    "ISO3_CODE", "ISO_A3_EH", "ISO_A3", "ADM0_A3", "ISO3", "SHAPEGROUP", "GID_0", "SOV_A3",
)  # fmt: skip
"""Where files of countries keep the three letters: Natural Earth, geoBoundaries, GADM, ... The
first that knows the code is taken: Natural Earth writes -99 for France in ISO_A3."""

BOXES = {
    "AGO": (11.6, -18.1, 24.1, -4.4), "ARG": (-73.6, -55.1, -53.6, -21.7),
    "ARM": (43.4, 38.8, 46.7, 41.4), "AUS": (112.9, -43.8, 153.7, -10.0),
    "BFA": (-5.6, 9.4, 2.5, 15.2), "BGR": (22.3, 41.2, 28.7, 44.3),
    "BOL": (-69.7, -22.9, -57.4, -9.6), "BRA": (-74.1, -33.8, -34.7, 5.4),
    "BWA": (19.9, -27.0, 29.5, -17.7), "CAF": (14.4, 2.2, 27.5, 11.1),
    "CAN": (-141.1, 41.6, -52.5, 83.2), "CHL": (-75.8, -56.0, -66.3, -17.4),
    "CHN": (73.4, 18.1, 134.9, 53.7), "CIV": (-8.7, 4.3, -2.4, 10.8),
    "CMR": (8.4, 1.6, 16.3, 13.1), "COD": (12.1, -13.6, 31.4, 5.5),
    "COG": (11.0, -5.1, 18.7, 3.8), "COL": (-79.1, -4.3, -66.8, 12.6),
    "CUB": (-85.0, 19.8, -74.1, 23.3), "CZE": (12.0, 48.5, 18.9, 51.1),
    "DEU": (5.8, 47.2, 15.1, 55.1), "DOM": (-72.1, 17.5, -68.3, 20.0),
    "DZA": (-8.7, 18.9, 12.0, 37.2), "ECU": (-81.1, -5.1, -75.1, 1.5),
    "EGY": (24.6, 21.9, 37.0, 31.8), "ERI": (36.3, 12.3, 43.2, 18.1),
    "ESP": (-9.4, 35.9, 4.4, 43.9), "ETH": (32.9, 3.3, 48.1, 15.0),
    "FIN": (20.5, 59.7, 31.6, 70.2), "FRA": (-5.3, 41.3, 9.7, 51.2),
    "GAB": (8.7, -4.0, 14.6, 2.4), "GBR": (-8.3, 49.8, 1.9, 60.9),
    "GHA": (-3.4, 4.6, 1.3, 11.2), "GIN": (-15.2, 7.2, -7.6, 12.7),
    "GRC": (19.3, 34.8, 28.3, 41.8), "GUF": (-54.7, 2.0, -51.5, 5.9),
    "GUY": (-61.5, 1.1, -56.4, 8.6), "IDN": (94.9, -11.1, 141.1, 6.1),
    "IND": (68.1, 6.7, 97.5, 35.6), "IRN": (44.0, 25.0, 63.4, 39.8),
    "JOR": (34.8, 29.1, 39.4, 33.5), "JPN": (122.9, 24.0, 146.0, 45.6),
    "KAZ": (46.4, 40.5, 87.4, 55.5), "KEN": (33.8, -4.8, 42.0, 5.6),
    "KGZ": (69.2, 39.1, 80.3, 43.4), "KHM": (102.2, 10.4, 107.7, 14.7),
    "LAO": (100.0, 13.8, 107.7, 22.6), "LBR": (-11.6, 4.3, -7.4, 8.6),
    "MAR": (-13.3, 27.6, -0.9, 36.0), "MDG": (43.1, -25.7, 50.6, -11.9),
    "MEX": (-117.2, 14.5, -86.6, 32.8), "MLI": (-12.3, 10.1, 4.3, 25.1),
    "MMR": (92.1, 9.7, 101.3, 28.6), "MNG": (87.7, 41.5, 119.9, 52.2),
    "MOZ": (30.1, -27.0, 41.0, -10.4), "MRT": (-17.2, 14.6, -4.8, 27.4),
    "MWI": (32.6, -17.2, 36.0, -9.3), "MYS": (99.5, 0.8, 119.4, 7.5),
    "NAM": (11.6, -29.1, 25.2, -16.9), "NCL": (163.5, -22.8, 168.2, -19.4),
    "NER": (0.1, 11.6, 16.0, 23.6), "NGA": (2.6, 4.2, 14.7, 13.9),
    "NIC": (-87.8, 10.7, -83.1, 15.1), "NOR": (4.4, 57.9, 31.2, 71.3),
    "PAK": (60.8, 23.6, 77.9, 37.2), "PAN": (-83.1, 7.1, -77.1, 9.7),
    "PER": (-81.5, -18.4, -68.6, 0.0), "PHL": (116.9, 4.5, 126.7, 21.2),
    "PNG": (140.8, -11.8, 156.1, -0.9), "POL": (14.0, 48.9, 24.2, 54.9),
    "PRT": (-9.6, 36.9, -6.1, 42.2), "ROU": (20.2, 43.6, 29.8, 48.3),
    "RWA": (28.8, -2.9, 31.0, -1.0), "SAU": (34.4, 16.3, 55.7, 32.2),
    "SDN": (21.8, 8.6, 38.7, 22.3), "SEN": (-17.6, 12.3, -11.3, 16.7),
    "SLE": (-13.4, 6.8, -10.2, 10.1), "SRB": (18.8, 42.2, 23.1, 46.2),
    "SUR": (-58.1, 1.8, -53.9, 6.1), "SWE": (10.9, 55.2, 24.2, 69.2),
    "SWZ": (30.7, -27.4, 32.2, -25.6), "TGO": (-0.2, 6.0, 1.9, 11.2),
    "THA": (97.3, 5.6, 105.7, 20.5), "TJK": (67.3, 36.6, 75.2, 41.1),
    "TUR": (25.6, 35.8, 44.9, 42.2), "TZA": (29.3, -11.8, 40.5, -0.9),
    "UGA": (29.5, -1.5, 35.1, 4.3), "UKR": (22.0, 44.3, 40.3, 52.4),
    "USA": (-124.9, 24.4, -66.9, 49.4), "UZB": (55.9, 37.1, 73.2, 45.6),
    "VEN": (-73.4, 0.6, -59.7, 12.3), "VNM": (102.1, 8.4, 109.5, 23.4),
    "ZAF": (16.4, -34.9, 33.0, -22.1), "ZMB": (21.9, -18.1, 33.8, -8.2),
    "ZWE": (25.2, -22.5, 33.1, -15.5),
}  # fmt: skip
"""Rough boxes of countries where ore or coal is dug: mainland only, of the USA without Alaska and
Hawaii; neighbours and sea lie in them. Rounded outwards to a tenth of a degree."""


def country_area(code: str, boundaries: str | Path | None = None) -> tuple[BaseGeometry, str]:
    """A country's ground in EPSG:4326, and a note on what it is ("" where it is the outline).

    Parameters
    ----------
    code : ISO 3166-1 alpha-3, as ZAF
    boundaries : polygon file with a column of such codes, optional

    Raises
    ------
    CubeError
        If the file lacks such a column or the country, or there is neither file nor box.
    """
    code = code.strip().upper()
    if boundaries is not None:
        return _outline(code, boundaries), ""
    if code not in BOXES:
        raise CubeError(
            f"There is no box of {code!r} here: give --boundaries FILE (countries with a column of "
            "ISO codes, such as Natural Earth's or geoBoundaries'), or --bbox W,S,E,N. Boxes: "
            f"{', '.join(BOXES)}."
        )
    return shapely.box(*BOXES[code]), (
        f"{code} is a rough box, in which neighbours and sea lie too: --boundaries FILE gives its "
        "outline"
    )


def boxed_area(text: str) -> BaseGeometry:
    """The area of "W,S,E,N" [degree]; west of the antimeridian to east of it if W > E.

    Raises
    ------
    CubeError
        If it is no such box.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise CubeError(f"The box is {text!r}: expected W,S,E,N in degrees.") from None
    if abs(south) > 90 or abs(north) > 90:
        raise CubeError(f"The box {text!r} has a latitude beyond 90: expected W,S,E,N in degrees.")
    if not (south < north and -180 <= west <= 180 and -180 <= east <= 180 and west != east):
        raise CubeError(f"The box {text!r} is empty or beyond the globe: expected W,S,E,N.")
    if west < east:
        return shapely.box(west, south, east, north)
    return shapely.union(
        shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)
    )


def _outline(code: str, path: str | Path) -> BaseGeometry:
    features = polygon_file(path)
    names = {str(column).upper(): column for column in features.columns}
    columns = [names[name] for name in CODE_COLUMNS if name in names]
    if not columns:
        raise CubeError(
            f"{path} has no column of country codes, only {list(features.columns)}: expected one "
            f"of {', '.join(CODE_COLUMNS)}."
        )
    for column in columns:
        found = features[features[column].astype(str).str.upper() == code]
        if len(found):
            return shapely.union_all([sound_polygon(g)[0] for g in found.geometry])
    known = sorted({str(value).upper() for value in features[columns[0]]})
    near = [name for name in known if name[:1] == code[:1]][:8]
    raise CubeError(f"{path} has no country {code!r} in {columns}; it has {', '.join(near)} ...")
