"""Pretrained weights come from a folder where no hub is, and what is wrong is said."""

from __future__ import annotations

import pickle

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import save_file

from analysis.networks.registry import network
from cube.contract import CubeError
from pipelines.networks.weights import pretrained


def test_a_folder_as_the_hub_has_it_is_read(tmp_path):
    donor = network("resnet18", 3, "full").network.bare.state_dict()
    save_file(donor, tmp_path / "model.safetensors")
    found = pretrained("resnet18", tmp_path)
    assert found.keys() == donor.keys()
    made = network("resnet18", 12, "full", found)
    torch.testing.assert_close(made.network.bare.layer4[1].conv2.weight,
                               donor["layer4.1.conv2.weight"])  # fmt: skip


def test_land_cover_weights_are_read_as_transformers_keeps_them(tmp_path):
    donor = network("segformer", 3, "full").network.bare
    donor.save_pretrained(tmp_path)
    made = network("segformer", 7, "full", pretrained("segformer", tmp_path)).network.bare
    torch.testing.assert_close(made.decode_head.classifier.weight,
                               donor.decode_head.classifier.weight)  # fmt: skip
    first = next(value for value in made.state_dict().values() if value.ndim == 4)
    assert first.shape[1] == 7


def test_a_segformer_of_other_classes_is_refused(tmp_path):
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    shape = {"depths": [1] * 4, "hidden_sizes": [8, 16, 24, 32], "num_labels": 150}
    SegformerForSemanticSegmentation(SegformerConfig(**shape)).save_pretrained(tmp_path)
    with pytest.raises(CubeError, match="knows 150 classes, but LoveDA has 7: background, buil"):
        pretrained("segformer", tmp_path)


def test_without_a_hub_it_is_said_what_to_download_and_where(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(CubeError) as refused:
        pretrained("segformer", "hub")
    said = str(refused.value)
    assert "the hub cannot be reached" in said
    assert "https://huggingface.co/wu-pr-gw/segformer-b2-finetuned-with-LoveDA into a" in said
    assert "give the folder as weights" in said


def test_nothing_of_use_is_refused(tmp_path):
    with pytest.raises(CubeError, match=r"there are no weights at .*: expected model\.safetensors"):
        pretrained("resnet18", tmp_path)
    broken = tmp_path / "model.safetensors"
    broken.write_bytes(b"\x10\x00\x00\x00")
    with pytest.raises(CubeError, match="is truncated or holds no weights"):
        pretrained("resnet18", tmp_path)
    with pytest.raises(CubeError, match="unet has no pretrained weights"):
        pretrained("unet", tmp_path)


def test_a_checkpoint_that_holds_code_is_not_executed(tmp_path):
    torch.save({"weight": pickle.Pickler}, tmp_path / "pytorch_model.bin")
    with pytest.raises(CubeError, match="could execute code"):
        pretrained("resnet18", tmp_path)
