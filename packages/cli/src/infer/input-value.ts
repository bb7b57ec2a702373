import { invalidArgument } from '@rangefinder/base';
import { byteLengthOf, encodeBytesElements, encodeStringElements, type TensorSpec } from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { castArray } from '../arrays/cast.ts';
import { arrayFromJson } from '../arrays/json-array.ts';
import { fitShape } from '../arrays/shape-fit.ts';
import { readInputFile, requireFileFormat, type FileFormat } from '../files/input-file.ts';
import { readNpy } from '../files/npy.ts';
import { readNpz } from '../files/npz.ts';
import { readWav } from '../files/wav.ts';
import { imageTensor } from './image-file.ts';
import type { ImageOptions } from './image-options.ts';
import { soundTensor, type SoundOptions } from './sound-tensor.ts';

export interface InputOptions {
  readonly image: ImageOptions;
  readonly sound: SoundOptions;
}

/**
 * What was typed for an input, as the model declares that input: JSON, a word for a text input, or `@` and a file.
 *
 * @throws INVALID_ARGUMENT naming the input.
 */
export async function readInputValue(text: string, spec: TensorSpec, options: InputOptions): Promise<ArrayData> {
  const array =
    text.startsWith('@') && !text.startsWith('@@')
      ? await readFileValue(text.slice(1), spec, options)
      : readInlineValue(text.replace(/^@@/, '@'), spec);
  return fitInput(array, spec);
}

/** The declared type and rank for data from anywhere. */
export function fitInput(array: ArrayData, spec: TensorSpec): ArrayData {
  return fitShape(castArray(array, spec.dataType, spec.name), spec.shape, spec.name);
}

function readInlineValue(text: string, spec: TensorSpec): ArrayData {
  // A text input takes what is not a JSON list or string as it stands, so that nobody has to quote twice.
  const isJson = /^\s*["[{]/.test(text);
  if (spec.dataType === 'BYTES' && !isJson)
    return { dataType: 'BYTES', shape: [], bytes: encodeStringElements([text]) };
  return arrayFromJson(text, spec.dataType, spec.name);
}

async function readFileValue(path: string, spec: TensorSpec, options: InputOptions): Promise<ArrayData> {
  const field = spec.name;
  const format = requireFileFormat(path, field);
  const bytes = await readInputFile(path, field);
  if (spec.dataType === 'BYTES' && (format === 'image' || format === 'wav' || format === 'raw')) {
    return { dataType: 'BYTES', shape: [], bytes: encodeBytesElements([bytes]) };
  }
  return readers[format](bytes, spec, options, path);
}

type Reader = (
  bytes: Uint8Array,
  spec: TensorSpec,
  options: InputOptions,
  path: string,
) => ArrayData | Promise<ArrayData>;

const readers: Readonly<Record<FileFormat, Reader>> = {
  json: (bytes, spec) => arrayFromJson(new TextDecoder().decode(bytes), spec.dataType, spec.name),
  npy: (bytes, spec) => readNpy(bytes, spec.name),
  npz: (bytes, spec, _options, path) => arrayOfArchive(bytes, spec, path),
  image: (bytes, spec, options) => imageTensor(bytes, spec, options.image, spec.name),
  wav: (bytes, spec, options) => soundTensor(readWav(bytes, spec.name), spec, options.sound, spec.name),
  raw: rawArray,
};

function arrayOfArchive(bytes: Uint8Array, spec: TensorSpec, path: string): ArrayData {
  const arrays = readNpz(bytes, spec.name);
  const array = arrays.get(spec.name) ?? (arrays.size === 1 ? arrays.values().next().value : undefined);
  if (array === undefined)
    throw invalidArgument(
      spec.name,
      `${path} has no array of that name; it has ${Array.from(arrays.keys()).join(', ')}`,
    );
  return array;
}

function rawArray(bytes: Uint8Array, spec: TensorSpec): ArrayData {
  const elementBytes = byteLengthOf(spec.dataType, 8);
  if (elementBytes === undefined) throw invalidArgument(spec.name, `raw bytes do not fit ${spec.dataType}`);
  const count = (bytes.byteLength * 8) / elementBytes;
  if (!Number.isInteger(count))
    throw invalidArgument(spec.name, `${bytes.byteLength} bytes are no whole number of ${spec.dataType} elements`);
  return { dataType: spec.dataType, shape: [count], bytes };
}
