import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ElementTypeName } from '../../logic/element-types.ts';
import { formatMs } from '../../logic/format.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { isDynamic } from '../../logic/shape.ts';
import type { Shape } from '../../logic/shape.ts';
import { valuesFromNumbers } from '../../logic/tensor.ts';
import type { TensorValues } from '../../logic/tensor.ts';
import { generateWaveform, parseWav, resample } from '../../logic/wav.ts';
import type { Waveform } from '../../logic/wav.ts';
import { errorMessage } from '../../state/api-client.ts';
import { Button } from '../controls.tsx';
import { CurvePlot } from './curve-plot.tsx';
import { FileButton } from './file-button.tsx';

interface AudioEditorProps {
  readonly input: TensorDeclaration;
  readonly draft: InputDraft;
  readonly onTake: (shape: Shape, values: TensorValues, source: string) => void;
  readonly onRunWindows: (windows: readonly TensorValues[]) => void;
}

interface Sound {
  readonly name: string;
  readonly sampleRate: number;
  readonly samples: Float32Array;
}

const SAMPLES_MAX = 16_000 * 120;
const WINDOWS_MAX = 4000;
const GENERATED_SECONDS = 3;
const RATES_HZ = [8000, 16_000, 22_050, 24_000, 44_100, 48_000];
const WAVEFORMS = ['tone', 'chirp', 'noise', 'silence'] as const;

/** Sound from a WAV file or a generator. An input of fixed length takes one window of it, or all windows one after another. */
export function AudioEditor({ input, draft, onTake, onRunWindows }: AudioEditorProps): JSX.Element {
  const [sound, setSound] = useState<Sound | undefined>(undefined);
  const [rateHz, setRateHz] = useState(16_000);
  const [chosen, setChosen] = useState(0);
  const last = input.shape.at(-1);
  // What an input of any length takes at once; 0 is all of it.
  const [ownLength, setOwnLength] = useState(() => (draft.shape.at(-1)! > 1 ? draft.shape.at(-1)! : 0));
  const windowLength = isDynamic(last) ? ownLength : Number(last);
  const cut = useMemo(() => cutWindows(sound, rateHz, windowLength), [sound, rateHz, windowLength]);
  const window = Math.min(chosen, Math.max(0, cut.count - 1));
  const valuesAt = (index: number): TensorValues => valuesFromNumbers(input.datatype as ElementTypeName, cut.at(index));

  useEffect(() => {
    if (sound === undefined || cut.count === 0) return;
    const shape = draft.shape.map((_, axis) => (axis === draft.shape.length - 1 ? cut.length : 1));
    const source = cut.count > 1 ? `${sound.name}, window ${window + 1} of ${cut.count}` : sound.name;
    onTake(shape, valuesAt(window), source);
  }, [cut, window]);

  return (
    <div class="editor audio">
      {sound === undefined ? (
        <p class="drop-hint audio-hint">A WAV file, or one of the test signals</p>
      ) : (
        <CurvePlot
          values={cut.samples}
          label={`Waveform of ${sound.name}`}
          range={[-1, 1]}
          {...(cut.count > 1 ? { highlight: [window * cut.length, (window + 1) * cut.length] as const } : {})}
        />
      )}
      {cut.count < 2 ? null : (
        <label class="field slider">
          <span>
            Window <strong class="num">{window + 1}</strong> of {cut.count}, at{' '}
            {formatMs((window * cut.length * 1000) / rateHz)}
          </span>
          <input
            type="range"
            min="0"
            max={cut.count - 1}
            value={window}
            onInput={(event) => setChosen(Number(event.currentTarget.value))}
          />
        </label>
      )}
      <SoundSources
        rateHz={rateHz}
        onRate={setRateHz}
        onSound={(next) => {
          setChosen(0);
          setSound(next);
        }}
      >
        {isDynamic(last) ? <WindowField value={ownLength} onChange={setOwnLength} /> : null}
        {cut.count < 2 ? null : (
          <Button
            small
            icon="run"
            onClick={() => onRunWindows(Array.from({ length: cut.count }, (_, i) => valuesAt(i)))}
          >
            Run all {cut.count} windows
          </Button>
        )}
      </SoundSources>
    </div>
  );
}

function WindowField({
  value,
  onChange,
}: {
  readonly value: number;
  readonly onChange: (value: number) => void;
}): JSX.Element {
  return (
    <label class="field field-inline" title="Samples in one run; 0 sends all of them in one">
      window
      <input
        type="number"
        class="dimension"
        min="0"
        max={SAMPLES_MAX}
        value={value}
        onChange={(event) => onChange(Math.max(0, Math.floor(Number(event.currentTarget.value) || 0)))}
      />
    </label>
  );
}

interface Windows {
  readonly samples: Float32Array;
  /** Samples in one window; all of them where the input takes any length. */
  readonly length: number;
  readonly count: number;
  /** One window, filled up with silence. */
  readonly at: (index: number) => Float32Array;
}

function cutWindows(sound: Sound | undefined, rateHz: number, windowLength: number): Windows {
  const samples =
    sound === undefined
      ? new Float32Array(0)
      : resample(sound.samples, sound.sampleRate, rateHz).subarray(0, SAMPLES_MAX);
  const length = windowLength === 0 ? samples.length : windowLength;
  const full = length === 0 ? 0 : Math.max(1, Math.floor(samples.length / length));
  return {
    samples,
    length,
    count: samples.length === 0 ? 0 : Math.min(WINDOWS_MAX, full),
    at: (index) => {
      const window = new Float32Array(length);
      window.set(samples.subarray(index * length, (index + 1) * length));
      return window;
    },
  };
}

interface SoundSourcesProps {
  readonly rateHz: number;
  readonly onRate: (rateHz: number) => void;
  readonly onSound: (sound: Sound) => void;
  readonly children: ComponentChildren;
}

function SoundSources({ rateHz, onRate, onSound, children }: SoundSourcesProps): JSX.Element {
  const [error, setError] = useState<string | undefined>(undefined);
  const read = async (file: File): Promise<void> => {
    try {
      const { sampleRate, samples } = parseWav(new Uint8Array(await file.arrayBuffer()));
      onSound({ name: file.name, sampleRate, samples });
      setError(undefined);
    } catch (failure) {
      setError(`${file.name}: ${errorMessage(failure)}`);
    }
  };
  const generate = (kind: Waveform): void =>
    onSound({
      name: kind,
      sampleRate: rateHz,
      samples: generateWaveform(kind, rateHz * GENERATED_SECONDS, rateHz, Math.random),
    });
  return (
    <>
      <div class="fill-bar">
        <FileButton label="WAV file" accept=".wav,audio/wav" onFile={(file) => void read(file)} />
        {WAVEFORMS.map((kind) => (
          <Button key={kind} small kind="quiet" onClick={() => generate(kind)}>
            {kind[0]!.toUpperCase() + kind.slice(1)}
          </Button>
        ))}
        <label class="field field-inline">
          <span class="hidden">Sample rate</span>
          <select value={rateHz} onChange={(event) => onRate(Number(event.currentTarget.value))}>
            {RATES_HZ.map((value) => (
              <option key={value} value={value}>
                {value / 1000} kHz
              </option>
            ))}
          </select>
        </label>
        {children}
      </div>
      {error === undefined ? null : (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
