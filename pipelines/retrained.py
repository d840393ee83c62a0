"""`OUTPUT/forests/`: every mine's Isolation Forest as it was last grown, and how far it agrees."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from analysis.forest import Forest
from cube.contract import CubeError
from pipelines.run_record import whole_file, whole_path

FOLDER = Path("forests")
TABLE = FOLDER / "forests.json"


@dataclass(frozen=True)
class KeptForest:
    """One mine's forest.

    mine_id : str
    looks : int
        Clear looks it was grown from.
    confirmed, other : int
        Pixels asked of the confirmed ground, and of the rest that could be judged.
    agreement, elsewhere : float [1]
        Share of either that the forest's own rule calls dug as well; NaN where none was asked.
    snapshot : str
        The results it was grown beside.
    key : str
        Hash of the settings: forests of one key are comparable.
    grown : str
        Day, UTC.
    """

    mine_id: str
    looks: int
    confirmed: int
    other: int
    agreement: float
    elsewhere: float
    snapshot: str
    key: str
    grown: str


def kept_forests(output: Path) -> list[KeptForest]:
    """What is kept of all mines, in their order; empty where none was grown yet.

    Raises
    ------
    CubeError
        If the table is damaged.
    """
    path = output / TABLE
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        unknown = {"agreement": float("nan"), "elsewhere": float("nan")}
        return [
            KeptForest(**(row | {k: v for k, v in unknown.items() if row[k] is None}))
            for row in rows
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CubeError(
            f"{path} is damaged. Take it away and grow the forests again: "
            f"python -m pipelines.retrain --output {output}"
        ) from error


def keep_forests(output: Path, rows: Sequence[KeptForest]) -> None:
    """Write the table whole; mines not among `rows` stay as they are."""
    known = {row.mine_id: row for row in kept_forests(output)}
    known |= {row.mine_id: row for row in rows}
    plain = [
        {name: None if value != value else value for name, value in asdict(row).items()}
        for row in sorted(known.values(), key=lambda row: row.mine_id)
    ]
    with whole_file(output / TABLE) as stream:
        json.dump(plain, stream, indent=1)


def keep_model(output: Path, mine_id: str, forest: Forest) -> Path:
    """Write one mine's trees as arrays; the file."""
    path = output / FOLDER / f"mine_{mine_id}.npz"
    with whole_path(path) as part, part.open("wb") as stream:
        np.savez_compressed(stream, **vars(forest))
    return path


def kept_model(output: Path, mine_id: str) -> Forest:
    """One mine's forest as it was kept.

    Raises
    ------
    CubeError
        If there is none, or it is damaged.
    """
    path = output / FOLDER / f"mine_{mine_id}.npz"
    numbers = {"levels": int, "tree_looks": int, "level": float}
    try:
        with np.load(path, allow_pickle=False) as told:
            parts = {field.name: told[field.name] for field in dataclasses.fields(Forest)}
        plain = {name: kind(parts[name]) for name, kind in numbers.items()}
        return Forest(**{**parts, **plain})
    except FileNotFoundError:
        raise CubeError(f"no forest of mine {mine_id} is kept in {output}.") from None
    except (OSError, ValueError, KeyError) as error:
        raise CubeError(f"{path} is damaged: {error}. Grow the forests again.") from error
