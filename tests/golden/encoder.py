"""BERT with a span head in plain PyTorch (Devlin et al. 2019, names as in Hugging Face's BertForQuestionAnswering): encoder.json.

Each block is also held against torch's own TransformerEncoderLayer, so that the values below do not rest on one reading of the paper.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from golden import FILL, about, fill, floats, integers, write

SIZES = {
    "two blocks": dict(layers=2, width=12, heads=3, inner=20, vocabulary=23, positions=16, segments=2, length=9),
    "one head": dict(layers=1, width=8, heads=1, inner=8, vocabulary=11, positions=6, segments=3, length=6)}


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, taken):
        heads = []
        q, k, v = self.query(x), self.key(x), self.value(x)
        size = x.shape[2] // self.heads
        for h in range(self.heads):
            part = slice(h * size, (h + 1) * size)
            scores = q[:, :, part] @ k[:, :, part].transpose(1, 2) / math.sqrt(size)
            scores = scores + (1.0 - taken[:, None, :]) * -1e9
            heads.append(F.softmax(scores, -1) @ v[:, :, part])
        return torch.cat(heads, 2)


def block(width, heads, inner):
    b = nn.Module()
    b.attention, b.intermediate, b.output = nn.Module(), nn.Module(), nn.Module()
    setattr(b.attention, "self", SelfAttention(width, heads))
    b.attention.output = nn.Module()
    b.attention.output.dense, b.attention.output.LayerNorm = nn.Linear(width, width), nn.LayerNorm(width, 1e-12)
    b.intermediate.dense = nn.Linear(width, inner)
    b.output.dense, b.output.LayerNorm = nn.Linear(inner, width), nn.LayerNorm(width, 1e-12)
    return b


def through(b, x, taken):
    y = b.attention.output.LayerNorm(b.attention.output.dense(getattr(b.attention, "self")(x, taken)) + x)
    return b.output.LayerNorm(b.output.dense(F.gelu(b.intermediate.dense(y))) + y)


class SpanReader(nn.Module):
    def __init__(self, layers, width, heads, inner, vocabulary, positions, segments, length):
        super().__init__()
        self.bert = nn.Module()
        e = self.bert.embeddings = nn.Module()
        e.word_embeddings, e.position_embeddings = nn.Embedding(vocabulary, width), nn.Embedding(positions, width)
        e.token_type_embeddings, e.LayerNorm = nn.Embedding(segments, width), nn.LayerNorm(width, 1e-12)
        self.bert.encoder = nn.Module()
        self.bert.encoder.layer = nn.ModuleList([block(width, heads, inner) for _ in range(layers)])
        self.qa_outputs = nn.Linear(width, 2)

    def forward(self, ids, taken, segments):
        e = self.bert.embeddings
        x = e.LayerNorm(e.word_embeddings(ids) + e.token_type_embeddings(segments) + e.position_embeddings(torch.arange(ids.shape[1])))
        states = [x]
        for b in self.bert.encoder.layer:
            states.append(through(b, states[-1], taken))
        starts, ends = self.qa_outputs(states[-1]).unbind(-1)
        return torch.cat([starts, ends], 1), states


def span(name, value):
    if name.endswith("LayerNorm.weight"):
        return 0.8, 1.2
    if value.dim() == 1:
        return -0.1, 0.1
    bound = 0.5 if "embeddings" in name else math.sqrt(3 / value.shape[1])
    return -bound, bound


def filled(size):
    net = SpanReader(**size)
    with torch.no_grad():
        for name, value in net.named_parameters():
            value.copy_(torch.from_numpy(fill(name, tuple(value.shape), *span(name, value))))
    return net


def check(b, width, heads, inner, x, taken):
    """torch's own block on the same weights."""
    own, own_attention = nn.TransformerEncoderLayer(width, heads, inner, dropout=0.0, activation="gelu", layer_norm_eps=1e-12, batch_first=True), getattr(b.attention, "self")
    with torch.no_grad():
        own.self_attn.in_proj_weight.copy_(torch.cat([own_attention.query.weight, own_attention.key.weight, own_attention.value.weight]))
        own.self_attn.in_proj_bias.copy_(torch.cat([own_attention.query.bias, own_attention.key.bias, own_attention.value.bias]))
        for to, source in (
                (own.self_attn.out_proj, b.attention.output.dense), (own.norm1, b.attention.output.LayerNorm), (own.linear1, b.intermediate.dense),
                (own.linear2, b.output.dense), (own.norm2, b.output.LayerNorm)):
            to.weight.copy_(source.weight)
            to.bias.copy_(source.bias)
    theirs = own.train()(x, src_key_padding_mask=taken == 0)
    assert torch.allclose(theirs, through(b, x, taken), atol=1e-5)


def case(name, size):
    length, net = size["length"], filled(size)
    ids = torch.tensor([integers(f"{name} ids {i}", length, size["vocabulary"]) for i in range(3)])
    segments = torch.tensor([integers(f"{name} segments {i}", length, size["segments"]) for i in range(3)])
    taken = torch.tensor([[1.0 if place < length - 2 * i else 0.0 for place in range(length)] for i in range(3)])
    logits, states = net(ids, taken, segments)
    for b, x in zip(net.bert.encoder.layer, states):
        check(b, size["width"], size["heads"], size["inner"], x, taken)
    ((logits ** 2).sum() / 2).backward()
    return {
        "name": name, **size,
        "ids": ids.tolist(), "taken": taken.tolist(), "parts": segments.tolist(),
        "parameters": [{"name": n, "shape": list(p.shape)} for n, p in net.named_parameters()],
        "logits": floats(logits),
        "states": [floats(s.transpose(1, 2)) for s in states],
        "gradients": {n: floats(p.grad) for n, p in net.named_parameters()}}


def main():
    write("encoder.json", {
        "about": about(fill=FILL, ranges="embeddings ±0.5, other matrices ±sqrt(3/fan_in), scales [0.8,1.2], shifts and biases ±0.1", gradients="of half the sum of squared logits"),
        "cases": [case(name, size) for name, size in SIZES.items()]})


if __name__ == "__main__":
    main()
