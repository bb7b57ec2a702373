import { invalidArgument } from '@rangefinder/base';
import { isDataType, type ParameterValue, type Tensor } from '@rangefinder/tensor';
import { arrayFromJsonValue, parseExactJson } from '../arrays/json-array.ts';

/** A request as the Open Inference Protocol writes it in JSON, read as far as this command needs. */
export interface RequestDocument {
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** @throws INVALID_ARGUMENT naming what is wrong in the document. */
export function readRequestDocument(text: string, field: string): RequestDocument {
  const document = requireObject(parseExactJson(text, field), field);
  const inputs = requireList(document['inputs'], 'inputs').map((value, i) => readInput(value, `inputs[${i}]`));
  const outputs = requireList(document['outputs'] ?? [], 'outputs').map((value, i) =>
    requireText(requireObject(value, `outputs[${i}]`)['name'], `outputs[${i}].name`),
  );
  const id = document['id'] === undefined ? undefined : requireText(document['id'], 'id');
  return { id, inputs, outputs, parameters: readParameters(document['parameters']) };
}

function readInput(value: unknown, field: string): Tensor {
  const input = requireObject(value, field);
  const name = requireText(input['name'], `${field}.name`);
  const dataType = requireText(input['datatype'], `${field}.datatype`);
  if (!isDataType(dataType)) throw invalidArgument(`${field}.datatype`, `unknown type ${JSON.stringify(dataType)}`);
  if (input['shape'] === undefined || input['data'] === undefined) throw invalidArgument(field, 'needs shape and data');
  return { name, ...arrayFromJsonValue(input, dataType, field) };
}

function readParameters(value: unknown): Readonly<Record<string, ParameterValue>> {
  const parameters = requireObject(value ?? {}, 'parameters');
  for (const [name, parameter] of Object.entries(parameters)) {
    if (!['string', 'number', 'boolean', 'bigint'].includes(typeof parameter))
      throw invalidArgument(`parameters.${name}`, 'expected a string, number or boolean');
  }
  return parameters as Readonly<Record<string, ParameterValue>>;
}

function requireObject(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument(field, 'expected a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function requireList(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(field, 'expected a list');
  return value;
}

function requireText(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw invalidArgument(field, 'expected a string');
  return value;
}
