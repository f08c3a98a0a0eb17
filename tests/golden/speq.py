"""The cosine between softened answers (Boo et al. 2021, SPEQ): speq.json. A loop over samples."""
import torch
from torch.nn import functional as F

from golden import about, write
from loops import case, dot, draw, exp, length, report, softened


def cosine(x, p, real):
    values = []
    for s, t in zip(x.student, x.teacher):
        own, guide = ([exp(v) for v in softened(row, p.temperature, real)] for row in (s, t))
        values.append((real(1) - dot(own, guide, real) / (length(own, real) * length(guide, real))) * real(p.temperature ** 2))
    return values


def torch_cosine(x, p):
    return (1 - F.cosine_similarity(F.softmax(x.student / p.temperature, 1), F.softmax(x.teacher / p.temperature, 1), 1)).mean() * p.temperature ** 2


def main():
    found = []
    for name, shape, reach, temperature in (("3x4", (3, 4), 2.0, 2.0), ("one sample of two classes", (1, 2), 1.0, 1.0), ("5x10, sure", (5, 10), 8.0, 1.0), ("4x7, soft", (4, 7), 2.0, 5.0)):
        inputs = {"student": draw(f"speq-{name}-student", shape, -reach, reach), "teacher": draw(f"speq-{name}-teacher", shape, -reach, reach)}
        found.append(case("speq", name, inputs, {"temperature": temperature}, cosine, torch_cosine))
    report(found)
    write("speq.json", {
        "about": about(value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
