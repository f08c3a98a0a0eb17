"""torch.optim.lr_scheduler, rate by rate: schedules.json.

values[k] is the rate in force during step (or epoch) k, k = 0 … total-1: what the optimizer's group holds after k calls of
scheduler.step(). The last entry of every list is the rate of the last step that is taken, not the one after it.
"""
import math

import torch
from torch.optim import lr_scheduler as lrs

from golden import about, write


def values(lr, total, make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer)
    out = []
    for k in range(total):
        out.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if k + 1 < total:
            scheduler.step()
    return out


def row(name, kind, lr, total, make, closed=None, **settings):
    """closed(k) is the formula by hand; the recursions inside PyTorch must agree with it."""
    got = values(lr, total, make)
    if closed:
        for k, v in enumerate(got):
            assert math.isclose(v, closed(k), rel_tol=1e-9, abs_tol=1e-12), (name, k, v, closed(k))
    return {"name": name, "kind": kind, "lr": lr, "total": total, **settings, "values": got}


def constant(lr, total):
    return row("constant", "constant", lr, total, lambda o: lrs.LambdaLR(o, lambda _: 1.0), lambda k: lr)


def step(lr, total, every, factor):
    return row(f"step every {every}", "step", lr, total, lambda o: lrs.StepLR(o, every, factor),
               lambda k: lr * factor ** (k // every), every=every, factor=factor)


def multi_step(lr, total, at, factor):
    return row(f"multi-step {at}", "multi_step", lr, total, lambda o: lrs.MultiStepLR(o, at, factor),
               lambda k: lr * factor ** sum(k >= m for m in at), milestones=at, factor=factor)


def cosine(lr, total, floor, over):
    return row(f"cosine to {floor} over {over}", "cosine", lr, total, lambda o: lrs.CosineAnnealingLR(o, over, floor),
               lambda k: floor + (lr - floor) * (1 + math.cos(math.pi * k / over)) / 2, floor=floor, over=over)


def one_cycle(peak, total, anneal, start=0.3, div=25.0, final=1e4):
    def closed(k):
        up_end, down_end = start * total - 1, total - 1
        low, end = peak / div, peak / div / final
        mix = (lambda a, b, t: b + (a - b) * (1 + math.cos(math.pi * t)) / 2) if anneal == "cos" else (lambda a, b, t: a + (b - a) * t)
        return mix(low, peak, k / up_end) if k <= up_end else mix(peak, end, (k - up_end) / (down_end - up_end))

    return row(f"one-cycle {anneal} {total} start {start}", "one_cycle", peak, total,
               lambda o: lrs.OneCycleLR(o, peak, total_steps=total, pct_start=start, anneal_strategy=anneal, cycle_momentum=False,
                                        div_factor=div, final_div_factor=final, three_phase=False),
               closed, anneal=anneal, pct_start=start, div_factor=div, final_div_factor=final)


def linear(lr, total, first, last, over):
    return row(f"linear {first} to {last} over {over}", "linear", lr, total, lambda o: lrs.LinearLR(o, first, last, over),
               lambda k: lr * (first + (last - first) * min(k, over) / over), start_factor=first, end_factor=last, over=over)


def polynomial(lr, total, over, power):
    return row(f"polynomial power {power} over {over}", "polynomial", lr, total, lambda o: lrs.PolynomialLR(o, over, power),
               lambda k: lr * (1 - min(k, over) / over) ** power, over=over, power=power)


def joined(name, lr, total, parts, at, settings, closed):
    """SequentialLR: from step at[i] on, part i+1 counts its own steps from 0."""
    return row(name, "join", lr, total, lambda o: lrs.SequentialLR(o, [p(o) for p in parts], at), closed, milestones=at, parts=settings)


def warm_up_cosine(lr, total, warm, first):
    rest = total - warm
    return joined(
        f"warm-up {warm} from {first}, then cosine", lr, total,
        [lambda o: lrs.LinearLR(o, first, 1.0, warm), lambda o: lrs.CosineAnnealingLR(o, rest, 0.0)], [warm],
        [{"kind": "linear", "start_factor": first, "end_factor": 1.0, "over": warm}, {"kind": "cosine", "floor": 0.0, "over": rest}],
        lambda k: lr * (first + (1 - first) * k / warm) if k < warm else lr * (1 + math.cos(math.pi * (k - warm) / rest)) / 2)


def joins():
    lr = 0.1
    return [
        warm_up_cosine(lr, 30, 5, 0.1), warm_up_cosine(0.05, 12, 1, 0.01), warm_up_cosine(lr, 100, 10, 1 / 3),
        joined("constant factor, then multi-step", lr, 20,
               [lambda o: lrs.LinearLR(o, 0.5, 0.5, 4), lambda o: lrs.MultiStepLR(o, [6, 12], 0.1)], [4],
               [{"kind": "linear", "start_factor": 0.5, "end_factor": 0.5, "over": 4},
                {"kind": "multi_step", "milestones": [6, 12], "factor": 0.1}],
               lambda k: lr * 0.5 if k < 4 else lr * 0.1 ** sum(k - 4 >= m for m in (6, 12))),
        joined("three parts", lr, 24,
               [lambda o: lrs.LinearLR(o, 0.25, 1.0, 4), lambda o: lrs.LambdaLR(o, lambda _: 1.0), lambda o: lrs.PolynomialLR(o, 10, 2.0)],
               [4, 14],
               [{"kind": "linear", "start_factor": 0.25, "end_factor": 1.0, "over": 4}, {"kind": "constant"},
                {"kind": "polynomial", "over": 10, "power": 2.0}],
               lambda k: lr * (0.25 + 0.75 * k / 4) if k < 4 else lr if k < 14 else lr * (1 - (k - 14) / 10) ** 2),
    ]


def main():
    rows = [
        constant(0.1, 5), step(0.1, 30, 10, 0.1), step(0.05, 12, 5, 0.5), multi_step(0.05, 240, [150, 180, 210], 0.1),
        multi_step(0.1, 20, [5, 6, 15], 0.2), cosine(0.1, 30, 0.0, 30), cosine(0.05, 30, 0.001, 29), cosine(0.2, 8, 0.0, 8),
        one_cycle(0.1, 50, "cos"), one_cycle(0.1, 50, "linear"), one_cycle(0.4, 37, "cos"), one_cycle(0.4, 37, "linear"),
        one_cycle(0.2, 20, "cos", 0.25, 10.0, 100.0), linear(0.1, 12, 1 / 3, 1.0, 5), linear(0.1, 10, 1.0, 0.0, 10),
        linear(0.1, 12, 0.01, 0.5, 8), polynomial(0.1, 24, 20, 1.0), polynomial(0.1, 24, 20, 2.0), polynomial(0.1, 24, 20, 0.9),
    ] + joins()
    for r in rows:
        print(f"{r['name']:45}", [round(v, 7) for v in (r["values"][0], r["values"][len(r["values"]) // 2], r["values"][-1])])
    write("schedules.json", {
        "about": about(
            values="values[k] is the rate in force during step k (k from 0): after k calls of scheduler.step()",
            multi_step="milestone m: the smaller rate is used from step m on",
            one_cycle="lr is the peak; it starts at peak/div_factor, peaks at pct_start*total - 1 (not a whole number in general), "
                      "ends at step total-1 with peak/div_factor/final_div_factor",
            linear="lr times start_factor … end_factor, constant afterwards", polynomial="lr*(1 - min(k, over)/over)^power",
            join="from milestones[i] on, part i+1 counts its own steps from 0; every part has the same lr"),
        "schedules": rows})


if __name__ == "__main__":
    main()
