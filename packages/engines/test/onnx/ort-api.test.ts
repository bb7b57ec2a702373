import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { buildOnnxModel, fp32Initializer } from '@rangefinder/testing';
import { addressOf, readPointer, readString, Scratch, StringArray } from '../../src/onnx/native/native-memory.ts';
import { bundledLibraryPath, loadOrtLibrary } from '../../src/onnx/native/ort-library.ts';
import { ORT_ERROR_CODES } from '../../src/onnx/native/ort-status.ts';
import { withFolder } from './onnx-models.ts';

const FLOAT = 1;
const STRING = 8;

/**
 * Each entry of the table does what its name says. An entry that is off by one would call another function with wrong
 * arguments; what that does is anybody's guess, so each is pinned by an effect that only the right one has.
 */
describe('entries of the ONNX Runtime C API table', () => {
  const library = loadOrtLibrary(bundledLibraryPath());
  const { api, environment, handles } = library;
  const out = new Scratch();

  const ok = (status: number): void => {
    if (status !== 0) assert.fail(api.getErrorMessage(status) ?? '');
  };
  /** What an entry puts out: a pointer. */
  const take = (call: (address: number) => number): number => {
    out.clear();
    ok(call(out.address));
    return out.pointer();
  };
  const takeText = (call: (address: number) => number): string => {
    const address = take(call);
    const text = readString(address);
    ok(api.allocatorFree(handles.allocator, address));
    return text;
  };
  const failsWith = (status: number, code: number, words: RegExp): void => {
    assert.notEqual(status, 0);
    assert.equal(api.getErrorCode(status), code);
    assert.match(api.getErrorMessage(status) ?? '', words);
    api.releaseStatus(status);
  };

  const model = buildOnnxModel({
    nodes: [{ operator: 'Add', inputs: ['A', 'B'], outputs: ['SUM'] }],
    inputs: [
      { name: 'A', dataType: 'FP32', shape: ['rows', 2] },
      { name: 'B', dataType: 'FP32', shape: [2] },
    ],
    outputs: [{ name: 'SUM', dataType: 'FP32', shape: undefined }],
    initializers: [fp32Initializer('B', [2], () => 1)],
    producerName: 'producer',
    domain: 'domain',
    graphName: 'graph',
    description: 'description',
    modelVersion: 42,
    metadata: { key: 'value' },
  });

  const withSession = (use: (session: number) => void): Promise<void> =>
    withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, model);
      const options = take(api.createSessionOptions);
      const session = take((address) => api.createSession(environment, modelPath, options, address));
      use(session);
      api.releaseSession(session);
      api.releaseSessionOptions(options);
    });

  test('status: code and message', () => {
    const options = take(api.createSessionOptions);
    const status = api.createSession(environment, '/no/such/file.onnx', options, out.address);
    failsWith(status, ORT_ERROR_CODES.noSuchFile, /no\/such\/file/);
    api.releaseSessionOptions(options);
  });

  test('session options: levels and modes are checked, keys too', () => {
    const options = take(api.createSessionOptions);
    const { invalidArgument } = ORT_ERROR_CODES;
    failsWith(api.setSessionGraphOptimizationLevel(options, 55), invalidArgument, /graph_optimization_level/);
    failsWith(api.setSessionExecutionMode(options, 55), invalidArgument, /execution_mode/);
    failsWith(api.addSessionConfigEntry(options, '', ''), invalidArgument, /Config key is empty/);
    const keys = new StringArray(['key']);
    const values = new StringArray(['value']);
    const appended = api.appendExecutionProvider(options, 'XYZ', keys.address, values.address, 1);
    failsWith(appended, invalidArgument, /Unknown provider name 'XYZ'/);
    api.releaseSessionOptions(options);
  });

  test('session options: threads are those asked for', { skip: process.platform !== 'linux' }, async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, model);
      const cases = [
        { intra: 1, inter: 1, parallel: 0, more: 0 },
        { intra: 4, inter: 1, parallel: 0, more: 3 },
        { intra: 1, inter: 3, parallel: 1, more: 2 },
      ];
      for (const { intra, inter, parallel, more } of cases) {
        const options = take(api.createSessionOptions);
        ok(api.setIntraOpNumThreads(options, intra));
        ok(api.setInterOpNumThreads(options, inter));
        ok(api.setSessionExecutionMode(options, parallel));
        ok(api.disableCpuMemArena(options));
        ok(api.enableCpuMemArena(options));
        ok(api.disableMemPattern(options));
        const before = threads();
        const session = take((address) => api.createSession(environment, modelPath, options, address));
        assert.equal(threads() - before, more);
        api.releaseSession(session);
        assert.equal(threads(), before);
        api.releaseSessionOptions(options);
      }
    });
  });

  test('session options: the load that is told to stop does', async () => {
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, model);
      const options = take(api.createSessionOptions);
      ok(api.sessionOptionsSetLoadCancellationFlag(options, 1));
      const status = api.createSession(environment, modelPath, options, out.address);
      failsWith(status, ORT_ERROR_CODES.modelLoadCanceled, /cancel/i);
      const optimized = path.join(folder, 'optimized.onnx');
      ok(api.sessionOptionsSetLoadCancellationFlag(options, 0));
      ok(api.setOptimizedModelFilePath(options, optimized));
      api.releaseSession(take((address) => api.createSession(environment, modelPath, options, address)));
      assert.ok(statSync(optimized).size > 0);
      api.releaseSessionOptions(options);
    });
  });

  test('execution provider options: made, changed, released; keys are checked', () => {
    const keys = new StringArray(['no_such_key']);
    const values = new StringArray(['1']);
    const cuda = take(api.createCudaOptions);
    const cudaStatus = api.updateCudaOptions(cuda, keys.address, values.address, 1);
    // A build without CUDA has nothing that could check the key.
    if (cudaStatus !== 0) failsWith(cudaStatus, ORT_ERROR_CODES.fail, /no_such_key|CUDA|providers_shared/);
    api.releaseCudaOptions(cuda);
    const tensorRt = take(api.createTensorRtOptions);
    const tensorRtStatus = api.updateTensorRtOptions(tensorRt, keys.address, values.address, 1);
    if (tensorRtStatus !== 0) failsWith(tensorRtStatus, ORT_ERROR_CODES.fail, /no_such_key|TensorRT|providers_shared/i);
    api.releaseTensorRtOptions(tensorRt);
  });

  test('inputs, outputs and initializers: counts, names and types', () =>
    withSession((session) => {
      assert.equal(
        take((address) => api.sessionGetInputCount(session, address)),
        1,
      );
      assert.equal(
        take((address) => api.sessionGetOutputCount(session, address)),
        1,
      );
      assert.equal(
        take((address) => api.sessionGetOverridableInitializerCount(session, address)),
        1,
      );
      const { allocator } = handles;
      assert.equal(
        takeText((address) => api.sessionGetInputName(session, 0, allocator, address)),
        'A',
      );
      assert.equal(
        takeText((address) => api.sessionGetOutputName(session, 0, allocator, address)),
        'SUM',
      );
      assert.equal(
        takeText((address) => api.sessionGetOverridableInitializerName(session, 0, allocator, address)),
        'B',
      );
      const ranks = [
        [take((address) => api.sessionGetInputTypeInfo(session, 0, address)), 2],
        [take((address) => api.sessionGetOverridableInitializerTypeInfo(session, 0, address)), 1],
      ] as const;
      for (const [info, rank] of ranks) {
        assert.equal(
          take((address) => api.getOnnxTypeFromTypeInfo(info, address)),
          1,
        );
        const tensor = take((address) => api.castTypeInfoToTensorInfo(info, address));
        assert.equal(
          take((address) => api.getTensorElementType(tensor, address)),
          FLOAT,
        );
        assert.equal(
          take((address) => api.getDimensionsCount(tensor, address)),
          rank,
        );
        assert.equal(api.tensorTypeAndShapeHasShape(tensor) & 0xff, 1);
        const sizes = new BigInt64Array(new ArrayBuffer(16));
        ok(api.getDimensions(tensor, addressOf(sizes), rank));
        const names = new Scratch(16);
        ok(api.getSymbolicDimensions(tensor, names.address, rank));
        assert.deepEqual([...sizes.subarray(0, rank)], rank === 2 ? [-1n, 2n] : [2n]);
        assert.equal(readString(names.pointer(0)), rank === 2 ? 'rows' : '');
        api.releaseTypeInfo(info);
      }
    }));

  test('metadata: each text is its own', () =>
    withSession((session) => {
      const metadata = take((address) => api.sessionGetModelMetadata(session, address));
      const { allocator } = handles;
      assert.equal(
        takeText((address) => api.modelMetadataGetProducerName(metadata, allocator, address)),
        'producer',
      );
      assert.equal(
        takeText((address) => api.modelMetadataGetGraphName(metadata, allocator, address)),
        'graph',
      );
      assert.equal(
        takeText((address) => api.modelMetadataGetDomain(metadata, allocator, address)),
        'domain',
      );
      assert.equal(
        takeText((address) => api.modelMetadataGetDescription(metadata, allocator, address)),
        'description',
      );
      assert.equal(
        takeText((address) => api.modelMetadataGetGraphDescription(metadata, allocator, address)),
        '',
      );
      assert.equal(
        take((address) => api.modelMetadataGetVersion(metadata, address)),
        42,
      );
      const lookUp = (address: number): number =>
        api.modelMetadataLookupCustomMetadataMap(metadata, allocator, 'key', address);
      assert.equal(takeText(lookUp), 'value');
      const count = new Scratch(8);
      const keys = take((address) =>
        api.modelMetadataGetCustomMetadataMapKeys(metadata, allocator, address, count.address),
      );
      assert.equal(count.int64(), 1);
      assert.equal(readString(readPointer(keys)), 'key');
      ok(api.allocatorFree(allocator, readPointer(keys)));
      ok(api.allocatorFree(allocator, keys));
      api.releaseModelMetadata(metadata);
    }));

  test('a run: tensors on memory of ours, a result, termination', () =>
    withSession((session) => {
      const shape = new BigInt64Array(new ArrayBuffer(16));
      shape.set([3n, 2n]);
      const data = new Float32Array(new ArrayBuffer(24));
      data.set([1, 2, 3, 4, 5, 6]);
      const value = take((address) =>
        api.createTensorWithDataAsOrtValue(handles.cpuMemory, addressOf(data), 24, addressOf(shape), 2, FLOAT, address),
      );
      assert.equal(
        take((address) => api.getTensorMutableData(value, address)),
        addressOf(data),
      );
      assert.equal(
        take((address) => api.getTensorSizeInBytes(value, address)),
        24,
      );
      assert.equal(
        take((address) => api.hasValue(value, address)),
        1,
      );
      const info = take((address) => api.getTensorTypeAndShape(value, address));
      assert.equal(
        take((address) => api.getDimensionsCount(info, address)),
        2,
      );
      api.releaseTensorTypeAndShapeInfo(info);

      const runOptions = take(api.createRunOptions);
      const inputs = new Scratch(8);
      inputs.setPointer(0, value);
      const outputs = new Scratch(8);
      const inputNames = new StringArray(['A']);
      const outputNames = new StringArray(['SUM']);
      const run = (): number =>
        api.run(session, runOptions, inputNames.address, inputs.address, 1, outputNames.address, 1, outputs.address);
      ok(api.runOptionsSetTerminate(runOptions));
      failsWith(run(), ORT_ERROR_CODES.fail, /terminate/i);
      ok(api.runOptionsUnsetTerminate(runOptions));
      ok(run());
      const result = take((address) => api.getTensorMutableData(outputs.pointer(), address));
      const sums = new Float32Array(new ArrayBuffer(24));
      library.c.copy(addressOf(sums), result, 24);
      assert.deepEqual([...sums], [2, 3, 4, 5, 6, 7]);
      api.releaseValue(outputs.pointer());
      api.releaseValue(value);
      api.releaseRunOptions(runOptions);
    }));

  test('strings: written by element, read all at once', () => {
    const shape = new BigInt64Array(new ArrayBuffer(8));
    shape[0] = 2n;
    const value = take((address) =>
      api.createTensorAsOrtValue(handles.allocator, addressOf(shape), 1, STRING, address),
    );
    const text = new Uint8Array(new ArrayBuffer(8));
    text.set(Buffer.from('abcdefgh'));
    for (const [i, length] of [3, 5].entries()) {
      const buffer = take((address) => api.getResizedStringTensorElementBuffer(value, i, length, address));
      library.c.copy(buffer, addressOf(text), length);
    }
    assert.equal(
      take((address) => api.getStringTensorDataLength(value, address)),
      8,
    );
    const content = new Uint8Array(new ArrayBuffer(8));
    const offsets = new BigUint64Array(new ArrayBuffer(16));
    ok(api.getStringTensorContent(value, addressOf(content), 8, addressOf(offsets), 2));
    assert.equal(Buffer.from(content).toString(), 'abcabcde');
    assert.deepEqual([...offsets], [0n, 3n]);
    api.releaseValue(value);
  });

  test('allocator: statistics by key', () =>
    withSession((session) => {
      const allocator = take((address) => api.createAllocator(session, handles.cpuMemory, address));
      const stats = take((address) => api.allocatorGetStats(allocator, address));
      assert.equal(api.getKeyValue(stats, 'Limit'), '-1');
      assert.equal(api.getKeyValue(stats, 'no such key'), null);
      api.releaseKeyValuePairs(stats);
      api.releaseAllocator(allocator);
    }));

  test('providers that the library was built with', () => {
    const count = new Scratch(8);
    const names = take((address) => api.getAvailableProviders(address, count.address));
    const last = readString(readPointer(names + 8 * (count.int32() - 1)));
    assert.equal(last, 'CPUExecutionProvider');
    ok(api.releaseAvailableProviders(names, count.int32()));
  });
});
