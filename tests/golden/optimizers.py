"""torch.optim on a small linear problem, gradient clipping and parameter averaging: optimizers.json.

Twelve parameters p: a "matrix" part of 8 and a "vector" part of 4 (biases, batch norm: what decay often leaves out). The gradient is
g = A p + b. Rows 3 and 10 of A and b are zero: those parameters never see a gradient, so only decay moves them.
"""
import numpy as np
import torch

from golden import about, fill, floats, write

SIZE, SPLIT, STEPS, STILL = 12, 8, 20, (3, 10)
CHANGES = {5: 0.2, 12: 0.05}


def problem():
    a = (np.eye(SIZE, dtype=np.float32) + fill("A", (SIZE, SIZE), -0.3, 0.3)).astype(np.float32)
    b = fill("b", (SIZE,), -1, 1)
    for row in STILL:
        a[row], b[row] = 0, 0
    return a, b, fill("p", (SIZE,), -2, 2)


def trajectory(make, options, excluded, changes, clip, dtype):
    """The parameters after each of the 20 steps. The step of index k (from 0) uses the last rate set at or before k."""
    a, b, start = (torch.tensor(v, dtype=dtype) for v in problem())
    matrix = start[:SPLIT].clone().requires_grad_()
    vector = start[SPLIT:].clone().requires_grad_()
    decay = options.get("weight_decay", 0.0)
    groups = [{"params": [matrix], "weight_decay": decay}, {"params": [vector], "weight_decay": 0.0 if excluded else decay}]
    optimizer = make(groups, **options)
    after = []
    for k in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = options["lr"] * next((f for at, f in sorted(changes.items(), reverse=True) if k >= at), 1.0)
        with torch.no_grad():
            g = a @ torch.cat([matrix, vector]) + b
        matrix.grad, vector.grad = g[:SPLIT].clone(), g[SPLIT:].clone()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([matrix, vector], clip)
        optimizer.step()
        after.append(torch.cat([matrix, vector]).detach().clone())
    return after


def run(name, make, options, excluded=False, changes=None, clip=None):
    changes = changes or {}
    after = trajectory(make, options, excluded, changes, clip, torch.float32)
    exact = trajectory(make, options, excluded, changes, clip, torch.float64)
    error = max(float((x.double() - y).norm() / y.norm()) for x, y in zip(after, exact))
    assert error < 2e-6, (name, error)
    betas = options.get("betas")
    return {
        "name": name, "optimizer": make.__name__.lower(), "lr": options["lr"],
        "momentum": options.get("momentum", 0.0), "nesterov": options.get("nesterov", False),
        "beta1": betas[0] if betas else 0.9, "beta2": betas[1] if betas else 0.999, "eps": options.get("eps", 1e-8),
        "weight_decay": options.get("weight_decay", 0.0), "vector_excluded_from_decay": excluded,
        "lr_per_step": [options["lr"] * next((f for at, f in sorted(changes.items(), reverse=True) if k >= at), 1.0) for k in range(STEPS)],
        "clip_norm": clip, "float32_error": error, "after": [floats(p) for p in after],
    }


def runs():
    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    both = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
    return [
        run("sgd", sgd, {"lr": 0.1}),
        run("sgd momentum", sgd, {"lr": 0.05, "momentum": 0.9}),
        run("sgd nesterov", sgd, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        run("sgd decay", sgd, {"lr": 0.1, "weight_decay": 5e-4}),
        run("sgd momentum decay", sgd, both),
        run("sgd nesterov decay", sgd, {**both, "nesterov": True}),
        run("sgd momentum strong decay", sgd, {**both, "weight_decay": 0.1}),
        run("sgd momentum strong decay, vector excluded", sgd, {**both, "weight_decay": 0.1}, excluded=True),
        run("sgd momentum decay, rate changes", sgd, both, changes=CHANGES),
        run("sgd nesterov decay, rate changes", sgd, {**both, "nesterov": True}, changes=CHANGES),
        run("sgd momentum, clipped", sgd, {"lr": 0.05, "momentum": 0.9}, clip=1.0),
        run("adam", adam, {"lr": 1e-3}),
        run("adam large rate", adam, {"lr": 0.1}),
        run("adam other betas and eps", adam, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3}),
        run("adam decay", adam, {"lr": 0.05, "weight_decay": 0.1}),
        run("adam decay, vector excluded", adam, {"lr": 0.05, "weight_decay": 0.1}, excluded=True),
        run("adam, rate changes", adam, {"lr": 0.1}, changes=CHANGES),
        run("adamw", adamw, {"lr": 1e-3, "weight_decay": 0.01}),
        run("adamw larger rate", adamw, {"lr": 0.05, "weight_decay": 0.01}),
        run("adamw no decay", adamw, {"lr": 0.05, "weight_decay": 0.0}),
        run("adamw strong decay", adamw, {"lr": 0.05, "weight_decay": 0.5}),
        run("adamw strong decay, vector excluded", adamw, {"lr": 0.05, "weight_decay": 0.5}, excluded=True),
        run("adamw strong decay, rate changes", adamw, {"lr": 0.05, "weight_decay": 0.5, "betas": (0.9, 0.99)}, changes=CHANGES),
    ]


def clipping():
    def one(name, gradient, limit):
        parts = [torch.zeros(SPLIT, requires_grad=True), torch.zeros(SIZE - SPLIT, requires_grad=True)]
        parts[0].grad, parts[1].grad = (torch.tensor(g) for g in (gradient[:SPLIT], gradient[SPLIT:]))
        total = torch.nn.utils.clip_grad_norm_(parts, limit)
        clipped = torch.cat([p.grad for p in parts])
        by_hand = gradient.astype(np.float64) * min(1.0, limit / (np.sqrt((gradient.astype(np.float64) ** 2).sum()) + 1e-6))
        np.testing.assert_allclose(clipped.numpy(), by_hand, rtol=1e-6, atol=0)
        return {"name": name, "gradient": floats(gradient), "max_norm": limit, "norm": float(total), "clipped": floats(clipped)}

    g = fill("gradient", (SIZE,), -1, 1)
    return [
        one("longer than the limit", g, 0.5), one("much longer than the limit", (g * np.float32(1e4)).astype(np.float32), 5.0),
        one("shorter than the limit", g, 10.0), one("zero", np.zeros(SIZE, np.float32), 1.0),
        one("tiny, where the 1e-6 in the divisor shows", (g * np.float32(1e-6)).astype(np.float32), 1e-6),
    ]


def averages(path):
    """a <- decay*a + (1-decay)*p after every step, from a = the start; no warm-up and no bias correction."""
    start = problem()[2]
    out = []
    for decay in (0.999, 0.9, 0.0):
        a, after = [float(v) for v in start], []
        for p in path:
            for i in range(SIZE):
                a[i] = decay * a[i] + (1 - decay) * p[i]
            after.append(list(a))
        out.append({"decay": decay, "of": "sgd momentum", "after": after})
    return out


def main():
    a, b, start = problem()
    cases = runs()
    for c in cases:
        print(f"{c['name']:45} {c['float32_error']:.1e} {np.linalg.norm(c['after'][-1]):.6f}")
    write("optimizers.json", {
        "about": about(
            gradient="g = A p + b, float32, taken at the parameters before the step",
            parts=f"p[0:{SPLIT}] is the matrix, p[{SPLIT}:{SIZE}] the vector",
            adam="weight decay is added to the gradient", adamw="weight decay is p <- p*(1 - lr*decay) before the step",
            clipping="g * min(1, max_norm / (norm + 1e-6)) over both parts together",
            average="a <- decay*a + (1-decay)*p after every step, float64, a starts at p's start"),
        "A": floats(a), "b": floats(b), "start": floats(start),
        "runs": cases, "clipping": clipping(), "averages": averages(cases[1]["after"])})


if __name__ == "__main__":
    main()
