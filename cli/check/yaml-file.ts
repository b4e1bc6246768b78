import { readFileSync } from 'node:fs';
import { Mistake, readYaml } from '../../rules';

/**
 * What a file in YAML or JSON holds.
 *
 * @throws when it cannot be read
 */
export function yamlIn(file: string, want: string): unknown {
  const text = textOf(file, want);
  try {
    return readYaml(text);
  } catch (cause) {
    const { message, fix } = cause instanceof Mistake ? cause : { message: 'got no YAML', fix: 'correct it' };
    throw new Error(`${file}: ${message}, want ${want}; ${fix}`, { cause });
  }
}

function textOf(file: string, want: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file}: got no file that can be read, want ${want}; check the path`, { cause });
  }
}
