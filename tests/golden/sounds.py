"""Wav files of every format that is read, resampling and log-mel spectrograms as literal loops over samples: sounds.json.

The files are written byte by byte; their samples are what the bytes say, in float64. Resampling sums a windowed sinc over all input samples for every output sample. A spectrogram
reflects the sound at its ends, multiplies each frame by a periodic Hann window, takes NumPy's Fourier transform, and weighs the powers by triangles on the mel scale.
"""
import base64
import math
import struct

import numpy as np

from golden import about, fill, floats, write


def text(data):
    return base64.b64encode(data).decode()


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def wav(values, tag, bits, rate, extensible=False, more=b""):
    """values: [samples, channels], whole numbers for PCM."""
    channels, size = values.shape[1], bits // 8
    if tag == 3:
        data = values.astype("<f4" if bits == 32 else "<f8").tobytes()
    else:
        data = b"".join(int(v).to_bytes(size, "little", signed=bits > 8) for v in values.flatten())
    head = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * channels * size, channels * size, bits)
    if extensible:
        head += struct.pack("<HHIH", 22, bits, 0, tag) + bytes.fromhex("000000001000800000aa00389b71")
    body = b"WAVE" + chunk(b"fmt ", head) + more + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def files():
    cases = []
    for bits, channels, rate, extensible in ((8, 1, 8000, False), (16, 1, 8000, False), (16, 2, 44100, False), (24, 2, 48000, True), (24, 1, 22050, False), (32, 1, 96000, True)):
        half = 2.0 ** (bits - 1)
        values = np.round(fill(f"pcm{bits}{channels}", (21, channels), -1, 1).astype(np.float64) * (half - 1))
        values[:2, 0] = (-half, half - 1)
        stored = values + 128 if bits == 8 else values
        cases.append({
            "name": f"pcm {bits} bits, {channels} channels" + (", extensible" if extensible else ""), "rate": rate,
            "file": text(wav(stored, 1, bits, rate, extensible, chunk(b"LIST", b"odd") if bits == 16 else b"")), "samples": (values / half).mean(1).tolist()})
    for bits in (32, 64):
        values = fill(f"float{bits}", (17, 2), -1, 1).astype(np.float64)
        cases.append({"name": f"float {bits} bits", "rate": 16000, "file": text(wav(values, 3, bits, 16000, bits == 64)), "samples": values.mean(1).tolist()})
    return cases


def resampled(x, old, new, crossings=6, rolloff=0.99):
    divisor = math.gcd(old, new)
    old, new = old // divisor, new // divisor
    band = min(old, new) * rolloff
    result = []
    for m in range(math.ceil(len(x) * new / old)):
        total = 0.0
        for n, value in enumerate(x):
            t = (n / old - m / new) * band
            if abs(t) < crossings:
                window = math.cos(math.pi * t / crossings / 2) ** 2
                sinc = 1.0 if t == 0 else math.sin(math.pi * t) / (math.pi * t)
                total += value * sinc * window * band / old
        result.append(total)
    return result


def log_mel(x, rate, window, transform, hop, bands, low, high):
    half = transform // 2
    padded = np.concatenate([x[half:0:-1], x, x[-2:-half - 2:-1]])
    hann = np.zeros(transform)
    start = (transform - window) // 2
    hann[start:start + window] = [0.5 - 0.5 * math.cos(2 * math.pi * i / window) for i in range(window)]
    mel = lambda f: 2595 * math.log10(1 + f / 700)
    corners = [700 * (10 ** ((mel(low) + (mel(high) - mel(low)) * i / (bands + 1)) / 2595) - 1) for i in range(bands + 2)]
    columns = []
    for frame in range(len(x) // hop + 1):
        power = np.abs(np.fft.rfft(padded[frame * hop:frame * hop + transform] * hann)) ** 2
        column = []
        for b in range(bands):
            total = 0.0
            for k, p in enumerate(power):
                f = k * rate / transform
                total += p * max(0.0, min((f - corners[b]) / (corners[b + 1] - corners[b]), (corners[b + 2] - f) / (corners[b + 2] - corners[b + 1])))
            column.append(10 * math.log10(max(total, 1e-10)))
        columns.append(column)
    return np.array(columns).T


def main():
    rates = [(8000, 16000), (44100, 8000), (48000, 22050), (8000, 11025), (16000, 8000)]
    resampling = [{"from": a, "to": b, "name": f"wave{a}", "count": 300, "values": resampled(fill(f"wave{a}", (300,), -1, 1).astype(np.float64), a, b)} for a, b in rates]
    settings = dict(rate=8000, window=200, transform=256, hop=80, bands=20, low=20.0, high=4000.0)
    t = np.arange(1600) / 8000
    wave = (0.3 * np.sin(2 * np.pi * (300 + 900 * t) * t) + 0.05 * fill("hiss", (1600,), -1, 1)).astype(np.float32)
    write("sounds.json", {
        "about": about(files="base64; samples are the mean of the channels"), "files": files(), "resampling": resampling,
        "log_mel": {**settings, "wave": floats(wave), "values": log_mel(wave.astype(np.float64), **settings).tolist()},
    })


if __name__ == "__main__":
    main()
