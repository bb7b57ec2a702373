import { connect } from '../client-connection.ts';
import { asUsage } from '../command-failure.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { readInputFile } from '../files/input-file.ts';
import { readInferOptions, type InferOptions } from '../infer/infer-options.ts';
import { bindInputs } from '../infer/input-set.ts';
import { outputJson, outputText } from '../infer/output-text.ts';
import { readRequestDocument } from '../infer/request-document.ts';
import { joinSteps, saveOutputs } from '../infer/saved-outputs.ts';
import { planSteps } from '../infer/step-plan.ts';
import { StepReport } from '../infer/step-report.ts';
import { runSteps } from '../infer/step-run.ts';
import type { Invocation } from '../program.ts';
import type { ConnectionRequest, ConnectionResponse, DeclaredModel, ServerConnection } from '../server-connection.ts';
import { jsonText } from '../terminal/json-text.ts';
import { formatDuration } from '../terminal/quantities.ts';
import { painterFor, printable, type Terminal } from '../terminal/terminal.ts';

/** Everything that stays the same from the first request of a command to its last. */
interface Session {
  readonly connection: ServerConnection;
  readonly modelName: string;
  readonly options: InferOptions;
  readonly asJson: boolean;
  readonly terminal: Terminal;
}

type RequestFrame = Omit<ConnectionRequest, 'inputs'>;

export async function runInfer(invocation: Invocation): Promise<ExitCode> {
  const {
    arguments: [modelName = '', only],
    options: values,
    terminal,
  } = invocation;
  const options = await asUsage(() => readInferOptions(values, only));
  await using connection = connect(values, terminal);
  const session: Session = { connection, modelName, options, asJson: values.isOn('--json'), terminal };
  const { requestPath } = options;
  if (requestPath !== undefined) {
    await inferOnce(session, await asUsage(() => readWholeRequest(session, requestPath)));
    return EXIT.ok;
  }
  const declared = await connection.metadata(modelName, options.modelVersion);
  const typed = { named: options.named, only, carried: options.carries.map((carry) => carry.input) };
  const inputs = await asUsage(() => bindInputs(typed, declared.inputs, options.input));
  const plan = await asUsage(() => planSteps(inputs, options.carries));
  const frame = requestFrame(session, declared);
  if (plan.stepped) await inferStepwise(session, plan, frame);
  else await inferOnce(session, { ...frame, inputs: plan.inputsOf(0, new Map()) });
  return EXIT.ok;
}

async function inferOnce(session: Session, request: ConnectionRequest): Promise<void> {
  const { connection, options, asJson, terminal } = session;
  const startedMs = performance.now();
  const response = await connection.infer(request);
  const durationMs = performance.now() - startedMs;
  const { outputs } = response;
  await save(options.savePath, [outputs]);
  if (asJson) {
    terminal.out.write(jsonText({ ...responseHead(response), outputs: outputs.map(outputJson) }));
    return;
  }
  const paint = painterFor(terminal.out, terminal.environment);
  const head = `${printable(response.modelName)} ${printable(response.modelVersion)}, ${formatDuration(durationMs)}`;
  const texts = outputs.map((output) => outputText(output, options.top, paint));
  terminal.out.write(`${paint('dim', head)}\n${texts.join('')}`);
}

/** Printed as it goes, or as one JSON document at the end. */
async function inferStepwise(session: Session, plan: ReturnType<typeof planSteps>, frame: RequestFrame): Promise<void> {
  const { connection, options, asJson, terminal } = session;
  const hidden = new Set(options.carries.map((carry) => carry.output));
  const report = new StepReport(plan.steps, hidden, plan.stepSeconds, painterFor(terminal.out, terminal.environment));
  const run = await runSteps(
    plan,
    options.carries,
    (inputs) => connection.infer({ ...frame, inputs }),
    (step, outputs) => {
      if (!asJson) terminal.out.write(report.lines(step, outputs));
    },
  );
  const visible = run.steps.map((outputs) => outputs.filter((output) => !hidden.has(output.name)));
  await save(options.savePath, visible);
  if (!asJson) return;
  const steps = visible.map((outputs) => ({ outputs: outputs.map(outputJson) }));
  const carried = Array.from(run.carried.values(), outputJson);
  terminal.out.write(jsonText({ ...responseHead(run.last), steps, carried }));
}

function requestFrame({ modelName, options }: Session, declared: DeclaredModel): RequestFrame {
  const { modelVersion, classes, binary } = options;
  const carried = new Set(options.carries.map((carry) => carry.output));
  // Classes are asked for by output; and a carried output is needed even where the person wants to see another one only.
  const shown =
    options.outputs.length === 0 && classes > 0 ? declared.outputs.map((spec) => spec.name) : options.outputs;
  const names = shown.length === 0 ? [] : [...new Set([...shown, ...carried])];
  const outputs = names.map((name) => ({ name, classes: carried.has(name) ? 0 : classes }));
  return { modelName, modelVersion, id: undefined, outputs, parameters: {}, binary };
}

async function readWholeRequest({ modelName, options, terminal }: Session, path: string): Promise<ConnectionRequest> {
  const bytes = path === '-' ? await terminal.readInput() : await readInputFile(path, '--request');
  const document = readRequestDocument(new TextDecoder().decode(bytes), '--request');
  const { id, inputs, parameters } = document;
  const { modelVersion, classes, binary } = options;
  const names = options.outputs.length > 0 ? options.outputs : document.outputs;
  const outputs = names.map((name) => ({ name, classes }));
  return { modelName, modelVersion, id, inputs, outputs, parameters, binary };
}

function responseHead(response: ConnectionResponse): object {
  return { model_name: response.modelName, model_version: response.modelVersion };
}

async function save(path: string | undefined, steps: Parameters<typeof joinSteps>[0]): Promise<void> {
  if (path !== undefined) await asUsage(() => saveOutputs(path, joinSteps(steps)));
}
