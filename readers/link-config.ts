import type { InputConfig, ReaderConfig } from './config.ts';
import { inputsOf } from './fit.ts';
import { wantedOf } from './rospec.ts';

/**
 * What of a reader's configuration its link and its ROSpec rest on. All else (places, filter, words of events) can
 * change under a running link.
 */
export function linkConfigOf(config: ReaderConfig | InputConfig): object {
  const { readPoint: _p, bizLocation: _l, bizStep: _s, disposition: _d, events: _e, task: _t, ...rest } = config;
  const { filter: _f, antennas, ...link } = rest;
  if ('type' in config) return link;
  const { gpiDebounceMs } = config.filter;
  const powers = Object.entries(antennas).flatMap(([antenna, { powerDbm }]) =>
    powerDbm === undefined ? [] : [[antenna, powerDbm]],
  );
  return { ...link, powers, report: wantedOf(config), inputs: inputsOf(config), gpiDebounceMs };
}
