"""An ONNX file of a trained network, for inference on a CPU: needs onnxruntime and no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from cube.contract import CubeError
from pipelines.networks.facts import NetworkFacts

FACTS = "minecube"
"""Key of the file's metadata that holds the facts as JSON."""


@dataclass(frozen=True, eq=False)
class OnnxNetwork(NetworkFacts):
    """A network in an ONNX file, ready to be asked.

    session : onnxruntime's
    """

    session: Any = None

    @staticmethod
    def load(path: str | Path, threads: int = 0) -> OnnxNetwork:
        """The network of an ONNX file.

        threads : that it may compute with; 0 for all cores

        Raises
        ------
        CubeError
            If there is none, or it is damaged, or not one of ours.
        """
        path = Path(path)
        if not path.is_file():
            raise CubeError(f"there is no ONNX file {path}. Check the path.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(path.resolve()), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises a class of its own per kind of damage
            raise CubeError(
                f"{path} is truncated or no ONNX file ({str(error).splitlines()[0][:120]}). Copy "
                "it again, or export it again."
            ) from error
        told = session.get_modelmeta().custom_metadata_map.get(FACTS, "null")
        try:
            plain = json.loads(told)
        except ValueError as error:
            raise CubeError(f"{path} is a damaged network ({error}). Export it again.") from error
        facts = NetworkFacts.from_dict(plain, str(path))
        expected = session.get_inputs()[0].shape[1]
        if expected != len(facts.bands):
            raise CubeError(
                f"{path} takes {expected} bands, but says it takes {', '.join(facts.bands)}."
            )
        return OnnxNetwork(**vars(facts), session=session)

    def probability(self, pixels: np.ndarray) -> np.ndarray:
        """What the network says of chips.

        Parameters
        ----------
        pixels : (n, band, y, x) float32 reflectance, NaN where not measured; bands as `bands`

        Returns
        -------
        float32, 0..1
            (n,) of a scene network; (n, y, x) of a segmentation; (n, class, y, x) of land cover.

        Raises
        ------
        CubeError
            If a scene network is given chips of another size than it was trained on.
        """
        ready = self.prepared(pixels)
        rows, columns = ready.shape[-2:]
        if self.task == "scene":
            if (rows, columns) != (self.chip_size, self.chip_size):
                raise CubeError(
                    f"the network {self.name!r} takes chips of {self.chip_size} x "
                    f"{self.chip_size} pixels, but is given {rows} x {columns}."
                )
            found: np.ndarray = self.session.run(None, {"pixels": ready})[0]
            return found
        pad = [(0, -side % self.multiple) for side in (rows, columns)]
        whole = np.pad(ready, [(0, 0), (0, 0), *pad], mode="edge")
        said: np.ndarray = self.session.run(None, {"pixels": whole})[0][..., :rows, :columns]
        return said
