import { inShort, readWhole, roles, send, untilAnotherLeads, untilInSync, type Case } from './case';
import { BROKERS, MAX_MESSAGE_BYTES } from './stage';

/** What a producer hears through the product's client, and what is in the log then. */
export const clientCases: readonly Case[] = [
  {
    promise: 'records are acknowledged at offsets in the order of their sends, and consumers read them there',
    play: async (stage) => {
      const client = stage.client();
      const heard = [await send(stage, client, ['a', 'b']), await send(stage, client, ['c'])];
      return { heard, log: await readWhole(stage, 3) };
    },
    want: { heard: ['acked 0,1', 'acked 2'], log: { kind: 'records', high: 3, records: ['0 a', '1 b', '2 c'] } },
  },
  {
    promise: 'of two clients each record has an offset of its own',
    play: async (stage) => {
      const [one, other] = [stage.client(), stage.client()];
      return [await send(stage, one, ['a']), await send(stage, other, ['b']), await send(stage, one, ['c'])];
    },
    want: ['acked 0', 'acked 1', 'acked 2'],
  },
  {
    promise: 'a topic is described as it is, and one that is not there is no setup to give up on',
    play: async (stage) => {
      const client = stage.client();
      const missing = await client.describe('not-there').catch((error: Error & { code?: string }) => error.code === 'NOT_CONFIGURED'); // prettier-ignore
      const records = [{ key: null, value: Buffer.from('a'), headers: [] }];
      const sent = inShort(await client.send('not-there', 0, records, new AbortController().signal));
      return { described: await client.describe(stage.topic), isRefused: missing, sent };
    },
    want: {
      described: { partitions: 1, maxMessageBytes: MAX_MESSAGE_BYTES },
      isRefused: false,
      sent: 'retriable NOT_CONNECTED',
    },
  },
  {
    promise: 'a record that is too large is rejected, is not in the log, and stands in no other record’s way',
    play: async (stage) => {
      const client = stage.client();
      const heard = [
        await send(stage, client, ['x'.repeat(MAX_MESSAGE_BYTES)]),
        await send(stage, client, ['x'.repeat(MAX_MESSAGE_BYTES - 500)]),
      ];
      const { leader } = await roles(stage);
      const { code } = await stage.produce(leader, { values: ['x'.repeat(MAX_MESSAGE_BYTES)] });
      return { heard, code, high: ((await readWhole(stage, 1)) as { high: number }).high };
    },
    want: { heard: ['rejected record MESSAGE_TOO_LARGE', 'acked 0'], code: 10, high: 1 },
  },
  {
    promise: 'who may not write is rejected with nothing written, and writes as soon as it may',
    play: async (stage) => {
      const client = stage.client();
      const heard = [await send(stage, client, ['a'])];
      await stage.deny();
      heard.push(await send(stage, client, ['b']));
      await stage.allow();
      heard.push(await send(stage, client, ['c']));
      return { heard, log: await readWhole(stage, 2) };
    },
    want: {
      heard: ['acked 0', 'rejected setup TOPIC_AUTHORIZATION_FAILED', 'acked 1'],
      log: { kind: 'records', high: 2, records: ['0 a', '1 c'] },
    },
  },
  {
    promise: 'who is throttled is acknowledged later, and loses nothing',
    play: async (stage) => {
      const client = stage.client();
      await stage.throttle();
      const heard: string[] = [];
      for (let n = 0; n < 4; n++) heard.push(await send(stage, client, ['x'.repeat(10_000)]));
      await stage.endThrottle();
      return heard;
    },
    want: ['acked 0', 'acked 1', 'acked 2', 'acked 3'],
  },
  {
    promise: 'a send whose answer was lost is acknowledged where it lies, and lies there once',
    play: async (stage) => {
      const client = stage.client();
      const heard = [await send(stage, client, ['a'])];
      stage.loseAnswers(1);
      heard.push(await send(stage, client, ['b']));
      stage.mendNetwork();
      heard.push(await send(stage, client, ['c']));
      return { heard, log: await readWhole(stage, 3) };
    },
    want: {
      heard: ['acked 0', 'acked 1', 'acked 2'],
      log: { kind: 'records', high: 3, records: ['0 a', '1 b', '2 c'] },
    },
  },
  {
    promise:
      'a send of which every answer is lost is in doubt, and in the log once; what comes after it lies behind it',
    play: async (stage) => {
      const client = stage.client();
      const heard = [await send(stage, client, ['a'])];
      stage.loseAnswers(Number.POSITIVE_INFINITY);
      heard.push(await send(stage, client, ['b']));
      stage.mendNetwork();
      heard.push(await send(stage, client, ['c']));
      return { heard, log: await readWhole(stage, 3) };
    },
    want: {
      heard: ['acked 0', 'unknown', 'acked 2'],
      log: { kind: 'records', high: 3, records: ['0 a', '1 b', '2 c'] },
    },
  },
  {
    promise: 'a send that never comes to a broker is in doubt when it is given up, and is not in the log',
    play: async (stage) => {
      const client = stage.client();
      const heard = [await send(stage, client, ['a'])];
      stage.loseSends();
      const giveUp = new AbortController();
      const sending = send(stage, client, ['b'], giveUp.signal);
      await stage.aMoment();
      giveUp.abort();
      heard.push(await sending);
      const log = await stage.read(0);
      stage.mendNetwork();
      // The client may yet try again what it was asked for.
      const next = (await send(stage, client, ['c'])).split(' ')[0];
      return { heard, log, next };
    },
    want: { heard: ['acked 0', 'unknown'], log: { kind: 'records', high: 1, records: ['0 a'] }, next: 'acked' },
  },
  {
    promise: 'a leader that has moved is found by the send that misses it',
    play: async (stage) => {
      const client = stage.client();
      const { followers } = await roles(stage);
      const heard = [await send(stage, client, ['a'])];
      await stage.moveLeader(followers[0]);
      heard.push(await send(stage, client, ['b']));
      return { heard, log: await readWhole(stage, 2) };
    },
    want: { heard: ['acked 0', 'acked 1'], log: { kind: 'records', high: 2, records: ['0 a', '1 b'] } },
  },
  {
    promise:
      'a send to a leader that stands still ends acknowledged by the next one or in doubt, and is never there twice',
    play: async (stage) => {
      const client = stage.client();
      const { leader } = await roles(stage);
      await send(stage, client, ['a']);
      await stage.pause(leader);
      const heard = await send(stage, client, ['b']);
      await untilAnotherLeads(stage, leader);
      await stage.until('a send to the next leader', async () =>
        (await send(stage, client, ['c'])).startsWith('acked'),
      );
      await stage.goOn(leader);
      await untilInSync(stage, BROKERS);
      const log = await stage.read(0);
      const values = log.kind === 'records' ? log.records.map((record) => record.split(' ')[1]) : [];
      const times = values.filter((value) => value === 'b').length;
      return { first: values[0], isOnce: heard.startsWith('acked') ? times === 1 : times <= 1, heard: /^acked 1$|^unknown$/.test(heard) }; // prettier-ignore
    },
    want: { first: 'a', isOnce: true, heard: true },
  },
];
