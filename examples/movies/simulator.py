"""Simulated viewers of the real films: who they are, what they are shown, what they choose. Everything follows from SEED.

A viewer has tastes, drawn once: an affinity for each genre, type and director, a favourite time, a liking for well-known and
for well-rated films, and a short hidden vector that is met by one of each film (what metadata does not tell). A film's appeal
to a viewer is the sum of these, and of the context of the visit:

    hour     late in the evening thrillers and horror gain, by day comedies, musicals and documentaries
    family   0…1, how much children watch along: G and PG gain, R, NC-17 and horror lose

A visit shows SHOWN films, drawn by fame and appeal with noise and never one that was chosen before, best first. A film is
chosen with probability `examined(position) * sigmoid(SHARPNESS * appeal - RELUCTANCE)`: the position bias. Visits that are
held out for evaluation are shown in random order instead, so that position tells nothing about appeal there.
"""

import numpy as np

SEED = 20260103
SHOWN = 20
HISTORY = 20
SHARPNESS = 2.2
RELUCTANCE = 4.2
NUMBER_YEAR, NUMBER_VOTES, NUMBER_RATING = 5, 1, 0


def examined(position):
    """Probability that a viewer looks at the film at this position, the first being 0."""
    return 1 / (1 + 0.1 * position)


class Simulation:
    def __init__(self, data, viewers):
        self.random = np.random.default_rng(SEED)
        self.items = len(data["films"])
        features, words = data["features"], data["vocabularies"]
        self.features = {name: np.asarray(column) for name, column in features.items()}
        self.words = words
        self.viewers = viewers
        self.year = np.asarray([film["year"] for film in data["films"]])
        self.appeal = self._appeal(words)

    def _appeal(self, words):
        """[viewers, items], before the context; about standard normal for each viewer."""
        random, features, viewers = self.random, self.features, self.viewers
        self.genre_taste = random.normal(0, 1.2, (viewers, len(words["genre"])))
        type_taste = random.normal(0, 0.5, (viewers, len(words["type"])))
        director_taste = random.normal(0, 0.7, (viewers, len(words["director"])))
        director_taste[:, 0] = 0
        kind = random.choice(3, viewers, p=[0.6, 0.25, 0.15])
        self.favourite_year = np.asarray([2004, 1992, 1976])[kind] + random.normal(0, 5, viewers)
        fame = random.normal(0.55, 0.35, viewers)
        quality = random.normal(0.5, 0.25, viewers)
        hidden = random.normal(0, 0.35, (viewers, 4)), random.normal(0, 1, (self.items, 4))
        numbers = features["numbers"]
        appeal = self.genre_taste[:, features["genre"]] + type_taste[:, features["type"]]
        appeal += director_taste[:, features["director"]] + hidden[0] @ hidden[1].T
        appeal += fame[:, None] * numbers[:, NUMBER_VOTES] + quality[:, None] * numbers[:, NUMBER_RATING]
        appeal -= 0.6 * np.minimum(4, ((self.year - self.favourite_year[:, None]) / 14) ** 2)
        return ((appeal - appeal.mean(1, keepdims=True)) / appeal.std(1, keepdims=True)).astype(np.float32)

    def in_context(self, hour, family):
        """[viewers, items]: what the context of a visit adds to the appeal."""
        genre = np.asarray(self.words["genre"])[self.features["genre"]]
        certificate = np.asarray(self.words["certificate"])[self.features["certificate"]]
        late = np.cos((hour - 23) * np.pi / 12)[:, None]
        by_hour = 0.8 * np.isin(genre, ["Horror", "Thriller/Suspense"]) - 0.6 * np.isin(
            genre, ["Comedy", "Musical", "Documentary"]
        )
        for_children = 1.6 * np.isin(certificate, ["G", "PG"]) - 1.8 * np.isin(certificate, ["R", "NC-17"])
        for_children = for_children - 1.0 * (genre == "Horror")
        return (late * by_hour + family[:, None] * for_children).astype(np.float32)

    def visits(self, count, held_out):
        """Yields one visit of every viewer after the other: what happened, and the history before it."""
        random, viewers = self.random, self.viewers
        rows = np.arange(viewers)[:, None]
        chosen_before = np.zeros((viewers, self.items), bool)
        history = np.zeros((viewers, HISTORY), np.int64)
        fame = 0.7 * self.features["numbers"][:, NUMBER_VOTES].astype(np.float32)
        for visit in range(count):
            hour = random.integers(0, 24, viewers).astype(np.float32)
            family = np.where(random.random(viewers) < 0.3, random.random(viewers), 0).astype(np.float32)
            appeal = self.appeal + self.in_context(hour, family)
            policy = fame + 1.3 * appeal + random.gumbel(size=appeal.shape).astype(np.float32)
            policy[chosen_before] = -np.inf
            shown = np.argpartition(-policy, SHOWN, axis=1)[:, :SHOWN]
            order = random.permuted(np.tile(np.arange(SHOWN), (viewers, 1)), axis=1)
            if visit < count - held_out:
                order = np.argsort(-policy[rows, shown], axis=1)
            shown = shown[rows, order]
            likely = 1 / (1 + np.exp(RELUCTANCE - SHARPNESS * appeal[rows, shown]))
            clicked = random.random(shown.shape) < likely * examined(np.arange(SHOWN))
            yield {"hour": hour, "family": family, "shown": shown + 1, "clicked": clicked, "history": history.copy()}
            for viewer in range(viewers):
                new = shown[viewer][clicked[viewer]]
                chosen_before[viewer, new] = True
                if visit < count - held_out:
                    history[viewer] = np.concatenate([history[viewer], new + 1])[-HISTORY:]
