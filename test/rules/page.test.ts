import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../rules';
import { rulesPage } from '../../rules/page';

test('docs/rules.md says what the rules say; npm run docs:rules writes it', () => {
  expect(readFileSync(join(__dirname, '..', '..', 'docs', 'rules.md'), 'utf8')).toBe(rulesPage(RULES));
});

test('every code is used once, and has a place in the page', () => {
  const codes = RULES.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.filter((code) => !rulesPage(RULES).includes(`### ${code} `))).toEqual([]);
});

test.each(RULES.map((rule) => [rule.code, rule] as const))(
  '%s says what is lost, how to mend it, and who says so',
  (_code, rule) => {
    expect(rule.code).toMatch(/^LK[1-69]\d\d$/);
    expect(rule.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(
      [rule.why, rule.fix.cdk, rule.fix.cloudFormation].filter((text) => text === '' || text.endsWith('.')),
    ).toEqual([]);
    expect(rule.source).toMatch(/^https:\/\/(docs\.aws\.amazon\.com|kafka\.apache\.org)\//);
  },
);
