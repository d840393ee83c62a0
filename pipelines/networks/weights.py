"""The name of a network and where its pretrained weights are in, the weights out.

From the Hugging Face hub where it can be reached, from a file or folder otherwise. Only weights are
read: safetensors, or a checkpoint of torch that is loaded without executing anything.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from analysis.networks.operators import library
from analysis.networks.registry import NetworkSpec, spec_of
from analysis.networks.segformer import LandCover
from cube.contract import CubeError

FILES = ("model.safetensors", "pytorch_model.bin")
"""What a folder of the hub calls its weights."""

HUB = "hub"
"""Where weights are said to be when they are to be fetched."""


def pretrained(name: str, source: str | Path) -> dict[str, torch.Tensor]:
    """Pretrained weights of a network's full preset, for red, green and blue.

    Parameters
    ----------
    name : of the registry
    source : "hub", or a file or folder that was downloaded from there

    Raises
    ------
    CubeError
        If the hub cannot be reached, saying what to download and where to put it; if there is
        nothing at the path, or nothing of use.
    """
    spec = spec_of(name)
    if not spec.hub:
        raise CubeError(f"{name} has no pretrained weights: it learns from your own labels.")
    folder = _from_hub(spec) if str(source) == HUB else Path(source)
    if spec.task == "land_cover":
        return _land_cover(spec, folder)
    return _tensors(_file(folder, spec))


def _from_hub(spec: NetworkSpec) -> Path:
    hub = library("huggingface_hub")
    repository = _repository(spec)
    try:
        return Path(hub.snapshot_download(repository, allow_patterns=[*FILES, "config.json"]))
    except Exception as error:  # a class of its own per way of not reaching a server
        raise CubeError(
            f"the hub cannot be reached ({str(error).splitlines()[0][:120]}). On a machine that "
            f"can, download config.json and {FILES[0]} of https://huggingface.co/{repository} into "
            "a folder, copy it here, and give the folder as weights."
        ) from error


def _repository(spec: NetworkSpec) -> str:
    """What the hub calls them; timm knows the tag of its own."""
    if not spec.hub.startswith("timm/"):
        return spec.hub
    known = library("timm").get_pretrained_cfg(spec.hub.removeprefix("timm/"))
    return str(known.hf_hub_id)


def _file(path: Path, spec: NetworkSpec) -> Path:
    if path.is_file():
        return path
    found = [path / name for name in FILES if (path / name).is_file()]
    if not found:
        raise CubeError(
            f"there are no weights at {path}: expected {' or '.join(FILES)}, as "
            f"https://huggingface.co/{spec.hub} has them. Download them into that folder."
        )
    return found[0]


def _tensors(file: Path) -> dict[str, torch.Tensor]:
    try:
        if file.suffix == ".safetensors":
            held = library("safetensors.torch").load_file(str(file))
        else:
            held = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CubeError(
            f"{file} holds more than weights, which is not loaded because it could execute code. "
            "Give the safetensors file."
        ) from error
    except Exception as error:  # safetensors and torch have their own errors per kind of damage
        raise CubeError(
            f"{file} is truncated or holds no weights ({str(error).splitlines()[0][:120]}). "
            "Download it again."
        ) from error
    return _checked(held, file)


def _checked(held: Any, file: Path) -> dict[str, torch.Tensor]:
    if not isinstance(held, dict) or not all(isinstance(v, torch.Tensor) for v in held.values()):
        raise CubeError(f"{file} holds no weights by name. Give those of the hub.")
    return held


def _land_cover(spec: NetworkSpec, folder: Path) -> dict[str, torch.Tensor]:
    """SegFormer's weights as transformers reads them, whose names changed over time."""
    if folder.is_file():
        folder = folder.parent
    _file(folder, spec)
    parts = library("transformers")
    try:
        model = parts.SegformerForSemanticSegmentation.from_pretrained(
            str(folder), local_files_only=True
        )
    except Exception as error:  # as above
        raise CubeError(
            f"{folder} holds no SegFormer ({str(error).splitlines()[0][:120]}). Give a folder with "
            f"config.json and {FILES[0]} of https://huggingface.co/{spec.hub}."
        ) from error
    if model.config.num_labels != len(LandCover):
        raise CubeError(
            f"the SegFormer in {folder} knows {model.config.num_labels} classes, but LoveDA has "
            f"{len(LandCover)}: {', '.join(one.name.lower() for one in LandCover)}. Give one that "
            "was tuned on LoveDA."
        )
    return dict(model.state_dict())
