import { App } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OrdersStack } from '../examples/orders/stack';
import { startLocalStack, type LocalStack } from '../local';
import { ratio, spread, type Bench, type Row } from './measure';

const ROUNDS = 7;
const REQUESTS = 2_000;
/** As many as there are sandboxes of a function: none is throttled. */
const CALLERS = 4;
/** Events of a request, where several come at once. */
const SEVERAL = 20;

/** What one round of requests to a door came to. */
interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export const door: Bench = {
  name: 'door',
  claim: `${REQUESTS} requests of one event at the HTTP door, ${CALLERS} at a time, beside a function that returns its body, in turns`,
  measure: async (say, { quick }) => {
    const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
    let stack: LocalStack | undefined;
    try {
      const [assembly, replaceCode] = [join(dir, 'cdk.out'), await handlers(dir)];
      synthesize(assembly, replaceCode.Echo);
      stack = await startLocalStack({ assembly, dir: join(dir, 'run'), log: say, replaceCode, maxSandboxes: CALLERS });
      const [events, echo] = ['POST /events', '$default'].map((path) => urlOf(stack!, path)) as [string, string];
      const kinds = { door: () => round(events, 1), echo: () => round(echo, 1), several: () => round(events, SEVERAL) };
      const seen: Record<keyof typeof kinds, Round[]> = { door: [], echo: [], several: [] };
      // The first round starts the sandboxes and is not counted.
      for (let n = 0; n <= (quick ? 1 : ROUNDS); n++) {
        for (const kind of ['door', 'echo', 'several'] as const) {
          const found = await kinds[kind]();
          if (n > 0) seen[kind].push(found);
          say(`round ${n}, ${kind}: ${found.perSecond.toFixed(0)} requests/s, p99 ${found.p99.toFixed(1)} ms`);
        }
      }
      return rows(seen);
    } finally {
      await stack?.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

function rows({ door: ours, echo, several }: Record<'door' | 'echo' | 'several', readonly Round[]>): Row[] {
  const of = (rounds: readonly Round[], name: keyof Round) => rounds.map((each) => each[name]);
  const row = (what: string, unit: string, values: readonly number[]): Row => ({ what, unit, values });
  return [
    row('door', 'requests/s', of(ours, 'perSecond')),
    row('echo', 'requests/s', of(echo, 'perSecond')),
    ratio('door / echo', of(ours, 'perSecond'), of(echo, 'perSecond')),
    ...(['p50', 'p99'] as const).flatMap((which) => [
      row(`door, ${which}`, 'ms', of(ours, which)),
      row(`echo, ${which}`, 'ms', of(echo, which)),
    ]),
    row(`door, ${SEVERAL} events a request`, 'events/s', several.map(({ perSecond }) => perSecond * SEVERAL)), // prettier-ignore
    row(`door, ${SEVERAL} events a request, p99`, 'ms', of(several, 'p99')),
  ];
}

/** The echo, and a consumer that does nothing: what it takes is not the door's. */
async function handlers(dir: string): Promise<Record<'Echo' | 'Billing', string>> {
  const write = async (name: string, code: string) => {
    await mkdir(join(dir, name));
    await writeFile(join(dir, name, 'index.js'), code);
    return join(dir, name);
  };
  return {
    Echo: await write('echo', 'exports.handler = async ({ body }) => ({ statusCode: 202, body });'),
    Billing: await write('settles', 'exports.handler = async () => ({ batchItemFailures: [] });'),
  };
}

/** The sample, and beside it a function of the same size that does nothing. */
function synthesize(outdir: string, echo: string): void {
  const app = new App({ outdir, context: { 'aws:cdk:enable-path-metadata': true } });
  const stack = new OrdersStack(app, 'Orders');
  new lambda.Function(stack, 'Echo', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(echo),
    memorySize: 1024,
  }).addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
  app.synth();
}

function urlOf({ doors }: LocalStack, path: string): string {
  const found = doors.find((each) => each.path === path);
  if (!found) throw new Error(`door: got ${doors.map((each) => each.path).join(', ')}, want ${path}`);
  return found.url;
}

async function round(url: string, perRequest: number): Promise<Round> {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const times: number[] = [];
  let left = Math.ceil(REQUESTS / perRequest);
  const began = performance.now();
  const caller = async () => {
    while (left-- > 0) {
      const body = JSON.stringify(Array.from({ length: perRequest }, newEvent));
      const sent = performance.now();
      await post(url, body, agent);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const perSecond = (times.length / (performance.now() - began)) * 1_000;
  agent.destroy();
  times.sort((a, b) => a - b);
  return { perSecond, p50: spread(times).median, p99: times[Math.floor(times.length * 0.99)] ?? NaN };
}

/** As large as the other benches' records: some 200 bytes of data. */
const newEvent = () => ({
  ...{ specversion: '1.0', id: randomUUID(), source: 'bench', type: 'order.placed', partitionkey: randomUUID() },
  data: { customer: 'customer-1', amount: 100, note: 'x'.repeat(150) },
});

function post(url: string, body: string, agent: Agent): Promise<void> {
  const headers = { 'content-type': 'application/cloudevents-batch+json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', headers, agent }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (text: string) => (said += text));
      response.on('error', reject).on('end', () => {
        if (response.statusCode === 202) return resolve();
        reject(new Error(`POST ${url}: got ${response.statusCode} ${said.slice(0, 300)}, want 202`));
      });
    });
    sending.on('error', reject).end(body);
  });
}
