"""What the literal loops of features.py and distill_logits.py share: numbers, pooling, softmax, and the making and checking of a case.

A loss is written once, over nested lists of numbers, and runs three times: with np.float64 (the reference), with np.float32 (what
rounding costs) and with Traced (the gradient, by the chain rule through the very same loop). Every constant of a loop goes through
`real`, because NumPy's float32 times a Python number is a float64; a result of another type than `real` is refused, so that no
float32 loop is secretly wider. Each case is compared with an independent vectorised writing in PyTorch, float64, and its autograd.
"""
from types import SimpleNamespace

import numpy as np
import torch

from golden import fill, floats

EPSILON = 1e-12  # what torch.nn.functional.normalize keeps the norm above
AGREEMENT = 1e-10


class Traced:
    """A float64 that remembers what it was made of: the parents and the partial derivative for each."""

    __slots__ = ("number", "parents", "slope")
    __array_ufunc__ = None  # so that np.float64 + Traced asks Traced

    def __init__(self, number, *parents):
        self.number, self.parents, self.slope = number, parents, 0.0

    def __add__(self, other):
        if isinstance(other, Traced):
            return Traced(self.number + other.number, (self, 1.0), (other, 1.0))
        return Traced(self.number + other, (self, 1.0))

    def __sub__(self, other):
        if isinstance(other, Traced):
            return Traced(self.number - other.number, (self, 1.0), (other, -1.0))
        return Traced(self.number - other, (self, 1.0))

    def __rsub__(self, other):
        return Traced(other - self.number, (self, -1.0))

    def __mul__(self, other):
        if isinstance(other, Traced):
            return Traced(self.number * other.number, (self, other.number), (other, self.number))
        return Traced(self.number * other, (self, other))

    def __truediv__(self, other):
        if isinstance(other, Traced):
            quotient = self.number / other.number
            return Traced(quotient, (self, 1.0 / other.number), (other, -quotient / other.number))
        return Traced(self.number / other, (self, 1.0 / other))

    def __rtruediv__(self, other):
        quotient = other / self.number
        return Traced(quotient, (self, -quotient / self.number))

    def __neg__(self):
        return Traced(-self.number, (self, -1.0))

    __radd__, __rmul__ = __add__, __mul__

    def __gt__(self, other):
        return plain(self) > plain(other)

    def __lt__(self, other):
        return plain(self) < plain(other)

    def __ge__(self, other):
        return plain(self) >= plain(other)

    def __le__(self, other):
        return plain(self) <= plain(other)


def plain(x):
    return x.number if isinstance(x, Traced) else x


def exp(x):
    if isinstance(x, Traced):
        y = np.exp(x.number)
        return Traced(y, (x, y))
    return np.exp(x)


def log(x):
    return Traced(np.log(x.number), (x, 1.0 / x.number)) if isinstance(x, Traced) else np.log(x)


def sqrt(x):
    """The square root; its slope at zero counts as zero, as PyTorch has it for norms."""
    if isinstance(x, Traced):
        y = np.sqrt(x.number)
        return Traced(y, (x, 0.5 / y if y > 0 else 0.0))
    return np.sqrt(x)


def power(x, exponent):
    """x to a constant, for x >= 0."""
    if isinstance(x, Traced):
        return Traced(x.number ** exponent, (x, exponent * x.number ** (exponent - 1)))
    return x ** exponent


def absolute(x):
    return Traced(abs(x.number), (x, np.sign(x.number))) if isinstance(x, Traced) else abs(x)


def backward(result):
    """Fills in `slope` for everything that `result` was made of."""
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    result.slope = 1.0
    for node in reversed(order):
        for parent, partial in node.parents:
            parent.slope += node.slope * partial


def total(values, real):
    sum_so_far = real(0)
    for v in values:
        sum_so_far = sum_so_far + v
    return sum_so_far


def mean(values, real):
    return total(values, real) / real(len(values))


def dot(a, b, real):
    return total([x * y for x, y in zip(a, b)], real)


def length(row, real):
    return sqrt(dot(row, row, real))


def unit(row, real):
    """row / max(|row|, 1e-12), as torch.nn.functional.normalize: a row of zeros stays one."""
    norm = length(row, real)
    norm = norm if norm > real(EPSILON) else real(EPSILON)
    return [v / norm for v in row]


def log_softmax(row, real):
    largest = row[0]
    for z in row:
        if z > largest:
            largest = z
    largest = plain(largest)  # the shift cancels, so it carries no slope
    shifted = [z - largest for z in row]
    log_sum = log(total([exp(z) for z in shifted], real))
    return [z - log_sum for z in shifted]


def softmax(row, real):
    return [exp(v) for v in log_softmax(row, real)]


def softened(row, temperature, real):
    return log_softmax([z / real(temperature) for z in row], real)


def divergence(log_p, log_q, real):
    """KL(p || q) = sum_c p_c (log p_c - log q_c)"""
    return total([exp(a) * (a - b) for a, b in zip(log_p, log_q)], real)


def pool(plane, size, real):
    """Adaptive average pooling of one H x W plane to size x size: cell i covers rows floor(i H / size) up to ceil((i+1) H / size)."""
    height, width = len(plane), len(plane[0])
    cells = []
    for i in range(size):
        row = []
        for j in range(size):
            inside = []
            for y in range(i * height // size, -(-(i + 1) * height // size)):
                for x in range(j * width // size, -(-(j + 1) * width // size)):
                    inside.append(plane[y][x])
            row.append(mean(inside, real))
        cells.append(row)
    return cells


def pool_maps(maps, size, real):
    return [[pool(plane, size, real) for plane in sample] for sample in maps]


def same_size(student, teacher, real):
    """The larger of two square maps, average-pooled to the smaller."""
    s, t = len(student[0][0]), len(teacher[0][0])
    if s > t:
        return pool_maps(student, t, real), teacher
    if s < t:
        return student, pool_maps(teacher, s, real)
    return student, teacher


def flat(nested):
    return [v for part in nested for v in flat(part)] if isinstance(nested, list) else [nested]


def draw(name, shape, lo=-1.0, hi=1.0):
    return fill(name, shape, lo, hi)


def nested(array, make):
    return [nested(part, make) for part in array] if getattr(array, "ndim", 0) > 0 else make(array)


def integral(array):
    return np.issubdtype(array.dtype, np.integer)


def as_numbers(inputs, real, traced=()):
    def make(name, array):
        if integral(array):
            return nested(array, int)
        return nested(array, (lambda v: Traced(np.float64(v))) if name in traced else real)

    return SimpleNamespace(**{name: make(name, array) for name, array in inputs.items()})


def run(loop, inputs, parameters, real):
    """The loss and its values per sample (or None); a loop returns either the values per sample or one value."""
    result = loop(as_numbers(inputs, real), SimpleNamespace(**parameters), real)
    values = result if isinstance(result, list) else None
    value = mean(values, real) if values is not None else result
    for v in [value] + (values or []):
        assert type(v) is real, f"a loop in {real.__name__} gave {type(v).__name__}"
    return value, values


def gradients(loop, inputs, parameters, wrt):
    x = as_numbers(inputs, np.float64, wrt)
    result = loop(x, SimpleNamespace(**parameters), np.float64)
    value = mean(result, np.float64) if isinstance(result, list) else result
    if isinstance(value, Traced):  # else nothing that is asked for went into it
        backward(value)
    return {name: [v.slope for v in flat(getattr(x, name))] for name in wrt}


def torch_result(vectorised, inputs, parameters, wrt):
    def leaf(name, array):
        return torch.tensor(array) if integral(array) else torch.tensor(array.astype(np.float64), requires_grad=name in wrt)

    tensors = {name: leaf(name, array) for name, array in inputs.items()}
    value = vectorised(SimpleNamespace(**tensors), SimpleNamespace(**parameters))
    if not wrt:
        return value.item(), {}
    found = torch.autograd.grad(value, [tensors[name] for name in wrt], allow_unused=True)
    return value.item(), {name: np.zeros(inputs[name].size) if g is None else g.reshape(-1).numpy() for name, g in zip(wrt, found)}


def case(loss, name, inputs, parameters, loop, vectorised, wrt=("student",)):
    """One entry of the file, after the loop, its gradient and PyTorch have been found to agree."""
    what = f"{loss} {name}"
    inputs = {key: np.asarray(array, dtype=None if integral(np.asarray(array)) else np.float32) for key, array in inputs.items()}
    value, per_sample = run(loop, inputs, parameters, np.float64)
    rounded, _ = run(loop, inputs, parameters, np.float32)
    slopes = gradients(loop, inputs, parameters, wrt) if wrt else {}
    expected, expected_slopes = torch_result(vectorised, inputs, parameters, wrt)
    np.testing.assert_allclose(value, expected, rtol=AGREEMENT, atol=1e-14, err_msg=what)
    for key in wrt:
        largest = max(1.0, float(np.abs(expected_slopes[key]).max()))
        np.testing.assert_allclose(slopes[key], expected_slopes[key], rtol=AGREEMENT, atol=1e-13 * largest, err_msg=f"{what}: {key}")
    np.testing.assert_allclose(rounded, value, rtol=1e-3, atol=1e-5, err_msg=what)
    return {
        "loss": loss, "name": name,
        "inputs": {
            key: {"shape": list(array.shape), "values": array.reshape(-1).tolist() if integral(array) else floats(array.reshape(-1))}
            for key, array in inputs.items()},
        "parameters": parameters, "value": float(value), "per_sample": None if per_sample is None else floats(per_sample),
        "gradients": {key: floats(g) for key, g in slopes.items()}, "value32": float(rounded)}


def report(cases):
    for c in cases:
        print(f"{c['loss']:18} {c['name']:28} {c['value']:.12g}   float32 off by {abs(c['value32'] - c['value']):.1e}")
