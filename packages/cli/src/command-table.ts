import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { IMPORT_COMMAND } from './command-table-import.ts';
import { INFER_COMMAND } from './command-table-infer.ts';
import { COMMON_OPTIONS, MODEL_ARGUMENT, SERVER_OPTIONS } from './common-options.ts';

const MODELS: CommandSpec = {
  name: 'models',
  summary: 'List the models of a server.',
  details: [
    'A line for each version: state, memory, how many inferences it made and when the last was; below it why a model is not ready.',
  ],
  arguments: [],
  options: [
    { flag: '--ready', summary: 'Only models that can take requests.' },
    { flag: '--names', summary: 'Names only, one a line, for scripts and shell completion.' },
    ...SERVER_OPTIONS,
  ],
  examples: [{ command: 'rangefinder models --ready', summary: 'What can be asked right now.' }],
};

const LOAD: CommandSpec = {
  name: 'load',
  summary: 'Load or reload a model on a running server.',
  details: [
    'Returns when the model serves. If it cannot be loaded, the version that served before goes on, and the reason is shown. The server must run with model control mode "explicit".',
  ],
  arguments: [MODEL_ARGUMENT],
  options: [
    {
      flag: '--config',
      value: { name: 'FILE', completion: 'file' },
      summary: 'JSON model configuration used in place of the one in the repository.',
    },
    ...SERVER_OPTIONS,
  ],
  examples: [{ command: 'rangefinder load digits', summary: 'Load digits, or load it again after its files changed.' }],
};

const UNLOAD: CommandSpec = {
  name: 'unload',
  summary: 'Unload a model on a running server.',
  details: ['Requests under way are finished first. Returns when the memory is given back.'],
  arguments: [MODEL_ARGUMENT],
  options: SERVER_OPTIONS,
  examples: [{ command: 'rangefinder unload digits', summary: 'Stop serving digits.' }],
};

const CHECK: CommandSpec = {
  name: 'check',
  summary: 'Validate a repository of models or rankers without serving it.',
  details: [
    "Reads every model's configuration and files, and loads each version in its engine to prove that it works there. All problems are reported, each with its file and field.",
    'A folder whose subfolders have a ranker.yaml is a ranker repository: declarations, features and items are read, and ranker.ts is run, without models; no index is built.',
  ],
  arguments: [
    { name: 'DIR', required: true, summary: 'The repository of models or rankers.', completion: 'directory' },
  ],
  options: [
    {
      flag: '--model',
      value: { name: 'NAME', completion: 'none' },
      repeatable: true,
      summary: 'Check this model only. May be given several times.',
    },
    { flag: '--no-load', summary: 'Check configuration and files only; load nothing.' },
    {
      flag: '--feature-repository',
      value: { name: 'DIR', completion: 'directory' },
      summary: 'Folder with the features that rankers read.',
    },
    ...COMMON_OPTIONS,
  ],
  examples: [
    { command: 'rangefinder check models/', summary: 'Everything, as the server would load it.' },
    { command: 'rangefinder check models/ --no-load --json', summary: 'Quickly, for a script.' },
    { command: 'rangefinder check rankers/ --feature-repository features/', summary: 'Rankers and what they read.' },
  ],
};

const SPLIT: CommandSpec = {
  name: 'split',
  summary: 'Cut a ranking model in two, so that the user’s part runs once a request.',
  details: [
    'Finds what an ONNX model computes from the user’s inputs alone and moves it to user.onnx. item.onnx has the rest: it takes what user.onnx gives, with one row for all items or a row for each. Scores stay the same.',
    'Nodes are moved when they are known to work row by row; what is not known stays in item.onnx.',
    'With --repository the parts become the models NAME and NAME-user, each with a configuration where it has none. A ranker that names the model NAME, with the inputs that it had whole, then runs NAME-user once a request.',
  ],
  arguments: [{ name: 'MODEL', required: true, summary: 'The .onnx file, weights inside.', completion: 'file' }],
  options: [
    {
      flag: '--user',
      short: '-u',
      value: { name: 'NAME', completion: 'none' },
      repeatable: true,
      summary: 'An input that is the same for all items of a request: of the user or of the context.',
    },
    {
      flag: '--output',
      short: '-o',
      value: { name: 'DIR', completion: 'directory' },
      summary: 'Folder for user.onnx and item.onnx.',
      defaultText: 'the folder of the model',
    },
    {
      flag: '--repository',
      value: { name: 'DIR', completion: 'directory' },
      summary: 'Model repository to write both parts into, under one new version, in place of --output.',
    },
    {
      flag: '--name',
      value: { name: 'NAME', completion: 'none' },
      summary: 'Model in the repository.',
      defaultText: 'as the file or its model folder is called',
    },
    {
      flag: '--model-version',
      value: { name: 'N', completion: 'none' },
      summary: 'Version of both parts.',
      defaultText: 'one more than the highest there',
    },
    { flag: '--force', summary: 'Replace files that are there.' },
    ...COMMON_OPTIONS,
  ],
  examples: [
    {
      command: 'rangefinder split ranker.onnx -u user_history -u hour --repository models/',
      summary: 'models/ranker/1/ and models/ranker-user/1/, for rankers that name the model ranker.',
    },
    { command: 'rangefinder split ranker.onnx -u user_history -u hour -o split/', summary: 'Two files in split/.' },
  ],
};

const DOCTOR: CommandSpec = {
  name: 'doctor',
  summary: 'Show what this machine offers, and what is missing.',
  details: [
    'Cores and memory with the limits of the container, versions, execution providers with what each missing one needs, ports, and the cache folder.',
  ],
  arguments: [],
  options: [
    {
      flag: '--http-port',
      value: { name: 'PORT', completion: 'none' },
      summary: 'Port that the server would take requests on.',
      defaultText: '8000',
    },
    {
      flag: '--grpc-port',
      value: { name: 'PORT', completion: 'none' },
      summary: 'Port that the server would take gRPC calls on.',
      defaultText: '8001',
    },
    {
      flag: '--metrics-port',
      value: { name: 'PORT', completion: 'none' },
      summary: 'Port that the server would serve metrics on.',
      defaultText: '8002',
    },
    {
      flag: '--host',
      value: { name: 'ADDRESS', completion: 'none' },
      summary: 'Address that the server would listen on.',
      defaultText: '127.0.0.1',
    },
    {
      flag: '--cache-dir',
      value: { name: 'DIR', completion: 'directory' },
      summary: 'Folder for optimised models.',
      defaultText: 'rangefinder in the user’s cache folder',
    },
    {
      flag: '--onnxruntime-library',
      value: { name: 'FILE', completion: 'file' },
      summary: 'Ask this build of ONNX Runtime instead of the one that is installed.',
    },
    ...COMMON_OPTIONS,
  ],
  examples: [
    { command: 'rangefinder doctor', summary: 'Before the first start, and first thing when something is odd.' },
  ],
};

const SERVE: CommandSpec = {
  name: 'serve',
  summary: 'Start the server.',
  details: ['Everything after the word is handed to the server. `rangefinder serve --help` lists its options.'],
  arguments: [],
  options: [],
  examples: [{ command: 'rangefinder serve --model-repository models/', summary: 'Serve the models in that folder.' }],
  passThrough: true,
};

const COMPLETION: CommandSpec = {
  name: 'completion',
  summary: 'Print a completion script for a shell.',
  details: ['Model names are completed too, asked from the server that RANGEFINDER_URL names.'],
  arguments: [
    {
      name: 'SHELL',
      required: true,
      summary: 'bash, zsh or fish; reference prints the page docs/cli.md instead.',
      completion: ['bash', 'zsh', 'fish'],
    },
  ],
  options: COMMON_OPTIONS,
  examples: [
    { command: 'source <(rangefinder completion bash)', summary: 'In ~/.bashrc.' },
    { command: 'source <(rangefinder completion zsh)', summary: 'In ~/.zshrc, after compinit.' },
    {
      command: 'rangefinder completion fish > ~/.config/fish/completions/rangefinder.fish',
      summary: 'Once, for fish.',
    },
  ],
};

/** All commands, in the order in which help shows them. */
export const COMMANDS: readonly CommandSpec[] = [
  SERVE,
  INFER_COMMAND,
  MODELS,
  LOAD,
  UNLOAD,
  CHECK,
  SPLIT,
  IMPORT_COMMAND,
  DOCTOR,
  COMPLETION,
];

/** What works without a command. */
export const PROGRAM_OPTIONS: readonly OptionSpec[] = [
  { flag: '--version', short: '-V', summary: 'Show the version.' },
  { flag: '--help', short: '-h', summary: 'Show help.' },
];
