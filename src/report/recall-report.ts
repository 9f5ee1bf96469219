// The recall report as data (docs/recall.md, Report): what the case knows at one moment, named by its digest.
import type {
  Consignee,
  Deadline,
  Effectiveness,
  LotBook,
  Reconciliation,
  RuleFinding,
  StatusReport,
  Text,
} from '../rules/index.ts';
import { digestOf } from '../trace/digest.ts';

/** Times are ISO 8601 with offset; texts as they were given. */
interface ReportedCase {
  id: string;
  /** IANA name or offset: tables and page show its times. */
  zone: string;
  drill: boolean;
  jurisdiction: string;
  class: string;
  provisional: boolean;
  product: string;
  firm: string;
  responsible: string;
  reason: string;
  hazard: string;
  knownAt: string;
  openedAt: string;
  closedAt: string | null;
  /** The regulator's number, of a closing by the regulator. */
  reference: string | null;
}

/** One entry of the scope. */
interface ReportedGoods {
  id: string;
  role: 'root' | 'goods' | 'carrier';
  kind: string;
  confidence: string;
  state: string | null;
  /** Of a possible entry, by a person; null while nobody decided. */
  decision: 'in' | 'out' | null;
  held: boolean;
  locations: readonly string[];
  /** Share of what is recalled in its mass, well mixed, 0 to 1; null where the record does not say. */
  fraction: number | null;
}

interface ReportedGap {
  code: string;
  ids: readonly string[];
}

interface ReportedConsignee extends Consignee {
  name: string | null;
  notice: { state: string; at: string | null; channel: string | null } | null;
  answeredAt: string | null;
}

export interface RecallReportInput {
  /** When the report is made. */
  at: string;
  case: ReportedCase;
  /** As known at `asOf`; the digest is the scope's own. */
  scope: {
    version: number;
    asOf: string;
    digest: string;
    truncated: boolean;
    goods: readonly ReportedGoods[];
    gaps: readonly ReportedGap[];
  };
  deadlines: readonly Deadline[];
  consignees: readonly ReportedConsignee[];
  books: readonly LotBook[];
  reconciliation: Reconciliation | null;
  effectiveness: Effectiveness;
  status: StatusReport;
  findings: readonly RuleFinding[];
}

export interface RecallReport extends RecallReportInput {
  format: 'tagtrail-recall-report-1';
  reportId: string;
  asOf: string;
  /** Everything in it that rests on knowledge and not on text that was seen: to be shown wherever it is. */
  notVerified: Text[];
  /** `ni:///sha-256;…` of the report without this member, canonical JSON. */
  digest: string;
}

/** The report of a case; the same input gives the same report, byte for byte. */
export async function recallReport(input: RecallReportInput): Promise<RecallReport> {
  const report: Omit<RecallReport, 'digest'> = {
    ...input,
    format: 'tagtrail-recall-report-1',
    reportId: `${input.case.id}/${input.at}`,
    asOf: input.scope.asOf,
    notVerified: notVerifiedOf(input),
  };
  return { ...report, digest: await digestOf(report) };
}

/** Whether the digest is that of the report as it stands. */
export async function isUnchanged({ digest, ...report }: RecallReport): Promise<boolean> {
  return digest === (await digestOf(report));
}

function notVerifiedOf({ deadlines, status }: RecallReportInput): Text[] {
  const texts = [...deadlines.map(({ notVerified }) => notVerified), status.notVerified];
  return [...new Map(texts.flatMap((text) => (text ? [[text.en, text] as const] : []))).values()];
}
