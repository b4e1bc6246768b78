import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bench } from './measure';

const handlers = resolve(__dirname, '../dist/handlers');

export const bundles: Bench = {
  name: 'bundles',
  claim: 'bytes of each handler as deployed (minified; the AWS SDK comes with the Lambda runtime)',
  measure: () =>
    Promise.resolve(
      readdirSync(handlers).map((name) => ({
        what: name,
        unit: 'bytes',
        values: [statSync(join(handlers, name, 'index.js')).size],
      })),
    ),
};
