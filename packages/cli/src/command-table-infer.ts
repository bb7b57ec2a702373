import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { MODEL_ARGUMENT, SERVER_OPTIONS } from './common-options.ts';

const value = (
  name: string,
  completion: 'none' | 'file' | readonly string[] = 'none',
): { readonly value: NonNullable<OptionSpec['value']> } => ({ value: { name, completion } });

const REQUEST_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--model-version',
    ...value('VERSION'),
    summary: 'Ask this version.',
    defaultText: 'the newest that is ready',
  },
  {
    flag: '--input',
    short: '-i',
    ...value('NAME=VALUE', 'file'),
    repeatable: true,
    summary: 'An input. Given again with the same name, the values are joined along the first dimension.',
  },
  {
    flag: '--output',
    short: '-o',
    ...value('NAME'),
    repeatable: true,
    summary: 'Ask for this output only.',
    defaultText: 'all outputs',
  },
  {
    flag: '--request',
    ...value('FILE', 'file'),
    summary: 'Send this whole request (Open Inference Protocol JSON); - reads standard input.',
  },
  { flag: '--binary', summary: 'Send and ask for tensors as binary data, which is the default.' },
  {
    flag: '--no-binary',
    summary:
      'Send and ask for tensors as JSON, for servers without the binary extension. Inputs of types without a JSON form still travel as binary.',
  },
];

const RESULT_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--top',
    ...value('N'),
    summary: 'Show the N largest values of each row with their index; 0 never does.',
    defaultText: '5 where the output looks like probabilities',
  },
  {
    flag: '--classes',
    ...value('N'),
    summary: 'Ask the server for the N best classes of each output, with their labels where the model has some.',
  },
  {
    flag: '--save',
    ...value('FILE', 'file'),
    summary: 'Write the outputs to FILE.npz, or a single output to FILE.npy.',
  },
];

const STEP_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--carry',
    ...value('OUTPUT=INPUT'),
    repeatable: true,
    summary:
      'Make one request for each row of the other inputs, and hand this output on as that input of the next request. It starts as zeros unless --input gives it.',
  },
];

const SOUND_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--sample-rate',
    ...value('HZ'),
    summary: 'Refuse recordings with another rate.',
    defaultText: 'the input named sr or sample_rate, if it is given',
  },
  {
    flag: '--frame-size',
    ...value('SAMPLES'),
    summary: 'Cut a recording into windows of this length.',
    defaultText: 'the last dimension that the model declares',
  },
  {
    flag: '--frame-hop',
    ...value('SAMPLES'),
    summary: 'From the start of one window to the next.',
    defaultText: 'the window, so none overlap',
  },
];

const IMAGE_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--layout',
    ...value('LAYOUT', ['NCHW', 'NHWC']),
    summary: 'Order of the picture’s dimensions.',
    defaultText: 'read off the declared shape',
  },
  {
    flag: '--scale',
    ...value('FACTOR'),
    summary: 'Multiply each pixel (0 to 255) by this; fractions such as 1/255 are understood.',
    defaultText: '1/255 for float inputs, 1 for integers',
  },
  {
    flag: '--mean',
    ...value('M[,M,M]'),
    summary: 'Then subtract this, for all channels or one each.',
    defaultText: '0',
  },
  {
    flag: '--std',
    ...value('S[,S,S]'),
    summary: 'Then divide by this, for all channels or one each.',
    defaultText: '1',
  },
  { flag: '--invert', summary: 'Turn light into dark first (255 − pixel).' },
  { flag: '--bgr', summary: 'Channels in the order blue, green, red.' },
  {
    flag: '--image-size',
    ...value('WIDTHxHEIGHT'),
    summary: 'Size where the model leaves it open.',
    defaultText: 'the picture’s own',
  },
  { flag: '--image-multiple', ...value('N'), summary: 'Round open sizes to a multiple of N.', defaultText: '1' },
];

export const INFER_COMMAND: CommandSpec = {
  name: 'infer',
  summary: 'Ask a model.',
  details: [
    'VALUE is JSON (16000, [1,2,3], "text"), or @ and a file: .json, .npy, .npz (the array of the same name, or the only one), a picture (.png, .jpg, .jpeg, .webp, .gif, .avif, .tif, .tiff, .svg), .wav, or raw bytes (.bin). A plain word is text where the input takes text; a leading @@ stands for @.',
    'Numbers are converted to the declared type as long as nothing is lost but float precision, and a missing batch dimension is added. A model with one input takes the value as a second argument, without a name and, for a file, without @.',
  ],
  arguments: [
    MODEL_ARGUMENT,
    {
      name: 'FILE',
      required: false,
      summary: 'The only input of a model that has one; a .npz fills several by name.',
      completion: 'file',
    },
  ],
  options: [
    ...REQUEST_OPTIONS,
    ...RESULT_OPTIONS,
    ...STEP_OPTIONS,
    ...SOUND_OPTIONS,
    ...IMAGE_OPTIONS,
    ...SERVER_OPTIONS,
  ],
  examples: [
    {
      command: 'rangefinder infer digits seven.png --invert',
      summary: 'A picture, dark on white, for a model of light on dark.',
    },
    { command: "rangefinder infer ranker --input 'features=[0.1, 0.7, 3]' --json", summary: 'Numbers in, JSON out.' },
    { command: 'rangefinder infer embedder --input tokens=@batch.npz --save out.npy', summary: 'NumPy in, NumPy out.' },
    {
      command:
        'rangefinder infer silero_vad --input input=@speech.wav --input sr=16000 --carry stateN=state --frame-size 576 --frame-hop 512',
      summary: 'A recording window by window, each with the 64 samples before it, the state handed on.',
    },
  ],
};
