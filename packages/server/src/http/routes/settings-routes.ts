import { checkedBody, CONTROL_BODY_BYTES, controlBody, controlJson } from '../../handlers/control-body.ts';
import { changeLogSettings, logSettings } from '../../handlers/log-settings.ts';
import { requireKnownModel } from '../../handlers/model-reference.ts';
import type { TraceSettingsChange } from '../../tracing/trace-sampler.ts';
import { LogSettingsRequest, TraceSettingsRequest } from '../api-schemas.ts';
import type { Exchange } from '../exchange.ts';
import { jsonReply } from '../reply.ts';
import { referenceOf, type RouteHandlers, type RouteParts } from './route-parts.ts';

export function settingsHandlers({ models, limits, log, traces }: RouteParts) {
  const traceChange = async (exchange: Exchange): Promise<TraceSettingsChange> => {
    const value = controlJson(await exchange.body(CONTROL_BODY_BYTES), limits.jsonDepth);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return checkedBody(TraceSettingsRequest, value);
    // null has a meaning here that the schema's types do not: put the setting back.
    const given = Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));
    const reset = Object.fromEntries(Object.entries(value).filter(([, one]) => one === null));
    checkedBody(
      TraceSettingsRequest,
      Object.fromEntries(Object.keys(value).map((key) => [key, Object.hasOwn(given, key) ? given[key] : ''])),
    );
    return { ...given, ...reset };
  };
  const knownName = (exchange: Exchange): string => {
    const reference = referenceOf(exchange, limits);
    requireKnownModel(models, reference);
    return reference.name;
  };
  return {
    logSettings: () => jsonReply(logSettings(log)),
    changeLogSettings: async (exchange: Exchange) => {
      const change = controlBody(LogSettingsRequest, await exchange.body(CONTROL_BODY_BYTES), limits.jsonDepth);
      return jsonReply(changeLogSettings(log, change));
    },
    traceSettings: () => jsonReply(traces.settings()),
    changeTraceSettings: async (exchange: Exchange) => jsonReply(traces.change(await traceChange(exchange))),
    modelTraceSettings: (exchange: Exchange) => jsonReply(traces.settings(knownName(exchange))),
    changeModelTraceSettings: async (exchange: Exchange) => {
      const name = knownName(exchange);
      return jsonReply(traces.change(await traceChange(exchange), name));
    },
  } satisfies RouteHandlers;
}
