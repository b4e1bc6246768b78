import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '../../../cli/verify';
import { RIGHTS, type Answer, type Question } from '../../../cli/verify/account';
import { DRIFT_CODES } from '../../../cli/verify/drift';
import { policyFor } from '../../../cli/verify/policy';
import { RULES } from '../../../rules';
import { StandIn } from './stand-in';
import { verified } from './verified';

/** What is asked of an account, and what is said where it does not answer. */

test('of a stack that is as it was deployed nothing is said', async () => {
  const { exit, drifts, unseen, changes, looked } = await verified(new StandIn());
  expect({ exit, drifts, unseen, changes }).toEqual({ exit: 0, drifts: [], unseen: [], changes: [] });
  expect(looked).toBeGreaterThan(70);
});

test('what is other than deployed and loses nothing is told, and is no drift', async () => {
  const account = new StandIn();
  account
    .thing('AWS::Lambda::EventSourceMapping', 'OrdersBillingConsumerMapping')
    .set('ProvisionedPollerConfig.MaximumPollers', 20);
  const { exit, drifts, changes } = await verified(account);
  expect({ exit, drifts }).toEqual({ exit: 0, drifts: [] });
  expect(changes).toMatchObject([{ property: 'ProvisionedPollerConfig' }]);
});

const actionsIn = (policy: object): string[] =>
  (policy as { Statement: { Action: string[] }[] }).Statement.flatMap(({ Action }) => Action).sort();

test('the policy that is printed grants what the sample is asked for, and nothing else', async () => {
  const account = new StandIn();
  await verified(account);
  const needed = new Set(account.asked.flatMap((question) => RIGHTS[question]));
  expect(actionsIn(policyFor(['Orders']))).toEqual([...needed].sort());
});

test('the policy that is printed lets nothing be changed', () => {
  expect(
    actionsIn(policyFor([])).filter((action) => !/:(Describe|Get|List)|^kafka-cluster:Connect$/.test(action)),
  ).toEqual([]);
});

test('the stacks that are named are the only ones whose templates the policy shows', () => {
  expect(policyFor(['Orders', 'Network'])).toMatchObject({
    Statement: [
      { Resource: ['arn:*:cloudformation:*:*:stack/Orders*', 'arn:*:cloudformation:*:*:stack/Network*'] },
      { Resource: '*' },
    ],
  });
});

const REFUSED: Answer<never> = { kind: 'unseen', why: 'your credentials may not; it takes some right' };
const afterStacks = (Object.keys(RIGHTS) as Question[]).filter((question) => !question.startsWith('cloudformation:'));

test.each(afterStacks)('without the right to %s all else is looked at, and nothing is proven', async (question) => {
  const account = new StandIn();
  account.instead.set(question, REFUSED);
  const { exit, drifts, unseen } = await verified(account);
  expect({ exit, drifts }).toEqual({ exit: 1, drifts: [] });
  expect(unseen.length).toBeGreaterThan(0);
  expect(new Set(unseen.map(({ why }) => why))).toEqual(new Set([REFUSED.why]));
});

async function said(
  account: StandIn,
  ...named: string[]
): Promise<{ exit: number; printed: string; complaints: string[] }> {
  const [printed, complaints]: [string[], string[]] = [[], []];
  const exit = await verify(
    named,
    {},
    {
      account,
      print: (text) => printed.push(text),
      complain: (line) => complaints.push(line),
      colour: false,
    },
  );
  return { exit, printed: printed.join(''), complaints };
}

test('a right that is missing is named in one line, with all that was not seen for it', async () => {
  const account = new StandIn();
  account.instead.set('kms:DescribeKey', REFUSED);
  account.instead.set('kms:GetKeyPolicy', REFUSED);
  const { printed } = await said(account, 'Orders');
  expect(printed).toMatch(
    /^not looked at: Orders\/Orders\/Key: your credentials may not; it takes some right\nno drift, 2 not to be seen, and so not proven, in \d+ resources of Orders\n$/,
  );
});

test('for people a drift stands beneath its resource, with what is lost by it', async () => {
  const account = new StandIn();
  account.thing('AWS::S3::Bucket', 'OrdersSpillBucket').set('VersioningConfiguration.Status', 'Suspended');
  const { printed } = await said(account, 'Orders');
  expect(printed).toMatch(
    /^Orders\/Orders\/Spill\/Bucket \(ordersspillbucketd8fe6479\)\n {2}warning +LK503 dead-letters-overwritable\n {4}VersioningConfiguration.Status: got Suspended, want Enabled\n {4}lost: .*\n {4}fix: put it back .*\n\n1 drift in \d+ resources of Orders\n$/,
  );
});

test.each([
  ['UPDATE_IN_PROGRESS', 'wait until it has ended, and run the command again'],
  ['UPDATE_ROLLBACK_FAILED', 'continue the rollback, then deploy again'],
  ['ROLLBACK_COMPLETE', 'delete the stack, and deploy it again'],
])('of a stack in %s one line is said, and nothing is taken for drift', async (status, wayOn) => {
  const account = new StandIn();
  account.status = status;
  const line = `error: stack Orders: got ${status}, want one whose deploy has ended well; ${wayOn}`;
  expect(await said(account, 'Orders')).toEqual({ exit: 1, printed: '', complaints: [line] });
});

test('a stack that is not there is one line', async () => {
  const { exit, complaints } = await said(new StandIn(), 'Order');
  expect(exit).toBe(1);
  expect(complaints).toEqual([
    'error: stack Order: got none of that name, want one in the account and region of your credentials; check the name and --region',
  ]);
});

test('a stack whose template must not be read is one line', async () => {
  const account = new StandIn();
  account.instead.set('cloudformation:GetTemplate', REFUSED);
  const { exit, complaints } = await said(account, 'Orders');
  expect(exit).toBe(1);
  expect(complaints).toEqual([
    'error: stack Orders: got no look at it, want its template and resources; your credentials may not; it takes some right',
  ]);
});

test('the page names every code that is of `verify` alone, as it names it itself', () => {
  const page = readFileSync(join(__dirname, '../../../docs/verify.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (LK\d+) \| `([\w-]+)` +\|/gm)].map(([, code, name]) => [code, name]);
  expect(rows).toEqual(Object.entries(DRIFT_CODES).map(([code, { name }]) => [code, name]));
});

test('no code of `verify` is one of a loss rule', () => {
  expect(RULES.filter(({ code }) => code in DRIFT_CODES)).toEqual([]);
});

test('settings of a topic that nobody can read are not taken for good', async () => {
  const account = new StandIn();
  account.thing('AWS::MSK::Topic').set('Configs', Buffer.from('retention: a week').toString('base64'));
  const { exit, unseen } = await verified(account);
  expect(exit).toBe(1);
  expect(unseen).toMatchObject([{ logicalId: 'OrdersTopic8A68B7A2' }]);
});

test('that the brokers list settings of their own beside those of the topic is no drift', async () => {
  const account = new StandIn();
  const topic = account.thing('AWS::MSK::Topic');
  const own = Buffer.from(String(topic.at('Configs')), 'base64').toString();
  topic.set('Configs', Buffer.from(`segment.bytes=1073741824\n${own}`).toString('base64'));
  expect((await verified(account)).exit).toBe(0);
});
