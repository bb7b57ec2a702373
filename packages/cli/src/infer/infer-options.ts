import { usageFailure } from '../command-failure.ts';
import type { OptionValues } from '../option-values.ts';
import {
  DEFAULT_IMAGE_OPTIONS,
  parseFraction,
  parseImageSize,
  parseNumberList,
  type ImageOptions,
} from './image-options.ts';
import type { Layout } from './image-layout.ts';
import type { InputOptions } from './input-value.ts';
import { checkSavePath } from './saved-outputs.ts';
import type { Carry } from './step-plan.ts';

const SAMPLES_MAX = 100_000_000;

/** The options of `infer` once read: all of them checked before anything is sent. */
export interface InferOptions {
  readonly modelVersion: string | undefined;
  readonly named: readonly (readonly [name: string, value: string])[];
  readonly outputs: readonly string[];
  readonly requestPath: string | undefined;
  readonly binary: boolean;
  /** 0: the tensors themselves. */
  readonly classes: number;
  readonly top: number | undefined;
  readonly savePath: string | undefined;
  readonly carries: readonly Carry[];
  readonly input: InputOptions;
}

/** @throws exit 2 or INVALID_ARGUMENT naming the option. */
export function readInferOptions(options: OptionValues, only: string | undefined): InferOptions {
  const savePath = options.text('--save');
  if (savePath !== undefined) checkSavePath(savePath);
  const named = options.pairs('--input', 'NAME=VALUE');
  const requestPath = options.text('--request');
  const carries = options.pairs('--carry', 'OUTPUT=INPUT').map(([output, input]) => ({ output, input }));
  if (requestPath !== undefined && (named.length > 0 || carries.length > 0 || only !== undefined)) {
    throw usageFailure('--request: holds the whole request, so it excludes --input, --carry and FILE', '--request');
  }
  return {
    modelVersion: options.text('--model-version'),
    named,
    outputs: options.list('--output'),
    requestPath,
    binary: !options.isOn('--no-binary'),
    classes: options.integer('--classes', 1, 1000) ?? 0,
    top: options.integer('--top', 0, 1000),
    savePath,
    carries,
    input: {
      image: readImageOptions(options),
      sound: {
        sampleRateHz: options.integer('--sample-rate', 1, 10_000_000),
        frameSamples: options.integer('--frame-size', 1, SAMPLES_MAX),
        hopSamples: options.integer('--frame-hop', 1, SAMPLES_MAX),
        stepwise: carries.length > 0,
      },
    },
  };
}

function readImageOptions(options: OptionValues): ImageOptions {
  const read = <T>(flag: string, parse: (text: string, field: string) => T, otherwise: T): T => {
    const text = options.text(flag);
    return text === undefined ? otherwise : parse(text, flag);
  };
  return {
    layout: options.text('--layout') as Layout | undefined,
    scale: read('--scale', parseFraction, undefined),
    mean: read('--mean', parseNumberList, DEFAULT_IMAGE_OPTIONS.mean),
    std: read('--std', parseNumberList, DEFAULT_IMAGE_OPTIONS.std),
    invert: options.isOn('--invert'),
    bgr: options.isOn('--bgr'),
    size: read('--image-size', parseImageSize, undefined),
    multiple: options.integer('--image-multiple', 1, 4096) ?? DEFAULT_IMAGE_OPTIONS.multiple,
  };
}
