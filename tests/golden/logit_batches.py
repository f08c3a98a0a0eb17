"""Losses of logits that compare samples, classes, views or regions with one another."""
import torch
from torch.nn import functional as F

from logit_samples import dkd_row, kd_row, squared, top, torch_binary, torch_kd
from loops import dot, draw, exp, flat, length, mean, pool_maps, softened, total


def probabilities(rows, temperature, real):
    return [[exp(v) for v in softened(row, temperature, real)] for row in rows]


def columns(rows):
    return [list(column) for column in zip(*rows)]


# DIST: Pearson correlations of probabilities, within each sample and within each class. 1e-8 is added to the product of the two norms, as
# in hunto/image_classification_sota; a constant row or column (one sample) correlates by 0.

def pearson_loss(students, teachers, real):
    def centred(row):
        average = mean(row, real)
        return [v - average for v in row]

    pairs = [(centred(s), centred(t)) for s, t in zip(students, teachers)]
    return real(1) - mean([dot(s, t, real) / (length(s, real) * length(t, real) + real(1e-8)) for s, t in pairs], real)


def dist_inter(x, p, real):
    return pearson_loss(probabilities(x.student, p.temperature, real), probabilities(x.teacher, p.temperature, real), real)


def dist_intra(x, p, real):
    student, teacher = (columns(probabilities(rows, p.temperature, real)) for rows in (x.student, x.teacher))
    return pearson_loss(student, teacher, real)


def dist(x, p, real):
    return squared(p.temperature, real) * (dist_inter(x, p, real) + dist_intra(x, p, real))


def torch_pearson(s, t):
    s, t = s - s.mean(1, keepdim=True), t - t.mean(1, keepdim=True)
    return 1 - ((s * t).sum(1) / (s.norm(dim=1) * t.norm(dim=1) + 1e-8)).mean()


def torch_dist_inter(x, p):
    return torch_pearson(*((z / p.temperature).softmax(1) for z in (x.student, x.teacher)))


def torch_dist_intra(x, p):
    return torch_pearson(*((z / p.temperature).softmax(1).T for z in (x.student, x.teacher)))


def torch_dist(x, p):
    return p.temperature ** 2 * (torch_dist_inter(x, p) + torch_dist_intra(x, p))


# Several levels: Gram matrices over the batch and over the classes, without T^2, at one temperature. `mlkd` is the whole as coded in
# Jin-Ying/Multi-Level-Logit-Distillation, KD_ours.py, without 0.9 and cross-entropy: a term of the weak view is multiplied by the share
# of samples (of classes) whose teacher's confidence at T = 1 is at most the median; the strong view's last two temperatures are taken of
# the weak view's logits; the strong view's Gram terms are computed there but never added.

def gram(rows, real):
    return [dot(a, b, real) for a in rows for b in rows]


def gram_loss(students, teachers, real):
    differences = [s - t for s, t in zip(gram(students, real), gram(teachers, real))]
    return dot(differences, differences, real) / real(len(students))


def mlkd_batch(x, p, real):
    return gram_loss(probabilities(x.student, p.temperature, real), probabilities(x.teacher, p.temperature, real), real)


def mlkd_class(x, p, real):
    student, teacher = (columns(probabilities(rows, p.temperature, real)) for rows in (x.student, x.teacher))
    return gram_loss(student, teacher, real)


def share_at_most_median(values, real):
    ordered = sorted(values)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / real(2)
    return real(len([v for v in values if v <= middle])) / real(len(values))


def mlkd(x, p, real):
    def instance(student, teacher, temperature):
        return mean([kd_row(s, t, temperature, real) for s, t in zip(student, teacher)], real)

    certain = probabilities(x.teacher_weak, 1.0, real)
    samples = share_at_most_median([max(row) for row in certain], real)
    classes = share_at_most_median([total(column, real) for column in columns(certain)], real)
    loss = real(0)
    for i, temperature in enumerate(p.temperatures):
        student, teacher = (probabilities(rows, temperature, real) for rows in (x.student_weak, x.teacher_weak))
        loss = loss + samples * instance(x.student_weak, x.teacher_weak, temperature)
        loss = loss + (instance(x.student_strong, x.teacher_strong, temperature) if i < 3 else instance(x.student_weak, x.teacher_weak, temperature))
        loss = loss + samples * gram_loss(student, teacher, real) + classes * gram_loss(columns(student), columns(teacher), real)
    return loss


def torch_gram_loss(s, t):
    return (t @ t.T - s @ s.T).square().sum() / len(s)


def torch_mlkd_batch(x, p):
    return torch_gram_loss(*((z / p.temperature).softmax(1) for z in (x.student, x.teacher)))


def torch_mlkd_class(x, p):
    return torch_gram_loss(*((z / p.temperature).softmax(1).T for z in (x.student, x.teacher)))


def torch_mlkd(x, p):
    def share(v):
        return (v <= v.quantile(0.5)).double().mean()

    certain = x.teacher_weak.softmax(1)
    samples, classes, loss = share(certain.amax(1)), share(certain.sum(0)), 0.0
    for i, temperature in enumerate(p.temperatures):
        weak = torch_kd(x.student_weak, x.teacher_weak, temperature).mean()
        s, t = ((z / temperature).softmax(1) for z in (x.student_weak, x.teacher_weak))
        loss = loss + samples * (weak + torch_gram_loss(s, t)) + classes * torch_gram_loss(s.T, t.T)
        loss = loss + (torch_kd(x.student_strong, x.teacher_strong, temperature).mean() if i < 3 else weak)
    return loss


# Scale-decoupled: the last map averaged over 1, 4 and 16 cells (the 4x4 grid first, the others from it), each cell through the network's
# own classifier: 21 logit vectors. shicaiwei123/SDD-CVPR2024 divides the sum by samples times regions; a region whose teacher is right
# where the whole image is wrong, or the other way round, counts twice.

def regions(sample, weight, bias, grids, real):
    cells = pool_maps([sample], 4, real)[0]
    vectors = []
    for grid in grids:
        pooled = [flat(plane) for plane in (cells if grid == 4 else pool_maps([cells], grid, real)[0])]
        vectors.extend([plane[i] for plane in pooled] for i in range(grid * grid))
    return [[dot(row, vector, real) + b for row, b in zip(weight, bias)] for vector in vectors]


def sdd(x, p, real, row_loss):
    values = []
    for a, b, label in zip(x.student, x.teacher, x.labels):
        students = regions(a, x.student_weight, x.student_bias, p.grids, real)
        teachers = regions(b, x.teacher_weight, x.teacher_bias, p.grids, real)
        whole = top(teachers[0]) == label
        values.append(mean([
            real(1 if (top(t) == label) == whole else 2) * row_loss(s, t, label, p, real) for s, t in zip(students, teachers)], real))
    return values


def sdd_kd(x, p, real):
    return sdd(x, p, real, lambda s, t, label, p, real: kd_row(s, t, p.temperature, real))


def sdd_dkd(x, p, real):
    return sdd(x, p, real, dkd_row)


def torch_regions(maps, weight, bias, grids):
    cells = F.adaptive_avg_pool2d(maps, 4)
    vectors = torch.cat([F.adaptive_avg_pool2d(cells, grid).flatten(2) for grid in grids], 2).transpose(1, 2)
    return F.linear(vectors, weight, bias)  # (B, regions, classes)


def torch_sdd(x, p, decoupled):
    s = torch_regions(x.student, x.student_weight, x.student_bias, p.grids)
    t = torch_regions(x.teacher, x.teacher_weight, x.teacher_bias, p.grids)
    right = t.argmax(2) == x.labels[:, None]
    factor = 1.0 + (right != right[:, :1]).double().flatten()
    s, t, labels = s.flatten(0, 1), t.flatten(0, 1), x.labels.repeat_interleave(s.shape[1])
    if not decoupled:
        return (factor * torch_kd(s, t, p.temperature)).mean()
    ps, pt = (torch_binary(z, labels, p.temperature) for z in (s, t))
    hidden = 1000 * p.temperature * F.one_hot(labels, s.shape[1]).double()
    target = p.temperature ** 2 * (pt * (pt / ps).log()).sum(1)
    return (factor * (p.alpha * target + p.beta * torch_kd(s - hidden, t - hidden, p.temperature))).mean()


def torch_sdd_kd(x, p):
    return torch_sdd(x, p, False)


def torch_sdd_dkd(x, p):
    return torch_sdd(x, p, True)


def sdd_inputs(name, batch, channels, sizes, classes):
    inputs = {}
    for who, c, size in zip(("student", "teacher"), channels, sizes):
        inputs[who] = draw(f"sdd-{name}-{who}", (batch, c, size, size), 0, 2)
        inputs[f"{who}_weight"] = draw(f"sdd-{name}-{who}-weight", (classes, c), -2, 2)
        inputs[f"{who}_bias"] = draw(f"sdd-{name}-{who}-bias", (classes,), -0.1, 0.1)
    return inputs
