import { RangefinderError } from '@rangefinder/base';
import { type DataType, dataTypeOfOnnx, type Dimension, type TensorSpec } from '@rangefinder/tensor';
import type { ModelSignature } from '../../engine.ts';
import { addressOf, readPointer, readString, Scratch } from './native-memory.ts';
import type { Address, OrtApi } from './ort-api.ts';
import type { OrtLibrary } from './ort-library.ts';
import { checkStatus } from './ort-status.ts';

/** `ONNXType` of onnxruntime_c_api.h. */
const ONNX_TYPES = ['unknown', 'tensor', 'sequence', 'map', 'opaque', 'sparse tensor', 'optional'] as const;

type Count = (session: Address, out: Address) => number;
type Name = (session: Address, index: number, allocator: Address, out: Address) => number;
type TypeInfo = (session: Address, index: number, out: Address) => number;

/** Reads what a loaded session declares. UNSUPPORTED for inputs and outputs that are not tensors. */
export function readSignature(library: OrtLibrary, session: Address): ModelSignature {
  const { api } = library;
  const reader = new SignatureReader(library, session);
  const inputs = reader.values('input', api.sessionGetInputCount, api.sessionGetInputName, api.sessionGetInputTypeInfo);
  const overridable = reader.values(
    'input',
    api.sessionGetOverridableInitializerCount,
    api.sessionGetOverridableInitializerName,
    api.sessionGetOverridableInitializerTypeInfo,
  );
  const outputs = reader.values(
    'output',
    api.sessionGetOutputCount,
    api.sessionGetOutputName,
    api.sessionGetOutputTypeInfo,
  );
  return Object.freeze({
    inputs: [...inputs, ...overridable.map((spec) => ({ ...spec, optional: true }))],
    outputs,
    metadata: reader.metadata(),
  });
}

class SignatureReader {
  readonly #api: OrtApi;
  readonly #allocator: Address;
  readonly #session: Address;
  readonly #scratch = new Scratch();

  constructor(library: OrtLibrary, session: Address) {
    this.#api = library.api;
    this.#allocator = library.handles.allocator;
    this.#session = session;
  }

  values(role: 'input' | 'output', count: Count, name: Name, typeInfo: TypeInfo): TensorSpec[] {
    const scratch = this.#scratch;
    this.#check(count(this.#session, scratch.address));
    return Array.from({ length: scratch.int64() }, (_, i) => {
      this.#check(name(this.#session, i, this.#allocator, scratch.address));
      const specName = this.#takeString();
      this.#check(typeInfo(this.#session, i, scratch.address));
      const info = scratch.pointer();
      try {
        return this.#spec(`${role} '${specName}'`, specName, info);
      } finally {
        this.#api.releaseTypeInfo(info);
      }
    });
  }

  metadata(): Record<string, string> {
    const api = this.#api;
    const scratch = this.#scratch;
    this.#check(api.sessionGetModelMetadata(this.#session, scratch.address));
    const metadata = scratch.pointer();
    try {
      const text = (read: (metadata: Address, allocator: Address, out: Address) => number): string => {
        this.#check(read(metadata, this.#allocator, scratch.address));
        return this.#takeString();
      };
      const entries: [string, string][] = [
        ['producer', text(api.modelMetadataGetProducerName)],
        ['graph', text(api.modelMetadataGetGraphName)],
        ['domain', text(api.modelMetadataGetDomain)],
        ['description', text(api.modelMetadataGetDescription)],
        ['graphDescription', text(api.modelMetadataGetGraphDescription)],
      ];
      this.#check(api.modelMetadataGetVersion(metadata, scratch.address));
      // The largest int64 stands for a file that gives none.
      const version = scratch.int64();
      if (Number.isSafeInteger(version)) entries.push(['version', String(version)]);
      const known = entries.filter(([, value]) => value !== '');
      return { ...Object.fromEntries(known), ...this.#customMetadata(metadata) };
    } finally {
      api.releaseModelMetadata(metadata);
    }
  }

  #customMetadata(metadata: Address): Record<string, string> {
    const api = this.#api;
    const keysOut = new Scratch(8);
    const countOut = new Scratch(8);
    const status = api.modelMetadataGetCustomMetadataMapKeys(
      metadata,
      this.#allocator,
      keysOut.address,
      countOut.address,
    );
    this.#check(status);
    const custom: Record<string, string> = {};
    for (let i = 0; i < countOut.int64(); i += 1) {
      const key = this.#takeStringAt(readPointer(keysOut.pointer() + 8 * i));
      this.#check(api.modelMetadataLookupCustomMetadataMap(metadata, this.#allocator, key, this.#scratch.address));
      custom[key] = this.#takeString();
    }
    if (keysOut.pointer() !== 0) this.#check(api.allocatorFree(this.#allocator, keysOut.pointer()));
    return custom;
  }

  #spec(field: string, name: string, info: Address): TensorSpec {
    const type = this.#onnxType(info);
    if (type === 'tensor') return this.#tensorSpec(field, name, info, false);
    if (type === 'optional') {
      this.#check(this.#api.castTypeInfoToOptionalTypeInfo(info, this.#scratch.address));
      this.#check(this.#api.getOptionalContainedTypeInfo(this.#scratch.pointer(), this.#scratch.address));
      const contained = this.#scratch.pointer();
      try {
        const containedType = this.#onnxType(contained);
        if (containedType === 'tensor') return this.#tensorSpec(field, name, contained, true);
        throw unsupported(field, `an optional ${containedType}`);
      } finally {
        this.#api.releaseTypeInfo(contained);
      }
    }
    throw unsupported(field, `a ${type}`);
  }

  #tensorSpec(field: string, name: string, info: Address, optional: boolean): TensorSpec {
    const api = this.#api;
    this.#check(api.castTypeInfoToTensorInfo(info, this.#scratch.address));
    const tensor = this.#scratch.pointer();
    this.#check(api.getTensorElementType(tensor, this.#scratch.address));
    const elementType = this.#scratch.int32();
    const dataType: DataType | undefined = dataTypeOfOnnx(elementType);
    if (dataType === undefined) throw unsupported(field, `a tensor of ONNX element type ${elementType}`);
    return Object.freeze({ name, dataType, shape: this.#shape(tensor), optional });
  }

  #shape(tensor: Address): readonly Dimension[] | undefined {
    const api = this.#api;
    if ((api.tensorTypeAndShapeHasShape(tensor) & 0xff) === 0) return undefined;
    this.#check(api.getDimensionsCount(tensor, this.#scratch.address));
    const rank = this.#scratch.int64();
    const sizes = new BigInt64Array(new ArrayBuffer(8 * Math.max(1, rank)));
    const names = new Scratch(8 * Math.max(1, rank));
    this.#check(api.getDimensions(tensor, addressOf(sizes), rank));
    this.#check(api.getSymbolicDimensions(tensor, names.address, rank));
    return Array.from({ length: rank }, (_, i) => {
      const size = Number(sizes[i]);
      return size >= 0 ? size : readString(names.pointer(i)) || -1;
    });
  }

  #onnxType(info: Address): string {
    this.#check(this.#api.getOnnxTypeFromTypeInfo(info, this.#scratch.address));
    return ONNX_TYPES[this.#scratch.int32()] ?? 'value of an unknown type';
  }

  #takeString(): string {
    return this.#takeStringAt(this.#scratch.pointer());
  }

  /** A string that ONNX Runtime allocated for us. */
  #takeStringAt(address: Address): string {
    if (address === 0) return '';
    const text = readString(address);
    this.#check(this.#api.allocatorFree(this.#allocator, address));
    return text;
  }

  #check(status: number): void {
    checkStatus(this.#api, status);
  }
}

function unsupported(field: string, what: string): RangefinderError {
  return new RangefinderError('UNSUPPORTED', `${field} is ${what}; only tensors can be served`, { field });
}
