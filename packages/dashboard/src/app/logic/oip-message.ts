import { elementType, isElementType } from './element-types.ts';
import { decodeValues, encodeValues } from './tensor-codec.ts';
import { elementCount } from './shape.ts';
import { allocateValues, isBig, isText } from './tensor.ts';
import type { Tensor, TensorValues } from './tensor.ts';

/** Name of the header that says how many bytes of a body are JSON, the binary tensors following. */
export const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

/** Above so many bytes a request goes binary; below, JSON keeps it readable. */
const JSON_MAX_BYTES = 16 * 1024;

export interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly json: string;
  readonly binary: boolean;
}

export interface RequestOptions {
  /** Asks for outputs as binary data, which keeps every bit. */
  readonly binaryOutputs: boolean;
  readonly id?: string;
}

/** An Open Inference Protocol request; inputs go as binary data when they are large or JSON cannot say their values. */
export function encodeRequest(inputs: readonly Tensor[], options: RequestOptions): OutgoingRequest {
  const total = inputs.reduce(
    (sum, input) => sum + elementCount(input.shape) * Math.max(1, elementType(input.dataType).bytes),
    0,
  );
  const binary = total > JSON_MAX_BYTES || inputs.some((input) => !fitsJson(input));
  const blobs: Uint8Array[] = [];
  const entries = inputs.map((input) => {
    const head = { name: input.name, shape: [...input.shape], datatype: input.dataType };
    if (!binary) return { ...head, data: jsonData(input) };
    const blob = encodeValues(input.dataType, input.values);
    blobs.push(blob);
    return { ...head, parameters: { binary_data_size: blob.byteLength } };
  });
  const json = stringify({
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(options.binaryOutputs ? { parameters: { binary_data_output: true } } : {}),
    inputs: entries,
  });
  const head = new TextEncoder().encode(json);
  if (!binary) return { headers: { 'Content-Type': 'application/json' }, body: head, json, binary };
  return {
    headers: { 'Content-Type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(head.byteLength) },
    body: concat([head, ...blobs]),
    json,
    binary,
  };
}

function fitsJson(input: Tensor): boolean {
  if (!elementType(input.dataType).inJson) return false;
  if (!(input.values instanceof Float32Array || input.values instanceof Float64Array)) return true;
  return input.values.every((value) => Number.isFinite(value));
}

function jsonData({ dataType, values }: Tensor): readonly unknown[] {
  if (isText(values)) return values;
  if (isBig(values)) return Array.from(values);
  if (dataType === 'BOOL') return Array.from(values, (value) => value !== 0);
  return Array.from(values, (value) => (values instanceof Float32Array ? Number(value.toPrecision(9)) : value));
}

/** JSON with 64-bit integers written digit by digit, which JSON.stringify refuses. */
function stringify(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, entry]) => `${JSON.stringify(key)}:${stringify(entry)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}

export interface IncomingResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: readonly Tensor[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface ResponseOutput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: number[];
  readonly data?: unknown;
  readonly parameters?: { readonly binary_data_size?: number };
}

/** Reads a response, JSON or binary; `jsonLength` is the header's value, undefined without it. Throws an Error that names the output. */
export function decodeResponse(body: Uint8Array, jsonLength: number | undefined): IncomingResponse {
  const head = jsonLength ?? body.byteLength;
  if (!Number.isInteger(head) || head < 0 || head > body.byteLength)
    throw new RangeError(`${JSON_LENGTH_HEADER} is ${head}, the body has ${body.byteLength} bytes`);
  const document = JSON.parse(new TextDecoder().decode(body.subarray(0, head))) as {
    model_name?: string;
    model_version?: string;
    parameters?: Record<string, unknown>;
    outputs?: ResponseOutput[];
  };
  let at = head;
  const outputs = (document.outputs ?? []).map((output) => {
    const size = output.parameters?.binary_data_size;
    if (size === undefined) return decodeOutput(output, undefined);
    if (at + size > body.byteLength)
      throw new RangeError(`output '${output.name}': the body ends before its ${size} bytes`);
    at += size;
    return decodeOutput(output, body.subarray(at - size, at));
  });
  return {
    modelName: document.model_name ?? '',
    modelVersion: document.model_version ?? '',
    outputs,
    parameters: document.parameters ?? {},
  };
}

function decodeOutput(output: ResponseOutput, blob: Uint8Array | undefined): Tensor {
  const { name, datatype, shape } = output;
  if (!isElementType(datatype)) throw new TypeError(`output '${name}': the page cannot show ${datatype}`);
  const count = elementCount(shape);
  try {
    const values = blob === undefined ? fromJson(output, datatype, count) : decodeValues(datatype, blob, count);
    return { name, dataType: datatype, shape, values };
  } catch (error) {
    throw new Error(`output '${name}': ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function fromJson(output: ResponseOutput, dataType: Tensor['dataType'], count: number): TensorValues {
  const flat = (Array.isArray(output.data) ? output.data : []).flat(Infinity) as (number | string | boolean | null)[];
  if (flat.length !== count) throw new RangeError(`expected ${count} values, got ${flat.length}`);
  const values = allocateValues(dataType, count);
  for (const [i, value] of flat.entries()) {
    if (isText(values)) values[i] = String(value);
    else if (isBig(values)) values[i] = BigInt(value as number);
    else values[i] = value === null ? NaN : Number(value);
  }
  return values;
}
