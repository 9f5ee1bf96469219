import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { captureBehaviour, checkVersions, epcFormat, extensions, negotiate } from '../../src/http/headers.ts';
import { problemOf, problemResponse } from '../../src/http/problem.ts';

const OFFERS = ['application/json', 'application/ld+json'];
const app = new Hono().get('/', (c) => {
  checkVersions(c);
  return c.json({
    format: epcFormat(c),
    behaviour: captureBehaviour(c),
    type: negotiate(c, OFFERS),
    prefixes: extensions(c),
  });
});
app.onError((error) => problemResponse(problemOf(error)));
const ask = async (headers: Record<string, string>) => {
  const res = await app.request('/', { headers });
  return { status: res.status, json: await res.json() };
};

describe('negotiation', () => {
  it.each([
    [undefined, OFFERS[0]],
    ['', OFFERS[0]],
    ['*/*', OFFERS[0]],
    ['application/*', OFFERS[0]],
    ['application/ld+json, application/json;q=0.9', OFFERS[1]],
    ['application/json;q=0.5, text/csv', OFFERS[0]],
    ['application/json;q=0, */*', OFFERS[1]],
    ['APPLICATION/LD+JSON', OFFERS[1]],
  ])('Accept: %s is served', async (accept, type) => {
    expect(await ask(accept === undefined ? {} : { accept })).toMatchObject({ status: 200, json: { type } });
  });

  it.each(['text/csv', 'application/json;q=0', 'application/*;q=0', '*/*;q=0'])('Accept: %s is 406', async (accept) => {
    expect(await ask({ accept })).toMatchObject({
      status: 406,
      json: { type: 'epcisException:NotAcceptableException' },
    });
  });
});

describe('versions', () => {
  it.each([
    {},
    { 'GS1-EPCIS-Version': '2.0' },
    { 'GS1-EPCIS-Min': '1.2.0', 'GS1-EPCIS-Max': '2.0.0' },
    { 'GS1-CBV-Min': '2.0', 'GS1-CBV-Max': '2.1' },
    { 'GS1-EPCIS-Max': '1.2' },
  ])('%j is met', async (headers) => {
    expect((await ask(headers as Record<string, string>)).status).toBe(200);
  });

  it.each([
    { 'GS1-EPCIS-Min': '2.0.1' },
    { 'GS1-EPCIS-Max': '1.1.9' },
    { 'GS1-CBV-Max': '1.1' },
    { 'GS1-CBV-Min': 'newest' },
    { 'GS1-EPCIS-Version': '3.0.0' },
  ])('%j is 406', async (headers) => {
    expect((await ask(headers as unknown as Record<string, string>)).status).toBe(406);
  });
});

describe('GS1 headers', () => {
  it('have defaults', async () => {
    expect((await ask({ 'GS1-EPC-Format': 'No_Preference' })).json).toMatchObject({
      format: 'Always_GS1_Digital_Link',
      behaviour: 'rollback',
      prefixes: {},
    });
  });

  it('are read', async () => {
    const headers = {
      'GS1-EPC-Format': 'Always_EPC_URN',
      'GS1-Capture-Error-Behaviour': 'proceed',
      'GS1-Extensions': 'a=https://a.example/?x=1, b=urn:b:',
    };
    expect((await ask(headers)).json).toMatchObject({
      format: 'Always_EPC_URN',
      behaviour: 'proceed',
      prefixes: { a: 'https://a.example/?x=1', b: 'urn:b:' },
    });
  });

  it.each([{ 'GS1-EPC-Format': 'urn' }, { 'GS1-Capture-Error-Behaviour': 'ignore' }, { 'GS1-Extensions': 'nothing' }])(
    '%j is 400',
    async (headers) => {
      expect(await ask(headers as unknown as Record<string, string>)).toMatchObject({
        status: 400,
        json: { type: 'epcisException:ValidationException' },
      });
    },
  );
});
