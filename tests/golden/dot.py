"""The distillation-oriented trainer (megvii-research/mdistiller, engine/dot.py): dot.json. Two gradients, two momenta, one parameter at a time."""
import numpy as np
import torch

from golden import about, fill, floats, write

STEPS, COUNT = 6, 7


def loop(start, task, distill, momentum, delta, decay, rates):
    """Parameters after each step, by the rules of one parameter."""
    after, values = [], [float(v) for v in start]
    first, second = [None] * len(values), [None] * len(values)
    for step, rate in enumerate(rates):
        for i, value in enumerate(values):
            gradient = float(task[step][i]) + decay * value
            first[i] = gradient if first[i] is None else (momentum - delta) * first[i] + gradient
            other = float(distill[step][i])
            second[i] = other if second[i] is None else (momentum + delta) * second[i] + other
            values[i] = value - rate * first[i] - rate * second[i]
        after.append(list(values))
    return after


def twice(start, task, distill, momentum, delta, decay, rates):
    """The same with tensors: one buffer for each gradient."""
    p, first, second, after = torch.tensor(start, dtype=torch.float64), 0.0, 0.0, []
    for step, rate in enumerate(rates):
        first = (momentum - delta) * first + torch.tensor(task[step], dtype=torch.float64) + decay * p
        second = (momentum + delta) * second + torch.tensor(distill[step], dtype=torch.float64)
        p = p - rate * (first + second)
        after.append(p.numpy())
    return after


def main():
    cases = []
    for name, momentum, delta, decay in (("published", 0.9, 0.075, 5e-4), ("no decay", 0.9, 0.075, 0.0), ("no difference", 0.9, 0.0, 5e-4), ("half", 0.5, 0.09, 0.1)):
        start = fill(f"dot-{name}", (COUNT,), -1, 1)
        task, distill = (fill(f"dot-{name}-{which}", (STEPS, COUNT), -1, 1) for which in ("task", "distill"))
        rates = [0.05, 0.05, 0.05, 0.005, 0.005, 0.0005]
        after = loop(start, task, distill, momentum, delta, decay, rates)
        np.testing.assert_allclose(after, twice(start, task, distill, momentum, delta, decay, rates), rtol=1e-12)
        cases.append({
            "name": name, "momentum": momentum, "delta": delta, "decay": decay, "rates": rates, "start": floats(start), "task": floats(task), "distill": floats(distill),
            "after": floats(after)})
    write("dot.json", {"about": about(after="the parameters after each step, float64"), "cases": cases})


if __name__ == "__main__":
    main()
