import { HANDLER } from '../../lib/bootstrap-brokers';

const ARN = 'arn:aws:kafka:eu-central-1:111122223333:cluster/there/0a1b-2';
const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });

interface Call {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The function of the template, with an MSK that answers so in turn, and a CloudFormation that takes its answer with a status. */
async function call(type: 'Create' | 'Update' | 'Delete', answers: readonly (object | Error)[], status = 200) {
  let seconds = 0;
  const asked: object[] = [];
  const told: Call[] = [];
  const sdk = {
    GetBootstrapBrokersCommand: class {
      constructor(readonly input: object) {}
    },
    KafkaClient: class {
      send({ input }: { input: object }) {
        const answer = answers[Math.min(asked.length, answers.length - 1)]!;
        asked.push(input);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      }
    },
  };
  const exports: { handler?: (event: object, context: object) => Promise<void> } = {};
  const wait = (ring: () => void, ms: number) => {
    seconds += ms / 1_000;
    ring();
  };
  const fetch = (url: string, init: Omit<Call, 'url'>) => {
    told.push({ url, ...init });
    return Promise.resolve({ ok: status === 200, status });
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the template's own code is what is tested
  const load = new Function('require', 'exports', 'setTimeout', 'fetch', HANDLER) as (...given: unknown[]) => void;
  load((name: string) => (name === '@aws-sdk/client-kafka' ? sdk : undefined), exports, wait, fetch);
  const event = { RequestType: type, ResponseURL: 'https://answer.test', StackId: 's', RequestId: 'r', LogicalResourceId: 'l', ResourceProperties: { ClusterArn: ARN } }; // prettier-ignore
  const ended = await exports.handler!(event, { getRemainingTimeInMillis: () => (300 - seconds) * 1_000 }).then(
    () => 'done',
    (error: unknown) => String(error),
  );
  return {
    ended,
    asked,
    seconds,
    told: told.map(({ body, ...rest }) => ({ ...rest, ...(JSON.parse(body) as object) })),
  };
}

const brokers = { BootstrapBrokerStringSaslIam: 'b-1:9098,b-2:9098' };

test('a right that is denied for four minutes after it was granted rolls nothing back', async () => {
  const { asked, seconds, told } = await call('Create', [...Array<Error>(48).fill(denied), brokers]);
  expect([asked.length, seconds]).toEqual([49, 240]);
  expect(asked[0]).toEqual({ ClusterArn: ARN });
  expect(told).toEqual([
    { url: 'https://answer.test', method: 'PUT', headers: { 'content-type': '' }, Status: 'SUCCESS', PhysicalResourceId: 'bootstrap-brokers', StackId: 's', RequestId: 'r', LogicalResourceId: 'l', Data: brokers }, // prettier-ignore
  ]);
});

test.each<[string, object | Error, string]>([
  ['a right that is never there', denied, 'AccessDeniedException: not authorized'],
  ['a cluster without listeners for IAM', {}, `turn on IAM access control of ${ARN}`],
])('%s is told before the function ends', async (_, answer, reason) => {
  const { seconds, told, ended } = await call('Update', [answer]);
  expect(seconds).toBeLessThanOrEqual(275);
  expect([told, ended]).toEqual([[expect.objectContaining({ Status: 'FAILED', Reason: expect.stringContaining(reason) as string })], 'done']); // prettier-ignore
});

test('deleting it asks nothing', async () => {
  const { asked, told } = await call('Delete', [denied]);
  expect([asked, told]).toEqual([[], [expect.objectContaining({ Status: 'SUCCESS' })]]);
});

test('an answer that CloudFormation did not take fails the call, so that Lambda makes it again', async () => {
  expect((await call('Create', [brokers], 503)).ended).toBe(
    'Error: answer to CloudFormation: got status 503, want 200',
  );
});

test('the code fits into a template', () => {
  expect(HANDLER.length).toBeLessThanOrEqual(4_096);
});
