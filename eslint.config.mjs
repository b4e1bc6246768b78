import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Who may import whom: one table, which test/borders.test.ts reads too. */
const { everybody, folders, also, rooms } = JSON.parse(
  readFileSync(new URL('test/borders.json', import.meta.url), 'utf8'),
);
const refused = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const top = [...Object.keys(folders), 'bench', 'test'];

/** Beside what everybody may import, and `more`. */
function border(files, folder, { imports, never }, more = []) {
  const open = [...everybody, ...more].filter((name) => name.startsWith('lambdas/')).map((name) => name.slice(8));
  const others = top.filter((other) => other !== folder && !imports.includes(other) && !more.includes(other));
  return {
    files: [files],
    rules: refused([
      ...others.map((other) => ({
        regex: `^(\\.\\./)+${other}${other === 'lambdas' ? `(?!/(${open.join('|')})$)` : ''}(/|$)`,
        message: `${folder}/ does not import ${other}/ (import borders)`,
      })),
      ...never.map((name) => ({ regex: `^${name}(/|$)`, message: `${folder}/ does not import ${name}` })),
    ]),
  };
}

/** A room of a folder: those that are not in its row are refused, beside what its folder may not import. */
const room = (base, rows, name) => ({
  files: [`${base}/${name}/**/*.ts`],
  rules: refused([
    ...border('', base.split('/')[0], folders[base.split('/')[0]]).rules['no-restricted-imports'][1].patterns,
    ...Object.keys(rows)
      .filter((other) => other !== name && !rows[name].includes(other))
      .map((other) => ({
        regex: `^(\\.\\./)+${other}(/|$)`,
        message: `${name}/ of ${base} does not import ${other}/ (rooms)`,
      })),
  ]),
});

export default tseslint.config(
  { ignores: ['jest.config.cjs', 'dist/', 'cdk.out/', 'node_modules/', '.lossless/', '**/cdk.out/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  ...Object.entries(folders).map(([folder, row]) => border(`${folder}/**/*.ts`, folder, row)),
  ...Object.entries(rooms).flatMap(([base, rows]) => Object.keys(rows).map((name) => room(base, rows, name))),
  ...Object.entries(also).map(([start, more]) => {
    const folder = start.split('/')[0];
    return border(start.endsWith('/') ? `${start}**/*.ts` : start, folder, folders[folder], [more]);
  }),
  {
    files: ['test/**/*.ts'],
    ...jest.configs['flat/recommended'],
    rules: {
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/expect-expect': 'off',
    },
  },
  {
    files: ['**/*.cjs'],
    ...tseslint.configs.disableTypeChecked,
    rules: { ...tseslint.configs.disableTypeChecked.rules, '@typescript-eslint/no-require-imports': 'off' },
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: { process: 'readonly', require: 'readonly' },
    },
  },
  {
    files: ['**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
);
