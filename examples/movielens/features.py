"""What the models read of users and films, and how the ratings are divided. Nothing here looks at what is held out."""

import numpy as np

from data_set import GENRES

# Ratings at the end of each user's sequence that are only measured on.
HELD_OUT = 10
# Films that retrieval hands to the ranker: the quota in ranker/ranker.yaml.
CANDIDATES = 200
# The films rated last that the models read.
HISTORY = 100
LIKED_STARS = 4
STARS = 6
PROFILE = 6
NUMBERS = 4


def sequences_of(data):
    """Each user's ratings in the order in which they were made; those of one second by film. [(films, stars), ...]"""
    by_user = [[] for _ in data.users]
    for rating in data.ratings:
        by_user[rating.user - 1].append((rating.seconds, rating.film, rating.stars))
    rows = [np.asarray(sorted(ratings), np.int64).reshape(-1, 3) for ratings in by_user]
    return [(row[:, 1], row[:, 2]) for row in rows]


class Catalogue:
    """Tables by film number; row 0 is no film."""

    def __init__(self, data):
        self.count = len(data.films)
        self.genres = np.zeros((self.count + 1, len(GENRES)), np.float32)
        self.year = np.zeros(self.count + 1, np.float32)
        for film in data.films:
            self.genres[film.id, [GENRES.index(genre) for genre in film.genres]] = 1
            self.year[film.id] = ((film.year or 1990) - 1990) / 10


class FilmStatistics:
    """What other users' training ratings say of a film: what a user rates later must not be read off the numbers."""

    def __init__(self, catalogue, sequences):
        self.catalogue = catalogue
        users = len(sequences)
        self.stars = np.zeros((users, catalogue.count + 1), np.int64)
        for user, (films, stars) in enumerate(sequences):
            self.stars[user, films] = stars
        self.ratings = (self.stars > 0).sum(0)
        self.likes = (self.stars >= LIKED_STARS).sum(0)
        self.sum = self.stars.sum(0)
        self.mean_stars = self.sum.sum() / self.ratings.sum()
        self.mean_like = self.likes.sum() / self.ratings.sum()

    def numbers(self, films, users=None):
        """[..., NUMBERS] of films; where `users` are given (of the same shape) their own ratings are not counted."""
        own = 0 if users is None else self.stars[users, films]
        ratings = self.ratings[films] - (np.asarray(own) > 0)
        likes = self.likes[films] - (np.asarray(own) >= LIKED_STARS)
        stars = self.sum[films] - own
        weight = 5
        columns = (
            np.log1p(ratings) - 3,
            3 * ((likes + weight * self.mean_like) / (ratings + weight) - self.mean_like),
            (stars + weight * self.mean_stars) / (ratings + weight) - self.mean_stars,
            self.catalogue.year[films],
        )
        return np.stack(columns, -1).astype(np.float32)


class Users:
    """What is known of users besides their ratings."""

    def __init__(self, data):
        self.occupations = sorted({user.occupation for user in data.users})
        self.occupation = np.asarray([[self.occupations.index(user.occupation)] for user in data.users], np.int64)
        self.age = np.asarray([(user.age - 30) / 15 for user in data.users], np.float32)
        self.female = np.asarray([user.gender == "F" for user in data.users], np.float32)


class Inputs:
    """The division of the ratings, and the inputs of the models. `skip`: so many ratings at each end are not there at all, so
    that settings can be chosen on what comes before those that are measured."""

    def __init__(self, data, skip=0):
        whole = [(films[: len(films) - skip], stars[: len(stars) - skip]) for films, stars in sequences_of(data)]
        self.training = [(films[:-HELD_OUT], stars[:-HELD_OUT]) for films, stars in whole]
        self.held_out = [(films[-HELD_OUT:], stars[-HELD_OUT:]) for films, stars in whole]
        self.catalogue, self.users = Catalogue(data), Users(data)
        self.statistics = FilmStatistics(self.catalogue, self.training)
        self.numbers = self.statistics.numbers(np.arange(self.catalogue.count + 1))

    def features_of(self, user, cut=None):
        """Of one user, as of before the rating number `cut`: the inputs of the models, without the batch dimension."""
        films, stars = (column[:cut] for column in self.training[user])
        recent = min(HISTORY, len(films))
        history, history_stars = np.zeros(HISTORY, np.int64), np.zeros(HISTORY, np.int64)
        # The newest first, so that a place means an age.
        history[:recent], history_stars[:recent] = films[::-1][:recent], stars[::-1][:recent]
        liked = stars >= LIKED_STARS
        genres = self.catalogue.genres
        share = lambda chosen: genres[chosen].mean(0) if len(chosen) else np.zeros(len(GENRES), np.float32)
        profile = (
            self.users.age[user],
            self.users.female[user],
            stars.mean() - 3.5 if len(stars) else 0,
            liked.mean() - 0.5 if len(stars) else 0,
            np.log1p(len(films)) - 4,
            self.numbers[films, 0].mean() if len(films) else 0,
        )
        return {
            "history": history,
            "history_stars": history_stars,
            "genres": share(films),
            "liked_genres": share(films[liked]),
            "profile": np.asarray(profile, np.float32),
            "occupation": self.users.occupation[user],
        }

    def film_features(self, films, users=None):
        """Of films, in any shape; for training, with the numbers that their `users` did not contribute to."""
        numbers = self.numbers[films] if users is None else self.statistics.numbers(films, users)
        return {"film": films[..., None], "film_genres": self.catalogue.genres[films], "film_numbers": numbers}


def stacked(rows):
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
