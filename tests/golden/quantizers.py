"""Quantizers, value by value: quantizers.json. The best step is searched for by trying every place where a value changes its level."""
import math

from golden import about, fill, floats, write


def on_levels(w, step, half):
    """sign(w) * step * min(floor(|w| / step + 0.5), half), in double precision."""
    if step == 0:
        return 0.0
    size = step * min(math.floor(abs(w) / step + 0.5), half)
    return -size if w < 0 else size


def error(weights, step, half):
    return sum((w - on_levels(w, step, half)) ** 2 for w in weights)


def brute_force(weights, half):
    """Between two neighbouring places no value changes its level, and there the best step is sum(|w| k) / sum(k^2)."""
    places = sorted({abs(w) / (j - 0.5) for w in weights if w != 0 for j in range(1, half + 1)})
    middles = [(a + b) / 2 for a, b in zip(places, places[1:])] + [places[0] / 2]
    best = (float("inf"), 0.0)
    for middle in middles:
        product = square = 0.0
        for w in weights:
            k = min(math.floor(abs(w) / middle + 0.5), half)
            product += abs(w) * k
            square += k * k
        if square > 0:
            step = product / square
            best = min(best, (error(weights, step, half), step))
    return best


CONSTANTS = {("sawb", 2): (3.12, 2.064), ("sawb3", 2): (2.6, 1.71), ("sawb", 3): (7.509, 6.892), ("sawb", 4): (12.68, 12.80)}


def sawb(weights, rule, bits):
    root, mean = CONSTANTS[rule, bits]
    end = root * math.sqrt(sum(w * w for w in weights) / len(weights)) - mean * sum(abs(w) for w in weights) / len(weights)
    levels = 2 ** bits - (1 if rule == "sawb3" else 0)
    grid = [-end + 2 * end * i / (levels - 1) for i in range(levels)]
    return end, [min(grid, key=lambda level: abs(level - w)) for w in weights]


def pact(xs, clip, bits, gradient):
    values, towards_x, towards_clip = [], [], 0.0
    for x, g in zip(xs, gradient):
        y = 0.0 if x < 0 else (clip if x >= clip else x)
        values.append(round(y * (2 ** bits - 1) / clip) * clip / (2 ** bits - 1) if bits < 24 else y)
        towards_x.append(g if 0 < x < clip else 0.0)
        towards_clip += g if x >= clip else 0.0
    return values, towards_x, towards_clip


def bell(name, count):
    """Roughly normal: sums of twelve uniform draws."""
    return [float(sum(row)) for row in fill(name, (count, 12), -0.5, 0.5)]


def main():
    optimal = []
    for bits in (2, 3, 4):
        for count in (8, 20, 60):
            for draw in range(4):
                weights = bell(f"optimal-{bits}-{count}-{draw}", count)
                least, step = brute_force(weights, 2 ** (bits - 1) - 1)
                optimal.append({"bits": bits, "weights": weights, "step": step, "error": least, "values": [on_levels(w, step, 2 ** (bits - 1) - 1) for w in weights]})
    moments = []
    for rule, bits in CONSTANTS:
        weights = bell(f"{rule}-{bits}", 40)
        end, values = sawb(weights, rule, bits)
        moments.append({"rule": rule, "bits": bits, "weights": weights, "end": end, "values": values})
    clipped = []
    for bits in (1, 2, 4, 8, 32):
        xs, gradient = floats(fill(f"pact-x-{bits}", (24,), -2.0, 5.0)), floats(fill(f"pact-g-{bits}", (24,), -1.0, 1.0))
        clip = 2.5
        xs[3] = clip
        values, towards_x, towards_clip = pact(xs, clip, bits, gradient)
        clipped.append({"bits": bits, "clip": clip, "x": xs, "gradient": gradient, "values": values, "towards_x": towards_x, "towards_clip": towards_clip})
    write("quantizers.json", {
        "about": about(optimal="the least of all steps' errors by exhaustive search, float64", sawb="the level nearest to each weight, on a grid whose ends are the rule's", pact="values and gradients of sum(gradient * value)"),
        "optimal": optimal, "sawb": moments, "pact": clipped})


if __name__ == "__main__":
    main()
