"""Feast's own feature server and SDK beside this server, on the same data.

FEAST_URL and RANGEFINDER_URL name the two; FEAST_REMOTE_REPO the folder of a Feast repository whose online store is
this server. conformance/interop/feast.ts starts all of it.
"""

import os
import unittest
from datetime import datetime, timezone

import requests

FEAST = os.environ["FEAST_URL"]
OURS = os.environ["RANGEFINDER_URL"]
FEATURES = ["rate", "score", "trips", "city", "active", "embedding", "ids"]
NOW = datetime.now(timezone.utc).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")

FRAME = {
    "driver_id": [1001, 1002],
    "event_timestamp": [NOW, NOW],
    "rate": [0.1, 3.0],
    "score": [0.1, 1e300],
    "trips": [900719925474099, -5],
    "city": ["Berün \"x\"", ""],
    "active": [True, False],
    "embedding": [[0.1, 2.0], [-1.5, 0.0]],
    "ids": [[1, 2], [7]],
}


def post(base, path, body):
    return requests.post(f"{base}{path}", json=body, timeout=30)


def columns(answer):
    names = answer["metadata"]["feature_names"]
    return dict(zip(names, answer["results"], strict=True))


def setUpModule():
    for base in (FEAST, OURS):
        pushed = post(base, "/push", {"push_source_name": "driver_push", "df": FRAME, "to": "online"})
        assert pushed.status_code == 200, pushed.text


class FeastServer(unittest.TestCase):
    def both(self, body):
        answers = [post(base, "/get-online-features", body) for base in (FEAST, OURS)]
        for answer in answers:
            self.assertEqual(answer.status_code, 200, answer.text)
        return [columns(answer.json()) for answer in answers]

    def test_values_statuses_and_times_are_equal(self):
        theirs, ours = self.both(
            {"features": [f"driver_stats:{name}" for name in FEATURES], "entities": {"driver_id": [1001, 1002, 5]}}
        )
        self.assertEqual(theirs, ours)
        self.assertIsInstance(ours["rate"]["values"][1], float)

    def test_full_feature_names(self):
        theirs, ours = self.both(
            {"features": ["driver_stats:trips"], "entities": {"driver_id": [1001]}, "full_feature_names": True}
        )
        self.assertEqual(theirs, ours)
        self.assertIn("driver_stats__trips", ours)

    def test_feature_service(self):
        theirs, ours = self.both({"feature_service": "drivers", "entities": {"driver_id": [1001, 1002]}})
        self.assertEqual(theirs, ours)

    def test_a_column_that_no_feature_needs_is_not_repeated(self):
        theirs, ours = self.both(
            {"features": ["driver_stats:trips"], "entities": {"driver_id": [1001], "other": [1]}}
        )
        self.assertEqual(theirs, ours)

    def test_unknown_names_are_404_where_feast_says_so(self):
        for body in (
            {"features": ["nope:trips"], "entities": {"driver_id": [1]}},
            {"feature_service": "nope", "entities": {"driver_id": [1]}},
        ):
            for base in (FEAST, OURS):
                self.assertEqual(post(base, "/get-online-features", body).status_code, 404)

    def test_health(self):
        for base in (FEAST, OURS):
            self.assertEqual(requests.get(f"{base}/health", timeout=30).status_code, 200)


class FeastSdk(unittest.TestCase):
    """The SDK with `online_store: remote` reads from this server."""

    def test_get_online_features(self):
        from feast import FeatureStore

        store = FeatureStore(repo_path=os.environ["FEAST_REMOTE_REPO"])
        answer = store.get_online_features(
            features=[f"driver_stats:{name}" for name in FEATURES],
            entity_rows=[{"driver_id": 1001}, {"driver_id": 1002}],
        ).to_dict()
        self.assertEqual(answer["driver_id"], [1001, 1002])
        for name in ("score", "trips", "city", "active", "ids"):
            self.assertEqual(answer[name], FRAME[name])
        self.assertAlmostEqual(answer["rate"][0], 0.1, places=6)
        self.assertAlmostEqual(answer["embedding"][1][0], -1.5)


if __name__ == "__main__":
    unittest.main()
