import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { RangefinderError } from '@rangefinder/base';

export interface OriginPolicy {
  /** Origins (`https://app.example.com`) whose pages may call this server; `*` is any. Empty: none but our own. */
  readonly corsOrigins: readonly string[];
  /** Names under which browsers may address this server beside localhost and IP addresses. `*` is any. */
  readonly allowedHosts: readonly string[];
}

/**
 * Keeps web pages of other sites from using a server that only listens on this machine: without it any page could load or
 * unload models with a form post, or read everything after rebinding its own name to 127.0.0.1. Only browsers send the
 * headers that are looked at here; other programs pass. FORBIDDEN says which header was not accepted.
 */
export function checkOrigin(request: IncomingMessage, policy: OriginPolicy): void {
  const origin = request.headers.origin;
  const site = request.headers['sec-fetch-site'];
  if (origin === undefined && site === undefined) return;
  const host = request.headers.host ?? '';
  if (!isAllowedHost(host, policy.allowedHosts)) {
    throw forbidden('Host', `browsers may not call this server as "${host.slice(0, 128)}"; --allowed-host adds a name`);
  }
  if (origin !== undefined && isAllowedOrigin(origin, policy)) return;
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    throw forbidden(
      'Sec-Fetch-Site',
      `a page of another site may not call this endpoint (${site.slice(0, 32)}); --cors-origin allows one`,
    );
  }
  if (origin !== undefined && hostOfOrigin(origin) !== host.toLowerCase()) {
    throw forbidden(
      'Origin',
      `a page of "${origin.slice(0, 128)}" may not call this endpoint; --cors-origin allows it`,
    );
  }
}

/** CORS headers for a request from an allowed origin; empty otherwise. */
export function corsHeaders(request: IncomingMessage, policy: OriginPolicy): readonly string[] {
  const origin = request.headers.origin;
  if (origin === undefined || !isAllowedOrigin(origin, policy)) return [];
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Expose-Headers',
    'Inference-Header-Content-Length, Rangefinder-Error-Code, Retry-After, X-Request-Id',
    'Vary',
    'Origin',
  ];
}

function isAllowedOrigin(origin: string, policy: OriginPolicy): boolean {
  return policy.corsOrigins.length > 0 && (policy.corsOrigins.includes('*') || policy.corsOrigins.includes(origin));
}

function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  if (allowed.includes('*')) return true;
  const name = hostName(host);
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0 || allowed.includes(name);
}

/** Without port, and without the brackets of IPv6. */
function hostName(host: string): string {
  const lower = host.toLowerCase();
  if (lower.startsWith('[')) return lower.slice(1, Math.max(1, lower.indexOf(']')));
  const colon = lower.lastIndexOf(':');
  return colon < 0 ? lower : lower.slice(0, colon);
}

function hostOfOrigin(origin: string): string {
  const start = origin.indexOf('://');
  return start < 0 ? '' : origin.slice(start + 3).toLowerCase();
}

function forbidden(field: string, problem: string): RangefinderError {
  return new RangefinderError('FORBIDDEN', `${field}: ${problem}`, { field });
}
