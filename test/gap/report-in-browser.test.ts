import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { renderReport } from '../../src/gap/index.ts';
import { BrowserPage } from '../support/browser.ts';
import { HOSTILE, hostileReport } from '../support/gap-reports.ts';

/** The report with all that it can have, in a browser, and its URL. */
async function open(t: TestContext): Promise<{ page: BrowserPage; url: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-report-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'gap.html');
  writeFileSync(file, renderReport(hostileReport, 'html'));
  const page = await BrowserPage.open(t);
  const url = pathToFileURL(file).href;
  await page.show(url);
  return { page, url };
}

/** How many cells of evidence there are, and how many can be seen. */
const VISIBLE = `[...document.querySelectorAll('td')].filter((cell) => cell.checkVisibility()).length`;
const CELLS = `document.querySelectorAll('td').length`;
const OVERFLOW = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

test('the report in a browser: on a desk, on a phone and on paper', async (t) => {
  const { page, url } = await open(t);

  await t.test('a row opens when it is clicked', async () => {
    assert.equal(await page.evaluate(VISIBLE), 0);
    await page.evaluate(`document.querySelector('#v6-only > summary').click()`);
    assert.equal(await page.evaluate(VISIBLE), await page.evaluate(CELLS));
    await page.evaluate(`document.querySelector('#v6-only').open = false`);
  });

  await t.test('on paper all evidence is there without that, and frames as lines', async () => {
    await page.call('Emulation.setEmulatedMedia', { media: 'print' });
    assert.equal(await page.evaluate(VISIBLE), await page.evaluate(CELLS));
    const shown = (what: string) =>
      page.evaluate(`[...document.querySelectorAll('${what}')].some((one) => one.checkVisibility())`);
    assert.equal(await shown('.frame > summary'), true);
    assert.equal(await shown('.tree'), false);
    const { data } = await page.call('Page.printToPDF', { paperWidth: 8.27, paperHeight: 11.69 });
    assert.match(Buffer.from(String(data), 'base64').toString('latin1', 0, 5), /%PDF-/);
    await page.call('Emulation.setEmulatedMedia', { media: '' });
  });

  await t.test('nothing is wider than the screen, with everything open', async () => {
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
    for (const width of [320, 375, 768, 1280]) {
      await page.resize(width, 800);
      assert.equal(await page.evaluate('innerWidth'), width);
      assert.equal(await page.evaluate(OVERFLOW), 0, `${width} pixels`);
    }
  });

  await t.test('what a cloud says is text, and nothing is asked for or run', async () => {
    assert.equal(
      await page.evaluate('document.title'),
      `IPv6 gap analysis of ${HOSTILE.replace('\u001b', '\ufffd')}`,
    );
    assert.equal(await page.evaluate(`document.querySelectorAll('script, img').length`), 0);
    assert.deepEqual(page.requests, [url]);
  });
});
