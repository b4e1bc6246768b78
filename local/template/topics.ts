import { named, type Named } from './named';
import type { Resolver } from './resolver';

/** An `AWS::MSK::Topic`. */
export interface Topic extends Named {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export function readTopics(resolver: Resolver): readonly Topic[] {
  return named(resolver, 'AWS::MSK::Topic').map((topic) => {
    const properties = resolver.properties(topic.logicalId);
    const configs = properties.string('Configs');
    return {
      ...topic,
      partitions: properties.number('PartitionCount') ?? 1,
      replicationFactor: properties.number('ReplicationFactor') ?? 3,
      configs: configs === undefined ? {} : propertiesLines(Buffer.from(configs, 'base64').toString('utf8')),
    };
  });
}

/** `ServerProperties` of the template's MSK configurations, in plain text or base64. */
export function readServerProperties(resolver: Resolver): Readonly<Record<string, string>> {
  const merged: Record<string, string> = {};
  for (const [logicalId] of resolver.ofType('AWS::MSK::Configuration')) {
    const text = resolver.properties(logicalId).requiredString('ServerProperties');
    // CloudFormation takes plain text, its reference says base64: read both.
    const plain = text.includes('=') && /[.\s]/.test(text) ? text : Buffer.from(text, 'base64').toString('utf8');
    Object.assign(merged, propertiesLines(plain));
  }
  return merged;
}

/** Java properties as MSK takes them: `key=value` lines, `#` comments. */
export function propertiesLines(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const pairs = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/=(.*)/s));
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()]));
}
