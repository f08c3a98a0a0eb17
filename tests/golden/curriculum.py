"""A temperature learned against the student (zhengli97/CTKD, train_student.py, helper/loops.py): curriculum.json.

`cases` are divergences at a learned temperature, with the plain gradient of theta; `reversed` is the gradient as the reversal hands it on,
by a function of autograd's own; `strengths` is lambda in the first epochs of 240, which that code counts from 1; `steps` are theta after
steps of torch.optim.SGD on answers that stay as they are.
"""
import math

import numpy as np
import torch

from golden import about, floats, write
from loops import case, divergence, draw, exp, log_softmax, report
from logit_samples import torch_kd

START, RANGE, LOOPS = 1.0, 20.0, 10


def ctkd(x, p, real):
    theta = x.theta[0]
    temperature = real(p.start) + real(p.range) / (real(1) + exp(-theta))

    def softened(row):
        return log_softmax([z / temperature for z in row], real)

    return [temperature * temperature * divergence(softened(t), softened(s), real) for s, t in zip(x.student, x.teacher)]


def torch_ctkd(x, p):
    return torch_kd(x.student, x.teacher, p.start + p.range * torch.sigmoid(x.theta)).mean()


class Reversal(torch.autograd.Function):
    """The identity; what comes back is multiplied by a factor, there from 0 down to -1."""

    @staticmethod
    def forward(context, value, factor):
        context.factor = factor
        return value.clone()

    @staticmethod
    def backward(context, gradient):
        return context.factor * gradient, None


def factor(epoch):
    """Their CosineDecay with max 0, min -1 and 10 loops, at an epoch counted from 1."""
    return (math.cos(min(epoch, LOOPS) * math.pi / LOOPS) + 1) / 2 - 1


def loss_of(theta, student, teacher, by):
    return 0.9 * torch_kd(student, teacher, START + RANGE * torch.sigmoid(Reversal.apply(theta, by))).mean()


def logits(name, shape):
    return {who: draw(f"ctkd-{name}-{who}", shape, -4, 4) for who in ("student", "teacher")}


def turned(name, strength):
    student, teacher = (torch.tensor(v.astype(np.float64)) for v in logits(name, (4, 5)).values())
    student.requires_grad_()
    theta = torch.ones(1, dtype=torch.float64, requires_grad=True)
    loss = loss_of(theta, student, teacher, -strength)
    loss.backward()
    return {"strength": strength, "value": loss.item(), "theta": floats(theta.grad), "student": floats(student.grad.reshape(-1))}


def trained(name, epochs):
    """One step an epoch, at the rate, momentum and decay of their script."""
    student, teacher = (torch.tensor(v.astype(np.float64)) for v in logits(name, (4, 5)).values())
    theta = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([theta], lr=0.05, momentum=0.9, weight_decay=5e-4)
    after = []
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        loss_of(theta, student, teacher, factor(epoch)).backward()
        optimizer.step()
        after.append(theta.item())
    return after


def main():
    found = []
    for name, shape in (("2x3", (2, 3)), ("one sample", (1, 5)), ("4x5", (4, 5))):
        # At high temperatures the loss hardly depends on theta: what is left of its gradient has few digits in float32.
        for theta, width in ((-2.0, RANGE), (0.0, 3.0), (1.0, 2.0)):
            inputs = {**logits(name, shape), "theta": np.array([theta], np.float32)}
            found.append(case("ctkd", f"{name}, theta {theta}", inputs, {"start": START, "range": width}, ctkd, torch_ctkd, ("student", "theta")))
    report(found)
    write("curriculum.json", {
        "about": about(
            value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, nothing reversed, row-major, float64", value32="the same loop in float32",
            reversed="0.9 times the loss of the answers of the case 4x5 at theta 1 and range 20, and its gradients with theta's multiplied by minus strength", strengths="lambda in the epochs 1 to 12",
            steps="theta after each of 12 steps, one an epoch, of the same answers"),
        "cases": found, "reversed": [turned("4x5", strength) for strength in (0.0, 0.3, 1.0)],
        "strengths": [-factor(epoch) for epoch in range(1, 13)], "steps": trained("4x5", 12)})


if __name__ == "__main__":
    main()
