"""Small files as PyTorch writes them, and what PyTorch reads from them: checkpoints/* and checkpoints.json.

Both formats of torch.save (the zip archive since 1.6, the pickles before), safetensors written from its published description, the
types and layouts that a state_dict may have, and pickles that nobody should execute. The files of the old format name their storages
by memory address, so that they differ from run to run; their values do not.
"""
import collections
import io
import json
import os
import pickle
import struct
import zipfile

import torch
from torch import nn

from golden import about, fill, floats, write

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoints")


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.fc = nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.bn1(self.conv1(x))).mean(dim=(2, 3)))


def tiny():
    net = Tiny()
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.dtype == torch.float32:
                low = 0.5 if name.endswith("var") else -1
                value.copy_(torch.from_numpy(fill(name, tuple(value.shape), low, 1)))
            else:
                value.fill_(7)
    return net.eval()


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + name, value) for name, value in state.items())


def scattered(state):
    """The same values, none of them lying row by row: channels last, transposed, every second value, parts of one storage."""
    state = collections.OrderedDict((name, value.clone()) for name, value in state.items())
    state["conv1.weight"] = state["conv1.weight"].permute(1, 2, 3, 0).contiguous().permute(3, 0, 1, 2)
    state["fc.weight"] = state["fc.weight"].t().contiguous().t()
    state["fc.bias"] = torch.stack([state["fc.bias"], torch.zeros(3)], 1).reshape(-1)[::2]
    shared = torch.cat([torch.full((5,), 9.0)] + [state[f"bn1.{n}"] for n in ("weight", "bias", "running_mean", "running_var")])
    for i, name in enumerate(("weight", "bias", "running_mean", "running_var")):
        state[f"bn1.{name}"] = shared[5 + 4 * i:9 + 4 * i]
    return state


def typed():
    numbers = torch.tensor([[0, 1, 2], [100, -3, 127]])
    return collections.OrderedDict(
        [(str(t).split(".")[1], numbers.to(t)) for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8)]
        + [("uint8", numbers.abs().to(torch.uint8)), ("bool", numbers > 0), ("scalar", torch.tensor(2.5)), ("empty", torch.zeros(0, 4)),
           ("repeated", torch.tensor([3.0]).expand(4))])


def saved(name, value, legacy=False):
    # A stream has no name, so that the folder inside the archive is always 'archive'.
    data = io.BytesIO()
    torch.save(value, data, _use_new_zipfile_serialization=not legacy)
    put(name, data.getvalue())


def put(name, data):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data)


SAFE = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}


def safetensors(name, state):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for key, value in state.items():
        raw = value.contiguous().view(-1).view(torch.uint8).numpy().tobytes() if value.dim() else value.reshape(1).view(torch.uint8).numpy().tobytes()
        header[key] = {"dtype": SAFE[value.dtype], "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    put(name, struct.pack("<Q", len(text)) + text + data)


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


SENTINEL = "executed-by-a-pickle"


def archive(name, body, more=None):
    with io.BytesIO() as data:
        with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as file:
            for entry, content in {"data.pkl": body, "version": b"3\n", **(more or {})}.items():
                file.writestr(zipfile.ZipInfo(f"archive/{entry}"), content)
        put(name, data.getvalue())


def malicious():
    """What each of them asks for, by file."""
    touch = f"touch {SENTINEL}"
    put_by = {
        "evil-system.pth": ("posix.system", lambda n: saved(n, {"state_dict": {"a": Calls(os.system, touch)}})),
        "evil-system-legacy.pth": ("posix.system", lambda n: saved(n, {"state_dict": {"a": Calls(os.system, touch)}}, legacy=True)),
        "evil-eval.pth": ("__builtin__.eval", lambda n: saved(n, Calls(eval, f"open({SENTINEL!r}, 'w')"))),
        "evil-getattr.pth": ("__builtin__.getattr", lambda n: saved(n, Calls(getattr, "a", "upper"))),
        # Protocol 4 names globals by two strings on the stack.
        "evil-protocol4.pth": ("protocol 4", lambda n: archive(n, pickle.dumps({"a": Calls(os.system, touch)}, 4))),
        "evil-stack-global.pth": ("STACK_GLOBAL", lambda n: archive(n, b"\x80\x02X\x05\x00\x00\x00posixX\x06\x00\x00\x00system\x93X\x01\x00\x00\x00a\x85R.")),
        "evil-inst.pth": ("INST", lambda n: archive(n, b"\x80\x02(X\x01\x00\x00\x00aiposix\nsystem\n.")),
        "evil-newobj.pth": ("NEWOBJ", lambda n: archive(n, b"\x80\x02ccollections\nOrderedDict\n)\x81.")),
        "evil-build.pth": ("attributes", lambda n: archive(n, b"\x80\x02ctorch\nFloatStorage\n}X\x01\x00\x00\x00aK\x01sb.")),
        "evil-call.pth": ("torch.FloatStorage", lambda n: archive(n, b"\x80\x02ctorch\nFloatStorage\nK\x05\x85R.")),
        # What people do by mistake: the whole network rather than its state_dict.
        "whole-network.pth": ("__main__.Tiny", lambda n: saved(n, tiny())),
        "argparse.pth": ("argparse.Namespace", lambda n: saved(n, {"opt": __import__("argparse").Namespace(lr=0.1), "model": tiny().state_dict()})),
    }
    for name, (_, make) in put_by.items():
        make(name)
    return [{"file": name, "needs": needs} for name, (needs, _) in put_by.items()]


def main():
    os.makedirs(HERE, exist_ok=True)
    net = tiny()
    state = net.state_dict()
    image = torch.from_numpy(fill("input", (2, 1, 8, 8), -1, 1))
    rows = []

    def row(name, made, legacy=False, format=None, **more):
        (format or (lambda n, v: saved(n, v, legacy)))(name, made)
        rows.append({"file": name, **more})

    for legacy in (False, True):
        kind = "legacy" if legacy else "zip"
        row(f"{kind}-float32.pth", state, legacy)
        row(f"{kind}-scattered.pth", scattered(state), legacy)
        row(f"{kind}-parameters.pth", collections.OrderedDict([*net.named_parameters(), *net.named_buffers()]), legacy)
        for dtype in (torch.float16, torch.bfloat16, torch.float64):
            row(f"{kind}-{str(dtype).split('.')[1]}.pth", collections.OrderedDict((n, v.to(dtype) if v.is_floating_point() else v) for n, v in state.items()), legacy, dtype=str(dtype).split(".")[1])
        trained = tiny()
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.1, momentum=0.9)
        trained(image).sum().backward()
        optimizer.step()
        row(f"{kind}-wrapped.pth", {
            "epoch": 3, "arch": "tiny", "best_acc": torch.tensor(91.5), "lr": 0.1, "big": 1 << 70, "done": True, "nothing": None, "input": torch.Size([1, 8, 8]),
            "optimizer": optimizer.state_dict(), "state_dict": prefixed(net.state_dict(), "module.")}, legacy, wrapper="state_dict", prefix="module.")
        row(f"{kind}-nested.pth", {"model": {"step": 1, "net": prefixed(net.state_dict(), "student.backbone.")}}, legacy, wrapper="model.net", prefix="student.backbone.")
        renamed = collections.OrderedDict((n.replace("fc.", "linear."), v) for n, v in net.state_dict().items())
        row(f"{kind}-renamed.pth", {"net": renamed, "acc": 91.5}, legacy, wrapper="net")
    row("float32.safetensors", state, format=safetensors)
    for dtype in (torch.float16, torch.bfloat16):
        short = str(dtype).split(".")[1]
        row(f"{short}.safetensors", collections.OrderedDict((n, v.to(dtype) if v.is_floating_point() else v) for n, v in prefixed(state, "module.").items()), format=safetensors, dtype=short, prefix="module.")
    saved("types.pth", typed())
    saved("types-legacy.pth", typed(), legacy=True)
    # As torch.jit.save lays it out; its real files name the folder they were made in.
    archive("script.pt", b"\x80\x02c__torch__\nTiny\n)\x81.", more={"constants.pkl": b"\x80\x02)."})
    saved("list.pth", [1, 2])
    saved("no-state.pth", {"epoch": 1, "best": 2.5})

    def values(dtype):
        return [{"name": n, "shape": list(v.shape), "values": floats(v.to(getattr(torch, dtype)).to(torch.float32).flatten())} for n, v in tiny().state_dict().items() if v.is_floating_point()]

    with torch.no_grad():
        logits = tiny()(image)
    write("checkpoints.json", {
        "about": about(
            network="conv1 (1 to 4 channels, 3x3, no bias), bn1, ReLU, mean over pixels, fc (4 to 3)",
            values="of every state_dict by its type; num_batches_tracked left out",
            refused="what the refusal must name"),
        "files": rows,
        "values": {dtype: values(dtype) for dtype in ("float32", "float16", "bfloat16")},
        "logits": floats(logits),
        "types": [{"name": n, "shape": list(v.shape), "values": floats(v.to(torch.float32).flatten())} for n, v in typed().items()],
        "refused": malicious(),
    })


if __name__ == "__main__":
    main()
