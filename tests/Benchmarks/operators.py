"""What one operator call costs PyTorch's own Python, in nanoseconds, on a 4x4 float32 tensor and one thread. Prints one "name nanoseconds" per line."""
import timeit

import torch

torch.set_num_threads(1)
a, b = torch.ones(4, 4), torch.ones(4, 4)
CALLS = 20_000

with torch.no_grad():
    for name, call in (("add", lambda: torch.add(a, b)), ("relu", lambda: torch.relu(a)), ("matmul", lambda: torch.mm(a, b)), ("sum", lambda: torch.sum(a))):
        timeit.timeit(call, number=CALLS)
        # What the lambda itself costs is subtracted: the other side calls without one.
        empty = min(timeit.repeat(lambda: None, number=CALLS, repeat=15))
        runs = sorted(t - empty for t in timeit.repeat(call, number=CALLS, repeat=15))
        print(name, round(1e9 * runs[len(runs) // 2] / CALLS, 1))
