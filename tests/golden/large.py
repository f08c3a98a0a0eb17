"""Networks of other shapes for networks.py: AlexNet and ResNets for ImageNet, ResNeXt for CIFAR, a fully connected one, one for spectrograms.

Krizhevsky 2014 and He et al. 2016 as torchvision has them, checked here against torchvision itself; Xie et al. 2017 with the names of the
public CIFAR implementation; Hinton et al. 2015. Every forward returns logits, taps, and the same stages before their last activation.
"""
import torch
import torchvision
from torch import nn
from torch.nn import functional as F


def conv(i, o, k, stride=1, groups=1):
    return nn.Conv2d(i, o, k, stride=stride, padding=k // 2, groups=groups, bias=False)


def pooled(x):
    return x.mean(dim=(2, 3))


class AlexNet(nn.Module):
    family = "alexnet"

    def __init__(self, part, channels, classes):
        super().__init__()
        a, b, c, d, hidden = (w // part for w in (64, 192, 384, 256, 4096))
        places = {0: nn.Conv2d(channels, a, 11, 4, 2), 3: nn.Conv2d(a, b, 5, 1, 2), 6: nn.Conv2d(b, c, 3, 1, 1), 8: nn.Conv2d(c, d, 3, 1, 1), 10: nn.Conv2d(d, d, 3, 1, 1)}
        self.features = nn.ModuleDict({str(i): m for i, m in places.items()})
        self.classifier = nn.ModuleDict({"1": nn.Linear(36 * d, hidden), "4": nn.Linear(hidden, hidden), "6": nn.Linear(hidden, classes)})

    def forward(self, x):
        taps = {}
        for n, (index, layer) in enumerate(self.features.items()):
            taps[f"f{n}"] = x = F.relu(layer(x))
            if index in ("0", "3", "10"):
                x = F.max_pool2d(x, 3, 2)
        x = F.adaptive_avg_pool2d(x, (6, 6)).flatten(1)
        taps["f5"] = F.relu(self.classifier["4"](F.relu(self.classifier["1"](x))))
        return self.classifier["6"](taps["f5"]), taps, {}

    @staticmethod
    def peer(net, classes):
        return torchvision.models.alexnet(num_classes=classes) if net.features["0"].out_channels == 64 else None


class Basic(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(i, o, 3, stride), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv(o, o, 3), nn.BatchNorm2d(o)
        if stride != 1 or i != o:
            self.downsample = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o))

    def forward(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + (self.downsample(x) if hasattr(self, "downsample") else x)


class ImageNetResNet(nn.Module):
    family = "resnet-imagenet"

    def __init__(self, blocks, channels, classes):
        super().__init__()
        self.depth = 2 + 2 * sum(blocks)
        self.conv1, self.bn1, i = conv(channels, 64, 7, 2), nn.BatchNorm2d(64), 64
        for s, (o, count) in enumerate(zip((64, 128, 256, 512), blocks), 1):
            setattr(self, f"layer{s}", nn.Sequential(Basic(i, o, 1 if s == 1 else 2), *[Basic(o, o, 1) for _ in range(count - 1)]))
            i = o
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        taps, before = {"f0": F.relu(self.bn1(self.conv1(x)))}, {}
        x = F.max_pool2d(taps["f0"], 3, 2, 1)
        for s in (1, 2, 3, 4):
            for block in getattr(self, f"layer{s}"):
                total = block(x)
                x = F.relu(total)
            taps[f"f{s}"], before[f"f{s}"] = x, total
        taps["f5"] = pooled(x)
        return self.fc(taps["f5"]), taps, before

    @staticmethod
    def peer(net, classes):
        return getattr(torchvision.models, f"resnet{net.depth}")(num_classes=classes) if net.depth > 10 else None


class Grouped(nn.Module):
    def __init__(self, i, inner, o, groups, stride):
        super().__init__()
        self.conv_reduce, self.bn_reduce = conv(i, inner, 1), nn.BatchNorm2d(inner)
        self.conv_conv, self.bn = conv(inner, inner, 3, stride, groups), nn.BatchNorm2d(inner)
        self.conv_expand, self.bn_expand = conv(inner, o, 1), nn.BatchNorm2d(o)
        self.shortcut = nn.Sequential()
        if i != o:
            self.shortcut.add_module("shortcut_conv", conv(i, o, 1, stride))
            self.shortcut.add_module("shortcut_bn", nn.BatchNorm2d(o))

    def forward(self, x):
        y = F.relu(self.bn_reduce(self.conv_reduce(x)))
        y = F.relu(self.bn(self.conv_conv(y)))
        return self.bn_expand(self.conv_expand(y)) + self.shortcut(x)


class ResNeXt(nn.Module):
    family = "resnext"

    def __init__(self, depth, groups, width, channels, classes):
        super().__init__()
        blocks = (depth - 2) // 9
        self.conv_1_3x3, self.bn_1, i = conv(channels, 64, 3), nn.BatchNorm2d(64), 64
        for s, o in enumerate((256, 512, 1024), 1):
            stage = nn.Sequential()
            for b in range(blocks):
                stage.add_module(f"stage_{s}_bottleneck_{b}", Grouped(i, groups * width * o // 256, o, groups, 2 if s > 1 and b == 0 else 1))
                i = o
            setattr(self, f"stage_{s}", stage)
        self.classifier = nn.Linear(1024, classes)

    def forward(self, x):
        x = F.relu(self.bn_1(self.conv_1_3x3(x)))
        taps, before = {"f0": x}, {}
        for s in (1, 2, 3):
            for block in getattr(self, f"stage_{s}"):
                total = block(x)
                x = F.relu(total)
            taps[f"f{s}"], before[f"f{s}"] = x, total
        taps["f4"] = pooled(x)
        return self.classifier(taps["f4"]), taps, before


class HintonNet(nn.Module):
    family = "hinton"

    def __init__(self, hidden, inputs, classes):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(inputs, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, classes)

    def forward(self, x):
        f0 = F.relu(self.fc1(x.flatten(1)))
        f1 = F.relu(self.fc2(f0))
        return self.fc3(f1), {"f0": f0, "f1": f1}, {}


class SpectrogramCnn(nn.Module):
    family = "spectrogram"

    def __init__(self, width, channels, classes):
        super().__init__()
        for b in range(4):
            block = nn.Module()
            block.conv, block.bn = conv(channels if b == 0 else width << (b - 1), width << b, 3), nn.BatchNorm2d(width << b)
            setattr(self, f"block{b}", block)
        self.fc = nn.Linear(width << 3, classes)

    def forward(self, x):
        taps, before = {}, {}
        for b in range(4):
            block = getattr(self, f"block{b}")
            total = block.bn(block.conv(x if b == 0 else F.max_pool2d(x, 2)))
            taps[f"f{b}"] = x = F.relu(total)
            if b:
                before[f"f{b}"] = total
        taps["f4"] = pooled(x)
        return self.fc(taps["f4"]), taps, before


LARGE = {
    "alexnet": lambda c, k: AlexNet(1, c, k),
    "alexnet-half": lambda c, k: AlexNet(2, c, k),
    **{f"resnet-{d}-imagenet": (lambda c, k, blocks=blocks: ImageNetResNet(blocks, c, k))
       for d, blocks in ((10, (1, 1, 1, 1)), (18, (2, 2, 2, 2)), (34, (3, 4, 6, 3)))},
    **{f"resnext-29-{g}x{w}d": (lambda c, k, g=g, w=w: ResNeXt(29, g, w, c, k)) for g, w in ((8, 64), (16, 64), (4, 8))},
    **{f"hintonnet{n}": (lambda c, k, h=h: HintonNet(h, 784 * c, k)) for n, h in (("", 1200), ("-800", 800))},
    "spectrogram-cnn": lambda c, k: SpectrogramCnn(16, c, k),
}
# (name, channels, side, classes, whether with values)
LARGE_CASES = (
    ("alexnet", 3, 224, 1000, False), ("alexnet-half", 3, 64, 2, True), ("alexnet-half", 3, 224, 2, False),
    ("resnet-10-imagenet", 3, 64, 10, True), ("resnet-18-imagenet", 3, 224, 1000, False), ("resnet-34-imagenet", 3, 224, 1000, False),
    ("resnext-29-8x64d", 3, 32, 100, False), ("resnext-29-16x64d", 3, 32, 100, False), ("resnext-29-4x8d", 3, 32, 10, True),
    ("hintonnet", 1, 28, 10, True), ("hintonnet-800", 1, 28, 10, False), ("spectrogram-cnn", 1, 40, 10, True),
)


def like_torchvision(net, classes, image):
    """torchvision's own network takes the weights by name and says the same."""
    peer = net.peer(net, classes) if hasattr(net, "peer") else None
    if peer is not None:
        peer.load_state_dict(net.state_dict())
        with torch.no_grad():
            assert torch.allclose(peer.eval()(image), net.eval()(image)[0], rtol=1e-4, atol=1e-4)


def check_peers():
    """On small images; the values of networks.json come from the networks above."""
    for name in ("alexnet", "resnet-18-imagenet", "resnet-34-imagenet"):
        torch.manual_seed(1)
        like_torchvision(LARGE[name](3, 10), 10, torch.randn(2, 3, 64, 64))
