import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { LossRules } from '../lib/loss-rules';
import { parseTemplate } from '../rules';
import { seconds, type Bench } from './measure';

const root = resolve(__dirname, '..');
const runs = 5;
const RESOURCES = 500;

/** The hand-written pipeline again and again, each with logical ids of its own, until there are enough resources. */
function enlarged(template: { Resources: Record<string, unknown> }): string {
  const ids = Object.keys(template.Resources);
  const Resources: Record<string, unknown> = {};
  for (let copy = 0; Object.keys(Resources).length < RESOURCES; copy++) {
    const renamed = JSON.stringify(template.Resources).replace(
      new RegExp(`(?<=["{$])(${ids.join('|')})(?=[".}])`, 'g'),
      (id) => `${id}${copy}`,
    );
    Object.assign(Resources, JSON.parse(renamed));
  }
  return JSON.stringify({ ...template, Resources });
}

export const check: Bench = {
  name: 'check',
  claim: `the command on a template of ${RESOURCES} resources, its start included; and the plugin on the sample's template`,
  measure: async (say) => {
    const folder = await mkdtemp(join(tmpdir(), 'lossless-check-'));
    const shape = await readFile(join(root, 'test', 'rules', 'shapes', 'plain.yaml'), 'utf8');
    const template = join(folder, 'large.template.json');
    await writeFile(template, enlarged(parseTemplate(shape) as { Resources: Record<string, unknown> }));
    await promisify(execFile)('npx', ['cdk', 'synth', '-q', '-o', join(folder, 'cdk.out')], { cwd: root });
    const sample = join(folder, 'cdk.out', 'Orders.template.json');
    const command: number[] = [];
    const plugin: number[] = [];
    for (let n = 0; n < runs; n++) {
      const cli = [join(root, 'dist', 'bin', 'cdk-lossless-kafka.js'), 'check', template, '--format', 'json'];
      command.push(
        await seconds(() => promisify(execFile)(process.execPath, cli, { maxBuffer: 2 ** 28 }).catch(refused)),
      );
      plugin.push(1000 * (await seconds(() => Promise.resolve(new LossRules().validate(contextOf(sample))))));
      say(`check ${n + 1}: ${command[n]?.toFixed(2)} s, plugin ${plugin[n]?.toFixed(0)} ms`);
    }
    await rm(folder, { recursive: true });
    return [
      { what: `check, ${RESOURCES} resources`, unit: 's', values: command },
      { what: 'plugin, sample', unit: 'ms', values: plugin },
    ];
  },
};

/** Exit 1 is an answer: clusters of one name share their consumer groups. */
function refused(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error;
}

const contextOf = (templatePath: string): Parameters<LossRules['validate']>[0] => ({
  templatePaths: [templatePath],
  stackTemplates: [],
  appConstruct: new App(),
});
