"""Networks with exits on the way, in plain PyTorch, and what their exits say on filled weights: exits.json.

Three designs: the gates and separable convolutions of SCAN (Zhang et al. 2019; ArchipLab-LinfengZhang/pytorch-self-distillation-final), the
copies of the remaining stages of HSAKD (Yang et al. 2021; winycg/HSAKD), the light bottlenecks of "Be your own teacher" (Zhang et al. 2019;
luanyunteng/pytorch-be-your-own-teacher). The gate has a normalisation and a ReLU behind its separable pair, as in the older of SCAN's two
public versions; the exits' linear layers read the mean over pixels, which at 32x32 is SCAN's 4x4 window.
"""
import torch
from torch import nn
from torch.nn import functional as F

from golden import about, fill, floats, write
from mobile import DownUnit, FourStages, Inverted, MobileV2, ShuffleUnit, ShuffleV1, ShuffleV2, SplitUnit, StageBlock
from networks import NARROW, ResidualBlock, ResNet, Vgg, WideGroup, WideResNet, apart, filled, multiply_adds, pooled


class Separable(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.depthwise1, self.pointwise1, self.bn1 = nn.Conv2d(i, i, 3, stride, 1, groups=i, bias=False), nn.Conv2d(i, i, 1, bias=False), nn.BatchNorm2d(i)
        self.depthwise2, self.pointwise2, self.bn2 = nn.Conv2d(i, i, 3, 1, 1, groups=i, bias=False), nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o)

    def forward(self, x):
        x = F.relu(self.bn1(self.pointwise1(self.depthwise1(x))))
        return F.relu(self.bn2(self.pointwise2(self.depthwise2(x))))


class Gate(Separable):
    def __init__(self, channels):
        super().__init__(channels, channels, 2)
        self.bn3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        half = F.relu(self.bn3(super().forward(x)))
        return torch.sigmoid(F.interpolate(half, size=x.shape[2:], mode="bilinear", align_corners=False)) * x


class AttentionExit(nn.Module):
    """`shapes` are the (channels, side) of the exit's own stage and of those that follow; `number` is the own stage's, from 1."""

    def __init__(self, number, shapes, classes):
        super().__init__()
        self.attention, self.steps = Gate(shapes[0][0]), []
        for later, ((i, a), (o, b)) in enumerate(zip(shapes, shapes[1:]), number + 1):
            setattr(self, f"separable{later}", Separable(i, o, 2 if a > b else 1))
            self.steps.append(f"separable{later}")
        self.fc = nn.Linear(shapes[-1][0], classes)

    def forward(self, x):
        x = self.attention(x)
        for step in self.steps:
            x = getattr(self, step)(x)
        return self.fc(pooled(x))


class BottleneckExit(nn.Module):
    def __init__(self, number, shapes, classes):
        super().__init__()
        (i, a), (o, b) = shapes[0], shapes[-1]
        middle, k = o // 4, a // b
        self.conv1, self.bn1 = nn.Conv2d(i, middle, 1), nn.BatchNorm2d(middle)
        self.conv2, self.bn2 = nn.Conv2d(middle, middle, k, stride=k), nn.BatchNorm2d(middle)
        self.conv3, self.bn3 = nn.Conv2d(middle, o, 1), nn.BatchNorm2d(o)
        self.fc = nn.Linear(o, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.fc(pooled(F.relu(self.bn3(self.conv3(x)))))


class CopiedExit(nn.Module):
    """Modules under the trunk's names, and what is done with them."""

    def __init__(self, parts, way):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)
        self.way = way

    def forward(self, x):
        return self.way(self, x)


def copied_resnet(number, joint):
    parts, i = {}, NARROW[number]
    later = range(number + 1, 4) if number < 3 else [3]
    for s in later:
        parts[f"layer{s}"] = nn.Sequential(ResidualBlock(i, NARROW[s], 2 if number < 3 else 1, False))
        i = NARROW[s]
    parts["fc"] = nn.Linear(64, joint)

    def way(self, x):
        for s in later:
            for block in getattr(self, f"layer{s}"):
                x = F.relu(block.sum(x))
        return self.fc(pooled(x))
    return CopiedExit(parts, way)


def copied_wide(number, joint):
    widths = [16, 16, 32, 64]
    later = range(number + 1, 4) if number < 3 else [3]
    parts, i = {}, widths[number]
    for s in later:
        parts[f"block{s}"] = WideGroup(i, widths[s], 2 if number < 3 else 1, 2)
        i = widths[s]
    parts.update(bn1=nn.BatchNorm2d(64), fc=nn.Linear(64, joint))

    def way(self, x):
        for s in later:
            x = getattr(self, f"block{s}")(x)
        return self.fc(pooled(F.relu(self.bn1(x))))
    return CopiedExit(parts, way)


def copied_vgg(number, joint):
    """number counts the stages block0, block1, block2, block3 with block4."""
    widths = [64, 128, 256, 512, 512]
    later = range(number, 5) if number < 4 else [3, 4]
    parts, i = {}, widths[number - 1] if number < 4 else 512
    for b in later:
        parts[f"block{b}"] = nn.Sequential(nn.Conv2d(i, widths[b], 3, padding=1), nn.BatchNorm2d(widths[b]))
        i = widths[b]
    parts["classifier"] = nn.Linear(512, joint)

    def way(self, x):
        for b in later:
            if number < 4 and b < 4:
                x = F.max_pool2d(x, 2)
            x = F.relu(getattr(self, f"block{b}")(x))
        return self.classifier(pooled(x))
    return CopiedExit(parts, way)


MOBILE = ((1, 8, 1, 1), (6, 12, 2, 1), (6, 16, 3, 2), (6, 32, 4, 2), (6, 48, 3, 1), (6, 80, 3, 2), (6, 160, 1, 1))


def copied_mobile(number, joint):
    first = {1: 2, 2: 3, 3: 5, 4: 5}[number]
    blocks, i = nn.ModuleDict(), {1: 12, 2: 16, 3: 48, 4: 160}[number]
    for b in range(first, 7):
        t, c, n, s = MOBILE[b]
        stage = []
        for r in range(n):
            stage.append(Inverted(i, c, s if r == 0 and number < 4 else 1, t))
            i = c
        blocks[str(b)] = nn.Sequential(*stage)
    head = nn.Sequential(nn.Conv2d(160, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU())
    parts = {"blocks": blocks, "conv2": head, "classifier": nn.Sequential(nn.Linear(1280, joint))}

    def way(self, x):
        for b in range(first, 7):
            x = self.blocks[str(b)](x)
        return self.classifier(pooled(self.conv2(x)))
    return CopiedExit(parts, way)


def copied_shuffle1(number, joint):
    widths, counts = [24, 240, 480, 960], [0, 4, 8, 4]
    later = range(number + 1, 4) if number < 3 else [3]
    parts, i = {}, widths[number]
    for s in later:
        first = ShuffleUnit(i, widths[s], 2 if number < 3 else 1)
        parts[f"layer{s}"] = nn.Sequential(first, *[ShuffleUnit(widths[s], widths[s], 1) for _ in range(counts[s] - 1)])
        i = widths[s]
    parts["linear"] = nn.Linear(960, joint)

    def way(self, x):
        for s in later:
            for block in getattr(self, f"layer{s}"):
                x = F.relu(block(x))
        return self.linear(pooled(x))
    return CopiedExit(parts, way)


def copied_shuffle2(number, joint):
    widths, counts = [24, 116, 232, 464], [0, 4, 8, 4]
    later = range(number + 1, 4) if number < 3 else [3]
    parts, i = {}, widths[number]
    for s in later:
        parts[f"layer{s}"] = nn.Sequential(DownUnit(i, widths[s], 2 if number < 3 else 1), *[SplitUnit(widths[s]) for _ in range(counts[s] - 1)])
        i = widths[s]
    parts.update(conv2=nn.Conv2d(464, 1024, 1, bias=False), bn2=nn.BatchNorm2d(1024), linear=nn.Linear(1024, joint))

    def way(self, x):
        for s in later:
            for block in getattr(self, f"layer{s}"):
                x, _ = block(x)
        return self.linear(pooled(F.relu(self.bn2(self.conv2(x)))))
    return CopiedExit(parts, way)


def copied_stages(number, joint):
    widths = [64, 64, 128, 256, 512]
    later = range(number + 1, 5) if number < 4 else [4]
    parts, i = {}, widths[number]
    for s in later:
        parts[f"layer{s}"] = nn.Sequential(StageBlock(i, widths[s], 2 if number < 4 else 1, 1))
        i = widths[s]
    parts["linear"] = nn.Linear(512, joint)

    def way(self, x):
        for s in later:
            for block in getattr(self, f"layer{s}"):
                x = F.relu(block(x))
        return self.linear(pooled(x))
    return CopiedExit(parts, way)


# Name: the trunk, the taps that exits stand at, and how its stages are copied.
TRUNKS = {
    "resnet-8": (lambda k: ResNet(8, NARROW, 3, k), ("f1", "f2", "f3"), copied_resnet),
    "wrn-16-1": (lambda k: WideResNet(16, 1, 3, k), ("f1", "f2", "f3"), copied_wide),
    "vgg-8": (lambda k: Vgg((1, 1, 1, 1, 1), 3, k), ("f0", "f1", "f2", "f4"), copied_vgg),
    "resnet-10-4stage": (lambda k: FourStages((1, 1, 1, 1), 1, 3, k), ("f1", "f2", "f3", "f4"), copied_stages),
    "mobilenet-v2-half": (lambda k: MobileV2(2, 3, k), ("f1", "f2", "f3", "f4"), copied_mobile),
    "shufflenet-v1": (lambda k: ShuffleV1(3, k), ("f1", "f2", "f3"), copied_shuffle1),
    "shufflenet-v2": (lambda k: ShuffleV2((116, 232, 464), 1024, 3, k), ("f1", "f2", "f3"), copied_shuffle2),
}
CASES = [(trunk, design) for trunk in ("resnet-8", "vgg-8") for design in ("attention", "copied", "bottleneck")]
CASES += [("resnet-10-4stage", "attention"), ("resnet-10-4stage", "bottleneck"), ("mobilenet-v2-half", "attention")]
CASES += [(trunk, "copied4") for trunk in TRUNKS]


class MultiExit(nn.Module):
    def __init__(self, name, design, side, classes):
        super().__init__()
        build, self.places, copied = TRUNKS[name]
        self.trunk = build(classes)
        image = torch.from_numpy(fill("input", (2, 3, side, side), -1, 1))
        with torch.no_grad():
            taps = self.trunk.eval()(image)[1]
        shapes = [(taps[place].shape[1], taps[place].shape[2]) for place in self.places]
        self.exits = []
        for number in range(1, len(self.places) + 1):
            if design.startswith("copied"):
                made = copied(number, classes * (4 if design == "copied4" else 1))
            elif number < len(self.places):
                made = (AttentionExit if design == "attention" else BottleneckExit)(number, shapes[number - 1:], classes)
            else:
                continue
            self.add_module(f"exit{number}", made)
            self.exits.append(f"exit{number}")

    def forward(self, x):
        logits, taps, _ = self.trunk(x)
        return logits, [getattr(self, name)(taps[place]) for name, place in zip(self.exits, self.places)]


def fill_all(net):
    filled(net.trunk)
    for name in net.exits:
        module = getattr(net, name)
        # The fill goes by the whole name.
        holder = nn.Module()
        holder.add_module(name, module)
        filled(holder)
    return net


def answers(net, image):
    logits, exits = net(image)
    return [*exits, logits]


def case(name, design, side=32, classes=10):
    build = lambda: fill_all(MultiExit(name, design, side, classes))
    net, exact = build(), build().double()
    image = torch.from_numpy(fill("input", (2, 3, side, side), -1, 1))
    with torch.no_grad():
        evaluated, exact_evaluated = answers(net.eval(), image), answers(exact.eval(), image.double())
        trained, exact_trained = answers(net.train(), image), answers(exact.train(), image.double())
    net.eval()
    works = {}
    for exit_name, place in zip(net.exits, net.places):
        tap = net.trunk(image[:1])[1][place].detach()
        works[exit_name] = multiply_adds(getattr(net, exit_name), tap)
    same = all(e.shape[1] == classes for e in evaluated)
    return {
        "network": name, "design": design, "side": side, "classes": classes,
        "parameter_count": sum(p.numel() for p in net.parameters()),
        "trunk_parameter_count": sum(p.numel() for p in net.trunk.parameters()),
        "exits": [{
            "name": n, "parameter_count": sum(p.numel() for p in getattr(net, n).parameters()), "multiply_adds": works[n],
            "parameters": [{"name": f"{n}.{p}", "shape": list(v.shape)} for p, v in getattr(net, n).named_parameters()]} for n in net.exits],
        "logits_eval": [floats(a) for a in evaluated], "logits_train": [floats(a) for a in trained],
        "ensemble_eval": floats(torch.stack(evaluated).mean(0)) if same else None,
        "float32_error": {
            "eval": max(apart(a, b) for a, b in zip(evaluated, exact_evaluated)), "train": max(apart(a, b) for a, b in zip(trained, exact_trained))},
    }


def main():
    cases = [case(name, design) for name, design in CASES] + [case("resnet-8", "attention", side=28)]
    for c in cases:
        print(c["network"], c["design"], c["side"], c["parameter_count"], [e["parameter_count"] for e in c["exits"]], c["float32_error"])
    write("exits.json", {
        "about": about(
            fill="as in networks.json; the trunk's values by their names without exits, the exits' by 'exit1.…'",
            logits="of every exit in order, the trunk's own last; ensemble_eval is their mean where all have the same classes"),
        "cases": cases})


if __name__ == "__main__":
    main()
