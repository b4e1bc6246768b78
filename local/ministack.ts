import type { LocalStore } from './dynamodb';
import { onFreePorts } from './ports';
import type { Processes } from './processes';
import { surroundings } from './surroundings';
import { Toolchain } from './toolchain';

const START_WITHIN_MS = 60_000;

/**
 * Starts ministack as S3 and SQS, in memory, on the loopback interface. Its data lives as long as its process: cut it
 * off to test an outage, do not kill it.
 *
 * @param options.dir - folder for its temporary files
 * @param options.services - as ministack names them; S3 and SQS where nothing is said
 */
export function startMinistack(options: {
  dir: string;
  processes: Processes;
  toolchain?: Toolchain;
  services?: readonly string[];
}): Promise<LocalStore> {
  const python = (options.toolchain ?? new Toolchain()).python();
  return onFreePorts(1, async ([port]) => {
    const process = options.processes.spawn({
      name: 'ministack',
      command: python,
      args: ['-m', 'ministack'],
      cwd: options.dir,
      env: environment(String(port), options),
    });
    await process.untilLogged(/Running on http/, START_WITHIN_MS);
    return { endpoint: `http://127.0.0.1:${port}`, process };
  });
}

/** All it may know of this machine: it opens further ports and removes Docker containers of its kind unless told not to. */
const environment = (
  port: string,
  { dir, services = ['s3', 'sqs'] }: { readonly dir: string; readonly services?: readonly string[] },
): NodeJS.ProcessEnv => ({
  ...surroundings(),
  HOME: dir,
  TMPDIR: dir,
  BIND_HOST: '127.0.0.1',
  GATEWAY_PORT: port,
  SERVICES: services.join(','),
  IOT_MTLS_ENABLED: '0',
  SFTP_ENABLED: '0',
  DOCKER_HOST: `unix://${dir}/no-docker`,
  LOG_LEVEL: 'INFO',
  PYTHONUNBUFFERED: '1',
});
