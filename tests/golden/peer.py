"""Plain PyTorch on the other end of a file: loads what the library exported, or saves what it is to import.

    peer.py load NETWORK FILE     load_state_dict(strict=True) of a safetensors file; prints logits, and how the file was read, as JSON
    peer.py save NETWORK FILE KIND   saves the filled network; KIND is zip, legacy, half, module (a wrapped checkpoint with a prefix)

NETWORK is one of networks.py with 3 channels and 10 classes; its weights are the fill, its images those of networks.json. The module
safetensors is used where it is installed; otherwise the file is read, and held to every rule of the published description, below.
"""
import json
import math
import struct
import sys

import torch

from golden import fill
from networks import FACTORIES, filled

TYPES = {"F32": torch.float32, "I64": torch.int64}


def read(path):
    try:
        from safetensors.torch import load_file
        return "safetensors", load_file(path)
    except ImportError:
        data = open(path, "rb").read()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        notes = header.pop("__metadata__", {})
        body, end = bytearray(data[8 + length:]), 0
        # A brace first, an aligned start, notes of text, offsets without holes or overlaps up to the end, lengths that fit the shapes.
        assert data[8:9] == b"{" and length % 8 == 0 and all(isinstance(note, str) for note in notes.values())
        for entry in sorted(header.values(), key=lambda e: e["data_offsets"]):
            first, last = entry["data_offsets"]
            assert first == end and last - first == math.prod(entry["shape"]) * (8 if entry["dtype"] == "I64" else 4), entry
            end = last
        assert end == len(body)
        return "by hand", {
            name: torch.frombuffer(body[slice(*e["data_offsets"])], dtype=TYPES[e["dtype"]]).reshape(e["shape"]) for name, e in header.items()}


def main(verb, network, path, kind="zip"):
    net = FACTORIES[network](3, 10)
    if verb == "save":
        state = filled(net).state_dict()
        if kind == "half":
            state = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
        if kind == "module":
            state = {"epoch": 3, "best": 91.7, "state_dict": {f"module.{name}": value for name, value in state.items()}}
        torch.save(state, path, _use_new_zipfile_serialization=kind != "legacy")
        return
    how, state = read(path)
    net.load_state_dict(state, strict=True)
    with torch.no_grad():
        logits = net.eval()(torch.from_numpy(fill("input", (2, 3, 32, 32), -1, 1)))[0]
    print(json.dumps({"how": how, "counts": sum(name.endswith("num_batches_tracked") for name in state), "logits": logits.flatten().tolist()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
