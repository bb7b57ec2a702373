import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PreparedBody {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyFile: string;
}

/** An inference request with one FP32 input of random numbers, in the protocol's binary form; answers are binary too. */
export async function binaryInferBody(
  folder: string,
  model: string,
  input: { readonly name: string; readonly shape: readonly number[] },
): Promise<PreparedBody> {
  const values = Float32Array.from({ length: input.shape.reduce((a, b) => a * b, 1) }, () => Math.random());
  const json = Buffer.from(
    JSON.stringify({
      inputs: [
        { name: input.name, datatype: 'FP32', shape: input.shape, parameters: { binary_data_size: values.byteLength } },
      ],
      parameters: { binary_data_output: true },
    }),
  );
  const bodyFile = join(folder, `${model}-${input.shape.join('x')}.body`);
  await writeFile(bodyFile, Buffer.concat([json, Buffer.from(values.buffer)]));
  return {
    path: `/v2/models/${model}/infer`,
    headers: { 'Inference-Header-Content-Length': String(json.length), 'Content-Type': 'application/octet-stream' },
    bodyFile,
  };
}
