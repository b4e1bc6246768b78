import { createServer, type Server } from 'node:net';

/**
 * Below the ranges from which Linux (32768 and up) and macOS (49152 and up) take the local end of a connection: a
 * broker that is down for a while finds its port free again, and a client that keeps trying a dead port cannot
 * connect to itself.
 */
const FIRST = 15_000;
const LAST = 32_000;
const TRIES_PER_PORT = 50;

/**
 * Ports of 127.0.0.1 on which nothing listens, all different. They are free when this resolves; another process can
 * take one before it is used, so what is started on them is tried again with others.
 *
 * @param random - 0 ≤ x < 1
 */
export async function freePorts(count: number, random: () => number = Math.random): Promise<number[]> {
  const held: { port: number; server: Server }[] = [];
  try {
    for (let tries = 0; held.length < count; tries++) {
      if (tries > count * TRIES_PER_PORT) {
        throw new Error(
          `free ports: got ${held.length} between ${FIRST} and ${LAST}, want ${count}; end what listens on 127.0.0.1`,
        );
      }
      const port = FIRST + Math.floor(random() * (LAST - FIRST));
      const server = await listening(port);
      if (server) held.push({ port, server });
    }
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ server }) => new Promise((closed) => server.close(closed))));
  }
}

/** Listens on the port, or resolves to undefined when it is taken. */
function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server));
  });
}

const PORT_TAKEN = /address already in use|is already in use|BindException/i;

/** Starts something on `count` free ports; once more on other ports when one was taken in between. */
export async function onFreePorts<T>(count: number, start: (ports: number[]) => Promise<T>): Promise<T> {
  try {
    return await start(await freePorts(count));
  } catch (error) {
    if (!(error instanceof Error && PORT_TAKEN.test(error.message))) throw error;
    return start(await freePorts(count));
  }
}
