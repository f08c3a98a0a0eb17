"""Norm and direction of embeddings (WangYZ1608/Knowledge-Distillation-via-ND, CIFAR/utils.py): norm_direction.json. A loop over samples."""
import torch
from torch.nn import functional as F

from golden import about, write
from loops import case, dot, draw, length, plain, report, unit


def norm_direction(x, p, real):
    values = []
    for s, t, centre in zip(x.student, x.teacher, x.centres):
        own, guide = length(s, real), length(t, real)
        longest = own if plain(own) > plain(guide) else guide
        values.append(real(1) - dot(s, unit(centre, real), real) / longest)
    return values


def torch_norm_direction(x, p):
    longest = torch.maximum(x.student.norm(dim=1), x.teacher.norm(dim=1))
    return (1 - (x.student * F.normalize(x.centres)).sum(1) / longest).mean()


def main():
    found = []
    for name, shape, reach in (("2x3", (2, 3), 1.0), ("one sample", (1, 5), 1.0), ("4x6, the student is longer", (4, 6), 5.0), ("4x6, the teacher is longer", (4, 6), 0.2)):
        inputs = {
            "student": draw(f"nd-{name}-student", shape, -reach, reach), "teacher": draw(f"nd-{name}-teacher", shape), "centres": draw(f"nd-{name}-centres", shape)}
        found.append(case("nd", name, inputs, {}, norm_direction, torch_norm_direction))
    report(found)
    write("norm_direction.json", {
        "about": about(value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
