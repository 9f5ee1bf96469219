// What stands in the way of closing a recall case (docs/recall.md, Closing).
import { finding, type RuleFinding } from './finding.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { Deadline } from './recall-clock.ts';

export interface ClosingQuestion {
  deadlines: readonly Deadline[];
  /** Identifiers that are possible and neither in nor out. */
  undecided: readonly string[];
  /** Consignees whose notice failed or was never sent, and is not settled. */
  failedNotices: readonly string[];
  /** Absent: nobody has reconciled yet. */
  reconciliation?: Reconciliation;
  /** Lots whose difference a person has explained. */
  explained: ReadonlySet<string>;
  closer: 'firm' | 'regulator';
  /** The regulator's own number of the case. */
  reference?: string;
}

/** Each obstacle by its code and what it is about; a case without any may be closed. */
export function obstaclesTo(question: ClosingQuestion): RuleFinding[] {
  const { deadlines, undecided, failedNotices, reconciliation, explained, closer, reference } = question;
  return [
    ...deadlines
      .filter(isOpen)
      .map(({ id, label, due }) =>
        finding(
          'DEADLINE_OPEN',
          id,
          `${label.en}: due ${due} and not yet done.`,
          `${label.zh}：期限 ${due}，尚未完成。`,
        ),
      ),
    ...undecided.map((id) =>
      finding(
        'POSSIBLE_UNDECIDED',
        id,
        `${id} is possible and nobody decided on it.`,
        `${id} 可能受影响，尚未作出决定。`,
      ),
    ),
    ...failedNotices.map((party) =>
      finding('NOTICE_FAILED', party, `The notice to ${party} did not arrive.`, `致 ${party} 的通知未送达。`),
    ),
    ...unbalanced(reconciliation, explained),
    ...(closer === 'regulator' && !reference?.trim()
      ? [
          finding(
            'REFERENCE_MISSING',
            'reference',
            "A closing by the regulator needs the regulator's reference number.",
            '由监管机构结案须填写其文号。',
          ),
        ]
      : []),
  ];
}

/** Of a mandatory deadline that has begun, nothing has met it yet, late or not. */
const isOpen = ({ mandatory, due, metAt, supersededAt }: Deadline): boolean =>
  mandatory && due !== null && metAt === null && supersededAt === null;

function unbalanced(reconciliation: Reconciliation | undefined, explained: ReadonlySet<string>): RuleFinding[] {
  if (!reconciliation)
    return [finding('NOT_RECONCILED', 'reconciliation', 'The quantities are not reconciled yet.', '数量尚未核对。')];
  return reconciliation.lots
    .filter(({ lot, findings }) => findings.length > 0 && !explained.has(lot))
    .map(({ lot, missing, uom }) =>
      finding(
        'BALANCE_UNEXPLAINED',
        lot,
        `The balance of ${lot} is not explained: ${missing} ${uom} missing.`,
        `${lot} 的数量差异未说明：缺 ${missing} ${uom}。`,
      ),
    );
}
