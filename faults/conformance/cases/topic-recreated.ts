import type { Case } from '../case';
import { withAdmin } from '../with-admin';

const GONE_MS = 3_000;

export const topicRecreated: Case = {
  name: 'topic-recreated',
  describe: 'the topic is deleted and made anew under the same name: offsets start again, the clients live on',
  usualLoses: false,
  play: async ({ topic, direct, paused, readLogNow, createTopic, sleep }) => {
    await sleep(5_000);
    const goOn = await paused(); // what was acknowledged must be read before it is deleted
    await readLogNow();
    await withAdmin(direct, (admin) => admin.deleteTopics({ topics: [topic] }));
    goOn();
    await sleep(GONE_MS);
    await createTopic();
    await sleep(5_000);
  },
};
