import { RangefinderError, seededRandom, toRangefinderError } from '@rangefinder/base';
import type { LoadedModel, RunInput } from '@rangefinder/engines';
import type { ModelConfig, ModelDescription, ModelWarmup, WarmupInput } from '@rangefinder/repository';
import { byteLengthOf, elementCount, encodeBytesElements } from '@rangefinder/tensor';
import type { DataType } from '@rangefinder/tensor';
import { dataTypeOf } from './input-contract.ts';

/** Runs every warm-up the configuration asks for. Throws MODEL_INVALID when one fails: such a model would fail its users. */
export async function warmUp(model: LoadedModel, config: ModelConfig, description: ModelDescription): Promise<void> {
  for (const warmup of config.model_warmup) {
    const inputs = await warmupInputs(warmup, config.max_batch_size > 0, description);
    for (let i = 0; i < Math.max(1, warmup.count); i++) {
      try {
        const result = await model.run({ inputs, outputs: [] }).result;
        result.release();
      } catch (thrown) {
        const { message } = toRangefinderError(thrown);
        throw new RangefinderError('MODEL_INVALID', `model_warmup '${warmup.name}': the run failed: ${message}`, {
          cause: thrown,
        });
      }
    }
  }
}

async function warmupInputs(warmup: ModelWarmup, batched: boolean, description: ModelDescription): Promise<RunInput[]> {
  const rows = batched ? Math.max(1, warmup.batch_size) : 1;
  const inputs: RunInput[] = [];
  for (const [name, input] of Object.entries(warmup.inputs)) {
    const dataType = dataTypeOf(input);
    const field = `model_warmup '${warmup.name}': input '${name}'`;
    const row = await warmupRow(field, input, dataType, description);
    inputs.push({
      name,
      dataType,
      shape: batched ? [rows, ...input.dims] : [...input.dims],
      byteLength: rows * row.byteLength,
      write(target) {
        for (let i = 0; i < rows; i++) target.set(row, i * row.byteLength);
      },
    });
  }
  return inputs;
}

/** The data of one row; Triton repeats it to fill the batch. */
async function warmupRow(
  field: string,
  input: WarmupInput,
  dataType: DataType,
  description: ModelDescription,
): Promise<Uint8Array> {
  const count = elementCount(input.dims);
  const byteLength = byteLengthOf(dataType, count);
  if (input.input_data_file !== undefined && input.input_data_file !== '') {
    const bytes = await description.warmupFile(input.input_data_file);
    if (byteLength !== undefined && bytes.byteLength !== byteLength) {
      throw new RangefinderError(
        'MODEL_INVALID',
        `${field}: ${input.input_data_file}: expected ${byteLength} bytes, got ${bytes.byteLength}`,
      );
    }
    return bytes;
  }
  if (byteLength === undefined) return encodeBytesElements(Array.from({ length: count }, () => new Uint8Array(0)));
  return input.random_data === true ? randomBytes(dataType, count, byteLength) : new Uint8Array(byteLength);
}

/** Floats uniform in [0, 1); whole numbers 0 or 1, which index into anything. The same at every load. */
function randomBytes(dataType: DataType, count: number, byteLength: number): Uint8Array {
  const random = seededRandom(1);
  if (dataType === 'FP32') return bytesOf(Float32Array.from({ length: count }, () => random.next()));
  if (dataType === 'FP64') return bytesOf(Float64Array.from({ length: count }, () => random.next()));
  const bytes = new Uint8Array(byteLength);
  const elementBytes = Math.max(1, byteLength / Math.max(1, count));
  const view = new DataView(bytes.buffer);
  for (let offset = 0; offset < byteLength; offset += elementBytes) {
    if (dataType === 'FP16') view.setFloat16(offset, random.next(), true);
    else bytes[offset] = random.below(2);
  }
  return bytes;
}

function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
