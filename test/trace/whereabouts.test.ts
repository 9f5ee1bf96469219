import { describe, expect, it } from 'vitest';
import { whereaboutsOf } from '../../src/trace/index.ts';
import { minute, story } from './scenario.ts';

/** `id: places` of each, as known at a minute. */
async function places(text: string, ids: string[], asOf = 1_000): Promise<Record<string, string[]>> {
  const { names, known } = story(text);
  const found = await whereaboutsOf(
    known(minute(asOf)),
    ids.map((id) => names.uri(id)),
  );
  return Object.fromEntries([...found].map(([id, list]) => [names.back(id), list.map((place) => names.back(place))]));
}

const STORY = `e1@1 O ADD i:A.1 i:A.2 i:A.3 loc=PLANT lot=L
  e2@2 A ADD s:CASE < i:A.1 loc=PLANT
  e3@3 A ADD s:PALLET < s:CASE loc=PLANT
  e4@4 O OBSERVE s:PALLET step=receiving loc=SHOP
  e5@5 T i:A.2 > i:B.1 loc=PLANT
  m1@1 O ADD l:M.1=100KGM loc=PLANT
  m2@2 O OBSERVE l:M.1=60KGM step=shipping loc=PLANT
  m3@3 O OBSERVE l:M.1=60KGM step=receiving loc=SHOP`;

describe('whereabouts', () => {
  it('are those of a thing or of what it is in, and none of what has ended or was never seen', async () => {
    expect(await places(STORY, ['i:A.1', 's:CASE', 's:PALLET', 'i:A.2', 'i:A.3', 'i:X.1'])).toEqual({
      'i:A.1': ['SHOP'],
      's:CASE': ['SHOP'],
      's:PALLET': ['SHOP'],
      'i:A.2': [],
      'i:A.3': ['PLANT'],
      'i:X.1': [],
    });
    expect(await places(STORY, ['i:A.1'], 3)).toEqual({ 'i:A.1': ['PLANT'] });
  });

  it('of a lot are all places where the books have some of it', async () => {
    expect(await places(STORY, ['l:M.1'])).toEqual({ 'l:M.1': ['PLANT', 'SHOP'] });
    expect(await places(`${STORY}\n  m4@4 T l:M.1=40KGM > l:P.1=4KGM loc=PLANT`, ['l:M.1', 'l:P.1'])).toEqual({
      'l:M.1': ['SHOP'],
      'l:P.1': ['PLANT'],
    });
  });
});
