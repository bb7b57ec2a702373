import { createHash } from 'node:crypto';
import { DOCS_STYLE } from './docs-style.ts';
import type { OpenApiDocument, OpenApiOperation } from './openapi-document.ts';

/** The policy of the page: its one style sheet by hash, and nothing else at all. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(DOCS_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The document as one readable page, without scripts and without anything from elsewhere. */
export function docsPage(document: OpenApiDocument): string {
  const groups = document.tags
    .map((tag) => ({ tag, operations: operationsOf(document, tag.name) }))
    .filter(({ operations }) => operations.length > 0);
  const navigation = groups.map(({ tag }) => `<a href="#${escape(tag.name)}">${escape(tag.name)}</a>`).join('');
  const sections = groups.map(
    ({ tag, operations }) =>
      `<section id="${escape(tag.name)}"><h2>${escape(tag.name)}</h2><p class="lead">${escape(tag.description)}</p>${operations.join('')}</section>`,
  );
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details class="schema" id="schema-${escape(name)}"><summary>${escape(name)}</summary>${schemaBlock(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(document.info.title)} HTTP interface</title><style>${DOCS_STYLE}</style></head>
<body><header><div><h1>${escape(document.info.title)} <small>${escape(document.info.version)}</small></h1>
<p>${escape(document.info.description)}</p></div><p class="links"><a href="/">Dashboard</a><a href="/openapi.json">openapi.json</a></p></header>
<div class="columns"><nav>${navigation}<a href="#schemas">schemas</a></nav>
<main>${sections.join('\n')}<section id="schemas"><h2>schemas</h2><p class="lead">Bodies, as JSON Schema</p>${schemas.join('')}</section></main></div>
</body></html>
`;
}

function operationsOf(document: OpenApiDocument, tag: string): string[] {
  const found: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.tags.includes(tag)) found.push(operationArticle(method, path, operation));
    }
  }
  return found;
}

function operationArticle(method: string, path: string, operation: OpenApiOperation): string {
  const parameters = operation.parameters as readonly { name: string; in: string; description?: string }[];
  const rows = parameters.map(
    (one) =>
      `<tr><td><code>${escape(one.name)}</code></td><td>${escape(one.in)}</td><td>${escape(one.description ?? '')}</td></tr>`,
  );
  const responses = Object.entries(operation.responses as Record<string, ContentObject>).map(
    ([status, response]) =>
      `<tr><td><code class="s${status[0]}">${escape(status)}</code></td><td>${bodies(response)}</td><td>${escape(response.description)}</td></tr>`,
  );
  const body = operation.requestBody as ContentObject | undefined;
  return `<details class="operation" id="${escape(operation.operationId)}"><summary><b class="${escape(method)}">${escape(method.toUpperCase())}</b>
<code>${escape(path).replaceAll(/\{[^}]+\}/g, '<i>$&</i>')}</code><span>${escape(operation.summary)}</span></summary>
<div class="body">${operation.description === undefined ? '' : `<p>${escape(operation.description)}</p>`}
${rows.length === 0 ? '' : `<h3>Parameters</h3><table>${rows.join('')}</table>`}
${body === undefined ? '' : `<h3>Request body</h3><p>${escape(body.description)}: ${bodies(body)}</p>`}
${responses.length === 0 ? '' : `<h3>Answers</h3><table>${responses.join('')}</table>`}</div></details>`;
}

interface ContentObject {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema?: { readonly $ref?: string } }>>;
}

function bodies({ content }: ContentObject): string {
  return Object.entries(content)
    .map(([type, { schema }]) => {
      const name = schema?.$ref?.split('/').at(-1);
      return name === undefined
        ? escape(type)
        : `${escape(type)} <a href="#schema-${escape(name)}">${escape(name)}</a>`;
    })
    .join('<br>');
}

function schemaBlock(schema: unknown): string {
  return `<pre>${escape(JSON.stringify(schema, null, 2))}</pre>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
