import type { Case } from '../case';
import { LARGE_BYTES } from '../sender';

/** Room for one ordinary event with its headers, but neither for a batch of many nor for a large one. */
const MOST_BYTES = 4_096;

export const recordTooLarge: Case = {
  name: 'record-too-large',
  describe: `the topic's limit is lowered to ${MOST_BYTES} bytes after the clients have read it; 1 event of 50 has ${LARGE_BYTES}`,
  // A request of several partitions of which one is refused: the numbers of all are taken back.
  usualLoses: true,
  load: { largeEvery: 50 },
  play: async ({ topic, tools, direct, rounds, sleep }) => {
    await sleep(2_000);
    const change = ['--alter', '--add-config', `max.message.bytes=${MOST_BYTES}`];
    const ofTopic = ['--entity-type', 'topics', '--entity-name', topic];
    await tools.run('kafka.admin.ConfigCommand', ['--bootstrap-server', direct, ...ofTopic, ...change]);
    await sleep(rounds(2) * 5_000);
  },
};
