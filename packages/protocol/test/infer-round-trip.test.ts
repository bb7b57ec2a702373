import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryRequest, arbitraryResponse } from '@rangefinder/testing';
import {
  decodeInferRequest,
  decodeInferResponse,
  encodeInferRequest,
  encodeInferResponse,
} from '@rangefinder/protocol';
import { joined, limits, plain } from './support.ts';

/** Slices as small as a byte change nothing but the number of turns. */
const slicing = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }).map((sliceBytes) => ({
  yieldToEventLoop: () => Promise.resolve(),
  ...(sliceBytes !== undefined && { sliceBytes }),
}));

test('a request in binary is read back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRequest(), slicing, async (request, slices) => {
      const body = await encodeInferRequest(request, { binary: true });
      const { modelName, modelVersion } = request;
      const headerLength = body.headerContentLength;
      const decoded = await decodeInferRequest({
        modelName,
        modelVersion,
        body: joined(body),
        headerLength,
        limits,
        ...slices,
      });
      assert.deepEqual({ ...decoded, inputs: plain(decoded.inputs) }, { ...request, inputs: plain(request.inputs) });
    }),
  );
});

test('a request in JSON is read back as it was, whatever the slices', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRequest({ jsonOnly: true }), slicing, async (request, slices) => {
      const body = await encodeInferRequest(request, { binary: false, ...slices });
      assert.equal(body.headerContentLength, undefined);
      assert.equal(body.contentLength, joined(body).length);
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(joined(body)));
      const { modelName, modelVersion } = request;
      const decoded = await decodeInferRequest({
        modelName,
        modelVersion,
        body: joined(body),
        headerLength: undefined,
        limits,
        ...slices,
      });
      assert.deepEqual({ ...decoded, inputs: plain(decoded.inputs) }, { ...request, inputs: plain(request.inputs) });
    }),
  );
});

test('a response in either form is read back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryResponse({ jsonOnly: true }), fc.boolean(), slicing, async (response, binary, slices) => {
      const parameters = { priority: 0, timeoutUs: 0, other: { binary_data_output: binary } };
      const body = await encodeInferResponse(response, { outputs: [], parameters }, slices);
      const headerLength = body.headerContentLength;
      assert.equal(body.contentType, headerLength === undefined ? 'application/json' : 'application/octet-stream');
      const decoded = await decodeInferResponse({ body: joined(body), headerLength, limits, ...slices });
      assert.deepEqual(
        { ...decoded, outputs: plain(decoded.outputs) },
        { ...response, outputs: plain(response.outputs) },
      );
    }),
  );
});

test('a response in binary carries every type', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryResponse(), async (response) => {
      const parameters = { priority: 0, timeoutUs: 0, other: { binary_data_output: true } };
      const body = await encodeInferResponse(response, { outputs: [], parameters });
      const decoded = await decodeInferResponse({ body: joined(body), headerLength: body.headerContentLength, limits });
      assert.deepEqual(plain(decoded.outputs), plain(response.outputs));
    }),
  );
});
