"""Networks that are a rule anyone can follow, as ONNX files: less green than NDVI 0.15 is mine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from analysis.networks.normalisation import Normalisation
from pipelines.networks.facts import NetworkFacts

BANDS = ("red", "nir")
NDVI = 0.15
CHIP_PX = 32


def rule_network(path: Path, task: str, threshold: float = 0.5) -> Path:
    """sigmoid(100 (0.15 - NDVI)) of every pixel; of a scene, the mean of its pixels.

    A scene is a hit from one third of mine on: its threshold is given as a probability.
    """
    numbers = {"red_at": 0, "nir_at": 1}
    constants = [
        numpy_helper.from_array(np.array(at, np.int64), name) for name, at in numbers.items()
    ]
    constants += [
        numpy_helper.from_array(np.array(value, np.float32), name)
        for name, value in {"level": NDVI, "steep": 100.0, "least": 1e-6}.items()
    ]
    nodes = [
        helper.make_node("Gather", ["pixels", "red_at"], ["red"], axis=1),
        helper.make_node("Gather", ["pixels", "nir_at"], ["nir"], axis=1),
        helper.make_node("Sub", ["nir", "red"], ["above"]),
        helper.make_node("Add", ["nir", "red"], ["both"]),
        helper.make_node("Max", ["both", "least"], ["below"]),
        helper.make_node("Div", ["above", "below"], ["ndvi"]),
        helper.make_node("Sub", ["level", "ndvi"], ["lack"]),
        helper.make_node("Mul", ["lack", "steep"], ["logit"]),
    ]
    shape = ["n", "y", "x"]
    if task == "scene":
        nodes.append(helper.make_node("Sigmoid", ["logit"], ["each"]))
        axes = numpy_helper.from_array(np.array([1, 2], np.int64), "axes")
        constants.append(axes)
        nodes.append(helper.make_node("ReduceMean", ["each", "axes"], ["probability"], keepdims=0))
        shape = ["n"]
    else:
        nodes.append(helper.make_node("Sigmoid", ["logit"], ["probability"]))
    told = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 2, "y", "x"])
    said = helper.make_tensor_value_info("probability", TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "rule", [told], [said], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 9
    facts = NetworkFacts(
        name=f"rule_{task}",
        task=task,
        preset="tiny",
        bands=BANDS,
        normalisation=Normalisation(BANDS, (-1.0, -1.0), (1.0, 1.0)),
        chip_size=CHIP_PX,
        threshold=threshold,
        data_hash="",
        code_version="",
    )
    helper.set_model_props(model, {"minecube": json.dumps(facts.to_dict())})
    onnx.save_model(model, path)
    return path
