import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { addModel, identityModel } from '@rangefinder/testing';

/** A folder that goes away with its scope. */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'rangefinder-cli-'));

  write(path: string, content: string | Uint8Array): string {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Models that work, one for each way in which `infer` is used. */
export function writeModels(folder: TemporaryFolder): void {
  folder.write('echo/1/model.onnx', identityModel('FP32', ['batch', 3]));
  folder.write('picture/1/model.onnx', identityModel('FP32', ['batch', 3, 1, 2]));
  folder.write('sum/1/model.onnx', addModel([1, 1]));
  folder.write('half/1/model.onnx', identityModel('FP16', ['batch', 2]));
  folder.write('text/1/model.onnx', identityModel('BYTES', ['batch']));
  folder.write(
    'slow/1/model.json',
    JSON.stringify({ kind: 'identity', dataType: 'FP32', shape: [1], delayMs: 60_000 }),
  );
  folder.write('slow/config.pbtxt', 'backend: "builtin"');
  folder.write('classes/1/model.onnx', identityModel('FP32', ['batch', 3]));
  folder.write(
    'classes/config.pbtxt',
    'max_batch_size: 4 output [{ name: "Y" data_type: TYPE_FP32 dims: [3] label_filename: "labels.txt" }]',
  );
  folder.write('classes/labels.txt', 'cat\ndog\nbird\n');
}
