/** BROKEN ON PURPOSE: the product's replay function, which deletes a letter as soon as it is read, and is killed before Kafka has its event. */
import { isRedriveRequest, redrive } from '../../lambdas/runtime/redrive';
import { replay } from '../../lambdas/runtime/replay';
import { resendingPort } from '../../lambdas/runtime/producer/resending';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { powertoolsLog } from '../../lambdas/runtime/watching/log';

const s3 = s3ObjectStore();

const redriving = redrive({
  store: {
    ...s3,
    get: async (bucket, name) => {
      const text = await s3.get(bucket, name);
      await s3.delete(bucket, name);
      return text;
    },
  },
  port: (environment) => {
    const port = resendingPort(environment, {
      clock: systemClock,
      log: powertoolsLog(process.env),
      variables: process.env,
    });
    return {
      describe: (...args) => port.describe(...args),
      close: () => port.close(),
      send: () => {
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => undefined);
      },
    };
  },
});
const replaying = replay();

export const handler = (event: unknown, context: Parameters<typeof replaying>[1]) =>
  isRedriveRequest(event) ? redriving(event, context) : replaying(event, context);
