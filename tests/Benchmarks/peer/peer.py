"""The training loop that every PyTorch knowledge-distillation repository has, to be measured beside ours.

Per-sample PIL augmentation in a Dataset behind a DataLoader, float32, the teacher's forward in every step, loss and accuracy read in every step.
The number of loader processes and of threads is the fastest of those that the machine allows, by a short measurement at the start.

    peer.py --work distill --teacher wrn-40-2 --student wrn-16-2 --batch 64

It prints one line of JSON when it is ready, then waits. On standard input, "measure 2 20" does 2 steps that do not count and 20 that do, and prints
one line of JSON about the 20; so two programs can take turns on one machine. "quit", or the end of the input, ends it. With --seconds it
measures by itself, three windows of about so long.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from networks import build

TAU, SOFT, HARD = 4.0, 0.9, 0.1
SHAPES = {  # channels, side, classes, images, mean, standard deviation
    "cifar100": (3, 32, 100, 50_000, (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    "fashion-mnist": (1, 28, 10, 60_000, (0.2860,), (0.3530,)),
}


def noise(count, seed):
    """Bytes that the other side makes in the same way: splitmix64 of seed + 1, seed + 2, ... taken eight bytes at a time."""
    words = np.arange(1, (count + 7) // 8 + 1, dtype=np.uint64) + np.uint64(seed)
    words *= np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (words ^ (words >> np.uint64(31))).astype("<u8").view(np.uint8)[:count]


class Images(Dataset):
    """Bytes in memory, opened and augmented one by one."""

    def __init__(self, name, seed=0):
        channels, side, classes, count, mean, std = SHAPES[name]
        shape = (count, side, side) if channels == 1 else (count, side, side, channels)
        self.images = noise(count * side * side * channels, seed).reshape(shape)
        self.labels = (noise(count, seed + 1) % classes).astype(np.int64)
        self.transform = transforms.Compose([
            transforms.RandomCrop(side, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(mean, std),
        ])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


def endless(loader):
    while True:
        yield from loader


def distil(student, teacher, optimizer, images, labels):
    with torch.no_grad():
        answer = teacher(images)
    logits = student(images)
    soft = F.kl_div(F.log_softmax(logits / TAU, 1), F.softmax(answer / TAU, 1), reduction="batchmean") * TAU * TAU
    return update(optimizer, logits, labels, SOFT * soft + HARD * F.cross_entropy(logits, labels))


def train(student, optimizer, images, labels):
    logits = student(images)
    return update(optimizer, logits, labels, F.cross_entropy(logits, labels))


def update(optimizer, logits, labels, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    accuracy = (logits.argmax(1) == labels).float().mean().item()
    return loss.item(), accuracy


def steps_of(options, data, workers):
    """One call of what comes back is one step."""
    channels, _, classes, *_ = SHAPES[options.data_set]
    device = torch.device(options.device)
    loader = endless(DataLoader(
        data, batch_size=options.batch, shuffle=True, num_workers=workers, drop_last=True, pin_memory=device.type == "cuda", persistent_workers=workers > 0))
    if options.work == "pipeline":
        return lambda: next(loader)

    def batch():
        images, labels = next(loader)
        return images.to(device, non_blocking=True), labels.to(device, non_blocking=True)

    if options.work == "teacher":
        teacher = build(options.teacher, classes, channels).to(device).eval()
        images, _ = batch()

        def answer():
            with torch.no_grad():
                return teacher(images)

        return answer

    student = build(options.student, classes, channels).to(device).train()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    if options.work == "student":
        return lambda: train(student, optimizer, *batch())
    teacher = build(options.teacher, classes, channels).to(device).eval()
    return lambda: distil(student, teacher, optimizer, *batch())


def parameters(options):
    """Trainable values of all networks at work, so that the other side can see that its networks are the same."""
    channels, _, classes, *_ = SHAPES[options.data_set]
    names = {"distill": [options.teacher, options.student], "student": [options.student], "teacher": [options.teacher], "pipeline": []}[options.work]
    return sum(values.numel() for name in names for values in build(name, classes, channels).parameters())


def measure(step, warm, count, device):
    for _ in range(warm):
        step()
    wait(device)
    start = time.perf_counter()
    for _ in range(count):
        step()
    wait(device)
    return time.perf_counter() - start


def wait(device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def powers(most):
    counts = [1]
    while counts[-1] * 2 <= most:
        counts.append(counts[-1] * 2)
    return counts


def fastest(options, data):
    """Tries every pair of loader processes and threads, a few steps each, and keeps the best."""
    cores = len(os.sched_getaffinity(0))
    in_process = options.work in ("pipeline", "teacher")
    workers = [0] if in_process else [0] + powers(min(cores, 16))
    threads = [1] if options.work == "pipeline" else powers(min(cores, 16)) if options.device == "cpu" else [torch.get_num_threads()]
    workers = [options.workers] if options.workers is not None else workers
    threads = [options.threads] if options.threads is not None else threads
    tried = []
    for count in workers:
        step = steps_of(options, data, count)
        for number in threads:
            torch.set_num_threads(number)
            first = measure(step, 1, 1, options.device)
            # About a second each, and never fewer than two steps: a loader process that lags behind must show.
            steps = max(2, min(200, round(1.0 / max(first, 1e-6))))
            seconds = measure(step, 2 * count, steps, options.device)
            tried.append({"workers": count, "threads": number, "imagesPerSecond": steps * options.batch / seconds})
        del step
    return max(tried, key=lambda choice: choice["imagesPerSecond"]), tried


def say(**fields):
    print(json.dumps(fields), flush=True)


def window(step, options, warm, steps):
    seconds = measure(step, warm, steps, options.device)
    say(event="window", steps=steps, images=steps * options.batch, seconds=seconds, imagesPerSecond=steps * options.batch / seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", choices=["distill", "student", "teacher", "pipeline"], default="distill")
    parser.add_argument("--teacher", default="wrn-40-2")
    parser.add_argument("--student", default="wrn-16-2")
    parser.add_argument("--data-set", choices=sorted(SHAPES), default="cifar100")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, help="loader processes; the fastest without")
    parser.add_argument("--threads", type=int, help="threads of an operator; the fastest without")
    parser.add_argument("--seconds", type=float, help="measure three windows of about so long and end")
    options = parser.parse_args()
    torch.manual_seed(0)
    data = Images(options.data_set)
    best, tried = fastest(options, data)
    torch.set_num_threads(best["threads"])
    step = steps_of(options, data, best["workers"])
    say(event="ready", torch=torch.__version__, torchvision=torchvision.__version__, workers=best["workers"], threads=best["threads"],
        parameters=parameters(options), tried=tried)
    if options.seconds:
        steps = max(2, round(options.seconds * best["imagesPerSecond"] / options.batch))
        for _ in range(3):
            window(step, options, 2, steps)
        return
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["quit"]:
            return
        if len(words) == 3 and words[0] == "measure" and words[1].isdigit() and words[2].isdigit() and int(words[2]) > 0:
            window(step, options, int(words[1]), int(words[2]))
        else:
            say(event="error", message=f"'{line.strip()}' is no command: write 'measure WARM STEPS' or 'quit'.")


if __name__ == "__main__":
    main()
