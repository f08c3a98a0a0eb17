"""Losses on feature maps (B, C, H, W) as loops over samples, channels and pixels. One pair of maps each, not weighted."""
import torch
from torch.nn import functional as F

from loops import absolute, case, dot, draw, exp, flat, log, mean, pool_maps, same_size, softmax, sqrt, total, unit

# (name, student's shape, teacher's shape)
EQUAL = (("2x3x2x2", (2, 3, 2, 2), (2, 3, 2, 2)), ("one sample", (1, 2, 3, 3), (1, 2, 3, 3)), ("4x5x2x2", (4, 5, 2, 2), (4, 5, 2, 2)))
POOLED = (("student is larger", (2, 2, 4, 4), (2, 3, 2, 2)), ("teacher is larger", (2, 3, 2, 2), (2, 2, 3, 3)),
          ("student 4, teacher 3", (1, 2, 4, 4), (1, 2, 3, 3)))


def pair(loss, name, s, t, lo=-1.0, hi=1.0):
    return {"student": draw(f"{loss}-{name}-student", s, lo, hi), "teacher": draw(f"{loss}-{name}-teacher", t, lo, hi)}


def torch_same_size(s, t):
    if s.shape[2] > t.shape[2]:
        return F.adaptive_avg_pool2d(s, t.shape[2:]), t
    return s, F.adaptive_avg_pool2d(t, s.shape[2:])


# FitNets, SimKD: the student's map is already regressed or projected. SimKD's own module pools the larger map before its projector
# (DefangChen/SimKD, models/util.py), so that here only a larger teacher's map is left to pool.

def squared(x, p, real):
    student, teacher = same_size(x.student, x.teacher, real)
    return [mean([(s - t) * (s - t) for s, t in zip(flat(a), flat(b))], real) for a, b in zip(student, teacher)]


def torch_squared(x, p):
    return F.mse_loss(*torch_same_size(x.student, x.teacher))


# Attention transfer, factor transfer: RepDistiller's distiller_zoo/AT.py and FT.py; both pool the larger map first.

def attention(sample, real):
    """The L2-normalised mean over channels of the squares, one number per pixel."""
    planes = [flat(plane) for plane in sample]
    return unit([mean([plane[i] * plane[i] for plane in planes], real) for i in range(len(planes[0]))], real)


def at(x, p, real):
    student, teacher = same_size(x.student, x.teacher, real)
    return [mean([(s - t) * (s - t) for s, t in zip(attention(a, real), attention(b, real))], real) for a, b in zip(student, teacher)]


def ft(x, p, real):
    student, teacher = same_size(x.student, x.teacher, real)
    return [mean([absolute(s - t) for s, t in zip(attention(a, real), attention(b, real))], real) for a, b in zip(student, teacher)]


def ft_original(x, p, real):
    """Every channel and pixel of a factor in one unit vector (Jangho-Kim/Factor-Transfer-pytorch, utils.py, with L1Loss)."""
    return [mean([absolute(s - t) for s, t in zip(unit(flat(a), real), unit(flat(b), real))], real) for a, b in zip(x.student, x.teacher)]


def torch_attention(f):
    return F.normalize(f.square().mean(1).flatten(1), dim=1)


def torch_at(x, p):
    s, t = torch_same_size(x.student, x.teacher)
    return F.mse_loss(torch_attention(s), torch_attention(t))


def torch_ft(x, p):
    s, t = torch_same_size(x.student, x.teacher)
    return F.l1_loss(torch_attention(s), torch_attention(t))


def torch_ft_original(x, p):
    return F.l1_loss(F.normalize(x.student.flatten(1)), F.normalize(x.teacher.flatten(1)))


# Similarity preserving: any two shapes of one batch.

def sp(x, p, real):
    def gram(maps):
        rows = [flat(sample) for sample in maps]
        return [unit([dot(a, b, real) for b in rows], real) for a in rows]

    batch = len(x.student)
    differences = [s - t for a, b in zip(gram(x.student), gram(x.teacher)) for s, t in zip(a, b)]
    return total([d * d for d in differences], real) / real(batch * batch)


def torch_sp(x, p):
    s, t = (F.normalize(torch.einsum("ai,bi->ab", f.flatten(1), f.flatten(1)), dim=1) for f in (x.student, x.teacher))
    return (s - t).square().sum() / len(s) ** 2


# Variational information: `student` is the predicted mean; v = log(1 + e^a) + 1e-5 for each channel.

def vid(x, p, real):
    variances = [log(real(1) + exp(a)) + real(1e-5) for a in x.raw_variance]
    values = []
    for mu, target in zip(x.student, x.teacher):
        terms = []
        for variance, a, b in zip(variances, mu, target):
            for m, t in zip(flat(a), flat(b)):
                terms.append(real(0.5) * ((m - t) * (m - t) / variance + log(variance)))
        values.append(mean(terms, real))
    return values


def torch_vid(x, p):
    v = (F.softplus(x.raw_variance) + 1e-5)[None, :, None, None]
    return (((x.student - x.teacher).square() / v + v.log()) / 2).mean()


# Activation boundaries: a sum over channels and pixels, a mean over samples; without the stage's weight and 3/1000.

def ab(x, p, real):
    margin, values = real(p.margin), []
    for student, teacher in zip(x.student, x.teacher):
        terms = []
        for s, t in zip(flat(student), flat(teacher)):
            if t <= real(0) and s > -margin:
                terms.append((s + margin) * (s + margin))
            elif t > real(0) and s <= margin:
                terms.append((s - margin) * (s - margin))
        values.append(total(terms, real))
    return values


def torch_ab(x, p):
    s, on = x.student, x.teacher > 0
    above = torch.where(~on & (s > -p.margin), (s + p.margin).square(), torch.zeros_like(s))
    below = torch.where(on & (s <= p.margin), (s - p.margin).square(), torch.zeros_like(s))
    return (above + below).sum() / len(s)


# Neuron selectivity: channels may differ in number. The teacher's own term is a constant, but part of the value.

def nst(x, p, real):
    student, teacher = same_size(x.student, x.teacher, real)
    values = []
    for a, b in zip(student, teacher):
        s, t = [unit(flat(plane), real) for plane in a], [unit(flat(plane), real) for plane in b]

        def kernel(left, right):
            products = [dot(u, v, real) for u in left for v in right]
            return mean([d * d for d in products], real)

        values.append(kernel(t, t) + kernel(s, s) - real(2) * kernel(s, t))
    return values


def torch_nst(x, p):
    s, t = (F.normalize(f.flatten(2), dim=2) for f in torch_same_size(x.student, x.teacher))

    def kernel(a, b):
        return torch.einsum("bim,bjm->bij", a, b).square().mean()

    return kernel(t, t) + kernel(s, s) - 2 * kernel(s, t)


# Flow of solution procedure: the larger of two consecutive maps of one network is pooled to the smaller.

def fsp(x, p, real):
    def flow(bottom, top):
        bottom, top = same_size(bottom, top, real)
        return [[[mean([u * v for u, v in zip(flat(a), flat(b))], real) for a in low] for b in high] for low, high in zip(bottom, top)]

    student, teacher = flow(x.student_bottom, x.student_top), flow(x.teacher_bottom, x.teacher_top)
    return [mean([(s - t) * (s - t) for s, t in zip(flat(a), flat(b))], real) for a, b in zip(student, teacher)]


def torch_fsp(x, p):
    def flow(bottom, top):
        bottom, top = torch_same_size(bottom, top)
        return torch.einsum("bchw,bdhw->bcd", bottom, top) / (top.shape[2] * top.shape[3])

    return F.mse_loss(flow(x.student_bottom, x.student_top), flow(x.teacher_bottom, x.teacher_top))


# Inter-channel correlation: `student` is already embedded to the teacher's channels; heights and widths may differ.

def ickd(x, p, real):
    def gram(sample):
        planes = [flat(plane) for plane in sample]
        return [unit([dot(a, b, real) for b in planes], real) for a in planes]

    return [total([(s - t) * (s - t) for s, t in zip(flat(gram(a)), flat(gram(b)))], real) / real(len(a)) for a, b in zip(x.student, x.teacher)]


def torch_ickd(x, p):
    s, t = (F.normalize(f.flatten(2) @ f.flatten(2).transpose(1, 2), dim=2) for f in (x.student, x.teacher))
    return (s - t).square().sum() / (s.shape[0] * s.shape[1])


# Hierarchical context loss of ReviewKD: the whole map, then its 4x4, 2x2 and 1x1 averages where they are smaller than the map.

def hcl(x, p, real):
    def error(a, b):
        return mean([(s - t) * (s - t) for s, t in zip(flat(a), flat(b))], real)

    values = []
    for student, teacher in zip(x.student, x.teacher):
        loss, weight, weights = error(student, teacher), real(1), real(1)
        for size in (4, 2, 1):
            if size < len(student[0]):
                weight = weight / real(2)
                weights = weights + weight
                loss = loss + weight * error(pool_maps([student], size, real), pool_maps([teacher], size, real))
        values.append(loss / weights)
    return values


def torch_hcl(x, p):
    sizes = [size for size in (4, 2, 1) if size < x.student.shape[2]]
    d = x.student - x.teacher  # pooling is linear
    terms = [d.square().mean()] + [F.adaptive_avg_pool2d(d, size).square().mean() / 2 ** (i + 1) for i, size in enumerate(sizes)]
    return sum(terms) / sum(0.5 ** i for i in range(len(terms)))


# Overhaul of feature distillation: `student` comes from the connector, `margins` are the teacher's, one (negative) number a channel.
# The teacher's map is pooled to the student's size (mdistiller's OFD.py). Sum over channels and pixels, mean over samples.

def ofd(x, p, real):
    teacher = pool_maps(x.teacher, len(x.student[0][0]), real) if len(x.teacher[0][0]) != len(x.student[0][0]) else x.teacher
    values = []
    for sample, target in zip(x.student, teacher):
        terms = []
        for margin, a, b in zip(x.margins, sample, target):
            for s, t in zip(flat(a), flat(b)):
                if t > real(0):
                    terms.append((s - t) * (s - t))
                elif t > margin and s > t:
                    terms.append((s - t) * (s - t))
                elif t <= margin and s > margin:
                    terms.append((s - margin) * (s - margin))
        values.append(total(terms, real))
    return values


def torch_ofd(x, p):
    s, t = x.student, F.adaptive_avg_pool2d(x.teacher, x.student.shape[2:])
    target = torch.maximum(t, x.margins[None, :, None, None])
    counts = (t > 0) | (s > target)
    return ((s - target).square() * counts).sum() / len(s)


# Class activation maps: both are pooled to r x r, each channel optionally a unit vector over its pixels.

def cat(x, p, real):
    def prepared(maps):
        pooled = [[flat(plane) for plane in sample] for sample in pool_maps(maps, p.resolution, real)]
        return [[unit(plane, real) for plane in sample] for sample in pooled] if p.normalize else pooled

    return [mean([(s - t) * (s - t) for s, t in zip(flat(a), flat(b))], real) for a, b in zip(prepared(x.student), prepared(x.teacher))]


def torch_cat(x, p):
    s, t = (F.adaptive_avg_pool2d(f, p.resolution) for f in (x.student, x.teacher))
    return F.mse_loss(F.normalize(s, dim=(2, 3)), F.normalize(t, dim=(2, 3))) if p.normalize else F.mse_loss(s, t)


# Attention-based feature distillation, given what its linear layers make: queries (B, T, d), keys (B, S, T, d), positions (T, d) and
# (S, d); for the teacher's layer t the values h_teacher_t (B, P_t) and h_student_t (B, S, P_t).

def afd(x, p, real):
    teachers, students, d = len(x.position_teacher), len(x.position_student), len(x.position_teacher[0])
    values = []
    for b in range(len(x.queries)):
        loss = real(0)
        for t in range(teachers):
            scores = [
                (dot(x.queries[b][t], x.keys[b][s][t], real) + dot(x.position_teacher[t], x.position_student[s], real)) / sqrt(real(d))
                for s in range(students)]
            target = getattr(x, f"h_teacher_{t}")[b]
            for s, weight in enumerate(softmax(scores, real)):
                own = getattr(x, f"h_student_{t}")[b][s]
                loss = loss + weight * mean([(u - v) * (u - v) for u, v in zip(own, target)], real)
        values.append(loss)
    return values


def torch_afd(x, p):
    scores = torch.einsum("btd,bstd->bts", x.queries, x.keys) + x.position_teacher @ x.position_student.T
    weights = (scores / x.queries.shape[-1] ** 0.5).softmax(2)
    return sum(
        (weights[:, t] * (getattr(x, f"h_student_{t}") - getattr(x, f"h_teacher_{t}")[:, None]).square().mean(2)).sum(1).mean()
        for t in range(x.queries.shape[1]))


def afd_values(x, p, real):
    """One student's layer and one teacher's, attention 1: shows how h is made of maps. Squares and their mean over channels come first and
    are then pooled to the teacher's size, whichever is larger (clovaai/attention-feature-distillation, distill/AFD.py)."""
    values = []
    for student, teacher in zip(x.student, x.teacher):
        def energy(sample):
            size = len(sample[0])
            return [[mean([plane[i][j] * plane[i][j] for plane in sample], real) for j in range(size)] for i in range(size)]

        own = unit(flat(pool_maps([[energy(student)]], len(teacher[0]), real)), real)
        target = unit(flat(energy(teacher)), real)
        values.append(mean([(s - t) * (s - t) for s, t in zip(own, target)], real))
    return values


def torch_afd_values(x, p):
    own = F.adaptive_avg_pool2d(x.student.square().mean(1, keepdim=True), x.teacher.shape[2:]).flatten(1)
    return F.mse_loss(F.normalize(own), torch_attention(x.teacher))


def afd_inputs(name, batch, students, sizes, d):
    def of(what, *shape):
        return draw(f"afd-{name}-{what}", shape)

    inputs = {
        "queries": of("queries", batch, len(sizes), d), "keys": of("keys", batch, students, len(sizes), d),
        "position_teacher": of("position-teacher", len(sizes), d), "position_student": of("position-student", students, d)}
    for t, size in enumerate(sizes):
        inputs[f"h_teacher_{t}"] = draw(f"afd-{name}-h-teacher-{t}", (batch, size), 0.0, 1.0)
        inputs[f"h_student_{t}"] = draw(f"afd-{name}-h-student-{t}", (batch, students, size), 0.0, 1.0)
    return inputs


def dead(loss):
    """A student whose first sample, and a teacher whose last channel, are all zeros, as ReLU leaves them."""
    inputs = pair(loss, "dead units", (2, 3, 2, 2), (2, 3, 2, 2), 0.0, 1.0)
    inputs["student"][0] = 0
    inputs["teacher"][:, 2] = 0
    return inputs


def same(loss, shape=(2, 3, 2, 2)):
    both = draw(f"{loss}-same", shape)
    return {"student": both, "teacher": both.copy()}


def edges(loss):
    """Numbers on and beside every boundary of the margin losses."""
    grid = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, -0.25]).repeat(8, 1).numpy()
    return {"student": grid.reshape(2, 2, 4, 4), "teacher": grid.T.copy().reshape(2, 2, 4, 4)}


def cases():
    out = []

    def add(loss, loop, vectorised, shapes, parameters=None, wrt=("student",), also=None, extra=()):
        for name, s, t in shapes:
            inputs = pair(loss, name, s, t)
            out.append(case(loss, name, {**inputs, **(also(name, t) if also else {})}, parameters or {}, loop, vectorised, wrt))
        for name, inputs in extra:
            out.append(case(loss, name, inputs, parameters or {}, loop, vectorised, wrt))

    def equal_to_teacher(loss):
        return "student equals teacher", same(loss)

    add("fitnet", squared, torch_squared, EQUAL, extra=[equal_to_teacher("fitnet")])
    add("simkd", squared, torch_squared, EQUAL[:2] + (("teacher is larger", (2, 3, 2, 2), (2, 3, 4, 4)),))
    add("at", at, torch_at, EQUAL + POOLED, extra=[equal_to_teacher("at"), ("dead units", dead("at"))])
    add("ft", ft, torch_ft, EQUAL + POOLED, extra=[("dead units", dead("ft"))])
    add("ft_original", ft_original, torch_ft_original, EQUAL, extra=[("dead units", dead("ft_original"))])
    add("sp", sp, torch_sp, EQUAL + POOLED[:2], extra=[equal_to_teacher("sp")])
    add("vid", vid, torch_vid, EQUAL, wrt=("student", "raw_variance"),
        also=lambda name, t: {"raw_variance": draw(f"vid-{name}-raw", (t[1],), -2, 6)})
    add("ab", ab, torch_ab, tuple((n, s, t) for n, s, t in EQUAL), {"margin": 1.0}, extra=[("on the boundaries", edges("ab"))])
    add("nst", nst, torch_nst, EQUAL + POOLED, extra=[equal_to_teacher("nst"), ("dead units", dead("nst"))])
    for name, batch, shapes in (("same sizes", 2, ((3, 2), (2, 2))), ("one sample, bottom larger", 1, ((2, 4), (3, 2))),
                                ("top larger", 2, ((2, 2), (3, 3)))):
        inputs = {
            f"{who}_{where}": draw(f"fsp-{name}-{who}-{where}", (batch, c, size, size))
            for who in ("student", "teacher") for where, (c, size) in zip(("bottom", "top"), shapes)}
        out.append(case("fsp", name, inputs, {}, fsp, torch_fsp, ("student_bottom", "student_top")))
    add("ickd", ickd, torch_ickd, EQUAL + (("sizes differ", (2, 3, 2, 2), (2, 3, 3, 3)),), extra=[equal_to_teacher("ickd")])
    add("hcl", hcl, torch_hcl, EQUAL + tuple(
        (f"{h} by {h}", (b, 2, h, h), (b, 2, h, h)) for b, h in ((2, 1), (1, 4), (2, 5), (1, 8))))
    add("ofd", ofd, torch_ofd, EQUAL + (("teacher is larger", (2, 2, 2, 2), (2, 2, 4, 4)),),
        also=lambda name, t: {"margins": draw(f"ofd-{name}-margins", (t[1],), -0.8, -0.1)},
        extra=[("on the boundaries", {**edges("ofd"), "margins": draw("ofd-edges", (2,), -0.5, -0.5)})])
    for normalize in (False, True):
        for name, s, t, r in (("2x2", (2, 3, 4, 4), (2, 3, 4, 4), 2), ("one sample, 3 to 2", (1, 4, 3, 3), (1, 4, 4, 4), 2),
                              ("not smaller", (2, 2, 2, 2), (2, 2, 4, 4), 2)):
            label = f"{name}, {'normalised' if normalize else 'as it is'}"
            out.append(case("cat", label, pair("cat", name, s, t), {"resolution": r, "normalize": normalize}, cat, torch_cat))
    for name, batch, students, sizes, d in (("two by two", 3, 2, (4, 1), 3), ("one sample", 1, 3, (4,), 4), ("2x3", 2, 3, (4, 4), 2)):
        inputs = afd_inputs(name, batch, students, sizes, d)
        wrt = tuple(key for key in inputs if not key.startswith("h_teacher"))
        out.append(case("afd", name, inputs, {}, afd, torch_afd, wrt))
    add("afd_values", afd_values, torch_afd_values, EQUAL[:2] + POOLED)
    return out
