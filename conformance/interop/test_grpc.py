"""gRPC's own Python client against the server, and the example of docs/ranking.md as it stands there.

Run by conformance/interop/grpc.ts, which starts the server with the recommender of films and says where it is in
RANGEFINDER_GRPC (host:port) and RANGEFINDER_URL.
"""

import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import re
import sys
import unittest
import urllib.request

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

TARGET = os.environ["RANGEFINDER_GRPC"]
URL = os.environ["RANGEFINDER_URL"]
ROOT = pathlib.Path(__file__).resolve().parents[2]

sys.path.append(str(ROOT / "packages" / "protocol" / "proto"))
protos, services = grpc.protos_and_services("rangefinder/v1/ranker.proto")


def rank_request(**fields):
    context = {"hour": protos.ContextValue(number=20), "family": protos.ContextValue(number=0.5)}
    return protos.RankRequest(**{"ranker": "movies", "user": "1", "context": context, **fields})


class GrpcTest(unittest.TestCase):
    def setUp(self):
        self.channel = grpc.insecure_channel(TARGET)
        self.addCleanup(self.channel.close)
        self.rankers = services.RankerServiceStub(self.channel)

    def refused(self, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        return caught.exception

    def test_rank_gives_what_http_gives(self):
        answer = self.rankers.Rank(rank_request(explain=True, page=protos.PageRequest(size=7)))
        body = {"user": "1", "context": {"hour": 20, "family": 0.5}, "explain": True, "page": {"size": 7}}
        call = urllib.request.Request(f"{URL}/v1/rankers/movies/rank", json.dumps(body).encode())
        with urllib.request.urlopen(call) as response:
            expected = json.load(response)
        self.assertEqual([item.id for item in answer.items], [item["id"] for item in expected["items"]])
        for item, want in zip(answer.items, expected["items"]):
            self.assertAlmostEqual(item.score, want["score"], places=6)
            self.assertEqual(item.scored_by, want["scored_by"])
            self.assertEqual(set(item.explanation.features), set(want["explanation"]["features"]))
        self.assertEqual([stage.stage for stage in answer.explanation.stages], [stage["stage"] for stage in expected["explanation"]["stages"]])
        self.assertEqual(answer.counts.candidates, expected["counts"]["candidates"])

    def test_list_and_show(self):
        self.assertIn("movies", self.rankers.ListRankers(protos.ListRankersRequest()).rankers)
        shown = self.rankers.GetRanker(protos.GetRankerRequest(ranker="movies"))
        with urllib.request.urlopen(f"{URL}/v1/rankers/movies") as response:
            self.assertEqual(json_format.MessageToDict(shown.config), json.load(response))

    def test_errors_have_status_details(self):
        error = self.refused(lambda: self.rankers.Rank(rank_request(page=protos.PageRequest(size=0))))
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertRegex(error.details(), "^page.size: ")
        details = rpc_status.from_call(error).details
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        self.assertTrue(details[0].Unpack(info) and details[1].Unpack(bad))
        self.assertEqual((info.reason, bad.field_violations[0].field), ("INVALID_ARGUMENT", "page.size"))
        self.assertEqual(dict(error.trailing_metadata())["rangefinder-error-code"], "INVALID_ARGUMENT")
        unknown = self.refused(lambda: self.rankers.Rank(rank_request(ranker="moviez")))
        self.assertEqual(unknown.code(), grpc.StatusCode.NOT_FOUND)
        self.assertIn("did you mean movies", unknown.details())

    def test_non_ascii_messages_arrive(self):
        error = self.refused(lambda: self.rankers.GetRanker(protos.GetRankerRequest(ranker="größe 100%\n日本")))
        self.assertIn("größe 100%\n日本", error.details())

    def test_an_unknown_method_is_unimplemented(self):
        call = self.channel.unary_unary("/rangefinder.v1.RankerService/Forget")
        self.assertEqual(self.refused(lambda: call(b"")).code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_a_large_message_is_refused(self):
        ids = protos.ItemIds(ids=["x" * 1000] * 5000)
        error = self.refused(lambda: self.rankers.Rank(rank_request(candidates=ids)))
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertGreater(len(self.rankers.Rank(rank_request()).items), 0)

    def test_gzip_both_ways(self):
        channel = grpc.insecure_channel(TARGET, compression=grpc.Compression.Gzip)
        with channel:
            zipped = services.RankerServiceStub(channel).Rank(rank_request(explain=True))
        plain = self.rankers.Rank(rank_request(explain=True))
        self.assertEqual([item.id for item in zipped.items], [item.id for item in plain.items])

    def test_deadline_and_cancel(self):
        late = self.refused(lambda: self.rankers.Rank(rank_request(), timeout=1e-6))
        self.assertEqual(late.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        future = self.rankers.Rank.future(rank_request())
        future.cancel()
        self.assertTrue(future.cancelled())
        self.assertGreater(len(self.rankers.Rank(rank_request(), timeout=10).items), 0)

    def test_request_ids(self):
        answer, call = self.rankers.Rank.with_call(rank_request(), metadata=(("x-request-id", "mine"),))
        self.assertEqual(answer.request_id, "mine")
        self.assertEqual(dict(call.initial_metadata())["x-request-id"], "mine")

    def test_many_at_one_time(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda i: self.rankers.Rank(rank_request(user=str(1 + i % 5))), range(200)))
        self.assertEqual({answer.user for answer in answers}, {str(user) for user in range(1, 6)})

    def test_health(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        for service in ("", "rangefinder.v1.RankerService"):
            status = health.Check(health_pb2.HealthCheckRequest(service=service)).status
            self.assertEqual(status, health_pb2.HealthCheckResponse.SERVING)
        unknown = self.refused(lambda: health.Check(health_pb2.HealthCheckRequest(service="other")))
        self.assertEqual(unknown.code(), grpc.StatusCode.NOT_FOUND)
        watch = health.Watch(health_pb2.HealthCheckRequest())
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVING)
        watch.cancel()

    def test_reflection(self):
        database = ProtoReflectionDescriptorDatabase(self.channel)
        self.assertIn("rangefinder.v1.RankerService", database.get_services())
        file = database.FindFileContainingSymbol("rangefinder.v1.RankRequest")
        self.assertEqual(file.name, "rangefinder/v1/ranker.proto")
        self.assertEqual([method.name for method in file.service[0].method], ["Rank", "ListRankers", "GetRanker"])

    def test_the_example_of_the_documentation(self):
        text = (ROOT / "docs" / "ranking.md").read_text()
        example = re.search(r"## gRPC\n.*?```python\n(.*?)```", text, re.DOTALL).group(1)
        self.assertIn("localhost:8001", example)
        out = io.StringIO()
        with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
            exec(compile(example.replace("localhost:8001", TARGET), "docs/ranking.md", "exec"), {})
        lines = out.getvalue().splitlines()
        self.assertEqual(len(lines), 5, lines)
        for line in lines:
            self.assertRegex(line, r"^\S+ [0-9.e-]+$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
