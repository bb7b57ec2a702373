import type { JSX } from 'preact';
import { formatShape } from '../logic/shape.ts';
import type { DeclaredShape } from '../logic/shape.ts';
import type { ModelMetadata, TensorMetadata } from '../state/api-types.ts';

/** What the model takes and gives; the batch dimension is shown as such. */
export function SignatureTable({
  metadata,
  maxBatchSize,
}: {
  readonly metadata: ModelMetadata;
  readonly maxBatchSize: number;
}): JSX.Element {
  return (
    <div class="panel signature">
      <TensorList title="Inputs" tensors={metadata.inputs} batched={maxBatchSize > 0} />
      <TensorList title="Outputs" tensors={metadata.outputs} batched={maxBatchSize > 0} />
    </div>
  );
}

function TensorList({
  title,
  tensors,
  batched,
}: {
  readonly title: string;
  readonly tensors: readonly TensorMetadata[];
  readonly batched: boolean;
}): JSX.Element {
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {tensors.map((tensor) => (
          <li key={tensor.name}>
            <code class="tensor-name">{tensor.name}</code>
            <span class="tag">{tensor.datatype}</span>
            <code class="muted num">{formatShape(withBatch(tensor.shape, batched))}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function withBatch(shape: readonly number[], batched: boolean): DeclaredShape {
  return shape.map((size, i) => (batched && i === 0 && size < 0 ? 'batch' : size));
}
