import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { LossRules } from 'cdk-lossless-kafka';
import { OrdersStack } from '../../examples/orders/stack';
import { ProbeStack } from '../../examples/probe/stack';
import { newApp } from '../lib/support';
import { stale, unaccepted, withoutReason, type Finding } from './accepted';

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/** All that cdk-nag and the loss rules say of one app, errors and warnings. */
function judged(define: (app: App) => void): Finding[] {
  const app = newApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(), new LossRules());
  define(app);
  expect(() => app.synth()).toThrow('report can be found in');
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
  return pluginReports
    .flatMap(({ violations }) => violations)
    .flatMap(({ ruleName: rule, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath: path = '' }) => ({ rule, path })),
    );
}

const orders = judged((app) => new OrdersStack(app, 'Orders'));
const probe = judged((app) => new ProbeStack(app, 'KafkaMappingProbe', { configs: 'properties', s3Endpoint: false }));

test('no loss rule has anything to say of the sample', () => {
  expect(orders.filter(({ rule }) => rule.startsWith('LK'))).toEqual([]);
});

test.each([
  ['the sample', orders],
  ['the probe', probe],
])('whatever cdk-nag or a loss rule finds in %s is accepted with a reason', (_name, findings) => {
  expect(unaccepted(findings)).toEqual([]);
});

test('nothing is accepted that is not found', () => {
  expect(stale([...orders, ...probe], (rule) => /^(AwsSolutions|LK)/.test(rule))).toEqual([]);
});

test('every acceptance says why', () => {
  expect(withoutReason()).toEqual([]);
});
