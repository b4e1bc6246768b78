import { OUTPUTS, pipeline, refusal } from './world';

/** Six partitions of a hundred records each, all of them settled but the last twenty of the first. */
async function busy() {
  const all = pipeline();
  for (let partition = 0; partition < 6; partition++) {
    all.around.logs.set(partition, { start: 0, end: 100 });
    await all.around.applied(partition, 0, partition === 0 ? 79 : 99);
  }
  return all;
}

describe('a look at a pipeline', () => {
  test('that is well ends with 0, and says how many events wait and where', async () => {
    const all = await busy();
    all.spill(1);
    const { code, verdict, findings, notRead, topics, worst } = await all.status();
    expect([code, verdict, findings, notRead]).toEqual([0, 'well', [], []]);
    expect(topics).toMatchObject([
      {
        ...{ topic: 'orders', retentionSeconds: 604_800, spilled: { objects: 1, lastHour: 1 }, unsent: { objects: 0 } },
        groups: [
          {
            group: 'billing',
            // 60 s that the oldest may have been there are taken off.
            log: { partitions: 6, waiting: 20, oldestSeconds: 0, untilRetentionSeconds: 604_740, unaccounted: 0, givenUp: 0 },
            ...{ deadLetters: { objects: 0, more: false }, breakers: { partitions: 6, open: 0 } },
            mapping: { uuid: 'u', state: 'Enabled' },
          },
        ],
      },
    ]); // prettier-ignore
    expect(worst).toMatchObject([{ partition: 0, waiting: 20, committed: 80, start: 0, end: 100, breakerOpen: false }]);
  });

  test('whose parked events wait for a person ends with 0: they are safe', async () => {
    const all = await busy();
    await all.fail({ partition: 7 }, { partition: 7 });
    all.unsent(3);
    const { code, findings, topics } = await all.status();
    expect(code).toBe(0);
    expect(findings).toEqual([
      { when: 'later', what: 'orders: 3 parked events wait for a person', next: 'npx cdk-lossless-kafka dead-letters list --stack Shop' }, // prettier-ignore
    ]);
    expect(topics[0]).toMatchObject({ unsent: { objects: 1 }, groups: [{ deadLetters: { objects: 2 } }] });
  });
});

describe('events at risk end it with 1, and the worst is named first', () => {
  test('a record that an audit could not account for, and that is still not there', async () => {
    const all = await busy();
    await all.around.audit();
    await all.around.applied(0, 82, 99);
    await all.around.audit();
    const { code, verdict, findings, worst } = await all.status();
    expect([code, verdict]).toEqual([1, 'at risk']);
    expect(findings[0]).toEqual({ when: 'now', what: 'billing: 2 events unaccounted: neither settled nor waiting anywhere', next: 'docs/runbook.md#unaccounted-events' }); // prettier-ignore
    expect(worst[0]).toMatchObject({ partition: 0, unaccounted: 2 });
  });

  test('an event that the retention takes before a third of it is left', async () => {
    const all = await busy();
    const days = (n: number) => all.now - n * 86_400_000;
    all.around.logs.set(0, { start: 0, end: 100, timestamps: Array.from({ length: 100 }, () => days(4)) });
    expect(await all.status()).toMatchObject({ code: 0 });
    all.around.logs.set(0, { start: 0, end: 100, timestamps: Array.from({ length: 100 }, () => days(5)) });
    const { code, findings } = await all.status();
    expect(code).toBe(1);
    expect(findings[0]?.what).toMatch(/^billing: retention takes the oldest unsettled event in 1 d \d+ h$/);
  });

  test('a circuit breaker that is open: what fails is held', async () => {
    const all = await busy();
    await all.fail(...Array.from({ length: 25 }, () => ({ partition: 3 })));
    const { code, findings, topics } = await all.status();
    expect(code).toBe(1);
    expect(topics[0]?.groups[0]?.breakers).toEqual({ partitions: 6, open: 1 });
    expect(findings[0]?.what).toBe('billing: circuit breaker open in 1 of 6 partitions: what fails is held');
    expect(findings[0]?.next).toMatch(/^npx cdk-lossless-kafka breaker status --table idempotency --cluster arn:aws:kafka:\S+ --group billing --topic orders$/); // prettier-ignore
  });

  test.each([
    [[{ state: 'Disabled' }], 'billing: its mapping is disabled, so nothing is delivered'],
    [[], 'billing: its mapping is missing, so nothing is delivered'],
    [[{ lastResult: 'PROBLEM: Connection error' }], 'billing: its mapping cannot deliver: PROBLEM: Connection error'],
  ])('a mapping that delivers nothing: %j', async (given, what) => {
    const all = await busy();
    all.told.mappings = given.map((each) => ({ uuid: 'u', topic: 'orders', group: 'billing', state: 'Enabled', ...each })); // prettier-ignore
    const { code, findings } = await all.status();
    expect([code, findings[0]?.what]).toEqual([1, what]);
  });

  test('spilled events that replay does not get to the brokers for more than an hour', async () => {
    const all = await busy();
    all.spill(1);
    all.putAtMs['spill'] = all.now - 3_600_000;
    expect(await all.status()).toMatchObject({ code: 0 });
    all.putAtMs['spill'] = all.now - 3_660_000;
    const { code, findings } = await all.status();
    expect(code).toBe(1);
    expect(findings[0]?.what).toBe('orders: events have been spilled for 1 h 1 min: replay does not get them out'); // prettier-ignore
  });

  test('an alarm of the stack that rings, the latest first; those of others are not asked about', async () => {
    const all = await busy();
    const alarm = (name: string, minutes: number) => ({ name, description: `Orders/Billing: ${name}. docs/runbook.md#x`, sinceMs: all.now - minutes * 60_000, reason: 'above' }); // prettier-ignore
    all.told.resources = ['Shop-Parked-1', 'Shop-Lag-2', 'Shop-Quiet-3'].map((id) => ({ type: 'AWS::CloudWatch::Alarm', id })); // prettier-ignore
    all.told.resources = [...all.told.resources, { type: 'AWS::Lambda::Function', id: 'Billing' }];
    all.told.ringing = [alarm('Shop-Parked-1', 30), alarm('Shop-Lag-2', 3), alarm('Shop-Dev-Parked-9', 1)];
    const { code, findings, alarms } = await all.status();
    expect(code).toBe(1);
    expect(findings[0]?.what).toBe('2 alarms ring');
    expect(alarms?.known).toBe(3);
    expect(alarms?.ringing.map(({ name }) => name)).toEqual(['Shop-Lag-2', 'Shop-Parked-1']);
  });
});

describe('what cannot be read is said in one line, the rest goes on, and it ends with 1', () => {
  test.each([
    ['audit', /^offsets of orders, by function audit$/, 'allow lambda:InvokeFunction'],
    ['idempotency', /^circuit breakers of billing, table idempotency$/, 'allow dynamodb:BatchGetItem, kms:Decrypt'],
    ['mappings', /^mappings of orders$/, 'allow lambda:ListEventSourceMappings'],
    ['spill', /^spill store of orders$/, 'allow s3:ListBucket'],
    ['dead-letters', /^dead letters of /, 'allow s3:ListBucket'],
    ['resources', /^alarms$/, 'allow cloudformation:ListStackResources, cloudwatch:DescribeAlarms'],
  ])('without the right: %s', async (part, what, fix) => {
    const all = await busy();
    all.told.failing.set(part, refusal);
    const { code, verdict, notRead, topics } = await all.status();
    expect([code, verdict]).toEqual([1, 'not known']);
    expect(notRead.length).toBe(part === 'dead-letters' ? 2 : 1);
    for (const each of notRead) expect(each).toEqual({ what: expect.stringMatching(what) as string, why: 'refused', fix }); // prettier-ignore
    const { log, breakers, mapping, deadLetters } = topics[0]!.groups[0]!;
    const read = [log, breakers, mapping, topics[0]!.spilled, deadLetters].filter(Boolean).length;
    expect(read).toBe(part === 'resources' ? 5 : 4);
  });

  test('where brokers do not answer the audit the group is named, and breakers and buckets are read', async () => {
    const all = await busy();
    all.around.failing.add('ends');
    const { code, notRead } = await all.status();
    expect(code).toBe(1);
    expect(notRead).toEqual([{ what: 'offsets of orders for billing', why: 'ends: got no answer', fix: "look at the brokers, and at the audit function's log" }]); // prettier-ignore
  });

  test('an audit that finds no free execution is asked again', async () => {
    const all = await busy();
    let calls = 0;
    const busyNow = () => (++calls < 3 ? Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' }) : undefined); // prettier-ignore
    all.told.failing.set('audit', busyNow as () => Error);
    all.told.looks = 10;
    expect(await all.status()).toMatchObject({ code: 0 });
    expect(calls).toBe(3);
  });

  test('a pipeline without an audit, and one of an earlier version', async () => {
    const all = await busy();
    all.told.outputs = [OUTPUTS.consumer, OUTPUTS.spill.replace(',"spill":"spill"', '')];
    const { code, notRead } = await all.status();
    expect(code).toBe(1);
    expect(notRead.map(({ what }) => what)).toEqual(['offsets of orders', 'spill store of orders']);
  });

  test('an audit function of a version that does not know the question', async () => {
    const all = await busy();
    all.told.auditAnswer = [{ topic: 'orders', group: 'billing', unaccounted: 0 }];
    const { code, notRead } = await all.status();
    expect(code).toBe(1);
    expect(notRead[0]?.why).toMatch(/want its reading: the function is one of a version before status; deploy the stack again$/); // prettier-ignore
  });
});

describe('it says so, in one sentence, where', () => {
  test('there is no such stack', async () => {
    const all = await busy();
    all.told.failing.set('stack', () => Object.assign(new Error('Stack with id Shop does not exist'), { name: 'ValidationError' })); // prettier-ignore
    await expect(all.status()).rejects.toThrow('stack Shop: got ValidationError: Stack with id Shop does not exist, want its outputs; check its name and --region'); // prettier-ignore
  });

  test('nobody may describe it', async () => {
    const all = await busy();
    all.told.failing.set('stack', refusal);
    await expect(all.status()).rejects.toThrow('stack Shop: got refused, want its outputs; allow cloudformation:DescribeStacks'); // prettier-ignore
  });

  test('a stack is no pipeline, or its first deploy is under way', async () => {
    const all = await busy();
    all.told.outputs = ['https://shop'];
    all.told.stackStatus = 'CREATE_IN_PROGRESS';
    await expect(all.status()).rejects.toThrow('outputs of Shop (CREATE_IN_PROGRESS, 1 outputs): got none that says where events are'); // prettier-ignore
  });

  test('a stack is half deployed', async () => {
    const all = await busy();
    all.told.stackStatus = 'UPDATE_ROLLBACK_FAILED';
    const { findings } = await all.status();
    expect(findings.at(-1)?.what).toBe('stack Shop is UPDATE_ROLLBACK_FAILED: it may be half deployed');
  });

  test('this machine’s clock is behind', async () => {
    const all = await busy();
    await all.fail({ partition: 7 });
    all.putAtMs['dead-letters'] = all.now + 600_000;
    const { findings } = await all.status();
    expect(findings.map(({ what }) => what)).toContain('the clock of this machine is 10 min behind that of S3: ages are wrong by that'); // prettier-ignore
  });
});

test('of thousands of partitions the ten worst are shown, and the sum of all', async () => {
  const all = pipeline();
  for (let partition = 0; partition < 3_000; partition++) all.around.logs.set(partition, { start: 0, end: partition });
  const { worst, topics } = await all.status();
  expect(topics[0]?.groups[0]?.log).toMatchObject({ partitions: 3_000, waiting: 4_498_500 });
  expect(worst.map(({ partition }) => partition)).toEqual([2999, 2998, 2997, 2996, 2995, 2994, 2993, 2992, 2991, 2990]);
});

describe('--watch', () => {
  test('looks again until a person ends it, with --json an object a line', async () => {
    const all = await busy();
    all.told.looks = 3;
    const { printed } = await all.look({ watch: 5 });
    expect(printed.map((line) => (JSON.parse(line) as { verdict: string }).verdict)).toEqual(['well', 'well', 'well']);
  });

  test('draws each look over the last one, cut to the window: what is the most important stands above', async () => {
    const all = await busy();
    Object.assign(all.told, { looks: 2, rows: 12 });
    const { printed } = await all.look({ watch: 5, json: false });
    expect(printed).toHaveLength(2);
    expect(printed[0]?.startsWith('\u001b[HShop')).toBe(true);
    expect(printed[0]!.split('\n').length - 1).toBeLessThan(12);
    expect(printed[0]).toMatch(/… \d+ lines more/);
  });
});
