import { Hono } from 'hono';

/** One file that pages load: made by src/entry/assets.ts. */
export interface Asset {
  type: string;
  body: Uint8Array<ArrayBuffer>;
  /** Strong validator, in quotes. */
  etag: string;
}

/** By file name. */
export type Assets = ReadonlyMap<string, Asset>;

const VERSION_CHARACTERS = 12;
const YEAR_S = 31_536_000;

/** `/assets/NAME?v=…`: the version changes with the content, so that a browser may keep the file for ever. */
export function assetHref(assets: Assets | undefined, name: string): string {
  const version = assets?.get(name)?.etag.replaceAll(/\W/g, '').slice(0, VERSION_CHARACTERS);
  return version === undefined ? `/assets/${name}` : `/assets/${name}?v=${version}`;
}

/** Serves the files from memory; a runtime that serves them itself (a Worker) mounts none. */
export function assetRoutes(assets: Assets): Hono {
  return new Hono().get('/assets/:name', (c) => {
    const asset = assets.get(c.req.param('name'));
    if (!asset) return c.notFound();
    const fixed = c.req.query('v') !== undefined;
    const headers = {
      etag: asset.etag,
      'cache-control': fixed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
      'x-content-type-options': 'nosniff',
    };
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, headers);
    return c.body(asset.body, 200, { ...headers, 'content-type': asset.type });
  });
}
