"""Losses of logits in which each sample stands alone: loops over the classes of a row.

Where T^2 belongs to a term it is in every one of its parts too, so that parts add up to the whole with the method's own factors.
"""
import torch
from torch.nn import functional as F

from loops import divergence, dot, exp, log, log_softmax, mean, plain, power, softened, sqrt, total


def squared(temperature, real):
    return real(temperature) * real(temperature)


def without(row, c):
    return [z for i, z in enumerate(row) if i != c]


def top(row):
    return max(range(len(row)), key=lambda c: plain(row[c]))


def torch_kd(s, t, temperature):
    """T^2 KL of each sample."""
    return temperature ** 2 * F.kl_div((s / temperature).log_softmax(1), (t / temperature).softmax(1), reduction="none").sum(1)


def kd_row(s, t, temperature, real):
    return squared(temperature, real) * divergence(softened(t, temperature, real), softened(s, temperature, real), real)


# Decoupled: the target class against the rest, and the rest among themselves.

def binary(row, c, temperature, real):
    """The logarithms of (p_c, 1 - p_c); 1 - p_c as the sum of the others, which stays accurate where p_c is nearly 1."""
    log_p = softened(row, temperature, real)
    return [log_p[c], log(total([exp(v) for v in without(log_p, c)], real))]


def tckd_row(s, t, label, temperature, real):
    return squared(temperature, real) * divergence(binary(t, label, temperature, real), binary(s, label, temperature, real), real)


def nckd_row(s, t, label, temperature, real):
    """The code takes 1000 off the target's logit; leaving the class out is the same number."""
    return kd_row(without(s, label), without(t, label), temperature, real)


def dkd_row(s, t, label, p, real):
    target, others = tckd_row(s, t, label, p.temperature, real), nckd_row(s, t, label, p.temperature, real)
    return real(p.alpha) * target + real(p.beta) * others


def by_sample(row_loss):
    return lambda x, p, real: [row_loss(s, t, y, p, real) for s, t, y in zip(x.student, x.teacher, x.labels)]


tckd = by_sample(lambda s, t, y, p, real: tckd_row(s, t, y, p.temperature, real))
nckd = by_sample(lambda s, t, y, p, real: nckd_row(s, t, y, p.temperature, real))
dkd = by_sample(dkd_row)


def torch_binary(z, classes, temperature):
    p = (z / temperature).softmax(1).gather(1, classes[:, None])
    return torch.cat([p, 1 - p], 1)


def torch_tckd(x, p):
    s, t = (torch_binary(z, x.labels, p.temperature) for z in (x.student, x.teacher))
    return p.temperature ** 2 * (t * (t / s).log()).sum() / len(s)


def torch_nckd(x, p):
    hidden = 1000 * F.one_hot(x.labels, x.student.shape[1]).double()
    return torch_kd(x.student - p.temperature * hidden, x.teacher - p.temperature * hidden, p.temperature).mean()


def torch_dkd(x, p):
    return p.alpha * torch_tckd(x, p) + p.beta * torch_nckd(x, p)


# Refined (zju-SWJ/RLD): the teacher's top class against the student's true class; then the classes that the teacher holds strictly
# less likely than the truth. None left means no loss.

def scd(x, p, real):
    a = p.binary_temperature
    return [
        squared(a, real) * divergence(binary(t, top(t), a, real), binary(s, y, a, real), real)
        for s, t, y in zip(x.student, x.teacher, x.labels)]


def mcd(x, p, real):
    values = []
    for s, t, y in zip(x.student, x.teacher, x.labels):
        below = [c for c in range(len(t)) if t[c] < t[y]]
        values.append(kd_row([s[c] for c in below], [t[c] for c in below], p.temperature, real) if below else real(0))
    return values


def rld(x, p, real):
    return [real(p.alpha) * a + real(p.beta) * b for a, b in zip(scd(x, p, real), mcd(x, p, real))]


def torch_scd(x, p):
    s, t = torch_binary(x.student, x.labels, p.binary_temperature), torch_binary(x.teacher, x.teacher.argmax(1), p.binary_temperature)
    return p.binary_temperature ** 2 * (t * (t.log() - s.log())).sum() / len(s)


def torch_mcd(x, p):
    hidden = x.teacher >= x.teacher.gather(1, x.labels[:, None])
    s, t = (z.masked_fill(hidden, -1e9) for z in (x.student, x.teacher))
    return torch_kd(s, t, p.temperature).mean()


def torch_rld(x, p):
    return p.alpha * torch_scd(x, p) + p.beta * torch_mcd(x, p)


# Standardised logits: (z - mean) / (1e-7 + deviation over C - 1), then T^2 KL.

def standard(row, real):
    average = mean(row, real)
    centred = [z - average for z in row]
    deviation = sqrt(dot(centred, centred, real) / real(len(row) - 1))
    return [z / (real(1e-7) + deviation) for z in centred]


def lskd(x, p, real):
    return [kd_row(standard(s, real), standard(t, real), p.temperature, real) for s, t in zip(x.student, x.teacher)]


def torch_lskd(x, p):
    s, t = ((z - z.mean(1, keepdim=True)) / (1e-7 + z.std(1, keepdim=True)) for z in (x.student, x.teacher))
    return torch_kd(s, t, p.temperature).mean()


# Transformed teacher: its probabilities to a power and normalised again; the student at temperature 1; no T^2.

def transformed(x, p, real, weigh):
    values = []
    for s, t in zip(x.student, x.teacher):
        powers = [power(exp(v), real(p.exponent)) for v in log_softmax(t, real)]
        sum_of_powers = total(powers, real)
        loss = divergence([log(v / sum_of_powers) for v in powers], log_softmax(s, real), real)
        values.append(sum_of_powers * loss if weigh else loss)
    return values


def ttm(x, p, real):
    return transformed(x, p, real, False)


def wttm(x, p, real):
    return transformed(x, p, real, True)


def torch_transformed(x, p):
    powers = x.teacher.softmax(1) ** p.exponent
    weight = powers.sum(1)
    return weight, F.kl_div(x.student.log_softmax(1), powers / weight[:, None], reduction="none").sum(1)


def torch_ttm(x, p):
    return torch_transformed(x, p)[1].mean()


def torch_wttm(x, p):
    weight, loss = torch_transformed(x, p)
    return (weight * loss).mean()


# Normalised distillation, yzd-v/cls_KD: -t_y log s_y at T = 1, and gamma T^2 times the cross-entropy of the others among themselves. Older
# versions of that code (and SDD's copy) left the target among "the others" by a mask of ones: nkd_all_classes.

def nkd_row(s, t, label, p, real, others):
    target = -exp(log_softmax(t, real)[label]) * log_softmax(s, real)[label]
    log_t, log_s = softened(others(t, label), p.temperature, real), softened(others(s, label), p.temperature, real)
    return target - real(p.gamma) * squared(p.temperature, real) * total([exp(a) * b for a, b in zip(log_t, log_s)], real)


nkd = by_sample(lambda s, t, y, p, real: nkd_row(s, t, y, p, real, without))
nkd_all_classes = by_sample(lambda s, t, y, p, real: nkd_row(s, t, y, p, real, lambda row, _: row))


def torch_nkd(x, p, keep_target=False):
    hot = F.one_hot(x.labels, x.student.shape[1]).bool()
    target = F.cross_entropy(x.student, x.labels, reduction="none") * x.teacher.softmax(1)[hot]
    s, t = (z / p.temperature if keep_target else (z / p.temperature).masked_fill(hot, -1e9) for z in (x.student, x.teacher))
    return (target + p.gamma * p.temperature ** 2 * F.cross_entropy(s, t.softmax(1), reduction="none")).mean()


# Teacher-free, yuanli2333/Teacher-free-Knowledge-Distillation, loss_kd_regularization: a hand-made distribution (0.99 for the truth) goes
# through a softmax at T as if it were logits; the student is at T = 1; the mean is over samples and classes (their multiplier of 100
# makes up for the latter on CIFAR-100).

def tf_kd(x, p, real):
    values = []
    for s, label in zip(x.student, x.labels):
        rest = real((1 - p.correct) / (len(s) - 1))
        virtual = [real(p.correct) if c == label else rest for c in range(len(s))]
        values.append(divergence(softened(virtual, p.temperature, real), log_softmax(s, real), real) / real(len(s)))
    return values


def torch_tf_kd(x, p):
    hot = F.one_hot(x.labels, x.student.shape[1]).double()
    virtual = hot * p.correct + (1 - hot) * (1 - p.correct) / (hot.shape[1] - 1)
    return F.kl_div(x.student.log_softmax(1), (virtual / p.temperature).softmax(1), reduction="none").mean()


# Mutual learning: the mean over the peers of KL(peer || student), T = 1; the peers are constants.

def dml(x, p, real):
    return [
        mean([divergence(log_softmax(peer[b], real), log_softmax(s, real), real) for peer in x.peers], real) for b, s in enumerate(x.student)]


def torch_dml(x, p):
    return torch.stack([F.kl_div(x.student.log_softmax(1), peer.softmax(1), reduction="batchmean") for peer in x.peers]).mean()


# One for all, Hao840/OFAKD: the teacher's probabilities plus the label, to the power of eps, less the label.

def ofa(x, p, real):
    values = []
    for s, t, label in zip(x.student, x.teacher, x.labels):
        loss = real(0)
        for c, (log_s, log_t) in enumerate(zip(log_softmax(s, real), log_softmax(t, real))):
            hot = real(1 if c == label else 0)
            loss = loss - (power(exp(log_t) + hot, real(p.epsilon)) - hot) * log_s
        values.append(loss)
    return values


def torch_ofa(x, p):
    hot = F.one_hot(x.labels, x.student.shape[1]).double()
    return F.cross_entropy(x.student, (x.teacher.softmax(1) + hot) ** p.epsilon - hot)
