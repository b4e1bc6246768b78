import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { writeReport } from '../../../faults/report';
import type { Report } from '../../../faults/report/report';
import { brokenRun, exampleRun } from './example-run';

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM_PATH'] ?? USUAL.find((path) => existsSync(path));
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

const inBrowser = executablePath ? describe : describe.skip;
if (!executablePath) console.warn(`skipped: no Chromium in ${USUAL.join(', ')}; name one in CHROMIUM_PATH`);

interface Opened {
  readonly page: Page;
  /** Console messages, page errors and failed requests. */
  readonly complaints: string[];
  readonly requests: string[];
}

jest.setTimeout(60_000);

inBrowser('the report in a browser', () => {
  let browser: Browser;
  let dir: string;
  let kept: Opened;
  let broken: Opened;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lossless-report-'));
    browser = await chromium.launch({
      executablePath,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...QUIET],
    });
    kept = await open('kept', exampleRun());
    broken = await open('broken', brokenRun());
  });

  afterAll(async () => {
    await browser?.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function open(name: string, report: Report): Promise<Opened> {
    const file = join(dir, `${name}.html`);
    await writeReport(report, file);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    const opened: Opened = { page, complaints: [], requests: [] };
    page.on('console', (message) => opened.complaints.push(message.text()));
    page.on('pageerror', (error) => opened.complaints.push(error.message));
    page.on('requestfailed', (request) => opened.complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => opened.requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await drawn(page);
    return opened;
  }

  /** The charts paint in the frame after they are made, resized or recoloured. */
  const drawn = (page: Page) =>
    page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

  test('opens without a complaint and asks nobody for anything', () => {
    expect(kept.complaints).toEqual([]);
    expect(kept.requests).toEqual([kept.page.url()]);
  });

  test('says the verdict first, in view', async () => {
    const verdict = kept.page.locator('h1');
    expect(await verdict.textContent()).toBe('nothing lost, nothing applied twice');
    expect((await verdict.boundingBox())?.y).toBeLessThan(200);
  });

  test.each([
    ['rates', 'applied'],
    ['rates', 'parked'],
    ['inSync', 'in-sync'],
    ['lag', 'lag'],
    ['latency', 'latency'],
  ])('the chart %s shows the series %s', async (chart, series) => {
    const painted = await kept.page.evaluate(`{
      const canvas = document.querySelector('[data-chart=${chart}] canvas');
      const context = canvas.getContext('2d');
      const pixels = ({ data }) => new Uint32Array(data.buffer);
      const all = pixels(context.getImageData(0, 0, canvas.width, canvas.height));
      const sample = new OffscreenCanvas(1, 1).getContext('2d');
      sample.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--${series}');
      sample.fillRect(0, 0, 1, 1);
      const [wanted] = pixels(sample.getImageData(0, 0, 1, 1));
      all.filter((pixel) => pixel === wanted).length;
    }`);
    expect(painted).toBeGreaterThan(100);
  });

  test('a chart that is pointed at tells the moment, its fault and its values', async () => {
    const { page } = kept;
    await page.locator('[data-chart=rates] .u-over').scrollIntoViewIfNeeded();
    const box = await page.locator('[data-chart=rates] .u-over').boundingBox();
    if (!box) throw new Error('the chart has no plotting area');
    await page.mouse.move(box.x + (box.width * 11) / 600, box.y + box.height / 2);
    await drawn(page);
    expect(await page.locator('.moment').textContent()).toMatch(/^At 0:1\d: 1 [a-z-]+$/);
    expect(await page.locator('[data-chart=rates] output').first().textContent()).toMatch(/^\d+$/);
    expect(await page.locator('[data-chart=lag] output').first().textContent()).toMatch(/^\d+$/);
  });

  test.each([
    [1280, 'light', 'rgb(253, 253, 252)'],
    [400, 'light', 'rgb(253, 253, 252)'],
    [400, 'dark', 'rgb(21, 25, 28)'],
    [1280, 'dark', 'rgb(21, 25, 28)'],
  ] as const)('fits a screen %i wide in %s colours', async (width, colorScheme, paper) => {
    const { page, complaints } = broken;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await drawn(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const [chart, room] = await page.evaluate<number[]>(
      "['.uplot', '.plot'].map((name) => document.querySelector(name).clientWidth)",
    );
    expect(chart).toBe(room);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(paper);
    expect(complaints).toEqual([]);
  });

  test('prints dark on white, with charts and tables no wider than the paper', async () => {
    const { page } = broken;
    await page.setViewportSize({ width: 680, height: 900 });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await drawn(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(680);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(253, 253, 252)');
  });

  test('text from the run stays text, whatever it holds', async () => {
    const { verdict, measures } = brokenRun();
    const hostile = '</script><img src="x" onerror="document.title=1"><!--';
    const checks = verdict.checks.map((check) => ({ ...check, examples: [hostile] }));
    const windows = measures.windows.map((window) => ({ ...window, name: hostile }));
    const report = { verdict: { ...verdict, checks }, measures: { ...measures, windows }, command: hostile };
    const { page, complaints } = await open('hostile', report);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('pre').textContent()).toBe(hostile);
    expect(await page.locator('canvas').count()).toBe(4);
    expect(complaints).toEqual([]);
  });

  test('could not reach anybody if it tried', async () => {
    const tried = await kept.page.evaluate("fetch('data:,x').then(() => 'fetched', () => 'refused')");
    expect(tried).toBe('refused');
  });
});
