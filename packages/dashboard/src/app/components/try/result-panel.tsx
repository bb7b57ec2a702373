import type { JSX } from 'preact';
import { formatBytes, millisecondsQuantity } from '../../logic/format.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import type { Tensor } from '../../logic/tensor.ts';
import type { InferenceResult } from '../../state/api-client.ts';
import { inputsThatTake } from '../../logic/state-pairs.ts';
import { OutputCard } from './output-card.tsx';

interface ResultPanelProps {
  readonly result: InferenceResult;
  readonly inputs: readonly TensorDeclaration[];
  readonly pairs: ReadonlyMap<string, string>;
  readonly onFeedBack: (output: Tensor, input: string) => void;
}

export function ResultPanel({ result, inputs, pairs, onFeedBack }: ResultPanelProps): JSX.Element {
  const { response, roundTripMs, responseBytes } = result;
  const time = millisecondsQuantity(roundTripMs);
  return (
    <>
      <div class="panel timing">
        <div>
          <span class="figure-small num">
            {time.value}
            <span class="unit">{time.unit}</span>
          </span>
          <span class="unit">round trip</span>
        </div>
        <div>
          <span class="figure-small num">{formatBytes(responseBytes)}</span>
          <span class="unit">received</span>
        </div>
        <div>
          <span class="figure-small num">v{response.modelVersion}</span>
          <span class="unit">answered</span>
        </div>
      </div>
      {response.outputs.map((output) => (
        <OutputCard
          key={output.name}
          output={output}
          backTo={feedTargets(output, inputs, pairs)}
          onFeedBack={(input) => onFeedBack(output, input)}
        />
      ))}
    </>
  );
}

/** The input that the names pair it with, first; else every input that could take it. */
function feedTargets(
  output: Tensor,
  inputs: readonly TensorDeclaration[],
  pairs: ReadonlyMap<string, string>,
): readonly string[] {
  const paired = pairs.get(output.name);
  return paired === undefined ? inputsThatTake(inputs, output).slice(0, 2) : [paired];
}
