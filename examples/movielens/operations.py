"""The few operations that the networks are written in, twice: JAX computes them, OnnxGraph writes them down as a model."""

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class Jax:
    """Arrays in, arrays out; operators (+, *, @) are the arrays' own. Whatever stands before the axes that a network names may
    broadcast, so that training need not repeat a user for each film."""

    rows = staticmethod(lambda table, indices: jnp.asarray(table)[indices])
    relu = staticmethod(jax.nn.relu)
    sigmoid = staticmethod(jax.nn.sigmoid)
    softmax = staticmethod(lambda value: jax.nn.softmax(value, -1))
    sum = staticmethod(lambda value, axis: value.sum(axis))
    expand = staticmethod(jnp.expand_dims)
    squeeze = staticmethod(lambda value, axis: value.squeeze(axis))
    is_zero = staticmethod(lambda indices: (indices == 0).astype(jnp.float32))

    @staticmethod
    def concat(values):
        before = jnp.broadcast_shapes(*(value.shape[:-1] for value in values))
        return jnp.concatenate([jnp.broadcast_to(value, (*before, value.shape[-1])) for value in values], -1)


class Node:
    """A tensor of the graph, by name."""

    def __init__(self, graph, name):
        self.graph, self.name = graph, name

    def __add__(self, other):
        return self.graph.node("Add", self, other)

    def __mul__(self, other):
        return self.graph.node("Mul", self, other)

    def __matmul__(self, other):
        return self.graph.node("MatMul", self, other)


class OnnxGraph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def node(self, kind, *inputs, **attributes):
        name = f"{kind.lower()}_{len(self.nodes)}"
        names = [value.name if isinstance(value, Node) else self.constant(value).name for value in inputs]
        self.nodes.append(helper.make_node(kind, names, [name], name=name, **attributes))
        return Node(self, name)

    def constant(self, value, name=None):
        name = name or f"constant_{len(self.constants)}"
        array = np.asarray(value)
        array = array if array.dtype == np.int64 else array.astype(np.float32)
        self.constants.append(numpy_helper.from_array(array, name))
        return Node(self, name)

    def rows(self, table, indices):
        return self.node("Gather", table, indices, axis=0)

    def concat(self, values):
        return self.node("Concat", *values, axis=-1)

    def relu(self, value):
        return self.node("Relu", value)

    def sigmoid(self, value):
        return self.node("Sigmoid", value)

    def softmax(self, value):
        return self.node("Softmax", value, axis=-1)

    def sum(self, value, axis):
        return self.node("ReduceSum", value, np.int64([axis]), keepdims=0)

    def expand(self, value, axis):
        return self.node("Unsqueeze", value, np.int64([axis]))

    def squeeze(self, value, axis):
        return self.node("Squeeze", value, np.int64([axis]))

    def is_zero(self, indices):
        return self.node("Cast", self.node("Equal", indices, np.int64(0)), to=TensorProto.FLOAT)


def onnx_model(network, weights, inputs, outputs):
    """The network as ONNX. `inputs`: name → one row, without the batch dimension; `outputs`: names, in the network's order."""
    graph = OnnxGraph()
    named = {name: graph.constant(value, name) for name, value in weights.items()}
    results = network(graph, named, {name: Node(graph, name) for name in inputs})
    declared = []
    for name, result in zip(outputs, results):
        graph.nodes.append(helper.make_node("Identity", [result.name], [name], name=name))
        declared.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None]))
    types = {"i": TensorProto.INT64, "f": TensorProto.FLOAT}
    values = [
        helper.make_tensor_value_info(name, types[value.dtype.kind], ["batch", *value.shape])
        for name, value in inputs.items()
    ]
    read = {name for node in graph.nodes for name in node.input}
    constants = [constant for constant in graph.constants if constant.name in read]
    body = helper.make_graph(graph.nodes, "network", values, declared, constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model, full_check=True)
    return model
