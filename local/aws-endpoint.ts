import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { invokeApi, type InvokeApiOptions } from './invoke-api';
import { refuseService, serviceOf } from './no-local-part';

/** The endpoint of every AWS service that has none of its own here. */
export interface AwsEndpoint {
  /** What the SDK's own variables tell a function of it. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Serves Lambda's Invoke on loopback, and refuses whatever else a client of AWS may ask for. */
export async function startAwsEndpoint(options: InvokeApiOptions): Promise<AwsEndpoint> {
  const lambda = invokeApi(options);
  const refused = new Set<string>();
  const server = createServer({ keepAlive: true }, (request, response) => {
    const answer = async () => {
      if (await lambda.answer(request, response)) return;
      const service = serviceOf(request);
      if (!refused.has(service)) options.log(`A function asked for ${service}, which has no local part; refused.`);
      refused.add(service);
      request.resume();
      refuseService(request, response, service);
    };
    // The caller went away in the middle.
    answer().catch((error: unknown) => response.destroy(error as Error));
  });
  server.requestTimeout = 0; // an invocation takes as long as its function may
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    variables: { AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_LAMBDA: url },
    stop: () =>
      new Promise((resolve) => {
        lambda.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
