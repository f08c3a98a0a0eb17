"""FEED's distance of normalised maps (Park and Kwak 2020, equation 2), summed as printed and as a mean: feature_ensemble.json. A loop over samples."""
from torch.nn import functional as F

from golden import about, write
from loops import case, draw, flat, mean, plain, report, same_size, total, unit


def feature_ensemble(x, p, real):
    student, teacher = same_size(x.student, x.teacher, real)
    values = []
    for s, t in zip(student, teacher):
        apart = [a - b for a, b in zip(unit(flat(t), real), unit(flat(s), real))]
        sizes = [-d if plain(d) < 0 else d for d in apart]
        values.append(total(sizes, real) if p.summed else mean(sizes, real))
    return values


def torch_feature_ensemble(x, p):
    s, t = x.student, x.teacher
    if s.shape[2] > t.shape[2]:
        s = F.adaptive_avg_pool2d(s, t.shape[2:])
    elif s.shape[2] < t.shape[2]:
        t = F.adaptive_avg_pool2d(t, s.shape[2:])
    apart = (F.normalize(t.flatten(1)) - F.normalize(s.flatten(1))).abs()
    return (apart.sum(1) if p.summed else apart.mean(1)).mean()


def main():
    found = []
    for name, own, guide in (("2x3x2x2", (2, 3, 2, 2), (2, 3, 2, 2)), ("one sample", (1, 2, 3, 3), (1, 2, 3, 3)), ("smaller teacher", (2, 2, 4, 4), (2, 2, 2, 2)), ("larger teacher", (2, 2, 2, 2), (2, 2, 4, 4))):
        for summed in (False, True):
            inputs = {"student": draw(f"feed-{name}-student", own), "teacher": draw(f"feed-{name}-teacher", guide)}
            found.append(case("feed", f"{name}, {'sum' if summed else 'mean'}", inputs, {"summed": summed}, feature_ensemble, torch_feature_ensemble))
    report(found)
    write("feature_ensemble.json", {
        "about": about(value="the loss of one batch, not weighted, float64", per_sample="their mean is the value", gradients="of the value, row-major, float64", value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
