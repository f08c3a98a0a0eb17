"""Memory-replay distillation, on logits of copies: memory_replay.json. Loops over images, copies and classes.

Of the article only the abstract was at hand; knowledge adjustment is that of "Preparing Lessons" (SforAiDl/KD_Lib, KD/vision/KA): where the
teacher's first class is not the label, two values trade places, or a smoothed label stands in. Raising the label's value to the largest is
another reading of "corrected". The soft labels have the factor tau^2.
"""
import numpy as np
import torch
from torch.nn import functional as F

from golden import about, integers, write
from logit_samples import kd_row, torch_kd
from loops import case, divergence, draw, log, log_softmax, mean, plain, report, softened, total


def first(row):
    best = 0
    for c in range(len(row)):
        if plain(row[c]) > plain(row[best]):
            best = c
    return best


def shifted(row, y):
    row = list(row)
    p = first(row)
    row[p], row[y] = row[y], row[p]
    return row


def raised(row, y):
    row = list(row)
    row[y] = row[first(row)]
    return row


def taught(s, t, y, p, real):
    """tau^2 KL of one image under one teacher."""
    if p.adjustment == 3 and first(t) != y:
        others = (real(1) - real(p.correct)) / real(len(t) - 1)
        target = [log(real(p.correct)) if c == y else log(others) for c in range(len(t))]
        return real(p.temperature) * real(p.temperature) * divergence(target, softened(s, p.temperature, real), real)
    t = shifted(t, y) if p.adjustment == 1 else raised(t, y) if p.adjustment == 2 else t
    return kd_row(s, t, p.temperature, real)


def replayed(x, p, real):
    return [
        mean([taught(x.student[i], copy[i], y, p, real) for copy in x.teacher_copies], real)
        for i, y in enumerate(x.labels)]


def joined(x, p, real):
    """The student's whole loss where the mean of the copies is the teacher."""
    rows = []
    for i, y in enumerate(x.labels):
        teacher = [mean([copy[i][c] for copy in x.teacher_copies], real) for c in range(len(x.student[i]))]
        rows.append(-log_softmax(x.student[i], real)[y] + real(p.weight) * taught(x.student[i], teacher, y, p, real))
    return rows


def torch_taught(s, t, labels, p):
    rows = torch.arange(len(labels))
    top = t.argmax(1)
    if p.adjustment == 1:
        t = t.clone()
        t[rows, top], t[rows, labels] = t[rows, labels].clone(), t[rows, top].clone()
    elif p.adjustment == 2:
        t = t.clone()
        t[rows, labels] = t.max(1).values
    elif p.adjustment == 3:
        smooth = torch.full_like(t, (1 - p.correct) / (t.shape[1] - 1))
        smooth[rows, labels] = p.correct
        t = torch.where((top == labels).unsqueeze(1), t, p.temperature * smooth.log())
    return torch_kd(s, t, p.temperature)


def torch_replayed(x, p):
    return sum(torch_taught(x.student, copy.detach(), x.labels, p) for copy in x.teacher_copies).mean() / len(x.teacher_copies)


def torch_joined(x, p):
    return F.cross_entropy(x.student, x.labels) + p.weight * torch_taught(x.student, x.teacher_copies.mean(0).detach(), x.labels, p).mean()


def main():
    found = []
    for name, copies, batch, classes in (("three copies, 4 images", 3, 4, 5), ("one copy, one image", 1, 1, 2), ("two copies, 6 images", 2, 6, 3)):
        labels = np.array(integers(f"mrkd-{name}-labels", batch, classes))
        inputs = {
            "student": draw(f"mrkd-{name}-student", (batch, classes), -4, 4), "teacher_copies": draw(f"mrkd-{name}-copies", (copies, batch, classes), -4, 4), "labels": labels}
        for adjustment, called in enumerate(("as they are", "shifted", "raised", "smoothed")):
            parameters = {"temperature": 3.0, "adjustment": adjustment, "correct": 0.9, "weight": 0.7}
            found.append(case("replayed", f"{name}, {called}", inputs, parameters, replayed, torch_replayed))
            found.append(case("mrkd_mean", f"{name}, {called}", inputs, parameters, joined, torch_joined))
    report(found)
    write("memory_replay.json", {
        "about": about(
            value="of one batch, with tau^2; mrkd_mean is the student's whole loss with the weight in parameters", per_sample="their mean is the value",
            gradients="of the value, row-major, float64", adjustment="0 none, 1 shift, 2 raise, 3 smooth", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
