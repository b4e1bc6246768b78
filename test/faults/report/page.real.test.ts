import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { writeReport, type Report } from '../../../faults/report';
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

inBrowser('the report in a browser', () => {
  let browser: Browser;
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lossless-report-'));
    browser = await chromium.launch({
      executablePath,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...QUIET],
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function open(report: Report, width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
    const file = join(dir, 'report.html');
    await writeReport(report, file);
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const opened: Opened = { page, complaints: [], requests: [] };
    page.on('console', (message) => opened.complaints.push(message.text()));
    page.on('pageerror', (error) => opened.complaints.push(error.message));
    page.on('requestfailed', (request) => opened.complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => opened.requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.locator('canvas').first().waitFor();
    return opened;
  }

  test('opens without a complaint and asks nobody for anything', async () => {
    const { page, complaints, requests } = await open(exampleRun());
    expect(complaints).toEqual([]);
    expect(requests).toEqual([page.url()]);
  });

  test('could not reach anybody if it tried', async () => {
    const { page } = await open(exampleRun());
    const tried = await page.evaluate("fetch('data:,x').then(() => 'fetched', () => 'refused')");
    expect(tried).toBe('refused');
  });

  test('says the verdict first, in view', async () => {
    const { page } = await open(exampleRun());
    const verdict = page.locator('h1');
    expect(await verdict.textContent()).toBe('nothing lost, nothing applied twice');
    expect((await verdict.boundingBox())?.y).toBeLessThan(200);
  });

  test.each(['rates', 'inSync', 'lag', 'latency'])('draws the chart %s', async (chart) => {
    const { page } = await open(exampleRun());
    const colours = await page.evaluate(`{
      const canvas = document.querySelector('[data-chart=${chart}] canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      new Set(new Uint32Array(data.buffer)).size;
    }`);
    // Lines, axes and letters with their soft edges; an empty canvas has one colour, bare axes some dozens.
    expect(colours).toBeGreaterThan(100);
  });

  test('a chart that is pointed at tells the moment, its fault and its values', async () => {
    const { page } = await open(exampleRun());
    const box = await page.locator('[data-chart=rates] .u-over').boundingBox();
    if (!box) throw new Error('the chart has no plotting area');
    await page.mouse.move(box.x + (box.width * 11) / 600, box.y + box.height / 2);
    expect(await page.locator('.moment').textContent()).toMatch(/^At 0:1\d: 1 [a-z-]+$/);
    expect(await page.locator('[data-chart=rates] output').first().textContent()).toMatch(/^\d+$/);
    expect(await page.locator('[data-chart=lag] output').first().textContent()).toMatch(/^\d+$/);
  });

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)('fits a screen %i wide in %s colours', async (width, scheme) => {
    const { page, complaints } = await open(brokenRun(), width, scheme);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(complaints).toEqual([]);
  });

  test('prints dark on white, with charts and tables as wide as the paper', async () => {
    const { page } = await open(brokenRun(), 680, 'dark');
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(680);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(253, 253, 252)');
  });

  test('text from the run stays text, whatever it holds', async () => {
    const { verdict, ...rest } = brokenRun();
    const hostile = '</script><img src="x" onerror="document.title=1"><!--';
    const checks = verdict.checks.map((check) => ({ ...check, examples: [hostile] }));
    const windows = rest.measures.windows.map((window) => ({ ...window, name: hostile }));
    const { page, complaints } = await open({
      verdict: { ...verdict, checks },
      measures: { ...rest.measures, windows },
      command: hostile,
    });
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('pre').textContent()).toBe(hostile);
    expect(await page.locator('canvas').count()).toBe(4);
    expect(complaints).toEqual([]);
  });
});
