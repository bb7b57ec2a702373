"""The metrics, computed from the exported files with onnxruntime: what evaluate.ts must find through a server."""

import math

import numpy as np
import onnxruntime

from features import CANDIDATES, LIKED_STARS
from ranking_metrics import auc, ndcg, recall

RETRIEVED, PAGE = 50, 10
USERS_AT_ONCE = 16


def evaluate(inputs, users, films, embeddings, tower_file, ranker_file):
    """`users`, `films`: features by row, user 1 and film 1 first; `embeddings` in the order of the films. → (metrics, a line for
    each user)."""
    vectors = run(tower_file, users)[0]
    scores = vectors.astype(np.float64) @ embeddings.astype(np.float64).T
    retrieved = best_unseen(inputs, scores)
    ranker = session(ranker_file)
    liking, pages = [], []
    for first in range(0, len(retrieved), USERS_AT_ONCE):
        some = range(first, min(first + USERS_AT_ONCE, len(retrieved)))
        preference, _ = score(ranker, users, films, some, [retrieved[user] for user in some])
        for user, gained in zip(some, preference):
            # Scores of sources are single precision, the formula is computed in double.
            total = scores[user, retrieved[user] - 1].astype(np.float32).astype(np.float64) + gained.astype(np.float64)
            pages.append(retrieved[user][np.lexsort((retrieved[user], -total))])
        liking += list(score(ranker, users, films, some, [inputs.held_out[user][0] for user in some])[1])
    lines = [
        {
            "user": user + 1,
            "heldOut": inputs.held_out[user][0].tolist(),
            "liked": (inputs.held_out[user][1] >= LIKED_STARS).tolist(),
            "retrieved": retrieved[user][:RETRIEVED].tolist(),
            "page": pages[user][:PAGE].tolist(),
        }
        for user in range(len(retrieved))
    ]
    return {**summary(inputs, lines, np.concatenate(liking)), "ndcgAt10OfRetrieval": gain(lines, retrieved)}, lines


def summary(inputs, lines, liking):
    labels = np.concatenate([line["liked"] for line in lines])
    held_out = np.concatenate([line["heldOut"] for line in lines])
    statistics = inputs.statistics
    popular = best_unseen(inputs, np.tile(statistics.ratings[1:].astype(np.float64), (len(lines), 1)))
    return {
        "users": len(lines),
        "heldOut": len(labels),
        "auc": auc(labels, liking),
        "recallAt50": found(lines, [line["retrieved"] for line in lines]),
        "ndcgAt10": gain(lines, [line["page"] for line in lines]),
        "popularity": {
            "auc": auc(labels, statistics.ratings[held_out]),
            "aucOfShareOfLikes": auc(labels, statistics.numbers(held_out)[:, 1]),
            "recallAt50": found(lines, popular),
            "ndcgAt10": gain(lines, popular),
        },
    }


def best_unseen(inputs, scores):
    """For each user the CANDIDATES best films not rated before, equal ones by number."""
    scores = scores.copy()
    for user, (films, _) in enumerate(inputs.training):
        scores[user, films - 1] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :CANDIDATES] + 1
    return [row[np.isfinite(scores[user, row - 1])] for user, row in enumerate(order)]


def wanted(line):
    return {film for film, liked in zip(line["heldOut"], line["liked"]) if liked}


def found(lines, orders):
    """Mean share of the films that were liked later among the first RETRIEVED; users who liked none do not count."""
    return mean([recall(wanted(line), order[:RETRIEVED]) for line, order in zip(lines, orders) if wanted(line)])


def gain(lines, orders):
    """NDCG@10 over the whole catalogue: also what was liked later and is not in the order counts for the ideal."""
    gains = []
    for line, order in zip(lines, orders):
        if wanted(line):
            gains.append(ndcg([film in wanted(line) for film in order[:PAGE]], PAGE, len(wanted(line))))
    return mean(gains)


def mean(values):
    return math.fsum(values) / len(values)


def session(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def run(file, inputs):
    return session(file).run(None, inputs)


def score(ranker, users, films, some, chosen):
    """The ranker's outputs for some users, each with its films: two lists of arrays."""
    rows = np.concatenate([[user] * len(films_of) for user, films_of in zip(some, chosen)])
    numbers = np.concatenate(chosen)
    row = {name: column[rows] for name, column in users.items()}
    row |= {name: column[numbers - 1] for name, column in films.items()}
    ends = np.cumsum([len(films_of) for films_of in chosen])[:-1]
    return [np.split(output[:, 0], ends) for output in ranker.run(None, row)]
