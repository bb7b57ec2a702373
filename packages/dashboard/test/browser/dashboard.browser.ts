import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { startMockServer } from '../mock/mock-server.ts';
import type { MockOptions, MockServer } from '../mock/mock-server.ts';
import { chromiumPath, launchChromium, openPage } from './browser-page.ts';

const buildScript = fileURLToPath(new URL('../../../../scripts/build-dashboard.ts', import.meta.url));
const skip = chromiumPath === undefined ? 'no Chromium on this machine (set CHROMIUM_PATH)' : false;

describe('the page in a browser', { skip }, () => {
  let browser: Browser;
  const servers: MockServer[] = [];
  before(async () => {
    await promisify(execFile)(process.execPath, [buildScript]);
    browser = await launchChromium();
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  after(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.close()));
  });
  const serve = async (options: MockOptions = {}): Promise<MockServer> => {
    const server = await startMockServer({ tickMs: 200, ...options });
    servers.push(server);
    return server;
  };

  for (const [name, hash, content] of [
    ['overview', '#/', 'digits'],
    ['model', '#/models/digits/1', 'Recent batches'],
    ['try', '#/try/digits/1', 'What the model gets'],
  ] as const) {
    for (const width of [390, 900, 1440]) {
      test(`${name} at ${width} px: no complaint, no content policy violation, nothing overflows`, async () => {
        const { url } = await serve();
        for (const colorScheme of ['light', 'dark'] as const) {
          const options = { viewport: { width, height: 900 }, colorScheme };
          const { page, complaints } = await openPage(browser, url + hash, options);
          await page.getByText(content).first().waitFor();
          await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
          assert.deepEqual(complaints, []);
          await page.context().close();
        }
      });
    }
  }

  test('states and reasons are shown', async () => {
    const { url } = await serve();
    const { page } = await openPage(browser, url);
    await row(page, 'ranker_heavy').getByText('Loading', { exact: true }).waitFor();
    await row(page, 'ranker_light').getByText('Unavailable', { exact: true }).waitFor();
    await row(page, 'ranker_light')
      .getByText(/expected a number of 0 or more, got -3/)
      .waitFor();
    await row(page, 'digits')
      .getByText(/reload failed/)
      .waitFor();
    await page.getByText('5 of 7 ready').waitFor();
  });

  test('a model is unloaded and loaded again', async () => {
    const { url } = await serve();
    const { page, complaints } = await openPage(browser, url);
    const vad = row(page, 'silero_vad');
    await vad.getByRole('button', { name: 'Unload silero_vad' }).click();
    await vad.getByText('Not loaded', { exact: true }).waitFor();
    await page.getByText('silero_vad is unloaded.').waitFor();
    await vad.getByRole('button', { name: 'Load silero_vad' }).click();
    await vad.getByText('Ready', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('a load that fails says why', async () => {
    const { url } = await serve();
    const { page } = await openPage(browser, url);
    await row(page, 'ranker_light').getByRole('button', { name: 'Load ranker_light' }).click();
    await page.getByText(/Could not load ranker_light: ranker_light\/config\.pbtxt/).waitFor();
  });

  test('without explicit control the buttons are disabled and say why', async () => {
    const server = await serve({ modelControl: 'poll' });
    const { page } = await openPage(browser, server.url);
    const button = row(page, 'silero_vad').getByRole('button').first();
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    assert.match((await button.getAttribute('title')) ?? '', /--model-control-mode explicit/);
    await button.dispatchEvent('click');
    assert.equal(server.models.find((model) => model.name === 'silero_vad')!.state, 'READY');
  });

  test('an empty repository is explained', async () => {
    const { url } = await serve({ empty: true });
    const { page, complaints } = await openPage(browser, url);
    await page.getByText('The model repository is empty').waitFor();
    await page.getByRole('link', { name: 'Try it' }).click();
    await page.getByText('No model is ready yet.').waitFor();
    assert.deepEqual(complaints, []);
  });

  test('a digit is drawn and ranked', async () => {
    const { url } = await serve();
    const { page, complaints } = await openPage(browser, `${url}#/try/digits/1`);
    const box = (await page.locator('canvas.drawing').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.7, { steps: 5 });
    await page.mouse.up();
    const scores = page.locator('[data-output="scores"]');
    await scores.getByText('[1, 10]').waitFor();
    assert.equal(await scores.locator('.ranked li').count(), 10);
    await scores.getByLabel('as softmax').check();
    await scores.getByText(/%/).first().waitFor();
    assert.deepEqual(complaints, []);
  });

  test('a digit is written with the keyboard alone', async () => {
    const { url } = await serve();
    const { page } = await openPage(browser, `${url}#/try/digits/1`);
    await page.locator('canvas.drawing').focus();
    await page.keyboard.press('4');
    await page.locator('[data-output="scores"]').waitFor();
  });

  test("a stateful model's state is fed back, and windows run one after another", async () => {
    const { url } = await serve();
    const { page, complaints } = await openPage(browser, `${url}#/try/silero_vad/1`);
    await page.getByRole('button', { name: 'Chirp' }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('button', { name: /Feed back to state|Copy stateN/ }).click();
    await page.locator('[data-input="state"]').getByText('output stateN').waitFor();
    await page.getByRole('button', { name: 'Run all 93 windows' }).click();
    await page.getByText('of 93 windows').waitFor();
    await page.getByText('State handed on: stateN → state').waitFor();
    assert.deepEqual(complaints, []);
  });

  test('typed values set the batch; mistakes are told before anything is sent', async () => {
    const { url } = await serve();
    const { page } = await openPage(browser, `${url}#/try/sentence_embedding/1`);
    const values = page.getByLabel('Values of text');
    await values.fill('one\ntwo\nthree');
    assert.equal(await page.getByLabel('Batch size of text').inputValue(), '3');
    await values.press('Control+Enter');
    await page.locator('[data-output="embedding"]').getByText('[3, 384]').waitFor();
    await page.getByLabel('Batch size of text').fill('33');
    await page.getByLabel('Batch size of text').blur();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('The server answered 400.').waitFor();

    await page.goto(`${url}#/try/silero_vad/1`);
    await page.getByLabel('Values of sr').fill('1.5');
    await page.getByText(/is not a whole number/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Run', exact: true }).getAttribute('aria-disabled'), 'true');
  });

  test('a picture and an .npy file are taken', async () => {
    const { url } = await serve();
    const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    try {
      const { page, complaints } = await openPage(browser, `${url}#/try/text_detection/1`);
      const picture = join(folder, 'shot.png');
      await page.screenshot({ path: picture });
      await page.locator('[data-input="x"] input[type=file]').setInputFiles(picture);
      await page.getByText('Sent as 1 × 3 × 672 × 960').waitFor();
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByLabel('sigmoid_0.tmp_0 as a picture').waitFor();

      await page.goto(`${url}#/try/silero_vad/1`);
      const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 128), }";
      const array = Buffer.concat([
        Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]),
        Buffer.from(header),
        Buffer.from(new Float32Array(256).fill(0.5).buffer),
      ]);
      const file = join(folder, 'state.npy');
      await writeFile(file, array);
      await page.locator('[data-input="state"] input[type=file]').setInputFiles(file);
      await page.locator('[data-input="state"]').getByText('256 values, state.npy').waitFor();
      assert.deepEqual(complaints, []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('the page notices that the server went away, and goes on when it is back', async () => {
    const first = await startMockServer({ tickMs: 200 });
    const { page } = await openPage(browser, first.url);
    await page.getByText('Live', { exact: true }).waitFor();
    await first.close();
    await page.getByText('Reconnecting').waitFor();
    await page.getByText('The server does not answer.').waitFor();
    servers.push(await startMockServer({ tickMs: 200, port: first.port }));
    await page.getByText('Live', { exact: true }).waitFor();
    assert.equal(await page.getByText('The server does not answer.').count(), 0);
  });

  test('the chosen theme stays after a reload', async () => {
    const { url } = await serve();
    const { page } = await openPage(browser, url, { colorScheme: 'light' });
    const background = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByRole('radio', { name: 'Dark' }).check();
    const dark = await background();
    assert.notEqual(dark, light);
    await page.reload();
    assert.equal(await background(), dark);
  });

  test('figures that arrive do not disturb what is being typed', async () => {
    const { url } = await serve({ tickMs: 50 });
    const { page } = await openPage(browser, `${url}#/try/sentence_embedding/1`);
    const values = page.getByLabel('Values of text');
    await values.pressSequentially('a sentence typed slowly', { delay: 20 });
    assert.equal(await values.inputValue(), 'a sentence typed slowly');
    assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Values of text');
  });
});

function row(page: Page, model: string): ReturnType<Page['locator']> {
  return page.locator(`[data-model="${model}"]`).last();
}
