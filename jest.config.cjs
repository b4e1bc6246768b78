const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    '^cdk-lossless-kafka$': '<rootDir>/lib/index.ts',
    '^cdk-lossless-kafka/runtime$': '<rootDir>/lambdas/runtime/index.ts',
    '^cdk-lossless-kafka/testing$': '<rootDir>/testing/index.ts',
    // An `import()` names the file as Node finds it once it is built.
    '^(\\.{1,2}/commands/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/.lossless/'],
};

/**
 * `unit` needs Node alone; `real` runs on real brokers and stores, one file at a time (test/run.mjs). `pairs` holds the simulated
 * brokers to real ones: a cluster for each case, so it is run by itself (`npm run simulate:pairs`).
 */
const onRealParts = ['<rootDir>/test/loss/', '\\.(real|pair)\\.test\\.ts$'];
module.exports = {
  // No test asserts how long something took: beside other work the slowest of them takes more than Jest's 5 s.
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...onRealParts],
    },
    {
      ...common,
      displayName: 'real',
      testMatch: ['<rootDir>/test/loss/**/*.test.ts', '<rootDir>/test/**/*.real.test.ts'],
    },
    { ...common, displayName: 'pairs', testMatch: ['<rootDir>/test/**/*.pair.test.ts'] },
  ],
};
