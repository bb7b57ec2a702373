import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import type { RemoteVectorIndex } from '@rangefinder/retrieval';
import { eventually, FaultProxy, freePort, type ProxyFault } from '@rangefinder/testing';

export interface RemoteFaultSubject {
  readonly name: string;
  serverPort(): number;
  /** At this port; gives up what takes longer than 300 ms, and rests 50 ms when the circuit opens. Made with 3 dimensions, l2. */
  open(port: number): Promise<RemoteVectorIndex>;
}

const FAULTS: readonly ProxyFault[] = ['black-hole', 'reset', 'garbage', 'half-close', 'refuse'];
const VECTOR = Float32Array.of(1, 2, 3);
const SEARCH = { query: VECTOR, k: 1, filter: undefined };

/** Whatever the connection does, calls end in time with a code, and the server is used again as soon as it is back. */
export function describeRemoteFaults(subject: RemoteFaultSubject): void {
  describe(`${subject.name} behind a faulty connection`, () => {
    for (const fault of FAULTS) {
      it(`${fault}: calls fail with a code, then at once, and succeed once it is over`, async () => {
        const proxy = new FaultProxy(subject.serverPort());
        await proxy.listen();
        const index = await subject.open(proxy.port);
        try {
          await index.upsert([{ id: 7, vector: VECTOR }]);
          await proxy.become(fault);
          for (let i = 0; i < 5; i++) await assert.rejects(index.search(SEARCH), isServerError);
          assert.notEqual(index.breakerState, 'closed');
          await assert.rejects(index.upsert([{ id: 8, vector: VECTOR }]), isServerError);
          await proxy.become('pass');
          await eventually(async () => finds(index));
          assert.equal(index.breakerState, 'closed');
        } finally {
          await index.close();
          await proxy.close();
        }
      });

      if (fault === 'refuse') continue;
      it(`${fault} from the start: opening fails with a code`, async () => {
        const proxy = new FaultProxy(subject.serverPort());
        await proxy.listen();
        try {
          await proxy.become(fault);
          await assert.rejects(subject.open(proxy.port), isServerError);
        } finally {
          await proxy.close();
        }
      });
    }

    it('nothing listens: opening says what was tried', async () => {
      await assert.rejects(subject.open(await freePort()), { code: 'UNAVAILABLE', message: /ECONNREFUSED/ });
    });

    it('a caller who gives up is let go at once and takes nothing from the others', async () => {
      const proxy = new FaultProxy(subject.serverPort());
      await proxy.listen();
      const index = await subject.open(proxy.port);
      try {
        await index.upsert([{ id: 7, vector: VECTOR }]);
        await Promise.all(
          Array.from({ length: 40 }, async (_, i) => {
            const abort = new AbortController();
            const searching = index.search({ ...SEARCH, signal: abort.signal });
            if (i % 2 === 0) {
              abort.abort(new RangefinderError('DEADLINE_EXCEEDED', 'late'));
              await assert.rejects(searching, { code: 'DEADLINE_EXCEEDED', message: 'late' });
            } else {
              assert.deepEqual([...(await searching).ids], [7]);
            }
          }),
        );
        assert.equal(index.breakerState, 'closed');
      } finally {
        await index.close();
        await proxy.close();
      }
    });
  });
}

async function finds(index: RemoteVectorIndex): Promise<boolean> {
  try {
    return (await index.search(SEARCH)).ids[0] === 7;
  } catch (thrown) {
    if (isServerError(thrown)) return false;
    throw thrown;
  }
}

function isServerError(thrown: unknown): boolean {
  return thrown instanceof RangefinderError && ['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(thrown.code);
}
