"""The CIFAR networks of the knowledge-distillation literature in plain PyTorch: wide ResNets and ResNets, as most repositories write them."""
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    """Pre-activation block of Zagoruyko and Komodakis 2016."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)

    def forward(self, x):
        active = F.relu(self.bn1(x), inplace=True)
        out = self.conv2(F.relu(self.bn2(self.conv1(active)), inplace=True))
        return out + (x if self.shortcut is None else self.shortcut(active))


class WideResNet(nn.Module):
    def __init__(self, depth, widen, classes, channels):
        super().__init__()
        blocks = (depth - 4) // 6
        widths = [16, 16 * widen, 32 * widen, 64 * widen]
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.groups = nn.Sequential(*[
            WideBlock(widths[group] if block == 0 else widths[group + 1], widths[group + 1], 2 if block == 0 and group > 0 else 1)
            for group in range(3) for block in range(blocks)])
        self.bn1 = nn.BatchNorm2d(widths[3])
        self.fc = nn.Linear(widths[3], classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.groups(self.conv1(x))), inplace=True)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class BasicBlock(nn.Module):
    """Block of He et al. 2016 with a projection where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)), inplace=True)


class ResNet(nn.Module):
    def __init__(self, depth, classes, channels):
        super().__init__()
        blocks = (depth - 2) // 6
        widths = [16, 16, 32, 64]
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.stages = nn.Sequential(*[
            BasicBlock(widths[stage] if block == 0 else widths[stage + 1], widths[stage + 1], 2 if block == 0 and stage > 0 else 1)
            for stage in range(3) for block in range(blocks)])
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = self.stages(F.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def build(name, classes, channels):
    """wrn-40-2, resnet-20, ..."""
    family, *numbers = name.split("-")
    if family == "wrn":
        return WideResNet(int(numbers[0]), int(numbers[1]), classes, channels)
    if family == "resnet":
        return ResNet(int(numbers[0]), classes, channels)
    raise SystemExit(f"There is no network '{name}' here: choose wrn-D-K or resnet-D.")
