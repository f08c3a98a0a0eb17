"""Losses that look at several views of a batch, SSKD's (xuguodong03/SSKD, student.py): views.json. Loops over views, originals and classes."""
import numpy as np
import torch
from torch.nn import functional as F

from golden import about, integers, write
from logit_samples import kd_row, torch_kd
from loops import case, dot, draw, log_softmax, mean, plain, report, unit


def likeness(views, originals, real):
    """Cosines: a row per view, a column per original."""
    columns = [unit(row, real) for row in originals]
    return [[dot(unit(row, real), column, real) for column in columns] for row in views]


def head(x, p, real):
    """The teacher's head: each view is asked which original it came from, without a temperature."""
    return [-log_softmax(row, real)[own] for row, own in zip(likeness(x.views, x.originals, real), x.own)]


def rank(row, truth):
    """How many the teacher holds more likely than the truth."""
    return len([v for v in row if plain(v) > plain(row[truth])])


def kept(rows, truths, share):
    """Everything right, and of the wrong the best-ranked share, rounded down; equal ranks in their order."""
    ranks = [rank(row, truth) for row, truth in zip(rows, truths)]
    right, wrong = len([r for r in ranks if r == 0]), len([r for r in ranks if r > 0])
    order = sorted(range(len(ranks)), key=lambda i: (ranks[i], i))
    return sorted(order[:right + int(wrong * share)])


def selected(students, teachers, truths, p, real):
    chosen = kept(teachers, truths, p.share)
    return mean([kd_row(students[i], teachers[i], p.temperature, real) for i in chosen], real) if chosen else real(0)


def transformed(x, p, real):
    return selected(x.student, x.teacher, x.labels, p, real)


def self_supervised(x, p, real):
    students, teachers = likeness(x.student_views, x.student_originals, real), likeness(x.teacher_views, x.teacher_originals, real)
    return selected(students, teachers, x.own, p, real)


def torch_likeness(views, originals):
    return F.cosine_similarity(views[:, None], originals[None], dim=2)


def torch_head(x, p):
    return F.cross_entropy(torch_likeness(x.views, x.originals), x.own)


def torch_selected(student, teacher, truth, p):
    ranks = (teacher > teacher.gather(1, truth[:, None])).sum(1)
    chosen = torch.sort(ranks, stable=True).indices[: int((ranks == 0).sum()) + int(int((ranks > 0).sum()) * p.share)]
    return torch_kd(student[chosen], teacher[chosen], p.temperature).mean() if len(chosen) else student.sum() * 0


def torch_transformed(x, p):
    return torch_selected(x.student, x.teacher, x.labels, p)


def torch_self(x, p):
    student, teacher = torch_likeness(x.student_views, x.student_originals), torch_likeness(x.teacher_views, x.teacher_originals)
    return torch_selected(student, teacher, x.own, p)


def cases():
    out = []
    for name, originals, d in (("3 originals", 3, 4), ("2 originals, 5 values", 2, 5), ("one original", 1, 3)):
        views = 3 * originals
        own = np.array([i % originals for i in range(views)])
        both = {f"{who}_{what}": draw(f"sskd-{name}-{who}-{what}", (count, size))
                for who, size in (("student", d), ("teacher", d + 1)) for what, count in (("views", views), ("originals", originals))}
        given = {"views": both["teacher_views"], "originals": both["teacher_originals"], "own": own}
        out.append(case("sskd_head", name, given, {}, head, torch_head, ("views", "originals")))
        for share in (0.75, 0.3):
            out.append(case("sskd_self", f"{name}, share {share}", {**both, "own": own}, {"temperature": 0.5, "share": share}, self_supervised, torch_self,
                            ("student_views", "student_originals")))
    for name, rows, classes in (("6x4", 6, 4), ("3x5", 3, 5), ("one row", 1, 3)):
        pair = {who: draw(f"sskd-{name}-{who}", (rows, classes), -4, 4) for who in ("student", "teacher")}
        labels = {"labels": np.array(integers(f"sskd-{name}-labels", rows, classes))}
        for share in (1.0, 0.5):
            out.append(case("sskd_transformed", f"{name}, share {share}", {**pair, **labels}, {"temperature": 4.0, "share": share}, transformed, torch_transformed))
    # Every rank, and the wrong ones of equal rank in their order.
    ranked = np.array([[3, 1, -1], [1, 3, -1], [-1, 1, 3], [1, -1, 3], [3, 1, -1], [1, 3, -1]], np.float32)
    labels = np.array([0, 0, 0, 0, 2, 1])
    student = draw("sskd-ranked-student", (6, 3), -2, 2)
    for share in (1.0, 0.75, 0.5, 0.25, 0.0):
        given = {"student": student, "teacher": ranked, "labels": labels}
        out.append(case("sskd_transformed", f"every rank, share {share}", given, {"temperature": 4.0, "share": share}, transformed, torch_transformed))
    return out


def main():
    found = cases()
    report(found)
    write("views.json", {
        "about": about(value="the loss of one batch of views, not weighted, with T^2, float64", per_sample="their mean is the value; null where samples interact",
                       gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
