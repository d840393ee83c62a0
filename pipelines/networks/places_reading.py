"""Known coordinates and a classifier in, what it says of a square around each of them out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from rich.console import Console

from cube.contract import PIXEL_M, CubeError, Window
from cube.polygons import utm_epsg
from cube.slots import slot_axis
from cube.sources import open_source
from cube.store import open_cube, stored_windows
from cube.windows import WindowSettings
from pipelines.config import IngestSettings, RunConfig, settings_of
from pipelines.ingest import ingest
from pipelines.job import Job
from pipelines.networks.cells import LEAST_MEASURED, classified_tile
from pipelines.networks.composites import write_composites
from pipelines.networks.inference import bring_networks, loaded, network_file
from pipelines.networks.kept_tiles import tile_results
from pipelines.networks.medians import Period
from pipelines.networks.mosaic import Mosaic
from pipelines.networks.scan_job import as_onnx
from pipelines.networks.scan_training import SLOTS
from pipelines.networks.scanning import scan_bands
from pipelines.run_record import RunRecord, key_of


def read_places(
    table: pd.DataFrame,
    classifier: str,
    catalog: str,
    period: str,
    output: str,
    cluster: str,
    console: Console,
) -> tuple[pd.DataFrame, int]:
    """Places with `probability` and `said`, NaN and None where too little was seen; exit code.

    Raises
    ------
    CubeError
        If the network is no classifier, or the catalogue has no image of any place.
    """
    onnx = as_onnx(Path(classifier), Path(output) / "models" / "classifier.onnx")
    network, file = loaded(onnx), network_file(onnx)
    if network.task != "scene":
        raise CubeError(f"{classifier} holds a {network.task} network; a classifier is needed.")
    size = network.chip_size
    windows = [place_window(*place, size) for place in _rows(table)]
    config = RunConfig(
        catalog=catalog,
        period=period,
        output=output,
        cluster=cluster,
        windows=WindowSettings(size),
        slots=SLOTS,
        ingest=IngestSettings(bands=scan_bands({"classifier": network})),
    )
    record = RunRecord(Path(output))
    record.begin(settings_of(config), {"catalog": {"source": catalog}})
    job = Job(config, record, console)
    try:
        axis = slot_axis(period, SLOTS.cadence_days)
        source = open_source(catalog, config.source)
        try:
            ingest(job, windows, axis, source)
        except CubeError as error:
            if "has no image of any" not in str(error):
                raise
            raise CubeError(f"{error} Are latitude and longitude of the places swapped?") from error
        path = str(Path(job.repository).with_name("medians"))
        snapshot = write_composites(job, path, windows, Period(axis.start, axis.last))
        cube = open_cube(path, snapshot=snapshot, raw=True, chunks=None)
        places = {window.key: i for i, window in enumerate(stored_windows(cube))}
        seen = (cube["quality"].isel(time=0) == 1).mean(("y", "x")).values
        asked = {w.mine_id: places[w.key] for w in windows if seen[places[w.key]] >= LEAST_MEASURED}
        bring_networks(job.client, {"classifier": file})
        origin = np.zeros((1, 2), np.int64)
        told = {
            name: (Mosaic(path, snapshot, (((0, 0), position),), size), origin, size)
            for name, position in asked.items()
        }
        key = key_of(snapshot, file.hash)
        found = tile_results(job, "places", key, "classifying places", classified_tile, told)
    finally:
        job.close()
    likely = [
        float(found[w.mine_id]["probability"][0]) if w.mine_id in found else np.nan for w in windows
    ]
    said = [None if np.isnan(p) else bool(p >= network.threshold) for p in likely]
    for failure in job.failures:
        console.print(f"  {failure.mine_id} failed in {failure.step}: {failure.reason}")
    told_places = table.assign(probability=likely, said=pd.Series(said, dtype=object))
    return told_places, 3 if job.failures else 0


def place_window(number: int, latitude: float, longitude: float, size: int) -> Window:
    """The square of `size` pixels around a place, in the place's own UTM zone."""
    epsg = utm_epsg(shapely.Point(longitude, latitude))
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(longitude, latitude)
    half = size // 2
    x0 = PIXEL_M * (round(x / PIXEL_M) - half)
    y0 = PIXEL_M * (round(y / PIXEL_M) + half)
    return Window(f"place_{number:05d}", 0, epsg, x0, y0, size)


def _rows(table: pd.DataFrame) -> list[tuple[int, float, float]]:
    places = zip(table["lat"].tolist(), table["lon"].tolist(), strict=True)
    return [(number, lat, lon) for number, (lat, lon) in enumerate(places)]
