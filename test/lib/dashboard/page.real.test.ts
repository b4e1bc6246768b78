import { existsSync } from 'node:fs';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { pageOf } from './page';
import { shown } from './shown';

/** Nobody ships a dashboard that nobody has looked at. `DASHBOARD_PICTURE=file.png` keeps the picture. */

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM_PATH'] ?? USUAL.find((path) => existsSync(path));
const inBrowser = executablePath ? describe : describe.skip;
if (!executablePath) console.warn(`skipped: no Chromium in ${USUAL.join(', ')}; name one in CHROMIUM_PATH`);

jest.setTimeout(60_000);

inBrowser('the dashboard, drawn with numbers that are made up', () => {
  let browser: Browser;
  let page: Page;
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lossless-dashboard-'));
    const file = join(dir, 'page.html');
    await writeFile(file, pageOf(shown().widgets));
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet],
    });
    page = await browser.newPage({ viewport: { width: 1_920, height: 1_080 } });
    await page.goto(pathToFileURL(file).href);
    const picture = process.env['DASHBOARD_PICTURE'];
    if (picture !== undefined) await page.screenshot({ path: picture });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('is one screen', async () => {
    const { width, height } = (await page.locator('main').boundingBox())!;
    expect([width <= 1_920, height <= 1_080]).toEqual([true, true]);
  });

  test('cuts nothing off: titles, legends and lights have their room', async () => {
    const overfull = 'each => each.scrollHeight > each.clientHeight';
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll('section')].filter(${overfull}).map((each) => each.textContent)`,
    );
    expect(cut).toEqual([]);
  });

  test('draws a line for each metric that is shown, each with a name', async () => {
    expect(await page.getByText('without a label').count()).toBe(0);
    const [lines, names] = await Promise.all([page.locator('polyline').count(), page.locator('.legend span').count()]);
    expect(lines).toBeGreaterThan(20);
    expect(names).toBe(lines);
  });
});
