"""What exits learn: HSAKD's (winycg/HSAKD, train_teacher_cifar.py and train_student_cifar.py) and TSKD's, on logits of exits: exit_losses.json.

Loops over exits, rotations, images and classes. Where the repository stacks the four rotations of an image beside one another, here all
images of a rotation follow all of another; every mean is the same. For TSKD only the abstract was at hand: its parts are those of "Be your
own teacher" as ArchipLab-LinfengZhang/pytorch-self-distillation-final codes them, with tau^2, beside a teacher for every exit.
"""
from types import SimpleNamespace

import numpy as np
import torch
from torch.nn import functional as F

from golden import about, integers, write
from logit_samples import kd_row, torch_kd
from loops import case, draw, length, log_softmax, mean, plain, report, total


def joint_truths(labels):
    return [4 * y + r for r in range(4) for y in labels]


def joint(x, p, real):
    """Per image of the stacked view: the sum over exits of the cross-entropy of class and rotation."""
    truths = joint_truths(x.labels)
    return [total([-log_softmax(exit[i], real)[truths[i]] for exit in x.exits], real) for i in range(len(truths))]


def hierarchical(x, p, real):
    """Per image: the exits one to one; more exits than the teacher has learn from its last."""
    rows = []
    for i in range(len(x.student[0])):
        rows.append(total([kd_row(exit[i], x.teacher[min(k, len(x.teacher) - 1)][i], p.temperature, real) for k, exit in enumerate(x.student)], real))
    return rows


def hsakd(x, p, real):
    """The student's whole loss with every weight 1."""
    batch = len(x.labels)
    hard = mean([-log_softmax(x.student_logits[i], real)[x.labels[i]] for i in range(batch)], real)
    soft = mean([kd_row(s, t, p.temperature, real) for s, t in zip(x.student_logits, x.teacher_logits)], real)
    return hard + mean(hierarchical(x, p, real), real) + soft


def held(rows, real):
    return [[real(plain(v)) for v in row] for row in rows]


def self_taught(x, p, real):
    last = held(x.teacher_last, real)
    return [total([kd_row(exit[i], last[i], p.temperature, real) for exit in x.exits], real) for i in range(len(last))]


def feature_gap(x, p, real):
    last = held(x.teacher_last, real)
    return total([length([a - b for row, other in zip(feature, last) for a, b in zip(row, other)], real) for feature in x.features], real)


def tskd(x, p, real):
    exits = x.exits + [x.last]
    hard = total([mean([-log_softmax(row, real)[y] for row, y in zip(exit, x.labels)], real) for exit in exits], real)
    soft = total([mean([kd_row(s, t, p.temperature, real) for s, t in zip(exit, x.teacher)], real) for exit in exits], real)
    own = mean(self_taught(SimpleNamespace(exits=x.exits, teacher_last=x.last), p, real), real)
    near = feature_gap(SimpleNamespace(features=x.features, teacher_last=x.teacher_feature), p, real)
    return hard + soft + real(p.weight) * own + real(p.feature_weight) * near


def torch_joint(x, p):
    truths = torch.cat([4 * x.labels + r for r in range(4)])
    return sum(F.cross_entropy(exit, truths) for exit in x.exits)


def torch_hierarchical(x, p):
    return sum(torch_kd(exit, x.teacher[min(k, len(x.teacher) - 1)], p.temperature).mean() for k, exit in enumerate(x.student))


def torch_hsakd(x, p):
    hard = F.cross_entropy(x.student_logits[: len(x.labels)], x.labels)
    return hard + torch_hierarchical(x, p) + torch_kd(x.student_logits, x.teacher_logits, p.temperature).mean()


def torch_self_taught(x, p):
    return sum(torch_kd(exit, x.teacher_last.detach(), p.temperature).mean() for exit in x.exits)


def torch_feature_gap(x, p):
    return sum(torch.dist(feature, x.teacher_last.detach()) for feature in x.features)


def torch_tskd(x, p):
    exits = [*x.exits, x.last]
    hard = sum(F.cross_entropy(exit, x.labels) for exit in exits)
    soft = sum(torch_kd(exit, x.teacher, p.temperature).mean() for exit in exits)
    own = torch_self_taught(SimpleNamespace(exits=x.exits, teacher_last=x.last), p)
    return hard + soft + p.weight * own + p.feature_weight * torch_feature_gap(SimpleNamespace(features=x.features, teacher_last=x.teacher_feature), p)


def cases():
    out = []
    for name, exits, guides, batch, classes in (("three exits, 2 images", 3, 3, 2, 3), ("one image", 2, 2, 1, 2), ("more exits than the teacher's", 3, 1, 2, 2), ("fewer", 1, 3, 3, 2)):
        def logits(what, *shape):
            return draw(f"exits-{name}-{what}", shape, -4, 4)

        labels = np.array(integers(f"exits-{name}-labels", batch, classes))
        student, teacher = logits("student", exits, 4 * batch, 4 * classes), logits("teacher", guides, 4 * batch, 4 * classes)
        whole = {
            "student": student, "teacher": teacher, "student_logits": logits("student logits", 4 * batch, classes),
            "teacher_logits": logits("teacher logits", 4 * batch, classes), "labels": labels}
        out.append(case("hsakd_joint", name, {"exits": student, "labels": labels}, {}, joint, torch_joint, ("exits",)))
        out.append(case("hsakd_exits", name, {"student": student, "teacher": teacher}, {"temperature": 3.0}, hierarchical, torch_hierarchical))
        out.append(case("hsakd", name, whole, {"temperature": 3.0}, hsakd, torch_hsakd, ("student", "student_logits")))
    for name, exits, batch, classes, length_of in (("three exits, 2 images", 3, 2, 3, 4), ("one image", 1, 1, 5, 2), ("two exits, 4 images", 2, 4, 3, 3)):
        def values(what, *shape):
            return draw(f"tskd-{name}-{what}", shape, -4, 4)

        labels = np.array(integers(f"tskd-{name}-labels", batch, classes))
        said, last = values("exits", exits, batch, classes), values("last", batch, classes)
        features, last_feature = values("features", exits, batch, length_of), values("last feature", batch, length_of)
        out.append(case("self_taught", name, {"exits": said, "teacher_last": last}, {"temperature": 3.0}, self_taught, torch_self_taught, ("exits",)))
        out.append(case("feature_gap", name, {"features": features, "teacher_last": last_feature}, {}, feature_gap, torch_feature_gap, ("features",)))
        whole = {"exits": said, "last": last, "features": features, "teacher_feature": last_feature, "teacher": values("teacher", batch, classes), "labels": labels}
        parameters = {"temperature": 3.0, "weight": 0.3, "feature_weight": 0.03}
        out.append(case("tskd", name, whole, parameters, tskd, torch_tskd, ("exits", "last", "features")))
    return out


def main():
    found = cases()
    report(found)
    write("exit_losses.json", {
        "about": about(
            value="of one batch, with tau^2; hsakd and tskd are the student's whole loss with the weights in parameters",
            per_sample="their mean is the value; null where samples interact", gradients="of the value, row-major, float64",
            teacher_last="the network's own last exit, which nothing flows into; teacher_feature its pooled vector",
            exits="the first dimension of exits, of student and teacher of HSAKD and of features counts the exits"),
        "cases": found})


if __name__ == "__main__":
    main()
