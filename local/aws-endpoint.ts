import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseService, serviceOf } from './no-local-part';

/** The endpoint of every AWS service that has none of its own here. */
export interface AwsEndpoint {
  /** What the SDK's own variables tell a client of it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Has one API more answer from now on. */
  serve(api: AwsApi): void;
  stop(): Promise<void>;
}

/** A part of AWS, as far as a local run has it. */
export interface AwsApi {
  /** Answers a request; false, with nothing of it read, when it is none of its own. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** Serves the APIs that there are on loopback, and refuses whatever else a client of AWS may ask for. */
export async function startAwsEndpoint(first: AwsApi, log: (line: string) => void): Promise<AwsEndpoint> {
  const apis = [first];
  const refused = new Set<string>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    for (const api of apis) if (await api.answer(request, response)) return;
    const service = serviceOf(request);
    if (!refused.has(service)) log(`A function asked for ${service}, which has no local part; refused.`);
    refused.add(service);
    request.resume();
    refuseService(request, response, service);
  };
  const server = createServer({ keepAlive: true }, (request, response) => {
    // The caller went away in the middle.
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.requestTimeout = 0; // an invocation takes as long as its function may
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    variables: { AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_LAMBDA: url },
    serve: (api) => void apis.push(api),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
