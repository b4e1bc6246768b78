import { readFileSync } from 'node:fs';
import { CONSUMER_DEFAULTS } from '../../../../lambdas/runtime/contract/consumer-defaults';

const OPTIONS = readFileSync('lambdas/runtime/consumer/index.ts', 'utf8');

it.each(Object.entries(CONSUMER_DEFAULTS))(
  'what an editor shows as the default of %s is its default',
  (name, value) => {
    const [, comment = ''] = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*readonly ${name}\\?:`).exec(OPTIONS) ?? [];
    const said = /@default (\S+)/.exec(comment)?.[1]?.replace(/:$/, '');
    expect(said).toBe(typeof value === 'string' ? `'${value}'` : String(value));
  },
);
