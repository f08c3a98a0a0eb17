"""More networks for networks.py: ResNets of four stages, MobileNetV2, ShuffleNetV1 and V2, as the CIFAR-100 literature uses them.

He et al. 2016 with a 3x3 stem of 64 channels; Sandler et al. 2018 at half width with ReLU; Zhang et al. 2018 with 3 groups; Ma et al.
2018. Names and tap positions are those of the networks in HobbitLong/RepDistiller. Every forward returns logits, taps, and the same
stages before their last activation.
"""
import torch
from torch import nn
from torch.nn import functional as F


def conv(i, o, k, stride=1, groups=1):
    return nn.Conv2d(i, o, k, stride=stride, padding=k // 2, groups=groups, bias=False)


def pooled(x):
    return x.mean(dim=(2, 3))


class StageBlock(nn.Module):
    """A basic block (wider = 1) or a bottleneck (wider = 4); forward gives the sum before the last ReLU."""

    def __init__(self, i, width, stride, wider):
        super().__init__()
        o = width * wider
        self.wider = wider
        if wider == 1:
            self.conv1, self.bn1 = conv(i, width, 3, stride), nn.BatchNorm2d(width)
            self.conv2, self.bn2 = conv(width, o, 3), nn.BatchNorm2d(o)
        else:
            self.conv1, self.bn1 = conv(i, width, 1), nn.BatchNorm2d(width)
            self.conv2, self.bn2 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
            self.conv3, self.bn3 = conv(width, o, 1), nn.BatchNorm2d(o)
        self.shortcut = nn.Sequential(*([conv(i, o, 1, stride), nn.BatchNorm2d(o)] if stride != 1 or i != o else []))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.wider > 1:
            y = self.bn3(self.conv3(F.relu(y)))
        return y + self.shortcut(x)


class FourStages(nn.Module):
    family = "resnet-4stage"

    def __init__(self, blocks, wider, channels, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(channels, 64, 3), nn.BatchNorm2d(64)
        i = 64
        for s, (width, count) in enumerate(zip((64, 128, 256, 512), blocks), 1):
            chain = []
            for b in range(count):
                chain.append(StageBlock(i, width, 2 if b == 0 and s > 1 else 1, wider))
                i = width * wider
            setattr(self, f"layer{s}", nn.Sequential(*chain))
        self.linear = nn.Linear(i, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        taps, before = {"f0": x}, {}
        for s in (1, 2, 3, 4):
            for block in getattr(self, f"layer{s}"):
                total = block(x)
                x = F.relu(total)
            taps[f"f{s}"], before[f"f{s}"] = x, total
        taps["f5"] = pooled(x)
        return self.linear(taps["f5"]), taps, before


class Inverted(nn.Module):
    def __init__(self, i, o, stride, expansion):
        super().__init__()
        wide = i * expansion
        self.adds = stride == 1 and i == o
        self.conv = nn.Sequential(
            conv(i, wide, 1), nn.BatchNorm2d(wide), nn.ReLU(),
            conv(wide, wide, 3, stride, groups=wide), nn.BatchNorm2d(wide), nn.ReLU(),
            conv(wide, o, 1), nn.BatchNorm2d(o))

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileV2(nn.Module):
    family = "mobilenet"

    def __init__(self, stem_stride, channels, classes):
        super().__init__()
        self.conv1 = nn.Sequential(conv(channels, 16, 3, stem_stride), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks, i = nn.ModuleList(), 16
        for t, c, n, s in ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
            stage = []
            for b in range(n):
                stage.append(Inverted(i, c // 2, s if b == 0 else 1, t))
                i = c // 2
            self.blocks.append(nn.Sequential(*stage))
        self.conv2 = nn.Sequential(conv(i, 1280, 1), nn.BatchNorm2d(1280), nn.ReLU())
        self.classifier = nn.Sequential(nn.Linear(1280, classes))

    def forward(self, x):
        taps, kept = {"f0": self.conv1(x)}, {1: "f1", 2: "f2", 4: "f3", 6: "f4"}
        x = taps["f0"]
        for b, stage in enumerate(self.blocks):
            x = stage(x)
            if b in kept:
                taps[kept[b]] = x
        # The blocks end without an activation: what stands before it is the tap itself.
        before = {name: taps[name] for name in kept.values()}
        taps["f5"] = pooled(self.conv2(x))
        return self.classifier(taps["f5"]), taps, before


def shuffled(x, groups):
    """Channel c of the result is channel (c mod groups) * (C / groups) + c div groups."""
    channels = x.shape[1]
    order = [(c % groups) * (channels // groups) + c // groups for c in range(channels)]
    return x[:, order]


class ShuffleUnit(nn.Module):
    """ShuffleNetV1's; forward gives what stands before the last ReLU."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.stride, self.groups = stride, 1 if i == 24 else 3
        made = o - i if stride == 2 else o
        self.conv1, self.bn1 = conv(i, made // 4, 1, groups=self.groups), nn.BatchNorm2d(made // 4)
        self.conv2, self.bn2 = conv(made // 4, made // 4, 3, stride, groups=made // 4), nn.BatchNorm2d(made // 4)
        self.conv3, self.bn3 = conv(made // 4, made, 1, groups=3), nn.BatchNorm2d(made)

    def forward(self, x):
        y = shuffled(F.relu(self.bn1(self.conv1(x))), self.groups)
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return torch.cat([y, F.avg_pool2d(x, 3, stride=2, padding=1)], 1) if self.stride == 2 else y + x


class ShuffleV1(nn.Module):
    family = "shufflenet"

    def __init__(self, channels, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(channels, 24, 1), nn.BatchNorm2d(24)
        i = 24
        for s, (o, count) in enumerate(zip((240, 480, 960), (4, 8, 4)), 1):
            setattr(self, f"layer{s}", nn.Sequential(ShuffleUnit(i, o, 2), *[ShuffleUnit(o, o, 1) for _ in range(count - 1)]))
            i = o
        self.linear = nn.Linear(i, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        taps, before = {"f0": x}, {}
        for s in (1, 2, 3):
            for block in getattr(self, f"layer{s}"):
                total = block(x)
                x = F.relu(total)
            taps[f"f{s}"], before[f"f{s}"] = x, total
        taps["f4"] = pooled(x)
        return self.linear(taps["f4"]), taps, before


class SplitUnit(nn.Module):
    """ShuffleNetV2's on half of the channels; forward gives the block and, unshuffled, what stands before the ReLU."""

    def __init__(self, channels):
        super().__init__()
        h = self.half = channels // 2
        self.conv1, self.bn1 = conv(h, h, 1), nn.BatchNorm2d(h)
        self.conv2, self.bn2 = conv(h, h, 3, groups=h), nn.BatchNorm2d(h)
        self.conv3, self.bn3 = conv(h, h, 1), nn.BatchNorm2d(h)

    def forward(self, x):
        passed, y = x[:, :self.half], x[:, self.half:]
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(y)))))
        before = self.bn3(self.conv3(y))
        return shuffled(torch.cat([passed, F.relu(before)], 1), 2), torch.cat([passed, before], 1)


class DownUnit(nn.Module):
    def __init__(self, i, o, stride=2):
        super().__init__()
        h = o // 2
        self.conv1, self.bn1 = conv(i, i, 3, stride, groups=i), nn.BatchNorm2d(i)
        self.conv2, self.bn2 = conv(i, h, 1), nn.BatchNorm2d(h)
        self.conv3, self.bn3 = conv(i, h, 1), nn.BatchNorm2d(h)
        self.conv4, self.bn4 = conv(h, h, 3, stride, groups=h), nn.BatchNorm2d(h)
        self.conv5, self.bn5 = conv(h, h, 1), nn.BatchNorm2d(h)

    def forward(self, x):
        left = F.relu(self.bn2(self.conv2(self.bn1(self.conv1(x)))))
        right = F.relu(self.bn3(self.conv3(x)))
        right = F.relu(self.bn5(self.conv5(self.bn4(self.conv4(right)))))
        return shuffled(torch.cat([left, right], 1), 2), None


class ShuffleV2(nn.Module):
    family = "shufflenet"

    def __init__(self, widths, last, channels, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(channels, 24, 1), nn.BatchNorm2d(24)
        i = 24
        for s, (o, count) in enumerate(zip(widths, (4, 8, 4)), 1):
            setattr(self, f"layer{s}", nn.Sequential(DownUnit(i, o), *[SplitUnit(o) for _ in range(count - 1)]))
            i = o
        self.conv2, self.bn2 = conv(i, last, 1), nn.BatchNorm2d(last)
        self.linear = nn.Linear(last, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        taps, before = {"f0": x}, {}
        for s in (1, 2, 3):
            for block in getattr(self, f"layer{s}"):
                x, total = block(x)
            taps[f"f{s}"], before[f"f{s}"] = x, total
        taps["f4"] = pooled(F.relu(self.bn2(self.conv2(x))))
        return self.linear(taps["f4"]), taps, before


STAGES = {10: ((1, 1, 1, 1), 1), 18: ((2, 2, 2, 2), 1), 34: ((3, 4, 6, 3), 1), 50: ((3, 4, 6, 3), 4), 152: ((3, 8, 36, 3), 4)}
WIDTHS = {"": ((116, 232, 464), 1024), "-x1.5": ((176, 352, 704), 1024)}
SMALL = {
    **{f"resnet-{d}-4stage": (lambda c, k, blocks=blocks, wider=wider: FourStages(blocks, wider, c, k)) for d, (blocks, wider) in STAGES.items()},
    "mobilenet-v2-half": lambda c, k: MobileV2(2, c, k),
    "mobilenet-v2": lambda c, k: MobileV2(1, c, k),
    "shufflenet-v1": lambda c, k: ShuffleV1(c, k),
    **{f"shufflenet-v2{n}": (lambda c, k, w=w, last=last: ShuffleV2(w, last, c, k)) for n, (w, last) in WIDTHS.items()},
}
