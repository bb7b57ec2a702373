import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GEN_DIR, PROTO_DIR, staleProtos } from '../protos.ts';

test('the generated code is from the .proto files as they are', () => {
  assert.deepEqual(staleProtos(), [], 'run: npm run protos');
});

test('a changed .proto file and an edited generated one are told', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rangefinder-protos-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [proto, gen] = [join(folder, 'proto'), join(folder, 'gen')];
  cpSync(PROTO_DIR, proto, { recursive: true });
  cpSync(GEN_DIR, gen, { recursive: true });
  appendFileSync(join(proto, 'rangefinder/v1/ranker.proto'), 'message Another {}\n');
  appendFileSync(join(gen, 'grpc/health/v1/health_pb.ts'), '// by hand\n');
  assert.deepEqual(staleProtos(proto, gen), ['proto/rangefinder/v1/ranker.proto', 'gen/grpc/health/v1/health_pb.ts']);
  rmSync(join(gen, 'google'), { recursive: true });
  assert.equal(staleProtos(proto, gen).length, 4);
});
