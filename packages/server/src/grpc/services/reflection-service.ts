import { create, toBinary, type DescFile, type MessageInitShape } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { ERROR_CATALOGUE } from '@rangefinder/base';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  type MessageDecoder,
  type ServerReflectionRequest,
} from '@rangefinder/protocol/grpc';
import { methodBase, type StreamMethod } from '../grpc-method.ts';

const REFLECTION_BYTES = 64 * 1024;
/** The older name of the same service, which many clients still ask for. */
const V1_ALPHA_PATH = '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo';

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/** Tells clients such as grpcurl what can be called, and how the messages look. `files`: those with the services served. */
export function reflectionMethods(files: readonly DescFile[], decoder: MessageDecoder): StreamMethod[] {
  const served = new ServedFiles(files);
  const options = { group: 'metadata', messageBytesMax: REFLECTION_BYTES, duringShutdown: false } as const;
  const method: StreamMethod = {
    ...methodBase(ServerReflection.method.serverReflectionInfo, options),
    kind: 'stream',
    handle: async (messages, _call, send) => {
      for (let bytes = await messages.next(); bytes !== undefined; bytes = await messages.next()) {
        const request = decoder.decode(ServerReflectionRequestSchema, bytes);
        const response = create(ServerReflectionResponseSchema, {
          validHost: request.host,
          originalRequest: request,
          messageResponse: served.answer(request),
        });
        await send(toBinary(ServerReflectionResponseSchema, response));
      }
    },
  };
  return [method, { ...method, path: V1_ALPHA_PATH }];
}

class ServedFiles {
  readonly #services: readonly string[];
  readonly #byName = new Map<string, DescFile>();
  readonly #bySymbol = new Map<string, DescFile>();

  constructor(files: readonly DescFile[]) {
    this.#services = files.flatMap((file) => file.services.map(({ typeName }) => typeName));
    for (const file of files) this.#add(file);
  }

  answer({ messageRequest }: ServerReflectionRequest): Answer {
    switch (messageRequest.case) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: this.#services.map((name) => ({ name })) } };
      case 'fileByFilename':
        return filesOr(this.#byName.get(messageRequest.value), `file ${messageRequest.value}`);
      case 'fileContainingSymbol':
        return filesOr(this.#bySymbol.get(messageRequest.value), `symbol ${messageRequest.value}`);
      case 'allExtensionNumbersOfType':
        return this.#bySymbol.has(messageRequest.value)
          ? { case: 'allExtensionNumbersResponse', value: { baseTypeName: messageRequest.value } }
          : failure('NOT_FOUND', `unknown type ${messageRequest.value}`);
      case 'fileContainingExtension':
        return failure('NOT_FOUND', 'there are no extensions');
      case undefined:
        return failure('INVALID_ARGUMENT', 'message_request: expected one');
    }
  }

  #add(file: DescFile): void {
    if (this.#byName.has(file.proto.name)) return;
    this.#byName.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      if (type.kind === 'extension') continue;
      this.#bySymbol.set(type.typeName, file);
      if (type.kind === 'service')
        for (const { name } of type.methods) this.#bySymbol.set(`${type.typeName}.${name}`, file);
    }
    for (const dependency of file.dependencies) this.#add(dependency);
  }
}

function filesOr(file: DescFile | undefined, what: string): Answer {
  if (file === undefined) return failure('NOT_FOUND', `unknown ${what.slice(0, 256)}`);
  const all = new Set<DescFile>();
  const collect = (one: DescFile): void => {
    all.add(one);
    one.dependencies.forEach(collect);
  };
  collect(file);
  const fileDescriptorProto = [...all].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function failure(code: 'NOT_FOUND' | 'INVALID_ARGUMENT', errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode: ERROR_CATALOGUE[code].grpcStatus, errorMessage } };
}
