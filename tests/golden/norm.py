"""Segments of a widened map against one map of a teacher, and logits behind a layer normalisation (OSVAI/NORM, helper/loops.py, at the commit 8fea781): norm.json. A loop over samples, segments and pixels."""
import torch
from torch.nn import functional as F

from golden import about, write
from loops import case, draw, exp, log, report, sqrt


def largest(cells):
    best = cells[0]
    for cell in cells[1:]:
        if cell > best:
            best = cell
    return best


def shrunk(plane, side):
    """The largest value of each window of a plane that is a whole number of times larger."""
    step = len(plane) // side
    return [[largest([plane[y * step + i][x * step + j] for i in range(step) for j in range(step)]) for x in range(side)] for y in range(side)]


def segments(x, p, real):
    values = []
    for own, guide in zip(x.student, x.teacher):
        side = min(len(own[0]), len(guide[0]))
        own, guide = [shrunk(plane, side) for plane in own], [shrunk(plane, side) for plane in guide]
        total = real(0)
        for segment in range(len(own) // len(guide)):
            apart = real(0)
            for channel, plane in enumerate(guide):
                for y in range(side):
                    for z in range(side):
                        d = own[segment * len(guide) + channel][y][z] - plane[y][z]
                        apart = apart + d * d
            total = total + apart / real(len(guide) * side * side)
        values.append(total)
    return values


def torch_segments(x, p):
    student, teacher = x.student, x.teacher
    if teacher.shape[2] > student.shape[2]:
        teacher = F.max_pool2d(teacher, teacher.shape[2] // student.shape[2])
    if student.shape[2] > teacher.shape[2]:
        student = F.max_pool2d(student, student.shape[2] // teacher.shape[2])
    count = student.shape[1] // teacher.shape[1]
    return F.mse_loss(student, teacher.repeat(1, count, 1, 1)) * count


def levelled(row, scale, real):
    n = real(len(row))
    mean = sum(row[1:], row[0]) / n
    spread = real(0)
    for z in row:
        spread = spread + (z - mean) * (z - mean)
    return [(z - mean) / sqrt(spread / n + real(1e-7)) * real(scale) for z in row]


def soft(row, temperature, real):
    """Logarithms of the softmax of a row."""
    scaled = [z / real(temperature) for z in row]
    top = largest(scaled)
    total = real(0)
    for z in scaled:
        total = total + exp(z - top)
    return [z - top - log(total) for z in scaled]


def kd(x, p, real):
    values = []
    for own, guide in zip(x.student, x.teacher):
        s, t = (soft(levelled(row, p.scale, real), p.temperature, real) for row in (own, guide))
        total = real(0)
        for a, b in zip(s, t):
            total = total + exp(b) * (b - a)
        values.append(total * real(p.temperature ** 2))
    return values


def torch_kd(x, p):
    s, t = (F.layer_norm(z, z.shape[1:], None, None, 1e-7) * p.scale for z in (x.student, x.teacher))
    return F.kl_div(F.log_softmax(s / p.temperature, 1), F.softmax(t / p.temperature, 1), reduction="batchmean") * p.temperature ** 2


def main():
    found = []
    for name, s, t in (
            ("2 segments", (2, 6, 2, 2), (2, 3, 2, 2)), ("1 segment of one sample", (1, 4, 3, 3), (1, 4, 3, 3)), ("3 segments, the teacher is larger", (2, 6, 2, 2), (2, 2, 4, 4)),
            ("2 segments, the student is larger", (2, 4, 6, 6), (2, 2, 3, 3))):
        found.append(case("norm", name, {"student": draw(f"norm-{name}-student", s), "teacher": draw(f"norm-{name}-teacher", t)}, {}, segments, torch_segments))
    for name, shape, reach in (("3x5", (3, 5), 2.0), ("one sample", (1, 4), 1.0), ("2x6, hardly apart", (2, 6), 1e-3)):
        inputs = {"student": draw(f"norm-kd-{name}-student", shape, -reach, reach), "teacher": draw(f"norm-kd-{name}-teacher", shape, -3, 3)}
        found.append(case("norm_kd", name, inputs, {"scale": 2.5, "temperature": 4.0}, kd, torch_kd))
    report(found)
    write("norm.json", {
        "about": about(value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
