import { LosslessError } from '../contract/errors';
import type { KafkaPort } from '../kafka/port';
import type { Log } from '../watching/log';
import type { ProducerMeter } from '../watching/metrics';

/** What is told of the looks that a producer takes at its topic, before its first event and every few minutes. */
export interface StartUpCheck {
  /** It may not see whether the topic keeps what it acknowledges: said once, counted each time. */
  readonly denied: (line: string) => void;
  /** The same port, of which a topic that it refuses is told, too: once as long as the reason stays the same. */
  readonly over: (port: KafkaPort) => Required<KafkaPort>;
}

export function startUpCheck(log: Log, meter: ProducerMeter): StartUpCheck {
  let denied = false;
  let refused: string | undefined;
  return {
    denied: (line) => {
      meter.count('unchecked');
      if (!denied) log.warn('topic not checked', { reason: line });
      denied = true;
    },
    over: (port) => ({
      send: (...request) => port.send(...request),
      busy: (partition) => port.busy?.(partition),
      partitions: (topic) => port.partitions?.(topic),
      describe: async (topic) => {
        try {
          return await port.describe(topic);
        } catch (error) {
          if (LosslessError.is(error) && error.message !== refused) {
            refused = error.message;
            log.error('topic refused', { code: error.code, reason: error.message });
          }
          throw error;
        }
      },
      close: () => port.close(),
    }),
  };
}
