"""What networks learn from themselves: "Be your own teacher", DDGSD, CS-KD and PS-KD, on logits and vectors: self_distillation.json.

BYOT as ArchipLab-LinfengZhang/pytorch-self-distillation-final codes it: soft labels without tau^2, distances without a square. CS-KD as
alinlab/cs-kd, PS-KD as lgcnsai/PS-KD-Pytorch. For DDGSD the article's own weights were not at hand; each view is the other's teacher and
gets no gradient as such.
"""
from types import SimpleNamespace

import numpy as np
import torch
from torch.nn import functional as F

from exit_losses import feature_gap, held, torch_feature_gap
from golden import about, integers, write
from logit_samples import kd_row, torch_kd
from loops import case, divergence, dot, draw, log_softmax, mean, report, softened, softmax, total


def entropy(row, y, real):
    return -log_softmax(row, real)[y]


def byot(x, p, real):
    batch = range(len(x.labels))
    last = held(x.last, real)
    hard = mean([entropy(x.last[i], x.labels[i], real) for i in batch], real)
    for exit in x.exits:
        hard = hard + (real(1) - real(p.share)) * mean([entropy(exit[i], x.labels[i], real) for i in batch], real)
        hard = hard + real(p.share) * mean([divergence(softened(last[i], p.temperature, real), softened(exit[i], p.temperature, real), real) for i in batch], real)
    return hard + real(p.feature_weight) * feature_gap(SimpleNamespace(features=x.features, teacher_last=x.teacher_feature), p, real)


def torch_byot(x, p):
    loss = F.cross_entropy(x.last, x.labels)
    for exit in x.exits:
        loss = loss + (1 - p.share) * F.cross_entropy(exit, x.labels) + p.share * torch_kd(exit, x.last.detach(), p.temperature).mean() / p.temperature ** 2
    return loss + p.feature_weight * torch_feature_gap(SimpleNamespace(features=x.features, teacher_last=x.teacher_feature), p)


def ddgsd(x, p, real):
    rows = range(len(x.labels))
    first, second = held(x.first, real), held(x.second, real)
    hard = mean([(entropy(x.first[i], x.labels[i], real) + entropy(x.second[i], x.labels[i], real)) / real(2) for i in rows], real)
    soft = mean([kd_row(x.first[i], second[i], p.temperature, real) + kd_row(x.second[i], first[i], p.temperature, real) for i in rows], real)
    apart = [mean([row[c] for row in x.first_vectors], real) - mean([row[c] for row in x.second_vectors], real) for c in range(len(x.first_vectors[0]))]
    return hard + real(p.weight) * soft + real(p.feature_weight) * dot(apart, apart, real)


def torch_ddgsd(x, p):
    hard = (F.cross_entropy(x.first, x.labels) + F.cross_entropy(x.second, x.labels)) / 2
    soft = torch_kd(x.first, x.second.detach(), p.temperature).mean() + torch_kd(x.second, x.first.detach(), p.temperature).mean()
    return hard + p.weight * soft + p.feature_weight * (x.first_vectors.mean(0) - x.second_vectors.mean(0)).pow(2).sum()


def cs_kd(x, p, real):
    return [entropy(s, y, real) + real(p.weight) * kd_row(s, t, p.temperature, real) for s, t, y in zip(x.student, x.teacher_partners, x.labels)]


def torch_cs_kd(x, p):
    return F.cross_entropy(x.student, x.labels) + p.weight * torch_kd(x.student, x.teacher_partners.detach(), p.temperature).mean()


def ps_kd(x, p, real):
    """What was said in the epoch before, as a softmax at temperature 1, mixed into the label."""
    rows = []
    for s, before, y in zip(x.student, x.teacher_before, x.labels):
        said, log_p = softmax(before, real), log_softmax(s, real)
        target = [real(p.share) * q + (real(1) - real(p.share) if c == y else real(0)) for c, q in enumerate(said)]
        rows.append(-total([q * v for q, v in zip(target, log_p)], real))
    return rows


def torch_ps_kd(x, p):
    target = (1 - p.share) * F.one_hot(x.labels, x.student.shape[1]).to(x.student) + p.share * x.teacher_before.detach().softmax(1)
    return -(target * x.student.log_softmax(1)).sum(1).mean()


def main():
    found = []
    for name, exits, batch, classes, size in (("three exits, 2 images", 3, 2, 3, 4), ("one image", 1, 1, 5, 2), ("two exits, 4 images", 2, 4, 3, 3)):
        def values(what, *shape):
            return draw(f"self-{name}-{what}", shape, -4, 4)

        labels = np.array(integers(f"self-{name}-labels", batch, classes))
        whole = {
            "exits": values("exits", exits, batch, classes), "last": values("last", batch, classes), "features": values("features", exits, batch, size),
            "teacher_feature": values("last feature", batch, size), "labels": labels}
        found.append(case("byot", name, whole, {"temperature": 3.0, "share": 0.3, "feature_weight": 0.03}, byot, torch_byot, ("exits", "last", "features")))
        two = {
            "first": values("first", batch, classes), "second": values("second", batch, classes), "first_vectors": values("first vectors", batch, size),
            "second_vectors": values("second vectors", batch, size), "labels": labels}
        found.append(case("ddgsd", name, two, {"temperature": 3.0, "weight": 0.8, "feature_weight": 0.005}, ddgsd, torch_ddgsd, ("first", "second", "first_vectors", "second_vectors")))
        student = values("student", batch, classes)
        found.append(case("cs_kd", name, {"student": student, "teacher_partners": values("partners", batch, classes), "labels": labels}, {"temperature": 4.0, "weight": 1.0}, cs_kd, torch_cs_kd))
        found.append(case("ps_kd", name, {"student": student, "teacher_before": values("before", batch, classes), "labels": labels}, {"share": 0.6}, ps_kd, torch_ps_kd))
    report(found)
    write("self_distillation.json", {
        "about": about(
            value="the student's whole loss of one batch with the weights in parameters", per_sample="their mean is the value; null where samples interact",
            gradients="of the value, row-major, float64", exits="the first dimension of exits and of features counts the exits",
            teacher_before="logits, whose softmax was remembered", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
