"""Trains the two networks on cuts: a user at a place in the sequence of ratings, with what came before and what came next."""

import jax
import jax.numpy as jnp
import numpy as np

import networks
from features import CANDIDATES, HELD_OUT, LIKED_STARS, stacked
from operations import Jax

SEED = 20260105
# A cut is followed by as many ratings as are held out, and nobody is known by fewer than this before it.
NEXT = HELD_OUT
KNOWN_MIN = 3
# What a film that was rated next, but not liked, counts beside one that was liked.
NOT_LIKED = 0.3
NEVER = np.int16(np.iinfo(np.int16).max)


class Cuts:
    """All cuts of all users."""

    def __init__(self, inputs):
        sequences, films = inputs.training, inputs.catalogue.count
        self.place = np.full((len(sequences), films + 1), NEVER)
        self.liked = np.zeros((len(sequences), films + 1), bool)
        for user, (rated, stars) in enumerate(sequences):
            self.place[user, rated] = np.arange(len(rated))
            self.liked[user, rated] = stars >= LIKED_STARS
        pairs = [(user, cut) for user, (rated, _) in enumerate(sequences) for cut in range(KNOWN_MIN, len(rated))]
        self.user, self.cut = np.asarray(pairs).T
        self.features = stacked([inputs.features_of(user, cut) for user, cut in pairs])

    def batch(self, chosen):
        """Users, their features, and by film: seen before; rated next; how much that counts."""
        users, cut = self.user[chosen], self.cut[chosen][:, None]
        place = self.place[users]
        seen = place < cut
        # Row 0 is no film.
        seen[:, 0] = True
        following = (place >= cut) & (place < cut + NEXT)
        weight = following * np.where(self.liked[users], 1, NOT_LIKED).astype(np.float32)
        return users, {name: column[chosen] for name, column in self.features.items()}, seen, following, weight


class Adam:
    """AdamW with a warm-up and a cosine to zero; biases do not decay."""

    def __init__(self, loss, weights, steps, rate, decay):
        self.steps, self.rate, self.step = steps, rate, 0
        self.state = (weights, *(jax.tree.map(jnp.zeros_like, weights) for _ in range(2)))

        @jax.jit
        def update(state, step, rate, *batch):
            value, gradient = jax.value_and_grad(loss)(state[0], *batch)
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], gradient)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state[2], gradient)

            def moved(weight, m, v):
                change = m / (1 - 0.9**step) / (jnp.sqrt(v / (1 - 0.999**step)) + 1e-8)
                return weight - rate * (change + decay * weight * (weight.ndim > 1))

            return (jax.tree.map(moved, state[0], first, second), first, second), value

        self.update = update

    @property
    def weights(self):
        return self.state[0]

    def train(self, *batch):
        self.step += 1
        cosine = 0.5 * (1 + np.cos(np.pi * self.step / self.steps))
        rate = self.rate * min(1, self.step / (0.1 * self.steps)) * cosine
        self.state, value = self.update(self.state, float(self.step), rate, *batch)
        return float(value)


def batches(random, count, size, epochs):
    steps = int(epochs * count) // size
    order = np.concatenate([random.permutation(count) for _ in range(int(np.ceil(epochs)))])
    return [order[step * size : (step + 1) * size] for step in range(steps)]


def report(name, step, steps, losses):
    every = max(1, steps // 5)
    if (step + 1) % every == 0:
        print(f"{name}: step {step + 1} of {steps}, loss {np.mean(losses[-every:]):.3f}", flush=True)


def dropped(key, values, share, scale=False):
    kept = jax.random.uniform(key, values.shape) >= share
    return jnp.where(kept, values / (1 - share) if scale else values, 0)


def train_towers(inputs, cuts, epochs=6, size=512):
    """Softmax over all films that the user had not seen: the next ones must score highest."""
    random = np.random.default_rng(SEED)
    weights = networks.tower_weights(random, inputs.catalogue.count, len(inputs.users.occupations))

    def loss(weights, user, seen, weight, key):
        history_key, vector_key = jax.random.split(key)
        user = {**user, "history": dropped(history_key, user["history"], 0.3)}
        (vector,) = networks.user_tower(Jax, weights, user)
        scores = dropped(vector_key, vector, 0.2, scale=True) @ networks.item_tower(weights, inputs.catalogue).T
        chances = jax.nn.log_softmax(jnp.where(seen, -1e9, scores))
        return -(weight * chances).sum() / weight.sum()

    plan = batches(random, len(cuts.user), size, epochs)
    adam = Adam(loss, jax.tree.map(jnp.asarray, weights), len(plan), rate=2e-3, decay=1e-2)
    losses = []
    for step, chosen in enumerate(plan):
        _, user, seen, _, weight = cuts.batch(chosen)
        losses.append(adam.train(user, seen, weight, jax.random.key(SEED + step)))
        report("towers", step, len(plan), losses)
    return jax.tree.map(np.asarray, adam.weights)


# Of one cut, what the ranker compares: the films rated next, and of the others some that the towers find and some at random.
FOUND, AT_RANDOM = 30, 10


def train_ranker(inputs, cuts, towers, epochs=1, size=32):
    random = np.random.default_rng(SEED + 1)
    weights = networks.ranker_weights(random, inputs.catalogue.count, len(inputs.users.occupations))
    items = networks.item_tower(towers, inputs.catalogue)
    retrieve = jax.jit(lambda user: networks.user_tower(Jax, towers, user)[0] @ items.T)

    def loss(weights, user, film, next_to_be, valid, liked, key):
        user = {**user, "history": dropped(key, user["history"], 0.2)}
        # One user with many films: the axes of users and films broadcast.
        row = {name: value[:, None] for name, value in user.items()}
        preference, liking = (logit[..., 0] for logit in networks.ranker_logits(Jax, weights, {**row, **film}))
        weight = next_to_be * jnp.where(liked, 1, NOT_LIKED)
        chances = jax.nn.log_softmax(jnp.where(valid, preference, -1e9))
        of_order = -(weight * chances).sum(1) / jnp.maximum(1, weight.sum(1))
        of_liking = jnp.logaddexp(0, liking) - liking * liked
        return of_order.mean() + (of_liking * next_to_be).sum() / next_to_be.sum()

    plan = batches(random, len(cuts.user), size, epochs)
    adam = Adam(loss, jax.tree.map(jnp.asarray, weights), len(plan), rate=2e-3, decay=1e-2)
    losses = []
    for step, chosen in enumerate(plan):
        users, user, seen, following, _ = cuts.batch(chosen)
        films, next_to_be, valid = compared(random, np.array(retrieve(user)), seen, following, cuts.place[users])
        film = inputs.film_features(films, np.broadcast_to(users[:, None], films.shape))
        liked = cuts.liked[users[:, None], films].astype(np.float32)
        losses.append(adam.train(user, film, next_to_be, valid, liked, jax.random.key(SEED + step)))
        report("ranker", step, len(plan), losses)
    return jax.tree.map(np.asarray, adam.weights)


def compared(random, scores, seen, following, place, depth=CANDIDATES):
    """Films of each cut, which of them were rated next, and which may be compared at all."""
    scores[seen | following] = -np.inf
    rows, depth = len(scores), min(depth, scores.shape[1] // 2)
    found = np.argpartition(-scores, depth, axis=1)[:, :depth]
    others = np.concatenate(
        [
            np.take_along_axis(found, random.integers(0, depth, (rows, FOUND)), 1),
            random.integers(1, scores.shape[1], (rows, AT_RANDOM)),
        ],
        axis=1,
    )
    first = np.argsort(np.where(following, place, NEVER), axis=1, kind="stable")[:, :NEXT]
    are_next = np.take_along_axis(following, first, 1)
    may_be = ~np.take_along_axis(seen | following, others, 1)
    films = np.concatenate([first, others], 1)
    next_to_be = np.concatenate([are_next, np.zeros_like(may_be)], 1).astype(np.float32)
    return films, next_to_be, np.concatenate([are_next, may_be], 1)
