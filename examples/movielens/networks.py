"""The two networks, written once over `operations`: as JAX functions to train, as ONNX graphs to serve. Film 0 is padding."""

import numpy as np

from data_set import GENRES
from features import HISTORY, NUMBERS, PROFILE, STARS

DIMENSIONS = 64
WIDTH = 32
OCCUPATION_WIDTH = 8
# Two looks at the history, at first one over all of it and one at what is recent.
HEADS = (0.2, 3)


def dense(random, inputs, outputs):
    return (random.standard_normal((inputs, outputs)) * np.sqrt(1.5 / inputs)).astype(np.float32)


def table(random, rows, width, scale=0.1):
    return (random.standard_normal((rows, width)) * scale).astype(np.float32)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def newest_first(steepness):
    return np.linspace(steepness, -steepness, HISTORY, dtype=np.float32)


def layer(x, weights, name):
    return x @ weights[f"{name}_weight"] + weights[f"{name}_bias"]


def layers(random, sizes):
    """Weights of layers: name → (inputs, outputs)."""
    weights = {}
    for name, (inputs, outputs) in sizes.items():
        weights[f"{name}_weight"], weights[f"{name}_bias"] = dense(random, inputs, outputs), zeros(outputs)
    return weights


# Two towers.


def tower_weights(random, films, occupations):
    inputs = len(HEADS) * WIDTH + 2 * len(GENRES) + PROFILE + OCCUPATION_WIDTH
    return {
        "history_film": table(random, films + 1, WIDTH),
        "history_star": table(random, STARS, WIDTH),
        **{f"head{head}_age": newest_first(steepness) for head, steepness in enumerate(HEADS)},
        **{f"head{head}_star": zeros(STARS, 1) for head in range(len(HEADS))},
        "occupation_table": table(random, occupations, OCCUPATION_WIDTH),
        **layers(random, {"user1": (inputs, 128), "user2": (128, DIMENSIONS)}),
        "item_film": table(random, films + 1, DIMENSIONS),
        **layers(random, {"item": (len(GENRES) + 1, DIMENSIONS)}),
    }


def user_tower(op, weights, user):
    """→ [batch, DIMENSIONS]."""
    absent = op.is_zero(user["history"]) * np.float32(-1e9)
    vectors = op.rows(weights["history_film"], user["history"]) + op.rows(weights["history_star"], user["history_stars"])
    pooled = []
    for head in range(len(HEADS)):
        # How much each film of the history counts: by how long ago it was, and how it was rated.
        of_stars = op.squeeze(op.rows(weights[f"head{head}_star"], user["history_stars"]), -1)
        share = op.softmax(of_stars + weights[f"head{head}_age"] + absent)
        pooled.append(op.sum(vectors * op.expand(share, -1), -2))
    occupation = op.rows(weights["occupation_table"], op.squeeze(user["occupation"], -1))
    x = op.concat([*pooled, user["genres"], user["liked_genres"], user["profile"], occupation])
    return (layer(op.relu(layer(x, weights, "user1")), weights, "user2"),)


def item_tower(weights, catalogue):
    """→ [films + 1, DIMENSIONS], row 0 of no film. Computed once: it is not served."""
    described = np.concatenate([catalogue.genres, catalogue.year[:, None]], 1)
    return weights["item_film"] + layer(described, weights, "item")


# The ranker.


def ranker_weights(random, films, occupations):
    user_inputs = 2 * len(GENRES) + PROFILE + OCCUPATION_WIDTH
    film_inputs = WIDTH + len(GENRES) + NUMBERS
    crossed = 4 * WIDTH + NUMBERS + 2
    sizes = {
        "user": (user_inputs, WIDTH),
        "film": (film_inputs, WIDTH),
        "cross1": (crossed, crossed),
        "cross2": (crossed, crossed),
        "deep": (crossed, 64),
        "preference": (64, 1),
        "liked": (64, 1),
    }
    return {
        "film_table": table(random, films + 1, WIDTH),
        "meeting_table": table(random, films + 1, WIDTH),
        "star_table": table(random, STARS, WIDTH),
        "age_bias": newest_first(1),
        "star_bias": zeros(STARS, 1),
        "occupation_table": table(random, occupations, OCCUPATION_WIDTH),
        **layers(random, sizes),
    }


def ranker_logits(op, weights, row):
    """→ two logits [batch, 1]: of being rated next, among other films; of being liked, if rated."""
    number = op.squeeze(row["film"], -1)
    occupation = op.rows(weights["occupation_table"], op.squeeze(row["occupation"], -1))
    user = op.relu(layer(op.concat([row["genres"], row["liked_genres"], row["profile"], occupation]), weights, "user"))
    described = op.concat([op.rows(weights["film_table"], number), row["film_genres"], row["film_numbers"]])
    film = op.relu(layer(described, weights, "film"))
    # The film looks at the history: what is like it there counts most.
    past = op.rows(weights["meeting_table"], row["history"])
    question = op.rows(weights["meeting_table"], number)
    alike = op.sum(past * op.expand(question, -2), -1)
    bias = weights["age_bias"] + op.squeeze(op.rows(weights["star_bias"], row["history_stars"]), -1)
    share = op.softmax(alike + bias + op.is_zero(row["history"]) * np.float32(-1e9))
    judged = past + op.rows(weights["star_table"], row["history_stars"])
    attended = op.sum(judged * op.expand(share, -1), -2)
    meetings = [op.expand(op.sum(row[name] * row["film_genres"], -1), -1) for name in ("genres", "liked_genres")]
    first = op.concat([user, film, attended, attended * question, row["film_numbers"], *meetings])
    x = first
    for name in ("cross1", "cross2"):
        x = first * layer(x, weights, name) + x
    x = op.relu(layer(x, weights, "deep"))
    return layer(x, weights, "preference"), layer(x, weights, "liked")


def ranker(op, weights, row):
    preference, liked = ranker_logits(op, weights, row)
    return preference, op.sigmoid(liked)
