/**
 * Reads a page of printed text with the model `ocr_recognition` of a running server:
 *
 *     npm start
 *     node examples/ocr/recognise.ts [PICTURE] [--url http://localhost:8000]
 */
import { join } from 'node:path';
import { RangefinderClient } from '@rangefinder/client';
import { readArguments } from '../support/tensors.ts';
import { recognisePage } from './recogniser.ts';

const { url, file } = readArguments(join(import.meta.dirname, 'data', 'printed-page.png'));
const client = new RangefinderClient({ url });
for (const line of await recognisePage(file, client)) console.log(line);
client.close();
