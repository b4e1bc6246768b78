import { CALLERS } from './callers';
import { CAPACITY } from './capacity';
import { HARMLESS } from './harmless';
import { MACHINES } from './machines';
import { READERS } from './readers';
import { WATCHES } from './watches';
import { answers, edited } from './support';

test.each([...HARMLESS, ...READERS, ...CAPACITY, ...CALLERS, ...WATCHES, ...MACHINES])(
  '%s when %s',
  (code, _when, edits, expected) => {
    expect(answers(edited('plain.yaml', ...edits), code)).toEqual(expected);
  },
);
