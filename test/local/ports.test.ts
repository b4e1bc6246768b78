import { createServer, type Server } from 'node:net';
import { freePorts, onFreePorts } from '../../local/ports';

const open: Server[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((closed) => server.close(closed)))));

async function take(port: number): Promise<void> {
  const server = createServer();
  open.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** The given numbers, then the last one for ever. */
const scripted = (...numbers: number[]) => {
  let next = 0;
  return () => numbers[Math.min(next++, numbers.length - 1)] ?? 0;
};

test('free ports are all different and can be listened on', async () => {
  const ports = await freePorts(8);
  expect(new Set(ports).size).toBe(8);
  for (const port of ports) await take(port);
});

test('a port that is asked for twice or taken by somebody else is not given out', async () => {
  const [taken] = await freePorts(1, scripted(0.25));
  await take(Number(taken));
  const ports = await freePorts(2, scripted(0.25, 0.5, 0.5, 0.75));
  expect(new Set(ports).size).toBe(2);
  expect(ports).not.toContain(taken);
});

test('when no port is free the error says which ports were tried', async () => {
  const [taken] = await freePorts(1, scripted(0.25));
  await take(Number(taken));
  await expect(freePorts(1, scripted(0.25))).rejects.toThrow('free ports: got 0 between 15000 and 32000, want 1');
});

test('ports lie below those from which outgoing connections are made', async () => {
  expect(await freePorts(2, scripted(0, 0.99999))).toEqual([15_000, 31_999]);
});

test('a start whose port was taken in between is tried once more on other ports', async () => {
  const seen: number[][] = [];
  const started = await onFreePorts(2, (ports) => {
    seen.push(ports);
    return seen.length === 1 ? Promise.reject(new Error('Address already in use')) : Promise.resolve('started');
  });
  expect(started).toBe('started');
  expect(seen).toHaveLength(2);
  expect(seen[0]).not.toEqual(seen[1]);
});

test('a start that fails for another reason, or a second time, is not tried again', async () => {
  let starts = 0;
  const failing = (message: string) => () => {
    starts++;
    return Promise.reject(new Error(message));
  };
  await expect(onFreePorts(1, failing('bad setting'))).rejects.toThrow('bad setting');
  expect(starts).toBe(1);
  await expect(onFreePorts(1, failing('address already in use'))).rejects.toThrow('in use');
  expect(starts).toBe(3);
});
