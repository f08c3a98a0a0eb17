"""Small PNG and JPEG files of every kind that data sets hold, and what Pillow makes of them: pictures.json.

Pillow writes the files, except interlaced PNG, which it only reads, and 16-bit ones: those are written here, byte by byte. What is expected are Pillow's pixels, converted
by Pillow to grey and to colour, and resized by its bilinear filter.
"""
import base64
import io
import struct
import zlib

import numpy as np
import PIL
from PIL import Image

from golden import about, fill, write

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def noise(name, height, width, channels):
    """A smooth picture with some noise, so that JPEG has something to round."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin(x / (3 + c) + c) * np.cos(y / (4 - c)) + fill(f"{name}{c}", (height, width), -30, 30) for c in range(channels)]
    return np.clip(np.stack(planes, 2), 0, 255).astype(np.uint8)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(samples, colour, depth, interlaced):
    """samples: [height, width, samples per pixel] of at most 2 bytes each; rows without a filter."""
    height, width, _ = samples.shape
    rows = b""
    for x, y, dx, dy in ADAM7 if interlaced else ((0, 0, 1, 1),):
        part = samples[y::dy, x::dx]
        if part.size:
            rows += b"".join(b"\0" + row.astype(">u2" if depth == 16 else np.uint8).tobytes() for row in part)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def text(data):
    return base64.b64encode(bytes(data)).decode()


def case(name, file, expected=None):
    image = Image.open(io.BytesIO(file))
    image.load()
    if expected is not None:
        image = Image.fromarray(expected)
    grey, colour = (np.asarray(image.convert(mode)) for mode in ("L", "RGB"))
    return {"name": name, "width": image.width, "height": image.height, "channels": 1 if image.mode in ("1", "L", "LA") else 3, "file": text(file), "grey": text(grey.tobytes()), "colour": text(colour.tobytes())}


def main():
    colour, grey = Image.fromarray(noise("colour", 13, 11, 3)), Image.fromarray(noise("grey", 13, 11, 1)[:, :, 0])
    alpha, deep = noise("alpha", 13, 11, 4), (noise("deep", 13, 11, 3).astype(np.uint16) << 8) + 77
    palette = colour.quantize(16)
    large = Image.fromarray(noise("large", 50, 37, 3))
    cases = [
        case("png grey", saved(grey, "PNG")), case("png colour", saved(colour, "PNG")),
        case("png colour and alpha", saved(Image.fromarray(alpha), "PNG"), alpha[:, :, :3]),
        case("png grey and alpha", saved(Image.fromarray(alpha[:, :, :2], "LA"), "PNG"), np.ascontiguousarray(alpha[:, :, 0])),
        case("png palette of 16", saved(palette, "PNG", bits=4)), case("png palette of 256", saved(colour.quantize(200), "PNG")),
        case("png black and white", saved(grey.convert("1"), "PNG")),
        case("png interlaced", png(np.asarray(colour), 2, 8, True)), case("png interlaced grey 1x1", png(np.asarray(grey)[:1, :1, None], 0, 8, True)),
        case("png 16 bits", png(deep, 2, 16, False), (deep >> 8).astype(np.uint8)),
        case("png 16 bits grey interlaced", png(deep[:, :, :1], 0, 16, True), (deep[:, :, 0] >> 8).astype(np.uint8)),
        case("jpeg colour", saved(colour, "JPEG", quality=90)), case("jpeg grey", saved(grey, "JPEG", quality=80)),
        case("jpeg without subsampling", saved(large, "JPEG", quality=95, subsampling=0)), case("jpeg subsampled", saved(large, "JPEG", quality=75, subsampling=2)),
        case("jpeg half subsampled", saved(large, "JPEG", quality=75, subsampling=1)), case("jpeg progressive", saved(large, "JPEG", quality=85, progressive=True)),
    ]
    sizes = [(64, 64), (20, 20), (37, 25), (16, 50), (7, 90)]
    resized = [{"width": w, "height": h, "colour": text(np.asarray(large.resize((w, h), Image.BILINEAR)).tobytes())} for w, h in sizes]
    # As torchvision's Resize and CenterCrop: the shorter side, then the middle.
    covered = []
    for side in (24, 50, 61):
        scaled = large.resize((side, int(side * 50 / 37)), Image.BILINEAR)
        top = int(round((scaled.height - side) / 2.0))
        covered.append({"side": side, "colour": text(np.asarray(scaled.crop((0, top, side, top + side))).tobytes())})
    refused = {
        "four colours": text(saved(large.convert("CMYK"), "JPEG")),
        "no image": text(b"GIF89a..."),
    }
    write("pictures.json", {
        "about": about(pillow=PIL.__version__, files="base64; pixels are rows first, channels side by side"),
        "cases": cases, "large": text(saved(large, "PNG")), "resized": resized, "covered": covered, "refused": refused,
    })


if __name__ == "__main__":
    main()
