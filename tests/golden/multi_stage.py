"""Exits that learn from a teacher's one answer or from its exits one to one (Xu et al. 2022, MSKD and OtO): multi_stage.json.

Loops over exits and samples. The article's equations were not at hand; these are its algorithm's: one sum over the exits of labels and soft labels.
The ensemble is the mean of the exits' logits.
"""
import numpy as np
import torch
from torch.nn import functional as F

from golden import about, integers, write
from logit_samples import kd_row, torch_kd
from loops import case, draw, log_softmax, mean, report, total


def hard(exits, labels, real):
    return [total([-log_softmax(exit[i], real)[y] for exit in exits], real) for i, y in enumerate(labels)]


def partner(k, exits, guides):
    """Which of the teacher's exits teaches exit k: the last the last, the others by their number where there is such a one."""
    return len(guides) - 1 if k == len(exits) - 1 else min(k, len(guides) - 1)


def multi_stage(x, p, real):
    return [total([kd_row(exit[i], x.teacher[i], p.temperature, real) for exit in x.exits], real) for i in range(len(x.teacher))]


def one_to_one(x, p, real):
    return [
        total([kd_row(exit[i], x.teacher[partner(k, x.exits, x.teacher)][i], p.temperature, real) for k, exit in enumerate(x.exits)], real)
        for i in range(len(x.exits[0]))]


def whole(soft):
    def loss(x, p, real):
        labels, taught = hard(x.exits, x.labels, real), soft(x, p, real)
        return [real(1 - p.weight) * a + real(p.weight) * b for a, b in zip(labels, taught)]
    return loss


def ensemble(x, p, real):
    """The labels' loss of the mean of all exits."""
    rows = [[mean([exit[i][c] for exit in x.exits], real) for c in range(len(x.exits[0][0]))] for i in range(len(x.labels))]
    return [-log_softmax(row, real)[y] for row, y in zip(rows, x.labels)]


def torch_multi_stage(x, p):
    return sum(torch_kd(exit, x.teacher, p.temperature).mean() for exit in x.exits)


def torch_one_to_one(x, p):
    return sum(torch_kd(exit, x.teacher[partner(k, x.exits, x.teacher)], p.temperature).mean() for k, exit in enumerate(x.exits))


def torch_whole(soft):
    return lambda x, p: (1 - p.weight) * sum(F.cross_entropy(exit, x.labels) for exit in x.exits) + p.weight * soft(x, p)


def torch_ensemble(x, p):
    return F.cross_entropy(torch.stack(list(x.exits)).mean(0), x.labels)


def cases():
    out = []
    for name, exits, guides, batch, classes in (
            ("four exits each", 4, 4, 3, 5), ("one exit, one sample", 1, 1, 1, 3), ("more exits than the teacher's", 4, 2, 2, 3), ("fewer", 2, 4, 2, 4)):
        def values(what, *shape):
            return draw(f"stages-{name}-{what}", shape, -4, 4)

        labels = np.array(integers(f"stages-{name}-labels", batch, classes))
        said, answer, answers = values("exits", exits, batch, classes), values("teacher", batch, classes), values("teachers", guides, batch, classes)
        parameters = {"temperature": 4.0, "weight": 0.9}
        out.append(case("multi_stage", name, {"exits": said, "teacher": answer}, parameters, multi_stage, torch_multi_stage, ("exits",)))
        out.append(case("one_to_one", name, {"exits": said, "teacher": answers}, parameters, one_to_one, torch_one_to_one, ("exits",)))
        out.append(case("mskd", name, {"exits": said, "teacher": answer, "labels": labels}, parameters, whole(multi_stage), torch_whole(torch_multi_stage), ("exits",)))
        out.append(case("oto", name, {"exits": said, "teacher": answers, "labels": labels}, parameters, whole(one_to_one), torch_whole(torch_one_to_one), ("exits",)))
        out.append(case("ensemble", name, {"exits": said, "labels": labels}, {}, ensemble, torch_ensemble, ("exits",)))
    return out


def main():
    found = cases()
    report(found)
    write("multi_stage.json", {
        "about": about(
            value="of one batch, with tau^2; mskd and oto are the student's whole loss with the weight in parameters", per_sample="their mean is the value",
            gradients="of the value, row-major, float64", exits="their first dimension counts the exits, the last one's last; so does teacher's of one_to_one and oto"),
        "cases": found})


if __name__ == "__main__":
    main()
