"""What is measured on the held-out visits of the demo's users; examples/movies/evaluation.ts measures it through a server."""

import pathlib
import sys

import numpy as np
import torch

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from ranking_metrics import auc, ndcg, recall  # noqa: E402


def evaluate(users, user_table, films, embeddings, user_tower, ranker):
    with torch.no_grad():
        vectors = user_tower(**user_table).numpy()
    fame = films["numbers"][1:, 1].numpy()
    labels, scores, gains = [], [], []
    for number, user in enumerate(users):
        for visit in user["heldOut"]:
            row = {name: column[[number] * len(visit["shown"])] for name, column in user_table.items()}
            for name in ("hour", "family"):
                row[name] = torch.full((len(visit["shown"]), 1), float(visit[name]))
            film = {name: column[torch.tensor(visit["shown"])] for name, column in films.items()}
            with torch.no_grad():
                score = ranker(**row, **film).squeeze(1).numpy()
            relevant = np.isin(visit["shown"], visit["chosen"])
            labels.append(relevant)
            scores.append(score)
            if relevant.any():
                gains.append(ndcg(relevant[np.argsort(-score, kind="stable")], 10))
    recall_of = lambda values: float(np.mean([r for user, row in zip(users, values) if (r := recall_of_films(user, row, 50)) is not None]))
    return {
        "users": len(users),
        "aucOfRanker": round(auc(np.concatenate(labels), np.concatenate(scores)), 5),
        "ndcgAt10OfRanker": round(float(np.mean(gains)), 5),
        "recallAt50OfTowers": round(recall_of(vectors @ embeddings.T), 5),
        "recallAt50OfFame": round(recall_of(np.tile(fame, (len(users), 1))), 5),
    }


def recall_of_films(user, scores, k):
    """Share of the films chosen later that are among the k best not in the history."""
    wanted = {film for visit in user["heldOut"] for film in visit["chosen"]} - set(user["history"])
    if not wanted:
        return None
    order = np.argsort(-scores, kind="stable") + 1
    best = [film for film in order if film not in set(user["history"])][:k]
    return recall(wanted, best)
