import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { startMockServer } from '../mock/mock-server.ts';
import type { MockOptions, MockServer } from '../mock/mock-server.ts';
import { chromiumPath, launchChromium, openPage } from './browser-page.ts';

const buildScript = fileURLToPath(new URL('../../../../scripts/build-dashboard.ts', import.meta.url));
const skip = chromiumPath === undefined ? 'no Chromium on this machine (set CHROMIUM_PATH)' : false;

describe('the recommender in a browser', { skip }, () => {
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
  const serve = async (ranker: NonNullable<MockOptions['ranker']>): Promise<string> => {
    const server = await startMockServer({ tickMs: 200, ranker });
    servers.push(server);
    return server.url;
  };

  for (const width of [390, 900, 1440]) {
    test(`at ${width} px: no complaint, no content policy violation, nothing overflows`, async () => {
      const url = await serve('degraded');
      for (const colorScheme of ['light', 'dark'] as const) {
        const options = { viewport: { width, height: 900 }, colorScheme };
        const { page, complaints } = await openPage(browser, `${url}#/recommend/films`, options);
        await page.getByText('The Orchard Keepers').first().waitFor();
        await page.getByText('source failed: source popular: UNAVAILABLE').waitFor();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
        assert.deepEqual(complaints, []);
        await page.context().close();
      }
    });
  }

  test('its link is there when the server has rankers, and only then', async () => {
    const { page } = await openPage(browser, await serve('whole'));
    await page.getByRole('link', { name: 'Recommend' }).click();
    await page.getByRole('heading', { name: 'Films for tonight' }).waitFor();
    const { page: other } = await openPage(browser, await serve('none'));
    await other.getByText('Live', { exact: true }).waitFor();
    assert.equal(await other.getByRole('link', { name: 'Recommend' }).count(), 0);
  });

  test('a slider moves the page, and what moved is marked', async () => {
    const { page, complaints } = await openPage(browser, `${await serve('whole')}#/recommend/films`);
    const items = page.locator('.ranked-item');
    await items.first().waitFor();
    const order = (): Promise<string[]> =>
      items.evaluateAll((all) => all.map((item) => item.getAttribute('data-item') ?? ''));
    const before = await order();
    assert.equal(before.length, 12);
    await page.getByLabel(/Hour of the day/).fill('9');
    await page.locator('.moved-up').first().waitFor();
    assert.notDeepEqual(await order(), before);
    await page.getByText(/^day$/).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('another user has another history and another page', async () => {
    const { page } = await openPage(browser, `${await serve('whole')}#/recommend/films`);
    await page.locator('.history li').first().waitFor();
    assert.equal(await page.locator('.history li').count(), 3);
    await page.getByRole('combobox').selectOption('u3');
    await page.locator('.history li').nth(3).waitFor();
    await page.getByRole('button', { name: 'Somebody else' }).click();
    assert.notEqual(await page.getByRole('combobox').inputValue(), 'u3');
  });

  test('an item tells where it came from and what was done to it', async () => {
    const { page } = await openPage(browser, `${await serve('whole')}#/recommend/films`);
    await page.locator('.chip-moved').waitFor();
    await page
      .locator('.ranked-item', { has: page.locator('.chip-moved') })
      .locator('summary')
      .click();
    const why = page.locator('details[open]');
    await why.getByText('unlike the two above it').waitFor();
    await why.getByText('From taste; scored by the heavy ranker.').waitFor();
    await why.getByText('Source score').waitFor();
  });
});
