import type { OwnedProcess, Processes } from './processes';
import { Toolchain } from './toolchain';

export interface LocalStore {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly process: OwnedProcess;
}

const START_WITHIN_MS = 60_000;

/** Starts DynamoDB Local: in memory, one database for all callers, on the loopback interface. */
export async function startDynamoDb(options: { processes: Processes; toolchain?: Toolchain }): Promise<LocalStore> {
  const { processes, toolchain = new Toolchain() } = options;
  // A short life: be quick early rather than quickest late.
  const args = [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    toolchain.dynamoDbClassPath(),
    'LoopbackDynamoDb',
  ];
  const process = processes.spawn({ name: 'dynamodb', command: 'java', args });
  try {
    const [, address] = await process.untilLogged(/listening on (127\.0\.0\.1:\d+)/, START_WITHIN_MS);
    return { endpoint: `http://${address}`, process };
  } catch (error) {
    throw toolchain.explain(error, 'dynamodb');
  }
}
