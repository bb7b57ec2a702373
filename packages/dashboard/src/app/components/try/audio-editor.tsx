import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
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
const RATES = [8000, 16_000, 22_050, 24_000, 44_100, 48_000];

/** Sound from a WAV file or a generator. An input of fixed length takes one window of it, or all windows one after another. */
export function AudioEditor({ input, draft, onTake, onRunWindows }: AudioEditorProps): JSX.Element {
  const [sound, setSound] = useState<Sound | undefined>(undefined);
  const [rate, setRate] = useState(16_000);
  const [window, setWindow] = useState(0);
  const [error, setError] = useState<string | undefined>(undefined);
  const last = input.shape.at(-1);
  const samples = sound === undefined ? undefined : resample(sound.samples, sound.sampleRate, rate).subarray(0, SAMPLES_MAX);
  const length = isDynamic(last) ? (samples?.length ?? 0) : Number(last);
  const windows = samples === undefined || length === 0 ? 0 : Math.min(WINDOWS_MAX, Math.max(1, Math.floor(samples.length / length)));
  const dataType = input.datatype as ElementTypeName;
  const cut = (index: number): TensorValues => {
    const part = new Float32Array(length);
    part.set(samples!.subarray(index * length, (index + 1) * length));
    return valuesFromNumbers(dataType, part);
  };

  useEffect(() => {
    if (sound === undefined || windows === 0) return;
    const index = Math.min(window, windows - 1);
    const shape = draft.shape.map((_, axis) => (axis === draft.shape.length - 1 ? length : 1));
    onTake(shape, cut(index), windows > 1 ? `${sound.name}, window ${index + 1} of ${windows}` : sound.name);
  }, [sound, rate, window]);

  const read = async (file: File): Promise<void> => {
    try {
      const { sampleRate, samples: read } = parseWav(new Uint8Array(await file.arrayBuffer()));
      setWindow(0);
      setSound({ name: file.name, sampleRate, samples: read });
      setError(undefined);
    } catch (failure) {
      setError(`${file.name}: ${errorMessage(failure)}`);
    }
  };
  const generate = (kind: Waveform): void => {
    setWindow(0);
    setSound({ name: kind, sampleRate: rate, samples: generateWaveform(kind, rate * GENERATED_SECONDS, rate, Math.random) });
  };

  return (
    <div class="editor audio">
      {samples === undefined ? <p class="pad-hint audio-hint">A WAV file, or one of the test signals</p> : <CurvePlot values={samples} label={`Waveform of ${sound!.name}`} />}
      {windows < 2 ? null : (
        <label class="field slider">
          <span>
            Window <strong class="num">{Math.min(window, windows - 1) + 1}</strong> of {windows}, at {formatMs((window * length * 1000) / rate)}
          </span>
          <input type="range" min="0" max={windows - 1} value={window} onInput={(event) => setWindow(Number(event.currentTarget.value))} />
        </label>
      )}
      <div class="fill-bar">
        <FileButton label="WAV file" accept=".wav,audio/wav" onFile={(file) => void read(file)} />
        {(['tone', 'chirp', 'noise', 'silence'] as const).map((kind) => (
          <Button key={kind} small kind="quiet" onClick={() => generate(kind)}>
            {kind[0]!.toUpperCase() + kind.slice(1)}
          </Button>
        ))}
        <label class="field field-inline">
          <span class="hidden">Sample rate</span>
          <select value={rate} onChange={(event) => setRate(Number(event.currentTarget.value))}>
            {RATES.map((value) => (
              <option key={value} value={value}>
                {value / 1000} kHz
              </option>
            ))}
          </select>
        </label>
        {windows < 2 ? null : (
          <Button small icon="run" onClick={() => onRunWindows(Array.from({ length: windows }, (_, i) => cut(i)))}>
            Run all {windows} windows
          </Button>
        )}
      </div>
      {error === undefined ? null : (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
