/** Just enough of the protocol for the mock: requests in, responses out, JSON or binary. */
import { Buffer } from 'node:buffer';

export interface MockTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number | bigint | string>;
}

interface RequestInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
  readonly parameters?: { readonly binary_data_size?: number };
}

export interface MockRequest {
  readonly inputs: readonly MockTensor[];
  readonly binaryOutputs: boolean;
}

export function fromRows(name: string, shape: readonly number[], values: Float32Array): MockTensor {
  return { name, datatype: 'FP32', shape, values };
}

export function readRequest(body: Buffer, jsonLength: number | undefined): MockRequest {
  const head = jsonLength ?? body.length;
  const document = JSON.parse(body.subarray(0, head).toString()) as {
    inputs: RequestInput[];
    parameters?: { binary_data_output?: boolean };
  };
  let at = head;
  const inputs = document.inputs.map((input) => {
    const size = input.parameters?.binary_data_size;
    const { name, datatype, shape } = input;
    if (size === undefined) return { name, datatype, shape, values: (input.data ?? []).flat(Infinity) as number[] };
    const blob = Uint8Array.from(body.subarray(at, at + size));
    at += size;
    return { name, datatype, shape, values: readBlob(datatype, blob) };
  });
  if (at !== body.length) throw new RangeError(`the body has ${body.length} bytes, its header and inputs say ${at}`);
  return { inputs, binaryOutputs: document.parameters?.binary_data_output === true };
}

function readBlob(datatype: string, blob: Uint8Array<ArrayBuffer>): ArrayLike<number | bigint | string> {
  if (datatype === 'FP32') return new Float32Array(blob.buffer);
  if (datatype === 'INT64') return new BigInt64Array(blob.buffer);
  throw new TypeError(`the mock reads no ${datatype}`);
}

export function writeResponse(
  model: string,
  version: string,
  outputs: readonly MockTensor[],
  binary: boolean,
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const blobs = outputs.map((output) => Buffer.from(Float32Array.from(output.values as Float32Array).buffer));
  const document = {
    model_name: model,
    model_version: version,
    outputs: outputs.map(({ name, datatype, shape, values }, i) =>
      binary
        ? { name, datatype, shape, parameters: { binary_data_size: blobs[i]!.length } }
        : { name, datatype, shape, data: Array.from(values as Float32Array) },
    ),
  };
  const head = Buffer.from(JSON.stringify(document));
  if (!binary) return { headers: { 'Content-Type': 'application/json' }, body: head };
  return {
    headers: { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(head.length) },
    body: Buffer.concat([head, ...blobs]),
  };
}
