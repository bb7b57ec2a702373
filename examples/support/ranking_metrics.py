"""Metrics of rankings. ranking-metrics.ts computes the same of what a server answers."""

import numpy as np


def auc(labels, scores):
    """Probability that a relevant one scores above one that is not; ties count half."""
    order = np.argsort(scores, kind="stable")
    _, first, counts = np.unique(scores[order], return_index=True, return_counts=True)
    ranks = np.repeat(first + (counts + 1) / 2, counts)
    positives = labels[order]
    p, n = positives.sum(), (~positives).sum()
    return float((ranks[positives].sum() - p * (p + 1) / 2) / (p * n))


def ndcg(relevant_in_order, k, total=None):
    """Of a list, best first. `total`: how many relevant ones there are, where the list has not all of them."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    found = np.asarray(relevant_in_order[:k])
    ideal = min(k, int(np.sum(relevant_in_order)) if total is None else total)
    return float((found * discounts[: len(found)]).sum() / discounts[:ideal].sum())


def recall(wanted, found):
    """Share of the wanted, of which there is at least one, that was found."""
    return len(wanted.intersection(found)) / len(wanted)
