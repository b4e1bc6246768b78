import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Who may import whom (docs/decisions and test/borders.test.ts tell why). Folders not named as allowed are refused. */
// The contract and the clock are everybody's: names and time, no client behind them. What mends kafkajs goes with kafkajs.
const runtime = (folder) => (folder === 'local' ? 'contract|clock|kafka/request-queue' : 'contract|clock');
const folders = ['bin', 'cli', 'lib', 'rules', 'lambdas', 'testing', 'examples', 'local', 'faults', 'bench', 'test'];
const border = (folder, allowed, packages = []) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...folders
            .filter((other) => other !== folder && !allowed.includes(other))
            .map((other) => ({
              regex: `^(\\.\\./)+${other === 'lambdas' ? `lambdas(?!/runtime/(${runtime(folder)})$)` : `${other}(/|$)`}`,
              message: `${folder}/ does not import ${other}/ (import borders)`,
            })),
          ...packages.map((name) => ({ regex: `^${name}(/|$)`, message: `${folder}/ does not import ${name}` })),
        ],
      },
    ],
  },
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
  border('bin', ['cli', 'lib', 'examples'], []),
  border('cli', ['rules', 'local', 'faults', 'lambdas'], ['aws-cdk-lib', 'constructs']),
  border('lib', ['rules', 'lambdas'], ['kafkajs', 'aws-msk-iam-sasl-signer-js', '@aws-sdk']),
  border('rules', ['lambdas'], ['aws-cdk-lib', 'constructs', 'kafkajs', '@aws-sdk']),
  border('lambdas', [], ['aws-cdk-lib', 'constructs']),
  border('testing', ['lambdas', 'rules'], []),
  border('local', [], ['aws-cdk-lib', 'constructs']),
  border('faults', ['local'], ['aws-cdk-lib', 'constructs']),
  border('faults/broken', ['local', 'faults', 'lambdas'], ['aws-cdk-lib', 'constructs']),
  border('examples', [], []),
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
