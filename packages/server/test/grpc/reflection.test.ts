import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, createFileRegistry, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import {
  frameOf,
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  type ServerReflectionResponse,
} from '@rangefinder/protocol/grpc';
import { answerOf, pathOf, type GrpcConnection } from '../support/grpc-client.ts';
import { fakeServer } from './film-server.ts';

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;
const V1 = pathOf(ServerReflection.method.serverReflectionInfo);
const V1_ALPHA = V1.replace('.v1.', '.v1alpha.');

async function reflect(
  connection: GrpcConnection,
  questions: readonly Question[],
  path = V1,
): Promise<ServerReflectionResponse[]> {
  const chunks = questions.map((messageRequest) =>
    frameOf(toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest }))),
  );
  const answer = await connection.raw(path, [Buffer.concat(chunks)]);
  assert.equal(answer.status, 0, answer.message);
  return answer.messages.map((bytes) => fromBinary(ServerReflectionResponseSchema, bytes));
}

test('a client learns all it needs to call the server', async (t) => {
  const { connection } = await fakeServer(t);
  for (const path of [V1, V1_ALPHA]) {
    const [services, file, byName] = await reflect(
      connection,
      [
        { case: 'listServices', value: '' },
        { case: 'fileContainingSymbol', value: 'rangefinder.v1.RankerService.Rank' },
        { case: 'fileByFilename', value: 'google/protobuf/struct.proto' },
      ],
      path,
    );
    assert.equal(services?.messageResponse.case, 'listServicesResponse');
    const names = (services.messageResponse.value as { service: { name: string }[] }).service.map(({ name }) => name);
    assert.deepEqual(names, [
      'rangefinder.v1.RankerService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
    ]);
    assert.equal(file?.messageResponse.case, 'fileDescriptorResponse');
    const protos = (file.messageResponse.value as { fileDescriptorProto: Uint8Array[] }).fileDescriptorProto;
    const registry = createFileRegistry(
      create(FileDescriptorSetSchema, {
        file: protos.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)).reverse(),
      }),
    );
    const service = registry.getService('rangefinder.v1.RankerService');
    assert.deepEqual(
      service?.methods.map(({ name }) => name),
      ['Rank', 'ListRankers', 'GetRanker'],
    );
    assert.equal(byName?.messageResponse.case, 'fileDescriptorResponse');
  }
});

test('what is not there is said to be not there, and the stream goes on', async (t) => {
  const { connection } = await fakeServer(t);
  const answers = await reflect(connection, [
    { case: 'fileContainingSymbol', value: 'other.Service' },
    { case: 'fileByFilename', value: 'other.proto' },
    { case: 'fileContainingExtension', value: { containingType: 'rangefinder.v1.RankRequest', extensionNumber: 5 } },
    { case: 'allExtensionNumbersOfType', value: 'rangefinder.v1.RankRequest' },
    { case: undefined },
  ]);
  assert.deepEqual(
    answers.map(({ messageResponse: { case: kind, value } }) =>
      kind === 'errorResponse' ? (value as { errorCode: number }).errorCode : kind,
    ),
    [5, 5, 5, 'allExtensionNumbersResponse', 3],
  );
});

test('a message that is none ends the stream after the answers before it', async (t) => {
  const { connection } = await fakeServer(t);
  const good = toBinary(
    ServerReflectionRequestSchema,
    create(ServerReflectionRequestSchema, { messageRequest: { case: 'listServices', value: '' } }),
  );
  const stream = connection.open(V1);
  const answer = answerOf(stream);
  stream.write(frameOf(good));
  stream.write(frameOf(Uint8Array.of(0xff, 0xff)));
  const { status, messages } = await answer;
  assert.deepEqual([status, messages.length], [3, 1]);
});
