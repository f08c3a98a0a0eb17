"""What torchvision's functional makes of small uint8 images, one operation and one magnitude at a time: operations.json."""
import math

import numpy as np
import torch
import torchvision
from torchvision.transforms import functional as F

from golden import about, hashed, write

SHAPES = ((3, 8, 8), (1, 8, 8), (3, 7, 9))
MAGNITUDES = {
    "Identity": [0.0], "ShearX": [0.3, -0.1, 0.0333], "ShearY": [0.3, -0.1, 0.0333], "TranslateX": [3.0, -2.0], "TranslateY": [1.0, -4.0], "Rotate": [30.0, -13.3, 6.67],
    "Brightness": [0.1, 0.64, 1.9], "Color": [0.1, 0.64, 1.9], "Contrast": [0.1, 0.64, 1.9], "Sharpness": [0.1, 0.64, 1.9], "Posterize": [4.0, 6.0, 8.0], "Solarize": [0.0, 100.5, 256.0],
    "AutoContrast": [0.0], "Equalize": [0.0], "Invert": [0.0]}


def image(shape, low, high):
    x = hashed(f"operations-{shape}-{low}", int(np.prod(shape))) % np.uint64(high - low)
    return torch.from_numpy((x.astype(np.int64) + low).astype(np.uint8).reshape(shape))


def apply(name, x, m):
    def affine(translate=(0, 0), shear=(0.0, 0.0), **more):
        return F.affine(x, angle=0.0, translate=list(translate), scale=1.0, shear=list(shear), **more)

    degrees = math.degrees(math.atan(m))
    return {
        "Identity": lambda: x, "ShearX": lambda: affine(shear=(degrees, 0.0), center=[0, 0]), "ShearY": lambda: affine(shear=(0.0, degrees), center=[0, 0]),
        "TranslateX": lambda: affine(translate=(int(m), 0)), "TranslateY": lambda: affine(translate=(0, int(m))), "Rotate": lambda: F.rotate(x, m),
        "Brightness": lambda: F.adjust_brightness(x, m), "Color": lambda: F.adjust_saturation(x, m), "Contrast": lambda: F.adjust_contrast(x, m),
        "Sharpness": lambda: F.adjust_sharpness(x, m), "Posterize": lambda: F.posterize(x, int(m)), "Solarize": lambda: F.solarize(x, m),
        "AutoContrast": lambda: F.autocontrast(x), "Equalize": lambda: F.equalize(x), "Invert": lambda: F.invert(x)}[name]()


def main():
    images, cases = [], []
    for shape in SHAPES:
        # The whole range, a narrow one, and one value.
        images += [image(shape, 0, 256), image(shape, 60, 130), torch.full(shape, 77, dtype=torch.uint8)]
    for i, x in enumerate(images):
        for name, magnitudes in MAGNITUDES.items():
            for m in magnitudes:
                # torchvision's threshold must be a pixel's value.
                out = x if name == "Solarize" and m > 255 else apply(name, x, m)
                cases.append({"operation": name, "image": i, "magnitude": m, "output": [int(v) for v in out.flatten()]})
    write("operations.json", {
        "about": about(torchvision=torchvision.__version__, output="uint8, row-major"),
        "images": [{"shape": list(x.shape), "values": [int(v) for v in x.flatten()]} for x in images], "cases": cases})


if __name__ == "__main__":
    main()
