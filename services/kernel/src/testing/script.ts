/** The life of a fleet in steps, which a property test draws, and what they do to a book. */
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { limitChange, task } from './accounts.ts';
import { attestation, pairClose, periodClose } from './closes.ts';
import { granted, intent, receipt, voidReceipt } from './payments.ts';
import { advance, certificates, type Fleet } from './test-book.ts';
import { type Built, CLOUD, GPU } from './world.ts';

export type Step =
  | { readonly do: 'hold'; readonly gpu: boolean; readonly value: number; readonly task: boolean }
  | { readonly do: 'pay' | 'void'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'limit'; readonly value: number }
  | { readonly do: 'close'; readonly pairs: boolean }
  | { readonly do: 'again'; readonly which: number };

/** A fleet's life so far: everything that was submitted, accepted or not. */
export type Life = {
  readonly fleet: Fleet;
  readonly submitted: VerifiedObject[];
  readonly vouchers: Built<'CapacityVoucher'>[];
  limits: number;
};

export function beginLife(fleet: Fleet): Life {
  fleet.book.accept(task(fleet.world, fleet.budget, 'render', amount(300n)));
  return { fleet, submitted: [], vouchers: [], limits: 0 };
}

function submit(life: Life, object: VerifiedObject): boolean {
  life.submitted.push(object);
  return life.fleet.book.submit(object).kind === 'accepted';
}

function holdStep(life: Life, step: Extract<Step, { do: 'hold' }>): void {
  const { world, book, gpuEdge, cloudEdge, budget } = life.fleet;
  const asked = intent(world, step.gpu ? GPU : CLOUD, BigInt(step.value));
  submit(life, asked);
  const edge = step.gpu ? gpuEdge : cloudEdge;
  const grants = { task: step.task ? 'render' : null };
  const voucher = granted(world, book.state, asked, edge, budget, { at: book.now, grants });
  submit(life, voucher);
  life.vouchers.push(voucher);
}

function closeStep(life: Life, pairs: boolean): void {
  const { world, book, budget } = life.fleet;
  const held = book.state.budgets.get(budget);
  const period = held?.period;
  if (held === undefined || period === undefined || period === null) return;
  if (pairs) {
    for (const payee of [GPU, CLOUD]) submit(life, pairClose(world, book.state, period, payee));
  }
  if (!submit(life, periodClose(world, book.state, budget))) return;
  submit(life, attestation(world, book.state, budget, held.periodIndex));
  const next = book.state.budgets.get(budget)?.period;
  if (next) for (const object of certificates(world, next)) submit(life, object);
}

function endStep(life: Life, step: Extract<Step, { which: number }>): void {
  const { world, book } = life.fleet;
  const voucher = life.vouchers[step.which % Math.max(life.vouchers.length, 1)];
  if (voucher === undefined) return;
  const at = unixMs(book.now);
  const pays = step.do === 'pay';
  submit(life, pays ? receipt(world, book.state, voucher, { at }) : voidReceipt(world, voucher));
}

function limitStep(life: Life, value: number): void {
  const { world, gpuEdge } = life.fleet;
  const change = limitChange(world, GPU, gpuEdge, amount(BigInt(value)), life.limits + 1);
  if (submit(life, change)) life.limits += 1;
}

function againStep(life: Life, which: number): void {
  const object = life.submitted[which % Math.max(life.submitted.length, 1)];
  if (object !== undefined) submit(life, object);
}

/** Applies one step; most succeed, some are refused, none may break a law. */
export function live(life: Life, step: Step): void {
  life.fleet.book.lapse();
  if (step.do === 'hold') holdStep(life, step);
  else if (step.do === 'wait') advance(life.fleet.book, step.ms);
  else if (step.do === 'limit') limitStep(life, step.value);
  else if (step.do === 'close') closeStep(life, step.pairs);
  else if (step.do === 'again') againStep(life, step.which);
  else endStep(life, step);
}
