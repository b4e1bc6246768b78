import { RULES } from '../../rules';
import type { Deployed } from './deployed';
import type { Drift } from './drift';

/** A drift with the code of the loss rule whose meaning it has, where the rule cannot see it. @throws for a code that no rule has */
export function ruled(
  code: string,
  told: { readonly of: Deployed } & Pick<Drift, 'property' | 'found' | 'wanted' | 'fix'>,
): Drift {
  const rule = RULES.find((each) => each.code === code);
  if (!rule) throw new Error(`code: got ${code}, want that of a loss rule`);
  const { name, severity, why, source } = rule;
  return { code, name, severity, status: 'fail', why, source, ...told };
}
