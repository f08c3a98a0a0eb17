"""Losses on embeddings (B, D), one vector a sample, as loops over pairs and triples of samples. Not weighted."""
import math

import numpy as np
import torch
from torch.nn import functional as F

from loops import absolute, case, dot, draw, exp, length, log, mean, power, sqrt, total, unit

SHAPES = (("2x3", 2, 3, 3), ("4x5", 4, 5, 5), ("3 samples, 4 against 2", 3, 4, 2))
RKD_FLOOR, PKT_EPSILON, CRD_EPSILON = 1e-12, 1e-7, 1e-7


def pair(loss, name, batch, s, t):
    return {"student": draw(f"{loss}-{name}-student", (batch, s)), "teacher": draw(f"{loss}-{name}-teacher", (batch, t))}


# Correlation congruence, the authors' code as RepDistiller has it: consecutive samples of the batch; needs two.

def cc(x, p, real):
    differences = [[absolute(s - t) for s, t in zip(a, b)] for a, b in zip(x.student, x.teacher)]
    return mean([dot(differences[b], differences[b + 1], real) for b in range(len(differences) - 1)], real)


def torch_cc(x, p):
    d = (x.student - x.teacher).abs()
    return (d[1:] * d[:-1]).sum() / (len(d) - 1)


# Correlation congruence as Peng et al. (ICCV 2019) print it: the Gaussian kernel exp(-gamma |a - b|^2) of unit vectors, where
# |a - b|^2 = 2 - 2 a.b, expanded around a.b = 0 up to the given order. The mean over all B x B entries and the defaults gamma 0.4,
# order 2 are those of Corner430/Knowledge-Distillation-Zoo, kd_losses/cc.py (a copy of AberHu's).

def cc_taylor(x, p, real):
    def kernel(rows):
        rows = [unit(row, real) for row in rows]
        entries = []
        for a in rows:
            for b in rows:
                similarity, term, value = dot(a, b, real), real(1), real(0)
                for order in range(p.order + 1):
                    coefficient = math.exp(-2 * p.gamma) * (2 * p.gamma) ** order / math.factorial(order)
                    value = value + real(coefficient) * term
                    term = term * similarity
                entries.append(value)
        return entries

    return mean([(s - t) * (s - t) for s, t in zip(kernel(x.student), kernel(x.teacher))], real)


def torch_cc_taylor(x, p):
    def kernel(rows):
        g = 2 * p.gamma * (F.normalize(rows) @ F.normalize(rows).T)
        return math.exp(-2 * p.gamma) * sum(g ** order / math.factorial(order) for order in range(p.order + 1))

    return F.mse_loss(kernel(x.student), kernel(x.teacher))


# Relations: smooth L1 with its corner at 1, mean over all B^2 pairs or B^3 triples, those of a sample with itself included.

def smooth(a, b, real):
    d = absolute(a - b)
    return real(0.5) * d * d if d < real(1) else d - real(0.5)


def rkd_distance(x, p, real):
    """Distances over their mean; squares are kept above 1e-12 (RepDistiller), so two equal samples are 1e-6 apart and count in it."""
    def distances(rows):
        values = []
        for i, a in enumerate(rows):
            for j, b in enumerate(rows):
                square = total([(u - v) * (u - v) for u, v in zip(a, b)], real)
                values.append(real(0) if i == j else sqrt(square if square > real(RKD_FLOOR) else real(RKD_FLOOR)))
        average = mean([v for v in values if v > real(0)], real)
        return [v / average for v in values]

    return mean([smooth(s, t, real) for s, t in zip(distances(x.student), distances(x.teacher))], real)


def torch_rkd_distance(x, p):
    off = ~torch.eye(len(x.student), dtype=torch.bool)

    def distances(rows):
        d = (rows[:, None] - rows[None])[off].square().sum(-1).clamp(min=RKD_FLOOR).sqrt()
        return d / d.mean()

    # The diagonal is zero on both sides: it adds nothing but counts in the mean.
    return F.smooth_l1_loss(distances(x.student), distances(x.teacher), reduction="sum") / off.numel()


def rkd_angle(x, p, real):
    """The cosine at sample i between the directions to j and to k; a direction of no length is zeros."""
    def cosines(rows):
        values = []
        for here in rows:
            directions = [unit([there - own for there, own in zip(row, here)], real) for row in rows]
            for a in directions:
                for b in directions:
                    values.append(dot(a, b, real))
        return values

    return mean([smooth(s, t, real) for s, t in zip(cosines(x.student), cosines(x.teacher))], real)


def torch_rkd_angle(x, p):
    def cosines(rows):
        d = F.normalize(rows[None] - rows[:, None], dim=2)
        return torch.einsum("ijd,ikd->ijk", d, d)

    return F.smooth_l1_loss(cosines(x.student), cosines(x.teacher))


# Probabilistic transfer: RepDistiller adds 1e-7 to the norm too, so a vector's similarity to itself is not quite 1.

def pkt(x, p, real):
    epsilon = real(PKT_EPSILON)

    def probabilities(rows):
        rows = [[v / (length(row, real) + epsilon) for v in row] for row in rows]
        similar = [[(dot(a, b, real) + real(1)) / real(2) for b in rows] for a in rows]
        return [v / total(row, real) for row in similar for v in row]

    return mean([t * log((t + epsilon) / (s + epsilon)) for s, t in zip(probabilities(x.student), probabilities(x.teacher))], real)


def torch_pkt(x, p):
    def probabilities(rows):
        rows = rows / (rows.norm(dim=1, keepdim=True) + PKT_EPSILON)
        similar = (rows @ rows.T + 1) / 2
        return similar / similar.sum(1, keepdim=True)

    s, t = probabilities(x.student), probabilities(x.teacher)
    return (t * ((t + PKT_EPSILON).log() - (s + PKT_EPSILON).log())).mean()


# Contrastive representation: unit vectors are given. The student is compared with the teacher's memory and the teacher with the
# student's; the first index of each sample is the positive. Z is frozen from the first batch: the mean score times the memory's rows.

def scores(anchor, memory, positive, negatives, p, real):
    return [exp(dot(memory[i], anchor, real) / real(p.temperature)) for i in [positive] + negatives]


def crd(x, p, real):
    rows, k = len(x.memory_student), len(x.negatives[0])
    noise = real(k / rows)

    def one(anchor, memory, b, z):
        found = [score / real(z) for score in scores(anchor, memory, x.positives[b], x.negatives[b], p, real)]
        loss = log(found[0] / (found[0] + noise + real(CRD_EPSILON)))
        for negative in found[1:]:
            loss = loss + log(noise / (negative + noise + real(CRD_EPSILON)))
        return -loss

    return [
        one(x.student[b], x.memory_teacher, b, p.z_student) + one(x.teacher[b], x.memory_student, b, p.z_teacher)
        for b in range(len(x.student))]


def torch_crd(x, p):
    noise = x.negatives.shape[1] / len(x.memory_student)
    index = torch.cat([x.positives[:, None], x.negatives], 1)

    def side(anchor, memory, z):
        s = (torch.einsum("bkd,bd->bk", memory[index], anchor) / p.temperature).exp() / z
        positive = (s[:, 0] / (s[:, 0] + noise + CRD_EPSILON)).log().sum()
        return -(positive + (noise / (s[:, 1:] + noise + CRD_EPSILON)).log().sum()) / len(anchor)

    return side(x.student, x.memory_teacher, p.z_student) + side(x.teacher, x.memory_student, p.z_teacher)


def crd_z(x, p, real):
    every = [s for b, a in enumerate(x.anchors) for s in scores(a, x.memory, x.positives[b], x.negatives[b], p, real)]
    return mean(every, real) * real(len(x.memory))


def torch_crd_z(x, p):
    index = torch.cat([x.positives[:, None], x.negatives], 1)
    return (torch.einsum("bkd,bd->bk", x.memory[index], x.anchors) / p.temperature).exp().mean() * len(x.memory)


# Information-theoretic: the student is already embedded to the teacher's dimensions. The deviation divides by B-1 but the correlation
# by B (roymiles/ITRD, distiller_zoo/IT.py), so even equal embeddings correlate by (B-1)/B only.

def itrd_correlation(x, p, real):
    batch, dimensions = len(x.student), len(x.student[0])

    def standard(rows, d):
        column = [row[d] for row in rows]
        average = mean(column, real)
        deviation = sqrt(total([(v - average) * (v - average) for v in column], real) / real(batch - 1))
        return [(v - average) / deviation for v in column]

    terms = []
    for d in range(dimensions):
        correlation = dot(standard(x.student, d), standard(x.teacher, d), real) / real(batch)
        gap = correlation - real(1)
        terms.append(power(gap * gap, real(p.alpha)))
    return log(total(terms, real)) / real(math.log(2))


def torch_itrd_correlation(x, p):
    s, t = ((f - f.mean(0)) / f.std(0) for f in (x.student, x.teacher))
    return ((s * t).mean(0) - 1).abs().pow(2 * p.alpha).sum().log2()


def itrd_mutual(x, p, real):
    """sum(G_s^2) - sum(G_st^2), each Gram matrix over its trace; dimensions may differ."""
    students, teachers = ([unit(row, real) for row in rows] for rows in (x.student, x.teacher))
    own, joint, own_trace, joint_trace = [], [], real(0), real(0)
    for i in range(len(students)):
        for j in range(len(students)):
            s = dot(students[i], students[j], real)
            st = s * dot(teachers[i], teachers[j], real)
            own.append(s)
            joint.append(st)
            if i == j:
                own_trace, joint_trace = own_trace + s, joint_trace + st
    return total([(s / own_trace) * (s / own_trace) - (st / joint_trace) * (st / joint_trace) for s, st in zip(own, joint)], real)


def torch_itrd_mutual(x, p):
    s, t = (F.normalize(f) @ F.normalize(f).T for f in (x.student, x.teacher))
    return (s / s.trace()).square().sum() - (s * t / (s * t).trace()).square().sum()


def unit_rows(name, shape):
    rows = draw(name, shape).astype(np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def crd_inputs(name, batch, d, rows, k):
    h = draw(f"crd-{name}-order", (batch, rows))
    order = np.argsort(h, axis=1)  # each sample's own order of the memory: its positive, then its negatives
    positives = np.argsort(h[0])[:batch]
    negatives = np.array([[i for i in order[b] if i != positives[b]][:k] for b in range(batch)])
    return {
        "student": unit_rows(f"crd-{name}-student", (batch, d)), "teacher": unit_rows(f"crd-{name}-teacher", (batch, d)),
        "memory_student": unit_rows(f"crd-{name}-ms", (rows, d)), "memory_teacher": unit_rows(f"crd-{name}-mt", (rows, d)),
        "positives": positives, "negatives": negatives}


def remembered():
    """What a batch leaves in a memory: momentum times the old row plus the rest of the new one, then of unit length again."""
    memory, rows, positives, momentum = unit_rows("memory-old", (5, 3)), unit_rows("memory-new", (2, 3)), [4, 1], 0.5
    after = memory.astype(np.float64)
    for row, i in zip(rows.astype(np.float64), positives):
        mixed = [momentum * old + (1 - momentum) * new for old, new in zip(after[i], row)]
        norm = math.sqrt(sum(v * v for v in mixed))
        after[i] = [v / norm for v in mixed]
    expected = F.normalize(momentum * torch.tensor(memory)[positives].double() + (1 - momentum) * torch.tensor(rows).double())
    np.testing.assert_allclose(after[positives], expected.numpy(), rtol=1e-12)
    return {"momentum": momentum, "memory": memory.tolist(), "embeddings": rows.tolist(), "positives": positives, "after": after.tolist()}


def margins():
    """OFD's margin of a channel: the mean of the negative part of a normal variable of the batch norm's bias and |weight|; where less than
    0.001 of it is negative, -3 |weight| (mdistiller, OFD.py)."""
    weight = [1.0, 0.5, -0.75, 0.25, 0.125, 2.0]
    bias = [0.0, -0.5, 0.25, 0.75, 0.5, -4.0]
    values = []
    for w, b in zip(weight, bias):
        s = abs(w)
        below = 0.5 * math.erfc(b / s / math.sqrt(2))
        values.append(b - s * math.exp(-(b / s) ** 2 / 2) / math.sqrt(2 * math.pi) / below if below > 0.001 else -3 * s)
    normal = torch.distributions.Normal(0.0, 1.0)
    for w, b, value in zip(weight, bias, values):  # the mean over a fine grid of the negative axis
        z = torch.linspace(-40.0, 0.0, 2_000_001, dtype=torch.float64)
        density = torch.exp(-((z - b) / abs(w)).square() / 2)
        if normal.cdf(torch.tensor(-b / abs(w))) > 0.001:
            np.testing.assert_allclose(value, (z * density).sum() / (density.sum() - density[-1] / 2), rtol=1e-6)
    return {"weight": weight, "bias": bias, "margin": values}


def cases():
    out = []

    def add(loss, loop, vectorised, shapes=SHAPES, parameters=None, wrt=("student",), equal=True):
        given = [(name, pair(loss, name, b, s, t)) for name, b, s, t in shapes]
        both = draw(f"{loss}-same", (4, 3))
        suffix = "".join(f", {key} {value}" for key, value in (parameters or {}).items())
        for name, inputs in given + ([("student equals teacher", {"student": both, "teacher": both.copy()})] if equal else []):
            out.append(case(loss, name + suffix, inputs, parameters or {}, loop, vectorised, wrt))

    alone = (("one sample", 1, 3, 2),)
    add("cc", cc, torch_cc, tuple(s for s in SHAPES if s[2] == s[3]) + (("3x2", 3, 2, 2),), wrt=("student", "teacher"))
    for gamma, order in ((0.4, 2), (0.5, 3)):
        add("cc_taylor", cc_taylor, torch_cc_taylor, SHAPES + alone, {"gamma": gamma, "order": order}, equal=order == 2)
    add("rkd_distance", rkd_distance, torch_rkd_distance, SHAPES + (("5x2", 5, 2, 3),))
    twins = pair("rkd_distance", "two equal samples", 4, 3, 3)
    twins["student"][2], twins["teacher"][3] = twins["student"][0], twins["teacher"][1]
    out.append(case("rkd_distance", "two equal samples", twins, {}, rkd_distance, torch_rkd_distance))
    add("rkd_angle", rkd_angle, torch_rkd_angle, SHAPES + (("5x2", 5, 2, 3),))
    add("pkt", pkt, torch_pkt, SHAPES + alone)
    # Equal embeddings of a batch make every term (1/B)^(2 alpha): the logarithm stays finite.
    for alpha in (1.01, 1.5):
        add("itrd_correlation", itrd_correlation, torch_itrd_correlation, (("4x3", 4, 3, 3), ("5x2", 5, 2, 2), ("2x3", 2, 3, 3)), {"alpha": alpha})
    add("itrd_mutual", itrd_mutual, torch_itrd_mutual, SHAPES + alone)

    for name, batch, d, rows, k in (("2 of 6, 3 negatives", 2, 3, 6, 3), ("one sample", 1, 4, 5, 4), ("4 of 8, 5 negatives", 4, 3, 8, 5)):
        inputs = crd_inputs(name, batch, d, rows, k)
        frozen = {"temperature": 0.07}
        index = {key: inputs[key] for key in ("positives", "negatives")}
        zs = [
            case("crd_z", f"{name}, {side} anchors", {"anchors": inputs[side], "memory": inputs[f"memory_{other}"], **index}, frozen, crd_z,
                 torch_crd_z, ())
            for side, other in (("student", "teacher"), ("teacher", "student"))]
        out.extend(zs)
        parameters = {**frozen, "z_student": zs[0]["value"], "z_teacher": zs[1]["value"]}
        out.append(case("crd", name, inputs, parameters, crd, torch_crd, ("student", "teacher")))
    return out
