"""Cross-entropy, KL divergence with temperature and Hinton's distillation as loops over samples and classes: losses.json.

The float64 loops are the reference; the same loops in float32 show what rounding costs. Gradients are of the mean over samples with
respect to the student's logits, from the closed forms. Every value and gradient is compared here with torch in float64.
"""
import math

import numpy as np
import torch
from torch.nn import functional as F

from golden import about, fill, floats, integers, write

EPSILON, ALPHA, GAMMA, TAU = 0.1, 0.9, 0.1, 4.0
TEMPERATURES = (1.0, 2.0, 4.0, 20.0)


def log_softmax(row, real):
    row = [real(z) for z in row]
    largest = row[0]
    for z in row:
        if z > largest:
            largest = z
    total = real(0)
    for z in row:
        total = real(total + np.exp(real(z - largest)))
    return [real(real(z - largest) - np.log(total)) for z in row]


def softened(row, tau, real):
    return log_softmax([real(real(z) / real(tau)) for z in row], real)


def cross(target, row, real):
    """-sum_c target_c log softmax(row)_c"""
    total = real(0)
    for t, log_p in zip(target, log_softmax(row, real)):
        total = real(total - real(real(t) * log_p))
    return total


def divergence(teacher, student, tau, real):
    """sum_c p_c (log p_c - log q_c), p from the teacher, q from the student, both at temperature tau."""
    total = real(0)
    for log_p, log_q in zip(softened(teacher, tau, real), softened(student, tau, real)):
        total = real(total + real(np.exp(log_p) * real(log_p - log_q)))
    return total


def one_hot(label, classes):
    return [1.0 if c == label else 0.0 for c in range(classes)]


def smooth(label, classes):
    return [(1 - EPSILON) * hot + EPSILON / classes for hot in one_hot(label, classes)]


def cross_gradient(target, row):
    """d/dz_c of the cross-entropy: p_c sum(target) - target_c; the sum is not quite 1 for targets rounded to float32."""
    mass = sum(float(t) for t in target)
    return [math.exp(log_p) * mass - float(t) for t, log_p in zip(target, log_softmax(row, np.float64))]


def divergence_gradient(teacher, student, tau):
    """d/dz_c of the divergence: (q_c - p_c) / tau"""
    p, q = softened(teacher, tau, np.float64), softened(student, tau, np.float64)
    return [(math.exp(b) - math.exp(a)) / tau for a, b in zip(p, q)]


def mean_of(values, real):
    total = real(0)
    for v in values:
        total = real(total + v)
    return real(total / real(len(values)))


def result(rows, value, gradient, expected, scale=1.0):
    """value(b, real) and gradient(b) per sample; expected(student) is torch's vector of per-sample values in float64.

    The terms of a divergence cancel, and T^2 multiplies what rounding left of them: scale widens the float32 tolerance by it."""
    student = rows["student"]
    values = [value(b, np.float64) for b in range(len(student))]
    rounded = [value(b, np.float32) for b in range(len(student))]
    slopes = [[g / len(student) for g in gradient(b)] for b in range(len(student))]

    leaf = torch.tensor(student.astype(np.float64), requires_grad=True)
    theirs = expected(leaf)
    theirs.mean().backward()
    np.testing.assert_allclose(values, theirs.detach().numpy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(slopes, leaf.grad.numpy(), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(rounded, values, rtol=1e-5, atol=2e-6 * scale * max(1.0, float(np.abs(student).max())))
    return {
        "per_sample": floats(values), "mean": float(mean_of(values, np.float64)), "gradient": floats(slopes),
        "float32": {"per_sample": floats(rounded), "mean": float(mean_of(rounded, np.float32))},
    }


def torch_kl(rows, tau):
    teacher = torch.tensor(rows["teacher"].astype(np.float64))
    return lambda z: F.kl_div(F.log_softmax(z / tau, 1), F.log_softmax(teacher / tau, 1), log_target=True, reduction="none").sum(1)


def case(name, rows):
    s, t, soft, labels = rows["student"], rows["teacher"], rows["soft_targets"], rows["labels"]
    classes = s.shape[1]
    y = torch.tensor(labels)
    hard = result(
        rows, lambda b, real: cross(one_hot(labels[b], classes), s[b], real), lambda b: cross_gradient(one_hot(labels[b], classes), s[b]),
        lambda z: F.cross_entropy(z, y, reduction="none"))
    out = {
        "cross_entropy": hard,
        "cross_entropy_soft": result(
            rows, lambda b, real: cross(soft[b], s[b], real), lambda b: cross_gradient(soft[b], s[b]),
            lambda z: F.cross_entropy(z, torch.tensor(soft.astype(np.float64)), reduction="none")),
        "cross_entropy_smoothed": result(
            rows, lambda b, real: cross(smooth(labels[b], classes), s[b], real), lambda b: cross_gradient(smooth(labels[b], classes), s[b]),
            lambda z: F.cross_entropy(z, y, reduction="none", label_smoothing=EPSILON)),
        "kl": [], "kd": [],
    }
    for tau in TEMPERATURES:
        kl = torch_kl(rows, tau)
        out["kl"].append({"temperature": tau, **result(
            rows, lambda b, real: divergence(t[b], s[b], tau, real), lambda b: divergence_gradient(t[b], s[b], tau), kl)})
        out["kd"].append({"temperature": tau, **result(
            rows, lambda b, real: real(real(tau * tau) * divergence(t[b], s[b], tau, real)),
            lambda b: [tau * tau * g for g in divergence_gradient(t[b], s[b], tau)], lambda z: tau * tau * kl(z), scale=tau * tau)})
    kl = torch_kl(rows, TAU)
    out["hinton"] = {"gamma": GAMMA, "alpha": ALPHA, "temperature": TAU, **result(
        rows,
        lambda b, real: real(real(real(GAMMA) * cross(one_hot(labels[b], classes), s[b], real))
                             + real(real(ALPHA * TAU * TAU) * divergence(t[b], s[b], TAU, real))),
        lambda b: [GAMMA * g + ALPHA * TAU * TAU * h
                   for g, h in zip(cross_gradient(one_hot(labels[b], classes), s[b]), divergence_gradient(t[b], s[b], TAU))],
        lambda z: GAMMA * F.cross_entropy(z, y, reduction="none") + ALPHA * TAU * TAU * kl(z), scale=TAU * TAU)}
    return {
        "name": name, "batch": s.shape[0], "classes": classes, "student": floats(s), "teacher": floats(t),
        "labels": labels, "soft_targets": floats(soft), **out}


def inputs(kind, batch, classes):
    name = f"{kind}-{batch}x{classes}"
    shape = (batch, classes)
    logits = {
        "ordinary": lambda who: fill(f"{name}-{who}", shape, -5, 5),
        # Logits of exactly -50, 0 or 50: probabilities below the smallest float32, and ties at the top.
        "extreme": lambda who: np.array(integers(f"{name}-{who}", batch * classes, 3), np.float32).reshape(shape) * 50 - 50,
        "ties": lambda who: np.full(shape, 3.25 if who == "student" else -7.5, np.float32),
        "same": lambda who: fill(f"{name}-both", shape, -5, 5),
    }[kind]
    soft = np.zeros(shape, np.float32)
    for b, row in enumerate(fill(f"{name}-soft", shape, -3, 3)):
        soft[b] = [np.float32(math.exp(v)) for v in log_softmax(row.astype(np.float64), np.float64)]
    return name, {
        "student": logits("student"), "teacher": logits("teacher"), "labels": integers(f"{name}-labels", batch, classes), "soft_targets": soft}


def main():
    shapes = ((1, 10), (4, 10), (3, 100), (2, 2))
    cases = [case(*inputs(kind, *shape)) for kind in ("ordinary", "extreme", "ties", "same") for shape in shapes
             if shape != (3, 100) or kind in ("ordinary", "extreme")]
    for c in cases:
        print(c["name"], [round(c[k]["mean"], 6) for k in ("cross_entropy", "cross_entropy_soft", "cross_entropy_smoothed", "hinton")],
              [round(k["mean"], 8) for k in c["kl"]])
    write("losses.json", {
        "about": about(
            cross_entropy="-log softmax(z)_y", cross_entropy_soft="-sum_c t_c log softmax(z)_c",
            cross_entropy_smoothed=f"soft targets (1-eps)*onehot + eps/C, eps = {EPSILON}",
            kl="sum_c p_c (log p_c - log q_c), p = softmax(teacher/T), q = softmax(student/T); no T^2", kd="T^2 * kl",
            hinton="gamma * cross_entropy + alpha * T^2 * kl",
            gradient="of the mean over samples, with respect to the student's logits, float64"),
        "cases": cases})


if __name__ == "__main__":
    main()
