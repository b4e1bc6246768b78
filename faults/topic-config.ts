import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs';

/** Kafka's number for a setting made on the topic itself. */
const TOPIC_SOURCE = 1;

/**
 * Changes one setting of a topic, as its owner can; the others stay as they are. `null` puts back what was there before the
 * first change, and does nothing where there was none.
 */
export function topicConfig(bootstrap: string, topic: string): (name: string, value: string | null) => Promise<void> {
  const before = new Map<string, string | undefined>();
  return async (name, value) => {
    if (value === null && !before.has(name)) return;
    const admin = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).admin();
    try {
      await admin.connect();
      // kafkajs replaces all settings of a topic: what is set stays set only if it is sent again.
      const settings = await settingsOf(admin, topic);
      if (!before.has(name)) before.set(name, settings.get(name));
      const wanted = value ?? before.get(name);
      if (wanted === undefined) settings.delete(name);
      else settings.set(name, wanted);
      const configEntries = [...settings].map(([each, content]) => ({ name: each, value: content }));
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
      });
      if (value === null) before.delete(name);
    } finally {
      await admin.disconnect();
    }
  };
}

async function settingsOf(admin: Admin, topic: string): Promise<Map<string, string>> {
  const asked = { type: ConfigResourceTypes.TOPIC, name: topic };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [asked] });
  const own = (resources[0]?.configEntries ?? []).filter(({ configSource }) => Number(configSource) === TOPIC_SOURCE);
  return new Map(own.map(({ configName, configValue }) => [configName, configValue]));
}
