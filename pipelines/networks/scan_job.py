"""A scan's order in, its files out: networks trained or taken as they are, then the scan itself.

OUTPUT/training (imagery of known mines, chips), OUTPUT/models, OUTPUT/cube and OUTPUT/medians
(imagery of the tiles), OUTPUT/scan (what every tile said), and the findings: candidates.geojson,
cells.geojson, grid.png.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
from rich.console import Console

from cube.contract import CubeError
from cube.mines import read_mines
from cube.windows import WindowSettings
from pipelines.config import IngestSettings, RunConfig, settings_of
from pipelines.job import Job
from pipelines.networks.checkpoint import TrainedNetwork
from pipelines.networks.grid import ScanGrid
from pipelines.networks.inference import loaded, network_file
from pipelines.networks.scan_picture import scan_picture
from pipelines.networks.scan_training import SLOTS, TrainingOrder, train_networks
from pipelines.networks.scanning import Found, Networks, ScanRules, scan_bands, scanned
from pipelines.run_record import RunRecord, file_hash, whole_file, whole_path
from pipelines.wording import counted

ROLES = {"classifier": "scene", "segmenter": "segmentation", "land_cover": "land_cover"}
"""What each network of a scan says."""


@dataclass(frozen=True)
class ScanOrder:
    """Everything a scan was told.

    catalog, period : where imagery is found, and of which days the median is made
    classifier, segmenter : files of trained networks; empty: those in OUTPUT/models
    land_cover : file of a land cover network; empty: the screen looks for bare ground
    mines : polygons of the mines that are listed already; drawn, and trained on
    skip_training : take the networks as they are
    """

    grid: ScanGrid
    catalog: str
    period: str
    output: str
    classifier: str = ""
    segmenter: str = ""
    land_cover: str = ""
    mines: str = ""
    cluster: str = ""
    skip_training: bool = False
    training: TrainingOrder = field(default_factory=TrainingOrder)
    rules: ScanRules = field(default_factory=ScanRules)

    @property
    def models(self) -> Path:
        return Path(self.output) / "models"


def scan(order: ScanOrder, console: Console) -> tuple[int, Found]:
    """Carry an order out; exit code, and what was found.

    Raises
    ------
    CubeError
        If something told is wrong, or a network does not fit its role or the imagery.
    """
    listed = read_mines(order.mines)[0] if order.mines else None
    if not order.skip_training:
        train_networks(order.training, Path(order.output), order.cluster, console)
    networks = networks_of(order)
    config = RunConfig(
        catalog=order.catalog,
        period=order.period,
        output=order.output,
        cluster=order.cluster,
        windows=WindowSettings(order.grid.tile_px),
        slots=SLOTS,
        ingest=IngestSettings(bands=scan_bands(networks.known)),
    )
    record = RunRecord(Path(order.output))
    files = {
        role: {"name": file.name, "sha256": file.hash} for role, file in networks.files.items()
    }
    mines = {"path": order.mines, "sha256": file_hash(order.mines) if order.mines else ""}
    record.begin(settings_of(config), {"catalog": {"source": order.catalog}, "mines": mines})
    record.data["networks"], record.data["rules"] = files, settings_of(order.rules)
    job = Job(config, record, console)
    try:
        found = scanned(job, order.grid, order.rules, networks)
    finally:
        job.close()
    found = dataclasses.replace(found, candidates=_with_origin(found.candidates, order, networks))
    _write(order, found, listed)
    record.data["failed_tiles"] = [dataclasses.asdict(failure) for failure in job.failures]
    record.data["found"] = {"cells": len(found.cells), "candidates": len(found.candidates)}
    record.write()
    _say(order, found, listed, console)
    for failure in job.failures:
        console.print(f"  {failure.mine_id} failed in {failure.step}: {failure.reason}")
    return (3 if job.failures else 0), found


def networks_of(order: ScanOrder) -> Networks:
    """The networks of a scan, each as an ONNX file: what answers fastest on a processor.

    Raises
    ------
    CubeError
        If one is missing, or says something else than its role asks.
    """
    files, known = {}, {}
    for role, task in ROLES.items():
        told = getattr(order, role)
        if not told and role == "land_cover":
            continue
        path = Path(told) if told else _trained(order.models, role)
        onnx = as_onnx(path, order.models / f"{role}.onnx")
        network = loaded(onnx)
        if network.task != task:
            raise CubeError(
                f"{path} holds {network.name!r}, a {network.task} network; the {role} must be a "
                f"{task} network."
            )
        files[role], known[role] = network_file(onnx), network
    return Networks(files, known)


def _trained(models: Path, role: str) -> Path:
    for name in (f"{role}/network.pt", f"{role}.onnx"):
        if (models / name).exists():
            return models / name
    raise CubeError(
        f"there is no {role} in {models}. Scan without --skip-training to train one, or name the "
        f"file of one with --{role}."
    )


def as_onnx(network: Path, made: Path) -> Path:
    """The ONNX file of a network: itself, or `made` of a checkpoint, where missing or older."""
    if network.suffix == ".onnx":
        return network
    trained = TrainedNetwork.load(network)
    if not made.exists() or made.stat().st_mtime_ns < network.stat().st_mtime_ns:
        trained.export_onnx(made)
    return made


def _with_origin(
    candidates: gpd.GeoDataFrame, order: ScanOrder, networks: Networks
) -> gpd.GeoDataFrame:
    """Each candidate with what it came from, for whoever adopts it."""
    return candidates.assign(
        period=order.period,
        catalog=order.catalog,
        classifier=networks.hash("classifier")[:12],
        segmenter=networks.hash("segmenter")[:12],
    )


def _write(order: ScanOrder, found: Found, listed: gpd.GeoDataFrame | None) -> None:
    output = Path(order.output)
    for name, table in (("candidates", found.candidates), ("cells", found.cells)):
        with whole_path(output / f"{name}.geojson") as part:
            table.to_file(part, driver="GeoJSON")
    with whole_file(output / "grid.png", "wb") as stream:
        stream.write(scan_picture(order.grid, found, listed))


def _say(order: ScanOrder, found: Found, listed: gpd.GeoDataFrame | None, console: Console) -> None:
    for row in found.candidates.itertuples():
        known = "" if listed is None else _listed_name(row.geometry, listed)
        console.print(
            f"  {row.candidate_id}  {row.latitude:.4f}, {row.longitude:.4f}  "
            f"{row.area_ha:6.1f} ha  probability {row.probability:.2f}  {known}".rstrip()
        )
    output = Path(order.output)
    console.print(
        f"  {counted(len(found.candidates), 'candidate')}: {output / 'candidates.geojson'}"
    )
    console.print(f"  picture: {output / 'grid.png'}")


def _listed_name(geometry: object, listed: gpd.GeoDataFrame) -> str:
    near = listed[listed.intersects(geometry)]
    return f"is {near.mine_id.iloc[0]}, which is listed" if len(near) else "on no list"
