// Reports of a recall case: its status on any day, and the whole of it as data, tables and a page to print (C11).
import { allEntries } from '../capture/recall-consignees.ts';
import { caseRoots, scopeAt } from '../capture/recall-scope.ts';
import { AppError } from '../error.ts';
import { instantOf } from '../epcis/index.ts';
import {
  RECALL_TABLES,
  recallPagePolicy,
  type RecallReport,
  recallReport,
  recallReportCsv,
  recallReportPage,
  type RecallReportInput,
  recallReportXlsx,
  type ReportLanguage,
  usFormCsv,
} from '../report/index.ts';
import { readZone, US_FORMS, usFormOf } from '../rules/index.ts';
import { allConsignees, type CaseFile, isClosed, noticeState } from '../rules/recall-case.ts';
import { factsOf } from '../store/facts.ts';
import type { Queries } from '../store/open.ts';
import type { CaseHead } from '../store/recall.ts';
import { sharesOf, whereaboutsOf } from '../trace/index.ts';
import type { Ctx } from './platform.ts';
import { refusal } from './problem.ts';
import { deadlinesAt, fileOf, headAt, isoOf, JSON_TYPE, TAG } from './recall-case.ts';
import { effectivenessAt, namesOf, reconciliationAt, statusAt, toldOf } from './recall-numbers.ts';
import type { Parameter, Resource } from './resource.ts';

const CSV = 'text/csv';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const HTML = 'text/html';

const query = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const LANGUAGE = query('language', 'of titles', { type: 'string', enum: ['en', 'zh'], default: 'en' });
const TABLE = query('table', 'which one, of CSV', { type: 'string', enum: [...RECALL_TABLES], default: 'consignees' });
const AT = query('at', 'the case as it stood then; default: now', { type: 'string', format: 'date-time' });

/** Query parameters of `allowed`; another is refused. */
function parametersOf(c: Ctx, allowed: readonly Parameter[]): Record<string, string | undefined> {
  const given = c.req.query();
  const unknown = Object.keys(given).find((name) => !allowed.some((one) => one.name === name));
  if (unknown !== undefined)
    throw refusal('QueryParameterException', `There is no parameter ${unknown.slice(0, 200)} here.`);
  for (const { name, schema } of allowed) {
    const value = given[name];
    if (value !== undefined && schema.enum && !schema.enum.includes(value))
      throw refusal('QueryParameterException', `${name} must be one of ${schema.enum.join(', ')}.`);
  }
  return given;
}

async function status(c: Ctx): Promise<Response> {
  const { at } = parametersOf(c, [AT]);
  const until = at === undefined ? c.var.platform.clock() : instantOf(at);
  if (until === undefined) throw refusal('QueryParameterException', 'at must be a time with offset.');
  const head = await headAt(c);
  const { store } = c.var.platform;
  const file = await fileOf(store, head, until);
  return c.json({
    at: isoOf(until),
    scope: file.scopes.at(-1) ?? null,
    deadlines: deadlinesAt(file, until),
    effectiveness: effectivenessAt(file),
    ...statusAt(file, await namesOf(store, head, file)),
  });
}

function caseOfReport({ caseId, drill }: CaseHead, file: CaseFile): RecallReportInput['case'] {
  const { opened, classes, openedAt, closings } = file;
  const current = classes.at(-1)!;
  const closing = isClosed(file) ? closings.at(-1) : undefined;
  return {
    id: caseId,
    zone: opened.zone,
    drill,
    jurisdiction: opened.jurisdiction,
    class: current.class,
    provisional: current.provisional,
    product: opened.product.name,
    firm: opened.firm.name,
    responsible: opened.responsible,
    reason: opened.reason,
    hazard: opened.hazard,
    knownAt: opened.knownAt,
    openedAt,
    closedAt: closing?.at ?? null,
    reference: closing?.reference ?? null,
  };
}

/** The report of a case as it stands. Throws AppError `conflict` for one whose scope was never taken. */
async function reportOf(db: Queries, head: CaseHead, now: number): Promise<RecallReport> {
  const file = await fileOf(db, head);
  const scope = file.scopes.at(-1);
  if (!scope) throw new AppError('conflict', 'The scope of the case was never taken; take it first.');
  const { version, asOf, digest, truncated, gaps } = scope;
  const names = await namesOf(db, head, file);
  const entries = await allEntries(db, head, 'all');
  const facts = factsOf(db, head.tenantId, Date.parse(asOf));
  const places = await whereaboutsOf(
    facts,
    entries.map(({ id }) => id),
  );
  const shares = sharesOf(await scopeAt(db, head, await caseRoots(db, head), Date.parse(asOf)));
  return recallReport({
    at: isoOf(now),
    case: caseOfReport(head, file),
    scope: {
      version,
      asOf,
      digest,
      truncated,
      goods: entries.map(({ id, role, kind, confidence, state, decision, onHold, listed }) => ({
        id,
        role,
        kind,
        confidence,
        state,
        decision,
        held: onHold && !head.drill,
        locations: places.get(id) ?? [],
        fraction: listed ? (shares.get(id) ?? null) : null,
      })),
      gaps,
    },
    deadlines: deadlinesAt(file, now),
    consignees: allConsignees(file).map((one) => {
      const notice = file.notices.get(one.party);
      const told = toldOf(notice);
      return {
        ...one,
        name: names.get(one.party) ?? null,
        notice: notice ? { state: noticeState(notice), at: told?.at ?? null, channel: told?.channel ?? null } : null,
        answeredAt: file.replies.get(one.party)?.at ?? null,
      };
    }),
    books: file.consignees?.books ?? [],
    reconciliation: reconciliationAt(file) ?? null,
    effectiveness: effectivenessAt(file),
    status: statusAt(file, names),
    findings: file.consignees?.findings ?? [],
  });
}

/** Bytes as they come. */
const streamed = (chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });

async function report(c: Ctx): Promise<Response> {
  const { language: asked = 'en', table } = parametersOf(c, [LANGUAGE, TABLE]);
  const language = asked as ReportLanguage;
  const head = await headAt(c);
  const { store, clock } = c.var.platform;
  const made = await reportOf(store, head, clock());
  const type = c.var.mediaType;
  c.header('Cache-Control', 'no-store');
  if (type === JSON_TYPE) return c.json(made);
  if (type === HTML) {
    c.header('Content-Security-Policy', await recallPagePolicy());
    return c.html(recallReportPage(made, language));
  }
  const file = (ending: string, chunks: AsyncGenerator<Uint8Array>): Response => {
    c.header('Content-Type', type === CSV ? `${CSV}; charset=utf-8` : XLSX);
    c.header('Content-Disposition', `attachment; filename="recall-${head.caseId}.${ending}"`);
    return c.body(streamed(chunks));
  };
  if (type === XLSX) return file('xlsx', recallReportXlsx(made, language));
  const asTable = RECALL_TABLES.find((one) => one === table) ?? 'consignees';
  return file('csv', recallReportCsv(made, language, asTable));
}

/** A form that an authority asks for, filled in as far as the case goes. */
async function form(c: Ctx): Promise<Response> {
  const { language = 'en' } = parametersOf(c, [LANGUAGE]);
  const head = await headAt(c);
  const asked = c.req.param('form')!;
  const name = US_FORMS.find((one) => one === asked);
  if (!name) throw new AppError('not_found', `There is no form ${asked.slice(0, 200)}; ${US_FORMS.join(' and ')} are.`);
  const { store } = c.var.platform;
  const file = await fileOf(store, head);
  const entries = await allEntries(store, head, 'all');
  const goods = entries.flatMap(({ id, role, confidence, decision, listed }) =>
    listed && role !== 'carrier' && decision !== 'out' && (confidence === 'definite' || decision === 'in') ? [id] : [],
  );
  const made = usFormOf(name, { file, goods, zone: readZone(file.opened.zone) });
  c.header('Cache-Control', 'no-store');
  if (c.var.mediaType === JSON_TYPE) return c.json({ case: head.caseId, version: head.steps, ...made });
  c.header('Content-Type', `${CSV}; charset=utf-8`);
  c.header('Content-Disposition', `attachment; filename="${name}-${head.caseId}.csv"`);
  return c.body(streamed(usFormCsv(made, language as ReportLanguage)));
}

const CASE = '/recalls/{caseID}';

export const recallReportResources: Resource[] = [
  {
    path: `${CASE}/status`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'The status report of any day: the fields of 21 CFR 7.53, in China those of a progress report',
        right: 'recall-read',
        answers: [JSON_TYPE],
        parameters: [AT],
        success: { status: 200, description: 'The report', schema: { type: 'object' } },
        refusals: [400, 404],
        handle: status,
      },
    },
  },
  {
    path: `${CASE}/report`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'The recall report as data, CSV, XLSX or a page to print, with report id, asOf and digest',
        right: 'recall-read',
        answers: [JSON_TYPE, CSV, XLSX, HTML],
        parameters: [LANGUAGE, TABLE],
        success: { status: 200, description: 'The report', schema: { type: 'object' } },
        refusals: [400, 404, 409],
        handle: report,
      },
    },
  },
  {
    path: `${CASE}/forms/{form}`,
    tag: TAG,
    operations: {
      GET: {
        summary:
          "A form of the United States: firm-report (21 CFR 7.46) or enforcement (openFDA's fields), as data or CSV",
        right: 'recall-read',
        answers: [JSON_TYPE, CSV],
        parameters: [LANGUAGE],
        success: {
          status: 200,
          description: 'The form; missing names what the case does not know',
          schema: { type: 'object' },
        },
        refusals: [400, 404],
        handle: form,
      },
    },
  },
];
