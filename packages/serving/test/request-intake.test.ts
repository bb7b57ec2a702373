import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileContract } from '../src/input-contract.ts';
import { acceptRequest } from '../src/request-intake.ts';
import { fakeConfig } from './fake-repository.ts';
import { fp32, request } from './requests.ts';

const CONTRACT = compileContract(
  fakeConfig({
    input: [
      { name: 'X', data_type: 'TYPE_FP32', dims: [2, -1], optional: false, allow_ragged_batch: false },
      { name: 'M', data_type: 'TYPE_FP32', dims: [1], optional: true, allow_ragged_batch: false },
    ],
  }),
);

const GOOD = fp32('X', [1, 2, 1], [1, 2]);
const BAD: [name: string, request: Parameters<typeof acceptRequest>[1], message: RegExp][] = [
  ['no inputs', request([]), /input 'X': missing; model 'm' requires it/],
  ['an unknown input', request([GOOD, fp32('Z', [1], [1])]), /input 'Z': model 'm' has no such input; it has 'X', 'M'/],
  ['an input twice', request([GOOD, GOOD]), /input 'X': given more than once/],
  ['another type', request([{ ...GOOD, dataType: 'INT32' }]), /input 'X': datatype: expected FP32, got INT32/],
  ['another rank', request([fp32('X', [2, 1], [1, 2])]), /input 'X': shape: expected \[-1,2,-1\].*got \[2,1\]/],
  ['another size', request([fp32('X', [1, 3, 1], [1, 2, 3])]), /input 'X': shape: expected \[-1,2,-1\].*got \[1,3,1\]/],
  ['an empty batch', request([fp32('X', [0, 2, 1], [])]), /input 'X': shape: expected a batch dimension of at least 1/],
  ['too few bytes', request([fp32('X', [1, 2, 2], [1, 2])]), /input 'X': data: expected 16 bytes.*got 8/],
  [
    'unequal batches',
    request([GOOD, fp32('M', [2, 1], [1, 2])]),
    /input 'M': batch dimension: expected 1, as input 'X' has, got 2/,
  ],
  [
    'an unknown output',
    request([GOOD], { outputs: [{ name: 'Q', binaryData: undefined, classificationCount: 0 }] }),
    /output 'Q': model 'm' has no such output; it has 'Y'/,
  ],
  [
    'an output twice',
    request([GOOD], {
      outputs: [
        { name: 'Y', binaryData: undefined, classificationCount: 0 },
        { name: 'Y', binaryData: undefined, classificationCount: 0 },
      ],
    }),
    /output 'Y': asked for more than once/,
  ],
];

describe('request intake', () => {
  for (const [name, bad, message] of BAD) {
    it(`refuses ${name}`, () => {
      assert.throws(() => acceptRequest(CONTRACT, bad), { code: 'INVALID_ARGUMENT', message });
    });
  }

  it('takes what fits, in the order of the model', () => {
    const mask = fp32('M', [1, 1], [1]);
    const accepted = acceptRequest(CONTRACT, request([mask, GOOD]));
    assert.deepEqual(accepted.inputs, [GOOD, mask]);
    assert.equal(accepted.rows, 1);
    assert.equal(accepted.payloadBytes, 12);
  });

  it('gives requests that can share a batch equal keys, and others not', () => {
    const key = (inputs: Parameters<typeof request>[0]): string => acceptRequest(CONTRACT, request(inputs)).shapeKey;
    assert.equal(key([GOOD]), key([fp32('X', [3, 2, 1], [1, 2, 3, 4, 5, 6])]));
    assert.notEqual(key([GOOD]), key([fp32('X', [1, 2, 2], [1, 2, 3, 4])]));
    assert.notEqual(key([GOOD]), key([GOOD, fp32('M', [1, 1], [1])]));
  });
});
