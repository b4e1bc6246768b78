import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { reset } from '../../../faults/proxies/reset';

/** A connection, and what its other side heard at the end of it. */
async function connection(): Promise<{ ours: Socket; heard: Promise<string> }> {
  const server = createServer({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[theirs]] = await Promise.all([accepted, once(ours, 'connect')]);
  server.close();
  theirs.resume();
  const heard = new Promise<string>((done) => {
    theirs.on('error', ({ code }: NodeJS.ErrnoException) => done(String(code)));
    theirs.on('end', () => {
      done('end');
      theirs.destroy();
    });
  });
  return { ours, heard };
}

test('a connection is cut with a reset', async () => {
  const { ours, heard } = await connection();
  const closed = once(ours, 'close');
  reset(ours);
  await closed;
  expect(await heard).toBe('ECONNRESET');
});

test('a connection whose end is on its way is closed, so that the process can end', async () => {
  const { ours, heard } = await connection();
  const closed = once(ours, 'close');
  ours.end();
  reset(ours);
  await closed;
  expect(await heard).toMatch(/^(end|ECONNRESET)$/);
});
