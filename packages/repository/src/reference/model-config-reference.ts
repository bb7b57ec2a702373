import { DEFAULT_LIMITS } from '@rangefinder/base';
import { DATA_TYPES } from '@rangefinder/tensor';
import { BACKENDS } from '../completion/backend-name.ts';
import { COMPLETED_MAX_BATCH_SIZE } from '../completion/batch-dimension.ts';
import { CONFIG_DATA_TYPES, toProtocolDataType } from '../config-data-type.ts';
import { YAML_BYTES_MAX } from '../folder/model-sources.ts';
import { TRITON_FIELDS, type TritonField } from '../written/triton-fields.ts';
import { SUGAR_FIELDS } from '../written/yaml-sugar.ts';
import { schemaSections } from './schema-tables.ts';

/** `docs/model-configuration.md`, made from the schema and the tables that the code itself uses. Markdown. */
export function modelConfigReference(): string {
  return `${[HEAD, LAYOUT, FORMATS, yamlSugar(), COMPLETION, schemaSections(), dataTypes(), tritonFields(), WATCHING].join('\n\n')}\n`;
}

const HEAD = `# Model configuration

<!-- Generated from packages/repository/src; a test compares. To rewrite:
     UPDATE_REFERENCE=1 node --test packages/repository/test/model-config-reference.test.ts -->

Most models need none of this: with no configuration, everything is completed from the model file.`;

const LAYOUT = `## Where things lie

\`\`\`
models/                         --model-repository
  digits/                       the model's name
    1/model.onnx                version 1 (external data beside it, or all of it in a folder model.onnx/)
    2/model.onnx                version 2: by default only the highest number is served
    config.pbtxt                optional; or model.yaml, never both
    labels.txt                  optional; named by output.label_filename
    warmup/digit.bin            optional; named by model_warmup
  small/model.onnx              no version folder: version 1
  tiny.onnx                     no folder either: version 1 of the model "tiny"
\`\`\`

- Versions are folders with a positive number without leading zeros; other folders are ignored, as are names that start with a dot.
- The model file is ${BACKENDS.map(({ modelFilename, name }) => `\`${modelFilename}\` (${name})`).join(' or ')}, unless \`default_model_filename\` says otherwise.
- Symbolic links are followed wherever they lead: who may write into the repository decides what is served. Names inside a
  configuration or a load request (files, labels, warm-up data) cannot leave the folder of their model.
- Whatever is wrong with a model is reported at once, as \`config.pbtxt:12: max_batch_size: expected …, got …\`. The other
  models are not affected.`;

const FORMATS = `## Two ways to write it

\`config.pbtxt\` is Triton's: protobuf text format of its \`ModelConfig\` message, all of that grammar. \`model.yaml\` has the same
fields. These two say the same:

\`\`\`
max_batch_size: 32
dynamic_batching {
  preferred_batch_size: [ 8, 32 ]
  max_queue_delay_microseconds: 2000
}
instance_group [ { count: 2 kind: KIND_CPU } ]
\`\`\`

\`\`\`yaml
max_batch_size: 32
dynamic_batching:
  preferred_batch_size: [8, 32]
  max_queue_delay: 2ms
instance_group: {count: 2, kind: cpu}
\`\`\`

A load request may bring the same fields as JSON in \`parameters.config\`, in place of the file. A
configuration may have ${DEFAULT_LIMITS.modelConfigBytes / 1024} KiB (the limit \`modelConfigBytes\`), \`model.yaml\` ${YAML_BYTES_MAX / 1024} KiB.`;

function yamlSugar(): string {
  const names = Object.entries(SUGAR_FIELDS).map(([sugar, field]) => `\`${sugar}\` for \`${field}\``);
  return `### What \`model.yaml\` allows besides

| write | for |
|---|---|
| ${names.join(', ')} | the same field under a friendlier name |
| \`instances: 2\` | one group of two instances |
| \`versions: latest\`, \`latest 3\`, \`all\`, \`[1, 3]\` | \`version_policy\` |
| \`warmup: zero\`, \`random\` | one sample that fills every input so, free sizes being 1 |
| \`dynamic_batching: true\`, \`false\` | its defaults; never, even where completion would |
| \`response_cache: true\` | \`{enable: true}\` |
| \`max_queue_delay: 2ms\`, \`default_timeout: 1.5s\` | the fields \`…_microseconds\`; units \`us\`, \`ms\`, \`s\`, \`m\`, \`h\` |
| \`data_type: fp32\`, \`kind: cpu\`, \`timeout_action: delay\` | the enum words in any case, without their prefix |
| \`parameters: {threads: 2}\` | \`{threads: {string_value: "2"}}\` |
| one value where a list is wanted | a list of that value |

Anchors, aliases, tags and merge keys are not allowed, nor are duplicate keys.`;
}

const COMPLETION = `## What is completed

- **Backend** from the file in the version folder; **inputs and outputs** with types and sizes from the model. What is declared
  must fit: same names and types, fixed sizes as they are, free sizes (\`-1\`) free or narrowed. Inputs that are left out are
  added; outputs that are left out are not served, unless none is declared.
- **\`max_batch_size\`**, when not written, becomes ${COMPLETED_MAX_BATCH_SIZE} with \`dynamic_batching\` on, if the first dimension of every input and every
  output is free, under one name everywhere (or -1 everywhere), and that name stands nowhere else in a shape. Names that speak of
  a sequence, time, tokens, pixels, nodes or boxes are not taken for a batch. Otherwise it becomes 0.
- A shape cannot show everything: a model whose rows look at each other (statistics over the batch, a graph whose nodes are the
  first dimension) has to say \`max_batch_size: 0\`.
- A written \`max_batch_size\` is final and switches nothing else on: without \`dynamic_batching\`, requests do not share batches.
- **\`instance_group\`**, when not written, leaves the number of instances to the server.`;

function dataTypes(): string {
  const words = (inProtocol: boolean): string =>
    CONFIG_DATA_TYPES.filter((name) => DATA_TYPES[toProtocolDataType(name)!].inProtocol === inProtocol)
      .map((name) => `\`${name}\``)
      .join(', ');
  return `## Data types

${words(true)}. \`TYPE_STRING\` is \`BYTES\` in requests.

A Rangefinder extension, as binary only: ${words(false)}.`;
}

function tritonFields(): string {
  const rows = (verdict: TritonField['verdict']): string =>
    [...TRITON_FIELDS]
      .filter(([, field]) => field.verdict === verdict)
      .map(([name, field]) => `| \`${name}\` | ${field.reason} |`)
      .join('\n');
  return `## Fields of Triton that are not acted on

Refused, because ignoring them would change answers:

| field | why, or what instead |
|---|---|
${rows('refused')}
| \`model_transaction_policy.decoupled: true\` | every request has one response |

Accepted, ignored and listed as warnings:

| field | why |
|---|---|
${rows('ignored')}`;
}

const WATCHING = `## When files change

With polling, a change is acted on once two scans in a row see the same names, sizes, times and inodes: a file that is still
being copied, or a folder that is gone for a moment while it is replaced, is left alone. So a change takes effect after one to two
intervals. Names that start with a dot are not looked at: copy a new version under such a name and rename it, or switch a symbolic
link, and nobody ever sees half of it.`;
