/** The rules that hold everywhere, over and above the categories correctness, suspicious and perf. */
export const BASE_RULES: Readonly<Record<string, unknown>> = {
  // What the type checker can see and a reader misses.
  'typescript/no-floating-promises': ['error', { ignoreVoid: true }],
  'typescript/no-misused-promises': ['error', { checksVoidReturn: { attributes: false, arguments: false } }],
  'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  'typescript/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
  'typescript/only-throw-error': 'error',
  'typescript/prefer-promise-reject-errors': 'error',
  'typescript/return-await': ['error', 'in-try-catch'],
  'typescript/use-unknown-in-catch-callback-variable': 'error',
  'typescript/no-explicit-any': 'error',
  'typescript/no-deprecated': 'error',
  'typescript/no-mixed-enums': 'error',
  'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  'typescript/no-import-type-side-effects': 'error',
  'typescript/no-require-imports': 'error',

  // Habits of the house.
  'import/no-default-export': 'error',
  'import/no-cycle': 'error',
  'import/no-mutable-exports': 'error',
  'import/no-duplicates': 'error',
  'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  'unicorn/prefer-node-protocol': 'error',
  'unicorn/no-abusive-eslint-disable': 'error',
  'unicorn/no-process-exit': 'error',
  'no-console': 'error',
  eqeqeq: ['error', 'always'],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-else-return': 'error',
  'no-fallthrough': 'error',
  'no-loop-func': 'error',
  'no-self-compare': 'error',
  'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
  'max-depth': ['error', 5],
  'max-params': ['error', 6],

  // Waiting one after the other is often the point: order, backpressure, retries.
  'no-await-in-loop': 'off',
  // Sort and reverse work on our own arrays; a copy where one is not needed costs.
  'unicorn/no-array-sort': 'off',
  'unicorn/no-array-reverse': 'off',
  // Narrowing what the outside gave is done by hand at the edges, next to the check.
  'typescript/no-unsafe-type-assertion': 'off',
  // A leading underscore marks an unused parameter.
  'no-underscore-dangle': 'off',
  // `fc.property`, `ts.factory`: a namespace as default export is how these libraries are meant to be read.
  'import/no-named-as-default': 'off',
  'import/no-named-as-default-member': 'off',
  // `export {}` says that a file is a module.
  'unicorn/require-module-specifiers': 'off',
  'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' }],
  // Shadowing a parameter of an outer function is caught by the reader or by the types.
  'no-shadow': 'off',
  'unicorn/consistent-function-scoping': 'off',
  'import/no-unassigned-import': 'off',
  'promise/always-return': 'off',
  'typescript/consistent-return': 'off',
  'oxc/no-map-spread': 'off',
  'unicorn/require-post-message-target-origin': 'off',
  'unicorn/prefer-add-event-listener': 'off',
};

/** Tests may run long, and let node:test keep their promises. */
export const TEST_RULES: Readonly<Record<string, unknown>> = {
  'typescript/no-floating-promises': ['error', { ignoreVoid: true, allowForKnownSafeCalls: testCalls() }],
  'max-lines-per-function': 'off',
  'no-loop-func': 'off',
};

/** Programs for people print, and end with a code. */
export const TOOL_RULES: Readonly<Record<string, unknown>> = {
  'no-console': 'off',
};

function testCalls(): unknown {
  return [{ from: 'package', name: ['test', 'it', 'describe', 'suite', 'before', 'after'], package: 'node:test' }];
}
