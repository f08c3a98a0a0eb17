"""Writes torch_seeds.json: what PyTorch itself draws from given seeds, and what its operators answer on filled tensors.

The tests of TorchSharp (the package, or the stand-in for it) compare with these values.
    python3 tests/golden/torch_seeds.py
Made with PyTorch 1.13.1 on the CPU.
"""
import json
import os
import torch
import torch.nn.functional as F


def fill(*shape):
    n = 1
    for s in shape:
        n *= s
    values = torch.zeros(n, dtype=torch.float64)
    for i in range(n):
        values[i] = ((i * 37) % 101) / 50.0 - 1.0
    return values.to(torch.float32).reshape(*shape)


def flat(t):
    t = t.detach()
    if t.is_complex():
        t = torch.view_as_real(t)
    return [float(f"{float(v):.9g}") for v in t.to(torch.float64).reshape(-1)]


seeds = {}


def drawn(name, seed, draw):
    torch.manual_seed(seed)
    seeds[name] = flat(draw())


drawn("randn 5 seed 0", 0, lambda: torch.randn(5))
drawn("randn 4x8 seed 1", 1, lambda: torch.randn(4, 8))
drawn("randn float64 20 seed 2", 2, lambda: torch.randn(20, dtype=torch.float64))
drawn("rand 3x7 seed 3", 3, lambda: torch.rand(3, 7))
drawn("randint 100 of 12 seed 4", 4, lambda: torch.randint(100, (12,)))
drawn("randint -5..5 of 12 seed 5", 5, lambda: torch.randint(-5, 5, (12,)))
drawn("randperm 10 seed 0", 0, lambda: torch.randperm(10))
drawn("randperm 1000 seed 6", 6, lambda: torch.randperm(1000))
drawn("bernoulli seed 7", 7, lambda: torch.bernoulli(torch.full((20,), 0.3)))
drawn("bernoulli_ 0.25 seed 7", 7, lambda: torch.zeros(20).bernoulli_(0.25))
drawn("multinomial seed 8", 8, lambda: torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 12, replacement=True))
drawn("normal_ 2 3 seed 9", 9, lambda: torch.zeros(17).normal_(2, 3))
drawn("uniform_ -1 4 seed 10", 10, lambda: torch.zeros(9).uniform_(-1, 4))
drawn("normal of tensors seed 11", 11, lambda: torch.normal(torch.arange(6.0), torch.ones(6)))
drawn("randn_like seed 12", 12, lambda: torch.randn_like(torch.zeros(2, 3)))
drawn("dropout 0.5 seed 13", 13, lambda: F.dropout(torch.ones(24), 0.5))
drawn("two draws seed 14", 14, lambda: torch.cat([torch.rand(3), torch.randn(3)]))
seeds["generator 123 rand 6"] = flat(torch.rand(6, generator=torch.Generator().manual_seed(123)))
seeds["generator 123 randperm 9"] = flat(torch.randperm(9, generator=torch.Generator().manual_seed(123)))
seeds["generator 123 randn 18"] = flat(torch.randn(18, generator=torch.Generator().manual_seed(123)))

x = fill(2, 3, 8, 8)
a = fill(4, 6)
b = fill(6, 5)
logits = fill(5, 7)
other = fill(5, 7).flip(0)
labels = torch.tensor([0, 3, 6, 2, 1])
w = fill(4, 3, 3, 3)
signal = torch.sin(torch.arange(400, dtype=torch.float32) * 0.05) + 0.5 * torch.cos(torch.arange(400, dtype=torch.float32) * 0.31)
operators = {
    "mm": a.mm(b),
    "einsum": torch.einsum("ij,jk->ki", a, b),
    "cdist": torch.cdist(a, fill(3, 6)),
    "softmax": logits.softmax(1),
    "log_softmax": logits.log_softmax(1),
    "logsumexp": logits.logsumexp(1),
    "var unbiased": logits.var(1),
    "var biased": logits.var(1, unbiased=False),
    "std all": logits.std(),
    "norm 1": logits.norm(1),
    "norm dim": logits.norm(2, 1),
    "topk": logits.topk(3, 1)[0],
    "sort": logits.sort(1, descending=True)[1],
    "cumsum": logits.cumsum(1),
    "median": logits.median(),
    "quantile": logits.quantile(torch.tensor([0.25, 0.5]), dim=1),
    "roll": logits.roll([1, 2], [0, 1]),
    "rot90": logits.rot90(1, [0, 1]),
    "remainder": logits.remainder(0.3),
    "floor div": logits.div(0.3, rounding_mode="floor"),
    "lerp": logits.lerp(other, torch.full_like(other, 0.3)),
    "addcdiv": logits.addcdiv(other, other + 3, value=0.5),
    "conv2d": F.conv2d(x, w, stride=2, padding=1),
    "conv1d": F.conv1d(fill(2, 3, 9), fill(4, 3, 3), padding=1),
    "conv_transpose2d": F.conv_transpose2d(x, fill(3, 2, 4, 4), stride=2, padding=1),
    "grouped conv2d": F.conv2d(x, fill(3, 1, 3, 3), groups=3),
    "linear": F.linear(a, fill(3, 6), fill(3)),
    "max_pool2d": F.max_pool2d(x, 3, 2, 1),
    "avg_pool2d": F.avg_pool2d(x, 2),
    "adaptive_avg_pool2d": F.adaptive_avg_pool2d(x, (3, 2)),
    "adaptive_max_pool2d": F.adaptive_max_pool2d(x, (2, 2)),
    "nearest": F.interpolate(x, size=(5, 11), mode="nearest"),
    "bilinear": F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False),
    "bilinear corners": F.interpolate(x, size=(5, 5), mode="bilinear", align_corners=True),
    "bicubic": F.interpolate(x, size=(12, 12), mode="bicubic", align_corners=False),
    "area": F.interpolate(x, size=(4, 4), mode="area"),
    "pad constant": F.pad(x, (1, 2, 0, 1), value=0.5),
    "pad reflect": F.pad(x, (2, 2, 1, 1), mode="reflect"),
    "pad replicate": F.pad(x, (2, 2, 1, 1), mode="replicate"),
    "batch_norm": F.batch_norm(x, torch.zeros(3), torch.ones(3), fill(3), fill(3), training=True),
    "group_norm": F.group_norm(x, 3, fill(3), fill(3)),
    "layer_norm": F.layer_norm(logits, (7,), fill(7), fill(7)),
    "normalize": F.normalize(logits, dim=1),
    "gelu": F.gelu(logits),
    "elu": F.elu(logits, 0.7),
    "softplus": F.softplus(logits, 2, 1),
    "leaky_relu": F.leaky_relu(logits, 0.2),
    "hardtanh": F.hardtanh(logits, -0.4, 0.3),
    "silu": F.silu(logits),
    "cross_entropy": F.cross_entropy(logits, labels),
    "cross_entropy smoothed none": F.cross_entropy(logits, labels, label_smoothing=0.1, reduction="none"),
    "cross_entropy soft": F.cross_entropy(logits, other.softmax(1)),
    "nll_loss": F.nll_loss(logits.log_softmax(1), labels, reduction="sum"),
    "kl_div log": F.kl_div(logits.log_softmax(1), other.log_softmax(1), log_target=True, reduction="sum"),
    "kl_div plain": F.kl_div(logits.log_softmax(1), other.softmax(1), reduction="sum"),
    "mse_loss": F.mse_loss(logits, other),
    "l1_loss": F.l1_loss(logits, other, reduction="sum"),
    "smooth_l1_loss": F.smooth_l1_loss(logits, other, beta=0.5),
    "bce": F.binary_cross_entropy(logits.sigmoid(), other.sigmoid()),
    "bce logits": F.binary_cross_entropy_with_logits(logits, other.sigmoid(), pos_weight=fill(7).abs()),
    "cosine_similarity": F.cosine_similarity(logits, other),
    "triplet": F.triplet_margin_loss(logits, other, logits.flip(1)),
    "one_hot": F.one_hot(labels, 8),
    "grid_sample": F.grid_sample(x, F.affine_grid(fill(2, 2, 3), (2, 3, 5, 5), align_corners=False), align_corners=False),
    "grid_sample border": F.grid_sample(x, F.affine_grid(fill(2, 2, 3) * 2, (2, 3, 5, 5), align_corners=True), mode="nearest", padding_mode="border", align_corners=True),
    "unfold": F.unfold(x, 3, padding=1, stride=2),
    "pixel_shuffle": F.pixel_shuffle(fill(1, 8, 2, 2), 2),
    "stft": torch.stft(signal.reshape(1, -1), 64, window=torch.hann_window(64), return_complex=True),
    "stft hop": torch.stft(signal, 50, hop_length=20, win_length=40, window=torch.hann_window(40), center=False, return_complex=True),
    "istft": torch.istft(torch.stft(signal, 64, window=torch.hann_window(64), return_complex=True), 64, window=torch.hann_window(64), length=400),
    "hann_window": torch.hann_window(10),
    "repeat_interleave": labels.repeat_interleave(labels),
    "bincount": labels.bincount(minlength=9),
    "unique": torch.tensor([3, 1, 3, 2, 1]).unique(),
    "index mask": logits[logits > 0.5],
    "index tensor": logits[torch.tensor([4, 0, 2])],
    "index mixed": x[:, torch.tensor([2, 0]), 1:7:2, ..., 3],
    "gather": logits.gather(1, labels.reshape(-1, 1)),
    "scatter": torch.zeros(5, 7).scatter(1, labels.reshape(-1, 1), torch.ones(5, 1)),
    "tril": fill(4, 4).tril(-1),
    "eigvalsh": torch.linalg.eigvalsh(a.mm(a.t())),
    "svdvals": torch.linalg.svdvals(a),
}
operators = {name: {"shape": list(t.shape), "values": flat(t)} for name, t in operators.items()}

# one step of a small network, with every gradient
net = [fill(4, 3, 3, 3).requires_grad_(), fill(5, 4 * 64).mul(0.1).requires_grad_()]
out = F.linear(F.relu(F.conv2d(x, net[0], padding=1)).flatten(1), net[1])
F.cross_entropy(out, torch.tensor([1, 4])).backward()
gradients = {"convolution": flat(net[0].grad), "linear": flat(net[1].grad)}

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "torch_seeds.json"), "w") as f:
    lines = lambda table: "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}"
    f.write(f'{{"torch": {json.dumps(torch.__version__)},\n"seeds": {lines(seeds)},\n"operators": {lines(operators)},\n"gradients": {lines(gradients)}}}\n')
