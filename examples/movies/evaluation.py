"""What is measured on the held-out visits of the demo's users; examples/movies/evaluation.ts measures it through a server."""

import numpy as np
import torch


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
    recall_of = lambda values: float(np.mean([r for user, row in zip(users, values) if (r := recall(user, row, 50)) is not None]))
    return {
        "users": len(users),
        "aucOfRanker": round(auc(np.concatenate(labels), np.concatenate(scores)), 5),
        "ndcgAt10OfRanker": round(float(np.mean(gains)), 5),
        "recallAt50OfTowers": round(recall_of(vectors @ embeddings.T), 5),
        "recallAt50OfFame": round(recall_of(np.tile(fame, (len(users), 1))), 5),
    }


def auc(labels, scores):
    """Probability that a chosen film scores above one that was not; ties count half."""
    order = np.argsort(scores, kind="stable")
    values, first, counts = np.unique(scores[order], return_index=True, return_counts=True)
    ranks = np.repeat(first + (counts + 1) / 2, counts)
    positives = labels[order]
    p, n = positives.sum(), (~positives).sum()
    return float((ranks[positives].sum() - p * (p + 1) / 2) / (p * n))


def ndcg(relevant_in_order, k):
    discounts = 1 / np.log2(np.arange(2, k + 2))
    found = relevant_in_order[:k]
    return float((found * discounts[: len(found)]).sum() / discounts[: min(k, int(relevant_in_order.sum()))].sum())


def recall(user, scores, k):
    """Share of the films chosen later that are among the k best not in the history."""
    wanted = {film for visit in user["heldOut"] for film in visit["chosen"]} - set(user["history"])
    if not wanted:
        return None
    order = np.argsort(-scores, kind="stable") + 1
    best = [film for film in order if film not in set(user["history"])][:k]
    return len(wanted.intersection(best)) / len(wanted)
