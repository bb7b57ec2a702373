import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { curlCommand } from '../../logic/curl-command.ts';
import { elementType, isElementType } from '../../logic/element-types.ts';
import { formatBytes } from '../../logic/format.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { encodeRequest } from '../../logic/oip-message.ts';
import type { OutgoingRequest } from '../../logic/oip-message.ts';
import type { Tensor } from '../../logic/tensor.ts';
import { absoluteUrl, modelPath } from '../../state/api-client.ts';
import { Button, CodeBlock } from '../controls.tsx';

interface RequestPanelProps {
  readonly model: string;
  readonly version: string;
  readonly tensors: readonly Tensor[];
  readonly outputs: readonly TensorDeclaration[];
}

/** The command that sends what the form holds. It asks for JSON, to read in a terminal, unless an output cannot be JSON. */
export function RequestPanel({ model, version, tensors, outputs }: RequestPanelProps): JSX.Element {
  const binaryOutputs = outputs.some(
    (output) => !isElementType(output.datatype) || !elementType(output.datatype).inJson,
  );
  const request = useMemo(() => encodeRequest(tensors, { binaryOutputs }), [tensors, binaryOutputs]);
  const file = `${model.replace(/[^\w.-]/g, '_')}-request.bin`;
  const command =
    curlCommand(absoluteUrl(`${modelPath(model, version)}/infer`), request, file) +
    (binaryOutputs ? ' \\\n  -o response.bin' : '');
  return (
    <div class="request">
      <CodeBlock label={`The same with curl, ${formatBytes(request.body.byteLength)}`} text={command} />
      {request.binary ? (
        <Button small kind="quiet" icon="download" onClick={() => save(request, file)}>
          Download {file}
        </Button>
      ) : null}
    </div>
  );
}

function save(request: OutgoingRequest, file: string): void {
  const url = URL.createObjectURL(new Blob([request.body]));
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  URL.revokeObjectURL(url);
}
