import { HARMLESS } from './harmless';
import { answers, edited } from './support';

test.each([...HARMLESS])('%s when %s', (code, _when, edits, expected) => {
  expect(answers(edited('plain.yaml', ...edits), code)).toEqual(expected);
});
