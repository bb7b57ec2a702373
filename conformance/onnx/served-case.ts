import type { RangefinderClient } from '@rangefinder/client';
import { formatShape, type Tensor } from '@rangefinder/tensor';
import { difference } from './compare.ts';
import type { GraphValue } from './model-proto.ts';
import { readDataSet, readInterface, type TestCase } from './test-cases.ts';

export type Verdict =
  | { readonly kind: 'passed' }
  /** The graph takes or gives something that the protocol has no tensor for. */
  | { readonly kind: 'inexpressible'; readonly what: string }
  /** The data of the case is not what its own model declares. */
  | { readonly kind: 'contradictory'; readonly what: string }
  /** Refused, or answered with something else than expected: whose fault that is remains to be seen. */
  | { readonly kind: 'differs'; readonly problem: string };

/** Loads a case, sends its inputs over HTTP, compares what comes back, and unloads it. */
export async function runServedCase(client: RangefinderClient, testCase: TestCase): Promise<Verdict> {
  const graph = readInterface(testCase);
  const others = [...graph.inputs, ...graph.outputs].filter(({ kind }) => kind !== 'tensor');
  if (others.length > 0)
    return { kind: 'inexpressible', what: [...new Set(others.map(({ kind }) => kind))].sort().join(', ') };
  const dataSets = testCase.dataSets.map((dataSet) => readDataSet(testCase, dataSet, graph));
  const contradictions = dataSets.flatMap(({ inputs }) =>
    inputs.flatMap((input) => contradiction(input, graph.inputs) ?? []),
  );
  if (contradictions.length > 0) return { kind: 'contradictory', what: contradictions.join('; ') };
  try {
    await client.load(testCase.modelName);
    try {
      for (const { inputs, outputs: expected } of dataSets) {
        const { outputs } = await client.infer(testCase.modelName, inputs);
        const problems = expected.flatMap(
          (tensor) =>
            difference(
              outputs.find(({ name }) => name === tensor.name),
              tensor,
            ) ?? [],
        );
        if (problems.length > 0) return { kind: 'differs', problem: problems.join('; ') };
      }
    } finally {
      await client.unload(testCase.modelName);
    }
    return { kind: 'passed' };
  } catch (error) {
    return { kind: 'differs', problem: error instanceof Error ? error.message : String(error) };
  }
}

function contradiction({ name, shape }: Tensor, declared: readonly GraphValue[]): string | undefined {
  const wanted = declared.find((value) => value.name === name)?.shape;
  if (wanted === undefined) return undefined;
  const fits = wanted.length === shape.length && wanted.every((size, i) => size === -1 || size === shape[i]);
  return fits ? undefined : `input ${name} is ${formatShape(shape)}, its model declares ${formatShape(wanted)}`;
}
