import { HARMLESS } from './harmless';
import { READERS } from './readers';
import { answers, edited } from './support';

test.each([...HARMLESS, ...READERS])('%s when %s', (code, _when, edits, expected) => {
  expect(answers(edited('plain.yaml', ...edits), code)).toEqual(expected);
});
