import { DEFAULT_LIMITS, invalidArgument, type RangefinderError } from '@rangefinder/base';
import { byteLengthOf, elementCount, formatShape, type TensorSpec } from '@rangefinder/tensor';
import type { ModelSignature, RunInput, RunRequest } from './engine.ts';

/** A signature prepared for look-ups by name. */
export interface SignatureIndex {
  readonly signature: ModelSignature;
  readonly outputNames: readonly string[];
  readonly inputIndex: ReadonlyMap<string, number>;
  readonly outputIndex: ReadonlyMap<string, number>;
}

export function indexSignature(signature: ModelSignature): SignatureIndex {
  return {
    signature,
    outputNames: signature.outputs.map(({ name }) => name),
    inputIndex: new Map(signature.inputs.map(({ name }, i) => [name, i])),
    outputIndex: new Map(signature.outputs.map(({ name }, i) => [name, i])),
  };
}

/** Throws INVALID_ARGUMENT, naming the input and what was expected, unless the request fits the signature. */
export function validateRun(request: RunRequest, index: SignatureIndex): void {
  const { signature } = index;
  const given = new Set<string>();
  for (const input of request.inputs) {
    const spec = signature.inputs[index.inputIndex.get(input.name) ?? -1];
    if (spec === undefined) throw unknownInput(input.name, signature);
    if (given.has(input.name)) throw invalidArgument(fieldOf(input.name), 'given more than once');
    given.add(input.name);
    validateInput(input, spec);
  }
  for (const spec of signature.inputs) {
    if (!spec.optional && !given.has(spec.name)) {
      throw invalidArgument(fieldOf(spec.name), `missing; expected ${describe(spec)}`);
    }
  }
  validateOutputs(request.outputs, index);
}

function validateInput(input: RunInput, spec: TensorSpec): void {
  const field = fieldOf(input.name);
  if (input.dataType !== spec.dataType) {
    throw invalidArgument(field, `expected data type ${spec.dataType}, got ${input.dataType}`);
  }
  if (!fits(input.shape, spec)) {
    throw invalidArgument(field, `expected shape ${formatShape(spec.shape ?? [])}, got ${formatShape(input.shape)}`);
  }
  if (input.shape.length > DEFAULT_LIMITS.tensorRank) {
    throw invalidArgument(field, `expected at most ${DEFAULT_LIMITS.tensorRank} dimensions, got ${input.shape.length}`);
  }
  const elements = elementCount(input.shape);
  if (!input.shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !Number.isSafeInteger(elements)) {
    throw invalidArgument(field, `expected dimensions that are not negative, got ${formatShape(input.shape)}`);
  }
  const expected = byteLengthOf(input.dataType, elements);
  if (expected === undefined) {
    const least = 4 * elements;
    if (input.byteLength < least || (elements === 0 && input.byteLength > 0)) {
      throw invalidArgument(field, `expected ${elements} BYTES elements, got ${input.byteLength} bytes`);
    }
  } else if (input.byteLength !== expected) {
    const what = `${input.dataType} ${formatShape(input.shape)}`;
    throw invalidArgument(field, `expected ${expected} bytes for ${what}, got ${input.byteLength}`);
  }
}

function fits(shape: readonly number[], spec: TensorSpec): boolean {
  if (spec.shape === undefined) return true;
  if (shape.length !== spec.shape.length) return false;
  return spec.shape.every((declared, i) => typeof declared === 'string' || declared < 0 || declared === shape[i]);
}

function validateOutputs(outputs: readonly string[], index: SignatureIndex): void {
  for (const [i, name] of outputs.entries()) {
    if (!index.outputIndex.has(name)) {
      throw invalidArgument(`output '${name}'`, `no such output; the model has ${listNames(index.outputNames)}`);
    }
    if (outputs.indexOf(name) !== i) throw invalidArgument(`output '${name}'`, 'asked for more than once');
  }
}

function unknownInput(name: string, signature: ModelSignature): RangefinderError {
  const names = listNames(signature.inputs.map((spec) => spec.name));
  return invalidArgument(fieldOf(name), `no such input; the model has ${names}`);
}

function describe(spec: TensorSpec): string {
  return spec.shape === undefined ? spec.dataType : `${spec.dataType} ${formatShape(spec.shape)}`;
}

function fieldOf(name: string): string {
  return `input '${name}'`;
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}
