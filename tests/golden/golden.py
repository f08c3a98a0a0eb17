"""What every golden script shares: the deterministic fill, the thread count, and how JSON is written."""
import json
import os

import numpy as np
import torch

torch.set_num_threads(1)

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = np.uint64(0xFFFFFFFF)

FILL = (
    "h = FNV-1a 32 of the name's UTF-8 bytes; x = (h + i*0x9E3779B9) mod 2^32; x ^= x>>16; x = x*0x7feb352d mod 2^32; "
    "x ^= x>>15; x = x*0x846ca68b mod 2^32; x ^= x>>16; u = (x+0.5)/2^32 in float64; value = float32(lo+(hi-lo)*u)"
)


def fnv1a(name):
    h = 0x811C9DC5
    for byte in name.encode("utf-8"):
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def hashed(name, count):
    """The 32-bit numbers behind the fill, one per flat index (uint64 so that no product overflows)."""
    i = np.arange(count, dtype=np.uint64)
    x = (np.uint64(fnv1a(name)) + i * np.uint64(0x9E3779B9)) & MASK
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x7FEB352D)) & MASK
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x846CA68B)) & MASK
    x ^= x >> np.uint64(16)
    return x


def fill(name, shape, lo, hi):
    """A float32 array in [lo, hi] that depends on nothing but the name and the flat (row-major) index."""
    u = (hashed(name, int(np.prod(shape))).astype(np.float64) + 0.5) / 4294967296.0
    return (lo + (hi - lo) * u).astype(np.float32).reshape(shape)


def integers(name, count, below):
    """Integers in 0..below-1 from the same hash: x mod below."""
    return [int(v) for v in hashed(name, count) % np.uint64(below)]


def floats(values):
    """Any tensor or array as (nested) lists of Python floats: a float32 is written exactly, not shortened."""
    if isinstance(values, torch.Tensor):
        values = values.detach().numpy()
    return np.asarray(values).astype(np.float64).tolist()


def about(**more):
    return {"made_by": "tests/golden/make.sh", "torch": torch.__version__, "numpy": np.__version__, **more}


def render(value, indent, width=150):
    """JSON with everything that fits on one line on one line, so that differences stay readable."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(flat) <= width or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = "\n" + " " * (indent + 1)
    if isinstance(value, list) and not isinstance(value[0], (dict, list)):
        lines, line = [], ""
        for item in value:
            text = json.dumps(item, ensure_ascii=False, allow_nan=False)
            if line and len(line) + len(text) + 2 > width:
                lines.append(line)
                line = ""
            line = f"{line}, {text}" if line else text
        return "[" + pad + ("," + pad).join(lines + [line]) + "]"
    rows = (
        [f"{json.dumps(k)}: {render(v, indent + 1, width)}" for k, v in value.items()]
        if isinstance(value, dict)
        else [render(v, indent + 1, width) for v in value]
    )
    left, right = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return left + pad + ("," + pad).join(rows) + right


def write(name, value):
    path = os.path.join(HERE, name)
    text = render(value, 0) + "\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{name}: {len(text) / 1000:.0f} kB")
