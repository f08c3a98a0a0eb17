"""Networks in plain PyTorch, written from their descriptions, and what they compute on filled weights: networks.json.

ResNet, wide ResNet and VGG for 32x32 images as used by the CIFAR distillation literature (He et al. 2016; Zagoruyko & Komodakis
2016; Simonyan & Zisserman 2015 with batch norm), LeNet-5 and its half as in data-free learning (Chen et al. 2019). The parameter
names are those of the public checkpoints. Global average pooling replaces a fixed 8x8 window, which is the same thing at 32x32.
The ResNets of four stages and the small networks (MobileNetV2, ShuffleNetV1 and V2) are in mobile.py, networks of other shapes in large.py.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from golden import FILL, about, fill, floats, write
from large import LARGE, LARGE_CASES, check_peers
from mobile import SMALL


def conv(i, o, k, stride=1, bias=False):
    return nn.Conv2d(i, o, k, stride=stride, padding=k // 2, bias=bias)


def pooled(x):
    return x.mean(dim=(2, 3))


class ResidualBlock(nn.Module):
    def __init__(self, i, o, stride, padded):
        super().__init__()
        self.padded, self.more = padded, o - i
        self.conv1, self.bn1 = conv(i, o, 3, stride), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv(o, o, 3), nn.BatchNorm2d(o)
        if not padded and (stride != 1 or i != o):
            self.downsample = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o))

    def shortcut(self, x):
        if self.padded and self.more:
            # Option A of He et al.: every second pixel, and as many channels of zeros before as behind.
            image = x[:, :, ::2, ::2]
            zeros = torch.zeros(image.shape[0], self.more // 2, *image.shape[2:], dtype=x.dtype)
            return torch.cat([zeros, image, zeros], 1)
        return self.downsample(x) if hasattr(self, "downsample") else x

    def sum(self, x):
        shortcut = self.shortcut(x)
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut


class ResNet(nn.Module):
    family = "resnet"

    def __init__(self, depth, widths, channels, classes, padded=False):
        super().__init__()
        blocks = (depth - 2) // 6
        assert blocks * 6 + 2 == depth
        self.conv1, self.bn1 = conv(channels, widths[0], 3), nn.BatchNorm2d(widths[0])
        for s in (1, 2, 3):
            chain = [ResidualBlock(widths[s - 1], widths[s], 1 if s == 1 else 2, padded)]
            chain += [ResidualBlock(widths[s], widths[s], 1, padded) for _ in range(blocks - 1)]
            setattr(self, f"layer{s}", nn.Sequential(*chain))
        self.fc = nn.Linear(widths[3], classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        taps, before = {"f0": x}, {}
        for s in (1, 2, 3):
            for block in getattr(self, f"layer{s}"):
                total = block.sum(x)
                x = F.relu(total)
            taps[f"f{s}"], before[f"f{s}"] = x, total
        taps["f4"] = pooled(x)
        return self.fc(taps["f4"]), taps, before


class WideBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), conv(i, o, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(o), conv(o, o, 3)
        if i != o:
            self.convShortcut = conv(i, o, 1, stride)

    def forward(self, x):
        active = F.relu(self.bn1(x))
        branch = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return branch + (self.convShortcut(active) if hasattr(self, "convShortcut") else x)


class WideGroup(nn.Module):
    def __init__(self, i, o, stride, blocks):
        super().__init__()
        self.layer = nn.Sequential(WideBlock(i, o, stride), *[WideBlock(o, o, 1) for _ in range(blocks - 1)])

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    family = "wrn"

    def __init__(self, depth, factor, channels, classes):
        super().__init__()
        blocks = (depth - 4) // 6
        assert blocks * 6 + 4 == depth
        widths = [16, 16 * factor, 32 * factor, 64 * factor]
        self.conv1 = conv(channels, 16, 3)
        for s in (1, 2, 3):
            setattr(self, f"block{s}", WideGroup(widths[s - 1], widths[s], 1 if s == 1 else 2, blocks))
        self.bn1, self.fc = nn.BatchNorm2d(widths[3]), nn.Linear(widths[3], classes)

    def forward(self, x):
        taps = {"f0": self.conv1(x)}
        for s in (1, 2, 3):
            taps[f"f{s}"] = getattr(self, f"block{s}")(taps[f"f{s - 1}"])
        last = self.bn1(taps["f3"])
        taps["f4"] = pooled(F.relu(last))
        # In eval mode only: in training mode these repeated calls would count the batch twice in the running statistics.
        before = {} if self.training else {
            "f1": self.block2.layer[0].bn1(taps["f1"]), "f2": self.block3.layer[0].bn1(taps["f2"]), "f3": last}
        return self.fc(taps["f4"]), taps, before


class Vgg(nn.Module):
    family = "vgg"

    def __init__(self, blocks, channels, classes):
        super().__init__()
        i = channels
        for b, (o, repeats) in enumerate(zip((64, 128, 256, 512, 512), blocks)):
            chain = []
            for r in range(repeats):
                # A ReLU between two convolutions has an index of its own; the last one is applied outside the block.
                chain += ([nn.ReLU()] if r else []) + [conv(i, o, 3, bias=True), nn.BatchNorm2d(o)]
                i = o
            setattr(self, f"block{b}", nn.Sequential(*chain))
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        taps, before = {}, {}
        for b in range(5):
            total = getattr(self, f"block{b}")(x)
            taps[f"f{b}"] = x = F.relu(total)
            if b:
                before[f"f{b}"] = total
            if b < 3:
                x = F.max_pool2d(x, 2)
        taps["f5"] = pooled(x)
        return self.classifier(taps["f5"]), taps, before


class LeNet5(nn.Module):
    family = "lenet"

    def __init__(self, widths, hidden, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, widths[0], 5)
        self.conv2 = nn.Conv2d(widths[0], widths[1], 5)
        self.conv3 = nn.Conv2d(widths[1], widths[2], 5)
        self.fc1, self.fc2 = nn.Linear(widths[2], hidden), nn.Linear(hidden, classes)

    def forward(self, x):
        f0 = F.relu(self.conv1(x))
        f1 = F.relu(self.conv2(F.max_pool2d(f0, 2)))
        f2 = F.relu(self.conv3(F.max_pool2d(f1, 2))).flatten(1)
        return self.fc2(F.relu(self.fc1(f2))), {"f0": f0, "f1": f1, "f2": f2}, {}


NARROW, WIDE = (16, 16, 32, 64), (32, 64, 128, 256)
FACTORIES = {
    **{f"resnet{d}": (lambda c, k, d=d: ResNet(d, NARROW, c, k)) for d in (8, 20, 32, 44, 56, 110)},
    **{f"resnet{d}x4": (lambda c, k, d=d: ResNet(d, WIDE, c, k)) for d in (8, 32)},
    **{f"resnet{d}-a": (lambda c, k, d=d: ResNet(d, NARROW, c, k, padded=True)) for d in (8, 20)},
    **{f"wrn-{d}-{w}": (lambda c, k, d=d, w=w: WideResNet(d, w, c, k)) for d, w in ((16, 1), (16, 2), (40, 1), (40, 2), (28, 10))},
    "vgg8": lambda c, k: Vgg((1, 1, 1, 1, 1), c, k),
    "vgg11": lambda c, k: Vgg((1, 1, 2, 2, 2), c, k),
    "vgg13": lambda c, k: Vgg((2, 2, 2, 2, 2), c, k),
    "vgg16": lambda c, k: Vgg((2, 2, 3, 3, 3), c, k),
    "vgg19": lambda c, k: Vgg((2, 2, 4, 4, 4), c, k),
    "lenet5": lambda c, k: LeNet5((6, 16, 120), 84, c, k),
    "lenet5-half": lambda c, k: LeNet5((3, 8, 60), 42, c, k),
    **SMALL,
    **LARGE,
}
# Those whose values would only say again, at length, what a smaller one of the family says.
COUNTED = ("wrn-28-10", "resnet-34-4stage", "resnet-152-4stage")

# Counts known from elsewhere (name, classes); a definition that disagrees with one of them is wrong.
KNOWN = {
    ("resnet8", 100): 83892, ("resnet20", 100): 278324, ("resnet32", 100): 472756, ("resnet56", 100): 861620, ("resnet110", 100): 1736564,
    ("resnet20", 10): 272474, ("resnet20-a", 10): 269722, ("resnet8x4", 100): 1233540, ("resnet32x4", 100): 7433860,
    ("wrn-16-1", 100): 180916, ("wrn-16-2", 100): 703284, ("wrn-40-1", 100): 569780, ("wrn-40-2", 100): 2255156,
    ("wrn-28-10", 100): 36536884, ("wrn-16-2", 10): 691674, ("wrn-28-10", 10): 36479194,
    ("vgg8", 100): 3965028, ("vgg13", 100): 9462180, ("lenet5", 10): 61706, ("lenet5-half", 10): 15738,
    ("resnet-10-4stage", 100): 4949412, ("resnet-18-4stage", 100): 11220132, ("resnet-34-4stage", 100): 21328292,
    ("resnet-50-4stage", 100): 23705252, ("resnet-152-4stage", 100): 58341028, ("resnet-18-4stage", 10): 11173962,
    ("resnet-34-4stage", 10): 21282122, ("mobilenet-v2-half", 100): 812836, ("mobilenet-v2", 100): 812836,
    ("alexnet", 1000): 61100840, ("resnet-18-imagenet", 1000): 11689512, ("resnet-34-imagenet", 1000): 21797672,
    ("shufflenet-v1", 100): 949258, ("shufflenet-v2", 100): 1355528,
}


def owners(net):
    """Parameter name -> (module, 'weight' or 'bias'), in the order of the state dict."""
    modules = dict(net.named_modules())
    return {name: (modules[name.rpartition(".")[0]], name.rpartition(".")[2]) for name, _ in net.named_parameters()}


def fan_in(module):
    return module.in_features if isinstance(module, nn.Linear) else module.in_channels // module.groups * math.prod(module.kernel_size)


def fill_range(module, kind):
    if kind == "bias":
        return -0.1, 0.1
    if isinstance(module, nn.BatchNorm2d):
        return 0.8, 1.2
    bound = math.sqrt((3 if isinstance(module, nn.Linear) else 6) / fan_in(module))
    return -bound, bound


def filled(net):
    with torch.no_grad():
        for name, (module, kind) in owners(net).items():
            value = getattr(module, kind)
            value.copy_(torch.from_numpy(fill(name, tuple(value.shape), *fill_range(module, kind))))
        for name, value in net.named_buffers():
            if name.endswith("running_mean"):
                value.copy_(torch.from_numpy(fill(name, tuple(value.shape), -0.1, 0.1)))
            elif name.endswith("running_var"):
                value.copy_(torch.from_numpy(fill(name, tuple(value.shape), 0.8, 1.2)))
    return net


def initialiser(family, module, kind):
    """The distribution the reference implementation draws this parameter from."""
    if isinstance(module, nn.BatchNorm2d):
        return {"kind": "constant", "value": 1.0 if kind == "weight" else 0.0}
    default = {"kind": "uniform", "bound": 1 / math.sqrt(fan_in(module)), "rule": "PyTorch's default: ±1/sqrt(fan_in)"}
    if isinstance(module, nn.Linear):
        if family == "resnext":
            return {"kind": "normal", "std": math.sqrt(2 / fan_in(module)), "rule": "Kaiming normal, fan_in, ReLU"} if kind == "weight" else {"kind": "constant", "value": 0.0}
        if family in ("vgg", "mobilenet"):
            return {"kind": "normal", "std": 0.01, "rule": "N(0, 0.01)"} if kind == "weight" else {"kind": "constant", "value": 0.0}
        return {"kind": "constant", "value": 0.0} if family == "wrn" and kind == "bias" else default
    if family in ("lenet", "shufflenet", "alexnet"):
        return default
    if kind == "bias":
        return {"kind": "constant", "value": 0.0}
    fan_out = module.out_channels * math.prod(module.kernel_size)
    rule = "Kaiming normal, fan_out, ReLU" if family in ("resnet", "resnet-4stage", "resnet-imagenet", "resnext", "spectrogram") else "N(0, sqrt(2/(k*k*out)))"
    return {"kind": "normal", "std": math.sqrt(2 / fan_out), "rule": rule}


def check_initialisers(net):
    """The stated numbers against torch: its own fan and gain for Kaiming, its own freshly built modules for the defaults."""
    for name, (module, kind) in owners(net).items():
        stated, value = initialiser(net.family, module, kind), getattr(module, kind)
        if stated.get("rule", "").startswith("Kaiming"):
            fans = nn.init._calculate_fan_in_and_fan_out(value)
            assert math.isclose(stated["std"], nn.init.calculate_gain("relu") / math.sqrt(fans[0 if "fan_in" in stated["rule"] else 1])), name
        if stated["kind"] == "uniform":
            largest = value.abs().max().item()
            assert largest <= stated["bound"] * (1 + 1e-6) and (value.numel() < 100 or largest > 0.9 * stated["bound"]), name


def multiply_adds(net, image):
    total = []
    hooks = [
        m.register_forward_hook(lambda m, _, out: total.append(
            out[0].numel() * (m.in_features if isinstance(m, nn.Linear) else fan_in(m))))
        for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        net.eval()(image)
    for hook in hooks:
        hook.remove()
    return sum(total)


def norm(x):
    # fsum rounds once, so that the digits do not depend on how a BLAS splits the sum.
    return math.sqrt(math.fsum((x.detach().double() ** 2).flatten().tolist()))


def tap_rows(taps):
    return [{"name": n, "shape": list(t.shape[1:]), "norm": norm(t), "first": floats(t.flatten()[:8])} for n, t in taps.items()]


def apart(a, b):
    return norm(a.double() - b) / norm(b)


def gradient(net, image):
    """Of half the sum of squared logits in evaluation mode: all of it, and three parameters' share.

    (In training mode a batch of two leaves float32 with few digits after many layers.)
    """
    ((net.eval()(image)[0] ** 2).sum() / 2).backward()
    weights = [(n, p.grad) for n, p in net.named_parameters() if p.dim() > 1]
    return torch.cat([p.grad.double().flatten() for p in net.parameters()]), [weights[0], weights[len(weights) // 2], weights[-1]]


def statistics(net):
    return [(n, b) for n, b in net.named_buffers() if not n.endswith("num_batches_tracked")]


def forward_values(build, image):
    """Eval first (asserting that it changes nothing), then one training-mode forward that updates the running statistics."""
    net, exact = filled(build()), filled(build()).double()
    with torch.no_grad():
        start = [b.clone() for _, b in statistics(net)]
        logits, taps, before = net.eval()(image)
        assert all(torch.equal(a, b) for a, (_, b) in zip(start, statistics(net)))
        exact_logits = exact.eval()(image.double())[0]
        trained = net.train()(image)[0]
        exact_trained = exact.train()(image.double())[0]
    (slopes, _), (exact_slopes, shown) = gradient(filled(build()), image), gradient(filled(build()).double(), image.double())
    return {
        "logits_eval": floats(logits),
        "logits_train": floats(trained),
        # How far PyTorch's own float32 is from float64 on this input (relative norm): a tolerance below this means nothing.
        "float32_error": {"eval": apart(logits, exact_logits), "train": apart(trained, exact_trained), "gradient": apart(slopes, exact_slopes)},
        "gradient": {"norm": norm(exact_slopes), "of": [{"name": n, "first": floats(g.flatten()[:8])} for n, g in shown]},
        "taps": tap_rows(taps),
        "preact": tap_rows(before),
        "statistics_after_train": [{"name": n, "norm": norm(b)} for n, b in statistics(net)],
    }


def case(name, channels, side, classes, forward=True):
    build = lambda: FACTORIES[name](channels, classes)
    net = build()
    check_initialisers(net)
    count = sum(p.numel() for p in net.parameters())
    if channels == (1 if net.family == "lenet" else 3) and (name, classes) in KNOWN:
        assert count == KNOWN[name, classes], (name, classes, count)
    image = torch.from_numpy(fill("input", (2, channels, side, side), -1, 1))
    row = {
        "name": name, "family": net.family, "channels": channels, "side": side, "classes": classes,
        "parameter_count": count,
        "multiply_adds": multiply_adds(net, image[:1]),
        "parameters": [
            {"name": n, "shape": list(getattr(m, k).shape), "init": initialiser(net.family, m, k)} for n, (m, k) in owners(net).items()],
        "buffers": [{"name": n, "shape": list(b.shape)} for n, b in statistics(net)],
    }
    return {**row, **forward_values(build, image)} if forward else row


def main():
    cases = [case(n, 1, 32, 10) if n.startswith("lenet") else case(n, 3, 32, 100, forward=n not in COUNTED) for n in FACTORIES if not n.endswith("-a") and n not in LARGE]
    cases += [case("wrn-28-10", 3, 32, 10, forward=False), case("resnet8", 3, 32, 10), case("resnet8", 1, 28, 10)]
    for name in ("resnet20", "wrn-16-2", "vgg8"):
        cases += [case(name, 3, 32, 10), case(name, 1, 28, 10)]
    cases += [case("resnet20-a", 3, 32, 10), case("resnet8-a", 1, 28, 10)]
    cases += [case(n, 3, 32, 10, forward=False) for n in ("resnet-18-4stage", "resnet-34-4stage")]
    cases += [case("resnet-10-4stage", 3, 64, 10)] + [case(n, 1, 28, 10) for n in ("mobilenet-v2-half", "shufflenet-v1", "shufflenet-v2")]
    check_peers()
    cases += [case(*large) for large in LARGE_CASES]
    for c in cases:
        print(c["name"], c["channels"], c["side"], c["classes"], c["parameter_count"], c["multiply_adds"], c.get("float32_error"),
              [round(norm(torch.tensor(c[k])), 3) for k in ("logits_eval", "logits_train") if k in c])
    write("networks.json", {
        "about": about(
            fill=FILL,
            fill_examples=[
                {"name": n, "lo": lo, "hi": hi, "first": floats(fill(n, (4,), lo, hi))}
                for n, lo, hi in (("input", -1, 1), ("conv1.weight", -0.5, 0.5), ("layer1.0.bn1.running_var", 0.8, 1.2))],
            ranges="conv weight ±sqrt(6/fan_in), fan_in within a group; linear weight ±sqrt(3/fan_in); every bias ±0.1; batch-norm weight [0.8,1.2]; "
                   "running_mean ±0.1; running_var [0.8,1.2]; the batch of two images is the name 'input', shape (2,C,H,W), ±1",
            multiply_adds="convolutions and linear layers, one image, biases not counted",
            batch_norm="eps 1e-5, momentum 0.1, the running variance takes the unbiased batch variance"),
        "networks": cases})


if __name__ == "__main__":
    main()
