import { patienceMs } from '../judge/patience';
import type { Pipeline } from '../pipeline';
import { sayParkUpTo } from './operators';

/**
 * The person on call, once all is healed. Where events that fail, or kill, stand at the head of every partition, nobody but a person can tell them
 * from a bad deploy: after a group has settled nothing for the whole patience, once, somebody says that what fails may be parked.
 */
export function onCall(pipeline: Pipeline, healedAt: number): void {
  const { scheduler, settings, load, consumers, called } = pipeline;
  if (!load.isDoubtful) return;
  for (const consumer of consumers) {
    const stoodMs = scheduler.now - Math.max(healedAt, consumer.lastSettledAt);
    if (called.has(consumer) || stoodMs < patienceMs(settings, load) || !consumer.isBehind()) continue;
    called.add(consumer);
    sayParkUpTo(pipeline, consumer);
  }
}
