"""Pad-crop, flip, cutout and normalisation of small uint8 images as loops over pixels: augment.json.

Images are (N, C, H, W). The random draws (offsets, flags, centres) are inputs here; what is checked is what they do.
"""
import numpy as np

from golden import about, floats, hashed, integers, write

COUNT = 5
SHAPES = ((1, 8, 8), (3, 8, 8), (1, 7, 9), (3, 7, 9))
STATISTICS = {1: ([0.2860], [0.3530]), 3: ([0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761])}


def images(channels, height, width):
    x = hashed(f"images-{channels}x{height}x{width}", COUNT * channels * height * width) % np.uint64(256)
    return x.astype(np.uint8).reshape(COUNT, channels, height, width)


def pad_crop(x, padding, tops, lefts):
    """Zeros all around, then the window of the original size whose corner is (top, left) of the padded image."""
    n, channels, height, width = x.shape
    out = np.zeros_like(x)
    for i in range(n):
        for c in range(channels):
            for row in range(height):
                for column in range(width):
                    y, z = row + tops[i] - padding, column + lefts[i] - padding
                    if 0 <= y < height and 0 <= z < width:
                        out[i, c, row, column] = x[i, c, y, z]
    return out


def flip(x, flags):
    n, channels, height, width = x.shape
    out = np.zeros_like(x)
    for i in range(n):
        for c in range(channels):
            for row in range(height):
                for column in range(width):
                    out[i, c, row, column] = x[i, c, row, width - 1 - column if flags[i] else column]
    return out


def cutout(x, side, ys, xs):
    """Zero over rows y - s//2 … y + s//2 and columns likewise, the end excluded, cut off at the border (DeVries & Taylor 2017).

    An odd side therefore covers side - 1 rows: side // 2 before the centre's row and side // 2 from it on.
    """
    n, channels, height, width = x.shape
    out = x.copy()
    for i in range(n):
        for c in range(channels):
            for row in range(height):
                for column in range(width):
                    if ys[i] - side // 2 <= row < ys[i] + side // 2 and xs[i] - side // 2 <= column < xs[i] + side // 2:
                        out[i, c, row, column] = 0
    return out


def normalise(x, mean, std):
    """(x/255 - mean)/std per channel, in float64."""
    n, channels, height, width = x.shape
    out = np.zeros(x.shape)
    for i in range(n):
        for c in range(channels):
            for row in range(height):
                for column in range(width):
                    out[i, c, row, column] = (int(x[i, c, row, column]) / 255 - mean[c]) / std[c]
    return out


def draws(name, below, corners):
    """Five integers below a bound, of which the first are set by hand so that the extremes are always there."""
    return (list(corners) + integers(name, COUNT, below))[:COUNT]


def flat(x):
    return [int(v) for v in x.ravel()]


def crop_cases(x, label):
    height, width = x.shape[2:]
    out = []
    for padding in (1, 2, 4):
        below = 2 * padding + 1
        tops = draws(f"tops-{label}-{padding}", below, (padding, 0, 2 * padding))
        lefts = draws(f"lefts-{label}-{padding}", below, (padding, 2 * padding))
        out.append({"padding": padding, "top": tops, "left": lefts, "output": flat(pad_crop(x, padding, tops, lefts))})
    # Also against the same thing said with slices.
    for case in out:
        p = case["padding"]
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        slices = [padded[i, :, t:t + height, l:l + width] for i, (t, l) in enumerate(zip(case["top"], case["left"]))]
        assert flat(np.stack(slices)) == case["output"]
    return out


def cutout_cases(x, label):
    height, width = x.shape[2:]
    out = []
    for side in (2, 3, 4, 6, 16):
        ys = draws(f"ys-{label}-{side}", height, (0, height - 1))
        xs = draws(f"xs-{label}-{side}", width, (0, width - 1, 0))
        out.append({"side": side, "y": ys, "x": xs, "output": flat(cutout(x, side, ys, xs))})
    return out


def all_cases(x, label, mean, std):
    """What a training batch goes through: crop and flip on the bytes, then normalisation, with the hole before or after it.

    A hole before normalisation is a black square, after it (as published) a square of the mean colour.
    """
    crop, cut = crop_cases(x, label)[1], cutout_cases(x, label)[2]
    flags = flip_flags(label)
    moved = flip(pad_crop(x, crop["padding"], crop["top"], crop["left"]), flags)
    holed = cutout(moved, cut["side"], cut["y"], cut["x"])
    before = normalise(holed, mean, std)
    after = cutout(normalise(moved, mean, std), cut["side"], cut["y"], cut["x"])
    return {
        "padding": crop["padding"], "top": crop["top"], "left": crop["left"], "flipped": flags, "side": cut["side"], "y": cut["y"], "x": cut["x"],
        "bytes": flat(holed),
        "hole_before_normalise": floats(before.astype(np.float32).ravel()),
        "hole_after_normalise": floats(after.astype(np.float32).ravel())}


def flip_flags(label):
    return [True, False] + [bool(v) for v in integers(f"flips-{label}", COUNT - 2, 2)]


def case(channels, height, width):
    label = f"{channels}x{height}x{width}"
    x = images(channels, height, width)
    mean, std = STATISTICS[channels]
    flags = flip_flags(label)
    flipped = flip(x, flags)
    assert flat(flipped) == flat(np.stack([v[:, :, ::-1] if f else v for v, f in zip(x, flags)]))
    return {
        "shape": list(x.shape), "images": flat(x),
        "pad_crop": crop_cases(x, label),
        "flip": {"flipped": flags, "output": flat(flipped)},
        "cutout": cutout_cases(x, label),
        "normalise": {"mean": mean, "std": std, "output": floats(normalise(x, mean, std).astype(np.float32).ravel())},
        "pipeline": {"mean": mean, "std": std, **all_cases(x, label, mean, std)},
    }


def main():
    write("augment.json", {
        "about": about(
            layout="every image array is flat, row-major over 'shape' = [N, C, H, W], values 0 … 255 unless normalised",
            pad_crop="output[r, c] = padded[r + top, c + left]; top and left in 0 … 2*padding; padding is zero",
            flip="left and right exchanged where 'flipped'",
            cutout="zero where y - side//2 <= row < y + side//2 and x - side//2 <= column < x + side//2; y, x index the image",
            normalise="(x/255 - mean[c]) / std[c], computed in float64, rounded to float32",
            pipeline="pad_crop, flip, then normalise with the hole before (bytes: as 'bytes', a black square) or after it (a zero of the result)"),
        "cases": [case(*shape) for shape in SHAPES]})


if __name__ == "__main__":
    main()
