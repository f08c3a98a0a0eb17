"""What DAFL's generator is held to (huawei-noah/Efficient-Computing, DAFL-train.py) and images made of activation records (iRapha/replayed_distillation), by loops, and the generator itself in training mode: data_free.json."""
import math

import torch
from torch import nn
from torch.nn import functional as F

from golden import about, fill, floats, write
from loops import case, draw, log, log_softmax, mean, plain, report, softmax, total


def one_hot(x, p, real):
    values = []
    for row in x.logits:
        largest = max(range(len(row)), key=lambda c: plain(row[c]))
        values.append(-log_softmax(row, real)[largest])
    return values


def activation(x, p, real):
    values = []
    for row in x.embedding:
        sizes = [-f if plain(f) < 0 else f for f in row]
        values.append(-mean(sizes, real))
    return values


def entropy(x, p, real):
    rows = [softmax(row, real) for row in x.logits]
    shares = [mean([row[c] for row in rows], real) for c in range(len(rows[0]))]
    return total([share * log(share) for share in shares], real) / real(math.log(p.base))


def leaves(nested):
    return [leaf for part in nested for leaf in leaves(part)] if isinstance(nested, list) else [nested]


def record(x, p, real):
    values = []
    for computed, recorded in zip(x.computed, x.recorded):
        pairs = list(zip(leaves(computed), leaves(recorded)))
        rectified = [(a if plain(a) > 0 else real(0), r if plain(r) > 0 else real(0)) for a, r in pairs]
        values.append(mean([(a - r) * (a - r) for a, r in rectified], real) / real(len(pairs)))
    return values


def torch_record(x, p):
    return F.mse_loss(x.computed.relu(), x.recorded.relu()) / x.computed[0].numel()


def torch_one_hot(x, p):
    return F.cross_entropy(x.logits, x.logits.argmax(1))


def torch_activation(x, p):
    return -x.embedding.abs().mean()


def torch_entropy(x, p):
    shares = x.logits.softmax(1).mean(0)
    return (shares * torch.log10(shares)).sum() / torch.log10(torch.tensor(float(p.base), dtype=torch.float64))


def generator(latent, channels, size, epsilon):
    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.quarter = size // 4
            self.l1 = nn.Sequential(nn.Linear(latent, 128 * self.quarter ** 2))
            self.conv_blocks0 = nn.Sequential(nn.BatchNorm2d(128))
            self.conv_blocks1 = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1), nn.BatchNorm2d(128, epsilon), nn.LeakyReLU(0.2))
            self.conv_blocks2 = nn.Sequential(
                nn.Conv2d(128, 64, 3, padding=1), nn.BatchNorm2d(64, epsilon), nn.LeakyReLU(0.2), nn.Conv2d(64, channels, 3, padding=1), nn.Tanh(), nn.BatchNorm2d(channels, affine=False))

        def forward(self, z):
            x = self.conv_blocks0(self.l1(z).view(-1, 128, self.quarter, self.quarter))
            x = self.conv_blocks1(F.interpolate(x, scale_factor=2))
            return self.conv_blocks2(F.interpolate(x, scale_factor=2))

    return Generator()


def generated(latent, channels, size, epsilon, batch):
    network = generator(latent, channels, size, epsilon).train()
    with torch.no_grad():
        for name, values in network.named_parameters():
            lo, hi = (0.5, 1.5) if values.dim() == 1 and name.endswith("weight") else (-0.1, 0.1)
            values.copy_(torch.from_numpy(fill(f"generator-{name}", tuple(values.shape), lo, hi)))
    noise = torch.from_numpy(fill("generator-noise", (batch, latent), -2.0, 2.0))
    images = network(noise)
    return {
        "latent": latent, "channels": channels, "size": size, "epsilon": epsilon, "batch": batch,
        "parameters": sum(values.numel() for values in network.parameters()),
        "names": [[name, list(values.shape)] for name, values in network.named_parameters()],
        "images": floats(images.detach().double().numpy().reshape(-1)),
        "running": {name: floats(values.double().numpy().reshape(-1)) for name, values in network.named_buffers() if name.startswith("conv_blocks2") and "num_batches" not in name}}


def main():
    found = []
    for name, shape in (("2x3", (2, 3)), ("one sample", (1, 4)), ("6x10", (6, 10))):
        logits = draw(f"dafl-{name}-logits", shape, -4.0, 4.0)
        found.append(case("one-hot", name, {"logits": logits}, {}, one_hot, torch_one_hot, wrt=("logits",)))
        found.append(case("activation", name, {"embedding": draw(f"dafl-{name}-embedding", shape)}, {}, activation, torch_activation, wrt=("embedding",)))
        for base in (10.0, 2.718281828459045):
            found.append(case("entropy", f"{name}, base {base:.0f}", {"logits": logits}, {"base": base}, entropy, torch_entropy, wrt=("logits",)))
    for name, shape in (("2x3", (2, 3)), ("map", (3, 2, 4, 4))):
        layers = {"computed": draw(f"record-{name}-computed", shape, -2.0, 2.0), "recorded": draw(f"record-{name}-recorded", shape, -2.0, 2.0)}
        found.append(case("record", name, layers, {}, record, torch_record, wrt=("computed",)))
    report(found)
    write("data_free.json", {
        "about": about(
            value="the loss of one batch, not weighted, float64", per_sample="their mean is the value, where there are any", gradients="of the value, row-major, float64",
            value32="the same loop in float32", generators="weights 'generator-NAME' filled with 0.5 … 1.5 for a norm's weight and -0.1 … 0.1 else; noise 'generator-noise' with -2 … 2; one pass in training mode"),
        "cases": found,
        "counts": [[100, 1, 32, sum(v.numel() for v in generator(100, 1, 32, 0.8).parameters())], [1000, 3, 32, sum(v.numel() for v in generator(1000, 3, 32, 0.8).parameters())]],
        "generators": [generated(6, 1, 8, 0.8, 4), generated(5, 3, 8, 1e-5, 3)]})


if __name__ == "__main__":
    main()
