"""What single calls cost PyTorch's own Python on one thread. Prints one "group.name nanoseconds" per line: operators per call on a 4x4 float32 tensor,
augmentations per 3x32x32 image (torchvision on PIL images, the way of peer.py), losses per call with their backward on logits [64, 100]."""
import timeit

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def report(name, call, calls, per=1):
    timeit.timeit(call, number=calls)
    # What the lambda itself costs is subtracted: the other side calls without one.
    empty = min(timeit.repeat(lambda: None, number=calls, repeat=15))
    runs = sorted(t - empty for t in timeit.repeat(call, number=calls, repeat=15))
    print(name, round(1e9 * runs[len(runs) // 2] / calls / per, 1))


a, b = torch.ones(4, 4), torch.ones(4, 4)
with torch.no_grad():
    report("operators.add", lambda: torch.add(a, b), 20_000)
    report("operators.relu", lambda: torch.relu(a), 20_000)
    report("operators.matmul", lambda: torch.mm(a, b), 20_000)
    report("operators.sum", lambda: torch.sum(a), 20_000)

student = torch.randn(64, 100, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
teacher = torch.randn(64, 100, generator=torch.Generator().manual_seed(1))
labels = torch.arange(64)
soft = F.softmax(teacher, 1)


def learn(loss):
    loss.backward()
    student.grad = None


def kl(tau):
    return F.kl_div(F.log_softmax(student / tau, 1), F.softmax(teacher / tau, 1), reduction="batchmean")


report("losses.crossentropy", lambda: learn(F.cross_entropy(student, labels)), 500)
report("losses.smoothedcrossentropy", lambda: learn(F.cross_entropy(student, labels, label_smoothing=0.1)), 500)
report("losses.softcrossentropy", lambda: learn(F.cross_entropy(student, soft)), 500)
report("losses.kldivergence", lambda: learn(kl(4)), 500)
report("losses.hinton", lambda: learn(kl(4) * 16), 500)

try:
    import numpy as np
    from PIL import Image
    from torchvision import transforms
except ModuleNotFoundError:
    pass
else:
    image = Image.fromarray(np.arange(32 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(32, 32, 3))
    crop, flip = transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()
    whole = transforms.Compose([crop, flip, transforms.ToTensor(), transforms.Normalize((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761))])
    report("augmentations.crop", lambda: crop(image), 500)
    report("augmentations.flip", lambda: flip(image), 500)
    report("augmentations.cropflipnormalise", lambda: whole(image), 500)
