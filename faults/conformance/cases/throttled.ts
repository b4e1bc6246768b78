import type { Case, Stage } from '../case';

const BYTES_PER_SECOND = 40_000;

export const throttled: Case = {
  name: 'throttled',
  describe: `a quota of ${BYTES_PER_SECOND / 1000} kB a second and broker for each client`,
  usualLoses: false,
  play: async (stage) => {
    await quota(stage, ['--add-config', `producer_byte_rate=${BYTES_PER_SECOND}`]);
    await stage.sleep(stage.rounds(2) * 8_000);
    await quota(stage, ['--delete-config', 'producer_byte_rate']);
  },
};

/** Kafka's own tool, because kafkajs has no request for it. */
async function quota({ tools, direct }: Stage, change: readonly string[]): Promise<void> {
  const everyClient = ['--entity-type', 'clients', '--entity-default'];
  await tools.run('kafka.admin.ConfigCommand', ['--bootstrap-server', direct, '--alter', ...everyClient, ...change]);
}
