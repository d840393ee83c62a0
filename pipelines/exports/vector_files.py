"""Map layers in; a GeoPackage, GeoParquet and GeoJSON files, and QGIS styles beside them out."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import pyogrio

from pipelines.exports.layers import LAYERS
from pipelines.run_record import whole_path

STYLES = Path(__file__).parent / "styles"
"""One .qml per layer, as QGIS saves them: change one in QGIS and put it back here."""

EPOCH = "2000-01-01T00:00:00.000Z"
"""What a GeoPackage says it was changed: equal layers are to be equal bytes."""

GEOPACKAGE = "1.3"
"""Its version: what GDAL 3.6 and QGIS 3.22 (Debian 12) read without a warning."""

STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
    styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)"""
"""Where QGIS looks for the styles of a GeoPackage's layers."""


def write_layers(layers: Mapping[str, gpd.GeoDataFrame], folder: Path) -> list[Path]:
    """Write every layer in every format into `folder`; the files written.

    `NAME.geojson` (RFC 7946: seven decimals, split at the antimeridian), `NAME.parquet`
    (GeoParquet 1.1 with a bbox covering), `NAME.qml`, and all together in `minecube.gpkg`, whose
    layers QGIS opens with their styles. Equal layers give equal bytes.
    """
    written = []
    for name, layer in layers.items():
        geojson, parquet, style = (
            folder / f"{name}.{suffix}" for suffix in ("geojson", "parquet", "qml")
        )
        with whole_path(geojson) as part:
            part.unlink(missing_ok=True)
            _write(layer, part, "GeoJSON", name, RFC7946="YES")
        with whole_path(parquet) as part:
            layer.to_parquet(part, index=False, write_covering_bbox=True, schema_version="1.1.0")
        with whole_path(style) as part:
            shutil.copyfile(STYLES / style.name, part)
        written += [geojson, parquet, style]
    package = folder / "minecube.gpkg"
    with whole_path(package) as part:
        for left in part.parent.glob(f"{part.name}*"):  # a killed run's, and its journal
            left.unlink()
        with _fixed_date():
            for name, layer in layers.items():
                told = LAYERS[name]
                _write(
                    layer,
                    part,
                    "GPKG",
                    name,
                    IDENTIFIER=name,
                    DESCRIPTION=told,
                    VERSION=GEOPACKAGE,
                )
        _add_styles(part, layers)
        _drop_log(package)
    return [*written, package]


def _write(layer: gpd.GeoDataFrame, path: Path, driver: str, name: str, **options: str) -> None:
    pyogrio.write_dataframe(
        layer,
        path,
        layer=name,
        driver=driver,
        geometry_type="MultiPolygon",
        use_arrow=True,
        **options,
    )


def _add_styles(package: Path, names: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Put each layer's style where QGIS takes it for the default."""
    with closing(sqlite3.connect(package)) as database, database:
        database.execute(STYLE_TABLE)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            (EPOCH,),
        )
        for name in names:
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
                "owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', ?)",
                (name, name, (STYLES / f"{name}.qml").read_text(), LAYERS[name], EPOCH),
            )


def _drop_log(package: Path) -> None:
    """SQLite would play back onto the new file what a reader of the old one left behind."""
    for ending in ("-wal", "-shm", "-journal"):
        package.with_name(package.name + ending).unlink(missing_ok=True)


@contextmanager
def _fixed_date() -> Iterator[None]:
    """Within the block, what GDAL takes for now is EPOCH."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": EPOCH})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
