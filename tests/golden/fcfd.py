"""Two last maps and what a classifier reads of them (LiuDongyang6/FCFD, classification/cifar/main.py): fcfd.json. A loop over samples, channels and pixels."""
import torch
from torch.nn import functional as F

from golden import about, write
from loops import case, draw, report


def last_map(x, p, real):
    values = []
    for own, guide in zip(x.student, x.teacher):
        maps, means, cells = real(0), real(0), 0
        for s, t in zip(own, guide):
            read, shown, pixels = real(0), real(0), 0
            for row, other in zip(s, t):
                for a, b in zip(row, other):
                    maps, cells, pixels = maps + (a - b) * (a - b), cells + 1, pixels + 1
                    read = read + a if a > 0 else read
                    shown = shown + b if b > 0 else shown
            apart = read / real(pixels) - shown / real(pixels)
            means = means + apart * apart
        values.append(maps / real(cells) + means / real(len(own)))
    return values


def torch_last_map(x, p):
    s, t = (F.adaptive_avg_pool2d(F.relu(map), 1).flatten(1) for map in (x.student, x.teacher))
    return F.mse_loss(x.student, x.teacher) + F.mse_loss(s, t)


def main():
    found = []
    for name, shape, reach in (("2x3 of 2x2", (2, 3, 2, 2), 1.0), ("one sample of 3x3", (1, 2, 3, 3), 2.0), ("one pixel", (3, 4, 1, 1), 1.0)):
        inputs = {"student": draw(f"fcfd-{name}-student", shape, -reach, reach), "teacher": draw(f"fcfd-{name}-teacher", shape)}
        found.append(case("fcfd", name, inputs, {}, last_map, torch_last_map))
    report(found)
    write("fcfd.json", {
        "about": about(value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
