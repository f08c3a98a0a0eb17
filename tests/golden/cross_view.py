"""A weak and a strong view held together (arcaninez/CRLD, mdistiller/distillers/CRLD.py): cross_view.json. Loops over samples.

There the mask of the terms within a view is the teacher's confidence in the weak view, for both views, and that of the terms across views
its confidence in the strong one; a masked sample is a zero in a mean over the whole batch.
"""
import numpy as np

from golden import about, write
from logit_samples import kd_row, torch_kd
from loops import case, draw, plain, report, softmax


def sure(row, threshold, real):
    return max(plain(v) for v in softmax(row, real)) >= real(threshold)


def views(x):
    return zip(x.student_weak, x.teacher_weak, x.student_strong, x.teacher_strong)


def within(x, p, real):
    values = []
    for s_weak, t_weak, s_strong, t_strong in views(x):
        if sure(t_weak, p.threshold, real):
            values.append(kd_row(s_weak, t_weak, p.temperature, real) + kd_row(s_strong, t_strong, p.temperature, real))
        else:
            values.append(real(0))
    return values


def across(x, p, real):
    values = []
    for s_weak, t_weak, s_strong, t_strong in views(x):
        if sure(t_strong, p.threshold, real):
            values.append(kd_row(s_strong, t_weak, p.temperature, real) + kd_row(s_weak, t_strong, p.temperature, real))
        else:
            values.append(real(0))
    return values


def torch_within(x, p):
    mask = x.teacher_weak.softmax(1).amax(1) >= p.threshold
    return ((torch_kd(x.student_weak, x.teacher_weak, p.temperature) + torch_kd(x.student_strong, x.teacher_strong, p.temperature)) * mask).mean()


def torch_across(x, p):
    mask = x.teacher_strong.softmax(1).amax(1) >= p.threshold
    return ((torch_kd(x.student_strong, x.teacher_weak, p.temperature) + torch_kd(x.student_weak, x.teacher_strong, p.temperature)) * mask).mean()


def inputs(name, batch, classes, reach):
    return {
        f"{who}_{view}": draw(f"crld-{name}-{who}-{view}", (batch, classes), -reach, reach)
        for view in ("weak", "strong") for who in ("student", "teacher")}


def main():
    found = []
    # The teacher's confidences: of these samples some are above each threshold in one view only, in both, and in none.
    split = inputs("one view only", 4, 3, 1.0)
    split["teacher_weak"] = np.array([[6, 0, 0], [0, 0.5, 0], [0, 0, 7], [0.1, 0, 0]], np.float32)
    split["teacher_strong"] = np.array([[0, 0.3, 0], [8, 0, 0], [0, 6, 0], [0, 0, 0.2]], np.float32)
    given = {"4x5": inputs("4x5", 4, 5, 4.0), "one sample": inputs("one sample", 1, 3, 4.0), "one view only": split}
    for name, all_inputs in given.items():
        for threshold in (0.0, 0.2, 0.6, 0.9):
            parameters = {"temperature": 4.0, "threshold": threshold}
            for loss, loop, vectorised in (("crld_within", within, torch_within), ("crld_across", across, torch_across)):
                found.append(case(loss, f"{name}, threshold {threshold}", all_inputs, parameters, loop, vectorised, ("student_weak", "student_strong")))
    report(found)
    write("cross_view.json", {
        "about": about(value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
