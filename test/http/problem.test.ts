import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../src/error.ts';
import { methodNotAllowed, problemOf, problemResponse, refusal } from '../../src/http/problem.ts';

describe('problemOf', () => {
  it.each<[ErrorCode, number, string]>([
    ['invalid', 400, 'ValidationException'],
    ['unauthenticated', 401, 'SecurityException'],
    ['forbidden', 403, 'SecurityException'],
    ['not_found', 404, 'NoSuchResourceException'],
    ['conflict', 409, 'ResourceAlreadyExistsException'],
    ['too_large', 413, 'QueryTooComplexException'],
    ['unavailable', 503, 'ImplementationException'],
    ['internal', 500, 'ImplementationException'],
  ])('%s is %i %s', (code, status, name) => {
    expect(problemOf(new AppError(code, 'why'), '/here')).toMatchObject({
      status,
      type: `epcisException:${name}`,
      instance: '/here',
    });
  });

  it('lets a rule name the exception', () => {
    expect(problemOf(new AppError('invalid', 'why', { rule: 'QueryParameterException' }))).toMatchObject({
      status: 400,
      type: 'epcisException:QueryParameterException',
    });
    expect(problemOf(refusal('URITooLongException', 'why')).status).toBe(414);
    expect(problemOf(refusal('NoSuchNameException', 'why')).status).toBe(404);
  });

  it('tells nothing of what nobody foresaw', () => {
    const withheld = 'password=secret';
    for (const error of [new Error(withheld), new AppError('internal', withheld, { withheld }), withheld, undefined]) {
      const problem = problemOf(error);
      expect(problem.status).toBe(500);
      expect(JSON.stringify(problem)).not.toContain('secret');
    }
  });

  it('names each fault, but never a flood', () => {
    const errors = Array.from({ length: 250 }, (_, i) => ({ path: `/${i}` }));
    expect(problemOf(new AppError('invalid', 'why', { errors }))).toMatchObject({ errorCount: 250 });
    expect(problemOf(new AppError('invalid', 'why', { errors }))['errors']).toHaveLength(100);
    expect(problemOf(new AppError('invalid', 'why', { errors: errors.slice(0, 2) }))['errors']).toHaveLength(2);
  });

  it('says how to go on', async () => {
    const headers = (error: AppError) => problemResponse(problemOf(error)).headers;
    expect(headers(new AppError('unauthenticated', 'no key')).get('www-authenticate')).toMatch(/^Bearer/);
    expect(Number(headers(new AppError('unavailable', 'down')).get('retry-after'))).toBeGreaterThan(0);
    const res = methodNotAllowed('PUT', '/x', 'GET, OPTIONS');
    expect([res.status, res.headers.get('allow'), res.headers.get('content-type')]).toEqual([
      405,
      'GET, OPTIONS',
      'application/problem+json',
    ]);
  });
});
